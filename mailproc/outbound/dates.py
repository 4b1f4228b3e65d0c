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
_SHORT_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "hu": "jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec.",
    "de": "Jan. Febr. März April Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
}
_SHORT_WEEKDAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "hu": "hétfő kedd szerda csüt. péntek szombat vas.",
    "de": "Mo Di Mi Do Fr Sa So",
}
_SHORT_MONTHS_OF = {language: names.split() for language, names in _SHORT_MONTHS.items()}
_SHORT_DAYS_OF = {language: names.split() for language, names in _SHORT_WEEKDAYS.items()}


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


def short_moment(moment: datetime, language: str) -> str:
    """Return `Sun 22 Nov, 10:15`, `nov. 22. vas., 10:15` or `So 22. Nov., 10:15`, in the moment's own zone.

    For lists on a telephone, about days of which nobody doubts the year. A naive moment is refused.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give an aware time")
    if language not in _SHORT_DAYS_OF:
        return f"{moment:%m-%d %H:%M}"
    month, day = _SHORT_MONTHS_OF[language][moment.month - 1], _SHORT_DAYS_OF[language][moment.weekday()]
    if language == "hu":
        return f"{month} {moment.day}. {day}, {moment:%H:%M}"
    stop = "." if language == "de" else ""
    return f"{day} {moment.day}{stop} {month}, {moment:%H:%M}"
