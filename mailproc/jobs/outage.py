"""What is told after the desk stood still? Of much at once each agent gets one letter, not one for each case.

What fell due meanwhile is first kept for each agent, in the transaction in which the case remembers that it
was told. When nothing more is due, what is kept becomes letters. A daemon that dies in between leaves what is
kept to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlmodel import Session

from mailproc.cases.case import Case, Duty, HistoryEntry, Status
from mailproc.cases.duties import named
from mailproc.desk import Desk
from mailproc.faults import passing
from mailproc.jobs import hearing, telling
from mailproc.jobs.alone import alone
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import absences, casebook, outages
from mailproc.store.database import one_at_a_time
from mailproc.store.outages import Late, Outage

log = structlog.get_logger(__name__)

LETTER = "outage"
MANY = 5  # our choice: up to so many cases each has a letter of its own, which can be answered
SILENCE = "silence:"  # stands with a name for the clock of who was asked outside and has not answered
SHOWN = 100  # cases that the letter shows in full; of the others it has the references


@dataclass(frozen=True, kw_only=True)
class Line:
    """One case as the letter shows it."""

    reference: str
    subject: str
    duties: tuple[Duty, ...]


class TellOne(Protocol):
    """Write to some agents about what is due of one case, within a transaction."""

    def __call__(
        self,
        desk: Desk,
        session: Session,
        case_id: int,
        case: Case,
        duties: tuple[Duty, ...],
        agents: Sequence[Agent],
        now: datetime,
    ) -> None: ...


def begin(desk: Desk) -> Outage | None:
    """Note that the desk looks at what is due; return the time in which it did not, if it is not all told."""
    with desk.database.transaction() as session:
        return outages.tick(session, desk.clock())


def is_of(outage: Outage, case: Case) -> bool:
    """Whether what is to be told of a case has become due while the desk stood still."""
    at = case.next_warning_at
    return at is not None and at <= outage.until


def keep(
    desk: Desk,
    session: Session,
    outage: Outage,
    case_id: int,
    agents: Iterable[Agent],
    duties: tuple[Duty, ...],
    now: datetime,
) -> None:
    """Keep what these agents are to be told of a case, with what a daemon that died has left to be told."""
    for agent in agents:
        untold = {duty.id: duty for duty in duties}
        if taken := outages.take(session, agent.name, case_id, now):
            earlier, letter = taken
            if letter is None:
                untold = {duty.id: duty for duty in earlier} | untold
            else:
                _write_down(desk, session, agent.name, case_id, letter, outage, now)
        outages.keep(session, agent.name, case_id, tuple(untold.values()), now)


def tell(desk: Desk, outage: Outage, tell_one: TellOne) -> None:
    """Write to everybody for whom something is kept; a transaction for each letter and for each case."""
    with desk.database.reading() as session:
        names = outages.agents(session)
    for name in names:
        _tell_agent(desk, name, outage, tell_one)
        if desk.stopping.is_set():
            return
    with desk.database.transaction() as session:
        outages.end(session, outage)


def _tell_agent(desk: Desk, name: str, outage: Outage, tell_one: TellOne) -> None:
    agent = desk.people.agent(name)
    if agent is not None:
        # What cannot be told together, because one of it is broken, has a letter of its own each.
        alone(desk, "an agent cannot be told", _tell_of_many, agent, outage, agent=name)
        passing("outage_told")
    with desk.database.reading() as session:
        case_ids = outages.cases_of(session, name)
    for case_id in case_ids:
        if desk.stopping.is_set():
            return
        of_one = (name, case_id, outage, tell_one)
        alone(desk, "an agent cannot be told", _tell_of_one, *of_one, agent=name, case=case_id)


def _tell_of_many(desk: Desk, session: Session, agent: Agent, outage: Outage, now: datetime) -> None:
    """Write the one letter, when it is worth it.

    A case of which she has no letter yet is none for it: she could do nothing about that case, because only a
    letter about it is a key to it.
    """
    one_at_a_time(session, f"{LETTER}:{agent.name}")
    late = [each for each in outages.kept_for(session, agent.name, now) if each.has_letter]
    if len(late) <= MANY:
        return
    facts = {
        "stood_since": outage.since,
        "stood_until": outage.until,
        "count": len(late),
        "lines": tuple(_line(desk, session, each) for each in late[:SHOWN]),
        "more": tuple(each.reference for each in late[SHOWN:]),
    }
    letter = telling.send_about_many(
        desk,
        session,
        LETTER,
        agent,
        facts,
        key=f"{LETTER}:{outage.until:%Y%m%dT%H%M%S}:{agent.name}",
        now=now,
    )
    if letter is not None:  # else each case gets a letter of its own
        outages.tell_by(session, agent.name, [each.case_id for each in late], letter)
        log.info("told after an outage", agent=agent.name, cases=len(late), letter=letter)


def _tell_of_one(
    desk: Desk,
    session: Session,
    name: str,
    case_id: int,
    outage: Outage,
    tell_one: TellOne,
    now: datetime,
) -> None:
    """Write down in the history what the one letter told of a case; else tell of it now."""
    case = casebook.load(session, case_id)
    taken = outages.take(session, name, case_id, now)
    if taken is None:
        return  # another daemon was first
    duties, letter = taken
    if letter is not None:
        _write_down(desk, session, name, case_id, letter, outage, now)
    elif case.status is not Status.CLOSED and not all(duty.gone for duty in duties):
        agent = desk.people.agent(name)
        # Who is no agent any more is not told; those who work on the case now are.
        told = (agent,) if agent else hearing.readers(desk, case, absences.absent(session, now))
        tell_one(desk, session, case_id, case, duties, told, now)


def _write_down(
    desk: Desk, session: Session, name: str, case_id: int, letter: int, outage: Outage, now: datetime
) -> None:
    """Let the history of a case say which letter told an agent of it, and why so late."""
    zone = desk.config.desk.zone
    since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (outage.since, outage.until))
    what = "told of it together with other cases"
    text = f"{name}: late, because the desk did not look at due times from {since} to {until}"
    entry = HistoryEntry(at=now, who="desk", what=what, text=text)
    casebook.write_history(session, case_id, [entry], outbox_id=letter)


def _line(desk: Desk, session: Session, late: Late) -> Line:
    found = casebook.find(session, late.reference)
    assert found is not None, "what is kept is kept of a case"
    policy, zone = desk.policy_of(found[1]), desk.config.desk.zone
    told = tuple(
        replace(duty, id=say("an answer from {name}", name=duty.id.removeprefix(SILENCE)))
        if duty.id.startswith(SILENCE)
        else named(duty, found[1], policy, zone)
        for duty in late.duties
    )
    return Line(reference=late.reference, subject=late.subject, duties=told)
