"""The running desk: threads, ticks, stopping, health; and what it does when its database is damaged."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError as DamagedFile

from mailproc import daemon, faults
from mailproc.config import load
from mailproc.daemon import Daemon, open_desk, run_once
from mailproc.errors import DatabaseError, MailprocError
from mailproc.store import queries, schema
from mailproc.store.database import Database, is_damage
from tests.conversation import DESK_ADDRESS, SECRET, settings, sqlite_url
from tests.servers import EmbeddedServers

COMPLAINT = (
    b"From: Ann <ann@customer.example>\r\nTo: complaints@acme.example\r\nSubject: Kettle\r\n"
    b"Message-ID: <%d@customer.example>\r\n\r\nMy kettle exploded at breakfast, number %d.\r\n"
)


def until(condition: Callable[[], bool], servers: EmbeddedServers) -> None:
    """Wait for something that other threads do; the test's own time-out is the limit."""
    tick = threading.Event()
    for _ in range(600):
        if condition():
            return
        tick.wait(0.05)
    raise AssertionError(f"did not happen; {len(servers.sent)} letters left")


@contextmanager
def running(desk: object) -> Iterator[Daemon]:
    started = Daemon(desk)  # type: ignore[arg-type]
    thread = threading.Thread(target=started.run)
    thread.start()
    try:
        yield started
    finally:
        started.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_the_daemon_acknowledges_what_comes_in_and_stops_cleanly(servers, tmp_path):
    config = settings(servers, sqlite_url(tmp_path), mailbox={"poll": "1s", "idle": True})
    for number in range(5):
        servers.deliver(DESK_ADDRESS, COMPLAINT.replace(b"ann@", b"c%d@" % number) % (number, number))
    with open_desk(config) as desk, running(desk):
        until(lambda: len(servers.sent) == 5, servers)
        servers.deliver(DESK_ADDRESS, COMPLAINT % (9, 9))
        until(lambda: len(servers.sent) == 6, servers)
        until(lambda: not servers.mailbox(DESK_ADDRESS), servers)
    assert len(servers.mailbox(DESK_ADDRESS, "Processed")) == 6
    database = Database(config.database.url)
    with database.reading() as session:
        books = queries.ledger(session)
    assert (books["opened"], books["unaccounted"]) == (6, 0)


def test_two_daemons_on_one_sqlite_database_are_refused(servers, tmp_path):
    config = settings(servers, sqlite_url(tmp_path))
    with open_desk(config) as first, running(first), open_desk(config) as second:
        until(lambda: Path(f"{tmp_path}/mailproc.db.lock").exists(), servers)
        with pytest.raises(DatabaseError, match="in use by another mailproc process"):
            Daemon(second).run()


def test_once_does_everything_that_is_due_and_says_so(servers, tmp_path):
    config = settings(servers, sqlite_url(tmp_path))
    servers.deliver(DESK_ADDRESS, COMPLAINT % (1, 1))
    with open_desk(config) as desk:
        assert run_once(desk)
    assert len(servers.sent) == 1


def test_once_says_when_a_letter_waits_for_another_try(servers, tmp_path):
    servers.sink.script["rcpt"] = "451 4.2.0 later"
    servers.deliver(DESK_ADDRESS, COMPLAINT % (1, 1))
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        assert not run_once(desk)
    assert servers.sent == []


def test_once_receives_and_delivers_although_the_mailbox_is_out_of_reach(servers, tmp_path):
    servers.sink.script["rcpt"] = ["451 4.2.0 later"]
    servers.deliver(DESK_ADDRESS, COMPLAINT % (1, 1))
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        assert not run_once(desk)
    config = settings(servers, sqlite_url(tmp_path), mailbox={"port": 1})
    with open_desk(config) as desk:
        later = desk.clock
        object.__setattr__(desk, "clock", lambda: later() + daemon_retry())
        assert not run_once(desk), "the mailbox is in trouble, and that is said"
    assert len(servers.sent) == 1


def daemon_retry():
    from mailproc.jobs.deliver import RETRIES

    return RETRIES[0]


def test_the_health_file_tells_of_trouble_and_of_its_end(servers, tmp_path):
    path = tmp_path / "health.json"
    config = settings(servers, sqlite_url(tmp_path))
    with open_desk(config) as desk:
        run_once(desk)
        daemon.write_health(desk, path)
        healthy = json.loads(path.read_text())
    assert healthy["healthy"] and healthy["mails_waiting"] == 0

    with open_desk(settings(servers, sqlite_url(tmp_path), mailbox={"port": 1})) as desk:
        run_once(desk)
        daemon.write_health(desk, path)
        sick = json.loads(path.read_text())
    assert not sick["healthy"]
    assert "mailbox main" in sick["trouble"][0]
    assert list(tmp_path.glob(".health*")) == [], "the file is replaced whole"


def test_a_damaged_database_stops_the_desk_loudly(servers, tmp_path, monkeypatch):
    config = settings(servers, sqlite_url(tmp_path))
    with open_desk(config) as desk:
        desk.database.close()
        file = tmp_path / "mailproc.db"
        for side in tmp_path.glob("mailproc.db-*"):
            side.unlink()
        content = bytearray(file.read_bytes())
        content[4096 * 2 :] = b"\xa5" * (len(content) - 4096 * 2)
        file.write_bytes(bytes(content))
        with pytest.raises((DatabaseError, DamagedFile)) as caught:
            Daemon(desk).run()
    assert isinstance(caught.value, DatabaseError) or is_damage(caught.value)
    assert servers.sent == []


