"""Who works on the case, how soon, and where does it stand? Commands that only the desk sees."""

from __future__ import annotations

from datetime import datetime, time

from mailproc.cases.calendars import due_at
from mailproc.cases.case import Acknowledgement, Status
from mailproc.cases.events import (
    CaseAssigned,
    CaseClassified,
    CaseClosed,
    CaseMarkedSpam,
    CaseReopened,
    Event,
    InformationRequested,
    LetterCancelled,
    ResolutionWithdrawn,
)
from mailproc.cases.words import in_words
from mailproc.inbound.commands import Command
from mailproc.jobs.letter_notes import tell_of_copy
from mailproc.jobs.orders.order import Order, Returned
from mailproc.outbound.kinds import TO_CUSTOMERS
from mailproc.sentences import say
from mailproc.store import outbox


def take(order: Order, command: Command, words: str) -> None:
    who = order.agent.name
    _does(order, CaseAssigned(who=who, to=who), say("You own the case."))


def assign(order: Order, command: Command, words: str) -> None:
    if command.team:
        raise Returned(say("a case is assigned to a person"), [say("Name an agent: #assign NAME.")])
    event = CaseAssigned(who=order.agent.name, to=command.agent or None)
    whose = (
        say("{who} has the case now.", who=command.agent)
        if command.agent
        else say("The team has the case now.")
    )
    _does(order, event, whose)


def set_priority(order: Order, command: Command, words: str) -> None:
    event = CaseClassified(who=order.agent.name, priority=command.choice)
    _does(order, event, say("The priority is {level}.", level=in_words(command.choice)))


def set_category(order: Order, command: Command, words: str) -> None:
    event = CaseClassified(who=order.agent.name, category=command.choice)
    _does(order, event, say("The category is {category}.", category=command.choice))


def wait(order: Order, command: Command, words: str) -> None:
    until = until_of(order, command)
    event = InformationRequested(who=order.agent.name, text=command.text, until=until)
    sentence = (
        say("The case waits until {day}.", day=f"{until:%Y-%m-%d}") if until else say("The case waits.")
    )
    _does(order, event, sentence)


def close(order: Order, command: Command, words: str) -> None:
    _does(order, CaseClosed(who=order.agent.name, text=command.text), say("The case is closed."))


def reopen(order: Order, command: Command, words: str) -> None:
    written_about = order.relay.written_about
    if written_about != order.case.reference and order.case.status not in (Status.RESOLVED, Status.CLOSED):
        raise Returned(
            say(
                "{reference} goes on in {other} and is not taken up again by itself",
                reference=written_about,
                other=order.case.reference,
            ),
            [
                say(
                    "Answer the letter that shows the customer's mail with #split: it is a case of its own"
                    " then."
                )
            ],
        )
    was_spam = order.case.spam
    _does(order, CaseReopened(who=order.agent.name, text=command.text), say("The case is open again."))
    if was_spam and order.case.acknowledgement is Acknowledgement.WITHHELD:
        order.done.append(
            say("No acknowledgement has left for it; the desk sends none any more, so answer soon.")
        )


def spam(order: Order, command: Command, words: str) -> None:
    """Close the case without a word to anybody outside: what waits for them is cancelled."""
    who = order.agent.name
    if order.case.proposal is not None:
        order.happens(ResolutionWithdrawn(who=who))
        order.done.append(say("The resolution that waited for approval was withdrawn."))
    for row in outbox.unsettled(order.session, order.case_id, TO_CUSTOMERS):
        if row.id is None or not outbox.cancel(order.session, row.id, order.now):
            continue
        event = LetterCancelled(who=who, letter=row.letter, recipient=row.recipient)
        if row.is_copy:
            tell_of_copy(order.session, order.case_id, event, order.now, outbox_id=row.id)
        else:
            order.happens(event)
    sentence = say("The case is closed as spam and nobody is written to about it. #reopen takes that back.")
    _does(order, CaseMarkedSpam(who=who, text=words), sentence)


def _does(order: Order, event: Event, sentence: str) -> None:
    order.done.append(sentence)
    order.happens(event)


def until_of(order: Order, command: Command) -> datetime | None:
    """Return the moment that a command names, if it names one; a day lasts to its end."""
    zone = order.desk.config.desk.zone
    if command.until is not None:
        return datetime.combine(command.until, time(23, 59), zone)
    if command.span is not None:
        return due_at(order.now, command.span, zone)
    return None
