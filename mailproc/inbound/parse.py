"""What does this mail say: from raw bytes to a `Message`.

The order of work: guards on the header, the tree of parts (guarded in turn), header values, text,
attachments, report, language. Each step stands in a module of its own; this one puts them together.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from mailproc.errors import TooComplex
from mailproc.inbound.addresses import read_correspondents
from mailproc.inbound.attachments import list_attachments, read_attachment
from mailproc.inbound.body import Body, read_body
from mailproc.inbound.envelope import content_key, ids_of, message_id_of, read_message_ids
from mailproc.inbound.guards import Limits, check_header
from mailproc.inbound.headers import decode_field, decode_value, header_block, split_fields
from mailproc.inbound.language import detect_language
from mailproc.inbound.report import read_report
from mailproc.inbound.skeleton import skeleton
from mailproc.inbound.smime import signed_content
from mailproc.inbound.structure import Part, read_parts
from mailproc.mail import Enclosed, Message

__all__ = ["Limits", "content_key", "parse", "read_attachment", "read_message_ids", "skeleton"]

# Fields of which a mail has one (RFC 5322 section 3.6). Of several the first counts.
_SINGLE = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "date",
)

_DEFECTS_KEPT = 50
_ENCLOSED_LEVELS = 3  # how far we look for words inside a mail that only encloses another

_PGP_MESSAGE = re.compile(r"(?m)^-----BEGIN PGP MESSAGE-----")
_MAILS = {"message/rfc822", "message/global"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_PKCS7 = {"application/pkcs7-mime", "application/x-pkcs7-mime"}


def parse(raw: bytes, *, languages: Sequence[str] = (), limits: Limits = Limits()) -> Message:  # noqa: B008
    """Read a mail. `languages` are the configured ones, among which the language of the text is chosen.

    Raises TooComplex when a guard refuses the mail, and nothing else, whatever the bytes: what is
    damaged is read as far as it goes, with the damage named in `defects`.
    """
    block = header_block(raw)
    check_header(block, limits)
    fields = split_fields(block)
    first = dict(reversed(fields))
    parts = read_parts(raw, limits)
    charset = next((part.charset for part in parts if part.charset), None)
    people = read_correspondents(fields, limit=limits.addresses, charset=charset)
    message_id = message_id_of(fields)
    body = read_body(parts, limits)
    report = read_report(parts)
    if not body.text and report is None:
        body = _enclosed_body(parts, limits) or body
    enclosed = _enclosed_mail(parts, limits) if report is None else None
    headers = tuple(
        (name, decode_field(name, value[: limits.value_bytes], charset)) for name, value in fields
    )
    return Message(
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        content_key=content_key(message_id, raw, fields),
        size=len(raw),
        headers=headers,
        message_id=message_id,
        in_reply_to=ids_of(fields, "in-reply-to"),
        references=ids_of(fields, "references"),
        subject=decode_value(first.get("subject", b""), charset),
        from_=people.from_,
        sender=people.sender,
        reply_to=people.reply_to,
        to=people.to,
        cc=people.cc,
        date=people.date,
        content_type=parts[0].content_type,
        text=body.text,
        text_from_html=body.from_html,
        language=detect_language(
            body.text, languages, declared=decode_value(first.get("content-language", b""))
        ),
        attachments=list_attachments(parts, body),
        report=report,
        enclosed=enclosed,
        defects=_defects(fields, people.defects, parts, body, limits),
    )


def _enclosed_body(parts: Sequence[Part], limits: Limits) -> Body | None:
    """Return the text of the first enclosed message that has words, for a mail that has none itself.

    Some people forward a complaint as an attachment and write nothing; some programs wrap the whole
    mail in its signature. The attachments of the enclosed message stay inside it.
    """
    for _ in range(_ENCLOSED_LEVELS):
        enclosed = next((content for part in parts if (content := _enclosed(part)) is not None), None)
        if enclosed is None:
            return None
        try:
            parts = read_parts(enclosed.lstrip(b"\r\n"), limits)
            body = read_body(parts, limits)
        except TooComplex:
            return None
        if body.text:
            return Body(
                text=body.text,
                from_html=body.from_html,
                parts=frozenset(),
                defects=("the text is that of the enclosed message", *body.defects),
            )
    return None


def _enclosed_mail(parts: Sequence[Part], limits: Limits) -> Enclosed | None:
    """Return the first mail that is attached whole, as far as a complaint that was forwarded needs it."""
    raw = next((part.payload() for part in parts if part.content_type in _MAILS), None)
    if raw is None:
        return None
    raw = raw.lstrip(b"\r\n")
    try:
        block = header_block(raw)
        check_header(block, limits)
        inner = read_parts(raw, limits)
        body = read_body(inner, limits)
    except TooComplex:
        return None
    fields = split_fields(block)
    charset = next((part.charset for part in inner if part.charset), None)
    people = read_correspondents(fields, limit=limits.addresses, charset=charset)
    return Enclosed(
        message_id=message_id_of(fields),
        subject=decode_value(dict(reversed(fields)).get("subject", b""), charset),
        from_=people.from_,
        date=people.date,
        text=body.text,
    )


def _enclosed(part: Part) -> bytes | None:
    if part.content_type in _MAILS:
        return part.payload()
    return signed_content(part.payload()) if part.content_type in _PKCS7 else None


def _defects(
    fields: Sequence[tuple[str, bytes]],
    people: Sequence[str],
    parts: Sequence[Part],
    body: Body,
    limits: Limits,
) -> tuple[str, ...]:
    found: list[str] = []
    if not fields:
        found.append("no header")
    counts = Counter(name for name, _ in fields)
    found += [f"{name} given {counts[name]} times, the first counts" for name in _SINGLE if counts[name] > 1]
    found += [
        f"{name} has {len(value)} bytes, cut at {limits.value_bytes}"
        for name, value in fields
        if len(value) > limits.value_bytes
    ]
    if any(_is_encrypted(part) for part in parts) or _PGP_MESSAGE.search(body.text):
        found.append("encrypted")
    if any(part.content_type in _TNEF for part in parts):
        found.append("tnef")
    found += people
    found += body.defects
    found += [f"part {part.number}: {defect}" for part in parts for defect in part.defects]
    return tuple(dict.fromkeys(found))[:_DEFECTS_KEPT]


def _is_encrypted(part: Part) -> bool:
    if part.content_type == "multipart/encrypted":
        return True
    if part.content_type not in _PKCS7:
        return False
    # The smime-type is often missing, so the content decides.
    kind = part.parameters.get("smime-type", "").lower()
    return kind not in ("compressed-data", "certs-only") and signed_content(part.payload()) is None
