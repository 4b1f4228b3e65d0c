"""Asking how a decision was found: once, whoever asks, and no work for cases whose time has not come."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from mailproc.cases.events import CaseResolved
from mailproc.inbound.cage import Cage
from mailproc.jobs.survey import AT_A_TIME, ask_due
from mailproc.outbound.letters import Letters
from mailproc.store import surveys
from mailproc.store.tables import SatisfactionRow, SurveyRow
from tests.conversation import ANN, Talk
from tests.servers import EmbeddedServers
from tests.test_survey_by_mail import PEOPLE

WEEK = timedelta(days=7)  # longer than it takes to ask


@pytest.fixture
def talk(servers: EmbeddedServers, database_url: str, cage: Cage) -> Iterator[Talk]:
    """A desk on either database, whose clock is a few weeks behind the server's, which judges due times."""
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    if not talk.desk.database.is_sqlite:
        with talk.desk.database.transaction() as session:
            talk.now = talk.desk.database.now(session, talk.desk.clock) - 4 * WEEK
    yield talk
    talk.close()


def resolved(talk: Talk, sender: str = ANN) -> None:
    talk.arrives(talk.write_as_agent("My kettle exploded.", None, sender=sender))
    talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"), talk.cases[-1].reference)


def rows(talk: Talk) -> list[SurveyRow]:
    with talk.desk.database.reading() as session:
        return list(session.exec(select(SurveyRow)))


def queued(talk: Talk) -> list[str]:
    return [row.letter_key for row in talk.queue if row.letter == "survey"]


def test_several_daemons_ask_once(talk: Talk):
    for number in range(3):
        resolved(talk, f"c{number}@customer.example")
    talk.now += WEEK
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: ask_due(talk.desk), range(4)))
    assert sum(asked) == len(queued(talk)) == len(set(queued(talk))) == 3
    assert [row.outbox_id is not None for row in rows(talk)] == [True] * 3


def test_an_answer_is_kept_on_either_database(talk: Talk):
    resolved(talk)
    talk.wait(days=7)
    survey = next(letter for letter in reversed(talk.letters) if letter.to in ANN)
    talk.customer("5", answering=survey)
    talk.customer("stop", answering=survey)
    talk.customer("Stop!", answering=survey)
    with talk.desk.database.reading() as session:
        assert [row.score for row in session.exec(select(SatisfactionRow))] == [5]
        assert surveys.has_opted_out(session, "Ann@Customer.example")
    assert talk.ledger["unaccounted"] == 0


def test_cases_whose_time_has_not_come_cost_no_transaction(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    resolved(talk)
    talk.now += timedelta(days=1)
    resolved(talk, "c1@customer.example")
    talk.now += timedelta(days=4)
    transactions = 0
    transaction = talk.desk.database.transaction

    @contextmanager
    def counted():  # type: ignore[no-untyped-def]
        nonlocal transactions
        transactions += 1
        with transaction() as session:
            yield session

    monkeypatch.setattr(talk.desk.database, "transaction", counted)
    assert ask_due(talk.desk) == 1
    assert transactions == 1
    assert ask_due(talk.desk) == 0
    assert transactions == 1, "what was looked at is not looked at again"


def test_one_round_does_what_is_due_in_portions(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mailproc.jobs.survey.AT_A_TIME", 2)
    assert AT_A_TIME > 2
    for number in range(3):
        resolved(talk, f"c{number}@customer.example")
    talk.now += WEEK
    assert ask_due(talk.desk) == 3


def test_a_letter_that_cannot_be_made_harms_its_own_case_alone(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    resolved(talk)
    talk.now += timedelta(hours=1)
    resolved(talk, "c1@customer.example")
    talk.now += WEEK
    render = Letters.render
    bad = talk.cases[0].reference

    def fails(self, letter, language, names):  # type: ignore[no-untyped-def]
        return render(self, letter, language, {} if names["reference"] == bad else names)

    monkeypatch.setattr(Letters, "render", fails)
    assert ask_due(talk.desk) == 1
    refused, asked = rows(talk)
    assert refused.left_out.startswith("survey")
    assert refused.outbox_id is None
    assert asked.outbox_id is not None
    assert "asked how the customer found it" not in talk.happened(bad)
