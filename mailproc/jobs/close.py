"""When is a resolved case finished? When the time to disagree has run out without a word."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from mailproc.cases.calendars import due_at
from mailproc.cases.case import Status
from mailproc.cases.escalations import owes_outcome
from mailproc.cases.events import CaseClosed
from mailproc.cases.lifecycle import reopening_ends_at
from mailproc.desk import Desk
from mailproc.jobs.alone import alone
from mailproc.jobs.following import happens
from mailproc.store import casebook
from mailproc.store.tables import CaseRow

log = structlog.get_logger(__name__)


def close_due(desk: Desk) -> int:
    """Close the cases that nobody took up again; one transaction each. Return how many."""
    zone = desk.config.desk.zone
    with desk.database.reading() as session:
        resolved = select(CaseRow.id, CaseRow.resolved_at, CaseRow.policy_digest).where(
            CaseRow.status == Status.RESOLVED
        )
        found = list(session.exec(resolved.order_by(col(CaseRow.id))))
    now = desk.clock()
    ids = [
        id
        for id, at, digest in found
        if id is not None
        and at is not None
        and now > due_at(at, desk.policy_under(digest).reopen_within, zone)
    ]
    closed = 0
    for case_id in ids:
        if desk.stopping.is_set():
            break
        closed += bool(alone(desk, "case cannot be closed", _close, case_id, case=case_id))
    return closed


def _close(desk: Desk, session: Session, case_id: int, now: datetime) -> bool:
    zone = desk.config.desk.zone
    case = casebook.load(session, case_id)
    if case.perhaps_asked is not None:
        return False  # the customer wrote before it ran out, and nobody has said what is asked for
    if case.status is not Status.RESOLVED or now <= reopening_ends_at(case, desk.policy_of(case), zone):
        return False
    if owes_outcome(case):
        return False  # closed, it would owe nothing, and nobody would hear of it
    event = CaseClosed(who="desk", text="the time to disagree has run out")
    happens(desk, session, case_id, case, event, now)
    log.info("closed", case=case_id)
    return True
