"""One broken case or person harms only itself, at the commit too: the others have their turn, and it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session
from structlog.testing import capture_logs

from mailproc.cases.case import Status
from mailproc.cases.events import CaseResolved
from mailproc.desk import Desk
from mailproc.jobs import asking_together
from mailproc.jobs.alone import alone, attempt
from mailproc.jobs.close import close_due
from mailproc.jobs.digest import send_due
from mailproc.jobs.outage import MANY
from mailproc.jobs.report import report_due
from mailproc.jobs.survey import ask_due
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.store import desk_state
from tests.conversation import Talk

PEOPLE = {
    "agents": [{"name": "Bob", "address": "bob@acme.example"}],
    "teams": {"kettles": {"members": ["Bob"]}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "kettles"}],
}
TWO_SUPERVISORS = [*PEOPLE["supervisors"], {"name": "Zoe", "address": "zoe@acme.example"}]
TOLD = "told the agents what is due"
TOGETHER = "asked to step in together with other cases"


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=People.model_validate(PEOPLE))


@pytest.fixture
def two(make_talk: Callable[..., Talk]) -> Talk:
    """A desk with two supervisors."""
    return make_talk(people=People.model_validate(PEOPLE | {"supervisors": TWO_SUPERVISORS}))


@pytest.fixture(autouse=True)
def _errors_are_not_printed() -> Iterator[None]:
    with capture_logs():
        yield


def note(desk: Desk, session: Session, words: str, now: datetime) -> str:
    session.execute(text("CREATE TABLE IF NOT EXISTS notes (words, at)"))
    session.execute(text("INSERT INTO notes VALUES (:words, :at)"), {"words": words, "at": f"{now}"})
    return words


def note_and_fail(desk: Desk, session: Session, words: str, now: datetime) -> str:
    note(desk, session, words, now)
    raise ValueError(words)


def notes(talk: Talk) -> list[tuple[str, str]]:
    with talk.desk.database.reading() as session:
        return [(words, at) for words, at in session.execute(text("SELECT words, at FROM notes"))]


def commit_fails(talk: Talk, table: str, row: str) -> None:
    """Let every commit fail from now on of a transaction that writes such a row; its statements succeed."""
    with talk.desk.database.transaction() as session:
        session.execute(
            text(
                "CREATE TABLE IF NOT EXISTS nobody"
                " (id INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        for event in ("INSERT", "UPDATE"):
            session.execute(
                text(
                    f"CREATE TRIGGER fails_{table}_{event} AFTER {event} ON {table} WHEN NEW.{row}"
                    " BEGIN INSERT INTO nobody VALUES (-1); END"
                )
            )


def complaints(talk: Talk, count: int) -> None:
    for number in range(count):
        mail = talk.write_as_agent(f"Kettle {number}.", None, sender=f"c{number}@customer.example")
        talk.arrives(mail, work=False)
    talk.work()


def resolved(talk: Talk, count: int) -> None:
    complaints(talk, count)
    for case in talk.cases:
        talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"), case.reference)


def kept(talk: Talk, table: str) -> list[int]:
    with talk.desk.database.reading() as session:
        return list(session.execute(text(f"SELECT case_id FROM {table} ORDER BY case_id")).scalars())


def queued(talk: Talk, letter: str) -> int:
    return len([row for row in talk.queue if row.letter == letter])


# What the two functions promise


def test_what_the_work_returns_is_returned_when_it_is_committed(talk: Talk):
    assert alone(talk.desk, "cannot be noted", note, "first") == "first"
    assert notes(talk) == [("first", str(talk.now))]


def test_an_error_takes_its_own_work_back_and_is_told_in_the_log(talk: Talk):
    alone(talk.desk, "cannot be noted", note, "first")
    with capture_logs() as logged:
        assert alone(talk.desk, "cannot be noted", note_and_fail, "second", case=2) is None
    alone(talk.desk, "cannot be noted", note, "third")
    assert [words for words, _ in notes(talk)] == ["first", "third"]
    (line,) = logged
    error = line.pop("exc_info")
    assert isinstance(error, ValueError)
    assert line == {"log_level": "error", "event": "cannot be noted", "case": 2, "error": "ValueError"}
    assert not talk.desk.stopping.is_set()


def test_nothing_is_returned_when_the_commit_fails(talk: Talk):
    alone(talk.desk, "cannot be noted", note, "first")
    commit_fails(talk, "notes", "words = 'second'")
    with capture_logs() as logged:
        assert alone(talk.desk, "cannot be noted", note, "second") is None
    assert [line["error"] for line in logged] == ["IntegrityError"]
    assert alone(talk.desk, "cannot be noted", note, "third") == "third"
    assert [words for words, _ in notes(talk)] == ["first", "third"]


def test_what_the_next_one_would_suffer_too_is_raised(talk: Talk):
    def locked() -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database is locked"))

    with capture_logs() as logged, pytest.raises(OperationalError):
        attempt(talk.desk, "cannot be noted", locked)
    assert logged == []


def test_a_damaged_database_stops_the_desk(talk: Talk):
    damaged = sqlite3.DatabaseError("database disk image is malformed")
    damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    error = DatabaseError("SELECT", {}, damaged)

    def reads() -> None:
        raise error

    assert attempt(talk.desk, "cannot be noted", reads) is None
    assert talk.desk.stopping.is_set()
    assert talk.desk.damage == [error]


def test_the_end_of_the_process_is_no_error_of_a_case(talk: Talk):
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(talk.desk, "cannot be noted", interrupted)


# Each job that goes from one to the next. What fails is the commit: as late as can be.


def test_closing(talk: Talk):
    resolved(talk, 3)
    talk.now += timedelta(days=40)
    commit_fails(talk, "history", "case_id = 1")
    assert close_due(talk.desk) == 2
    assert [case.status for case in talk.cases] == [Status.RESOLVED, Status.CLOSED, Status.CLOSED]


def test_telling_what_is_due(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mailproc.jobs.warn.AT_ONCE", 2)
    complaints(talk, 4)
    talk.now += timedelta(days=13)
    commit_fails(talk, "history", "case_id IN (1, 2)")
    assert warn_due(talk.desk) == 2
    assert [TOLD in talk.happened(case.reference) for case in talk.cases] == [False, False, True, True]


def test_asking_how_a_decision_was_found(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mailproc.jobs.survey.AT_A_TIME", 2)
    resolved(talk, 4)
    talk.now += timedelta(days=7)
    commit_fails(talk, "surveys", "case_id IN (1, 2)")
    assert ask_due(talk.desk) == 2
    assert kept(talk, "surveys") == [3, 4]


def test_a_report(two: Talk):
    complaints(two, 1)
    two.now = datetime.fromisoformat("2026-11-30T06:00+00:00")
    commit_fails(two, "reports", "supervisor = 'Vera'")
    assert report_due(two.desk) == 1
    assert [row.letter_key for row in two.queue if row.letter == "report"] == ["report:2026-W48:Zoe"]


def test_a_digest(two: Talk):
    two.now += timedelta(days=1)
    commit_fails(two, "digests", "supervisor = 'Vera'")
    assert send_due(two.desk) == 1
    assert [row.recipient for row in two.queue if row.letter == "digest"] == ["zoe@acme.example"]


def test_a_digest_whose_state_cannot_be_read(two: Talk, monkeypatch: pytest.MonkeyPatch):
    load, calls = desk_state.load, []

    def fails_once(*given, **more):  # type: ignore[no-untyped-def]
        calls.append(given)
        if len(calls) == 1:
            raise ValueError("one of her cases cannot be read")
        return load(*given, **more)

    monkeypatch.setattr(desk_state, "load", fails_once)
    two.now += timedelta(days=1)
    assert send_due(two.desk) == 1
    assert [row.recipient for row in two.queue if row.letter == "digest"] == ["zoe@acme.example"]


def test_asking_somebody_about_cases_one_by_one(talk: Talk):
    complaints(talk, 3)
    talk.now += timedelta(days=16)
    commit_fails(talk, "relays", "stands_for = 'escalation' AND NEW.case_id = 1")
    warn_due(talk.desk)
    assert queued(talk, "escalation") == 2
    assert kept(talk, "requests") == [1], "the next look tries again"


def test_asking_somebody_about_many(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    complaints(talk, MANY + 2)
    talk.now += timedelta(days=16)
    with monkeypatch.context() as later:
        later.setattr(asking_together, "tell", lambda desk: None)
        warn_due(talk.desk)
    with talk.desk.database.transaction() as session:
        session.execute(text("UPDATE cases SET status = 'nonsense' WHERE id = 1"))
    asking_together.tell(talk.desk)
    assert (queued(talk, "escalations"), queued(talk, "escalation")) == (0, MANY + 1)
    assert kept(talk, "requests") == [1]


def test_writing_down_who_was_asked_about_many(talk: Talk):
    complaints(talk, MANY + 2)
    talk.now += timedelta(days=16)
    commit_fails(talk, "history", f"what = '{TOGETHER}' AND NEW.case_id = 1")
    warn_due(talk.desk)
    assert (queued(talk, "escalations"), queued(talk, "escalation")) == (1, 0)
    assert kept(talk, "requests") == [1]


def test_telling_after_an_outage(talk: Talk):
    complaints(talk, MANY + 2)
    talk.now += timedelta(days=13)
    commit_fails(talk, "history", "what = 'told of it together with other cases' AND NEW.case_id = 1")
    warn_due(talk.desk)
    assert queued(talk, "outage") == 1
    assert kept(talk, "late_duties") == [1]


def test_telling_of_each_where_the_letter_after_an_outage_cannot_be_kept(talk: Talk):
    complaints(talk, MANY + 2)
    talk.now += timedelta(days=13)
    commit_fails(talk, "late_duties", "outbox_id IS NOT NULL")
    warn_due(talk.desk)
    assert (queued(talk, "outage"), queued(talk, "deadline_near")) == (0, MANY + 2)
    assert kept(talk, "late_duties") == []
