"""Every mail is accounted for, here and on the server."""

from __future__ import annotations

import pytest
from sqlmodel import delete

from mailproc.cli.ledger import MEANINGS
from mailproc.store.receiving import Disposition
from mailproc.store.tables import InboxRow, MessageRow
from tests.cli.conftest import DESK, TOO_DEEP, Place, out_of_office, write_mail
from tests.servers import Dovecot, EmbeddedServers

KEYS = [
    "received",
    "opened",
    "joined",
    "replied",
    "outside",
    "confirmed",
    "held",
    "bounced",
    "auto_reply",
    "ignored",
    "duplicate",
    "quarantined",
    "waiting",
    "unaccounted",
]


def test_the_ledger_has_exactly_its_words() -> None:
    assert list(MEANINGS) == KEYS
    assert KEYS[1:-2] == list(Disposition)


def test_each_mail_is_counted_once(place: Place) -> None:
    place.receive(write_mail(), write_mail(), out_of_office(), TOO_DEEP)
    place.journal(write_mail("Another.", message_id="<other@customer.example>"))
    counts = place.answer("ledger")
    assert list(counts) == KEYS
    assert {word: count for word, count in counts.items() if count} == {
        "received": 5,
        "opened": 1,
        "duplicate": 1,
        "auto_reply": 1,
        "quarantined": 1,
        "waiting": 1,
    }


def test_a_mail_whose_case_is_gone_is_unaccounted_for(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        row = session.get_one(InboxRow, 1)
        row.case_id = None
        session.add(row)
    result = place.run("ledger")
    assert result.exit_code == 1
    assert "1 mails are unaccounted for" in result.stderr
    assert place.answer("ledger", exit_code=1)["unaccounted"] == 1


def test_live_finds_what_waits_to_be_fetched_and_that_is_no_fault(
    live: Place, mail_servers: EmbeddedServers
) -> None:
    mail_servers.deliver(DESK, write_mail())
    live.run("once")
    mail_servers.deliver(DESK, write_mail("New.", message_id="<new@customer.example>"))
    (folder,) = live.answer("ledger", "--live")["mailboxes"]
    (uid,) = folder.pop("not_fetched")
    assert uid > 0
    assert folder == {
        "mailbox": "main",
        "on_server": 1,
        "journaled": 1,
        "passed_over": [],
        "filed": 1,
        "quarantine": 0,
        "vanished": 0,
        "trouble": None,
    }


def test_live_finds_a_mail_that_was_passed_over(live: Place, mail_servers: EmbeddedServers) -> None:
    """The control: a mail lies there, a higher UID is journaled, and we hold nothing of this one."""
    mail_servers.deliver(DESK, write_mail())
    live.run("once")
    with live.database() as database, database.transaction() as session:
        row = session.get_one(InboxRow, 1)
        row.uid = 1_000_000
        session.add(row)
    mail_servers.deliver(DESK, write_mail("New.", message_id="<new@customer.example>"))
    result = live.run("ledger", "--live")
    assert result.exit_code == 1
    assert "passed over" in result.stderr
    (folder,) = live.answer("ledger", "--live", exit_code=1)["mailboxes"]
    assert len(folder["passed_over"]) == 1 and folder["passed_over"] == folder["not_fetched"]


def test_live_tells_of_mail_that_somebody_else_took_away(live: Place, mail_servers: EmbeddedServers) -> None:
    mail_servers.deliver(DESK, write_mail())
    live.run("once")
    with live.database() as database, database.transaction() as session:
        row = session.get_one(InboxRow, 1)
        row.filed_at = None  # as if it had been received and not been moved by us
        session.add(row)
    (folder,) = live.answer("ledger", "--live")["mailboxes"]
    assert (folder["vanished"], folder["on_server"]) == (1, 0)


def test_live_says_when_a_server_cannot_be_asked_and_still_counts(place: Place) -> None:
    place.receive(write_mail())
    counts = place.answer("ledger", "--live", exit_code=1)
    assert counts["opened"] == 1
    assert "127.0.0.1:1" in counts["mailboxes"][0]["trouble"]


def test_live_changes_nothing_on_the_server(live: Place, mail_servers: EmbeddedServers) -> None:
    live.receive()
    mail_servers.deliver(DESK, write_mail())
    client = mail_servers.other_client(DESK, "sesame")
    before = client.fetch("1", "(FLAGS)")
    assert live.run("ledger", "--live").exit_code == 0
    assert client.fetch("1", "(FLAGS)") == before
    assert b"Processed" not in b" ".join(line for line in client.list()[1] if isinstance(line, bytes))
    client.logout()


def test_the_ledger_still_counts_when_readings_are_lost(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        session.execute(delete(MessageRow))
    assert place.answer("ledger")["opened"] == 1


@pytest.mark.dovecot
def test_check_and_live_ledger_on_a_grown_server(place: Place) -> None:
    if not Dovecot.available():
        pytest.skip("no Dovecot is installed")
    with Dovecot() as dovecot:
        place.configure(
            mailbox={"port": dovecot.port, "username": dovecot.user, "password": dovecot.password}
        )
        (place.folder / "config" / "secrets" / "mailboxes__main__password").unlink()
        dovecot.deliver(write_mail())
        mailbox = [each for each in place.answer("check", exit_code=1)["checks"] if "mailbox" in each["what"]]
        assert mailbox[0]["ok"] and "IDLE, MOVE, UIDPLUS" in mailbox[0]["says"]
        place.run("once")
        dovecot.deliver(write_mail("New.", message_id="<new@customer.example>"))
        (folder,) = place.answer("ledger", "--live")["mailboxes"]
        assert (folder["on_server"], folder["filed"], folder["vanished"]) == (1, 1, 0)
        assert len(folder["not_fetched"]) == 1 and folder["passed_over"] == []
