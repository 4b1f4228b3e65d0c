"""What does a desk under test run on? A folder with a configuration, and real processes started from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.crash.mails import DESK_ADDRESS

LANGUAGES = ["en"]


def write_configuration(
    folder: Path, *, imap_port: int, smtp_port: int, database_url: str, **changes: dict[str, Any]
) -> Path:
    """Write a configuration for servers on loopback; `changes` are merged into the sections by name."""
    sections: dict[str, dict[str, Any]] = {
        "desk": {
            "name": "Acme Complaints",
            "address": DESK_ADDRESS,
            "languages": LANGUAGES,
            "secret": "a secret that is long enough for every test",
        },
        "mailbox": {
            "name": "main",
            "host": "127.0.0.1",
            "port": imap_port,
            "security": "plain",
            "username": "desk",
            "password": "secret",
            "accept_since": "all",
            "poll": "1s",
            "timeout": "20s",
        },
        "smtp": {"host": "127.0.0.1", "port": smtp_port, "security": "plain", "timeout": "5s"},
        "database": {"url": database_url, "lease": "3s"},
    }
    for name, values in changes.items():
        sections[name] = sections.get(name, {}) | values
    document: dict[str, Any] = {**sections, "mailboxes": [sections["mailbox"]]}
    del document["mailbox"]
    file = folder / "config" / "mailproc.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2))  # YAML is a superset of JSON
    file.chmod(0o600)
    return file


class RunningDaemon:
    """`mailproc run` as a process of its own. Used with `with`, which kills what is still alive."""

    def __init__(self, configuration: Path, *, name: str = "daemon") -> None:
        self.log = configuration.parent / f"{name}.log"
        command = [sys.executable, "-m", "mailproc", "--config", str(configuration), "run"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "MAILPROC_TEST": "1"},
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self, event: str) -> list[dict[str, Any]]:
        """The log lines of an event so far."""
        lines = self.log.read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [entry for entry in entries if entry.get("event") == event]

    def wait_until_running(self, *, within: float) -> None:
        """Wait until it holds the database and works; for the first daemon of a log file."""
        self.wait_until(lambda: bool(self.said("running")), within=within, what="running")

    def wait_until(self, happened: Callable[[], bool], *, within: float, what: str) -> None:
        """Wait for a condition; fail with the log when it does not come or the process ends before."""
        end = time.monotonic() + within
        while not happened():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self._tail()}"
            assert time.monotonic() < end, f"not within {within} s: {what}\n{self._tail()}"
            self._pause()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _pause(self) -> None:
        """Let a moment pass, or less if the process ends."""
        try:
            self.process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            return

    def _tail(self) -> str:
        return self.log.read_text()[-4000:]
