"""Does a look at due times cost more when the desk has more cases? `python -m tests.bench.ticks`

A desk is given many open cases of which nothing is due, then a few that are. What counts is the ratio between
a small desk and a large one, for nothing, ten and a thousand due. On PostgreSQL too when MAILPROC_TEST_PG_DSN
names a server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, text

from mailproc.addressing import new_reference
from mailproc.cases.events import ComplaintReceived
from mailproc.cases.opening import open_case
from mailproc.daemon import open_desk
from mailproc.desk import Desk
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.settings import Config
from mailproc.store import casebook
from mailproc.store.tables import CaseRow, table
from tests.conftest import POSTGRES_VARIABLE, postgres_database

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DUE = (0, 10, 1000)
REPEATS = {0: 101, 10: 21, 1000: 1}  # the best of so many looks: other tenants of the machine only add
BATCH = 100_000

_SERIES = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last)"
    " SELECT n FROM s) AS series",
    "postgresql": "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS series(n)",
}
# Numbers that do not come in order, so that the index on them grows as in life. An odd factor: none twice.
_SCATTERED = "(series.n * 2654435761) & 1099511627775"
_REFERENCE = {
    "sqlite": f"'x' || printf('%010x', {_SCATTERED})",
    "postgresql": f"'x' || lpad(to_hex({_SCATTERED}), 10, '0')",
}
# Spread over the year that begins tomorrow.
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', :later, '+' || (({0}) % 31536000) || ' seconds') || '.000000'",
    "postgresql": "CAST(:later AS timestamp) + (({0}) % 31536000) * interval '1 second'",
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """What looks at due times have cost: the best of their times, and what one of them asked."""

    cases: int
    due: int
    milliseconds: float
    statements: int
    steps: int | None  # of SQLite's machine; PostgreSQL does not tell


class Bench:
    """A desk with as many cases as wanted, and a clock that stands still."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = NOW
        self._cases = 0
        desk.clock = lambda: self.now
        desk.adopt(People.model_validate({"agents": [{"name": "Bob", "address": "bob@acme.example"}]}))
        warn_due(desk)

    def fill(self, count: int) -> None:
        """Add open cases until there are so many, copied from one by the database itself."""
        if not self._cases:
            self._first = self._add(self.now)
            self._cases = 1
        engine = "sqlite" if self.desk.database.is_sqlite else "postgresql"
        changed = {
            "reference": _REFERENCE[engine],
            "next_warning_at": _LATER[engine].format(_SCATTERED),
            "next_deadline_at": _LATER[engine].format(_SCATTERED),
        }
        names = [column.name for column in table(CaseRow).columns if column.name != "id"]
        copied = ", ".join(changed.get(name, f"cases.{name}") for name in names)
        statement = text(
            f"INSERT INTO cases ({', '.join(names)}) SELECT {copied} FROM cases, {_SERIES[engine]}"
            " WHERE cases.id = :this"
        )
        later = (self.now + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
        while self._cases < count:
            last = min(count, self._cases + BATCH) - 1
            values = {"first": self._cases, "last": last, "this": self._first, "later": later}
            with self.desk.database.transaction() as session:
                session.execute(text("SELECT 1"))
                session.execute(statement, values)
            self._cases = last + 1
        if engine == "postgresql":  # what its autovacuum does by itself; SQLite's figures are never gathered
            with self.desk.database.transaction() as session:
                session.execute(text("ANALYZE cases"))

    def make_due(self, count: int) -> None:
        """Add cases of which a duty has just passed."""
        with self.desk.database.transaction() as session:
            for _ in range(count):
                self._add(self.now - timedelta(days=15), session)

    def look(self, due: int) -> Look:
        """Look at due times, when so many cases are due, as often as `REPEATS` says."""
        times = []
        for _ in range(REPEATS[due]):
            self.make_due(due)
            self.now += timedelta(seconds=30)
            began = time.perf_counter()
            told = warn_due(self.desk)
            times.append(time.perf_counter() - began)
            assert told == due, f"{told} cases were told of instead of {due}"
        statements, steps = self.count(due)
        return Look(
            cases=self._cases,
            due=due,
            milliseconds=min(times) * 1000,
            statements=statements,
            steps=steps,
        )

    def count(self, due: int) -> tuple[int, int | None]:
        """Return how many statements one look asks, and how many steps SQLite takes for them."""
        self.make_due(due)
        self.now += timedelta(seconds=30)
        asked: list[str] = []
        steps = [0]

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)
            if self.desk.database.is_sqlite:
                cursor.connection.set_progress_handler(step, 1)

        def step() -> None:
            steps[0] += 1

        event.listen(self.desk.database.engine, "before_cursor_execute", note)
        try:
            told = warn_due(self.desk)
        finally:
            event.remove(self.desk.database.engine, "before_cursor_execute", note)
        assert told == due
        self._quiet()
        return len(asked), steps[0] if self.desk.database.is_sqlite else None

    def _quiet(self) -> None:
        """Take the counters off again; the pool hands out the same connections."""
        if self.desk.database.is_sqlite:
            with self.desk.database.transaction() as one, self.desk.database.reading() as other:
                for session in (one, other):
                    raw: Any = session.connection().connection.driver_connection
                    raw.set_progress_handler(None, 0)

    def _add(self, received_at: datetime, session: Any = None) -> int:
        received = ComplaintReceived(
            reference=new_reference(),
            customer_email="ann@customer.example",
            customer_name="Ann Archer",
            subject="My kettle leaks",
            language="en",
            mailbox="main",
            received_at=received_at,
            rule="anyone_else",
            acknowledge_to=None,
        )
        # The desk was there when it came in: else it would not be told of.
        case = open_case(received, self.desk.policy, self.desk.config.desk.zone, received_at).case
        if session is not None:
            return casebook.add(session, case, self.now)
        with self.desk.database.transaction() as own:
            return casebook.add(own, case, self.now)


