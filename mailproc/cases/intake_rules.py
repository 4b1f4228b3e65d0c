"""What does an operator write to have new complaints rated? What to look for, and what follows."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mailproc.cases.case import Level
from mailproc.cases.intake import Signal


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Several = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class RatingRule(BaseModel):
    """What to look for in a new complaint, and how it is rated then. All that is named must be found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal: Signal | None = Field(
        default=None, description="What the words are about: safety, legal, higher or hot."
    )
    words: dict[str, Several] = Field(
        default={},
        description="Words or phrases by language, one of which the mail must hold; * is any language.",
    )
    sender: Several = Field(default=(), description="Addresses, or domains as @example.com; one must fit.")
    category: str | None = Field(default=None, description="The category, as an earlier rule has set it.")
    urgency: Level | None = Field(default=None, description="What waiting costs: low or high.")
    impact: Level | None = Field(default=None, description="How much harm there is: low or high.")
    sets_category: str | None = Field(default=None, description="What the complaint is about.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.signal or self.words or self.sender or self.category):
            raise ValueError("say what to look for: signal, words, sender or category")
        if not (self.urgency or self.impact or self.sets_category):
            raise ValueError("say what follows: urgency, impact or sets_category")
        return self


# Our choice: danger goes before everything, the law makes waiting expensive, and so does anger.
DEFAULT_RULES = (
    RatingRule(signal=Signal.SAFETY, urgency=Level.HIGH, impact=Level.HIGH),
    RatingRule(signal=Signal.LEGAL, urgency=Level.HIGH),
    RatingRule(signal=Signal.HOT, urgency=Level.HIGH),
)
