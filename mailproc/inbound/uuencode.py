"""Which files were pasted into a text the old way, between `begin 644 name` and `end`?

Source: POSIX uuencode; still sent by some mainframes and scanners.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{0,255})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One complete block: where it stands in the text, and the file it holds."""

    start: int
    end: int
    name: bytes
    content: bytes


def find_uuencoded(data: bytes) -> Iterator[Block]:
    """Yield the complete blocks of a text in order.

    One pass over the lines: a line that cannot belong to a block ends it, so prose that happens to
    hold a line `begin 644 …` stays prose.
    """
    if b"begin " not in data:
        return
    name: bytes | None = None
    start = at = 0
    content: list[bytes] = []
    for line in data.splitlines(keepends=True):
        begin, at = at, at + len(line)
        bare = line.rstrip(b"\r\n")
        opening = _BEGIN.fullmatch(bare)
        if opening:
            name, start, content = opening[1].strip(), begin, []
        elif name is None:
            continue
        elif bare == b"end":
            yield Block(start=start, end=begin + len(bare), name=name, content=b"".join(content))
            name = None
        elif bare not in (b"`", b" ", b""):
            decoded = _decode_line(bare)
            if decoded is None:
                name = None
            else:
                content.append(decoded)


def _decode_line(line: bytes) -> bytes | None:
    # The first character tells how many bytes follow, four characters for three of them. A checksum
    # after them is passed over; trailing spaces that a mailer cut off are zero bits anyway.
    needed = 1 + (((line[0] - 32) & 63) + 2) // 3 * 4
    if not needed - 3 <= len(line) <= needed + 1:
        return None
    try:
        return binascii.a2b_uu(line[:needed])
    except binascii.Error:
        return None
