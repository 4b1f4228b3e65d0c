"""What is a case? The complaint with its state, its duties, its history and the letters it calls for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mailproc.cases.happenings import Happened, Happening

# A duty is met up to and including its last moment, and clocks here show seconds.
_PASSED = timedelta(seconds=1)

# So often people are asked whether a clock has to stand still any longer (our choice).
LOOK_AGAIN = timedelta(days=30)
PAUSE = "pause"  # stands for a clock in what is told then
EARLY = "early"  # the window of a shorter path, whatever the stage
ASKED = "asked"  # the clock of a mail after the last decision, which nobody has read yet


class Status(StrEnum):
    """Where a complaint stands. What moves it is decided in `lifecycle.py` alone."""

    NEW = "new"  # received, nobody has worked on it yet
    OPEN = "open"  # somebody is working on it
    WAITING = "waiting"  # the customer was asked something
    RESOLVED = "resolved"  # decided; the customer may still disagree
    CLOSED = "closed"  # finished; a later mail opens a new, linked case


class Priority(StrEnum):
    """How soon a case wants somebody, from the first to the last."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Level(StrEnum):
    """A rating: of urgency, or of impact."""

    LOW = "low"
    HIGH = "high"


class Opinion(StrEnum):
    """What the customer thinks of how the complaint was decided, as far as his answer leaves no doubt."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNCLEAR = "unclear"


class Acknowledgement(StrEnum):
    """What became of the one acknowledgement of a case."""

    QUEUED = "queued"
    ACCEPTED = "accepted"  # by the submission server
    FAILED = "failed"  # refused for good, or bounced
    WITHHELD = "withheld"  # not to be sent automatically; a person has to acknowledge


class Kind(StrEnum):
    """What it means when a clock runs out."""

    DUTY = "duty"  # a breach
    WINDOW = "window"  # a shorter path is closed
    EXTENSION = "extension"  # a breach, if the extension was given; before that the most it could give


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One duty with its due time. A breach does not end the duty: only `satisfied_at` does.

    Made of the policy and of what has happened, by `duties.py` alone. More time that was given is in
    `due_at`; `promised_at` is what the customer was told, where the desk set itself an earlier time. While it
    stands still, since `paused_since`, nothing is owed by it. `known_at` is when the desk heard what it
    counts from: up to then nobody could be told of it.
    """

    id: str
    due_at: datetime
    satisfied_at: datetime | None = None
    kind: Kind = Kind.DUTY
    warn_at: tuple[datetime, ...] = ()
    promised_at: datetime | None = None
    paused_since: datetime | None = None
    known_at: datetime | None = None

    @property
    def is_owed(self) -> bool:
        return self.kind is Kind.DUTY and self.satisfied_at is None and self.paused_since is None

    @property
    def outlasts(self) -> bool:
        """Whether it asks for something that comes after the decision; the others end with it."""
        return self.id.rpartition(".")[2] in ("outcome", "followup")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A duty of a complaint that goes on in this case: it is due no later than it was there."""

    clock: str
    due_at: datetime
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Point:
    """A moment at which somebody is to be told of a clock: it comes near, or it has passed.

    `last`: the clock has no further one before its due time. A case that waits comes back at one too.
    """

    clock: str
    due_at: datetime
    at: datetime
    last: bool
    overdue: bool


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A clock that somebody is to be told of: it comes near, or it has passed.

    `gone`: it was a shorter path, whose time is over. Nothing is late by that, and there is nothing to do.
    """

    id: str
    due_at: datetime
    overdue: bool
    gone: bool = False

    @classmethod
    def at(cls, id: str, due_at: datetime, now: datetime) -> Duty:
        """Return it as it is at a moment; a pause that is to be looked at, or a window, is never late."""
        passed, window = now > due_at, id.rpartition(".")[2] == EARLY
        return cls(
            id=id, due_at=due_at, overdue=passed and id != PAUSE and not window, gone=passed and window
        )


def in_order(duties: Iterable[Duty]) -> tuple[Duty, ...]:
    """Return what is to be told, what was due first at the front, and behind it what is gone."""
    return tuple(sorted(duties, key=lambda duty: (duty.gone, duty.due_at)))


@dataclass(frozen=True, kw_only=True)
class PolicyStamp:
    """Which rules apply to a case: fixed at receipt, whatever becomes of the policy file later."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A resolution as an agent wrote it, which waits until somebody approves it.

    `reply` names her mail, as in the event ResolutionWritten.
    """

    who: str
    outcome: str
    text: str
    to: str
    reply: str
    cause: str | None = None
    remedy: str | None = None
    amount: str | None = None


