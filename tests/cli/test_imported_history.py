"""A desk comes from another system: would it have kept these rules with what it did there?

The old desk's mail lies in two mbox files, inbox and sent. Counted by hand against rules that ask to
acknowledge within 24 hours and to decide within 14 days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from mailproc.jobs.importing import Sent, import_mail
from mailproc.jobs.receive import receive_due
from mailproc.store import queries
from tests.cli.conftest import DESK, Place, plain_rules, write_mail

MONDAY = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
OLD = "support@old.example"  # the desk's address of then, which no setting knows


def mail(
    id: str, days: float, sender: str, to: str, *, answers: str = "", thread: str = "", auto: bool = False
) -> bytes:
    """A mail of the old time; `answers` and `thread` are ids in In-Reply-To and References."""
    written = EmailMessage(policy=policy.default.clone(linesep="\n"))
    written["From"], written["To"], written["Message-ID"] = sender, to, f"<{id}@mail.example>"
    written["Date"] = format_datetime(MONDAY + timedelta(days=days))
    written["Subject"] = "Re: My kettle leaks"  # of all of them: it tells nothing
    if answers:
        written["In-Reply-To"] = f"<{answers}@mail.example>"
    if thread:
        written["References"] = " ".join(f"<{each}@mail.example>" for each in thread.split())
    if auto:
        written["Auto-Submitted"] = "auto-replied"
    written.set_content(f"The words of mail {id}.")
    return written.as_bytes()


def mbox(path: Path, *mails: bytes) -> Path:
    path.write_bytes(
        b"".join(b"From x@y.example Mon Mar  3 09:00:00 2025\n" + each + b"\n" for each in mails)
    )
    return path


def customer(name: str) -> str:
    return f"{name}@customer.example"


def received(desk: str = DESK) -> list[bytes]:
    return [
        mail("intime", 0, customer("ann"), desk),
        mail("lateack", 0, customer("ben"), desk),
        mail("latedecision", 0, customer("cat"), desk),
        mail("never", 0, customer("dan"), desk),
        mail("auto", 0, customer("eve"), desk),
        # One thread with the complaints of two customers; hal writes into gil's.
        mail("thread", 0, customer("gil"), desk),
        mail("thread3", 2, customer("hal"), desk, answers="thread2", thread="thread thread2"),
        # She writes once more, and her program names nothing but the mail that she answers.
        mail("latedecision3", 3, customer("cat"), desk, answers="latedecision2"),
        mail("end", 60, customer("ida"), desk),
    ]


def sent(desk: str = DESK) -> list[bytes]:
    return [
        mail("intime2", 0.5, desk, customer("ann"), answers="intime"),
        mail("lateack2", 2, desk, customer("ben"), answers="lateack"),
        mail("latedecision2", 0.5, desk, customer("cat"), answers="latedecision"),
        mail("latedecision4", 20, desk, customer("cat"), answers="latedecision3"),
        mail("auto2", 0.01, desk, customer("eve"), answers="auto", auto=True),
        mail("auto3", 10, desk, customer("eve"), thread="auto auto2"),
        mail("thread2", 0.5, desk, customer("gil"), answers="thread"),
        mail("thread4", 17, desk, customer("hal"), answers="thread3", thread="thread thread2 thread3"),
        mail("news", 5, desk, customer("dan")),  # the same subject and the same customer, and no answer
        mail("asked", 0.2, desk, "workshop@repair.example", answers="never"),  # passed on: dan heard nothing
    ]


def take_in(place: Place, path: Path, sent: Sent | None = None) -> None:
    """What `mailproc import` does, with the parser that all tests share."""
    with place.desk() as desk:
        import_mail(desk, path, sent=sent or Sent())
        while receive_due(desk):
            pass


def simulate(place: Place, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = place.answer("policy", "simulate", plain_rules(place), "--history", *more)
    return found


def by_sender(place: Place, found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What became of each clock, by the customer whose complaint it is."""
    names = {case["case"]: case["customer"].partition("@")[0] for case in place.answer("case", "list")}
    return {
        names[each["case"]]: {clock["id"]: clock["outcome"] for clock in each["clocks"]}
        for each in found["complaints"]
    }


