"""Business days and hours: holidays, worked Saturdays, weekends of other lands, and both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mailproc.cases.business import Calendar
from mailproc.cases.calendars import Span, due_at, end_of_day
from mailproc.cases.clock_rules import Counting
from mailproc.cases.counting import Ground, count
from mailproc.config import read_calendar
from mailproc.workplace import Workplace

LONDON = ZoneInfo("Europe/London")
GB = read_calendar(Workplace(), "gb-eng")

# Changes of an hour, of half an hour, and at midnight, so that a day begins at one or ends at eleven.
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/London", "Australia/Lord_Howe", "America/St_Johns", "America/Santiago")
]


def own(**values: object) -> Calendar:
    return Calendar.model_validate({"id": "own", "title": "Own", "source": "us"} | values)


class Saint:
    """A land with one holiday, a weekend on Friday and Saturday, and one Saturday that is worked."""

    def holiday(self, day: date) -> str | None:
        return "Saint Nobody" if day == date(2026, 6, 10) else None

    def is_weekend(self, day: date) -> bool:
        return day.weekday() in (4, 5)

    def is_worked_weekend(self, day: date) -> bool:
        return day == date(2026, 6, 13)


NOWHERE = own(country="XX").opened(Saint())


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-06-09", None),
        ("2026-06-10", "Saint Nobody"),
        ("2026-06-12", "weekend"),
        ("2026-06-13", None),  # a Saturday worked in exchange
        ("2026-06-14", None),  # Sunday is a day like any other there
        ("2026-06-20", "weekend"),
    ],
)
def test_a_land_says_itself_which_days_are_closed(day: str, why: str | None) -> None:
    assert NOWHERE.why_closed(date.fromisoformat(day)) == why


def test_days_of_ones_own_win_over_those_of_the_land() -> None:
    calendar = own(
        country="XX",
        extra_holidays={"2026-06-09": "inventory", "2026-06-13": "inventory"},
        extra_working_days={"2026-06-10": "the fair"},
    ).opened(Saint())
    closed = [calendar.why_closed(date(2026, 6, day)) for day in (9, 10, 13)]
    assert closed == ["inventory", None, "inventory"]
    assert [calendar.why_worked(date(2026, 6, day)) for day in (9, 10, 13)] == [None, "the fair", None]
    assert NOWHERE.why_worked(date(2026, 6, 13)) == "worked in exchange for another day"


def test_a_weekend_that_is_written_down_is_taken_in_place_of_the_lands() -> None:
    calendar = own(country="XX", weekend=["sun"]).opened(Saint())
    assert [calendar.is_open(date(2026, 6, day)) for day in (12, 13, 14)] == [True, True, False]


def test_a_land_that_nobody_was_asked_about_is_refused_not_guessed() -> None:
    with pytest.raises(ValueError, match="was not opened"):
        own(country="GB").is_open(date(2026, 6, 9))


def test_a_calendar_that_is_never_open_is_refused_instead_of_being_counted_for_ever() -> None:
    every_day = {str(date(2026, 1, 1) + timedelta(days=n)): "closed" for n in range(500)}
    with pytest.raises(ValueError, match="no business day in the 400 days"):
        own(extra_holidays=every_day).add_days(date(2026, 1, 5), 1)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-04-02", 1, "2026-04-07"),  # Easter: four days closed
        ("2026-04-03", 1, "2026-04-07"),  # from a closed day the next open one is the first
        ("2026-04-05", 3, "2026-04-09"),
        ("2026-12-21", 5, "2026-12-30"),  # 28 December in place of the Saturday
        ("2026-04-07", -1, "2026-04-02"),
        ("2026-04-06", -1, "2026-04-02"),
        ("2026-04-08", -2, "2026-04-02"),
    ],
)
def test_business_days_of_england(start: str, amount: int, end: str) -> None:
    assert GB.add_days(date.fromisoformat(start), amount) == date.fromisoformat(end)


def test_a_decreed_saturday_is_worked_in_hungary() -> None:
    hungary = read_calendar(Workplace(), "hu")
    assert hungary.add_days(date(2026, 1, 9), 1) == date(2026, 1, 10)
    assert hungary.why_closed(date(2026, 1, 2)) is not None
    assert hungary.why_worked(date(2026, 1, 10)) is not None


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-27T16:00", 4, "2026-03-30T12:00"),  # the clocks go forward on the Sunday between
        ("2026-10-23T16:00", 4, "2026-10-26T12:00"),  # and back
        ("2026-03-27T20:00", 1, "2026-03-30T10:00"),  # after hours counts from the next opening
        ("2026-03-28T12:00", 1, "2026-03-30T10:00"),
        ("2026-03-27T05:00", 1, "2026-03-27T10:00"),
        ("2026-03-27T09:00", 8, "2026-03-27T17:00"),  # a whole day ends at its close, not at the next opening
        ("2026-03-27T09:00", 9, "2026-03-30T10:00"),
    ],
)
def test_business_hours(start: str, hours: int, end: str) -> None:
    anchor = datetime.fromisoformat(start).replace(tzinfo=LONDON)
    due = datetime.fromisoformat(end).replace(tzinfo=LONDON)
    assert GB.add_hours(anchor, timedelta(hours=hours), LONDON) == due


@pytest.mark.parametrize("hours", ["9-17", "17:00-09:00", "09:00", "09:00-09:00", "09:00-24:00", ""])
def test_office_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError, match="write opening and closing time"):
        own(hours=hours)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"zone": "Mars/Base"}, "write an IANA time zone"),
        ({"country": "England"}, "country"),
        ({"weekend": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "weekend"),
        ({"holidays": []}, "holidays"),
    ],
)
def test_a_calendar_with_a_fault_is_refused(values: dict[str, object], found: str) -> None:
    with pytest.raises(ValidationError, match=found):
        own(**values)


@pytest.mark.parametrize(
    ("zone", "day", "last"),
    [
        ("Europe/London", "2026-03-29", "2026-03-29T22:59:59+00:00"),
        ("America/Santiago", "2026-04-04", "2026-04-05T03:59:59+00:00"),  # its last hour comes twice
        ("America/Santiago", "2026-09-05", "2026-09-06T03:59:59+00:00"),  # the next day begins at one
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-05T13:29:59+00:00"),  # half an hour
    ],
)
def test_the_last_second_of_a_day_is_the_one_before_the_next_day(zone: str, day: str, last: str) -> None:
    assert end_of_day(date.fromisoformat(day), ZoneInfo(zone)).isoformat() == last


moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
later = st.timedeltas(timedelta(0), timedelta(days=20))
spans = st.builds(
    lambda n, unit: f"{n}{unit}", st.integers(1, 60), st.sampled_from(["bd", "bh", "cd", "h", "w"])
)
begins = st.sampled_from(["same_day", "next_business_day"])
ends = st.sampled_from(["end_of_day", "close_of_business"])
rolls = st.sampled_from(["none", "forward", "backward"])
hours = st.sampled_from(["09:00-17:00", "00:00-23:59", "08:30-12:15", "22:00-23:30"])


@settings(max_examples=150, deadline=None)
@given(
    moments,
    later,
    spans,
    begins,
    ends,
    rolls,
    hours,
    st.sampled_from(ZONES),
)
def test_who_complains_later_is_never_answered_earlier(anchor, wait, within, begin, end, roll, office, zone):
    """Whatever is counted, in every zone, across every clock change."""
    ground = Ground(zone=zone, calendar=own(hours=office, extra_holidays={"2026-04-06": "closed"}))
    rule = Counting(within=within, begins=begin, ends=end, roll=roll)
    assert count(rule, anchor, ground) <= count(rule, anchor + wait, ground)


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 200), hours, st.sampled_from(ZONES))
def test_nothing_counted_in_business_hours_is_due_in_a_closed_one(anchor, amount, office, zone):
    calendar = own(hours=office)
    due = count(Counting(within=f"{amount}bh"), anchor, Ground(zone=zone, calendar=calendar))
    day = due.astimezone(zone).date()
    assert calendar.is_open(day)
    assert calendar.opening(day, zone) < due <= calendar.closing(day, zone)


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 200), hours, st.sampled_from(ZONES))
def test_the_hours_between_are_exactly_those_that_were_worked(anchor, amount, office, zone):
    """Added up day by day the open time between complaint and due time is the span, to the second."""
    calendar = own(hours=office)
    due = calendar.add_hours(anchor, timedelta(hours=amount), zone)
    day, worked = anchor.astimezone(zone).date(), timedelta(0)
    while day <= due.astimezone(zone).date():
        if calendar.is_open(day):
            begin, close = max(calendar.opening(day, zone), anchor), min(calendar.closing(day, zone), due)
            worked += max(close - begin, timedelta(0))
        day += timedelta(days=1)
    assert worked == timedelta(hours=amount)


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 60), ends, hours, st.sampled_from(ZONES))
def test_business_days_end_on_a_business_day_and_so_many_lie_between(anchor, amount, end, office, zone):
    calendar = own(hours=office)
    due = count(Counting(within=f"{amount}bd", ends=end), anchor, Ground(zone=zone, calendar=calendar))
    first, last = anchor.astimezone(zone).date(), due.astimezone(zone).date()
    assert calendar.is_open(last)
    between = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    assert sum(calendar.is_open(day) for day in between) == amount
    if end == "close_of_business":
        assert due == calendar.closing(last, zone)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 400),
    st.sampled_from(ZONES),
    st.sampled_from([(3, 28), (3, 29), (10, 24), (10, 25), (4, 4), (9, 5)]),
)
def test_elapsed_hours_elapse_whatever_the_clocks_do(amount, zone, day):
    anchor = datetime.combine(date(2026, *day), time(12), zone)
    due = due_at(anchor, Span.parse(f"{amount}h"), zone)
    assert due - anchor.astimezone(UTC) == timedelta(hours=amount)


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(1, 40), st.sampled_from(ZONES), rolls.filter(lambda roll: roll != "none"))
def test_a_day_that_rolls_ends_on_a_business_day(anchor, amount, zone, roll):
    calendar = own()
    rolled = count(Counting(within=f"{amount}cd", roll=roll), anchor, Ground(zone=zone, calendar=calendar))
    plain = count(Counting(within=f"{amount}cd"), anchor, Ground(zone=zone))
    assert calendar.is_open(rolled.astimezone(zone).date())
    assert rolled >= plain if roll == "forward" else rolled <= plain
    assert abs(rolled - plain) < timedelta(days=3)


def test_what_comes_after_hours_can_count_as_the_next_morning() -> None:
    rule = Counting(within="1bd", begins="next_business_day", ends="close_of_business")
    ground = Ground(zone=LONDON, calendar=own())
    for received, due in [
        ("2026-06-08T16:59", "2026-06-09T17:00"),
        ("2026-06-08T17:00", "2026-06-09T17:00"),
        ("2026-06-08T17:01", "2026-06-10T17:00"),
        ("2026-06-05T18:00", "2026-06-09T17:00"),
        ("2026-06-06T09:00", "2026-06-09T17:00"),
        ("2026-06-09T03:00", "2026-06-10T17:00"),  # early in the morning is the same day
    ]:
        anchor = datetime.fromisoformat(received).replace(tzinfo=LONDON)
        assert count(rule, anchor, ground) == datetime.fromisoformat(due).replace(tzinfo=LONDON), received


def test_business_days_without_a_calendar_are_refused() -> None:
    with pytest.raises(ValueError, match="without a calendar"):
        count(Counting(within="5bd"), datetime(2026, 6, 8, tzinfo=UTC), Ground(zone=LONDON))
    with pytest.raises(ValueError, match="needs a calendar"):
        due_at(datetime(2026, 6, 8, tzinfo=UTC), Span.parse("5bd"), LONDON)
