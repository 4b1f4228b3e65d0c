"""Which header fields does a mail have, and what do their values say once decoded?

Works on bytes with regular expressions that never go back, so the time grows with the size of the
header and with nothing else. The notion of where a header ends is that of Python's `email` package.
"""

from __future__ import annotations

import binascii
import re

import pybase64

from mailproc.inbound.charsets import clean, codec_of

HEADER_LIMIT = 256 * 1024  # bytes of one header block that are looked at
VALUE_LIMIT = 16 * 1024  # bytes of one header value that are kept

_EOL = rb"(?:\r\n|\n|\r)"
_BLOCK = re.compile(rb"(?:(?:From |[!-9;-~]*:|[ \t])[^\r\n]*+(?:\r\n|\n|\r|\Z))*+")
_FIELD = re.compile(rb"([!-9;-~]+):[ \t]*([^\r\n]*+(?:" + _EOL + rb"[ \t][^\r\n]*+)*+)|[^\r\n]*+")
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")

# An encoded word (RFC 2047 section 2), with what mailers make of it: spaces and question marks in
# the text, and no white space around it. A question mark is taken as text unless '=' follows.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?]++|\?(?!=)){0,60}+)\?=")


def header_block(raw: bytes) -> bytes:
    """Return the header of a mail: all lines up to the first that cannot be part of one."""
    match = _BLOCK.match(raw)
    return match[0] if match else b""


def split_fields(block: bytes) -> list[tuple[str, bytes]]:
    """Return the fields of a header block in order: name in lower case, value folded as it was.

    An mbox `From ` line and lines without a name are passed over.
    """
    return [
        (match[1].decode("ascii").lower(), match[2])
        for match in _FIELD.finditer(block)
        if match[1] is not None
    ]


def unfold(value: bytes) -> bytes:
    """Put a folded value on one line; the fold counts as one space."""
    return _FOLD.sub(b" ", value).strip() if b"\n" in value or b"\r" in value else value.strip()


def decode_bytes(value: bytes, charset: str | None = None) -> str:
    """Return a header value as text, its encoded words still encoded.

    Raw 8-bit values (RFC 6532, or simply wrong) are read as UTF-8, then in the charset of the body,
    then as windows-1252.
    """
    if value.isascii():
        # Raw iso-2022-jp is plain ASCII with escape sequences.
        if b"\x1b$" in value:
            return _to_text(value, "iso-2022-jp")
        return value.decode("ascii")
    for candidate in ("utf-8", charset):
        codec = codec_of(candidate) if candidate else None
        if codec is not None:
            try:
                return value.decode(codec)
            except (UnicodeError, ValueError):
                continue
    return value.decode("cp1252", "replace")


def decode_words(text: str) -> str:
    """Decode the encoded words of a text (RFC 2047 section 6), wherever they stand.

    White space between two words vanishes; the bytes of neighbours in one charset are joined before
    they are decoded, because mailers split in the middle of a character. An unknown charset never
    costs the whole value.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = b""
    pending_charset = ""
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        charset = match[1].partition("*")[0].lower()  # RFC 2231 section 5: charset*language
        adjacent = end > 0 and not between.strip(" \t")
        if not adjacent or charset != pending_charset:
            out.append(_to_text(pending, pending_charset))
            pending = b""
        if not adjacent:
            out.append(between)
        pending += _word_bytes(match[2], match[3])
        pending_charset = charset
        end = match.end()
    out.append(_to_text(pending, pending_charset))
    out.append(text[end:])
    return "".join(out)


def decode_value(value: bytes, charset: str | None = None) -> str:
    """Return a header value as one clean line: unfolded, decoded, without control characters."""
    return one_line(decode_words(decode_bytes(unfold(value[:VALUE_LIMIT]), charset)))


# What mail hosts stamp holds no encoded words (RFC 8601, RFC 5321). A stranger's address repeated in there
# may look like one, and decoding it would write `dkim=pass` into a result that our own host vouches for.
_STAMPED = ("authentication-results", "received", "received-spf", "return-path", "delivered-to",
            "x-original-to", "envelope-to")  # fmt: skip


def decode_field(name: str, value: bytes, charset: str | None = None) -> str:
    """Return a header's value as `decode_value`; what mail hosts stamp is left as it stands."""
    if name in _STAMPED or name.startswith("arc-"):
        return one_line(decode_bytes(unfold(value[:VALUE_LIMIT]), charset))
    return decode_value(value, charset)


def one_line(text: str) -> str:
    """Return the text without NUL, line breaks and other control characters."""
    if not (text.isascii() and text.isprintable()):
        text = clean(_CONTROL.sub(" ", text))
    return text.strip()[:VALUE_LIMIT]


def _word_bytes(encoding: str, text: str) -> bytes:
    # Characters outside ASCII do not belong in a word; they are carried through.
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    return b64decode(data)


def b64decode(data: bytes) -> bytes:
    """Decode base64 as mail clients do: foreign bytes are passed over, missing padding is forgiven."""
    try:
        # After a sign of padding the fast decoder goes on where others stop, so it gets what has one only
        # at its end: files, which is where speed counts.
        padding = data.find(b"=")
        if padding < 0 or not data[padding:].strip(b"=\r\n"):
            return pybase64.b64decode(data)
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    # The decoder gave up on the end: at most three characters belong to no whole group.
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def _to_text(data: bytes, charset: str) -> str:
    if not data:
        return ""
    codec = codec_of(charset)
    for candidate in (codec, charset if codec else None, "utf-8"):
        try:
            if candidate:
                return data.decode(candidate)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode(codec or "cp1252", "replace")
