"""How is a header written so that every reader gets out what was put in?

The standard library's writer cannot be used here: it turns References with an id of 78 octets or more
into encoded words, which no mail program reads, and it has written encoded words that are too long,
empty, or not parted by a space (CPython #131725, #136052, #144156; seen in 3.9 to 3.13).

Values are refused, not repaired: whoever made a value with a line break in it has to know.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mailproc.errors import LetterError
from mailproc.mail import Address
from mailproc.sentences import say

LINE_GOAL = 78  # RFC 5322 section 2.1.1: should
LINE_LIMIT = 998  # RFC 5322 section 2.1.1: must
WORD_LIMIT = 75  # RFC 2047 section 2
ID_LIMIT = 256  # octets of an id we repeat; our choice: longer than any in honest mail we have seen

# C0 and C1 controls, the separators U+2028 and U+2029, everything that turns the direction of writing,
# and halves of surrogate pairs, which no charset can write.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PLAIN_TEXT = re.compile(r"(?:[\x21-\x7e]{1,60}(?: [\x21-\x7e]{1,60})*)?")
_Q_SAFE = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/ "
)  # RFC 2047 section 5 (3)
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")
_TOKEN = re.compile(
    r"[A-Za-z0-9!#$&+.^_`{|}~-]+"
)  # RFC 2045 section 5.1, without what RFC 2231 gives a meaning
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_ODD_DOTS = re.compile(rf"(?:{_ATEXT}|\.)+")
_QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"')
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Header:
    """One header: what a reader must get out of it, and the folded lines that say so.

    `mailbox` is set for an address header: there the structure is read before anything is decoded.
    """

    name: str
    value: str
    lines: str
    mailbox: Address | None = None


def unstructured(name: str, text: str) -> Header:
    """A header of free text, such as Subject. Text that is not plain goes into encoded words."""
    _refuse_controls(name, text)
    if _PLAIN_TEXT.fullmatch(text) and "=?" not in text:
        words = text.split(" ") if text else []
    else:
        words = encoded_words(text, first=LINE_GOAL - len(name) - 2)
    return Header(name, text, _fold(name, words))


def structured(name: str, value: str, parameters: Mapping[str, str] | None = None) -> Header:
    """A header of ASCII words and parameters, folded at its spaces: `text/plain; charset=utf-8`."""
    return _structured(name, value, tuple((parameters or {}).items()))


@lru_cache(maxsize=256)  # most of them are the same in every letter
def _structured(name: str, value: str, parameters: tuple[tuple[str, str], ...]) -> Header:
    words = value.split(" ")
    for key, text in parameters:
        _refuse_controls(f"{name} ({key})", text)
        for parameter in _parameter(key, text):
            words[-1] += ";"
            words.append(parameter)
    whole = " ".join(words)
    _refuse_controls(name, whole)
    if not whole.isascii():
        raise LetterError(f"{name}: {value!r} is not ASCII; this header cannot carry it")
    return Header(name, whole, _fold(name, words))


def mailbox(name: str, address: Address) -> Header:
    """An address header with exactly one mailbox.

    The display name is a quoted string or encoded words, so that a comma or an angle bracket in it
    never makes a second address.
    """
    _refuse_controls(name, address.name)
    email = addr_spec(address.email)
    words = [*_phrase(address.name, first=LINE_GOAL - len(name) - 2), f"<{email}>"]
    return Header(name, " ".join(words), _fold(name, words), Address(email=email, name=address.name))


def ids(name: str, ids: Sequence[str]) -> Header:
    """References or In-Reply-To: folded between ids only, and never encoded (RFC 5322 section 3.6.4)."""
    for id in ids:
        if not is_id(id):
            raise LetterError(f"{name}: {id!r} is no Message-ID; write printable ASCII in angle brackets")
    return Header(name, " ".join(ids), _fold(name, ids))


def date(name: str, moment: datetime, zone: ZoneInfo) -> Header:
    """A date with the offset that holds in `zone` at that moment; whole seconds."""
    if moment.tzinfo is None:
        raise LetterError(f"{name}: {moment} has no time zone; give an aware time")
    value = format_datetime(moment.astimezone(zone).replace(microsecond=0))
    return Header(name, value, _fold(name, [value]))


def is_id(id: str) -> bool:
    """Whether an id can be repeated as it stands. What others write as Message-ID often cannot."""
    return len(id) <= ID_LIMIT and _ID.fullmatch(id) is not None


def addr_spec(email: str) -> str:
    """Return an address as it stands in a header and in the envelope: ASCII, domain as A-labels.

    Refuses what would need SMTPUTF8 (a non-ASCII local part has no other form), what has no domain or
    is no address, and names that IDNA 2003 and 2008 map to different hosts (`ß`): the mail might reach
    a stranger. Dots in odd places, as some Japanese providers once gave out, are quoted.
    """
    _refuse_controls("address", email)
    local, at, domain = email.rpartition("@")
    if not at or not local:
        raise LetterError(say("{address} is no mail address; write local@domain", address=repr(email)))
    if not local.isascii():
        raise LetterError(
            say(
                "{address}: the part before @ is not ASCII and cannot be sent to; answer by other means",
                address=repr(email),
            )
        )
    if not domain.isascii():
        domain = _a_labels(unicodedata.normalize("NFC", domain).lower())
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise LetterError(
            say("{address}: {domain} is no domain name", address=repr(email), domain=repr(domain))
        )
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return f"{local}@{domain}"
    if _ODD_DOTS.fullmatch(local):
        return f'"{local}"@{domain}'
    raise LetterError(
        say("{address}: {part} cannot stand before an @", address=repr(email), part=repr(local))
    )


def encoded_words(text: str, first: int = WORD_LIMIT) -> list[str]:
    """Return RFC 2047 encoded words: each at most 75 octets, none empty, no character parted.

    `first` is the room on the first line. B or Q, whichever is shorter; Q with the few characters that
    are allowed in a phrase, so that the words are good in every header.
    """
    q_costs = [1 if char in _Q_SAFE else 3 * len(char.encode()) for char in text]
    b_costs = [len(char.encode()) for char in text]
    use_q = sum(q_costs) <= 4 * sum(b_costs) / 3
    costs, write = (q_costs, _q_word) if use_q else (b_costs, _b_word)
    words, start, used = [], 0, 0
    room = _room(min(first, WORD_LIMIT), use_q)
    for position, cost in enumerate(costs):
        if used + cost > room and position > start:
            words.append(write(text[start:position]))
            start, used, room = position, 0, _room(WORD_LIMIT, use_q)
        used += cost
    return [*words, write(text[start:])] if text else []


def _room(octets: int, use_q: bool) -> int:
    inside = octets - len("=?utf-8?q??=")
    return inside if use_q else inside // 4 * 3


def _q_word(text: str) -> str:
    coded = "".join(c if c in _Q_SAFE else "".join(f"={byte:02X}" for byte in c.encode()) for c in text)
    return f"=?utf-8?q?{coded.replace(' ', '_')}?="


def _b_word(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode('ascii')}?="


def _phrase(text: str, first: int) -> list[str]:
    if not text:
        return []
    # Some readers decode encoded words inside a quoted string: what looks like one is encoded itself.
    if _PLAIN_TEXT.fullmatch(text) and "=?" not in text and len(text) <= 60:
        return ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"']
    return encoded_words(text, first)


def _parameter(key: str, text: str) -> Iterable[str]:
    """A parameter; beyond short ASCII an ASCII stand-in and the true value after RFC 2231."""
    if _TOKEN.fullmatch(text) and len(text) <= 60:
        return [f"{key}={text}"]
    plain = "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in text)
    if plain == text and len(text) <= 60:
        return [f'{key}="{text}"']
    pieces, piece = [], "utf-8''"
    for char in text:
        coded = quote(char, safe="")
        if len(piece) + len(coded) > 60:
            pieces.append(piece)
            piece = ""
        piece += coded
    pieces.append(piece)
    stand_in = f'{key}="{plain if len(plain) <= 60 else plain[:40] + "_" + plain[-19:]}"'
    if len(pieces) == 1:
        return [stand_in, f"{key}*={piece}"]
    return [stand_in, *(f"{key}*{number}*={piece}" for number, piece in enumerate(pieces))]


def _fold(name: str, words: Sequence[str]) -> str:
    """Put words on lines of at most 78 octets where they fit; never inside a word."""
    lines, line = [], f"{name}:"
    for position, word in enumerate(words):
        if position and len(line) + 1 + len(word) > LINE_GOAL:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if max(map(len, lines)) > LINE_LIMIT:
        raise LetterError(f"{name}: a line would have more than {LINE_LIMIT} octets; shorten the value")
    return "\r\n".join(lines)


def _refuse_controls(name: str, text: str) -> None:
    found = _FORBIDDEN.search(text)
    if found:
        raise LetterError(
            say(
                "{header}: the value contains {character} at position {position};"
                " line breaks, controls and direction marks cannot stand in a header",
                header=name,
                character=f"U+{ord(found[0]):04X}",
                position=found.start(),
            )
        )


def _a_labels(domain: str) -> str:
    # The codec lets through what Unicode 3.2 did not know; only letters, marks and digits make names.
    named = all(char in ".-" or unicodedata.category(char)[0] in "LMN" for char in domain)
    try:
        coded = domain.encode("idna").decode("ascii") if named else ""
        same = coded.encode("ascii").decode("idna") == domain
    except UnicodeError:
        same = False
    if not same:
        raise LetterError(
            say(
                "{domain} has no unambiguous ASCII form (IDNA); write it as xn--… or answer otherwise",
                domain=repr(domain),
            )
        )
    return coded
