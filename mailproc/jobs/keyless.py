"""What is written to an agent about a mail of hers that has no case, and to whom is nothing said?

It answers none of our letters, or one that is about no case. Who has proved her domain gets her words back
with what to do, and is asked before anything happens. Whoever only claims to be her learns nothing; she is
told once a day. All of it goes to her registered address and is a key to nothing but a new case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from mailproc.cases.case import HistoryEntry
from mailproc.desk import Desk
from mailproc.errors import CommandError, LetterError, NotAllowed
from mailproc.inbound.forwarded import is_on_behalf
from mailproc.inbound.identity import Identity, Level
from mailproc.jobs import forwarding, telling
from mailproc.jobs.orders import Order, Returned
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import joined, say
from mailproc.store import casebook, relays
from mailproc.store.receiving import Locked

# What the desk writes to an agent because of a mail of hers, and how often within a day about one case, or
# about none. A machine in her mailbox that hides what it is would else be answered for ever (our choice).
ANSWERS_TO_HER = ("receipt", "returned", "confirm")
ANSWERS_A_DAY = 20

_HOW: tuple[str, ...] = (
    say("To work a case, answer the newest mail that you have about it."),
    say(
        "To bring in a complaint of a customer, forward her mail to the desk with #from and her address on"
        " the first line."
    ),
    say("If it is a complaint of your own, answer this mail with the word complaint."),
)


def faults_said(error: CommandError) -> tuple[str, tuple[str, ...]]:
    """Return why a mail with faulty commands comes back, and what to do about each."""
    return (
        say("some of the commands at the top cannot be carried out, so nothing was done"),
        tuple(joined("", (fault.written, ": ", fault.found, "; ", fault.remedy)) for fault in error.faults),
    )


def about_no_case() -> Returned:
    """Why nothing follows from an answer to a letter that is about no case."""
    return Returned(say("the mail that you answered is about no case"), _HOW)


def answer(
    desk: Desk, session: Session, row: Locked, message: Message, identity: Identity, now: datetime
) -> str:
    """Tell the agent whom a mail says it is from what became of it; return why it is held."""
    reason = f"{identity.rule}: {identity.reason}"
    name = identity.agent or identity.claims
    agent = desk.people.agent(name) if name else None
    if agent is None or row.silent:
        return reason
    if identity.level < Level.KNOWN or identity.agent is None:
        _warn(desk, session, message, agent, identity, now)
        return reason
    if not is_on_behalf(message.text):
        why = say("it answers no mail of the desk") if identity.rule == "no_token" else identity.reason
        give_back(desk, session, row, message, agent, Returned(why, _HOW), now)
        return reason
    try:
        brought = forwarding.read(desk, message, now)
    except (Returned, CommandError) as error:
        return f"{identity.rule}: {give_back(desk, session, row, message, agent, error, now)}"
    facts = {
        "action": say("A case is opened for {address}, with the complaint below.", address=brought.customer),
        "words": message.text or "-",
    }
    send(desk, session, message, agent, "confirm", facts, now, row.id)
    return f"{identity.rule}: waits for her yes"


def give_back(
    desk: Desk,
    session: Session,
    row: Locked,
    message: Message,
    agent: Agent,
    error: Returned | NotAllowed | CommandError | LetterError,
    now: datetime,
) -> str:
    """Send her words back with the reason; return it. Her answer may still say what the mail is."""
    if isinstance(error, Returned):
        reason, remedies = error.reason, error.remedies
    elif isinstance(error, CommandError):
        reason, remedies = faults_said(error)
    else:
        reason, remedies = error.said, _HOW
    facts = {"reason": reason, "remedies": remedies, "words": message.text or None, "since": None}
    send(desk, session, message, agent, "returned", facts, now, row.id)
    return reason


def send(
    desk: Desk,
    session: Session,
    message: Message,
    agent: Agent,
    letter: str,
    facts: Mapping[str, object],
    now: datetime,
    held: int,
) -> None:
    """Queue a letter about a mail of hers that has no case: once, by whatever routes the mail came."""
    told = relays.told_since(session, None, agent.name, ANSWERS_TO_HER, now - timedelta(days=1))
    if told >= ANSWERS_A_DAY:
        return
    telling.send(
        desk,
        session,
        letter,
        agent,
        None,
        None,
        {"subject": message.subject or None, **facts},
        key=f"{letter}:{agent.name}:{message.content_key}",
        does=telling.NOTE,
        now=now,
        in_reply_to=message.message_id,
        confirms=letter == "confirm",
        held_inbox_id=held,
    )


def note_others(order: Order, others: Sequence[str]) -> None:
    """Her mail also went past the desk, and with it the signed address that is worth nothing from now on."""
    text = ", ".join(others[:5])
    entry = HistoryEntry(at=order.now, who="desk", what="an agent's mail also went to others", text=text)
    casebook.write_history(order.session, order.case_id, [entry], inbox_id=order.inbox_id)


def _warn(
    desk: Desk, session: Session, message: Message, agent: Agent, identity: Identity, now: datetime
) -> None:
    """Tell her that somebody writes in her name, once a day whatever comes: and not one word of his."""
    telling.send(
        desk,
        session,
        "returned",
        agent,
        None,
        None,
        {
            "reason": say("a mail in your name was not acted upon: {why}", why=identity.reason),
            "remedies": (
                say("If it was yours, answer a mail that you have from the desk, or this one."),
                say("If it was not yours, somebody uses your address; nothing was done."),
            ),
            "words": None,
            "since": None,
        },
        key=f"unproved:{agent.name}:{now:%Y%m%d}",
        does=telling.NOTE,
        now=now,
    )
