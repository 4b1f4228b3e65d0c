"""Would the desk have kept a policy? Its own cases, and those of imported mail, read by the rules of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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


def document(simulation: HistorySimulation) -> dict[str, Any]:
    policy = simulation.policy
    return {
        "policy": policy.stamp.id,
        "version": policy.version,
        "digest": policy.digest,
        "cases": len(simulation.judged),
        "cases_breached": len(simulation.breached),
        "clocks": _clocks(simulation.all),
        "breached": [_complaint(judged, judged.missed) for judged in simulation.breached],
        "complaints": [_complaint(judged, judged.duties) for judged in simulation.judged],
        "imported": _imported(simulation),
    }


def _imported(simulation: HistorySimulation) -> dict[str, Any]:
    """What stands apart: how imported mail was read, how much of it there is, and what had no answer."""
    from mailproc.cases.earlier import READ_AS

    told = simulation.earlier.told
    judged = [each for each in simulation.judged if each.imported]
    return {
        "complaints": len(judged) + len(simulation.unanswered),
        "answered": len(judged),
        "unanswered": len(simulation.unanswered),
        "customer_wrote_last": sum(each.customer_wrote_last for each in judged),
        "cases_joined": told.joined,
        "mails_of_the_desk": {
            "answers": told.answers,
            "by_machine": told.by_machine,
            "to_no_complaint_here": told.astray,
        },
        "ends_at": show.iso(told.ends_at),
        "read_as": list(READ_AS),
        "not_judged": list(simulation.not_judged),
        "clocks": _clocks(simulation.imported),
        "unanswered_complaints": [_complaint(each, each.duties) for each in simulation.unanswered],
    }


def _clocks(tally: Tally) -> dict[str, Any]:
    return {
        id: {
            "due": counted.total() - counted["running"],
            **{name: counted[name] for name in ("met", "late", "owed", "running")},
            "worst": _worst(*tally.worst[id]) if id in tally.worst else None,
        }
        for id, counted in tally.clocks.items()
    }


def _worst(past: Past, kept: Kept) -> dict[str, Any]:
    return {
        "case": past.reference,
        "due": show.iso(kept.due_at),
        "met_at": show.iso(kept.met_at),
        "late_seconds": int(kept.late_by.total_seconds()),
    }


def _complaint(judged: Judged, duties: Sequence[Kept]) -> dict[str, Any]:
    return {
        "case": judged.past.reference,
        "received_at": show.iso(judged.past.received_at),
        "imported": judged.imported,
        "customer_wrote_last": judged.customer_wrote_last,
        "clocks": [
            {
                "id": kept.clock,
                "due": show.iso(kept.due_at),
                "met_at": show.iso(kept.met_at),
                "outcome": str(kept.outcome),
            }
            for kept in duties
        ],
    }


def show_simulation(simulation: HistorySimulation) -> None:
    """Print the sums, then what would have been missed, for people."""
    total, missed = len(simulation.judged), len(simulation.breached)
    show.line(f"{_complaints(total)}, {missed} with a clock that was missed")
    show.line()
    _show_clocks(simulation.all)
    if simulation.breached:
        show.line()
        show.table(["case", "received", "clock", "due", "met", "late by"], list(_missed(simulation)))
    if simulation.imported.clocks and simulation.own:
        show.line()
        show.line("Of these, imported:")
        _show_clocks(simulation.imported)
    if simulation.unanswered or simulation.own < total:
        show.line()
        _show_imported(simulation)


def _show_clocks(tally: Tally) -> None:
    columns = ["clock", "fell due", "met in time", "met late", "still owed", "not due yet", "worst"]
    rows = []
    for id, counted in tally.clocks.items():
        outcomes = [counted[name] for name in ("met", "late", "owed", "running")]
        worst = ""
        if id in tally.worst:
            past, kept = tally.worst[id]
            worst = f"{_span(kept.late_by)}, {past.reference}"
        rows.append((id, counted.total() - counted["running"], *outcomes, worst))
    show.table(columns, rows, empty="no case has a clock")


def _show_imported(simulation: HistorySimulation) -> None:
    from mailproc.cases.earlier import READ_AS

    found = _imported(simulation)
    mails = found["mails_of_the_desk"]
    show.line(
        f"Imported, and judged by the mails of their threads: {_complaints(found['answered'])}. So it was read:"
    )
    for assumption in READ_AS:
        show.line(f"  - {assumption}")
    show.line(f"Answers in all that was imported: {mails['answers']}, of machines: {mails['by_machine']}")
    if simulation.not_judged:
        show.line(f"Not judged: {', '.join(simulation.not_judged)}")
    if found["customer_wrote_last"]:
        show.line(f"In {found['customer_wrote_last']} of them the customer wrote last, and be it thanks.")
    if mails["to_no_complaint_here"]:
        show.line(f"Mails of the desk that answer no complaint here: {mails['to_no_complaint_here']}")
    if simulation.unanswered:
        show.line(
            f"Unanswered in what was imported, and not counted above: {_complaints(found['unanswered'])}."
        )
        show.line("Either nobody had answered, or the answers were not imported (mailproc import --sent).")
        zone = simulation.policy.zone(simulation.zone)
        rows = [
            (
                each.past.reference,
                show.moment(each.past.received_at, zone),
                ", ".join(f"{kept.clock} {show.moment(kept.due_at, zone)}" for kept in each.duties),
            )
            for each in simulation.unanswered
        ]
        show.table(["case", "received", "would have been due"], rows)


def _missed(simulation: HistorySimulation) -> Iterator[tuple[str, ...]]:
    zone = simulation.policy.zone(simulation.zone)
    for judged in simulation.breached:
        for kept in judged.missed:
            yield (
                judged.past.reference,
                show.moment(judged.past.received_at, zone),
                kept.clock,
                show.moment(kept.due_at, zone),
                show.moment(kept.met_at, zone) or "not yet",
                _span(kept.late_by),
            )


def _complaints(count: int) -> str:
    return "1 complaint" if count == 1 else f"{count} complaints"


def _span(time: timedelta) -> str:
    """Return a time in its two largest units: 3 d 4 h."""
    minutes = int(time.total_seconds() // 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    first = next((place for place, (amount, _) in enumerate(parts) if amount), 2)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount) or "0 min"


def _midnight(day: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), time(), zone).astimezone(UTC)
