"""Figures of a period, as a table, as JSON and as a file for a spreadsheet; what is to be done better."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.cases.case import HistoryEntry
from mailproc.outbound.spreadsheet import as_csv, cell, table_file
from mailproc.store import casebook, figures, improvements, queries
from tests.cli.conftest import Place, write_mail

TODAY = datetime.now(UTC)


def this_week() -> list[str]:
    """The week that runs, by its days: tests must not depend on the day on which they run."""
    return [
        "--from",
        str((TODAY - timedelta(days=3)).date()),
        "--to",
        str((TODAY + timedelta(days=1)).date()),
    ]


def note(place: Place, text: str) -> int:
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, place.only_case())
        assert found is not None
        return improvements.note(session, found[0], text=text, who="Bob", now=TODAY, inbox_id=1)


def test_a_complaint_that_was_decided_stands_in_the_figures(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    place.answer("case", "resolve", reference, "New one.", "--outcome", "upheld", "--cause", "quality")
    place.answer("case", "reopen", reference, "It leaks, too.")
    document = place.answer("report", *this_week())
    figures = document["figures"]
    assert (figures["received"], figures["decided"], figures["reopened"]) == (1, 1, 1)
    assert (figures["open_at_start"], figures["open_at_end"]) == (0, 1)
    assert figures["outcomes"] == {}  # the decision does not stand
    assert figures["decided_in_hours"]["count"] == 1
    assert document["before"]["received"] == 0
    assert figures["mailboxes"]["main"]["received"] == 1


def test_a_case_that_nobody_has_touched_since_is_open_still(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        (row,) = queries.cases(session)
        row.received_at = row.changed_at = TODAY - timedelta(days=40)
        session.add(row)
    figures = place.answer("report", *this_week())["figures"]
    assert (figures["open_at_start"], figures["received"], figures["open_at_end"]) == (1, 0, 1)


def test_the_default_is_the_last_whole_week(place: Place) -> None:
    place.receive(write_mail())
    document = place.answer("report")
    assert document["figures"]["received"] == 0
    assert document["period"]["name"] == place.answer("report", "week")["period"]["name"]
    assert document["period"]["to"] < str(TODAY.date())


def test_what_was_imported_counts_for_no_clock(place: Place) -> None:
    place.receive(write_mail(), silent=True)
    figures = place.answer("report", *this_week())["figures"]
    assert (figures["received"], figures["silent"]) == (1, 1)
    assert figures["clocks"] == {}


def test_spam_is_no_complaint(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, place.only_case())
        assert found is not None
        casebook.save(session, found[0], found[1], replace(found[1], spam=True), TODAY)
    figures = place.answer("report", *this_week())["figures"]
    assert (figures["received"], figures["spam"]) == (0, 1)


def test_as_a_table_and_as_a_file(place: Place) -> None:
    place.receive(write_mail())
    shown = place.run("report", *this_week())
    assert shown.exit_code == 0
    assert any(line.split()[:2] == ["received", "1"] for line in shown.stdout.splitlines())
    made = place.run("report", *this_week(), "--csv")
    rows = list(csv.DictReader(io.StringIO(made.stdout)))
    (received,) = [row for row in rows if row["section"] == "complaints" and row["figure"] == "received"]
    assert (received["value"], received["value_before"], received["unit"]) == ("1", "0", "count")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("someday",), "write week, month, 2026-W47 or 2026-11"),
        (("week", "--from", "2026-01-01"), "write either PERIOD, or --from DATE"),
        (("--to", "2026-01-01"), "write either PERIOD, or --from DATE"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "write the earlier day first"),
        (("2199-01",), "is still to come"),
        (("9999-12",), "write week, month, 2026-W47 or 2026-11"),
        (("0001-W01",), "write week, month, 2026-W47 or 2026-11"),
        (("--from", "0001-01-01"), "the year is not one of 1900 to 2199"),
        (("--from", "2026-01-01", "--to", "9999-12-31"), "the year is not one of 1900 to 2199"),
        (("--json", "--csv"), "choose one"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Place, arguments: tuple[str, ...], words: str) -> None:
    place.receive(write_mail())
    result = place.run("report", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+36 1 555", "'+36 1 555"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("quality", "quality"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
        (-3, "-3"),
        (0.123456, "0.1235"),
    ],
)
def test_no_cell_is_a_formula(value: str | int | float | None, safe: str) -> None:
    assert cell(value) == safe


def test_a_file_for_a_spreadsheet_can_be_read_again() -> None:
    rows = [('He said "=1"', "a,b"), ("line\nbreak", "ő")]
    assert list(csv.reader(io.StringIO(as_csv(("x", "y"), rows)))) == [["x", "y"], *map(list, rows)]
    assert table_file("x.csv", ("x",), []).data == b"\xef\xbb\xbfx\r\n"


def test_an_improvement_stands_in_the_report_until_it_is_done(place: Place) -> None:
    place.receive(write_mail())
    number = note(place, "=Ask the workshop first")
    (item,) = place.answer("improve", "list")
    assert (item["number"], item["text"], item["by"]) == (number, "=Ask the workshop first", "Bob")
    assert place.answer("report")["improvements"] == [item]
    assert "Ask the workshop first" in place.run("report").stdout

    done = place.answer("improve", "done", number)
    assert done["done_by"] == "ottilie" and done["done_at"]
    assert place.answer("improve", "list") == place.answer("report")["improvements"] == []
    assert place.answer("improve", "list", "--all") == [done]
    history = place.answer("case", "show", place.only_case())["history"]
    assert [line["what"] for line in history][-2:] == ["noted an improvement", "improvement done"]


def test_an_improvement_is_done_once(place: Place) -> None:
    place.receive(write_mail())
    number = note(place, "Ask the workshop first")
    assert place.run("improve", "done", number, "--by", "Lea").exit_code == 0
    again = place.run("improve", "done", number)
    assert again.exit_code == 1 and "Lea has done it" in again.stderr
    unknown = place.run("improve", "done", 99)
    assert unknown.exit_code == 1 and "there is none" in unknown.stderr
    assert "nothing is to be done better" in place.run("improve", "list").stdout


def test_history_lines_that_mean_nothing_to_figures_are_not_read(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, place.only_case())
        assert found is not None
        entries = [
            HistoryEntry(at=TODAY, who="Bob", what="note", text="resolved"),
            HistoryEntry(at=TODAY, who="Bob", what="assigned to 50% Bob", text=""),
            HistoryEntry(at=TODAY, who="Bob", what="escalated to Lea", text="x" * 500),
        ]
        casebook.write_history(session, found[0], entries)
        told = figures.histories(session, [found[0]])[found[0]]
    assert [(line.what, len(line.text)) for line in told] == [
        ("assigned to 50% Bob", 0),
        ("escalated to Lea", 200),
    ]
