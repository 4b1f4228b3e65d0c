"""What can be said about a mail that cannot be parsed, or of which only the header was fetched?

Regular expressions over the header, the standard library and nothing else: it must work where the
parser does not. It never raises, whatever the bytes.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailproc.inbound.envelope import content_key, ids_of, message_id_of
from mailproc.inbound.headers import (
    HEADER_LIMIT,
    VALUE_LIMIT,
    decode_bytes,
    decode_field,
    decode_value,
    header_block,
    split_fields,
    unfold,
)
from mailproc.inbound.mailboxes import read_mailboxes
from mailproc.mail import Address, Message

_FIELDS_KEPT = 1000


def skeleton(raw: bytes) -> Message:
    """Return a message with what the header says, without text or attachments, `complete` False.

    Reads at most the first 256 KiB. Linear in the size of the mail.
    """
    digest = hashlib.sha256(raw).hexdigest()
    try:
        return _read(raw, digest)
    # The last line of defence: what cannot be read at all is still a mail with bytes and a digest.
    except Exception as error:
        return Message(
            raw_sha256=digest,
            content_key=digest,
            size=len(raw),
            defects=(f"header unreadable: {type(error).__name__}",),
            complete=False,
        )


def _read(raw: bytes, digest: str) -> Message:
    fields = split_fields(header_block(raw[:HEADER_LIMIT]))[:_FIELDS_KEPT]
    first = dict(reversed(fields))
    message_id = message_id_of(fields)
    content_type = decode_value(first.get("content-type", b"")).partition(";")[0].strip().lower()
    return Message(
        raw_sha256=digest,
        content_key=content_key(message_id, raw),
        size=len(raw),
        headers=tuple((name, decode_field(name, value)) for name, value in fields),
        message_id=message_id,
        in_reply_to=ids_of(fields, "in-reply-to"),
        references=ids_of(fields, "references"),
        subject=decode_value(first.get("subject", b"")),
        from_=_people(first, "from"),
        sender=next(iter(_people(first, "sender")), None),
        reply_to=_people(first, "reply-to"),
        to=_people(first, "to"),
        cc=_people(first, "cc"),
        date=_date(decode_value(first.get("date", b""))),
        content_type=content_type if re.fullmatch(r"[^\s/]+/[^\s/]+", content_type) else "text/plain",
        defects=("only the header was read",),
        complete=False,
    )


def _people(first: dict[str, bytes], name: str) -> tuple[Address, ...]:
    return read_mailboxes(decode_bytes(unfold(first.get(name, b"")[:VALUE_LIMIT])))


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
