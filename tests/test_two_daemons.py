"""Two daemons on one PostgreSQL database and one mailbox: they share the work, and one may die."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mailproc.store import queries
from mailproc.store.database import Database
from tests.conftest import postgres_database
from tests.crash import ledger
from tests.crash.desk import RunningDaemon, write_configuration
from tests.crash.mails import DESK_ADDRESS, Customers, Injected
from tests.crash.sink import Sink
from tests.servers import Dovecot, EmbeddedServers

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

BEFORE, AFTER = 110, 50  # mails before and after one of them dies
SOON = 90.0  # seconds; a bound for a busy machine, not an expectation


@pytest.fixture
def database_url() -> Iterator[str]:
    yield from postgres_database()


class Mailbox:
    """The one mailbox: on Dovecot where it is installed, else on the embedded server."""

    def __init__(self, stack: ExitStack) -> None:
        if Dovecot.available():
            self._dovecot: Dovecot | None = stack.enter_context(Dovecot())
            self.port, self.login = self._dovecot.port, {"username": "desk", "password": "secret"}
            return
        self._dovecot = None
        self._embedded = stack.enter_context(EmbeddedServers({DESK_ADDRESS: "secret"}))
        self.port = self._embedded.imap_port
        self.login = {"username": DESK_ADDRESS, "password": "secret"}

    def deliver(self, raw: bytes) -> None:
        if self._dovecot is not None:
            self._dovecot.deliver(raw)
        else:
            self._embedded.deliver(DESK_ADDRESS, raw)


def test_two_daemons_share_one_mailbox_and_survive_the_death_of_one(
    database_url: str, tmp_path: Path
) -> None:
    """Every mail ends in one case with one acknowledgement, or with a copy that the history admits.

    The daemon that dies is the one that collects, and dies with a letter of which it does not know
    whether it has arrived; the other takes over the mailbox, the mails and that letter.
    """
    with ExitStack() as stack:
        mailbox = Mailbox(stack)
        sink = stack.enter_context(Sink(seed=1))
        sink.calm()
        sink.fall_silent()
        customers = Customers(1, sink.letters_to)
        injected: list[Injected] = []

        def deliver(count: int) -> None:
            for _ in range(count):
                injected.append(customers.write())
                mailbox.deliver(injected[-1].raw)

        configuration = write_configuration(
            tmp_path,
            imap_port=mailbox.port,
            smtp_port=sink.port,
            database_url=database_url,
            mailbox={**mailbox.login, "poll": "1s"},
            smtp={"timeout": "1s"},
        )
        deliver(BEFORE)
        # Both make the tables, or find them made.
        daemons = [stack.enter_context(RunningDaemon(configuration, name=name)) for name in ("one", "two")]
        for daemon in daemons:
            daemon.wait_until_running(within=SOON)
        database = stack.enter_context(ledger.connect(database_url))

        # The mail server is silent, so both come to stand with a letter whose last byte has left.
        daemons[0].wait_until(
            lambda: len(_holders(database, "outbox WHERE state = 'handed_over'")) == 2,
            within=SOON,
            what="both have handed over a letter",
        )
        (collector,) = _holders(database, "leases", column="holder")
        dying, surviving = sorted(daemons, key=lambda daemon: daemon.pid != collector)
        assert dying.pid == collector
        dying.kill()
        sink.speak_again()
        deliver(AFTER)

        surviving.wait_until(
            lambda: (
                _known(database) == len(injected)
                and not ledger.waiting_mails(database)
                and not ledger.unsettled_letters(database)
            ),
            within=SOON,
            what="the survivor has finished everything",
        )
        surviving.process.send_signal(signal.SIGTERM)
        assert surviving.process.wait(timeout=15) == 0

        findings = ledger.compare(injected, sink.accepted, database_url)
        assert findings.passed, findings.wrong
        assert findings.uncertain >= 1, "the letter of the dead daemon was not admitted to be uncertain"
        assert surviving.said("received") and surviving.said("delivery")
        assert dying.said("journaled") and dying.said("received")
        assert surviving.said("journaled"), "the mailbox was not taken over"
        assert _unaccounted(database_url) == 0


def _holders(database: Any, where: str, column: str = "leased_by") -> set[int]:
    """The processes named in a column of leases; a node is named host:pid:random."""
    found = ledger.rows(database, f"SELECT DISTINCT {column} FROM {where}")
    return {int(name.split(":")[1]) for (name,) in found if name is not None}


def _known(database: Any) -> int:
    return ledger.number(database, "SELECT count(DISTINCT raw_sha256) FROM inbox")


def _unaccounted(database_url: str) -> int:
    database = Database(database_url)
    try:
        with database.reading() as session:
            return queries.ledger(session)["unaccounted"]
    finally:
        database.close()
