"""Who was asked about a case stands with it, to step in or outside, with what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.cases.case import Question, Status
from mailproc.cli.asked_views import STATES
from mailproc.store import casebook, escalations
from mailproc.store.escalations import Ended
from tests.cli.conftest import Place, write_mail
from tests.cli.test_escalate import with_people

ASKED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
UNTIL = ASKED + timedelta(days=7)
QUESTION = Question(
    to="Lab Ltd", who="Bob", asked_at=ASKED, answer_by=UNTIL, words="Please measure it.", letter="x"
)


def asks_outside(place: Place, *questions: Question, status: Status = Status.OPEN) -> None:
    """Bob asks the Lab, and the case stands with these questions now."""
    with place.database() as database, database.transaction() as session:
        case = casebook.load(session, 1)
        stands = replace(case, questions=questions, status=status)
        casebook.save(session, 1, case, stands, ASKED)
        escalations.asked_outside(
            session, 1, who="Bob", target="Lab Ltd", tier=None, answer_by=UNTIL, now=ASKED
        )


def test_a_case_about_which_nobody_was_asked_says_nothing_of_it(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    assert place.answer("case", "show", reference)["asked"] == []
    assert "WHAT BECAME OF IT" not in place.run("case", "show", reference).stdout


def test_who_was_asked_to_step_in_is_shown_until_when(place: Place) -> None:
    reference = with_people(place)
    asked = place.answer("case", "escalate", reference, "--reason", "She calls.", "--to", "vera")
    (shown,) = place.answer("case", "show", reference)["asked"]
    assert shown | {"asked_at": None} == {
        "to": "Vera",
        "outside": False,
        "by": "ottilie",
        "rule": None,
        "tier": None,
        "asked_at": None,
        "answer_by": asked["answer_by"],
        "state": "waiting",
        "ended_at": None,
    }
    assert "no answer yet" in place.run("case", "show", reference).stdout


@pytest.mark.parametrize(
    ("questions", "status", "state"),
    [
        ((QUESTION,), Status.OPEN, "waiting"),
        ((replace(QUESTION, reminded=True),), Status.OPEN, "reminded"),
        ((replace(QUESTION, reminded=True, answer_by=None),), Status.OPEN, "silent"),
        ((replace(QUESTION, asked_at=ASKED + timedelta(hours=1)),), Status.OPEN, "replaced"),
        ((QUESTION,), Status.RESOLVED, "void"),
    ],
)
def test_a_question_to_somebody_outside_is_shown_with_where_it_stands(
    place: Place, questions: tuple[Question, ...], status: Status, state: str
) -> None:
    place.receive(write_mail())
    asks_outside(place, *questions, status=status)
    reference = place.only_case()
    (shown,) = place.answer("case", "show", reference)["asked"]
    assert (shown["to"], shown["outside"], shown["by"], shown["state"]) == ("Lab Ltd", True, "Bob", state)
    assert shown["answer_by"] == UNTIL.isoformat()
    assert STATES[state] in place.run("case", "show", reference).stdout


def test_what_has_ended_says_how_and_when(place: Place) -> None:
    place.receive(write_mail())
    asks_outside(place)
    with place.database() as database, database.transaction() as session:
        escalations.answered_outside(session, 1, "Lab Ltd", UNTIL)
    (shown,) = place.answer("case", "show", place.only_case())["asked"]
    assert (shown["state"], shown["ended_at"]) == ("answered", UNTIL.isoformat())


def test_every_end_has_words() -> None:
    assert {each.value for each in Ended} <= set(STATES)
