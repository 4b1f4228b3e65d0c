"""The desk's own cases, judged by a policy."""

from __future__ import annotations

from datetime import timedelta

from mailproc.desk import utc_now
from mailproc.store import casebook, queries
from mailproc.store.database import Database
from mailproc.store.tables import CaseRow
from tests.cli.conftest import Place, plain_rules, write_mail


def make_older(database: Database, days: int) -> None:
    """Let every case have been received so long ago; nothing else is known of it."""
    with database.transaction() as session:
        for row in queries.cases(session):
            row.received_at = utc_now() - timedelta(days=days)
            session.add(row)


def simulate(place: Place, policy: str, *more: str) -> dict[str, object]:
    found = place.answer("policy", "simulate", policy, "--history", *more)
    assert isinstance(found, dict)
    return found


def test_the_same_cases_keep_one_policy_and_not_another(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database:
        make_older(database, 20)
    strict, lax = simulate(place, plain_rules(place)), simulate(place, "hu-mnb")
    for clock, days in (("ack", 19), ("decide", 5)):
        counts = strict["clocks"][clock]  # type: ignore[index]
        worst = counts.pop("worst")
        assert counts == {"due": 1, "met": 0, "late": 0, "owed": 1, "running": 0}
        assert worst["case"] == place.only_case() and worst["met_at"] is None
        assert worst["late_seconds"] // 86400 == days
    assert lax["clocks"]["decide"]["running"] == 1  # type: ignore[index]
    (case,) = strict["breached"]  # type: ignore[misc]
    assert case["case"] == place.only_case()
    assert [clock["id"] for clock in case["clocks"]] == ["ack", "decide"]
    shown = place.run("policy", "simulate", plain_rules(place), "--history")
    assert "1 complaints, 1 of them" not in shown.stdout
    assert "1 complaint, 1 with a clock that was missed" in shown.stdout
    assert "not yet" in shown.stdout and "No legal advice" in shown.stdout


def test_only_cases_of_some_days(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database:
        make_older(database, 20)
    day = str((utc_now() - timedelta(days=10)).date())
    assert simulate(place, plain_rules(place), "--from", day)["cases"] == 0
    assert simulate(place, plain_rules(place), "--to", day)["cases"] == 1


def test_what_was_imported_is_counted_apart(place: Place) -> None:
    place.receive(write_mail(), silent=True)
    found = simulate(place, plain_rules(place))
    imported = found["imported"]
    assert isinstance(imported, dict)
    assert (found["cases"], found["clocks"], imported["unanswered"]) == (0, {}, 1)


def test_spam_is_left_out(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        found = casebook.find(session, place.only_case())
        assert found is not None
        row = session.get(CaseRow, found[0])
        assert row is not None
        row.spam = True
        session.add(row)
    assert simulate(place, plain_rules(place))["cases"] == 0


def test_what_cannot_be_meant_is_refused(place: Place) -> None:
    place.receive(write_mail())
    for arguments, words in (
        (["--history", "--received", "2026-01-01"], "leave --received and --event out"),
        (["--from", "2026-01-01"], "write --received ISO, or --history"),
        ([], "write --received ISO, or --history"),
        (["--history", "--from", "2026-02-01", "--to", "2026-01-01"], "write the earlier day first"),
    ):
        result = place.run("policy", "simulate", "uk-fca", *arguments)
        assert result.exit_code == 2, arguments
        assert words in result.stderr
