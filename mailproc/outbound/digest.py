"""What stands in a digest? The values that its templates show; every moment is in its reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailproc.cases.trends import Change

BAR_CELLS = 20  # the longest bar in plain text


class Why(StrEnum):
    """Why a case stands in a digest; `_digest.*.txt` has the words."""

    FOR_YOU = "for_you"  # handed up to the reader
    APPROVE = "approve"  # the reader was asked to approve
    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    UNREACHABLE = "unreachable"
    HELD = "held"  # a letter of which it is not known whether it left
    UNTOUCHED = "untouched"
    HANDED_ON = "handed_on"  # from one owner to the next, more often than the policy bears
    ESCALATED = "escalated"  # handed up to somebody else
    APPROVAL = "approval"  # somebody else was asked to approve


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One case; `number` is what a reply calls it. `to` is to whom it was handed up."""

    number: int
    reference: str
    subject: str
    why: tuple[str, ...]
    owner: str | None = None
    to: str | None = None
    due_at: datetime | None = None
    since: datetime | None = None  # when it last changed
    hand_offs: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Cases that stand below one heading. `more`: how many there are besides."""

    id: str  # today, soon, stuck, above
    lines: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What the subject says."""

    overdue: int
    today: int
    for_you: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One of two weeks: `percent` of the longest bar beside it."""

    count: int
    percent: int

    @property
    def text(self) -> str:
        """The bar in plain text: no cell for nothing, at least one for something."""
        cells = round(self.percent * BAR_CELLS / 100)
        return "█" * (max(cells, 1) if self.count else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """The last seven days beside the seven before."""

    id: str  # received, decided
    now: Bar
    before: Bar


def trends(changes: Sequence[Change]) -> tuple[Trend, ...]:
    """Return bars for these counts, all on one scale."""
    longest = max((count for change in changes for count in (change.now, change.before)), default=0)

    def bar(count: int) -> Bar:
        return Bar(count=count, percent=max(round(100 * count / longest), 1) if count else 0)

    return tuple(Trend(id=each.name, now=bar(each.now), before=bar(each.before)) for each in changes)
