"""How does a daemon start in a second? Forked from a process that has the modules and the letters ready.

Loading SQLAlchemy, Alembic, pydantic, mailproc and its templates, and proving the letters, takes most of a
daemon's start. The nursery does that once; each child it forks then runs a module as `python -m` would: its
environment is read, its configuration is loaded and its database is opened as ever.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch
from zoneinfo import ZoneInfo

from mailproc import daemon, faults
from mailproc.outbound.letters import Letters
from mailproc.resources import data_dir
from tests.compiled import keep_compiled
from tests.crash.desk import LANGUAGES


class Nursery:
    """Starts daemons and tells how they ended; used with `with`. Its end is the end of all of them."""

    def __enter__(self) -> Self:
        # Modules that are compiled anew in every life would be most of its start.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def start(self, module: str, arguments: Sequence[str], environment: dict[str, str], log: Path) -> int:
        """Run a module with arguments; return the process id. Its output is appended to `log`."""
        request = {"module": module, "arguments": list(arguments), "environment": environment}
        return int(self._ask({**request, "log": str(log)}))

    def collect(self, pid: int) -> int:
        """Return the exit code of a process, waiting for its end; negative for a signal."""
        return os.waitstatus_to_exitcode(int(self._ask({"collect": pid})))

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the nursery has ended with exit code {self._process.wait()}")
        return json.loads(line)


def _get_ready(folder: Path) -> None:
    """Import what every child needs; prove the packaged letters, which no child has to do again."""
    importlib.import_module("mailproc.cli.running")
    keep_compiled(folder)
    letters = Letters.load([data_dir("templates")], LANGUAGES, zone=ZoneInfo("UTC"))
    assert not daemon.lint(letters)
    patch.object(daemon, "lint", return_value=[]).start()


def _serve() -> dict[str, Any] | None:
    """Answer requests; return the one that this process, now a child, is to become."""
    alive: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "collect" in request:
            pid, status = os.waitpid(request["collect"], 0)
            alive.discard(pid)
            answer = status
        else:
            answer = os.fork()
            if answer == 0:
                return dict(request)
            alive.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in alive:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return None


def _become(request: dict[str, Any]) -> None:
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(request["environment"])
    faults.arm()
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def main() -> None:
    compiled = mkdtemp()
    _get_ready(Path(compiled))
    print(json.dumps("ready"), flush=True)
    request = _serve()
    if request is not None:
        _become(request)
    else:
        shutil.rmtree(compiled)


if __name__ == "__main__":
    main()
