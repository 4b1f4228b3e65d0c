"""Which duties apply to a complaint? A policy: data with an id, a version and a digest.

A case keeps all three from the moment of receipt, so that years later anyone can tell by which rules it
was handled. The files stand in `config/policies/`, one regime each, with their sources.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from mailproc.cases.calendars import Span, due_at
from mailproc.cases.case import Clock, PolicyStamp

SpanField = Annotated[
    Span,
    BeforeValidator(lambda value: Span.parse(value) if isinstance(value, str) else value),
    PlainSerializer(str, return_type=str),
]


class ClockRule(BaseModel):
    """One duty: within which span of receipt, and which letter, once accepted, satisfies it."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    within: SpanField
    satisfied_by: str = Field(description="Name of the letter that satisfies the clock.")


class Policy(BaseModel):
    """One regime: its clocks and how long a resolved case may be taken up again."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str
    title: str
    source: str = Field(
        description="Where the numbers come from; 'our choice' where they are the desk's own."
    )
    clocks: dict[str, ClockRule]
    reopen_within: SpanField

    @model_validator(mode="after")
    def _has_the_clocks_every_letter_names(self) -> Policy:
        missing = {"ack", "decide"} - self.clocks.keys()
        if missing:
            raise ValueError(f"clocks: {' and '.join(sorted(missing))} missing; every complaint has both")
        return self

    @cached_property
    def digest(self) -> str:
        """sha256 over the policy's content: proves which text was in force."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def stamp(self) -> PolicyStamp:
        return PolicyStamp(id=self.id, version=self.version, digest=self.digest)

    def start_clocks(self, received_at: datetime, zone: ZoneInfo) -> tuple[Clock, ...]:
        """Return the clocks of a complaint received at this moment."""
        return tuple(
            Clock(id=name, due_at=due_at(received_at, rule.within, zone))
            for name, rule in self.clocks.items()
        )

    def clocks_satisfied_by(self, letter: str) -> frozenset[str]:
        return frozenset(name for name, rule in self.clocks.items() if rule.satisfied_by == letter)
