"""Which cases owe something, and what is due first?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.cli import case_views, show
from mailproc.cli.failures import UsageError
from mailproc.cli.opening import Json, reading

if TYPE_CHECKING:
    from mailproc.cases.case import Clock
    from mailproc.store.tables import CaseRow


def due(
    ctx: typer.Context,
    within: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only what is due in this time: 4h, 3d. Default: all that is owed."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many cases, what is due first.")] = 50,
    as_json: Json = False,
) -> None:
    """List cases by what they owe next; what is late stands at the top."""
    from mailproc.desk import utc_now
    from mailproc.store.due import cases_due

    now = utc_now()
    until = now + _time(within) if within else None
    with reading(ctx) as (config, session):
        rows = cases_due(session, until, limit)
        zone = config.desk.zone
    if as_json:
        show.document([_document(row, now) for row in rows])
        return
    show.table(
        ["", "due", "clock", "case", "owner", "status", "subject"],
        [
            (
                "late" if clock.due_at < now else "",
                show.moment(clock.due_at, zone),
                clock.id,
                row.reference,
                row.owner or (f"team {row.team}" if row.team else "nobody"),
                row.status,
                row.subject,
            )
            for row in rows
            for clock in _owed(row, until)
        ],
        empty="nothing is due",
    )


def _time(text: str) -> timedelta:
    from mailproc.setting_types import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--within {text}: {error}") from None


def _owed(row: CaseRow, until: datetime | None) -> list[Clock]:
    """The duties of a case that are owed by then, what is due first at the front."""
    from mailproc.store.clockwork import clocks

    owed = [clock for clock in clocks(row.clocks) if clock.is_owed]
    return sorted((c for c in owed if until is None or c.due_at <= until), key=lambda clock: clock.due_at)


def _document(row: CaseRow, now: datetime) -> dict[str, object]:
    return case_views.summary(row) | {
        "owner": row.owner,
        "team": row.team,
        "overdue": row.next_deadline_at is not None and row.next_deadline_at < now,
        "owed": [
            {"id": clock.id, "due_at": show.iso(clock.due_at), "overdue": clock.due_at < now}
            for clock in _owed(row, None)
        ],
    }
