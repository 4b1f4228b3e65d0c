"""When does a customer hear of the desk's own accord how it stands, and when had we better say nothing?

The letter says who looks at the complaint in general terms and by when the answer comes, and never why. It
goes only where the acknowledgement could go, once a day at most, and within the daily limit of automatic
letters.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.cases.case import Acknowledgement, Case, Point, Status
from mailproc.cases.events import ProgressTold
from mailproc.cases.happenings import PROGRESS
from mailproc.cases.intake import Signal
from mailproc.cases.lifecycle import WRITTEN_BY_HAND
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.inbound.signals import read_signals
from mailproc.jobs.following import decided
from mailproc.jobs.write import queue_letters, why_not_automatic
from mailproc.jobs.written import new_words_of
from mailproc.mail import Address, Message
from mailproc.store import casebook, customer_mails, outbox
from mailproc.store.database import all_or_nothing

log = structlog.get_logger(__name__)

_KNOWS_US = (Acknowledgement.QUEUED, Acknowledgement.ACCEPTED)


def tell(desk: Desk, session: Session, case_id: int, case: Case, *, level: str | None, now: datetime) -> Case:
    """Tell the customer, unless something stands against it; return the case."""
    if why_not := _why_not(desk, session, case_id, case, now):
        log.info("customer is not told how it stands", case=case_id, why=why_not)
        return case
    today = now.astimezone(desk.config.desk.zone).date()
    event = ProgressTold(
        to=case.customer_email, key=f"{PROGRESS}:{case.reference}:{today.isoformat()}", level=level
    )
    decision = decided(desk, case, event, now)
    last = casebook.last_mail(session, case_id) or Message(raw_sha256="", content_key="", size=0)
    try:
        with all_or_nothing(session):
            letter = queue_letters(desk, session, case_id, decision, last, now)
    except LetterError as error:
        log.error("letter about progress cannot be made", case=case_id, error=str(error))
        return case
    if letter is None:  # he has heard today
        return case
    casebook.save(session, case_id, case, decision.case, now)
    casebook.write_history(session, case_id, decision.history, outbox_id=letter)
    return decision.case


def tell_before_it_is_late(
    desk: Desk, session: Session, case_id: int, case: Case, points: Iterable[Point], now: datetime
) -> Case:
    """Tell the customer how it stands when the policy asks for such a word, and nobody has written one."""
    due = [point for point in points if point.clock.rpartition(".")[2] == "update"]
    if not any(point.last or point.overdue for point in due):
        return case
    return tell(desk, session, case_id, case, level=None, now=now)


def _why_not(desk: Desk, session: Session, case_id: int, case: Case, now: datetime) -> str | None:
    if not desk.policy_of(case).escalation.tell_customer:
        return "the policy says so"
    if case.status in (Status.RESOLVED, Status.CLOSED):
        return f"the case is {case.status}"
    if case.acknowledgement not in _KNOWS_US:
        return "no letter was to be sent automatically about this case"
    if case.unreachable:
        return "our mail to the customer came back"
    if outbox.unsettled(session, case_id, WRITTEN_BY_HAND):
        return "an answer is on its way"
    if _is_hot(desk, session, case_id):
        return "the customer is angry, and a person is to answer"
    return why_not_automatic(desk, session, Address(email=case.customer_email), now)


def _is_hot(desk: Desk, session: Session, case_id: int) -> bool:
    newest = customer_mails.newest(session, case_id)
    words = new_words_of(desk, newest.text, from_html=False) if newest else ""
    return Signal.HOT in read_signals("", words)
