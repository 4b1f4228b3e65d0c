"""Who of the desk hears of it, and how does a letter to an agent become a key to the case?

Each agent gets a letter of her own, because its reply address names her, the case and how much of it she
had seen. Made in the transaction that records what she is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from mailproc.addressing import new_public_id
from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.events import CaseRouted, Event, LetterFailed, MailBounced
from mailproc.cases.routing import assignee, route
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.files import Files, for_agents
from mailproc.mail import Message
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.compose import AutoSubmitted, compose
from mailproc.outbound.kinds import LETTERS
from mailproc.people import Agent
from mailproc.store import casebook, outbox, relays, workload
from mailproc.store.tables import HistoryRow

log = structlog.get_logger(__name__)

EXCHANGES = 5  # what happened before, as a letter shows it
ANSWER, NOTE = "answer", "note"

_COMMANDS = ("#note", "#take", "#assign", "#wait 3d", "#resolve upheld", "#help")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One thing that happened before."""

    at: datetime
    who: str
    what: str
    text: str


def route_case(desk: Desk, session: Session, case: Case) -> CaseRouted | None:
    """Return which team gets a new case, and who of it; None when the routes name nobody."""
    people = desk.people
    domain = case.customer_email.rpartition("@")[2] or None
    team = route(
        people.routing,
        category=case.category,
        language=case.language,
        mailbox=case.mailbox,
        customer_domain=domain,
    )
    if team is None:
        return None
    members = people.members(team)
    names = [member.name for member in members]
    open_cases = workload.open_cases_of(session, names)
    owner = assignee(members, people.assignment, open_cases, workload.last_owner(session, team))
    return CaseRouted(team=team, owner=owner)


def readers(desk: Desk, case: Case) -> tuple[Agent, ...]:
    """Return who is told about a case: its owner; else who is there of its team; else who is there at all.

    When all are away, everybody: a case that nobody hears of is worse than a mail too many.
    """
    people = desk.people
    owner = people.agent(case.owner) if case.owner else None
    if owner is not None and not owner.away:
        return (owner,)
    for agents in (people.members(case.team) if case.team else (), people.agents):
        if there := tuple(agent for agent in agents if not agent.away):
            return there
    return people.agents


