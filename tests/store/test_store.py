"""What the store promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mailproc.addressing import new_public_id
from mailproc.cases.opening import open_case
from mailproc.errors import DatabaseError
from mailproc.mail import OutgoingMail
from mailproc.store import casebook, journal, leases, outbox, queries, receiving, schema, sending
from mailproc.store.database import Database
from mailproc.store.guard import only_daemon
from mailproc.store.packing import pack, unpack
from tests.cases.samples import MONDAY_9AM, POLICY, RECEIVED, ZONE
from tests.conftest import postgres_database

# In the past: PostgreSQL judges leases and due times by its own clock.
NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
LASTING = timedelta(seconds=60)


def clock() -> datetime:
    return NOW


def arrival(uid: int, raw: bytes = b"Subject: x\r\n\r\nhello\r\n", **values) -> journal.Arrival:
    return journal.Arrival(uid=uid, raw=raw, received_at=NOW, size=len(raw), **values)


def put(database: Database, *arrivals: journal.Arrival, uidvalidity: int = 7) -> int:
    with database.transaction() as session:
        return journal.record(session, "main", "INBOX", uidvalidity, arrivals, NOW - timedelta(hours=1))


def letter(key: str = "acknowledgement:C-1", recipient: str = "ann@example.com") -> tuple[OutgoingMail, str]:
    mail = OutgoingMail(
        public_id=new_public_id(),
        envelope_from="desk@example.com",
        recipient=recipient,
        message_id="<m@example.com>",
        subject="Re: x",
        raw=b"Subject: Re: x\r\n\r\nthanks\r\n",
    )
    return mail, key


def queue(database: Database, key: str = "acknowledgement:C-1") -> int | None:
    mail, key = letter(key)
    with database.transaction() as session:
        return outbox.queue(
            session,
            mail,
            letter="acknowledgement",
            key=key,
            case_id=None,
            automatic=True,
            now=NOW - timedelta(hours=1),
        )


def claim_letters(database: Database, node: str) -> list[sending.Claimed]:
    return sending.claim(database, node, clock, LASTING, 10)


def test_a_stored_object_is_journaled_once(database):
    assert put(database, arrival(1), arrival(2)) == 2
    assert put(database, arrival(1), arrival(2), arrival(2), arrival(3)) == 1
    with database.reading() as session:
        assert journal.unknown_uids(session, "main", "INBOX", 7, [1, 2, 3, 4]) == [4]
        assert journal.unknown_uids(session, "main", "INBOX", 8, [1]) == [1]


def test_the_bytes_come_back_as_they_came(database):
    raw = bytes(range(256)) * 40
    put(database, arrival(1, raw))
    with database.reading() as session:
        assert journal.raw_of(session, journal.digest(raw)) == raw


def test_damaged_bytes_are_noticed():
    packed = bytearray(pack(b"x" * 1000))
    packed[-1] ^= 1
    with pytest.raises(DatabaseError, match="damaged"):
        unpack(bytes(packed), 1000)


def test_a_unit_of_work_that_fails_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        journal.record(session, "main", "INBOX", 7, [arrival(1)], NOW)
        raise ZeroDivisionError
    with database.reading() as session:
        assert queries.ledger(session)["received"] == 0


def test_claimed_mail_is_skipped_by_others_until_the_lease_runs_out(database):
    put(database, arrival(1), arrival(2))
    (first,) = receiving.claim(database, "a", _at(database, 0), LASTING, 1)
    (second,) = receiving.claim(database, "b", _at(database, 0), LASTING, 5)
    assert first.id != second.id
    assert receiving.claim(database, "c", _at(database, 0), LASTING, 5) == []


def _at(database: Database, seconds: float):
    """The clock of leases: given on SQLite, the server's on PostgreSQL."""
    return lambda: NOW + timedelta(seconds=seconds)


def test_a_dead_nodes_mail_is_taken_over(database):
    put(database, arrival(1))
    assert receiving.claim(database, "dead", clock, -LASTING, 5)
    (taken,) = receiving.claim(database, "alive", clock, LASTING, 5)
    with database.transaction() as session:
        assert receiving.lock(session, taken.id, "dead") is None
        assert receiving.lock(session, taken.id, "alive") is not None


def test_two_nodes_never_claim_the_same_mail(database):
    put(database, *(arrival(uid) for uid in range(1, 41)))

    def work(node: str) -> list[int]:
        found: list[int] = []
        while claimed := receiving.claim(database, node, clock, LASTING, 3):
            found += [mail.id for mail in claimed]
        return found

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, "abcd"))
    ids = [id for result in results for id in result]
    assert len(ids) == len(set(ids)) == 40


def test_a_letter_with_a_known_key_is_not_queued_again(database):
    assert queue(database) is not None
    assert queue(database) is None


def test_parallel_workers_queue_one_letter(database):
    def attempt(_: int) -> bool:
        try:
            return queue(database) is not None
        except IntegrityError:
            return False  # the unique index is the last defence, and it held

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_letter_whose_node_died_before_the_last_byte_is_taken_over(database):
    id = queue(database)
    sending.claim(database, "dead", clock, -LASTING, 10)
    (taken,) = claim_letters(database, "alive")
    assert taken.id == id
    with database.transaction() as session:
        assert not sending.hand_over(session, taken.id, "dead", NOW, LASTING)
        assert sending.hand_over(session, taken.id, "alive", NOW, LASTING)


