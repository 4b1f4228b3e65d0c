"""Which case is meant? A reference as a person has typed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailproc.cli.failures import UsageError
from mailproc.errors import NotAllowed

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailproc.cases.case import Case


def find_case(session: Session, text: str) -> tuple[int, Case]:
    """Return the id of a case and the case. Raises UsageError for what is no reference, else NotAllowed."""
    from mailproc.addressing import find_references
    from mailproc.store import casebook

    found = find_references(text)
    if len(found) != 1:
        raise UsageError(
            f"{text}: is no case reference; one looks like C-7F3K-9QXT, check it for a misreading"
        )
    case = casebook.find(session, found[0])
    if case is None:
        raise NotAllowed(f"{found[0]}: there is no such case; mailproc case list shows those that are")
    return case
