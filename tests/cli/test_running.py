"""The desk runs as a daemon or once, says how it went, and stops when told to."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DESK, ESCAPES, Place, write_mail
from tests.cli.test_import import as_mbox, numbered
from tests.servers import EmbeddedServers


def start(place: Place, *arguments: object, **options: object) -> subprocess.Popen[bytes]:
    """Start the real program."""
    environ = {
        "PATH": os.environ["PATH"],
        "MAILPROC_CONFIG": str(place.config_file),
        "TERM": "xterm-256color",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "mailproc", *map(str, arguments)],
        env=environ,
        cwd=Path(__file__).parents[2],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},  # type: ignore[call-overload]
    )


def test_once_receives_and_answers(live: Place, mail_servers: EmbeddedServers) -> None:
    mail_servers.deliver(DESK, write_mail())
    answer = live.answer("once")
    assert answer["done"] and answer["ledger"]["opened"] == 1
    assert [sent.recipient for sent in mail_servers.sent] == ["ann@customer.example"]


def test_once_tells_people_in_two_lines(live: Place, mail_servers: EmbeddedServers) -> None:
    mail_servers.deliver(DESK, write_mail())
    assert live.run("once").stdout.splitlines() == [
        "mails: 1 received (1 opened)",
        "letters: 0 waiting, 0 held for a person",
    ]


def test_once_says_when_something_failed_and_waits(live: Place) -> None:
    live.receive(write_mail())
    live.configure(smtp={"port": 1})
    result = live.run("once")
    assert result.exit_code == 1 and "something failed and waits" in result.stderr


def test_a_second_process_on_the_same_database_is_refused(live: Place) -> None:
    from mailproc.store.guard import only_daemon

    live.receive()
    with live.database() as database, only_daemon(database):
        result = live.run("once")
    assert result.exit_code == 3 and "in use by another mailproc process" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_stops_cleanly_when_told_to(
    live: Place, mail_servers: EmbeddedServers, number: signal.Signals
) -> None:
    mail_servers.deliver(DESK, write_mail())
    daemon = start(live, "run")
    assert daemon.stderr is not None
    lines = []
    for line in daemon.stderr:
        lines.append(json.loads(line))
        if lines[-1]["event"] == "delivery":
            break
    daemon.send_signal(number)
    _, rest = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert json.loads(rest.splitlines()[-1])["event"] == "stopped"
    written = json.dumps(lines) + rest.decode()
    assert "ann@customer" not in written and "kettle" not in written, "logs carry ids only"
    assert live.answer("ledger")["opened"] == 1


def test_an_interrupted_import_says_that_it_can_be_repeated(place: Place, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(as_mbox(*(numbered(n) for n in range(2000))))
    process = start(place, "--verbose", "import", box)
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "journaled"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in err.decode().splitlines()[-1]
    counts = place.answer("ledger")
    assert counts["unaccounted"] == 0 and counts["waiting"] > 0

    again = place.answer("import", box, "--no-receive")
    assert again["seen"] == 2000
    assert place.answer("ledger")["received"] == 2000, "each mail once, none lost"


def test_text_of_strangers_on_a_real_terminal_is_harmless_and_markup_is_text(place: Place) -> None:
    place.receive(
        write_mail(f"Look: {ESCAPES}", subject=f"A kettle {ESCAPES}", sender='"[bold]B" <b@b.example>')
    )
    shown = on_a_terminal(place, "case", "list") + on_a_terminal(place, "inbox", "show", "1")
    assert "not red" in shown and "[red]" in shown and ":skull:" in shown
    assert "\x07" not in shown and "\u202e" not in shown and "\x1b[2J" not in shown and "\x1b]0" not in shown
    piped = place.run("case", "list").stdout
    assert "\x1b" not in piped


def on_a_terminal(place: Place, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    process = start(place, *arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        assert ready, "the program says nothing"
        try:
            data = os.read(ours, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    assert process.wait(60) == 0, shown
    return shown.decode("utf-8", "replace")


def test_a_reader_that_goes_away_is_no_traceback(place: Place) -> None:
    place.receive(*(write_mail("y" * 5000, message_id=f"<{n}@x.example>") for n in range(40)))
    process = start(place, "export", "messages")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    assert process.wait(60) != 0
