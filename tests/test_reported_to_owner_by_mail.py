"""Who owns a case reads what somebody else has reported of it, and what is due by that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob
from tests.test_reporting_by_mail import LEA, STAFF, said
from tests.test_telling_by_mail import of_kind


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    """A complaint of Bob's about which Lea was asked."""
    talk = make_talk(people=People.model_validate(STAFF), desk={"policy": "ie-cpc"})
    talk.customer("My kettle exploded.")
    talk.agent("#escalate Lea what do you say?", to_bob(talk), sender=BOB)
    return talk


def asked(talk: Talk) -> Letter:
    return of_kind(talk, "escalation", "lea")[-1]


def test_the_owner_reads_what_a_colleague_reported_and_what_is_due_by_it(talk: Talk):
    talk.agent("#happened investigated the workshop has measured it", asked(talk), sender=LEA)
    (told,) = of_kind(talk, "colleague_note", "bob")
    assert told["Subject"].startswith("Reported: ")
    assert "Lea has reported what due times count from." in said(told)
    assert "Written down: the investigation has ended." in said(told)
    assert "the workshop has measured it" in said(told)
    assert "Word of what came of it is due by" in said(told)
    assert "My kettle exploded." not in told.text.partition("What happened before")[0]


def test_what_is_taken_back_he_reads_too(talk: Talk):
    talk.agent("#happened investigated", asked(talk), sender=LEA)
    talk.agent("#happened investigated undo\n#note It was another kettle.", asked(talk), sender=LEA)
    told = of_kind(talk, "colleague_note", "bob")[-1]
    assert "Taken back: the investigation has ended." in said(told)
    assert "It was another kettle." in said(told)


def test_it_stands_beside_an_answer_in_one_letter(talk: Talk):
    talk.agent("#happened investigated\n#reply\nDear Ann, it was the thermostat.", asked(talk), sender=LEA)
    (told,) = of_kind(talk, "colleague_note", "bob")
    assert told["Subject"].startswith("Answered: ")
    assert "it was the thermostat" in said(told)
    assert "Written down: the investigation has ended." in said(told)


def test_of_her_own_report_nobody_is_written_to(talk: Talk):
    letters = len(letters_to(talk, "bob@acme.example"))
    talk.agent("#happened investigated", to_bob(talk), sender=BOB)
    assert of_kind(talk, "colleague_note", "bob") == of_kind(talk, "colleague_note", "lea") == []
    assert len(letters_to(talk, "bob@acme.example")) == letters + 1, "the receipt"
