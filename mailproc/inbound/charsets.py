"""Which text do these bytes spell, when the declared charset may be missing, wrong or made up?

The order is: a byte order mark, the declared charset by its common superset, the declared charset
itself, UTF-8, a guess, and at last windows-1252, which always gives something to read.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# What mail declares and what it then really contains: web and mail clients all read the left one as
# the right one (WHATWG Encoding Standard, section 4.2, and recorded mail).
_SUPERSETS = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}

# Python codecs that are no charset of mail. Punycode and IDNA take quadratic time on hostile input,
# the escape codecs would interpret backslashes, "undefined" raises on purpose.
_NOT_CHARSETS = {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}

_ISO_2022 = re.compile(rb"\x1b(?:\$[@AB]|\$\(D|\([BJI])")
_HIGH_BYTES = bytes(range(0x80, 0x100))
_GUESS_FROM = 32 * 1024  # bytes; more does not make the guess better, only slower
_GUESS_NEEDS = 8  # bytes outside ASCII; from fewer it takes an umlaut for Chinese
_NEVER_GUESSED = ["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "utf_7"]


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """Return the codec that reads this charset, or None when it names no charset of text."""
    name = charset.strip().strip("\"'").lower()
    name = _SUPERSETS.get(name, name)
    # An unbounded or non-ASCII name makes the codec search import modules; no real one needs either.
    if not name.isascii() or not 1 <= len(name) <= 40 or "." in name:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, UnicodeError, ValueError):
        return None
    is_text: bool = getattr(info, "_is_text_encoding", True)
    return name if is_text and info.name.replace("-", "_") not in _NOT_CHARSETS else None


def decode(data: bytes, charset: str | None) -> tuple[str, str | None]:
    """Return the text of `data` and what had to be guessed, or None when the declaration held.

    Never raises. The text holds no NUL, which PostgreSQL refuses, and no lone surrogates, which
    nothing can encode.
    """
    marked = _by_byte_order_mark(data)
    if marked is not None:
        return clean(marked), None
    declared = (charset or "").strip().strip("\"'").lower()
    codec = codec_of(declared) if declared else None
    complaint = f"charset {declared[:40]!r} unknown" if declared and codec is None else None
    if codec in (None, "utf-8") and _ISO_2022.search(data):
        codec, complaint = "iso2022_jp_ext", complaint or "charset not declared, read as iso-2022-jp"
    if codec is not None and codec.replace("_", "-").startswith("utf-16"):
        codec = _utf_16_order(data, codec)
    for candidate in (codec, codec and declared, "utf-8"):
        text = _strict(data, candidate) if candidate and codec_of(candidate) else None
        if text is not None:
            if candidate == "utf-8" and codec not in (None, "utf-8"):
                complaint = f"charset {declared[:40]!r} does not fit, read as utf-8"
            return clean(text), complaint
    if codec is not None:
        text = data.decode(codec, "replace")
        # A letter cut short or a stray byte: the declaration is right in the main.
        if text.count("\ufffd") * 50 <= len(text):
            return clean(text), f"charset {declared[:40]!r} does not fit everywhere"
    text, guess = _guess(data)
    return clean(text), f"charset {declared[:40] or 'not declared'}, read as {guess}"


def clean(text: str) -> str:
    """Return the text without NULs and lone surrogates: what UTF-8 and a database can hold."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _by_byte_order_mark(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data, "utf-8-sig")
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _strict(data, "utf-32")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16")
    return None


def _utf_16_order(data: bytes, codec: str) -> str:
    """Choose the byte order of unmarked UTF-16 by where the zero bytes of Latin letters stand.

    Without a hint it is big-endian (RFC 2781 section 4.3).
    """
    if codec.replace("_", "-") != "utf-16":
        return codec
    return "utf-16-le" if data[1::2].count(0) > data[0::2].count(0) else "utf-16-be"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(data: bytes) -> tuple[str, str]:
    if len(data) - len(data.translate(None, _HIGH_BYTES)) >= _GUESS_NEEDS:
        # Loaded late: most mails never need it.
        from charset_normalizer import from_bytes

        best = from_bytes(data[:_GUESS_FROM], cp_exclusion=_NEVER_GUESSED).best()
        text = _strict(data, best.encoding) if best is not None else None
        if best is not None and text is not None:
            return text, best.encoding
    return data.decode("cp1252", "replace"), "windows-1252"
