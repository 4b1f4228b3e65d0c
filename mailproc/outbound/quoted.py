"""How do the words of others stand in a letter, so that they cannot pass for ours?

Templates reach these functions as filters. Whatever a customer writes, it comes out as lines without
control or direction characters; in plain text each line begins with a bar, also where it was wrapped, so
that nothing in it looks like a row, a heading or the end of our own frame (our choice: a bar, because `>`
is what mail programs put before a quotation and cut away).
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import partial
from urllib.parse import urlsplit

from mailproc.outbound.subjects import base_subject, plain

BAR = "│"
EXCERPT_LIMIT = 20_000  # characters of a customer's mail in a letter to an agent; the case keeps all
SUBJECT_LIMIT = 90  # characters; our choice: what a telephone shows of a subject, and a little more
NAME_LIMIT = 60  # characters of a display name
_HOSTS_LIMIT = 10
_COLUMNS = 72

_JOINERS = "\u200c\u200d"  # needed to write Persian, Indic scripts and some emoji
_LINK = re.compile(r"(?:https?:[/\\]{1,2}|\bwww\.)[^\s<>\"']{1,2000}", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\n\n+")


def clean(text: str) -> str:
    """Return a text as lines parted by LF: NFC, tabs as spaces, no control or formatting characters."""
    lines = unicodedata.normalize("NFC", text).expandtabs(4).splitlines()
    return _BLANK_LINES.sub("\n\n", "\n".join(map(_visible, lines))).strip("\n")


def _visible(line: str) -> str:
    if line.isprintable():  # most lines are; then no character has to be looked at
        return line.rstrip()
    kept = (char for char in line if char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    return "".join(kept).rstrip()


def excerpt(text: str, limit: int = EXCERPT_LIMIT) -> str:
    """Return the beginning of a text; `…` at its end says that something was cut."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def is_cut(text: str, limit: int = EXCERPT_LIMIT) -> bool:
    """Whether the excerpt of a text is not all of it."""
    return len(clean(text)) > limit


def lines(text: str) -> list[str]:
    """Return the lines of a text, each to stand in an element of its own."""
    return clean(text).split("\n")


def marked(text: str) -> str:
    """Return a text for a plain letter: every line begins with a bar and fits its columns."""
    pieces = (piece for line in lines(text) for piece in _wrapped(line, broken=True))
    return "\n".join(f"{BAR} {piece}".rstrip() for piece in pieces)


def wrapped(text: str, columns: int = _COLUMNS) -> str:
    """Return our own words, or an agent's, in lines that fit; a long address stays in one piece."""
    return "\n".join(piece for line in lines(text) for piece in _wrapped(line, columns, broken=False))


def paragraphs(text: str) -> list[list[str]]:
    """Return the paragraphs of a text, each as its lines; empty lines part them."""
    return [block.split("\n") for block in re.split(r"\n{2,}", clean(text)) if block]


def one_line(text: str, limit: int = SUBJECT_LIMIT) -> str:
    """Return a short text of a stranger's for one row of a letter."""
    text = plain(text[: limit * 4])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def mailbox(email: str, name: str | None = None) -> str:
    """Return `Ann Archer <ann@example.org>`.

    The name is what the sender calls himself. One that holds an address is left out: it is there to be
    taken for the real one.
    """
    shown = one_line((name or "").translate({ord(char): None for char in '<>"'}), NAME_LIMIT)
    address = one_line(email, 254)
    return f"{shown} <{address}>" if shown and "@" not in shown and "＠" not in shown else address


def hosts(text: str) -> list[str]:
    """Return the hosts that the web addresses in a text really lead to, at most ten, without repeats.

    Read as browsers do it: what stands before `@` is no host, `\\` is `/`. A name that is not ASCII is
    written as the DNS knows it, because two scripts may look the same.
    """
    found: dict[str, None] = {}
    for match in _LINK.finditer(clean(text)):
        if host := _host(match[0].replace("\\", "/")):
            found[host] = None
        if len(found) == _HOSTS_LIMIT:
            break
    return list(found)


def _host(link: str) -> str:
    address = re.sub(r"^https?:/*", "", link, flags=re.IGNORECASE)
    try:
        host = (urlsplit(f"//{address}").hostname or "").strip(".")
        return one_line(host if host.isascii() else host.encode("idna").decode("ascii"), 100)
    except ValueError:  # UnicodeError is one
        return ""


def subject_line(subject: str | None, limit: int = SUBJECT_LIMIT) -> str:
    """Return a customer's subject for a subject of ours; '' when there is none."""
    return base_subject(subject or "", limit)


def file_size(octets: int, language: str) -> str:
    """Return `1.2 MB`; with a decimal comma where the language has one. 1 kB is 1000 octets."""
    size, unit = float(octets), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            break
        size /= 1000
    number = f"{size:.0f}" if unit in ("B", "kB") else f"{size:.1f}"
    return f"{number if language == 'en' else number.replace('.', ',')} {unit}"


def _wrapped(line: str, columns: int = _COLUMNS, *, broken: bool) -> list[str]:
    # Letters of East Asian scripts take two columns each.
    wide = not line.isascii() and any(unicodedata.east_asian_width(char) in "WF" for char in line)
    wrap = partial(textwrap.wrap, replace_whitespace=False, break_on_hyphens=False, break_long_words=broken)
    return wrap(line, columns // 2 if wide else columns) or [""]
