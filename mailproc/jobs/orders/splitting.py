"""How does a mail that had joined a case become a case of its own? `#split`, in answer to what told of it."""

from __future__ import annotations

from dataclasses import replace

from mailproc.addressing import new_reference
from mailproc.cases.events import ComplaintReceived, MailSplitOff
from mailproc.cases.opening import open_case
from mailproc.inbound.classify import Kind
from mailproc.inbound.commands import Command
from mailproc.inbound.senders import reply_recipient
from mailproc.inbound.skeleton import skeleton
from mailproc.jobs import telling_of_mail
from mailproc.jobs.after_decision import what_is_asked
from mailproc.jobs.assigning import assign
from mailproc.jobs.intake import rate_complaint
from mailproc.jobs.orders.joining import whose
from mailproc.jobs.orders.order import Order, Returned
from mailproc.jobs.write import queue_letters, why_not_automatic
from mailproc.mail import Address, Attachment, Message
from mailproc.sentences import say
from mailproc.store import casebook, journal, receiving
from mailproc.store.receiving import Disposition, Joined

_NO_OBJECTION = "no_objection"  # as `classify` names the rule by which a mail may be answered


def split(order: Order, command: Command, words: str) -> None:
    """Open a case with the customer's mail that the order's letter tells of, as if it had come alone."""
    session, desk, now = order.session, order.desk, order.now
    mail = _mail_to_split(order)
    message = _message(mail, journal.raw_of(session, mail.raw_sha256))
    recipient = reply_recipient(message, desk.surroundings)
    withheld = _why_not_to_acknowledge(order, mail, recipient)
    language = mail.language or order.case.language
    event = ComplaintReceived(
        reference=new_reference(),
        customer_email=mail.from_email,
        customer_name=mail.from_name,
        subject=mail.subject,
        language=language,
        mailbox=mail.mailbox,
        received_at=mail.received_at,
        rule=mail.rule,
        acknowledge_to=recipient.email if recipient and not withheld else None,
        withheld_because=withheld or "",
        sender_authenticated=mail.authenticated,
        split_from=order.case.reference,
        warns=True,  # an agent works on it now, however old the mail is
        rated=rate_complaint(desk, message, language),
    )
    decision = open_case(event, desk.policy, desk.config.desk.zone, now)
    case_id = casebook.add(session, decision.case, now)
    queued = queue_letters(desk, session, case_id, decision, message, now)
    casebook.write_history(session, case_id, decision.history, inbox_id=mail.id, outbox_id=queued)
    case = assign(desk, session, case_id, decision.case, now)
    order.happens(MailSplitOff(who=order.agent.name, to=case.reference, text=mail.subject))
    telling_of_mail.tell_of_mail(
        desk,
        session,
        "new_case",
        case_id,
        case,
        message,
        files=order.all_files,
        inbox_id=mail.id,
        authenticated=mail.authenticated,
        stranger=None,
        received_at=mail.received_at,
        now=now,
    )
    reason = f"split off from {order.case.reference} by {order.agent.name}"
    receiving.give_to(session, mail.id, case_id, reason)
    came = mail.received_at.astimezone(desk.config.desk.zone)
    order.done.append(
        say(
            "The customer's mail of {moment} is {reference} now; {whose}.",
            moment=f"{came:%Y-%m-%d %H:%M}",
            reference=case.reference,
            whose=whose(case),
        )
    )
    # The decided case that it leaves does not know which of several mails asked for something.
    order.done += what_is_asked(desk, order.case)


def _mail_to_split(order: Order) -> Joined:
    """Return the mail, locked. Raises Returned when there is none, or when it has a case of its own."""
    about = order.relay.about_inbox_id
    mail = receiving.joined(order.session, about) if about is not None else None
    if mail is None:
        raise Returned(
            say("the mail that you answered shows no mail of the customer"),
            [say("Write #split in answer to the one that shows the mail you mean.")],
        )
    _, now_in = casebook.goes_on_in(order.session, mail.case_reference)
    if now_in != order.case.reference:
        raise Returned(
            say("this mail was taken out before, it is {reference} now", reference=now_in),
            [say("Nothing is left to do.")],
        )
    # One that opened a case which was merged into this one may leave it again: so a merge is undone.
    if mail.disposition == Disposition.OPENED and mail.case_id == order.case_id:
        raise Returned(
            say("the mail that you answered is the one that opened {reference}", reference=now_in),
            [say("Only a later mail can be taken out: write #split in answer to the one that shows it.")],
        )
    if mail.kind == Kind.AGENT:
        raise Returned(
            say(
                "the mail was brought in by an agent, so it is not certain what the customer wrote and what"
                " she"
            ),
            [say("Bring it in once more with #from ADDRESS: that opens a case of its own.")],
        )
    return mail


def _message(mail: Joined, raw: bytes) -> Message:
    """Return the mail as far as letters about it need it.

    It names no earlier mail: a letter that went on with them would lead back to the case it came from.
    """
    return replace(
        skeleton(raw),
        from_=(Address(email=mail.from_email, name=mail.from_name),) if mail.from_email else (),
        message_id=mail.message_id,
        in_reply_to=(),
        references=(),
        subject=mail.subject,
        text=mail.text,
        attachments=tuple(Attachment(**attachment) for attachment in mail.attachments),
    )


def _why_not_to_acknowledge(order: Order, mail: Joined, recipient: Address | None) -> str | None:
    if mail.silent:
        return "the mail is older than the desk, or was imported"
    if mail.answer_rule != _NO_OBJECTION:
        return f"the mail is not answered by the desk itself ({mail.answer_rule})"
    return why_not_automatic(order.desk, order.session, recipient, order.now)
