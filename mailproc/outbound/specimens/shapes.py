"""How does what a letter shows look to its templates? With the names that the real things have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """An attachment as a letter to an agent shows it."""

    name: str
    size: int
    state: str  # attached, too_large, blocked


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """An earlier mail as a letter to an agent shows it."""

    at: datetime
    words: str
    stranger: str | None = None
    participant: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Something that is due, as a letter to an agent shows it."""

    id: str
    due_at: datetime
    overdue: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """One of many cases that go up together, as the letter about them shows it."""

    number: int
    reference: str
    subject: str
    why: tuple[str, ...]
    owner: str | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One thing that happened before, as a letter to an agent shows it."""

    at: datetime
    who: str
    what: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Other:
    """Another case of the customer, as a letter to an agent proposes it."""

    reference: str
    status: str
    subject: str
    received_on: datetime
    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Improvement:
    """Something to do better, as a report shows it."""

    id: int
    reference: str
    text: str
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One of many cases that something is due of, as a letter to an agent shows it."""

    reference: str
    subject: str | None
    duties: Sequence[Duty]
