"""The policies that come with mailproc, and a short way to ask when something would be due."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from mailproc.cases.clocks import Reading, read_clocks
from mailproc.cases.happenings import Happened, Happening
from mailproc.cases.policy import Policy
from mailproc.config import read_policy
from mailproc.workplace import Workplace

WORKPLACE = Workplace()
UTC_ZONE = ZoneInfo("UTC")
IDS = WORKPLACE.policy_ids()


@cache
def preset(id: str, variant: str | None = None, calendar: str | None = None) -> Policy:
    return read_policy(WORKPLACE, id, variant=variant, calendar=calendar)


def variants() -> list[tuple[str, str | None]]:
    """Every policy, plain and in each of its variants."""
    return [(id, name) for id in IDS for name in (None, *preset(id).variants)]


def policy(text: str) -> Policy:
    """A policy of one's own; what every policy has to have besides is filled in."""
    values: dict[str, Any] = {"id": "own", "version": "1", "title": "Own", "source": "us"}
    return Policy.model_validate(values | {"reopen_within": "30cd"} | yaml.safe_load(text))


def at(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read(policy: Policy, received: str, *events: str, desk: ZoneInfo = UTC_ZONE) -> dict[str, Reading]:
    """Read all clocks of a complaint; an event is written `acknowledged@2026-04-02T10:00`."""
    zone = policy.zone(desk)
    received_at = at(received, zone)
    happened = []
    for event in events:
        name, _, when = event.partition("@")
        happened.append(Happened(what=Happening(name), at=at(when, zone)))
    readings = read_clocks(policy.stages_for(received_at, desk), received_at, happened, policy.ground(desk))
    return {reading.id: reading for reading in readings}


def due_days(policy: Policy, received: str, *events: str, desk: ZoneInfo = UTC_ZONE) -> dict[str, str]:
    """Return the day on which each clock is due, in the zone whose days count."""
    zone = policy.zone(desk)
    readings = read(policy, received, *events, desk=desk)
    return {id: f"{reading.due_at.astimezone(zone):%Y-%m-%d}" for id, reading in readings.items()}
