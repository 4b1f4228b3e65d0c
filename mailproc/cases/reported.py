"""What may people report that has happened to a complaint, and what changes by it?

Only what the rules of the case count from, are met by or stand still for. A report that was a mistake is
taken back: the clocks are read without it, and the history keeps both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases import duties
from mailproc.cases.case import LOOK_AGAIN, Case, Clock, Kind, Status
from mailproc.cases.events import HappeningReported, ReportTakenBack
from mailproc.cases.happenings import (
    BEFORE_RECEIPT,
    CUSTOMER,
    SAID_BY_PEOPLE,
    Happened,
    Happening,
)
from mailproc.cases.policy import Policy
from mailproc.cases.words import HAPPENINGS
from mailproc.errors import NotAllowed
from mailproc.sentences import Sentence, any_of, say

__all__ = ["LOOK_AGAIN", "answered", "changes", "known", "reasons_to_pause", "report", "take_back"]

_STILL = (Happening.PAUSED, Happening.RESUMED)

# What lies further before the receipt is a slip of the finger (our choice).
_LONGEST_BEFORE = timedelta(days=366)

_DUTIES = {
    "ack": say("The acknowledgement"),
    "update": say("News for the customer"),
    "decide": say("The decision"),
    "outcome": say("Word of what came of it"),
    "followup": say("The question how it went"),
    "remedy": say("What was promised"),
    "asked": say("What the customer's mail asks for"),
}


def known(case: Case, policy: Policy, zone: ZoneInfo) -> tuple[Happening, ...]:
    """Return what the rules of the case's stage know of the things that people report."""
    rules = duties.rules_of_stage(case, policy, zone).values()
    named = {what for rule in rules for what in (*rule.counts_from, *rule.reopened_by, *rule.satisfied_by)}
    if any(rule.pause for rule in rules):
        named |= set(_STILL)
    return tuple(what for what in SAID_BY_PEOPLE if what in named)


def reasons_to_pause(case: Case, policy: Policy, zone: ZoneInfo) -> tuple[str, ...]:
    """Return for which reasons clocks of the case's stage may stand still; none at nearly every regime."""
    rules = duties.rules_of_stage(case, policy, zone).values()
    return tuple(dict.fromkeys(reason for rule in rules for reason in rule.pause))


def report(
    case: Case, event: HappeningReported, policy: Policy, zone: ZoneInfo, now: datetime
) -> tuple[Case, str]:
    """Return the case with its clocks as they stand then, and what the history says of it.

    Raises NotAllowed for what its rules do not know, what cannot have been then, and what changes nothing.
    """
    what = event.what
    _refuse_unknown(case, what, policy, zone)
    if what is Happening.PAUSED:
        _refuse_pause(case, event.reason, policy, zone)
    elif what is Happening.RESUMED and _pause(case, policy) is None:
        raise NotAllowed(say("no clock of {reference} stands still", reference=case.reference))
    elif (earlier := _reports(case, what, policy)) and not _counts_again(case, what, policy, zone):
        raise NotAllowed(
            say(
                "that {what} is written down for {day} already; take that back first",
                what=HAPPENINGS[what],
                day=_day(earlier[-1].at, zone),
            )
        )
    new = Happened(
        what=what,
        at=_moment(case, event, policy, zone, now),
        stage=_stage(case, policy),
        reason=event.reason if what is Happening.PAUSED else None,
        noted_at=now,
    )
    after = _read(replace(case, happened=(*case.happened, new)), policy, zone, now)
    _refuse_what_nothing_meets(case, after, policy, zone)
    on = f"on {event.on or _day(new.at, zone)}"
    lines = (
        f"{on}: {new.reason}" if new.reason else on,
        event.text,
        *changes(case, after, policy, zone, now),
    )
    return after, "\n".join(filter(None, lines))


