"""A clock that jumps is noticed either way, and believed again when it has agreed twice; drift is no jump."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.jobs.clock_watch import LOOK_EVERY, SHOWN_FOR, STEADY_AFTER, ClockWatch

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


class Clocks:
    """The wall clock and the one that nobody sets, and a watch that looks at both."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 5000.0
        self.calls: list[str] = []
        self.watch = ClockWatch(
            lambda: self.wall,
            lambda: self.monotonic,
            jumped=lambda: self.calls.append("jumped"),
            steady=lambda: self.calls.append("steady"),
        )

    def pass_by(self, time: float = LOOK_EVERY, *, set_by: timedelta = timedelta()) -> None:
        self.wall += timedelta(seconds=time) + set_by
        self.monotonic += time


@pytest.mark.parametrize("by", [HOUR, -HOUR, YEAR, -YEAR, timedelta(minutes=6), -timedelta(minutes=6)])
def test_after_a_jump_nothing_is_believed_until_two_looks_agree(by: timedelta) -> None:
    clocks = Clocks()
    clocks.pass_by()
    clocks.watch.look()
    assert clocks.watch.is_believed() and clocks.watch.trouble() == []

    clocks.pass_by(set_by=by)
    clocks.watch.look()
    assert not clocks.watch.is_believed()
    (trouble,) = clocks.watch.trouble()
    assert ("forward" if by > timedelta() else "back") in trouble and str(abs(by)) in trouble
    assert "until it is steady" in trouble
    for _ in range(STEADY_AFTER):
        assert not clocks.watch.is_believed()
        assert clocks.calls == ["jumped"]
        clocks.pass_by()
        clocks.watch.look()
    assert clocks.watch.is_believed()
    assert clocks.calls == ["jumped", "steady"]


def test_a_job_that_asks_before_the_watch_has_looked_is_not_let_through() -> None:
    clocks = Clocks()
    clocks.pass_by(1, set_by=YEAR)
    assert not clocks.watch.is_believed()
    assert clocks.calls == ["jumped"]
    clocks.watch.look()
    assert not clocks.watch.is_believed(), "one look that agrees is not enough"


def test_a_clock_that_is_set_right_again_is_held_as_long_as_any() -> None:
    """It may still be on its way: the hold begins anew with each jump."""
    clocks = Clocks()
    clocks.pass_by(set_by=YEAR)
    clocks.watch.look()
    clocks.pass_by()
    clocks.watch.look()
    clocks.pass_by(set_by=-YEAR)
    clocks.watch.look()
    clocks.pass_by()
    clocks.watch.look()
    assert not clocks.watch.is_believed()
    clocks.pass_by()
    clocks.watch.look()
    assert clocks.watch.is_believed()
    assert clocks.calls == ["jumped", "jumped", "steady"]


def test_asking_often_does_not_make_a_clock_steady() -> None:
    clocks = Clocks()
    clocks.pass_by(set_by=HOUR)
    for _ in range(10):
        assert not clocks.watch.is_believed()


def test_a_clock_that_drifts_or_is_corrected_is_believed() -> None:
    clocks = Clocks()
    for drift in itertools.islice(itertools.cycle((timedelta(seconds=40), -timedelta(minutes=4))), 200):
        clocks.pass_by(set_by=drift)
        clocks.watch.look()
        assert clocks.watch.is_believed()
    assert clocks.calls == []


def test_a_machine_that_was_suspended_goes_on_after_a_minute() -> None:
    """Nobody has set the clock; but the one that nobody can set has stood still."""
    clocks = Clocks()
    clocks.wall += timedelta(days=2)
    clocks.watch.look()
    assert not clocks.watch.is_believed()
    for _ in range(STEADY_AFTER):
        clocks.pass_by()
        clocks.watch.look()
    assert clocks.watch.is_believed()


def test_a_desk_that_was_down_has_seen_no_jump() -> None:
    clocks = Clocks()
    clocks.watch.compare_with(None)
    clocks.watch.compare_with(START - timedelta(days=3))
    assert clocks.watch.is_believed() and clocks.watch.trouble() == []


def test_a_desk_that_starts_before_it_ran_last_holds_due_times() -> None:
    clocks = Clocks()
    clocks.watch.compare_with(START + HOUR)
    assert not clocks.watch.is_believed()
    assert "back by 1:00:00" in clocks.watch.trouble()[0]


def test_a_jump_is_shown_for_a_while_after_it_is_over() -> None:
    clocks = Clocks()
    clocks.pass_by(set_by=HOUR)
    for _ in range(STEADY_AFTER + 1):
        clocks.watch.look()
    assert "taken as right" in clocks.watch.trouble()[0]
    clocks.pass_by(SHOWN_FOR + 1)
    assert clocks.watch.trouble() == []
