"""When did the desk look at due times last, and what is still to be told since it did not look for long?

The row of the last look is shared by all daemons: as long as one of them runs there is no outage.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from mailproc.cases.case import Duty, Status, in_order
from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import CaseRow, LateDutyRow, RelayRow, TickRow, table

OUTAGE = timedelta(hours=1)  # our choice: a restart or an upgrade is none
_NOTED_EVERY = timedelta(minutes=1)  # the letter shows no seconds, and each note is a write to the disk

_DUE = "due"  # what looks at due times

_FIRST = in_both_dialects(
    lambda insert: insert(table(TickRow)).on_conflict_do_nothing(index_elements=["name"])
)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A time in which nobody looked at due times, until everybody is told of what fell due in it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Late:
    """A case of which an agent is still to be told, with what was due when the desk looked again.

    `has_letter`: she has a letter about it, which she can answer.
    """

    case_id: int
    reference: str
    subject: str
    duties: tuple[Duty, ...]
    has_letter: bool


def last_tick(session: Session) -> datetime | None:
    """Return when the desk looked last, to the minute; None when it never did."""
    row = session.get(TickRow, _DUE)
    return row.at if row else None


def tick(session: Session, now: datetime) -> Outage | None:
    """Note that the desk looks now; return the outage of which something may be to be told.

    An outage in the middle of which another begins, because the desk was stopped again before it had told,
    is one outage. A moment that lies before the last one, after the clock was set back, is noted like any.
    """
    run(session, _FIRST[dialect(session)], {"name": _DUE, "at": now})
    row = session.get(TickRow, _DUE, with_for_update=True)
    assert row is not None
    passed = now - row.at
    if passed > OUTAGE:
        row.stood_since = row.stood_since or row.at
        row.stood_until = now
    if abs(passed) >= _NOTED_EVERY:
        row.at = now
    session.flush()
    if row.stood_since is None or row.stood_until is None:
        return None
    return Outage(since=row.stood_since, until=row.stood_until)


def end(session: Session, outage: Outage) -> None:
    """Note that everybody was told, unless another outage has begun or something is still kept."""
    session.execute(
        update(TickRow)
        .where(
            col(TickRow.name) == _DUE,
            col(TickRow.stood_until) == outage.until,
            ~select(LateDutyRow).exists(),
        )
        .values(stood_since=None, stood_until=None)
    )


def keep(session: Session, agent: str, case_id: int, duties: Sequence[Duty], now: datetime) -> None:
    """Keep for the end of the look what an agent is to be told of a case, of which nothing is kept yet."""
    told = [{"id": duty.id, "due_at": duty.due_at.isoformat()} for duty in duties]
    session.add(LateDutyRow(agent=agent, case_id=case_id, noted_at=now, duties=told))
    session.flush()


def agents(session: Session) -> list[str]:
    """Return for whom something is kept, by name."""
    return list(session.exec(select(LateDutyRow.agent).distinct().order_by(col(LateDutyRow.agent))))


def kept_for(session: Session, agent: str, now: datetime) -> list[Late]:
    """Return what an agent is still to be told of, what was due first at the front; locked.

    Not of what was closed meanwhile, or of a shorter path that is: there is nothing to do any more.
    """
    # An expired one too: the answer to it comes back to her with a new one.
    letters = select(RelayRow.case_id).where(RelayRow.agent == agent, col(RelayRow.case_id).is_not(None))
    statement = (
        select(LateDutyRow, CaseRow.reference, CaseRow.subject, col(LateDutyRow.case_id).in_(letters))
        .join(CaseRow, col(CaseRow.id) == col(LateDutyRow.case_id))
        .where(
            LateDutyRow.agent == agent,
            col(LateDutyRow.outbox_id).is_(None),
            CaseRow.status != Status.CLOSED,
        )
        .with_for_update(of=LateDutyRow)
    )
    found = [
        Late(
            case_id=row.case_id,
            reference=reference,
            subject=subject,
            duties=_duties(row, now),
            has_letter=has_letter,
        )
        for row, reference, subject, has_letter in session.exec(statement)
        if not all(duty.gone for duty in _duties(row, now))
    ]
    return sorted(found, key=lambda late: (late.duties[0].due_at, late.case_id))


def tell_by(session: Session, agent: str, case_ids: Collection[int], outbox_id: int) -> None:
    """Note which letter tells an agent of these cases."""
    session.execute(
        update(LateDutyRow)
        .where(col(LateDutyRow.agent) == agent, col(LateDutyRow.case_id).in_(case_ids))
        .values(outbox_id=outbox_id)
    )


def cases_of(session: Session, agent: str) -> list[int]:
    """Return the cases of which something is kept for an agent, told by a letter already or not."""
    statement = select(LateDutyRow.case_id).where(LateDutyRow.agent == agent)
    return list(session.exec(statement.order_by(col(LateDutyRow.case_id))))


def take(
    session: Session, agent: str, case_id: int, now: datetime
) -> tuple[tuple[Duty, ...], int | None] | None:
    """Take out what is kept for an agent of a case, with the letter that has told it; None: it was taken."""
    statement = (
        delete(LateDutyRow)
        .where(col(LateDutyRow.agent) == agent, col(LateDutyRow.case_id) == case_id)
        .returning(LateDutyRow)
    )
    row = session.execute(statement).scalar_one_or_none()
    return None if row is None else (_duties(row, now), row.outbox_id)


def _duties(row: LateDutyRow, now: datetime) -> tuple[Duty, ...]:
    found = [(duty["id"], datetime.fromisoformat(duty["due_at"])) for duty in row.duties]
    return in_order(Duty.at(id, due_at, now) for id, due_at in found)
