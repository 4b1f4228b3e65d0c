"""How is somebody outside asked about a case? `#escalate NAME`, once the agent has confirmed what leaves.

Her words leave, the files that she attaches, and the customer's mails (`jobs/packet_outside.py`): whoever is
to judge a complaint needs it. `without originals` keeps them here. A person decides that, with the list
before her eyes, because no more may leave than the purpose needs (Regulation (EU) 2016/679, article 5(1)(c));
so what was not in the list that she said yes to does not leave by that yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailproc.addressing import new_public_id
from mailproc.cases import questions
from mailproc.cases.case import Question
from mailproc.cases.events import OutsideAsked, OutsideReminded
from mailproc.inbound.commands import Command
from mailproc.jobs import packet_outside
from mailproc.jobs.files import ListedFile
from mailproc.jobs.orders import enclosing
from mailproc.jobs.orders.handling import until_of
from mailproc.jobs.orders.order import Order, Returned
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.compose import compose
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import FileState
from mailproc.people import Outside
from mailproc.sentences import Sentence, joined, say
from mailproc.store import escalations, outbox, relays

LETTER = "outside_request"


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """What one mail to somebody outside holds besides its form."""

    public_id: str
    words: str
    answer_by: datetime
    attachments: Sequence[ListedFile] = ()
    enclosures: Sequence[Enclosure] = ()
    before: Question | None = None


def ask(order: Order, command: Command, words: str) -> None:
    """Write to somebody outside, under an address of its own: her words, her files, the customer's mails."""
    contact = _contact(order, command.outside)
    own = enclosing.files_for_outside(order, contact.name)
    own_size = sum(len(each.data) for each in own)
    originals = packet_outside.NOTHING
    if contact.originals if command.originals is None else command.originals:
        originals = packet_outside.for_outside(
            order.desk, order.session, order.case_id, order.case, taken=own_size
        )
    order.mails_that_leave += originals.mails
    answer_by = _answer_by(order, contact, command)
    order.to_confirm += _what_leaves(order, contact, own, originals, answer_by, command)
    listed = [ListedFile(name=file.name, size=len(file.data), state=FileState.ATTACHED) for file in own]
    sent = _Sent(
        public_id=new_public_id(),
        words=words,
        answer_by=answer_by,
        attachments=(*listed, *originals.listed),
        enclosures=(*own, *originals.enclosures),
    )
    order.happens(
        OutsideAsked(
            who=order.agent.name,
            to=contact.name,
            text=words,
            answer_by=answer_by,
            letter=sent.public_id,
            files=enclosing.described(sent.enclosures),
        )
    )
    _write(order, contact, sent)
    escalations.asked_outside(
        order.session,
        order.case_id,
        who=order.agent.name,
        target=contact.name,
        tier=order.case.tier,
        answer_by=answer_by,
        now=order.now,
    )
    order.done.append(
        say(
            "{name} is asked. The answer comes to you, and the customer sees nothing of it.",
            name=contact.name,
        )
    )


def remind(order: Order, command: Command, words: str) -> None:
    """Let a question go once more, without files, to who has not answered: `#remind`.

    Nothing is to be confirmed: she has let these very words go there before.
    """
    question = _question(order, command.outside)
    contact = _contact(order, question.to)
    answer_by = _answer_by(order, contact, None)
    order.happens(OutsideReminded(who=order.agent.name, to=contact.name, answer_by=answer_by))
    sent = _Sent(public_id=new_public_id(), words=question.words, answer_by=answer_by, before=question)
    _write(order, contact, sent)
    escalations.waits_outside(order.session, order.case_id, contact.name, answer_by)
    order.done.append(
        say(
            "{name} was asked once more, by {until}, and will not be reminded again.",
            name=contact.name,
            until=_day(order, answer_by),
        )
    )


def _contact(order: Order, name: str) -> Outside:
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
    return contact


