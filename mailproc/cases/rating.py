"""How grave is a complaint? Urgency and impact, each low or high, and what follows from the two.

Urgency asks what waiting costs: expectations, the relation, the law. Impact asks what the harm is: how
severe, how many people, how much money. Four quadrants, three severities (ISO 10002 asks for an
assessment of severity, complexity and impact; the two by two matrix is our choice).
"""

from __future__ import annotations

from enum import StrEnum

from mailproc.cases.case import Level, Priority


class Severity(StrEnum):
    """What people read of the two ratings."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def severity(urgency: Level | None, impact: Level | None) -> Severity | None:
    """Return how grave a case is; None while nobody has rated it. What is not rated counts as low."""
    if urgency is None and impact is None:
        return None
    return (Severity.LOW, Severity.MEDIUM, Severity.HIGH)[[urgency, impact].count(Level.HIGH)]


def priority_of(urgency: Level | None, impact: Level | None, before: Priority) -> Priority:
    """Return how soon a case wants somebody, by its ratings.

    Of two complaints of medium severity neither goes before the other. Two ratings of low are needed to
    make a case wait behind the unrated ones; one alone leaves the priority as it was.
    """
    match severity(urgency, impact):
        case Severity.HIGH:
            return Priority.URGENT
        case Severity.MEDIUM:
            return Priority.HIGH
        case Severity.LOW if urgency is not None and impact is not None:
            return Priority.LOW
        case _:
            return before