def test_a_fault_is_refused_outside_of_tests(monkeypatch):
    monkeypatch.setenv("MAILPROC_FAULT", "journaled:1:kill")
    monkeypatch.delenv("MAILPROC_TEST", raising=False)
    with pytest.raises(MailprocError, match="MAILPROC_TEST=1"):
        faults._armed()


@pytest.mark.parametrize("setting", ["nowhere:1:kill", "journaled:x:kill", "journaled:1:sleep", "journaled"])
def test_a_fault_that_means_nothing_is_named(monkeypatch, setting):
    monkeypatch.setenv("MAILPROC_FAULT", setting)
    monkeypatch.setenv("MAILPROC_TEST", "1")
    with pytest.raises(MailprocError, match="POINT:NUMBER:kill"):
        faults._armed()


def test_a_fault_kills_at_the_named_passage():
    code = (
        "from mailproc.faults import passing\nfor n in range(3): print(n, flush=True); passing('journaled')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"MAILPROC_TEST": "1", "MAILPROC_FAULT": "journaled:2:kill"},
        capture_output=True,
        text=True,
        cwd=Path(schema.__file__).parents[2],
        timeout=60,
    )
    assert result.stdout.split() == ["0", "1"]
    assert result.returncode == -9


def test_the_health_file_says_that_the_database_is_out_of_reach(servers, tmp_path):
    path = tmp_path / "health.json"
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        with desk.database.transaction() as session:
            session.execute(text("ALTER TABLE folders RENAME TO gone"))
        daemon.write_health(desk, path)
    state = json.loads(path.read_text())
    assert not state["healthy"]
    assert "OperationalError" in state["trouble"][0]


def test_work_that_waits_for_a_quarter_of_an_hour_is_trouble(servers, tmp_path):
    """A parser that does not start, or a mail server that lets nobody in, must be seen from outside."""
    servers.sink.script["mail"] = ["550 5.7.1 account suspended"] * 9
    servers.deliver(DESK_ADDRESS, COMPLAINT % (1, 1))
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        run_once(desk)
        with desk.database.transaction() as session:
            session.execute(
                text("UPDATE folders SET polled_at = :now"), {"now": "2099-01-01 00:00:00.000000"}
            )
        with desk.database.reading() as session:
            assert queries.health(session, desk.clock())["healthy"]
            later = desk.clock() + queries.SILENT_AFTER
            (letters,) = queries.health(session, later)["trouble"]
        assert "1 letter waits" in letters and "account suspended" in letters

        with desk.database.transaction() as session:
            session.execute(text("UPDATE inbox SET state = 'waiting', disposition = NULL"))
        with desk.database.reading() as session:
            mails = queries.health(session, later)["trouble"][0]
        assert "1 mail waits" in mails


def test_a_letter_that_is_still_leaving_is_not_interrupted_by_the_end(servers, tmp_path, monkeypatch):
    """The connection belongs to the thread that sends: a QUIT from another would stand in the letter."""
    monkeypatch.setattr(daemon, "STOP_WITHIN", 0.2)
    sending, answered = threading.Event(), threading.Event()
    closed: list[bool] = []
    servers.deliver(DESK_ADDRESS, COMPLAINT % (1, 1))
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        started = Daemon(desk)
        send, close = started.courier.mailer.send, started.courier.mailer.close

        def send_slowly(*args, **keywords):
            sending.set()
            assert answered.wait(30)
            return send(*args, **keywords)

        started.courier.mailer.send = send_slowly
        started.courier.mailer.close = lambda: (closed.append(answered.is_set()), close())
        thread = threading.Thread(target=started.run)
        thread.start()
        assert sending.wait(30)
        started.stop()
        thread.join(20)
        answered.set()
        started.deliver.thread.join(20)
        started.courier.close()
    assert closed == [True]


def test_people_who_come_and_go_count_at_once_and_a_wrong_file_changes_nobody(servers, tmp_path):
    settings_file = tmp_path / "mailproc.yaml"
    document = settings(servers, sqlite_url(tmp_path)).model_dump(mode="json", exclude_unset=True)
    document["desk"]["secret"] = SECRET
    document["mailboxes"][0]["password"] = servers.users[DESK_ADDRESS]
    settings_file.write_text(json.dumps(document))
    settings_file.chmod(0o600)
    people = tmp_path / "people.yaml"
    people.write_text("agents: [{name: Bob, address: bob@acme.example}]\n")
    with open_desk(load(settings_file, environ={})) as desk:
        daemon = Daemon(desk)

        def registered() -> frozenset[str]:
            daemon.receive.work()
            assert desk.surroundings.agents == frozenset(desk.people.registered)
            return desk.surroundings.agents

        assert registered() == {"bob@acme.example"}
        people.write_text(
            "agents: [{name: Eve, address: eve@acme.example}, {name: Cy, address: cy@acme.example}]\n"
        )
        assert registered() == {"eve@acme.example", "cy@acme.example"}
        people.write_text("agents: [{name: Eve}]\n")
        assert registered() == {"eve@acme.example", "cy@acme.example"}
        people.write_text("agents: []\n")
        assert registered() == frozenset()
