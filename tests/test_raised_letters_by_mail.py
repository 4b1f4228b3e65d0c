"""What do the letters of an escalation say to whoever is asked? Nothing twice, and nothing outdated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conversation import Talk
from tests.test_agents_by_mail import to_bob
from tests.test_escalation_by_mail import (
    DUE,
    LEA,
    PEOPLE,
    answers,
    ask_the_lab,
    goes_to,
    letters_to,
    said,
    to_lea,
    to_vera,
)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    if talk.case.owner != "Bob":
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    return talk


def test_who_is_asked_after_the_day_has_passed_reads_that_it_is_late(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=3))
    assert "The decision is due by 2026-12-07 23:59, and the case is not decided." in said(to_lea(talk)[-1])
    talk.wait(hours=4, minutes=1)
    asked = said(to_vera(talk)[-1])
    assert "The decision was due by 2026-12-07 23:59 and is late." in asked
    assert "The decision is due by" not in asked.partition("What is expected")[0]


def test_who_is_asked_before_the_day_reads_that_it_comes_near(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=4) + timedelta(seconds=1))
    talk.arrives(
        talk.write_as_agent(
            "I am out of the office until 15 December.",
            to_lea(talk)[-1],
            sender=LEA,
            headers={"Auto-Submitted": "auto-replied"},
            subject="Out of office",
        )
    )
    assert "The decision is due by 2026-12-07 23:59, and the case is not decided." in said(to_vera(talk)[-1])


def test_what_came_from_outside_stands_in_the_letter_once(talk: Talk):
    answers(talk, ask_the_lab(talk), "The element was wired the wrong way round.")
    told = to_bob(talk)
    assert said(told).count("The element was wired the wrong way round.") == 1
    assert "asked Lab Ltd, outside" in said(told)
