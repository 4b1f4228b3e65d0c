"""What do agents hear of each other? Notes, what was done to their case, and mail that somebody missed.

Told is whoever owns the case, whoever gets it or loses it, and whoever is answered, and never who did it. A
case without an owner tells nobody: its team would drown, and its history has it all. That is also why two
machines that answer for agents cannot keep each other busy: a note goes one way, the same words are told once
a day, and so many letters a day are all there are (our choice).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mailproc.cases import reported
from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.events import (
    AgentReplied,
    Event,
    HappeningReported,
    NoteAdded,
    ReportTakenBack,
    ResolutionWritten,
)
from mailproc.cases.words import HAPPENINGS
from mailproc.desk import Desk
from mailproc.jobs import case_facts, escalating, hearing, telling
from mailproc.jobs.orders import Order
from mailproc.jobs.telling import NOTE
from mailproc.jobs.written import Written, read_then
from mailproc.people import Agent, name_key
from mailproc.sentences import Sentence, joined, say
from mailproc.store import absences, casebook, customer_mails, relays, workload
from mailproc.store.escalations import Ended

LETTER = "colleague_note"
NOTES_A_DAY = 20  # to one agent about one case
_A_DAY = timedelta(days=1)

# What the letter says that a colleague did; `_say.*.txt` has the words.
RESOLVED, ANSWERED, REPORTED, NOTED = "resolved", "answered", "reported", "noted"
ASSIGNED, TOOK, PASSED = "assigned", "took", "passed"  # to the reader, from the reader, to somebody else
UNREACHABLE, AWAY = "unreachable", "away"

# Letters that somebody has to see. Others only tell their reader what became of her own mails.
_FOR_SOMEBODY = frozenset({"new_case", "follow_up", "deadline_near", "undeliverable", "escalation"})


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a colleague wrote in one mail: the words, of which kind they are, and a note beside them."""

    deed: str
    words: str
    note: str | None


def tell_of_deeds(order: Order, before: Case) -> None:
    """Write to the colleagues concerned about what an agent's mail has done to a case."""
    desk, session, after, author = order.desk, order.session, order.case, order.agent
    said = _said(order.events, _reported(desk, order.events, before, order.case, order.now))
    if said is not None and _said_before(order, said):
        return
    handed = before.owner != after.owner
    absent = absences.absent(session, order.now)
    for name, change in _concerned(order, before).items():
        agent = desk.people.agent(name)
        told = agent is not None and (change or (said and hearing.is_there(agent, absent)))
        if agent is None or not told or name_key(name) == name_key(author.name):
            continue
        deeds = tuple(filter(None, (said.deed if said else None, change)))
        if handed and (said is None or said.deed == NOTED):
            deeds = deeds[::-1]  # whose case it is now matters more than the note that came with it
        _send(
            desk,
            session,
            agent,
            order.case_id,
            after,
            author=author.name,
            deeds=deeds,
            said=said,
            newest=_newest(desk, session, order.case_id, after),
            key=f"{LETTER}:{order.inbox_id}:{order.case_id}:{agent.name}",
            now=order.now,
        )


def tell_of_report(
    desk: Desk,
    session: Session,
    case_id: int,
    before: Case,
    case: Case,
    event: HappeningReported | ReportTakenBack,
    now: datetime,
) -> bool:
    """Write to who owns a case what somebody reported of it without a mail; False when nobody is told."""
    owner = desk.people.agent(case.owner) if case.owner else None
    if owner is None or name_key(owner.name) == name_key(event.who):
        return False
    if not hearing.is_there(owner, absences.absent(session, now)):
        return False
    _send(
        desk,
        session,
        owner,
        case_id,
        case,
        author=event.who,
        deeds=(REPORTED,),
        said=_said([event], _reported(desk, [event], before, case, now)),
        newest=_newest(desk, session, case_id, case),
        key=f"{LETTER}:reported:{relays.last_entry(session, case_id)}:{owner.name}",
        now=now,
    )
    return True


