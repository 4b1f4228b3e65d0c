"""What can be seen of the desk at one moment? Its database, and what lies in everybody's mailbox."""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.demo.people import MAILBOXES
from mailproc.demo.servers import MailServers
from mailproc.desk import Desk
from mailproc.inbound.classify import Kind
from mailproc.mail import Attachment
from mailproc.store import journal, outbox, queries
from mailproc.store.receiving import Disposition
from mailproc.store.tables import CaseRow, HistoryRow, InboxRow, MessageRow, OutboxRow

EVERYTHING = 10_000  # a demo is small


@dataclass(frozen=True, kw_only=True)
class ReceivedMail:
    """One mail the desk received: its journal row, what was read from it (if anything), its bytes."""

    row: InboxRow
    message: MessageRow | None
    raw: bytes

    @property
    def id(self) -> int:
        assert self.row.id is not None
        return self.row.id

    @property
    def is_customers(self) -> bool:
        """Whether it is one of a customer's mails about a case, and not the same one once more."""
        opened = (Disposition.OPENED, Disposition.JOINED)
        return (
            self.message is not None and self.message.kind == Kind.CUSTOMER and self.row.disposition in opened
        )

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        stored = self.message.attachments if self.message else []
        return tuple(Attachment(**attachment) for attachment in stored)


@dataclass(frozen=True, kw_only=True)
class SentLetter:
    """One letter of the desk: its outbox row and its bytes."""

    row: OutboxRow
    raw: bytes

    @property
    def id(self) -> int:
        assert self.row.id is not None
        return self.row.id


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything, oldest first. `inboxes` holds the mails in the INBOX of each person, by address."""

    mails: tuple[ReceivedMail, ...]
    letters: tuple[SentLetter, ...]
    cases: dict[int, CaseRow]
    histories: dict[int, list[HistoryRow]]
    ledger: dict[str, int]
    inboxes: dict[str, list[bytes]]

    def mail_of(self, sha256: str) -> ReceivedMail | None:
        """The newest received mail with these bytes."""
        return next((mail for mail in reversed(self.mails) if mail.row.raw_sha256 == sha256), None)

    def reference(self, case_id: int | None) -> str:
        return "" if case_id is None else self.cases[case_id].reference


def look(desk: Desk, servers: MailServers) -> View:
    """Look at everything at once."""
    with desk.database.reading() as session:
        mails = [
            ReceivedMail(row=row, message=message, raw=journal.raw_of(session, row.raw_sha256))
            for row, message in queries.mails(session, limit=EVERYTHING)
        ]
        letters = [
            SentLetter(row=row, raw=outbox.raw_of(session, row.id or 0))
            for row in queries.letters(session, limit=EVERYTHING)
        ]
        cases = {case.id: case for case in queries.cases(session, limit=EVERYTHING) if case.id is not None}
        histories = {id: queries.history_of(session, id) for id in cases}
        ledger = queries.ledger(session)
    return View(
        mails=tuple(reversed(mails)),
        letters=tuple(reversed(letters)),
        cases=dict(sorted(cases.items())),
        histories=histories,
        ledger=ledger,
        inboxes={person.address: servers.mailbox(person.address) for person in MAILBOXES},
    )
