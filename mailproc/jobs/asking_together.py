"""How is somebody asked about many cases at once? By one letter with their numbers, not by one for each.

Due times end with the day, and after an outage much has passed: then many cases go up to the same person.
What the clock hands up is kept for whoever is asked, in the transaction that hands it up. At the end of the
look it becomes letters: one for many cases, else one for each with its papers. A daemon that dies in between
leaves what is kept to the next look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.cases.case import Case, HistoryEntry
from mailproc.desk import Desk
from mailproc.faults import passing
from mailproc.jobs import escalating, telling
from mailproc.jobs.alone import alone
from mailproc.jobs.digest_answers import RAISED
from mailproc.people import Agent
from mailproc.sentences import Sentence
from mailproc.store import casebook, desk_state, digests, relays, requests
from mailproc.store.database import one_at_a_time
from mailproc.store.digests import Numbered
from mailproc.store.escalations import Ended

log = structlog.get_logger(__name__)

LETTER = RAISED
MANY = 5  # our choice: up to so many cases each has a letter of its own, with all its papers
SHOWN = 40  # cases of one letter; of more there are several letters


@dataclass(frozen=True, kw_only=True)
class Line:
    """One case as the letter shows it; `number` is what a reply calls it."""

    number: int
    reference: str
    subject: str
    why: tuple[Sentence, ...]
    owner: str | None
    answer_by: datetime | None


def keep(
    desk: Desk, session: Session, case_id: int, case: Case, why: Sequence[Sentence], now: datetime
) -> None:
    """Keep that everybody who is asked about a case is to be written to: in place of `escalating.ask`."""
    assert case.escalation is not None
    for name in case.escalation.to:
        requests.keep(session, name, case_id, now)


def tell(desk: Desk) -> None:
    """Write to everybody for whom something is kept; a transaction for each letter and for each case."""
    with desk.database.reading() as session:
        names = requests.agents(session)
    for name in names:
        _ask(desk, name)
        if desk.stopping.is_set():
            return


def missed(desk: Desk, session: Session, outbox_id: int, why: Ended, now: datetime) -> None:
    """Let the cases of a letter go on at once that did not reach who was asked, or while she is away."""
    letter = relays.of_letter(session, outbox_id)
    assert letter is not None, "a letter about many cases is a key to them"
    case_ids = {each.case_id for each in digests.numbers(session, outbox_id).values()}
    for case_id in sorted(case_ids):
        found, case = casebook.load_where_it_goes_on(session, case_id)
        if case.escalation is not None and letter.agent in case.escalation.to:
            escalating.not_reached(desk, session, found, case, letter.agent, why, now, asks=keep)


def _ask(desk: Desk, name: str) -> None:
    agent = desk.people.agent(name)
    wrote = agent is not None
    while agent is not None and wrote:
        # What cannot be written about together, because one of it is broken, has a letter of its own each.
        wrote = bool(alone(desk, "somebody cannot be asked", _about_many, agent, agent=name))
        passing("raised_together")
    with desk.database.reading() as session:
        case_ids = requests.cases_of(session, name)
    for case_id in case_ids:
        if desk.stopping.is_set():
            return
        alone(desk, "somebody cannot be asked", _about_one, name, case_id, agent=name, case=case_id)


def _about_many(desk: Desk, session: Session, agent: Agent, now: datetime) -> bool:
    """Write one letter about many cases, when there are as many."""
    one_at_a_time(session, f"{LETTER}:{agent.name}")
    kept = requests.not_asked(session, agent.name)
    if len(kept) <= MANY:
        return False
    cases = [
        (case_id, found[1]) for case_id, reference in kept if (found := casebook.find(session, reference))
    ]
    asked = [each for each in cases if each[1].escalation and agent.name in each[1].escalation.to][:SHOWN]
    if len(asked) <= MANY:
        return False
    asked.sort(key=lambda each: (each[1].next_deadline_at or now, each[0]))
    ids = [case_id for case_id, _ in asked]
    lines = tuple(_line(desk, number, case, now) for number, (_, case) in enumerate(asked, 1))
    letter = telling.send_about_many(
        desk,
        session,
        LETTER,
        agent,
        {"count": len(lines), "lines": lines},
        key=f"{LETTER}:{now:%Y%m%dT%H%M%S}:{ids[0]}:{agent.name}",
        now=now,
    )
    if letter is None:
        return False  # each case gets a letter of its own
    seen = desk_state.last_entries(session, ids)
    numbers = {number: Numbered(case_id=id, seen=seen.get(id, 0)) for number, id in enumerate(ids, 1)}
    digests.remember(session, letter, numbers)
    requests.asked_by(session, agent.name, ids, letter)
    log.info("asked about many cases", agent=agent.name, cases=len(ids), letter=letter)
    return True


def _about_one(desk: Desk, session: Session, name: str, case_id: int, now: datetime) -> None:
    """Let the history say which letter asked about a case; else ask about it now."""
    # Whoever writes about many holds what is kept and waits for cases: nobody may wait the other way round.
    one_at_a_time(session, f"{LETTER}:{name}")
    case = casebook.load(session, case_id)
    taken = requests.take(session, name, case_id)
    if taken is None:
        return  # another daemon was first
    if taken[0] is not None:
        _write_down(session, name, case_id, taken[0], now)
    elif case.escalation is not None and name in case.escalation.to:
        why = escalating.reasons(desk, case, now)
        escalating.ask(desk, session, case_id, case, why, now, only=name)


def _write_down(session: Session, name: str, case_id: int, letter: int, now: datetime) -> None:
    what = "asked to step in together with other cases"
    entry = HistoryEntry(at=now, who="desk", what=what, text=name)
    casebook.write_history(session, case_id, [entry], outbox_id=letter)


def _line(desk: Desk, number: int, case: Case, now: datetime) -> Line:
    asked = case.escalation
    assert asked is not None
    zone = desk.config.desk.zone
    return Line(
        number=number,
        reference=case.reference,
        subject=case.subject,
        why=tuple(escalating.reasons(desk, case, now)),
        owner=case.owner,
        answer_by=asked.answer_by.astimezone(zone) if asked.answer_by else None,
    )
