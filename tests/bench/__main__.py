"""How fast is mailproc on this machine? `make bench`, or `python -m tests.bench --help`.

In every round the same mails are put on a fresh IMAP server three times: for the bare loop, for a desk that
is new, and for a desk with many cases. What is printed are the medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailproc.demo.servers import MailServers
from tests.bench import desk, judge, prefill, report
from tests.bench.mailbox import Mail, mails
from tests.bench.sink import Sink
from tests.servers import Dovecot

USER, PASSWORD = "desk", "secret"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--mails", type=int, default=1000, help="mails in the mailbox (default %(default)s)")
    parser.add_argument("--seed", default="1", help="another seed makes other mails")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s; the medians are shown")
    parser.add_argument(
        "--cases", type=int, default=100_000, help="cases of the old desk (default %(default)s)"
    )
    parser.add_argument(
        "--server", choices=("dovecot", "pymap"), help="default: Dovecot where it is installed"
    )
    parser.add_argument("--json", metavar="FILE", help="also write the figures of every round; - for stdout")
    options = parser.parse_args()
    server = options.server or ("dovecot" if Dovecot.available() else "pymap")
    maker, mailbox = mails(options.mails, options.seed)
    rounds: list[report.Round] = []
    with tempfile.TemporaryDirectory(prefix="mailproc-bench-") as folder:
        old = Path(folder) / "old.db"
        if options.cases:
            _say(f"making a desk with {options.cases:,} cases")
            prefill.fill(old, options.cases)
        for number in range(1, options.rounds + 1):
            _say(f"round {number} of {options.rounds}, {len(mailbox)} mails")
            rounds.append(_round(server, mailbox, old if options.cases else None, backwards=number % 2 == 0))
    machine = report.about(server=server, maker=maker, mails=mailbox, cases=options.cases)
    if options.json == "-":
        print(json.dumps(report.document(machine, rounds), indent=2))
    else:
        print(report.table(machine, rounds))
    if options.json and options.json != "-":
        Path(options.json).write_text(json.dumps(report.document(machine, rounds), indent=2) + "\n", "utf-8")
    return int(any(run.wrong for one in rounds for run in (one.new, one.old) if run))


def _round(server: str, mailbox: Sequence[Mail], old: Path | None, *, backwards: bool) -> report.Round:
    """Measure all three, every other time from behind: a machine often slows down while it works."""
    found: dict[str, Any] = {"old": None}
    tasks: list[tuple[str, Callable[[], Any]]] = [
        ("bare", lambda: _bare(server, mailbox)),
        ("new", lambda: _desk(server, mailbox, None)),
    ]
    if old is not None:
        tasks.append(("old", lambda: _desk(server, mailbox, old)))
    for name, measure in reversed(tasks) if backwards else tasks:
        found[name] = measure()
    return report.Round(**found)


def _bare(server: str, mailbox: Sequence[Mail]) -> dict[str, float]:
    with _directory() as directory, _imap(server, mailbox) as imap_port, Sink() as sink:
        arguments = [str(imap_port), str(sink.port), USER, PASSWORD, str(directory / "bare.db")]
        command = [sys.executable, "-m", "tests.bench.bare", *arguments]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        found: dict[str, float] = json.loads(answer)
        assert len(sink.stop().recipients) == len(mailbox), "the bare loop lost letters"
        return found


def _desk(server: str, mailbox: Sequence[Mail], old: Path | None) -> report.DeskRun:
    with _directory() as directory, _imap(server, mailbox) as imap_port, Sink() as sink:
        if old is not None:
            shutil.copy(old, desk.database(directory))
            # Else the disk would still be writing the copy when the desk waits for its own commits.
            with desk.database(directory).open("rb+") as copied:
                os.fsync(copied)
        settings = desk.settings(directory, imap_port, sink.port, USER, PASSWORD)
        run = desk.run(directory, settings, len(mailbox))
        wrong = judge.wrong(desk.database(directory), mailbox, sink.stop().recipients)
        return report.DeskRun(run=run, wrong=tuple(wrong))


@contextmanager
def _imap(server: str, mailbox: Sequence[Mail]) -> Iterator[int]:
    """A fresh server with the mails in INBOX; its port."""
    if server == "dovecot":
        with Dovecot() as dovecot:
            for mail in mailbox:
                # As delivery agents store mail: with the line ends of the system.
                dovecot.deliver(mail.raw.replace(b"\r\n", b"\n"), mail.received_at)
            yield dovecot.port
        return
    with MailServers({USER: PASSWORD}) as embedded:
        for mail in mailbox:
            embedded.deliver(USER, mail.raw, mail.received_at)
        yield embedded.imap_port


@contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mailproc-bench-") as folder:
        yield Path(folder)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
