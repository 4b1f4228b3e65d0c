"""Several daemons hand up the same cases while mail about them comes in: each is asked about once."""

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
PEOPLE = People.model_validate(
    {
        "agents": [{"name": "Bob", "address": "bob@acme.example"}],
        "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    }
)
TOGETHER = "asked to step in together with other cases"


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


def test_five_daemons_ask_once_while_the_customers_write_again(talk: Talk) -> None:
    for number in range(CASES):
        talk.arrives(talk.write("My kettle exploded.", sender=f"c{number}@customer.example"), work=False)
    talk.work()
    talk.now += timedelta(days=17)
    for letter in [letter for letter in talk.letters if "@customer." in letter.to]:
        talk.arrives(talk.write("And now?", sender=letter.to, answering=letter), work=False)
    assert talk.collector.hold_lease()
    talk.collector.collect()
    desks = [replace(talk.desk, node=f"node {number}") for number in range(5)]
    together = threading.Barrier(len(desks))

    def works(job: Any, desk: Any) -> int:
        together.wait()
        return int(job(desk))

    jobs = [receive_due, receive_due, warn_due, warn_due, warn_due]
    with ThreadPoolExecutor(len(desks)) as pool:
        done = [pool.submit(works, job, desk) for job, desk in zip(jobs, desks, strict=True)]
        # A deadlock is an error of the database in one of them.
        assert sum(job.result() for job in done) == 2 * CASES
    with talk.desk.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM requests")).scalar_one() == 0
    for case in talk.cases:
        letters = [
            row for row in talk.queue if row.letter == "escalation" and row.subject.find(case.reference) >= 0
        ]
        asked = len(letters) + talk.happened(case.reference).count(TOGETHER)
        assert (asked, talk.happened(case.reference).count("escalated to Vera")) == (1, 1)