def _question(order: Order, name: str) -> Question:
    """Return the question that she means: of whom she names, or the only one that is open."""
    found = [each for each in order.case.questions if not name or each.to == name]
    if not found:
        raise Returned(
            say("nobody outside is asked about this case who has not answered"),
            [say("Ask anew with #escalate, the name, and your question.")],
        )
    if len(found) > 1:
        raise Returned(
            say("several people outside have not answered"),
            [say("Name one of them: #remind {name}.", name=each.to) for each in found],
        )
    if found[0].reminded:
        raise Returned(
            say("{name} was reminded before, and is reminded once", name=found[0].to),
            [
                say("Ask anew with #escalate, the name, and your question."),
                say("Or reach {name} in another way, and go on.", name=found[0].to),
            ],
        )
    return found[0]


def _answer_by(order: Order, contact: Outside, command: Command | None) -> datetime:
    named = until_of(order, command) if command is not None else None
    zone = order.desk.config.desk.zone
    ground = order.desk.policy_of(order.case).ground(zone)
    return named or questions.answer_by(contact.answer_within, order.now, ground)


def _write(order: Order, contact: Outside, sent: _Sent) -> None:
    desk, now, settings = order.desk, order.now, order.desk.config.desk
    language = next((tongue for tongue in contact.languages if tongue in desk.letters.languages), None)
    before = sent.before
    known = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "desk_phone": settings.phone,
        "reference": order.case.reference,
        "outside": contact.name,
        "agent_name": order.agent.name,
        "words": sent.words,
        "attachments": tuple(sent.attachments),
        "answer_by": sent.answer_by.astimezone(settings.zone).date(),
        "asked_on": before.asked_at.astimezone(settings.zone).date() if before else None,
    }
    mail = compose(
        desk.letters.render(LETTER, language, {name: known[name] for name in LETTERS[LETTER].names}),
        desk=desk.address,
        desk_name=settings.name,
        recipient=contact.address,
        public_id=sent.public_id,
        # A thread of its own: the anchor of the case would lead his answers to where the customer's go.
        reference=None,
        now=now,
        zone=settings.zone,
        in_reply_to=desk.address.message_id(before.letter) if before else None,
        automatic=None,
        sender_name=order.agent.name,
        attachments=sent.enclosures,
        answer_to=desk.address.outside_address(sent.public_id),
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


def _what_leaves(
    order: Order,
    contact: Outside,
    own: Sequence[Enclosure],
    originals: packet_outside.PacketOutside,
    answer_by: datetime,
    command: Command,
) -> list[Sentence]:
    """Name all that leaves, to whom, until when, and what stays although it could have been meant."""
    who = {"name": contact.name, "address": contact.address}
    says = [say("This leaves the desk, to {name} <{address}>: your words, as they stand below.", **who)]
    if own:
        says.append(
            say("These files of yours go along: {files}.", files=", ".join(file.name for file in own))
        )
    if originals.named:
        says.append(
            say(
                "The customer's mails go along as they came, with his address, what is attached to them and"
                " what they quote:"
            )
        )
        says += [say("- {mail}", mail=mail) for mail in originals.named]
        if originals.summary:
            says.append(say("- {file}: the words of these mails, to read", file=originals.summary))
        says.append(
            say(
                "To ask without them, say no, and write #escalate {name} without originals and your"
                " question.",
                name=contact.name,
            )
        )
    else:
        says.append(say("No mail of the customer goes along."))
    if originals.stays:
        says.append(say("These stay here: {mails}.", mails=joined(", ", originals.stays)))
    if command.originals is None and not contact.originals:
        says.append(
            say(
                "To send the customer's mails too, say no, and write #escalate {name} with originals and your"
                " question.",
                name=contact.name,
            )
        )
    says.append(say("An answer is expected by {until}.", until=_day(order, answer_by)))
    return says


def _day(order: Order, at: datetime) -> str:
    return f"{at.astimezone(order.desk.config.desk.zone):%Y-%m-%d}"
