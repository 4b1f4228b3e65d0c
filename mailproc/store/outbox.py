"""What is to be sent, and how far did each letter get? Every phase of a delivery is journaled.

    queued → claimed → handed_over → accepted
       ↑        │           ├──────→ failed       refused for good, or given up
       └────────┴───────────┤
                            └──────→ held         twice without an answer to the last byte: a person decides
    queued → cancelled

`handed_over` is committed before the last byte of a letter leaves. A letter found in that state after its
node died may or may not have arrived; everything else is safe to send again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, case, func, insert, or_, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from mailproc.cases.case import COPY
from mailproc.mail import OutgoingMail, address_key
from mailproc.store.database import Database, dialect, in_both_dialects, one_at_a_time, run
from mailproc.store.packing import pack, unpack
from mailproc.store.tables import UNSETTLED, OutboxRow, OutgoingRow, table

# No letter is put back for longer. A due time further ahead was written while a clock was wrong, and a letter
# must not wait for the day that the clock showed.
FARTHEST = timedelta(hours=3)


# A letter with large files is read when its turn comes, so that those claimed together fit into memory.
LARGE = 1_000_000


class State(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"


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
_QUEUE = in_both_dialects(
    lambda insert: (
        insert(_outbox).on_conflict_do_nothing(index_elements=["letter_key"]).returning(_outbox.c.id)
    )
)
_KEEP_BYTES = insert(_outgoing)
_AUTOMATIC_TO = select_columns(func.count()).where(
    _outbox.c.recipient_key == bindparam("recipient"),
    _outbox.c.queued_at > bindparam("since"),
    _outbox.c.automatic.is_(True),
)
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


def queue(
    session: Session,
    mail: OutgoingMail,
    *,
    letter: str,
    key: str,
    case_id: int | None,
    automatic: bool,
    now: datetime,
    due_at: datetime | None = None,
    is_copy: bool = False,
) -> int | None:
    """Queue a finished mail to leave at `due_at`; None when a letter with this key is queued already."""
    values = {
        "public_id": mail.public_id,
        "letter_key": key,
        "case_id": case_id,
        "letter": letter,
        "automatic": automatic,
        "is_copy": is_copy,
        "recipient": mail.recipient,
        "recipient_key": address_key(mail.recipient),
        "envelope_from": mail.envelope_from,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "state": State.QUEUED.value,
        "queued_at": now,
        "due_at": due_at or now,
        "attempts": 0,
        "uncertain": 0,
    }
    id: int | None = run(session, _QUEUE[dialect(session)], values).scalar()
    if id is None:
        return None
    run(session, _KEEP_BYTES, {"outbox_id": id, "size": len(mail.raw), "body": pack(mail.raw)})
    return id


def rewrite(session: Session, id: int, mail: OutgoingMail) -> None:
    """Replace the bytes of a letter that has not begun to leave and is locked; it keeps its ids."""
    size, body = len(mail.raw), pack(mail.raw)
    session.execute(update(OutgoingRow).where(col(OutgoingRow.outbox_id) == id).values(size=size, body=body))
    session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.id) == id)
        .values(subject=mail.subject, recipient=mail.recipient, recipient_key=address_key(mail.recipient))
    )


def automatic_letters_to(session: Session, recipient: str, since: datetime) -> int:
    """How many automatic letters were queued for an address since then.

    Two daemons that are about to queue one each must not both find room for the last one.
    """
    one_at_a_time(session, f"letters to {address_key(recipient)}")
    values = {"recipient": address_key(recipient), "since": since}
    return int(run(session, _AUTOMATIC_TO, values).scalar_one())


def automatic_letters_settled(session: Session, since: datetime, until: datetime) -> int:
    """How many automatic letters have left the desk between two moments."""
    statement = select(func.count()).where(
        col(OutboxRow.settled_at) > since,
        col(OutboxRow.settled_at) < until,
        col(OutboxRow.automatic).is_(True),
        OutboxRow.state == State.ACCEPTED,
    )
    return session.exec(statement).one()


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


def find_by_public_id(session: Session, public_id: str) -> OutboxRow | None:
    return session.exec(select(OutboxRow).where(OutboxRow.public_id == public_id)).first()


def raw_of(session: Session, id: int) -> bytes:
    """Return the bytes of a letter as they are sent."""
    row = session.get_one(OutgoingRow, id)
    return unpack(row.body, row.size)


def retry_now(session: Session, ids: list[int] | None, now: datetime) -> int:
    """Make letters due at once (all that wait or are held, or the given ones); return how many."""
    statement = update(OutboxRow).where(col(OutboxRow.state).in_([State.QUEUED, State.HELD, State.FAILED]))
    if ids is None:
        statement = update(OutboxRow).where(col(OutboxRow.state).in_([State.QUEUED, State.HELD]))
    else:
        statement = statement.where(col(OutboxRow.id).in_(ids))
    result = session.execute(statement.values(state=State.QUEUED, due_at=now, settled_at=None))
    return int(result.rowcount)  # type: ignore[attr-defined]


def cancel(session: Session, id: int, now: datetime, *, may_return: bool = False) -> bool:
    """Take a letter back that has not left; False when it is too late.

    `may_return`: its key becomes free, because the same words may be queued once more.
    """
    values: dict[str, object] = {"state": State.CANCELLED, "settled_at": now}
    if may_return:
        values["letter_key"] = col(OutboxRow.letter_key) + f":cancelled:{id}"
    result = session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.id) == id, col(OutboxRow.state).in_([State.QUEUED, State.HELD]))
        .values(values)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def was_taken_back(session: Session, case_ids: Collection[int], source: int) -> bool:
    """Whether a letter of the words in mail number `source` was cancelled, and may be queued once more."""
    statement = (
        select(OutboxRow.id)
        .where(
            col(OutboxRow.case_id).in_(case_ids),
            OutboxRow.state == State.CANCELLED.value,
            col(OutboxRow.letter_key).contains(f":{source}:cancelled:", autoescape=True),
        )
        .limit(1)
    )
    return session.exec(statement).first() is not None


def waiting_answers(session: Session, case_id: int, letters: Sequence[str]) -> list[OutboxRow]:
    """Return the letters of these kinds that certainly did not leave, locked, oldest first.

    One that the server asked to bring again later is among them; one that may have arrived is not.
    """
    statement = (
        select(OutboxRow)
        .where(
            col(OutboxRow.case_id) == case_id,
            col(OutboxRow.letter).in_(letters),
            OutboxRow.state == State.QUEUED.value,
            OutboxRow.uncertain == 0,
            col(OutboxRow.is_copy).is_(False),
        )
        .order_by(col(OutboxRow.id))
        .with_for_update()
    )
    return list(session.exec(statement))


def waiting_copies(session: Session, letters: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Return the copies of these letters that have not begun to leave, locked, oldest first."""
    if not letters:
        return []
    of_these = [
        col(OutboxRow.letter_key).startswith(f"{row.letter_key}{COPY}", autoescape=True) for row in letters
    ]
    statement = (
        select(OutboxRow)
        .where(
            col(OutboxRow.case_id).in_({row.case_id for row in letters}),
            col(OutboxRow.is_copy).is_(True),
            OutboxRow.state == State.QUEUED.value,
            OutboxRow.uncertain == 0,
            or_(*of_these),
        )
        .order_by(col(OutboxRow.id))
        .with_for_update()
    )
    return list(session.exec(statement))


def unsettled(session: Session, case_id: int, letters: Sequence[str]) -> list[OutboxRow]:
    """Return the letters of these kinds that have not ended: queued, on their way, or held."""
    statement = (
        select(OutboxRow)
        .where(text(UNSETTLED), col(OutboxRow.case_id) == case_id, col(OutboxRow.letter).in_(letters))
        .order_by(col(OutboxRow.id))
    )
    return list(session.exec(statement))
