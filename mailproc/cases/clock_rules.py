"""What does a policy say about one duty? From when, how long, counted how, met by what, warned of when.

A rule is data. What follows from it for one complaint is worked out in `clocks.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from mailproc.cases.calendars import Span, Unit
from mailproc.cases.happenings import CUSTOMER, Happening

_PERCENT = re.compile(r"([1-9]\d?)\s*%")


def _read_span(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError(f"a number alone is no span; write its unit too, such as {value}cd or {value}bd")
    return Span.parse(value) if isinstance(value, str) else value


def _one_or_many(value: Any) -> Any:
    """Let an operator write `reply` for `[reply]`."""
    return (value,) if isinstance(value, str) else value


SpanField = Annotated[Span, BeforeValidator(_read_span), PlainSerializer(str, return_type=str)]
Letters = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Happenings = Annotated[tuple[Happening, ...], BeforeValidator(_one_or_many)]


class Part(BaseModel):
    """A part of a policy file: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class WarnPoint:
    """When somebody is to be warned of a due time: at a share of the way to it, or a span before it."""

    percent: int | None = None
    before: Span | None = None

    @classmethod
    def parse(cls, text: str) -> WarnPoint:
        """Read `80%` or `-2cd`. Raises ValueError with what is accepted."""
        if match := _PERCENT.fullmatch(text.strip()):
            return cls(percent=int(match[1]))
        sign, rest = text.strip()[:1], text.strip()[1:]
        try:
            span = Span.parse(rest) if sign == "-" else None
        except ValueError:
            span = None
        if span is None or span.unit not in (Unit.HOURS, Unit.CALENDAR_DAYS, Unit.BUSINESS_DAYS):
            raise ValueError(
                f"{text!r} is no warn point; write 80%, or the time before with h, cd or bd: -2cd"
            )
        return cls(before=span)

    def __str__(self) -> str:
        return f"{self.percent}%" if self.before is None else f"-{self.before}"


WarnPoints = Annotated[
    tuple[
        Annotated[
            WarnPoint,
            BeforeValidator(lambda value: WarnPoint.parse(value) if isinstance(value, str) else value),
            PlainSerializer(str, return_type=str),
        ],
        ...,
    ],
    BeforeValidator(_one_or_many),
]


class Evidence(StrEnum):
    """How well a number is known to be the regime's."""

    REGULATOR = "regulator"  # seen in the text, or on a page, of who made the rule
    SECONDARY = "secondary"  # seen in somebody else's account of it
    UNCONFIRMED = "unconfirmed"  # believed to be so; must be looked up before it is relied on


class Begin(StrEnum):
    """Which day counts as the day something happened."""

    SAME_DAY = "same_day"
    NEXT_BUSINESS_DAY = "next_business_day"  # what comes after hours or on a closed day comes the next one


class End(StrEnum):
    """When a last day is over. Spans of hours end at their own instant."""

    END_OF_DAY = "end_of_day"
    CLOSE_OF_BUSINESS = "close_of_business"


class Roll(StrEnum):
    """Where a last day goes that is no business day."""

    NONE = "none"
    FORWARD = "forward"
    BACKWARD = "backward"


class Counting(Part):
    """How a span is counted. `or_within` is an alternative of which the later one is still in time."""

    within: SpanField = Field(description="How long, with its unit, such as 24h, 5bd, 30cd, 8w or 6mo.")
    or_within: SpanField | None = Field(default=None, description="An alternative; the later one counts.")
    begins: Begin = Field(default=Begin.SAME_DAY, description="Which day counts as that of the event.")
    ends: End = Field(default=End.END_OF_DAY, description="When the last day is over.")
    roll: Roll = Field(default=Roll.NONE, description="Where a last day goes that is no business day.")

    @property
    def needs_calendar(self) -> bool:
        spans = [self.within, *([self.or_within] if self.or_within else [])]
        return (
            any(span.unit.is_business for span in spans)
            or self.begins is not Begin.SAME_DAY
            or self.ends is not End.END_OF_DAY
            or self.roll is not Roll.NONE
        )


