"""Do the finished bytes say what was meant, and nothing else?

The last look before a mail is queued, taken with other eyes: headers are read by the standard library's
parser, which shares no code with our writer. Whatever a clever value did on its way through templates
and headers, a header too many, a lost recipient or a changed word is found here, and nothing is queued.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import getaddresses
from functools import lru_cache

from mailproc.errors import LetterError
from mailproc.outbound.headers import LINE_LIMIT, Header

_PARSER = HeaderParser(policy=compat32)
# What no reader can take for anything else; the library needs as long for it as for the rest of the header.
_LONE_ADDRESS = re.compile(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
_ENCODING = re.compile(rb"(?:^|\n)Content-Transfer-Encoding: ([\w-]+)")
_BOUNDARY = re.compile(rb'(?:^|\n)Content-Type: multipart/\w+;\s+boundary="([^"]+)"')


def recheck(raw: bytes, headers: Sequence[Header], contents: Sequence[bytes]) -> None:
    """Raise LetterError unless a reader gets exactly these headers, in order, and these contents.

    `contents` are the decoded bytes of the leaf parts in order; line ends of text are CRLF.
    """
    if not raw.isascii() or b"\0" in raw:
        raise LetterError("the mail has bytes that are not ASCII text; nothing was queued")
    lines = raw.split(b"\r\n")
    inside = b"".join(lines)
    if b"\r" in inside or b"\n" in inside or lines[-1]:
        raise LetterError("the mail has a line that does not end in CRLF; nothing was queued")
    if max(map(len, lines)) > LINE_LIMIT:
        raise LetterError(f"the mail has a line of more than {LINE_LIMIT} octets; nothing was queued")
    head, _, body = raw.partition(b"\r\n\r\n")
    found = _PARSER.parsestr(head.decode("ascii")).items()
    if [name for name, _ in found] != [header.name for header in headers]:
        raise LetterError(f"the headers read back as {[name for name, _ in found]}; nothing was queued")
    for header, (name, value) in zip(headers, found, strict=True):
        if not _says(header, value.replace("\r\n ", " ")):
            raise LetterError(
                f"{name} reads back as {value!r}, meant was {header.value!r}; nothing was queued"
            )
    if list(_contents(head, body)) != list(contents):
        raise LetterError("the body does not read back as it was written; nothing was queued")


def _says(header: Header, value: str) -> bool:
    if header.mailbox:
        return _mailboxes(value) == ((header.mailbox.name, header.mailbox.email),)
    return value == header.value or _decoded(value) == header.value


@lru_cache(maxsize=256)  # most letters come from one desk
def _mailboxes(value: str) -> tuple[tuple[str, str], ...]:
    """The structure first, then the encoded words: the order in which a careful reader does it."""
    if _LONE_ADDRESS.fullmatch(value):
        return (("", value[1:-1]),)
    return tuple((_decoded(name), email) for name, email in getaddresses([value]))


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, UnicodeError, LookupError) as error:
        raise LetterError(f"the header value {value!r} cannot be decoded; nothing was queued") from error


def _contents(head: bytes, body: bytes) -> Iterator[bytes]:
    """The decoded leaves in order. (The library's parser of bodies takes longer than all of our writing.)"""
    boundary = _BOUNDARY.search(b"\n" + head)
    if boundary:
        _, *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary[1])
        if end != b"--\r\n":
            raise LetterError("the last boundary does not read back as the last; nothing was queued")
        for part in parts:
            part_head, _, part_body = part.partition(b"\r\n\r\n")
            yield from _contents(part_head, part_body)
    else:
        encoding = _ENCODING.search(head)
        match encoding[1] if encoding else b"":
            case b"base64":
                yield binascii.a2b_base64(body)
            case b"quoted-printable":
                yield binascii.a2b_qp(body)
            case _:  # an enclosed message
                yield body
