"""What did the IMAP server deliver, and is it whole? The values that the mailbox hands out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

log = logging.getLogger(__name__)

# What one FETCH answer said about one message: item name to value.
Answer = dict[bytes, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderState:
    """What SELECT said. `uidnext` is None where the server does not tell."""

    uidvalidity: int
    uidnext: int | None
    exists: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """A waiting message before its bytes are fetched; the size is the server's word, in bytes."""

    uid: int
    size: int
    internal_date: datetime | None  # when the server received it, UTC; None when it cannot be read


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A message as delivered, or with `header_only` its header; `size` is the whole mail's, in bytes."""

    uid: int
    raw: bytes = field(repr=False)
    internal_date: datetime | None
    size: int
    header_only: bool = False


def description(uid: int, answer: Answer) -> Description | None:
    size = answer.get(b"RFC822.SIZE")
    if not isinstance(size, int):
        return None
    return Description(uid=uid, size=size, internal_date=_date(answer))


def whole(uid: int, answer: Answer, *, header_only: bool = False) -> Fetched | None:
    """Return the message when its body came; None for NIL, a number or an empty body of a mail that has one.

    A size that differs from RFC822.SIZE is noted and believed: Exchange and Gmail count before they
    convert, and the literal's own length has been checked.
    """
    start = b"BODY[HEADER]" if header_only else b"BODY[]"
    raw = next((value for name, value in answer.items() if name.startswith(start)), None)
    size = answer.get(b"RFC822.SIZE")
    if raw is None or (not raw and size != 0):
        return None
    if not isinstance(size, int):
        size = len(raw)
    elif not header_only and size != len(raw):
        log.info("uid %d: the server said %d bytes and delivered %d", uid, size, len(raw))
    return Fetched(uid=uid, raw=raw, internal_date=_date(answer), size=size, header_only=header_only)


def only_literal_bodies(answer: Answer, literals: list[bytes]) -> Answer:
    """Return the answer without bodies that did not come as a literal.

    Mail has line ends, so a true body cannot come in any other form. NIL, a number or the word `None`
    in its place is a server's way to say that it cannot read the message.
    """
    return {
        name: value
        for name, value in answer.items()
        if not name.startswith(b"BODY[") or any(value is literal for literal in literals)
    }


def _date(answer: Answer) -> datetime | None:
    date = answer.get(b"INTERNALDATE")
    try:
        return date.astimezone(UTC) if isinstance(date, datetime) else None
    except OverflowError:  # at the edge of the calendar
        return None
