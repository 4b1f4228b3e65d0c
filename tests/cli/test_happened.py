"""At the command line somebody says what no mail tells the desk, as an agent does by mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailproc.desk import utc_now
from mailproc.store import casebook
from tests.cli.conftest import Place, write_mail


def under(place: Place, policy: str, variant: str | None = None) -> str:
    place.configure(desk={"policy": policy, "policy_variant": variant})
    place.receive(write_mail())
    return place.only_case()


def test_what_is_reported_starts_its_clock_and_can_be_taken_back(place: Place) -> None:
    reference = under(place, "ie-cpc")
    said = place.answer("case", "happened", reference, "investigated", "--text", "the workshop is done")
    assert said["recorded"]["what"] == "reported: the investigation has ended"
    assert said["recorded"]["who"] == "ottilie"
    assert "the workshop is done" in said["recorded"]["text"]
    assert not said["mail_sent"] and said["status"] == "open"
    (outcome,) = [clock for clock in said["clocks"] if clock["id"] == "outcome"]
    assert outcome["due_at"] and not outcome["satisfied_at"]
    (due,) = place.answer("case", "due")
    assert "outcome" in [clock["id"] for clock in due["owed"]]

    shown = place.run("case", "happened", reference, "investigated", "--undo", "--by", "Bob").stdout
    assert "took back: the investigation has ended by Bob" in shown
    assert "Word of what came of it is owed no more." in shown
    (due,) = place.answer("case", "due")
    assert "outcome" not in [clock["id"] for clock in due["owed"]]
    whats = [entry["what"] for entry in place.answer("case", "show", reference)["history"]]
    assert whats[-2:] == [
        "reported: the investigation has ended",
        "took back: the investigation has ended",
    ]
    assert place.answer("outbox", "list")[0]["letter"] == "acknowledgement"


def test_a_clock_that_stands_still_is_shown_and_is_not_due(place: Place) -> None:
    reference = under(place, "au-asic", "trustee")
    said = place.answer("case", "happened", reference, "paused", "--reason", "court_advice")
    (paused,) = [clock for clock in said["clocks"] if clock["paused_since"]]
    assert paused["id"] == "decide"
    shown = place.run("case", "show", reference).stdout
    assert "stands still" in shown
    (due,) = place.answer("case", "due")
    assert [clock["id"] for clock in due["owed"]] == ["ack"]
    place.answer("case", "happened", reference, "resumed")
    assert [clock["paused_since"] for clock in place.answer("case", "show", reference)["clocks"]] == [
        None
    ] * 2


def test_the_day_may_be_said(place: Place) -> None:
    reference = under(place, "us-cfpb")
    before = place.answer("case", "show", reference)["clocks"]
    day = (utc_now() - timedelta(days=10)).date().isoformat()
    said = place.answer("case", "happened", reference, "regulator_sent", "--on", day)
    due = {clock["id"]: clock["due_at"] for clock in said["clocks"]}
    assert due["decide"] < {clock["id"]: clock["due_at"] for clock in before}["decide"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["implemented"], 1, "they know: investigated"),
        (["investigated", "--on", "soon"], 2, "is no day"),
        (["investigated", "--on", "2099-01-01"], 1, "is to come"),
        (["investigated", "--undo"], 1, "nobody has reported"),
        (["investigated", "--undo", "--on", "2026-01-01"], 2, "leave --on and --reason out"),
        (["investigated", "--reason", "why"], 2, "--reason goes with paused alone"),
        (["paused", "--reason", "customer"], 1, "no clock ever stands still"),
        (["acknowledged"], 2, "acknowledged"),
    ],
)
def test_what_cannot_be_changes_nothing(place: Place, arguments: list[str], code: int, words: str) -> None:
    reference = under(place, "ie-cpc")
    before = place.answer("case", "show", reference)
    result = place.run("case", "happened", reference, *arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    assert place.answer("case", "show", reference) == before


def test_who_owns_the_case_is_told_of_what_somebody_else_reports(place: Place) -> None:
    (place.folder / "config" / "people.yaml").write_text(
        "agents:\n- {name: Bob, address: bob@acme.example}\n"
    )
    reference = under(place, "ie-cpc")
    with place.database() as database, database.transaction() as session:
        case = casebook.load(session, 1)
        casebook.save(session, 1, case, replace(case, owner="Bob"), utc_now())
    said = place.answer("case", "happened", reference, "investigated", "--text", "the workshop is done")
    assert said["mail_sent"]
    told = [row for row in place.answer("outbox", "list") if row["letter"] == "colleague_note"]
    assert [row["to"] for row in told] == ["bob@acme.example"]
    by_himself = place.run("case", "happened", reference, "investigated", "--undo", "--by", "Bob")
    assert "No mail was sent." in by_himself.stdout
    again = place.run("case", "happened", reference, "investigated")
    assert "The daemon tells Bob by mail." in again.stdout
