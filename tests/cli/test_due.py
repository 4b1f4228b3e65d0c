"""What is due next, and what may not be recorded by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailproc.cases.case import Proposal
from mailproc.desk import utc_now
from mailproc.store import casebook
from tests.cli.conftest import Place, write_mail

PROPOSAL = Proposal(who="Bob", outcome="upheld", text="You are right.", to="ann@customer.example", reply="2")


def receive_two(place: Place) -> None:
    place.receive(
        write_mail(),
        write_mail("Mine, too.", sender="bob@customer.example", message_id="<2@customer.example>"),
    )


def wait_for_approval(place: Place, reference: str) -> None:
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, reference)
        assert found is not None
        casebook.save(session, found[0], found[1], replace(found[1], proposal=PROPOSAL), utc_now())


def test_what_is_owed_stands_in_the_order_in_which_it_is_due(place: Place) -> None:
    receive_two(place)
    newer = place.answer("case", "list")[0]["case"]
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, newer)
        assert found is not None
        sooner = tuple(replace(each, due_at=each.due_at - timedelta(hours=1)) for each in found[1].clocks)
        casebook.save(session, found[0], found[1], replace(found[1], clocks=sooner), utc_now())
    listed = place.answer("case", "due")
    assert len(listed) == 2
    assert listed[0]["case"] == newer
    assert listed[0]["next_deadline_at"] < listed[1]["next_deadline_at"]
    assert [clock["id"] for clock in listed[0]["owed"]] == ["ack", "update", "decide"]
    assert not listed[0]["overdue"] and not listed[0]["owed"][0]["overdue"]
    shown = place.run("case", "due").stdout
    assert [line.split()[3] for line in shown.splitlines()[1:]] == ["ack", "update", "decide"] * 2
    assert "late" not in shown


def test_only_what_is_due_in_a_time(place: Place) -> None:
    place.receive(write_mail())
    assert place.answer("case", "due", "--within", "1h") == []
    (case,) = place.answer("case", "due", "--within", "2d")
    assert [clock["id"] for clock in case["owed"]] == ["ack", "update", "decide"]
    lines = place.run("case", "due", "--within", "2d").stdout.splitlines()
    assert len(lines) == 2 and " ack " in lines[1]
    wrong = place.run("case", "due", "--within", "soon")
    assert wrong.exit_code == 2 and "write a whole number and a unit" in wrong.stderr


def test_what_is_late_is_marked(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, place.only_case())
        assert found is not None
        late = tuple(replace(clock, due_at=found[1].opened_at) for clock in found[1].clocks)
        casebook.save(session, found[0], found[1], replace(found[1], clocks=late), utc_now())
    (case,) = place.answer("case", "due", "--within", "1h")
    assert case["overdue"] and all(clock["overdue"] for clock in case["owed"])
    assert place.run("case", "due").stdout.splitlines()[1].startswith("late")


def test_a_case_that_is_closed_owes_nothing(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    place.answer("case", "resolve", reference, "--outcome", "upheld", "--cause", "quality")
    place.answer("case", "close", reference)
    assert place.answer("case", "due") == []
    assert "nothing is due" in place.run("case", "due").stdout


def test_a_decision_that_needs_approval_is_not_recorded_by_hand(place: Place) -> None:
    place.configure(complaints={"approve_refusals": True, "offer_limit": "100 EUR"})
    place.receive(write_mail())
    reference = place.only_case()
    refused = place.run("case", "resolve", reference, "No.", "--outcome", "not_upheld", "--cause", "quality")
    assert refused.exit_code == 1
    assert "needs approval" in refused.stderr and "#resolve not_upheld" in refused.stderr
    uncounted = place.run(
        "case", "resolve", reference, "--outcome", "upheld", "--remedy", "refund", "--cause", "cost"
    )
    assert uncounted.exit_code == 1 and "upheld with refund needs approval" in uncounted.stderr
    shown = place.answer("case", "show", reference)
    assert shown["status"] == "new" and not [e for e in shown["history"] if e["what"] == "resolved"]
    assert (
        place.answer("case", "resolve", reference, "--outcome", "upheld", "--cause", "quality")["status"]
        == "resolved"
    )


def test_a_decision_that_waits_for_approval_is_not_stepped_over(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    wait_for_approval(place, reference)
    refused = place.run("case", "resolve", reference, "--outcome", "upheld", "--cause", "quality")
    assert refused.exit_code == 1
    assert "the resolution of Bob waits for approval" in refused.stderr
    with place.database() as database, database.reading() as session:
        found = casebook.find(session, reference)
    assert found is not None and found[1].proposal == PROPOSAL
