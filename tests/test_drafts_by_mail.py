"""Agents keep drafts, and choose letters of the desk for their words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.case import Status
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob
from tests.test_files_by_mail import PDF, files_of, with_files


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def to_customer(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")[1:]  # less the acknowledgement


def what(talk: Talk) -> list[str]:
    return [f"{entry.who}: {entry.what}" for entry in talk.history()]


def said(letter: Letter) -> str:
    return " ".join(letter.text.replace("│", " ").split())


def customer_writes_again(talk: Talk) -> None:
    talk.customer("Are you there?", answering=letters_to(talk, "ann@customer.example")[0])


def test_a_draft_stays_until_its_receipt_is_answered_with_send(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    talk.wait(days=1)
    receipt = to_bob(talk)
    assert "Your draft" in receipt.text and "We send a new one." in said(receipt)
    assert to_customer(talk) == []
    assert ("Bob: kept a draft", "We send a new one.") in [
        (f"{entry.who}: {entry.what}", entry.text) for entry in talk.history()
    ]

    talk.agent("#send", receipt, sender=BOB)
    assert to_customer(talk) == []  # it can still be stopped
    talk.wait(minutes=3)
    (answer,) = to_customer(talk)
    assert "We send a new one." in answer.text
    assert "#draft" not in answer.text
    assert talk.case.draft is None

    talk.agent("#send", receipt, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1


def test_a_draft_can_be_sent_without_the_undo_time(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    talk.agent("#send now", to_bob(talk), sender=BOB)
    assert "We send a new one." in to_customer(talk)[-1].text


def test_a_newer_draft_replaces_the_older(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a kettle.", to_bob(talk), sender=BOB)
    older = to_bob(talk)
    talk.agent("#draft\nWe send a toaster.", older, sender=BOB)
    newer = to_bob(talk)
    talk.agent("#send", older, sender=BOB)
    assert "not the newest one" in said(to_bob(talk))
    talk.agent("#send", newer, sender=BOB)
    talk.wait(minutes=3)
    assert ["toaster" in letter.text for letter in to_customer(talk)] == [True]


def test_a_draft_that_was_overtaken_comes_back_and_goes_out_on_a_second_send(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    receipt = to_bob(talk)
    customer_writes_again(talk)
    talk.agent("#send", receipt, sender=BOB)
    talk.wait(minutes=3)
    assert to_customer(talk) == []
    returned = to_bob(talk)
    assert "Are you there?" in said(returned)
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=3)
    assert ["We send a new one." in letter.text for letter in to_customer(talk)] == [True]


def test_a_draft_of_something_unseen_is_not_made_fresh_by_its_receipt(talk: Talk):
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    customer_writes_again(talk)
    talk.agent("#draft\nWe send a new one.", old, sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert to_customer(talk) == []


def test_what_stood_with_a_draft_is_done_once(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#priority high\n#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert what(talk).count("Bob: classified") == 1


def test_only_the_key_of_the_receipt_sends_a_draft_and_history_shows_it(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("#draft\nWe send a new one.", told, sender=BOB)
    receipt = to_bob(talk)
    talk.agent("#history", told, sender=BOB)
    assert "Bob: kept a draft" in said(to_bob(talk))
    talk.agent("#send", told, sender=BOB)  # his own, but not the receipt
    talk.agent("#send", receipt, sender=EVE)  # a colleague
    talk.agent("#send", receipt, sender=BOB, proved=False)
    talk.agent("#send", letters_to(talk, "ann@customer.example")[0], sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert talk.case.draft is not None


def test_send_with_more_than_itself_does_none_of_it(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    talk.agent("#send\n#reply\nAnd a toaster.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert to_customer(talk) == []
    assert "And a toaster." in said(to_bob(talk))
    assert "nothing can be added" in said(to_bob(talk))


def test_where_nobody_checks_senders_a_draft_is_sent_after_a_yes(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"trusted_authserv_id": None, "agent_confirm": True})
    talk.customer("My kettle exploded.")
    for text in ("#draft\nWe send a new one.", "yes", "#send"):
        talk.agent(text, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert to_customer(talk) == []
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert ["We send a new one." in letter.text for letter in to_customer(talk)] == [True]


def test_a_question_to_the_customer_in_a_letter_of_the_desk(talk: Talk):
    talk.customer("My kettle exploded.")
    text = "#template information request\n#wait customer until 2026-11-30\n\nWhich kettle is it?"
    talk.agent(text, to_bob(talk), sender=BOB)
    assert to_customer(talk) == []  # it can still be stopped
    talk.wait(minutes=3)
    (letter,) = to_customer(talk)
    assert "Which kettle is it?" in letter.text
    assert "Please answer by    Monday 30 November 2026" in letter.text
    assert "Bob" in letter["From"]
    assert talk.case.status is Status.WAITING
    assert "Bob: answered the customer (information request)" in what(talk)
    assert "server: information_request accepted" in what(talk)


def test_a_customer_reads_a_chosen_letter_in_his_language(talk: Talk):
    talk.customer("A vízforralóm felrobbant, és senki sem segít. Kérem, oldják meg a problémát!")
    talk.agent("#template holding\n#wait other 5d\n\nAlkatrészre várunk.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    (letter,) = to_customer(talk)
    assert "Miért tart tovább?" in letter.text
    assert "2026. november 28., szombat" in letter.text


def test_a_holding_letter_names_the_promised_day_unless_another_is_written(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#template holding\n\nWe wait for a part.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "You hear from us by    Monday 7 December 2026" in to_customer(talk)[-1].text

    talk.now += timedelta(days=20)
    talk.agent("#template holding\n\nWe still wait.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    # That day is over: which one now?
    assert not any("We still wait." in letter.text for letter in to_customer(talk))
    assert "#wait other 5d" in said(to_bob(talk))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("#template information_request\n\nWhich kettle?", "a day"),
        ("#template information_request\n#wait customer 5d", "your words"),
        ("#template information_request\n#wait other 5d\n\nWhich kettle?", "a day"),
        ("#template holding", "your words"),
        ("#template holding\n#wait other 20d\n\nA part.", "promised a decision by 2026-12-07"),
        ("#template resolution\n\nNo.", "resolution"),  # only letters that are offered can be chosen
    ],
)
def test_a_letter_that_lacks_something_comes_back(talk: Talk, text: str, missing: str):
    talk.customer("My kettle exploded.")
    talk.agent(text, to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert missing in said(to_bob(talk))
    assert talk.case.status is Status.NEW


def test_a_chosen_letter_is_an_answer_that_can_be_stopped_and_can_be_stale(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("#template holding\n\nWe wait for a part.", told, sender=BOB)
    talk.agent("#stop", told, sender=BOB)
    customer_writes_again(talk)
    talk.agent("#template holding\n\nWe wait for a screw.", told, sender=BOB)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert ["screw" in letter.text for letter in to_customer(talk)] == [True]


def test_a_chosen_letter_is_held_back_when_the_customer_writes_before_it_leaves(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#template holding\n\nWe wait for a part.", to_bob(talk), sender=BOB)
    customer_writes_again(talk)
    talk.wait(minutes=10)
    assert to_customer(talk) == []
    assert any("held back" in letter.text for letter in letters_to(talk, "bob@acme.example"))


def test_the_files_of_a_draft_go_out_with_it(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("#draft\nHere is the form.", to_bob(talk), sender=BOB)
    talk.arrives(with_files(raw, ("form.pdf", "application/pdf", PDF)))
    assert "to go out with it: form.pdf" in said(to_bob(talk))
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert [files_of(letter) for letter in to_customer(talk)] == [{"form.pdf": PDF}]


def held_back(talk: Talk) -> Letter:
    return [letter for letter in letters_to(talk, "bob@acme.example") if "held back" in letter.text][-1]


def test_a_draft_that_was_held_back_on_its_way_goes_out_on_a_second_send(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#draft\nWe send a new one.", to_bob(talk), sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    customer_writes_again(talk)
    talk.wait(minutes=3)
    assert to_customer(talk) == []
    talk.agent("#send", held_back(talk), sender=BOB)
    talk.wait(minutes=3)
    assert ["We send a new one." in letter.text for letter in to_customer(talk)] == [True]


def test_an_answer_that_was_held_back_twice_goes_out_once(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("We send a new one.", to_bob(talk), sender=BOB)
    for text in ("Hello?", "Hello!?"):
        talk.customer(text, answering=letters_to(talk, "ann@customer.example")[0])
        talk.agent("#send", held_back(talk), sender=BOB)
    talk.wait(minutes=3)
    assert ["We send a new one." in letter.text for letter in to_customer(talk)] == [True]


def test_what_stood_above_an_answer_that_was_held_back_is_not_done_again(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#priority high\n#reply\nWe send a new one.", to_bob(talk), sender=BOB)
    customer_writes_again(talk)
    returned = held_back(talk)
    talk.agent("#priority low", returned, sender=BOB)
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert talk.case.priority == "low"


def test_a_note_stays_a_note_when_the_letter_beside_it_was_held_back(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#priority high", to_bob(talk), sender=BOB)
    talk.agent("#extend 5d a part is missing\n\nShe is a pest.", to_bob(talk), sender=BOB)
    customer_writes_again(talk)
    talk.agent("#send", held_back(talk), sender=BOB)
    talk.wait(minutes=3)
    assert ["a part is missing" in letter.text for letter in to_customer(talk)] == [True]
    assert "pest" not in to_customer(talk)[0].text
