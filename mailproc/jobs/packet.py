"""What goes along when somebody is asked to look at a case: the case to read, and the customer's own mails.

The mails go byte for byte, the newest first, as many as fit. One with a file that may do harm stays here and
is named: whoever is asked opens what the desk sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.desk import Desk
from mailproc.inbound.harmful import harm_of_kind
from mailproc.jobs.files import FULL_LETTERS, ListedFile
from mailproc.jobs.readable import readable
from mailproc.outbound.bodies import Enclosure, enclosed_message
from mailproc.outbound.kinds.kind import FileState
from mailproc.store import journal, originals
from mailproc.store.originals import Original

# All mails of one packet together (our choice): encoded it is still below what mail hosts take.
PACKET_LIMIT = 12_000_000


@dataclass(frozen=True, kw_only=True)
class Packet:
    """What is enclosed, and how the letter names it together with what is not."""

    listed: tuple[ListedFile, ...]
    enclosures: tuple[Enclosure, ...]


def whole_case(
    desk: Desk, session: Session, case_id: int, case: Case, language: str, readers: int = 1
) -> Packet:
    """Return the case to read, in a language, and the customer's mails, for letters to so many people."""
    text = readable(desk, session, case_id, case, language).encode("utf-8-sig")
    name = f"{case.reference}.txt"
    summary = ListedFile(name=name, size=len(text), state=FileState.ATTACHED)
    mails = mails_of_customer(desk, session, case_id, readers)
    return Packet(
        listed=(summary, *mails.listed),
        enclosures=(Enclosure(name=name, content_type="text/plain", data=text), *mails.enclosures),
    )


def mails_of_customer(desk: Desk, session: Session, case_id: int, readers: int) -> Packet:
    """Return the customer's mails as they came. The more readers, the less each of them gets."""
    room = PACKET_LIMIT if readers <= FULL_LETTERS else PACKET_LIMIT * FULL_LETTERS // readers
    return as_they_came(desk, session, originals.of_case(session, case_id), room)


def as_they_came(
    desk: Desk, session: Session, mails: Iterable[tuple[datetime, Original]], room: int
) -> Packet:
    """Return as many of these mails, the first ones first, as there is room for, in octets.

    All are listed, in the same order.
    """
    listed, enclosed = [], []
    for received_at, mail in mails:
        name = _name(desk, received_at, mail)
        state = _state(mail, room)
        size = mail.size
        if state is FileState.ATTACHED:
            enclosure = enclosed_message(name, journal.raw_of(session, mail.raw_sha256))
            size = len(enclosure.data)
            room -= size
            enclosed.append(enclosure)
        listed.append(ListedFile(name=name, size=size, state=state))
    return Packet(listed=tuple(listed), enclosures=tuple(enclosed))


def _state(mail: Original, room: int) -> FileState:
    if not mail.complete:
        return FileState.KEPT
    if any(harm_of_kind(file.name, file.content_type) for file in mail.attachments):
        return FileState.BLOCKED
    return FileState.ATTACHED if mail.size <= room else FileState.TOO_LARGE


def _name(desk: Desk, received_at: datetime, mail: Original) -> str:
    at = received_at.astimezone(desk.config.desk.zone)
    return f"{at:%Y-%m-%d %H.%M} mail {mail.id}.eml"
