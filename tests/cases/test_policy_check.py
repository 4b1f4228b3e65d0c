"""What keeps a policy from being kept is found before a complaint comes, and in words that say what to do."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mailproc.cases.case import Level
from mailproc.cases.policy import Quadrant
from mailproc.cases.policy_check import faults, notes
from tests.cases.presets import UTC_ZONE, policy, preset

SLOTS = {
    "acknowledgement": {"received_on", "decide_by"},
    "reply": {"words"},
    "resolution": {"reasons", "external_body"},
    "extension": {"reason"},
    "survey": {"satisfied"},
}

PLAIN = """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  decide:
    within: 14cd
    satisfied_by: resolution
    house: true
    extension: {add: 14cd, reasons: [complexity], letter: extension, house: true}
tiers:
  front: {title: Front, target: owner}
  top: {title: Top, target: supervisors, final: true}
letters:
  resolution: {parts: [reasons]}
"""

STAGES = """
stages:
  s1:
    title: One
    handler: front
    clocks:
      ack: {within: 24h, satisfied_by: acknowledgement, house: true}
      decide: {within: 14cd, satisfied_by: resolution, house: true}
  s2:
    title: Two
    handler: top
    other_handler: true
    clocks:
      ack: {within: 24h, satisfied_by: reply, house: true}
      decide: {within: 14cd, satisfied_by: resolution, house: true}
tiers:
  front: {title: Front, target: owner}
  top: {title: Top, target: supervisors, final: true}
"""


def found(text: str) -> list[str]:
    return [str(fault) for fault in faults(policy(text), SLOTS, UTC_ZONE)]


def test_sound_policies_have_no_fault():
    assert found(PLAIN) == []
    assert found(STAGES) == []


def test_business_days_of_a_calendar_are_followed_too():
    assert (
        faults(
            preset("uk-housing"),
            {**SLOTS, "acknowledgement": _all(), "resolution": _all(), "extension": _all()},
            UTC_ZONE,
        )
        == []
    )


def _all() -> set[str]:
    rules = preset("uk-housing").letters
    return {part for letter in rules.values() for part in letter.parts}


FAULTS = [
    (
        PLAIN,
        "satisfied_by: resolution",
        "satisfied_by: verdict",
        "decide.satisfied_by: no letter is called verdict; write one of",
    ),
    (PLAIN, "letter: extension", "letter: holding", "decide.extension.letter: no letter is called holding"),
    (PLAIN, "  resolution: {", "  verdict: {", "letters.verdict: no letter is called verdict"),
    (
        PLAIN,
        "parts: [reasons]",
        "parts: [reasons, leaflet]",
        "letters.resolution.parts: the letter has no part leaflet; choose of",
    ),
    (PLAIN, "parts: [reasons]", "parts: [external_body]", "a letter names an external body, the policy none"),
    (
        PLAIN,
        "final: true",
        "final: false}\n  above: {title: A, target: lead, final: true}\n  last: {title: L, target: lead",
        "tiers.above: final, and not the last tier",
    ),
    (
        PLAIN,
        "within: 14cd\n",
        "within: 14cd\n    counts_from: decided\n",
        "decide: does not run from receipt",
    ),
    (
        PLAIN,
        "within: 14cd\n",
        "within: 14cd\n    counts_from: escalated\n",
        "decide: never starts, even when everything happens",
    ),
    (
        PLAIN,
        "satisfied_by: acknowledgement",
        "satisfied_by: survey, counts_from: followed_up",
        "ack: does not run from receipt",
    ),
    (
        PLAIN,
        "within: 14cd\n",
        "within: 14cd\n    repeat: true\n",
        "decide: is repeated and does not count from updated",
    ),
    (
        PLAIN,
        "add: 14cd",
        "cap: 13cd",
        "decide: an extension gives no more time than there was",
    ),
    (
        STAGES,
        "handler: front",
        "handler: back",
        "stages.s1.handler: no tier is called back; describe it below tiers:; there are front, top",
    ),
    (
        STAGES,
        "handler: top",
        "handler: front",
        "stages.s2: tier front decided the stage before; give the stages different tiers",
    ),
    (
        STAGES.replace("satisfied_by: reply", "satisfied_by: reply, counts_from: implemented"),
        "",
        "",
        "s2.ack: is not met when everything is done",
    ),
]


@pytest.mark.parametrize(("text", "old", "new", "says"), FAULTS)
def test_a_fault_is_named_with_its_place_and_what_to_do(text, old, new, says):
    assert old in text
    messages = found(text.replace(old, new))
    assert any(message.startswith(says) or says in message for message in messages), messages


def test_a_clock_that_only_an_earlier_letter_would_meet_is_found():
    """The outcome counts from the end of the investigation; the acknowledgement went long before."""
    outcome = (
        "  outcome: {within: 5cd, counts_from: investigated, satisfied_by: acknowledgement, house: true}\n"
    )
    text = PLAIN.replace("tiers:", outcome + "tiers:")
    assert any("outcome: is not met when everything is done" in message for message in found(text))


def test_a_clock_met_by_a_letter_that_no_clock_counts_is_found():
    messages = found(
        PLAIN.replace(
            "ack: {within: 24h, satisfied_by: acknowledgement", "ack: {within: 24h, satisfied_by: receipt"
        )
    )
    assert any("ack: no letter of receipt is counted" in message for message in messages)


def test_each_fault_is_told_once_and_not_for_every_day_that_was_tried():
    messages = found(PLAIN.replace("add: 14cd", "cap: 13cd"))
    assert len(messages) == len(set(messages)) == 1


def test_former_rules_are_followed_too():
    text = (
        PLAIN
        + """