def check(place: Place) -> dict[str, Any]:
    found = simulate(place)
    assert by_sender(place, found) == {
        "ann": {"ack": "met", "decide": "met"},
        "ben": {"ack": "late", "decide": "met"},
        "cat": {"ack": "met", "decide": "late"},
        "eve": {"ack": "met", "decide": "met"},
        "gil": {"ack": "met", "decide": "met"},
        "hal": {"ack": "late", "decide": "late"},
    }
    imported = found["imported"]
    assert (imported["complaints"], imported["answered"], imported["unanswered"]) == (8, 6, 2)
    assert imported["mails_of_the_desk"] == {"answers": 8, "by_machine": 1, "to_no_complaint_here": 2}
    assert (imported["cases_joined"], imported["customer_wrote_last"]) == (1, 0)
    return found


def test_what_would_have_been_missed_is_told(place: Place, tmp_path: Path) -> None:
    place.answer("import", mbox(tmp_path / "inbox", *received()))
    assert simulate(place)["imported"]["unanswered"] == 9, "no answer is here yet: nothing is judged"
    place.answer("import", mbox(tmp_path / "sent", *sent()))
    found = check(place)
    assert (found["cases"], found["cases_breached"]) == (6, 3)
    ack, decide = found["clocks"]["ack"], found["clocks"]["decide"]
    assert {name: ack[name] for name in ("due", "met", "late", "owed", "running")} == {
        "due": 6,
        "met": 4,
        "late": 2,
        "owed": 0,
        "running": 0,
    }
    # Hal got an answer after fifteen days: fourteen more than the rule gives.
    assert ack["worst"]["late_seconds"] == 14 * 86400
    assert decide["worst"]["met_at"] == "2025-03-23T09:00:00+00:00", "cat's, after twenty days"
    assert found["clocks"] == found["imported"]["clocks"]
    late = {each["received_at"]: each["clocks"] for each in found["breached"]}
    assert late["2025-03-05T09:00:00+00:00"] == [
        {
            "id": "ack",
            "due": "2025-03-06T09:00:00+00:00",
            "met_at": "2025-03-20T09:00:00+00:00",
            "outcome": "late",
        },
        {
            "id": "decide",
            "due": "2025-03-19T23:59:59+00:00",
            "met_at": "2025-03-20T09:00:00+00:00",
            "outcome": "late",
        },
    ]
    dan, ida = found["imported"]["unanswered_complaints"]
    assert [clock["outcome"] for clock in dan["clocks"]] == ["owed", "owed"]
    assert [clock["outcome"] for clock in ida["clocks"]] == ["running", "running"], "there the import ends"

    shown = place.run("policy", "simulate", plain_rules(place), "--history").stdout
    assert "6 complaints, 3 with a clock that was missed" in shown
    assert "Unanswered in what was imported, and not counted above: 2 complaints" in shown
    assert "the first answer acknowledges, also when a machine wrote it" in shown
    assert "14 d, C-" in shown


def test_nothing_follows_from_it(place: Place, tmp_path: Path) -> None:
    take_in(place, mbox(tmp_path / "inbox", *received()))
    cases = place.answer("case", "list")
    take_in(place, mbox(tmp_path / "sent", *sent()))
    assert place.answer("case", "list") == cases, "what the desk had sent changes no case"
    assert place.answer("outbox", "list") == []
    assert place.answer("ledger")["ignored"] == len(sent())


@pytest.mark.parametrize("option", [["--sent"], ["--sent-by", OLD.upper()]])
def test_sent_under_an_address_that_no_setting_knows(place: Place, tmp_path: Path, option: list[str]) -> None:
    """And sent first: what answers what is found out when it is read."""
    place.answer("import", mbox(tmp_path / "sent", *sent(OLD)), *option)
    assert place.answer("case", "list") == []
    place.answer("import", mbox(tmp_path / "inbox", *received()))
    check(place)


def test_imported_again_by_another_path_it_counts_once(place: Place, tmp_path: Path) -> None:
    everything = [*received(), *sent(OLD)]
    by_old = Sent(by=frozenset({OLD}))
    take_in(place, mbox(tmp_path / "all", *everything), by_old)
    first = check(place)
    take_in(place, tmp_path / "all", by_old)
    take_in(place, mbox(tmp_path / "sent", *sent(OLD)), Sent(everything=True))
    take_in(place, mbox(tmp_path / "copy", *everything))
    assert check(place) == first
    assert place.answer("ledger")["duplicate"] == len(sent()) + len(everything)


