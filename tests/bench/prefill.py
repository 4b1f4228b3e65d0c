"""How does a desk look that has worked for years? Fills a database with closed-book cases, in bulk.

What an index sees is as in life: references, digests and Message-IDs are random, so that every insert and
every look-up of the measured mails meets a page of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from mailproc.addressing import ALPHABET
from mailproc.store import schema
from mailproc.store.database import Database
from mailproc.store.packing import pack
from mailproc.store.tables import (
    CaseRow,
    HistoryRow,
    InboxRow,
    MessageRow,
    OutboxRow,
    OutgoingRow,
    ParticipantRow,
    RawRow,
)

BATCH = 5000
FIRST = datetime(2020, 1, 1, 8, 0, tzinfo=UTC)
_TEXT = "The kettle leaked on the first day. Please take it back and return the price.\n"

# Each table after those it refers to.
_TABLES = (RawRow, CaseRow, ParticipantRow, InboxRow, MessageRow, OutboxRow, OutgoingRow, HistoryRow)

Row = tuple[type[SQLModel], dict[str, Any]]


def fill(file: Path, cases: int) -> None:
    """Make a database with so many cases, each opened by one mail and acknowledged by one letter."""
    database = Database(f"sqlite:///{file}")
    schema.ensure(database)
    # An insert in bulk knows nothing of the defaults of the classes.
    defaults = {table: _defaults(table) for table in _TABLES}
    for first in range(1, cases + 1, BATCH):
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {table: [] for table in _TABLES}
        for number in range(first, min(first + BATCH, cases + 1)):
            for table, row in _case(number):
                rows[table].append(defaults[table] | row)
        with database.transaction() as session:
            for table in _TABLES:
                session.execute(insert(table), rows[table])
    database.close()


def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    fields = {
        name: field for name, field in table.model_fields.items() if not field.is_required() and name != "id"
    }
    return {name: field.get_default(call_default_factory=True) for name, field in fields.items()}


def _case(number: int) -> Iterator[Row]:
    dice = random.Random(number)
    at = FIRST + timedelta(minutes=31 * number)
    customer = f"{dice.getrandbits(48):012x}@post.example"
    digest, public_id = f"{dice.getrandbits(256):064x}", _word(dice, 12).lower()
    yield RawRow, {"sha256": digest, "size": len(_TEXT), "body": pack(_TEXT.encode())}
    yield (
        CaseRow,
        {
            "id": number,
            "reference": f"C-{_word(dice, 4)}-{_word(dice, 4)}",
            "status": "open",
            "customer_email": customer,
            "customer_key": customer,
            "customer_name": "Ann Archer",
            "subject": "My kettle leaks",
            "language": "en",
            "mailbox": "earlier",
            "policy_id": "generic-24h",
            "policy_version": "1",
            "policy_digest": digest,
            "received_at": at,
            "opened_at": at,
            "changed_at": at,
            "clocks": [{"id": "decide", "due_at": at.isoformat(), "satisfied_at": None}],
            "next_deadline_at": at,
            "acknowledgement": "sent",
        },
    )
    yield ParticipantRow, {"case_id": number, "address_key": customer}
    message_id = f"<{dice.getrandbits(64):016x}@post.example>"
    yield (
        InboxRow,
        {
            "id": number,
            "mailbox": "earlier",
            "folder": "INBOX",
            "uidvalidity": 1,
            "uid": number,
            "raw_sha256": digest,
            "size": len(_TEXT),
            "received_at": at,
            "fetched_at": at,
            "message_id": message_id,
            "state": "done",
            "due_at": at,
            "disposition": "opened",
            "reason": "nothing speaks against an answer",
            "case_id": number,
            "done_at": at,
            "file_to": "Processed",
            "filed_at": at,
        },
    )
    yield (
        MessageRow,
        {
            "inbox_id": number,
            "content_key": f"{dice.getrandbits(256):064x}",
            "message_id": message_id,
            "subject": "My kettle leaks",
            "from_email": customer,
            "from_key": customer,
            "text": _TEXT,
            "language": "en",
            "kind": "customer",
            "rule": "anything_else",
        },
    )
    yield (
        OutboxRow,
        {
            "id": number,
            "public_id": public_id,
            "letter_key": f"acknowledgement:{number}",
            "case_id": number,
            "letter": "acknowledgement",
            "recipient": customer,
            "recipient_key": customer,
            "envelope_from": f"complaints+{public_id}@helpdesk.example",
            "message_id": f"<{public_id}@helpdesk.example>",
            "state": "accepted",
            "queued_at": at,
            "due_at": at,
            "settled_at": at,
            "last_code": 250,
            "last_reply": "2.0.0 taken",
        },
    )
    yield OutgoingRow, {"outbox_id": number, "size": len(_TEXT), "body": pack(_TEXT.encode())}
    for what in ("complaint received", "acknowledgement queued", "acknowledgement accepted"):
        yield (
            HistoryRow,
            {
                "case_id": number,
                "at": at,
                "who": "desk",
                "what": what,
                "text": customer,
                "rule": "",
                "inbox_id": number,
                "outbox_id": number,
            },
        )


def _word(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(ALPHABET, k=length))
