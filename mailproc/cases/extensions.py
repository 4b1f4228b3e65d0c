"""May the decision take longer? By what the policy says about more time: once, in time, and so much."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases import duties
from mailproc.cases.case import Case
from mailproc.cases.clock_rules import Extension
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed
from mailproc.sentences import say


def rule_of(case: Case, policy: Policy, zone: ZoneInfo) -> Extension | None:
    """What the policy says about more time for the decision, at the stage that the case is at."""
    return policy.stages_for(case.received_at, zone)[case.stage - 1].rules["decide"].extension


def allow(case: Case, until: datetime, policy: Policy, zone: ZoneInfo, now: datetime) -> None:
    """Raise NotAllowed, with the reason, when the decision may not take until then.

    The customer is told before the first limit has passed (PSD2 article 101, Housing Ombudsman code 6.4): a
    letter after it would excuse nothing.
    """
    rule, reference = rule_of(case, policy, zone), case.reference
    if rule is None:
        raise NotAllowed(
            say(
                "the rules of {reference} ({policy}) give no more time for the decision",
                reference=reference,
                policy=policy.stamp.id,
            )
        )
    if case.extension is not None:
        raise NotAllowed(
            say(
                "the letter that gives {reference} more time waits to leave; stop it first",
                reference=reference,
            )
        )
    if duties.was_extended(case, policy):
        raise NotAllowed(
            say("{reference} was given more time before, and its rules give it once", reference=reference)
        )
    due = case.promised_by
    if due is not None and now > due:
        raise NotAllowed(
            say(
                "{reference} was due by {day}; more time is given before that has passed, not after",
                reference=reference,
                day=_day(due, zone),
            )
        )
    if until <= now or (due is not None and until <= due):
        by = _day(due, zone) if due else say("no day at all")
        raise NotAllowed(
            say("{reference} is due by {day}; name a later day, and one to come", reference=reference, day=by)
        )
    most = duties.most_time(case, policy, zone)
    if most is not None and _day(until, zone) > _day(most, zone):
        limit = f"+{rule.add}" if rule.add else say("at most {time}", time=rule.cap)
        raise NotAllowed(
            say(
                "{reference} can take until {most} ({policy}: {limit}), not until {day}",
                reference=reference,
                most=_day(most, zone),
                policy=policy.stamp.id,
                limit=limit,
                day=_day(until, zone),
            )
        )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
