"""Of which days does a report tell? Whole weeks, months or any days, in the zone of the desk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
# Years of our own time: what would be counted from others runs off the end of the calendar.
_WEEK = re.compile(r"((?:19|20|21)\d{2})-W(\d{2})")
_MONTH = re.compile(r"((?:19|20|21)\d{2})-(\d{2})")


class PeriodKind(StrEnum):
    """How a period is named."""

    WEEK = "week"  # Monday to Sunday, numbered as in ISO 8601
    MONTH = "month"
    DAYS = "days"


@dataclass(frozen=True, kw_only=True)
class Period:
    """Some days, the first and the last included, and the moments at which they begin and are over (UTC)."""

    kind: PeriodKind
    first: date
    last: date
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """`2026-W47`, `2026-11`, or `2026-11-01/2026-11-15` as ISO 8601 writes an interval."""
        match self.kind:
            case PeriodKind.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year}-W{week:02}"
            case PeriodKind.MONTH:
                return f"{self.first:%Y-%m}"
            case PeriodKind.DAYS:
                return f"{self.first}/{self.last}"

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def days(first: date, last: date, zone: ZoneInfo, kind: PeriodKind = PeriodKind.DAYS) -> Period:
    """Return the period of these days. Raises ValueError when it ends before it begins."""
    if last < first:
        raise ValueError(f"{last} is before {first}; write the earlier day first")
    return Period(
        kind=kind, first=first, last=last, start=_midnight(first, zone), end=_midnight(last + _DAY, zone)
    )


def week(day: date, zone: ZoneInfo) -> Period:
    """Return the week of a day, from Monday to Sunday (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return days(monday, monday + timedelta(days=6), zone, PeriodKind.WEEK)


def month(day: date, zone: ZoneInfo) -> Period:
    """Return the calendar month of a day."""
    first = day.replace(day=1)
    return days(first, _next_month(first) - _DAY, zone, PeriodKind.MONTH)


def of_day(kind: PeriodKind, day: date, zone: ZoneInfo) -> Period:
    return month(day, zone) if kind is PeriodKind.MONTH else week(day, zone)


def last_whole(kind: PeriodKind, now: datetime, zone: ZoneInfo) -> Period:
    """Return the last week or month that is over."""
    today = now.astimezone(zone).date()
    return of_day(kind, of_day(kind, today, zone).first - _DAY, zone)


def before(period: Period, zone: ZoneInfo) -> Period:
    """Return the period that a period is compared with: the week, month or as many days before it."""
    day_before = period.first - _DAY
    if period.kind is PeriodKind.DAYS:
        return days(day_before - (period.last - period.first), day_before, zone)
    return of_day(period.kind, day_before, zone)


def named(text: str, now: datetime, zone: ZoneInfo) -> Period:
    """Read `week` or `month` (the last whole one), `2026-W47` or `2026-11`. Raises ValueError."""
    if text in (PeriodKind.WEEK, PeriodKind.MONTH):
        return last_whole(PeriodKind(text), now, zone)
    try:
        if match := _WEEK.fullmatch(text):
            return week(date.fromisocalendar(int(match[1]), int(match[2]), 1), zone)
        if match := _MONTH.fullmatch(text):
            return month(date(int(match[1]), int(match[2]), 1), zone)
    except ValueError:
        pass
    raise ValueError(f"{text} is no period; write week, month, 2026-W47 or 2026-11")


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
