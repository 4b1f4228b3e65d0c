"""What lies in a file or folder of mail? Journals it silently: cases are opened, nobody is written to.

An mbox file, a Maildir, a folder of .eml files or one such file. The transport key is made from the path
and the bytes, so an import that was stopped, or is run again after more mail has come, takes only what
is new. The files are only read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import structlog

from mailproc.desk import Desk
from mailproc.errors import MailprocError
from mailproc.inbound.headers import HEADER_LIMIT, decode_bytes, header_block, split_fields, unfold
from mailproc.inbound.mailboxes import read_mailboxes
from mailproc.inbound.parse import read_message_ids
from mailproc.mail import address_key
from mailproc.store import journal

log = structlog.get_logger(__name__)

# As for fetching: one commit for so many mails or bytes.
BATCH_MAILS = 50
BATCH_BYTES = 8_000_000

# Of a larger mail only the header is taken, as from a mailbox with the default size limit.
SIZE_LIMIT = 40_000_000

_HEADER_KEPT = 1024 * 1024

# A line that separates two mails of an mbox: `From ann@example.com Sun Nov 22 09:15:00 2026`. The date is
# asked for because a customer's sentence may begin with the word From.
_SEPARATOR = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}|\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun"
    rb"|Jul|Aug|Sep|Oct|Nov|Dec)) "
)
_SEPARATOR_DATE = re.compile(
    r"(\w{3}) +(\d{1,2}) +(\d\d:\d\d(?::\d\d)?)(?: +([+-]\d{4}|[A-Z]{2,5}))? +(\d{4})(?: +([+-]\d{4}))?"
)
_QUOTED_FROM = re.compile(rb">+From ")


class Kind(StrEnum):
    """What a path holds."""

    MBOX = "mbox"
    MAILDIR = "Maildir"
    FOLDER = "folder of .eml files"
    SINGLE = "one mail"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One mail of a file: its bytes, or only its header when it is too large, and when it was stored."""

    raw: bytes
    size: int
    sha256: str
    complete: bool
    stored_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What of an import the desk had sent itself: `everything`, or mail from these addresses, as keys.

    What comes from an address of the settings or of an agent is known without it.
    """

    everything: bool = False
    by: frozenset[str] = frozenset()

    def holds(self, found: Found) -> bool:
        return self.everything or any(address_key(email) in self.by for email in self._authors(found))

    def _authors(self, found: Found) -> list[str]:
        if not self.by:
            return []
        fields = split_fields(header_block(found.raw[:HEADER_LIMIT]))
        value = next((value for name, value in fields if name == "from"), b"")
        return [address.email for address in read_mailboxes(decode_bytes(unfold(value)))]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did: mails seen, and those that were not journaled before."""

    seen: int
    new: int
    finished: bool


def kind_of(path: Path) -> Kind:
    """Say what lies at a path; raises MailprocError when it is nothing that can be imported."""
    if path.is_dir():
        if (path / "cur").is_dir() or (path / "new").is_dir():
            return Kind.MAILDIR
        if next(_eml_files(path), None) is not None:
            return Kind.FOLDER
        raise MailprocError(
            f"{path}: neither a Maildir nor a folder with .eml files in it; name another path"
        )
    if not path.is_file():
        raise MailprocError(f"{path}: there is no such file or folder; check the path")
    with path.open("rb") as stream:
        start = stream.readline(1000)
    if start.startswith(b"From "):
        return Kind.MBOX
    if header_block(start):
        return Kind.SINGLE
    raise MailprocError(f"{path}: neither an mbox file nor a mail (it begins with no header line)")


def mails_at(path: Path) -> Iterator[Found]:
    """Yield every mail of a path in a stable order, one at a time. Nothing is changed."""
    match kind_of(path):
        case Kind.MBOX:
            yield from _mbox(path)
        case Kind.MAILDIR:
            files = [file for folder in ("cur", "new") for file in sorted((path / folder).glob("*"))]
            yield from (_file(file) for file in files if file.is_file())
        case Kind.FOLDER:
            yield from (_file(file) for file in sorted(_eml_files(path)))
        case Kind.SINGLE:
            yield _file(path)