def test_a_letter_whose_node_died_after_the_last_byte_is_not_simply_sent_again(database):
    queue(database)
    (claimed,) = claim_letters(database, "dead")
    with database.transaction() as session:
        sending.hand_over(session, claimed.id, "dead", NOW, -LASTING)
    assert claim_letters(database, "alive") == []
    with database.transaction() as session:
        assert [row.id for row in sending.abandoned(session, NOW)] == [claimed.id]


def test_a_letter_leaves_with_the_bytes_it_was_queued_with(database):
    queue(database)
    (claimed,) = claim_letters(database, "a")
    assert claimed.raw(database) == b"Subject: Re: x\r\n\r\nthanks\r\n"


def test_a_large_letter_is_read_when_its_turn_comes(database):
    """Ten letters with large files that are claimed together must not all be in memory."""
    small, large = letter()[0], replace(letter()[0], raw=bytes(sending.LARGE + 1))
    for key, mail in (("small", small), ("large", large)):
        with database.transaction() as session:
            outbox.queue(
                session, mail, letter="reply", key=key, case_id=None, automatic=False, now=NOW - LASTING
            )
    claimed = claim_letters(database, "a")
    assert [letter.body is None for letter in claimed] == [False, True]
    assert [letter.raw(database) for letter in claimed] == [small.raw, large.raw]


def test_automatic_letters_are_counted_by_the_exact_address(database):
    for key, recipient in (("1", "Bob@x.co"), ("2", "bob@x.co"), ("3", "bob@x.com"), ("4", "b.bob@x.co")):
        mail, _ = letter(recipient=recipient)
        with database.transaction() as session:
            outbox.queue(session, mail, letter="l", key=key, case_id=None, automatic=True, now=NOW)
    with database.reading() as session:
        assert outbox.automatic_letters_to(session, "BOB@X.CO", NOW - timedelta(days=1)) == 2


def test_a_case_comes_back_as_it_was_saved(database):
    case = open_case(RECEIVED, POLICY, ZONE, MONDAY_9AM).case
    with database.transaction() as session:
        id = casebook.add(session, case, NOW)
    with database.transaction() as session:
        assert casebook.load(session, id) == case
        assert casebook.find(session, case.reference) == (id, case)


def test_a_lease_has_one_holder_and_a_new_fence_for_the_next(database):
    first = leases.take(database, "mailbox:main", "a", -LASTING, clock)
    assert first is not None
    second = leases.take(database, "mailbox:main", "b", LASTING, clock)
    assert second is not None
    assert second.fence > first.fence
    assert leases.take(database, "mailbox:main", "a", LASTING, clock) is None
    with pytest.raises(leases.LeaseLost), database.transaction() as session:
        leases.confirm(session, first)
    leases.release(database, second, lambda: NOW - timedelta(seconds=1))


def test_a_replaced_folder_keeps_its_go_live(database):
    with database.transaction() as session:
        first = journal.visit_folder(session, "main", "INBOX", 7, NOW)
    with database.transaction() as session:
        again = journal.visit_folder(session, "main", "INBOX", 8, NOW + timedelta(days=9))
    assert (first.replaced, again.replaced) == (False, True)
    assert again.since == first.since == NOW


def test_the_ledger_misses_what_has_no_bytes(database):
    put(database, arrival(1), arrival(2, b"other"))
    with database.reading() as session:
        assert queries.ledger(session) == {
            "received": 2, "opened": 0, "joined": 0, "replied": 0, "outside": 0, "confirmed": 0,
            "held": 0, "bounced": 0, "auto_reply": 0, "ignored": 0, "duplicate": 0,
            "quarantined": 0, "waiting": 2, "unaccounted": 0,
        }  # fmt: skip
    with database.transaction() as session:
        session.execute(text("UPDATE inbox SET disposition = 'opened', state = 'done' WHERE uid = 1"))
    with database.reading() as session:
        assert queries.ledger(session)["unaccounted"] == 1


def test_migrations_and_tables_agree(database):
    assert schema.differences(database) == []
    assert schema.current(database) == schema.newest()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database):
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        schema.ensure(database)
    with pytest.raises(DatabaseError, match="newer version"):
        schema.upgrade(database)
    assert schema.current(database) == "9999"


def test_a_database_out_of_reach_is_named_without_its_password():
    url = "postgresql://desk:sesame@127.0.0.1:1/none"
    with pytest.raises(DatabaseError, match=r"database\.url") as caught:
        schema.ensure(Database(url))
    assert "sesame" not in str(caught.value)


def test_sqlite_commits_survive_a_power_cut(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a.db")
    with database.transaction() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def test_a_sqlite_database_has_one_daemon(tmp_path):
    first, second = (Database(f"sqlite:///{tmp_path}/a.db") for _ in range(2))
    with only_daemon(first), pytest.raises(DatabaseError, match="in use by another"), only_daemon(second):
        pass
    with only_daemon(second):
        assert (tmp_path / "a.db.lock").exists()


def test_a_backup_in_progress_delays_but_does_not_fail_a_unit_of_work(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a.db")
    schema.ensure(database)
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(put, database, arrival(1))
        assert not waiting.done()
        holder.execute("COMMIT")
        assert waiting.result(timeout=30) == 1
    holder.close()
    database.close()


@pytest.mark.postgres
def test_a_postgresql_server_that_vanishes_without_a_word_is_noticed_within_a_minute():
    """Else a thread would wait for its answer for as long as TCP does: a quarter of an hour, or for ever."""
    for url in postgres_database():
        database = Database(url)
        with database.reading() as session:
            said = session.connection().connection.driver_connection.info.get_parameters()
        database.close()
    assert int(said["connect_timeout"]) <= 10
    assert int(said["tcp_user_timeout"]) <= 60_000
    idle, interval, count = (int(said[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * count <= 60
