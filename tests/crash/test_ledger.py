"""Does the ledger of the crash runs see every kind of damage? An honest desk, and what is done to it here."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mailproc.inbound.cage import Cage
from tests.conversation import DESK_ADDRESS, Talk
from tests.crash import ledger
from tests.crash.ledger import Findings
from tests.crash.mails import Customers, Injected, Kind
from tests.crash.sink import Accepted
from tests.servers import EmbeddedServers

Look = Callable[..., Findings]


@dataclass(frozen=True, kw_only=True)
class Books:
    """What went into an honest desk, what came out of it, and its database."""

    injected: list[Injected]
    accepted: list[Accepted]
    database: Path


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, cage: Cage) -> Books:
    file = tmp_path_factory.mktemp("books") / "mailproc.db"
    with EmbeddedServers({DESK_ADDRESS: "sesame"}) as servers:
        talk = Talk(servers, f"sqlite:///{file}", cage)

        def letters() -> list[Accepted]:
            return [
                Accepted(message_id=letter["Message-ID"], recipient=letter.to, at=0.0)
                for letter in talk.letters
            ]

        customers = Customers(
            11, lambda address: [letter.message_id for letter in letters() if letter.recipient == address]
        )
        injected = [customers.write() for _ in range(25)]
        for mail in injected:
            talk.arrives(mail.raw, work=False)
        talk.work()
        while {mail.kind for mail in injected} != set(Kind):
            injected.append(customers.write())
            talk.arrives(injected[-1].raw)
        books = Books(injected=injected, accepted=letters(), database=file)
        talk.close()
    return books


@pytest.fixture
def look(books: Books, tmp_path: Path) -> Look:
    """Compare, after something was done to the database or to the letters."""

    def compare(*statements: str, letters: Callable[[list[Accepted]], list[Accepted]] = list) -> Findings:
        file = tmp_path / "mailproc.db"
        shutil.copy(books.database, file)
        with closing(sqlite3.connect(file)) as database:
            for statement in statements:
                assert database.execute(statement).rowcount > 0, "nothing was damaged"
            database.commit()
        return ledger.compare(books.injected, letters(books.accepted), f"sqlite:///{file}")

    return compare


def test_an_honest_desk_passes(look: Look) -> None:
    found = look()
    assert found.passed, found.wrong
    assert (found.cases, found.extra_copies) == (found.distinct, 0)
    assert found.mails > found.distinct and found.duplicates_recorded >= 1


LOSSES = {
    "bytes gone": "DELETE FROM raw_messages WHERE sha256 = (SELECT raw_sha256 FROM inbox WHERE id = 3)",
    "bytes exchanged": "UPDATE raw_messages SET (body, size) = (SELECT body, size FROM raw_messages "
    "WHERE sha256 = (SELECT raw_sha256 FROM inbox WHERE id = 1)) "
    "WHERE sha256 = (SELECT raw_sha256 FROM inbox WHERE id = 3)",
    "mail not journaled": "DELETE FROM inbox WHERE id = 3",
    "case gone": "DELETE FROM cases WHERE id = 2",
    "follow-up in the wrong case": "UPDATE inbox SET case_id = case_id % 5 + 1 WHERE disposition = 'joined'",
}


@pytest.mark.parametrize("statement", LOSSES.values(), ids=LOSSES.keys())
def test_every_loss_is_seen(look: Look, statement: str) -> None:
    found = look(statement)
    assert found.lost and not found.passed


def test_a_second_case_is_seen(look: Look) -> None:
    """A case of its own for somebody who has one, as a desk makes that knows mails by their UIDs only."""
    found = look(
        "UPDATE cases SET customer_email = (SELECT customer_email FROM cases WHERE id = 1) WHERE id = 2"
    )
    assert len(found.duplicate_cases) == 1 and not found.passed


def test_a_mail_that_still_waits_is_seen(look: Look) -> None:
    assert not look("UPDATE inbox SET state = 'waiting' WHERE id = 3").passed


@pytest.mark.parametrize("state", ["queued", "claimed", "handed_over", "held"])
def test_a_letter_that_still_waits_is_seen(look: Look, state: str) -> None:
    found = look(f"UPDATE outbox SET state = '{state}' WHERE id = 3")
    assert found.unfinished == 1 and not found.passed


def test_a_missing_acknowledgement_is_seen(look: Look) -> None:
    found = look(letters=lambda accepted: accepted[1:])
    assert len(found.missing) == 1 and not found.passed


def test_a_copy_that_the_history_does_not_admit_is_seen(look: Look) -> None:
    found = look(letters=lambda accepted: [*accepted, accepted[0]])
    assert len(found.unflagged) == found.extra_copies == 1 and not found.passed


def test_a_copy_that_the_history_admits_is_counted_and_forgiven(books: Books, look: Look) -> None:
    letter = books.accepted[0]
    what = "acknowledgement may have been sent twice or not at all"
    admitted = (
        "INSERT INTO history (case_id, at, who, what, text, rule, outbox_id) "
        f"SELECT case_id, queued_at, 'desk', '{what}', '', '', id "
        f"FROM outbox WHERE message_id = '{letter.message_id}'"
    )
    found = look(admitted, letters=lambda accepted: [*accepted, letter])
    assert found.passed and (found.extra_copies, found.uncertain) == (1, 1)
    found = look(admitted, letters=lambda accepted: [*accepted, letter, letter])
    assert len(found.unflagged) == 1, "one admission covers one copy"


def test_a_second_acknowledgement_under_another_message_id_is_seen(look: Look) -> None:
    found = look(
        letters=lambda accepted: [*accepted, replace(accepted[0], message_id="<other@acme.example>")]
    )
    assert found.unflagged == ["<other@acme.example>"] and not found.passed


def test_mail_to_a_stranger_is_seen(look: Look) -> None:
    found = look(letters=lambda accepted: [*accepted, replace(accepted[0], recipient="mallory@evil.example")])
    assert found.strangers == ["mallory@evil.example"] and not found.passed
