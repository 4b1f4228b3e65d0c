"""How grave does a complaint look when it comes in? Rules of the desk, for each new case, with reasons.

A rule says what it looks for and what follows. What people rate later, by command, stands above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mailproc.cases.case import Level

if TYPE_CHECKING:  # what an event holds must be known without the library that reads rules
    from mailproc.cases.intake_rules import RatingRule


class Signal(StrEnum):
    """Something in the words of a customer that a person should know of at once."""

    SAFETY = "safety"  # somebody may be, or may have been, in danger
    LEGAL = "legal"  # lawyers, courts, authorities
    HIGHER = "higher"  # the customer asks for somebody above
    HOT = "hot"  # insults, or a text in capitals


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of a new complaint: `signals` with the words that gave them, `has` finds a phrase."""

    language: str
    sender: str
    signals: Mapping[Signal, str]
    has: Callable[[str], bool]
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rated:
    """What the rules make of it, and why."""

    urgency: Level | None = None
    impact: Level | None = None
    category: str | None = None
    reasons: tuple[str, ...] = ()


UNRATED = Rated()


def rate(rules: Iterable[RatingRule], seen: Seen) -> Rated:
    """Return what follows from all rules that fit: a high rating wins, and the first category."""
    ratings: list[RatingRule] = []
    reasons: list[str] = []
    category = seen.category
    for rule in rules:
        why = _why(rule, seen, category)
        if why is None:
            continue
        category = category or rule.sets_category
        ratings.append(rule)
        reasons.append(why)
    return Rated(
        urgency=_highest([rule.urgency for rule in ratings]),
        impact=_highest([rule.impact for rule in ratings]),
        category=category if category != seen.category else None,
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _why(rule: RatingRule, seen: Seen, category: str | None) -> str | None:
    """Return what was found, or None when something is missing."""
    found: list[str] = []
    if rule.signal is not None:
        if rule.signal not in seen.signals:
            return None
        found.append(f"{rule.signal}: {seen.signals[rule.signal]}")
    if rule.words:
        listed = (*rule.words.get(seen.language, ()), *rule.words.get("*", ()))
        phrase = next((phrase for phrase in listed if seen.has(phrase)), None)
        if phrase is None:
            return None
        found.append(f"words: {phrase}")
    if rule.sender:
        if not any(_fits(pattern, seen.sender) for pattern in rule.sender):
            return None
        found.append(f"sender: {seen.sender}")
    if rule.category is not None:
        if category is None or rule.category.casefold() != category.casefold():
            return None
        found.append(f"category: {category}")
    return ", ".join(found)


def _fits(pattern: str, sender: str) -> bool:
    wanted, address = pattern.casefold(), sender.casefold()
    return address.endswith(wanted) if wanted.startswith("@") else address == wanted


def _highest(levels: Sequence[Level | None]) -> Level | None:
    return Level.HIGH if Level.HIGH in levels else next(filter(None, levels), None)
