"""What came and what was decided in two weeks? Counts for the digest, of the rows of these weeks alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from mailproc.cases.trends import WEEK, Change
from mailproc.store.tables import CaseRow


def received_by_category(session: Session, now: datetime) -> dict[str | None, Change]:
    """Count complaints by category; under None those of which nobody has said what they are about."""
    # Cases are numbered as they are opened, and a mail is received before that: earlier rows are not asked.
    first = (
        select(CaseRow.id)
        .where(col(CaseRow.opened_at) <= now - 2 * WEEK)
        .order_by(col(CaseRow.id).desc())
        .limit(1)
    )
    last_before = session.exec(first).first() or 0
    received_at = col(CaseRow.received_at)
    statement = _counted(col(CaseRow.category), received_at, now).where(
        col(CaseRow.id) > last_before, received_at > now - 2 * WEEK, col(CaseRow.spam).is_(False)
    )
    return _changes(session, statement)


def decided_by_cause(session: Session, now: datetime) -> dict[str | None, Change]:
    """Count decisions by the cause that was found; under None those without one."""
    resolved_at = col(CaseRow.resolved_at)
    statement = _counted(col(CaseRow.cause), resolved_at, now).where(resolved_at > now - 2 * WEEK)
    return _changes(session, statement)


def _counted(word: Any, at: Any, now: datetime) -> Any:
    this_week = func.sum(case((at > now - WEEK, 1), else_=0))
    return select(word, this_week, func.count()).where(at <= now).group_by(word)


def _changes(session: Session, statement: Any) -> dict[str | None, Change]:
    return {
        word: Change(name=word or "", now=int(this_week), before=both - int(this_week))
        for word, this_week, both in session.execute(statement)
    }
