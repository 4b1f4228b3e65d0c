"""Slots of a timetable: the same for every daemon, once each, on the wall clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailproc.slots import NEVER, WORKING_MORNINGS, check_timetable, latest_slot, next_slot

BUDAPEST, CHICAGO = ZoneInfo("Europe/Budapest"), ZoneInfo("America/Chicago")
HALF_A_DAY = timedelta(hours=12)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def latest(timetable: str, now: datetime, zone: ZoneInfo = BUDAPEST) -> datetime | None:
    return latest_slot(timetable, zone, now, within=HALF_A_DAY)


def test_a_slot_comes_at_its_hour_in_its_zone():
    assert latest(WORKING_MORNINGS, utc(2026, 11, 23, 6, 59, 59)) is None
    assert latest(WORKING_MORNINGS, utc(2026, 11, 23, 7)) == utc(2026, 11, 23, 7)
    assert latest(WORKING_MORNINGS, utc(2026, 11, 23, 13), CHICAGO) is None
    assert latest(WORKING_MORNINGS, utc(2026, 11, 23, 14), CHICAGO) == utc(2026, 11, 23, 14)


def test_what_was_missed_comes_late_but_not_too_late_and_once():
    friday = utc(2026, 11, 20, 7)
    assert latest(WORKING_MORNINGS, friday + HALF_A_DAY - timedelta(seconds=1)) == friday
    assert latest(WORKING_MORNINGS, friday + HALF_A_DAY) is None
    assert latest("0 * * * *", utc(2026, 11, 20, 9, 30)) == utc(2026, 11, 20, 9)


def test_a_weekend_has_no_slots():
    assert latest(WORKING_MORNINGS, utc(2026, 11, 21, 12)) is None
    assert next_slot(WORKING_MORNINGS, BUDAPEST, utc(2026, 11, 20, 7)) == utc(2026, 11, 23, 7)


@pytest.mark.parametrize(("day", "hour"), [(28, 7), (29, 6), (30, 6)])
def test_eight_o_clock_is_eight_o_clock_on_both_sides_of_a_change_of_clocks(day: int, hour: int):
    assert latest("0 8 * * *", utc(2026, 3, day, 12)) == utc(2026, 3, day, hour)


def test_an_hour_that_does_not_exist_is_not_left_out():
    """In Budapest the clock goes from 02:00 to 03:00 on 29 March 2026."""
    assert latest("30 2 * * *", utc(2026, 3, 29, 12)) == utc(2026, 3, 29, 1, 30)


def test_an_hour_that_comes_twice_has_its_slots_once():
    """In Budapest 02:30 comes at 00:30 and at 01:30 UTC on 25 October 2026."""
    found = {latest("30 2 * * *", utc(2026, 10, 25, 0, 30) + timedelta(minutes=m)) for m in range(0, 600, 10)}
    assert found == {utc(2026, 10, 25, 0, 30)}
    assert next_slot("30 2 * * *", BUDAPEST, utc(2026, 10, 25, 0, 30)) == utc(2026, 10, 26, 1, 30)


def test_never_is_never():
    assert latest(NEVER, utc(2026, 11, 23, 8)) is None
    assert next_slot(NEVER, BUDAPEST, utc(2026, 11, 23, 8)) is None


def test_a_timetable_is_kept_in_one_form():
    assert check_timetable(" 0  8 * *  MON-FRI ") == "0 8 * * mon-fri"
    assert check_timetable("Never") == "never"
    assert check_timetable("30 7 1-15 * mon,wed") == "30 7 1-15 * mon,wed"


@pytest.mark.parametrize(
    "wrong", ["", "8:00", "0 8 * *", "0 25 * * *", "0 8 * * 1-5", "0 8 * * mo", "a b c d e"]
)
def test_what_is_no_timetable_is_refused_with_what_to_write(wrong: str):
    with pytest.raises(ValueError, match="write"):
        check_timetable(wrong)
