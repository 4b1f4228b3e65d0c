"""Several daemons tell of what is due while mail about the same cases comes in: each once, no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mailproc.inbound.cage import Cage
from mailproc.jobs.receive import receive_due
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from tests.conftest import postgres_database
from tests.conversation import Talk
from tests.servers import EmbeddedServers

pytestmark = pytest.mark.postgres

CASES = 12
PEOPLE = People.model_validate({"agents": [{"name": "Bob", "address": "bob@acme.example"}]})
TOLD = "told the agents what is due"


@pytest.fixture
def talk(servers: EmbeddedServers, cage: Cage) -> Iterator[Talk]:
    for url in postgres_database():
        talk = Talk(servers, url, cage, people=PEOPLE)
        with talk.desk.database.transaction() as session:  # it judges leases by its own clock
            talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=1)
        try:
            yield talk
        finally:
            talk.close()


@pytest.mark.parametrize("outage", [False, True], ids=["the desk runs", "after an outage"])
def test_three_daemons_tell_once_while_the_customers_write_again(talk: Talk, outage: bool) -> None:
    for number in range(CASES):
        talk.arrives(talk.write("My kettle exploded.", sender=f"c{number}@customer.example"), work=False)
    talk.work()
    talk.now += timedelta(days=17)
    if not outage:  # somebody has looked a moment ago, though at nothing
        _looked_just_now(talk)
    to_customers = [letter for letter in talk.letters if "@customer." in letter.to]
    assert len(to_customers) == CASES
    for letter in to_customers:
        talk.arrives(talk.write("And now?", sender=letter.to, answering=letter), work=False)
    assert talk.collector.hold_lease()
    talk.collector.collect()
    desks = [replace(talk.desk, node=f"node {number}") for number in range(5)]
    together = threading.Barrier(len(desks))

    def receive(desk: Any) -> int:
        together.wait()
        return receive_due(desk)

    def warn(desk: Any) -> int:
        together.wait()
        return warn_due(desk)

    with ThreadPoolExecutor(len(desks)) as pool:
        received = [pool.submit(receive, desk) for desk in desks[:2]]
        warned = [pool.submit(warn, desk) for desk in desks[2:]]
        # A deadlock is an error of the database in one of them.
        assert sum(job.result() for job in received) == CASES
        assert sum(job.result() for job in warned) == CASES
    letters = [row.letter for row in talk.queue]
    expected = (1, 0) if outage else (0, CASES)
    assert (letters.count("outage"), letters.count("deadline_near")) == expected
    assert all(talk.happened(case.reference).count(TOLD) == 1 for case in talk.cases)
    assert len(talk.cases) == CASES and talk.ledger["joined"] == CASES


def _looked_just_now(talk: Talk) -> None:
    with talk.desk.database.transaction() as session:
        session.execute(text("UPDATE ticks SET at = :now"), {"now": talk.now - timedelta(seconds=30)})
