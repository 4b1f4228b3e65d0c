"""What does a further mail of the customer say, and what are the agents told that it does to a decided case?

Shared by `reception.py`, which does it, and `explain.py`, which only tells.
"""

from __future__ import annotations

from collections.abc import Collection
from email import message_from_bytes
from email.policy import default

from sqlmodel import Session

from mailproc.cases import stages
from mailproc.cases.case import Case, Opinion, Status
from mailproc.cases.events import CustomerWrote, SurveyAnswered
from mailproc.cases.lifecycle import SAYS_SO, SURVEY_ANSWERED
from mailproc.cases.stages import NOT_BY
from mailproc.desk import Desk
from mailproc.inbound.after_decision import Said, own_words, read_words
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.find import answered_letter
from mailproc.mail import Message
from mailproc.sentences import Sentence, say
from mailproc.store import customer_mails, outbox

_NOTHING = Said(opinion=Opinion.UNCLEAR)


def customer_wrote(
    desk: Desk, session: Session, case: Case, message: Message, *, sender: str, known_sender: bool, rule: str
) -> CustomerWrote:
    """Return what has happened to the case, with what is said of its decision where there is one.

    Thanks of somebody who does not take part are no word of the customer.
    """
    said = _read(desk, session, message) if case.status is Status.RESOLVED else _NOTHING
    if said.opinion is Opinion.SATISFIED and not known_sender:
        said = _NOTHING
    return CustomerWrote(
        sender=sender, known_sender=known_sender, rule=rule, opinion=said.opinion, words=said.words
    )


def remarks(
    desk: Desk, before: Case, case: Case, event: CustomerWrote | SurveyAnswered
) -> tuple[Sentence, ...]:
    """Say what a mail has done to a decided case, and what an agent can do about it."""
    if case.perhaps_asked is not None:
        return what_is_asked(desk, case)
    if case.stage != before.stage:
        title = stages.title(case, desk.policy_of(case))
        return (_begun(event.words if isinstance(event, CustomerWrote) else "", title),)
    if case.status is Status.RESOLVED and event.opinion is Opinion.SATISFIED:
        return (say("The customer is content: the decision stands, and nothing is to be done."),)
    return ()


def _begun(words: str, stage: str) -> Sentence:
    if words:
        return say("The customer's words “{words}” begin: {stage}.", words=words, stage=stage)
    return say("The customer's answer to the survey begins: {stage}.", stage=stage)


def still_matters(
    desk: Desk, session: Session, case_id: int, case: Case, inbox_ids: Collection[int]
) -> tuple[Sentence, ...]:
    """Say of earlier mails, which one letter tells of too, what `remarks` said as far as it still is so.

    That is the stage that one of them has begun. What is asked of people stands with the newest mail anyway,
    and that the customer is content is not so any more, or said of that one too.
    """
    if case.status in (Status.RESOLVED, Status.CLOSED):
        return ()
    title, begins = stages.title(case, desk.policy_of(case)), f"stage {case.stage} begins"
    found: list[Sentence] = []
    for what, text in customer_mails.made_of(session, case_id, inbox_ids):
        if what.startswith(f"wrote again, {begins}"):
            words = text.partition(f"{SAYS_SO} ")[2].partition(f"; {NOT_BY}")[0]
            found += [_begun(words, title)] if words else []
        elif what.startswith(f"{SURVEY_ANSWERED}, {begins}"):
            found.append(_begun("", title))
    return tuple(dict.fromkeys(found))


def what_is_asked(desk: Desk, case: Case) -> tuple[Sentence, ...]:
    """Ask an agent what the customer wants, while nobody has said it; nothing when there is no such mail."""
    due = case.perhaps_asked
    if due is None:
        return ()
    policy = desk.policy_of(case)
    until = policy.promised_on(due.due_at, desk.config.desk.zone).isoformat()
    if stages.has_next(case, policy):
        goes_on = say(
            "When the customer does not want to leave it at that: #stage {number}. That counts from the mail,"
            " and is to be acknowledged by {until}.",
            number=case.stage + 1,
            until=until,
        )
    else:
        goes_on = say(
            "When the customer does not want to leave it at that: #reopen. Say it by {until}.", until=until
        )
    return (
        say("The customer wrote after the decision. It stands until you say what is asked for."),
        goes_on,
        say("Else answer the customer, or finish the case with #close: the decision stands."),
    )


def own_words_of(desk: Desk, session: Session, message: Message) -> str:
    """Return what a mail about a decided case says, without what it quotes of our letter, marked or not.

    Our letters speak of ombudsmen and lawyers themselves.
    """
    reading = new_words(message.text, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    return own_words(reading.text, _answered_words(desk, session, message))


def _read(desk: Desk, session: Session, message: Message) -> Said:
    reading = new_words(message.text, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    return read_words(
        reading.text,
        name=message.author.name if message.author else "",
        ours=_answered_words(desk, session, message),
        doubtful=bool(reading.doubtful),
        has_files=bool(message.attachments),
    )


def _answered_words(desk: Desk, session: Session, message: Message) -> str:
    """Return the text of our letter that a mail answers."""
    letter = answered_letter(session, message, desk.address)
    if letter is None or letter.id is None:
        return ""
    body = message_from_bytes(outbox.raw_of(session, letter.id), policy=default).get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