def test_what_was_said_too_late_to_be_the_desks_is_no_complaint(place: Place, tmp_path: Path) -> None:
    """The whole mailbox was imported, and the desk's own mails of then were taken for complaints."""
    take_in(place, mbox(tmp_path / "all", *received(), *sent(OLD)))
    assert simulate(place)["imported"]["answered"] == 0
    take_in(place, mbox(tmp_path / "sent", *sent(OLD)), Sent(everything=True))
    found = simulate(place)
    senders = {"ann", "ben", "cat", "eve", "gil", "hal"}
    assert by_sender(place, found).keys() == senders
    assert found["imported"]["unanswered"] == 2


def test_an_agent_had_answered_under_her_own_name(place: Place, tmp_path: Path) -> None:
    people = place.folder / "config" / "people.yaml"
    people.write_text("agents:\n  - {name: agnes, address: agnes@acme.example}\n")
    place.answer(
        "import",
        mbox(
            tmp_path / "box",
            mail("a", 0, customer("ann"), DESK),
            mail("b", 0.5, "agnes@acme.example", customer("ann"), answers="a"),
            mail("c", 0, customer("ben"), DESK),
            mail("d", 0.1, "agnes@acme.example", customer("ben"), answers="c", auto=True),  # she is away
        ),
    )
    found = simulate(place)
    assert by_sender(place, found) == {"ann": {"ack": "met", "decide": "met"}}
    assert found["imported"]["unanswered"] == 1


def test_what_is_done_in_mailproc_goes_before_what_is_assumed(place: Place, tmp_path: Path) -> None:
    take_in(place, mbox(tmp_path / "inbox", mail("a", 0, customer("ann"), DESK)))
    take_in(place, mbox(tmp_path / "sent", mail("b", 0.5, DESK, customer("ann"), answers="a")))
    assert by_sender(place, simulate(place)) == {"ann": {"ack": "met", "decide": "met"}}
    with place.database() as database, database.transaction() as session:
        (row,) = queries.cases(session)
        row.happened = [{"what": "decided", "at": "2025-04-03T09:00:00+00:00"}]
        session.add(row)
    found = by_sender(place, simulate(place))
    assert found == {"ann": {"ack": "met", "decide": "late"}}, "it was decided a month later, not then"


def test_only_complaints_of_some_days(place: Place, tmp_path: Path) -> None:
    take_in(place, mbox(tmp_path / "all", *received(), *sent()))
    found = simulate(place, "--from", "2025-03-04", "--to", "2025-03-31")
    assert by_sender(place, found).keys() == {"hal"}
    assert found["imported"]["unanswered"] == 0


def test_a_clock_that_no_mail_can_be_seen_to_meet_is_not_judged(place: Place, tmp_path: Path) -> None:
    take_in(place, mbox(tmp_path / "all", *received(), *sent()))
    found = place.answer("policy", "simulate", "iso-10002", "--history")
    assert found["imported"]["not_judged"] == ["followup"]
    assert found["clocks"].keys() == {"ack", "update", "decide"}
    assert found["clocks"]["decide"]["due"] == 6


def test_the_desks_own_cases_are_counted_too(place: Place, tmp_path: Path) -> None:
    take_in(place, mbox(tmp_path / "all", *received(), *sent()))
    place.receive(write_mail())
    found = simulate(place)
    assert (found["cases"], found["imported"]["answered"]) == (7, 6)
    assert [each["imported"] for each in found["complaints"]].count(False) == 1
    assert (found["clocks"]["ack"]["running"], found["imported"]["clocks"]["ack"]["running"]) == (1, 0)
    shown = place.run("policy", "simulate", plain_rules(place), "--history").stdout
    assert "Of these, imported:" in shown


def test_an_address_that_is_none_is_refused(place: Place, tmp_path: Path) -> None:
    result = place.run("import", mbox(tmp_path / "all", *received()), "--sent-by", "support")
    assert result.exit_code == 2 and "is no address" in result.stderr
