"""What has the customer written, as a letter to an agent shows it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailproc.cases.case import Case
from mailproc.desk import Desk
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.files import ListedFile
from mailproc.mail import Attachment, Message, address_key
from mailproc.outbound.kinds.kind import FileState
from mailproc.store.customer_mails import CustomerMail


@dataclass(frozen=True, kw_only=True)
class Written:
    """A mail about a case.

    `stranger` is who wrote it when that address is not known for the case, `participant` when it is somebody
    who takes part beside the customer.
    """

    inbox_id: int
    at: datetime
    words: str
    stranger: str | None
    participant: str | None
    authenticated: bool
    files: tuple[ListedFile, ...]

    def facts(self) -> dict[str, Any]:
        """The names of a letter that shows this mail."""
        return {
            "authenticated": self.authenticated,
            "received_on": self.at,
            "words": self.words,
            "stranger": self.stranger,
            "participant": self.participant,
            "attachments": self.files,
        }


def read_now(
    desk: Desk,
    message: Message,
    *,
    inbox_id: int,
    authenticated: bool,
    stranger: str | None,
    participant: str | None,
    at: datetime,
) -> Written:
    """Return a mail that is being received."""
    return Written(
        inbox_id=inbox_id,
        at=at,
        words=new_words_of(desk, message.text, from_html=message.text_from_html),
        stranger=stranger,
        participant=participant,
        authenticated=authenticated,
        files=_kept(message.attachments),
    )


def read_then(desk: Desk, case: Case, mails: Iterable[CustomerMail]) -> list[Written]:
    """Return mails that were received earlier.

    Whether their text was HTML is not known any more, so in doubt a little more is shown.
    """
    zone = desk.config.desk.zone
    others = case.participants - {address_key(case.customer_email)}
    return [
        Written(
            inbox_id=mail.inbox_id,
            at=mail.received_at.astimezone(zone),
            words=new_words_of(desk, mail.text, from_html=False),
            stranger=None if mail.from_key in case.participants else mail.from_email or None,
            participant=mail.from_email if mail.from_key in others else None,
            authenticated=mail.authenticated and mail.from_key in case.participants,
            files=_kept(mail.files),
        )
        for mail in mails
    ]


def new_words_of(desk: Desk, text: str, *, from_html: bool, read_twice: bool = True) -> str:
    """Return what a customer has newly written; all of it when that leaves nothing."""
    own = (desk.address.address,)
    reading = new_words(text, from_html=from_html, own_addresses=own, read_twice=read_twice)
    return reading.text or text or "-"


def _kept(files: Sequence[Attachment]) -> tuple[ListedFile, ...]:
    """The files of a mail in a letter that encloses none."""
    return tuple(ListedFile(name=file.name, size=file.size, state=FileState.KEPT) for file in files)
