"""What was received, and what became of it? The inbox: raw bytes first, a disposition later.

Truth is a set difference: the UIDs on the server minus the transport keys held here. Nothing depends on
`\\Seen` or on a highest number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import InitVar, asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, text, update
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col, select

from mailproc.errors import DatabaseError
from mailproc.mail import Message, address_key
from mailproc.store.database import Database, one_at_a_time, run
from mailproc.store.packing import pack, unpack
from mailproc.store.tables import UNFILED, WAITING, FolderRow, InboxRow, MessageRow, RawRow, table

# No mail is put back for longer. A due time further ahead was written while a clock was wrong, and a mail
# must not wait for the day that the clock showed.
FARTHEST = timedelta(minutes=2)

_CHUNK = 500  # values in one IN (…): SQLite's and PostgreSQL's limits lie far above


class Disposition(StrEnum):
    """What became of a received mail: exactly one of these, the words of the ledger."""

    OPENED = "opened"  # it opened a case
    JOINED = "joined"  # it joined a case
    REPLIED = "replied"  # an agent's answer
    BOUNCED = "bounced"  # a delivery report
    AUTO_REPLY = "auto_reply"  # a machine answering
    IGNORED = "ignored"  # set aside, visible: own mail, lists, spam, reports
    DUPLICATE = "duplicate"  # the same mail by another route or again
    QUARANTINED = "quarantined"  # could not be read; kept whole, with a skeleton case


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A mail as it came from a mailbox or a file, before anything is known of it.

    Digest and packed bytes are made with it, and so outside any transaction: nobody waits for them.
    """

    uid: int
    raw: InitVar[bytes]
    received_at: datetime
    size: int
    complete: bool = True
    silent: bool = False
    message_id: str | None = None
    sha256: str = field(init=False)
    raw_size: int = field(init=False)
    packed: bytes = field(init=False, repr=False)

    def __post_init__(self, raw: bytes) -> None:
        object.__setattr__(self, "sha256", digest(raw))
        object.__setattr__(self, "raw_size", len(raw))
        object.__setattr__(self, "packed", pack(raw))


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
    received_at: datetime
    attempts: int
    postponed: int
    last_error: str | None
    taken_as: str | None
    case_id: int | None


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A mail with the same content that was received before; `kind` is what it was taken for."""

    id: int
    case_id: int | None
    disposition: str | None  # None while it waits to be received again
    kind: str


@dataclass(frozen=True, kw_only=True)
class FolderState:
    """What is known of a folder: since when it is watched, and whether it was replaced just now."""

    since: datetime
    replaced: bool


# What is asked and written for every mail, as `run` wants it.
_inbox, _raw, _messages = table(InboxRow), table(RawRow), table(MessageRow)
_this = _inbox.c.id == bindparam("this")
_here = (
    _inbox.c.mailbox == bindparam("of_mailbox"),
    _inbox.c.folder == bindparam("of_folder"),
    _inbox.c.uidvalidity == bindparam("of_uidvalidity"),
)
_KNOWN_UIDS = select_columns(_inbox.c.uid).where(*_here, _inbox.c.uid.in_(bindparam("uids", expanding=True)))
_KNOWN_BYTES = select_columns(_raw.c.sha256).where(_raw.c.sha256.in_(bindparam("digests", expanding=True)))
_KEEP_BYTES = insert(_raw)
_KEEP_BYTES_SHARED = postgresql.insert(_raw).on_conflict_do_nothing()
_JOURNAL = insert(_inbox)
_BYTES = select_columns(_raw.c.body, _raw.c.size).where(_raw.c.sha256 == bindparam("sha256"))
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
    select_columns(_inbox.c.id, _inbox.c.case_id, _inbox.c.disposition, _messages.c.kind)
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
_ORIGINAL_ELSEWHERE = _WAITING_ORIGINAL.where(_inbox.c.leased_by != bindparam("node"))
_FORGET_READING = delete(_messages).where(_messages.c.inbox_id == bindparam("this"))
_KEEP_READING = insert(_messages)
_NOTE_FILED = (
    update(_inbox)
    .where(*_here, _inbox.c.uid.in_(bindparam("uids", expanding=True)))
    .values(filed_at=bindparam("now"))
)
_UNFILED = (
    select_columns(_inbox.c.uid, _inbox.c.file_to).where(text(UNFILED), *_here).limit(bindparam("most"))
)


def _in_folder(mailbox: str, folder: str, uidvalidity: int) -> dict[str, Any]:
    return {"of_mailbox": mailbox, "of_folder": folder, "of_uidvalidity": uidvalidity}


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def visit_folder(session: Session, mailbox: str, folder: str, uidvalidity: int, now: datetime) -> FolderState:
    """Note that a folder was opened. A new UIDVALIDITY voids its old UIDs but not its go-live."""
    row = session.get(FolderRow, (mailbox, folder))
    if row is None:
        row = FolderRow(mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, since=now, changed_at=now)
        session.add(row)
        return FolderState(since=now, replaced=False)
    replaced = row.uidvalidity != uidvalidity
    if replaced:
        row.uidvalidity, row.changed_at = uidvalidity, now
        session.add(row)
    # Where the mails of an earlier UIDVALIDITY lie now is unknown; if they are still in the folder they come
    # again under new UIDs and are recognised as duplicates, which files them. Looked at on every visit:
    # mail that was still waiting when the folder was replaced gets its disposition afterwards.
    session.execute(
        update(InboxRow)
        .where(
            col(InboxRow.mailbox) == mailbox,
            col(InboxRow.folder) == folder,
            col(InboxRow.uidvalidity) != uidvalidity,
            text(UNFILED),
        )
        .values(filed_at=now)
    )
    return FolderState(since=row.since, replaced=replaced)


def note_poll(session: Session, mailbox: str, folder: str, now: datetime, trouble: str | None) -> None:
    """Note when a folder was last looked at with success, or what stood in the way."""
    row = session.get(FolderRow, (mailbox, folder))
    if row is not None:
        if trouble is None:
            row.polled_at = now
        row.trouble = trouble
        session.add(row)


def unknown_uids(
    session: Session, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
) -> list[int]:
    """Return those of `uids` that are not journaled yet, in order."""
    known: set[int] = set()
    for start in range(0, len(uids), _CHUNK):
        here = _in_folder(mailbox, folder, uidvalidity)
        known.update(run(session, _KNOWN_UIDS, here | {"uids": uids[start : start + _CHUNK]}).scalars())
    return [uid for uid in uids if uid not in known]


def record(
    session: Session, mailbox: str, folder: str, uidvalidity: int, arrivals: Iterable[Arrival], now: datetime
) -> int:
    """Journal raw mails; return how many were new. From the commit on, none of them can be lost."""
    by_uid = {arrival.uid: arrival for arrival in arrivals}
    fresh = [by_uid[uid] for uid in unknown_uids(session, mailbox, folder, uidvalidity, list(by_uid))]
    if not fresh:
        return 0
    # The bytes first: the inbox refers to them. Another mail may have brought the same ones, even in this
    # moment to another mailbox; in one order, so that two who insert the same do not wait for one another.
    unseen = {arrival.sha256: arrival for arrival in fresh}
    for seen in run(session, _KNOWN_BYTES, {"digests": list(unseen)}).scalars():
        del unseen[seen]
    if unseen:
        keep = _KEEP_BYTES if session.get_bind().dialect.name == "sqlite" else _KEEP_BYTES_SHARED
        run(session, keep, [_raw_columns(unseen[sha256]) for sha256 in sorted(unseen)])
    where = {"mailbox": mailbox, "folder": folder, "uidvalidity": uidvalidity}
    run(session, _JOURNAL, [where | _inbox_columns(arrival, now) for arrival in fresh])
    return len(fresh)


def _raw_columns(arrival: Arrival) -> dict[str, Any]:
    return {"sha256": arrival.sha256, "size": arrival.raw_size, "body": arrival.packed}


def _inbox_columns(arrival: Arrival, now: datetime) -> dict[str, Any]:
    return {
        "uid": arrival.uid,
        "raw_sha256": arrival.sha256,
        "size": arrival.size,
        "complete": arrival.complete,
        "silent": arrival.silent,
        "received_at": arrival.received_at,
        "fetched_at": now,
        "message_id": arrival.message_id,
        "state": "waiting",
        "due_at": now,
        "attempts": 0,
        "postponed": 0,
    }


def raw_of(session: Session, sha256: str) -> bytes:
    """Return the stored bytes of a mail; raises DatabaseError when they are missing or damaged."""
    row = run(session, _BYTES, {"sha256": sha256}).first()
    if row is None:
        raise DatabaseError(
            f"the bytes of mail {sha256[:12]} are missing; restore the database from a backup"
        )
    return unpack(row.body, row.size)


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
    # A mail that is received again after a repair replaces its earlier reading.
    run(session, _FORGET_READING, {"this": inbox_id})
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
    run(session, _KEEP_READING, values)


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


def unfiled(
    session: Session, mailbox: str, folder: str, uidvalidity: int, limit: int
) -> dict[str, list[int]]:
    """Return the UIDs that are received and still lie in the folder, by the folder they belong to."""
    here = _in_folder(mailbox, folder, uidvalidity)
    found: dict[str, list[int]] = {}
    for uid, file_to in run(session, _UNFILED, here | {"most": limit}).all():
        found.setdefault(file_to or "", []).append(uid)
    return found


def note_filed(
    session: Session, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int], now: datetime
) -> None:
    here = _in_folder(mailbox, folder, uidvalidity)
    for start in range(0, len(uids), _CHUNK):
        run(session, _NOTE_FILED, here | {"uids": uids[start : start + _CHUNK], "now": now})


def count_waiting(session: Session) -> int:
    return session.exec(select(func.count()).select_from(InboxRow).where(text(WAITING))).one()
