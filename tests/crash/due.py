"""Is everybody told of what is due, and asked to step in, once, wherever the daemon dies?

Due times pass while it is killed. In every round some cases are added that become due within seconds, and a
daemon is killed at a point of the telling or at a random moment; in every other round it finds that nobody
has looked for hours. No mail comes in. Afterwards histories, letters and what the sink has accepted are
compared with the due times.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailproc.addressing import new_public_id, new_reference
from mailproc.cases.case import Case, Clock
from mailproc.cases.opening import open_case
from mailproc.faults import DUE_POINTS
from mailproc.store import casebook, schema
from mailproc.store.database import Database
from mailproc.store.tables import OutboxRow, RelayRow, TickRow
from tests.cases.samples import POLICY, RECEIVED, ZONE
from tests.crash import ledger
from tests.crash.desk import write_configuration
from tests.crash.harness import OUTSIDE, REAL
from tests.crash.nursery import Nursery
from tests.crash.sink import Sink

TOLD = "told the agents what is due"
TOGETHER = "told of it together with other cases"
HANDED_UP = "escalated to Vera"
ASKED_TOGETHER = "asked to step in together with other cases"

_FEW, _MANY = 4, 8  # due cases that a round adds; many after an outage, so that they make one letter
_COMING = 2  # cases that it adds besides, which become due within seconds
_STOOD = timedelta(hours=3)
_NEAR = timedelta(seconds=3)  # so long before a due time it is told of
_PASSED = timedelta(seconds=1)  # and so long after it
_LONGEST_LIFE = 30.0  # seconds, of a daemon that does not come to its point
_USUAL_LIFE = 4.0  # seconds, until it has been seen
_LAST_WORK = 120.0
_AGENT = {"name": "Bob", "address": "bob@acme.example"}
_SUPERVISOR = {"name": "Vera", "address": "vera@acme.example"}


@dataclass(frozen=True, kw_only=True)
class Due:
    """A case with the moments at which its agent is to be told: it is near, it is late."""

    id: int
    points: tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done and what is wrong, by name; an empty list is what a desk has to reach."""

    cases: int
    kills: Counter[str]
    singly: int  # letters about one case
    together: int  # letters about many
    asked_together: int  # letters to the supervisor about many
    wrong: list[str]
    seconds: float


