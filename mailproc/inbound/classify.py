"""What is this mail, is it a complaint, and may we answer it without a person?

Two questions that look alike and are not. A web form is written by a machine and is a complaint; an
out-of-office answer comes from a customer and is none. So there are two ordered tables of small rules:
`KIND_RULES`, where the first answer wins, and `ANSWER_RULES`, where the first objection wins. When a
rule is in doubt, the mail gets a case, and the case gets no automatic answer.

No header of the mail has authority over us. Headers named X-Mailproc-… are read for one purpose only:
to know our own mail when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailproc.addressing import Purpose
from mailproc.inbound import autoreplies, bounces, lists, reports
from mailproc.inbound.senders import never_write_to, reply_recipient
from mailproc.inbound.surroundings import Surroundings, null_return_path, recipients
from mailproc.inbound.trust import Result, authenticated
from mailproc.mail import Attachment, Message

__all__ = ["ANSWER_RULES", "KIND_RULES", "Kind", "Surroundings", "Verdict", "classify", "reply_recipient"]


class Kind(StrEnum):
    """What a mail is. Only a customer's mail is a complaint; everything else is kept and filed.

    AGENT says in whose name a mail speaks, not who sent it: `From:` is no identity, and `identity` finds
    out. A mail of this kind that proves nothing is held for people to see; it is never a complaint.
    """

    LOOP = "loop"  # our own mail, come back
    BOUNCE = "bounce"  # a delivery report
    RECEIPT = "receipt"  # a disposition notification
    FEEDBACK = "feedback"  # somebody marked a letter of ours as spam
    REPORT = "report"  # DMARC or TLS statistics
    AUTO_REPLY = "auto_reply"  # a machine answers us
    LIST = "list"  # a mailing list or newsletter
    SPAM = "spam"  # our mail host says so; parked, not deleted
    CALENDAR = "calendar"  # an invitation, or the answer to one
    AGENT = "agent"  # it speaks as one of the people who work here
    OUTSIDE = "outside"  # it came to an address that we gave to somebody outside whom an agent asked
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a mail is and what we may do, each with the rule that decided and what it found."""

    kind: Kind
    rule: str
    reason: str
    is_complaint: bool
    may_answer: bool
    answer_rule: str
    answer_reason: str
    sender_authenticated: bool


Rule = Callable[[Message, Surroundings], str | None]


def classify(
    message: Message, surroundings: Surroundings, *, without: frozenset[str] = frozenset()
) -> Verdict:
    """Return what the mail is and whether it may be answered automatically.

    `without` names answer rules that are left out, for a desk whose mailbox takes mail for any
    address (`addressed_to_us`) and for finding out what else would have stopped an answer.
    """
    kind, rule, reason = next(
        (kind, rule.__name__, reason) for kind, rule in KIND_RULES if (reason := rule(message, surroundings))
    )
    is_complaint = kind is Kind.CUSTOMER
    answer_rule, answer_reason, may_answer = "no_objection", "nothing speaks against an answer", True
    if not is_complaint:
        answer_rule, answer_reason, may_answer = (
            "only_customers",
            f"mail of kind {kind} is not answered",
            False,
        )
    else:
        for objection in ANSWER_RULES:
            if objection.__name__ not in without and (found := objection(message, surroundings)):
                answer_rule, answer_reason, may_answer = objection.__name__, found, False
                break
    return Verdict(
        kind=kind,
        rule=rule,
        reason=reason,
        is_complaint=is_complaint,
        may_answer=may_answer,
        answer_rule=answer_rule,
        answer_reason=answer_reason,
        sender_authenticated=(
            authenticated(message, surroundings.trusted_authserv_id, surroundings.own_hosts).result
            is Result.PASS
        ),
    )


# What is it?


def own_mail_coming_back(message: Message, surroundings: Surroundings) -> str | None:
    """A mail that we sent ourselves. A reply that merely refers to our ids is not one."""
    token = surroundings.desk.read_message_id(message.message_id or "")
    if token and token.purpose is Purpose.MESSAGE_ID:
        return "its Message-ID is one that we signed"
    if _bears_our_loop_mark(message, surroundings) and autoreplies.auto_submitted(message):
        return "it is automatic and bears our loop mark"
    # A contact form on our own site writes From: desk, Reply-To: customer. That is no loop: our own
    # letters never ask for answers anywhere but here.
    author = message.author
    if author and surroundings.is_ours(author.email) and _answers_come_to_us(message, surroundings):
        return f"it is from {author.email}, an address of ours"
    return None


def receipt(message: Message, surroundings: Surroundings) -> str | None:
    return reports.disposition_notification(message)


