"""Who outside has not answered in time? The agent who asked is told once, and decides how it goes on.

The moment is part of the column by which everything that is due is found (`Case.next_warning_at`). Nothing
leaves by itself: whoever is asked hears of us again when an agent says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.cases import questions
from mailproc.cases.case import Case, Duty, Question
from mailproc.cases.events import OutsideSilent
from mailproc.desk import Desk
from mailproc.jobs import case_facts, hearing, outage, telling
from mailproc.jobs.following import happens
from mailproc.people import Agent
from mailproc.sentences import Sentence, say
from mailproc.store import absences, workload
from mailproc.store.outages import Outage

log = structlog.get_logger(__name__)

LETTER = "outside_silence"
_COMMANDS = ("#remind", "#escalate …", "#note", "#wait other 3d", "#help")


def tell(
    desk: Desk, session: Session, case_id: int, case: Case, now: datetime, *, stood: Outage | None = None
) -> Case:
    """Tell of every question of a locked case that has no answer in time; return the case.

    What became late while the desk stood still is kept for the one letter after that.
    """
    for question in questions.overdue(case, now):
        case = happens(desk, session, case_id, case, OutsideSilent(to=question.to), now)
        agents = who_hears(desk, session, case, question.who, now)
        if stood is not None:
            assert question.answer_by is not None
            silence = Duty(id=f"{outage.SILENCE}{question.to}", due_at=question.answer_by, overdue=True)
            outage.keep(desk, session, stood, case_id, agents, (silence,), now)
        else:
            for agent in agents:
                _write(desk, session, case_id, case, question, agent, now)
        log.info("no answer from outside", case=case_id, to=question.to)
    return case


def tell_late(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    duties: Iterable[Duty],
    agents: Sequence[Agent],
    now: datetime,
) -> tuple[Duty, ...]:
    """Tell of the silence that was kept of a case, where it still lasts; return what else was kept."""
    others = []
    for duty in duties:
        if not duty.id.startswith(outage.SILENCE):
            others.append(duty)
            continue
        question = questions.open_to(case, duty.id.removeprefix(outage.SILENCE))
        # Who was asked anew, or reminded, is waited for again.
        if question is None or question not in case.waiting_questions or question.answer_by is not None:
            continue
        for agent in agents:
            _write(desk, session, case_id, case, replace(question, answer_by=duty.due_at), agent, now)
    return tuple(others)


def who_hears(
    desk: Desk, session: Session, case: Case, asker: str | None, now: datetime
) -> tuple[Agent, ...]:
    """Return who is told what becomes of a question: whoever asked it; else, or if away, who works on it."""
    absent = absences.absent(session, now)
    agent = desk.people.agent(asker) if asker else None
    if agent is not None and hearing.is_there(agent, absent):
        return (agent,)
    return hearing.readers(desk, case, absent)


def _write(
    desk: Desk, session: Session, case_id: int, case: Case, question: Question, agent: Agent, now: datetime
) -> None:
    zone = desk.config.desk.zone
    assert question.answer_by is not None
    several = len(case.questions) > 1
    again = f"#remind {question.to}" if several else "#remind"
    facts = case_facts.about_case(desk, session, case_id, case, workload.mails_of_case(session, case_id)) | {
        "received_on": case.received_at.astimezone(zone),
        "words": question.words,
        "attachments": (),
        "outside": question.to,
        "author": question.who,
        "asked_on": question.asked_at.astimezone(zone),
        "answer_by": question.answer_by.astimezone(zone),
        "says": tuple(_what_she_can_do(question, again)),
        "commands": _COMMANDS[1:] if question.reminded else (again, *_COMMANDS[1:]),
    }
    telling.send(
        desk,
        session,
        LETTER,
        agent,
        case_id,
        case,
        facts,
        key=f"{LETTER}:{case_id}:{question.letter}:{question.answer_by:%Y%m%dT%H%M%S}:{agent.name}",
        does=telling.NOTE,
        now=now,
    )


def _what_she_can_do(question: Question, again: str) -> Iterator[Sentence]:
    if question.reminded:
        yield say("{name} was reminded, too. Nothing more goes there by itself.", name=question.to)
    else:
        yield say(
            "{line} alone, at the top of your reply: your question goes there once more, without files.",
            line=again,
        )
    yield say("#escalate, another name and your question: somebody else is asked.")
    yield say("Or go on without an answer. You are not told of it again.")
