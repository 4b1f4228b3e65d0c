"""What if one case or one person is broken? The error harms that one alone, and the others have their turn.

These are functions and not a context manager: what was assigned within would outlive a commit that failed,
and a job that goes by it would look at the same case for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, TypeVarTuple

import structlog
from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.store.database import is_passing

log = structlog.get_logger(__name__)

T = TypeVar("T")
Given = TypeVarTuple("Given")


def alone(
    desk: Desk,
    trouble: str,
    work: Callable[[Desk, Session, *Given, datetime], T],
    *given: *Given,
    **about: object,
) -> T | None:
    """Do one unit of work in a transaction of its own; `now` is the time at which that has begun.

    Returns what the work returns once that is committed, else None, as `attempt` does.
    """

    def in_a_transaction() -> T:
        with desk.database.transaction() as session:
            return work(desk, session, *given, desk.clock())

    return attempt(desk, trouble, in_a_transaction, **about)


def attempt(desk: Desk, trouble: str, work: Callable[[], T], **about: object) -> T | None:
    """Do a unit of work that opens its transactions itself; None after an error that harms it alone.

    The log has `trouble`, with what it is `about`. A damaged database stops the desk. Raises what would
    befall the next unit too: a database that is locked, full or out of reach.
    """
    try:
        return work()
    except Exception as error:  # the edge of a unit of work
        if is_passing(error):
            raise
        log.error(trouble, **about, error=type(error).__name__, exc_info=error)
        desk.give_up_if_damaged(error)
        return None
