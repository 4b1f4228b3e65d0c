"""Until when, in an agent's words? `3d`, `2 weeks`, `until 3 Dec`, `2026-12-03`, `bis 3.12.`

Dates whose order of day and month would be a guess (`3/12`) are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mailproc.cases.calendars import Span, Unit
from mailproc.inbound.command_words import fold
from mailproc.sentences import say

LONGEST_DAYS = 366
HOW = say("write 3d, 2w, until 3 Dec or until 2026-12-03")

_UNITS = {
    Unit.HOURS: "h hour hours stunde stunden ora",
    Unit.CALENDAR_DAYS: "d cd day days t tag tage nap",
    Unit.WEEKS: "w week weeks woche wochen het",
    Unit.MONTHS: "mo month months monat monate honap",
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_DAYS_IN = {Unit.HOURS: 1 / 24, Unit.CALENDAR_DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 30}

# English, German and Hungarian, without accents; three letters or more are enough.
_MONTHS = (
    ("january", "januar"),
    ("february", "februar"),
    ("march", "marz", "maerz", "marcius"),
    ("april", "aprilis"),
    ("may", "mai", "majus"),
    ("june", "juni", "junius"),
    ("july", "juli", "julius"),
    ("august", "augusztus"),
    ("september", "szeptember"),
    ("october", "oktober"),
    ("november",),
    ("december", "dezember"),
)
_AMOUNT = re.compile(r"([0-9]{1,4}) ?([a-z]+)")
_UNTIL = re.compile(r"(?:until|till|by|bis|eddig) (?:the )?")
# `fold` has made spaces of the hyphens; in Hungary a day is written 2026.12.03.
_ISO = re.compile(r"([0-9]{4})(?: |\. ?)([0-9]{1,2})(?: |\. ?)([0-9]{1,2})")
_DOTS = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\.?(?: ?([0-9]{4}))?")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)? ?([a-z]{3,})\.?,?(?: ([0-9]{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,})\.? ([0-9]{1,2})(?:st|nd|rd|th|\.)?,?(?: ([0-9]{4}))?")


# What may stand before a day that is past, and days that have a name.
_ON = re.compile(r"(?:on|since|am|seit) (?:the )?")
_DAYS_AGO = {"today": 0, "ma": 0, "heute": 0, "yesterday": 1, "tegnap": 1, "gestern": 1}


class WrongTime(ValueError):
    """A time that can be read and cannot be meant; its text says why."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Time:
    """Exactly one of the two: a span counted from the mail, or a day (to its end, in the desk's zone)."""

    span: Span | None = None
    until: date | None = None


def read_time(text: str, today: date) -> Time | None:
    """Return the time that a text says and nothing else; None when it says none.

    A day without a year is the next such day, today included. Raises WrongTime for nothing (`0d`), for
    the past, for days that no calendar has and for more than a year ahead: a slip of the finger there
    would hide a case (our choice).
    """
    text = fold(text)
    if (amount := _AMOUNT.fullmatch(text)) and amount[2] in _UNIT_OF:
        return Time(span=_span(int(amount[1]), _UNIT_OF[amount[2]]))
    day = _day(_UNTIL.sub("", text, count=1) if _UNTIL.match(text) else text)
    return None if day is None else Time(until=_until(*day, today))


def read_leading_time(text: str, today: date) -> tuple[Time, str] | None:
    """Return the longest time at the start of a text and the words after it."""
    words = text.split()
    for count in range(min(len(words), 5), 0, -1):
        if time := read_time(" ".join(words[:count]), today):
            return time, " ".join(words[count:])
    return None


def read_past_day(text: str, today: date) -> date | None:
    """Return the day that a text says and nothing else; None when it says none.

    A day without a year is the last such day, today included. Raises WrongTime for a day to come, and for
    days that no calendar has.
    """
    text = fold(text)
    text = _ON.sub("", text, count=1) if _ON.match(text) else text
    if text in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[text])
    found = _day(text)
    if found is None:
        return None
    day, month, year = found
    years = [year] if year is not None else range(today.year, today.year - 2, -1)
    days = [known for y in years if (known := _date(y, month, day))]
    if not days:
        raise WrongTime(say("no calendar has that day"))
    past = [known for known in days if known <= today]
    if not past:
        raise WrongTime(say("that day is to come"))
    return past[0]


def is_span(text: str) -> bool:
    """Whether a text is a time of which it is not said when it begins, such as `3d`."""
    found = _AMOUNT.fullmatch(fold(text))
    return found is not None and found[2] in _UNIT_OF


def _span(amount: int, unit: Unit) -> Span:
    if amount == 0:
        raise WrongTime(say("that is no time at all"))
    if amount * _DAYS_IN[unit] > LONGEST_DAYS:
        raise WrongTime(say("that is more than a year"))
    return Span(amount, unit)


def _day(text: str) -> tuple[int, int, int | None] | None:
    """Return day, month and, where one is written, year."""
    if found := _ISO.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _DOTS.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]) if found[3] else None
    if found := _DAY_MONTH.fullmatch(text):
        day, name, year = found[1], found[2], found[3]
    elif found := _MONTH_DAY.fullmatch(text):
        name, day, year = found[1], found[2], found[3]
    else:
        return None
    month = next((n for n, names in enumerate(_MONTHS, 1) if any(m.startswith(name) for m in names)), None)
    return None if month is None else (int(day), month, int(year) if year else None)


def _until(day: int, month: int, year: int | None, today: date) -> date:
    years = [year] if year is not None else range(today.year, today.year + 2)
    days = [found for y in years if (found := _date(y, month, day))]
    if not days:
        raise WrongTime(say("no calendar has that day"))
    coming = [found for found in days if found >= today]
    if not coming:
        raise WrongTime(say("that day is past"))
    if coming[0] - today > timedelta(days=LONGEST_DAYS):
        raise WrongTime(say("that is more than a year ahead"))
    return coming[0]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
