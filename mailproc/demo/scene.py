"""What is a scene of the demo? One mail: who writes it, how, and what the desk has to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from mailproc.demo.people import Person
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

# What can be written


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A mail in plain text. `tagged_with`: the reference of that scene's case stands in its subject."""

    subject: str
    text: str
    tagged_with: str | None = None


@dataclass(frozen=True, kw_only=True)
class Html:
    """A mail in HTML alone, as web mailers write it."""

    subject: str
    html: str


@dataclass(frozen=True, kw_only=True)
class WithPhoto:
    """A mail from a telephone. Our mail host has checked its sender and says so in a header."""

    subject: str
    text: str
    photo: str  # the name of the file


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer to the letter that a scene brought whoever writes, as Gmail writes it: both forms, quoted.

    `about`: of several letters the one about that scene's case, else the newest.
    """

    to: str
    text: str
    about: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pretence:
    """A mail in the name of somebody else, from wherever: our mail host says that it is not from there."""

    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OutOfOffice:
    """A machine's answer to the letter that a scene brought; it goes to the return path (RFC 3834)."""

    to: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """The letter that a scene brought comes back: a delivery report to its return path (RFC 3464)."""

    of: str


@dataclass(frozen=True, kw_only=True)
class Again:
    """The mail of a scene once more, by another road."""

    of: str


@dataclass(frozen=True, kw_only=True)
class Newsletter:
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Scattered:
    """A mail that a broken gateway has cut into so many parts that no reader should try."""

    subject: str
    parts: int


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nobody writes; time passes."""


Writing = (
    Plain
    | Html
    | WithPhoto
    | Reply
    | Pretence
    | OutOfOffice
    | Bounce
    | Again
    | Newsletter
    | Scattered
    | Silence
)


# What must come of it


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The one letter to a customer that must follow: by default the acknowledgement, to who wrote.

    `about`: the scene whose case it is about, else the case of `Expected`.
    """

    language: str
    quotes_subject: bool = False
    name: str = "acknowledgement"
    to: Person | None = None
    says: str = ""  # words of an agent that must stand in it
    about: str | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """A letter that an agent must get, or somebody else besides the one customer, and what must be in it.

    `encloses_mails`: all mails of the case's customer go along byte for byte, and no other mail. `lists`: the
    scenes whose cases stand in it by the numbers 1, 2, 3. `hides`: words that must stand nowhere in it.
    """

    by: str  # the name of the letter
    to: Person
    says: str = ""
    about: str | None = None  # as in `Letter`
    encloses_mails: bool = False
    lists: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the desk must make of a mail; of silence there is no kind, rule or disposition.

    `case` is the scene whose case the mail belongs to; its own id when it opens one, None when it belongs
    to none. `history` is what the case's history gains, `others` what those of other scenes' cases gain; no
    other case's gains anything.
    """

    kind: Kind | None = None
    rule: str = ""
    disposition: Disposition | None = None
    case: str | None
    history: tuple[str, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    letter: Letter | None = None
    told: tuple[Told, ...] = ()
    reached: bool = True  # whether the customer of the case can still be reached


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One mail: who wrote it, what it says, what must come of it, `later` after it was received.

    With `at` it is that hour then, by the clock of the desk's own zone.
    """

    id: str
    title: str
    by: Person
    mail: Writing = field(repr=False)
    expected: Expected
    later: timedelta = timedelta()
    at: time | None = None
