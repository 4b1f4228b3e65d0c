"""Which digests were made, and which case did each number of one stand for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import DigestLineRow, DigestRow, table

_CLAIM = in_both_dialects(
    lambda insert: (
        insert(table(DigestRow))
        .on_conflict_do_nothing(index_elements=["supervisor", "slot"])
        .returning(table(DigestRow).c.slot)
    )
)


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """What a number of a digest stands for: a case, and the last history entry that its reader knew."""

    case_id: int
    seen: int


def is_made(session: Session, supervisor: str, slot: datetime) -> bool:
    return session.get(DigestRow, (supervisor, slot)) is not None


def claim(session: Session, supervisor: str, slot: datetime, now: datetime) -> bool:
    """Take a slot of somebody for this transaction, and for good when it commits; False when it is taken.

    Two daemons meet at the primary key: the second one waits until the first has committed.
    """
    values = {"supervisor": supervisor, "slot": slot, "made_at": now, "left_out": ""}
    return run(session, _CLAIM[dialect(session)], values).first() is not None


def note(
    session: Session, supervisor: str, slot: datetime, *, outbox_id: int | None = None, left_out: str = ""
) -> None:
    """Write down which letter a slot has led to, or why none."""
    session.execute(
        update(DigestRow)
        .where(col(DigestRow.supervisor) == supervisor, col(DigestRow.slot) == slot)
        .values(outbox_id=outbox_id, left_out=left_out)
    )


def remember(session: Session, outbox_id: int, numbers: Mapping[int, Numbered]) -> None:
    """Keep what the numbers in a letter stand for."""
    session.add_all(
        DigestLineRow(outbox_id=outbox_id, number=number, case_id=line.case_id, seen=line.seen)
        for number, line in numbers.items()
    )
    session.flush()


def numbers(session: Session, outbox_id: int) -> dict[int, Numbered]:
    """Return what the numbers in a letter stand for."""
    rows = session.exec(select(DigestLineRow).where(DigestLineRow.outbox_id == outbox_id))
    return {row.number: Numbered(case_id=row.case_id, seen=row.seen) for row in rows}


def last_of(session: Session, supervisor: str) -> DigestRow | None:
    """Return the last slot of somebody that was settled."""
    statement = (
        select(DigestRow)
        .where(DigestRow.supervisor == supervisor)
        .order_by(col(DigestRow.slot).desc())
        .limit(1)
    )
    return session.exec(statement).first()
