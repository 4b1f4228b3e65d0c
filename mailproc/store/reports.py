"""Which reports were supervisors sent? One row for each, written with the letter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import InboxRow, ReportRow, table

_reports, _inbox = table(ReportRow), table(InboxRow)
_TAKE = in_both_dialects(
    lambda insert: (
        insert(_reports)
        .on_conflict_do_nothing(index_elements=["supervisor", "period"])
        .returning(_reports.c.supervisor)
    )
)
_SENT = update(_reports).where(
    _reports.c.supervisor == bindparam("who"), _reports.c.period == bindparam("name")
)
_TOLD = select(_reports.c.supervisor).where(_reports.c.period == bindparam("name"))
_FIRST = select(_inbox.c.fetched_at).order_by(_inbox.c.id).limit(1)


def told(session: Session, period: str) -> frozenset[str]:
    """Return which supervisors have the report of a period."""
    return frozenset(row.supervisor for row in run(session, _TOLD, {"name": period}))


def take(session: Session, supervisor: str, period: str, now: datetime) -> bool:
    """Write down that a supervisor gets the report of a period; False when another daemon was first.

    Where two are at it, the second waits until the first has committed.
    """
    row = {"supervisor": supervisor, "period": period, "at": now, "outbox_id": None}
    return run(session, _TAKE[dialect(session)], row).first() is not None


def sent(session: Session, supervisor: str, period: str, outbox_id: int) -> None:
    """Name the letter that the report is."""
    run(session, _SENT, {"who": supervisor, "name": period, "outbox_id": outbox_id})


def had_mail_before(session: Session, moment: datetime) -> bool:
    """Whether the desk had received anything by then: there is nothing to tell of a time before it."""
    first: datetime | None = run(session, _FIRST).scalar()
    return first is not None and first < moment
