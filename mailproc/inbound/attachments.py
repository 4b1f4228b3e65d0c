"""Which files came with a mail, under which safe names, and where are their bytes?"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes

from mailproc.inbound.body import Body, is_text
from mailproc.inbound.guards import Limits
from mailproc.inbound.harmful import harm_inside
from mailproc.inbound.headers import decode_value, header_block, split_fields
from mailproc.inbound.structure import Part, read_parts
from mailproc.inbound.uuencode import find_uuencoded
from mailproc.mail import Attachment, Extract

NAME_LIMIT = 120  # characters

# For parts without a name. A table of our own: the one of the operating system differs from machine to
# machine.
_EXTENSIONS = {
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/ms-tnef": "dat",
    "application/vnd.ms-tnef": "dat",
    "application/rtf": "rtf",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/global": "eml",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
}

# The machine-readable half of a report: it is read into `Message.report`, not offered as a file.
_MACHINE_TYPES = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/global-disposition-notification",
    "message/feedback-report",
}

_CID = re.compile(rb"(?i)\bcid:([^\s\"'<>()\\]{1,998})")

_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)
# Characters that Windows refuses in a name; a colon would open an alternate data stream there.
_REFUSED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def safe_name(name: str) -> str:
    """Return a file name that is safe to show and to write, or '' when nothing of it is left.

    Normalised (NFKC), without control, format and bidirectional characters, the last component
    after either kind of slash, no dots or spaces at its ends, not a device name of Windows, at most
    120 characters with the extension kept. Applying it again changes nothing, so what was checked is
    what is used.
    """
    while True:
        cleaned = _clean_once(name)
        # Each step can expose work for an earlier one: a slash born of NFKC, a dot left by the cut.
        # None makes the name longer except the guard of device names, which then holds.
        if cleaned == name:
            return cleaned
        name = cleaned


def _clean_once(name: str) -> str:
    name = unicodedata.normalize("NFKC", name[: 8 * NAME_LIMIT])
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    name = re.split(r"[/\\⁄∕⧵]", name)[-1].translate(_REFUSED)
    name = " ".join(name.split()).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if _RESERVED.fullmatch(name.partition(".")[0].strip()):
        return f"_{name}"[:NAME_LIMIT]
    if len(name) <= NAME_LIMIT:
        return name
    if dot and len(extension) <= 20:
        return stem[: NAME_LIMIT - 1 - len(extension)].strip(". ") + "." + extension
    return name[:NAME_LIMIT].strip(". ")


def list_attachments(parts: Sequence[Part], body: Body) -> tuple[Attachment, ...]:
    """Return every part that is a file, in order, and every file pasted into the text."""
    found = []
    pasted = {number: [block for n, block in body.pasted if n == number] for number, _ in body.pasted}
    for part in parts:
        for block in pasted.get(part.number, []):
            name = safe_name(block.name.decode("utf-8", "replace"))
            found.append(_attachment(part, name or f"part-{part.number}.bin", block.content, pasted=True))
        if part.number in body.parts or not _is_file(part):
            continue
        content = part.payload()
        found.append(_attachment(part, safe_name(part.name) or _unnamed(part), content))
    return tuple(found)


def read_attachment(raw: bytes, attachment: Attachment, limits: Limits | None = None) -> bytes | None:
    """Return the bytes of an attachment out of the raw mail, or None when they are not there.

    None means that this is not the mail the attachment was listed from: the digest decides.
    """
    for part in read_parts(raw, limits or Limits()):
        if part.number == attachment.part:
            return _content(part, attachment.sha256)
    return None


def extract_files(
    raw: bytes, asked: Sequence[tuple[Attachment, bool]], limits: Limits | None = None
) -> list[Extract]:
    """Return what the mail holds of each attachment, in order; the bytes of those that are wanted.

    Raises TooComplex as `parse` does.
    """
    parts = {part.number: part for part in read_parts(raw, limits or Limits())}
    shown = _ids_shown(parts.values())
    found = []
    for attachment, wanted in asked:
        in_place = bool(attachment.content_id) and attachment.content_id.encode() in shown
        part = parts.get(attachment.part)
        data = _content(part, attachment.sha256) if wanted and part is not None else None
        harm = str(harm_inside(data)) if data is not None else ""
        found.append(Extract(shown=in_place, harm=harm, data=None if harm else data))
    return found


def _content(part: Part, sha256: str) -> bytes | None:
    """Return the bytes with this digest: those of the part, or of a file pasted into it."""
    content = part.payload()
    for candidate in (content, *(block.content for block in find_uuencoded(content))):
        if hashlib.sha256(candidate).hexdigest() == sha256:
            return candidate
    return None


def _ids_shown(parts: Iterable[Part]) -> set[bytes]:
    """Return the Content-IDs that some HTML of the mail refers to (RFC 2392)."""
    pages = [part.payload() for part in parts if part.content_type == "text/html"]
    return {unquote_to_bytes(id) for page in pages for id in _CID.findall(page)}


def _is_file(part: Part) -> bool:
    if part.is_multipart or part.content_type in _MACHINE_TYPES:
        return False
    # Text without a name and without "attachment" is an unchosen alternative or a lead-in, no file.
    return not is_text(part)


def _unnamed(part: Part) -> str:
    if part.content_type in ("message/rfc822", "message/global"):
        # The subject of an enclosed message is the name people look for.
        header = split_fields(header_block(part.payload()))
        subject = next((decode_value(value) for key, value in header if key == "subject"), "")
        if stem := safe_name(re.sub(r"[/\\⁄∕⧵]", "_", subject))[:80].strip(". "):
            return safe_name(f"{stem}.eml")
    return f"part-{part.number}.{_EXTENSIONS.get(part.content_type, 'bin')}"


def _attachment(part: Part, name: str, content: bytes, *, pasted: bool = False) -> Attachment:
    return Attachment(
        name=name,
        content_type="application/octet-stream" if pasted else part.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        part=part.number,
        content_id="" if pasted else part.content_id,
        inline=not pasted
        and (part.disposition == "inline" or bool(part.content_id))
        and part.disposition != "attachment",
    )
