"""Who of the desk hears of it, and how does a letter to an agent become a key to the case?

Each agent gets a letter of her own, because its reply address names her, the case and how much of it she
had seen. Made in the transaction that records what she is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from mailproc.addressing import new_public_id
from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.events import (
    Event,
    LetterAccepted,
    LetterCancelled,
    LetterDeferred,
    LetterFailed,
    LetterUncertain,
    MailBounced,
)
from mailproc.cases.rating import severity
from mailproc.cases.words import in_words, text_again, what_again
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.jobs import bundling
from mailproc.jobs.alike import others_of_customer
from mailproc.jobs.files import Files, for_agents
from mailproc.jobs.stages import stage_of
from mailproc.jobs.written import read_now, read_then
from mailproc.mail import Message, address_key
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.compose import AutoSubmitted, compose
from mailproc.outbound.kinds import LETTERS
from mailproc.people import Agent
from mailproc.sentences import Sentence, joined, say, translated
from mailproc.store import absences, casebook, customer_mails, outbox, relays, workload
from mailproc.store.tables import HistoryRow

log = structlog.get_logger(__name__)

EXCHANGES = 5  # what happened before, as a letter shows it
ANSWER, NOTE = "answer", "note"

_COMMANDS = ("#note", "#take", "#assign", "#wait 3d", "#resolve upheld cause=… remedy=…", "#help")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One thing that happened before."""

    at: datetime
    who: str
    what: str
    text: str


def readers(desk: Desk, case: Case, absent: Collection[str] = ()) -> tuple[Agent, ...]:
    """Return who is told about a case: its owner; else who is there of its team; else who is there at all.

    `absent` are the names of those whose mailboxes have said that they are away. When all are away,
    everybody: a case that nobody hears of is worse than a mail too many.
    """
    people = desk.people
    owner = people.agent(case.owner) if case.owner else None
    if owner is not None and is_there(owner, absent):
        return (owner,)
    for agents in (people.members(case.team) if case.team else (), people.agents):
        if there := tuple(agent for agent in agents if is_there(agent, absent)):
            return there
    return people.agents


def is_there(agent: Agent, absent: Collection[str]) -> bool:
    return not agent.away and agent.name not in absent


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
    participant: str | None = None,
    remarks: Sequence[Sentence] = (),
) -> None:
    """Write to the agents about a mail of the customer: `new_case` or `follow_up`.

    `also` hear of it besides those who work on the case. `stranger` is who wrote it when that is an address
    not known for the case, `participant` when it is somebody who takes part beside the customer: it is said
    above the words. `remarks` say what the mail does to a case that was decided.
    """
    absent = absences.absent(session, now)
    told = dict.fromkeys((*readers(desk, case, absent), *also))
    if not told:
        return
    zone = desk.config.desk.zone
    mail = read_now(
        desk,
        message,
        inbox_id=inbox_id,
        authenticated=authenticated,
        stranger=stranger,
        participant=participant if stranger is None else None,
        at=received_at.astimezone(zone),
    )
    # The mail it tells of is being received, and not counted yet.
    contacts = workload.mails_of_case(session, case_id) + 1
    others = others_of_customer(session, case_id, case, mail.words, now) if letter == "new_case" else ()
    for agent in told:
        place = bundling.place(desk, session, letter, case_id, agent.name, now, message.attachments)
        earlier = customer_mails.these(session, place.shown)
        told_here = (*((each.inbox_id, each.files) for each in earlier), (inbox_id, message.attachments))
        taken = [file for each in told_here for file in files.of(*each)]
        listed, enclosed = for_agents(taken, desk.config.desk.agent_files, len(told))
        facts = about_case(desk, session, case_id, case, contacts, besides=(inbox_id, *place.shown))
        facts |= mail.facts() | {
            "attachments": listed,
            "earlier": tuple(read_then(desk, case, earlier)),
            "left_out": place.left_out,
            "others": others,
            "remarks": tuple(remarks),
        }
        if len(enclosed) < len(listed):
            facts["commands"] = (*_COMMANDS, "#original")
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
            due_at=place.due_at,
            rewrites=place.rewrites,
            bundle=(*place.bundle, inbox_id),
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
    case_id, case = casebook.load_where_it_goes_on(session, case_id)
    facts = about_case(desk, session, case_id, case, workload.mails_of_case(session, case_id)) | {
        "received_on": case.received_at.astimezone(desk.config.desk.zone),
        "words": joined(": ", (in_words(letter), subject)),
        "attachments": (),
        "reason": reason or say("no reason was given"),
    }
    for agent in readers(desk, case, absences.absent(session, now)):
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


