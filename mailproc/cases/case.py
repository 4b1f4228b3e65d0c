"""What is a case? The complaint with its state, its duties, its history and the letters it calls for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One duty with its due time. A breach does not end the duty: only `satisfied_at` does."""

    id: str
    due_at: datetime
    satisfied_at: datetime | None = None
    before_extension: datetime | None = None  # the due time that counts again when the customer never heard


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


@dataclass(frozen=True, kw_only=True)
class Case:
    """A complaint as it stands. `participants` are address keys; only they join by a mere hint."""

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
    escalated_to: str | None = None  # who was asked to step in and has not answered yet
    outcome: str | None = None  # of the resolution, from the moment it was written
    cause: str | None = None
    remedy: str | None = None
    amount: str | None = None
    proposal: Proposal | None = None  # waits for approval; nothing of it has left
    draft: str | None = None  # the mail that holds the newest draft of an answer, named as `Proposal.reply`
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    previous: str | None = None  # reference of the closed case this one continues

    @property
    def next_deadline_at(self) -> datetime | None:
        """The earliest unsatisfied due time; None when nothing is owed any more."""
        if self.status is Status.CLOSED:
            return None
        return min((clock.due_at for clock in self.clocks if clock.satisfied_at is None), default=None)


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One line of the history: when, who, what, by which rule. The store adds the mail it belongs to."""

    at: datetime
    who: str  # 'customer', 'desk', 'server', or the name of a person
    what: str
    text: str = ""
    rule: str = ""


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
    answer_by: date | None = None  # in a letter that names a day: until when she, or the desk, answers


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What follows from an event: the case from now on, what to write down, what to send."""

    case: Case
    history: tuple[HistoryEntry, ...]
    letters: tuple[Letter, ...] = ()
