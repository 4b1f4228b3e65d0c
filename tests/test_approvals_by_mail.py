"""Some decisions want a second pair of eyes: until somebody else has approved them, nothing leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailproc.cases.case import Status
from mailproc.inbound.cage import Cage
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.servers import EmbeddedServers
from tests.test_files_by_mail import PDF, files_of, with_files

BOB = "Bob Baker <bob@acme.example>"
EVE = "Eve Ellis <eve@acme.example>"
LEA = "Lea Lund <lea@acme.example>"
VERA = "Vera Voss <vera@acme.example>"
PEOPLE = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Eve", "address": "eve@acme.example"},
        {"name": "Lea", "address": "lea@acme.example", "teams": ["leads"]},
    ],
    "teams": {"front": {"members": ["Bob", "Eve"]}, "leads": {}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "front"}],
}
LIMIT = {"offer_limit": "100 EUR"}
GENEROUS = "#resolve upheld cause=quality remedy=refund amount=150 EUR\n\nThe element was faulty."
REFUSAL = "#resolve not_upheld cause=other\n\nIt was dropped."


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=People.model_validate(PEOPLE), complaints=LIMIT)


def letters_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == address]


def to_bob(talk: Talk) -> Letter:
    return letters_to(talk, "bob@acme.example")[-1]


def to_vera(talk: Talk) -> Letter:
    return letters_to(talk, "vera@acme.example")[-1]


def to_customer(talk: Talk) -> list[str]:
    return [letter.text for letter in letters_to(talk, "ann@customer.example")][
        1:
    ]  # less the acknowledgement


def what(talk: Talk) -> list[str]:
    return [f"{entry.who}: {entry.what}" for entry in talk.history()]


def said(letter: Letter) -> str:
    return " ".join(letter.text.replace("│", " ").split())


def proposed(talk: Talk) -> Letter:
    """Bob offers more than he may, and Vera is asked."""
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    return to_vera(talk)


def test_an_offer_above_the_limit_leaves_when_a_supervisor_has_approved_it(talk: Talk):
    asked = proposed(talk)
    assert talk.case.outcome is None
    for fact in (
        "Bob has decided this complaint",
        "more than 100 EUR is offered",
        "We uphold it in full.",
        "We give you your money back. Amount: 150 EUR",
        "The element was faulty.",
        "ann@customer.example",
        "My kettle exploded.",
        "#approve",
        "#reject",
    ):
        assert fact in said(asked), fact
    assert "waits for approval by Vera" in said(to_bob(talk))

    talk.agent("#approve", asked, sender=VERA)
    assert to_customer(talk) == []  # it can still be stopped
    assert "Vera has approved your resolution" in said(to_bob(talk))
    talk.wait(minutes=3)

    (letter,) = letters_to(talk, "ann@customer.example")[1:]
    assert "The element was faulty." in letter.text
    assert "150 EUR" in letter.text
    assert "Bob" in letter["From"]
    assert "Vera" not in letter.raw.decode()
    assert talk.case.status is Status.RESOLVED
    assert (talk.case.outcome, talk.case.amount, talk.case.proposal) == ("upheld", "150 EUR", None)
    assert "Bob: proposed a resolution" in what(talk)
    assert "Vera: approved the resolution of Bob" in what(talk)


@pytest.mark.parametrize(
    ("offer", "waits"),
    [
        ("amount=100 EUR", False),
        ("amount=100.01 EUR", True),
        ("amount=€100", False),
        ("amount=1 HUF", True),  # what cannot be compared is never let through
        ("amount=99", False),  # in the currency of the limit, and the letter says so
        ("amount=101", True),
        ("", True),  # money, and nobody says how much
    ],
)
def test_only_what_is_above_the_limit_or_in_another_currency_waits(talk: Talk, offer: str, waits: bool):
    talk.customer("My kettle exploded.")
    text = f"#resolve upheld cause=quality remedy=refund {offer}\n\nYou get 1,000,000 EUR."
    talk.agent(text, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert (to_customer(talk) == []) == waits
    assert bool(letters_to(talk, "vera@acme.example")) == waits
    if offer == "amount=99":
        assert "99 EUR" in to_customer(talk)[-1]


def test_without_a_limit_nothing_waits(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(PEOPLE))
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED


def test_a_refusal_waits_where_the_desk_says_so(make_talk: Callable[..., Talk]):
    people = People.model_validate(PEOPLE)
    strict = make_talk(people=people, complaints={"approve_refusals": True})
    strict.customer("My kettle exploded.")
    strict.agent(REFUSAL, to_bob(strict), sender=BOB)
    strict.wait(minutes=3)
    assert to_customer(strict) == []
    assert "the decision is against the customer" in said(to_vera(strict))


def test_a_refusal_does_not_wait_elsewhere(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent(REFUSAL, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.outcome == "not_upheld"


def test_a_rejected_resolution_comes_back_and_a_better_one_goes_out(talk: Talk):
    asked = proposed(talk)
    talk.agent("#reject the limit is 100\n\nAnd she is no old customer.", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    (returned,) = [letter for letter in letters_to(talk, "bob@acme.example") if "has not" in letter.text]
    for words in ("Vera has not approved", "the limit is 100", "no old customer", "The element was faulty."):
        assert words in said(returned), words
    assert talk.case.proposal is None

    better = "#resolve upheld cause=quality remedy=refund amount=90 EUR\n\nThe element was faulty."
    talk.agent(better, returned, sender=BOB)
    talk.wait(minutes=3)
    assert "90 EUR" in to_customer(talk)[-1]
    assert talk.case.status is Status.RESOLVED


def test_a_plain_answer_to_a_rejection_is_a_note(talk: Talk):
    talk.agent("#reject no", proposed(talk), sender=VERA)
    talk.agent("But she is right!", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "Bob: note" in what(talk)


def test_an_approval_of_an_older_state_comes_back_and_is_given_again(talk: Talk):
    asked = proposed(talk)
    talk.customer("Keep your money, I want a kettle.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    returned = to_vera(talk)
    assert "something has happened" in said(returned)
    assert "Keep your money" in said(returned)

    talk.agent("#approve", returned, sender=VERA)
    talk.wait(minutes=10)
    assert "The element was faulty." in to_customer(talk)[-1]


def test_what_a_colleague_did_meanwhile_makes_an_approval_stale_too(talk: Talk):
    asked = proposed(talk)
    talk.agent("#note\nDo not pay: she bought it elsewhere.", to_bob(talk), sender=BOB)
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "she bought it elsewhere" in said(to_vera(talk))


def test_a_receipt_of_her_own_note_does_not_make_an_old_approval_fresh(talk: Talk):
    asked = proposed(talk)
    talk.customer("Keep your money.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("#note\nI shall think about it.", asked, sender=VERA)
    talk.agent("#approve", to_vera(talk), sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "Keep your money" in said(to_vera(talk))


def test_approving_twice_does_nothing_twice(talk: Talk):
    asked = proposed(talk)
    talk.agent("#approve", asked, sender=VERA)
    talk.agent("#approve once more", asked, sender=VERA)
    assert "decided already" in said(to_vera(talk))
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    assert what(talk).count("Vera: approved the resolution of Bob") == 1


def test_of_two_supervisors_the_first_who_answers_decides(make_talk: Callable[..., Talk]):
    two = [*PEOPLE["supervisors"], {"name": "Max", "address": "max@acme.example"}]
    talk = make_talk(people=People.model_validate(PEOPLE | {"supervisors": two}), complaints=LIMIT)
    asked = proposed(talk)
    talk.agent("#reject too much", letters_to(talk, "max@acme.example")[-1], sender="Max <max@acme.example>")
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "decided already" in said(to_vera(talk))
    assert "too much" in said(to_vera(talk))


def test_the_approval_of_a_resolution_that_was_replaced_is_refused(talk: Talk):
    asked = proposed(talk)
    talk.agent(GENEROUS.replace("150", "500"), to_bob(talk), sender=BOB)
    newer = to_vera(talk)
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "another has taken its place" in said(to_vera(talk))
    talk.agent("#approve", newer, sender=VERA)
    talk.wait(minutes=10)
    assert [("500 EUR" in text) for text in to_customer(talk)] == [True]


def test_a_smaller_offer_takes_the_place_of_the_one_that_waits(talk: Talk):
    asked = proposed(talk)
    talk.agent(GENEROUS.replace("150", "50"), to_bob(talk), sender=BOB)
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert [("50 EUR" in text, "150 EUR" in text) for text in to_customer(talk)] == [(True, False)]


def test_stop_withdraws_what_waits_for_approval(talk: Talk):
    asked = proposed(talk)
    talk.agent("#stop", to_bob(talk), sender=BOB)
    assert "withdrawn" in said(to_bob(talk))
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "Bob: withdrew the resolution of Bob" in what(talk)


def test_stop_takes_back_what_was_approved_within_the_undo_time(talk: Talk):
    asked = proposed(talk)
    talk.agent("#approve", asked, sender=VERA)
    talk.agent("#stop", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert (talk.case.status, talk.case.outcome) == (Status.OPEN, None)


@pytest.mark.parametrize(
    ("sender", "proved", "at"),
    [
        (BOB, True, "vera"),  # the agent himself, by the letter to her
        (EVE, True, "vera"),  # any other agent
        (VERA, False, "vera"),  # her address, and nobody proves that it is she
        ("Mallory <mallory@evil.example>", True, "vera"),  # the letter got into other hands
        (VERA, True, "customer"),  # the key of a customer's letter
        (BOB, True, "bob"),  # his own letter: nobody asked him
    ],
)
def test_who_was_not_asked_approves_nothing(talk: Talk, sender: str, proved: bool, at: str):
    asked = proposed(talk)
    letter = {"vera": asked, "bob": to_bob(talk), "customer": letters_to(talk, "ann@customer.example")[0]}[at]
    talk.agent("#approve", letter, sender=sender, proved=proved)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert talk.case.proposal is not None
    assert not any("approved" in line for line in what(talk))


def test_an_agent_who_was_not_asked_is_told_so(talk: Talk):
    proposed(talk)
    talk.agent("#approve", to_bob(talk), sender=BOB)
    assert "nobody has asked you to #approve" in said(to_bob(talk))


def test_the_lead_of_the_team_is_asked_before_the_supervisors(make_talk: Callable[..., Talk]):
    people = PEOPLE | {"teams": {"front": {"members": ["Bob", "Eve"], "lead": "Eve"}, "leads": {}}}
    talk = make_talk(people=People.model_validate(people), complaints=LIMIT)
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    assert letters_to(talk, "vera@acme.example") == []
    talk.agent("#approve", letters_to(talk, "eve@acme.example")[-1], sender=EVE)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED


def test_nobody_approves_her_own_decision(make_talk: Callable[..., Talk]):
    people = PEOPLE | {"teams": {"front": {"members": ["Bob", "Eve"], "lead": "Bob"}, "leads": {}}}
    talk = make_talk(people=People.model_validate(people), complaints=LIMIT)
    asked = proposed(talk)  # Vera is asked, because Bob is the lead
    talk.agent("#approve", asked, sender=VERA)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED


def test_where_nobody_could_approve_the_resolution_comes_back(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(PEOPLE | {"supervisors": []}), complaints=LIMIT)
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "nobody but you could give it" in said(to_bob(talk))
    assert "The element was faulty." in said(to_bob(talk))
    assert talk.case.proposal is None


def test_a_supervisor_who_is_an_agent_too_is_one_person(make_talk: Callable[..., Talk]):
    people = PEOPLE | {"supervisors": [{"name": "eve", "address": "eve@acme.example"}]}
    talk = make_talk(people=People.model_validate(people), complaints=LIMIT)
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    talk.agent("#approve", letters_to(talk, "eve@acme.example")[-1], sender=EVE)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED


def test_where_nobody_checks_senders_an_approval_is_confirmed(make_talk: Callable[..., Talk]):
    desk = {"trusted_authserv_id": None, "agent_confirm": True}
    talk = make_talk(people=People.model_validate(PEOPLE), complaints=LIMIT, desk=desk)
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS, to_bob(talk), sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.agent("#approve", to_vera(talk), sender=VERA)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    talk.agent("yes", to_vera(talk), sender=VERA)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1


def test_a_faulty_approval_comes_back_as_a_letter_that_can_be_answered_with_a_right_one(talk: Talk):
    asked = proposed(talk)
    talk.agent("#aprove", asked, sender=VERA)
    talk.agent("#approve", to_vera(talk), sender=VERA)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED


def test_a_second_resolution_does_not_follow_one_that_waits_to_be_sent(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent(GENEROUS.replace("150", "50"), told, sender=BOB)
    talk.agent(GENEROUS.replace("150", "60"), told, sender=BOB)
    assert "waits to be sent" in said(to_bob(talk))
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1


def test_a_resolution_that_lacks_something_comes_back_as_a_form_that_one_line_completes(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolve upheld amount=20 EUR\n\nThe element was faulty.", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    form = to_bob(talk)
    assert to_customer(talk) == []
    assert "a resolution needs cause= and remedy=" in said(form)
    assert "#resolve upheld cause=… remedy=… amount=20 EUR" in said(form)

    talk.agent("#resolve upheld cause=quality remedy=refund amount=20 EUR", form, sender=BOB)
    talk.wait(minutes=10)
    assert "The element was faulty." in to_customer(talk)[-1]
    assert (talk.case.outcome, talk.case.cause, talk.case.remedy) == ("upheld", "quality", "refund")


def test_the_reasons_of_a_form_are_never_words_that_were_meant_for_something_else(talk: Talk):
    """What came back for being late was an answer, and no reasons."""
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("Hello?", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("We look into it.", old, sender=BOB)
    talk.agent("#resolve upheld cause=quality remedy=refund", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert "a resolution needs the reasons" in said(to_bob(talk))


def test_a_decision_against_the_customer_needs_no_remedy(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolve partly_upheld cause=quality\n\nIn part.", to_bob(talk), sender=BOB)
    assert "a resolution needs remedy=" in said(to_bob(talk))
    talk.agent("#resolve partly_upheld cause=quality remedy=none", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "In part." in to_customer(talk)[-1]


def test_an_answer_is_held_back_when_the_customer_writes_before_it_leaves(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("We send a new one.", to_bob(talk), sender=BOB)
    talk.customer("It was the toaster, sorry.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    (returned,) = [letter for letter in letters_to(talk, "bob@acme.example") if "held back" in letter.text]
    assert "It was the toaster" in said(returned)
    assert "We send a new one." in said(returned)
    assert "desk: reply cancelled, it was not sent" in what(talk)

    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert ["We send a new one." in text for text in to_customer(talk)] == [True]
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1


def test_a_resolution_is_held_back_too_and_the_case_stays_undecided(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent(GENEROUS.replace("150", "50"), to_bob(talk), sender=BOB)
    talk.customer("And my toaster.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.wait(minutes=10)
    assert (talk.case.status, talk.case.outcome) == (Status.OPEN, None)
    (returned,) = [letter for letter in letters_to(talk, "bob@acme.example") if "held back" in letter.text]
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert talk.case.status is Status.RESOLVED


def test_an_approved_resolution_that_was_held_back_wants_a_new_approval(talk: Talk):
    asked = proposed(talk)
    talk.agent("#approve", asked, sender=VERA)
    talk.customer("Keep your money.", answering=letters_to(talk, "ann@customer.example")[0])
    (returned,) = [letter for letter in letters_to(talk, "bob@acme.example") if "held back" in letter.text]
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    talk.agent("#approve", to_vera(talk), sender=VERA)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1


def test_the_agents_files_go_to_whoever_approves_and_then_to_the_customer(talk: Talk):
    talk.customer("My kettle exploded.")
    form = ("form.pdf", "application/pdf", PDF)
    talk.arrives(with_files(talk.write_as_agent(GENEROUS, to_bob(talk), sender=BOB), form))
    assert files_of(to_vera(talk)) == {"form.pdf": PDF}
    talk.agent("#approve", to_vera(talk), sender=VERA)
    talk.wait(minutes=3)
    assert files_of(letters_to(talk, "ann@customer.example")[-1]) == {"form.pdf": PDF}


def test_the_files_of_a_resolution_that_came_back_go_with_the_line_that_completes_it(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("#resolve upheld\n\nThe element was faulty.", to_bob(talk), sender=BOB)
    talk.arrives(with_files(raw, ("form.pdf", "application/pdf", PDF)))
    talk.agent("#resolve upheld cause=quality remedy=repair", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    letter = letters_to(talk, "ann@customer.example")[-1]
    assert "The element was faulty." in letter.text
    assert files_of(letter) == {"form.pdf": PDF}


def test_an_approval_on_either_database(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=People.model_validate(PEOPLE), complaints=LIMIT)
    try:
        talk.customer("My kettle exploded.")
        talk.agent(GENEROUS, to_bob(talk), sender=BOB)
        assert talk.case.proposal is not None and talk.case.proposal.amount == "150 EUR"
        talk.agent("#approve", to_vera(talk), sender=VERA)
        assert talk.case.proposal is None
        assert talk.case.outcome == "upheld"
        assert (talk.ledger["replied"], talk.ledger["unaccounted"]) == (2, 0)
    finally:
        talk.close()