@contextmanager
def opened(url: str) -> Iterator[Bench]:
    """A desk on a database, with servers that nobody asks."""
    structlog.configure(processors=[_silence])
    config = Config.model_validate(
        {
            "desk": {
                "name": "Acme Complaints",
                "address": "complaints@acme.example",
                "languages": ["en"],
                "secret": "a secret that is long enough for every test",
            },
            "mailboxes": [
                {
                    "name": "main",
                    "host": "127.0.0.1",
                    "port": 1,
                    "security": "plain",
                    "username": "desk",
                    "password": "secret",
                }
            ],
            "smtp": {"host": "127.0.0.1", "port": 1, "security": "plain"},
            "database": {"url": url},
        }
    )
    with open_desk(config) as desk:
        yield Bench(desk)


def _silence(*_: Any) -> Any:
    raise structlog.DropEvent


def measure(url: str, sizes: Sequence[int], say: Callable[[str], None]) -> list[Look]:
    """Return what the looks cost at each size, the desk growing from one to the next."""
    found = []
    with opened(url) as bench:
        for size in sorted(sizes):
            began = time.perf_counter()
            bench.fill(size)
            say(f"{size:,} cases made in {time.perf_counter() - began:.0f} s")
            found += [bench.look(due) for due in DUE]
    return found


def written(engine: str, looks: Sequence[Look]) -> str:
    """Return the table: a line for each number of due cases, with the ratio of the last size to the first."""
    sizes = sorted({look.cases for look in looks})
    head = [f"{engine}", *(f"{size:,} cases, ms" for size in sizes), "ratio", "statements", "ratio of steps"]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    for due in DUE:
        row = {look.cases: look for look in looks if look.due == due}
        first, last = row[sizes[0]], row[sizes[-1]]
        steps = f"{last.steps / first.steps:.2f}" if last.steps and first.steps else ""
        cells = [
            f"{due:,} due",
            *(f"{row[size].milliseconds:,.1f}" for size in sizes),
            f"{last.milliseconds / first.milliseconds:.2f}",
            f"{last.statements:,}",
            steps,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ticks", description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[1000, 1_000_000], help="sizes of the desk")
    options = parser.parse_args()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailproc-ticks-")))
        urls: dict[str, Callable[[], Iterator[str]]] = {
            "SQLite": lambda: iter([f"sqlite:///{folder}/mailproc.db"])
        }
        if os.environ.get(POSTGRES_VARIABLE):
            urls["PostgreSQL"] = postgres_database
        for engine, url_of in urls.items():
            with contextmanager(url_of)() as url:
                say(engine)
                print(written(engine, measure(url, options.cases, say)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
