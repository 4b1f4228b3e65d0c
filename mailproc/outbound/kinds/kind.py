"""What is known of one letter: to whom, when, what it must say, and which names its templates may use?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Audience(StrEnum):
    """Who reads a letter. What is for an agent may tell of the case; what is for a customer is weighed."""

    CUSTOMER = "customer"
    AGENT = "agent"
    OUTSIDE = "contact"  # somebody who works elsewhere and was asked for what he knows


class FileState(StrEnum):
    """What a letter to an agent says about a file of the customer's mail."""

    ATTACHED = "attached"
    TOO_LARGE = "too_large"
    BLOCKED = "blocked"  # opening it might do harm
    KEPT = "kept"  # for another reason it is with the case alone


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterKind:
    """One letter.

    `parts` maps each required part (a named block of the templates) to the name whose value it must
    mention, or None where only words are asked for. `names` says what each name means; those in
    `optional` may be None. `marked` are the names that hold words of others: each of their lines carries
    a mark, so that it cannot pass for a line of ours. `language` is always there too. `offered`: an agent may
    choose it by `#template`; her words stand in it, and it is an answer like `reply`.
    """

    to: Audience
    when: str
    parts: Mapping[str, str | None]
    names: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    offered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A letter in words, in one language; not yet a mail."""

    letter: str
    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


# Names that many letters have.
DESK = {
    "desk_name": "the desk as customers know it",
    "desk_address": "the desk's mail address",
    "reference": "the case reference, such as C-7F3K-9QXT",
}
TO_AGENT = {
    **DESK,
    "agent_name": "the agent this mail is for",
    "customer_name": "what the customer calls himself, or nothing",
    "customer_email": "the address an answer goes to, or nothing when there is none",
    "subject": "the customer's subject, or nothing",
    "does": "what a plain reply does: `answer` (the customer gets it) or `note` (only the desk sees it)",
}
AGENT_OPTIONAL = frozenset({"customer_name", "customer_email", "subject"})
