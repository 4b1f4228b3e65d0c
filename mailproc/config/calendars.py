"""Which days does a calendar close? The files of config/calendars, read and opened.

The desk's own folder comes before the calendars that come with mailproc, file by file.
"""

from __future__ import annotations

from mailproc.cases.business import Calendar
from mailproc.config.explain import Sources
from mailproc.config.named_file import checked, missing
from mailproc.config.public_days import LibraryDays, UnknownDays
from mailproc.config.yaml_file import read_yaml
from mailproc.errors import ConfigError, Fault
from mailproc.workplace import Workplace


def read_calendar(workplace: Workplace, id: str) -> Calendar:
    """Return a calendar by its name, ready to count. Raises ConfigError with every fault of its file.

    Its public holidays are looked up when the first day is asked for; `prove_calendar` does it now.
    """
    file = workplace.calendar_file(id)
    if file is None:
        raise missing("config/calendars", "calendar", id, workplace.calendar_ids())
    document = read_yaml(file)
    sources = Sources(file=str(file), lines=document.lines)
    calendar = checked(Calendar, document.values, file, sources, list(document.faults))
    return open_calendar(calendar)


def open_calendar(calendar: Calendar) -> Calendar:
    """Return a calendar that can ask for public holidays, where it has any."""
    if not calendar.needs_public_days:
        return calendar
    return calendar.opened(
        LibraryDays(country=calendar.country, subdivision=calendar.subdivision, market=calendar.market)
    )


def prove_calendar(workplace: Workplace, calendar: Calendar) -> None:
    """Raise ConfigError when the library does not know the calendar's country, part or market."""
    if not calendar.needs_public_days:
        return
    days = LibraryDays(country=calendar.country, subdivision=calendar.subdivision, market=calendar.market)
    try:
        days.check()
    except UnknownDays as error:
        file = workplace.calendar_file(calendar.id)
        where = "market" if calendar.market else "subdivision" if calendar.subdivision else "country"
        remedy = "write codes that the library `holidays` knows, or list the days in extra_holidays"
        raise ConfigError([Fault(file=str(file), path=where, found=str(error), remedy=remedy)]) from None
