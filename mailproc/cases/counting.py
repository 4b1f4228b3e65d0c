"""When is a duty due, and when is it time to warn? A rule's spans, counted in a zone and on a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases.business import Calendar
from mailproc.cases.calendars import Span, Unit, due_at, end_of_day, later_day
from mailproc.cases.clock_rules import Begin, Counting, End, Roll, WarnPoint

# When a warning that is counted in days is given, on a desk without office hours (our choice).
_MORNING = time(9)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What time is counted on: the zone that says which day it is, and the calendar if there is one."""

    zone: ZoneInfo
    calendar: Calendar | None = None

    @property
    def office(self) -> Calendar:
        if self.calendar is None:
            raise ValueError("business days cannot be counted without a calendar")
        return self.calendar


def count(rule: Counting, anchor: datetime, ground: Ground) -> datetime:
    """Return the last moment (UTC) at which the duty is still met; of two spans the later one.

    Raises ValueError when business days are asked for and there is no calendar.
    """
    start = _begun(rule.begins, anchor, ground)
    spans = [rule.within] if rule.or_within is None else [rule.within, rule.or_within]
    return max(_ends(rule, start, span, ground) for span in spans)


def first_limit(rule: Counting, anchor: datetime, ground: Ground) -> datetime | None:
    """Return the earlier of two alternative limits; None when there is only one."""
    if rule.or_within is None:
        return None
    start = _begun(rule.begins, anchor, ground)
    return min(_ends(rule, start, span, ground) for span in (rule.within, rule.or_within))


def add_to_limit(rule: Counting, limit: datetime, added: Span, ground: Ground) -> datetime:
    """Return a limit that is put off by a span; it ends as the first one did."""
    return _ends(rule, limit, added, ground)


def last_day(rule: Counting, day: date, ground: Ground) -> datetime:
    """Return when a last day is over that was named, and not counted."""
    return _day_ends(rule, day, ground)


def put_off(rule: Counting, due: datetime, stopped: timedelta, ground: Ground) -> datetime:
    """Return a due time after its clock stood still for so long; spans of days stand still by days begun."""
    if rule.within.unit is Unit.HOURS:
        return due + stopped
    days = -(-stopped // timedelta(days=1))
    return _day_ends(rule, due.astimezone(ground.zone).date() + timedelta(days=days), ground)


def warn_times(
    points: Iterable[WarnPoint], anchor: datetime, due: datetime, ground: Ground
) -> tuple[datetime, ...]:
    """Return when to warn, in order: after the anchor and before the due time only."""
    times = {_warning(point, anchor, due, ground) for point in points}
    return tuple(sorted(at for at in times if anchor < at < due))


def _warning(point: WarnPoint, anchor: datetime, due: datetime, ground: Ground) -> datetime:
    if point.before is None:
        share = (due - anchor) * (point.percent or 0) / 100
        return (anchor + share).astimezone(UTC).replace(microsecond=0)
    span = point.before
    if span.unit is Unit.HOURS:
        return due - timedelta(hours=span.amount)
    day = due.astimezone(ground.zone).date()
    if span.unit is Unit.BUSINESS_DAYS:
        day = ground.office.add_days(day, -span.amount)
    else:
        day -= timedelta(days=span.amount)
    # A warning in the night of a due time at the end of the day would be read a working day later.
    morning = ground.calendar.hours.opens if ground.calendar else _MORNING
    return datetime.combine(day, morning, ground.zone).astimezone(UTC)


def _begun(begins: Begin, anchor: datetime, ground: Ground) -> datetime:
    """Return when an event counts as having happened."""
    if begins is Begin.SAME_DAY:
        return anchor
    day = anchor.astimezone(ground.zone).date()
    if ground.office.is_open(day) and anchor <= ground.office.closing(day, ground.zone):
        # What came in the night before counts from the opening, like what came on the day that was closed.
        return max(anchor, ground.office.opening(day, ground.zone))
    return ground.office.opening(ground.office.next_open(day + timedelta(days=1)), ground.zone)


def _ends(rule: Counting, start: datetime, span: Span, ground: Ground) -> datetime:
    match span.unit:
        case Unit.HOURS:
            return due_at(start, span, ground.zone)
        case Unit.BUSINESS_HOURS:
            return ground.office.add_hours(start, timedelta(hours=span.amount), ground.zone)
        case Unit.BUSINESS_DAYS:
            day = ground.office.add_days(start.astimezone(ground.zone).date(), span.amount)
        case _:
            day = later_day(start.astimezone(ground.zone).date(), span)
    return _day_ends(rule, day, ground)


def _day_ends(rule: Counting, day: date, ground: Ground) -> datetime:
    if rule.roll is Roll.FORWARD:
        day = ground.office.next_open(day)
    elif rule.roll is Roll.BACKWARD:
        day = ground.office.previous_open(day)
    if rule.ends is End.CLOSE_OF_BUSINESS:
        return ground.office.closing(day, ground.zone)
    return end_of_day(day, ground.zone)
