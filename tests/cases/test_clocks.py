"""How clocks stand: what starts them, meets them, opens them again, puts them off, and when they warn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mailproc.cases.case import Kind
from mailproc.cases.clock_rules import WarnPoint
from mailproc.cases.clocks import read_clocks
from mailproc.cases.happenings import Happened, Happening
from tests.cases.presets import UTC_ZONE, at, due_days, policy, preset, read, variants

RECEIVED = "2026-06-08T10:00"
PLAIN = """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  decide: {within: 14cd, satisfied_by: resolution, reopened_by: [bounced, reopened], house: true}
"""


def test_an_acknowledgement_that_bounced_is_owed_again_by_its_old_time():
    before = read(preset("generic-24h"), RECEIVED)["ack"]
    met = read(preset("generic-24h"), RECEIVED, "acknowledged@2026-06-08T11:00")["ack"]
    open_again = read(
        preset("generic-24h"), RECEIVED, "acknowledged@2026-06-08T11:00", "bounced@2026-06-08T12:00"
    )["ack"]
    assert met.satisfied_at == at("2026-06-08T11:00", UTC_ZONE)
    assert open_again.satisfied_at is None
    assert open_again.due_at == before.due_at == met.due_at


def test_a_bounce_undoes_the_letter_before_it_and_no_other():
    events = ("acknowledged@2026-06-08T11:00", "decided@2026-06-10T11:00", "bounced@2026-06-10T12:00")
    readings = read(policy(PLAIN), RECEIVED, *events)
    assert readings["ack"].satisfied_at is not None
    assert readings["decide"].satisfied_at is None


def test_a_second_letter_meets_what_a_bounce_opened():
    events = ("decided@2026-06-10T11:00", "bounced@2026-06-10T12:00", "decided@2026-06-11T09:00")
    assert read(policy(PLAIN), RECEIVED, *events)["decide"].satisfied_at == at("2026-06-11T09:00", UTC_ZONE)


def test_a_customer_who_disagrees_opens_the_decision_and_not_the_acknowledgement():
    events = ("acknowledged@2026-06-08T11:00", "decided@2026-06-10T11:00", "reopened@2026-06-12T11:00")
    readings = read(policy(PLAIN), RECEIVED, *events)
    assert readings["decide"].satisfied_at is None
    assert readings["ack"].satisfied_at is not None


def test_a_clock_whose_acknowledgement_came_back_counts_from_receipt_again():
    """Stage 1 of a landlord counts from an acknowledgement that the customer got."""
    came_back = ("acknowledged@2026-06-10T11:00", "bounced@2026-06-10T12:00")
    assert due_days(preset("uk-housing"), RECEIVED, *came_back) == due_days(preset("uk-housing"), RECEIVED)


def test_a_breach_is_of_the_due_time_however_late_somebody_looks():
    """After an outage the breach is one, and it happened when the time ran out."""
    reading = read(policy(PLAIN), RECEIVED)["ack"]
    due = reading.due_at
    assert not reading.breached(due)
    assert reading.breached(due + timedelta(seconds=1))
    assert reading.breached(due + timedelta(days=30))
    assert read(policy(PLAIN), RECEIVED)["ack"].due_at == due


def test_what_was_done_too_late_stays_a_breach():
    late = read(policy(PLAIN), RECEIVED, "acknowledged@2026-06-09T10:01")["ack"]
    in_time = read(policy(PLAIN), RECEIVED, "acknowledged@2026-06-09T10:00")["ack"]
    later = at("2026-07-01T00:00", UTC_ZONE)
    assert (late.breached(later), in_time.breached(later)) == (True, False)


def test_a_repeated_duty_counts_from_the_last_time_and_is_over_with_the_decision():
    irish = preset("ie-cpc")
    first = due_days(irish, RECEIVED)["update"]
    second = due_days(irish, RECEIVED, "updated@2026-06-10T10:00")["update"]
    third = due_days(irish, RECEIVED, "updated@2026-06-10T10:00", "updated@2026-06-20T10:00")["update"]
    assert first < second < third
    assert "update" not in due_days(irish, RECEIVED, "decided@2026-06-20T10:00")
    assert "update" in due_days(irish, RECEIVED, "decided@2026-06-20T10:00", "bounced@2026-06-20T11:00")


def test_a_letter_that_gives_more_time_tells_how_it_stands_too():
    irish = preset("ie-cpc")
    told = due_days(irish, RECEIVED, "extended@2026-06-10T10:00")["update"]
    assert told == due_days(irish, RECEIVED, "updated@2026-06-10T10:00")["update"]
    came_back = ("extended@2026-06-10T10:00", "bounced@2026-06-10T11:00")
    assert due_days(irish, RECEIVED, *came_back)["update"] == due_days(irish, RECEIVED)["update"]


@pytest.mark.parametrize(("satisfied_by", "counts"), [("[reply]", False), ("[reply, progress]", True)])
def test_a_repeated_duty_of_people_counts_anew_from_their_letters_alone(satisfied_by: str, counts: bool):
    rules = policy(
        f"""
