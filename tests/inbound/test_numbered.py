"""Lines of a reply to a digest: a number, a command, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from mailproc.inbound.numbered import LINES_LIMIT, read_numbered


def read(text: str) -> list[tuple[int, str]]:
    return [(line.number, line.command) for line in read_numbered(text).lines]


@pytest.mark.parametrize(
    "written",
    ["3 assign Bob", "3. assign Bob", "3) assign Bob", "3: assign Bob", "3 #assign Bob", "#3 assign Bob",
     "  3   assign   Bob ", "3\u00a0assign\u200b Bob", "3#assign Bob", "3.assign Bob", "٣ assign Bob"],
)  # fmt: skip
def test_a_line_is_a_number_and_a_command(written: str):
    assert read(written) == [(3, "#assign Bob")]


def test_lines_stand_at_the_top_with_blank_lines_between_them():
    reading = read_numbered("\n3 take\n\n7 escalate too slow\n\nThanks, Clara\n5 take\n")
    assert [line.written for line in reading.lines] == ["3 take", "7 escalate too slow"]
    assert reading.words == "Thanks, Clara\n5 take"
    assert [line.number for line in reading.late] == [5]


@pytest.mark.parametrize(
    "first", ["Hello,", "assign Bob", "C-7F3K-9QXT take", "1234 take", "3rd floor", "-3 take"]
)
def test_what_begins_with_no_number_ends_the_lines(first: str):
    assert read(f"{first}\n3 take") == []


def test_a_signature_is_no_line_that_stands_too_low():
    reading = read_numbered("3 take\nClara Weiss\n12 Sample Street\n36 1 555 0142\n5 take")
    assert [line.written for line in reading.late] == ["5 take"]


def test_a_number_alone_is_a_line_without_a_command():
    assert read("3") == [(3, "#")]


def test_a_line_keeps_what_its_command_says():
    assert read("2 extend 5d waiting for #4 of the lab") == [(2, "#extend 5d waiting for #4 of the lab")]


def test_so_many_lines_and_no_more():
    reading = read_numbered("\n".join(f"{number} take" for number in range(1, LINES_LIMIT + 3)))
    assert len(reading.lines) == LINES_LIMIT
    assert [line.number for line in reading.late] == [LINES_LIMIT + 1, LINES_LIMIT + 2]
