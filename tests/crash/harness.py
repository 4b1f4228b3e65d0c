"""How is a desk killed hundreds of times, fairly? Lives, kills, lost UIDs, and a calm end.

Most lives end at a named point of the daemon, at its n-th passage; the others, and those that do not come
to their point in time, end at a random moment. Mail comes in until the last kill.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from mailproc.faults import MAIL_POINTS
from tests.crash import ledger
from tests.crash.desk import write_configuration
from tests.crash.ledger import Findings
from tests.crash.mails import Customers, Injected, Kind
from tests.crash.nursery import Nursery
from tests.crash.sink import Sink
from tests.servers import Dovecot

REAL = "mailproc"
WRONG = "tests.crash.wrong_daemon"

OUTSIDE = "at a random moment"

_RESETS = 4  # of UIDVALIDITY, in a long run
_KILLS_PER_RESET = 12  # at least; a short run has fewer resets
_LAST_WORK = 180  # seconds for the calm end
_FIRST_MAILS = 6
LEASE = 2  # seconds, the shortest there is: so long a daemon may wait for what a dead one has left

# At which passage of its point a life ends at the latest. For points that letters pass it is a matter of how
# many letters wait, so that lives get longer when the desk falls behind.
_PASSAGES = {"fetched": 2, "journaled": 2, "received": 8, "filed": 2}
_MOST_LETTERS = 16
_FEW = 3

_POINTED = 0.8  # share of the lives that are to end at a point
_LONGEST_LIFE = 3  # times the usual one; for a life that does not come to its point
_BETWEEN_MAILS = 0.1  # seconds
_IDLE = 0.7  # seconds without any change after which a daemon has nothing to do


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is to do. `daemons` work at the same time; more than one needs PostgreSQL."""

    mails: int
    kills: int
    seed: int
    database_url: str
    module: str = REAL
    daemons: int = 1


@dataclass(kw_only=True)
class Report:
    """What happened in a run."""

    findings: Findings
    kills: Counter[str]
    resets: list[tuple[int, int]]  # UIDVALIDITY before and after
    cut: int
    deferred: int
    held: int  # letters for which a person had to be asked
    orphans: int  # parser processes that outlived their daemon
    usual_life: float
    seconds: float
    until_last_kill: float


@dataclass(kw_only=True)
class _Life:
    pid: int
    descriptor: int
    point: str | None
    born_at: float
    ends_at: float
    killed: bool = False


