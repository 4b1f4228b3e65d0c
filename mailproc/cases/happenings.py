"""What can happen to a complaint that a clock starts from or stops at? Words for policies and simulations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Happening(StrEnum):
    """One thing that a policy may count from. What is written by the desk happens when it was accepted."""

    RECEIVED = "received"  # the complaint reached the mailbox
    ACKNOWLEDGED = "acknowledged"
    UPDATED = "updated"  # the customer was told how it stands
    EXTENDED = "extended"  # the customer was told that it takes longer
    EXTENDED_UNTIL = "extended_until"  # the day that was named or agreed then; its time is that day
    DECIDED = "decided"  # the customer has the final response, of this stage
    FOLLOWED_UP = "followed_up"  # the customer was asked how it went
    ESCALATED = "escalated"  # the customer asked for the next stage
    IMPLEMENTED = "implemented"  # what was promised is done
    INVESTIGATED = "investigated"  # the investigation has ended
    INFORMATION_RECEIVED = "information_received"  # what the customer was asked for has come
    DEADLOCKED = "deadlocked"  # the desk can do no more
    REGULATOR_SENT = "regulator_sent"  # a regulator handed the complaint over
    OBJECTIONS_ENDED = "objections_ended"  # the time to object to a proposal has run out
    PAUSED = "paused"  # a reason that the policy names stops the clock
    RESUMED = "resumed"
    BOUNCED = "bounced"  # the letter before this came back
    REOPENED = "reopened"  # the customer disagrees with the decision
    WROTE_AGAIN = "wrote_again"  # the customer wrote after the decision, and it is not plain what is asked
    CONTENT = "content"  # he has written such a mail, and after it that he is content


# What the desk writes of its own accord is a word, and no answer: it meets only what names it.
PROGRESS = "progress"

# The letters by which the desk does what its clocks ask for.
BY_LETTER: dict[Happening, frozenset[str]] = {
    Happening.ACKNOWLEDGED: frozenset({"acknowledgement"}),
    Happening.UPDATED: frozenset({"reply", PROGRESS}),
    Happening.EXTENDED: frozenset({"extension"}),
    Happening.DECIDED: frozenset({"resolution"}),
    Happening.FOLLOWED_UP: frozenset({"survey"}),
}

# What may lie before the moment the desk got the complaint.
BEFORE_RECEIPT = frozenset({Happening.REGULATOR_SENT, Happening.OBJECTIONS_ENDED})

# What no mail tells the desk: it has happened when somebody of the desk says so.
SAID_BY_PEOPLE = (
    Happening.IMPLEMENTED,
    Happening.INVESTIGATED,
    Happening.INFORMATION_RECEIVED,
    Happening.DEADLOCKED,
    Happening.REGULATOR_SENT,
    Happening.OBJECTIONS_ENDED,
    Happening.PAUSED,
    Happening.RESUMED,
)

# A reason to pause that ends by itself: the customer was asked, and the next mail of hers is the answer.
CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that happened, when, and at which stage where that does not follow from the time.

    `letter` tells one letter from another, so that it is known which of them came back; without it a bounce
    is that of the letter before it. `reason` is why clocks stand still; only those stop whose rule names it.
    `noted_at` is when somebody said that it had happened, where that was later.
    """

    what: Happening
    at: datetime
    stage: str | None = None
    letter: str | None = None
    reason: str | None = None
    noted_at: datetime | None = None
