"""When would everything be due? A complaint that never was, with what might happen to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from mailproc.cases.happenings import BEFORE_RECEIPT, Happened, Happening
from mailproc.cli import show
from mailproc.cli.failures import UsageError
from mailproc.cli.times import read_moment

if TYPE_CHECKING:
    from mailproc.cases.clocks import Reading
    from mailproc.cases.policy import Policy

# What people call these things: the clock that is met, or the letter that meets it.
_ALSO_CALLED = {
    "ack": Happening.ACKNOWLEDGED,
    "acknowledgement": Happening.ACKNOWLEDGED,
    "update": Happening.UPDATED,
    "reply": Happening.UPDATED,
    "extend": Happening.EXTENDED,
    "extension": Happening.EXTENDED,
    "holding": Happening.EXTENDED,
    "decide": Happening.DECIDED,
    "resolution": Happening.DECIDED,
    "resolved": Happening.DECIDED,
    "followup": Happening.FOLLOWED_UP,
    "survey": Happening.FOLLOWED_UP,
    "escalate": Happening.ESCALATED,
}


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A policy, when the complaint would come, and what would happen to it."""

    policy: Policy
    zone: ZoneInfo
    received_at: datetime
    happened: tuple[Happened, ...]

    def readings(self) -> tuple[Reading, ...]:
        from mailproc.cases.clocks import read_clocks

        stages = self.policy.stages_for(self.received_at, self.zone)
        return read_clocks(stages, self.received_at, self.happened, self.policy.ground(self.zone))

    def waiting(self) -> list[str]:
        """Name the clocks that have not started, each with what it waits for."""
        started = {reading.id for reading in self.readings()}
        stages = self.policy.stages_for(self.received_at, self.zone)
        return [
            f"{stage.prefix}{name} ({' or '.join(rule.counts_from) or 'its stage'})"
            for stage in stages
            for name, rule in stage.rules.items()
            if f"{stage.prefix}{name}" not in started
        ]


def read_event(text: str, policy: Policy, zone: ZoneInfo) -> Happened:
    """Read `acknowledged@2026-04-02T10:00:00+01:00`, with a stage where one is meant: `s1.ack@…`."""
    name, at, when = text.partition("@")
    stage, dot, word = name.rpartition(".")
    if dot and stage not in policy.stages:
        known = ", ".join(policy.stages) or "none"
        raise UsageError(f"{name}: policy {policy.id} has no stage {stage}; there are: {known}")
    try:
        what = _ALSO_CALLED.get(word) or Happening(word)
    except ValueError:
        known = ", ".join(each for each in Happening if each is not Happening.RECEIVED)
        raise UsageError(f"{name}: nothing is called so; write one of {known}") from None
    if not at or what is Happening.RECEIVED:
        raise UsageError(
            f"{text}: write an event and its time, such as {Happening.ACKNOWLEDGED}@2026-04-02T10:00"
        )
    return Happened(what=what, at=read_moment(when, zone), stage=stage or None)


def check_order(simulation: Simulation) -> None:
    """Refuse what cannot have happened at its moment: nobody can have meant it, and it would not count.

    That is what lies before the complaint, or before the stage that it names, and a stage after the last.
    """
    policy = simulation.policy
    asked = sorted(each.at for each in simulation.happened if each.what is Happening.ESCALATED)
    begins = dict(zip(policy.stages, (simulation.received_at, *asked), strict=False))
    if len(asked) >= (stages := len(policy.stages) or 1):
        raise UsageError(
            f"{Happening.ESCALATED}@{asked[stages - 1].isoformat()}: policy {policy.id} has no stage after"
            f" {list(policy.stages)[-1] if policy.stages else 'its only one'}; leave this event out"
        )
    for each in simulation.happened:
        if each.what in BEFORE_RECEIPT and (each.stage is None or each.stage in begins):
            continue
        name = each.what if each.stage is None else f"{each.stage}.{each.what}"
        if each.at < simulation.received_at:
            raise UsageError(
                f"{name}: at {each.at.isoformat()} the complaint had not come yet; it comes at"
                f" {simulation.received_at.isoformat()}: write a later time, or an earlier --received"
            )
        if each.stage is None:
            continue
        begun = begins.get(each.stage)
        if begun is None or each.at < begun:
            when = f"it begins at {begun.isoformat()}" if begun else "no event begins it"
            raise UsageError(
                f"{name}: at {each.at.isoformat()} stage {each.stage} had not begun, {when}; write a later"
                f" time, or an earlier --event {Happening.ESCALATED}@TIME"
            )


def document(simulation: Simulation) -> dict[str, Any]:
    """Return what stands in the JSON document: times in the policy's zone, with their offset."""
    zone = simulation.policy.zone(simulation.zone)
    return {
        "policy": simulation.policy.id,
        "clocks": [
            {
                "id": reading.id,
                "due": reading.due_at.astimezone(zone).isoformat(),
                "warn": [at.astimezone(zone).isoformat() for at in reading.warn_at],
            }
            for reading in simulation.readings()
        ],
    }


def timeline(simulation: Simulation) -> None:
    """Print everything in the order of time, for people."""
    zone = simulation.policy.zone(simulation.zone)
    lines = sorted(_lines(simulation), key=lambda line: (line[0], line[1] != "", line[1]))
    rows = [(at.astimezone(zone).strftime("%a"), show.moment(at, zone), id, what) for at, id, what in lines]
    show.table(["day", "when", "clock", "what"], rows)
    if waiting := simulation.waiting():
        show.line(f"Not started: {', '.join(waiting)}")


def _lines(simulation: Simulation) -> Iterator[tuple[datetime, str, str]]:
    yield simulation.received_at, "", "received"
    for each in simulation.happened:
        yield each.at, "", each.what if each.stage is None else f"{each.what} ({each.stage})"
    for reading in simulation.readings():
        for at in reading.warn_at:
            yield at, reading.id, "warn"
        yield reading.due_at, reading.id, _due(reading)


def _due(reading: Reading) -> str:
    from mailproc.cases.case import Kind

    due = {Kind.DUTY: "due", Kind.WINDOW: "last day to settle it early", Kind.EXTENSION: "due"}[reading.kind]
    if reading.kind is Kind.EXTENSION and not reading.given:
        due = "the most an extension could give"
    span = (
        f"{reading.rule.within}"
        if reading.rule.or_within is None
        else (f"{reading.rule.within} or {reading.rule.or_within}")
    )
    text = due if reading.kind is Kind.EXTENSION else f"{due}: {span} from {reading.anchor}"
    if reading.paused:
        return f"{text}; stands still, will be later"
    if reading.satisfied_at is None:
        return text
    late = reading.breached(reading.satisfied_at)
    return f"{text}; {'done too late' if late else 'done'}"
