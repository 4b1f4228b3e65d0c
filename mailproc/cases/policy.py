"""Which duties apply to a complaint? A policy: data with an id, a version and a digest.

A case keeps all three from the moment of receipt, so that years later anyone can tell by which rules it
was handled. The files stand in `config/policies/`, one regime each, with their sources.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from mailproc.cases.business import Calendar
from mailproc.cases.calendars import Span
from mailproc.cases.case import Level, PolicyStamp
from mailproc.cases.clock_rules import (
    ClockRule,
    Counting,
    EarlyResolution,
    Marked,
    Part,
    SpanField,
    WarnPoint,
)
from mailproc.cases.clocks import Stage
from mailproc.cases.counting import Ground
from mailproc.cases.escalation_rules import DEFAULT_TIERS, EscalationRules, Tier

NOTICE = "No legal advice: compare every number with the text in force before you rely on it."

# What a policy may call its clocks, in the order in which people think of them.
CLOCKS = ("ack", "update", "decide", "outcome", "followup")


def _named_as_clocks_are(clocks: dict[str, ClockRule]) -> dict[str, ClockRule]:
    if unknown := clocks.keys() - set(CLOCKS):
        raise ValueError(f"{', '.join(sorted(unknown))}: clocks are called {', '.join(CLOCKS)}")
    return clocks


Clocks = Annotated[dict[str, ClockRule], AfterValidator(_named_as_clocks_are)]


class Changes(Part):
    """What is different: whole clocks that replace those of the same name, and what does not apply."""

    title: str = Field(description="What these rules are called.")
    clocks: Clocks = Field(default={}, description="Clocks in place of those of the policy.")
    early: EarlyResolution | None = Field(default=None, description="Another early resolution.")
    without: tuple[Literal["update", "outcome", "followup", "early"], ...] = Field(
        default=(), description="What of the policy does not apply."
    )


class Variant(Changes):
    """Rules for some complaints of a regime, such as those about payments."""

    when: str = Field(description="To which complaints it applies, in words for people.")


class FormerRules(Changes):
    """The rules for complaints that were received before a day."""

    received_before: date = Field(description="They hold for complaints received before this day.")


class StageRules(Part):
    """One of several formal stages, each with clocks of its own."""

    title: str = Field(description="What the regime calls it.")
    clocks: Clocks = Field(description="Its duties.")
    handler: str | None = Field(default=None, description="The tier that handles it.")
    other_handler: bool = Field(default=False, description="Not by whoever decided the stage before.")


class LetterRules(Part):
    """What a letter to the customer must say.

    `parts` are blocks or names of the desk's templates, so that a machine can prove them. `says` is what
    only people can put into their template, or into their answer.
    """

    parts: tuple[str, ...] = Field(default=(), description="Parts of the letter's templates.")
    says: dict[str, str] = Field(default={}, description="What the desk must say in words of its own.")


class CaseField(StrEnum):
    """What a case can hold when it is closed."""

    OUTCOME = "outcome"
    CAUSE = "cause"
    REMEDY = "remedy"
    CATEGORY = "category"


class Quadrant(StrEnum):
    """How a case is rated: its urgency, then its impact."""

    LOW_LOW = "low_low"
    LOW_HIGH = "low_high"
    HIGH_LOW = "high_low"
    HIGH_HIGH = "high_high"


class TargetTime(Counting):
    """How soon a case that is rated so is to be decided, counted from receipt: the desk's own number."""

    tier: str | None = Field(default=None, description="The tier that it is for.")


class Retention(Marked):
    """How long a case is kept, and from when."""

    keep: SpanField = Field(description="How long, such as 6y.")
    counts_from: str = Field(
        default="closed", pattern="^(received|closed)$", description="received or closed."
    )


class Referral(Marked):
    """Who else may be asked to look at the complaint, and how long the customer has for it."""

    body: str = Field(description="Its name and how to reach it, as letters say it.")
    within: SpanField | None = Field(default=None, description="How long the customer has.")


