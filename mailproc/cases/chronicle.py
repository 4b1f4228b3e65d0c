"""What does the history of a case say has moved it? Its lines, read back as what they stood for.

`lifecycle.py` writes these lines; a test lets it write each of them and reads it here. A decision that came
back has never been: the customer does not know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mailproc.cases.lifecycle import RESOLUTION, SURVEY_ANSWERED

_DECIDED = ("resolution accepted, case resolved", "resolved")
_LOST = (f"{RESOLUTION} failed, customer not reached", f"{RESOLUTION} bounced, customer not reached")
_REOPENED = "reopened"
# The customer is not content: behind it stands whether the case is reopened or the next stage begins.
_NOT_CONTENT = ("wrote again, ", f"{SURVEY_ANSWERED}, ")
_NEXT_STAGE = "stage "  # an agent lets it begin
_ENDED = ("closed", "closed as spam")
_MERGED, _TOOK_IN = "goes on in ", "took in "
_ESCALATED = "escalated to "
_ROUTED, _TAKEN, _ASSIGNED = "routed", "taken", "assigned to "
# What makes whoever does it the owner of a case that nobody owns.
_WORKED = (
    "answered the customer",
    "wrote the resolution",
    "takes more time to decide",
    "proposed a resolution",
)

# What of a history has to be read, whole lines and how others begin; the rest says nothing here.
LINES = (*_DECIDED, *_LOST, _REOPENED, *_ENDED, _ROUTED, _TAKEN)
BEGINNINGS = (*_NOT_CONTENT, _NEXT_STAGE, _MERGED, _TOOK_IN, _ESCALATED, _ASSIGNED, *_WORKED)


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
    REOPENED = "reopened"  # the customer is not content, or somebody of the desk took it up again
    ENDED = "ended"  # closed, as spam too, or it goes on in another case
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
        step, decided = _step(line), _decision(moved)
        if line.what in _LOST and decided is not None:
            del moved[decided]  # who was never told was not decided about
        if line.what.startswith((_NEXT_STAGE, _TOOK_IN)) and decided is None:
            step = None  # it was open as it was
        if step is not None:
            moved.append(Moved(step=step, at=line.at))
        if (new := _new_owner(line, owner)) is not None:
            if owner is not None and new != owner:
                moved.append(Moved(step=Step.HANDED_ON, at=line.at))
            owner = new
    return tuple(moved)


def _step(line: Line) -> Step | None:
    what = line.what
    if what in _DECIDED:
        return Step.DECIDED
    if what == _REOPENED or what.startswith((*_NOT_CONTENT, _NEXT_STAGE, _TOOK_IN)):
        return Step.REOPENED
    if what in _ENDED or what.startswith(_MERGED):
        return Step.ENDED
    return Step.ESCALATED if what.startswith(_ESCALATED) else None


def _decision(moved: Sequence[Moved]) -> int | None:
    """Return the place of the decision that stands; None when the case is undecided."""
    for place in reversed(range(len(moved))):
        match moved[place].step:
            case Step.DECIDED:
                return place
            case Step.REOPENED:
                return None
    return None


def _new_owner(line: Line, owner: str | None) -> str | None:
    """Who owns the case from this line on; None when the line changes nobody."""
    if line.what == _TAKEN:
        return line.who
    if line.what.startswith(_ASSIGNED):
        return line.what.removeprefix(_ASSIGNED)
    if line.what == _ROUTED:
        return line.text.partition(": ")[2] or None
    worked = owner is None and line.what.startswith(_WORKED)
    return line.who if worked else None
