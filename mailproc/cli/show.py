"""How does a command show what it found? Tables for people, aligned lines for pipes, JSON for machines.

Much of what is shown was written by strangers. On its way to a terminal it loses its control and format
characters, which could move the cursor, set colours or turn the direction of writing; and it is never
read as markup. JSON escapes everything beyond ASCII and so needs no such care.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import IO, Any

import typer

_JOINERS = "\u200c\u200d"  # needed to write Persian, Indic scripts and some emoji


def plain(value: object, *, lines: bool = False) -> str:
    """Return a value as text that is safe on a terminal, on one line unless `lines` is true."""
    text = "" if value is None else str(value)
    kept = []
    for char in text.replace("\r\n", "\n"):
        category = unicodedata.category(char)
        if char == "\n" and lines:
            kept.append(char)
        elif char in "\t\n\r\v\f\x85" or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cc", "Cf", "Cs") or char in _JOINERS:
            kept.append(char)
    return "".join(kept)


def iso(value: datetime | None) -> str | None:
    """Return a time for machines: ISO 8601 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat()


def moment(value: datetime | None, zone: tzinfo) -> str:
    """Return a time for people: to the minute, in the desk's zone."""
    return "" if value is None else value.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def document(value: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(value, indent=2))


def line(text: object = "") -> None:
    """Print one line of our own words; what strangers wrote in it is made safe."""
    typer.echo(plain(text))


def block(text: str, *, indent: str = "    ") -> None:
    """Print text of several lines, indented, so that nobody takes it for words of ours."""
    for each in plain(text, lines=True).rstrip("\n").split("\n"):
        typer.echo(f"{indent}{each}".rstrip())


def fields(pairs: Mapping[str, object]) -> None:
    """Print names and values, one pair a line; what is empty is left out."""
    shown = {name: text for name, value in pairs.items() if (text := plain(value))}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        typer.echo(f"{name:<{width}}  {text}")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str = "nothing to show",
    to: IO[str] | None = None,
) -> None:
    """Print rows: as a table on a terminal, elsewhere one line each, never wrapped or cut."""
    stream = to or sys.stdout
    cells = [[plain(cell) for cell in row] for row in rows]
    if not cells:
        typer.echo(empty, file=stream)
    elif stream.isatty():
        _pretty(columns, cells, stream)
    else:
        _aligned([[column.upper() for column in columns], *cells], stream)


def _pretty(columns: Sequence[str], cells: Sequence[Sequence[str]], stream: IO[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        shown.add_row(*(Text(cell, overflow="fold") for cell in row))  # a Text is never read as markup
    Console(file=stream, highlight=False, markup=False, emoji=False).print(shown)


def _aligned(rows: Sequence[Sequence[str]], stream: IO[str]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        text = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo(text.rstrip(), file=stream)


def ids_of(values: Iterable[Any]) -> str:
    """Return numbers as people write them: `3, 5, 8`."""
    return ", ".join(str(value) for value in values)
