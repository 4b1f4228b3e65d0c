"""What becomes of a case when something happens to it? The rules decide, and it is kept with its history."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case, Decision
from mailproc.cases.events import Event
from mailproc.cases.lifecycle import decide
from mailproc.desk import Desk
from mailproc.store import casebook


def decided(desk: Desk, case: Case, event: Event, now: datetime) -> Decision:
    """Return what follows from an event by the rules that the case was received under; nothing is stored."""
    return decide(case, event, desk.policy_of(case), desk.config.desk.zone, now)


def happens(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    event: Event,
    now: datetime,
    *,
    inbox_id: int | None = None,
    outbox_id: int | None = None,
) -> Case:
    """Let a case follow an event that calls for no letter; return the case.

    `inbox_id` and `outbox_id` name the mail or the letter that the event is about. An event that does call
    for letters has to be queued with them, and is a defect here: the customer would hear nothing.
    """
    decision = decided(desk, case, event, now)
    if decision.letters:
        raise AssertionError(
            f"{case.reference}: {type(event).__name__} calls for letters, and none was queued"
        )
    casebook.save(session, case_id, case, decision.case, now)
    casebook.write_history(session, case_id, decision.history, inbox_id=inbox_id, outbox_id=outbox_id)
    return decision.case
