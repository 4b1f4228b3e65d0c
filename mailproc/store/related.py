"""Which other cases are there of a customer, or newest of all? What a person would ask before joining two.

What is read is bounded: a number of cases, and of each the beginning of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from mailproc.cases.case import Status
from mailproc.store.database import run
from mailproc.store.receiving import Disposition
from mailproc.store.tables import CaseRow, InboxRow, MessageRow, table

_WORDS_READ = 4000  # characters of the mail that opened a case: enough to tell what it is about
_SUBJECT_READ = 200
_UNDECIDED = (Status.NEW.value, Status.OPEN.value, Status.WAITING.value)


@dataclass(frozen=True, kw_only=True)
class CaseInShort:
    """A case as a list shows it; `merged_into` as the case itself has it."""

    case_id: int
    reference: str
    status: str
    customer_email: str
    subject: str
    received_at: datetime
    merged_into: str | None


_cases, _inbox, _messages = table(CaseRow), table(InboxRow), table(MessageRow)
_SHORT = select(
    _cases.c.id.label("case_id"),
    *(_cases.c.reference, _cases.c.status, _cases.c.customer_email, _cases.c.received_at),
    func.substr(_cases.c.subject, 1, _SUBJECT_READ).label("subject"),
    _cases.c.merged_into,
).order_by(_cases.c.id.desc())


def of_customer(session: Session, key: str, most: int) -> list[CaseInShort]:
    """Return the newest cases of a customer, by the compared form of the address."""
    return _in_short(session, _SHORT.where(_cases.c.customer_key == key).limit(most))


def decided_late_or_not(
    session: Session, key: str, since: datetime, *, besides: int, most: int
) -> list[CaseInShort]:
    """Return a customer's newest cases that are undecided or were decided since then.

    Those that went on elsewhere or were spam are left out.
    """
    decided_at = func.coalesce(_cases.c.resolved_at, _cases.c.closed_at)
    statement = _SHORT.where(
        _cases.c.customer_key == key,
        _cases.c.id != besides,
        _cases.c.merged_into.is_(None),
        _cases.c.spam.is_(False),
        _cases.c.status.in_(_UNDECIDED) | (decided_at > since),
    )
    return _in_short(session, statement.limit(most))


def by_reference(session: Session, references: Sequence[str]) -> list[CaseInShort]:
    """Return the cases of these references."""
    return _in_short(session, _SHORT.where(_cases.c.reference.in_(references)))


def newest(session: Session, most: int) -> list[CaseInShort]:
    """Return the newest cases of the desk, the newest first."""
    return _in_short(session, _SHORT.limit(most))


def openings(session: Session, case_ids: Sequence[int]) -> dict[int, str]:
    """Return the words of the mails that opened these cases; of one that could not be read there are none."""
    statement = (
        select(_inbox.c.case_id, func.substr(_messages.c.text, 1, _WORDS_READ).label("words"))
        .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
        .where(_inbox.c.case_id.in_(case_ids), _inbox.c.disposition == Disposition.OPENED.value)
    )
    rows = run(session, statement).all() if case_ids else []
    return {row.case_id: row.words for row in rows}


def _in_short(session: Session, statement: Select[Any]) -> list[CaseInShort]:
    return [CaseInShort(**row) for row in run(session, statement).mappings()]
