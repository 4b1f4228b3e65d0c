"""What did a customer write, as it was read when the mail was received?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from mailproc.mail import Attachment
from mailproc.store.database import run
from mailproc.store.receiving import Disposition
from mailproc.store.tables import HistoryRow, InboxRow, MessageRow, table

_inbox, _messages, _history = table(InboxRow), table(MessageRow), table(HistoryRow)
_WHOLE: Select[Any] = select(
    *(_inbox.c.id, _inbox.c.received_at, _messages.c.text, _messages.c.from_email),
    *(_messages.c.from_key, _messages.c.authenticated, _messages.c.attachments),
).join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
_THESE = _WHOLE.where(_inbox.c.id.in_(bindparam("ids", expanding=True))).order_by(_inbox.c.id)
_NEWEST = (
    _WHOLE.where(
        _inbox.c.case_id == bindparam("case"),
        _inbox.c.disposition.in_([Disposition.OPENED.value, Disposition.JOINED.value]),
    )
    .order_by(_inbox.c.id.desc())
    .limit(1)
)


_MADE: Select[Any] = (
    select(_history.c.what, _history.c.text)
    .where(
        _history.c.case_id == bindparam("case"),
        _history.c.who == "customer",
        _history.c.inbox_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(_history.c.id)
)


@dataclass(frozen=True, kw_only=True)
class CustomerMail:
    """A received mail."""

    inbox_id: int
    received_at: datetime
    text: str
    from_email: str
    from_key: str
    authenticated: bool
    files: tuple[Attachment, ...]


def these(session: Session, inbox_ids: Sequence[int]) -> list[CustomerMail]:
    """Return mails by their numbers, oldest first."""
    if not inbox_ids:
        return []
    return [_mail(row) for row in run(session, _THESE, {"ids": list(inbox_ids)})]


def newest(session: Session, case_id: int) -> CustomerMail | None:
    """Return what was last received from the customer about a case."""
    row = run(session, _NEWEST, {"case": case_id}).first()
    return None if row is None else _mail(row)


def made_of(session: Session, case_id: int, inbox_ids: Collection[int]) -> list[tuple[str, str]]:
    """Return what the history says that mails of the customer have done, oldest first, each with its text."""
    if not inbox_ids:
        return []
    return [(row.what, row.text) for row in run(session, _MADE, {"case": case_id, "ids": list(inbox_ids)})]


def _mail(row: Row[Any]) -> CustomerMail:
    return CustomerMail(
        inbox_id=row.id,
        received_at=row.received_at,
        text=row.text,
        from_email=row.from_email,
        from_key=row.from_key,
        authenticated=row.authenticated,
        files=tuple(Attachment(**file) for file in row.attachments),
    )