def feedback(message: Message, surroundings: Surroundings) -> str | None:
    return reports.feedback_report(message)


def statistics(message: Message, surroundings: Surroundings) -> str | None:
    return reports.aggregate_report(message)


def delivery_report(message: Message, surroundings: Surroundings) -> str | None:
    return bounces.delivery_report(message)


def answering_machine(message: Message, surroundings: Surroundings) -> str | None:
    return autoreplies.answering_machine(message)


def agents_machine(message: Message, surroundings: Surroundings) -> str | None:
    """A machine in an agent's name answers a letter of ours: her absence must never become her words.

    Exchange marks such answers like any mail that a machine writes, so for agents that mark is enough. A
    form that fills in an agent's address answers nothing, and may hold a complaint.
    """
    token = _agents_token(message, surroundings) or _outside_token(message, surroundings)
    answers = message.in_reply_to or message.references
    if token or (answers and _names_an_agent(message, surroundings)):
        return autoreplies.written_by_machine(message) or null_return_path(message)
    return None


def agent_writes(message: Message, surroundings: Surroundings) -> str | None:
    """The mail came to an address that we gave to an agent, or From names one.

    An answer to an invitation is no word about a case. A mail that only names an agent is not one when a
    machine wrote it, or when it came by a list: she was not speaking to us.
    """
    if calendar_message(message, surroundings):
        return None
    if token := _agents_token(message, surroundings):
        return token
    if autoreplies.written_by_machine(message) or lists.list_evidence(message, surroundings):
        return None
    return _names_an_agent(message, surroundings)


def outside_writes(message: Message, surroundings: Surroundings) -> str | None:
    """The mail came to an address that we gave to somebody outside. Whether it is his is found out later."""
    return None if calendar_message(message, surroundings) else _outside_token(message, surroundings)


def list_mail(message: Message, surroundings: Surroundings) -> str | None:
    return lists.list_evidence(message, surroundings)


def marked_as_spam(message: Message, surroundings: Surroundings) -> str | None:
    """The verdict of a filter before us: SpamAssassin, rspamd, or Exchange (SCL 5 and above)."""
    for name in ("x-spam-flag", "x-spam-status", "x-spam"):
        if message.header(name).strip().casefold().startswith("yes"):
            return f"{name} says yes"
    level = message.header("x-ms-exchange-organization-scl").strip()
    if level.isascii() and level.isdigit() and int(level[:4]) >= 5:
        return f"x-ms-exchange-organization-scl is {level[:4]}"
    if "sfv:spm" in message.header("x-forefront-antispam-report").casefold():
        return "x-forefront-antispam-report says SFV:SPM"
    return None


def calendar_message(message: Message, surroundings: Surroundings) -> str | None:
    """An invitation or the answer to one: the calendar is the message, not a file attached to it."""
    if message.content_type == "text/calendar":
        return "the mail is text/calendar"
    if message.header("content-class").strip().casefold() == "urn:content-classes:calendarmessage":
        return "content-class is calendarmessage"
    calendars = [a for a in message.attachments if _is_calendar(a)]
    if calendars and message.content_type == "multipart/alternative":
        return "the mail is an invitation with its text as the alternative"
    if calendars and not message.text.strip():
        return "it holds nothing but a calendar entry"
    if {"text/calendar", "application/ics"} <= {a.content_type for a in calendars}:
        return "it holds an invitation and the same as a file"  # as Google sends them
    return None


def anyone_else(message: Message, surroundings: Surroundings) -> str | None:
    return "nothing says that it is not from a customer"


# First answer wins. A loop comes first because our own mail can look like everything below. Reports
# with a structure of their own come before bounces, which are also recognised by sender and words.
# Bounces and machines come before lists and spam, because relays and filters add those marks to
# everything, and a bounce must reach its case whatever a filter thinks of the letter it returns.
# Agents come after the machines, because an absence notice is no answer, and before lists and spam for the
# same reason as bounces: what an agent writes about a case must not vanish because a list footer was added
# or a filter dislikes the customer's words in the quote. Whoever forges an agent's name to get round the
# filter gains nothing: the mail is held, neither obeyed nor answered. The same goes for those outside whom an
# agent asked.
# Spam comes before calendars: unasked invitations are mostly spam.
KIND_RULES: tuple[tuple[Kind, Rule], ...] = (
    (Kind.LOOP, own_mail_coming_back),
    (Kind.RECEIPT, receipt),
    (Kind.FEEDBACK, feedback),
    (Kind.REPORT, statistics),
    (Kind.BOUNCE, delivery_report),
    (Kind.AUTO_REPLY, answering_machine),
    (Kind.AUTO_REPLY, agents_machine),
    (Kind.AGENT, agent_writes),
    (Kind.OUTSIDE, outside_writes),
    (Kind.LIST, list_mail),
    (Kind.SPAM, marked_as_spam),
    (Kind.CALENDAR, calendar_message),
    (Kind.CUSTOMER, anyone_else),
)


