"""Did everything come out right? Compares the desk's database with what the mails said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.mailbox import Expected, Mail, same_text

_FOUND = """
SELECT i.message_id, i.disposition, i.case_id, m.from_email, m.subject, m.text, m.attachments,
       (SELECT count(*) FROM outbox o WHERE o.case_id = i.case_id AND o.state = 'accepted')
FROM inbox i LEFT JOIN messages m ON m.inbox_id = i.id
WHERE i.mailbox = 'main'
"""


def wrong(database: Path, mails: Sequence[Mail], recipients: Sequence[str]) -> list[str]:
    """Return a sentence for each thing that is not as it must be; `recipients` are those of the letters."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(_FOUND).fetchall()
    connection.close()
    found = {row[0]: row[1:] for row in rows}
    faults = [f"{len(rows)} mails in the inbox instead of {len(mails)}"] if len(rows) != len(mails) else []
    case_of: dict[int, int] = {}
    for mail in mails:
        faults += _wrong_with(mail.expected, found.get(mail.expected.message_id), case_of)
    if len(set(case_of.values())) != len(case_of):
        faults.append(f"{len(case_of)} threads made {len(set(case_of.values()))} cases")
    senders = sorted({mail.expected.sender for mail in mails})
    if sorted(recipients) != senders:
        faults.append(
            f"{len(recipients)} letters to {len(set(recipients))} people, {len(senders)} are due one each"
        )
    return faults


def _wrong_with(
    expected: Expected, found: tuple[object, ...] | None, case_of: dict[int, int]
) -> Iterator[str]:
    if found is None:
        yield f"{expected.message_id} is missing"
        return
    disposition, case_id, sender, subject, text, attachments, accepted = found
    because = "joined" if expected.follow_up else "opened"
    if disposition != because:
        yield f"{expected.message_id} was {disposition}, not {because}"
    if case_of.setdefault(expected.thread, int(str(case_id))) != case_id:
        yield f"{expected.message_id} is in case {case_id}, its thread is case {case_of[expected.thread]}"
    if accepted != 1:
        yield f"{expected.message_id}: {accepted} letters of its case were accepted"
    if sender != expected.sender:
        yield f"{expected.message_id} is said to be from {sender}"
    if subject != expected.subject:
        yield f"{expected.message_id} is said to be about {subject!r}"
    if not same_text(str(text), expected.text_sha256):
        yield f"{expected.message_id} has another text"
    files = tuple((entry["name"], entry["sha256"]) for entry in json.loads(str(attachments or "[]")))
    if files != expected.attachments:
        yield f"{expected.message_id} has the attachments {files}"
