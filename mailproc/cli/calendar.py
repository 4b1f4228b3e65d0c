"""Which days are no business days? The calendar that deadlines are counted on, as it will be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import UsageError
from mailproc.cli.opening import Json
from mailproc.cli.rules_place import RulesPlace, rules_place
from mailproc.cli.times import read_day

if TYPE_CHECKING:
    from mailproc.cases.business import Calendar

app = typer.Typer(help="Look at the calendars that deadlines are counted on.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps a command of the group one: a command alone would take the group's place."""


@app.command("show")
def show_(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A calendar; default: the one of the desk's policy."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="For how many weeks.")] = 8,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="From which day; default: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is closed in the coming weeks, and which Saturdays are worked.

    Ordinary weekends are not listed.
    """
    from mailproc.config import prove_calendar

    place = rules_place(ctx)
    calendar = _calendar(place, name)
    prove_calendar(place.workplace, calendar)
    first = read_day(since) if since else _today(place, calendar)
    days = [first + timedelta(days=number) for number in range(7 * weeks)]
    closed = [(day, why) for day in days if (why := calendar.why_closed(day)) and why != "weekend"]
    worked = [(day, why) for day in days if (why := calendar.why_worked(day))]
    if as_json:
        show.document(
            {
                "calendar": calendar.id,
                "zone": calendar.zone,
                "hours": str(calendar.hours),
                "from": first.isoformat(),
                "to": days[-1].isoformat(),
                "closed": [{"day": day.isoformat(), "why": why} for day, why in closed],
                "worked": [{"day": day.isoformat(), "why": why} for day, why in worked],
                "business_days": sum(calendar.is_open(day) for day in days),
            }
        )
        return
    open_days = sum(calendar.is_open(day) for day in days)
    show.line(f"{calendar.id}: {calendar.title}, {calendar.hours} {calendar.zone or place.zone}")
    show.line(f"{first} to {days[-1]}: {open_days} business days")
    rows = [(day, f"{day:%a}", "closed", why) for day, why in closed]
    rows += [(day, f"{day:%a}", "worked", why) for day, why in worked]
    show.table(["day", "", "", "why"], sorted(rows), empty="closed on weekends only")


def _calendar(place: RulesPlace, name: str | None) -> Calendar:
    from mailproc.config import desk_policy, read_calendar

    if name is not None:
        return read_calendar(place.workplace, name)
    known = ", ".join(place.workplace.calendar_ids())
    if place.config is None:
        raise UsageError(f"there is no desk here whose calendar could be shown; name one of {known}")
    calendar = desk_policy(place.config).calendar
    if calendar is None:
        policy = place.config.desk.policy
        raise UsageError(f"the desk's policy {policy} counts no business days; name one of {known}")
    return calendar


def _today(place: RulesPlace, calendar: Calendar) -> date:
    from zoneinfo import ZoneInfo

    from mailproc.desk import utc_now

    return utc_now().astimezone(ZoneInfo(calendar.zone) if calendar.zone else place.zone).date()