# May we answer it without a person?


def empty_return_path(message: Message, surroundings: Surroundings) -> str | None:
    return null_return_path(message)


def is_a_report(message: Message, surroundings: Surroundings) -> str | None:
    """Nothing of type multipart/report is ever answered, whatever it reports."""
    if message.report is not None or message.content_type == "multipart/report":
        return "it is a multipart/report"
    return None


def written_by_machine(message: Message, surroundings: Surroundings) -> str | None:
    return autoreplies.written_by_machine(message)


def sent_in_bulk(message: Message, surroundings: Surroundings) -> str | None:
    return lists.bulk_evidence(message)


def wants_no_answer(message: Message, surroundings: Surroundings) -> str | None:
    return autoreplies.suppression(message)


def nobody_reads_there(message: Message, surroundings: Surroundings) -> str | None:
    """From or Reply-To is a mail system, a programme or a no-reply address.

    Even where the other of the two is usable: a form that anybody can fill in would let him choose
    whom we write to. A person who has read it may.
    """
    for address in (*message.from_, *message.reply_to):
        if why := never_write_to(address.email):
            return why
    return None


def from_ourselves(message: Message, surroundings: Surroundings) -> str | None:
    for address in (*message.from_, *message.reply_to):
        if surroundings.is_ours(address.email):
            return f"{address.email} is an address of ours"
    return None


def from_an_agent(message: Message, surroundings: Surroundings) -> str | None:
    """Somebody who works here is no customer to be acknowledged, or somebody writes in his name."""
    return _names_an_agent(message, surroundings)


def sounds_like_a_report(message: Message, surroundings: Surroundings) -> str | None:
    return bounces.reporting_subject(message)


def asks_for_proof(message: Message, surroundings: Surroundings) -> str | None:
    return autoreplies.asks_for_proof(message)


def has_a_calendar(message: Message, surroundings: Surroundings) -> str | None:
    found = next((a for a in message.attachments if _is_calendar(a)), None)
    return f"it carries the calendar entry {found.name}" if found else None


def addressed_to_us(message: Message, surroundings: Surroundings) -> str | None:
    """The desk must be named as a recipient (RFC 3834 section 2): Bcc and forwarding are not enough."""
    if any(surroundings.is_ours(address) for address in recipients(message)):
        return None
    return "none of our addresses is among its recipients"


def nobody_to_answer(message: Message, surroundings: Surroundings) -> str | None:
    if reply_recipient(message, surroundings) is None:
        return "neither Reply-To nor From is an address that can be written to"
    return None


# First objection wins. What the mail says of itself stands before what its addresses suggest, so that
# the reason on record is the strongest one.
ANSWER_RULES: tuple[Rule, ...] = (
    empty_return_path,
    is_a_report,
    written_by_machine,
    sent_in_bulk,
    wants_no_answer,
    nobody_reads_there,
    from_ourselves,
    from_an_agent,
    sounds_like_a_report,
    asks_for_proof,
    has_a_calendar,
    addressed_to_us,
    nobody_to_answer,
)


def _agents_token(message: Message, surroundings: Surroundings) -> str | None:
    for address in recipients(message):
        token = surroundings.desk.read_address(address)
        if token and token.purpose in {Purpose.AGENT, Purpose.CONFIRM}:
            return "it came to an address that we gave to an agent"
    return None


def _outside_token(message: Message, surroundings: Surroundings) -> str | None:
    for address in recipients(message):
        token = surroundings.desk.read_address(address)
        if token and token.purpose is Purpose.OUTSIDE:
            return "it came to an address that we gave to somebody outside"
    return None


def _names_an_agent(message: Message, surroundings: Surroundings) -> str | None:
    for address in message.from_:
        if address.key in surroundings.agents:
            return f"{address.email} is the address of an agent"
    return None


def _bears_our_loop_mark(message: Message, surroundings: Surroundings) -> bool:
    mark = surroundings.desk.loop_mark
    return any(value.partition(";")[0].strip() == mark for value in message.header_all("x-mailproc-loop"))


def _answers_come_to_us(message: Message, surroundings: Surroundings) -> bool:
    return all(surroundings.is_ours(address.email) for address in message.reply_to)


def _is_calendar(attachment: Attachment) -> bool:
    return attachment.content_type in {"text/calendar", "application/ics"} or (
        attachment.name.casefold().endswith(".ics")
    )
