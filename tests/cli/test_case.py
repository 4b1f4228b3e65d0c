"""Looking at cases and recording what a person did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.addressing import new_reference
from mailproc.cases.case import Opinion, Status
from mailproc.cli import case as case_commands
from mailproc.desk import utc_now
from mailproc.store import casebook, surveys
from tests.cli.conftest import ESCAPES, Place, write_mail


def test_a_case_is_listed_with_its_state(place: Place) -> None:
    place.receive(write_mail())
    result = place.run("case", "list")
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header.split()[:2] == ["CASE", "STATUS"]
    assert place.only_case() in row and "ann@customer.example" in row and "My kettle leaks" in row


def test_cases_are_filtered_by_status_and_customer(place: Place) -> None:
    place.receive(
        write_mail(),
        write_mail(sender="bob@customer.example", message_id="<2@customer.example>", text="Mine!"),
    )
    bobs = place.answer("case", "list", "--customer", "BOB@customer.example")
    assert [case["customer"] for case in bobs] == ["bob@customer.example"]
    place.run("case", "resolve", bobs[0]["case"], "--outcome", "upheld", "--cause", "quality")
    assert [case["case"] for case in place.answer("case", "list", "--status", "resolved")] == [
        bobs[0]["case"]
    ]
    assert len(place.answer("case", "list", "--limit", "1")) == 1


def test_a_case_is_shown_with_clocks_history_mails_and_letters(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    shown = place.answer("case", "show", reference)
    assert {clock["id"]: clock["satisfied_at"] for clock in shown["clocks"]} == {
        "ack": None,
        "update": None,
        "decide": None,
    }
    assert [entry["what"] for entry in shown["history"]] == ["complaint received", "acknowledgement queued"]
    assert [mail["disposition"] for mail in shown["mails"]] == ["opened"]
    assert [(letter["letter"], letter["state"]) for letter in shown["letters"]] == [
        ("acknowledgement", "queued")
    ]
    for_people = place.run("case", "show", reference).stdout
    for word in (reference, "decide", "owed", "complaint received", "acknowledgement", "queued"):
        assert word in for_people


def test_a_case_shows_how_the_customer_found_it(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    assert place.answer("case", "show", reference)["satisfaction"]["score"] is None
    assert "satisfaction" not in place.run("case", "show", reference).stdout
    at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    with place.database() as database, database.transaction() as session:
        surveys.settle(session, 1, at, at, left_out="the complaint was withdrawn")
    assert "not asked: the complaint was withdrawn" in place.run("case", "show", reference).stdout
    with place.database() as database, database.transaction() as session:
        surveys.settle(session, 1, at + timedelta(days=1), at + timedelta(days=8), outbox_id=1)
        answer = {"case_id": 1, "outbox_id": 1, "words": "4", "at": at + timedelta(days=9)}
        surveys.keep_answer(session, inbox_id=1, score=4, opinion=Opinion.SATISFIED, **answer)
    assert place.answer("case", "show", reference)["satisfaction"] == {
        "asked_at": "2026-12-01T08:00:00+00:00",
        "not_asked": None,
        "score": 4,
        "opinion": "satisfied",
        "answered_at": "2026-12-02T08:00:00+00:00",
    }
    assert "4 of 5, satisfied" in place.run("case", "show", reference).stdout


def test_a_merged_case_says_where_it_goes_on_and_stays_closed(place: Place) -> None:
    place.receive(write_mail())
    reference, other = place.only_case(), new_reference()
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, reference)
        assert found is not None
        merged = replace(found[1], status=Status.CLOSED, merged_into=other)
        casebook.save(session, found[0], found[1], merged, utc_now())
    shown = place.answer("case", "show", reference)
    assert (shown["merged_into"], shown["split_from"], shown["spam"]) == (other, None, False)
    assert other in place.run("case", "show", reference).stdout
    refused = place.run("case", "reopen", reference)
    assert refused.exit_code != 0
    assert f"goes on in {other}" in refused.stderr


def test_a_reference_may_be_typed_carelessly(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    assert place.answer("case", "show", reference.lower().replace("-", ""))["case"] == reference


def test_an_outcome_that_the_desk_does_not_have_is_refused(place: Place) -> None:
    place.receive(write_mail())
    result = place.run("case", "resolve", place.only_case(), "Not ours.", "--outcome", "referred")
    assert result.exit_code == 2
    assert "out_of_scope" in result.stderr
    assert place.answer("case", "show", place.only_case())["status"] == "new"


def test_the_life_of_a_case_is_recorded_by_hand(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    for arguments, status in (
        (["note", reference, "She sounds upset."], "open"),
        (["wait", reference, "Asked for the receipt."], "waiting"),
        (["resolve", reference, "Gets a new one.", "--outcome", "upheld", "--cause", "quality"], "resolved"),
        (["reopen", reference, "The new one leaks too."], "open"),
        (["resolve", reference, "--outcome", "not_upheld", "--cause", "other"], "resolved"),
        (["close", reference, "Agreed on the phone.", "--by", "Ana"], "closed"),
    ):
        answer = place.answer("case", *arguments)
        assert (answer["status"], answer["mail_sent"]) == (status, False)
    history = place.answer("case", "show", reference)["history"]
    assert [(entry["who"], entry["what"], entry["text"]) for entry in history[2:]] == [
        ("ottilie", "note", "She sounds upset."),
        ("ottilie", "asked the customer", "Asked for the receipt."),
        ("ottilie", "resolved", "upheld: Gets a new one."),
        ("ottilie", "reopened", "The new one leaks too."),
        ("ottilie", "resolved", "not_upheld"),
        ("Ana", "closed", "Agreed on the phone."),
    ]
    assert len(place.answer("outbox", "list")) == 1, "only the acknowledgement was ever queued"


def test_a_command_says_that_no_mail_was_sent(place: Place) -> None:
    place.receive(write_mail())
    result = place.run("case", "note", place.only_case(), "Hm.")
    assert result.exit_code == 0 and result.stdout.endswith("No mail was sent.\n")


def test_what_the_rules_forbid_is_refused_with_their_sentence(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    result = place.run("case", "close", reference)
    assert result.exit_code == 1
    assert result.stderr == f"cannot close: {reference} is new, it would have to be resolved\n"
    assert [entry["what"] for entry in place.answer("case", "show", reference)["history"]][-1] != "closed"


def test_a_misread_reference_is_wrong_usage_and_an_unknown_one_is_not_found(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    other = "2" if reference[-1] != "2" else "3"
    assert place.run("case", "show", reference[:-1] + other).exit_code == 2
    unknown = place.run("case", "show", new_reference())
    assert unknown.exit_code == 1 and "no such case" in unknown.stderr


def test_a_note_may_come_from_stdin_and_must_say_something(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    assert place.run("case", "note", reference, "-", input="Two\nlines\n").exit_code == 0
    assert place.answer("case", "show", reference)["history"][-1]["text"] == "Two\nlines"
    empty = place.run("case", "note", reference, "  ")
    assert empty.exit_code == 2 and "TEXT is empty" in empty.stderr


@pytest.mark.parametrize("name", ["desk", "Customer", " server ", "machine", "", "\x1b\x07"])
def test_nobody_takes_the_name_of_the_desk_or_the_customer(place: Place, name: str) -> None:
    place.receive(write_mail())
    result = place.run("case", "note", place.only_case(), "It was me.", "--by", name)
    assert result.exit_code == 2, "the history would lie about who did it"


def test_what_strangers_wrote_cannot_steer_the_terminal(place: Place) -> None:
    place.receive(
        write_mail(
            f"Look:\n{ESCAPES}\nbye now, and please answer soon.",
            sender="=?utf-8?b?GyBbMm0bWzJK?= <ann@customer.example>",
            subject="=?utf-8?b?G1sySuKArmZkcA==?= [red]x[/red]",
        )
    )
    reference = place.only_case()
    for arguments in (["case", "list"], ["case", "show", reference], ["inbox", "list"], ["inbox", "show", 1]):
        shown = place.run(*arguments).stdout
        assert not set(shown) & set("\x1b\x07\u202e"), arguments
    assert "[red]x[/red]" in place.run("case", "list").stdout


def test_the_statuses_that_can_be_asked_for_are_those_there_are() -> None:
    assert set(case_commands.CaseStatus.__args__) == set(Status)
