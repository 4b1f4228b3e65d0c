"""Who does a mail say it is from and to, and when does it say it was written?

mail-parser reads the address and date fields; this is the one module that knows it. It is given the text
of these fields alone, their raw 8-bit bytes already decoded, because it would drop such bytes, and because
nothing else a stranger writes needs to reach it. So its two readers are asked and not its whole parser,
which takes ten times as long.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mailparser.dates import parse_mail_date
from mailparser.utils import get_addresses

from mailproc.inbound.headers import VALUE_LIMIT, decode_bytes, unfold
from mailproc.inbound.mailboxes import clean_address, read_mailboxes
from mailproc.mail import Address

_ADDRESS_FIELDS = ("from", "reply-to", "to", "cc")

# The library logs what it cannot decode at ERROR, with the customer's words in it.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correspondents:
    """The people and the date of a header. None of it proves anything."""

    from_: tuple[Address, ...] = ()
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    defects: tuple[str, ...] = ()


def read_correspondents(
    fields: Sequence[tuple[str, bytes]], *, limit: int, charset: str | None = None
) -> Correspondents:
    """Read the address fields and the date; of a field given twice the first counts.

    At most `limit` addresses of a field are kept. Never raises: what mail-parser cannot read is read
    again by `read_mailboxes`.
    """
    first = dict(reversed(fields))
    texts = {
        name: decode_bytes(unfold(first[name][:VALUE_LIMIT]), charset)
        for name in (*_ADDRESS_FIELDS, "sender", "date")
        if name in first
    }
    defects: list[str] = []
    people: dict[str, tuple[Address, ...]] = {}
    for name, text in texts.items():
        if name == "date":
            continue
        pairs, fault = _ask_mail_parser(text)
        defects += fault
        addresses = [clean_address(*pair) for pair in pairs] or list(read_mailboxes(text))
        if len(addresses) > limit:
            defects.append(f"{name} has {len(addresses)} addresses, {limit} kept")
        people[name] = tuple(addresses[:limit])
    date = _read_date(texts["date"], defects) if "date" in texts else None
    if "date" in texts and date is None:
        defects.append("date unreadable")
    return Correspondents(
        from_=people.get("from", ()),
        sender=next(iter(people.get("sender", ())), None),
        reply_to=people.get("reply-to", ()),
        to=people.get("to", ()),
        cc=people.get("cc", ()),
        date=date,
        defects=tuple(defects),
    )


@lru_cache(maxsize=64)  # most mail is to the desk itself
def _ask_mail_parser(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the names with their addresses, and what went wrong."""
    try:
        found = get_addresses(text, decode_names=True)
    # Hostile headers have made the library raise AttributeError, ValueError and its own errors. A
    # mail must not be lost to a To field.
    except Exception as error:
        return (), (f"mail-parser failed on the header: {type(error).__name__}",)
    return tuple(
        pair for pair in found if pair != ("", "")
    ), ()  # with which it stands for a field without any


def _read_date(text: str, defects: list[str]) -> datetime | None:
    try:
        date: datetime | None = parse_mail_date(text).value
    except Exception as error:  # as above
        defects.append(f"mail-parser failed on the date: {type(error).__name__}")
        return None
    return date
