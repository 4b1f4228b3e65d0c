"""How is time counted? Spans with their unit, and the due time that follows from an anchor.

Units: `h` elapsed hours, `cd` calendar days, `w` weeks of seven calendar days, `mo` calendar months with
the end of the month clamped (31 January + 1mo = 28 or 29 February), `y` years of twelve such months; and
`bd` business days and `bh` business hours, which `business.py` counts because they need a calendar.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"(\d{1,5})\s*(h|bh|cd|bd|w|mo|y)")
_LAST_YEAR = 9990


class Unit(StrEnum):
    HOURS = "h"
    CALENDAR_DAYS = "cd"
    WEEKS = "w"
    MONTHS = "mo"
    YEARS = "y"
    BUSINESS_DAYS = "bd"
    BUSINESS_HOURS = "bh"

    @property
    def is_business(self) -> bool:
        return self in (Unit.BUSINESS_DAYS, Unit.BUSINESS_HOURS)


_AT_LEAST = {
    Unit.HOURS: timedelta(hours=1),
    Unit.CALENDAR_DAYS: timedelta(days=1),
    Unit.WEEKS: timedelta(weeks=1),
    Unit.MONTHS: timedelta(days=28),
    Unit.YEARS: timedelta(days=365),
    Unit.BUSINESS_DAYS: timedelta(days=1),
    Unit.BUSINESS_HOURS: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of time with the unit the rule is written in: `24h` is not `1cd`."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `24h`, `5bd`, `14cd`, `8w`, `6mo`. Raises ValueError with what is accepted."""
        match = _SPAN.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            raise ValueError(
                f"{text!r} is not a span; write a number and h, cd, w or mo, such as 14cd "
                "(y for years, bd and bh for business days and hours)"
            )
        return cls(int(match[1]), Unit(match[2]))

    @property
    def at_least(self) -> timedelta:
        """What passes in any case: business days may all be in one week, and a month may be a February."""
        return self.amount * _AT_LEAST[self.unit]

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def due_at(anchor: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """Return the last moment (UTC) at which a duty of `span` counted from `anchor` is still met.

    Hours elapse to the same instant. Days, weeks and months end at the last second of the local day,
    because the rules name a day and not a minute (our choice where a regime is silent). Raises ValueError
    for business days and hours: those are counted by `business.py`, with a calendar.
    """
    if span.unit is Unit.HOURS:
        return anchor.astimezone(UTC) + timedelta(hours=span.amount)
    return end_of_day(later_day(anchor.astimezone(zone).date(), span), zone)


def later_day(day: date, span: Span) -> date:
    """Return the day a span of calendar days, weeks, months or years after another one."""
    match span.unit:
        case Unit.CALENDAR_DAYS:
            return day + timedelta(days=span.amount)
        case Unit.WEEKS:
            return day + timedelta(weeks=span.amount)
        case Unit.MONTHS | Unit.YEARS:
            months = span.amount * (12 if span.unit is Unit.YEARS else 1)
            years, month = divmod(day.month - 1 + months, 12)
            year, month = min(day.year + years, _LAST_YEAR), month + 1
            return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
        case _:
            raise ValueError(f"{span} is not counted in calendar days; it needs a calendar of business days")


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second (UTC) of a local day: the one before the next midnight.

    Not 23:59:59 by the wall: where clocks change at midnight that hour comes twice or not at all.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC) - timedelta(seconds=1)
