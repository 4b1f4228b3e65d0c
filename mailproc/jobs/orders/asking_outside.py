"""How is somebody outside asked about a case? `#escalate NAME`, once the agent has confirmed what leaves."""

from __future__ import annotations

from datetime import timedelta

from mailproc.addressing import new_public_id
from mailproc.cases.events import OutsideAsked
from mailproc.jobs import packet
from mailproc.jobs.orders import enclosing
from mailproc.jobs.orders.order import Order, Returned
from mailproc.jobs.packet import Packet
from mailproc.outbound.compose import compose
from mailproc.outbound.kinds import LETTERS, FileState
from mailproc.sentences import Sentence, say
from mailproc.store import escalations, outbox, relays

LETTER = "outside_request"


def ask(order: Order, name: str, words: str) -> None:
    """Write to somebody outside: her words and the customer's mails, under an address of their own.

    Nothing else of the case goes along: no history, no note, no letter of ours.
    """
    contact = order.desk.people.contact(name)
    if contact is None:
        raise Returned(
            say("{name} is not among those who can be asked any more", name=name),
            [say("Ask whoever runs this desk to enter the address in people.yaml, below outside.")],
        )
    if not order.desk.address.plus_addressing:
        raise Returned(
            say(
                "this desk has no tagged addresses, so no answer from outside could be told from a forged one"
            ),
            [say("Ask {name} in another way, and write down as a #note what you learn.", name=name)],
        )
    if enclosing.names_of_files(order):
        raise Returned(
            say("what you attach does not go to somebody outside"),
            [say("Put what matters into your words, and send the mail without files.")],
        )
    goes_along = packet.mails_of_customer(order.desk, order.session, order.case_id)
    order.to_confirm.append(_what_leaves(contact.name, contact.address, words, goes_along))
    sent = tuple(file for file in goes_along.listed if file.state is FileState.ATTACHED)
    desk, now = order.desk, order.now
    files = tuple(file.name for file in sent)
    order.happens(OutsideAsked(who=order.agent.name, to=contact.name, text=words, files=files))
    settings = desk.config.desk
    language = next((tongue for tongue in contact.languages if tongue in desk.letters.languages), None)
    public_id = new_public_id()
    known = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "desk_phone": settings.phone,
        "reference": order.case.reference,
        "outside": contact.name,
        "agent_name": order.agent.name,
        "words": words,
        "attachments": sent,
    }
    mail = compose(
        desk.letters.render(LETTER, language, {name: known[name] for name in LETTERS[LETTER].names}),
        desk=desk.address,
        desk_name=settings.name,
        recipient=contact.address,
        public_id=public_id,
        # A thread of its own: the anchor of the case would lead his answers to where the customer's go.
        reference=None,
        now=now,
        zone=settings.zone,
        automatic=None,
        sender_name=order.agent.name,
        attachments=goes_along.enclosures,
        answer_to=desk.address.outside_address(public_id),
    )
    id = outbox.queue(
        order.session,
        mail,
        letter=LETTER,
        key=f"{LETTER}:{order.mail}:{contact.name}",
        case_id=order.case_id,
        automatic=False,
        now=now,
    )
    if id is None:
        return
    relays.remember(
        order.session,
        id,
        agent=contact.name,
        case_id=order.case_id,
        expires_at=now + timedelta(days=settings.agent_token_days),
        seen=relays.last_entry(order.session, order.case_id),
        stands_for=LETTER,
        author=order.agent.name,
    )
    escalations.asked_outside(
        order.session,
        order.case_id,
        who=order.agent.name,
        target=contact.name,
        tier=order.case.tier,
        now=now,
    )
    order.done.append(
        say(
            "{name} is asked. The answer comes to you, and the customer sees nothing of it.",
            name=contact.name,
        )
    )


def _what_leaves(name: str, address: str, words: str, goes_along: Packet) -> Sentence:
    enclosed = packet.names_of(goes_along.listed)
    if not enclosed:
        return say(
            "This leaves the desk, to {name} <{address}>: your words, as they stand below. No mail of the"
            " customer goes along.",
            name=name,
            address=address,
        )
    return say(
        "This leaves the desk, to {name} <{address}>: your words, as they stand below, and these mails of the"
        " customer as they came, with his address and everything attached to them: {mails}.",
        name=name,
        address=address,
        mails=enclosed,
    )
