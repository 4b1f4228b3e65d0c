"""What does a policy say about handing a case up? When by itself, how soon an answer is expected, who hears.

Handing up is no promise to the customer but the desk's own care, so every number here has a default of ours.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from mailproc.cases.calendars import Span
from mailproc.cases.clock_rules import Part, SpanField


class Target(StrEnum):
    """To whom a tier's cases go: somebody whom people.yaml knows."""

    OWNER = "owner"
    TEAM = "team"
    LEAD = "lead"
    SUPERVISORS = "supervisors"


class Tier(Part):
    """A level of the desk that can be asked to look at a case."""

    title: str = Field(description="What the desk calls it.")
    target: Target = Field(description="Who of people.yaml it is: owner, team, lead or supervisors.")
    team: str | None = Field(
        default=None, description="For team and lead: which team; without it that of the case."
    )
    final: bool = Field(default=False, description="Nobody stands above it.")


class Trigger(StrEnum):
    """What hands a case up by itself, the weightiest first: of several at once it names the escalation."""

    SAFETY = "safety"  # the customer speaks of danger to people
    LEGAL = "legal"  # of a lawyer, a court, an authority
    BREACH = "breach"  # a duty is late
    WARNING = "warning"  # the last warning before a duty is due
    RATING = "rating"  # its urgency and impact ask for a higher tier
    ASKS_HIGHER = "asks_higher"  # the customer wants somebody higher
    FIRST_FIX_FAILED = "first_fix_failed"  # he disagrees with the decision, and the case is open again
    DISSATISFIED = "dissatisfied"  # he says so in answer to the survey
    CONTACTS = "contacts"  # he has written so often without an answer of ours
    HAND_OFFS = "hand_offs"  # the case has changed its owner more often than that


class EscalationRules(Part):
    """When a case goes up by itself, and what follows."""

    answer_within: SpanField = Field(
        default=Span.parse("4h"), description="How long who is asked has; then the next tier is asked."
    )
    hand_offs: int = Field(default=3, ge=1, description="More changes of owner than this hand a case up.")
    contacts: int = Field(
        default=3, ge=2, description="So many mails of the customer without an answer hand a case up."
    )
    triggers: Annotated[
        tuple[Trigger, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    ] = Field(default=tuple(Trigger), description="What hands a case up by itself.")
    tell_customer: bool = Field(
        default=True, description="Whether the customer hears that somebody else looks at his complaint."
    )


# Of a policy that names no tiers (our choice): four levels, which people.yaml fills as far as it can.
DEFAULT_TIERS: dict[str, Tier] = {
    "front": Tier(title="Front line", target=Target.OWNER),
    "specialist": Tier(title="Specialist", target=Target.TEAM),
    "review": Tier(title="In-depth review", target=Target.LEAD),
    "supervisor": Tier(title="Supervisor's final decision", target=Target.SUPERVISORS, final=True),
}
