"""A complaint's own history, judged by the rules of another policy; counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases.happenings import Happened, Happening
from mailproc.cases.policy import Policy
from mailproc.cases.replay import Kept, Past, replay
from tests.cases.presets import policy, preset

UTC_ZONE = ZoneInfo("UTC")
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

TWO = policy(
    """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  decide:
    within: 10cd
    satisfied_by: resolution
    house: true
    reopened_by: [bounced, reopened]
    extension: {add: 5cd, reasons: [a part], letter: extension, house: true}
"""
)
REPEATED = policy(
    """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  update: {within: 5cd, counts_from: [updated, received], repeat: true, satisfied_by: reply, house: true}
  decide: {within: 30cd, satisfied_by: resolution, house: true}
"""
)


def at(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


def happened(
    what: Happening, days: float, *, letter: str | None = None, stage: str | None = None
) -> Happened:
    return Happened(what=what, at=at(days), letter=letter, stage=stage)


def kept(rules: Policy, *what: Happened, until: float = 60) -> dict[str, Kept]:
    past = Past(reference="C-7F3K-9QXT", received_at=MONDAY, happened=what, until=at(until))
    return {each.clock: each for each in replay(past, rules, UTC_ZONE)}


def test_what_was_done_in_time_is_kept():
    found = kept(TWO, happened(Happening.ACKNOWLEDGED, 0.5), happened(Happening.DECIDED, 10))
    assert [each.is_breached for each in found.values()] == [False, False]
    assert found["decide"].due_at == datetime(2026, 11, 12, 23, 59, 59, tzinfo=UTC)


def test_what_was_done_late_and_what_was_not_done_is_not():
    found = kept(TWO, happened(Happening.ACKNOWLEDGED, 1.1))
    assert found["ack"].is_breached and found["ack"].met_at == at(1.1)
    assert found["decide"].is_breached and found["decide"].met_at is None


def test_of_what_is_neither_met_nor_past_nothing_is_said():
    found = kept(TWO, happened(Happening.ACKNOWLEDGED, 0.5), until=3)
    assert found["ack"].is_due
    assert not found["decide"].is_due


def test_of_a_repeated_duty_each_turn_is_met_by_what_meets_it():
    def turns(rules: Policy) -> list[tuple[str, bool]]:
        told = (
            happened(Happening.UPDATED, 3, letter="progress 1"),
            happened(Happening.EXTENDED, 4, letter="extension 2"),
            happened(Happening.DECIDED, 8, letter="resolution 3"),
        )
        past = Past(reference="C-7F3K-9QXT", received_at=MONDAY, happened=told, until=at(60))
        found = [each for each in replay(past, rules, UTC_ZONE) if each.clock == "update"]
        return [(f"{each.due_at:%d}", each.met_at is not None) for each in found]

    assert turns(REPEATED) == [("07", True), ("11", True)]
    both = REPEATED.model_dump(mode="json", exclude_defaults=True)
    both["clocks"]["update"]["satisfied_by"] = ["reply", "progress"]
    assert turns(Policy.model_validate(both)) == [("07", True), ("10", True), ("11", True)]


def test_a_letter_that_came_back_did_nothing():
    found = kept(
        TWO,
        happened(Happening.ACKNOWLEDGED, 0.2, letter="acknowledgement 1"),
        happened(Happening.BOUNCED, 0.3, letter="acknowledgement 1"),
    )
    assert found["ack"].is_breached


def test_more_time_counts_as_far_as_the_rules_give_it():
    extended = happened(Happening.EXTENDED, 9), happened(Happening.EXTENDED_UNTIL, 14)
    in_time = kept(TWO, *extended, happened(Happening.DECIDED, 13))
    assert not in_time["decide"].is_breached and "extended" not in in_time
    late = kept(TWO, *extended, happened(Happening.DECIDED, 15))
    assert late["decide"].is_breached
    assert kept(TWO, *extended, until=12)["decide"].is_due is False
    too_late = happened(Happening.EXTENDED, 11), happened(Happening.EXTENDED_UNTIL, 14)
    assert kept(TWO, *too_late, happened(Happening.DECIDED, 13))["decide"].is_breached


def test_a_disagreement_lets_the_decision_be_owed_again():
    found = kept(TWO, happened(Happening.DECIDED, 5), happened(Happening.REOPENED, 6))
    assert found["decide"].is_breached
    under_stages = happened(Happening.DECIDED, 5, stage="s1"), happened(Happening.ESCALATED, 6)
    assert kept(TWO, *under_stages)["decide"].is_breached
    assert not kept(TWO, *under_stages, happened(Happening.DECIDED, 9, stage="s2"))["decide"].is_breached


def test_each_turn_of_a_duty_that_is_owed_again_counts():
    what = [happened(Happening.UPDATED, day) for day in (4, 10, 14)]
    past = Past(
        reference="C-7F3K-9QXT",
        received_at=MONDAY,
        happened=(*what, happened(Happening.DECIDED, 16)),
        until=at(60),
    )
    updates = [each for each in replay(past, REPEATED, UTC_ZONE) if each.clock == "update"]
    assert [(each.met_at, each.is_breached) for each in updates] == [
        (at(4), False),
        (at(10), True),
        (at(14), False),
        (at(16), False),
    ]


def test_a_turn_that_nobody_has_met_yet_is_owed():
    past = Past(
        reference="C-7F3K-9QXT",
        received_at=MONDAY,
        happened=(happened(Happening.UPDATED, 4),),
        until=at(12),
    )
    updates = [each for each in replay(past, REPEATED, UTC_ZONE) if each.clock == "update"]
    assert [(each.met_at, each.is_breached) for each in updates] == [(at(4), False), (None, True)]


def test_stages_have_their_own_clocks():
    housing = preset("uk-housing")
    found = kept(housing, happened(Happening.ACKNOWLEDGED, 1), happened(Happening.DECIDED, 30))
    assert not found["s1.ack"].is_breached
    assert found["s1.decide"].is_breached
    assert "s2.ack" not in found
