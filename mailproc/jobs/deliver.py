"""How does a letter leave? From the outbox, one recipient at a time, with every phase journaled.

A letter whose connection ended after the last byte and before the answer is *uncertain*: it may have
arrived. It is sent once more with the same bytes and Message-ID, said in the history, and held for a
person if the answer is missed a second time.
"""

from __future__ import annotations

import random
from collections import deque
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from mailproc.cases.events import (
    Event,
    LetterAccepted,
    LetterDeferred,
    LetterFailed,
    LetterUncertain,
)
from mailproc.desk import Desk
from mailproc.errors import DatabaseError
from mailproc.faults import passing
from mailproc.jobs.letter_fate import tell_case
from mailproc.store import outbox, sending
from mailproc.store.database import is_passing, with_patience
from mailproc.store.outbox import State
from mailproc.store.sending import Claimed, Locked
from mailproc.transports.smtp import Outcome, OutcomeKind, Phase, Scope, SmtpMailer

log = structlog.get_logger(__name__)

CLAIM = 10

# RFC 5321 section 4.5.4.1 asks for a few quick tries and then patience for four to five days. We talk to
# a submission server of our own provider, so the quick tries may be quicker (our choice).
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120))
GIVE_UP_AFTER = timedelta(days=5)

SERVER_PAUSE_FIRST = 5.0
SERVER_PAUSE_MOST = 300.0
LONGEST_PAUSE = timedelta(seconds=SERVER_PAUSE_MOST)

HOUR = timedelta(hours=1)
LONGEST_ANSWER = timedelta(minutes=10)
COUNT_EVERY = 200  # letters between two looks at what left within the hour


class _TakenOver(Exception):
    """Another node holds this letter now; it must not be sent from here."""


