"""Which duties come near or have passed? Whoever works on the case is told, once for each point.

When several duties of a case are due at once, one letter tells of all of them. The case is locked and
remembers up to when it has told, so two daemons write one letter. After an outage see `outage.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from mailproc.cases.case import Case, Duty, Point
from mailproc.cases.duties import named
from mailproc.cases.events import DutiesTold
from mailproc.desk import Desk
from mailproc.faults import passing
from mailproc.jobs import (
    asking_together,
    case_facts,
    clock_back,
    escalating,
    hearing,
    outage,
    owed,
    progress,
    telling,
    unanswered,
)
from mailproc.jobs.alone import alone
from mailproc.jobs.asking_together import keep
from mailproc.jobs.following import happens
from mailproc.jobs.telling import ANSWER, NOTE
from mailproc.jobs.written import read_then
from mailproc.people import Agent
from mailproc.sentences import Sentence
from mailproc.store import absences, casebook, customer_mails, workload
from mailproc.store.outages import Outage
from mailproc.store.tables import CaseRow

log = structlog.get_logger(__name__)

LETTER = "deadline_near"
AT_ONCE = 100  # cases between two looks at what is due


def warn_due(desk: Desk) -> int:
    """Tell of every duty that is to be told of now; one transaction each. Return how many cases."""
    warned, failed = 0, 0
    clock_back.right(desk)
    stood = outage.begin(desk)
    while ids := _due(desk, passing_over=failed):
        for case_id in ids:
            if desk.stopping.is_set():
                return warned
            told = alone(desk, "case cannot be told of", _warn, case_id, stood, case=case_id)
            passing("told")
            warned += bool(told)
            failed += not told
    asking_together.tell(desk)
    if stood is not None:
        outage.tell(desk, stood, _tell_late)
    return warned


def _due(desk: Desk, *, passing_over: int) -> list[int]:
    """Return cases of which something is to be told; what could not be told stands at the front."""
    with desk.database.reading() as session:
        statement = (
            select(CaseRow.id)
            .where(col(CaseRow.next_warning_at) <= desk.clock())
            .order_by(col(CaseRow.next_warning_at), col(CaseRow.id))
            .offset(passing_over)
            .limit(AT_ONCE)
        )
        return [id for id in session.exec(statement) if id is not None]


def _warn(desk: Desk, session: Session, case_id: int, stood: Outage | None, now: datetime) -> bool:
    loaded = casebook.load(session, case_id)
    # As it was loaded: what it was told of just now it has not to be told of any more.
    late = stood if stood is not None and outage.is_of(stood, loaded) else None
    case = unanswered.tell(desk, session, case_id, loaded, now, stood=late)
    points = case.points_to_tell(now)
    duties = case.duties_to_tell(now)
    if not duties:
        # Nothing is due but the answer of whoever was asked, outside or to step in.
        return escalating.look_after(desk, session, case_id, case, now, asks=keep) != loaded
    zone = desk.config.desk.zone
    text = ", ".join(
        f"{duty.id} {_since(duty)} {duty.due_at.astimezone(zone):%Y-%m-%d %H:%M}" for duty in duties
    )
    seen_to = progress.seen_to(desk, session, case_id, case, points, now)
    # Of these the agents have heard before; now the customer hears.
    quiet = {point.clock for point in seen_to if _was_warned_of(case, point)}
    duties = tuple(duty for duty in duties if duty.id not in quiet)
    # Of a shorter path that is over nothing is to be done: no letter is worth that.
    idle = all(duty.gone for duty in duties)
    # Who joins later is not told of all that was due before.
    event = DutiesTold(
        text=text,
        nobody=not desk.people.agents,
        gone=idle and not quiet,
        by_itself=idle and bool(quiet),
    )
    remarks = progress.remarks(desk, session, case_id, case, points, now)
    case = happens(desk, session, case_id, case, event, now)
    others = [point for point in points if point not in seen_to]
    watched = escalating.watch(desk, session, case_id, case, others, now, asks=keep)
    watched = progress.tell_before_it_is_late(desk, session, case_id, watched, points, now)
    if idle:
        return True
    agents = hearing.readers(desk, watched, absences.absent(session, now))
    if late is not None:
        outage.keep(desk, session, late, case_id, agents, duties, now)
    else:
        remarks = (*owed.remarks(desk, watched, points), *remarks)
        if watched.escalation is not None and watched.escalation != case.escalation:
            remarks = (*remarks, escalating.asked_now(watched))
        _tell(desk, session, case_id, watched, duties, remarks, agents, now)
    passing("telling")
    log.info("duties told", case=case_id, duties=[duty.id for duty in duties])
    return True


def _since(duty: Duty) -> str:
    if duty.gone:
        return "over since"
    return "late since" if duty.overdue else "until"


def _was_warned_of(case: Case, point: Point) -> bool:
    """Whether the agents were told of a duty at an earlier point of its way, and nothing hides it since."""
    clock = next(clock for clock in case.clocks if clock.id == point.clock)
    return any(at <= (case.warned_until or case.received_at) for at in clock.warn_at)


def _tell_late(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    duties: tuple[Duty, ...],
    agents: Sequence[Agent],
    now: datetime,
) -> None:
    """Write about one case what was kept of it after an outage."""
    duties = unanswered.tell_late(desk, session, case_id, case, duties, agents, now)
    if not duties:
        return
    points = [
        Point(clock=duty.id, due_at=duty.due_at, at=now, last=False, overdue=duty.overdue) for duty in duties
    ]
    remarks = (
        *owed.remarks(desk, case, points),
        *progress.remarks(desk, session, case_id, case, points, now),
    )
    if case.escalation is not None:
        remarks = (*remarks, escalating.asked_now(case))
    _tell(desk, session, case_id, case, duties, remarks, agents, now)


def _tell(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    duties: tuple[Duty, ...],
    remarks: tuple[Sentence, ...],
    agents: Sequence[Agent],
    now: datetime,
) -> None:
    zone = desk.config.desk.zone
    mail = customer_mails.newest(session, case_id)
    contacts = workload.mails_of_case(session, case_id)
    facts = case_facts.about_case(
        desk, session, case_id, case, contacts, besides=(mail.inbox_id,) if mail else ()
    )
    if mail is not None:
        facts |= read_then(desk, case, [mail])[0].facts()
    else:
        received_on = case.received_at.astimezone(zone)
        facts |= {"received_on": received_on, "words": "-", "attachments": ()}
    # The letter has phrases for duties of this name; at which stage the case is stands in a row of its own.
    policy = desk.policy_of(case)
    told = tuple(named(duty, case, policy, zone) for duty in duties)
    for agent in agents:
        telling.send(
            desk,
            session,
            LETTER,
            agent,
            case_id,
            case,
            facts | {"duties": told, "due_at": duties[0].due_at, "remarks": remarks},
            key=f"{LETTER}:{case_id}:{now:%Y%m%dT%H%M%S}:{agent.name}",
            does=ANSWER if case.customer_email else NOTE,
            now=now,
            about_inbox_id=mail.inbox_id if mail else None,
        )
