"""Which letters may this node send now, and how did each end? Every phase of a delivery is journaled.

`handed_over` is committed before the last byte of a letter leaves. A letter found in that state after its
node died may or may not have arrived; everything else is safe to send again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from mailproc.store.database import Database, run
from mailproc.store.outbox import State, raw_of
from mailproc.store.packing import unpack
from mailproc.store.tables import UNSETTLED, OutboxRow, OutgoingRow, table

# No letter is put back for longer. A due time further ahead was written while a clock was wrong, and a letter
# must not wait for the day that the clock showed.
FARTHEST = timedelta(hours=3)

# A letter with large files is read when its turn comes, so that those claimed together fit into memory.
LARGE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A letter that this node may send now."""

    id: int
    public_id: str
    case_id: int | None
    letter: str
    envelope_from: str
    recipient: str
    attempts: int
    queued_at: datetime
    body: bytes | None = field(repr=False)
    size: int

    def raw(self, database: Database) -> bytes:
        """The bytes to be sent; raises DatabaseError when they are damaged, which harms this letter alone."""
        if self.body is not None:
            return unpack(self.body, self.size)
        with database.reading() as session:
            return raw_of(session, self.id)


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A letter whose outcome is written down: locked to the end of the transaction, and ours."""

    id: int
    case_id: int | None
    letter: str
    recipient: str
    attempts: int
    uncertain: int
    queued_at: datetime
    is_copy: bool


# What is asked and written for every letter, as `run` wants it.
_outbox, _outgoing = table(OutboxRow), table(OutgoingRow)
_this = _outbox.c.id == bindparam("this")
_known = [_outbox.c[known.name] for known in fields(Locked)]
_DUE = (
    select_columns(
        *(_outbox.c.id, _outbox.c.public_id, _outbox.c.case_id, _outbox.c.letter, _outbox.c.envelope_from),
        *(_outbox.c.recipient, _outbox.c.attempts, _outbox.c.queued_at, _outgoing.c.size),
        case((_outgoing.c.size <= LARGE, _outgoing.c.body)).label("body"),
    )
    .join_from(_outbox, _outgoing, _outgoing.c.outbox_id == _outbox.c.id)
    .where(
        text(UNSETTLED),
        # Said in this way, SQLite goes along the index of what is unsettled instead of sorting it.
        ~((_outbox.c.due_at > bindparam("now")) & (_outbox.c.due_at < bindparam("far"))),
        (_outbox.c.state == State.QUEUED.value)
        # A node that died before the last byte has sent nothing: safe to take over.
        | ((_outbox.c.state == State.CLAIMED.value) & (_outbox.c.leased_until < bindparam("now"))),
    )
    .order_by(_outbox.c.due_at, _outbox.c.id)
    .limit(bindparam("most"))
    # The bytes too: a letter that is written anew at this moment must not leave with the old ones.
    .with_for_update(skip_locked=True, of=(_outbox, _outgoing))
)
_CLAIM = (
    update(_outbox)
    .where(_outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=State.CLAIMED.value, leased_by=bindparam("node"), leased_until=bindparam("until"))
)
_HAND_OVER = (
    update(_outbox)
    .where(_this, _outbox.c.leased_by == bindparam("node"), _outbox.c.state == State.CLAIMED.value)
    .values(state=State.HANDED_OVER.value, final_byte_at=bindparam("now"), leased_until=bindparam("until"))
)
_LOCK = (
    select_columns(*_known)
    .where(
        _this,
        _outbox.c.leased_by == bindparam("node"),
        _outbox.c.state.in_([State.CLAIMED.value, State.HANDED_OVER.value]),
    )
    .with_for_update()
)
_SETTLE = (
    update(_outbox)
    .where(_this)
    .values(
        state=bindparam("how"),
        settled_at=bindparam("now"),
        attempts=_outbox.c.attempts + bindparam("attempted"),
        uncertain=_outbox.c.uncertain + bindparam("missed"),
        last_code=bindparam("code"),
        last_reply=bindparam("reply"),
        leased_by=None,
        leased_until=None,
    )
)
_PUT_BACK = (
    update(_outbox)
    .where(_this)
    .values(
        state=State.QUEUED.value,
        due_at=bindparam("due"),
        attempts=_outbox.c.attempts + bindparam("attempted"),
        uncertain=_outbox.c.uncertain + bindparam("missed"),
        final_byte_at=None,
        last_code=bindparam("code"),
        last_reply=bindparam("reply"),
        leased_by=None,
        leased_until=None,
    )
)
_ABANDONED = (
    select_columns(*_known)
    .where(
        text(UNSETTLED),
        _outbox.c.state == State.HANDED_OVER.value,
        _outbox.c.leased_until < bindparam("now"),
    )
    .order_by(_outbox.c.due_at, _outbox.c.id)  # by the index of what is unsettled, not by all there is
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def claim(
    database: Database, node: str, clock: Callable[[], datetime], lasting: timedelta, limit: int
) -> list[Claimed]:
    """Take up to `limit` letters that are due, with their bytes."""
    with database.transaction() as session:
        now = database.now(session, clock)
        rows = run(session, _DUE, {"now": now, "far": now + FARTHEST, "most": limit}).mappings().all()
        if rows:
            ids = [row["id"] for row in rows]
            run(session, _CLAIM, {"ids": ids, "node": node, "until": now + lasting})
    return [Claimed(**row) for row in rows]


def hand_over(session: Session, id: int, node: str, now: datetime, lasting: timedelta) -> bool:
    """Journal that the last byte is about to leave; False when the letter is no longer ours to send.

    The lease is prolonged by `lasting`, the longest time the answer may take.
    """
    values = {"this": id, "node": node, "now": now, "until": now + lasting}
    return bool(run(session, _HAND_OVER, values).rowcount)


def lock(session: Session, id: int, node: str) -> Locked | None:
    """Lock a letter that this node is sending; None when somebody else has taken it over."""
    row = run(session, _LOCK, {"this": id, "node": node}).mappings().first()
    return None if row is None else Locked(**row)


def settle(
    session: Session,
    row: Locked,
    state: State,
    now: datetime,
    *,
    code: int | None,
    reply: str,
    attempted: bool = False,
    uncertain: bool = False,
) -> None:
    """Write down how a letter ended, and whether that was a try more or an answer more that was missed."""
    values = {"this": row.id, "how": state.value, "now": now, "attempted": int(attempted)}
    run(session, _SETTLE, values | {"missed": int(uncertain), "code": code, "reply": reply[:1000]})


def put_back(
    session: Session,
    row: Locked,
    due_at: datetime,
    *,
    code: int | None,
    reply: str,
    attempted: bool = True,
    uncertain: bool = False,
) -> None:
    """Let a letter wait for another try. `attempted` is False when the server, not the letter, failed."""
    values = {"this": row.id, "due": due_at, "attempted": int(attempted), "missed": int(uncertain)}
    run(session, _PUT_BACK, values | {"code": code, "reply": reply[:1000]})


def release(session: Session, node: str) -> None:
    """Give back what this node claimed and did not begin to send."""
    session.execute(
        update(OutboxRow)
        .where(text(UNSETTLED), col(OutboxRow.state) == State.CLAIMED, col(OutboxRow.leased_by) == node)
        .values(state=State.QUEUED, leased_by=None, leased_until=None)
    )


def abandoned(session: Session, now: datetime, limit: int = 100) -> list[Locked]:
    """Return, locked, the letters whose node died after the last byte and before the answer."""
    return [Locked(**row) for row in run(session, _ABANDONED, {"now": now, "most": limit}).mappings()]


def expire_all(session: Session, now: datetime) -> None:
    """Void every lease: for the one daemon of a SQLite database, which knows the others to be dead."""
    session.execute(
        update(OutboxRow)
        .where(text(UNSETTLED), col(OutboxRow.leased_until).is_not(None))
        .values(leased_until=now - timedelta(seconds=1))
    )
