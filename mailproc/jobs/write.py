"""How does a letter a case calls for become a mail in the outbox? Rendered and composed when queued.

History holds the words that were sent because the bytes are made once, here, in the transaction that
records the event; every try sends these bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailproc.addressing import new_public_id
from mailproc.cases import duties
from mailproc.cases.calendars import due_at
from mailproc.cases.case import Case, Decision, Letter
from mailproc.cases.happenings import PROGRESS
from mailproc.cases.lifecycle import EXTENSION, SURVEY
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.mail import Address, Message, OutgoingMail
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.compose import AutoSubmitted, compose
from mailproc.outbound.headers import addr_spec
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.subjects import base_subject
from mailproc.sentences import say
from mailproc.store import outbox


def queue_letters(
    desk: Desk,
    session: Session,
    case_id: int,
    decision: Decision,
    message: Message,
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
) -> int | None:
    """Queue the letters of a decision; return the id of the last one queued that is no copy.

    What a person wrote waits for the undo window, and carries her files; what the desk writes of its own
    accord does neither.
    """
    last = None
    for letter in decision.letters:
        by_hand = letter.author is not None
        mail = make_mail(desk, decision.case, letter, message, now, enclosures if by_hand else ())
        queued = outbox.queue(
            session,
            mail,
            letter=letter.name,
            key=letter.key,
            case_id=case_id,
            automatic=not by_hand,
            now=now,
            due_at=now + desk.config.desk.undo_window if by_hand else None,
            is_copy=letter.is_copy,
        )
        if not letter.is_copy:
            last = queued or last
    return last


def unsendable(recipient: str) -> str | None:
    """Return why no mail can be sent to an address, or None: the customer may have written anything."""
    try:
        addr_spec(recipient)
    except LetterError as error:
        return error.said
    return None


def why_not_automatic(desk: Desk, session: Session, recipient: Address | None, now: datetime) -> str | None:
    """Return why no letter may go to an address without a person, or None: none there, unusable, too many."""
    if recipient is None:
        return say("the mail names no address that may be answered")
    if refusal := unsendable(recipient.email):
        return refusal
    most = desk.config.desk.acks_per_sender_per_day
    if outbox.automatic_letters_to(session, recipient.email, now - timedelta(days=1)) >= most:
        return say("this address was sent {number} automatic letters within a day", number=most)
    return None


def make_mail(
    desk: Desk,
    case: Case,
    letter: Letter,
    message: Message,
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
) -> OutgoingMail:
    """Render and compose one letter to the customer, in answer to a message of hers."""
    public_id = new_public_id()
    given = names(desk, case, letter, message, now, public_id)
    rendered = desk.letters.render(letter.name, case.language, given)
    # Nobody's mail calls for these: they come of the desk's own accord.
    of_its_own = AutoSubmitted.GENERATED if letter.name in (SURVEY, PROGRESS) else AutoSubmitted.REPLIED
    return compose(
        rendered,
        desk=desk.address,
        desk_name=desk.config.desk.name,
        recipient=letter.to,
        public_id=public_id,
        reference=case.reference,
        now=now,
        zone=desk.config.desk.zone,
        # Who gets a copy has not seen the customer's mails, and need not learn what they are called.
        in_reply_to=None if letter.is_copy else message.message_id,
        references=() if letter.is_copy else message.references or message.in_reply_to,
        automatic=of_its_own if letter.author is None else None,
        sender_name=letter.author,
        attachments=enclosures,
    )


def names(
    desk: Desk, case: Case, letter: Letter, message: Message, now: datetime, public_id: str = ""
) -> Mapping[str, Any]:
    """The names a template may use; `docs/templates.md` explains them."""
    settings = desk.config.desk
    zone = settings.zone
    policy = desk.policy_of(case)
    decide_by = case.promised_by
    if letter.name == EXTENSION:
        decide_by = case.extension  # which the clocks know when the letter has left
    promised = policy.promised_on(decide_by, zone) if decide_by else None
    if letter.name == PROGRESS and decide_by is not None and promised is not None:
        # When it is late the letter says so, and promises no day that has passed.
        late = decide_by < now or promised < now.astimezone(zone).date()
        promised = None if late else promised
    known: dict[str, Any] = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "desk_phone": settings.phone,
        "reference": case.reference,
        "quoted_subject": base_subject(message.subject) or None if letter.quote_subject else None,
        "received_on": case.received_at.astimezone(zone),
        "decide_by": promised,
        "asked": duties.may_be_asked(case),
        "again": duties.was_decided(case),
        "is_copy": letter.is_copy,
        "words": letter.words,
        "reasons": letter.words,
        "agent_name": letter.author,
        "outcome": case.outcome,
        "remedy": case.remedy,
        "amount": case.amount,
        "answer_by": letter.answer_by,
        "level": letter.level,
        "reopen_until": due_at(now, policy.reopen_within, zone).astimezone(zone).date(),
        "external_body": policy.referral.body if policy.referral else None,
        # Without a signed address nothing would tell a button's mail from any other about the case.
        "score_address": desk.address.reply_address(public_id) if desk.address.plus_addressing else None,
    }
    return {name: known[name] for name in LETTERS[letter.name].names}
