"""What becomes of a journaled mail? Each gets exactly one disposition, in one transaction.

    parse (caged) → the same as before? → classify → which case? → decide → record + queue

The case, its history, what was read, the letter and the mail's disposition are committed together. A mail
that fails is rolled back and noted in a second, small transaction; after three tries it is quarantined
with a skeleton case, so that a person sees it. A database that is locked or full is nobody's fault and
counts as no try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import structlog

from mailproc.desk import Desk
from mailproc.errors import DatabaseError, MailprocError, ParseError, TooComplex
from mailproc.faults import passing
from mailproc.inbound.classify import Verdict, classify
from mailproc.inbound.parse import skeleton
from mailproc.jobs.files import Files, NotTaken
from mailproc.jobs.reception import Reception
from mailproc.mail import Message
from mailproc.store import journal, receiving
from mailproc.store.database import is_passing, with_patience
from mailproc.store.receiving import Disposition, Received

log = structlog.get_logger(__name__)

CLAIM = 20  # mails taken at a time
READ_BYTES = 8_000_000  # of them read at a time, unless one alone is larger
TRIES = 3
RETRY_AFTER = timedelta(seconds=30)

# A damaged store is no fault of the mail, but it is this mail alone that suffers from it.
Reading = Message | ParseError | DatabaseError


def receive_due(desk: Desk, *, progressed: Callable[[], None] = lambda: None) -> int:
    """Receive every mail that waits; return how many got a disposition.

    `progressed` is called every few mails: there may be letters to send.
    """
    done = 0
    waiting_for_these = False  # some mails wait for others that may have come with them
    done_before = 0
    # The lease is looked at between two mails, and one mail may take as long as the cage lets it: once to be
    # read, once more for its files.
    lasting = desk.lease + 2 * desk.config.parser.wall
    while not desk.stopping.is_set():
        claimed = receiving.claim(desk.database, desk.node, desk.clock, lasting, CLAIM)
        if not claimed:
            if not waiting_for_these or done == done_before:
                break
            with desk.database.transaction() as session:
                receiving.wake_postponed(session, desk.clock())
            waiting_for_these, done_before = False, done
            continue
        left = len(claimed)
        renew_at = desk.clock() + desk.lease / 3
        try:
            for received, reading in _readings(desk, claimed):
                if desk.clock() >= renew_at:
                    receiving.renew(desk.database, desk.node, desk.clock, lasting)
                    renew_at = desk.clock() + desk.lease / 3
                received_now = receive_one(desk, received, reading) is not None
                left -= 1
                done += received_now
                waiting_for_these |= not received_now
                if desk.stopping.is_set():
                    break
        finally:
            if left:  # nobody has to wait for the lease of what was not begun
                with desk.database.transaction() as session:
                    receiving.release_all(session, desk.node)
        progressed()
    return done


def receive_one(desk: Desk, received: Received, reading: Reading) -> Disposition | None:
    """Receive one mail; None when it has to wait. Raises nothing that another mail would suffer from."""
    files = Files(desk)
    try:
        disposition = with_patience(lambda: _receive(desk, received, reading, files))
    except Exception as error:  # the edge of a unit of work
        # A plain error of the cage, which looked for files, is about us: no mail is to blame.
        passing_trouble = is_passing(error) or type(error) is MailprocError
        log.error("mail failed", mail=received.id, error=type(error).__name__, exc_info=error)
        with desk.database.transaction() as session:
            row = receiving.lock(session, received.id, desk.node)
            if row is not None:
                text = None if passing_trouble else f"{type(error).__name__}: {error}"
                receiving.put_back(session, row, desk.clock() + RETRY_AFTER, error=text)
        return None
    passing("received")
    return disposition


def _readings(desk: Desk, claimed: list[Received]) -> Iterator[tuple[Received, Reading]]:
    """Read mails in the cage while the caller records the one before."""
    damaged: list[tuple[Received, DatabaseError]] = []

    def raws(*, complete: bool) -> Iterator[tuple[Received, bytes]]:
        for some in _portions([received for received in claimed if received.complete is complete]):
            with desk.database.reading() as session:
                stored = journal.stored(session, [received.raw_sha256 for received in some])
            for received in some:
                try:
                    raw = stored.unpack(received.raw_sha256)
                except DatabaseError as error:
                    damaged.append((received, error))
                else:
                    yield received, raw

    yield from desk.cage.parse_each(raws(complete=True))
    for received, raw in raws(complete=False):  # over the size limit: only its header is here
        yield received, skeleton(raw)
    yield from damaged


def _portions(mails: list[Received]) -> Iterator[list[Received]]:
    """Cut a list so that the mails of one piece fit into memory together."""
    portion: list[Received] = []
    for mail in mails:
        if portion and mail.size + sum(other.size for other in portion) > READ_BYTES:
            yield portion
            portion = []
        portion.append(mail)
    if portion:
        yield portion


def _receive(desk: Desk, received: Received, reading: Reading, files: Files) -> Disposition | None:
    if isinstance(reading, DatabaseError):
        raise reading
    if not isinstance(reading, Message):
        return _record(desk, received, reading, None, files)
    # What needs no database is done before the only writer is kept waiting, and so is what needs the cage.
    verdict = classify(reading, desk.surroundings)
    files.foresee(received, reading, verdict)
    while True:
        try:
            return _record(desk, received, reading, verdict, files)
        except NotTaken as needed:
            files.take(needed.inbox_id, received, reading)


def _record(
    desk: Desk, received: Received, reading: Message | ParseError, verdict: Verdict | None, files: Files
) -> Disposition | None:
    with desk.database.transaction() as session:
        row = receiving.lock(session, received.id, desk.node)
        if row is None:
            return None
        failed_before = row.attempts >= TRIES
        if verdict is not None and isinstance(reading, Message) and not failed_before:
            return Reception(desk, session, row, reading, verdict, files).run()
        hopeless = failed_before or isinstance(reading, TooComplex) or row.attempts + 1 >= TRIES
        if not hopeless:
            receiving.put_back(session, row, desk.clock() + RETRY_AFTER, error=str(reading))
            return None
        reason = str(reading) if isinstance(reading, ParseError) else row.last_error or "failed three times"
        message = skeleton(journal.raw_of(session, row.raw_sha256))
        verdict = classify(message, desk.surroundings)
        return Reception(desk, session, row, message, verdict, files).quarantine(reason)