def take_back(
    case: Case, event: ReportTakenBack, policy: Policy, zone: ZoneInfo, now: datetime
) -> tuple[Case, str]:
    """Return the case as if the newest report of this had not been made. Raises NotAllowed without one."""
    found = _reports(case, event.what, policy)
    if not found:
        raise NotAllowed(
            say(
                "nobody has reported of {reference} that {what}",
                reference=case.reference,
                what=HAPPENINGS[event.what],
            )
        )
    if event.what is Happening.PAUSED and _pause(case, policy) is None:
        raise NotAllowed(
            say("the clocks of {reference} run again; take that back first", reference=case.reference)
        )
    gone = found[-1]
    left = tuple(each for each in case.happened if each is not gone)
    after = _read(replace(case, happened=left), policy, zone, now)
    lines = (f"on {_day(gone.at, zone)}", event.text, *changes(case, after, policy, zone, now))
    return after, "\n".join(filter(None, lines))


def answered(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> tuple[Case, str]:
    """Let the customer's mail end what stands still until she answers; return the case and a remark."""
    pause = _pause(case, policy)
    if pause is None or pause.reason != CUSTOMER:
        return case, ""
    again = Happened(what=Happening.RESUMED, at=max(now, pause.at), stage=pause.stage, noted_at=now)
    resumed = _read(replace(case, happened=(*case.happened, again)), policy, zone, now)
    return resumed, HAPPENINGS[Happening.RESUMED]


def changes(before: Case, after: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> tuple[Sentence, ...]:
    """Say which due times began, moved, were met or are none any more."""
    old = {clock.id: clock for clock in before.clocks if clock.kind is Kind.DUTY}
    new = {clock.id: clock for clock in after.clocks if clock.kind is Kind.DUTY}
    found = list(_changed(after, old, new, policy, zone, now))
    return tuple(found) or (say("No due time changes by it."),)


def _changed(
    case: Case,
    old: dict[str, Clock],
    new: dict[str, Clock],
    policy: Policy,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[Sentence]:
    for id in (*new, *(id for id in old if id not in new)):
        was, clock = old.get(id), new.get(id)
        duty = _DUTIES.get(name := duties.name_of(id, case, policy, zone), name)
        if was is not None and (clock is None or (was.is_owed and clock.satisfied_at is not None)):
            done = clock is not None
            yield say("{duty} is done.", duty=duty) if done else say("{duty} is owed no more.", duty=duty)
        elif clock is None or clock.satisfied_at is not None:
            continue
        elif clock.paused_since is not None:
            if was is None or was.paused_since is None:
                yield say("{duty} stands still and is due later than {due}.", duty=duty, due=_at(clock, zone))
        elif was is None or was.due_at != clock.due_at or not was.is_owed:
            if clock.due_at < now:
                yield say("{duty} was due by {due} and is late.", duty=duty, due=_at(clock, zone))
            elif was is None or was.due_at == clock.due_at:
                yield say("{duty} is due by {due}.", duty=duty, due=_at(clock, zone))
            else:
                yield say(
                    "{duty} is due by {due}; it was {old}.",
                    duty=duty,
                    due=_at(clock, zone),
                    old=_at(was, zone),
                )


def _refuse_unknown(case: Case, what: Happening, policy: Policy, zone: ZoneInfo) -> None:
    there = known(case, policy, zone)
    if what in there:
        return
    if what in _STILL:
        raise NotAllowed(
            say(
                "by the rules of {reference} ({policy}) no clock ever stands still",
                reference=case.reference,
                policy=policy.stamp.id,
            )
        )
    if not there:
        raise NotAllowed(
            say(
                "by the rules of {reference} ({policy}) nothing counts that people could report",
                reference=case.reference,
                policy=policy.stamp.id,
            )
        )
    raise NotAllowed(
        say(
            "by the rules of {reference} ({policy}) nothing counts from that; they know: {known}",
            reference=case.reference,
            policy=policy.stamp.id,
            known=any_of([str(each) for each in there]),
        )
    )


def _refuse_pause(case: Case, reason: str | None, policy: Policy, zone: ZoneInfo) -> None:
    reasons = reasons_to_pause(case, policy, zone)
    if reason not in reasons:
        raise NotAllowed(
            say(
                "the rules of {reference} ({policy}) let a clock stand still for one of these reasons:"
                " {reasons}",
                reference=case.reference,
                policy=policy.stamp.id,
                reasons=any_of(reasons),
            )
        )
    pause = _pause(case, policy)
    if pause is not None:
        raise NotAllowed(
            say(
                "the clocks of {reference} stand still since {day}",
                reference=case.reference,
                day=_day(pause.at, zone),
            )
        )


def _refuse_what_nothing_meets(before: Case, after: Case, policy: Policy, zone: ZoneInfo) -> None:
    """A duty that only the decision meets cannot begin when the customer has the decision."""
    if after.status is not Status.RESOLVED:
        return
    owed = {clock.id for clock in before.clocks if clock.is_owed}
    rules = duties.rules_of_stage(after, policy, zone)
    for clock in after.clocks:
        rule = rules.get(clock.id)
        if clock.is_owed and clock.id not in owed and rule and set(rule.satisfied_by) == {"resolution"}:
            raise NotAllowed(
                say(
                    "the customer of {reference} has the decision already; name the day if it was before",
                    reference=after.reference,
                )
            )


def _moment(case: Case, event: HappeningReported, policy: Policy, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when it happened. Of a day that moment counts from which a duty is due the soonest.

    So a clock stands still from the day after the one on which that began, and runs on the day of its end.
    """
    begins = [each.at for each in case.happened if each.what is Happening.ESCALATED]
    begin = (begins or [case.received_at])[-1]
    pause = _pause(case, policy) if event.what is Happening.RESUMED else None
    if pause is not None:
        begin = pause.at
    elif event.what in BEFORE_RECEIPT:
        begin -= _LONGEST_BEFORE
    if event.on is None:
        return max(now, begin)
    days = policy.zone(zone)
    if event.on > max(now.astimezone(each).date() for each in (zone, days)):
        raise NotAllowed(say("{day} is to come, and only what has happened counts", day=event.on.isoformat()))
    if event.on < min(begin.astimezone(each).date() for each in (zone, days)):
        raise NotAllowed(_too_early(event, begin, pause, zone))
    first = event.on + timedelta(days=1) if event.what is Happening.PAUSED else event.on
    at = datetime.combine(first, time(), days).astimezone(UTC)
    return max(min(at, now), begin)


def _too_early(event: HappeningReported, begin: datetime, pause: Happened | None, zone: ZoneInfo) -> Sentence:
    on: date | None = event.on
    if pause is not None:
        return say("the clocks stand still since {day}, which is after {on}", day=_day(begin, zone), on=on)
    if event.what in BEFORE_RECEIPT:
        return say("{on} is more than a year before the complaint came", on=on)
    return say(
        "on {on} the complaint, or its present stage, had not begun: {day}", on=on, day=_day(begin, zone)
    )


def _reports(case: Case, what: Happening, policy: Policy) -> Sequence[Happened]:
    """Return what people have reported of this at the present stage, the newest last."""
    stage = _stage(case, policy)
    reports = (each for each in case.happened if each.noted_at is not None and each.stage == stage)
    return [each for each in reports if each.what is what]


def _pause(case: Case, policy: Policy) -> Happened | None:
    """Return what clocks of the present stage stand still for now, if they do."""
    stage = _stage(case, policy)
    newest = [each for each in case.happened if each.what in _STILL and each.stage == stage][-1:]
    return newest[0] if newest and newest[0].what is Happening.PAUSED else None


def _counts_again(case: Case, what: Happening, policy: Policy, zone: ZoneInfo) -> bool:
    """Whether a rule counts from the last of several."""
    rules = duties.rules_of_stage(case, policy, zone).values()
    return what is Happening.RESUMED or any(rule.restarts and what in rule.counts_from for rule in rules)


def _read(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Return the case with its clocks. What was past by then is told of, although it was not known."""
    told = case.warned_until and min(case.warned_until, now - timedelta(microseconds=1))
    return duties.read(replace(case, warned_until=told), policy, zone)


def _stage(case: Case, policy: Policy) -> str | None:
    return list(policy.stages)[case.stage - 1] if policy.stages else None


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _at(clock: Clock, zone: ZoneInfo) -> str:
    return f"{clock.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