def tell_of_mail(
    desk: Desk,
    session: Session,
    letter: str,
    case_id: int,
    case: Case,
    message: Message,
    *,
    files: Files,
    inbox_id: int,
    authenticated: bool,
    stranger: str | None,
    received_at: datetime,
    now: datetime,
    also: Sequence[Agent] = (),
) -> None:
    """Write to the agents about a mail of the customer: `new_case` or `follow_up`.

    `also` hear of it besides those who work on the case. `stranger` is who wrote it when that is an address
    not known for the case: it is said above the words.
    """
    told = dict.fromkeys((*readers(desk, case), *also))
    if not told:
        return
    reading = new_words(message.text, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    words = reading.text or message.text or "-"
    if stranger is not None:
        words = f"[{stranger}, an address that is not known for this case, wrote:]\n\n{words}"
    # The mail it tells of is being received, and not counted yet.
    contacts = workload.mails_of_case(session, case_id) + 1
    taken = files.of(inbox_id, message.attachments)
    listed, enclosed = for_agents(taken, desk.config.desk.agent_files, len(told))
    facts = about_case(desk, session, case_id, case, contacts) | {
        "authenticated": authenticated,
        "received_on": received_at.astimezone(desk.config.desk.zone),
        "words": words,
        "attachments": listed,
    }
    if len(enclosed) < len(listed):
        facts["commands"] = (*_COMMANDS, "#original")
    for agent in told:
        send(
            desk,
            session,
            letter,
            agent,
            case_id,
            case,
            facts,
            key=f"{letter}:{inbox_id}:{agent.name}",
            does=ANSWER if case.customer_email else NOTE,
            now=now,
            about_inbox_id=inbox_id,
            enclosures=enclosed,
        )


def tell_of_failure(
    desk: Desk,
    session: Session,
    case_id: int,
    *,
    letter: str,
    subject: str,
    outbox_id: int,
    reason: str,
    now: datetime,
) -> None:
    """Write to the agents that the customer did not get a letter: somebody has to reach her otherwise."""
    case = casebook.load(session, case_id)
    facts = about_case(desk, session, case_id, case, workload.mails_of_case(session, case_id)) | {
        "received_on": case.received_at.astimezone(desk.config.desk.zone),
        "words": f"{letter}: {subject}",
        "attachments": (),
        "reason": reason or "no reason was given",
    }
    for agent in readers(desk, case):
        send(
            desk,
            session,
            "undeliverable",
            agent,
            case_id,
            case,
            facts,
            key=f"undeliverable:{outbox_id}:{agent.name}",
            does=NOTE,
            now=now,
        )


def about_case(desk: Desk, session: Session, case_id: int, case: Case, contacts: int) -> dict[str, Any]:
    """What every letter about a case says of it."""
    decide_by = next((clock.due_at for clock in case.clocks if clock.id == "decide"), None)
    return {
        "authenticated": casebook.is_sender_proved(session, case_id),
        "status": case.status.value,
        "owner": case.owner,
        "decide_by": decide_by.astimezone(desk.config.desk.zone).date() if decide_by else None,
        "contacts": contacts,
        "exchanges": exchanges(relays.history(session, case_id, EXCHANGES)),
        "commands": _COMMANDS,
    }


def exchanges(rows: Iterable[HistoryRow]) -> tuple[Exchange, ...]:
    return tuple(Exchange(at=row.at, who=row.who, what=row.what, text=row.text) for row in rows)


def with_words(session: Session, rows: Iterable[HistoryRow]) -> tuple[Exchange, ...]:
    """As `exchanges`, with what the customer wrote: for somebody who was not told of each of her mails."""
    told = []
    for row, exchange in zip(rows := tuple(rows), exchanges(rows), strict=True):
        text = exchange.text
        if row.who == "customer" and row.inbox_id is not None:
            written = casebook.words_of_mail(session, row.inbox_id) or ""
            # Whether it was HTML is not known any more; then `>` marks a quotation.
            text = "\n\n".join(filter(None, (text, new_words(written, from_html=False).text or written)))
        told.append(replace(exchange, text=text))
    return tuple(told)


def send(
    desk: Desk,
    session: Session,
    letter: str,
    agent: Agent,
    case_id: int,
    case: Case,
    facts: Mapping[str, Any],
    *,
    key: str,
    does: str,
    now: datetime,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    confirms: bool = False,
    stands_for: str | None = None,
    seen: int | None = None,
    about_inbox_id: int | None = None,
    held_inbox_id: int | None = None,
    enclosures: Sequence[Enclosure] = (),
    proposal_inbox_id: int | None = None,
) -> int | None:
    """Queue one letter to one agent and make it a key; None when it is queued already, or cannot be made.

    A letter to an agent that cannot be made, for the sake of her address or a template, is written into the
    history: the mail that it tells of must not suffer from it. `seen` is the last history entry of the case
    that an answer is taken to know, by default the newest; `about_inbox_id` the customer's mail that it
    tells of; `proposal_inbox_id` the agent's mail with the resolution that an answer may approve.
    """
    settings = desk.config.desk
    known = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "reference": case.reference,
        "agent_name": agent.name,
        "customer_name": case.customer_name or None,
        "customer_email": case.customer_email or None,
        "subject": case.subject or None,
        "does": does,
        "draft": None,
        **facts,
    }
    language = next((tongue for tongue in agent.languages if tongue in desk.letters.languages), None)
    public_id = new_public_id()
    address = desk.address
    try:
        names = {name: known[name] for name in LETTERS[letter].names}
        mail = compose(
            desk.letters.render(letter, language, names),
            desk=address,
            desk_name=settings.name,
            recipient=agent.address,
            public_id=public_id,
            reference=case.reference,
            now=now,
            zone=settings.zone,
            in_reply_to=in_reply_to,
            references=references,
            automatic=AutoSubmitted.GENERATED,
            sender_name=case.reference,
            attachments=enclosures,
            answer_to=address.confirm_address(public_id) if confirms else address.agent_address(public_id),
        )
    except LetterError as error:
        log.error("letter to an agent cannot be made", letter=letter, case=case_id)
        what = f"{letter} to {agent.name} cannot be made"
        entry = HistoryEntry(at=now, who="desk", what=what, text=str(error))
        casebook.write_history(session, case_id, [entry])
        return None
    id = outbox.queue(session, mail, letter=letter, key=key, case_id=case_id, automatic=False, now=now)
    if id is not None:
        relays.remember(
            session,
            id,
            agent=agent.name,
            case_id=case_id,
            expires_at=now + timedelta(days=settings.agent_token_days),
            seen=relays.last_entry(session, case_id) if seen is None else seen,
            stands_for=stands_for or letter,
            about_inbox_id=about_inbox_id,
            held_inbox_id=held_inbox_id,
            proposal_inbox_id=proposal_inbox_id,
        )
    return id


def tell_of_agents_letter(
    session: Session,
    case_id: int,
    event: Event,
    now: datetime,
    *,
    outbox_id: int,
    inbox_id: int | None = None,
) -> None:
    """Write down what went wrong with a letter to an agent; the customer and his clocks are not concerned."""
    match event:
        case LetterFailed():
            what, text = "could not be sent", event.reply
        case MailBounced():
            what, text = "came back", event.diagnostic
        case _:
            return
    entry = HistoryEntry(
        at=now, who="server", what=f"{event.letter} to an agent {what}", text=f"{event.recipient}: {text}"
    )
    casebook.write_history(session, case_id, [entry], inbox_id=inbox_id, outbox_id=outbox_id)
