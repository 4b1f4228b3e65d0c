"""A new complaint is rated by the rules of the desk, and it is known why."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mailproc.cases.case import Level
from mailproc.cases.intake import UNRATED, Rated, Seen, Signal, rate
from mailproc.cases.intake_rules import DEFAULT_RULES, RatingRule


def seen(**changes: object) -> Seen:
    values: dict[str, object] = {
        "language": "en",
        "sender": "ann@customer.example",
        "signals": {},
        "has": lambda phrase: phrase in {"charged twice", "doppelt"},
    }
    return Seen(**(values | changes))  # type: ignore[arg-type]


def rules(*written: dict[str, object]) -> tuple[RatingRule, ...]:
    return tuple(RatingRule.model_validate(rule) for rule in written)


def test_nothing_found_is_nothing_rated() -> None:
    assert rate(DEFAULT_RULES, seen()) == UNRATED


def test_danger_is_urgent_and_grave() -> None:
    assert rate(DEFAULT_RULES, seen(signals={Signal.SAFETY: "gas leak"})) == Rated(
        urgency=Level.HIGH, impact=Level.HIGH, reasons=("safety: gas leak",)
    )


def test_a_call_for_somebody_higher_is_no_rating() -> None:
    assert rate(DEFAULT_RULES, seen(signals={Signal.HIGHER: "your manager"})) == UNRATED


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"words": {"en": ["charged twice"]}}, True),
        ({"words": {"en": "charged twice"}}, True),
        ({"words": {"de": ["doppelt"]}}, False),  # a word of another language
        ({"words": {"*": ["doppelt"]}}, True),
        ({"words": {"en": ["refund"]}}, False),
        ({"sender": ["@customer.example"]}, True),
        ({"sender": "ANN@customer.example"}, True),
        ({"sender": ["@example"]}, False),  # a domain, and no ending of one
        ({"sender": ["@ther.example"]}, False),
        ({"words": {"en": ["charged twice"]}, "sender": ["@other.example"]}, False),  # all must be found
        ({"signal": "legal"}, False),
        ({"category": "cost"}, False),
    ],
)
def test_all_that_a_rule_names_must_be_found(rule: dict[str, object], fits: bool) -> None:
    rated = rate(rules(rule | {"impact": "high"}), seen())
    assert (rated.impact is Level.HIGH) is fits


def test_a_category_of_an_earlier_rule_counts_for_a_later_one_and_the_first_stays() -> None:
    rated = rate(
        rules(
            {"words": {"en": "charged twice"}, "sets_category": "cost"},
            {"sender": "@customer.example", "sets_category": "other"},
            {"category": "cost", "urgency": "low"},
        ),
        seen(),
    )
    assert (rated.category, rated.urgency) == ("cost", Level.LOW)
    assert rated.reasons == ("words: charged twice", "sender: ann@customer.example", "category: cost")


def test_a_high_rating_wins() -> None:
    both = rules(
        {"sender": "@customer.example", "urgency": "low"}, {"words": {"*": "doppelt"}, "urgency": "high"}
    )
    assert rate(both, seen()).urgency is Level.HIGH
    assert rate(both[:1], seen()).urgency is Level.LOW


@pytest.mark.parametrize(
    "rule", [{"urgency": "high"}, {"signal": "legal"}, {"signal": "weather", "impact": "low"}]
)
def test_half_a_rule_is_a_fault(rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RatingRule.model_validate(rule)
