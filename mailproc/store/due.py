"""What is due next? Cases by their next due time, for people who look."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from mailproc.cases.case import Status
from mailproc.store.tables import CaseRow


def cases_due(session: Session, until: datetime | None, limit: int) -> list[CaseRow]:
    """Return the cases that owe something, by a moment or at all; what is due first at the front."""
    statement = (
        select(CaseRow)
        .where(col(CaseRow.next_deadline_at).is_not(None), CaseRow.status != Status.CLOSED.value)
        .order_by(col(CaseRow.next_deadline_at), col(CaseRow.id))
        .limit(limit)
    )
    if until is not None:
        statement = statement.where(col(CaseRow.next_deadline_at) <= until)
    return list(session.exec(statement))
