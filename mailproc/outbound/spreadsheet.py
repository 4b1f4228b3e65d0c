"""How does a table travel as a file that a spreadsheet opens? As CSV in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from mailproc.outbound.bodies import Enclosure

# With one of these at its beginning a cell is a formula to some spreadsheet, and a customer's subject would
# run on the machine of whoever opens the file (OWASP, CSV injection).
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Enclosure:
    """Return a table as an enclosure: UTF-8 with the mark by which Excel knows it, RFC 4180."""
    data = as_csv(columns, rows).encode("utf-8-sig", "replace")
    return Enclosure(name=name, content_type="text/csv", data=data)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 says: commas, CRLF, quotes where they are needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    """Return a value as a cell; one that would be taken for a formula gets an apostrophe before it.

    Blanks and controls before the sign do not hide it from every spreadsheet, so they are looked through. A
    number stays one, below zero too.
    """
    if isinstance(value, float):
        return str(round(value, 4))
    text = "" if value is None else str(value)
    if isinstance(value, (int, Decimal)):
        return text
    begins = text.lstrip(" \u00a0\ufeff\u200b\0")
    return f"'{text}" if begins.startswith(_STARTS_A_FORMULA) else text
