"""How is it written down what became of a received mail? With the one disposition that each gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.inbound.classify import Verdict
from mailproc.jobs import earlier
from mailproc.jobs.files import Files
from mailproc.mail import Message
from mailproc.store import receiving
from mailproc.store.receiving import Disposition, Locked

log = structlog.get_logger(__name__)

_OF_CUSTOMER = (Disposition.OPENED, Disposition.JOINED, Disposition.QUARANTINED)


@dataclass(kw_only=True)
class Passage:
    """One mail on its way through one transaction; `verdict` is what it is taken for by now."""

    desk: Desk
    session: Session
    row: Locked
    message: Message
    verdict: Verdict
    files: Files
    now: datetime

    def keep_for_simulations(self, inbox_id: int, *, of_customer: bool = False) -> None:
        """Keep what a mail that is taken in silently says of its thread."""
        sent = self.row.sent and self.row.taken_as is None
        earlier.keep(
            self.desk,
            self.session,
            self.message,
            self.verdict,
            inbox_id=inbox_id,
            sent=sent,
            of_customer=of_customer,
        )

    def finish(
        self,
        disposition: Disposition,
        reason: str,
        case_id: int | None,
        *,
        failed: tuple[str, ...] = (),
        file_to_quarantine: bool = False,
    ) -> Disposition:
        """Keep what was read of the mail and why it ended so; `failed` are whom a delivery report names."""
        receiving.keep_message(
            self.session,
            self.row.id,
            self.message,
            kind=self.verdict.kind,
            rule=self.verdict.rule,
            answer_rule=self.verdict.answer_rule,
            authenticated=self.verdict.sender_authenticated,
            recipients_failed=failed,
        )
        if self.row.silent and disposition is not Disposition.DUPLICATE:
            self.keep_for_simulations(self.row.id, of_customer=disposition in _OF_CUSTOMER)
        mailbox = self.desk.mailbox(self.row.mailbox)
        file_to = None
        if mailbox is not None:
            file_to = mailbox.quarantine if file_to_quarantine else mailbox.filed
        receiving.finish(
            self.session,
            self.row,
            disposition=disposition,
            reason=reason,
            case_id=case_id,
            file_to=file_to,
            now=self.now,
        )
        log.info(
            "received",
            mail=self.row.id,
            kind=self.verdict.kind,
            rule=self.verdict.rule,
            disposition=disposition,
            case=case_id,
        )
        return disposition

    @property
    def sender(self) -> str:
        return self.message.author.email if self.message.author else "an unknown sender"