class EscalationKind(StrEnum):
    """Why somebody else is asked: more authority, more knowledge, or because a rule says so."""

    HIERARCHICAL = "hierarchical"
    FUNCTIONAL = "functional"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Somebody was asked to step in and has not answered yet.

    `rules` say what handed the case up, as `Cause.mark`; none when an agent did, in the `words` that she
    wrote. `tier` is where it went; None for a colleague who was asked for what she knows. `asked_before` were
    asked in vain. `answer_by` is None when nobody is left who could be asked next.
    """

    kind: EscalationKind
    who: str
    to: tuple[str, ...]
    asked_at: datetime
    answer_by: datetime | None
    tier: str | None = None
    rules: tuple[str, ...] = ()
    words: str = ""
    how: str = ""  # why it went on to these: unanswered, away, unreachable
    asked_before: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """Somebody outside was asked, and no answer has come.

    `who` asked, in these `words`; `letter` is the public id of the mail. `answer_by` is None as soon as it
    was told that no answer came in time. `reminded`: the question went there a second time.
    """

    to: str
    who: str
    asked_at: datetime
    answer_by: datetime | None
    words: str
    letter: str
    reminded: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """A complaint as it stands.

    `participants` are address keys; only they join by a mere hint. `copied` are the addresses, as an agent
    wrote them, that get a copy of every answer and of the decision.
    """

    reference: str
    status: Status
    customer_email: str
    customer_name: str
    participants: frozenset[str]
    subject: str
    language: str
    mailbox: str
    policy: PolicyStamp
    received_at: datetime  # when the mail reached the mailbox: every clock counts from here
    opened_at: datetime  # when the desk recorded it
    happened: tuple[Happened, ...] = ()  # what the clocks count from and stop at, as it came
    limits: tuple[Limit, ...] = ()  # of cases that go on in this one
    clocks: tuple[Clock, ...] = ()
    acknowledgement: Acknowledgement = Acknowledgement.WITHHELD
    unreachable: bool = False  # our mail to the customer came back
    owner: str | None = None  # the agent who works on it
    team: str | None = None  # who it was routed to; all of them are told while nobody owns it
    category: str | None = None
    priority: Priority = Priority.NORMAL
    waiting_until: datetime | None = None
    urgency: Level | None = None  # what waiting costs
    impact: Level | None = None  # how much harm there is
    extension: datetime | None = None  # the later day to decide by, until its letter has left
    tier: str | None = None  # how far up it has gone, by the policy's name; None: the first
    escalation: Escalation | None = None
    escalated_for: tuple[str, ...] = ()  # what has handed it up, or was noted instead: each counts once
    hand_offs: int = 0  # changes of owner
    questions: tuple[Question, ...] = ()  # to people outside who have not answered
    unanswered: tuple[datetime, ...] = ()  # when the customer wrote since our last answer
    outcome: str | None = None  # of the resolution, from the moment it was written
    cause: str | None = None
    remedy: str | None = None
    amount: str | None = None
    proposal: Proposal | None = None  # waits for approval; nothing of it has left
    draft: str | None = None  # the mail that holds the newest draft of an answer, named as `Proposal.reply`
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    previous: str | None = None  # reference of the closed case this one continues
    copied: tuple[str, ...] = ()
    merged_into: str | None = None  # reference of the case in which this one goes on
    split_from: str | None = None  # reference of the case that its first mail had joined before
    spam: bool = False  # closed because it was no complaint

    decided_by: str | None = None  # who wrote the newest decision, also when the case was taken up again
    barred: str | None = None  # who decided the stage before, where its rules ask for somebody else now

    warns: bool = True  # the agents are told of what is due; not where nobody waits for an answer
    warned_until: datetime | None = None  # what was to be told up to here has been told, or was past

    @property
    def stage(self) -> int:
        """Which stage of its policy the case is at, counted from 1."""
        return 1 + sum(each.what is Happening.ESCALATED for each in self.happened)

    @property
    def decision(self) -> Clock | None:
        """The clock of the decision: of several stages, that of the last one begun."""
        decisions = [clock for clock in self.clocks if clock.id.rpartition(".")[2] == "decide"]
        return decisions[-1] if decisions else None

    @property
    def decide_by(self) -> datetime | None:
        """When the decision is owed."""
        return self.decision.due_at if self.decision else None

    @property
    def promised_by(self) -> datetime | None:
        """When the customer is to have the decision; the desk may have set itself an earlier time."""
        decision = self.decision
        return (decision.promised_at or decision.due_at) if decision else None

    @property
    def perhaps_asked(self) -> Clock | None:
        """What is owed while nobody has said what a mail of the customer after the decision asks for.

        It is the next stage's acknowledgement, or where no stage is left a duty of its own.
        """
        if self.decision is None or not self._wrote_again:
            return None
        own = self.decision.id.rpartition(".")[0]
        parted = ((clock, clock.id.rpartition(".")) for clock in self.clocks if clock.is_owed)
        asked = (
            clock
            for clock, (of, _, name) in parted
            if name == ASKED or (name == "ack" and of not in ("", own))
        )
        return next(asked, None)

    @property
    def _wrote_again(self) -> bool:
        """Whether such a mail has come at all: a case that took in another may owe clocks of like names."""
        if self.status is not Status.RESOLVED or self.resolved_at is None:
            return False
        since = self.resolved_at
        return any(each.what is Happening.WROTE_AGAIN and each.at >= since for each in self.happened)

    @property
    def escalated_to(self) -> str | None:
        """Who was asked to step in and has not answered yet."""
        return ", ".join(self.escalation.to) if self.escalation else None

    @property
    def waiting_questions(self) -> tuple[Question, ...]:
        """The questions to people outside whose answer matters: of a decided case it does not any more."""
        return () if self.status in (Status.RESOLVED, Status.CLOSED) else self.questions

    @property
    def next_deadline_at(self) -> datetime | None:
        """The earliest unsatisfied due time; None when nothing is owed any more."""
        if self.status is Status.CLOSED:
            return None
        return min((clock.due_at for clock in self.clocks if clock.is_owed), default=None)

    @property
    def next_warning_at(self) -> datetime | None:
        """When somebody is next to be told: a duty comes near or has passed, nobody steps in or answers."""
        told = [point.at for point in self._points() if self._untold(point)]
        told += [each.answer_by + _PASSED for each in self.waiting_questions if each.answer_by is not None]
        if self.escalation is not None and self.escalation.answer_by is not None:
            # Up to that moment the answer is in time.
            told.append(self.escalation.answer_by + _PASSED)
        return min(told, default=None)

    def points_to_tell(self, now: datetime) -> tuple[Point, ...]:
        """Return what has come and was not told: of each clock the newest point, what was due first in front.

        So an outage over several points of a clock is told of once.
        """
        come = sorted((point for point in self._points() if point.at <= now), key=lambda point: point.at)
        newest = {point.clock: point for point in come if self._untold(point)}
        return tuple(sorted(newest.values(), key=lambda point: point.due_at))

    def duties_to_tell(self, now: datetime) -> tuple[Duty, ...]:
        """Return what the agents are to be told of at this moment, in order."""
        return in_order(Duty.at(point.clock, point.due_at, now) for point in self.points_to_tell(now))

    def _points(self) -> list[Point]:
        """Every moment of every clock that runs; the last of a duty: when it has passed."""
        points = []
        perhaps_asked = self.perhaps_asked
        if self.status is Status.WAITING and self.waiting_until:
            until = self.waiting_until
            points.append(Point(clock="wait", due_at=until, at=until, last=True, overdue=False))
        for clock in self.clocks if self.warns and self.status is not Status.CLOSED else ():
            outlasts = clock.outlasts or clock is perhaps_asked
            if clock.satisfied_at is not None or (self.status is Status.RESOLVED and not outlasts):
                continue
            if clock.paused_since is not None:
                at = self._next_look(clock.paused_since)
                points.append(Point(clock=PAUSE, due_at=at, at=at, last=True, overdue=False))
                continue
            known = clock.known_at or self.received_at
            for at in clock.warn_at:
                last = at == clock.warn_at[-1]
                # What was past when the desk heard of it is told then.
                at = max(at, known)
                points.append(Point(clock=clock.id, due_at=clock.due_at, at=at, last=last, overdue=False))
            if clock.kind is Kind.DUTY:
                passed = max(clock.due_at + _PASSED, known)
                points.append(Point(clock=clock.id, due_at=clock.due_at, at=passed, last=False, overdue=True))
        return points

    def _next_look(self, paused_since: datetime) -> datetime:
        """When it is next asked whether a clock has to stand still any longer."""
        told = max(self.warned_until or paused_since, paused_since)
        return paused_since + ((told - paused_since) // LOOK_AGAIN + 1) * LOOK_AGAIN

    def _untold(self, point: Point) -> bool:
        return self.warned_until is None or point.at > self.warned_until


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One line of the history: when, who, what, by which rule. The store adds the mail it belongs to."""

    at: datetime
    who: str  # 'customer', 'desk', 'server', or the name of a person
    what: str
    text: str = ""
    rule: str = ""


COPY = ":copy:"  # stands in the key of a copy, behind the key of the letter itself


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail the case calls for: template name and recipient. Not yet a mail.

    `key` makes it unique: whatever happens twice, a second letter with the same key is never queued.
    """

    name: str
    to: str
    key: str
    quote_subject: bool = False  # only when the sender is authenticated: see `lifecycle.py`
    words: str = ""  # what an agent wrote for the customer
    author: str | None = None  # the agent who wrote it; None for a letter of the desk's own accord
    is_copy: bool = False  # to somebody who takes part, not to the customer
    answer_by: date | None = None  # in a letter that names a day: until when she, or the desk, answers
    level: str | None = None  # in a letter about progress: who looks at it now, in general terms


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What follows from an event: the case from now on, what to write down, what to send."""

    case: Case
    history: tuple[HistoryEntry, ...]
    letters: tuple[Letter, ...] = ()
