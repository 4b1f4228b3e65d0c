"""What would become of this mail, and why? The same rules as `receive`, and nothing is written.

Looks at a database that may be empty or opened for reading only. A test holds this and `receive`
together: what is told here is what happens there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.addressing import Purpose, new_reference, reference_of_thread
from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.events import (
    AutoReplyReceived,
    ComplaintReceived,
    Event,
    MailBounced,
)
from mailproc.cases.lifecycle import takes_follow_up
from mailproc.cases.opening import open_case
from mailproc.desk import Desk
from mailproc.errors import ParseError
from mailproc.inbound.bounces import Bounce, read_bounce
from mailproc.inbound.classify import Kind, Verdict, classify, reply_recipient
from mailproc.inbound.company import company
from mailproc.inbound.forwarded import is_on_behalf
from mailproc.inbound.identity import Level
from mailproc.inbound.matching import Match, clues
from mailproc.inbound.parse import skeleton
from mailproc.inbound.trust import Authentication, authenticated
from mailproc.jobs import outside
from mailproc.jobs.after_decision import customer_wrote
from mailproc.jobs.customer_mail import CONTINUES_SPAM
from mailproc.jobs.find import Finding, find_case, joined_by
from mailproc.jobs.following import decided
from mailproc.jobs.intake import rate_complaint
from mailproc.jobs.speaking import who_speaks
from mailproc.jobs.survey_answers import read_survey_answer
from mailproc.jobs.write import make_mail, names, why_not_automatic
from mailproc.mail import Message
from mailproc.store import casebook, outbox, receiving
from mailproc.store.receiving import Disposition


@dataclass(frozen=True, kw_only=True)
class Clue:
    """One thing in a mail that could tell its case, and the case it leads to, if any."""

    kind: str
    value: str
    leads_to: str | None


@dataclass(frozen=True, kw_only=True)
class WouldSend:
    """The letter that would be queued."""

    letter: str
    recipient: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Every decision about one mail. `case` is None when the mail would open one, or needs none.

    `withheld` says why no acknowledgement would leave; it is empty when one would, or when none is due.
    `unreadable` says why the mail would be quarantined.
    """

    message: Message
    unreadable: str
    verdict: Verdict
    authentication: Authentication
    clues: tuple[Clue, ...]
    waits_for_original: bool
    disposition: Disposition
    reason: str
    case: Case | None = None
    history: tuple[HistoryEntry, ...] = ()
    withheld: str = ""
    letter: WouldSend | None = None
    bounce: Bounce | None = None


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What the second half of the work adds to an explanation."""

    disposition: Disposition
    reason: str
    case: Case | None = None
    history: tuple[HistoryEntry, ...] = ()
    withheld: str = ""
    letter: WouldSend | None = None
    bounce: Bounce | None = None


def explain(desk: Desk, session: Session, raw: bytes, now: datetime) -> Explanation:
    """Return what would become of a mail that arrived now."""
    message, unreadable = _read(desk, raw)
    verdict = classify(message, desk.surroundings)
    outcome = _outcome(desk, session, message, verdict, unreadable, now)
    return Explanation(
        message=message,
        unreadable=unreadable,
        verdict=verdict,
        authentication=authenticated(
            message, desk.surroundings.trusted_authserv_id, desk.surroundings.own_hosts
        ),
        clues=_clues(desk, session, message),
        waits_for_original=receiving.waits_for(session, 0, (*message.in_reply_to, *message.references)),
        disposition=outcome.disposition,
        reason=outcome.reason,
        case=outcome.case,
        history=outcome.history,
        withheld=outcome.withheld,
        letter=outcome.letter,
        bounce=outcome.bounce,
    )


def _read(desk: Desk, raw: bytes) -> tuple[Message, str]:
    """Read the mail in the cage; a mail that cannot be read gives its header and the reason."""
    if len(raw) > min(mailbox.size_limit for mailbox in desk.config.mailboxes):
        return skeleton(raw), ""  # only the header would be fetched
    try:
        return desk.cage.parse(raw), ""
    except ParseError as error:
        return skeleton(raw), str(error)


def _outcome(
    desk: Desk, session: Session, message: Message, verdict: Verdict, unreadable: str, now: datetime
) -> _Outcome:
    twin = receiving.twin_of(session, 0, message.content_key)
    if twin is not None:
        reason = f"the same mail as number {twin.id}, received before"
        return _Outcome(disposition=Disposition.DUPLICATE, reason=reason)
    if unreadable:
        withheld = "the mail could not be read"
        opened = _opened(desk, message, verdict, withheld, Finding(), None, now)
        return _Outcome(
            disposition=Disposition.QUARANTINED, reason=unreadable, history=opened.history, withheld=withheld
        )
    if verdict.kind is Kind.AGENT:
        identity, relay = who_speaks(desk, session, message, now)
        may = identity.level >= Level.AGENT and not identity.needs_confirmation and relay is not None
        done = Disposition.OPENED if is_on_behalf(message.text) else Disposition.REPLIED
        reason = f"{identity.rule}: {identity.reason}"
        return _Outcome(disposition=done if may else Disposition.HELD, reason=reason)
    if verdict.kind is Kind.OUTSIDE or (
        verdict.kind is Kind.CUSTOMER and outside.claims(desk, session, message)
    ):
        identity, _ = outside.who_answers(desk, session, message, now)
        done = Disposition.OUTSIDE if outside.is_proved(identity) else Disposition.HELD
        return _Outcome(disposition=done, reason=f"{identity.rule}: {identity.reason}")
    if verdict.kind is Kind.BOUNCE:
        return _bounced(desk, session, message, verdict, now)
    if verdict.kind in (Kind.AUTO_REPLY, Kind.RECEIPT):
        found = find_case(session, message, desk.address)
        event = AutoReplyReceived(sender=_sender(message), rule=verdict.rule)
        case, history = _followed(desk, session, found.match.reference if found.match else None, event, now)
        return _Outcome(disposition=Disposition.AUTO_REPLY, reason=verdict.reason, case=case, history=history)
    if not verdict.is_complaint:
        return _Outcome(disposition=Disposition.IGNORED, reason=verdict.reason)
    return _complaint(desk, session, message, verdict, now)


def _bounced(desk: Desk, session: Session, message: Message, verdict: Verdict, now: datetime) -> _Outcome:
    bounce = read_bounce(message, desk.address)
    row = outbox.find_by_public_id(session, bounce.mail_id) if bounce and bounce.mail_id else None
    if bounce is None or row is None or row.case_id is None or not bounce.recipients:
        reason = "a delivery report about no letter of ours that could be proved"
        return _Outcome(disposition=Disposition.BOUNCED, reason=reason, bounce=bounce)
    worst = max(bounce.recipients, key=lambda recipient: recipient.given_up)
    event = MailBounced(
        letter=row.letter,
        recipient=row.recipient,
        permanent=worst.given_up,
        diagnostic=f"{worst.status} {worst.diagnostic}".strip(),
        rule=verdict.rule,
        number=row.id,
    )
    if row.is_copy:
        reason = "a copy came back, which is only written down"
        return _Outcome(disposition=Disposition.BOUNCED, reason=reason, bounce=bounce)
    found = casebook.find_by_outgoing(session, [row.public_id])
    case, history = _followed(desk, session, found[0].reference if found else None, event, now)
    return _Outcome(
        disposition=Disposition.BOUNCED, reason=verdict.reason, case=case, history=history, bounce=bounce
    )


def _complaint(desk: Desk, session: Session, message: Message, verdict: Verdict, now: datetime) -> _Outcome:
    found = find_case(session, message, desk.address)
    previous, spam = None, ""
    if isinstance(found.match, Match):
        case = _case(session, found.match.reference)
        answered = read_survey_answer(
            desk, session, message, verdict, found.match, found.case_id, _sender(message)
        )
        if case is not None and answered is not None:
            if not answered.needs_new_case(desk, case, now):
                decisions = (decided(desk, case, each, now) for each in answered.events)
                history = tuple(entry for decision in decisions for entry in decision.history)
                reason = f"answers the survey, {joined_by(found.match.clue)}"
                return _Outcome(disposition=Disposition.JOINED, reason=reason, case=case, history=history)
        elif case is not None and takes_follow_up(case, desk.policy_of(case), desk.config.desk.zone, now):
            event = customer_wrote(
                desk,
                session,
                case,
                message,
                sender=_sender(message),
                known_sender=found.match.known_sender,
                rule=f"{verdict.rule}, {found.match.clue}",
            )
            _, history = _followed(desk, session, case.reference, event, now)
            reason = joined_by(found.match.clue)
            return _Outcome(disposition=Disposition.JOINED, reason=reason, case=case, history=history)
        previous = case.reference if case is not None and found.match.known_sender else None
        spam = CONTINUES_SPAM if case is not None and case.spam else ""
    withheld = spam or _why_not_to_acknowledge(desk, session, message, verdict, now)
    opened = _opened(desk, message, verdict, withheld, found, previous, now)
    return _Outcome(
        disposition=Disposition.OPENED,
        reason=verdict.reason,
        history=opened.history,
        withheld=withheld,
        letter=opened.letter,
    )


def _opened(
    desk: Desk,
    message: Message,
    verdict: Verdict,
    withheld: str,
    found: Finding,
    previous: str | None,
    now: datetime,
) -> _Outcome:
    """Open the case on paper: its history and its acknowledgement, with an example of a reference."""
    author = message.author
    recipient = None if withheld else reply_recipient(message, desk.surroundings)
    language = message.language or desk.config.desk.languages[0]
    event = ComplaintReceived(
        reference=new_reference(),
        customer_email=author.email if author else "",
        customer_name=author.name if author else "",
        subject=message.subject,
        language=language,
        mailbox=desk.config.mailboxes[0].name,
        received_at=now,
        rule=verdict.rule,
        acknowledge_to=recipient.email if recipient else None,
        withheld_because=withheld,
        sender_authenticated=verdict.sender_authenticated,
        possibly_about=found.hinted,
        previous=previous,
        others=company(message, desk.surroundings),
        rated=rate_complaint(desk, message, language),
    )
    decision = open_case(event, desk.policy, desk.config.desk.zone, now)
    letter = None
    for called_for in decision.letters:
        given: Mapping[str, object] = names(desk, decision.case, called_for, message, now)
        rendered = desk.letters.render(called_for.name, decision.case.language, given)
        mail = make_mail(desk, decision.case, called_for, message, now)
        letter = WouldSend(
            letter=called_for.name, recipient=mail.recipient, subject=mail.subject, text=rendered.text
        )
    return _Outcome(disposition=Disposition.OPENED, reason="", history=decision.history, letter=letter)


def _followed(
    desk: Desk, session: Session, reference: str | None, event: Event, now: datetime
) -> tuple[Case | None, tuple[HistoryEntry, ...]]:
    """Return the case a mail follows and what would be written into its history."""
    case = _case(session, reference) if reference else None
    if case is None:
        return None, ()
    return case, decided(desk, case, event, now).history


def _why_not_to_acknowledge(
    desk: Desk, session: Session, message: Message, verdict: Verdict, now: datetime
) -> str:
    if not verdict.may_answer:
        return verdict.answer_reason
    return why_not_automatic(desk, session, reply_recipient(message, desk.surroundings), now) or ""


def _clues(desk: Desk, session: Session, message: Message) -> tuple[Clue, ...]:
    """Return everything in a mail that could tell its case, the strongest first, with where it leads."""
    found = clues(message, desk.address)

    def led(kind: str, value: str, results: list[casebook.Found]) -> Clue:
        return Clue(kind=kind, value=value, leads_to=results[0].reference if results else None)

    listed = [
        led("reply address", token.id, casebook.find_by_outgoing(session, [token.id]))
        for token in found.reply_tokens
    ]
    listed += [
        led("return path", token.id, casebook.find_by_outgoing(session, [token.id]))
        for token in found.return_path_tokens
    ]
    for token in found.own_message_tokens:
        if token.purpose is Purpose.THREAD:
            reference = reference_of_thread(token)
            listed.append(
                led("anchor of a case", reference, casebook.find_by_reference(session, [reference]))
            )
        else:
            listed.append(led("our Message-ID", token.id, casebook.find_by_outgoing(session, [token.id])))
    listed += [
        led("Message-ID", each, casebook.find_by_incoming(session, [each])) for each in found.other_ids
    ]
    listed += [
        led("reference in the subject", each, casebook.find_by_reference(session, [each]))
        for each in found.subject_references
    ]
    return tuple(listed)


def _case(session: Session, reference: str) -> Case | None:
    found = casebook.find(session, reference)
    return found[1] if found else None


def _sender(message: Message) -> str:
    return message.author.email if message.author else "an unknown sender"
