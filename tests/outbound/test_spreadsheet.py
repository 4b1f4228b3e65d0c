"""A table as a file: complete, and without anything that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest

from mailproc.outbound.spreadsheet import table_file


def cells(*values: object) -> list[str]:
    file = table_file("x.csv", ["a"] * len(values), [values])
    assert file.content_type == "text/csv"
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    return rows[1]


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "＝1",
     "=cmd|' /C calc'!A0"],
)  # fmt: skip
def test_what_would_be_a_formula_is_text(value: str):
    (cell,) = cells(value)
    assert cell == f"'{value}"


@pytest.mark.parametrize(
    "value", ["My kettle", "1-2", "a=b", "", "'quoted'", 'say "no"', "one, two", "two\nlines", "é日🫖"]
)
def test_everything_else_stays_as_it_is(value: str):
    assert cells(value, value) == [value, value]


def test_nothing_is_an_empty_cell_and_half_a_letter_does_no_harm():
    assert cells(None, 7) == ["", "7"]
    assert cells("\ud800x") == ["?x"]


def test_excel_is_told_that_it_is_utf_8():
    assert table_file("x.csv", ["a"], []).data == b"\xef\xbb\xbfa\r\n"
