"""What a mail after the decision does to a case of several stages, of its last one, and of none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailproc.cases import events
from mailproc.cases.case import Opinion, Status
from mailproc.cases.policy import Policy
from tests.cases.presets import preset
from tests.cases.samples import POLICY
from tests.cases.test_duties import ANN, CUSTOMER_WROTE, DAY, DISAGREES, Story

HOUSING = preset("uk-housing")
THANKS = replace(CUSTOMER_WROTE, opinion=Opinion.SATISFIED, words="Thank you")
REPLIED = events.AgentReplied(who="Bob", text="soon", to=ANN, reply="9")
BEGUN = events.StageBegun(who="Bob", text="she rang")


def decided(rules: Policy, stage: int = 1) -> Story:
    story = Story(rules)
    story.sends("acknowledgement")
    story.resolves("Bob", DAY)
    if stage == 2:
        story.happens(DISAGREES)
        story.resolves("Lea", DAY)
    return story


# Rows: what the customer says. Columns: which stages there are. Cells: status, stage, what is owed.
TABLE = {
    ("thanks", "none"): (Status.RESOLVED, 1, []),
    ("thanks", "first"): (Status.RESOLVED, 1, []),
    ("thanks", "last"): (Status.RESOLVED, 2, []),
    ("unclear", "none"): (Status.OPEN, 1, ["decide"]),
    ("unclear", "first"): (Status.RESOLVED, 1, ["s2.ack"]),
    ("unclear", "last"): (Status.OPEN, 2, ["s2.decide"]),
    ("no", "none"): (Status.OPEN, 1, ["decide"]),
    ("no", "first"): (Status.OPEN, 2, ["s2.ack", "s2.decide"]),
    ("no", "last"): (Status.OPEN, 2, ["s2.decide"]),
}
SAYS = {"thanks": THANKS, "unclear": CUSTOMER_WROTE, "no": DISAGREES}
AT = {"none": (POLICY, 1), "first": (HOUSING, 1), "last": (HOUSING, 2)}


@pytest.mark.parametrize(("says", "at"), TABLE)
def test_what_a_mail_after_the_decision_does(says: str, at: str):
    story = decided(*AT[at])
    before = story.case
    story.happens(SAYS[says])
    assert (story.case.status, story.case.stage, sorted(story.owed)) == TABLE[says, at]
    assert (story.case == before) is (says == "thanks")
    assert (story.case.outcome == "upheld") is (story.case.status is Status.RESOLVED)
    assert len(story.history) == 1


def test_the_history_names_the_words_that_begin_a_stage():
    story = decided(HOUSING)
    story.happens(DISAGREES)
    (entry,) = story.history
    assert entry.what == "wrote again, stage 2 begins (Stage 2)"
    assert entry.text == "says so: I do not accept it; not to be decided by Bob, who decided before"


def test_what_is_not_plain_is_told_of_in_time_and_when_it_is_late():
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    owed = story.case.perhaps_asked
    assert owed is not None
    assert (owed.id, story.case.next_deadline_at, len(owed.warn_at)) == ("s2.ack", owed.due_at, 2)
    assert story.case.next_warning_at == owed.warn_at[0]
    (late,) = story.case.duties_to_tell(owed.due_at + DAY)
    assert (late.id, late.overdue) == ("s2.ack", True)


@pytest.mark.parametrize("words", [BEGUN, DISAGREES])
def test_a_stage_counts_from_the_mail_that_nobody_had_answered(words: events.Event):
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    wrote_at, due_at = story.now, story.clock("s2.ack").due_at
    story.happens(CUSTOMER_WROTE, DAY)
    story.happens(words, 2 * DAY)
    assert (story.case.stage, story.clock("s2.ack").due_at) == (2, due_at)
    assert story.clock("s1.decide").satisfied_at < wrote_at, "what was decided was decided in time"
    assert story.case.perhaps_asked is None


def test_a_stage_that_the_customer_asks_for_elsewhere_counts_from_now():
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    early = story.clock("s2.ack").due_at
    story.happens(REPLIED, DAY)
    story.sends("reply")
    assert story.owed == []
    story.happens(BEGUN, 10 * DAY)
    assert story.clock("s2.ack").due_at > early + 8 * DAY


def test_an_answer_that_came_back_has_answered_nothing():
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    due_at = story.clock("s2.ack").due_at
    number = story.sends("reply", DAY)
    assert story.owed == []
    story.comes_back("reply", number)
    assert story.clock("s2.ack").due_at == due_at


def test_what_the_desk_writes_of_its_own_accord_is_no_answer():
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    for letter in ("progress", "survey"):
        story.sends(letter)
        assert story.owed == ["s2.ack"]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (events.CaseClosed(who="Bob"), Status.CLOSED),
        (events.CaseReopened(who="Bob"), Status.OPEN),
    ],
)
def test_a_person_may_end_the_question_in_another_way(event: events.Event, status: Status):
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    story.happens(event)
    assert (story.case.status, story.case.stage, story.case.perhaps_asked) == (status, 1, None)
    assert "s2.ack" not in [clock.id for clock in story.case.clocks]


def test_a_second_decision_makes_an_old_mail_one_of_the_past():
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    story.happens(events.CaseReopened(who="Bob"))
    story.resolves("Bob")
    assert story.owed == []


def test_thanks_want_no_answer():
    story = decided(HOUSING)
    story.happens(THANKS)
    assert story.case.unanswered == ()
    story.happens(CUSTOMER_WROTE, timedelta(hours=2))
    assert len(story.case.unanswered) == 1
