"""How spans are read and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.cases.calendars import Span, Unit, due_at

LONDON = ZoneInfo("Europe/London")


def local(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("received", "span", "due"),
    [
        ("2026-03-28T12:00", "24h", "2026-03-29T13:00"),  # the clocks go forward: still 24 elapsed hours
        ("2026-10-24T12:00", "24h", "2026-10-25T11:00"),  # and back
        ("2026-03-28T12:00", "1cd", "2026-03-29T23:59:59"),
        ("2026-01-31T09:00", "1mo", "2026-02-28T23:59:59"),  # the end of the month is clamped
        ("2028-01-31T09:00", "1mo", "2028-02-29T23:59:59"),
        ("2026-11-30T09:00", "3mo", "2027-02-28T23:59:59"),
        ("2026-12-31T23:30", "8w", "2027-02-25T23:59:59"),
    ],
)
def test_due_times(received, span, due):
    assert due_at(local(received), Span.parse(span), LONDON) == local(due).astimezone(UTC)


def test_a_day_is_the_day_of_the_desk_not_of_utc():
    almost_midnight = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # 00:30 on the second in Budapest
    budapest = ZoneInfo("Europe/Budapest")
    due = due_at(almost_midnight, Span.parse("1cd"), budapest)
    assert due == local("2026-06-03T23:59:59", budapest).astimezone(UTC)


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "5sd", "-1cd", "1.5h", "24 hours"])
def test_what_is_no_span_is_refused_with_what_is_accepted(text):
    with pytest.raises(ValueError, match="h, cd, w or mo"):
        Span.parse(text)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.builds(Span, st.integers(1, 400), st.sampled_from([unit for unit in Unit if not unit.is_business])),
    st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_a_later_complaint_is_never_due_earlier(anchor, span, later):
    assert anchor < due_at(anchor, span, LONDON) <= due_at(anchor + later, span, LONDON)
