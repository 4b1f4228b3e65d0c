"""Who is still to be asked about which case, since many were handed up at the same moment?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import CaseRow, RequestRow, table

_KEEP = in_both_dialects(
    lambda insert: insert(table(RequestRow)).on_conflict_do_nothing(index_elements=["agent", "case_id"])
)


def keep(session: Session, agent: str, case_id: int, now: datetime) -> None:
    """Keep for the end of the look that somebody is to be asked about a case; once, until that is done.

    Does not wait for a letter about many that is being written, which in turn would wait for this case.
    """
    run(session, _KEEP[dialect(session)], {"agent": agent, "case_id": case_id, "noted_at": now})


def agents(session: Session) -> list[str]:
    """Return for whom something is kept, by name."""
    return list(session.exec(select(RequestRow.agent).distinct().order_by(col(RequestRow.agent))))


def not_asked(session: Session, agent: str) -> list[tuple[int, str]]:
    """Return number and reference of the cases about which somebody is still to be asked; locked.

    Not of those that somebody has answered meanwhile.
    """
    statement = (
        select(RequestRow.case_id, CaseRow.reference)
        .join(CaseRow, col(CaseRow.id) == col(RequestRow.case_id))
        .where(
            RequestRow.agent == agent,
            col(RequestRow.outbox_id).is_(None),
            col(CaseRow.escalated_to).is_not(None),
        )
        .order_by(col(RequestRow.case_id))
        .with_for_update(of=RequestRow)
    )
    return list(session.exec(statement))


def asked_by(session: Session, agent: str, case_ids: Collection[int], outbox_id: int) -> None:
    """Note which letter asks somebody about these cases."""
    session.execute(
        update(RequestRow)
        .where(col(RequestRow.agent) == agent, col(RequestRow.case_id).in_(case_ids))
        .values(outbox_id=outbox_id)
    )


def cases_of(session: Session, agent: str) -> list[int]:
    """Return the cases of which something is kept for somebody, asked by a letter already or not."""
    statement = select(RequestRow.case_id).where(RequestRow.agent == agent)
    return list(session.exec(statement.order_by(col(RequestRow.case_id))))


def take(session: Session, agent: str, case_id: int) -> tuple[int | None] | None:
    """Take out what is kept, with the letter that has asked; None: it was taken."""
    statement = (
        delete(RequestRow)
        .where(col(RequestRow.agent) == agent, col(RequestRow.case_id) == case_id)
        .returning(RequestRow)
    )
    row = session.execute(statement).scalar_one_or_none()
    return None if row is None else (row.outbox_id,)
