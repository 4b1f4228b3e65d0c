"""Which mails wait to be received, who has them, and what became of each?

A waiting mail is claimed for a while, locked for its unit of work, and gets exactly one disposition. Two
daemons that share a database skip what the other has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from mailproc.mail import Message, address_key
from mailproc.store.database import Database, dialect, in_both_dialects, one_at_a_time, run
from mailproc.store.tables import WAITING, CaseRow, InboxRow, MessageRow, table

# No mail is put back for longer. A due time further ahead was written while a clock was wrong, and a mail
# must not wait for the day that the clock showed.
FARTHEST = timedelta(minutes=2)


class Disposition(StrEnum):
    """What became of a received mail: exactly one of these, the words of the ledger."""

    OPENED = "opened"  # it opened a case
    JOINED = "joined"  # it joined a case
    REPLIED = "replied"  # an agent's mail, acted upon
    OUTSIDE = "outside"  # the answer of somebody outside whom an agent asked: internal
    CONFIRMED = "confirmed"  # an agent says what an earlier mail of hers is, which is received again
    HELD = "held"  # not acted upon: nobody proved to be an agent, or it came back to her
    BOUNCED = "bounced"  # a delivery report
    AUTO_REPLY = "auto_reply"  # a machine answering
    IGNORED = "ignored"  # set aside, visible: own mail, lists, spam, reports
    DUPLICATE = "duplicate"  # the same mail by another route or again
    QUARANTINED = "quarantined"  # could not be read; kept whole, with a skeleton case


@dataclass(frozen=True, kw_only=True)
class Received:
    """A journaled mail that waits to be received."""

    id: int
    mailbox: str
    raw_sha256: str
    size: int
    complete: bool
    silent: bool
    received_at: datetime
    message_id: str | None
    attempts: int
    postponed: int


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A mail that is being received: locked to the end of the transaction, and ours."""

    id: int
    mailbox: str
    raw_sha256: str
    silent: bool
    sent: bool
    received_at: datetime
    attempts: int
    postponed: int
    last_error: str | None
    taken_as: str | None
    confirmed_by: str | None
    case_id: int | None


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A mail with the same content that was received before; `kind` is what it was taken for.

    `sent`: whoever imported it says that the desk had sent it.
    """

    id: int
    case_id: int | None
    disposition: str | None  # None while it waits to be received again
    kind: str
    sent: bool


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A mail that belongs to a case, with what was read from it. Locked to the end of the transaction."""

    id: int
    mailbox: str
    raw_sha256: str
    silent: bool
    received_at: datetime
    disposition: str
    case_id: int
    case_reference: str
    message_id: str | None
    subject: str
    from_email: str
    from_name: str
    text: str
    language: str | None
    attachments: list[dict[str, Any]]
    kind: str
    rule: str
    answer_rule: str
    authenticated: bool


