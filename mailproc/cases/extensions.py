"""May the decision take longer? By what the policy says about more time: once, in time, and so much."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases import duties
from mailproc.cases.case import Case
from mailproc.cases.clock_rules import Extension
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed


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
        raise NotAllowed(f"the rules of {reference} ({policy.stamp.id}) give no more time for the decision")
    if case.extension is not None:
        raise NotAllowed(f"the letter that gives {reference} more time waits to leave; stop it first")
    if duties.was_extended(case, policy):
        raise NotAllowed(f"{reference} was given more time before, and its rules give it once")
    due = case.promised_by
    if due is not None and now > due:
        raise NotAllowed(
            f"{reference} was due by {_day(due, zone)}; more time is given before that has passed, not after"
        )
    if until <= now or (due is not None and until <= due):
        by = _day(due, zone) if due else "no day at all"
        raise NotAllowed(f"{reference} is due by {by}; name a later day, and one to come")
    most = duties.most_time(case, policy, zone)
    if most is not None and _day(until, zone) > _day(most, zone):
        limit = f"+{rule.add}" if rule.add else f"at most {rule.cap}"
        raise NotAllowed(
            f"{reference} can take until {_day(most, zone)} ({policy.stamp.id}: {limit}), not until "
            f"{_day(until, zone)}"
        )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
