"""docs/policies.md stays true: every policy, number, event and key stands there, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from mailproc.cases.business import Calendar
from mailproc.cases.clock_rules import ClockRule
from mailproc.cases.happenings import Happening
from mailproc.cases.policy import CLOCKS, Policy
from tests.cases.presets import IDS, preset

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by what stands in code in their first cell."""
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    assert section, heading
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*$", section, re.M)
    ]
    return {key: row for row in cells[2:] for key in re.findall(r"`([\w.-]+)`", row[0])}


def test_every_policy_is_listed_with_its_variants():
    listed = rows("## The policies that come with mailproc")
    assert listed.keys() == set(IDS)
    for id, row in listed.items():
        assert re.findall(r"`(\w+)`", row[2]) == list(preset(id).variants)


@pytest.mark.parametrize("id", IDS)
def test_the_numbers_of_the_table_are_those_of_the_policy(id):
    row = rows("## The policies that come with mailproc")[id]
    numbers = set(re.findall(r"\b(\d+(?:h|bd|cd|w|mo))\b", row[3]))
    for stage in preset(id).every_stage():
        for name, rule in stage.rules.items():
            assert name in row[3]
            if name != "outcome":
                assert str(rule.within) in numbers, name
            more = rule.extension and (rule.extension.cap or rule.extension.add)
            assert more is None or str(more) in numbers or "unconfirmed" in str(rule.extension)
            ours = rf"\b{name} {rule.within} \(ours\)"
            if id not in ("generic-24h", "iso-10002") and name in ("ack", "update", "decide"):
                assert bool(re.search(ours, row[3])) == rule.house, name
    for name, variant in preset(id).variants.items():
        assert f"`{name}` {variant.clocks['decide'].within}" in row[2]


def test_every_clock_is_explained():
    assert rows("## What each clock means").keys() == {*CLOCKS, "extended", "early"}


def test_every_key_of_a_clock_is_explained():
    assert rows("### A clock").keys() == set(ClockRule.model_fields)


def test_every_key_of_a_policy_is_explained():
    in_the_example = {"id", "version", "title", "source", "clocks", "calendar"}
    assert rows("### The rest of the file").keys() | in_the_example == set(Policy.model_fields)


def test_every_key_of_a_calendar_is_explained():
    assert rows("## Calendars").keys() == set(Calendar.model_fields)


def test_every_event_is_named():
    section = PAGE.partition("### Events")[2].partition("\n#")[0]
    assert {each.value for each in Happening} <= set(re.findall(r"`(\w+)`", section))


def test_every_calendar_is_named():
    section = PAGE.partition("## Calendars")[2].partition("\n|")[0]
    there = {file.stem for file in (ROOT / "config" / "calendars").glob("*.yaml")}
    assert set(re.findall(r"`([\w-]+)`", section)) - {"config"} == there


def test_the_smallest_policy_is_one():
    example = yaml.safe_load(PAGE.partition("```yaml\n")[2].partition("```")[0])
    calendar = {"id": "gb-eng", "title": "England", "source": "us"}
    assert Policy.model_validate(example | {"calendar": calendar}).clocks.keys() == {"ack", "decide"}
