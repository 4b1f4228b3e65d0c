"""What is to be done better, which case taught it, and what has been done?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text, update
from sqlmodel import Session

from mailproc.cases.case import HistoryEntry
from mailproc.errors import NotAllowed
from mailproc.store import casebook
from mailproc.store.database import run, run_insert
from mailproc.store.tables import UNDONE, CaseRow, ImprovementRow, table

NOTED, DONE = "noted an improvement", "improvement done"  # as the history says it

_items, _cases = table(ImprovementRow), table(CaseRow)
_ADD = insert(_items)
_WHOLE = select(_items, _cases.c.reference).join_from(_items, _cases, _cases.c.id == _items.c.case_id)
_UNDONE = _WHOLE.where(text(f"improvements.{UNDONE}")).order_by(_items.c.id).limit(bindparam("most"))
_ALL = _WHOLE.order_by(_items.c.id).limit(bindparam("most"))
_LOCK = _WHOLE.where(_items.c.id == bindparam("this")).with_for_update(of=_items)
_DO = update(_items).where(_items.c.id == bindparam("this"))


@dataclass(frozen=True, kw_only=True)
class Improvement:
    """One thing to do better, with the case that taught it."""

    id: int
    reference: str
    text: str
    who: str
    at: datetime
    done_at: datetime | None = None
    done_by: str | None = None


def note(session: Session, case_id: int, *, text: str, who: str, now: datetime, inbox_id: int) -> int:
    """Keep an improvement, and say so in the history of its case; return its number."""
    id = run_insert(session, _ADD, {"case_id": case_id, "text": text, "who": who, "at": now})
    entry = HistoryEntry(at=now, who=who, what=NOTED, text=f"{id}: {text}")
    casebook.write_history(session, case_id, [entry], inbox_id=inbox_id)
    return id


def items(session: Session, most: int, *, done_too: bool = False) -> list[Improvement]:
    """Return what is to be done, the oldest first."""
    rows = run(session, _ALL if done_too else _UNDONE, {"most": most})
    return [_improvement(row) for row in rows]


def do(session: Session, id: int, *, who: str, now: datetime) -> Improvement:
    """Write down that an improvement is done. Raises NotAllowed when there is none, or it was done before."""
    row = run(session, _LOCK, {"this": id}).first()
    if row is None:
        raise NotAllowed(f"improvement {id}: there is none; mailproc improve list shows those that are")
    if row.done_at is not None:
        raise NotAllowed(f"improvement {id}: {row.done_by} has done it on {row.done_at:%Y-%m-%d}")
    run(session, _DO, {"this": id, "done_at": now, "done_by": who})
    entry = HistoryEntry(at=now, who=who, what=DONE, text=f"{id}: {row.text}")
    casebook.write_history(session, row.case_id, [entry])
    return _improvement(run(session, _LOCK, {"this": id}).one())


def _improvement(row: object) -> Improvement:
    names = ("id", "reference", "text", "who", "at", "done_at", "done_by")
    return Improvement(**{name: getattr(row, name) for name in names})
