"""Which agents are away by the word of their own mailbox?

One row for each agent: a newer statement replaces an older one, and what has run out counts no more.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, select

from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import AbsenceRow, table

_absences = table(AbsenceRow)
# Two daemons may learn of it at the same moment.
_MARK = in_both_dialects(
    lambda insert: (said := insert(_absences)).on_conflict_do_update(
        index_elements=["agent"],
        set_={column.name: said.excluded[column.name] for column in _absences.c},
    )
)


def mark(session: Session, agent: str, *, since: datetime, until: datetime, inbox_id: int) -> None:
    """Note that an agent is away up to a moment, by the word of a received mail."""
    values = {"agent": agent, "since": since, "until": until, "inbox_id": inbox_id}
    run(session, _MARK[dialect(session)], values)


def end(session: Session, agent: str) -> None:
    """Note that an agent is there again."""
    session.execute(delete(AbsenceRow).where(col(AbsenceRow.agent) == agent))


def absent(session: Session, now: datetime) -> dict[str, datetime]:
    """Return who is away at this moment, by name, and until when."""
    rows = session.exec(select(AbsenceRow).where(col(AbsenceRow.until) > now))
    return {row.agent: row.until for row in rows}
