"""What counts as a rise, and what stands first."""

from __future__ import annotations

import pytest

from mailproc.cases.trends import Change, top


@pytest.mark.parametrize(
    ("now", "before", "rises"),
    [(3, 0, True), (2, 0, False), (3, 2, True), (4, 3, False), (5, 3, True), (9, 6, True), (8, 6, False)],
)  # fmt: skip
def test_a_rise_is_three_at_least_and_half_as_many_again(now: int, before: int, rises: bool):
    assert Change(name="quality", now=now, before=before).rises is rises


def test_what_rises_stands_first_then_what_is_most_and_nothing_stands_nowhere():
    many, rising = Change(name="delay", now=9, before=8), Change(name="cost", now=3, before=1)
    gone, few = Change(name="rude", now=0, before=5), Change(name="other", now=1, before=1)
    assert top([many, few, gone, rising], 5) == (rising, many, few)
    assert top([many, few, gone, rising], 1) == (rising,)
