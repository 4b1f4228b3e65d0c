"""What becomes of words that are no plain answer: a draft that stays, or a letter of the desk around them?"""

from __future__ import annotations

from datetime import date, datetime

from mailproc.cases.events import AgentReplied, DraftKept
from mailproc.inbound.commands import Command, Word
from mailproc.jobs.orders import enclosing
from mailproc.jobs.orders.handling import until_of
from mailproc.jobs.orders.order import Order, Returned
from mailproc.outbound.kinds import LETTERS
from mailproc.sentences import all_of, say

# Whom a letter makes the case wait for; its day is the day that the letter names.
_WAITS_FOR = {"information_request": "customer", "holding": "other"}


def keep_draft(order: Order, command: Command, words: str) -> None:
    """Keep the words with the case. Only the key of the receipt, which shows them, can send them."""
    order.happens(DraftKept(who=order.agent.name, text=words, reply=order.mail))
    order.draft = words
    order.enclosures = ()
    if names := enclosing.names_of_files(order):
        order.done.append(say("Kept with the draft, to go out with it: {files}.", files=names))
    order.done.append(
        say(
            "Your draft is kept with the case. The customer sees nothing of it. Answer this mail with #send"
            " alone, and it goes to the customer; #draft with other words takes its place."
        )
    )


def answer_with_letter(order: Order, command: Command, words: str) -> None:
    """Queue a letter of the desk with the words in it, as the answer to the customer."""
    kind = LETTERS[command.choice]
    needed = kind.names.keys() - kind.optional
    answer_by = _day(order, command.choice)
    _refuse_what_is_no_promise(order, command.choice, answer_by)
    missing: list[str] = []
    if "words" in needed and not words:
        missing.append(say("your words, below the commands"))
    if "answer_by" in needed and answer_by is None:
        whom = _WAITS_FOR[command.choice]
        missing.append(
            say("a day, on a line of its own: #wait {whom} 5d, or #wait {whom} until 3 Dec", whom=whom)
        )
    if missing:
        raise Returned(
            say("the letter {letter} needs {missing}", letter=command.choice, missing=all_of(missing)),
            [say("It is sent {when}.", when=kind.when)],
        )
    order.must_be_reachable()
    order.happens(
        AgentReplied(
            who=order.agent.name,
            text=words,
            to=order.case.customer_email,
            reply=order.mail,
            letter=command.choice,
            answer_by=answer_by,
        )
    )


def _day(order: Order, letter: str) -> date | None:
    """The day that the letter names: of `#wait` in the same mail.

    A letter that says when the desk answers falls back on the day promised in the acknowledgement, as long
    as that is still to come.
    """
    zone = order.desk.config.desk.zone
    wait = next((each for each in order.commands if each.word is Word.WAIT), None)
    until = until_of(order, wait) if wait is not None and wait.choice == _WAITS_FOR.get(letter) else None
    if until is None and letter == "holding":
        until = _promised(order)
    return until.astimezone(zone).date() if until else None


def _promised(order: Order) -> datetime | None:
    """The moment by which the customer was promised a decision, if it is still to come."""
    due = order.case.promised_by
    return due if due is not None and due > order.now else None


def _refuse_what_is_no_promise(order: Order, letter: str, answer_by: date | None) -> None:
    """Raise Returned when a letter would put off the decision that the customer was promised."""
    promised = _promised(order)
    if letter != "holding" or promised is None or answer_by is None:
        return
    day = promised.astimezone(order.desk.config.desk.zone).date()
    if answer_by > day:
        raise Returned(
            say(
                "the customer was promised a decision by {day}, and this letter would name a later day",
                day=f"{day:%Y-%m-%d}",
            ),
            [say("Take more time with #extend TIME REASON, or name an earlier day with #wait other.")],
        )