def import_mail(
    desk: Desk,
    path: Path,
    *,
    mailbox: str = "import",
    sent: Sent = Sent(),
    progress: Callable[[int], None] = lambda seen: None,
) -> Imported:
    """Journal every mail of a path that is not journaled from there yet; `progress` is told of each batch.

    Stops between two batches when the desk does; `finished` is False then.
    """
    path = path.absolute()
    folder = folder_of(path)
    seen = new = 0
    for batch in _batches(mails_at(path)):
        if desk.stopping.is_set():
            return Imported(seen=seen, new=new, finished=False)
        now = desk.clock()
        with desk.database.transaction() as session:
            arrivals = [_arrival(found, now, sent) for found in batch]
            count = journal.record(session, mailbox, folder, 0, arrivals, now)
        seen, new = seen + len(batch), new + count
        log.info("journaled", mailbox=mailbox, mails=count)
        progress(seen)
    return Imported(seen=seen, new=new, finished=not desk.stopping.is_set())


def folder_of(path: Path) -> str:
    """The folder under which mail of a path is journaled: its name, and which of that name it is."""
    return f"{path.name}-{hashlib.sha256(str(path).encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def received_at(found: Found, now: datetime) -> datetime:
    """When a mail came: by its topmost Received, else its Date, else its file; never in the future."""
    fields = split_fields(header_block(found.raw[:HEADER_LIMIT]))
    for name in ("received", "date"):
        value = next((value for key, value in fields if key == name), None)
        if value is not None:
            text = decode_bytes(unfold(value))
            date = _date(text.rpartition(";")[2] if name == "received" else text)
            if date is not None:
                return min(date, now)
    return min(found.stored_at, now)


def _arrival(found: Found, now: datetime, sent: Sent) -> journal.Arrival:
    return journal.Arrival(
        uid=int(found.sha256[:16], 16) >> 1,  # 63 bits: what a signed column of the database holds
        raw=found.raw,
        received_at=received_at(found, now),
        size=found.size,
        complete=found.complete,
        silent=True,
        sent=sent.holds(found),
        message_id=read_message_ids(found.raw)[0],
    )


def _batches(mails: Iterable[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for found in mails:
        if batch and (len(batch) >= BATCH_MAILS or size + len(found.raw) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(found)
        size += len(found.raw)
    if batch:
        yield batch


def _eml_files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.suffix.lower() == ".eml" and file.is_file())


def _file(file: Path) -> Found:
    builder = _Builder(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    with file.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            builder.add(chunk)
    return builder.found()


def _mbox(file: Path) -> Iterator[Found]:
    """Split an mbox file: a separator stands at the start or after an empty line.

    One `>` is taken off lines such as `>From ` (the variants called mboxo and mboxrd, which is nearly
    every mbox there is). The empty line before a separator is no part of the mail.
    """
    mtime = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    builder: _Builder | None = None
    empty = b""  # an empty line that is kept back: it may belong to the next separator
    with file.open("rb") as stream:
        for line in stream:
            if builder is None or (empty and _SEPARATOR.match(line)):
                if builder is not None:
                    yield builder.found()
                builder, empty = _Builder(_separator_date(line) or mtime), b""
                continue
            builder.add(empty)
            empty = b""
            if line in (b"\n", b"\r\n"):
                empty = line
            else:
                builder.add(line[1:] if _QUOTED_FROM.match(line) else line)
    if builder is not None:
        yield builder.found()


class _Builder:
    """One mail while it is read: its digest is of all bytes, kept are those that may be kept."""

    def __init__(self, stored_at: datetime) -> None:
        self._stored_at = stored_at
        self._hash = hashlib.sha256()
        self._kept = bytearray()
        self._size = 0

    def add(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        if len(self._kept) < SIZE_LIMIT:
            self._kept += data

    def found(self) -> Found:
        complete = self._size <= SIZE_LIMIT
        raw = bytes(self._kept) if complete else header_block(bytes(self._kept[:_HEADER_KEPT])) + b"\r\n"
        return Found(
            raw=raw,
            size=self._size,
            sha256=self._hash.hexdigest(),
            complete=complete,
            stored_at=self._stored_at,
        )


def _separator_date(line: bytes) -> datetime | None:
    match = _SEPARATOR_DATE.search(line.decode("ascii", "replace"))
    if match is None:
        return None
    month, day, clock, zone, year, offset = match.groups()
    return _date(f"{day} {month} {year} {clock} {offset or zone or '+0000'}")


def _date(text: str) -> datetime | None:
    """Return a date of a header in UTC; None for what is none, or not of the time of mail."""
    try:
        date = parsedate_to_datetime(text.strip())
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.year >= 1970 else None
