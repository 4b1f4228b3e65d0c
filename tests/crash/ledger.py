"""Is everything there, and only once? Compares what was put in and what came out with the database.

The database is read with plain SQL, by nothing of mailproc: the desk is not asked whether it is right.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import zstandard

from tests.crash.mails import Injected, Kind
from tests.crash.sink import Accepted

_FLAG = "%may have been sent twice or not at all"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is wrong, by name; all of it empty is what a desk has to reach."""

    mails: int
    distinct: int  # complaints, each worth one case and one acknowledgement
    cases: int
    duplicates_recorded: int
    lost: list[str]
    duplicate_cases: list[str]
    joined_twice: list[str]
    missing: list[str]  # customers without an acknowledgement
    extra_copies: int
    unflagged: list[str]  # Message-IDs that arrived more often than the history admits
    uncertain: int  # "may have been sent twice or not at all"
    strangers: list[str]  # somebody got mail who has no case
    unfinished: int  # mails and letters that still wait
    unfiled: int  # received mails of which the desk does not know that they are filed
    integrity: str

    @property
    def passed(self) -> bool:
        return not (self.wrong or self.unfinished) and self.integrity == "ok"

    @property
    def wrong(self) -> list[str]:
        return [
            *(f"lost: {name}" for name in self.lost),
            *(f"duplicate case: {name}" for name in self.duplicate_cases),
            *(f"joined twice: {name}" for name in self.joined_twice),
            *(f"acknowledgement missing: {name}" for name in self.missing),
            *(f"unflagged copy: {name}" for name in self.unflagged),
            *(f"mail to a stranger: {name}" for name in self.strangers),
        ]


def compare(injected: Sequence[Injected], accepted: Sequence[Accepted], database_url: str) -> Findings:
    """Return what the three records say together."""
    with closing(connect(database_url)) as database:
        return _compare(injected, accepted, database)


def connect(database_url: str) -> Any:
    """Open a database with its own driver."""
    if database_url.startswith("sqlite:///"):
        return sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=30)
    import psycopg

    return psycopg.connect(database_url, autocommit=True)


def rows(database: Any, statement: str) -> list[tuple[Any, ...]]:
    cursor = database.cursor()
    cursor.execute(statement)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def number(database: Any, statement: str) -> int:
    return int(rows(database, statement)[0][0])


def waiting_mails(database: Any) -> int:
    return number(database, "SELECT count(*) FROM inbox WHERE state <> 'done'")


def unsettled_letters(database: Any) -> int:
    return number(
        database, "SELECT count(*) FROM outbox WHERE state NOT IN ('accepted', 'failed', 'cancelled')"
    )


def _compare(injected: Sequence[Injected], accepted: Sequence[Accepted], database: Any) -> Findings:
    whole = _whole_mails(database)
    received: dict[str, list[tuple[str, str | None]]] = {}
    for sha256, disposition, customer in rows(
        database,
        "SELECT inbox.raw_sha256, inbox.disposition, cases.customer_email FROM inbox "
        "LEFT JOIN cases ON cases.id = inbox.case_id WHERE inbox.state = 'done'",
    ):
        received.setdefault(sha256, []).append((disposition, customer))
    cases = dict(rows(database, "SELECT customer_email, count(*) FROM cases GROUP BY customer_email"))

    complaints = [mail for mail in injected if mail.kind is Kind.COMPLAINT]
    follow_ups = [mail for mail in injected if mail.kind is Kind.FOLLOW_UP]
    customers = {mail.customer for mail in complaints}
    joined = {
        mail.sha256: sum(1 for entry in received.get(mail.sha256, ()) if entry == ("joined", mail.customer))
        for mail in follow_ups
    }
    lost = [
        *(
            f"{mail.kind} of {mail.customer}"
            for mail in injected
            if mail.sha256 not in whole & received.keys()
        ),
        *(f"case of {customer}" for customer in customers if customer not in cases),
        *(f"follow-up of {mail.customer} joined no case" for mail in follow_ups if not joined[mail.sha256]),
    ]
    reached = Counter(letter.recipient for letter in accepted)
    copies = Counter(letter.message_id for letter in accepted)
    first_ids: dict[str, str] = {}
    for letter in accepted:
        first_ids.setdefault(letter.recipient, letter.message_id)
    flags = dict(
        rows(
            database,
            "SELECT outbox.message_id, count(*) FROM history JOIN outbox ON outbox.id = history.outbox_id "
            f"WHERE history.what LIKE '{_FLAG}' GROUP BY outbox.message_id",
        )
    )
    unflagged = [id for id, count in copies.items() if count - 1 > flags.get(id, 0)]
    second_letters = {letter.message_id for letter in accepted} - set(first_ids.values())
    return Findings(
        mails=len(injected),
        distinct=len(complaints),
        cases=number(database, "SELECT count(*) FROM cases"),
        duplicates_recorded=number(database, "SELECT count(*) FROM inbox WHERE disposition = 'duplicate'"),
        lost=sorted(lost),
        duplicate_cases=sorted(
            f"{count} of {customer}"
            for customer, count in cases.items()
            if count > 1 or customer not in customers
        ),
        joined_twice=sorted(mail.customer for mail in follow_ups if joined[mail.sha256] > 1),
        missing=sorted(customers - reached.keys()),
        extra_copies=sum(count - 1 for count in reached.values()),
        unflagged=sorted({*unflagged, *second_letters}),
        uncertain=number(database, f"SELECT count(*) FROM history WHERE what LIKE '{_FLAG}'"),
        strangers=sorted(reached.keys() - customers),
        unfinished=waiting_mails(database) + unsettled_letters(database),
        unfiled=number(database, "SELECT count(*) FROM inbox WHERE state = 'done' AND filed_at IS NULL"),
        integrity=_integrity(database),
    )


def _whole_mails(database: Any) -> set[str]:
    """The digests of all mails whose bytes are kept, computed anew from the bytes."""
    unpack = zstandard.ZstdDecompressor()
    digests = set()
    for sha256, size, body in rows(database, "SELECT sha256, size, body FROM raw_messages"):
        raw = unpack.decompress(bytes(body), max_output_size=size)
        if hashlib.sha256(raw).hexdigest() == sha256:
            digests.add(sha256)
    return digests


def _integrity(database: Any) -> str:
    """SQLite's own check. PostgreSQL has none that any user may run; it was not the one to be killed."""
    if not isinstance(database, sqlite3.Connection):
        return "ok"
    found = [*rows(database, "PRAGMA integrity_check"), *rows(database, "PRAGMA foreign_key_check")]
    return "ok" if found == [("ok",)] else "; ".join(map(str, found))
