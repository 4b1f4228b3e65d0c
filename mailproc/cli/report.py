"""How did the desk do in a week, a month, or any days, and how in the time before?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailproc.cli import improve, show
from mailproc.cli.failures import UsageError
from mailproc.cli.opening import Json, reading
from mailproc.cli.times import check_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from mailproc.cases.figures import Counts, Figures, Share, Times
    from mailproc.cases.periods import Period
    from mailproc.outbound.figure_table import Row

IMPROVEMENTS = 1000  # that are listed; a desk with more of them needs another tool


def report(
    ctx: typer.Context,
    period: Annotated[
        str, typer.Argument(metavar="[PERIOD]", help="week or month (the last whole one), 2026-W47, 2026-11.")
    ] = "",
    from_: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day, in place of PERIOD."
        ),
    ] = None,
    to: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day. Default: today."),
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a file for a spreadsheet instead.")] = False,
) -> None:
    """Tell how the desk did in some days, compared with as many before.

    What counts is when it happened, in the desk's zone. Default: the last whole week.
    """
    from mailproc.outbound import report_file, spreadsheet
    from mailproc.outbound.figure_table import sections
    from mailproc.store import figures, improvements

    if as_json and as_csv:
        raise UsageError("--json and --csv are two forms of the same; choose one")
    check_days(from_, to)
    now = datetime.now(UTC)
    with reading(ctx) as (config, session):
        zone = config.desk.zone
        this, before = _periods(period, from_, to, now, zone)
        found, earlier = figures.figures(session, (this, before), now)
        items = improvements.items(session, IMPROVEMENTS)
    if as_json:
        show.document(
            {
                "period": _named(this),
                "compared_with": _named(before),
                "until": show.iso(found.until),
                "figures": document(found),
                "before": document(earlier),
                "improvements": [improve.document(each) for each in items],
            }
        )
        return
    made = sections(found, earlier)
    if as_csv:
        rows = report_file.rows(made, this.name, before.name)
        sys.stdout.write(spreadsheet.as_csv(report_file.HEADER, rows))
        return
    running = f", which runs until {this.last}" if found.until < this.end else ""
    show.line(f"{this.first} to {this.last}{running}; before: {before.first} to {before.last}")
    for section in made:
        show.line()
        show.table([section.name, this.name, before.name], [_shown(row) for row in section.rows])
    if items:
        show.line()
        show.line("to be done better, until mailproc improve done NUMBER:")
        show.table(["number", "case", "by", "what"], [(i.id, i.reference, i.who, i.text) for i in items])


def _periods(
    text: str, first: datetime | None, last: datetime | None, now: datetime, zone: ZoneInfo
) -> tuple[Period, Period]:
    from mailproc.cases import periods

    try:
        if first is None and last is None:
            period = periods.named(text or "week", now, zone)
        elif text or first is None:
            raise UsageError("write either PERIOD, or --from DATE with or without --to DATE")
        else:
            today = now.astimezone(zone).date()
            period = periods.days(first.date(), last.date() if last else today, zone)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if period.start > now:
        raise UsageError(f"{period.name}: is still to come; there is nothing to tell of it")
    return period, periods.before(period, zone)


def _shown(row: Row) -> tuple[str, str, str]:
    from mailproc.outbound.numbers import figure

    of = "not said" if row.of == "" else row.of
    label = " ".join(filter(None, (of, row.name.replace("_", " "))))
    value = figure(row.value, row.unit, "en") + (" ▲" if row.rises else "")
    return label, value, figure(row.before, row.unit, "en")


def _named(period: Period) -> dict[str, str]:
    return {"name": period.name, "from": str(period.first), "to": str(period.last)}


def document(figures: Figures) -> dict[str, Any]:
    """Return the figures of one period for machines: times in hours, shares from 0 to 1."""
    plain = ("open_at_start", "received", "decided", "reopened", "closed", "open_at_end")
    apart = ("spam", "merged", "silent", "handed_on", "escalated")
    answers = figures.satisfaction
    return {
        **{name: getattr(figures, name) for name in (*plain, *apart)},
        "escalation_rate": figures.escalation_rate,
        "acknowledged_in_hours": _times(figures.acknowledged_in),
        "decided_in_hours": _times(figures.decided_in),
        "clocks": {
            clock.id: {
                "due": clock.due,
                "met": clock.met,
                "late": clock.late,
                "owed": clock.owed,
                "breached": clock.breached,
            }
            for clock in figures.clocks
        },
        "categories": _counts(figures.categories),
        "outcomes": _counts(figures.outcomes),
        "causes": _counts(figures.causes),
        "remedies": _counts(figures.remedies),
        "amounts": {currency: str(amount) for currency, amount in figures.amounts},
        "satisfaction": {
            "asked": answers.asked,
            "answers": answers.answers,
            "satisfied": answers.satisfied,
            "mean": answers.mean,
        },
        "teams": _shares(figures.teams),
        "mailboxes": _shares(figures.mailboxes),
    }


def _times(times: Times) -> dict[str, float | int | None]:
    return {"count": times.count, "median": times.median, "ninetieth": times.ninetieth}


def _counts(counts: Counts) -> dict[str, int]:
    return dict(counts)


def _shares(shares: tuple[Share, ...]) -> dict[str, dict[str, int]]:
    return {
        share.name: {
            "received": share.received,
            "decided": share.decided,
            "open_at_end": share.open_at_end,
            "breached": share.breached,
        }
        for share in shares
    }
