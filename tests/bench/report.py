"""What did the benchmark find? The medians of the rounds as a table, all figures as a document."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench.desk import Run
from tests.bench.mailbox import Mail


@dataclass(frozen=True, kw_only=True)
class DeskRun:
    """One run of the desk and what was wrong in the end."""

    run: Run
    wrong: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Round:
    """The bare loop, a new desk, and a desk with many cases, on the same mails."""

    bare: dict[str, float]
    new: DeskRun
    old: DeskRun | None


@dataclass(frozen=True, kw_only=True)
class About:
    """On what was measured."""

    machine: str
    server: str
    maker: str
    mails: int
    mebibytes: float
    threads: int
    cases: int


def about(*, server: str, maker: str, mails: Sequence[Mail], cases: int) -> About:
    return About(
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}",
        server=server,
        maker=maker,
        mails=len(mails),
        mebibytes=round(sum(len(mail.raw) for mail in mails) / (1 << 20), 1),
        threads=len({mail.expected.thread for mail in mails}),
        cases=cases,
    )


def table(about: About, rounds: Sequence[Round]) -> str:
    """Return the medians as text."""
    bare_rates = [one.bare["mails"] / one.bare["seconds"] for one in rounds]
    bare_cpu = [_milliseconds(one.bare["cpu"], one.bare["mails"]) for one in rounds]
    head = ("", "bare loop", "new desk", "ratio")
    lines: list[tuple[str, ...]] = [head if not about.cases else (*head, f"{about.cases:,} cases", "ratio")]

    def row(name: str, form: str, bare: Sequence[float], figure: Callable[[Run], float]) -> None:
        cells = [name, form.format(median(bare)) if bare else ""]
        for runs in _desks(rounds):
            values = [figure(one.run) for one in runs]
            # Of each round by itself: the next one may have met a slower machine.
            ratios = [value / least for value, least in zip(values, bare, strict=bool(bare))]
            cells += [form.format(median(values)), f"{median(ratios):.2f}" if ratios else ""]
        lines.append(tuple(cells))

    row("messages a second", "{:.0f}", bare_rates, lambda run: run.mails / run.seconds)
    row("CPU ms a message", "{:.2f}", bare_cpu, lambda run: _milliseconds(run.cpu, run.mails))
    row(
        "  with the start",
        "{:.2f}",
        (),
        lambda run: _milliseconds(run.cpu + run.starting_cpu, run.mails),
    )
    row("seconds to READY", "{:.2f}", (), lambda run: run.ready)
    row("peak memory MiB, RSS", "{:.0f}", (), lambda run: run.rss)
    row("  shared pages once", "{:.0f}", (), lambda run: run.pss)
    wrong = ["wrong", ""]
    for runs in _desks(rounds):
        wrong += [str(max(len(one.wrong) for one in runs)), ""]
    lines.append(tuple(wrong))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        f"{about.mails} mails, {about.mebibytes} MiB, {about.threads} threads, made by {about.maker}; "
        f"{about.server}; {about.machine}; {len(rounds)} rounds",
        *(
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ),
    ]
    faults = [fault for runs in _desks(rounds) for one in runs for fault in one.wrong]
    return "\n".join([*text, *(f"wrong: {fault}" for fault in faults[:20])])


def document(about: About, rounds: Sequence[Round]) -> dict[str, Any]:
    """Return every figure of every round."""
    return {"about": asdict(about), "rounds": [asdict(one) for one in rounds]}


def _desks(rounds: Sequence[Round]) -> list[list[DeskRun]]:
    old = [one.old for one in rounds if one.old is not None]
    return [[one.new for one in rounds], *([old] if old else [])]


def _milliseconds(seconds: float, mails: float) -> float:
    return seconds * 1000 / mails
