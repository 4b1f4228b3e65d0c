"""Conversations as tests: real IMAP and SMTP servers, a real database, the real jobs; only time is ours.

talk.customer("My kettle exploded.")
talk.wait(days=2)
talk.customer("And now the toaster.", answering=talk.letters[-1])
assert talk.case.status is Status.OPEN
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from mailproc.cases.case import Case
from mailproc.cases.events import Event
from mailproc.cases.lifecycle import decide
from mailproc.demo.servers import MailServers
from mailproc.desk import built
from mailproc.inbound.cage import Cage
from mailproc.jobs.close import close_due
from mailproc.jobs.deliver import Courier
from mailproc.jobs.fetch import Collector
from mailproc.jobs.receive import receive_due
from mailproc.jobs.survey import ask_due
from mailproc.jobs.warn import warn_due
from mailproc.people import EMPTY, People
from mailproc.settings import Config
from mailproc.store import casebook, outbox, policies, queries, schema
from mailproc.store.database import Database
from mailproc.store.tables import HistoryRow, InboxRow, MessageRow, OutboxRow

DESK_ADDRESS = "complaints@acme.example"
ANN = "Ann Archer <ann@customer.example>"
MONDAY_9AM = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECRET = "a secret that is long enough for every test"
AUTHSERV = "mx.acme.example"


def settings(servers: MailServers, database_url: str, **changes: dict[str, Any]) -> Config:
    """A desk on the embedded servers; `changes` are merged into the sections by name."""
    sections: dict[str, Any] = {
        "desk": {
            "name": "Acme Complaints",
            "address": DESK_ADDRESS,
            "time_zone": "Europe/Budapest",
            "languages": ["en", "hu"],
            "secret": SECRET,
            "trusted_authserv_id": AUTHSERV,
        },
        "mailbox": {
            "name": "main",
            "host": "127.0.0.1",
            "port": servers.imap_port,
            "security": "plain",
            "username": DESK_ADDRESS,
            "password": servers.users[DESK_ADDRESS],
            "accept_since": "all",
            "idle": False,
        },
        "smtp": {"host": "127.0.0.1", "port": servers.smtp_port, "security": "plain", "timeout": "5s"},
        "database": {"url": database_url},
    }
    for name, values in changes.items():
        sections[name] = sections.get(name, {}) | values
    sections["mailboxes"] = [sections.pop("mailbox")]
    return Config.model_validate(sections)


@dataclass(frozen=True)
class Letter:
    """A mail that left the desk, as the SMTP server got it."""

    envelope_from: str
    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def __getitem__(self, header: str) -> str:
        return str(self.message[header] or "")

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return body.get_content()


class Talk:
    """One desk and the people who write to it."""

    def __init__(
        self,
        servers: MailServers,
        database_url: str,
        cage: Cage,
        *,
        people: People = EMPTY,
        **changes: dict[str, Any],
    ) -> None:
        self.servers = servers
        self.config = settings(servers, database_url, **changes)
        self.now = MONDAY_9AM
        database = Database(self.config.database.url)
        schema.ensure(database)
        self.desk = built(self.config, database, cage, clock=lambda: self.now)
        policies.keep(database, self.desk.policy, self.now)
        self.desk.adopt(people)
        self.collector = Collector(self.desk, self.config.mailboxes[0], journaled=lambda: None)
        self.courier = Courier(self.desk)
        self._first_letter = len(servers.sent)
        self._written = 0

    def close(self) -> None:
        self.courier.close()
        self.collector.close()
        self.desk.database.close()

    # What people do

    def customer(self, text: str, **mail: Any) -> bytes:
        """A mail comes in and the desk does its work. Keywords as for `write`."""
        return self.arrives(self.write(text, **mail))

    def arrives(self, raw: bytes, *, work: bool = True) -> bytes:
        self.servers.deliver(DESK_ADDRESS, raw, self.now)
        if work:
            self.work()
        return raw

    def write(
        self,
        text: str,
        *,
        sender: str = ANN,
        subject: str = "My kettle exploded",
        to: str = DESK_ADDRESS,
        answering: Letter | None = None,
        headers: dict[str, str] | None = None,
        message_id: str | None = None,
    ) -> bytes:
        """Return the bytes of a mail; `answering` a letter makes it a reply as mail clients write it."""
        self._written += 1
        mail = EmailMessage()
        mail["From"], mail["Subject"], mail["Date"] = sender, subject, format_datetime(self.now)
        mail["Message-ID"] = message_id or f"<{self._written}.{id(self)}@customer.example>"
        if answering is not None:
            to = answering["Reply-To"]
            mail.replace_header("Subject", answering["Subject"])
            mail["In-Reply-To"] = answering["Message-ID"]
            mail["References"] = f"{answering['References']} {answering['Message-ID']}".strip()
        mail["To"] = to
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        return mail.as_bytes(policy=email.policy.SMTP)

    def agent(self, text: str, answering: Letter, *, sender: str, proved: bool = True, **mail: Any) -> bytes:
        """An agent answers a letter of the desk, and the desk does its work.

        `proved`: our mail host says that the domain of the sender sent it.
        """
        return self.arrives(self.write_as_agent(text, answering, sender=sender, proved=proved, **mail))

    def write_as_agent(
        self, text: str, answering: Letter | None, *, sender: str, proved: bool = True, **mail: Any
    ) -> bytes:
        raw = self.write(text, sender=sender, answering=answering, **mail)
        domain = sender.rpartition("@")[2].strip(">")
        verdict = "pass" if proved else "fail"
        stamp = f"Authentication-Results: {AUTHSERV}; dmarc={verdict} header.from={domain}\r\n"
        trace = f"Received: from mail.{domain} (mail.{domain} [192.0.2.7]) by {AUTHSERV} with ESMTPS;\r\n"
        return (stamp + trace + f" {format_datetime(self.now)}\r\n").encode() + raw

    def happens(self, event: Event, reference: str | None = None) -> None:
        """Somebody of the desk does something to the case."""
        with self.desk.database.transaction() as session:
            found = casebook.find(session, reference or self.case.reference)
            assert found is not None
            id, case = found
            decision = decide(case, event, self.desk.policy_of(case), self.config.desk.zone, self.now)
            casebook.save(session, id, case, decision.case, self.now)
            casebook.write_history(session, id, decision.history)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)
        self.work()

    def work(self) -> None:
        """Run every job until nothing is due at this moment."""
        progress = True
        while progress:
            assert self.collector.hold_lease()
            progress = bool(self.collector.collect())
            progress |= bool(receive_due(self.desk))
            progress |= bool(ask_due(self.desk))
            progress |= bool(warn_due(self.desk))
            progress |= bool(self.courier.deliver_due())
        close_due(self.desk)

    # What can be seen afterwards

    @property
    def letters(self) -> list[Letter]:
        """What left the desk, in order."""
        return [
            Letter(sent.mail_from, sent.recipient, sent.raw)
            for sent in self.servers.sent[self._first_letter :]
        ]

    @property
    def cases(self) -> list[Case]:
        """All cases, oldest first."""
        with self.desk.database.reading() as session:
            rows = queries.cases(session, limit=1000)
            found = [casebook.find(session, row.reference) for row in reversed(rows)]
        return [entry[1] for entry in found if entry is not None]

    @property
    def case(self) -> Case:
        (only,) = self.cases
        return only

    def history(self, reference: str | None = None) -> list[HistoryRow]:
        with self.desk.database.reading() as session:
            found = casebook.find(session, reference or self.case.reference)
            assert found is not None
            return queries.history_of(session, found[0])

    def happened(self, reference: str | None = None) -> list[str]:
        return [entry.what for entry in self.history(reference)]

    @property
    def mails(self) -> list[tuple[InboxRow, MessageRow | None]]:
        """What was received, oldest first, with what was read from it."""
        with self.desk.database.reading() as session:
            return list(reversed(queries.mails(session, limit=10_000)))

    @property
    def dispositions(self) -> list[str | None]:
        return [row.disposition for row, _ in self.mails]

    @property
    def ledger(self) -> dict[str, int]:
        with self.desk.database.reading() as session:
            return queries.ledger(session)

    @property
    def queue(self) -> list[OutboxRow]:
        with self.desk.database.reading() as session:
            return list(reversed(queries.letters(session, limit=1000)))

    def raw_letter(self, row: OutboxRow) -> bytes:
        assert row.id is not None
        with self.desk.database.reading() as session:
            return outbox.raw_of(session, row.id)

    def folder(self, name: str) -> list[bytes]:
        return self.servers.mailbox(DESK_ADDRESS, name)


MakeTalk = Callable[..., Talk]


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}/mailproc.db"
