"""How is a simulation over the history shown: to machines as a document, to people as tables?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mailproc.cli import show

if TYPE_CHECKING:
    from mailproc.cases.replay import Kept, Past
    from mailproc.cli.simulating_history import HistorySimulation, Judged, Tally


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
    show.line(f"Imported, and judged by the mails of their threads: {_complaints(found['answered'])}, so:")
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