def about_case(
    desk: Desk, session: Session, case_id: int, case: Case, contacts: int, *, besides: Collection[int] = ()
) -> dict[str, Any]:
    """What every letter about a case says of it; `besides` are the mails that the letter itself shows."""
    before = relays.history(session, case_id, EXCHANGES, besides=besides)
    decide_by = case.decide_by
    policy = desk.policy_of(case)
    return {
        "authenticated": casebook.is_sender_proved(session, case_id),
        "status": case.status.value,
        "category": case.category,
        "priority": case.priority.value,
        "severity": severity(case.urgency, case.impact),
        "owner": case.owner,
        "stage": stage_of(desk, case),
        "decide_by": policy.promised_on(decide_by, desk.config.desk.zone) if decide_by else None,
        "contacts": contacts,
        "participants": sorted(case.participants - {address_key(case.customer_email)}),
        "copied": case.copied,
        "exchanges": with_words(desk, session, case, before),
        "commands": _COMMANDS,
        "stranger": None,
        "participant": None,
    }


def exchanges(rows: Iterable[HistoryRow], said: Mapping[int, str] | None = None) -> tuple[Exchange, ...]:
    """What happened, as a letter shows it; `said` are words of the customer, by the history entry."""
    said = said or {}
    return tuple(
        Exchange(
            at=row.at,
            who=row.who,
            what=what_again(row.what),
            text=joined("\n\n", filter(None, (text_again(row.who, row.text), said.get(row.id or 0)))),
        )
        for row in rows
    )


def with_words(desk: Desk, session: Session, case: Case, rows: Sequence[HistoryRow]) -> tuple[Exchange, ...]:
    """What happened, with what the customer wrote: not every reader was told of each of her mails."""
    return exchanges(rows, said_by_customer(desk, session, case, rows))


def said_by_customer(desk: Desk, session: Session, case: Case, rows: Iterable[HistoryRow]) -> dict[int, str]:
    """Return what the customer wrote in the mails that entries of the history are about."""
    theirs = {row.inbox_id: row.id for row in rows if row.who == "customer" and row.inbox_id and row.id}
    mails = read_then(desk, case, customer_mails.these(session, list(theirs)))
    return {theirs[mail.inbox_id]: mail.words for mail in mails}


