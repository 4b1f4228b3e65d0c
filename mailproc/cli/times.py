"""Which day or moment does somebody mean who writes one on the command line?"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailproc.cli.failures import UsageError

# Beyond these no complaint is meant, and counting days would run off the end of the calendar (our choice).
_YEARS = range(1900, 2200)


def read_day(text: str) -> date:
    """Read a day such as 2026-12-24."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text}: is no day; write one such as 2026-12-24") from None
    _check_year(text, day.year)
    return day


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read an ISO 8601 time; without an offset it is meant in the given zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text}: is no time; write one such as 2026-04-02T10:00:00+01:00") from None
    _check_year(text, moment.year)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def check_days(*days: datetime | None) -> None:
    """Refuse days of years that nobody means; None is a day that was not written."""
    for day in days:
        if day is not None:
            _check_year(f"{day:%Y-%m-%d}", day.year)


def _check_year(text: str, year: int) -> None:
    if year not in _YEARS:
        raise UsageError(f"{text}: the year is not one of {_YEARS.start} to {_YEARS.stop - 1}")
