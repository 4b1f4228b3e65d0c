"""How fast is the desk? Runs `mailproc run` on a mailbox until everything is received, answered and filed."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.mailbox import DESK
from tests.bench.meter import Meter

PATIENCE = 600.0  # seconds after which a run has failed

_LEFT = """
SELECT (SELECT count(*) FROM inbox WHERE mailbox = 'main' AND filed_at IS NOT NULL),
       (SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed', 'handed_over'))
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the desk. Times are in seconds, memory in MiB.

    `seconds` and `cpu` count from READY=1 to the last mail filed and the last letter settled; `ready` and
    `starting_cpu` are what it took to get there.
    """

    mails: int
    ready: float
    starting_cpu: float
    seconds: float
    cpu: float
    rss: float
    pss: float


def settings(directory: Path, imap_port: int, smtp_port: int, user: str, password: str) -> dict[str, Any]:
    """The configuration of the desk that is measured: what `mailproc init` writes, on these servers."""
    loopback = {"host": "127.0.0.1", "security": "plain"}
    return {
        "desk": {
            "name": "Helpdesk",
            "address": DESK,
            "languages": ["en", "hu"],
            "secret": "a secret that is long enough to be one",
        },
        "mailboxes": [
            loopback
            | {"name": "main", "port": imap_port, "username": user, "password": password}
            | {"accept_since": "all"}
        ],
        "smtp": loopback | {"port": smtp_port},
        "database": {"url": f"sqlite:///{database(directory)}"},
    }


def database(directory: Path) -> Path:
    return directory / "mailproc.db"


def run(directory: Path, configuration: dict[str, Any], mails: int) -> Run:
    """Start the daemon, wait until `mails` mails are done with, stop it; raise when it does not succeed."""
    config = directory / "mailproc.yaml"
    config.write_text(json.dumps(configuration), encoding="utf-8")
    config.chmod(0o600)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, (directory / "log").open("wb") as log:
        address = directory / "notify"
        notices.bind(str(address))
        notices.settimeout(PATIENCE)
        begun = time.time()
        process = subprocess.Popen(
            [sys.executable, "-m", "mailproc", "--config", str(config), "run"],
            stderr=log,
            env=os.environ | {"NOTIFY_SOCKET": str(address)},
        )
        try:
            with Meter(process.pid) as meter:
                while notices.recv(1000) != b"READY=1":
                    pass
                ready, starting = time.time(), meter.processor_time()
                _wait_until(lambda: _left(directory) == (mails, 0), process, directory)
                used = meter.processor_time() - starting
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0, "the daemon did not end well"
        finally:
            process.kill()
            process.wait()
    return Run(
        mails=mails,
        ready=ready - begun,
        starting_cpu=starting,
        seconds=_last_work(directory) - ready,
        cpu=used,
        rss=meter.rss,
        pss=meter.pss,
    )


def _wait_until(done: Callable[[], bool], process: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if process.poll() is not None or time.monotonic() > deadline:
            log = (directory / "log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(
                f"the desk is not done ({_left(directory)}); the end of its log:\n{log[-4000:]}"
            )
        time.sleep(0.05)


def _left(directory: Path) -> tuple[int, int]:
    with _looking(directory) as connection:
        filed, unsettled = connection.execute(_LEFT).fetchone()
    connection.close()
    return int(filed), int(unsettled)


def _last_work(directory: Path) -> float:
    """The moment of the last entry about filing or sending, in seconds since the epoch."""
    with _looking(directory) as connection:
        (last,) = connection.execute(
            "SELECT max((SELECT max(filed_at) FROM inbox), (SELECT max(settled_at) FROM outbox))"
        ).fetchone()
        (seconds,) = connection.execute("SELECT (julianday(?) - 2440587.5) * 86400.0", (last,)).fetchone()
    connection.close()
    return float(seconds)


def _looking(directory: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True, timeout=30)
