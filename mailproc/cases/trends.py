"""What has become more since last week? Two weeks of counts, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

WEEK = timedelta(days=7)

# From how many on, and by how much, more is a rise (our choice): two instead of one is chance.
FEWEST = 3
BY_HALF = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """How often something came in the last seven days, and in the seven days before."""

    name: str
    now: int
    before: int

    @property
    def rises(self) -> bool:
        """Whether it is worth a look: at least three, and at least half as many again as the week before."""
        return self.now >= FEWEST and self.now >= self.before * BY_HALF


def top(changes: Iterable[Change], most: int) -> tuple[Change, ...]:
    """Return what came most often this week; what rises stands before what does not."""
    came = (change for change in changes if change.now)
    return tuple(sorted(came, key=lambda change: (not change.rises, -change.now, change.name))[:most])
