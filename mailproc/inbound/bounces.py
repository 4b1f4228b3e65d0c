"""Is this a delivery report, which of our mails does it speak of, and is the failure for good?

A delivery report can be forged by anybody. What it says counts only when it carries a token of the
very mail it speaks of; without one it is still no complaint and never answered, but changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mailproc.addressing import DeskAddress, Purpose
from mailproc.inbound.senders import from_daemon
from mailproc.inbound.surroundings import addresses_in, null_return_path, recipients
from mailproc.mail import Message, RecipientReport, address_key


class Failure(StrEnum):
    """What is wrong with one recipient."""

    PERMANENT = "permanent"  # this address will not work tomorrow either
    TEMPORARY = "temporary"  # the address is good, something was in the way
    NONE = "none"  # the report is about success


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """What happened to one recipient; `recipient` is empty when prose names none that we can read.

    `given_up` says whether somebody is still trying. The two facts are independent: a full mailbox
    (5.2.2) is a temporary failure, but once the host has given up, the letter has not arrived.
    """

    recipient: str
    failure: Failure
    given_up: bool
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """A delivery report as read. `mail_id` is the verified public id of our mail, or None: then it
    must not change anything. `proof` names where the id was found."""

    recipients: tuple[Returned, ...]
    mail_id: str | None
    proof: str


_REPORT_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|mail delivery (?:failed|failure|problem|system|subsystem)|returned mail"
    r"|delivery status notification|delivery notification|delivery report|delivery fail(?:ure|ed)"
    r"|failure notice|failed delivery|warning: (?:could not send|message)|mail system error"
    r"|(?:mail|message) (?:could not be|not|was not) delivered|message delay|delayed mail|delivery delayed"
    r"|nondeliver|non-deliver|unzustellbar|non remis|no se puede entregar|non recapitabile|onbestelbaar"
    r"|kézbesíthetetlen|olevererbart|nie można dostarczyć|niedostarczon|недоставлен|automatically rejected",
    re.IGNORECASE,
)
# Full mailbox, mailbox busy, system full, congestion, expired while trying: the address itself is good.
_SOFT_STATUSES = frozenset({"5.2.2", "5.3.1", "5.4.5", "5.4.7"})
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_STILL_TRYING = re.compile(
    r"will (?:keep trying|continue|be re-?tried)|still (?:trying|being retried)|not yet been delivered"
    r"|could not send (?:message )?for (?:the )?past|do not need to resend|no action is required"
    r"|warning message only|delivery attempts will continue|message (?:is|has been) delayed",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"mailbox (?:is )?(?:over quota|full)|over ?quota|quota exceeded|exceed\w* (?:\w+ ){0,3}quota|disk full",
    re.IGNORECASE,
)
_MAILER_DAEMON = re.compile(r"mail(?:er)?[-_. ]?daemon", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:])([45])[0-5]\d[ \-]")
_STATED_ADDRESS = re.compile(r"<?([^\s<>@:;,()\"]{1,64}@[^\s<>@:;,()\"]{1,255}?)[>.]*(?:[:;,(]|\.\.\.|\s|$)")
_RETURNED_MAIL = re.compile(
    r"^[\s\-*>]*(?:-+ ?(?:original|returned|below|this is a copy|unsent|message header)"
    r"|below this line|this is a copy of|original message|received: |return-path: )",
    re.IGNORECASE,
)
_LINES_READ = 120


def delivery_report(message: Message) -> str | None:
    """Return what shows that the mail is a delivery report, or None.

    Structure decides (RFC 3464). For the hosts that report in prose it takes a mail system as sender
    or an empty envelope sender, beside the words: a customer may well complain about "undelivered mail".
    """
    if message.report:
        if message.report.type == "delivery-status":
            return "report-type is delivery-status"
        if message.report.recipients and not message.report.type:
            return "it carries a message/delivery-status"
    daemon = from_daemon(message)
    empty = null_return_path(message)
    words = reporting_subject(message)
    if message.has("x-failed-recipients") and (daemon or empty):
        return "x-failed-recipients is present"
    if daemon and (sign := words or empty):
        return f"a mail system wrote it and {sign}"
    if daemon and message.content_type == "multipart/report":
        return "a mail system wrote it as a multipart/report"
    if daemon and _MAILER_DAEMON.search(message.header("from")):
        return "MAILER-DAEMON wrote it"
    if empty and words:
        return f"{empty} and {words}"
    return None


def reporting_subject(message: Message) -> str | None:
    """Return the phrase of delivery reports that the subject starts with, or None."""
    found = _REPORT_SUBJECT.match(message.subject.lstrip(" *[<"))
    return f"the subject starts with {found[0]!r}" if found else None


def read_bounce(message: Message, desk: DeskAddress) -> Bounce | None:
    """Return what a delivery report says, or None when the mail is not one."""
    if delivery_report(message) is None:
        return None
    mail_id, proof = _our_mail(message, desk)
    return Bounce(recipients=_returned(message, desk), mail_id=mail_id, proof=proof)


def _our_mail(message: Message, desk: DeskAddress) -> tuple[str | None, str]:
    """Find the mail the report is about. Only a token that verifies names one."""
    for address in recipients(message):
        token = desk.read_address(address)
        if token and token.purpose is Purpose.RETURN_PATH:
            return token.id, "the report came to the return path of this mail"
    for message_id in message.report.returned_ids if message.report else ():
        token = desk.read_message_id(message_id)
        if token and token.purpose is Purpose.MESSAGE_ID:
            return token.id, "the report returns the Message-ID of this mail"
    return None, "no token of ours verifies"


def _returned(message: Message, desk: DeskAddress) -> tuple[Returned, ...]:
    if message.report and message.report.recipients:
        return tuple(_from_report(recipient) for recipient in message.report.recipients)
    prose = _prose(message.text)
    failed = [found for value in message.header_all("x-failed-recipients") for found in addresses_in(value)]
    failed = failed or _stated_addresses(
        prose, ignore={a.key for a in (*message.from_, *message.to)}, desk=desk
    )
    failure, given_up, status = _judge_prose(message.subject, prose)
    # Prose that names nobody still says that it failed; the token says which mail, so for whom.
    return tuple(
        Returned(recipient=address, failure=failure, given_up=given_up, status=status)
        for address in failed or [""]
    )


def _from_report(recipient: RecipientReport) -> Returned:
    action = recipient.action.casefold()
    status = recipient.status.strip()
    if not status and (found := _STATUS.search(recipient.diagnostic)):
        status = found[1]
    delivered = action in _DELIVERED or (not action and status.startswith("2."))
    soft = action == "delayed" or status.startswith("4.") or status in _SOFT_STATUSES
    if delivered:
        failure = Failure.NONE
    elif soft or _FULL.search(recipient.diagnostic):
        failure = Failure.TEMPORARY
    else:
        failure = Failure.PERMANENT
    return Returned(
        recipient=recipient.recipient,
        failure=failure,
        given_up=failure is not Failure.NONE and action != "delayed",
        status=status,
        diagnostic=recipient.diagnostic,
    )


def _judge_prose(subject: str, prose: str) -> tuple[Failure, bool, str]:
    """Return failure, given up, and status of a report in prose. A host that says nothing else gave up."""
    found = _STATUS.search(prose)
    status = found[1] if found else ""
    if _STILL_TRYING.search(f"{subject}\n{prose}"):
        return Failure.TEMPORARY, False, status
    if status:
        soft = status.startswith("4.") or status in _SOFT_STATUSES
    else:
        code = _REPLY_CODE.search(prose)
        soft = code is not None and code[1] == "4"
    return (Failure.TEMPORARY if soft or _FULL.search(prose) else Failure.PERMANENT), True, status


def _prose(text: str) -> str:
    """Return what the mail system wrote, without the mail it returns below."""
    lines: list[str] = []
    for line in text[:20_000].splitlines()[:_LINES_READ]:
        if lines and _RETURNED_MAIL.match(line):
            break
        lines.append(line[:1000])
    return "\n".join(lines)


def _stated_addresses(prose: str, *, ignore: set[str], desk: DeskAddress) -> list[str]:
    """Return the addresses that stand at the start of a line, as qmail, Exim and sendmail write them."""
    found = (_STATED_ADDRESS.match(line.strip()) for line in prose.splitlines())
    stated = (match[1] for match in found if match)
    return [a for a in dict.fromkeys(stated) if address_key(a) not in ignore and not desk.is_ours(a)]
