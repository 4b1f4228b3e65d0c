"""Where are the bytes of a received mail, and which files were listed in it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session

from mailproc.mail import Attachment
from mailproc.store.database import run
from mailproc.store.receiving import Disposition
from mailproc.store.tables import InboxRow, MessageRow, table

_inbox, _messages = table(InboxRow), table(MessageRow)
_COLUMNS = (
    *(_inbox.c.id, _inbox.c.raw_sha256, _inbox.c.size, _inbox.c.complete),
    *(_messages.c.subject, _messages.c.from_email, _messages.c.kind, _messages.c.attachments),
)
_ORIGINAL = (
    select(*_COLUMNS)
    .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
    .where(_inbox.c.id == bindparam("this"))
)
_LAST_OF_CASE = (
    select(_inbox.c.id)
    .where(
        _inbox.c.case_id == bindparam("case"),
        _inbox.c.disposition.in_(
            [Disposition.OPENED.value, Disposition.JOINED.value, Disposition.QUARANTINED.value]
        ),
    )
    .order_by(_inbox.c.id.desc())
    .limit(1)
)


_OF_CASE = (
    select(*_COLUMNS, _inbox.c.received_at)
    .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
    .where(
        _inbox.c.case_id == bindparam("case"),
        _inbox.c.disposition.in_([Disposition.OPENED.value, Disposition.JOINED.value]),
    )
    .order_by(_inbox.c.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Original:
    """A mail that was received. Of one that is not `complete` the header alone was fetched.

    `kind` is what it was taken for when it came (`mailproc.inbound.classify.Kind`).
    """

    id: int
    raw_sha256: str
    size: int
    complete: bool
    subject: str
    from_email: str
    kind: str
    attachments: tuple[Attachment, ...]


def original(session: Session, inbox_id: int) -> Original | None:
    """Return what is known about a received mail; None when it has not been received yet."""
    row = run(session, _ORIGINAL, {"this": inbox_id}).mappings().first()
    if row is None:
        return None
    return Original(**{**row, "attachments": tuple(Attachment(**file) for file in row["attachments"])})


def of_case(session: Session, case_id: int) -> list[tuple[datetime, Original]]:
    """Return the customer's mails about a case with when each came, the newest first."""
    found = []
    for row in run(session, _OF_CASE, {"case": case_id}).mappings():
        values = {**row, "attachments": tuple(Attachment(**file) for file in row["attachments"])}
        found.append((values.pop("received_at"), Original(**values)))
    return found


def last_of_case(session: Session, case_id: int) -> int | None:
    """Return the number of the newest mail of the customer about a case."""
    found: int | None = run(session, _LAST_OF_CASE, {"case": case_id}).scalar()
    return found
