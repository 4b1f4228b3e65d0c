"""Is this line written by a person, or is it the frame that a mail program puts around a quotation?

Each question looks at a bounded number of lines, each cut to a bounded length, so the work grows with the
number of lines only. Nothing here decides what follows from an answer; `reply_text.py` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from mailproc.inbound.reply_phrases import (
    APPENDED,
    DELIMITERS,
    LABELS,
    OPENINGS,
    ORIGINALS,
    POINTS_BELOW,
    WROTE,
    WROTE_BEFORE,
    Label,
)

LINE_CHARS = 2_048  # of a line are looked at; the line itself stays whole
HEADER_CHARS = 500  # a line `On … wrote:` is not longer, unfolded
HEADER_LINES = 4  # programs fold it to at most so many
BLOCK_LINES = 16  # a block of quoted headers with long recipient lists
BLOCK_STRAY = 4  # of which so many may be the rest of a folded list

# Format characters stand unseen in the names that telephones write: direction marks, zero-width spaces.
_UNSEEN = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)
_MARKED = re.compile(r"[ \t]{0,20}>")
_OUR_MARK = re.compile(r"[ \t>]{0,20}│")
_DASHES = re.compile(r"[>*_ ]{0,8}[-=_*]{2,}")
_DECORATION = re.compile(r"[-_=*~ ]{4,}")
_SIGNATURE = ("--", "—", "__")
_TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?!\d|\.\d)")
_BRACKETED_ADDRESS = re.compile(r"[<(\[] ?(?:mailto:)?[^\s<>()\[\]]{1,120}@[^\s<>()\[\]]{1,120} ?[>)\]]")
_LINK = re.compile(r"\s*[<(\[]https?://[^\s<>]{1,300}[>)\]]")
_APPENDED = re.compile("|".join(f"(?:{pattern})" for pattern in APPENDED))
_DELIMITERS = tuple(line.strip("- ").casefold() for line in DELIMITERS.values())
_WROTE = re.compile(
    r"(?:^|[\s>)\]\"'”,])(?:" + "|".join(map(re.escape, WROTE)) + r")$|(?:写道|寫道|のメール|작성)$"
)
_POINTS_BELOW = re.compile(r"\b(?:" + "|".join(map(re.escape, POINTS_BELOW)) + r")\b")
_NAME_WROTE = re.compile(r"(?:[^\W\d_][\w.'’-]{0,30} ){1,4}(?:ezt )?\w{2,10}$")


class Certainty(IntEnum):
    """How sure we are that a line is the header of a quotation."""

    NONE = 0
    LOOSE = 1  # a person may have written it: `On Monday at 10:30 he wrote:`
    STRICT = 2  # with date and address, as only programs write it


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The lines `first` to `last` that announce a quotation."""

    first: int
    last: int
    certainty: Certainty


def plain(line: str) -> str:
    """Return the form of a line that is compared: NFKC, lower case, single spaces, nothing unseen."""
    text = unicodedata.normalize("NFKC", line[:LINE_CHARS].translate(_UNSEEN))
    return " ".join(text.replace("’", "'").casefold().split())


def plain_text(text: str) -> str:
    """Return the form in which a whole text is searched for a phrase that programs fold and mark."""
    whole = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).replace("’", "'").casefold()
    return " ".join(word for word in whole.split() if word.strip(">│|"))


def is_marked(lines: Sequence[str], number: int) -> bool:
    """Whether a line is marked as quoted by `>` (RFC 3676 section 4.5).

    The last line of a header that was folded within `<ann@example.org` and `> wrote:` is not.
    """
    if _MARKED.match(lines[number]) is None:
        return False
    above = lines[number - 1][-HEADER_CHARS:] if number else ""
    folded = above.rfind("<") > above.rfind(">") and _MARKED.match(above) is None
    return not (folded and lines[number].rstrip().endswith(":"))


def is_ours(line: str) -> bool:
    """Whether a line stands behind the bar with which our letters mark the words of others."""
    return _OUR_MARK.match(line) is not None


def is_delimiter(text: str) -> bool:
    """Whether a line carries our `Reply above this line`, whatever marks a program put around it."""
    return any(phrase in text for phrase in _DELIMITERS)


def is_separator(text: str) -> bool:
    """Whether a line is `-----Original Message-----` or its like."""
    if text == "begin forwarded message:":
        return True
    return _DASHES.match(text) is not None and text.strip("-=_*>: ") in ORIGINALS


def is_decoration(text: str) -> bool:
    """Whether a line only draws a rule."""
    return _DECORATION.fullmatch(text) is not None


