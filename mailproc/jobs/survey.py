"""Who is asked how he found it? The customers of cases that were resolved some days ago, each once.

Whoever is not certain to want the question is not asked: it is the one letter that nobody waits for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from mailproc.cases import duties
from mailproc.cases.case import Acknowledgement, Case, Status
from mailproc.cases.events import SurveyAsked, SurveyLeftOut
from mailproc.cases.lifecycle import takes_follow_up
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.inbound.matching import Clue
from mailproc.jobs.alone import alone
from mailproc.jobs.find import joined_by
from mailproc.jobs.following import decided, happens
from mailproc.jobs.write import queue_letters, unsendable
from mailproc.mail import Message
from mailproc.store import casebook, outbox, surveys
from mailproc.store.database import all_or_nothing

log = structlog.get_logger(__name__)

AT_A_TIME = 100

_ANSWERING = tuple(joined_by(clue) for clue in (Clue.REPLY_ADDRESS, Clue.OWN_MESSAGE_ID))
_WITHDRAWN = "withdrawn"
_DAY = timedelta(days=1)


def ask_due(desk: Desk) -> int:
    """Ask where it is time to; one transaction for each case. Return how many letters were queued."""
    after = desk.config.complaints.survey_after
    if not desk.people.agents:  # the letter promises that a person reads every answer
        return 0
    asked = 0
    left: set[int] = set()  # they stand at the front, and must not keep the others from their turn
    while not desk.stopping.is_set():
        with desk.database.reading() as session:
            due = surveys.due(session, desk.clock() - after, AT_A_TIME + len(left))
        ids = [case_id for case_id in due if case_id not in left]
        if not ids:
            break
        for case_id in ids:
            if desk.stopping.is_set():
                break
            outcome = alone(desk, "case cannot be asked about", _ask, case_id, case=case_id)
            if outcome is None:
                left.add(case_id)
            asked += bool(outcome)
    return asked


def _ask(desk: Desk, session: Session, case_id: int, now: datetime) -> bool | None:
    """Ask about one case; False when it is left out for good, None when there is nothing to do now."""
    case = casebook.load(session, case_id)
    resolved_at = case.resolved_at
    if case.status is not Status.RESOLVED or resolved_at is None:
        return None
    if now - resolved_at < desk.config.complaints.survey_after:
        return None  # reopened and resolved again meanwhile
    if surveys.is_settled(session, case_id, resolved_at):
        return None  # another daemon was first
    why_not = _why_not(desk, session, case_id, case, now)
    if why_not is None and _must_wait(desk, session, case, now):
        return None
    letter = None
    if why_not is None:
        try:
            with all_or_nothing(session):
                letter = _queue(desk, session, case_id, case, now)
        except LetterError as error:
            why_not = str(error)
    if letter is None and why_not is not None and duties.owes_a_question(case):
        happens(desk, session, case_id, case, SurveyLeftOut(reason=why_not), now)
    surveys.settle(session, case_id, resolved_at, now, outbox_id=letter, left_out=why_not or "")
    log.info("survey", case=case_id, asked=letter is not None)
    return letter is not None


def _queue(desk: Desk, session: Session, case_id: int, case: Case, now: datetime) -> int | None:
    decision = decided(desk, case, SurveyAsked(to=case.customer_email), now)
    last = casebook.last_mail(session, case_id) or Message(raw_sha256="", content_key="", size=0)
    letter = queue_letters(desk, session, case_id, decision, last, now)
    casebook.save(session, case_id, case, decision.case, now)
    casebook.write_history(session, case_id, decision.history, outbox_id=letter)
    return letter


def _why_not(desk: Desk, session: Session, case_id: int, case: Case, now: datetime) -> str | None:
    """The reason why the customer is never asked about this resolution, or None."""
    if not desk.config.complaints.survey_after:
        return "the settings say that nobody is asked"  # and so no agent is reminded of it
    if case.acknowledgement is Acknowledgement.WITHHELD:
        # The mail was older than the desk, imported, or of a kind that gets no letter without a person.
        return "no letter was to be sent automatically about this case"
    if case.unreachable or case.acknowledgement is Acknowledgement.FAILED:
        return "our mail to the customer came back"
    if case.outcome == _WITHDRAWN:
        return "the complaint was withdrawn"
    if not takes_follow_up(case, desk.policy_of(case), desk.config.desk.zone, now):
        return "the time to disagree has run out"  # as when the desk stood still: a no would come too late
    if refusal := unsendable(case.customer_email):
        return refusal
    if surveys.has_opted_out(session, case.customer_email):
        return "the customer wants no surveys"
    if not surveys.is_proved(session, case_id, case.customer_email, _ANSWERING):
        return "nothing proves that the customer is at this address"
    return None


def _must_wait(desk: Desk, session: Session, case: Case, now: datetime) -> bool:
    """Whether a mail of the customer wants an answer first, or the address got enough letters for a day."""
    if case.perhaps_asked is not None:
        return True
    sent = outbox.automatic_letters_to(session, case.customer_email, now - _DAY)
    return sent >= desk.config.desk.acks_per_sender_per_day