@dataclass(kw_only=True)
class Run:
    """One run. `daemons` work at the same time; more than one needs PostgreSQL."""

    rounds: int
    seed: int
    database_url: str
    folder: Path
    nursery: Nursery
    sink: Sink
    module: str = REAL
    daemons: int = 1
    kills: Counter[str] = field(default_factory=Counter)
    due: list[Due] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._usual_life = _USUAL_LIFE
        self._log = self.folder / "due.log"
        self._configuration = write_configuration(
            self.folder,
            imap_port=1,  # nobody: no mail comes in
            smtp_port=self.sink.port,
            database_url=self.database_url,
            smtp={"timeout": "1s"},
            database={"lease": "2s"},
        )
        people = self._configuration.with_name("people.yaml")
        people.write_text(json.dumps({"agents": [_AGENT], "supervisors": [_SUPERVISOR]}))
        people.chmod(0o600)
        self.database = Database(self.database_url)
        schema.ensure(self.database)

    def go(self) -> Report:
        """Kill in every round, let the last daemon finish in peace, and compare."""
        began = time.monotonic()
        try:
            for number in range(self.rounds):
                outage = number % 2 == 1
                self._prepare(outage)
                self._round(outage)
            self._finish()
        finally:
            self.database.close()
        with closing(ledger.connect(self.database_url)) as database:
            wrong = compare(database, self.due, self.sink)
            singly, together, asked_together = (
                ledger.number(database, f"SELECT count(*) FROM outbox WHERE letter = '{letter}'")
                for letter in ("deadline_near", "outage", "escalations")
            )
        return Report(
            cases=len(self.due),
            kills=self.kills,
            singly=singly,
            together=together,
            asked_together=asked_together,
            wrong=wrong,
            seconds=time.monotonic() - began,
        )

    def _prepare(self, outage: bool) -> None:
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            tick = session.get(TickRow, "due")
            if tick is not None and outage:
                tick.at = now - _STOOD
            many = _MANY if outage else _FEW
            before = [_STOOD / 2 if outage else 2 * _NEAR] * many
            before += [timedelta(seconds=self._random.uniform(-4, 2)) for _ in range(_COMING)]
            for past in before:
                case = _case(now, now - past)
                case_id = casebook.add(session, case, now)
                _give_letter(session, case_id, now)
                clock = case.clocks[0]
                self.due.append(Due(id=case_id, points=(*clock.warn_at, clock.due_at + _PASSED)))  # type: ignore[arg-type]

    def _round(self, outage: bool) -> None:
        """Start daemons; as soon as one has come to its point, or at a random moment, all die."""
        points = [*DUE_POINTS, "handed_over"] if outage else ["telling", "told", "handed_over"]
        point = self._random.choice([*points, OUTSIDE])
        if self.module != REAL:
            point = "told"
        environment = {"MAILPROC_TEST": "1"}
        lasting = self._random.uniform(0.2, 2) * self._usual_life
        if point != OUTSIDE:
            # Several share what is due, and none of them is to come to its point too late.
            alone = self.daemons == 1 and point != "outage_told"
            passage = self._random.randint(1, _FEW) if alone else 1
            environment["MAILPROC_FAULT"] = f"{point}:{passage}:kill"
            lasting = min(_LONGEST_LIFE, 5 * self._usual_life)
        pids = [self._start(environment) for _ in range(self.daemons)]
        descriptors = [os.pidfd_open(pid) for pid in pids]
        born_at = time.monotonic()
        died = bool(select.select(descriptors, [], [], lasting)[0])
        if died:
            self._usual_life += (time.monotonic() - born_at - self._usual_life) / 3  # a moving average
        for pid, descriptor in zip(pids, descriptors, strict=True):
            if not select.select([descriptor], [], [], 0)[0]:
                os.kill(pid, signal.SIGKILL)
            code = self.nursery.collect(pid)
            os.close(descriptor)
            if code != -signal.SIGKILL:
                raise AssertionError(f"a daemon ended by itself with {code}:\n{self._tail()}")
        self.kills[point if died else OUTSIDE] += 1

    def _finish(self) -> None:
        """Let the last daemon tell and send what is left; do what an operator does with held letters."""
        last = max(max(due.points) for due in self.due)
        threading.Event().wait(max(0.0, (last - datetime.now(UTC)).total_seconds() + 0.1))
        ran = self._times_running()
        pid = self._start({})
        self._until(lambda: self._times_running() > ran)
        with closing(ledger.connect(self.database_url)) as database:
            self._until(lambda: _all_told(database))
            self._until(lambda: not ledger.unsettled_letters(database) or self._retry())
        os.kill(pid, signal.SIGTERM)
        if code := self.nursery.collect(pid):
            raise AssertionError(f"the last daemon ended with {code}:\n{self._tail()}")

    def _retry(self) -> bool:
        arguments = ["--config", str(self._configuration), "outbox", "retry", "--all", "--by", "operator"]
        self.nursery.collect(self.nursery.start("mailproc", arguments, {}, self._log))
        return False

    def _until(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + _LAST_WORK
        while not happened():
            if time.monotonic() > end:
                raise AssertionError(f"the desk does not come to an end:\n{self._tail()}")
            threading.Event().wait(0.2)

    def _start(self, environment: dict[str, str]) -> int:
        arguments = ["--config", str(self._configuration), "run"]
        return self.nursery.start(self.module, arguments, environment, self._log)

    def _times_running(self) -> int:
        return self._log.read_text().count('"event": "running"')

    def _tail(self) -> str:
        return self._log.read_text()[-4000:]


def _case(now: datetime, due_at: datetime) -> Case:
    then = now - timedelta(days=1)
    received = replace(RECEIVED, reference=new_reference(), received_at=then, acknowledge_to=None)
    clock = Clock(id="decide", due_at=due_at, warn_at=(due_at - _NEAR,))
    return replace(open_case(received, POLICY, ZONE, then).case, clocks=(clock,))


def _give_letter(session: Any, case_id: int, now: datetime) -> None:
    """Let the agent have a letter about the case that has left long ago."""
    public_id = new_public_id()
    row = OutboxRow(
        public_id=public_id,
        letter_key=f"new_case:{case_id}",
        case_id=case_id,
        letter="new_case",
        automatic=False,
        recipient=_AGENT["address"],
        recipient_key=_AGENT["address"],
        envelope_from="complaints@acme.example",
        message_id=f"<{public_id}@acme.example>",
        state="accepted",
        queued_at=now,
        due_at=now,
        settled_at=now,
    )
    session.add(row)
    session.flush()
    relay = RelayRow(
        outbox_id=row.id or 0,
        agent=_AGENT["name"],
        case_id=case_id,
        seen=0,
        stands_for="new_case",
        expires_at=now + timedelta(days=1),
    )
    session.add(relay)


def _all_told(database: Any) -> bool:
    # The supervisor has hours to answer, and does not.
    soon = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    due = ledger.number(database, f"SELECT count(*) FROM cases WHERE next_warning_at < '{soon}'")
    kept = ("late_duties", "requests")
    return not due and not any(ledger.number(database, f"SELECT count(*) FROM {table}") for table in kept)


def compare(database: Any, due: list[Due], sink: Sink) -> list[str]:
    """Return what is wrong: a point that nobody was told of, or told of twice, and letters like that."""
    wrong = [f"case {case.id}: {fault}" for case in due for fault in _wrong_with(database, case)]
    arrived = Counter(letter.message_id for letter in sink.accepted)
    for message_id, state, uncertain in ledger.rows(
        database,
        "SELECT message_id, state, uncertain FROM outbox"
        " WHERE letter IN ('deadline_near', 'outage', 'escalation', 'escalations')",
    ):
        if state != "accepted" or not 1 <= arrived[message_id] <= 1 + uncertain:
            wrong.append(f"{message_id} is {state} and has arrived {arrived[message_id]} times")
    if kept := ledger.number(database, "SELECT count(*) FROM late_duties"):
        wrong.append(f"{kept} duties are kept and not told")
    if kept := ledger.number(database, "SELECT count(*) FROM requests"):
        wrong.append(f"about {kept} cases somebody is still to be asked")
    return wrong


def _wrong_with(database: Any, case: Due) -> list[str]:
    told = [
        _moment(at)
        for (at,) in ledger.rows(
            database, f"SELECT at FROM history WHERE case_id = {case.id} AND what = '{TOLD}' ORDER BY id"
        )
    ]
    letters = [
        _moment(at)
        for (at,) in ledger.rows(
            database,
            f"SELECT queued_at FROM outbox WHERE case_id = {case.id} AND letter = 'deadline_near' UNION ALL "
            "SELECT outbox.queued_at FROM history JOIN outbox ON outbox.id = history.outbox_id "
            f"WHERE history.case_id = {case.id} AND history.what = '{TOGETHER}'",
        )
    ]
    faults = _asked_wrongly(database, case)
    untold = set(case.points)
    for at in told:
        now = {point for point in untold if point <= at}
        if not now:
            faults.append(f"told at {at} of nothing new")
        untold -= now
    if untold:
        faults.append(f"never told of {len(untold)} points")
    if len(letters) > len(told):
        faults.append(f"{len(letters)} letters, told {len(told)} times")
    # Of what a daemon has kept when it died one letter may tell together with what came later.
    if told and (not letters or max(letters) < max(told)):
        faults.append("no letter after it was told last")
    return faults


def _asked_wrongly(database: Any, case: Due) -> list[str]:
    """Each case goes up once, at its first point, and the supervisor is asked about it by one letter."""
    entries = f"SELECT count(*) FROM history WHERE case_id = {case.id} AND what ="
    raised = ledger.number(database, f"{entries} '{HANDED_UP}'")
    singly = ledger.number(
        database, f"SELECT count(*) FROM outbox WHERE case_id = {case.id} AND letter = 'escalation'"
    )
    together = ledger.number(database, f"{entries} '{ASKED_TOGETHER}'")
    if (raised, singly + together) == (1, 1):
        return []
    return [f"handed up {raised} times, asked by {singly} letters alone and {together} with others"]


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
