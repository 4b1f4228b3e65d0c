"""What becomes of an agent's words: an answer that leaves, a note that stays, an answer that is stopped?"""

from __future__ import annotations

from mailproc.cases.events import AgentReplied, NoteAdded
from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say
from mailproc.store import casebook, outbox, receiving


def answer(order: Order, words: str) -> None:
    """Queue the words as the answer to the customer."""
    order.must_be_reachable()
    who, to = order.agent.name, order.case.customer_email
    order.happens(AgentReplied(who=who, text=words, to=to, reply=order.mail))


def keep_note(order: Order, text: str, *, announced: bool = False) -> None:
    """Keep words inside. `announced`: her mail said that a reply is a note, so there is nothing to tell her.

    Told all the same, a machine in her mailbox would answer the receipt, and that again be a note.
    """
    order.happens(NoteAdded(who=order.agent.name, text=text))
    if not announced:
        order.done.append(say("Your note is kept with the case. The customer sees nothing of it."))


def refuse_what_is_stale(order: Order) -> None:
    """Raise Returned when somebody has written since the mail that she answers."""
    if order.since(besides=order.agent.name):
        raise Returned(
            say("something has happened since the mail that you answered"),
            [
                say("Read below what it was."),
                say("Answer this mail with #send alone, and your words go out as they are."),
            ],
            held=True,
        )


def refuse_what_is_elsewhere(order: Order) -> None:
    """Raise Returned when the mail that the answered letter shows belongs to another case by now.

    Whoever answers it may mean its writer, and the words would go to the customer of this case.
    """
    about = order.relay.about_inbox_id
    mail = receiving.joined(order.session, about) if about is not None else None
    if mail is None:
        return
    _, now_in = casebook.goes_on_in(order.session, mail.case_reference)
    if now_in != order.case.reference:
        raise Returned(
            say(
                "what the mail that you answered shows is {other} now, and this is {reference}",
                other=now_in,
                reference=order.case.reference,
            ),
            [
                say(
                    "To answer that, write your words to the newest mail that you have about {reference}.",
                    reference=now_in,
                ),
                say(
                    "If they are for {address}, answer this mail with #send alone.",
                    address=order.case.customer_email,
                ),
            ],
            held=True,
        )


def note(order: Order, command: Command, words: str) -> None:
    if command.text:
        keep_note(order, command.text)


def only_says_what_the_words_are(order: Order, command: Command, words: str) -> None:
    """Nothing is left to do: `#reply` has made the words below it an answer."""


def send(order: Order, command: Command, words: str) -> None:
    """Send what waits for the undo time at once. What was held or kept is released before (`releasing`)."""
    waiting = order.waiting_answers()
    copies = outbox.waiting_copies(order.session, waiting)
    outbox.retry_now(order.session, [row.id for row in (*waiting, *copies) if row.id], order.now)
    order.done.append(say("Your answer goes out now.") if waiting else say("Nothing waited to be sent."))


def stop(order: Order, command: Command, words: str) -> None:
    waiting, proposal = order.waiting_answers(), order.case.proposal
    if not waiting and proposal is None:
        raise Returned(
            say("there is nothing left to stop"),
            [say("What has left cannot be taken back; write to the customer.")],
        )
    if waiting:
        order.done.append(say("Your answer was stopped. The customer got nothing."))
    if proposal is not None:
        order.done.append(
            say("The resolution that waited for approval was withdrawn. The customer got nothing.")
        )
    order.stop_what_waits()
