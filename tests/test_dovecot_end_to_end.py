"""The daemon as a process on a real Dovecot: waiting, filing, losing UIDs, losing the server, ending."""

from __future__ import annotations

import hashlib
import imaplib
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailproc.store.packing import unpack
from tests.crash import ledger
from tests.crash.desk import RunningDaemon, write_configuration
from tests.crash.mails import DESK_ADDRESS
from tests.crash.sink import Sink
from tests.servers import Dovecot

pytestmark = [
    pytest.mark.dovecot,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not Dovecot.available(), reason="no Dovecot on this machine"),
]

# Seconds that a start, or a piece of work, may take on a busy machine: bounds, not expectations.
SOON = 45.0
POLL = "5m"  # so that nothing in these tests can have happened by polling


class Place:
    """A Dovecot, a mail server that takes everything, and a desk on SQLite."""

    def __init__(self, folder: Path, dovecot: Dovecot, sink: Sink) -> None:
        self.folder, self.dovecot, self.sink = folder, dovecot, sink
        self.database_file = folder / "mailproc.db"
        self.delivered: list[bytes] = []
        self._running: list[RunningDaemon] = []

    def configure(self, **changes: dict[str, Any]) -> Path:
        return write_configuration(
            self.folder,
            imap_port=self.dovecot.port,
            smtp_port=self.sink.port,
            database_url=f"sqlite:///{self.database_file}",
            **{"mailbox": {"poll": POLL}} | changes,
        )

    def start(self, **changes: dict[str, Any]) -> RunningDaemon:
        """Start a daemon and wait until it runs; `changes` as for `write_configuration`."""
        daemon = RunningDaemon(self.configure(**changes), name=f"daemon{len(self._running)}")
        self._running.append(daemon)
        daemon.wait_until_running(within=SOON)
        return daemon

    def close(self) -> None:
        for daemon in self._running:
            daemon.kill()

    def customer(self, name: str, text: str = "My kettle exploded.") -> bytes:
        raw = complaint(name, text)
        self.dovecot.deliver(raw)
        self.delivered.append(raw)
        return raw

    def acknowledged(self, *names: str) -> bool:
        """Whether each of them has got exactly the one letter that is due."""
        reached = Counter(letter.recipient for letter in self.sink.accepted)
        return all(reached[address(name)] == 1 for name in names)

    def in_folder(self, name: str) -> list[bytes]:
        """The mails in a folder of the Maildir, as the server keeps them; INBOX has no name."""
        return [file.read_bytes() for file in self.files(name)]

    def files(self, name: str) -> list[Path]:
        folder = self.dovecot.maildir / name
        return [file for part in ("new", "cur") for file in sorted((folder / part).glob("*"))]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database_file, timeout=30)) as database:
            return ledger.rows(database, statement)

    def dispositions(self) -> Counter[str]:
        return Counter(name for (name,) in self.rows("SELECT disposition FROM inbox WHERE state = 'done'"))


def complaint(name: str, text: str) -> bytes:
    lines = [
        f"From: {address(name)}",
        f"To: {DESK_ADDRESS}",
        f"Subject: Complaint of {name}",
        f"Message-ID: <{name}@mailer.example>",
        "Date: Mon, 23 Nov 2026 09:00:00 +0100",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


def address(name: str) -> str:
    return f"{name}@customer.example"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Dovecot() as dovecot, Sink(seed=1) as sink:
        sink.calm()
        place = Place(tmp_path, dovecot, sink)
        yield place
        place.close()


def stop(daemon: RunningDaemon) -> int:
    """End a daemon as a service manager does; it has ten seconds."""
    daemon.process.send_signal(signal.SIGTERM)
    return daemon.process.wait(timeout=10)


def test_new_mail_is_acknowledged_by_idle_long_before_the_next_poll(place: Place) -> None:
    daemon = place.start()
    place.customer("first")
    daemon.wait_until(lambda: place.acknowledged("first"), within=SOON, what="the first one acknowledged")
    # Once a mail is filed the daemon goes back to IDLE; the next look would come after five minutes.
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="the first one filed")
    for number in range(3):
        place.customer(f"later{number}")
        acknowledged = partial(place.acknowledged, f"later{number}")
        daemon.wait_until(acknowledged, within=SOON, what="acknowledged without a poll")


