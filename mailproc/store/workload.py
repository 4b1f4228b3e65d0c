"""Who has how much to do? What routing asks before it gives somebody a case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from mailproc.cases.case import Status
from mailproc.store.receiving import Disposition
from mailproc.store.tables import CaseRow, InboxRow

_DONE = (Status.RESOLVED.value, Status.CLOSED.value)
_FROM_CUSTOMERS = (Disposition.OPENED.value, Disposition.JOINED.value)


def open_cases_of(session: Session, owners: Sequence[str]) -> dict[str, int]:
    """How many undecided cases each of these agents owns; who has none is missing."""
    statement = (
        select(CaseRow.owner, func.count())
        .where(col(CaseRow.owner).in_(owners), col(CaseRow.status).not_in(_DONE))
        .group_by(col(CaseRow.owner))
    )
    return {owner: count for owner, count in session.exec(statement) if owner is not None}


def last_owner(session: Session, team: str) -> str | None:
    """Who got the newest case of a team that anybody got."""
    statement = (
        select(CaseRow.owner)
        .where(CaseRow.team == team, col(CaseRow.owner).is_not(None))
        .order_by(col(CaseRow.id).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def mails_of_case(session: Session, case_id: int) -> int:
    """How many mails of the customer belong to a case."""
    statement = (
        select(func.count())
        .select_from(InboxRow)
        .where(InboxRow.case_id == case_id, col(InboxRow.disposition).in_(_FROM_CUSTOMERS))
    )
    return session.exec(statement).one()
