"""Days and times in letters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mailproc.outbound.dates import long_date, long_moment

BUDAPEST = ZoneInfo("Europe/Budapest")


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "Sunday 22 November 2026", "Sunday 22 November 2026, 10:15"),
        ("hu", "2026. november 22., vasárnap", "2026. november 22., vasárnap 10:15"),
        ("de", "Sonntag, 22. November 2026", "Sonntag, 22. November 2026, 10:15"),
        ("eo", "2026-11-22", "2026-11-22, 10:15"),
    ],
)
def test_a_day_in_each_language(language: str, day: str, moment: str) -> None:
    at = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    assert long_date(date(2026, 11, 22), language, BUDAPEST) == day
    assert long_moment(at, language, BUDAPEST) == moment


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_name(month: int) -> None:
    day = date(2026, month, 1)
    assert day.strftime("%A %-d %B %Y") == long_date(day, "en", BUDAPEST)
    assert long_date(day, "hu", BUDAPEST).startswith("2026. ")
    assert long_date(day, "de", BUDAPEST).endswith(" 2026")


def test_the_day_is_the_one_of_the_desks_zone() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert long_date(late, "en", BUDAPEST) == "Monday 23 November 2026"
    assert long_moment(late, "en", ZoneInfo("America/New_York")) == "Sunday 22 November 2026, 18:30"


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        long_moment(datetime(2026, 1, 1), "en", BUDAPEST)