def test_mail_is_moved_whole_into_nested_folders(place: Place) -> None:
    """`Desk/Done` is `Desk.Done` here, because a Maildir separates its folders by dots."""
    daemon = place.start(mailbox={"poll": POLL, "filed": "Desk/Done", "quarantine": "Desk/Unreadable"})
    mails = [place.customer(f"customer{number}") for number in range(5)]
    daemon.wait_until(
        lambda: len(place.in_folder(".Desk.Done")) == 5 and not place.in_folder(""), within=SOON, what="filed"
    )
    assert sorted(place.in_folder(".Desk.Done")) == sorted(mails)
    assert (place.dovecot.maildir / ".Desk.Unreadable").is_dir()
    assert not (place.dovecot.maildir / ".Processed").exists()
    assert stop(daemon) == 0


def test_filing_keeps_the_marks_of_other_programs(place: Place) -> None:
    """MOVE takes a mail with its flags, and nothing of ours marks it read."""
    place.customer("flagged")
    client = place.dovecot.other_client()
    client.store("1", "+FLAGS", r"(\Flagged)")
    client.logout()
    daemon = place.start()
    daemon.wait_until(lambda: bool(place.in_folder(".Processed")), within=SOON, what="filed")
    (file,) = place.files(".Processed")
    assert file.name.rpartition(",")[2] == "F"