def pass_on(desk: Desk, session: Session, outbox_id: int, why: str, now: datetime) -> None:
    """Tell others about a case when a letter about it did not reach its agent, or she is away.

    Nobody is told when a colleague had the same news, nor twice about the same letter.
    """
    missed = relays.of_letter(session, outbox_id)
    if missed is None or missed.case_id is None or missed.letter not in _FOR_SOMEBODY:
        return
    if escalating.missed(desk, session, missed, Ended(why), now):
        return
    case = casebook.load(session, missed.case_id)
    reached: set[str] = set()
    if missed.about_inbox_id is not None:
        reached |= relays.told_of_mail(session, missed.case_id, missed.about_inbox_id) - {missed.agent}
    if reached:
        return
    absent = {*absences.absent(session, now), missed.agent}
    others = [agent for agent in hearing.readers(desk, case, absent) if agent.name != missed.agent]
    for agent in others:
        _send(
            desk,
            session,
            agent,
            missed.case_id,
            case,
            author=missed.agent,
            deeds=(why,),
            said=None,
            newest=_newest(desk, session, missed.case_id, case),
            key=f"passed_on:{outbox_id}:{agent.name}",
            now=now,
        )


def _said(events: Sequence[Event], news: Sentence | None) -> _Said | None:
    """What is worth telling of one mail's events, the weightiest first."""
    notes = "\n\n".join(event.text for event in events if isinstance(event, NoteAdded)) or None
    for kind, deed in ((ResolutionWritten, RESOLVED), (AgentReplied, ANSWERED)):
        for event in events:
            if isinstance(event, kind):
                beside = [part for part in (news, notes) if part]
                return _Said(deed=deed, words=event.text, note=joined("\n\n", beside) if beside else None)
    if news is not None:
        return _Said(deed=REPORTED, words=news, note=notes)
    return _Said(deed=NOTED, words=notes, note=None) if notes else None


def _reported(
    desk: Desk, events: Sequence[Event], before: Case, case: Case, now: datetime
) -> Sentence | None:
    """What was reported or taken back, with what is due by it; None when nothing was."""
    lines: list[str] = []
    for event in events:
        if isinstance(event, HappeningReported):
            lines += [say("Written down: {what}.", what=HAPPENINGS[event.what]), event.text]
        elif isinstance(event, ReportTakenBack):
            lines += [say("Taken back: {what}.", what=HAPPENINGS[event.what]), event.text]
    if not lines:
        return None
    lines += reported.changes(before, case, desk.policy_of(case), desk.config.desk.zone, now)
    return joined("\n", filter(None, lines))


def _said_before(order: Order, said: _Said) -> bool:
    """Whether the same note was made before: a machine that answers for her says the same each time."""
    since = order.now - _A_DAY
    return (
        said.deed == NOTED
        and relays.noted_since(order.session, order.case_id, order.agent.name, said.words, since) > 1
    )


def _concerned(order: Order, before: Case) -> dict[str, str | None]:
    """Return who is concerned, by name, with what it changes for each."""
    after = order.case
    concerned: dict[str, str | None] = {}
    if order.relay.author:
        concerned[order.relay.author] = None
    if after.owner:
        concerned[after.owner] = ASSIGNED if after.owner != before.owner else None
    if before.owner and before.owner != after.owner:
        concerned[before.owner] = TOOK if after.owner == order.agent.name else PASSED
    return concerned


def _newest(desk: Desk, session: Session, case_id: int, case: Case) -> Written | None:
    mail = customer_mails.newest(session, case_id)
    return read_then(desk, case, [mail])[0] if mail else None


def _send(
    desk: Desk,
    session: Session,
    agent: Agent,
    case_id: int,
    case: Case,
    *,
    author: str,
    deeds: tuple[str, ...],
    said: _Said | None,
    newest: Written | None,
    key: str,
    now: datetime,
) -> None:
    told = relays.told_since(session, case_id, agent.name, (LETTER,), now - _A_DAY)
    if told >= NOTES_A_DAY:
        what = f"{LETTER} not sent to {agent.name}"
        entry = HistoryEntry(at=now, who="desk", what=what, text=f"{told} letters within a day")
        casebook.write_history(session, case_id, [entry])
        return
    besides = (newest.inbox_id,) if newest and said is None else ()
    facts = case_facts.about_case(
        desk, session, case_id, case, workload.mails_of_case(session, case_id), besides=besides
    )
    if newest is not None and said is None:
        facts |= newest.facts()
    else:
        received_on = newest.at if newest else case.received_at.astimezone(desk.config.desk.zone)
        facts |= {
            "received_on": received_on,
            "words": said.words if said else "-",
            "attachments": (),
        }
    telling.send(
        desk,
        session,
        LETTER,
        agent,
        case_id,
        case,
        facts
        | {
            "author": author,
            "deeds": deeds,
            "kind": said.deed if said else "customer",
            "note": said.note if said else None,
        },
        key=key,
        does=NOTE,
        now=now,
        about_inbox_id=newest.inbox_id if newest else None,
        author=author if said else None,
    )