def send(
    desk: Desk,
    session: Session,
    letter: str,
    agent: Agent,
    case_id: int | None,
    case: Case | None,
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
    author: str | None = None,
    due_at: datetime | None = None,
    rewrites: relays.Told | None = None,
    bundle: Sequence[int] = (),
    proposal_inbox_id: int | None = None,
) -> int | None:
    """Queue one letter to one agent and make it a key; None when it is queued already, or cannot be made.

    A letter to an agent that cannot be made, for the sake of her address or a template, is written into the
    history: the mail that it tells of must not suffer from it. `seen` is the last history entry of the case
    that an answer is taken to know, by default the newest; `about_inbox_id` the customer's mail that it
    tells of. Without a case it is about a mail of hers that has none, or about many.
    It leaves at `due_at`, by default at once; `rewrites` is a letter that waits, in whose place it comes.
    `bundle` and `author` as in the relay; `proposal_inbox_id` is the agent's mail with the resolution that an
    answer may approve.
    """
    settings = desk.config.desk
    known = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "reference": case.reference if case else None,
        "agent_name": agent.name,
        "customer_name": (case.customer_name if case else None) or None,
        "customer_email": (case.customer_email if case else None) or None,
        "subject": (case.subject if case else None) or None,
        "does": does,
        "draft": None,
        **facts,
    }
    tongue = next((tongue for tongue in agent.languages if tongue in desk.letters.languages), None)
    language = desk.letters.language_of(letter, tongue)
    public_id = rewrites.public_id if rewrites else new_public_id()
    address = desk.address
    try:
        catalog = desk.letters.catalog(language)
        names = {name: translated(known[name], catalog) for name in LETTERS[letter].names}
        mail = compose(
            desk.letters.render(letter, language, names),
            desk=address,
            desk_name=settings.name,
            recipient=agent.address,
            public_id=public_id,
            reference=case.reference if case else None,
            now=now,
            zone=settings.zone,
            in_reply_to=in_reply_to,
            references=references,
            automatic=AutoSubmitted.GENERATED,
            sender_name=case.reference if case else None,
            attachments=enclosures,
            answer_to=address.confirm_address(public_id) if confirms else address.agent_address(public_id),
            asks_for_absence=True,
        )
    except LetterError as error:
        log.error("letter to an agent cannot be made", letter=letter, case=case_id)
        what = f"{letter} to {agent.name} cannot be made"
        entry = HistoryEntry(at=now, who="desk", what=what, text=str(error))
        if case_id is not None:
            casebook.write_history(session, case_id, [entry])
        return None
    last_seen = seen if seen is not None else relays.last_entry(session, case_id) if case_id else 0
    if rewrites is not None:
        outbox.rewrite(session, rewrites.outbox_id, mail)
        relays.renew(
            session, rewrites.outbox_id, seen=last_seen, about_inbox_id=about_inbox_id or 0, bundle=bundle
        )
        return rewrites.outbox_id
    id = outbox.queue(
        session, mail, letter=letter, key=key, case_id=case_id, automatic=False, now=now, due_at=due_at
    )
    if id is not None:
        relays.remember(
            session,
            id,
            agent=agent.name,
            case_id=case_id,
            expires_at=now + timedelta(days=settings.agent_token_days),
            seen=last_seen,
            stands_for=stands_for or letter,
            about_inbox_id=about_inbox_id,
            held_inbox_id=held_inbox_id,
            author=author,
            bundle=bundle,
            proposal_inbox_id=proposal_inbox_id,
        )
    return id


def send_about_many(
    desk: Desk,
    session: Session,
    letter: str,
    agent: Agent,
    facts: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
) -> int | None:
    """Queue a letter that is about many cases, or the whole desk: an answer to it reaches no customer."""
    return send(
        desk,
        session,
        letter,
        agent,
        None,
        None,
        facts,
        key=key,
        does=NOTE,
        now=now,
        enclosures=enclosures,
    )


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


def tell_of_copy(
    session: Session,
    case_id: int,
    event: Event,
    now: datetime,
    *,
    outbox_id: int,
    inbox_id: int | None = None,
) -> None:
    """Write down what became of a copy; neither the customer nor his clocks hang on it."""
    match event:
        case LetterAccepted():
            what, text = "accepted", event.reply
        case LetterFailed():
            what, text = "could not be sent", event.reply
        case LetterDeferred():
            what, text = "deferred, will be tried again", event.reply
        case LetterUncertain():
            what, text = "may have been sent twice or not at all", ""
        case LetterCancelled():
            what, text = "cancelled, it was not sent", ""
        case MailBounced():
            what, text = "came back" if event.permanent else "delayed on its way", event.diagnostic
        case _:
            return
    who = event.who if isinstance(event, LetterCancelled) else "server"
    text = f"{event.recipient}: {text}" if text else event.recipient
    entry = HistoryEntry(at=now, who=who, what=f"copy of {event.letter} {what}", text=text)
    casebook.write_history(session, case_id, [entry], inbox_id=inbox_id, outbox_id=outbox_id)
