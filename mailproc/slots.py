"""When is something due that comes by a timetable, such as 08:00 on working days? By slots.

A slot is a moment in UTC that depends on the expression and the zone alone, so that every daemon finds the
same ones. It is counted on the wall clock: where that jumps over a slot, the slot is as much later as the
clock jumped; an hour that comes twice has its slots once, the first time (our choice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NEVER = "never"
WORKING_MORNINGS = "0 8 * * mon-fri"

# Clocks are never changed by more; a slot that they move is found all the same.
_CLOCK_CHANGE = timedelta(hours=2)
_MOST = 10_000  # slots that are looked through: one a minute for almost a week


def check_timetable(value: str) -> str:
    """Return an expression as it is kept. Raises ValueError with what is accepted.

    Days of the week are names: crontab counts from Sunday, APScheduler 3 from Monday, and `1-5` would be
    a day late without a word.
    """
    text = " ".join(value.split()).casefold()
    if text in (NEVER, WORKING_MORNINGS):
        return text
    fields = text.split(" ")
    if len(fields) != 5:
        raise ValueError(
            f"write five fields (minute, hour, day, month, weekday) such as {WORKING_MORNINGS}, or never"
        )
    if re.search(r"\d", re.sub(r"/\d+", "", fields[4])):
        raise ValueError("write days of the week by name, such as mon-fri: their numbers mean two things")
    try:
        _trigger(text)
    except ValueError as error:
        raise ValueError(f"write it as cron has it, such as {WORKING_MORNINGS} ({error})") from None
    return text


def latest_slot(timetable: str, zone: ZoneInfo, now: datetime, *, within: timedelta) -> datetime | None:
    """Return the last slot (UTC) that has come, unless it is longer ago than `within`; or None."""
    come = [slot for slot in _slots(timetable, zone, now - within, now) if slot <= now]
    return max((slot for slot in come if slot > now - within), default=None)


def next_slot(timetable: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the first slot (UTC) that is still to come; None when there is none within a year."""
    later = _slots(timetable, zone, now, now + timedelta(days=366))
    return next((slot for slot in later if slot > now), None)


def _slots(timetable: str, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    if timetable == NEVER:
        return
    # The wall clock of the zone as if it were UTC: a day there has 24 hours, whatever the clocks do.
    wall = (since.astimezone(zone) - _CLOCK_CHANGE).replace(tzinfo=UTC)
    end = (until.astimezone(zone) + _CLOCK_CHANGE).replace(tzinfo=UTC)
    trigger = _trigger(timetable)
    for _ in range(_MOST):
        found = trigger.get_next_fire_time(None, wall)
        if found is None or found > end:
            return
        yield found.replace(tzinfo=zone).astimezone(UTC)
        wall = found + timedelta(seconds=1)


def _trigger(timetable: str) -> Any:
    # Imported here: a command that has nothing to do with timetables need not wait for the library.
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(timetable, timezone=UTC)
