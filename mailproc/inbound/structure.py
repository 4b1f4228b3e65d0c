"""Of which parts is a mail made, and which bytes does each of them carry?

Python's parser reads line by line, which on a large attachment costs more than everything else
together. After an empty line it is inside a body, where only a line that begins with two hyphens means
anything. So a long stretch from an empty line to the next such line is lifted out first and replaced
by one line with a random name; whoever reads a part's payload gets the stretch put back. A sender
cannot know the name, so he cannot smuggle a line that would be replaced.

An enclosed message is left closed: it is one part with its bytes, exactly as they were sent, and never
mixes with the mail around it.
"""

from __future__ import annotations

import binascii
import re
import secrets
from dataclasses import dataclass, field
from email.message import Message as StdlibMessage
from email.parser import BytesParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value

from mailproc.errors import TooComplex
from mailproc.inbound.guards import Limits, check_structure
from mailproc.inbound.headers import b64decode, decode_bytes, decode_words, one_line, unfold
from mailproc.inbound.uuencode import find_uuencoded

_LIFT_FROM = 2048  # bytes; below it the parser is as fast as the lifting

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_LIFTED_LINE = re.compile(rb"lifted-([0-9a-f]{32})-([0-9]+)\.")
_EMPTY_LINE = re.compile(rb"\n\r?\n|\r\r(?!\n)")


class _Closed(StdlibMessage):
    """A message whose enclosed messages are leaves to the parser, not trees."""

    def get_content_type(self) -> str:
        content_type = super().get_content_type()
        return f"x-closed-{content_type}" if content_type.startswith("message/") else content_type

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]


@dataclass(kw_only=True, slots=True)
class Part:
    """One part: what its header says, where it stands, and how to get at its bytes.

    `number` is its place in a depth-first walk, 0 for the mail itself. `content_type` is in lower
    case, `name` decoded but not yet safe, `disposition` 'attachment', 'inline' or ''.
    """

    number: int
    depth: int
    content_type: str
    charset: str | None
    name: str
    disposition: str
    content_id: str
    encoding: str
    parameters: dict[str, str]
    children: list[Part] = field(default_factory=list)
    defects: tuple[str, ...] = ()
    _raw: str = field(default="", repr=False)
    _lifted: Lifted | None = field(default=None, repr=False)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def raw_payload(self) -> bytes:
        """Return the body of the part as sent, its transfer encoding not yet decoded."""
        data = self._raw.encode("ascii", "surrogateescape")
        return self._lifted.restore(data) if self._lifted else data

    def payload(self) -> bytes:
        """Return the decoded body. Damage in the encoding never raises: what can be read is returned."""
        data = self.raw_payload()
        match self.encoding:
            case "base64":
                return b64decode(data)
            case "quoted-printable":
                return binascii.a2b_qp(data)
            case "x-uuencode" | "uuencode" | "uue" | "x-uue":
                return next((block.content for block in find_uuencoded(data)), data)
            case _:
                return data


