"""How alike two complaints are: enough to put a list in order."""

from __future__ import annotations

import pytest

from mailproc.cases.likeness import likeness


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("My kettle exploded", "my KETTLE, exploded!", 1.0),
        ("My kettle exploded", "The parcel never came", 0.0),
        ("kettle kettle kettle", "kettle exploded", 2 / 3),  # how often does not count
        ("Re: it is so", "Re: it is so", 0.0),  # short words say nothing
        ("", "kettle", 0.0),
        ("Vízforraló robbant", "vízforraló", 2 / 3),
        ("V\u00edzforral\u00f3", "Vi\u0301zforralo\u0301", 1.0),  # composed or not
    ],
)
def test_texts_are_alike_by_the_words_they_share(one: str, other: str, expected: float):
    assert likeness(one, other) == pytest.approx(expected)
    assert likeness(other, one) == likeness(one, other)
