"""Which mail is this, before it is parsed: its Message-IDs and the key of its content.

Both are cheap, never raise, and are all that fetching needs to know about a mail.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from mailproc.inbound.headers import (
    HEADER_LIMIT,
    VALUE_LIMIT,
    decode_bytes,
    header_block,
    one_line,
    split_fields,
    unfold,
)

_ID = re.compile(r"<([^<>]{1,998})>")
_IDS_KEPT = 200
_TAIL = 64  # bytes at the end of a body in which empty lines do not count

# Fields that a route adds or changes on the way. The same mail by another route (an alias, a copy, a
# forwarding rule) differs in these and in nothing else.
_TRACE = frozenset(
    {
        "apparently-to",
        "authentication-results",
        "content-length",
        "delivered-to",
        "dkim-filter",
        "dkim-signature",
        "domainkey-signature",
        "envelope-to",
        "lines",
        "received",
        "received-spf",
        "return-path",
        "status",
        "x-apparently-to",
        "x-authentication-results",
        "x-delivered-to",
        "x-envelope-from",
        "x-envelope-to",
        "x-forwarded-encrypted",
        "x-forwarded-for",
        "x-forwarded-to",
        "x-google-dkim-signature",
        "x-google-smtp-source",
        "x-greylist",
        "x-keywords",
        "x-loop",
        "x-original-to",
        "x-originating-ip",
        "x-originatororg",
        "x-received",
        "x-resolved-to",
        "x-sieve",
        "x-status",
        "x-uid",
        "x-uidl",
    }
)
_TRACE_PREFIXES = (
    "arc-",
    "resent-",
    "x-amavis",
    "x-antivirus",
    "x-barracuda",
    "x-eopattributedmessage",
    "x-forefront",
    "x-getmail",
    "x-gm-",
    "x-ironport",
    "x-microsoft-antispam",
    "x-mimecast",
    "x-mozilla-",
    "x-ms-exchange-",
    "x-ms-publictraffictype",
    "x-ms-traffictypediagnostic",
    "x-ms-office365-filtering",
    "x-pm-",
    "x-proofpoint",
    "x-rspamd",
    "x-spam",
    "x-virus",
    "x-ymail",
)


def read_message_ids(raw_header: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Return the Message-ID, and the ids of In-Reply-To then References, each with angle brackets."""
    fields = split_fields(header_block(raw_header[:HEADER_LIMIT]))
    return message_id_of(fields), (
        *dict.fromkeys([*ids_of(fields, "in-reply-to"), *ids_of(fields, "references")]),
    )


def message_id_of(fields: Iterable[tuple[str, bytes]]) -> str | None:
    """Return the first Message-ID, or None when the mail has none that is one."""
    for name, value in fields:
        if name == "message-id":
            found = find_ids(value)
            if found:
                return found[0]
            bare = _id_text(value)
            # Some programs leave the brackets out.
            return f"<{bare}>" if "@" in bare and not set(bare) & set(" <>") else None
    return None


def ids_of(fields: Iterable[tuple[str, bytes]], name: str) -> tuple[str, ...]:
    """Return the ids in all fields of a name, in order, without repeats.

    Of a References longer than we keep, the first one and the last ones stay: these tell the thread.
    """
    found = tuple(dict.fromkeys(id for key, value in fields if key == name for id in find_ids(value)))
    return found if len(found) <= _IDS_KEPT else (found[0], *found[-_IDS_KEPT + 1 :])


def find_ids(value: bytes) -> tuple[str, ...]:
    """Return everything between angle brackets; white space inside, left by folding, is removed."""
    ids = ("".join(match[1].split()) for match in _ID.finditer(_id_text(value)))
    return tuple(f"<{id}>" for id in ids if id)


def _id_text(value: bytes) -> str:
    return one_line(decode_bytes(unfold(value[:VALUE_LIMIT])))


def content_key(message_id: str | None, raw: bytes, fields: Iterable[tuple[str, bytes]] | None = None) -> str:
    """Return the key under which a mail is the same mail by whatever route it came.

    `fields` are those of its header, from whoever has split it already.

    SHA-256 over the Message-ID, the header fields that are no trace, and the body. Relays fold fields
    anew, change line ends and add an empty line at the end: none of that counts.
    """
    block = header_block(raw)
    digest = hashlib.sha256((message_id or "").encode("utf-8", "surrogatepass"))
    for name, value in split_fields(block) if fields is None else fields:
        if name not in _TRACE and not name.startswith(_TRACE_PREFIXES):
            digest.update(b"\0%s:%s" % (name.encode("ascii"), b" ".join(value.split())))
    digest.update(b"\0\0")
    # Carriage returns do not count: whether a line ends in one is the business of the route.
    body = raw[len(block) :].replace(b"\r", b"")
    tail = body[-_TAIL:]
    digest.update(memoryview(body)[: len(body) - len(tail) + len(tail.rstrip(b"\n"))])
    return digest.hexdigest()
