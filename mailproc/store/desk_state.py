"""What needs somebody, and who has how much to do? What the digest asks about the desk as it stands.

Every question goes by the due time, by the status of what is not decided yet, or by a partial index: what has
been closed for years is not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, text
from sqlmodel import Session, col, select

from mailproc.cases.case import Status
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition
from mailproc.store.tables import (
    RESOLVED,
    UNSETTLED,
    WAITING,
    CaseRow,
    HistoryRow,
    InboxRow,
    OutboxRow,
    RelayRow,
)

_OPEN = (Status.NEW.value, Status.OPEN.value, Status.WAITING.value)
_UNDECIDED = col(CaseRow.status).in_(_OPEN)
_NOBODY = ("desk", "server", "machine")  # as a history names them


@dataclass(frozen=True, kw_only=True)
class StandingCase:
    """A case as a list shows it. `proposed`: a resolution of it waits for approval."""

    id: int
    reference: str
    subject: str
    status: str
    priority: str
    owner: str | None
    team: str | None
    category: str | None
    received_at: datetime
    changed_at: datetime
    next_deadline_at: datetime | None
    escalated_to: str | None
    proposed: bool
    unreachable: bool
    hand_offs: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many undecided cases somebody owns, and how many of them are late. Without a name: nobody's."""

    name: str | None
    open: int
    overdue: int


@dataclass(frozen=True, kw_only=True)
class Post:
    """What became of the mail of some time, and what of all mail and letters waits for a person.

    `waiting` are mails not received into a case yet, `quarantined` those of which the skeleton case is not
    decided, `unsure` letters of which it is not known whether they left, `not_done` mails of agents that
    were not carried out.
    """

    received: int
    handled: int
    waiting: int
    quarantined: int
    unsure: int
    not_done: int


_IN_SHORT = (
    *(CaseRow.id, CaseRow.reference, CaseRow.subject, CaseRow.status, CaseRow.priority, CaseRow.owner),
    *(CaseRow.team, CaseRow.category, CaseRow.received_at, CaseRow.changed_at, CaseRow.next_deadline_at),
    *(CaseRow.escalated_to, col(CaseRow.proposal).is_not(None).label("proposed"), CaseRow.unreachable),
    CaseRow.hand_offs,
)


def _in_short(row: Any) -> StandingCase:
    return StandingCase(**{**row._mapping, "proposed": bool(row.proposed)})


def _found(session: Session, *conditions: ColumnElement[bool], by: Any, most: int) -> list[StandingCase]:
    statement = select(*_IN_SHORT).where(*conditions).order_by(by, col(CaseRow.id)).limit(most)  # type: ignore[call-overload]
    return [_in_short(row) for row in session.execute(statement)]


def due(
    session: Session, before: datetime, most: int, *, since: datetime | None = None
) -> list[StandingCase]:
    """Return cases that owe something before a moment, the first due first."""
    conditions = [col(CaseRow.next_deadline_at) < before]
    if since is not None:
        conditions.append(col(CaseRow.next_deadline_at) >= since)
    return _found(session, *conditions, by=col(CaseRow.next_deadline_at), most=most)


def count_due(session: Session, before: datetime, *, since: datetime | None = None) -> int:
    """Count what `due` would return without a limit."""
    statement = select(func.count()).select_from(CaseRow).where(col(CaseRow.next_deadline_at) < before)
    if since is not None:
        statement = statement.where(col(CaseRow.next_deadline_at) >= since)
    return session.exec(statement).one()


def raised(session: Session, most: int) -> list[StandingCase]:
    """Return cases that were handed up or have a resolution to be approved, the oldest first.

    A decided case may have gone up, too, for what is owed after the decision; a closed one waits for nobody.
    """
    handed_up = col(CaseRow.escalated_to).is_not(None)
    waits = _UNDECIDED & (handed_up | col(CaseRow.proposal).is_not(None))
    return _found(session, waits | (text(RESOLVED) & handed_up), by=col(CaseRow.id), most=most)


def unreachable(session: Session, most: int) -> list[StandingCase]:
    """Return undecided cases whose customer our mail does not reach."""
    return _found(session, _UNDECIDED, col(CaseRow.unreachable).is_(True), by=col(CaseRow.id), most=most)


def with_held_letters(session: Session, most: int) -> list[StandingCase]:
    """Return cases with a letter of which it is not known whether it left."""
    held = select(OutboxRow.case_id).where(text(UNSETTLED), OutboxRow.state == State.HELD.value)
    return _found(session, col(CaseRow.id).in_(held), by=col(CaseRow.id), most=most)


