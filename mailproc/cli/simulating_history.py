"""Would the desk have kept a policy? Its own cases, read by the rules of that policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from mailproc.cli import show
from mailproc.cli.failures import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from mailproc.cases.policy import Policy
    from mailproc.cases.replay import Kept, Past
    from mailproc.settings import Config

_COUNTED = ("due", "met", "late", "owed")


@dataclass
class HistorySimulation:
    """What would have become of every complaint of a time.

    `running` are duties of which nothing can be said yet: neither met nor past.
    """

    policy: Policy
    zone: ZoneInfo
    cases: int = 0
    silent: int = 0
    clocks: dict[str, Counter[str]] = field(default_factory=dict)
    breached: list[tuple[Past, list[Kept]]] = field(default_factory=list)

    def add(self, past: Past | None) -> None:
        from mailproc.cases.replay import replay

        if past is None:
            self.silent += 1
            return
        self.cases += 1
        missed = []
        for kept in replay(past, self.policy, self.zone):
            counted = self.clocks.setdefault(kept.clock, Counter())
            if not kept.is_due:
                counted["running"] += 1
                continue
            counted["due"] += 1
            if not kept.is_breached:
                counted["met"] += 1
                continue
            counted["late" if kept.met_at is not None else "owed"] += 1
            missed.append(kept)
        if missed:
            self.breached.append((past, missed))


def simulate(
    config: Config | None, policy: Policy, first: datetime | None, last: datetime | None
) -> HistorySimulation:
    """Replay every complaint that was received from a day to another, both included, in the desk's zone."""
    from mailproc.cli.opening import open_database
    from mailproc.store.pasts import pasts

    if config is None:
        raise UsageError("--history looks at the cases of a desk, and there is none here; name its --config")
    zone, now = config.desk.zone, datetime.now(UTC)
    start = _midnight(first, zone) if first else datetime(1970, 1, 1, tzinfo=UTC)
    end = _midnight(last + timedelta(days=1), zone) if last else now + timedelta(days=1)
    if end <= start:
        raise UsageError("--to is before --from; write the earlier day first")
    simulation = HistorySimulation(policy=policy, zone=zone)
    with open_database(config) as database, database.reading() as session:
        for past in pasts(session, start, end, now):
            simulation.add(past)
    return simulation


def document(simulation: HistorySimulation) -> dict[str, Any]:
    policy = simulation.policy
    return {
        "policy": policy.stamp.id,
        "version": policy.version,
        "digest": policy.digest,
        "cases": simulation.cases,
        "taken_in_silently": simulation.silent,
        "cases_breached": len(simulation.breached),
        "clocks": {
            id: {name: counted[name] for name in (*_COUNTED, "running")}
            for id, counted in simulation.clocks.items()
        },
        "breached": [
            {
                "case": past.reference,
                "received_at": show.iso(past.received_at),
                "clocks": [
                    {"id": kept.clock, "due": show.iso(kept.due_at), "met_at": show.iso(kept.met_at)}
                    for kept in missed
                ],
            }
            for past, missed in simulation.breached
        ],
    }


def show_simulation(simulation: HistorySimulation) -> None:
    """Print the sums, then what would have been missed, for people."""
    silent = f"; {simulation.silent} more were taken in silently, and nothing else is known of them"
    count = "1 complaint" if simulation.cases == 1 else f"{simulation.cases} complaints"
    shown = f"{count}, {len(simulation.breached)} with a clock that was missed"
    show.line(shown + (silent if simulation.silent else ""))
    show.line()
    columns = ["clock", "fell due", "met in time", "met late", "still owed", "not due yet"]
    rows = [
        (id, *(counted[name] for name in (*_COUNTED, "running"))) for id, counted in simulation.clocks.items()
    ]
    show.table(columns, rows, empty="no case has a clock")
    if simulation.breached:
        show.line()
        show.table(["case", "received", "clock", "due", "met"], list(_missed(simulation)))


def _missed(simulation: HistorySimulation) -> Iterator[tuple[str, ...]]:
    zone = simulation.policy.zone(simulation.zone)
    for past, missed in simulation.breached:
        for kept in missed:
            yield (
                past.reference,
                show.moment(past.received_at, zone),
                kept.clock,
                show.moment(kept.due_at, zone),
                show.moment(kept.met_at, zone) or "not yet",
            )


def _midnight(day: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), time(), zone).astimezone(UTC)
