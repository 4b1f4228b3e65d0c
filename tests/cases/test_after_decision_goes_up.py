"""What a mail after the decision owes while nobody has read it, what hands it up, and what ends that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailproc.cases import duties, escalations, events
from mailproc.cases.case import Case, EscalationKind, Opinion, Status
from mailproc.cases.escalation_rules import EscalationRules, Trigger
from mailproc.cases.escalations import Cause
from mailproc.errors import NotAllowed
from tests.cases.samples import NOW, ZONE
from tests.cases.test_after_decision import AT, BEGUN, HOUSING, REPLIED, THANKS, decided
from tests.cases.test_duties import CUSTOMER_WROTE, DAY, DISAGREES, Story

RULES = EscalationRules()
LATE = Cause(trigger=Trigger.BREACH, clock="s2.ack")
ANSWERED = events.SurveyAnswered(
    sender="ann@example.com", known_sender=True, score=None, opinion=Opinion.UNCLEAR, remarks=True, rule="r"
)
CLOSED = events.CaseClosed(who="Bob")
REOPENED = events.CaseReopened(who="Bob")


def up(kind: EscalationKind = EscalationKind.AUTOMATIC, **changes: object) -> events.CaseEscalated:
    values: dict[str, object] = {
        "who": "desk",
        "to": ("Lea",),
        "text": "late",
        "kind": kind,
        "answer_by": NOW + timedelta(days=90),
        "rules": ("breach:s2.ack",),
    }
    return events.CaseEscalated(**(values | changes))


def asked() -> Story:
    """A case of stage 1, decided, about which the customer has written, and nobody knows what she wants."""
    story = decided(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    return story


def handed_up() -> Story:
    story = asked()
    story.happens(up())
    assert story.case.escalated_to == "Lea"
    return story


# What hands it up


@pytest.mark.parametrize("trigger", [Trigger.CONTACTS, Trigger.LEGAL, Trigger.ASKS_HIGHER])
def test_with_an_open_question_it_goes_up_as_an_undecided_case_does(trigger: Trigger):
    assert escalations.new_causes(asked().case, [LATE, Cause(trigger=trigger)], RULES) == tuple(
        sorted([LATE, Cause(trigger=trigger)], key=lambda each: list(Trigger).index(each.trigger))
    )


@pytest.mark.parametrize("end", [THANKS, CLOSED])
def test_without_one_it_goes_nowhere(end: events.Event):
    story = asked()
    story.happens(end)
    assert escalations.new_causes(story.case, [LATE, Cause(trigger=Trigger.CONTACTS)], RULES) == ()


def test_the_clock_of_a_case_without_a_next_stage_is_one_to_go_up_for():
    assert escalations.cause_of_duty("asked", last=True, overdue=False) == Cause(
        trigger=Trigger.WARNING, clock="asked"
    )


def test_an_agent_may_hand_it_up_and_the_decision_stands():
    story = asked()
    story.happens(up(EscalationKind.HIERARCHICAL, who="Bob", rules=()))
    assert (story.case.status, story.case.escalated_to) == (Status.RESOLVED, "Lea")
    story = decided(HOUSING)
    with pytest.raises(NotAllowed, match="cannot escalate"):
        story.happens(up(EscalationKind.HIERARCHICAL, who="Bob", rules=()))


# What ends it


@pytest.mark.parametrize("end", [THANKS, DISAGREES, BEGUN, CLOSED, REOPENED])
def test_whoever_says_what_is_asked_ends_the_waiting(end: events.Event):
    story = handed_up()
    story.happens(end)
    assert (story.case.perhaps_asked, story.case.escalation) == (None, None)


def test_an_answer_ends_it_when_it_has_left():
    story = handed_up()
    story.happens(REPLIED)
    assert story.case.escalated_to == "Lea"
    story.sends("reply")
    assert (story.owed, story.case.escalation) == ([], None)


@pytest.mark.parametrize("event", [CUSTOMER_WROTE, events.CaseRated(who="Bob", urgency="high"), ANSWERED])
def test_what_says_nothing_ends_nothing(event: events.Event):
    story = handed_up()
    story.happens(event)
    assert story.case.escalated_to == "Lea"
    assert story.owed == ["s2.ack"]


def test_a_decision_that_comes_back_is_nobodys_word():
    story = handed_up()
    story.comes_back("resolution")
    assert (story.case.status, story.case.escalated_to) == (Status.OPEN, "Lea")


def test_what_is_owed_besides_is_waited_for():
    """Somebody has said what the mail is, and what was promised is still not done."""
    story = handed_up()
    remedy = replace(story.clock("s1.decide"), id="s1.outcome", satisfied_at=None)
    owes = replace(story.case, clocks=(*story.case.clocks, remedy))
    for end in (THANKS, REOPENED):
        after = escalations.follow(owes, end, _without_question(owes, end), story.now)
        assert after.escalated_to == "Lea"


def _without_question(case: Case, end: events.Event) -> Case:
    clocks = tuple(clock for clock in case.clocks if clock.id != "s2.ack")
    return replace(case, clocks=clocks, status=Status.OPEN if end is REOPENED else case.status)


def test_thanks_of_somebody_else_end_nothing():
    story = asked()
    story.happens(replace(THANKS, sender="max@example.com"))
    assert story.owed == ["s2.ack"]


def test_a_mail_after_thanks_is_another_question():
    story = asked()
    first = story.clock("s2.ack").due_at
    story.happens(THANKS)
    assert story.owed == []
    story.happens(CUSTOMER_WROTE, 3 * DAY)
    assert story.clock("s2.ack").due_at > first
    assert len(story.case.unanswered) == 1


# What counts once, and what anew


@pytest.mark.parametrize(
    ("end", "marks"),
    [
        ((REPLIED,), ()),
        ((THANKS,), ()),
        ((REOPENED,), ("contacts",)),
        ((CLOSED,), ("contacts",)),
        ((BEGUN,), ("warning:s2.ack", "breach:s2.ack", "contacts")),  # the same clock runs on
    ],
)
def test_the_next_question_goes_up_as_the_first_did(end: tuple[events.Event, ...], marks: tuple[str, ...]):
    story = asked()
    story.happens(up(rules=("warning:s2.ack", "breach:s2.ack", "contacts")))
    for event in end:
        story.happens(event)
    if end == (REPLIED,):
        story.sends("reply")
    assert story.case.escalated_for == marks


def test_while_it_waits_each_reason_counts_once():
    story = handed_up()
    story.happens(CUSTOMER_WROTE, DAY)
    assert escalations.new_causes(story.case, [LATE], RULES) == ()


def test_after_a_new_decision_what_the_customer_says_of_it_counts_anew():
    marks = ("contacts", "dissatisfied", "first_fix_failed", "hand_offs", "legal")
    story = Story(AT["none"][0])
    story.sends("acknowledgement")
    story.happens(events.EscalationNoted(rules=marks, text="asked already"))
    story.resolves()
    assert story.case.escalated_for == ("hand_offs", "legal")


def test_a_decision_that_was_told_otherwise_answers_the_mails_before_it():
    story = Story(HOUSING)
    story.happens(CUSTOMER_WROTE, DAY)
    assert story.case.unanswered
    story.happens(events.CaseResolved(who="Bob", outcome="upheld", cause="other", remedy="refund"))
    assert story.case.unanswered == ()


# What is owed


@pytest.mark.parametrize(("at", "clock"), [("none", "asked"), ("first", "s2.ack"), ("last", "s2.asked")])
def test_an_unclear_answer_to_the_survey_waits_for_a_person_as_a_mail_does(at: str, clock: str):
    story = decided(*AT[at])
    story.happens(ANSWERED, DAY)
    owed = story.case.perhaps_asked
    assert owed is not None
    assert (story.case.status, story.owed, owed.id) == (Status.RESOLVED, [clock], clock)
    assert duties.name_of(clock, story.case, story.rules, ZONE) == "asked"
    assert owed.warn_at
    assert story.case.next_warning_at == owed.warn_at[0]
    story.happens(REPLIED)
    story.sends("reply")
    assert story.owed == []


@pytest.mark.parametrize(
    "changes",
    [{"remarks": False}, {"opinion": Opinion.SATISFIED, "score": 5}],
)
def test_an_answer_to_the_survey_that_needs_nobody_starts_nothing(changes: dict[str, object]):
    story = decided(HOUSING)
    story.happens(replace(ANSWERED, **changes), DAY)
    assert (story.owed, story.case.perhaps_asked) == ([], None)


def test_an_answer_to_the_survey_that_comes_too_late_is_a_case_of_its_own():
    story = decided(HOUSING)
    story.happens(ANSWERED, 400 * DAY)
    assert story.case.perhaps_asked is None


def test_what_another_case_brought_along_is_no_question_of_the_customer():
    other = decided(HOUSING)
    other.happens(DISAGREES)
    assert "s2.ack" in other.owed
    story = Story(HOUSING)
    story.happens(events.CaseTookIn(who="Bob", other="C-2B4D-6FHH", clocks=other.case.clocks))
    assert "s2.ack" in story.owed
    assert story.case.perhaps_asked is None
    story.happens(events.CaseResolved(who="Bob", outcome="upheld", cause="other", remedy="refund"))
    assert "s2.ack" not in story.owed
    assert story.case.perhaps_asked is None
