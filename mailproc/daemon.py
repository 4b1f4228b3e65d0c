"""How do the jobs run together? Builds the desk, ticks the jobs, stops cleanly.

APScheduler only ticks: it holds no knowledge of cases and nothing is persisted in it. A tick, or a job that
has made work for the next one, sets an event; each job has one thread that runs until nothing is due.
`run` and `once` share everything but the waiting.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

import sdnotify
import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from mailproc import __version__
from mailproc.config.people import read_people, reread_people
from mailproc.desk import Desk, built, utc_now
from mailproc.errors import ConfigError, DatabaseError
from mailproc.inbound.cage import Cage
from mailproc.jobs.clock_watch import ClockWatch
from mailproc.jobs.close import close_due
from mailproc.jobs.deliver import Courier
from mailproc.jobs.digest import send_due
from mailproc.jobs.fetch import Collector
from mailproc.jobs.receive import receive_due
from mailproc.jobs.report import report_due
from mailproc.jobs.survey import ask_due
from mailproc.jobs.warn import warn_due
from mailproc.outbound.lint import lint
from mailproc.settings import Config
from mailproc.store import leases, outages, policies, queries, receiving, schema, sending
from mailproc.store.database import Database
from mailproc.store.guard import only_daemon

log = structlog.get_logger(__name__)

TICK = 2  # seconds; the safety net under the wake-ups
CLOSE_EVERY = 3600
ASK_EVERY = 3600
WARN_EVERY = 30
DIGEST_EVERY = 30
REPORT_EVERY = 300
HEALTH_EVERY = 10
STOP_WITHIN = 8.0  # systemd, and the promise to operators, allow ten


@contextmanager
def open_desk(config: Config, *, clock: Callable[[], datetime] = utc_now) -> Iterator[Desk]:
    """Build everything the jobs need; raises ConfigError, DatabaseError or LetterError when it cannot."""
    database = Database(config.database.url)
    schema.ensure(database)
    cage = Cage(config.parser, config.desk.languages)
    try:
        desk = built(config, database, cage, clock=clock)
        if faults := lint(desk.letters):
            raise ConfigError(faults)
        desk.people_file = read_people(config)
        desk.adopt(desk.people_file.people)
        policies.keep(database, desk.policy, clock())
        yield desk
    finally:
        cage.close()
        database.close()


class Job:
    """One job in one thread: waits to be woken, runs until nothing is due, waits again."""

    def __init__(self, name: str, work: Callable[[], int], desk: Desk) -> None:
        self.name = name
        self.work = work
        self.desk = desk
        self.woken = threading.Event()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def wake(self) -> None:
        self.woken.set()

    def _run(self) -> None:
        while True:
            self.woken.wait()
            self.woken.clear()
            if self.desk.stopping.is_set():
                return
            try:
                self.work()
            except Exception as error:  # the edge of a unit of work: the next tick tries again
                log.error("job failed", job=self.name, error=type(error).__name__, exc_info=error)
                self.desk.give_up_if_damaged(error)


class Daemon:
    """The running desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.courier = Courier(desk)
        self.deliver = Job("deliver", self.courier.deliver_due, desk)
        self.receive = Job("receive", self._receive, desk)
        self.clock_watch = ClockWatch(desk.clock, jumped=self._tick_now, steady=self._wake_timed)
        self.close = self._timed("close", lambda: close_due(desk))
        self.survey = self._timed("survey", self._ask)
        self.warn = self._timed("warn", lambda: warn_due(desk))
        self.digest = self._timed("digest", lambda: send_due(desk))
        self.report = self._timed("report", lambda: report_due(desk))
        self.timed = [self.close, self.survey, self.warn, self.digest, self.report]
        self.scheduler = self._ticks()
        self.collectors = [
            Collector(desk, mailbox, journaled=self.receive.wake) for mailbox in desk.config.mailboxes
        ]
        self.notifier = sdnotify.SystemdNotifier()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; the unit of work in hand is finished first.

        Raises DatabaseError when another daemon holds the database, or when it turns out damaged.
        """
        with only_daemon(self.desk.database):
            self.desk.cage.start()
            recover(self.desk)
            self._catch_signals()
            # The parser needs a second for its language model, in which the others would take its processor.
            while not self.desk.cage.is_started and not self.desk.stopping.wait(0.05):
                pass
            collecting = [
                threading.Thread(target=collector.run, name=f"collect {collector.settings.name}", daemon=True)
                for collector in self.collectors
            ]
            jobs = [self.receive, self.deliver, *self.timed]
            with self.desk.database.reading() as session:
                self.clock_watch.compare_with(outages.last_tick(session))
            watching = threading.Thread(
                target=self.clock_watch.run, args=(self.desk.stopping,), name="clock watch", daemon=True
            )
            for thread in [*collecting, *(job.thread for job in jobs), watching]:
                thread.start()
            for job in jobs:
                job.wake()  # what the last run has left waits already
            self.scheduler.start()
            self.notifier.notify("READY=1")
            log.info("running", version=__version__, node=self.desk.node)
            self.desk.stopping.wait()
            self.notifier.notify("STOPPING=1")
            self.scheduler.shutdown(wait=False)
            for job in jobs:
                job.wake()
            deadline = threading.Event()
            timer = threading.Timer(STOP_WITHIN, deadline.set)
            timer.daemon = True
            timer.start()
            for thread in [*(job.thread for job in jobs), *collecting]:
                while thread.is_alive() and not deadline.is_set():
                    thread.join(0.1)
            timer.cancel()
            if not self.deliver.thread.is_alive():  # else the connection is in the middle of a letter
                self.courier.close()
            log.info("stopped", cleanly=not deadline.is_set())
        if self.desk.damage:
            raise DatabaseError(
                f"the database is damaged ({self.desk.damage[0]}); nothing was written since. "
                "Keep the file, restore a backup, and mail that is still in the mailbox will be read again"
            )

    def stop(self) -> None:
        self.desk.stopping.set()

    def _timed(self, name: str, work: Callable[[], int]) -> Job:
        """A job that judges due times: it holds while the clock is not believed, and then runs at once."""
        return Job(name, lambda: work() if self.clock_watch.is_believed() else 0, self.desk)

    def _wake_timed(self) -> None:
        for job in self.timed:
            job.wake()

    def _tick_now(self) -> None:
        """Set the ticks anew: they are planned by the clock, and one set back would make them wait for it."""
        for tick in self.scheduler.get_jobs():
            tick.modify(next_run_time=self.desk.clock())

    def _receive(self) -> int:
        self._look_at_people()
        done = 0
        while count := receive_due(self.desk, progressed=self.deliver.wake):
            done += count
        if done:
            for collector in self.collectors:
                collector.wake()
        return done

    def _ask(self) -> int:
        asked = ask_due(self.desk)
        if asked:
            self.deliver.wake()
        return asked

    def _look_at_people(self) -> None:
        """Read people.yaml again when it has changed; a wrong file changes nobody, and says so once."""
        last = self.desk.people_file
        if last is None:
            return
        reading = self.desk.people_file = reread_people(self.desk.config, last)
        if reading.faults and reading is not last:
            log.error("people.yaml cannot be used, nobody has changed", faults=len(reading.faults))
        if reading.people is not self.desk.people:
            self.desk.adopt(reading.people)
            log.info("people read", agents=len(self.desk.people.agents))

    def _catch_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def _ticks(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone="UTC",
            # A tick that comes late is worth one run, not one for each that was missed.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_job(self.receive.wake, "interval", seconds=TICK)
        scheduler.add_job(self.deliver.wake, "interval", seconds=TICK)
        scheduler.add_job(self.close.wake, "interval", seconds=CLOSE_EVERY, next_run_time=self.desk.clock())
        scheduler.add_job(self.survey.wake, "interval", seconds=ASK_EVERY, next_run_time=self.desk.clock())
        scheduler.add_job(self.warn.wake, "interval", seconds=WARN_EVERY, next_run_time=self.desk.clock())
        scheduler.add_job(self.digest.wake, "interval", seconds=DIGEST_EVERY, next_run_time=self.desk.clock())
        scheduler.add_job(self.report.wake, "interval", seconds=REPORT_EVERY, next_run_time=self.desk.clock())
        scheduler.add_job(self._beat, "interval", seconds=HEALTH_EVERY, next_run_time=self.desk.clock())
        return scheduler

    def _beat(self) -> None:
        """Tell systemd and the health file that we live, and how the desk does."""
        self.notifier.notify("WATCHDOG=1")
        if self.desk.config.health_file is not None:
            write_health(self.desk, self.desk.config.health_file, also=self.clock_watch.trouble())


def recover(desk: Desk) -> None:
    """Take up what a process that died has left: on SQLite all leases are void, for we are alone."""
    if not desk.database.is_sqlite:
        return
    with desk.database.transaction() as session:
        receiving.release_all(session)
        sending.expire_all(session, desk.clock())
        leases.expire_all(session, desk.clock())


def run_once(desk: Desk) -> bool:
    """Run every job until nothing is due any more; False when something failed and waits for another try."""
    with only_daemon(desk.database):
        recover(desk)
        courier = Courier(desk)
        collectors = [Collector(desk, mailbox, journaled=lambda: None) for mailbox in desk.config.mailboxes]
        troubled: set[str] = set()
        try:
            progress = True
            while progress and not desk.stopping.is_set():
                progress = False
                for collector in collectors:
                    if collector.settings.name not in troubled:
                        progress |= bool(_collect_once(collector, troubled))
                progress |= bool(receive_due(desk))
                progress |= bool(ask_due(desk))
                progress |= bool(warn_due(desk))
                progress |= bool(send_due(desk))
                progress |= bool(report_due(desk))
                progress |= bool(courier.deliver_due())
            close_due(desk)
        finally:
            courier.close()
            for collector in collectors:
                collector.close()
        with desk.database.reading() as session:
            return not troubled and queries.unfinished(session) == 0


def _collect_once(collector: Collector, troubled: set[str]) -> int:
    try:
        if collector.hold_lease():
            return collector.collect()
        log.warning("mailbox is collected by another daemon", mailbox=collector.settings.name)
    except Exception as error:  # the edge of a unit of work: the other jobs go on
        collector.trouble(error)
        troubled.add(collector.settings.name)
    return 0


def write_health(desk: Desk, path: Path, *, also: Sequence[str] = ()) -> None:
    """Write the state of the desk as JSON, whole or not at all; `also` is trouble not seen in the data."""
    try:
        with desk.database.reading() as session:
            state = queries.health(session, desk.clock())
    except Exception as error:  # whatever it is, the file is what says so
        state = {"healthy": False, "trouble": [f"database: {type(error).__name__}: {error}"]}
    if also:
        state |= {"healthy": False, "trouble": [*state["trouble"], *also]}
    state |= {"version": __version__, "node": desk.node, "pid": os.getpid()}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
