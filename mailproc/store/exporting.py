"""What does a machine get that wants everything? Every received mail, one plain value each, in order.

The rows are read in small portions by their numbers, so memory stays flat, no transaction stays open and
mail that comes meanwhile is simply found at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from sqlmodel import col, select

from mailproc.store.database import Database
from mailproc.store.tables import CaseRow, InboxRow, MessageRow

_PORTION = 200  # mails read at a time; a text may have a megabyte


def messages(database: Database) -> Iterator[dict[str, Any]]:
    """Yield every stored incoming mail by its number; what is not known (yet) is None or empty.

    `disposition` is one of the words of the ledger, `waiting` among them.
    """
    after = 0
    while True:
        statement = (
            select(InboxRow, MessageRow, CaseRow.reference)
            .outerjoin(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
            .outerjoin(CaseRow, col(CaseRow.id) == col(InboxRow.case_id))
            .where(col(InboxRow.id) > after)
            .order_by(col(InboxRow.id))
            .limit(_PORTION)
        )
        with database.reading() as session:
            portion = session.exec(statement).all()
        if not portion:
            return
        for row, message, reference in portion:
            yield _plain(row, message, reference)
        after = portion[-1][0].id or after


def _plain(row: InboxRow, message: MessageRow | None, reference: str | None) -> dict[str, Any]:
    attachments = message.attachments if message else []
    return {
        "raw_sha256": row.raw_sha256,
        "message_id": message.message_id if message else row.message_id,
        "case": reference,
        "subject": message.subject if message else None,
        "from": message.from_email if message else None,
        "from_name": message.from_name if message else None,
        "text": message.text if message else None,
        "attachments": [attachment["name"] for attachment in attachments],
        "sha256": [attachment["sha256"] for attachment in attachments],
        "received_at": row.received_at.astimezone(UTC).isoformat(),
        "kind": message.kind if message else None,
        "rule": message.rule if message else None,
        "disposition": row.disposition or "waiting",
        "recipients_failed": message.recipients_failed if message else [],
        "reply_text": None,  # the new words alone, without quotation; not cut out yet
    }
