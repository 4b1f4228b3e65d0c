"""How does a table travel as a file that a spreadsheet opens? As CSV in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from mailproc.outbound.bodies import Enclosure

# With one of these at its beginning a cell is a formula to some spreadsheet, and a customer's subject would
# run on the machine of whoever opens the file (OWASP, CSV injection).
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Enclosure:
    """Return a table as an enclosure: UTF-8 with the mark by which Excel knows it, RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return Enclosure(name=name, content_type="text/csv", data=text.getvalue().encode("utf-8-sig", "replace"))


def _cell(value: object) -> str:
    """Return a value as a cell; one that would be taken for a formula gets an apostrophe before it.

    Blanks and controls before the sign do not hide it from every spreadsheet, so they are looked through.
    """
    text = "" if value is None else str(value)
    begins = text.lstrip(" \u00a0\ufeff\u200b\0")
    return f"'{text}" if begins.startswith(_STARTS_A_FORMULA) else text
