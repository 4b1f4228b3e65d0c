"""What does a supervisor want with the cases of a digest? Lines of a number and a command, `3 assign Bob`.

They stand at the very top, one command in each. The first line that does not begin with a number ends them:
from there on all is words, whatever it looks like, so that a signature with a telephone number is never
obeyed. No words belong to a line, so that what stands below one never becomes part of a letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailproc.inbound.command_table import form_named
from mailproc.inbound.command_words import without_unseen

LINES_LIMIT = 40

# `3 take`, `3. take`, `3) #take`, `#3 take`; digits of every script, as `int` reads them.
_NUMBERED = re.compile(r"[#＃﹟]?\s?(\d{1,3})(?:[.):]\s*|\s+|\s*(?=[#＃﹟])|$)(.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberedLine:
    """One line: the number of a case, and the command as it would stand in a mail about it, `#assign Bob`."""

    number: int
    command: str
    written: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberedLines:
    """What was newly written: lines that count, and the words below them.

    `late` are lines among the words that would have counted at the top.
    """

    lines: tuple[NumberedLine, ...]
    late: tuple[NumberedLine, ...] = ()
    words: str = ""


def read_numbered(text: str) -> NumberedLines:
    """Part what was newly written into numbered lines at the top and words below them."""
    rows = text.splitlines()
    lines: list[NumberedLine] = []
    end = len(rows)
    for index, row in enumerate(rows):
        plain = _plain(row)
        if not plain:
            continue
        line = _line(plain)
        if line is None or len(lines) == LINES_LIMIT:
            end = index
            break
        lines.append(line)
    below = rows[end:]
    late = (line for row in below if (line := _line(_plain(row))) is not None and _is_meant(line))
    return NumberedLines(
        lines=tuple(lines), late=tuple(late)[:LINES_LIMIT], words="\n".join(below).strip("\n")
    )


def _line(plain: str) -> NumberedLine | None:
    found = _NUMBERED.fullmatch(plain)
    if found is None:
        return None
    command = found[2].lstrip("#＃﹟ ")
    return NumberedLine(number=int(found[1]), command=f"#{command}", written=plain)


def _is_meant(line: NumberedLine) -> bool:
    """Whether a line that stands too low names a command: an address or a date begins with a number too."""
    return form_named(line.command[1:].split(" ", 1)[0].rstrip(":")) is not None


def _plain(row: str) -> str:
    """The row without what cannot be seen, every blank and control character one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in without_unseen(row)).split())
