"""What goes along when somebody outside is asked? The customer's mails as they came, and his words to read.

Nothing else of the case does: no history, no note, no letter of ours, and no mail in which an agent brought
the complaint here, because that holds her words to the desk. What he quotes of our letters stands in his
mails; he had it from us, and it is not among the words to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.desk import Desk
from mailproc.inbound.classify import Kind
from mailproc.jobs import packet
from mailproc.jobs.files import ListedFile
from mailproc.jobs.written import read_then
from mailproc.mail import address_key
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.kinds.kind import FileState
from mailproc.outbound.quoted import clean, one_line
from mailproc.sentences import Sentence, say
from mailproc.store import customer_mails, originals
from mailproc.store.originals import Original

_WHY_IT_STAYS = {
    FileState.TOO_LARGE: say("too large"),
    FileState.BLOCKED: say("a file of it may be harmful"),
    FileState.KEPT: say("the desk has only a part of it"),
}


@dataclass(frozen=True, kw_only=True)
class PacketOutside:
    """What goes along: `mails` are its mails by their numbers in the inbox, which `named` and `stays` name.

    `summary` is the name of the file with the words to read; empty where it does not go along.
    """

    mails: tuple[int, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    listed: tuple[ListedFile, ...] = ()
    named: tuple[Sentence, ...] = ()
    stays: tuple[Sentence, ...] = ()
    summary: str = ""


NOTHING = PacketOutside()


def for_outside(desk: Desk, session: Session, case_id: int, case: Case, taken: int) -> PacketOutside:
    """Return what goes along with a letter of which `taken` octets are other files."""
    received = originals.of_case(session, case_id)
    brought_in = [mail for _, mail in received if mail.kind == Kind.AGENT]
    theirs = [(at, mail) for at, mail in received if mail.kind != Kind.AGENT]
    room = packet.PACKET_LIMIT - taken
    whole = packet.as_they_came(desk, session, theirs, room)
    pairs = list(zip(whole.listed, (mail for _, mail in theirs), strict=True))
    goes = [(file, mail) for file, mail in pairs if file.state is FileState.ATTACHED]
    stays = [
        say("{file} ({why})", file=file.name, why=_WHY_IT_STAYS[file.state])
        for file, _ in pairs
        if file.state is not FileState.ATTACHED
    ]
    stays += [
        say("the mail “{subject}” in which an agent brought it here", subject=one_line(mail.subject))
        for mail in brought_in
    ]
    enclosures, listed = whole.enclosures, tuple(file for file, _ in goes)
    room -= sum(len(mail.data) for mail in enclosures)
    text = _to_read(desk, session, case, goes).encode("utf-8-sig")
    summary = f"{case.reference}.txt" if goes and len(text) <= room else ""
    if summary:
        enclosures = (Enclosure(name=summary, content_type="text/plain", data=text), *enclosures)
        listed = (ListedFile(name=summary, size=len(text), state=FileState.ATTACHED), *listed)
    return PacketOutside(
        mails=tuple(mail.id for _, mail in goes),
        enclosures=enclosures,
        listed=listed,
        named=tuple(_named(case, file, mail) for file, mail in goes),
        stays=tuple(stays),
        summary=summary,
    )


def _named(case: Case, file: ListedFile, mail: Original) -> Sentence:
    """Name a mail by its day, its subject, who wrote it when that is not the customer, and its files."""
    named = say("{file}: “{subject}”", file=file.name, subject=one_line(mail.subject) or "-")
    if mail.from_email and address_key(mail.from_email) != address_key(case.customer_email):
        named = say("{mail}, from {sender}", mail=named, sender=one_line(mail.from_email))
    if mail.attachments:
        files = ", ".join(one_line(each.name) for each in mail.attachments)
        named = say("{mail}, with {files}", mail=named, files=files)
    return named


def _to_read(desk: Desk, session: Session, case: Case, goes: Sequence[tuple[ListedFile, Original]]) -> str:
    """What was newly written in each mail, the oldest first, below what mail programs show of a mail."""
    files = {mail.id: (file, mail) for file, mail in goes}
    lines = [case.reference]
    for written in read_then(desk, case, customer_mails.these(session, list(files))):
        file, mail = files[written.inbox_id]
        lines += ["", "=" * 70, file.name]
        lines += [f"From: {one_line(mail.from_email)}", f"Subject: {one_line(mail.subject)}"]
        lines += [f"Date: {written.at:%Y-%m-%d %H:%M}", "", clean(written.words)]
    return "\n".join([*lines, ""])