clocks:
  ack: {{within: 24h, satisfied_by: acknowledgement, house: true}}
  update:
    within: 5cd
    counts_from: [updated, received]
    repeat: true
    satisfied_by: {satisfied_by}
    house: true
  decide: {{within: 30cd, satisfied_by: resolution, house: true}}
"""
    )
    received, ground = at(RECEIVED, UTC_ZONE), rules.ground(UTC_ZONE)

    def owed(letter: str) -> timedelta:
        told = Happened(what=Happening.UPDATED, at=received + timedelta(days=2), letter=letter)
        stages = rules.stages_for(received, UTC_ZONE)
        (update,) = [each for each in read_clocks(stages, received, [told], ground) if each.id == "update"]
        return update.due_at.date() - received.date()

    assert owed("reply 7") == owed("holding 7") == timedelta(days=7)
    assert owed("progress 7") == timedelta(days=7 if counts else 5)


def test_an_update_that_came_back_did_not_put_the_next_one_off():
    irish = preset("ie-cpc")
    came_back = ("updated@2026-06-20T10:00", "bounced@2026-06-20T11:00")
    assert due_days(irish, RECEIVED, *came_back)["update"] == due_days(irish, RECEIVED)["update"]


# More time.


def test_more_time_meets_the_first_limit_when_it_was_given_in_time():
    psd = preset("uk-fca", "psd")
    told = read(psd, "2026-04-02T10:00", "extended@2026-04-27T12:00")
    assert told["decide"].satisfied_at is not None
    assert told["extended"].given
    too_late = read(psd, "2026-04-02T10:00", "extended@2026-04-28T12:00")
    assert too_late["decide"].satisfied_at is None
    assert not too_late["extended"].given


def test_what_an_extension_could_give_is_no_duty_until_it_was_given():
    psd, much_later = preset("uk-fca", "psd"), at("2027-01-01T00:00", UTC_ZONE)
    assert not read(psd, "2026-04-02T10:00")["extended"].breached(much_later)
    assert read(psd, "2026-04-02T10:00", "extended@2026-04-20T12:00")["extended"].breached(much_later)


def test_the_cap_counts_from_where_the_first_limit_did_and_a_day_named_may_be_earlier_not_later():
    psd = preset("uk-fca", "psd")
    events = ("extended@2026-04-27T12:00", "extended_until@2026-05-15T12:00")
    assert due_days(psd, "2026-04-02T10:00", *events)["extended"] == "2026-05-15"
    events = ("extended@2026-04-27T12:00", "extended_until@2026-12-31T12:00")
    assert due_days(psd, "2026-04-02T10:00", *events)["extended"] == "2026-05-27"


def test_an_extension_without_a_limit_of_its_own_has_no_time_until_a_day_was_named():
    assert "extended" not in due_days(preset("au-asic"), "2026-01-31T09:00", "extended@2026-02-20T09:00")


# Pauses, which are rare.


def test_a_trustees_clock_stands_still_while_a_court_has_the_matter():
    trustee = preset("au-asic", "trustee")
    paused = read(trustee, "2026-01-31T09:00", "paused@2026-02-10T09:00")["decide"]
    assert paused.paused
    assert not paused.breached(at("2027-01-01T00:00", UTC_ZONE))
    events = ("paused@2026-02-10T09:00", "resumed@2026-02-20T09:00")
    assert due_days(trustee, "2026-01-31T09:00", *events)["decide"] == "2026-03-27"


def test_no_other_clock_of_any_regime_stands_still():
    stopping = [
        (id, variant, name)
        for id, variant in variants()
        for stage in preset(id, variant).every_stage()
        for name, rule in stage.rules.items()
        if rule.pause
    ]
    assert stopping == [("au-asic", "trustee", "decide")]


# Warnings.


@pytest.mark.parametrize(
    ("text", "percent", "before"),
    [("50%", 50, None), ("80 %", 80, None), ("-1bd", None, "1bd"), ("-4h", None, "4h")],
)
def test_warn_points_are_read(text, percent, before):
    point = WarnPoint.parse(text)
    assert (point.percent, point.before and str(point.before)) == (percent, before)
    assert WarnPoint.parse(str(point)) == point


@pytest.mark.parametrize("text", ["", "50", "0%", "100%", "1bd", "-", "-2w", "-1mo", "-0cd", "soon"])
def test_what_is_no_warn_point_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="write 80%, or the time before"):
        WarnPoint.parse(text)


def test_warnings_lie_between_the_begin_and_the_due_time():
    """`-5bd` before one day is before the complaint itself: nobody is warned of the past."""
    early = policy(PLAIN.replace("within: 24h,", "within: 24h, warn: [50%, -2cd, -30h, -4h],"))
    ack = read(early, RECEIVED)["ack"]
    assert [f"{each:%d %H:%M}" for each in ack.warn_at] == ["08 22:00", "09 06:00"]


def test_a_warning_counted_in_days_comes_in_the_morning():
    warned = policy(PLAIN.replace("within: 14cd,", "within: 14cd, warn: -2cd,"))
    (at_morning,) = read(warned, RECEIVED)["decide"].warn_at
    assert at_morning == at("2026-06-20T09:00", UTC_ZONE)


def test_a_warning_counted_in_business_days_comes_at_the_opening_of_one():
    (two, one) = read(preset("uk-housing"), "2026-12-21T10:00")["s1.ack"].warn_at
    assert (f"{two:%m-%d %H:%M}", f"{one:%m-%d %H:%M}") == ("12-24 09:00", "12-29 09:00")


def test_of_two_limits_the_earlier_one_warns_and_the_later_one_binds():
    ack = read(preset("au-asic"), "2026-01-23T15:00")["ack"]  # a Friday before a Monday that is closed
    sydney = ZoneInfo("Australia/Sydney")
    assert f"{ack.due_at.astimezone(sydney):%a %H:%M}" == "Tue 23:59"
    assert "Sat 15:00" in {f"{each.astimezone(sydney):%a %H:%M}" for each in ack.warn_at}


# Early settlement.


def test_settling_early_is_a_window_and_missing_it_no_breach():
    early = read(preset("uk-fca"), "2026-04-02T10:00")["early"]
    assert early.kind is Kind.WINDOW
    assert not early.breached(at("2027-01-01T00:00", UTC_ZONE))
    assert read(preset("uk-fca"), "2026-04-02T10:00", "decided@2026-04-09T10:00")["early"].satisfied_at
    assert not read(preset("uk-fca"), "2026-04-02T10:00", "decided@2026-04-10T10:00")["early"].satisfied_at


@pytest.mark.parametrize("variant", ["super", "trustee", "default_notice", "hardship", "death_benefit"])
def test_some_complaints_cannot_be_settled_early(variant):
    assert "early" in due_days(preset("au-asic"), RECEIVED)
    assert "early" not in due_days(preset("au-asic", variant), RECEIVED)


# Whatever happens.

happenings = st.lists(
    st.builds(
        lambda what, hours: (what, hours),
        st.sampled_from([each for each in Happening if each is not Happening.RECEIVED]),
        st.integers(1, 2000),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(happenings, st.sampled_from(variants()), st.integers(0, 700))
def test_whatever_happens_clocks_are_read_the_same_way_twice(story, which, day):
    """In any order of telling; each clock once, due after it began, and warned of in between."""
    rules = preset(*which)
    received = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=day)
    happened = [Happened(what=what, at=received + timedelta(hours=hours)) for what, hours in story]
    stages, ground = rules.stages_for(received, UTC_ZONE), rules.ground(UTC_ZONE)
    readings = read_clocks(stages, received, happened, ground)
    by_time = sorted(happened, key=lambda each: each.at)
    assert readings == read_clocks(stages, received, by_time, ground)
    assert len({reading.id for reading in readings}) == len(readings)
    for reading in readings:
        assert reading.anchor_at < reading.due_at or reading.given
        assert all(reading.anchor_at < each < reading.due_at for each in reading.warn_at)
    assert {"ack", "decide"} <= {reading.id.rpartition(".")[2] for reading in readings}


# The file.


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("within: 24h", "within: a day"),
        ("within: 24h,", "within: 24h, warn: soon,"),
        ("within: 24h,", "within: 24h, counts_from: whenever,"),
        ("within: 24h,", "within: 24h, unit: days,"),
        ("within: 24h,", "within: 1bd,"),
        ("within: 24h,", "within: 24h, warn: -1bd,"),
        ("within: 24h,", "within: 24h, roll: forward,"),
        ("satisfied_by: acknowledgement,", ""),
        ("satisfied_by: acknowledgement,", "satisfied_by: [],"),
        ("  ack: {within: 24h, satisfied_by: acknowledgement, house: true}\n", ""),
        ("house: true}\n  decide", "}\n  decide"),
        ("house: true}\n  decide", "evidence: unconfirmed}\n  decide"),
        ("  ack:", "  hello:"),
        ("within: 14cd,", "within: 14cd, extension: {letter: extension, reasons: [x], house: true},"),
        (
            "within: 14cd,",
            "within: 14cd, extension: {add: 1cd, cap: 2cd, letter: extension, reasons: [x], house: true},",
        ),
    ],
)
def test_a_policy_with_a_fault_is_refused(change, found):
    assert policy(PLAIN)
    assert change in PLAIN
    with pytest.raises(ValidationError):
        policy(PLAIN.replace(change, found))


def test_a_policy_has_either_clocks_or_stages():
    stages = "stages: {s1: {title: One, clocks: " + "{ack: {within: 24h, satisfied_by: a, house: true}}}}"
    with pytest.raises(ValidationError, match="either clocks or stages"):
        policy(PLAIN + stages)
    with pytest.raises(ValidationError, match="either clocks or stages"):
        policy("title: Nothing")


def test_every_stage_has_both_clocks():
    one = "{title: One, clocks: {ack: {within: 24h, satisfied_by: a, house: true}}}"
    with pytest.raises(ValidationError, match=r"s1\.decide missing"):
        policy(f"stages: {{s1: {one}}}")


@pytest.mark.parametrize(
    "changes",
    [
        "clocks: {hello: {within: 1cd, satisfied_by: reply, house: true}}",
        "without: [decide]",
        "without: [hello]",
    ],
)
def test_a_variant_changes_only_what_there_is_and_takes_no_answer_away(changes):
    assert policy(PLAIN + "variants: {cash: {title: Cash, when: it is cash}}")
    with pytest.raises(ValidationError):
        policy(PLAIN + f"variants: {{cash: {{title: Cash, when: it is cash, {changes}}}}}")


def test_an_unknown_variant_is_refused_with_those_there_are():
    with pytest.raises(ValidationError, match="variant cash is not known; there are: none"):
        policy(PLAIN + "variant: cash")
