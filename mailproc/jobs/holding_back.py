"""What becomes of an answer that waits for its undo time when the customer writes again?

It may be wrong now, and whoever wrote it does not know. So it goes back to its agent with what the customer
wrote, and leaves when she says so.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.events import LetterCancelled
from mailproc.cases.lifecycle import WRITTEN_BY_HAND
from mailproc.cases.words import what_again
from mailproc.desk import Desk
from mailproc.inbound.reply_text import new_words
from mailproc.jobs import case_facts, hearing, telling
from mailproc.jobs.following import happens
from mailproc.jobs.orders import ANSWERED
from mailproc.jobs.orders.order import source_of
from mailproc.mail import Message
from mailproc.sentences import say
from mailproc.store import casebook, outbox, relays


def hold_back(
    desk: Desk, session: Session, case_id: int, case: Case, message: Message, *, inbox_id: int, now: datetime
) -> Case:
    """Take back what waits to be sent about a case to which a mail of the customer came; return the case."""
    waiting = outbox.waiting_answers(session, case_id, WRITTEN_BY_HAND)
    copies = outbox.waiting_copies(session, waiting)
    for row in waiting:
        assert row.id is not None
        outbox.cancel(session, row.id, now, may_return=True)
        event = LetterCancelled(
            who="desk",
            letter=row.letter,
            recipient=row.recipient,
            reason="the customer wrote before it left",
        )
        case = happens(desk, session, case_id, case, event, now, inbox_id=inbox_id, outbox_id=row.id)
    for row in copies:
        assert row.id is not None
        outbox.cancel(session, row.id, now, may_return=True)
    sources = dict.fromkeys(source_of(row.letter_key) for row in waiting)
    for source in sources:
        if source is not None:
            _give_back(desk, session, case_id, case, message, source, inbox_id=inbox_id, now=now)
    return case


def _give_back(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    message: Message,
    source: int,
    *,
    inbox_id: int,
    now: datetime,
) -> None:
    """Send an agent her mail number `source` again; `#send` in answer to that lets it happen after all."""
    author = desk.people.agent_of(casebook.sender_of_mail(session, source) or "")
    # A plain reply means what it meant to the mail that she answered then.
    answered = relays.answered_by(session, source)
    stands_for = answered.stands_for if answered is not None else "returned"
    wrote = new_words(message.text, from_html=message.text_from_html).text or message.text
    facts = {
        "reason": say("the customer wrote before your answer left, so it was held back"),
        "remedies": (
            say("Read below what the customer wrote."),
            say("Answer this mail with #send alone, and your words go out as they are."),
        ),
        "words": casebook.words_of_mail(session, source) or None,
        "since": (case_facts.Exchange(at=now, who="customer", what=what_again("wrote again"), text=wrote),),
    }
    # When its author has left, the others get the words; only they themselves can write in their own names.
    for agent in (author,) if author is not None else hearing.readers(desk, case):
        telling.send(
            desk,
            session,
            "returned",
            agent,
            case_id,
            case,
            facts,
            key=f"held_back:{inbox_id}:{source}:{agent.name}",
            does=telling.ANSWER if stands_for in ANSWERED else telling.NOTE,
            now=now,
            stands_for=stands_for,
            about_inbox_id=inbox_id,
            held_inbox_id=source if author is not None else None,
        )
