"""Would the desk have kept a policy? Its own cases, and those of imported mail, read by the rules of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from mailproc.cli.failures import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from mailproc.cases.policy import Policy
    from mailproc.cases.replay import Kept, Past
    from mailproc.settings import Config
    from mailproc.store.earlier import EarlierHistory


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One complaint with every duty that it would have had."""

    past: Past
    duties: Sequence[Kept]
    imported: bool = False
    customer_wrote_last: bool = False

    @property
    def missed(self) -> list[Kept]:
        return [kept for kept in self.duties if kept.is_breached]


@dataclass
class Tally:
    """Of each clock: what became of it how often, and what was missed worst, with its complaint."""

    clocks: dict[str, Counter[str]] = field(default_factory=dict)
    worst: dict[str, tuple[Past, Kept]] = field(default_factory=dict)

    def add(self, judged: Judged) -> None:
        for kept in judged.duties:
            self.clocks.setdefault(kept.clock, Counter())[kept.outcome] += 1
            worst = self.worst.get(kept.clock)
            if kept.is_breached and (worst is None or kept.late_by > worst[1].late_by):
                self.worst[kept.clock] = (judged.past, kept)


@dataclass
class HistorySimulation:
    """What would have become of every complaint of a time.

    `unanswered` are imported complaints to which no answer was imported: of these nothing can be said.
    """

    policy: Policy
    zone: ZoneInfo
    earlier: EarlierHistory
    not_judged: tuple[str, ...] = ()
    judged: list[Judged] = field(default_factory=list)
    unanswered: list[Judged] = field(default_factory=list)
    all: Tally = field(default_factory=Tally)
    imported: Tally = field(default_factory=Tally)

    def add(self, judged: Judged) -> None:
        self.judged.append(judged)
        self.all.add(judged)
        if judged.imported:
            self.imported.add(judged)

    @property
    def breached(self) -> list[Judged]:
        return [judged for judged in self.judged if judged.missed]

    @property
    def own(self) -> int:
        return sum(not judged.imported for judged in self.judged)


def simulate(
    config: Config | None, policy: Policy, first: datetime | None, last: datetime | None
) -> HistorySimulation:
    """Replay every complaint that was received from a day to another, both included, in the desk's zone."""
    from mailproc.cases.earlier import not_readable
    from mailproc.cases.replay import replay
    from mailproc.cli.opening import open_database
    from mailproc.store import earlier
    from mailproc.store.pasts import pasts

    if config is None:
        raise UsageError("--history looks at the cases of a desk, and there is none here; name its --config")
    zone, now = config.desk.zone, datetime.now(UTC)
    start = _midnight(first, zone) if first else datetime(1970, 1, 1, tzinfo=UTC)
    end = _midnight(last + timedelta(days=1), zone) if last else now + timedelta(days=1)
    if end <= start:
        raise UsageError("--to is before --from; write the earlier day first")
    unreadable = not_readable(policy)
    with open_database(config) as database, database.reading() as session:
        before = earlier.history(session, start, end, now, reopen_within=policy.reopen_within, zone=zone)
        simulation = HistorySimulation(
            policy=policy, zone=zone, earlier=before, not_judged=tuple(sorted(unreadable))
        )
        for past in pasts(session, start, end, now):
            simulation.add(Judged(past=past, duties=replay(past, policy, zone)))
    for each in before.complaints:
        duties = [kept for kept in replay(each.past, policy, zone) if kept.clock not in unreadable]
        judged = Judged(
            past=each.past, duties=duties, imported=True, customer_wrote_last=each.customer_wrote_last
        )
        if each.answered:
            simulation.add(judged)
        else:
            simulation.unanswered.append(judged)
    return simulation


def _midnight(day: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), time(), zone).astimezone(UTC)
