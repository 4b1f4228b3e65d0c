"""A desk as an operator has it: a folder made by `init`, a configuration file, a real SQLite database."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from typer.testing import CliRunner, Result

from mailproc import config as configuration
from mailproc.cli import app
from mailproc.desk import Desk, built, utc_now
from mailproc.inbound.cage import Cage
from mailproc.inbound.parse import read_message_ids
from mailproc.jobs.receive import receive_due
from mailproc.settings import Config
from mailproc.store import journal, policies, queries, schema
from mailproc.store.database import Database
from mailproc.store.journal import Arrival
from tests.cases.samples import PLAIN_RULES
from tests.servers import EmbeddedServers

DESK = "complaints@acme.example"
ANN = "Ann Archer <ann@customer.example>"
ESCAPES = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe [red]not red[/red] :skull:"

# Refused by the guards before parsing: no mail of a person nests so deep.
TOO_DEEP = (
    b"From: ann@customer.example\r\nSubject: deep\r\nMessage-ID: <deep@customer.example>\r\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
)


def write_mail(
    text: str = "It leaks. Please do something about my kettle, it makes the whole kitchen wet.",
    *,
    sender: str = ANN,
    to: str = DESK,
    subject: str = "My kettle leaks",
    message_id: str = "<1@customer.example>",
    headers: dict[str, str] | None = None,
    attachment: tuple[str, bytes] | None = None,
) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, to, subject, message_id
    mail["Date"] = "Sat, 21 Nov 2026 09:59:00 +0100"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    if attachment is not None:
        name, content = attachment
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def out_of_office(answering: str = "<nothing@acme.example>") -> bytes:
    headers = {"Auto-Submitted": "auto-replied", "In-Reply-To": answering}
    return write_mail("I am away.", subject="Away", message_id="<away@customer.example>", headers=headers)


def plain_rules(place: Place) -> str:
    """Write rules of few clocks to a desk: a day to acknowledge, fourteen to decide; return their name."""
    file = place.folder / "config" / "policies" / "plain.yaml"
    file.write_text(PLAIN_RULES, encoding="utf-8")
    return file.stem


class Place:
    """One operator's folder and what she can do there."""

    def __init__(self, folder: Path, cage: Cage, servers: EmbeddedServers | None = None) -> None:
        self.cage = cage
        self.folder = folder
        self.config_file = folder / "config" / "mailproc.yaml"
        self.database_file = folder / "mailproc.db"
        configuration.init(folder)
        self.sections: dict[str, Any] = {
            "desk": {"name": "Acme Complaints", "address": DESK, "languages": ["en", "hu"]},
            "mailboxes": [
                {
                    "name": "main",
                    "host": "127.0.0.1",
                    "port": servers.imap_port if servers else 1,
                    "security": "plain",
                    "username": DESK,
                    "accept_since": "all",
                    "timeout": "10s",
                    "idle": False,
                }
            ],
            "smtp": {
                "host": "127.0.0.1",
                "port": servers.smtp_port if servers else 1,
                "security": "plain",
                "timeout": "5s",
            },
            "database": {"url": "sqlite:///../mailproc.db"},
        }
        secret = folder / "config" / "secrets" / "mailboxes__main__password"
        secret.write_text("sesame\n")
        secret.chmod(0o600)
        self.configure()

    def configure(self, **changes: dict[str, Any]) -> None:
        for section, values in changes.items():
            known = self.sections.setdefault(section, {}) if section != "mailbox" else None
            target = self.sections["mailboxes"][0] if known is None else known
            target.update(values)
        self.config_file.write_text(yaml.safe_dump(self.sections))

    @property
    def config(self) -> Config:
        return configuration.load(self.config_file, environ={})

    def run(self, *arguments: object, input: str | bytes | None = None) -> Result:
        """Run a command in this process, as if its output went to a pipe."""
        runner = CliRunner(env={"MAILPROC_CONFIG": str(self.config_file), "LOGNAME": "ottilie"})
        return runner.invoke(app, [str(argument) for argument in arguments], input=input)

    def answer(self, *arguments: object, exit_code: int = 0, input: str | bytes | None = None) -> Any:
        """Run a command with --json and return its document."""
        result = self.run(*arguments, "--json", input=input)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """What the daemon builds, with the caged parser that all tests share."""
        with self.database() as database:
            schema.ensure(database)
            desk = built(self.config, database, self.cage)
            policies.keep(database, desk.policy, utc_now())
            yield desk

    @contextmanager
    def database(self) -> Iterator[Database]:
        opened = Database(self.config.database.url)
        try:
            yield opened
        finally:
            opened.close()

    def receive(self, *mails: bytes, silent: bool = False) -> list[int]:
        """Journal mails as if they had been fetched, receive them, and return their numbers."""
        now = utc_now()
        with self.desk() as desk:
            self._journal(desk, mails, now, silent)
            while receive_due(desk):
                pass
            with desk.database.reading() as session:
                found = queries.mails(session, limit=len(mails) or 1)
        return [row.id for row, _ in reversed(found) if row.id is not None]

    def journal(self, *mails: bytes) -> None:
        """Journal mails and leave them waiting."""
        with self.desk() as desk:
            self._journal(desk, mails, utc_now(), False)

    def _journal(self, desk: Desk, mails: tuple[bytes, ...], now: datetime, silent: bool) -> None:
        with desk.database.transaction() as session:
            first = queries.ledger(session)["received"] + 1
            arrivals = [
                Arrival(
                    uid=uid,
                    raw=raw,
                    received_at=now - timedelta(minutes=1),
                    size=len(raw),
                    silent=silent,
                    message_id=read_message_ids(raw)[0],
                )
                for uid, raw in enumerate(mails, start=first)
            ]
            journal.record(session, "main", "INBOX", 7, arrivals, now)

    def only_case(self) -> str:
        (case,) = self.answer("case", "list")
        return str(case["case"])


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def place(tmp_path: Path, cage: Cage) -> Place:
    """A desk whose mail servers cannot be reached."""
    return Place(tmp_path / "desk", cage)


@pytest.fixture
def mail_servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers({DESK: "sesame"}) as servers:
        yield servers


@pytest.fixture
def live(tmp_path: Path, cage: Cage, mail_servers: EmbeddedServers) -> Place:
    """A desk with mail servers."""
    return Place(tmp_path / "desk", cage, mail_servers)
