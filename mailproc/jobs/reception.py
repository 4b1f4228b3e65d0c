"""What does a received mail do to a case? The same as before? → which case? → decide → record + queue.

Everything here happens in one transaction, which the caller opened and commits. The rules themselves are
pure and stand elsewhere: what a mail is in `inbound/`, what a case does about it in `cases/`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog
from sqlmodel import Session

from mailproc.addressing import new_reference
from mailproc.cases.case import Case, Decision, Status
from mailproc.cases.events import (
    AutoReplyReceived,
    ComplaintReceived,
    CustomerWrote,
    MailBounced,
    SurveyAnswered,
)
from mailproc.cases.lifecycle import takes_follow_up
from mailproc.cases.opening import open_case
from mailproc.desk import Desk
from mailproc.inbound.bounces import read_bounce
from mailproc.inbound.carriers import carriers
from mailproc.inbound.classify import Kind, Verdict, reply_recipient
from mailproc.inbound.company import company
from mailproc.inbound.forwarded import is_on_behalf
from mailproc.inbound.matching import Clue, Match
from mailproc.jobs import asking_together, earlier, escalating, outside, telling_of_mail
from mailproc.jobs.absence import absence_of_agent
from mailproc.jobs.acting import Act
from mailproc.jobs.after_decision import customer_wrote, remarks
from mailproc.jobs.assigning import assign
from mailproc.jobs.files import Files
from mailproc.jobs.find import find_case, joined_by
from mailproc.jobs.following import decided, happens
from mailproc.jobs.holding_back import hold_back
from mailproc.jobs.intake import rate_complaint
from mailproc.jobs.letter_fate import tell_case
from mailproc.jobs.stages import hand_over
from mailproc.jobs.survey_answers import Answered, also_told, keep, read_survey_answer
from mailproc.jobs.write import queue_letters, why_not_automatic
from mailproc.mail import Message, address_key
from mailproc.people import Agent
from mailproc.sentences import Sentence
from mailproc.store import casebook, outbox, receiving
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition, Locked, Twin

log = structlog.get_logger(__name__)

# A reply may overtake the mail it answers, and a bounce the answer of the server that took the letter. It
# waits, but not for ever: two mails that name each other must not block one another (our choice: five
# times two seconds).
OVERTAKEN_PAUSE = timedelta(seconds=2)
OVERTAKEN_TIMES = 5

# What the rules have set aside stands for no complaint: the marks that led them astray may have been put
# on one copy alone, by the way it came.
_SET_ASIDE = (Disposition.IGNORED, Disposition.BOUNCED, Disposition.AUTO_REPLY)
_COMPLAINTS = (Kind.CUSTOMER, Kind.AGENT)

_OF_CUSTOMER = (Disposition.OPENED, Disposition.JOINED, Disposition.QUARANTINED)

# An agent may have erred, so a further mail is shown to people; the desk itself does not answer it.
CONTINUES_SPAM = "it continues a case that was closed as spam"


def _taken_as(verdict: Verdict, kind: Kind) -> Verdict:
    """A person has said what a mail is. That makes it a complaint, but no reason to answer a machine."""
    reason = f"a person says so; the rules said {verdict.kind} ({verdict.rule})"
    return replace(verdict, kind=kind, rule="person", reason=reason, is_complaint=kind in _COMPLAINTS)


class Reception:
    """One mail on its way through one transaction. Call `run` or `quarantine`, once."""

    def __init__(
        self,
        desk: Desk,
        session: Session,
        row: Locked,
        message: Message,
        verdict: Verdict,
        files: Files,
    ) -> None:
        self.desk = desk
        self.files = files
        self.session = session
        self.row = row
        self.id = row.id
        self.message = message
        self.now = desk.clock()
        self.zone = desk.config.desk.zone
        self.verdict = verdict
        if row.taken_as:
            self.verdict = _taken_as(verdict, Kind(row.taken_as))
        elif row.sent:
            self.verdict = earlier.sent_by_desk(verdict)

    def run(self) -> Disposition | None:
        twin = receiving.twin_of(self.session, self.id, self.message.content_key)
        if twin is not None and self.row.taken_as is None and self._stands_for_this(twin):
            if self.row.sent and self.row.silent:
                self._keep_for_simulations(twin.id)
            reason = f"the same mail as number {twin.id}, received before"
            return self._finish(Disposition.DUPLICATE, reason, twin.case_id)
        if self.row.case_id is not None and self.verdict.is_complaint:
            return self._read_at_last(self.row.case_id)
        if self._overtaken():
            self._wait()
            return None
        if self.verdict.kind is Kind.AGENT and not self.row.taken_as:
            return self._agent()
        if self.verdict.kind is Kind.OUTSIDE or self._claims_to_be_outside():
            return self._outside()
        if self.verdict.kind is Kind.BOUNCE:
            return self._bounce()
        if self.verdict.kind in (Kind.AUTO_REPLY, Kind.RECEIPT):
            return self._auto_reply()
        if not self.verdict.is_complaint:
            return self._finish(Disposition.IGNORED, self.verdict.reason, None)
        return self._complaint()

    def quarantine(self, reason: str) -> Disposition:
        """Keep a mail that cannot be read: a skeleton case makes people see it, nothing is answered."""
        twin = receiving.twin_of(self.session, self.id, self.message.content_key)
        if twin is not None:
            reason = f"the same unreadable mail as number {twin.id}"
            return self._finish(Disposition.DUPLICATE, reason, twin.case_id)
        remark = f"this mail could not be read ({reason}); its bytes are kept as mail number {self.id}"
        decision = self._open(withheld="the mail could not be read", remark=remark)
        case_id = self._record_new(decision)
        return self._finish(Disposition.QUARANTINED, reason, case_id, file_to_quarantine=True)

    def _stands_for_this(self, twin: Twin) -> bool:
        """Whether an earlier copy of this mail makes it a duplicate."""
        if twin.disposition == Disposition.HELD:
            # A copy that nobody proved to be the agent's must not take the place of the one that is. What
            # was acted upon once is known by its letter.
            return False
        if twin.sent and self.row.silent:
            return True  # another copy of what the desk had sent; of live mail, an import decides nothing
        set_aside = twin.disposition in _SET_ASIDE and twin.kind not in _COMPLAINTS
        return not (set_aside and self.verdict.is_complaint)

    def _overtaken(self) -> bool:
        named = (*self.message.in_reply_to, *self.message.references)
        if not receiving.waits_for(self.session, self.id, named):
            return False
        # A node that has died with the original keeps it until its lease runs out, which may take minutes.
        return self._may_wait or receiving.is_received_elsewhere(self.session, self.id, named, self.desk.node)

    @property
    def _may_wait(self) -> bool:
        return self.row.postponed < OVERTAKEN_TIMES

    def _wait(self) -> None:
        receiving.put_back(self.session, self.row, self.now + OVERTAKEN_PAUSE, postponed=True)

    def _agent(self) -> Disposition:
        if self._complains_herself():
            reason = "somebody who works here answers a letter that she got as the customer"
            verdict = replace(self.verdict, kind=Kind.CUSTOMER, rule="customer_here", reason=reason)
            self.verdict = replace(verdict, is_complaint=True)
            return self._complaint()
        if self.row.silent:
            reason = (
                "an agent's mail that is older than the desk, or was imported, is kept and not acted upon"
            )
            return self._finish(Disposition.HELD, reason, None)
        ending = Act(self.desk, self.session, self.row, self.message, self.files, self.now).run()
        return self._finish(ending.disposition, ending.reason, ending.case_id)

    def _complains_herself(self) -> bool:
        """Whether somebody who works here answers a letter that she got as the customer of a case."""
        found = carriers(self.message, self.desk.address)
        if not found.customer or found.tokens or found.confirm or is_on_behalf(self.message.text):
            return False
        match = find_case(self.session, self.message, self.desk.address).match
        return match is not None and match.clue is Clue.REPLY_ADDRESS and match.known_sender

    def _claims_to_be_outside(self) -> bool:
        """Whether a mail that looks like a customer's answers what an agent asked somebody outside."""
        if self.verdict.kind is not Kind.CUSTOMER or self.row.taken_as:
            return False
        return outside.claims(self.desk, self.session, self.message)

    def _outside(self) -> Disposition:
        if self.row.silent:
            reason = "a mail from outside that is older than the desk, or was imported, is kept"
            return self._finish(Disposition.HELD, reason, None)
        self.verdict = replace(self.verdict, kind=Kind.OUTSIDE, is_complaint=False)
        ending = outside.receive(
            self.desk, self.session, self.message, files=self.files, inbox_id=self.id, now=self.now
        )
        return self._finish(ending.disposition, ending.reason, ending.case_id)

    def _bounce(self) -> Disposition | None:
        """A delivery report moves a case only when its signed address or Message-ID proves it is ours."""
        bounce = read_bounce(self.message, self.desk.address)
        returned = bounce.recipients if bounce else ()
        failed = tuple(recipient.recipient for recipient in returned if recipient.recipient)
        mail_id = bounce.mail_id if bounce else None
        letter = outbox.find_by_public_id(self.session, mail_id) if mail_id else None
        about_many = letter is not None and letter.letter == asking_together.LETTER
        if letter is None or (letter.case_id is None and not about_many) or not returned:
            reason = "a delivery report about no letter of ours that could be proved"
            return self._finish(Disposition.BOUNCED, reason, None, failed=failed)
        if letter.state == State.HANDED_OVER and self._may_wait:
            self._wait()
            return None
        worst = max(returned, key=lambda recipient: recipient.given_up)
        event = MailBounced(
            letter=letter.letter,
            recipient=letter.recipient,
            permanent=worst.given_up,
            diagnostic=f"{worst.status} {worst.diagnostic}".strip(),
            rule=self.verdict.rule,
            number=letter.id,
        )
        tell_case(self.desk, self.session, letter, event, self.now, inbox_id=self.id, silent=self.row.silent)
        return self._finish(Disposition.BOUNCED, self.verdict.reason, letter.case_id, failed=failed)

    def _auto_reply(self) -> Disposition:
        if self.verdict.kind is Kind.AUTO_REPLY and not self.row.silent:
            case_id = outside.machine_answers(
                self.desk, self.session, self.message, inbox_id=self.id, now=self.now
            )
            if case_id is not None:
                reason = "the mailbox of somebody outside answers"
                return self._finish(Disposition.AUTO_REPLY, reason, case_id)
            case_id = absence_of_agent(self.desk, self.session, self.message, inbox_id=self.id, now=self.now)
            if case_id is not None:
                return self._finish(Disposition.AUTO_REPLY, "an agent's mailbox answers", case_id)
        found = find_case(self.session, self.message, self.desk.address)
        if not isinstance(found.match, Match):
            return self._finish(Disposition.AUTO_REPLY, self.verdict.reason, None)
        case = casebook.load(self.session, found.case_id)
        event = AutoReplyReceived(sender=self._sender, rule=self.verdict.rule)
        happens(self.desk, self.session, found.case_id, case, event, self.now, inbox_id=self.id)
        return self._finish(Disposition.AUTO_REPLY, self.verdict.reason, found.case_id)

    def _complaint(self) -> Disposition:
        found = find_case(self.session, self.message, self.desk.address)
        previous = spam = None
        if isinstance(found.match, Match):
            case_id, case = casebook.load_where_it_goes_on(self.session, found.case_id)
            answered = read_survey_answer(
                self.desk, self.session, self.message, self.verdict, found.match, case_id, self._sender
            )
            if answered is not None:
                after = self._survey(case_id, case, answered)
                if not answered.needs_new_case(self.desk, case, self.now):
                    reason = f"answers the survey, {joined_by(found.match.clue)}"
                    joined_as = self._finish(Disposition.JOINED, reason, case_id)
                    self._hear(case_id, case, after, answered.event)
                    return joined_as
            elif takes_follow_up(case, self.desk.policy_of(case), self.zone, self.now):
                event = customer_wrote(
                    self.desk,
                    self.session,
                    case,
                    self.message,
                    sender=self._sender,
                    known_sender=found.match.known_sender,
                    rule=f"{self.verdict.rule}, {found.match.clue}",
                )
                decision = decided(self.desk, case, event, self.now)
                self._apply(case_id, case, decision)
                joined = self._handed_over(case_id, case, decision.case)
                joined = self._hold_back(case_id, joined)
                hints = remarks(self.desk, case, joined, event)
                self._tell("follow_up", case_id, joined, known_sender=found.match.known_sender, remarks=hints)
                joined_as = self._finish(Disposition.JOINED, joined_by(found.match.clue), case_id)
                self._hear(case_id, case, joined, event)
                return joined_as
            # Only whoever takes part in the old case is told, by the link, that there was one.
            previous = case.reference if found.match.known_sender else None
            spam = CONTINUES_SPAM if case.spam else None
        decision = self._open(
            withheld=spam or self._why_not_to_acknowledge(), possibly_about=found.hinted, previous=previous
        )
        case_id = self._record_new(decision)
        opened = self._assigned(case_id, decision.case)
        self._tell("new_case", case_id, opened)
        finished = self._finish(Disposition.OPENED, self.verdict.reason, case_id)
        self._hear(case_id, None, opened, None)
        return finished

    def _handed_over(self, case_id: int, before: Case, case: Case) -> Case:
        """Give a case to whom its next stage is for, when it has just begun."""
        return hand_over(self.desk, self.session, case_id, before, case, self.now)

    def _hold_back(self, case_id: int, case: Case) -> Case:
        """Let no answer leave that does not know this mail, unless it is older than the desk itself."""
        if self.row.silent:
            return case
        return hold_back(self.desk, self.session, case_id, case, self.message, inbox_id=self.id, now=self.now)

    def _survey(self, case_id: int, case: Case, answered: Answered) -> Case:
        """Store what the customer thinks, and let those who are concerned know; return the case."""
        before = case
        keep(self.session, answered, case_id, self.id, self.now)
        for event in answered.events:
            decision = decided(self.desk, case, event, self.now)
            self._apply(case_id, case, decision)
            case = self._handed_over(case_id, case, decision.case)
        if answered.wants_reading and not answered.needs_new_case(self.desk, case, self.now):
            known = answered.event.known_sender
            asked = escalating.who_will_be_asked(
                self.desk, self.session, before, case, answered.event, self.now
            )
            also = tuple(
                agent
                for agent in also_told(self.desk, case, answered.event.opinion)
                if agent.name not in asked
            )
            case = self._hold_back(case_id, case)
            hints = remarks(self.desk, before, case, answered.event)
            self._tell("follow_up", case_id, case, known_sender=known, also=also, remarks=hints)
        return case

    def _hear(
        self, case_id: int, before: Case | None, case: Case, event: CustomerWrote | SurveyAnswered | None
    ) -> None:
        """Let somebody above know, when the customer gives reason for it; not of mail older than the desk.

        The mail belongs to the case by now, so that whoever is asked reads it.
        """
        known = event is None or event.known_sender
        if known and not self.row.silent and self.desk.people.agents:
            escalating.hear(self.desk, self.session, case_id, before, case, event, self.message, self.now)

    def _assigned(self, case_id: int, case: Case) -> Case:
        return assign(self.desk, self.session, case_id, case, self.now, inbox_id=self.id)

    def _tell(
        self,
        letter: str,
        case_id: int,
        case: Case,
        *,
        known_sender: bool = True,
        also: tuple[Agent, ...] = (),
        remarks: tuple[Sentence, ...] = (),
    ) -> None:
        """Write to the agents, except about mail that is older than the desk: nobody waits for that."""
        if self.row.silent or not self.desk.people.agents:
            return
        telling_of_mail.tell_of_mail(
            self.desk,
            self.session,
            letter,
            case_id,
            case,
            self.message,
            files=self.files,
            inbox_id=self.id,
            authenticated=self.verdict.sender_authenticated and known_sender,
            stranger=None if known_sender else self._sender,
            participant=self._sender
            if address_key(self._sender) != address_key(case.customer_email)
            else None,
            received_at=self.row.received_at,
            now=self.now,
            also=also,
            remarks=remarks,
        )

    def _read_at_last(self, case_id: int) -> Disposition:
        """A mail that was quarantined is read after a repair: its skeleton case gets what was missing."""
        before = casebook.load(self.session, case_id)
        finished = before.status in (Status.RESOLVED, Status.CLOSED)
        withheld = f"the case is {before.status}" if finished else self._why_not_to_acknowledge()
        decision = self._open(withheld=withheld, reference=before.reference, remark="read at last")
        # What people did with the skeleton meanwhile stays; the mail adds who wrote and about what.
        read = decision.case
        after = replace(
            before,
            customer_email=read.customer_email,
            customer_name=read.customer_name,
            participants=before.participants | read.participants,
            subject=read.subject,
            language=read.language,
            acknowledgement=read.acknowledgement,
        )
        self._apply(case_id, before, replace(decision, case=after))
        # Nobody was written to about the skeleton; people see now what there is to do, or that it comes late.
        self._tell("new_case", case_id, after if finished or before.owner else self._assigned(case_id, after))
        return self._finish(Disposition.OPENED, "read after it had been quarantined", case_id)

    def _open(
        self,
        *,
        withheld: str | None,
        remark: str = "",
        reference: str | None = None,
        possibly_about: tuple[str, ...] = (),
        previous: str | None = None,
    ) -> Decision:
        author = self.message.author
        recipient = None if withheld else reply_recipient(self.message, self.desk.surroundings)
        language = self.message.language or self.desk.config.desk.languages[0]
        event = ComplaintReceived(
            reference=reference or new_reference(),
            customer_email=author.email if author else "",
            customer_name=author.name if author else "",
            subject=self.message.subject,
            language=language,
            mailbox=self.row.mailbox,
            received_at=self.row.received_at,
            rule=self.verdict.rule,
            acknowledge_to=recipient.email if recipient else None,
            withheld_because=withheld or "",
            sender_authenticated=self.verdict.sender_authenticated,
            possibly_about=possibly_about,
            previous=previous,
            remark=remark,
            others=company(self.message, self.desk.surroundings),
            warns=not self.row.silent,
            rated=rate_complaint(self.desk, self.message, language),
        )
        return open_case(event, self.desk.policy, self.zone, self.now)

    def _why_not_to_acknowledge(self) -> str | None:
        """The reason that forbids an automatic letter, or None."""
        if self.row.silent:
            return "the mail is older than the desk, or was imported"
        if not self.verdict.may_answer:
            return self.verdict.answer_reason
        recipient = reply_recipient(self.message, self.desk.surroundings)
        return why_not_automatic(self.desk, self.session, recipient, self.now)

    @property
    def _sender(self) -> str:
        return self.message.author.email if self.message.author else "an unknown sender"

    def _record_new(self, decision: Decision) -> int:
        case_id = casebook.add(self.session, decision.case, self.now)
        self._write(case_id, decision)
        return case_id

    def _apply(self, case_id: int, before: Case, decision: Decision) -> None:
        casebook.save(self.session, case_id, before, decision.case, self.now)
        self._write(case_id, decision)

    def _write(self, case_id: int, decision: Decision) -> None:
        queued = queue_letters(self.desk, self.session, case_id, decision, self.message, self.now)
        casebook.write_history(self.session, case_id, decision.history, inbox_id=self.id, outbox_id=queued)

    def _keep_for_simulations(self, inbox_id: int, *, of_customer: bool = False) -> None:
        sent = self.row.sent and self.row.taken_as is None
        earlier.keep(
            self.desk,
            self.session,
            self.message,
            self.verdict,
            inbox_id=inbox_id,
            sent=sent,
            of_customer=of_customer,
        )

    def _finish(
        self,
        disposition: Disposition,
        reason: str,
        case_id: int | None,
        *,
        failed: tuple[str, ...] = (),
        file_to_quarantine: bool = False,
    ) -> Disposition:
        receiving.keep_message(
            self.session,
            self.id,
            self.message,
            kind=self.verdict.kind,
            rule=self.verdict.rule,
            answer_rule=self.verdict.answer_rule,
            authenticated=self.verdict.sender_authenticated,
            recipients_failed=failed,
        )
        if self.row.silent and disposition is not Disposition.DUPLICATE:
            self._keep_for_simulations(self.id, of_customer=disposition in _OF_CUSTOMER)
        mailbox = self.desk.mailbox(self.row.mailbox)
        file_to = None
        if mailbox is not None:
            file_to = mailbox.quarantine if file_to_quarantine else mailbox.filed
        receiving.finish(
            self.session,
            self.row,
            disposition=disposition,
            reason=reason,
            case_id=case_id,
            file_to=file_to,
            now=self.now,
        )
        log.info(
            "received",
            mail=self.id,
            kind=self.verdict.kind,
            rule=self.verdict.rule,
            disposition=disposition,
            case=case_id,
        )
        return disposition