class Lifted:
    """The stretches taken out of one mail, under names nobody can guess."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(16).encode("ascii")
        self._stretches: list[bytes] = []

    def take(self, stretch: bytes) -> bytes:
        """Keep a stretch and return the line that stands for it."""
        self._stretches.append(stretch)
        return b"lifted-%s-%d." % (self._nonce, len(self._stretches) - 1)

    def restore(self, data: bytes) -> bytes:
        """Put the stretches back into a payload, wherever one of the lines stands."""
        if self._nonce not in data:
            return data
        whole = _LIFTED_LINE.fullmatch(data)
        return self._stretch(whole) if whole else _LIFTED_LINE.sub(self._stretch, data)

    def _stretch(self, match: re.Match[bytes]) -> bytes:
        return self._stretches[int(match[2])] if match[1] == self._nonce else match[0]


def lift(raw: bytes) -> tuple[bytes, Lifted]:
    """Return the mail with its long inert stretches replaced, and the stretches."""
    lifted = Lifted()
    if len(raw) < _LIFT_FROM:
        return raw, lifted
    pieces: list[bytes] = []
    copied = at = 0
    while (blank := _EMPTY_LINE.search(raw, at)) is not None:
        start = blank.end()
        at = end = _next_boundary(raw, start)
        if end - start >= _LIFT_FROM:
            pieces += [raw[copied:start], lifted.take(raw[start:end])]
            copied = end
    if not pieces:
        return raw, lifted
    pieces.append(raw[copied:])
    return b"".join(pieces), lifted


def _next_boundary(raw: bytes, start: int) -> int:
    """Return where the line end before the next line with two hyphens begins, or before the last one.

    The parser takes that line end away as belonging to the boundary, so it must still see it.
    """
    at = start
    # Base64 has no hyphen, and finding one byte is ten times faster than finding three.
    for _ in range(8):
        at = raw.find(b"-", at)
        if at < 0:
            return max(start, _before_line_end(raw, len(raw)))
        if raw.startswith(b"--", at) and (at == start or raw[at - 1] in b"\r\n"):
            return max(start, _before_line_end(raw, at))
        at += 1
    line_feed = raw.find(b"\n--", start)
    end = _before_line_end(raw, line_feed + 1 if line_feed >= 0 else len(raw))
    lone = raw.find(b"\r--", start, end)
    return max(start, end if lone < 0 else lone)


def _before_line_end(raw: bytes, at: int) -> int:
    """Return where the line end that stops at `at` begins; `at` itself when there is none."""
    if raw[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1 if at and raw[at - 1] in b"\r\n" else at


def read_parts(raw: bytes, limits: Limits, header_charset: str | None = None) -> list[Part]:
    """Return all parts in depth-first order, the mail itself first. Raises TooComplex."""
    short, lifted = lift(raw)
    check_structure(short, limits)
    try:
        message = BytesParser(_Closed, policy=compat32).parsebytes(short)
    except RecursionError:
        raise TooComplex(f"the mail nests more than {limits.depth} multiparts, that many are read") from None
    parts: list[Part] = []
    open_messages: list[tuple[StdlibMessage, Part | None]] = [(message, None)]
    while open_messages:
        node, parent = open_messages.pop()
        part = _part(node, parent, len(parts), lifted, header_charset)
        if part.depth > limits.depth:
            raise TooComplex(f"the mail nests more than {limits.depth} multiparts, that many are read")
        if len(parts) >= limits.parts:
            raise TooComplex(f"the mail has more than {limits.parts} parts, that many are read")
        parts.append(part)
        if parent is not None:
            parent.children.append(part)
        # Only of a multipart: of a leaf the library would decode the text, and fail on a NUL in the charset.
        children = node.get_payload() if node.is_multipart() else ()
        if isinstance(children, list):
            inner = [child for child in reversed(children) if isinstance(child, StdlibMessage)]
            open_messages += [(child, part) for child in inner]
    return parts


def _part(node: StdlibMessage, parent: Part | None, number: int, lifted: Lifted, charset: str | None) -> Part:
    view, defects = _header_view(node, charset)
    # What follows a type without a semicolon between is no part of it.
    content_type = _TYPE.match(view.get_content_type().strip())
    parameters = _parameters(view)
    name = one_line(decode_words(_true_name(view) or view.get_filename("") or ""))
    disposition = (view.get_content_disposition() or "").strip()
    payload = node._payload if isinstance(node._payload, str) else ""  # type: ignore[attr-defined]
    return Part(
        number=number,
        depth=0 if parent is None else parent.depth + 1,
        content_type=content_type[0] if content_type else "application/octet-stream",
        charset=parameters.get("charset"),
        name=name,
        disposition="attachment" if disposition and disposition != "inline" else disposition,
        content_id=one_line(view.get("content-id", "")).strip("<> "),
        encoding=view.get("content-transfer-encoding", "").split(";")[0].strip().strip("\"'").lower(),
        parameters=parameters,
        defects=tuple(dict.fromkeys([*defects, *(type(defect).__name__ for defect in node.defects)])),
        _raw=payload,
        _lifted=lifted,
    )


_VIEWED = {"content-type", "content-disposition", "content-transfer-encoding", "content-id"}


def _header_view(node: StdlibMessage, charset: str | None) -> tuple[StdlibMessage, list[str]]:
    """Return a header-only message of the MIME fields with their raw 8-bit bytes turned to text.

    The library would show such bytes as question marks and lose the name of the attachment.
    """
    view = StdlibMessage(policy=compat32)
    view.set_default_type(node.get_default_type())
    defects = []
    for name, value in node.raw_items():
        lower = name.lower()
        if lower not in _VIEWED:
            continue
        if lower in view:
            defects.append(f"{lower} given more than once")
            continue
        data = unfold(value.encode("utf-8", "surrogateescape"))
        view.set_raw(lower, decode_bytes(data, charset))
    return view, defects


def _true_name(view: StdlibMessage) -> str:
    """Return a name in the form of RFC 2231 that has an ASCII stand-in beside it; the library reads that."""
    disposition = view.get("content-disposition", "")
    if "*" not in disposition:
        return ""
    values = [value for name, value in view.get_params([], "content-disposition") if name == "filename"]
    return next((collapse_rfc2231_value(value) for value in values if isinstance(value, tuple)), "")


def _parameters(view: StdlibMessage) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in view.get_params([])[1:]:
        # RFC 2231 gives a triple of charset, language and value.
        text = value[2] if isinstance(value, tuple) else value
        found.setdefault(name.lower(), one_line(text))
    return found