def untouched(session: Session, since: datetime, most: int) -> list[StandingCase]:
    """Return cases that are to be worked on and that nobody has touched since then, the oldest first.

    Their `changed_at` is when somebody did: what the desk writes by itself meanwhile is no work on a case.
    """
    to_be_worked_on = col(CaseRow.status).in_((Status.NEW.value, Status.OPEN.value))
    by_people = select(func.max(HistoryRow.at)).where(
        col(HistoryRow.case_id) == col(CaseRow.id), col(HistoryRow.who).not_in(_NOBODY)
    )
    touched = func.coalesce(by_people.correlate(CaseRow).scalar_subquery(), col(CaseRow.received_at))
    columns = [each for each in _IN_SHORT if each is not CaseRow.changed_at]
    statement = (
        select(*columns, touched.label("changed_at"))  # type: ignore[call-overload]
        .where(to_be_worked_on, col(CaseRow.received_at) <= since, touched <= since)
        .order_by(touched, col(CaseRow.id))
        .limit(most)
    )
    return [_in_short(row) for row in session.execute(statement)]


def handed_on(session: Session, more_than: int, most: int) -> list[StandingCase]:
    """Return undecided cases that have changed their owner more often than that, the most often first."""
    often = col(CaseRow.hand_offs) > more_than
    return _found(session, _UNDECIDED, often, by=col(CaseRow.hand_offs).desc(), most=most)


def asked_to_approve(session: Session, agent: str, case_ids: Collection[int]) -> frozenset[int]:
    """Return those of the cases whose resolution somebody was asked to approve."""
    statement = select(RelayRow.case_id).where(
        col(RelayRow.case_id).in_(case_ids),
        RelayRow.agent == agent,
        RelayRow.stands_for == "approval",
        col(RelayRow.proposal_inbox_id).is_not(None),
    )
    return frozenset(id for id in session.exec(statement) if id is not None)


def load(session: Session, now: datetime) -> list[Load]:
    """Count the undecided cases of everybody, the most late ones first."""
    overdue = func.sum(case((col(CaseRow.next_deadline_at) < now, 1), else_=0))
    statement = select(CaseRow.owner, func.count(), overdue).where(_UNDECIDED).group_by(col(CaseRow.owner))
    found = [
        Load(name=owner, open=count, overdue=int(late or 0)) for owner, count, late in session.exec(statement)
    ]
    return sorted(found, key=lambda each: (-each.overdue, -each.open, each.name or ""))


def post(session: Session, since: datetime) -> Post:
    """Account for the mail that was fetched since then, and for what waits whenever it came."""
    # Mails are numbered as they are fetched: what is older than that is not looked at.
    last = select(InboxRow.id).where(col(InboxRow.fetched_at) <= since).order_by(col(InboxRow.id).desc())
    newer = col(InboxRow.id) > (session.exec(last.limit(1)).first() or 0)
    received = handled = not_done = 0
    statement = (
        select(InboxRow.state, InboxRow.disposition, func.count())
        .where(newer)
        .group_by(col(InboxRow.state), col(InboxRow.disposition))
    )
    for state, disposition, count in session.exec(statement):
        received += count
        handled += count if state == "done" else 0
        not_done += count if disposition == Disposition.HELD else 0
    waiting = session.exec(select(func.count()).select_from(InboxRow).where(text(WAITING))).one()
    quarantined = session.exec(
        select(func.count())
        .select_from(InboxRow)
        .join(CaseRow, col(CaseRow.id) == col(InboxRow.case_id))
        .where(InboxRow.disposition == Disposition.QUARANTINED.value, _UNDECIDED)
    ).one()
    unsure = session.exec(
        select(func.count())
        .select_from(OutboxRow)
        .where(text(UNSETTLED), (col(OutboxRow.uncertain) > 0) | (OutboxRow.state == State.HELD.value))
    ).one()
    return Post(
        received=received,
        handled=handled,
        waiting=waiting,
        quarantined=quarantined,
        unsure=unsure,
        not_done=not_done,
    )


def undecided(session: Session, most: int) -> Iterator[StandingCase]:
    """Yield undecided cases, at most so many, the first due first."""
    by_due = col(CaseRow.next_deadline_at)
    statement = select(*_IN_SHORT).where(_UNDECIDED).order_by(by_due.is_(None), by_due, col(CaseRow.id))  # type: ignore[call-overload]
    for row in session.execute(statement.limit(most)):
        yield _in_short(row)


def last_entries(session: Session, case_ids: Collection[int]) -> dict[int, int]:
    """Return the last entry of the history of each of these cases."""
    statement = (
        select(HistoryRow.case_id, func.max(HistoryRow.id))
        .where(col(HistoryRow.case_id).in_(case_ids))
        .group_by(col(HistoryRow.case_id))
    )
    return {case_id: entry or 0 for case_id, entry in session.exec(statement)}
