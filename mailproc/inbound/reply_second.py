"""Does a second reader see the header of a quotation where ours saw none?

mail-parser-reply knows the headers of thirteen languages as regular expressions. On some bodies of 1 MB
they take longer than anybody waits, so it is shown little: the first lines, each cut short, blank runs
squeezed. Only its patterns for headers are used: those for signatures take lists and closings of letters
for signatures. What it finds makes a result doubtful and is never the only reason to call words new.
"""

from __future__ import annotations

import re
from functools import cache

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

READ_CHARS = 32_768  # measured: the worst of 25 hostile texts of this size takes about 0.3 s
READ_LINE_CHARS = 200
READ_LINES = 1_500

# Polish is content with one label, so `Data: 3 May` would be a header; `david` means one old program.
_LANGUAGES = tuple(language for language in MAIL_LANGUAGES if language not in ("pl", "david"))
_SPACES = re.compile(r"\s+")


def squeeze(text: str) -> tuple[str, tuple[int, ...]]:
    """Return what the second reader is shown, and for each of its lines the number of the line it was."""
    shown: list[str] = []
    numbers: list[int] = []
    room = READ_CHARS
    for number, line in enumerate(text.split("\n")):
        if len(shown) >= READ_LINES or room <= 0:
            break
        short = _SPACES.sub(" ", line[: READ_LINE_CHARS * 4]).strip()[:READ_LINE_CHARS]
        if not short and shown and not shown[-1]:
            continue
        shown.append(short)
        numbers.append(number)
        room -= len(short) + 1
    return "\n".join(shown)[:READ_CHARS], tuple(numbers)


def read_whole(text: str) -> bool:
    """Whether the second reader is shown every line of the text."""
    _, numbers = squeeze(text)
    return len(text) < READ_CHARS and (not numbers or numbers[-1] >= text.rstrip("\n").count("\n"))


def find_header(text: str) -> int | None:
    """Return the number of the line in which the second reader sees a quotation begin, or None."""
    shown, numbers = squeeze(text)
    match = _patterns().search(shown)
    if match is None:
        return None
    begins = match.start() + len(match[0]) - len(match[0].lstrip())
    return numbers[shown.count("\n", 0, begins)]


@cache
def _patterns() -> re.Pattern[str]:
    patterns: re.Pattern[str] = EmailMessage(text="", languages=list(_LANGUAGES)).HEADER_REGEX
    return patterns