def test_a_restored_mailbox_is_read_again_and_nobody_is_answered_twice(place: Place) -> None:
    """All mail is back in INBOX under new UIDs, as after a restore: each is recognised and filed again."""
    names = [f"customer{number}" for number in range(12)]
    daemon = place.start()
    for name in names:
        place.customer(name)
    daemon.wait_until(lambda: place.acknowledged(*names), within=SOON, what="acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="filed")
    assert stop(daemon) == 0

    for file in place.files(".Processed"):
        file.rename(place.dovecot.maildir / "cur" / file.name)
    before, after = place.dovecot.reset_uidvalidity()
    assert before != after
    place.customer("new")
    daemon = place.start()
    daemon.wait_until(lambda: place.acknowledged("new"), within=SOON, what="the new mail acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="the restored mails filed again")
    assert stop(daemon) == 0
    assert place.dispositions() == {"opened": 13, "duplicate": 12}
    assert place.acknowledged("new", *names)
    assert place.rows("SELECT count(*) FROM inbox WHERE filed_at IS NULL") == [(0,)]


def test_what_other_programs_leave_alone_is_not_lost(place: Place) -> None:
    """Another program moves and deletes mails while the desk works; the others are all answered."""
    choose = random.Random(5)
    client = place.dovecot.other_client()
    client.create("Elsewhere")
    daemon = place.start()
    names = [f"customer{number}" for number in range(90)]
    touched: set[str] = set()
    for number, name in enumerate(names):
        place.customer(name)
        if number % 5 == 4:
            touched |= _meddle(client, choose)
    client.logout()
    assert len(touched) >= 5, "the other program was too late for every mail; nothing was tested"
    left_alone = [name for name in names if name not in touched]

    daemon.wait_until(lambda: place.acknowledged(*left_alone), within=SOON, what="all others acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="INBOX is empty")
    cases = Counter(name for (name,) in place.rows("SELECT customer_email FROM cases"))
    assert max(cases.values()) == 1
    assert {address(name) for name in left_alone} <= cases.keys()
    assert max(Counter(letter.recipient for letter in place.sink.accepted).values()) == 1


def _meddle(client: imaplib.IMAP4, choose: random.Random) -> set[str]:
    """Move or delete some of what lies in INBOX; return whose mail may have been touched."""
    client.noop()
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    touched = set()
    for uid in choose.sample(uids, min(2, len(uids))):
        answer = client.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (FROM)])")[1]
        if answer and isinstance(answer[0], tuple):
            touched.add(answer[0][1].decode().strip().removeprefix("From: ").partition("@")[0])
            if choose.random() < 0.5:
                client.uid("MOVE", uid, "Elsewhere")
            else:
                client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
                client.uid("EXPUNGE", uid)
    return touched


@pytest.mark.parametrize("end_sessions", [Dovecot.kick, Dovecot.restart], ids=["kicked", "restarted"])
def test_the_desk_comes_back_when_the_server_ends_its_session(
    place: Place, end_sessions: Callable[[Dovecot], None]
) -> None:
    daemon = place.start()
    place.customer("before")
    daemon.wait_until(lambda: place.acknowledged("before"), within=SOON, what="acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="filed, so waiting again")
    for number in range(3):
        end_sessions(place.dovecot)
        place.customer(f"after{number}")
        acknowledged = partial(place.acknowledged, f"after{number}")
        daemon.wait_until(acknowledged, within=SOON, what="back at work")
    assert daemon.said("mailbox trouble"), "the session was not ended"
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="filed")
    assert place.dispositions() == {"opened": 4}


def test_sigterm_in_the_middle_of_the_work_loses_and_repeats_nothing(place: Place) -> None:
    names = [f"customer{number}" for number in range(40)]
    for name in names:
        place.customer(name)
    daemon = place.start()
    daemon.wait_until(lambda: len(place.sink.accepted) > 0, within=SOON, what="the first letter")
    assert stop(daemon) == 0
    assert daemon.said("stopped")[-1]["cleanly"] is True
    sent = len(place.sink.accepted)
    assert sent < 40, "the daemon was done before it was stopped; nothing was tested"

    daemon = place.start()
    daemon.wait_until(lambda: place.acknowledged(*names), within=SOON, what="the rest acknowledged")
    assert len(place.sink.accepted) == 40
    assert place.rows("SELECT count(*) FROM history WHERE what LIKE '%may have been sent twice%'") == [(0,)]


def test_an_idle_daemon_ends_on_sigterm_within_ten_seconds(place: Place) -> None:
    daemon = place.start()
    place.customer("ann")
    daemon.wait_until(lambda: place.acknowledged("ann"), within=SOON, what="acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="filed, so waiting again")
    assert stop(daemon) == 0
    assert daemon.said("stopped")[-1]["cleanly"] is True


def test_a_killed_daemon_leaves_no_lease_to_wait_for(place: Place) -> None:
    """On SQLite a daemon knows that it is alone: the rights of a dead one are void at once."""
    daemon = place.start(database={"lease": "10m"})
    place.customer("before")
    daemon.wait_until(lambda: place.acknowledged("before"), within=SOON, what="acknowledged")
    daemon.kill()
    place.customer("after")
    daemon = place.start(database={"lease": "10m"})
    daemon.wait_until(lambda: place.acknowledged("after"), within=SOON, what="acknowledged at once")


def test_a_second_daemon_on_the_same_sqlite_file_is_refused(place: Place) -> None:
    first = place.start()
    with RunningDaemon(place.configure(), name="second") as second:
        assert second.process.wait(timeout=SOON) == 3
        said = second.log.read_text()
    assert str(first.pid) in said and "in use by another mailproc process" in said
    place.customer("ann")
    first.wait_until(lambda: place.acknowledged("ann"), within=SOON, what="the first one works on")


def test_poison_goes_to_quarantine_and_harms_no_other_mail(place: Place) -> None:
    """One mail in twenty nests its parts deeper than anybody reads; the others are all answered."""
    names = [f"customer{number}" for number in range(57)]
    poison = []
    for number, name in enumerate(names):
        place.customer(name)
        if number % 19 == 9:
            poison.append(_bottomless(number))
            place.dovecot.deliver(poison[-1])
    daemon = place.start()
    daemon.wait_until(lambda: place.acknowledged(*names), within=SOON, what="all good mail acknowledged")
    daemon.wait_until(lambda: not place.in_folder(""), within=SOON, what="INBOX is empty")
    assert sorted(place.in_folder(".Quarantine")) == sorted(poison)
    assert place.dispositions() == {"opened": 57, "quarantined": 3}
    assert len(place.sink.accepted) == 57, "poison was answered"
    kept = {
        sha256 for (sha256,) in place.rows("SELECT raw_sha256 FROM inbox WHERE disposition = 'quarantined'")
    }
    assert kept == {hashlib.sha256(raw).hexdigest() for raw in poison}


def _bottomless(number: int) -> bytes:
    lines = [
        f"From: mallory{number}@evil.example",
        f"To: {DESK_ADDRESS}",
        f"Message-ID: <poison{number}@evil>",
    ]
    for depth in range(3000):
        lines += [f'Content-Type: multipart/mixed; boundary="b{depth}"', "", f"--b{depth}"]
    return "\r\n".join([*lines, "", "at last", ""]).encode()


PEOPLE = """\
agents: [{name: Bob, address: bob@acme.example}]
teams: {front: {members: [Bob]}}
routing: [{team: front}]
"""
OUR_HOST = "mx.acme.example"


def letters_to(place: Place, recipient: str) -> list[EmailMessage]:
    """What the server has taken for somebody, as a mail program reads it."""
    accepted = place.rows(
        "SELECT recipient, body, size FROM outbox JOIN outgoing ON outbox_id = id "
        "WHERE state = 'accepted' ORDER BY id"
    )
    raws = [unpack(body, size) for to, body, size in accepted if to == recipient]
    return [message_from_bytes(raw, policy=default) for raw in raws]


def answer_of_bob(letter: EmailMessage, text: str) -> bytes:
    """His reply as Thunderbird writes it, with what our mail host found out about the sender."""
    quoted = "".join(f"> {line}\r\n" for line in str(letter.get_body(("plain",)).get_content()).splitlines())
    lines = [
        f"Authentication-Results: {OUR_HOST}; dmarc=pass header.from=acme.example",
        f"Received: from mail.acme.example by {OUR_HOST} with ESMTPS; Mon, 23 Nov 2026 10:00:00 +0100",
        "From: Bob Baker <bob@acme.example>",
        f"To: {letter['Reply-To']}",
        f"Subject: Re: {letter['Subject']}",
        "Message-ID: <answer@acme.example>",
        f"In-Reply-To: {letter['Message-ID']}",
        f"References: {letter['References']} {letter['Message-ID']}",
        "Date: Mon, 23 Nov 2026 10:00:00 +0100",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"{text}\r\n\r\nOn 23/11/2026 09:30, Acme Complaints wrote:\r\n{quoted}",
    ]
    return "\r\n".join(lines).encode()


def test_an_agent_answers_and_resolves_from_a_mail_program(place: Place) -> None:
    people = place.folder / "config" / "people.yaml"
    people.parent.mkdir(parents=True, exist_ok=True)
    people.write_text(PEOPLE)
    daemon = place.start(desk={"trusted_authserv_id": OUR_HOST, "undo_window": "1s"})
    place.customer("ann", "The lid of my kettle does not close.")
    daemon.wait_until(
        lambda: len(letters_to(place, "bob@acme.example")) == 1, within=SOON, what="the agent told"
    )
    (told,) = letters_to(place, "bob@acme.example")
    assert "The lid of my kettle does not close." in str(told.get_body(("plain",)).get_content())

    decision = "#resolve upheld cause=quality remedy=replacement\r\n\r\nA new lid is on its way."
    place.dovecot.deliver(answer_of_bob(told, decision))
    daemon.wait_until(
        lambda: place.rows("SELECT status FROM cases") == [("resolved",)], within=SOON, what="resolved"
    )
    resolution = letters_to(place, address("ann"))[-1]
    words = str(resolution.get_body(("plain",)).get_content())
    assert "A new lid is on its way." in words
    assert "bob@acme.example" not in resolution.as_string()
    assert "#resolve" not in words
    assert stop(daemon) == 0
