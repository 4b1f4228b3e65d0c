"""A slot is taken once, whoever comes; what stands in a digest is found by its state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from mailproc.store import desk_state, digests, trends
from mailproc.store.database import Database
from mailproc.store.tables import CaseRow, HistoryRow, InboxRow, RawRow
from tests.test_two_at_once import overlapping

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def case(session: Session, number: int, **values: Any) -> int:
    at = NOW - timedelta(days=1)
    row = CaseRow(
        reference=f"C-2222-22{number:02}",
        **{
            "status": "open",
            "customer_email": "ann@example.com",
            "customer_key": "ann@example.com",
            "language": "en",
            "mailbox": "main",
            "policy_id": "p",
            "policy_version": "1",
            "policy_digest": "d",
            "received_at": at,
            "opened_at": at,
            "changed_at": at,
            "acknowledgement": "accepted",
        }
        | values,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def references(cases: list[desk_state.StandingCase]) -> list[int]:
    return [int(each.reference[-2:]) for each in cases]


def test_two_daemons_cannot_both_take_a_slot(database: Database):
    def second() -> bool:
        with database.transaction() as session:
            return digests.claim(session, "Sue", NOW, NOW)

    def first(session: Session) -> None:
        assert digests.claim(session, "Sue", NOW, NOW)

    assert overlapping(database, first, second) is False
    with database.transaction() as session:
        assert digests.is_made(session, "Sue", NOW)
        assert digests.claim(session, "Sam", NOW, NOW)
        assert digests.claim(session, "Sue", NOW + timedelta(days=1), NOW)


def test_what_was_taken_by_a_transaction_that_failed_is_free(database: Database):
    try:
        with database.transaction() as session:
            digests.claim(session, "Sue", NOW, NOW)
            raise RuntimeError("the machine died")
    except RuntimeError:
        pass
    with database.transaction() as session:
        assert digests.claim(session, "Sue", NOW, NOW)


def test_cases_stand_in_the_list_that_fits(database: Database):
    day = timedelta(days=1)
    with database.transaction() as session:
        case(session, 1, next_deadline_at=NOW - day, owner="Bob")
        case(session, 2, next_deadline_at=NOW + timedelta(hours=3), owner="Bob", unreachable=True)
        case(session, 3, next_deadline_at=NOW + 2 * day, received_at=NOW - 9 * day, escalated_to="Sue")
        case(session, 4, status="waiting", received_at=NOW - 9 * day, proposal={"who": "Bob"})
        case(session, 5, status="closed", unreachable=True, escalated_to="Sue", changed_at=NOW - 9 * day)
    with database.reading() as session:
        assert references(desk_state.due(session, NOW + day, 9)) == [1, 2]
        assert references(desk_state.due(session, NOW + 3 * day, 9, since=NOW + day)) == [3]
        assert desk_state.count_due(session, NOW) == 1
        assert references(desk_state.raised(session, 9)) == [3, 4]
        assert [each.proposed for each in desk_state.raised(session, 9)] == [False, True]
        assert references(desk_state.unreachable(session, 9)) == [2]
        assert references(desk_state.untouched(session, NOW - 7 * day, 9)) == [3]
        assert references(list(desk_state.undecided(session, 9))) == [1, 2, 3, 4]
        assert [(each.name, each.open, each.overdue) for each in desk_state.load(session, NOW)] == [
            ("Bob", 2, 1),
            (None, 2, 0),
        ]


def test_what_the_desk_does_by_itself_is_no_work_on_a_case(database: Database):
    day = timedelta(days=1)
    with database.transaction() as session:
        for number, (who, ago) in enumerate([("desk", 1), ("server", 1), ("Bob", 8), ("Bob", 1)], 1):
            id = case(session, number, received_at=NOW - 9 * day, changed_at=NOW - day)
            session.add(HistoryRow(case_id=id, at=NOW - 9 * day, who="customer", what="complaint received"))
            session.add(HistoryRow(case_id=id, at=NOW - ago * day, who=who, what="something"))
    with database.reading() as session:
        found = desk_state.untouched(session, NOW - 7 * day, 9)
    assert references(found) == [1, 2, 3]
    assert [NOW - each.changed_at for each in found] == [9 * day, 9 * day, 8 * day]


def test_two_weeks_are_counted_by_word_and_spam_is_not(database: Database):
    def days(number: float) -> dict[str, datetime]:
        at = NOW - timedelta(days=number)
        return {"opened_at": at, "received_at": at, "resolved_at": at}

    with database.transaction() as session:
        case(session, 1, category="delay", cause="delay", **days(20))
        case(session, 2, category="delay", cause="delay", **days(10))
        case(session, 3, category="delay", cause="cost", **days(7.01))
        case(session, 4, category="delay", cause="cost", **days(6.99))
        case(session, 5, category="delay", cause="cost", spam=True, **days(1) | {"resolved_at": None})
        case(session, 6, **days(1) | {"resolved_at": None})
        case(session, 7, **days(1) | {"received_at": NOW - timedelta(days=300), "resolved_at": None})
    with database.reading() as session:
        received = trends.received_by_category(session, NOW)
        decided = trends.decided_by_cause(session, NOW)
    assert {word: (each.now, each.before) for word, each in received.items()} == {
        "delay": (1, 2),
        None: (1, 0),
    }
    assert {word: (each.now, each.before) for word, each in decided.items()} == {
        "delay": (0, 1),
        "cost": (1, 1),
    }


def test_the_mail_of_a_day_is_accounted_for(database: Database):
    def mail(session: Session, uid: int, hours: int, **values: Any) -> None:
        at = NOW - timedelta(hours=hours)
        known = {"mailbox": "m", "folder": "f", "uidvalidity": 1, "uid": uid, "raw_sha256": "a", "size": 1}
        session.add(InboxRow(**known, received_at=at, fetched_at=at, due_at=at, **values))
        session.flush()

    with database.transaction() as session:
        session.add(RawRow(sha256="a", size=1, body=b""))
        session.flush()
        skeleton = case(session, 1)
        decided = case(session, 2, status="closed")
        mail(session, 1, 30, state="done", disposition="quarantined", case_id=skeleton)
        mail(session, 2, 29, state="done", disposition="quarantined", case_id=decided)
        mail(session, 3, 5, state="done", disposition="opened", case_id=skeleton)
        mail(session, 4, 4, state="done", disposition="held")
        mail(session, 5, 1, state="waiting")
    with database.reading() as session:
        post = desk_state.post(session, NOW - timedelta(days=1))
    assert (post.received, post.handled, post.waiting) == (3, 2, 1)
    assert (post.quarantined, post.unsure, post.not_done) == (1, 0, 1)


def test_what_a_digest_asks_looks_at_no_closed_case(database: Database):
    """SQLite says which index it takes."""
    if not database.is_sqlite:
        return
    questions = {
        "status IN ('new', 'open', 'waiting') AND escalated_to IS NOT NULL ORDER BY id": "ix_cases_status",
        "next_deadline_at < 1 ORDER BY next_deadline_at, id": "ix_cases_next_deadline_at",
        "resolved_at > 1 AND resolved_at < 2": "ix_cases_resolved_at",
    }
    with database.reading() as session:
        for question, index in questions.items():
            plan = " ".join(
                row[3]
                for row in session.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM cases WHERE {question}"))
            )
            assert index in plan
