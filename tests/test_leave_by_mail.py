"""Leave to do something where several rules meet: merged and parted cases, held mails, approvals, copies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailproc.people import People
from tests.conversation import ANN, Letter, Talk
from tests.test_approvals_by_mail import BOB, EVE, GENEROUS, LIMIT, PEOPLE, VERA

CY = "Cy Cook <cy@customer.example>"


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=People.model_validate(PEOPLE), complaints=LIMIT)


def letters_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == address]


def to_bob(talk: Talk) -> Letter:
    return letters_to(talk, "bob@acme.example")[-1]


def to_ann(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")


def said(letter: Letter) -> str:
    return " ".join(letter.text.replace("│", " ").split())


def test_a_stale_answer_that_adds_somebody_is_released_and_confirmed_once(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.customer("And my toaster.", answering=to_ann(talk)[0])
    talk.agent("#cc +lea@law.example\n\nWe send a new one.", told, sender=BOB)
    assert "something has happened since" in said(to_bob(talk))
    talk.agent("#send", to_bob(talk), sender=BOB)
    assert "lea@law.example takes part" in said(to_bob(talk))
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.case.copied == ("lea@law.example",)
    talk.wait(minutes=3)
    assert "We send a new one." in to_ann(talk)[-1].text
    assert "We send a new one." in letters_to(talk, "lea@law.example")[-1].text


def test_the_line_that_completes_a_resolution_may_add_somebody_after_a_yes(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolve upheld cause=quality\n\nThe element was faulty.", to_bob(talk), sender=BOB)
    line = "#resolve upheld cause=quality remedy=replacement\n#cc +lea@law.example"
    talk.agent(line, to_bob(talk), sender=BOB)
    assert "lea@law.example takes part" in said(to_bob(talk))
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "The element was faulty." in to_ann(talk)[-1].text
    assert "The element was faulty." in letters_to(talk, "lea@law.example")[-1].text


def test_a_case_whose_resolution_waits_for_approval_is_not_merged(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.wait(hours=1)
    talk.customer("The kettle again.", subject="Again")
    first, second = talk.cases
    told = letters_to(talk, "eve@acme.example")[-1]
    talk.agent(GENEROUS, told, sender=EVE)
    talk.agent(f"#merge {first.reference}", told, sender=EVE)
    assert "waits for approval" in said(letters_to(talk, "eve@acme.example")[-1])
    assert all(case.merged_into is None for case in talk.cases)
    talk.agent(f"#merge {second.reference}", to_bob(talk), sender=BOB)
    assert all(case.merged_into is None for case in talk.cases)
    talk.agent("#approve", letters_to(talk, "vera@acme.example")[-1], sender=VERA)
    talk.agent("#approve", letters_to(talk, "vera@acme.example")[-1], sender=VERA)  # the first came back
    talk.wait(minutes=3)
    assert "The element was faulty." in to_ann(talk)[-1].text


def taken_out(talk: Talk) -> Letter:
    """Cy writes at the address of Ann's letter; Bob makes it a case of its own. The letter he answered."""
    talk.customer("My kettle exploded.")
    talk.customer("I am her neighbour and want mine back.", sender=CY, answering=to_ann(talk)[0])
    told = to_bob(talk)
    assert "neighbour" in told.text
    talk.agent("#split", told, sender=BOB)
    assert len(talk.cases) == 2
    return told


def test_an_answer_to_what_was_taken_out_does_not_reach_the_other_customer(talk: Talk):
    told = taken_out(talk)
    talk.agent("Dear Cy, your pin is 4711.", told, sender=BOB)
    talk.wait(minutes=10)
    assert "4711" not in "".join(letter.raw.decode() for letter in to_ann(talk))
    assert talk.cases[1].reference in said(to_bob(talk))
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "4711" in to_ann(talk)[-1].text, "she has said that they are for Ann"


def test_a_supervisor_who_is_one_no_more_approves_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    asked = letters_to(talk, "vera@acme.example")[-1]
    agents = [*PEOPLE["agents"], {"name": "Vera", "address": "vera@acme.example"}]
    supervisors = [{"name": "Una", "address": "una@acme.example"}]
    talk.desk.adopt(People.model_validate(PEOPLE | {"agents": agents, "supervisors": supervisors}))
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert len(to_ann(talk)) == 1
    assert "may not approve" in said(letters_to(talk, "vera@acme.example")[-1])
    assert talk.case.proposal is not None


@pytest.mark.parametrize("text", ["#cc +lea@law.example", "#nonsense"])
def test_an_address_that_went_elsewhere_is_void_even_when_nothing_is_done_yet(talk: Talk, text: str):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent(text, told, sender=BOB, headers={"Cc": ANN})
    assert any(
        "went to ann@customer.example" in said(letter) for letter in letters_to(talk, "bob@acme.example")
    )
    talk.agent("We send a new one.", told, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_ann(talk)) == 1