former:
  - title: Before
    received_before: "2026-03-01"
    clocks: {decide: {within: 14cd, satisfied_by: verdict, house: true}}
"""
    )
    assert any("no letter is called verdict" in message for message in found(text))


def test_what_is_waived_must_be_there():
    early = (
        "early: {within: 3cd, requires: acceptance, letter: resolution, waives: [ack, update], house: true}\n"
    )
    assert any("early.waives: no clock is called update" in message for message in found(PLAIN + early))


def test_what_only_people_can_see_to_is_told_and_is_no_fault():
    housing = notes(preset("uk-housing"))
    assert any("definition" in note for note in housing)
    assert any(note.startswith("retention: not confirmed") for note in notes(preset("ca-fcac")))
    assert notes(preset("generic-24h")) == []


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("{within: 3cd, tier: top}", None),
        ("{within: 14cd}", "targets.high_high: 14cd is not shorter than the time to decide anyway"),
        ("{within: 3w}", "targets.high_high: 3w is not shorter than the time to decide anyway"),
        ("{within: 3cd, tier: back}", "targets.high_high: no tier is called back"),
    ],
)
def test_a_target_is_shorter_than_the_time_there_is_and_for_somebody(target: str, fault: str | None):
    said = found(PLAIN + f"targets:\n  high_high: {target}\n")
    if fault is None:
        assert said == []
    else:
        assert [each for each in said if each.startswith(fault)] != []


def test_what_nobody_has_rated_has_no_target_and_what_is_half_rated_counts_as_low_besides():
    own = policy(PLAIN + "targets:\n  low_low: {within: 9cd}\n  high_low: {within: 7cd}\n")
    assert own.target_of(None, None) is None
    assert own.target_of(None, Level.LOW) == own.targets[Quadrant.LOW_LOW]
    assert own.target_of(Level.HIGH, None) == own.targets[Quadrant.HIGH_LOW]


def test_the_tiers_of_a_policy_that_names_none_can_be_targets():
    text = PLAIN.partition("tiers:")[0] + "targets:\n  high_high: {within: 3cd, tier: review}\n"
    assert found(text) == []
    assert any(
        "no tier is called back; describe it below tiers:; there are front, specialist, review" in each
        for each in found(text.replace("review", "back"))
    )


@pytest.mark.parametrize(("warn", "good"), [("-13cd", True), ("-14cd", False), ("[-2cd, -90cd]", False)])
def test_a_warn_point_before_the_clock_begins_is_found(warn: str, good: bool):
    """Nobody would ever hear of it, and whoever wrote it believes that he will be warned."""
    said = found(PLAIN.replace("within: 14cd", f"within: 14cd\n    warn: {warn}"))
    assert said == [] if good else said and all(each.startswith("decide.warn: -") for each in said)


def test_a_target_in_business_days_needs_a_calendar():
    with pytest.raises(ValidationError, match=r"targets\.high_high counts business days"):
        policy(PLAIN + "targets:\n  high_high: {within: 3bd}\n")
