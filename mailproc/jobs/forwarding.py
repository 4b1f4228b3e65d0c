"""How does a complaint that reached an agent elsewhere become a case? She forwards it with `#from ADDRESS`.

The case is the customer's, from the day of her mail and in her words; what the agent wrote above it is a
note. Whoever may do this is decided before; see `acting.py` and `keyless.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from mailproc.addressing import new_reference
from mailproc.cases.case import Case
from mailproc.cases.events import ComplaintReceived
from mailproc.cases.opening import open_case
from mailproc.desk import Desk
from mailproc.inbound.commands import Instructions, Word, read_commands
from mailproc.inbound.forwarded import quotes_our_letter, read_forwarded
from mailproc.inbound.forwarded_dates import read_sent
from mailproc.inbound.reply_text import new_words
from mailproc.inbound.senders import never_write_to
from mailproc.jobs import hearing, telling, telling_of_mail
from mailproc.jobs.assigning import assign
from mailproc.jobs.files import Files
from mailproc.jobs.intake import rate_words
from mailproc.jobs.orders import Order, Returned, carry_out
from mailproc.jobs.orders.order import vocabulary
from mailproc.jobs.write import queue_letters, unsendable
from mailproc.mail import Message, address_key
from mailproc.outbound.subjects import base_subject
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import casebook, outbox, relays
from mailproc.store.receiving import Locked
from mailproc.store.relays import StoredRelay

# A complaint that is older was answered, or forgotten, under other rules; and a date that an agent's mail
# shows is only what somebody wrote (our choice).
OLDEST = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A complaint as an agent brought it in.

    `own` is what she wrote herself, commands and all. `sent` is when the customer wrote, or None; `sender`
    whom the forwarded mail says it is from, or ''.
    """

    customer: str
    words: str
    note: str
    own: str
    subject: str
    sent: datetime | None
    sender: str
    original_id: str | None
    instructions: Instructions


