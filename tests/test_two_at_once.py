"""What happens when two daemons do it at the same moment? On PostgreSQL they may; SQLite has one writer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from mailproc.inbound.cage import Cage
from mailproc.jobs.receive import receive_due
from mailproc.store import journal, leases, outbox, queries, receiving, sending
from mailproc.store.database import Database
from tests.conversation import Talk
from tests.servers import EmbeddedServers
from tests.store.test_store import LASTING, NOW, arrival, claim_letters, clock, letter, put, queue


def overlapping(database: Database, first: Callable[[Any], Any], second: Callable[[], Any]) -> Any:
    """Run `second` in another thread while the transaction of `first` is open; return its result."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            first(session)
            started = threading.Event()

            def begin() -> Any:
                started.set()
                return second()

            later: Future[Any] = pool.submit(begin)
            started.wait(10)
            if not database.is_sqlite:
                _wait_until_blocked(database, later)
        return later.result(30)


def _wait_until_blocked(database: Database, later: Future[Any]) -> None:
    """Wait until the other transaction waits for a lock of this one, or has got through."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not later.done() and not connection.execute(waiting).scalar_one():
            pass


def test_two_mailboxes_may_journal_the_same_bytes(database: Database):
    def journaled(session: Any, mailbox: str) -> int:
        return journal.record(session, mailbox, "INBOX", 7, [arrival(1)], NOW)

    def second() -> int:
        with database.transaction() as session:
            return journaled(session, "second")

    assert overlapping(database, lambda session: journaled(session, "first"), second) == 1
    with database.reading() as session:
        assert queries.ledger(session)["waiting"] == 2


def test_of_many_who_take_a_new_lease_one_gets_it_and_the_others_are_told(database: Database):
    with ThreadPoolExecutor(8) as pool:
        taken = list(
            pool.map(lambda node: leases.take(database, "mailbox:main", node, LASTING, clock), "abcdefgh")
        )
    assert sum(lease is not None for lease in taken) == 1


def test_two_mails_of_one_sender_cannot_both_be_the_last_that_is_answered(database: Database):
    def first(session: Any) -> None:
        assert outbox.automatic_letters_to(session, "ann@example.com", NOW - timedelta(days=1)) == 0
        mail, key = letter()
        outbox.queue(session, mail, letter="l", key=key, case_id=None, automatic=True, now=NOW)

    def second() -> int:
        with database.transaction() as session:
            return outbox.automatic_letters_to(session, "Ann@Example.com", NOW - timedelta(days=1))

    assert overlapping(database, first, second) == 1


def test_a_letter_that_is_being_sent_is_not_abandoned_because_a_hosts_clock_is_slow(
    servers: EmbeddedServers, database_url: str, cage: Cage
):
    """Leases are judged by the database's clock, so they are also written by it."""
    talk = Talk(servers, database_url, cage)
    try:
        if not talk.desk.database.is_sqlite:
            talk.now = _now(talk) - timedelta(hours=1)
        talk.arrives(talk.write("My kettle exploded."), work=False)
        assert talk.collector.hold_lease()
        talk.collector.collect()
        receive_due(talk.desk)
        send = talk.courier.mailer.send
        abandoned: list[int] = []

        def send_and_look(*args: Any, **keywords: Any):
            outcome = send(*args, **keywords)
            now = _now(talk)
            with talk.desk.database.transaction() as session:
                abandoned.append(len(sending.abandoned(session, now)))
            return outcome

        talk.courier.mailer.send = send_and_look  # type: ignore[method-assign]
        assert talk.courier.deliver_due() == 1
        assert abandoned == [0]
    finally:
        talk.close()


def _now(talk: Talk) -> Any:
    with talk.desk.database.transaction() as session:
        return talk.desk.database.now(session, talk.desk.clock)


