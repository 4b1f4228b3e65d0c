"""Which cases keep silent because the clock was ahead for a while? They are told of anew, once.

That the clock was ahead shows in the moment of the last look at due times, which is to come. It is noted anew
only after this, so a daemon that dies in between does it again.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import Session, col, or_, select

from mailproc.cases.case import Case, Status
from mailproc.cases.clock_back import AHEAD, is_ahead
from mailproc.cases.events import ClockSetBack
from mailproc.desk import Desk
from mailproc.jobs.alone import alone
from mailproc.jobs.following import happens
from mailproc.store import casebook, escalations, outages
from mailproc.store.tables import CaseRow, EscalationRow, HistoryRow

log = structlog.get_logger(__name__)


def right(desk: Desk) -> int:
    """Let every case forget what it remembers of a time that is to come; return how many did."""
    now = desk.clock()
    with desk.database.reading() as session:
        last = outages.last_tick(session)
        found = _ahead(session, now) if last is not None and last - now > AHEAD else []
    done = 0
    for case_id in found:
        if desk.stopping.is_set():
            break
        done += bool(alone(desk, "case cannot be righted", _right, case_id, case=case_id))
    if done:
        log.warning("the clock was set back, what is due is told anew", cases=done)
    return done


def _ahead(session: Session, now: datetime) -> list[int]:
    """Return the cases that remember what is to come, but for those that were righted within a day.

    Two daemons whose clocks are far apart would else tell each case in turn, for ever.
    """
    asked = select(EscalationRow.case_id).where(EscalationRow.asked_at > now + AHEAD)
    righted = select(HistoryRow.case_id).where(
        HistoryRow.what == ClockSetBack.WHAT, HistoryRow.at > now - AHEAD, HistoryRow.at <= now + AHEAD
    )
    statement = (
        select(CaseRow.id)
        .where(
            CaseRow.status != Status.CLOSED.value,
            or_(col(CaseRow.warned_until) > now + AHEAD, col(CaseRow.id).in_(asked)),
            col(CaseRow.id).not_in(righted),
        )
        .order_by(col(CaseRow.id))
    )
    return [id for id in session.exec(statement) if id is not None]


def _right(desk: Desk, session: Session, case_id: int, now: datetime) -> bool:
    before = casebook.load(session, case_id)
    if before.status is Status.CLOSED or not is_ahead(before, now):
        return False
    after = happens(desk, session, case_id, before, ClockSetBack(), now)
    _follow(session, case_id, before, after)
    return True


def _follow(session: Session, case_id: int, before: Case, after: Case) -> None:
    for old, new in zip(before.questions, after.questions, strict=True):
        if old != new and new.answer_by is not None:
            escalations.waits_outside(session, case_id, new.to, new.answer_by, asked_at=new.asked_at)
