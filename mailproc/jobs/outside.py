"""What becomes of a mail from somebody outside whom an agent asked? It stays until an agent releases it.

Asked of it is what is asked of an agent's mail (`inbound/identity.py`): a registered From, the word of our
mail host, and the signed address of a letter that went to this very contact. Without all of them it is held,
and those who work on the case are told that it came. Its commands are words; nothing of it reaches the
customer by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.events import (
    ActRefused,
    AutoReplyReceived,
    Event,
    LetterFailed,
    MailBounced,
    OutsideAnswered,
    OutsideNotReached,
)
from mailproc.desk import Desk
from mailproc.inbound.carriers import carriers
from mailproc.inbound.identity import Identity, Level, identify
from mailproc.inbound.matching import clues
from mailproc.inbound.reply_text import new_words
from mailproc.inbound.trust import authenticated
from mailproc.jobs import case_facts, hearing, telling, unanswered
from mailproc.jobs.bringing import Ending
from mailproc.jobs.files import Files, ListedFile, for_agents
from mailproc.jobs.find import find_case
from mailproc.jobs.following import happens
from mailproc.jobs.speaking import as_keys
from mailproc.mail import Message
from mailproc.outbound.bodies import Enclosure
from mailproc.sentences import Sentence, say
from mailproc.store import absences, casebook, escalations, relays, workload
from mailproc.store.escalations import Ended
from mailproc.store.receiving import Disposition
from mailproc.store.relays import StoredRelay

REQUEST, ANSWER = "outside_request", "outside_answer"
_COMMANDS = ("#send", "#note", "#take", "#escalate …", "#help")


def claims(desk: Desk, session: Session, message: Message) -> bool:
    """Whether a mail without the signed address still speaks as somebody outside about a case of ours.

    It answers the letter that asked him, or comes from his registered address and names a case. A complaint
    of his own is one like anybody's, and so is what he writes about it later.
    """
    if _letters(session, desk, message):
        return True
    if _name(desk, message) is None:
        return False
    found = clues(message, desk.address)
    if not found.own_message_tokens and not casebook.find_by_reference(session, found.subject_references):
        return False
    match = find_case(session, message, desk.address).match
    return match is None or not match.known_sender


def who_answers(
    desk: Desk, session: Session, message: Message, now: datetime
) -> tuple[Identity, StoredRelay | None]:
    """Return who speaks, and the letter of ours that he answers."""
    surroundings = desk.surroundings
    found = carriers(message, desk.address)
    stored = _letters(session, desk, message)
    identity = identify(
        message,
        # Here his token stands in the place of an agent's. Anchors of cases are not given to him.
        replace(found, tokens=found.contact, confirm=(), cases=()),
        as_keys(stored),
        registered=desk.people.registered_outside,
        authentication=authenticated(message, surroundings.trusted_authserv_id, surroundings.own_hosts),
        now=now,
        confirm_mode=desk.config.desk.agent_confirm,
    )
    named = identity.relay.public_id if identity.relay else next(iter(stored), None)
    return identity, stored.get(named) if named else None


def is_proved(identity: Identity) -> bool:
    """Whether it may be taken in. What would want one more yes of an agent's is taken in too.

    Nothing follows from it without an agent, who sees whether the sender is proved.
    """
    return identity.level >= Level.AGENT or identity.needs_confirmation


def receive(
    desk: Desk, session: Session, message: Message, *, files: Files, inbox_id: int, now: datetime
) -> Ending:
    """Take a mail from outside into its case, or hold it."""
    identity, relay = who_answers(desk, session, message, now)
    if relay is None or not is_proved(identity):
        return _hold(desk, session, message, identity, relay, inbox_id=inbox_id, now=now)
    if not relays.act_once(session, relay.outbox_id, message.content_key, inbox_id):
        reason = f"the same mail was taken in before, by letter {relay.outbox_id}"
        return Ending(disposition=Disposition.DUPLICATE, reason=reason, case_id=relay.case_id)
    assert relay.case_id is not None
    case_id, case = casebook.load_where_it_goes_on(session, relay.case_id)
    reading = new_words(message.text, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    words = reading.text or message.text or "-"
    listed, enclosed = for_agents(files.of(inbox_id, message.attachments), desk.config.desk.agent_files, 1)
    event = OutsideAnswered(who=relay.agent, text=words, rule=identity.rule)
    case = happens(desk, session, case_id, case, event, now, inbox_id=inbox_id)
    escalations.answered_outside(session, case_id, relay.agent, now)
    says = [
        say("Nothing of it has reached the customer, and nothing does without you."),
        say(
            "#send alone, at the top of your reply: these words go to the customer in your name, with the"
            " files that are enclosed here."
        ),
        say("#send with your own words below it: yours go to the customer, without the files."),
    ]
    _tell(
        desk,
        session,
        case_id,
        case,
        outside=relay.agent,
        asker=relay.author,
        says=says,
        words=words,
        proved=identity.level >= Level.AGENT,
        key=str(inbox_id),
        now=now,
        listed=listed,
        enclosures=enclosed,
        held=inbox_id,
    )
    reason = f"{relay.agent}: {identity.reason}"
    return Ending(disposition=Disposition.OUTSIDE, reason=reason, case_id=case_id)


def machine_answers(
    desk: Desk, session: Session, message: Message, *, inbox_id: int, now: datetime
) -> int | None:
    """Tell of an automatic answer to what was asked outside; return the case, or None when it is no such."""
    relay = next(iter(_letters(session, desk, message).values()), None)
    if relay is None or relay.case_id is None:
        return None
    case_id, case = casebook.load_where_it_goes_on(session, relay.case_id)
    sender = message.author.email if message.author else "an unknown sender"
    event = AutoReplyReceived(sender=sender, rule="mailbox_outside")
    case = happens(desk, session, case_id, case, event, now, inbox_id=inbox_id)
    says = [
        say("The mailbox of {name} answers by itself; nobody has read the question yet.", name=relay.agent)
    ]
    words = new_words(message.text, from_html=message.text_from_html).text or message.text or "-"
    key = f"machine:{relay.outbox_id}"
    _tell(
        desk,
        session,
        case_id,
        case,
        outside=relay.agent,
        asker=relay.author,
        says=says,
        words=words,
        proved=False,
        key=key,
        now=now,
    )
    return case_id


def came_back(
    desk: Desk,
    session: Session,
    outbox_id: int,
    event: Event,
    *,
    tell: bool,
    inbox_id: int | None,
    now: datetime,
) -> None:
    """Write down what went wrong with a letter to somebody outside, and tell of it when it is for good."""
    relay = relays.of_letter(session, outbox_id)
    if relay is None or relay.case_id is None:
        return
    match event:
        case LetterFailed():
            what, text = "could not be sent", event.reply
        case MailBounced():
            what, text = ("came back" if event.permanent else "is delayed on its way"), event.diagnostic
        case _:
            return
    case_id, case = casebook.load_where_it_goes_on(session, relay.case_id)
    unreached = OutsideNotReached(to=relay.agent, how=what, text=text, for_good=tell)
    case = happens(desk, session, case_id, case, unreached, now, inbox_id=inbox_id, outbox_id=outbox_id)
    if not tell:
        return
    escalations.answered_outside(session, case_id, relay.agent, now, Ended.UNREACHABLE)
    says = [say("The question to {name} did not arrive. The mail server says:", name=relay.agent)]
    key = f"failed:{outbox_id}"
    _tell(
        desk,
        session,
        case_id,
        case,
        outside=relay.agent,
        asker=relay.author,
        says=says,
        words=text or "-",
        proved=False,
        key=key,
        now=now,
    )


def _hold(
    desk: Desk,
    session: Session,
    message: Message,
    identity: Identity,
    relay: StoredRelay | None,
    *,
    inbox_id: int,
    now: datetime,
) -> Ending:
    """Keep a mail that nothing proves, and let those who work on the case know that there is one."""
    reason = f"{identity.rule}: {identity.reason}"
    case_id = relay.case_id if relay is not None else _named_case(desk, session, message)
    if case_id is None:
        return Ending(disposition=Disposition.HELD, reason=reason)
    case_id, case = casebook.load_where_it_goes_on(session, case_id)
    name = relay.agent if relay is not None else _name(desk, message) or "nobody known"
    refused = ActRefused(claims=name, rule=identity.rule, reason=identity.reason)
    case = happens(desk, session, case_id, case, refused, now, inbox_id=inbox_id)
    says = [
        say(
            "A mail about what {name} was asked came in and was held, because nothing proves who wrote it.",
            name=name,
        ),
        say("It is mail number {number}; whoever runs the desk has it.", number=inbox_id),
        say("Ask {name} to reply to our mail, with nothing in it changed.", name=name),
    ]
    _tell(
        desk,
        session,
        case_id,
        case,
        outside=name,
        asker=relay.author if relay is not None else None,
        says=says,
        words="-",
        proved=False,
        key=f"held:{case_id}:{name}:{now:%Y%m%d}",
        now=now,
    )
    return Ending(disposition=Disposition.HELD, reason=reason, case_id=case_id)


def _letters(session: Session, desk: Desk, message: Message) -> dict[str, StoredRelay]:
    """Return the letters to those outside that a mail names: by its address, its ids, or its return path."""
    found, named = carriers(message, desk.address), clues(message, desk.address)
    ids = [token.id for token in found.contact]
    ids += [token.id for token in named.own_message_tokens] + [token.id for token in named.return_path_tokens]
    return {id: relay for id, relay in relays.find(session, ids).items() if relay.letter == REQUEST}


def _named_case(desk: Desk, session: Session, message: Message) -> int | None:
    found = casebook.find_by_reference(session, clues(message, desk.address).subject_references)
    return found[0].case_id if len(found) == 1 else None


def _name(desk: Desk, message: Message) -> str | None:
    """Return whom outside From names, without proof."""
    registered = desk.people.registered_outside
    return next((registered[address.key] for address in message.from_ if address.key in registered), None)


def _tell(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    *,
    outside: str,
    asker: str | None,
    says: Sequence[Sentence],
    words: str,
    proved: bool,
    key: str,
    now: datetime,
    listed: Sequence[ListedFile] = (),
    enclosures: Sequence[Enclosure] = (),
    held: int | None = None,
) -> None:
    """Write to who works on the case and who asked. A reply is a note, and `#send` answers the customer."""
    contacts = workload.mails_of_case(session, case_id)
    shown = (held,) if held is not None else ()
    facts = case_facts.about_case(desk, session, case_id, case, contacts, besides=shown)
    facts |= {
        "received_on": now.astimezone(desk.config.desk.zone),
        "words": words,
        "attachments": tuple(listed),
        "authenticated": proved,
        "outside": outside,
        "says": tuple(says),
        "commands": _COMMANDS if held is not None else _COMMANDS[1:],
    }
    working = hearing.readers(desk, case, absences.absent(session, now))
    for agent in dict.fromkeys((*working, *unanswered.who_hears(desk, session, case, asker, now))):
        telling.send(
            desk,
            session,
            ANSWER,
            agent,
            case_id,
            case,
            facts,
            key=f"{ANSWER}:{key}:{agent.name}",
            does=telling.NOTE,
            now=now,
            held_inbox_id=held,
            enclosures=enclosures,
        )
