"""A clock that was a year ahead is set right: what is due is told of anew, once, and nobody is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.events import ClockSetBack
from mailproc.jobs.warn import warn_due
from tests.conversation import MONDAY_9AM, Talk
from tests.plain_rules import by_plain_rules
from tests.test_agents_by_mail import BOB, to_bob
from tests.test_escalation_by_mail import LEA, rows
from tests.test_outside_by_mail import PEOPLE, asks, letters_to, silence
from tests.test_telling_by_mail import of_kind

A_YEAR = timedelta(days=365)
RIGHTED = ClockSetBack.WHAT


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    """A complaint of Bob's, of which the desk looks at due times."""
    talk = by_plain_rules(make_talk(people=PEOPLE))
    talk.customer("My kettle exploded.")
    if talk.case.owner != "Bob":
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    warn_due(talk.desk)
    return talk


def told(talk: Talk) -> int:
    """How often Bob was told of what is due, alone or with other cases."""
    talk.work()
    return len(of_kind(talk, "deadline_near", "bob"))


def looks_at(talk: Talk, moment) -> int:
    talk.now = moment
    warn_due(talk.desk)
    return told(talk)


def test_a_case_that_is_due_tomorrow_is_told_of_again(talk: Talk):
    decide = talk.case.decide_by
    assert decide is not None
    before = decide - timedelta(days=1)
    first = looks_at(talk, before)
    assert first >= 1
    wrongly = looks_at(talk, before + A_YEAR)
    assert talk.case.next_warning_at is None or talk.case.next_warning_at > before + A_YEAR
    anew = looks_at(talk, before + timedelta(minutes=2))
    assert anew == wrongly + 1
    assert "This is due soon" in of_kind(talk, "deadline_near", "bob")[-1].text
    assert talk.happened().count(RIGHTED) == 1
    assert looks_at(talk, before + timedelta(minutes=3)) == anew, "once"
    assert looks_at(talk, decide + timedelta(seconds=1)) == anew + 1
    assert "This is late" in of_kind(talk, "deadline_near", "bob")[-1].text


def test_a_clock_that_was_ahead_by_hours_repeats_nothing(talk: Talk):
    decide = talk.case.decide_by
    assert decide is not None
    before = decide - timedelta(days=1)
    wrongly = looks_at(talk, before + timedelta(hours=23))
    assert wrongly >= 1
    assert looks_at(talk, before) == wrongly
    assert RIGHTED not in talk.happened()


def test_two_clocks_that_are_far_apart_tell_each_other_away_once_a_day(talk: Talk):
    decide = talk.case.decide_by
    assert decide is not None
    before = decide - timedelta(days=1)
    for _ in range(3):
        looks_at(talk, before + A_YEAR)
        looks_at(talk, before)
    assert talk.happened().count(RIGHTED) == 1


def test_a_breach_that_was_none_does_not_keep_the_true_one_from_going_up(talk: Talk):
    decide = talk.case.decide_by
    assert decide is not None
    looks_at(talk, MONDAY_9AM + A_YEAR)
    assert "breach:decide" in talk.case.escalated_for
    looks_at(talk, MONDAY_9AM + timedelta(hours=1))
    assert "breach:decide" not in talk.case.escalated_for
    asked = talk.case.escalation
    assert asked is not None and asked.answer_by is not None
    assert asked.asked_at == talk.now and asked.answer_by < talk.now + timedelta(days=7)
    assert [row.asked_at for row in rows(talk) if row.ended_at is None] == [talk.now]
    looks_at(talk, asked.answer_by + timedelta(seconds=1))
    assert talk.case.escalated_to != ", ".join(asked.to), "others are asked in their place"
    looks_at(talk, decide + timedelta(seconds=1))
    assert "breach:decide" in talk.case.escalated_for


def test_who_was_asked_outside_meanwhile_has_the_time_that_was_given(talk: Talk):
    right = talk.now
    talk.now += timedelta(days=10)  # his letters are keys no longer than some weeks
    asks(talk)
    (ahead,) = talk.case.questions
    assert ahead.answer_by is not None
    warn_due(talk.desk)
    looks_at(talk, right)
    (question,) = talk.case.questions
    assert question.asked_at == right
    assert question.answer_by == right + (ahead.answer_by - ahead.asked_at)
    (row,) = [each for each in rows(talk) if each.outside]
    assert (row.asked_at, row.answer_by) == (question.asked_at, question.answer_by)
    looks_at(talk, question.answer_by + timedelta(seconds=1))
    assert len(silence(talk)) == 1


def test_what_was_closed_meanwhile_stays_closed(talk: Talk):
    right = talk.now
    talk.agent("#spam", to_bob(talk), sender=BOB)
    looks_at(talk, right + A_YEAR)
    looks_at(talk, right)
    assert RIGHTED not in talk.happened()