class Policy(Part):
    """One regime: its clocks, letters, tiers, and how long a resolved case may be taken up again."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="The name of the file.")
    version: str = Field(description="Changes whenever the file does.")
    title: str = Field(description="What the policy is, in a line.")
    jurisdiction: str | None = Field(default=None, description="Where the regime holds.")
    source: str = Field(
        description="Where the numbers come from; 'our choice' where they are the desk's own."
    )
    calendar: Calendar | None = Field(default=None, description="Which file of config/calendars applies.")
    clocks: Clocks = Field(default={}, description="The duties of a regime without stages.")
    stages: dict[str, StageRules] = Field(default={}, description="Formal stages in place of clocks.")
    early: EarlyResolution | None = Field(default=None, description="A shorter path to the end.")
    variants: dict[str, Variant] = Field(default={}, description="Rules for some of the complaints.")
    variant: str | None = Field(default=None, description="Which of the variants applies.")
    former: tuple[FormerRules, ...] = Field(default=(), description="Rules by the day of receipt.")
    targets: dict[Quadrant, TargetTime] = Field(
        default={}, description="Earlier times to decide by, by urgency and impact: high_high and so on."
    )
    tiers: dict[str, Tier] = Field(default={}, description="Levels of the desk, the first one first.")
    escalation: EscalationRules = Field(
        default=EscalationRules(), description="When a case goes up a tier by itself, and what follows."
    )
    letters: dict[str, LetterRules] = Field(default={}, description="What letters must say.")
    forbidden: dict[str, str] = Field(default={}, description="Words no letter may hold, each with why.")
    closing_requires: tuple[CaseField, ...] = Field(default=(), description="What a case needs to be closed.")
    retention: Retention | None = Field(default=None, description="How long a case is kept.")
    referral: Referral | None = Field(default=None, description="Who else may be asked.")
    reopen_within: SpanField = Field(description="How long a resolved case may be taken up again.")

    @field_validator("reopen_within")
    @classmethod
    def _needs_no_calendar(cls, value: Span) -> Span:
        if value.unit.is_business:
            raise ValueError("write it in h, cd, w, mo or y")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.clocks) == bool(self.stages):
            raise ValueError("write either clocks or stages")
        if self.stages and (self.variants or self.former or self.early):
            raise ValueError("a policy with stages has no variants, former rules or early resolution")
        if self.variant is not None and self.variant not in self.variants:
            known = ", ".join(self.variants) or "none"
            raise ValueError(f"variant {self.variant} is not known; there are: {known}")
        for stage in self.every_stage():
            if missing := {"ack", "decide"} - stage.rules.keys():
                names = " and ".join(f"{stage.prefix}{name}" for name in sorted(missing))
                raise ValueError(f"clocks: {names} missing; every complaint has both")
        if self.calendar is None and (name := next(self._that_need_a_calendar(), None)):
            raise ValueError(
                f"{name} counts business days; say with calendar: which file of calendars/ applies"
            )
        return self

    @cached_property
    def digest(self) -> str:
        """sha256 over what the file says, with the variant and the calendar: proves which text was in force.

        What is not written does not count, so that a key that a later version knows changes no digest.
        """
        written = self.model_dump(mode="json", exclude_defaults=True)
        canonical = json.dumps(written, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def stamp(self) -> PolicyStamp:
        id = self.id if self.variant is None else f"{self.id}/{self.variant}"
        return PolicyStamp(id=id, version=self.version, digest=self.digest)

    def zone(self, desk: ZoneInfo) -> ZoneInfo:
        """The zone whose days count: the calendar's, where it has one, else the desk's."""
        named = self.calendar.zone if self.calendar is not None else None
        return ZoneInfo(named) if named else desk

    def promised_on(self, moment: datetime, desk: ZoneInfo) -> date:
        """Return the day that a letter may name for a due time.

        Where the desk's midnight is not that of the calendar it is the earlier day: what is promised must
        not be later than what is owed.
        """
        return min(moment.astimezone(zone).date() for zone in (desk, self.zone(desk)))

    def ground(self, desk: ZoneInfo) -> Ground:
        return Ground(zone=self.zone(desk), calendar=self.calendar)

    def stages_for(self, received_at: datetime, desk: ZoneInfo) -> tuple[Stage, ...]:
        """Return the rules for a complaint received at this moment: former ones, where they still held."""
        received_on = received_at.astimezone(self.zone(desk)).date()
        fitting = (rules for rules in self.former if received_on < rules.received_before)
        return self._stages(min(fitting, key=lambda rules: rules.received_before, default=None))

    def target_of(self, urgency: Level | None, impact: Level | None) -> TargetTime | None:
        """Return how soon a case of these ratings is to be decided; what nobody has rated counts as low."""
        if urgency is None and impact is None:
            return None
        low = Level.LOW
        return self.targets.get(Quadrant(f"{urgency or low}_{impact or low}"))

    @property
    def needs_calendar(self) -> bool:
        return next(self._that_need_a_calendar(), None) is not None

    @property
    def levels(self) -> dict[str, Tier]:
        """The tiers, the first one first; ours where the policy names none."""
        return self.tiers or DEFAULT_TIERS

    def every_stage(self) -> tuple[Stage, ...]:
        """Those of today and those of former rules."""
        return tuple(stage for changes in (None, *self.former) for stage in self._stages(changes))

    def _stages(self, former: FormerRules | None) -> tuple[Stage, ...]:
        if self.stages:
            return tuple(
                Stage(prefix=f"{name}.", title=rules.title, rules=rules.clocks)
                for name, rules in self.stages.items()
            )
        variant = self.variants.get(self.variant) if self.variant is not None else None
        rules, early = dict(self.clocks), self.early
        for changes in (former, variant):
            if changes is not None:
                kept = {name: rule for name, rule in rules.items() if name not in changes.without}
                rules = {**kept, **changes.clocks}
                early = changes.early or (None if "early" in changes.without else early)
        title = former.title if former is not None else ""
        return (Stage(prefix="", title=title, rules=_in_order(rules), early=early),)

    def _that_need_a_calendar(self) -> Iterator[str]:
        for stage in self.every_stage():
            for name, rule in stage.rules.items():
                added = rule.extension and (rule.extension.add or rule.extension.cap)
                warned = _warns_on_business_days(rule.warn)
                if rule.needs_calendar or warned or (added and added.unit.is_business):
                    yield f"{stage.prefix}{name}"
            early = stage.early
            if early is not None and (early.needs_calendar or _warns_on_business_days(early.warn)):
                yield f"{stage.prefix}early"
        for quadrant, target in self.targets.items():
            if target.needs_calendar:
                yield f"targets.{quadrant}"
        if self.escalation.answer_within.unit.is_business:
            yield "escalation.answer_within"


def _warns_on_business_days(points: Iterable[WarnPoint]) -> bool:
    return any(point.before is not None and point.before.unit.is_business for point in points)


def _in_order(rules: Mapping[str, ClockRule]) -> dict[str, ClockRule]:
    return {name: rules[name] for name in CLOCKS if name in rules} | dict(rules)