def is_signature_mark(text: str) -> bool:
    """Whether a line is the signature mark (`-- `, RFC 3676 section 4.3) or what programs make of it."""
    return text in _SIGNATURE


def is_appended(text: str) -> bool:
    """Whether a line is what a telephone appends: `Sent from my iPhone`."""
    return _APPENDED.fullmatch(_LINK.sub("", text[:400])[:160].strip("*_- ")) is not None


def points_below(text: str) -> bool:
    """Whether somebody says that her words stand further down or in another colour."""
    return _POINTS_BELOW.search(text) is not None


def find_block(lines: Sequence[str], first: int) -> Header | None:
    """Return the block of quoted headers (`From: … Sent: … Subject: …`) that begins in this line.

    `lines` are in `plain` form. A travel complaint says `From: Vienna, To: Budapest, Date: 3 May` too, so
    a block must have a subject or an address. One with an address but only two labels is LOOSE.
    """
    if _label(lines[first]) is None:
        return None
    found: set[Label] = set()
    stray = 0
    last = first
    addressed = False
    for number in range(first, min(first + BLOCK_LINES, len(lines))):
        label = _label(lines[number])
        if label is not None:
            found.add(label)
            last = number
            addressed = addressed or "@" in lines[number]
        elif not lines[number]:
            # HTML made text has blank lines between the labels.
            if number + 1 >= len(lines) or _label(lines[number + 1]) is None:
                break
        else:
            stray += 1
            if stray > BLOCK_STRAY or not ({"@", ";", ","} & set(lines[number])):
                break
    if Label.FROM not in found or len(found) < 2:
        return None
    if len(found) >= 3 and (Label.SUBJECT in found or addressed):
        return Header(first=first, last=last, certainty=Certainty.STRICT)
    return Header(first=first, last=last, certainty=Certainty.LOOSE) if addressed else None


def find_attributions(lines: Sequence[str]) -> dict[int, Header]:
    """Return every line such as `On 3 March 2025 at 10:00, Ann <…> wrote:` by its first line.

    `lines` are in `plain` form; what is quoted must be blank in it. Long ones are folded by the programs,
    so up to `HEADER_LINES` lines are read as one.
    """
    found: dict[int, Header] = {}
    for last, line in enumerate(lines):
        if not line or not (line.endswith((":", ">")) or _WROTE.search(line.rstrip("-* ")[-40:])):
            continue
        if (header := _attribution(lines, last)) is not None:
            found[header.first] = header
    return found


def _attribution(lines: Sequence[str], last: int) -> Header | None:
    best: Header | None = None
    joined = ""
    for first in range(last, max(last - HEADER_LINES, -1), -1):
        if not lines[first] or (first < last and lines[first].endswith((".", "!", "?"))):
            break
        if best is not None and not _goes_on_above(lines[first], joined):
            break
        joined = f"{lines[first]} {joined}".strip()
        if len(joined) > HEADER_CHARS:
            break
        certainty = _certainty(joined)
        if certainty is not Certainty.NONE and (best is None or certainty >= best.certainty):
            best = Header(first=first, last=last, certainty=certainty)
    return best


def _goes_on_above(above: str, below: str) -> bool:
    """Whether a header that could stand by itself began in the line above: with the date or the address."""
    if below.startswith(OPENINGS):
        return False
    begins = above.startswith(OPENINGS) and any(char.isdigit() for char in above)
    return begins or ("@" in above and "@" not in below)


def _certainty(text: str) -> Certainty:
    bare = text.strip("-*_ ")
    colon = bare.endswith(":")
    bare = bare.rstrip(": ")
    wrote = _WROTE.search(bare) is not None or (colon and any(words in bare for words in WROTE_BEFORE))
    dated, timed = sum(char.isdigit() for char in text) >= 3, _TIME.search(text) is not None
    if wrote and dated and "@" in text and (colon or timed):
        return Certainty.STRICT
    if colon and dated and timed and _BRACKETED_ADDRESS.search(text):
        # In a language that is not in our tables.
        return Certainty.STRICT
    if wrote and colon and dated and timed:
        return Certainty.LOOSE
    if wrote and colon and len(bare) <= 120 and (text.startswith(OPENINGS) or _NAME_WROTE.fullmatch(bare)):
        return Certainty.LOOSE
    return Certainty.NONE


def label_of(text: str) -> Label | None:
    """Return what a line in `plain` form is in a block of quoted headers: `von: ann` is FROM."""
    return _label(text)


def _label(text: str) -> Label | None:
    word, colon, _ = text.lstrip(">*_| ")[:40].partition(":")
    return LABELS.get(word.strip("* _").replace("보낸 ", "보낸").replace("받는 ", "받는")) if colon else None
