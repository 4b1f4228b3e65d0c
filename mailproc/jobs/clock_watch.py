"""Can the clock be believed? When it has jumped, what hangs on due times holds until it is steady again.

A clock that was set wrong for a minute must not tell everybody of everything that is due within a year. So
the wall clock is compared with one that nobody can set. They also part when the machine was suspended,
because the latter stands still then: that is treated alike, and all goes on a minute later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

JUMP = timedelta(minutes=5)  # our choice: more than what keeps clocks right ever corrects at once
STEADY_AFTER = 2  # looks that agree, after the one that found the jump
LOOK_EVERY = 30.0  # seconds between two looks that count
SHOWN_FOR = 3600.0  # seconds that a jump stays in the health file after the clock is steady again


class ClockWatch:
    """Compares two clocks; safe to be asked by several threads.

    `jumped` is called when a jump was found, `steady` when the clock is believed again: the one to set
    everything right that waits for a time of day, the other to do what was held.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        jumped: Callable[[], None] = lambda: None,
        steady: Callable[[], None] = lambda: None,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._jumped = jumped
        self._steady = steady
        self._lock = threading.Lock()
        self._last = (wall(), monotonic())
        self._agreed = STEADY_AFTER
        self._jump: tuple[datetime, timedelta, float] | None = None  # when by the clock, by how much, when

    def run(self, stopping: threading.Event) -> None:
        """Look again and again; the pause is not measured by the clock in question."""
        while not stopping.wait(LOOK_EVERY):
            self.look()

    def look(self) -> None:
        """Look once, so that it counts as one of the looks that have to agree."""
        with self._lock:
            found = self._compare()
            was_steady = self._agreed >= STEADY_AFTER
            if not found:
                self._agreed += 1
            is_steady = self._agreed >= STEADY_AFTER
        if found:
            self._jumped()
        elif is_steady and not was_steady:
            log.warning("the clock is steady again, due times count")
            self._steady()

    def is_believed(self) -> bool:
        """Whether due times may be judged by the clock at this moment."""
        with self._lock:
            found = self._compare()
            believed = self._agreed >= STEADY_AFTER
        if found:
            self._jumped()
        return believed

    def compare_with(self, earlier: datetime | None) -> None:
        """Compare with a moment that is known to have passed: when the desk ran last.

        A clock that is too early shows so at the start. One that is too late looks like an outage.
        """
        with self._lock:
            if earlier is not None and earlier - self._wall() > JUMP:
                self._note(self._wall() - earlier)

    def trouble(self) -> list[str]:
        """Say what is wrong, or was a short while ago; empty when nothing is."""
        with self._lock:
            if self._jump is None:
                return []
            at, by, since = self._jump
            if self._agreed >= STEADY_AFTER and self._monotonic() - since > SHOWN_FOR:
                return []
            what = f"the clock was set {'forward' if by > timedelta() else 'back'} by {abs(by)} at {at}"
            if self._agreed < STEADY_AFTER:
                return [f"{what}; nothing is told of due times until it is steady"]
            return [f"{what}; it is taken as right now"]

    def _compare(self) -> bool:
        wall, monotonic = self._wall(), self._monotonic()
        last_wall, last_monotonic = self._last
        self._last = (wall, monotonic)
        by = (wall - last_wall) - timedelta(seconds=monotonic - last_monotonic)
        if abs(by) <= JUMP:
            return False
        self._note(by)
        return True

    def _note(self, by: timedelta) -> None:
        by = timedelta(seconds=round(by.total_seconds()))
        at = self._wall().astimezone(UTC).replace(microsecond=0)
        self._agreed = 0
        self._jump = (at, by, self._monotonic())
        log.error("the clock has jumped, due times hold until it is steady", by=str(by), to=at.isoformat())