def test_the_books_are_right_while_a_mail_is_being_received(database: Database):
    """A mail that gets its disposition while they are read must not look as if it were nowhere."""
    put(database, *(arrival(uid, b"mail %d" % uid) for uid in range(1, 6)))
    questions = 0

    def receive_meanwhile(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal questions
        if statement.startswith("SELECT"):
            questions += 1
            with ThreadPoolExecutor(1) as pool:
                pool.submit(receive, questions).result()

    def receive(uid: int) -> None:
        done = "UPDATE inbox SET state = 'done', disposition = 'ignored' WHERE uid = :uid"
        with database.transaction() as session:
            session.execute(text(done), {"uid": uid})

    with database.reading() as session:
        event.listen(database.engine, "after_cursor_execute", receive_meanwhile)
        books = queries.ledger(session)
        event.remove(database.engine, "after_cursor_execute", receive_meanwhile)
    assert questions >= 1
    assert (books["received"], books["unaccounted"]) == (5, 0)


def test_nobody_takes_the_mails_of_a_batch_that_takes_long(make_talk: Callable[..., Talk]):
    """Each mail may take as long as the cage lets it; the others must not be taken and read elsewhere."""
    talk = make_talk(database={"lease": "2s"})
    for number in range(6):
        talk.arrives(talk.write("It exploded.", sender=f"c{number}@customer.example"), work=False)
    assert talk.collector.hold_lease()
    talk.collector.collect()
    parse_each = talk.desk.cage.parse_each
    stolen: list[int] = []

    def parse_slowly(raws: Any):
        for result in parse_each(raws):
            talk.now += talk.config.parser.wall
            stolen.extend(
                mail.id
                for mail in receiving.claim(talk.desk.database, "other", talk.desk.clock, talk.desk.lease, 20)
            )
            yield result

    slow = _SlowCage(parse_slowly)
    assert receive_due(replace(talk.desk, cage=slow)) == 6  # type: ignore[arg-type]
    assert stolen == []


class _SlowCage:
    def __init__(self, parse_each: Callable[[Any], Any]) -> None:
        self.parse_each = parse_each


@pytest.mark.parametrize("copies", [2, 6])
def test_copies_that_are_received_at_the_same_moment_make_one_case(
    servers: EmbeddedServers, database_url: str, cage: Cage, copies: int
):
    talk = Talk(servers, database_url, cage)
    try:
        talk.now = _now(talk) - timedelta(hours=1)
        raw = talk.write("My kettle exploded.")
        with talk.desk.database.transaction() as session:
            arrivals = [
                arrival(uid, b"Received: by route %d; Mon, 23 Nov 2026 09:00:00 +0000\r\n" % uid + raw)
                for uid in range(1, copies + 1)
            ]
            journal.record(session, "main", "INBOX", 7, arrivals, talk.now)
        desks = [replace(talk.desk, node=f"node {number}") for number in range(copies)]
        with ThreadPoolExecutor(copies) as pool:
            list(pool.map(lambda desk: _receive_one_at_a_time(desk), desks))
        books = talk.ledger
        assert (books["opened"], books["duplicate"], books["waiting"]) == (1, copies - 1, 0)
        assert len(talk.queue) == 1
    finally:
        talk.close()


def _receive_one_at_a_time(desk: Any) -> None:
    from mailproc.jobs.receive import _readings, receive_one

    while claimed := receiving.claim(desk.database, desk.node, desk.clock, desk.lease, 1):
        for received, reading in _readings(desk, claimed):
            receive_one(desk, received, reading)


def test_a_letter_two_nodes_want_is_handed_over_by_one(database: Database):
    queue(database)
    sending.claim(database, "slow", clock, -LASTING, 10)
    (claimed,) = claim_letters(database, "fast")

    def hand_over(node: str) -> bool:
        with database.transaction() as session:
            return sending.hand_over(session, claimed.id, node, NOW, LASTING)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hand_over, ("slow", "fast"))) == [False, True]
