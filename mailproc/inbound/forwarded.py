"""What did somebody forward, and what did she write above it?

A program that forwards a mail in place writes a block of its headers (`From: … Sent: … Subject: …`), often
below a line of dashes, and then its text, which some mark with `>`. Nothing of it is proof: whoever forwards
may have written all of it. See `reply_frames.py` for how the lines are recognised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailproc.inbound import reply_frames as frames
from mailproc.inbound.command_table import form_named
from mailproc.inbound.command_words import Word, without_unseen
from mailproc.inbound.reply_phrases import FORWARD_LEADS, Label

HEADER_WITHIN = 2_000  # lines in which the block of headers must begin (our choice)

_MARK = re.compile(r"[ \t]{0,3}> ?")
_HASH = re.compile("^[#＃﹟] ?")
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"'*]{1,64}@[^\s<>()\[\]:;,\"'*]{1,255}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Forwarded:
    """A mail that was forwarded in place: what stands above it, its words, and what its headers say.

    `sent` is the date as the program wrote it, in its language; `sender` an address or ''.
    """

    above: str
    words: str
    sent: str = ""
    sender: str = ""
    subject: str = ""


def is_on_behalf(text: str) -> bool:
    """Whether `#from` stands among the commands at the top of a text."""
    for line in text.splitlines():
        plain = " ".join(without_unseen(line).split())
        if not plain:
            continue
        if not _HASH.match(plain):
            return False
        name = _HASH.sub("", plain).split(maxsplit=1)
        form = form_named(name[0].rstrip(":")) if name else None
        if form is not None and form.word is Word.FROM:
            return True
    return False


def quotes_our_letter(text: str) -> bool:
    """Whether a text holds the first line of one of our letters to agents."""
    return any(frames.is_delimiter(frames.plain(line)) for line in text.splitlines())


def read_forwarded(text: str, is_ours: Callable[[str], bool]) -> Forwarded | None:
    """Return the mail that was forwarded in place, or None when there is none.

    `is_ours` tells the desk's own addresses: a quoted letter of ours is what was answered, not what was
    forwarded, and everything below it is left out.
    """
    lines = _without_our_letter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    bare = [_MARK.sub("", line, count=1) for line in lines]
    plain = [frames.plain(line) for line in bare[: HEADER_WITHIN + frames.BLOCK_LINES]]
    for number in range(min(len(plain), HEADER_WITHIN)):
        block = frames.find_block(plain, number)
        if block is None:
            continue
        top = _top(plain, number)
        if block.certainty is not frames.Certainty.STRICT and top == number:
            continue
        found = _values(bare, plain, block)
        address = _ADDRESS.search(found.get(Label.FROM, "").replace("mailto:", ""))
        sender = address[0].rstrip(".") if address else ""
        if sender and is_ours(sender):
            return None
        below = bare if frames.is_marked(lines, number) else lines
        return Forwarded(
            above="\n".join(lines[:top]).strip("\n"),
            words="\n".join(below[block.last + 1 :]).strip(),
            sent=found.get(Label.SENT, ""),
            sender=sender,
            subject=found.get(Label.SUBJECT, ""),
        )
    return None


def _without_our_letter(lines: Sequence[str]) -> Sequence[str]:
    delimiters = (number for number, line in enumerate(lines) if frames.is_delimiter(frames.plain(line)))
    return lines[: next(delimiters, len(lines))]


def _top(plain: Sequence[str], number: int) -> int:
    """Return where the frame begins whose block of headers begins in this line.

    Of the lines above it, the dashes and sentences that programs write belong to it, and what is blank.
    """
    top = at = number
    while at > 0:
        line = plain[at - 1]
        if frames.is_separator(line) or frames.is_decoration(line) or line in FORWARD_LEADS:
            top = at - 1
        elif line:
            break
        at -= 1
    return top


def _values(bare: Sequence[str], plain: Sequence[str], block: frames.Header) -> dict[Label, str]:
    """Return what stands behind the first label of each kind; a folded value is one line."""
    found: dict[Label, str] = {}
    label: Label | None = None
    for number in range(block.first, block.last + 1):
        named = frames.label_of(plain[number])
        if named is not None:
            label = named if named not in found else None
            if label is not None:
                found[label] = bare[number].partition(":")[2].strip(" \t*_")
        elif label is not None and plain[number]:
            found[label] = f"{found[label]} {bare[number].strip()}"
    return found
