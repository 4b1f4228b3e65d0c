"""Would a policy have been kept? Its clocks, read with what has really happened to a complaint.

What happened is taken as it was, whatever rules it was done under: an acknowledgement after ten hours is one
after ten hours. So the desk's own cases tell which duties of another regime it would have met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailproc.cases.case import Kind
from mailproc.cases.clock_rules import ClockRule
from mailproc.cases.clocks import Reading, is_word, read_clocks
from mailproc.cases.happenings import Happened, Happening
from mailproc.cases.policy import Policy

# What may meet a duty that is owed again each time.
_MEETS_REPEATED = (Happening.UPDATED, Happening.EXTENDED, Happening.DECIDED)


@dataclass(frozen=True, kw_only=True)
class Past:
    """One complaint of the history. `until`: when it was closed, or now; nothing is owed after that."""

    reference: str
    received_at: datetime
    happened: tuple[Happened, ...]
    until: datetime


class Outcome(StrEnum):
    """What became of a duty."""

    MET = "met"  # in time
    LATE = "late"  # met, but after its time
    OWED = "owed"  # its time has passed, and it was not met
    RUNNING = "running"  # neither met nor past: nothing can be said of it yet


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One duty that the complaint would have had, and when it was met, if it was by then."""

    clock: str
    due_at: datetime
    met_at: datetime | None
    until: datetime

    @property
    def is_breached(self) -> bool:
        return (self.met_at or self.until) > self.due_at

    @property
    def is_due(self) -> bool:
        """Whether it was met or its time has passed; else nothing can be said of it yet."""
        return self.met_at is not None or self.is_breached

    @property
    def outcome(self) -> Outcome:
        if self.met_at is not None:
            return Outcome.LATE if self.is_breached else Outcome.MET
        return Outcome.OWED if self.is_breached else Outcome.RUNNING

    @property
    def late_by(self) -> timedelta:
        """How long after its time it was met, or is owed by now; nothing, when it is in time."""
        return max((self.met_at or self.until) - self.due_at, timedelta(0))


def replay(past: Past, policy: Policy, desk: ZoneInfo) -> tuple[Kept, ...]:
    """Return every duty that has begun, in the order of the policy; a repeated one each time."""
    happened = tuple(_under(each, policy) for each in past.happened)
    readings = _readings(past, happened, policy, desk)
    return (*_once(past, readings), *_repeated(past, readings, happened, policy, desk))


def _once(past: Past, readings: Sequence[Reading]) -> Iterator[Kept]:
    """Yield the duties that are owed once, each by the time that was given for it."""
    longer = {id(each.rule): each for each in readings if each.given}
    for each in readings:
        if each.kind is Kind.DUTY and not _repeats(each) and not each.paused:
            given = longer.get(id(each.rule), each)
            yield Kept(clock=each.id, due_at=given.due_at, met_at=given.satisfied_at, until=past.until)


def _repeated(
    past: Past,
    readings: Sequence[Reading],
    happened: Sequence[Happened],
    policy: Policy,
    desk: ZoneInfo,
) -> Iterator[Kept]:
    """Yield each turn of the duties that are owed again and again, with what met it.

    `read_clocks` shows such a duty as it is owed at one moment; so it is asked before whatever meets it.
    """
    meets = [each for each in happened if each.what in _MEETS_REPEATED]
    for at in sorted({each.at for each in meets}):
        before = _readings(past, [each for each in happened if each.at < at], policy, desk)
        yield from _turns(past, before, at, [each for each in meets if each.at == at])
    yield from _turns(past, readings, None)


def _turns(
    past: Past, readings: Sequence[Reading], met_at: datetime | None, by: Sequence[Happened] = ()
) -> Iterator[Kept]:
    for each in readings:
        if not isinstance(each.rule, ClockRule) or not each.rule.repeat:
            continue
        if met_at is None or any(_meets(each.rule, one) for one in by):
            yield Kept(clock=each.id, due_at=each.due_at, met_at=met_at, until=past.until)


def _meets(rule: ClockRule, each: Happened) -> bool:
    return each.what is Happening.DECIDED or is_word(rule, each)


def _readings(
    past: Past, happened: Sequence[Happened], policy: Policy, desk: ZoneInfo
) -> tuple[Reading, ...]:
    stages = policy.stages_for(past.received_at, desk)
    return read_clocks(stages, past.received_at, happened, policy.ground(desk))


def _repeats(reading: Reading) -> bool:
    return bool(getattr(reading.rule, "repeat", False))


def _under(each: Happened, policy: Policy) -> Happened:
    """Return what happened as these rules count it.

    A stage that only the rules of then had has no name here. Where there are no stages, who asked for the
    next one has disagreed with the decision.
    """
    if not policy.stages and each.what is Happening.ESCALATED:
        return replace(each, what=Happening.REOPENED, stage=None)
    return each if each.stage in policy.stages else replace(each, stage=None)
