"""What was received, and what became of it? The inbox: raw bytes first, a disposition later.

Truth is a set difference: the UIDs on the server minus the transport keys held here. Nothing depends on
`\\Seen` or on a highest number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col

from mailproc.errors import DatabaseError
from mailproc.store.database import dialect, run
from mailproc.store.packing import pack, unpack
from mailproc.store.tables import UNFILED, FolderRow, InboxRow, MessageRow, RawRow, table

_CHUNK = 500  # values in one IN (…): SQLite's and PostgreSQL's limits lie far above


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
    sent: bool = False
    message_id: str | None = None
    sha256: str = field(init=False)
    raw_size: int = field(init=False)
    packed: bytes = field(init=False, repr=False)

    def __post_init__(self, raw: bytes) -> None:
        object.__setattr__(self, "sha256", digest(raw))
        object.__setattr__(self, "raw_size", len(raw))
        object.__setattr__(self, "packed", pack(raw))


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
_BYTES = select_columns(_raw.c.sha256, _raw.c.body, _raw.c.size).where(
    _raw.c.sha256.in_(bindparam("digests", expanding=True))
)
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
        keep = _KEEP_BYTES if dialect(session) == "sqlite" else _KEEP_BYTES_SHARED
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
        "sent": arrival.sent,
        "received_at": arrival.received_at,
        "fetched_at": now,
        "message_id": arrival.message_id,
        "state": "waiting",
        "due_at": now,
        "attempts": 0,
        "postponed": 0,
    }


class Stored:
    """The stored bytes of some mails, still packed."""

    def __init__(self, packed: Mapping[str, tuple[bytes, int]]) -> None:
        self._packed = packed

    def unpack(self, sha256: str) -> bytes:
        """Return the bytes of a mail; raises DatabaseError when they are missing or damaged."""
        found = self._packed.get(sha256)
        if found is None:
            raise DatabaseError(
                f"the bytes of mail {sha256[:12]} are missing; restore the database from a backup"
            )
        return unpack(*found)


def stored(session: Session, digests: Sequence[str]) -> Stored:
    """Read the stored bytes of some mails with one question."""
    rows = run(session, _BYTES, {"digests": list(digests)}).all()
    return Stored({sha256: (body, size) for sha256, body, size in rows})


def raw_of(session: Session, sha256: str) -> bytes:
    """Return the stored bytes of a mail; raises DatabaseError when they are missing or damaged."""
    return stored(session, [sha256]).unpack(sha256)


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
