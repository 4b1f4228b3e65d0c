"""The commands work the same on PostgreSQL, where several processes share the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailproc.inbound.cage import Cage
from tests.cli.conftest import DESK, Place, write_mail
from tests.cli.test_import import as_mbox, numbered
from tests.conftest import postgres_database
from tests.servers import EmbeddedServers

pytestmark = pytest.mark.postgres


@pytest.fixture
def shared(tmp_path: Path, cage: Cage, mail_servers: EmbeddedServers) -> Iterator[Place]:
    place = Place(tmp_path / "desk", cage, mail_servers)
    for url in postgres_database():
        place.configure(database={"url": url})
        yield place


def test_an_empty_database_is_told_and_upgraded(shared: Place) -> None:
    empty = shared.run("ledger")
    assert empty.exit_code == 3 and "the database is empty" in empty.stderr
    assert shared.answer("db", "upgrade")["before"] is None
    assert shared.answer("ledger")["received"] == 0


def test_a_day_of_commands(shared: Place, mail_servers: EmbeddedServers, tmp_path: Path) -> None:
    mail_servers.deliver(DESK, write_mail())
    assert shared.answer("check")["ok"]
    assert shared.answer("once")["ledger"]["opened"] == 1
    reference = shared.only_case()
    assert shared.answer("case", "note", reference, "Hm.")["status"] == "open"
    (tmp_path / "box").write_bytes(as_mbox(numbered(7), numbered(8)))
    assert shared.answer("import", tmp_path / "box")["new"] == 2
    explained = json.loads(shared.run("explain", "-", "--json", input=numbered(7)).stdout)
    assert explained["disposition"] == "duplicate"
    counts = shared.answer("ledger", "--live")
    assert (counts["opened"], counts["unaccounted"], counts["mailboxes"][0]["filed"]) == (3, 0, 1)
    assert len(shared.run("export", "messages").stdout.splitlines()) == 3
    assert shared.answer("db", "check", "--deep")["faults"] == []
    shared.receive(write_mail("Spam", message_id="<s@x.example>", headers={"X-Spam-Flag": "YES"}))
    assert shared.answer("inbox", "retry", 4, "--as", "customer") == {"waiting_again": [4]}
    assert shared.answer("inbox", "drop", 4, "--reason", "spam after all")["disposition"] == "ignored"


def test_letters_are_sent_here_whatever_other_processes_do(
    shared: Place, mail_servers: EmbeddedServers
) -> None:
    shared.receive(write_mail())
    assert shared.answer("outbox", "retry", "--all")["sent_by"] == "this command"
    assert len(mail_servers.sent) == 1
