"""How is a day written in a letter?

The words are our own: the C library's depend on which locales a machine has installed.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "hu": "hétfő kedd szerda csütörtök péntek szombat vasárnap",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
}
_MONTHS_OF = {language: names.split() for language, names in _MONTHS.items()}
_DAYS_OF = {language: names.split() for language, names in _WEEKDAYS.items()}


def long_date(day: date, language: str, zone: ZoneInfo) -> str:
    """Return `Sunday 22 November 2026`, `2026. november 22., vasárnap`, or `Sonntag, 22. November 2026`.

    Languages whose months are not known here get ISO 8601. A moment is read in `zone` first: it may be
    another day there. A naive moment is refused.
    """
    if isinstance(day, datetime):
        day = _local(day, zone)
    if language not in _MONTHS_OF:
        return f"{day:%Y-%m-%d}"
    month, name = _MONTHS_OF[language][day.month - 1], _DAYS_OF[language][day.weekday()]
    if language == "hu":
        return f"{day.year}. {month} {day.day}., {name}"
    if language == "de":
        return f"{name}, {day.day}. {month} {day.year}"
    return f"{name} {day.day} {month} {day.year}"


def long_moment(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """Return the long date of a moment and its time: `…, 10:15`; in Hungarian `… 10:15`."""
    comma = "" if language == "hu" else ","
    return f"{long_date(moment, language, zone)}{comma} {_local(moment, zone):%H:%M}"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give an aware time")
    return moment.astimezone(zone)
