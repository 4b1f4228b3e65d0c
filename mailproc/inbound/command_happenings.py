"""What does an agent say has happened, and on which day? `#happened implemented 3 Dec booked by Lea`"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from mailproc.inbound.command_names import HAPPENINGS, UNDO, Wrong, fixed, pick_fixed
from mailproc.inbound.command_times import WrongTime, is_span, read_past_day
from mailproc.inbound.command_words import Command
from mailproc.sentences import joined, say

_HOW = say("write a day such as 3 Dec, 2026-12-03 or yesterday, behind what has happened or at the end")
_MOST_WORDS = 4  # of a day: `on 3 December 2026`


def read_happening(command: Command, today: date) -> Command:
    """Return the command with what happened, when, and a remark. Raises Wrong."""
    what, rest = _what(command.value.split())
    command = replace(command, choice=what)
    if rest and fixed(" ".join(rest), UNDO):
        return replace(command, undo=True)
    if not rest:
        return command
    try:
        on, remark = _day_and_remark(rest, today)
    except WrongTime as error:
        raise Wrong((joined("", (f"`{' '.join(rest)}`: ", error.why)), _HOW)) from None
    return replace(command, on=on, text=remark)


def _what(words: list[str]) -> tuple[str, list[str]]:
    """Return what happened, by the longest name that stands at the begin, and the words behind it."""
    for count in range(len(words), 0, -1):
        if found := fixed(" ".join(words[:count]).rstrip(",:;"), HAPPENINGS):
            return found, words[count:]
    return pick_fixed(words[0], HAPPENINGS, say("happening"), "#happened "), words[1:]


def _day_and_remark(words: list[str], today: date) -> tuple[date | None, str]:
    """Return the day that stands at the begin or at the end, and the other words."""
    most = min(len(words), _MOST_WORDS)
    for count in range(most, 0, -1):
        if day := read_past_day(" ".join(words[:count]).rstrip(",:;"), today):
            return day, " ".join(words[count:])
    if is_span(words[0]) or is_span(" ".join(words[:2])):
        raise WrongTime(say("that is no day"))
    for count in range(most, 0, -1):
        if day := read_past_day(" ".join(words[-count:]), today):
            return day, " ".join(words[:-count]).rstrip(",:;")
    return None, " ".join(words)