class Courier:
    """Sends what is due through one kept connection. Not thread-safe: one thread each."""

    def __init__(self, desk: Desk, mailer: SmtpMailer | None = None) -> None:
        self.desk = desk
        self.mailer = mailer or SmtpMailer(desk.config.smtp, desk.address.domain)
        self.paused_until: datetime | None = None
        self._failures = 0
        self._sent_at: deque[datetime] = deque()
        self._until_next_count = 0

    def deliver_due(self) -> int:
        """Send every letter that is due; return how many were accepted or failed for good."""
        self._settle_abandoned()
        settled = 0
        while not self.desk.stopping.is_set() and not self._must_pause():
            claimed = sending.claim(
                self.desk.database, self.desk.node, self.desk.clock, self.desk.lease, CLAIM
            )
            if not claimed:
                break
            begun = 0
            try:
                for letter in claimed:
                    if self.desk.stopping.is_set() or self._must_pause():
                        break
                    begun += 1
                    settled += self._deliver(letter)
            finally:
                if begun < len(claimed):  # nobody has to wait for the lease of what was not begun
                    with self.desk.database.transaction() as session:
                        sending.release(session, self.desk.node)
        return settled

    def close(self) -> None:
        self.mailer.close()

    def _deliver(self, letter: Claimed) -> bool:
        # The mailer waits ten times its time-out, at most ten minutes, for the answer to the last byte.
        answer_within = min(10 * self.desk.config.smtp.timeout, LONGEST_ANSWER) + self.desk.lease
        handed_over = False

        def last_byte_leaves() -> None:
            nonlocal handed_over
            with self.desk.database.transaction() as session:
                now = self.desk.database.now(session, self.desk.clock)
                if not sending.hand_over(session, letter.id, self.desk.node, now, answer_within):
                    raise _TakenOver
            handed_over = True
            passing("handed_over")

        try:
            raw = letter.raw(self.desk.database)
            outcome = self.mailer.send(
                letter.envelope_from, letter.recipient, raw, before_final=last_byte_leaves
            )
        except _TakenOver:
            log.warning("letter taken over by another node", letter=letter.id)
            return False
        except Exception as error:  # the edge of a unit of work: one letter harms only itself
            if is_passing(error):
                raise  # whether it was handed over stands in the database alone; its lease will tell
            log.error("letter failed", letter=letter.id, error=type(error).__name__, exc_info=error)
            outcome = _stumbled(error, handed_over=handed_over)
        passing("answered")
        self._sent_at.append(self.desk.clock())
        settled = with_patience(lambda: self._settle(letter, outcome))
        passing("settled")
        return settled

    def _settle(self, letter: Claimed, outcome: Outcome) -> bool:
        """Write down what became of a letter, in the outbox and in its case, in one transaction."""
        now = self.desk.clock()
        with self.desk.database.transaction() as session:
            row = sending.lock(session, letter.id, self.desk.node)
            if row is None:
                log.warning("letter was settled by another node", letter=letter.id)
                return False
            log.info(
                "delivery",
                letter=letter.id,
                outcome=outcome.kind,
                code=outcome.code,
                phase=outcome.phase,
                attempt=row.attempts + 1,
            )
            match outcome.kind:
                case OutcomeKind.ACCEPTED:
                    self._failures = 0
                    sending.settle(
                        session,
                        row,
                        State.ACCEPTED,
                        now,
                        code=outcome.code,
                        reply=outcome.text,
                        attempted=True,
                    )
                    self._tell_case(
                        session,
                        row,
                        LetterAccepted(
                            letter=row.letter,
                            recipient=row.recipient,
                            reply=outcome.text,
                            number=row.id,
                        ),
                    )
                    return True
                case OutcomeKind.REFUSED:
                    self._failures = 0
                    return self._fail(session, row, outcome, now)
                case OutcomeKind.DEFERRED if outcome.scope is Scope.SERVER:
                    self._pause(now)
                    assert self.paused_until is not None
                    sending.put_back(
                        session,
                        row,
                        self.paused_until,
                        code=outcome.code,
                        reply=outcome.text,
                        attempted=False,
                    )
                    return False
                case OutcomeKind.DEFERRED:
                    return self._defer(session, row, outcome, now)
                case OutcomeKind.UNKNOWN:
                    _uncertain(self.desk, session, row, now, outcome.text)
                    self._pause(now)
                    return False

    def _fail(self, session: Session, row: Locked, outcome: Outcome, now: datetime) -> bool:
        sending.settle(session, row, State.FAILED, now, code=outcome.code, reply=outcome.text)
        event = LetterFailed(letter=row.letter, recipient=row.recipient, reply=outcome.text, number=row.id)
        self._tell_case(session, row, event)
        return True

    def _defer(self, session: Session, row: Locked, outcome: Outcome, now: datetime) -> bool:
        if now - row.queued_at > GIVE_UP_AFTER:
            return self._fail(session, row, outcome, now)
        if row.attempts == 0:
            event = LetterDeferred(letter=row.letter, recipient=row.recipient, reply=outcome.text)
            self._tell_case(session, row, event)
        wait = RETRIES[min(row.attempts, len(RETRIES) - 1)]
        sending.put_back(session, row, now + wait, code=outcome.code, reply=outcome.text)
        return False

    def _tell_case(self, session: Session, row: Locked, event: Event) -> None:
        tell_case(self.desk, session, row, event, self.desk.clock())

    def _settle_abandoned(self) -> None:
        """Find letters whose node died between the last byte and the answer."""
        with self.desk.database.transaction() as session:
            now = self.desk.database.now(session, self.desk.clock)
            for row in sending.abandoned(session, now):
                log.warning("letter is uncertain", letter=row.id)
                _uncertain(self.desk, session, row, now, "the process ended before the answer", at_once=True)

    def _pause(self, now: datetime) -> None:
        self._failures += 1
        longest = min(SERVER_PAUSE_MOST, SERVER_PAUSE_FIRST * 2 ** min(self._failures - 1, 10))
        self.paused_until = now + timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311
        log.warning("mail server trouble", until=self.paused_until.isoformat())

    def _must_pause(self) -> bool:
        now = self.desk.clock()
        # A pause longer than any that we make: the clock was put back since.
        if self.paused_until is not None and now < self.paused_until <= now + LONGEST_PAUSE:
            return True
        self.paused_until = None
        return self._paced(now) or self._broken_off(now)

    def _paced(self, now: datetime) -> bool:
        """Whether the operator's own rate is used up for this minute."""
        per_minute = self.desk.config.smtp.per_minute
        while self._sent_at and not now - timedelta(minutes=1) <= self._sent_at[0] <= now:
            self._sent_at.popleft()
        return bool(per_minute) and len(self._sent_at) >= per_minute

    def _broken_off(self, now: datetime) -> bool:
        """The desk-wide breaker: letters beyond the hour's limit wait, none is dropped."""
        if self._until_next_count > 0:
            self._until_next_count -= 1
            return False
        with self.desk.database.reading() as session:
            # What was settled far ahead of now was settled by a clock that was wrong.
            sent = outbox.automatic_letters_settled(session, now - HOUR, now + HOUR)
        most = self.desk.config.desk.acks_per_hour
        if sent >= most:
            log.error("acks_per_hour is used up; further letters wait", sent=sent, most=most)
            return True
        self._until_next_count = min(COUNT_EVERY, most - sent)
        return False


def _stumbled(error: Exception, *, handed_over: bool) -> Outcome:
    """What an error of ours means for the letter: its bytes are damaged for good, or it is tried again."""
    kind = OutcomeKind.REFUSED if isinstance(error, DatabaseError) else OutcomeKind.DEFERRED
    return Outcome(
        kind=OutcomeKind.UNKNOWN if handed_over else kind,
        code=None,
        text=f"not sent, the fault is ours: {error}",
        scope=Scope.RECIPIENT,
        phase=Phase.FINAL if handed_over else Phase.ADDRESS,
    )


def _uncertain(
    desk: Desk, session: Session, row: Locked, now: datetime, reply: str, *, at_once: bool = False
) -> None:
    """Once: send again. Twice, or when the desk prefers: hold it for a person. Either way, say so."""
    resent = row.uncertain == 0 and desk.config.desk.uncertain == "resend"
    if resent:
        due = now if at_once else now + RETRIES[0]
        sending.put_back(session, row, due, code=None, reply=reply, uncertain=True)
    else:
        sending.settle(session, row, State.HELD, now, code=None, reply=reply, uncertain=True)
    event = LetterUncertain(letter=row.letter, recipient=row.recipient, resent=resent)
    tell_case(desk, session, row, event, desk.clock())
