"""Policies and calendars as a compliance officer looks at them: with a desk, and without one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from mailproc.cli import app
from tests.cli.conftest import Place

REPOSITORY = Path(__file__).parents[2]


def run(*arguments: str) -> Result:
    """Run a command where there is no desk."""
    return CliRunner(env={"MAILPROC_CONFIG": "", "COLUMNS": "200"}).invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def simulate(*arguments: str) -> dict[str, object]:
    result = run("policy", "simulate", *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def test_a_simulation_is_exactly_the_policy_and_its_clocks() -> None:
    answer = simulate("generic-24h", "--received", "2026-03-28T12:00:00+00:00")
    assert answer == {
        "policy": "generic-24h",
        "clocks": [
            {
                "id": "ack",
                "due": "2026-03-29T12:00:00+00:00",
                "warn": ["2026-03-29T00:00:00+00:00", "2026-03-29T08:00:00+00:00"],
            },
            {
                "id": "update",
                "due": "2026-04-01T23:59:59+00:00",
                "warn": ["2026-03-31T09:00:00+00:00", "2026-04-01T15:59:59+00:00"],
            },
            {
                "id": "decide",
                "due": "2026-04-10T23:59:59+00:00",
                "warn": ["2026-04-08T09:00:00+00:00", "2026-04-10T19:59:59+00:00"],
            },
        ],
    }


def test_the_default_policy_over_christmas_as_it_is_counted_by_hand() -> None:
    """From a Monday: 22, 23, 24 | 25, 28, 29, 30, 31 December, 1, 4 January."""
    received = ("generic-24h", "--received", "2026-12-21T10:00+01:00")
    assert dues(simulate(*received)) == {
        "ack": "2026-12-22T09:00:00+00:00",
        "update": "2026-12-24T23:59:59+00:00",
        "decide": "2027-01-04T23:59:59+00:00",
    }
    # 24 and 25 December, and 1 January are no business days there: 22, 23, 28 | 29, 30, 31, 4, 5, 6, 7.
    in_hungary = (*received, "--calendar", "hu")
    assert dues(simulate(*in_hungary)) == {
        "ack": "2026-12-22T10:00:00+01:00",
        "update": "2026-12-28T23:59:59+01:00",
        "decide": "2027-01-07T23:59:59+01:00",
    }
    later = dues(
        simulate(*in_hungary, "--event", "reply@2026-12-23T12:00", "--event", "extension@2026-12-29T12:00")
    )
    assert later["update"] == "2027-01-04T23:59:59+01:00"
    decided = dues(
        simulate(
            *in_hungary, "--event", "decided@2026-12-28T12:00", "--event", "implemented@2026-12-30T12:00"
        )
    )
    assert (decided.get("update"), decided["followup"]) == (None, "2027-01-07T23:59:59+01:00")


def dues(answer: dict[str, object]) -> dict[str, str]:
    clocks = answer["clocks"]
    assert isinstance(clocks, list)
    return {clock["id"]: clock["due"] for clock in clocks}


def test_due_times_carry_the_offset_of_the_regimes_zone() -> None:
    answer = dues(simulate("uk-fca", "--received", "2026-03-27T10:00:00Z", "--variant", "psd"))
    assert answer == {
        "ack": "2026-03-30T23:59:59+01:00",
        "early": "2026-04-01T23:59:59+01:00",
        "decide": "2026-04-21T23:59:59+01:00",
        "extended": "2026-05-20T23:59:59+01:00",
    }


def test_stages_stand_before_their_clocks_and_start_when_they_are_asked_for() -> None:
    first = dues(simulate("uk-housing", "--received", "2026-12-21T10:00", "--event", "ack@2026-12-24T10:00"))
    assert list(first) == ["s1.ack", "s1.decide", "s1.extended"]
    assert first["s1.decide"].startswith("2027-01-12")
    events = ["--event", "acknowledged@2026-12-24T10:00", "--event", "escalated@2027-01-15T12:00"]
    both = dues(simulate("uk-housing", "--received", "2026-12-21T10:00", *events))
    assert [id for id in both if id.startswith("s2.")] == ["s2.ack", "s2.decide", "s2.extended"]
    events += ["--event", "s2.ack@2027-01-18T12:00"]
    later = dues(simulate("uk-housing", "--received", "2026-12-21T10:00", *events))
    assert later["s2.decide"].startswith("2027-02-15")


@pytest.mark.parametrize("name", ["ack", "acknowledgement", "acknowledged", "s1.ack", "s1.acknowledged"])
def test_an_event_may_be_called_after_its_clock_or_its_letter(name: str) -> None:
    answer = simulate("uk-housing", "--received", "2026-12-21T10:00", "--event", f"{name}@2026-12-24T10:00")
    assert dues(answer)["s1.decide"].startswith("2027-01-12")


def test_a_timeline_is_in_the_order_of_time_and_says_what_has_not_started() -> None:
    result = run(
        "policy",
        "simulate",
        "uk-housing",
        "--received",
        "2026-12-21T10:00",
        "--event",
        "ack@2027-01-04T10:00",
    )
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    times = [
        line[5:21] for line in lines if line[:4] in {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "}
    ]
    assert len(times) > 5 and times == sorted(times)
    assert "done too late" in result.stdout
    assert "Not started: s2.ack (escalated), s2.decide (acknowledged or escalated)" in result.stdout
    assert "No legal advice" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such", "--received", "2026-01-01"], "no policy is called no-such; choose one of au-asic"),
        (["uk-fca", "--received", "soon"], "soon: is no time; write one such as"),
        (["uk-fca", "--received", "2026-01-01", "--event", "ack"], "write an event and its time"),
        (
            ["uk-fca", "--received", "2026-01-01", "--event", "hello@2026-01-02"],
            "nothing is called so; write one of",
        ),
        (
            ["uk-fca", "--received", "2026-01-02", "--event", "ack@2026-01-01"],
            "the complaint had not come yet; it comes at 2026-01-02T00:00:00+00:00: write a later time",
        ),
        (
            ["uk-housing", "--received", "2026-01-02", "--event", "s2.ack@2026-01-05"],
            "s2.acknowledged: at 2026-01-05T00:00:00+00:00 stage s2 had not begun, no event begins it",
        ),
        (
            [
                *("uk-housing", "--received", "2026-01-02", "--event", "s2.decide@2026-01-05"),
                *("--event", "escalated@2026-01-06"),
            ],
            "had not begun, it begins at 2026-01-06T00:00:00+00:00; write a later time, or an earlier",
        ),
        (
            ["uk-housing", "--received", "2026-01-02", "--event", "s2.regulator_sent@2026-01-01"],
            "s2.regulator_sent: at",
        ),
        (
            [
                *("uk-housing", "--received", "2026-01-02", "--event", "escalated@2026-01-06"),
                *("--event", "escalated@2026-01-09"),
            ],
            "escalated@2026-01-09T00:00:00+00:00: policy uk-housing has no stage after s2; leave this",
        ),
        (
            ["uk-fca", "--received", "2026-01-02", "--event", "escalated@2026-01-06"],
            "policy uk-fca has no stage after its only one",
        ),
        (
            ["uk-fca", "--received", "2026-01-02", "--event", "s1.ack@2026-01-03"],
            "has no stage s1; there are: none",
        ),
        (
            ["uk-fca", "--received", "2026-01-02", "--variant", "cash"],
            "uk-fca.yaml: cannot stand so; variant cash is not known; there are: psd",
        ),
        (["uk-fca", "--received", "2026-01-02", "--calendar", "moon"], "no calendar is called moon"),
        (["uk-fca", "--received", "9999-12-31T23:59Z"], "the year is not one of 1900 to 2199"),
        (["generic-24h", "--received", "0001-01-01T00:00+14:00"], "the year is not one of 1900 to 2199"),
        (
            ["uk-fca", "--received", "2026-01-02", "--event", "ack@9999-12-31"],
            "the year is not one of 1900 to 2199",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(arguments: list[str], says: str) -> None:
    result = run("policy", "simulate", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_policy_that_is_not_there_is_wrong_usage_and_no_fault_of_a_policy() -> None:
    result = run("policy", "check", "uk-fca", "uk-fac")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "no policy is called uk-fac; choose one of au-asic" in result.stderr


def test_a_calendar_is_not_shown_beyond_the_end_of_the_years() -> None:
    result = run("calendar", "show", "gb-eng", "--from", "9999-12-30")
    assert result.exit_code == 2
    assert "the year is not one of 1900 to 2199" in result.stderr


@pytest.mark.parametrize("within", ["20", "1.5"])
def test_a_number_without_its_unit_is_told_what_is_missing(within: str, tmp_path: Path) -> None:
    file = tmp_path / "config" / "policies" / "own.yaml"
    file.parent.mkdir(parents=True)
    text = (REPOSITORY / "config" / "policies" / "generic-24h.yaml").read_text(encoding="utf-8")
    text = text.replace("id: generic-24h", "id: own").replace("within: 10bd", f"within: {within}")
    file.write_text(text, encoding="utf-8")
    (tmp_path / "config" / "mailproc.yaml").write_text("desk: {}", encoding="utf-8")
    result = run("policy", "check", "own")
    assert result.exit_code == 1
    assert f"clocks.decide.within: found {within}; a number alone is no span" in result.stdout


def test_policies_are_listed_with_their_variants() -> None:
    listed = {each["policy"]: each for each in json.loads(run("policy", "list", "--json").stdout)}
    assert listed["uk-fca"]["variants"] == ["psd"]
    assert listed["uk-fca"]["version"] == "2026-11"
    assert len(listed) == 14
    assert not any(each["in_use"] or each["faults"] for each in listed.values())
    assert "ISO 10002" in run("policy", "list").stdout


def test_a_policy_is_shown_with_its_sources_and_whose_each_number_is() -> None:
    shown = run("policy", "show", "uk-nhs").stdout
    for words in (
        "SI 2009/309",
        "secondary, regulation 14",
        "the desk's own",
        "Left to people",
        "No legal advice",
    ):
        assert words.replace("SI 2009/309", "uksi/2009/309") in shown
    as_json = json.loads(run("policy", "show", "uk-nhs", "--json").stdout)
    assert as_json["clocks"]["decide"]["within"] == "6mo"
    assert len(as_json["digest"]) == 64


def test_all_policies_that_come_with_mailproc_can_be_kept() -> None:
    result = run("policy", "check", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["ok"] and len(answer["policies"]) == 14


def test_the_desks_own_policy_comes_before_ours_and_is_marked(place: Place) -> None:
    own = place.folder / "config" / "policies" / "uk-fca.yaml"
    own.write_text(own.read_text(encoding="utf-8").replace("within: 8w", "within: 7w"), encoding="utf-8")
    place.configure(desk={"policy": "uk-fca"})
    (used,) = [each for each in place.answer("policy", "list") if each["in_use"]]
    assert (used["policy"], used["file"]) == ("uk-fca", str(own))
    answer = place.answer("policy", "simulate", "uk-fca", "--received", "2026-04-02T10:00+01:00")
    assert dues(answer)["decide"].startswith("2026-05-21")


def test_a_fault_is_found_in_every_variant_and_told_with_its_file(place: Place) -> None:
    own = place.folder / "config" / "policies" / "uk-fca.yaml"
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace("cap: 35bd", "cap: 10bd"), encoding="utf-8")
    answer = place.answer("policy", "check", "uk-fca", exit_code=1)
    (fault,) = answer["policies"][0]["faults"]
    assert fault.startswith("uk-fca/psd: decide: an extension gives no more time")
    own.write_text(text.replace("within: 8w", "within: 8 sleeps"), encoding="utf-8")
    (fault,) = place.answer("policy", "check", "uk-fca", exit_code=1)["policies"][0]["faults"]
    assert f"{own}:" in fault and "clocks.decide.within" in fault
    assert "has faults" in place.run("policy", "list").stdout


def test_a_desk_under_a_variant_is_proved_by_check(live: Place) -> None:
    live.configure(desk={"policy": "hu-mnb", "policy_variant": "payment"})
    (said,) = [each["says"] for each in live.answer("check")["checks"] if each["what"] == "policy"]
    assert said == "hu-mnb/payment 2026-11: ack within 24h, decide within 15bd"


def test_a_policy_that_cannot_be_kept_fails_the_check_of_the_desk(live: Place) -> None:
    own = live.folder / "config" / "policies" / "hu-mnb.yaml"
    text = own.read_text(encoding="utf-8").replace("parts: [reason, new_date]", "parts: [reason, hour]")
    own.write_text(text, encoding="utf-8")
    live.configure(desk={"policy": "hu-mnb"})
    (said,) = [each for each in live.answer("check", exit_code=1)["checks"] if each["what"] == "policy"]
    assert not said["ok"] and "the letter has no part hour" in said["says"]


def test_words_that_no_letter_may_hold_are_found_in_the_desks_templates(place: Place) -> None:
    template = place.folder / "templates" / "resolution" / "hu.txt"
    template.write_text(
        template.read_text(encoding="utf-8") + "https://EC.europa.eu/consumers/odr", encoding="utf-8"
    )
    answer = place.answer("policy", "check", "uk-fca", "generic-24h", exit_code=1)
    ours, fca = answer["policies"][1], answer["policies"][0]
    assert ours["faults"] == []
    assert [fault for fault in fca["faults"] if fault.startswith(f"{template}: ec.europa.eu/consumers/odr:")]


def test_a_country_that_nobody_knows_keeps_the_desk_from_starting(place: Place) -> None:
    calendar = place.folder / "config" / "calendars" / "hu.yaml"
    calendar.write_text(
        calendar.read_text(encoding="utf-8").replace("country: HU", "country: XX"), encoding="utf-8"
    )
    place.configure(desk={"policy": "hu-mnb", "policy_variant": "payment"})
    result = place.run("once")
    assert result.exit_code == 2
    assert f"{calendar}: country: Country XX not available" in result.stderr


def test_a_variant_that_is_not_there_is_a_fault_of_the_configuration(place: Place) -> None:
    place.configure(desk={"policy": "hu-mnb", "policy_variant": "cash"})
    assert "variant cash is not known; there are: payment" in place.run("ledger").stderr


def test_a_configuration_that_is_not_complete_keeps_nobody_from_looking_at_rules(place: Place) -> None:
    place.configure(desk={"address": "nobody"})
    result = place.run("policy", "simulate", "uk-fca", "--received", "2026-04-02T10:00", "--json")
    assert result.exit_code == 0
    assert "has faults, see mailproc check" in result.stderr


# Calendars.


def test_a_calendar_shows_what_is_closed_and_which_saturdays_are_worked() -> None:
    answer = json.loads(
        run("calendar", "show", "hu", "--from", "2026-01-01", "--weeks", "2", "--json").stdout
    )
    assert answer["closed"] == [
        {"day": "2026-01-01", "why": "New Year's Day"},
        {"day": "2026-01-02", "why": "Day off (substituted from 01/10/2026)"},
    ]
    assert [each["day"] for each in answer["worked"]] == ["2026-01-10"]
    assert (answer["from"], answer["to"], answer["business_days"]) == ("2026-01-01", "2026-01-14", 9)
    text = run("calendar", "show", "hu", "--from", "2026-01-01", "--weeks", "2").stdout
    assert "9 business days" in text and "2026-01-10" in text


def test_the_calendar_of_the_desks_policy_is_shown_by_itself(place: Place) -> None:
    assert place.answer("calendar", "show")["calendar"] == "weekdays"
    own = place.folder / "config" / "policies" / "own.yaml"
    own.write_text(
        "{id: own, version: '1', title: Own, source: us, reopen_within: 30cd, clocks: {"
        "ack: {within: 24h, satisfied_by: acknowledgement, house: true},"
        "decide: {within: 14cd, satisfied_by: resolution, house: true}}}"
    )
    place.configure(desk={"policy": "own"})
    result = place.run("calendar", "show")
    assert result.exit_code == 2
    assert "policy own counts no business days; name one of au, ca, gb-eng" in result.stderr
    place.configure(desk={"policy": "ie-cpc"})
    assert place.answer("calendar", "show")["calendar"] == "ie"
    place.configure(desk={"policy": "ie-cpc", "calendar": "gb-sct"})
    assert place.answer("calendar", "show")["calendar"] == "gb-sct"


def test_a_calendar_of_ones_own_comes_before_ours(place: Place) -> None:
    calendar = place.folder / "config" / "calendars" / "ie.yaml"
    values = yaml.safe_load(calendar.read_text(encoding="utf-8")) | {
        "extra_holidays": {"2026-06-09": "inventory"}
    }
    calendar.write_text(yaml.safe_dump(values), encoding="utf-8")
    answer = place.answer("calendar", "show", "ie", "--from", "2026-06-08", "--weeks", "1")
    assert answer["closed"] == [{"day": "2026-06-09", "why": "inventory"}]


@pytest.mark.parametrize(
    "name", sorted(file.stem for file in (REPOSITORY / "config" / "calendars").glob("*.yaml"))
)
def test_every_calendar_knows_the_next_two_years(name: str) -> None:
    answer = json.loads(
        run("calendar", "show", name, "--from", "2026-11-22", "--weeks", "104", "--json").stdout
    )
    assert answer["business_days"] > 480
    assert bool(answer["closed"]) == (name != "weekdays")


@pytest.mark.parametrize("arguments", [["--from", "soon"], ["moon"]])
def test_what_is_no_day_and_no_calendar_is_refused(arguments: list[str]) -> None:
    name = [] if arguments == ["moon"] else ["ie"]
    assert run("calendar", "show", *name, *arguments).exit_code == 2


# What it costs.


def test_the_library_of_holidays_is_loaded_when_business_days_are_counted_and_not_before() -> None:
    script = """
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
import mailproc.cli
from mailproc.cases.clocks import read_clocks
from mailproc.config import read_policy
from mailproc.workplace import Workplace
for id, variant in (("generic-24h", None), ("hu-mnb", None), ("hu-mnb", "payment")):
    policy = read_policy(Workplace(), id, variant=variant)
    at, zone = datetime(2026, 6, 8, tzinfo=UTC), ZoneInfo("UTC")
    read_clocks(policy.stages_for(at, zone), at, (), policy.ground(zone))
    print(policy.stamp.id, "holidays" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.split() == ["generic-24h", "False", "hu-mnb", "False", "hu-mnb/payment", "True"]
