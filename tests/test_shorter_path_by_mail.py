"""After an outage a shorter path may be over: that is no breach, and a letter is never headed by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.jobs import outage
from mailproc.people import People
from mailproc.store import outages
from tests.cases.test_reported import REMEDY
from tests.conversation import MONDAY_9AM, Letter, Talk
from tests.test_reporting_by_mail import STAFF, decided, own, said
from tests.test_telling_by_mail import of_kind

__all__ = ["own"]  # a fixture
OVER = "a shorter path was not taken, its time is over"


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    """A complaint of Bob's that could be settled within three business days."""
    talk = make_talk(people=People.model_validate(STAFF), desk={"policy": "uk-fca"})
    talk.customer("My kettle exploded.")
    return talk


def down_for(talk: Talk, days: int) -> list[Letter]:
    """The desk looks again after so many days; return what Bob is told is due."""
    talk.now = MONDAY_9AM + timedelta(days=days)
    talk.work()
    return of_kind(talk, "deadline_near", "bob")


def test_what_is_due_heads_the_letter_and_the_path_that_is_over_stands_below(talk: Talk):
    (letter,) = down_for(talk, 29)
    assert letter["Subject"].startswith("Due soon: ")
    words = said(letter)
    assert "This is due soon" in words and "This is late" not in words
    assert words.index("the customer must have a decision") < words.index("that time is over")
    assert "early over since 2026-11-27 00:59" in talk.history()[-1].text
    assert talk.case.escalation is None


@pytest.mark.parametrize("long", [timedelta(hours=1), timedelta(days=30)])
def test_of_it_alone_nobody_is_written_to_and_the_history_says_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, long: timedelta
):
    """Whether the time in which nobody looked counts as an outage or not."""
    monkeypatch.setattr(outages, "OUTAGE", long)
    assert down_for(talk, 6) == []
    assert talk.happened().count(OVER) == 1
    talk.wait(hours=2)
    assert talk.happened().count(OVER) == 1
    assert "told the agents what is due" not in talk.happened()


def test_in_time_it_is_told_as_what_can_still_be_done(talk: Talk):
    (early,) = [clock for clock in talk.case.clocks if clock.id == "early"]
    talk.now = early.warn_at[-1]
    talk.work()
    (letter,) = of_kind(talk, "deadline_near", "bob")
    assert "the complaint can be settled on the shorter path" in said(letter)


def test_in_one_letter_about_many_a_remedy_has_its_own_words(
    own: Callable[[str], Talk], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outage, "MANY", 0)
    talk = decided(own(REMEDY))
    (remedy,) = [clock for clock in talk.case.clocks if clock.id == "outcome"]
    talk.now = remedy.due_at + timedelta(days=1)
    talk.work()
    (letter,) = of_kind(talk, "outage", "bob")
    assert "What was promised is late" in said(letter)
    assert "outcome" not in said(letter)