# What is asked and written for every mail, as `run` wants it.
_inbox, _messages, _cases = table(InboxRow), table(MessageRow), table(CaseRow)
_this = _inbox.c.id == bindparam("this")
_CLAIMABLE = (
    select_columns(*(_inbox.c[known.name] for known in fields(Received)))
    .where(
        text(WAITING),
        # Said in this way, SQLite goes along the index of what waits instead of sorting it.
        ~((_inbox.c.due_at > bindparam("now")) & (_inbox.c.due_at < bindparam("far"))),
        _inbox.c.leased_until.is_(None) | (_inbox.c.leased_until < bindparam("now")),
    )
    .order_by(_inbox.c.due_at, _inbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(_inbox)
    .where(_inbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(leased_by=bindparam("node"), leased_until=bindparam("until"))
)
_RENEW = (
    update(_inbox)
    .where(text(WAITING), _inbox.c.leased_by == bindparam("node"))
    .values(leased_until=bindparam("until"))
)
_LOCK = (
    select_columns(*(_inbox.c[known.name] for known in fields(Locked)))
    .where(_this, text(WAITING), _inbox.c.leased_by == bindparam("node"))
    .with_for_update()
)
_FINISH = (
    update(_inbox)
    .where(_this)
    .values(
        state="done",
        disposition=bindparam("as_what"),
        reason=bindparam("because"),
        case_id=bindparam("case"),
        done_at=bindparam("now"),
        file_to=bindparam("where"),
        leased_by=None,
        leased_until=None,
    )
)
_TWIN = (
    select_columns(_inbox.c.id, _inbox.c.case_id, _inbox.c.disposition, _messages.c.kind, _inbox.c.sent)
    .join_from(_messages, _inbox, _messages.c.inbox_id == _inbox.c.id)
    .where(
        _messages.c.content_key == bindparam("key"),
        _inbox.c.id != bindparam("this"),
        _inbox.c.disposition.is_distinct_from(Disposition.DUPLICATE.value),
    )
    # One that has a case is a better twin than one that was set aside.
    .order_by(_inbox.c.case_id.is_(None), _inbox.c.id)
    .limit(1)
)
_WAITING_ORIGINAL = (
    select_columns(_inbox.c.id)
    .where(
        _inbox.c.message_id.in_(bindparam("ids", expanding=True)),
        text(WAITING),
        _inbox.c.id != bindparam("this"),
    )
    .limit(1)
)
_JOINED = (
    select_columns(
        *(_inbox.c.id, _inbox.c.mailbox, _inbox.c.raw_sha256, _inbox.c.silent, _inbox.c.received_at),
        *(_inbox.c.disposition, _inbox.c.case_id, _cases.c.reference.label("case_reference")),
        *(_messages.c.message_id, _messages.c.subject, _messages.c.from_email, _messages.c.from_name),
        *(_messages.c.text, _messages.c.language, _messages.c.attachments),
        *(_messages.c.kind, _messages.c.rule, _messages.c.answer_rule, _messages.c.authenticated),
    )
    .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
    .join(_cases, _cases.c.id == _inbox.c.case_id)
    .where(_this, _inbox.c.disposition.in_([Disposition.OPENED.value, Disposition.JOINED.value]))
    .with_for_update(of=_inbox)
)
_ORIGINAL_ELSEWHERE = _WAITING_ORIGINAL.where(_inbox.c.leased_by != bindparam("node"))
# A mail that is received again after a repair replaces its earlier reading.
_KEEP_READING = in_both_dialects(
    lambda insert: (reading := insert(_messages)).on_conflict_do_update(
        index_elements=["inbox_id"],
        set_={column.name: reading.excluded[column.name] for column in _messages.c},
    )
)


def claim(
    database: Database, node: str, clock: Callable[[], datetime], lasting: timedelta, limit: int
) -> list[Received]:
    """Take up to `limit` waiting mails for this node; others skip them until the lease runs out."""
    with database.transaction() as session:
        now = database.now(session, clock)
        values = {"now": now, "far": now + FARTHEST, "most": limit}
        rows = run(session, _CLAIMABLE, values).mappings().all()
        if rows:
            ids = [row["id"] for row in rows]
            run(session, _LEASE, {"ids": ids, "node": node, "until": now + lasting})
        return [Received(**row) for row in rows]


def renew(database: Database, node: str, clock: Callable[[], datetime], lasting: timedelta) -> None:
    """Prolong the lease of what this node has claimed and not received yet."""
    with database.transaction() as session:
        run(session, _RENEW, {"node": node, "until": database.now(session, clock) + lasting})


def lock(session: Session, id: int, node: str) -> Locked | None:
    """Lock a claimed mail for its unit of work; None when it is no longer ours to receive."""
    row = run(session, _LOCK, {"this": id, "node": node}).mappings().first()
    return None if row is None else Locked(**row)


def kind_of(session: Session, inbox_id: int) -> str | None:
    """Return what a received mail was taken for."""
    row = session.get(MessageRow, inbox_id)
    return row.kind if row is not None else None


def finish(
    session: Session,
    row: Locked,
    *,
    disposition: Disposition,
    reason: str,
    case_id: int | None,
    file_to: str | None,
    now: datetime,
) -> None:
    """Give a mail its one disposition and say to which folder it is to be moved."""
    values = {"as_what": disposition.value, "because": reason, "case": case_id, "now": now, "where": file_to}
    run(session, _FINISH, values | {"this": row.id})


def put_back(
    session: Session, row: Locked, due_at: datetime, *, error: str | None = None, postponed: bool = False
) -> None:
    """Let a mail wait: after an error (which counts as an attempt), or for its original to come first."""
    values: dict[str, Any] = {"due_at": due_at, "leased_by": None, "leased_until": None}
    values["postponed"] = row.postponed + postponed
    if error is not None:
        values |= {"attempts": row.attempts + 1, "last_error": error[:2000]}
    run(session, update(_inbox).where(_inbox.c.id == row.id).values(values))


def wake_postponed(session: Session, now: datetime) -> None:
    """Make due at once what was postponed for an original that may have been received by now."""
    session.execute(
        update(InboxRow)
        .where(text(WAITING), col(InboxRow.postponed) > 0, col(InboxRow.attempts) == 0)
        .values(due_at=now)
    )


def release_all(session: Session, node_prefix: str = "") -> None:
    """Void the leases of dead nodes: all, or those whose name begins so."""
    statement = update(InboxRow).where(text(WAITING), col(InboxRow.leased_by).is_not(None))
    if node_prefix:
        statement = statement.where(col(InboxRow.leased_by).startswith(node_prefix, autoescape=True))
    session.execute(statement.values(leased_by=None, leased_until=None))


def keep_message(
    session: Session,
    inbox_id: int,
    message: Message,
    *,
    kind: str,
    rule: str,
    answer_rule: str,
    authenticated: bool,
    recipients_failed: Sequence[str] = (),
) -> None:
    """Store what was read from a mail, and what it was taken for."""
    author = message.author
    values = {
        "inbox_id": inbox_id,
        "content_key": message.content_key,
        "message_id": message.message_id,
        "subject": message.subject,
        "from_email": author.email if author else "",
        "from_key": author.key if author else "",
        "from_name": author.name if author else "",
        "text": message.text,
        "language": message.language,
        "attachments": [asdict(attachment) for attachment in message.attachments],
        "defects": list(message.defects),
        "kind": str(kind),
        "rule": rule,
        "answer_rule": answer_rule,
        "authenticated": authenticated,
        "recipients_failed": [address_key(recipient) for recipient in recipients_failed],
    }
    run(session, _KEEP_READING[dialect(session)], values)


def twin_of(session: Session, id: int, content_key: str) -> Twin | None:
    """Return the mail with the same content that was received before this one, if any.

    Two daemons that receive two copies at the same moment must not both find nothing.
    """
    one_at_a_time(session, content_key)
    row = run(session, _TWIN, {"key": content_key, "this": id}).mappings().first()
    return None if row is None else Twin(**row)


def waits_for(session: Session, id: int, message_ids: Sequence[str]) -> bool:
    """Whether a mail with one of these Message-IDs is journaled but not received yet."""
    if not message_ids:
        return False
    return run(session, _WAITING_ORIGINAL, {"ids": list(message_ids), "this": id}).first() is not None


def is_received_elsewhere(session: Session, id: int, message_ids: Sequence[str], node: str) -> bool:
    """Whether another node holds a mail with one of these Message-IDs; it may have died with it."""
    values = {"ids": list(message_ids), "this": id, "node": node}
    return run(session, _ORIGINAL_ELSEWHERE, values).first() is not None


def joined(session: Session, id: int) -> Joined | None:
    """Return a customer's mail that opened or joined a case; None when it did neither."""
    row = run(session, _JOINED, {"this": id}).mappings().first()
    return None if row is None else Joined(**row)


def give_to(session: Session, id: int, case_id: int, reason: str) -> None:
    """Let a mail that had joined one case be the mail that opened another."""
    values = {"case_id": case_id, "disposition": Disposition.OPENED.value, "reason": reason}
    run(session, update(_inbox).where(_inbox.c.id == id).values(values))


def count_waiting(session: Session) -> int:
    return session.exec(select(func.count()).select_from(InboxRow).where(text(WAITING))).one()
