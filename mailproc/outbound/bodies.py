"""How do the words of a letter travel: as which MIME parts, in which encoding?

Everything is ASCII on the wire, in lines of at most 76 octets that end in CRLF. So no relay has a reason
to rewrite it, a signature over it survives, and a lone CR or LF, by which a second mail could be smuggled
past the end of the first, cannot occur. An enclosed message is the exception: it may not be encoded (RFC 2046
section 5.2.1), so it travels as it is when it keeps these rules itself, and as a mere file when it does not.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from mailproc.errors import LetterError
from mailproc.outbound.headers import LINE_LIMIT, Header, structured

_COLUMNS = 76  # RFC 2045 section 6.8
MESSAGE_TYPE = "message/rfc822"
FILE_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A file that goes out with a letter. `name` may be in any script; it is shown, never used as a path."""

    name: str
    content_type: str
    data: bytes = field(repr=False)

    @cached_property
    def encoded(self) -> bytes:
        """The bytes in base64, made once, however many letters carry them."""
        return _base64_lines(self.data)


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it will stand in the mail: its headers and its encoded bytes."""

    headers: tuple[Header, ...]
    body: bytes = field(repr=False)


def wire_text(text: str) -> bytes:
    """Return text as it is meant to arrive: UTF-8, every line break, of whatever kind, as CRLF."""
    if "\r" in text:  # which is found sooner than nothing is replaced
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return text.encode().replace(b"\n", b"\r\n")
    except UnicodeEncodeError as error:
        raise LetterError(
            f"the text contains half of a surrogate pair at {error.start}; no charset has it"
        ) from None


def text_part(data: bytes, subtype: str) -> Part:
    """A part of text, as `wire_text` made it, in quoted-printable or base64, whichever is shorter."""
    encoding, body = "quoted-printable", b"\r\n".join(map(_quoted_printable, data.split(b"\r\n")))
    if len(body) > len(data) * 4 / 3 * 78 / 76:
        encoding, body = "base64", _base64_lines(data)
    return Part(
        (
            structured("Content-Type", f"text/{subtype}", {"charset": "utf-8"}),
            structured("Content-Transfer-Encoding", encoding),
        ),
        body,
    )


def enclosed_message(name: str, raw: bytes) -> Enclosure:
    """A mail as an enclosure, byte for byte: whoever opens it finds what was sent to us and nothing else.

    What is not ASCII in lines that end in CRLF would be changed on its way as a message; it becomes a file.
    """
    kind = MESSAGE_TYPE if _travels_as_it_is(raw) else FILE_TYPE
    return Enclosure(name=name, content_type=kind, data=raw)


def _travels_as_it_is(raw: bytes) -> bool:
    return (
        raw.isascii()
        and b"\0" not in raw
        and raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
        and raw.endswith(b"\r\n")
        and max(map(len, raw.split(b"\r\n"))) <= LINE_LIMIT
    )


def enclosable_type(content_type: str) -> str:
    """Return a type under which a file can be enclosed: the one it came with, unless that is odd."""
    return content_type if _may_be_encoded(content_type) else FILE_TYPE


def _may_be_encoded(content_type: str) -> bool:
    """Whether a type may be base64: composite ones may not (RFC 2045 section 6.4)."""
    return bool(_TYPE.fullmatch(content_type)) and not content_type.startswith(("message/", "multipart/"))


def file_part(enclosure: Enclosure) -> Part:
    """A part with a file. Refuses composite types, but for a message that travels as it is."""
    kind = enclosure.content_type
    if kind == MESSAGE_TYPE and _travels_as_it_is(enclosure.data):
        return Part(
            (
                structured("Content-Type", kind),
                structured("Content-Disposition", "attachment", {"filename": enclosure.name}),
                structured("Content-Transfer-Encoding", "7bit"),
            ),
            enclosure.data,
        )
    if not _may_be_encoded(kind):
        raise LetterError(
            f"enclosure {enclosure.name!r}: {kind!r} cannot be enclosed; use application/octet-stream"
        )
    return Part(
        (
            structured("Content-Type", kind),
            structured("Content-Disposition", "attachment", {"filename": enclosure.name}),
            structured("Content-Transfer-Encoding", "base64"),
        ),
        enclosure.encoded,
    )


def multipart(subtype: str, parts: Sequence[Part], boundary: str) -> Part:
    """Parts between boundaries.

    The boundary begins with `=_`, which neither quoted-printable nor base64 can contain; it needs no
    search and may be derived from the mail's id, so that the same letter has the same bytes.
    """
    mark = f"=_{boundary}"
    lines = []
    for part in parts:
        head = "\r\n".join(header.lines for header in part.headers).encode("ascii")
        lines.append(b"--%b\r\n%b\r\n\r\n%b" % (mark.encode("ascii"), head, part.body))
    lines.append(b"--%b--\r\n" % mark.encode("ascii"))
    return Part(
        (structured("Content-Type", f"multipart/{subtype}", {"boundary": mark}),), b"\r\n".join(lines)
    )


def _quoted_printable(line: bytes) -> bytes:
    # What is long was written by somebody, and will not be written again.
    return _remembered(line) if len(line) <= _LONGEST_REMEMBERED else _encoded_line(line)


def _encoded_line(line: bytes) -> bytes:
    return binascii.b2a_qp(line, istext=True).replace(b"=\n", b"=\r\n")


# Most lines of a letter stand in its template, and so in many letters.
_LONGEST_REMEMBERED = 1000
_remembered = lru_cache(maxsize=4096)(_encoded_line)


def _base64_lines(data: bytes) -> bytes:
    # Three times as fast as the library's line by line.
    text = binascii.b2a_base64(data, newline=False)
    return b"".join(text[at : at + _COLUMNS] + b"\r\n" for at in range(0, len(text), _COLUMNS))