def read(desk: Desk, message: Message, now: datetime) -> Brought:
    """Return what an agent brought in. Raises Returned or CommandError when it is not certain."""
    zone = desk.config.desk.zone
    found = read_forwarded(message.text, desk.surroundings.is_ours)
    above = found.above if found else message.text
    reading = new_words(above, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    if reading.doubtful:
        raise Returned(
            say("it is not certain which of these words are yours: {why}", why=reading.doubtful),
            [say("Write #from ADDRESS at the very top, and forward the customer's mail as it is below it.")],
        )
    today = now.astimezone(zone).date()
    instructions = read_commands(reading.text, vocabulary(desk), today=today)
    command = instructions.get(Word.FROM)
    if command is None:
        raise Returned(
            say("#from is not among the commands at the top"), [say("Write it on the first line.")]
        )
    (customer,) = command.addresses
    _refuse_our_own(desk, customer)
    enclosed = message.enclosed
    if found is None and enclosed is None and reading.quoted and not quotes_our_letter(message.text):
        raise Returned(
            say("a mail is quoted in it as in an answer, so it is not certain what the customer wrote"),
            [say("Forward the customer's mail, in place or as an attachment.")],
        )
    note = instructions.words.strip()
    if found is not None and found.words:
        words, subject, sender, original_id = found.words, found.subject, found.sender, None
        sent = read_sent(found.sent, zone)
    elif enclosed is not None and enclosed.text.strip():
        words, subject, original_id = enclosed.text.strip(), enclosed.subject, enclosed.message_id
        sender = enclosed.from_[0].email if enclosed.from_ else ""
        sent = enclosed.date
    else:
        words, subject, sender, original_id, sent = note, "", "", None, None
        note = ""
    if not words:
        raise Returned(
            say("there are no words of the customer in it"),
            [say("Forward her mail below the command, or write what she said there.")],
        )
    return Brought(
        customer=customer,
        words=words,
        note=note,
        own=reading.text,
        subject=base_subject(subject or message.subject),
        sent=sent,
        sender=sender,
        original_id=original_id,
        instructions=instructions,
    )


def bring_in(
    desk: Desk,
    session: Session,
    row: Locked,
    message: Message,
    files: Files,
    agent: Agent,
    brought: Brought,
    *,
    rule: str,
    confirmed: bool,
    now: datetime,
) -> Order:
    """Open the case, do what else the mail asks for, and tell the desk. Raises what `carry_out` raises."""
    event = _event(desk, session, row, message, agent, brought, rule, now)
    decision = open_case(event, desk.policy, desk.config.desk.zone, now)
    case_id = casebook.add(session, decision.case, now)
    original = replace(message, message_id=brought.original_id, references=(), in_reply_to=())
    queued = queue_letters(desk, session, case_id, decision, original, now)
    casebook.write_history(session, case_id, decision.history, inbox_id=row.id, outbox_id=queued)
    case = assign(desk, session, case_id, decision.case, now, inbox_id=row.id)
    order = Order(
        desk,
        session,
        agent,
        _as_letter(agent, case, case_id, row, now, relays.last_entry(session, case_id)),
        case,
        message,
        files=files,
        text=brought.own,
        inbox_id=row.id,
        source=row.id,
        now=now,
        confirmed=confirmed,
        on_behalf=True,
    )
    carry_out(order)
    if not row.silent:
        _tell(order, row, brought, files)
    return order


def _refuse_our_own(desk: Desk, customer: str) -> None:
    if desk.surroundings.is_ours(customer):
        raise Returned(
            say("{address} is an address of the desk itself", address=customer),
            [say("Write the customer's address behind #from.")],
        )
    if desk.people.agent_of(customer) is not None:
        raise Returned(
            say("{address} works at this desk; #from wants the customer's address", address=customer),
            [say("If it is hers, she writes to the desk and answers its letter with the word complaint.")],
        )


def _event(
    desk: Desk,
    session: Session,
    row: Locked,
    message: Message,
    agent: Agent,
    brought: Brought,
    rule: str,
    now: datetime,
) -> ComplaintReceived:
    withheld = _why_not_to_acknowledge(desk, session, row, brought.customer, now)
    received_at, remark = _counts_from(row, brought)
    if brought.sender and address_key(brought.sender) != address_key(brought.customer):
        remark += f"; the forwarded mail says it is from {brought.sender}"
    language = message.language or desk.config.desk.languages[0]
    return ComplaintReceived(
        reference=new_reference(),
        customer_email=brought.customer,
        customer_name="",
        subject=brought.subject,
        language=language,
        mailbox=row.mailbox,
        received_at=received_at,
        rule=rule,
        acknowledge_to=None if withheld else brought.customer,
        withheld_because=withheld,
        remark=remark,
        brought_by=agent.name,
        note=brought.note,
        warns=not row.silent,
        rated=rate_words(desk, brought.subject, brought.words, language=language, sender=brought.customer),
    )


def _counts_from(row: Locked, brought: Brought) -> tuple[datetime, str]:
    """Return the moment from which the clocks count, and how it was found."""
    if brought.sent is None:
        return row.received_at, "the clocks count from the day it was brought in: no other date is certain"
    shown = f"{brought.sent:%Y-%m-%d %H:%M} UTC"
    if brought.sent > row.received_at:
        return row.received_at, f"the clocks count from the day it was brought in: {shown} lies after it"
    if row.received_at - brought.sent > OLDEST:
        return row.received_at, f"the clocks count from the day it was brought in: {shown} is too long ago"
    return brought.sent, f"the clocks count from the customer's mail, {shown}"


def _why_not_to_acknowledge(desk: Desk, session: Session, row: Locked, customer: str, now: datetime) -> str:
    if row.silent:
        return "the mail is older than the desk, or was imported"
    if refusal := never_write_to(customer) or unsendable(customer):
        return refusal
    most = desk.config.desk.acks_per_sender_per_day
    if outbox.automatic_letters_to(session, customer, now - timedelta(days=1)) >= most:
        return f"this address was sent {most} automatic letters within a day"
    return ""


def _as_letter(agent: Agent, case: Case, case_id: int, row: Locked, now: datetime, seen: int) -> StoredRelay:
    """Her commands are about the case that she has opened, as if she answered its first letter."""
    return StoredRelay(
        outbox_id=0,
        public_id="",
        letter="new_case",
        message_id="",
        agent=agent.name,
        case_id=case_id,
        case_reference=case.reference,
        seen=seen,
        stands_for="new_case",
        expires_at=now,
        revoked=False,
        about_inbox_id=row.id,
        held_inbox_id=None,
        proposal_inbox_id=None,
        written_about=case.reference,
    )


def _tell(order: Order, row: Locked, brought: Brought, files: Files) -> None:
    desk, session, case = order.desk, order.session, order.case
    telling_of_mail.tell_of_mail(
        desk,
        session,
        "new_case",
        order.case_id,
        case,
        replace(order.message, text=brought.words, text_from_html=False),
        files=files,
        inbox_id=row.id,
        authenticated=False,  # who forwards proves nothing about who wrote
        stranger=None,
        received_at=case.received_at,
        now=order.now,
    )
    if order.agent in hearing.readers(desk, case) and not order.done:
        return
    opened = say(
        "The complaint of {address} is the case {reference}.",
        address=brought.customer,
        reference=case.reference,
    )
    telling.send(
        desk,
        session,
        "receipt",
        order.agent,
        order.case_id,
        case,
        {"done": (opened, *order.done), "words": None},
        key=f"receipt:{row.id}",
        does=telling.NOTE,
        now=order.now,
        in_reply_to=order.message.message_id,
        references=order.message.references,
        about_inbox_id=row.id,
    )
