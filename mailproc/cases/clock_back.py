"""What does a case remember that has not been yet, since the clock was ahead for a while and was set right?

A case remembers up to when it was told of, and until when somebody asked has time. Written by a clock that
was far ahead, both would keep it silent until that clock would have been right.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases import escalations
from mailproc.cases.case import Case, Question
from mailproc.cases.escalation_rules import Trigger
from mailproc.cases.policy import Policy

# Our choice: what a clock has told that was ahead by less is as good as told, and it is silent for no longer.
AHEAD = timedelta(days=1)


def is_ahead(case: Case, now: datetime) -> bool:
    """Whether a case remembers something of a time that is to come."""
    moments = [case.warned_until, *(each.asked_at for each in case.questions)]
    moments += [case.escalation.asked_at] if case.escalation is not None else []
    return any(moment is not None and moment - now > AHEAD for moment in moments)


def righted(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Return the case so that it tells anew of what is due, and those asked have their time from now on.

    That a duty is late, or will be soon, counts no more as a reason to hand it up where it is not so yet.
    """
    told = case.warned_until
    if told is not None and told - now > AHEAD:
        told = min(case.opened_at, now)
    early = {clock.id for clock in case.clocks if clock.due_at > now}
    soon = {
        clock.id for clock in case.clocks if clock.id in early and clock.warn_at and clock.warn_at[-1] > now
    }
    wrong = {Trigger.BREACH: early, Trigger.WARNING: soon}
    marks = [(mark, escalations.cause_of_mark(mark)) for mark in case.escalated_for]
    escalation = case.escalation
    if escalation is not None and escalation.asked_at - now > AHEAD:
        until = escalations.answer_by(policy.escalation, now, policy.ground(zone))
        until_then = until if escalation.answer_by is not None else None
        escalation = replace(escalation, asked_at=now, answer_by=until_then)
    return replace(
        case,
        warned_until=told,
        escalated_for=tuple(mark for mark, cause in marks if cause.clock not in wrong.get(cause.trigger, ())),
        escalation=escalation,
        questions=tuple(_asked_now(each, now) for each in case.questions),
    )


def _asked_now(question: Question, now: datetime) -> Question:
    """Return a question with as much time as it was given."""
    ahead = question.asked_at - now
    if ahead <= AHEAD:
        return question
    until = question.answer_by - ahead if question.answer_by is not None else None
    return replace(question, asked_at=now, answer_by=until)
