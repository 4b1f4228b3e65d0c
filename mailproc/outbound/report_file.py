"""How do the figures of a period stand in a file for a spreadsheet? One figure a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailproc.outbound.figure_table import Section

HEADER = ("section", "figure", "of", "period", "value", "period_before", "value_before", "unit")


def rows(sections: Sequence[Section], period: str, before: str) -> Iterator[tuple[object, ...]]:
    """Return the lines of the file. Hours are hours, a share is a number from 0 to 1."""
    for section in sections:
        for row in section.rows:
            yield section.name, row.name or "count", row.of, period, row.value, before, row.before, row.unit
