"""What lies in the mailbox? Journals its raw bytes, and files away what has been received.

One collector per mailbox, held by a lease with a fence: on PostgreSQL several daemons may run, and one of
them collects. The mailbox is only looked at (`BODY.PEEK`) until a mail has become a case event; then it is
moved. Whatever happens in between is repaired by looking again, because truth is the set difference
between the UIDs on the server and the transport keys in the journal.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import structlog

from mailproc.desk import Desk
from mailproc.errors import LoginRefused, MailboxError
from mailproc.faults import passing
from mailproc.inbound.parse import read_message_ids
from mailproc.settings import MailboxSettings
from mailproc.store import journal, leases
from mailproc.store.leases import Lease
from mailproc.transports.connection import SLOWEST_RATE
from mailproc.transports.imap import Description, Fetched, ImapMailbox

log = structlog.get_logger(__name__)

# One commit per batch: large enough to amortise it, small enough for the memory (our choice).
BATCH_MAILS = 50
BATCH_BYTES = 8_000_000

# A mail on which the connection breaks is asked for this often whole, then its header alone makes the case;
# after that it is left on the server for an hour, which the log and the health of the desk say.
SUSPECT_WHOLE_TRIES = 5
SUSPECT_TRIES = 8
LEFT_FOR = timedelta(hours=1)

IDLE_RENEWED_AFTER = timedelta(minutes=9)  # firewalls forget a silent connection after 10 (R11)

# RFC 9051 leaves retrying to the client. Jittered, doubling; a refused login waits longer, because
# providers lock accounts that knock too often (R14).
BACKOFF_FIRST = 1.0
BACKOFF_MOST = 300.0
LOGIN_BACKOFF_FIRST = 60.0
LOGIN_BACKOFF_MOST = 900.0


class Collector:
    """Fetches from one mailbox and files away in it. Not thread-safe: one thread each."""

    def __init__(self, desk: Desk, settings: MailboxSettings, *, journaled: Callable[[], None]) -> None:
        self.desk = desk
        self.settings = settings
        self.journaled = journaled  # called after each commit, so that receiving starts at once
        self.mailbox = ImapMailbox(settings)
        self.failures = 0
        self._suspects: dict[int, int] = {}  # UIDs on which the connection broke, and how often
        self._left_at: dict[int, datetime] = {}  # those that are left on the server, and since when
        self._lease: Lease | None = None
        self._uidvalidity = 0
        self._since: datetime | None = None

    def run(self) -> None:
        """Collect until the desk stops. Never raises for what a server or a network can do."""
        while not self.desk.stopping.is_set():
            try:
                if not self.hold_lease():
                    self.desk.stopping.wait(self.desk.lease.total_seconds() / 3)
                    continue
                self.collect()
                self.failures = 0
                self._wait_for_mail()
            except Exception as error:  # the edge of a unit of work: one mailbox harms only itself
                self.desk.give_up_if_damaged(error)
                self.desk.stopping.wait(self.trouble(error))
        with suppress(Exception):  # a lease that cannot be given back runs out by itself
            self.close()

    def collect(self) -> int:
        """Fetch what is new and file away what is received; return how many mails were moved or taken."""
        if not self.mailbox.alive:
            self._open()
        progress = self._fetch_new()
        return progress + self._file_received()

    def wake(self) -> None:
        """Have what was received filed away now; may be called from another thread."""
        self.mailbox.ring()

    def hold_lease(self, work: timedelta = timedelta()) -> bool:
        """Take or renew the right to collect from this mailbox, for the lease and the time of `work`."""
        name = f"mailbox:{self.settings.name}"
        lasting = self.desk.lease + work
        self._lease = leases.take(self.desk.database, name, self.desk.node, lasting, self.desk.clock)
        return self._lease is not None

    def trouble(self, error: Exception) -> float:
        """Write down what went wrong; return the seconds to wait before the next try."""
        self.mailbox.close()
        self.failures += 1
        first, most = BACKOFF_FIRST, BACKOFF_MOST
        if isinstance(error, LoginRefused):
            first, most = LOGIN_BACKOFF_FIRST, LOGIN_BACKOFF_MOST
        wait = min(most, first * 2.0 ** min(self.failures - 1, 20)) * random.uniform(0.5, 1.0)  # noqa: S311
        if isinstance(error, MailboxError) and error.retry_after is not None:
            wait = max(wait, error.retry_after)
        expected = isinstance(error, MailboxError)
        say = log.error if isinstance(error, LoginRefused) or not expected else log.warning
        say(
            "mailbox trouble",
            mailbox=self.settings.name,
            error=type(error).__name__,
            retry_in=round(wait, 1),
            exc_info=None if expected else error,
        )
        with suppress(Exception):  # the database itself may be the trouble
            self._note_poll(str(error) if expected else type(error).__name__)
        return wait

    def close(self) -> None:
        self.mailbox.close()
        if self._lease is not None:
            leases.release(self.desk.database, self._lease, self.desk.clock)
            self._lease = None

    def _open(self) -> None:
        self.mailbox.connect()
        self.mailbox.create_folders()
        state = self.mailbox.open_folder()
        now = self.desk.clock()
        with self.desk.database.transaction() as session:
            known = journal.visit_folder(
                session, self.settings.name, self.settings.folder, state.uidvalidity, now
            )
        if known.replaced:
            log.warning(
                "folder was replaced, reading all of it again",
                mailbox=self.settings.name,
                uidvalidity=state.uidvalidity,
            )
        if state.uidvalidity != self._uidvalidity:  # every number means another mail now
            self._suspects.clear()
            self._left_at.clear()
        self._uidvalidity = state.uidvalidity
        self._since = self._accept_since(known.since)

    def _accept_since(self, go_live: datetime) -> datetime | None:
        """The moment before which mail is taken in silently; None when all mail is answered."""
        match self.settings.accept_since:
            case "all":
                return None
            case "go-live":
                return go_live.replace(microsecond=0)  # INTERNALDATE knows whole seconds only
            case day:
                return datetime.combine(day, time(), self.desk.config.desk.zone).astimezone(UTC)

    def _fetch_new(self) -> int:
        self.mailbox.noop()  # some servers tell a session of new mail only when it says something
        uids = self.mailbox.waiting()
        with self.desk.database.reading() as session:
            new = journal.unknown_uids(
                session, self.settings.name, self.settings.folder, self._uidvalidity, uids
            )
        self._give_another_chance()
        count = 0
        for batch in self._batches(new):
            if self.desk.stopping.is_set():
                break
            count += self._journal(batch)
        left = len(self._left_at.keys() & set(new))
        mails = "1 mail" if left == 1 else f"{left} mails"
        self._note_poll(f"{mails} cannot be fetched; tried again within the hour" if left else None)
        return count

    def _batches(self, uids: list[int]) -> Iterator[list[Description]]:
        """Describe the new mails and group them; a mail that vanished meanwhile is simply absent."""
        for start in range(0, len(uids), 500):
            described = self.mailbox.describe(uids[start : start + 500])
            suspects = [described.pop(uid) for uid in list(described) if uid in self._suspects]
            suspects.sort(key=lambda mail: self._suspects[mail.uid])
            batch: list[Description] = []
            size = 0
            for uid in sorted(described):
                mail = described[uid]
                taken = min(mail.size, self.settings.size_limit)
                if batch and (len(batch) >= BATCH_MAILS or size + taken > BATCH_BYTES):
                    yield batch
                    batch, size = [], 0
                batch.append(mail)
                size += taken
            if batch:
                yield batch
            # A mail on which the connection broke is asked for alone and last, so that it harms only itself.
            yield from ([mail] for mail in suspects if mail.uid not in self._left_at)

    def _suspect(self, uid: int) -> None:
        self._suspects[uid] = self._suspects.get(uid, 0) + 1
        if self._suspects[uid] >= SUSPECT_TRIES:
            self._left_at[uid] = self.desk.clock()
            log.error(
                "mail left on the server", mailbox=self.settings.name, uid=uid, tried=self._suspects[uid]
            )

    def _give_another_chance(self) -> None:
        """Let mails that were left be asked for again: once whole, for it may have been the server."""
        now = self.desk.clock()
        for uid in [uid for uid, left in self._left_at.items() if not left <= now < left + LEFT_FOR]:
            del self._left_at[uid]
            self._suspects[uid] = SUSPECT_WHOLE_TRIES - 1

    def _journal(self, batch: list[Description]) -> int:
        """Fetch a batch and commit its bytes: from here on nothing of it can be lost."""
        size = sum(min(mail.size, self.settings.size_limit) for mail in batch)
        allowed = self.settings.timeout + timedelta(seconds=size / SLOWEST_RATE)
        if not self.hold_lease(allowed):
            raise leases.LeaseLost(f"mailbox:{self.settings.name}")
        arrivals: list[journal.Arrival] = []
        trouble: MailboxError | None = None
        try:
            for fetched in self._fetch(batch):
                arrivals.append(self._arrival(fetched))
                self._suspects.pop(fetched.uid, None)
        except MailboxError as error:
            trouble = error
            if error.retry_after is None:  # a server that asks us to wait says nothing about the mail
                for uid in {mail.uid for mail in batch} - {arrival.uid for arrival in arrivals}:
                    self._suspect(uid)
        passing("fetched")
        if arrivals:
            self._commit(arrivals)
        if trouble is not None:
            raise trouble
        return len(arrivals)

    def _commit(self, arrivals: list[journal.Arrival]) -> None:
        with self.desk.database.transaction() as session:
            if self._lease is not None:
                leases.confirm(session, self._lease)
            count = journal.record(
                session,
                self.settings.name,
                self.settings.folder,
                self._uidvalidity,
                arrivals,
                self.desk.clock(),
            )
        log.info("journaled", mailbox=self.settings.name, mails=count)
        passing("journaled")
        self.journaled()

    def _fetch(self, batch: list[Description]) -> Iterator[Fetched]:
        headers_only = {mail.uid for mail in batch if self._takes_header_only(mail)}
        whole = [mail.uid for mail in batch if mail.uid not in headers_only]
        if whole:
            yield from self.mailbox.fetch(whole)
        for mail in batch:
            if mail.uid in headers_only:
                header = self.mailbox.fetch_header(mail.uid)
                if header is not None:
                    yield header

    def _takes_header_only(self, mail: Description) -> bool:
        """Whether a mail is too large, or has broken the connection too often, to be taken whole."""
        return mail.size > self.settings.size_limit or self._suspects.get(mail.uid, 0) >= SUSPECT_WHOLE_TRIES

    def _arrival(self, fetched: Fetched) -> journal.Arrival:
        message_id, _ = read_message_ids(fetched.raw)
        # A server that does not say when a mail arrived is looked at often enough for now to be right.
        received_at = fetched.internal_date or self.desk.clock()
        return journal.Arrival(
            uid=fetched.uid,
            raw=fetched.raw,
            received_at=received_at,
            size=fetched.size,
            complete=not fetched.header_only,
            silent=self._since is not None and received_at < self._since,
            message_id=message_id,
        )

    def _file_received(self) -> int:
        """Move what has been received. Done again after a crash it finds nothing left to move."""
        count = 0
        while not self.desk.stopping.is_set():
            with self.desk.database.reading() as session:
                by_folder = journal.unfiled(
                    session, self.settings.name, self.settings.folder, self._uidvalidity, 200
                )
            if not by_folder:
                return count
            for folder, uids in by_folder.items():
                self.mailbox.file_away(uids, folder)
                passing("filed")
                with self.desk.database.transaction() as session:
                    journal.note_filed(
                        session,
                        self.settings.name,
                        self.settings.folder,
                        self._uidvalidity,
                        uids,
                        self.desk.clock(),
                    )
                count += len(uids)
        return count

    def _wait_for_mail(self) -> None:
        """Wait until the server tells of new mail, something is to be filed, or the next poll is due."""
        length = min(self.settings.poll, IDLE_RENEWED_AFTER).total_seconds()
        renew_at = self.desk.clock() + self.desk.lease / 3

        def interrupted() -> bool:
            nonlocal renew_at
            if self.desk.clock() >= renew_at:
                if not self.hold_lease():
                    return True
                renew_at = self.desk.clock() + self.desk.lease / 3
            if self.desk.stopping.is_set():
                return True
            with self.desk.database.reading() as session:
                return bool(
                    journal.unfiled(session, self.settings.name, self.settings.folder, self._uidvalidity, 1)
                )

        self.mailbox.idle(length, interrupted)

    def _note_poll(self, trouble: str | None) -> None:
        with self.desk.database.transaction() as session:
            journal.note_poll(session, self.settings.name, self.settings.folder, self.desk.clock(), trouble)