@dataclass(kw_only=True)
class Run:
    """One run. `folder` must be reachable for Dovecot's user and is left to the caller."""

    plan: Plan
    folder: Path
    nursery: Nursery
    dovecot: Dovecot
    sink: Sink
    injected: list[Injected] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    resets: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan = self.plan
        self._random = random.Random(plan.seed)
        self._customers = Customers(plan.seed, self.sink.letters_to)
        self._parsers: set[psutil.Process] = set()
        self._log = self.folder / "daemon.log"
        self._delivered_at = 0.0
        self._state = (0, 0)  # letters accepted, mails in the mailbox
        self._changed_at = 0.0
        # On PostgreSQL a daemon may first have to wait until the leases of a dead one run out.
        self._idle = _IDLE if plan.daemons == 1 else _IDLE + 1.5 * LEASE
        self._usual_life = 0.0  # seconds from the start of a daemon to its point; how fast this machine is
        self._configuration = write_configuration(
            self.folder,
            imap_port=self.dovecot.port,
            smtp_port=self.sink.port,
            database_url=plan.database_url,
            # What a dead daemon held stays its own for as long as a server could have made it wait.
            mailbox={"timeout": "2s"},
            smtp={"timeout": "1s"},
            parser={"wall": "4s"},
            database={"lease": f"{LEASE}s"},
        )

    def go(self) -> Report:
        """Kill as planned, let the desk finish in peace, and compare."""
        began = time.monotonic()
        wanted_resets = min(_RESETS, self.plan.kills // _KILLS_PER_RESET)
        reset_at = [self.plan.kills * (n + 1) // (wanted_resets + 1) for n in range(wanted_resets)]
        lives = [self._first_life()]
        while self.kills.total() < self.plan.kills:
            while len(lives) < self.plan.daemons:
                lives.append(self._start())
            self._deliver(lives)
            self._watch(lives)
            if reset_at and self.kills.total() >= reset_at[0]:
                del reset_at[0]
                self._end(lives)
                self.resets.append(self.dovecot.reset_uidvalidity())
        self._end(lives)
        until_last_kill = time.monotonic() - began
        held = self._finish()
        findings = ledger.compare(self.injected, self.sink.accepted, self.plan.database_url)
        return Report(
            findings=findings,
            kills=self.kills,
            resets=self.resets,
            cut=self.sink.cut,
            deferred=self.sink.deferred,
            held=held,
            orphans=sum(1 for parser in self._parsers if parser.is_running()),
            usual_life=self._usual_life,
            seconds=time.monotonic() - began,
            until_last_kill=until_last_kill,
        )

    def _first_life(self) -> _Life:
        """Start a daemon and let it send a few letters, to learn how fast this machine is; it dies then."""
        for _ in range(_FIRST_MAILS):
            self._inject()
        began = time.monotonic()
        life = self._born(None, {}, 0)
        self._until(life, lambda: len(self.sink.accepted) >= _FIRST_MAILS // 2)
        self._usual_life = time.monotonic() - began
        return life

    def _start(self) -> _Life:
        """Start a daemon that is to die at a point, or at a random moment."""
        now = time.monotonic()
        if self._random.random() > _POINTED:
            return self._born(None, {}, now + self._random.uniform(0.1, 2 * self._usual_life))
        point = self._random.choice(MAIL_POINTS)
        letters = min(_MOST_LETTERS, self._letters_to_come() // self.plan.daemons)
        passages = _PASSAGES.get(point, letters)
        if passages < _FEW and self.plan.daemons > 1:
            passages = 1  # one of them collects, for as long as it lives
        passage = self._random.randint(1, max(1, passages))
        environment = {"MAILPROC_TEST": "1", "MAILPROC_FAULT": f"{point}:{passage}:kill"}
        return self._born(point, environment, now + _LONGEST_LIFE * (self._usual_life + self._idle))

    def _letters_to_come(self) -> int:
        complaints = sum(1 for mail in self.injected if mail.kind is Kind.COMPLAINT)
        return complaints - len({letter.recipient for letter in self.sink.accepted})

    def _born(self, point: str | None, environment: dict[str, str], ends_at: float) -> _Life:
        arguments = ["--config", str(self._configuration), "run"]
        pid = self.nursery.start(self.plan.module, arguments, environment, self._log)
        now = time.monotonic()
        return _Life(pid=pid, descriptor=os.pidfd_open(pid), point=point, born_at=now, ends_at=ends_at)

    def _deliver(self, lives: list[_Life]) -> None:
        """Put mail into the mailbox at the pace of the kills; more for a daemon that has run out of it."""
        now = time.monotonic()
        if now - self._delivered_at < _BETWEEN_MAILS:
            return
        self._delivered_at = now
        share = self.plan.mails / self.plan.kills  # of one life
        due = share * (self.kills.total() + 1) - len(self.injected)
        if any(life.point and now - life.born_at > self._usual_life for life in lives) and due > -share:
            due = max(due, 1)
        for _ in range(min(5, int(due), self.plan.mails - len(self.injected))):
            self._inject()

    def _inject(self) -> None:
        mail = self._customers.write()
        self.dovecot.deliver(mail.raw)
        self.injected.append(mail)

    def _watch(self, lives: list[_Life]) -> None:
        """Wait a moment for an end; kill whose time has come."""
        select.select([life.descriptor for life in lives], [], [], 0.03)
        now = time.monotonic()
        state = (len(self.sink.accepted), self._in_mailbox())
        if state != self._state:
            self._state, self._changed_at = state, now
        for life in list(lives):
            idle = now - max(self._changed_at, life.born_at + self._usual_life) > self._idle
            if _ended(life):
                lives.remove(life)
                self._bury(life)
            elif (idle or now >= life.ends_at) and not life.killed:
                self._kill(life)

    def _kill(self, life: _Life) -> None:
        life.killed = True
        process = psutil.Process(life.pid)
        self._parsers.update(process.children())
        os.kill(life.pid, signal.SIGKILL)

    def _end(self, lives: list[_Life]) -> None:
        for life in lives:
            if not _ended(life):
                self._kill(life)
            self._bury(life)
        lives.clear()

    def _bury(self, life: _Life) -> None:
        code = self.nursery.collect(life.pid)
        os.close(life.descriptor)
        if code != -signal.SIGKILL:
            raise AssertionError(f"a daemon ended by itself with {code}:\n{self._log.read_text()[-4000:]}")
        if life.killed or life.point is None:
            self.kills[OUTSIDE] += 1
        else:
            self.kills[life.point] += 1
            self._usual_life += (time.monotonic() - life.born_at - self._usual_life) / 10  # a moving average

    def _finish(self) -> int:
        """Let the last daemon do its work in peace; return how many letters a person had to release."""
        while len(self.injected) < self.plan.mails:
            self._inject()
        self.sink.calm()
        ran = self._times_running()
        life = self._born(None, {}, 0)
        # Before that it does not hold the database, and a command of the operator would keep it out.
        self._until(life, lambda: self._times_running() > ran)
        database = ledger.connect(self.plan.database_url)
        try:
            self._until(life, lambda: not self._in_mailbox() and not ledger.waiting_mails(database))
            held = self._release_letters(life, database)
        finally:
            database.close()
        os.kill(life.pid, signal.SIGTERM)
        code = self.nursery.collect(life.pid)
        os.close(life.descriptor)
        if code != 0:
            raise AssertionError(f"the last daemon ended with {code}:\n{self._log.read_text()[-4000:]}")
        return held

    def _release_letters(self, life: _Life, database: object) -> int:
        """Do what an operator does with letters that wait or are held: have them sent."""
        held = set()
        end = time.monotonic() + _LAST_WORK
        while ledger.unsettled_letters(database):
            if time.monotonic() > end:
                raise AssertionError(f"letters still wait:\n{self._log.read_text()[-4000:]}")
            held |= set(ledger.rows(database, "SELECT id FROM outbox WHERE state = 'held'"))
            arguments = ["--config", str(self._configuration), "outbox", "retry", "--all", "--by", "operator"]
            pid = self.nursery.start("mailproc", arguments, {}, self._log)
            self.nursery.collect(pid)
            self._happens(life, lambda: not ledger.unsettled_letters(database), within=3)
        return len(held)

    def _until(self, life: _Life, happened: Callable[[], bool]) -> None:
        if not self._happens(life, happened, within=_LAST_WORK):
            raise AssertionError(f"the desk does not come to an end:\n{self._log.read_text()[-4000:]}")

    def _happens(self, life: _Life, happened: Callable[[], bool], *, within: float) -> bool:
        """Whether something happens in time while the daemon lives."""
        end = time.monotonic() + within
        while not happened():
            if select.select([life.descriptor], [], [], 0.1)[0]:
                raise AssertionError(f"the last daemon has ended:\n{self._log.read_text()[-4000:]}")
            if time.monotonic() > end:
                return False
        return True

    def _times_running(self) -> int:
        return self._log.read_text().count('"event": "running"')

    def _in_mailbox(self) -> int:
        maildir = self.dovecot.maildir
        return sum(1 for name in ("new", "cur") for _ in os.scandir(maildir / name))


def _ended(life: _Life) -> bool:
    return bool(select.select([life.descriptor], [], [], 0)[0])
