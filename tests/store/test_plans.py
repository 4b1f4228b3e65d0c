"""What the daemon asks again and again takes no longer when a million mails have gone through the desk.

SQLite says of each statement which index it takes; a scan of a whole table is what must not be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from mailproc.store import casebook, journal, outbox, queries, receiving, schema, sending, surveys
from mailproc.store.database import Database
from tests.store.test_store import LASTING, NOW, clock

# What grows with every mail. A scan of a partial index alone is a look at what is not finished.
SCAN = re.compile(
    r"SCAN (inbox|outbox|messages|cases|history|raw_messages|outgoing|participants)\b(?! USING)"
)
PARTIAL = {"ix_inbox_waiting", "ix_inbox_unfiled", "ix_outbox_unsettled"}

FILL = (
    "INSERT INTO raw_messages (sha256, size, body) VALUES ('a', 1, x'00')",
    """INSERT INTO inbox (mailbox, folder, uidvalidity, uid, raw_sha256, size, complete, silent, sent,
        received_at, fetched_at, message_id, state, due_at, attempts, postponed, disposition, file_to,
        filed_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       SELECT 'main', 'INBOX', 7, i, 'a', 1, 1, 0, 0, :now, :now, '<' || i || '@x>', 'done', :now, 0, 0,
        'ignored', 'Processed', :now FROM n""",
    """INSERT INTO outbox (public_id, letter_key, letter, automatic, recipient, recipient_key, envelope_from,
        message_id, subject, state, queued_at, due_at, attempts, uncertain, settled_at, is_copy)
       SELECT 'p' || id, 'k' || id, 'l', 1, 'r', 'r' || id, 'e', 'm' || id, 's', 'accepted', :now, :now, 1, 0,
        :now, 0 FROM inbox""",
)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/mailproc.db")
    schema.ensure(database)
    with database.transaction() as session:
        for statement in FILL:
            session.execute(text(statement), {"now": NOW.strftime("%Y-%m-%d %H:%M:%S.%f")})
    yield database
    database.close()


ASKED: dict[str, Callable[[Session], Any]] = {
    "unfiled": lambda s: journal.unfiled(s, "main", "INBOX", 7, 200),
    "visit_folder": lambda s: [journal.visit_folder(s, "main", "INBOX", 7, NOW) for _ in range(2)],
    "unknown_uids": lambda s: journal.unknown_uids(s, "main", "INBOX", 7, [1, 2, 3]),
    "waits_for": lambda s: receiving.waits_for(s, 1, ["<a@x>", "<b@x>"]),
    "twin_of": lambda s: receiving.twin_of(s, 1, "key"),
    "wake_postponed": lambda s: receiving.wake_postponed(s, NOW),
    "count_waiting": receiving.count_waiting,
    "abandoned": lambda s: sending.abandoned(s, NOW),
    "release": lambda s: sending.release(s, "node"),
    "automatic_letters_to": lambda s: outbox.automatic_letters_to(s, "ann@example.com", NOW),
    "automatic_letters_settled": lambda s: outbox.automatic_letters_settled(s, NOW - LASTING, NOW),
    "hand_over": lambda s: sending.hand_over(s, 1, "node", NOW, LASTING),
    "find_by_outgoing": lambda s: casebook.find_by_outgoing(s, ["p1", "p2"]),
    "find_by_incoming": lambda s: casebook.find_by_incoming(s, ["<a@x>"]),
    "find_by_reference": lambda s: casebook.find_by_reference(s, ["C-2222-2229"]),
    "due surveys": lambda s: surveys.due(s, NOW, 100),
    "proved customer": lambda s: surveys.is_proved(s, 1, "ann@example.com", ["joined by reply_address"]),
    "unfinished": queries.unfinished,
    "health": lambda s: queries.health(s, NOW + timedelta(days=1)),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_question_of_the_daemon_scans_a_table_that_grows(filled: Database, name: str):
    with watched(filled) as plans, filled.transaction() as session:
        ASKED[name](session)
    assert plans()
    assert [plan for plan in plans() if bad(plan)] == []


def test_claiming_looks_at_what_waits_alone(filled: Database):
    with watched(filled) as plans:
        receiving.claim(filled, "node", clock, LASTING, 20)
        sending.claim(filled, "node", clock, LASTING, 10)
    claims = [plan for plan in plans() if "ix_inbox_waiting" in plan or "ix_outbox_unsettled" in plan]
    assert len(claims) == 2
    assert not any("TEMP B-TREE" in plan for plan in claims), "the index gives the order too"


def test_filing_looks_at_what_is_unfiled_alone(filled: Database):
    """The collector asks this every second, for every mailbox."""
    with watched(filled) as plans, filled.reading() as session:
        ASKED["unfiled"](session)
    assert "ix_inbox_unfiled" in plans()[0]


def bad(plan: str) -> bool:
    scanned = re.search(r"SCAN (\w+) USING (?:COVERING )?INDEX (\w+)", plan)
    return bool(SCAN.search(plan)) or (scanned is not None and scanned[2] not in PARTIAL)


@contextmanager
def watched(database: Database) -> Iterator[Callable[[], list[str]]]:
    """Collect the statements that run meanwhile; the value is a function that returns their plans."""
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            statements.append((statement, values))

    def plans() -> list[str]:
        raw = database.engine.raw_connection()
        try:
            cursor = raw.cursor()
            return [
                " | ".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values))
                for statement, values in statements
            ]
        finally:
            raw.close()

    event.listen(database.engine, "before_cursor_execute", note)
    yield plans
    event.remove(database.engine, "before_cursor_execute", note)
