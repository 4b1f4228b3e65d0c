"""Each duty that comes near is told once: by two daemons, after an outage, and though one case is broken."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from mailproc.inbound.cage import Cage
from mailproc.jobs import warn
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.store.database import Database
from tests.conversation import Talk
from tests.servers import EmbeddedServers
from tests.store.test_plans import filled, watched

__all__ = ["filled"]

PEOPLE = People.model_validate({"agents": [{"name": "Bob", "address": "bob@acme.example"}]})


def told(talk: Talk) -> int:
    return len([row for row in talk.queue if row.letter == "deadline_near"])


def complaints(talk: Talk, count: int) -> None:
    for number in range(count):
        talk.arrives(talk.write(f"Kettle {number}.", sender=f"c{number}@customer.example"), work=False)
    talk.work()


def test_two_daemons_write_one_letter(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=1)
        talk.customer("My kettle exploded.")
        talk.now += timedelta(days=13)
        desks = [replace(talk.desk, node=name) for name in ("one", "two", "three")]
        with ThreadPoolExecutor(len(desks)) as pool:
            assert sum(pool.map(warn_due, desks)) == 1
        assert told(talk) == 1
    finally:
        talk.close()


def test_more_cases_than_are_looked_at_at_once_are_all_told(
    make_talk: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(warn, "AT_ONCE", 2)
    talk = make_talk(people=PEOPLE)
    complaints(talk, 5)
    talk.now += timedelta(days=13)
    assert warn_due(talk.desk) == 5
    assert warn_due(talk.desk) == 0
    assert told(talk) == 5


def test_a_case_that_cannot_be_told_of_keeps_nobody_else_waiting(
    make_talk: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(warn, "AT_ONCE", 2)
    talk = make_talk(people=PEOPLE)
    complaints(talk, 4)
    with talk.desk.database.transaction() as session:
        session.execute(text("UPDATE cases SET status = 'nonsense' WHERE id IN (1, 2)"))
    talk.now += timedelta(days=13)
    assert warn_due(talk.desk) == 2
    assert told(talk) == 2


def test_looking_for_what_is_due_does_not_read_all_cases(filled: Database):
    class OnlyADatabase:
        database = filled

        @staticmethod
        def clock():
            from tests.store.test_store import NOW

            return NOW

    with watched(filled) as plans:
        assert warn._due(OnlyADatabase(), passing_over=0) == []  # type: ignore[arg-type]
    assert "ix_cases_next_warning_at" in plans()[0]
    assert "TEMP B-TREE" not in plans()[0]
