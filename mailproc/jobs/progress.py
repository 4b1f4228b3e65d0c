"""When does a customer hear of the desk's own accord how it stands, and when had we better say nothing?

The letter says who looks at the complaint in general terms and by when the answer comes, and never why. It
goes only where the acknowledgement could go, once a day at most and on no day on which another letter of
ours has told as much, and within the daily limit of automatic letters.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.cases import duties
from mailproc.cases.case import Acknowledgement, Case, Point, Status
from mailproc.cases.clock_rules import ClockRule
from mailproc.cases.clocks import standing
from mailproc.cases.events import ProgressTold
from mailproc.cases.happenings import PROGRESS, Happening
from mailproc.cases.intake import Signal
from mailproc.cases.lifecycle import WRITTEN_BY_HAND
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.inbound.signals import read_signals
from mailproc.jobs.following import decided
from mailproc.jobs.write import queue_letters, why_not_automatic
from mailproc.jobs.written import new_words_of
from mailproc.mail import Address, Message
from mailproc.sentences import Sentence, say
from mailproc.store import casebook, customer_mails, outbox
from mailproc.store.database import all_or_nothing

log = structlog.get_logger(__name__)

_KNOWS_US = (Acknowledgement.QUEUED, Acknowledgement.ACCEPTED)

# What tells a customer how it stands.
_TELLS = (Happening.UPDATED, Happening.EXTENDED)


def tell(desk: Desk, session: Session, case_id: int, case: Case, *, level: str | None, now: datetime) -> Case:
    """Tell the customer, unless something stands against it; return the case.

    `level` is who looks at it now, and None when that has not changed.
    """
    if why_not := _why_not(desk, session, case_id, case, level, now):
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


def seen_to(
    desk: Desk, session: Session, case_id: int, case: Case, points: Iterable[Point], now: datetime
) -> tuple[Point, ...]:
    """Return those duties at their last warning that the desk now meets by itself: nobody has to step in."""
    due = [point for point in points if point.last and _is_ours(desk, case, point)]
    return () if not due or _why_not(desk, session, case_id, case, None, now) else tuple(due)


def tell_before_it_is_late(
    desk: Desk, session: Session, case_id: int, case: Case, points: Iterable[Point], now: datetime
) -> Case:
    """Tell the customer how it stands when the policy lets the desk do so, and nobody has written."""
    if not any((point.last or point.overdue) and _is_ours(desk, case, point) for point in points):
        return case
    return tell(desk, session, case_id, case, level=None, now=now)


def remarks(
    desk: Desk, session: Session, case_id: int, case: Case, points: Iterable[Point], now: datetime
) -> tuple[Sentence, ...]:
    """Say to the agents, as long as they can be first, when the desk will write to the customer by itself."""
    ours = {point.clock for point in points if _is_ours(desk, case, point)}
    writes_at = [clock.warn_at[-1] for clock in case.clocks if clock.id in ours and clock.warn_at]
    when = min(writes_at, default=now).astimezone(desk.config.desk.zone)
    if when <= now or _why_not(desk, session, case_id, case, None, now):
        return ()
    return (
        say(
            "Unless one of you has written by {when}, the desk then tells the customer itself how it stands.",
            when=f"{when:%Y-%m-%d %H:%M}",
        ),
    )


def _is_ours(desk: Desk, case: Case, point: Point) -> bool:
    """Whether a duty is one that the desk's own letter may meet."""
    rule = _update(desk, case).get(point.clock)
    return rule is not None and PROGRESS in rule.satisfied_by


def _update(desk: Desk, case: Case) -> dict[str, ClockRule]:
    """Return the rule of the policy that asks for such a word, if it has one, by the id of its clock."""
    rules = duties.rules_of_stage(case, desk.policy_of(case), desk.config.desk.zone)
    return {id: rule for id, rule in rules.items() if id.rpartition(".")[2] == "update"}


def _why_not(
    desk: Desk, session: Session, case_id: int, case: Case, level: str | None, now: datetime
) -> str | None:
    if not desk.policy_of(case).escalation.tell_customer:
        return "the policy says so"
    if any(PROGRESS not in rule.satisfied_by for rule in _update(desk, case).values()):
        return "the policy leaves it to people"
    if not desk.people.agents:
        return "nobody works on it by mail, and the letter would say so"
    if case.status in (Status.RESOLVED, Status.CLOSED):
        return f"the case is {case.status}"
    if case.acknowledgement not in _KNOWS_US:
        return "no letter was to be sent automatically about this case"
    if case.unreachable:
        return "our mail to the customer came back"
    if outbox.unsettled(session, case_id, WRITTEN_BY_HAND):
        return "an answer is on its way"
    if _has_heard(desk, case, level, now):
        return "another letter of today says how it stands"
    if _is_hot(desk, session, case_id):
        return "the customer is angry, and a person is to answer"
    return why_not_automatic(desk, session, Address(email=case.customer_email), now)


def _has_heard(desk: Desk, case: Case, level: str | None, now: datetime) -> bool:
    """Whether a letter of today tells what this one would.

    That somebody else looks at it now is news, unless a person has answered and the customer has not written
    since, or the acknowledgement is only leaving.
    """
    if level is not None and case.acknowledgement is Acknowledgement.QUEUED:
        return True
    if level is not None and case.unanswered:
        return False
    zone = desk.config.desk.zone
    today = now.astimezone(zone).date()
    tells = _TELLS if level is not None else (*_TELLS, Happening.ACKNOWLEDGED)
    return any(
        each.what in tells and each.letter is not None and each.at.astimezone(zone).date() == today
        for each in standing(case.happened)
    )


def _is_hot(desk: Desk, session: Session, case_id: int) -> bool:
    newest = customer_mails.newest(session, case_id)
    words = new_words_of(desk, newest.text, from_html=False) if newest else ""
    return Signal.HOT in read_signals("", words)
