"""What does the history of a case say has happened to it? Its lines, read back as what they stood for.

`lifecycle.py` writes these lines; a test lets it write each of them and reads it here. A letter that came
back has never been: the customer does not know what it said, so neither a decision nor a clock counts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from mailproc.cases.happenings import Happened, Happening
from mailproc.cases.lifecycle import (
    ACKNOWLEDGEMENT,
    EXTENSION,
    READY_MADE,
    REPLY,
    RESOLUTION,
    SURVEY,
    SURVEY_ANSWERED,
)

DECIDED = "resolution accepted, case resolved"
BY_HAND = "resolved"
ESCALATED = "escalated to "
ROUTED = "routed"
MORE_TIME = "takes more time to decide"
_ACCEPTED = " accepted"
_LOST = (" failed, customer not reached", " bounced, customer not reached")
_REOPENED = ("wrote again, case reopened", f"{SURVEY_ANSWERED}, case reopened", "reopened")
_ENDED = ("closed", "closed as spam")
_MERGED, _TOOK_IN = "goes on in ", "took in "
_TAKEN, _ASSIGNED = "taken", "assigned to "
# What makes whoever does it the owner of a case that nobody owns.
_WORKED = ("answered the customer", "wrote the resolution", MORE_TIME, "proposed a resolution")
_INFORMED = "answered"
_UNTIL = re.compile(r"until (\d{4}-\d{2}-\d{2})")

_LETTERS = (ACKNOWLEDGEMENT, REPLY, *READY_MADE, RESOLUTION, EXTENSION, SURVEY)

# What of a history has to be read, whole lines and how others begin; the rest says nothing here.
LINES = (
    *(DECIDED, BY_HAND, ROUTED, _TAKEN, _INFORMED, *_REOPENED, *_ENDED),
    *(f"{letter}{_ACCEPTED}" for letter in _LETTERS),
    *(f"{letter}{lost}" for letter in _LETTERS for lost in _LOST),
)
BEGINNINGS = (ESCALATED, _MERGED, _TOOK_IN, _ASSIGNED, *_WORKED)


class Line(Protocol):
    """A line of a history, as it was written or as it is kept."""

    @property
    def at(self) -> datetime: ...
    @property
    def who(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def text(self) -> str: ...


class Step(StrEnum):
    """What moved a case, as far as figures count it."""

    DECIDED = "decided"
    REOPENED = "reopened"  # the customer disagrees, or somebody of the desk took it up again
    RETURNED = "returned"  # open again because the decision did not reach the customer
    ENDED = "ended"  # closed, as spam too, or it goes on in another case
    TOOK_IN = "took in"  # another case goes on in this one
    HANDED_ON = "handed on"  # another person owns it than before
    ESCALATED = "escalated"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One step of a case, and when."""

    step: Step
    at: datetime


def steps(history: Sequence[Line]) -> tuple[Moved, ...]:
    """Return what moved a case, in the order of its history.

    The first owner is no hand-off. One who gave the case back to the team, and took it again, is none either.
    """
    moved: list[Moved] = []
    owner: str | None = None
    for line in history:
        step = _step(line)
        if step in (Step.RETURNED, Step.TOOK_IN):
            # Of a case that was not decided, neither changes where it stands.
            decided = _decision(moved)
            step = None if decided is None else Step.REOPENED if step is Step.TOOK_IN else step
            if step is Step.RETURNED and decided is not None:
                del moved[decided]  # who was never told was not decided about
        if step is not None:
            moved.append(Moved(step=step, at=line.at))
        if (new := _new_owner(line, owner)) is not None:
            if owner is not None and new != owner:
                moved.append(Moved(step=Step.HANDED_ON, at=line.at))
            owner = new
    return tuple(moved)


def happenings(history: Iterable[Line], zone: ZoneInfo) -> tuple[Happened, ...]:
    """Return what clocks count from and stop at. `zone` says which day a letter has named.

    An answer or a decision of a person tells the customer also that the complaint has arrived, as it does
    for a case of the desk. What was decided without a letter counts for no clock.
    """
    told: list[tuple[str, datetime, Happened]] = []
    until: date | None = None
    for line in history:
        letter = _letter(line, _ACCEPTED) or (RESOLUTION if line.what == DECIDED else None)
        lost = next((found for ending in _LOST if (found := _letter(line, ending))), None)
        if letter is not None:
            told += [(letter, line.at, each) for each in _told(letter, line.at, until, zone)]
        elif lost is not None:
            last = max((at for of, at, _ in told if of == lost), default=None)
            told = [each for each in told if each[:2] != (lost, last)]
        elif line.what == MORE_TIME and (match := _UNTIL.match(line.text)):
            until = date.fromisoformat(match[1])
        elif line.what in _REOPENED:
            told.append(("", line.at, Happened(what=Happening.REOPENED, at=line.at)))
        elif line.what == _INFORMED:
            told.append(("", line.at, Happened(what=Happening.INFORMATION_RECEIVED, at=line.at)))
    return tuple(each for _, _, each in told)


def _told(letter: str, at: datetime, until: date | None, zone: ZoneInfo) -> Iterator[Happened]:
    """What a letter means that the mail server has accepted."""
    if letter in (ACKNOWLEDGEMENT, REPLY, RESOLUTION, *READY_MADE):
        yield Happened(what=Happening.ACKNOWLEDGED, at=at)
    if letter in (REPLY, *READY_MADE):
        yield Happened(what=Happening.UPDATED, at=at)
    elif letter == RESOLUTION:
        yield Happened(what=Happening.DECIDED, at=at)
    elif letter == SURVEY:
        yield Happened(what=Happening.FOLLOWED_UP, at=at)
    elif letter == EXTENSION:
        yield Happened(what=Happening.EXTENDED, at=at)
        if until is not None:
            noon = datetime.combine(until, time(12), zone).astimezone(UTC)
            yield Happened(what=Happening.EXTENDED_UNTIL, at=noon)


def _letter(line: Line, ending: str) -> str | None:
    name = line.what.removesuffix(ending) if line.what.endswith(ending) else ""
    return name if name in _LETTERS else None


def _step(line: Line) -> Step | None:
    what = line.what
    if what in (DECIDED, BY_HAND):
        return Step.DECIDED
    if what in _REOPENED:
        return Step.REOPENED
    if what in tuple(f"{RESOLUTION}{lost}" for lost in _LOST):
        return Step.RETURNED
    if what in _ENDED or what.startswith(_MERGED):
        return Step.ENDED
    if what.startswith(_TOOK_IN):
        return Step.TOOK_IN
    return Step.ESCALATED if what.startswith(ESCALATED) else None


def _decision(moved: Sequence[Moved]) -> int | None:
    """Return the place of the decision that stands; None when the case is undecided."""
    for place in reversed(range(len(moved))):
        match moved[place].step:
            case Step.DECIDED:
                return place
            case Step.REOPENED | Step.RETURNED:
                return None
    return None


def _new_owner(line: Line, owner: str | None) -> str | None:
    """Who owns the case from this line on; None when the line changes nobody."""
    if line.what == _TAKEN:
        return line.who
    if line.what.startswith(_ASSIGNED):
        return line.what.removeprefix(_ASSIGNED)
    if line.what == ROUTED:
        return line.text.partition(": ")[2] or None
    worked = owner is None and line.what.startswith(_WORKED)
    return line.who if worked else None
