"""The regimes that come with mailproc, day by day: worked examples with holidays and clock changes."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from mailproc.cases.clock_rules import Evidence
from mailproc.cases.clocks import read_clocks
from mailproc.cases.policy_check import faults
from mailproc.config.policies import stored_policy
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience
from mailproc.workplace import Workplace
from tests.cases.presets import IDS, UTC_ZONE, due_days, preset, read, variants

FOLDER = Path(__file__).parents[2] / "config" / "policies"
SLOTS = {
    name: frozenset(kind.parts) | frozenset(kind.names)
    for name, kind in LETTERS.items()
    if kind.to is Audience.CUSTOMER
}


def test_all_regimes_are_there():
    assert set(IDS) == {
        "generic-24h",
        "iso-10002",
        "uk-fca",
        "eu-psd2",
        "uk-housing",
        "uk-spso",
        "uk-nhs",
        "uk-ofcom",
        "uk-dp",
        "au-asic",
        "ie-cpc",
        "hu-mnb",
        "ca-fcac",
        "us-cfpb",
    }


@pytest.mark.parametrize(("id", "variant"), variants(), ids=str)
def test_every_policy_can_be_kept(id, variant):
    policy = preset(id, variant)
    assert [str(fault) for fault in faults(policy, SLOTS, UTC_ZONE)] == []


@pytest.mark.parametrize("id", IDS)
def test_every_policy_says_that_it_is_no_legal_advice_and_where_it_comes_from(id):
    text = (FOLDER / f"{id}.yaml").read_text(encoding="utf-8")
    comment = " ".join(re.findall(r"^# ?(.*)$", text.partition("\nid:")[0], re.MULTILINE))
    assert "Not legal advice" in comment
    assert len(preset(id).source) > 10


@pytest.mark.parametrize("id", IDS)
def test_every_number_is_somebodys(id):
    """The desk's own, or the regime's with how well it is known; what nobody has confirmed is our own."""
    policy = preset(id)
    numbers = [policy.retention, policy.referral]
    for name in (None, *policy.variants):
        for stage in preset(id, name).every_stage():
            numbers += [
                stage.early,
                *stage.rules.values(),
                *(rule.extension for rule in stage.rules.values()),
            ]
    for number in filter(None, numbers):
        assert number.house or number.evidence in (Evidence.REGULATOR, Evidence.SECONDARY), number


@pytest.mark.parametrize(("id", "variant"), variants(), ids=str)
def test_a_complaint_runs_from_the_start_whenever_it_comes(id, variant):
    """On every day of two years an acknowledgement and a decision are owed, after the complaint came."""
    policy = preset(id, variant)
    for number in range(0, 731, 17):
        received = datetime(2026, 1, 1, 22, 30, tzinfo=UTC) + timedelta(days=number)
        stages, ground = policy.stages_for(received, UTC_ZONE), policy.ground(UTC_ZONE)
        readings = read_clocks(stages, received, (), ground)
        clocks = {reading.id.rpartition(".")[2]: reading for reading in readings}
        assert {"ack", "decide"} <= clocks.keys()
        assert all(received < clock.due_at for clock in clocks.values())


EXAMPLES = [
    # Good Friday and Easter Monday lie in the way; 35 business days end before eight weeks do.
    (
        "uk-fca",
        None,
        "2026-04-02T10:00",
        [],
        {"early": "2026-04-09", "decide": "2026-05-28", "ack": "2026-04-07"},
    ),
    ("uk-fca", "psd", "2026-04-02T10:00", [], {"decide": "2026-04-27", "extended": "2026-05-27"}),
    # The day in London counts, not in UTC: half past midnight in summer.
    ("uk-fca", None, "2026-06-30T23:30:00+00:00", [], {"decide": "2026-08-26"}),
    # The end of January, February, March: calendar days are counted, not months.
    ("au-asic", "default_notice", "2026-01-31T09:00", [], {"decide": "2026-02-21"}),
    ("au-asic", None, "2026-01-31T09:00", [], {"decide": "2026-03-02"}),
    ("au-asic", "super", "2026-01-31T09:00", [], {"decide": "2026-03-17"}),
    ("au-asic", "trustee", "2026-01-31T09:00", [], {"decide": "2026-03-17"}),
    ("au-asic", "death_benefit", "2026-01-31T09:00", [], {"decide": "2026-05-01"}),
    (
        "au-asic",
        "death_benefit",
        "2026-01-31T09:00",
        ["objections_ended@2026-02-28T12:00"],
        {"decide": "2026-05-29"},
    ),
    (
        "au-asic",
        "death_benefit",
        "2026-01-31T09:00",
        ["objections_ended@2026-02-28T12:00", "objections_ended@2026-04-10T12:00"],  # a new proposal
        {"decide": "2026-07-09"},
    ),
    ("au-asic", "hardship", "2026-01-31T09:00", [], {"decide": "2026-02-21"}),
    (
        "au-asic",
        "hardship",
        "2026-01-31T09:00",
        ["information_received@2026-02-16T09:00"],
        {"decide": "2026-03-09"},
    ),
    # 24 hours or one business day, the later: over the weekend and the holiday of 26 January.
    ("au-asic", None, "2026-01-23T15:00", [], {"ack": "2026-01-27", "early": "2026-02-02"}),
    # Christmas, Boxing Day in place of Saturday, New Year; stage 1 counts from the acknowledgement.
    ("uk-housing", None, "2026-12-21T10:00", [], {"s1.ack": "2026-12-30", "s1.decide": "2027-01-07"}),
    (
        "uk-housing",
        None,
        "2026-12-21T10:00",
        ["acknowledged@2026-12-24T09:00"],
        {"s1.decide": "2027-01-12", "s1.extended": "2027-01-26"},
    ),
    (
        "uk-housing",
        None,
        "2026-12-21T10:00",
        ["acknowledged@2026-12-24T09:00", "decided@2027-01-11T12:00", "escalated@2027-01-15T12:00"],
        {
            "s1.decide": "2027-01-12",
            "s2.ack": "2027-01-22",
            "s2.decide": "2027-02-12",
            "s2.extended": "2027-03-12",
        },
    ),
    (
        "uk-housing",
        None,
        "2026-12-21T10:00",
        ["escalated@2027-01-15T12:00", "acknowledged@2027-01-18T12:00"],  # that of stage 2
        {"s1.decide": "2027-01-07", "s2.decide": "2027-02-15"},
    ),
    (
        "uk-spso",
        None,
        "2026-11-27T10:00",
        [],
        {"s1.ack": "2026-11-28", "s1.decide": "2026-12-07"},
    ),  # St Andrew's
    # In Scotland the second days of Christmas and of the year are free, and here kept on a Monday.
    (
        "uk-spso",
        None,
        "2026-11-27T10:00",
        ["escalated@2026-12-23T10:00"],
        {"s1.extended": "2026-12-14", "s2.ack": "2026-12-30", "s2.decide": "2027-01-26"},
    ),
    # The day after receipt is day one; the last day rolls from Saturday to Monday, and from Christmas on.
    ("uk-dp", None, "2026-07-04T10:00", [], {"ack": "2026-08-03"}),
    ("uk-dp", None, "2026-07-02T10:00", [], {"ack": "2026-08-03", "decide": "2026-08-01"}),
    ("uk-dp", None, "2026-11-25T10:00", [], {"ack": "2026-12-29", "decide": "2026-12-25"}),
    # St Patrick's Day, Easter Monday and the May holiday; Good Friday is a business day in Ireland.
    (
        "ie-cpc",
        None,
        "2026-03-13T10:00",
        [],
        {"ack": "2026-03-23", "update": "2026-04-14", "decide": "2026-05-13"},
    ),
    ("ie-cpc", None, "2026-03-13T10:00", ["updated@2026-04-10T10:00"], {"update": "2026-05-11"}),
    ("ie-cpc", None, "2026-03-13T10:00", ["investigated@2026-04-30T10:00"], {"outcome": "2026-05-08"}),
    ("hu-mnb", None, "2026-03-31T10:00", [], {"decide": "2026-04-30"}),
    ("hu-mnb", "payment", "2026-03-31T10:00", [], {"decide": "2026-04-23", "extended": "2026-05-22"}),
    # A Saturday that is worked counts: 2 January is free for it.
    ("hu-mnb", "payment", "2025-12-30T10:00", [], {"decide": "2026-01-21"}),
    ("ca-fcac", None, "2026-05-08T10:00", [], {"decide": "2026-07-03"}),
    (
        "ca-fcac",
        None,
        "2026-05-08T10:00",
        ["paused@2026-05-10T10:00", "resumed@2026-06-10T10:00"],
        {"decide": "2026-07-03"},
    ),
    ("eu-psd2", None, "2026-04-02T10:00", [], {"decide": "2026-04-27", "extended": "2026-05-26"}),
    # The end of the month is clamped.
    ("uk-nhs", None, "2026-08-31T10:00", [], {"decide": "2027-02-28", "ack": "2026-09-03"}),
    ("uk-nhs", None, "2027-08-31T10:00", [], {"decide": "2028-02-29"}),
    (
        "uk-nhs",
        None,
        "2026-08-31T10:00",
        ["extended@2027-02-01T10:00", "extended_until@2027-04-30T10:00"],
        {"decide": "2027-02-28", "extended": "2027-04-30"},
    ),
    # The rule of the day of receipt: eight weeks until 7 April 2026, six from the 8th.
    ("uk-ofcom", None, "2026-04-07T10:00", [], {"decide": "2026-06-02"}),
    ("uk-ofcom", None, "2026-04-07T23:59:59+01:00", [], {"decide": "2026-06-02"}),
    ("uk-ofcom", None, "2026-04-08T00:00", [], {"decide": "2026-05-20"}),
    ("uk-ofcom", None, "2026-04-08T00:00", ["deadlocked@2026-04-10T10:00"], {"outcome": "2026-04-11"}),
    ("us-cfpb", None, "2026-03-04T10:00", [], {"decide": "2026-03-19", "extended": "2026-05-03"}),
    (
        "us-cfpb",
        None,
        "2026-03-04T10:00",
        ["regulator_sent@2026-03-02T10:00"],
        {"decide": "2026-03-17", "extended": "2026-05-01"},
    ),
    (
        "iso-10002",
        None,
        "2026-06-08T10:00",
        [],
        {"ack": "2026-06-09", "update": "2026-06-15", "decide": "2026-07-06"},
    ),
    ("iso-10002", None, "2026-06-08T10:00", ["decided@2026-06-12T10:00"], {"followup": "2026-06-19"}),
    # What the customer disagreed with, and what was done for it, is no decision to ask about.
    (
        "iso-10002",
        None,
        "2026-06-08T10:00",
        [
            "decided@2026-06-12T10:00",
            "implemented@2026-06-15T10:00",
            "reopened@2026-06-17T10:00",
            "decided@2026-07-01T10:00",
        ],
        {"followup": "2026-07-08"},
    ),
    # A Saturday: Monday, 30 March, is the first business day.
    (
        "generic-24h",
        None,
        "2026-03-28T12:00",
        [],
        {"ack": "2026-03-29", "update": "2026-04-01", "decide": "2026-04-10", "followup": None},
    ),
    (
        "generic-24h",
        None,
        "2026-06-08T10:00",
        ["updated@2026-06-10T10:00", "extended@2026-06-12T10:00"],
        {"update": "2026-06-17", "decide": "2026-06-22"},
    ),
    (
        "generic-24h",
        None,
        "2026-06-08T10:00",
        ["decided@2026-06-12T10:00"],
        {"update": None, "followup": "2026-06-19"},
    ),
    (
        "generic-24h",
        None,
        "2026-06-08T10:00",
        ["decided@2026-06-12T10:00", "implemented@2026-06-16T10:00"],
        {"followup": "2026-06-23"},
    ),
    # What was carried out before the decision is asked about after it.
    (
        "generic-24h",
        None,
        "2026-06-08T10:00",
        ["implemented@2026-06-09T10:00"],
        {"followup": None},
    ),
    (
        "generic-24h",
        None,
        "2026-06-08T10:00",
        ["implemented@2026-06-09T10:00", "decided@2026-06-12T10:00"],
        {"followup": "2026-06-19"},
    ),
]


@pytest.mark.parametrize(("id", "variant", "received", "events", "expected"), EXAMPLES)
def test_worked_examples(id, variant, received, events, expected):
    days = due_days(preset(id, variant), received, *events)
    assert {clock: days.get(clock) for clock in expected} == expected


@pytest.mark.parametrize(
    ("id", "clock"),
    [(id, "ack") for id in ("generic-24h", "iso-10002", "eu-psd2", "uk-ofcom", "hu-mnb", "us-cfpb")]
    + [("uk-spso", "s1.ack")],
)
def test_an_acknowledgement_in_a_day_is_due_at_the_hour_of_receipt(id, clock):
    assert read(preset(id), "2026-06-10T09:30+00:00")[clock].due_at == datetime(
        2026, 6, 11, 9, 30, tzinfo=UTC
    )


def test_of_two_lawful_limits_the_earlier_one_warns():
    ack = read(preset("au-asic"), "2026-01-23T15:00+11:00")["ack"]
    assert f"{ack.due_at:%Y-%m-%dT%H:%M}" == "2026-01-27T12:59"
    assert datetime(2026, 1, 24, 4, tzinfo=UTC) in ack.warn_at


def test_the_desks_own_targets_and_the_ways_out_are_as_they_are_described():
    targets = {str(name): str(target.within) for name, target in preset("generic-24h").targets.items()}
    assert targets == {"high_high": "2bd", "high_low": "5bd", "low_high": "5bd"}
    referrals = {id: referral.within for id in IDS if (referral := preset(id).referral) and referral.within}
    assert {id: str(within) for id, within in referrals.items()} == {
        "uk-fca": "6mo",
        "uk-housing": "12mo",
        "uk-nhs": "12mo",
        "uk-spso": "12mo",
    }


def test_a_day_in_hours_is_twenty_four_of_them_even_when_the_clocks_change():
    london = ZoneInfo("Europe/London")
    ack = read(preset("uk-ofcom"), "2026-03-28T12:00")["ack"]
    assert ack.due_at.astimezone(london).isoformat() == "2026-03-29T13:00:00+01:00"
    ack = read(preset("uk-ofcom"), "2026-10-24T12:00")["ack"]
    assert ack.due_at.astimezone(london).isoformat() == "2026-10-25T11:00:00+00:00"


@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe", "America/St_Johns"])
@pytest.mark.parametrize("received", ["2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23"])
def test_days_end_with_the_desks_day_across_clock_changes(zone, received):
    """For a policy without a zone of its own, in three zones, around the changes of spring and autumn."""
    desk = ZoneInfo(zone)
    readings = read(preset("generic-24h"), f"{received}T23:30", desk=desk)
    due = readings["decide"].due_at.astimezone(desk)
    assert f"{due:%H:%M:%S}" == "23:59:59"
    # Each of these days is a Friday, and so is the tenth business day after it.
    assert due.date() - date.fromisoformat(received) == timedelta(days=14)


def test_the_default_policy_counts_the_holidays_of_the_country_that_the_desk_names():
    """Ten business days from 21 December 2026: Hungary is closed on 24 and 25 December and on 1 January."""
    received = "2026-12-21T10:00"
    assert due_days(preset("generic-24h"), received)["decide"] == "2027-01-04"
    assert due_days(preset("generic-24h", None, "hu"), received)["decide"] == "2027-01-07"
    assert due_days(preset("generic-24h", None, "hu"), received)["update"] == "2026-12-28"


def test_the_same_policy_counts_another_countrys_days_when_the_desk_says_so():
    """For a directive that holds in many countries: England is closed on 25 May 2026, TARGET is not."""
    assert due_days(preset("eu-psd2", None, "gb-eng"), "2026-04-02T10:00")["extended"] == "2026-05-27"
    assert preset("eu-psd2").digest != preset("eu-psd2", None, "gb-eng").digest


def test_every_policy_and_variant_has_a_digest_of_its_own():
    digests = [preset(id, variant).digest for id, variant in variants()]
    assert len(set(digests)) == len(digests)
    assert preset("uk-fca", "psd").stamp.id == "uk-fca/psd"


def test_the_digest_covers_every_word_of_the_file_and_of_its_calendar(tmp_path):
    """Proved by changing each number and each text of a policy, one at a time."""
    folder = tmp_path / "config"
    (folder / "policies").mkdir(parents=True)
    (folder / "calendars").mkdir()
    text = (FOLDER / "hu-mnb.yaml").read_text(encoding="utf-8")
    calendar = (FOLDER.parent / "calendars" / "hu.yaml").read_text(encoding="utf-8")
    place = Workplace(config_file=folder / "mailproc.yaml")
    seen = {preset("hu-mnb").digest}
    changes = [
        (text.replace("within: 30cd", "within: 29cd"), calendar),
        (text.replace("within: 15bd", "within: 14bd"), calendar),
        (text.replace("cap: 35bd", "cap: 34bd"), calendar),
        (text.replace("keep: 5y", "keep: 6y"), calendar),
        (text.replace("reopen_within: 60cd", "reopen_within: 61cd"), calendar),
        (text.replace("In writing, with reasons.", "In writing."), calendar),
        (text, calendar + 'extra_holidays: {"2026-12-31": closed}\n'),
        (text, calendar + "hours: 08:00-16:00\n"),
    ]
    from mailproc.config import read_policy

    for policy_text, calendar_text in changes:
        (folder / "policies" / "hu-mnb.yaml").write_text(policy_text, encoding="utf-8")
        (folder / "calendars" / "hu.yaml").write_text(calendar_text, encoding="utf-8")
        seen.add(read_policy(place, "hu-mnb").digest)
    assert len(seen) == len(changes) + 1


@pytest.mark.parametrize(("id", "variant"), variants(), ids=str)
def test_a_policy_that_was_stored_counts_like_its_file(id, variant):
    policy = preset(id, variant)
    body = json.loads(json.dumps(policy.model_dump(mode="json", exclude_defaults=True)))
    stored = stored_policy(body)
    assert stored.digest == policy.digest
    received = datetime(2026, 12, 21, 10, tzinfo=UTC)
    both = [
        read_clocks(rules.stages_for(received, UTC_ZONE), received, (), rules.ground(UTC_ZONE))
        for rules in (policy, stored)
    ]
    assert both[0] == both[1]


def test_no_shipped_text_leads_to_the_platform_that_has_ended():
    words = {word for id in IDS for word in preset(id).forbidden}
    assert "ec.europa.eu/consumers/odr" in words
    templates = Path(__file__).parents[2] / "templates"
    texts = [file.read_text(encoding="utf-8") for file in templates.rglob("*") if file.is_file()]
    assert [word for word in words for text in texts if word in text] == []


@pytest.mark.parametrize("id", IDS)
def test_a_preset_is_plain_yaml(id):
    """No tag that only one program understands; anybody's reader gets the same numbers."""
    values = yaml.safe_load((FOLDER / f"{id}.yaml").read_text(encoding="utf-8"))
    assert values["id"] == id
