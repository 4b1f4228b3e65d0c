"""Who takes part in a case beside the customer? `#cc +ADDRESS -ADDRESS`.

Whoever is added gets a copy of each answer and of the decision from then on, never what was written before.
Every addition wants one confirmation, whoever it is: an exception for the customer's domain or for people
whom she named would let the sender of a forged mail choose them (our choice).
"""

from __future__ import annotations

from mailproc.cases.events import ParticipantsChanged
from mailproc.inbound.commands import Command
from mailproc.inbound.senders import never_write_to
from mailproc.jobs.orders.order import Order, Returned
from mailproc.jobs.write import unsendable
from mailproc.mail import address_key
from mailproc.sentences import say

COPIES_LIMIT = 10  # people who get copies of one case (our choice): each answer is so many mails


def change(order: Order, command: Command, words: str) -> None:
    """Let people take part, or no longer."""
    case = order.case
    copied = {address_key(email) for email in case.copied}
    for email in command.addresses:
        _refuse_who_cannot(order, email)
    for email in command.removed:
        if address_key(email) == address_key(case.customer_email):
            raise Returned(
                say("{address} is the customer", address=email),
                [say("She takes part as long as there is the case.")],
            )
        if address_key(email) not in case.participants:
            raise Returned(
                say("{address} takes no part in the case", address=email),
                [
                    say("Who does: {addresses}", addresses=", ".join(sorted(case.participants)))
                    if case.participants
                    else say("Nobody does.")
                ],
            )
    added = tuple(email for email in command.addresses if address_key(email) not in copied)
    left = copied - {address_key(email) for email in command.removed}
    if len(left) + len(added) > COPIES_LIMIT:
        raise Returned(
            say("more than {number} people would get copies", number=COPIES_LIMIT),
            [say("Take somebody out (-ADDRESS), or send them the letter in another way.")],
        )
    if added:
        order.to_confirm.append(
            say(
                "From now on {addresses} takes part in {reference} and gets copies of our answers.",
                addresses=", ".join(added),
                reference=case.reference,
            )
        )
    if added or command.removed:
        order.happens(ParticipantsChanged(who=order.agent.name, added=added, removed=command.removed))
    names = ", ".join(sorted(order.case.copied)) or say("nobody")
    order.done.append(say("Copies of our answers go to: {names}.", names=names))


def has_been_brought_in(order: Order, command: Command, words: str) -> None:
    """Nothing is left to do when `#from` has opened this very case."""
    if not order.on_behalf:
        raise Returned(
            say("#from was not seen among the commands at the top"),
            [say("Write it on the first line of the mail.")],
        )


def _refuse_who_cannot(order: Order, email: str) -> None:
    desk = order.desk
    if address_key(email) == address_key(order.case.customer_email):
        raise Returned(
            say("{address} is the customer", address=email), [say("She gets every answer anyway.")]
        )
    if desk.surroundings.is_ours(email):
        raise Returned(
            say("{address} is an address of the desk", address=email),
            [say("Leave it out; the desk keeps everything.")],
        )
    if desk.people.agent_of(email) is not None:
        raise Returned(
            say("{address} works at this desk", address=email),
            [say("Hand her the case with #assign, or write her a #note.")],
        )
    if why := never_write_to(email) or unsendable(email):
        raise Returned(
            say("{address} cannot be written to: {why}", address=email, why=why),
            [say("Name another address.")],
        )