class Marked(Part):
    """A number with what is known of it. `house`: the desk's own choice, not the regime's."""

    house: bool = Field(default=False, description="The number is the desk's own choice.")
    evidence: Evidence | None = Field(default=None, description="How well the number is known.")
    source: str | None = Field(default=None, description="Where it stands, if not where the policy's does.")
    note: str | None = Field(default=None, description="What a reader should know besides.")

    @model_validator(mode="after")
    def _says_whose_number_it_is(self) -> Self:
        if not self.house and self.evidence in (None, Evidence.UNCONFIRMED):
            raise ValueError(
                "say whose number it is: house: true, or evidence: regulator or secondary; what is "
                "unconfirmed is the desk's own choice until somebody has looked it up"
            )
        return self


class Late(Part):
    """What is owed when a clock has run out. The duty itself goes on: a breach ends nothing."""

    letter: str = Field(description="The letter that tells the customer.")
    says: dict[str, str] = Field(default={}, description="What it must say, in the agent's words.")


class Extension(Marked):
    """More time, given once, told to the customer by a letter before the first limit has passed.

    Exactly one of: `add` counts from the end of the first limit, `cap` from where the first limit counted
    from, and `open_ended` has no limit of its own: the letter names the day.
    """

    add: SpanField | None = Field(default=None, description="So much after the first limit.")
    cap: SpanField | None = Field(default=None, description="So much after what the first limit counts from.")
    open_ended: bool = Field(default=False, description="The letter names the day; nothing limits it.")
    agreed: bool = Field(default=False, description="The customer has to agree.")
    reasons: tuple[str, ...] = Field(min_length=1, description="What may be a reason for it.")
    letter: str = Field(description="The letter by which it is given.")
    says: dict[str, str] = Field(default={}, description="What it must say, in the agent's words.")

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if [self.add is not None, self.cap is not None, self.open_ended].count(True) != 1:
            raise ValueError("write exactly one of add, cap and open_ended: true")
        return self


class ClockRule(Counting, Marked):
    """One duty: how long, from what, and which letter, once accepted by the mail server, meets it."""

    counts_from: Happenings = Field(
        default=(), description="What it counts from, the first known of these; default: its stage's begin."
    )
    restarts: bool = Field(default=False, description="It counts from the last of several such events.")
    repeat: bool = Field(default=False, description="Owed again each time it was met, until the decision.")
    satisfied_by: Letters = Field(
        min_length=1, description="Letters that satisfy the clock, or events that people report."
    )
    reopened_by: Happenings = Field(
        default=(Happening.BOUNCED,), description="What makes a satisfied clock run again, to its old time."
    )
    warn: WarnPoints = Field(default=(), description="When to warn, such as 50% or -1bd.")
    extension: Extension | None = Field(default=None, description="Whether there can be more time.")
    pause: tuple[str, ...] = Field(
        default=(), description="For which reasons people may let it stand still; waiting never does."
    )
    late: Late | None = Field(default=None, description="What is owed once it has run out.")

    @model_validator(mode="after")
    def _waits_for_nobody(self) -> Self:
        if CUSTOMER in self.pause and not self.house:
            raise ValueError(
                f"pause: {CUSTOMER}: what is asked of the customer stops no clock of a regime; it may stop a "
                "number of the desk's own (house: true)"
            )
        return self


class EarlyResolution(Counting, Marked):
    """A window in which a complaint can be settled on a shorter path; to miss it is no breach."""

    requires: str = Field(description="What makes it count, such as the customer's acceptance.")
    not_for: tuple[str, ...] = Field(default=(), description="Complaints that cannot take the short path.")
    letter: str = Field(description="The letter that settles it.")
    says: dict[str, str] = Field(default={}, description="What it must say, in the agent's words.")
    waives: tuple[str, ...] = Field(default=(), description="Clocks that are not owed then.")
    warn: WarnPoints = Field(default=(), description="When to warn, such as 50% or -1bd.")
