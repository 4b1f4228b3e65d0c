"""Does an automatic answer say that its person is away, and until when?

Read with care, because it moves work to others: a day counts only beside a word that makes it the end of
something (*until 3 December*, *zurück am 4.12.*, *december 3-ig*). Where two ends are named, the earlier one
counts: whoever is still away then says so again, while nobody notices a letter that went elsewhere for weeks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailproc.inbound.command_times import WrongTime, read_time
from mailproc.inbound.command_words import fold

LONGEST = timedelta(days=60)  # our choice: a longer absence is for `away: true` in people.yaml
_READ = 3000  # characters: what is away stands at the top

# All compared without accents.
_AWAY = re.compile(
    r"\b(?:out of (?:the )?office|away|on (?:annual |sick |parental )?leave|on (?:vacation|holiday)|absent"
    r"|abwesen\w*|nicht im (?:buro|haus|dienst)|(?:im|in) (?:urlaub|elternzeit|mutterschutz)|krank"
    r"|hazon kivul\w*|tavol\w*|szabadsag\w*|nem tartozkodom|betegallomany\w*)\b"
)
_UNTIL = ("until", "till", "til", "through", "thru", "bis")  # the day itself is still part of it
_BACK = re.compile(
    r"\b(?:(?:back|return|returning|returns|available|in the office|reach me)(?: \w+){0,4}? (?:on|from|at)"
    r"|back|returning|(?:wieder|zuruck|erreichbar)(?: \w+){0,3}? (?:ab|am)"
    # `ab 7.12.` alone may begin an absence as well as end one.
    r"|ab(?=[^!?]{4,50}\b(?:wieder|zuruck)\b))\b"
)
_BEFORE_A_DAY = frozenset(
    {
        *("the", "on", "of", "and", "including", "incl", "inclusive"),
        *("dem", "den", "der", "zum", "am", "einschliesslich", "einschl", "inklusive", "inkl"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag"),
        *("mo", "di", "mi", "do", "fr", "sa", "so"),
    }
)
_HUNGARIAN_UNTIL = ("ig", "aig", "eig")  # december 3-ig, december 3-áig: up to and including
_HUNGARIAN_BACK = re.compile(r"\b(?:ismet|ujra|vissza\w*|elerheto\w*)\b")
_HUNGARIAN_ON = ("en", "an", "on", "jen", "jan")
_LONGEST_DAY = 4  # words of a day: 2026. december 3.


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Somebody is away. `until` is the first day on which she is there again; None when none is named."""

    until: date | None


def absence(subject: str, text: str, today: date) -> Absence | None:
    """Return what an automatic answer says of an absence; None when it does not speak of one.

    A machine that merely confirms that a mail has come says nothing about where its person is. Days that are
    past or further ahead than LONGEST are not believed.
    """
    said = _folded(f"{subject}\n{text}"[:_READ])
    ends = [day for day in _ends(said, today) if today < day <= today + LONGEST]
    if not ends and not _AWAY.search(said):
        return None
    return Absence(until=min(ends, default=None))


def _folded(text: str) -> str:
    return " . ".join(filter(None, (fold(line) for line in text.splitlines())))


def _ends(said: str, today: date) -> Iterator[date]:
    words = said.split()
    for place, word in enumerate(words):
        if word.strip(",;:(") in _UNTIL and (day := _day_at(words[place + 1 :], today)):
            yield day + timedelta(days=1)
        suffix = word.rstrip(".,;:!)")
        if suffix in (*_HUNGARIAN_UNTIL, *_HUNGARIAN_ON) and (day := _hungarian_day(words[:place], today)):
            if suffix in _HUNGARIAN_UNTIL:
                yield day + timedelta(days=1)
            elif _HUNGARIAN_BACK.search(" ".join(words[max(place - 8, 0) : place + 8])):
                yield day
    for found in _BACK.finditer(said):
        if day := _day_at(said[found.end() :].split(), today):
            yield day


def _day_at(words: Sequence[str], today: date) -> date | None:
    """Return the day that stands at the start of some words, after its weekday and the like."""
    start = 0
    while start < len(words) and words[start].strip(",.") in _BEFORE_A_DAY:
        start += 1
    return _longest([words[start : start + count] for count in range(_LONGEST_DAY, 0, -1)], today)


def _hungarian_day(words: Sequence[str], today: date) -> date | None:
    """Return the day at the end of some words; `12.03` is not one, for here the month comes first."""
    tries = [words[-count:] for count in range(_LONGEST_DAY, 0, -1) if count <= len(words)]
    certain = [each for each in tries if re.search(r"[a-z]{3}|^20\d\d", " ".join(each))]
    return _longest(certain, today)


def _longest(tries: Sequence[Sequence[str]], today: date) -> date | None:
    for words in tries:
        try:
            time = read_time(" ".join(words).rstrip(".,;:!?) "), today)
        except WrongTime:
            return None
        if time is not None and time.until is not None:
            return time.until
    return None
