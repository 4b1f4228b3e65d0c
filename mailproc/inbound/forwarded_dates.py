"""When was a mail sent whose date a mail program has written out in its own language?

English, Hungarian and German, and what RFC 5322 says. What could be read in two ways is not read at all:
a deadline that counts from a wrong day is worse than one that counts from a late one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from mailproc.inbound.command_words import fold

_LIMIT = 120  # characters

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janner januari",
            "feb february februar febr",
            "mar march marz mrz maerz marc marcius",
            "apr april aprilis",
            "may mai maj majus",
            "jun june juni junius",
            "jul july juli julius",
            "aug august augusztus",
            "sep sept september szept szeptember",
            "oct october okt oktober",
            "nov november",
            "dec december dez dezember",
        ),
        1,
    )
    for name in names.split()
}
_ZONES = {"utc": 0, "gmt": 0, "z": 0, "cet": 1, "mez": 1, "cest": 2, "mesz": 2}

_RFC = re.compile(
    r"(?:[A-Za-z]{3}, ?)?\d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}(?::\d{2})? [+-]\d{4}(?: ?\([^()]*\))?"
)
_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([ap])\.?m\.?(?![a-z]))?", re.IGNORECASE)
_OFFSET = re.compile(r"\s*(?:GMT|UTC)?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)")
_ZONE = re.compile(r"\s*\(?([A-Z]{1,5})\b\)?")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-./] ?(\d{1,2})[-./] ?(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})(?!\d)")
_SLASHES = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")


def read_sent(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment in UTC, or None when it is not certain. Never raises.

    A time without an offset is one in `zone`: who forwards and who wrote are mostly neighbours (our choice).
    Zones by other letters than those of Central Europe are not guessed.
    """
    text = " ".join(text[:_LIMIT].replace("\u202f", " ").split())
    try:
        if _RFC.fullmatch(text):
            return parsedate_to_datetime(text).astimezone(UTC)
        return _written_out(text, zone)
    except (ValueError, OverflowError):
        return None


def _written_out(text: str, zone: tzinfo) -> datetime | None:
    time = _TIME.search(text)
    if time is None:
        return None
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if time[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if time[4] in "pP" else 0)
    behind = text[time.end() :]
    named = _zone_of(behind, zone)
    day = _day_of(text[: time.start()]) or _day_of(behind)
    if named is None or day is None:
        return None
    return datetime(*day, hour, minute, second, tzinfo=named).astimezone(UTC)


def _zone_of(behind: str, zone: tzinfo) -> tzinfo | None:
    if offset := _OFFSET.match(behind):
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-away if offset[1] == "-" else away)
    if letters := _ZONE.match(behind):
        hours = _ZONES.get(letters[1].lower())
        return None if hours is None else timezone(timedelta(hours=hours))
    return zone


def _day_of(text: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_FIRST.search(text):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _SLASHES.search(text):
        return _slashed(int(found[1]), int(found[2]), int(found[3]))
    months = {_MONTHS[name] for word in re.findall(r"[^\W\d_]+", text) if (name := fold(word)) in _MONTHS}
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    years = [number for number in numbers if 1970 <= number <= 9999]
    days = [number for number in numbers if 1 <= number <= 31]
    if len(months) != 1 or len(years) != 1 or len(days) != 1 or len(numbers) != 2:
        return None
    return years[0], months.pop(), days[0]


def _slashed(first: int, second: int, year: int) -> tuple[int, int, int] | None:
    """`23/11/2026` and `11/23/2026` are one day each; `3/4/2026` is two."""
    if first == second or first > 12:
        return year, second, first
    return (year, first, second) if second > 12 else None
