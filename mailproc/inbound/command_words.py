"""What is a command, and when are two spellings of a name the same?

The commands themselves are the rows of `command_table.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from mailproc.cases.calendars import Span
from mailproc.sentences import joined


class Word(StrEnum):
    """The commands, by the name that is shown."""

    REPLY = "reply"
    NOTE = "note"
    DRAFT = "draft"
    SEND = "send"
    STOP = "stop"
    TEMPLATE = "template"
    TAKE = "take"
    ASSIGN = "assign"
    PRIORITY = "priority"
    URGENCY = "urgency"
    IMPACT = "impact"
    CATEGORY = "category"
    WAIT = "wait"
    EXTEND = "extend"
    ESCALATE = "escalate"
    REMIND = "remind"
    STAGE = "stage"
    HAPPENED = "happened"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    MERGE = "merge"
    SPLIT = "split"
    LINK = "link"
    CC = "cc"
    FROM = "from"
    IMPROVE = "improve"
    ORIGINAL = "original"
    HISTORY = "history"
    FIND = "find"
    HELP = "help"


class Shape(StrEnum):
    """How a value is written; `command_values.py` reads each."""

    NOTHING = "nothing"
    TEXT = "text"
    OWNER = "owner"
    FOUR_LEVELS = "four levels"
    TWO_LEVELS = "two levels and a reason"
    STAGE = "a number and a reason"
    HAPPENED = "what has happened, when, and a remark"
    CATEGORY = "category"
    LETTER = "letter"
    WAIT = "whom for and until when"
    TIME = "time and a reason"
    ASKED = "who is asked and a reason"
    OUTSIDE = "somebody outside"
    DECISION = "decision"
    CASE = "one case"
    CASES = "cases"
    ADDRESS = "one address"
    ADDRESSES = "addresses"
    NOW = "now"
    COMMAND = "command"


class Use(StrEnum):
    """What the words below the commands are for.

    ANNOUNCED is what the first line of the mail that she answers says. ASK is never the use of a mail:
    such a command makes words below it ambiguous, so they come back unless another command says.
    """

    ANNOUNCED = "announced"
    ANSWER = "answer"
    NOTE = "note"
    DRAFT = "draft"
    ON_BEHALF = "on behalf"
    ASK = "ask"


class Who(StrEnum):
    """Who may: how much must have been proved about the person who wrote."""

    AGENT = "any agent"
    CONFIRMED = "any agent, after one confirmation"
    APPROVER = "who was asked to approve"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """One row of the table. `value` is shown: `[…]` may be left out, `…` may repeat."""

    word: Word
    value: str = ""
    shape: Shape = Shape.NOTHING
    required: bool = False
    does: str
    example: str = ""
    use: Use = Use.ANNOUNCED
    who: Who = Who.AGENT
    repeats: bool = False
    aliases: tuple[str, ...] = ()
    hu: tuple[str, ...] = ()
    de: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return joined(" ", filter(None, (f"#{self.word}", self.value)))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.word, *self.aliases, *self.hu, *self.de)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """The names that the desk's configuration gives."""

    agents: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command as it was meant. `value` is what was written; the fields below it are what it says.

    `choice` is the name chosen, as the configuration spells it: a level, category, outcome, template, tier,
    `customer` or `other`, `now`, or a command for #help. `text` is a reason, remark or note.
    """

    word: Word
    value: str = ""
    line: int  # counted from 1
    choice: str = ""
    text: str = ""
    agent: str = ""  # #assign: both empty means nobody
    team: str = ""
    outside: str = ""  # #escalate, #remind: somebody who works elsewhere
    originals: bool | None = None  # #escalate: whether the customer's mails go there; None: not written
    span: Span | None = None
    until: date | None = None  # to the end of that day in the desk's zone
    on: date | None = None  # #happened: a day that is past, or today
    undo: bool = False  # #happened: it was a mistake
    references: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # #from; #cc: to be added
    removed: tuple[str, ...] = ()
    cause: str = ""
    remedy: str = ""
    amount: Decimal | None = None
    currency: str = ""  # ISO 4217; empty: the desk's own

    def __str__(self) -> str:
        return f"#{self.word} {self.value}".strip()


def without_unseen(text: str) -> str:
    """Drop format characters: soft hyphens, zero width spaces, marks of direction, byte order marks.

    Phones and word processors put them where nothing was meant.
    """
    return text if text.isascii() else "".join(c for c in text if unicodedata.category(c) != "Cf")


def fold(name: str) -> str:
    """Return the form in which names are compared: no case, no accents, `-` and `_` like a space.

    A phone capitalises, a foreign keyboard has no accents, and `partly-upheld` is nothing else than
    `partly upheld` (our choice). A full stop at the end is a phone's double space.
    """
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[-_\s]+", " ", bare).split()).rstrip(". ")
