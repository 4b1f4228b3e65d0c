"""Which files came with a mail, and which of them may go on? Taken out before its transaction begins.

The bytes of a stranger's file are looked at in the cage alone; here they are only counted and carried.
What nobody foresaw, such as the files of a held mail that is released, is asked for by `NotTaken`: the
reception is taken back, the files are taken out, and it begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from mailproc.desk import Desk
from mailproc.errors import DatabaseError, ParseError
from mailproc.inbound.classify import Kind, Verdict
from mailproc.inbound.harmful import harm_again, harm_of_kind
from mailproc.mail import Attachment, Message
from mailproc.outbound.bodies import Enclosure, enclosable_type
from mailproc.outbound.kinds.kind import FileState
from mailproc.store import journal, originals
from mailproc.store.receiving import Received

log = structlog.get_logger(__name__)

# A mail that many agents are told of is kept in the outbox once for each of them. All its letters together
# carry no more files than this many full ones (our choice): the more readers, the less each of them.
FULL_LETTERS = 3


class NotTaken(Exception):
    """The files of this mail are needed and were not taken out of it."""

    def __init__(self, inbox_id: int) -> None:
        super().__init__(f"the files of mail {inbox_id} are needed")
        self.inbox_id = inbox_id


@dataclass(frozen=True, kw_only=True)
class TakenFile:
    """A file of a mail. `enclosure` is None for one that does harm, does not fit, or could not be taken out.

    `shown`: the HTML of the mail shows it in its place. `lost`: it was asked for and did not come out.
    """

    attachment: Attachment
    enclosure: Enclosure | None = None
    harm: str = ""
    shown: bool = False
    lost: bool = False

    @property
    def name(self) -> str:
        return self.attachment.name

    @property
    def size(self) -> int:
        return self.attachment.size


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    """A file as a letter to an agent names it."""

    name: str
    size: int
    state: FileState


class Files:
    """The files of the few mails that one reception needs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taken: dict[int, tuple[TakenFile, ...]] = {}

    def of(self, inbox_id: int, attachments: Sequence[Attachment]) -> tuple[TakenFile, ...]:
        """Return the files of a mail with these attachments. Raises NotTaken."""
        if not attachments:
            return ()
        if inbox_id not in self._taken:
            raise NotTaken(inbox_id)
        return self._taken[inbox_id]

    def foresee(self, received: Received, message: Message, verdict: Verdict) -> None:
        """Take out what the reception of this mail will most likely ask for."""
        if not message.attachments or not self._desk.people.agents or received.id in self._taken:
            return
        desk = self._desk.config.desk
        if verdict.kind is Kind.AGENT:
            self._take(received.id, received.raw_sha256, message.attachments, desk.customer_files)
        elif (verdict.is_complaint or verdict.kind is Kind.OUTSIDE) and not received.silent:
            self._take(received.id, received.raw_sha256, message.attachments, desk.agent_files)

    def take(self, inbox_id: int, received: Received, message: Message) -> None:
        """Take out the files of a mail: the one that is being received, or an earlier one."""
        desk = self._desk.config.desk
        room = max(desk.customer_files, desk.agent_files)
        if inbox_id == received.id:
            self._take(inbox_id, received.raw_sha256, message.attachments, room)
            return
        with self._desk.database.reading() as session:
            earlier = originals.original(session, inbox_id)
        if earlier is None:
            self._taken[inbox_id] = ()
        else:
            self._take(inbox_id, earlier.raw_sha256, earlier.attachments, room)

    def _take(self, inbox_id: int, raw_sha256: str, attachments: Sequence[Attachment], room: int) -> None:
        """Open the mail again in the cage. A fault there costs the files, not the mail."""
        asked = []
        for attachment in attachments:
            wanted = not _harm(attachment) and attachment.size <= room
            room -= attachment.size if wanted else 0
            asked.append((attachment, wanted))
        if not any(wanted or attachment.content_id for attachment, wanted in asked):
            self._taken[inbox_id] = tuple(
                TakenFile(attachment=attachment, harm=_harm(attachment)) for attachment in attachments
            )
            return
        try:
            with self._desk.database.reading() as session:
                raw = journal.raw_of(session, raw_sha256)
            found = self._desk.cage.extract(raw, asked)
        except (ParseError, DatabaseError) as error:
            log.warning("files cannot be taken out", mail=inbox_id, error=type(error).__name__)
            self._taken[inbox_id] = tuple(
                TakenFile(attachment=attachment, harm=_harm(attachment), lost=True)
                for attachment in attachments
            )
            return
        self._taken[inbox_id] = tuple(
            TakenFile(
                attachment=attachment,
                enclosure=_enclosure(attachment, extract.data) if extract.data is not None else None,
                harm=_harm(attachment) or harm_again(extract.harm),
                shown=extract.shown,
                lost=wanted and extract.data is None,
            )
            for (attachment, wanted), extract in zip(asked, found, strict=True)
        )


def for_agents(
    files: Iterable[TakenFile], limit: int, readers: int
) -> tuple[tuple[ListedFile, ...], tuple[Enclosure, ...]]:
    """Return the files of a customer's mail as each of its letters to agents names them, and those enclosed.

    In order, each that still fits: a small picture behind a long film goes along.
    """
    room = limit if readers <= FULL_LETTERS else limit * FULL_LETTERS // readers
    listed, enclosed = [], []
    for file in files:
        state = _state(file, room, limit)
        if state is FileState.ATTACHED and file.enclosure is not None:
            room -= file.size
            enclosed.append(file.enclosure)
        listed.append(ListedFile(name=file.name, size=file.size, state=state))
    return tuple(listed), tuple(enclosed)


def _state(file: TakenFile, room: int, limit: int) -> FileState:
    if file.harm:
        return FileState.BLOCKED
    if file.lost or not limit:
        return FileState.KEPT
    return FileState.ATTACHED if file.enclosure is not None and file.size <= room else FileState.TOO_LARGE


def _enclosure(attachment: Attachment, data: bytes) -> Enclosure:
    kind = enclosable_type(attachment.content_type)
    enclosure = Enclosure(name=attachment.name, content_type=kind, data=data)
    _ = enclosure.encoded  # now, while no writer waits for us
    return enclosure


def _harm(attachment: Attachment) -> str:
    return harm_of_kind(attachment.name, attachment.content_type)
