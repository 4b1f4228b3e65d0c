"""What is to be sent, how far did each letter get, and what may still be done about it?

queued → claimed → handed_over → accepted
   ↑        │           ├──────→ failed       refused for good, or given up
   └────────┴───────────┤
                        └──────→ held         twice without an answer to the last byte: a person decides
queued → cancelled
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, insert, or_, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from mailproc.cases.case import COPY
from mailproc.mail import OutgoingMail, address_key
from mailproc.store.database import dialect, in_both_dialects, one_at_a_time, run
from mailproc.store.packing import pack, unpack
from mailproc.store.tables import UNSETTLED, OutboxRow, OutgoingRow, table


class State(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"


# What is asked and written for every letter, as `run` wants it.
_outbox, _outgoing = table(OutboxRow), table(OutgoingRow)
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
