"""How is time counted? Spans with their unit, and the due time that follows from an anchor.

Units: `h` elapsed hours, `cd` calendar days, `w` weeks of seven calendar days, `mo` calendar months with
the end of the month clamped (31 January + 1mo = 28 or 29 February).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"(\d+)\s*(h|cd|w|mo)")


class Unit(StrEnum):
    HOURS = "h"
    CALENDAR_DAYS = "cd"
    WEEKS = "w"
    MONTHS = "mo"


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of time with the unit the rule is written in: `24h` is not `1cd`."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `24h`, `14cd`, `8w`, `6mo`. Raises ValueError with what is accepted."""
        match = _SPAN.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            raise ValueError(f"{text!r} is not a span; write a number and h, cd, w or mo, such as 14cd")
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def due_at(anchor: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """Return the last moment (UTC) at which a duty of `span` counted from `anchor` is still met.

    Hours elapse to the same instant. Days, weeks and months end at the last second of the local day,
    because the rules name a day and not a minute (our choice where a regime is silent).
    """
    if span.unit is Unit.HOURS:
        return anchor.astimezone(UTC) + timedelta(hours=span.amount)
    day = anchor.astimezone(zone).date()
    match span.unit:
        case Unit.CALENDAR_DAYS:
            day += timedelta(days=span.amount)
        case Unit.WEEKS:
            day += timedelta(weeks=span.amount)
        case Unit.MONTHS:
            years, month = divmod(day.month - 1 + span.amount, 12)
            year, month = day.year + years, month + 1
            day = day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
