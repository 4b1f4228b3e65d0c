"""Who deals with a received mail? The same as before? → has it overtaken another? → by what kind it is.

Everything here happens in one transaction, which the caller opened and commits. The rules themselves are
pure and stand elsewhere: what a mail is in `inbound/`, what a case does about it in `cases/`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from mailproc.cases.events import (
    AutoReplyReceived,
    MailBounced,
)
from mailproc.desk import Desk
from mailproc.inbound.bounces import read_bounce
from mailproc.inbound.carriers import carriers
from mailproc.inbound.classify import Kind, Verdict
from mailproc.inbound.forwarded import is_on_behalf
from mailproc.inbound.matching import Clue, Match
from mailproc.jobs import asking_together, earlier, outside
from mailproc.jobs.absence import absence_of_agent
from mailproc.jobs.acting import Act
from mailproc.jobs.customer_mail import CustomerMail
from mailproc.jobs.files import Files
from mailproc.jobs.find import find_case
from mailproc.jobs.following import happens
from mailproc.jobs.letter_fate import tell_case
from mailproc.jobs.passage import Passage
from mailproc.mail import Message
from mailproc.store import casebook, outbox, receiving
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition, Locked, Twin

# A reply may overtake the mail it answers, and a bounce the answer of the server that took the letter. It
# waits, but not for ever: two mails that name each other must not block one another (our choice: five
# times two seconds).
OVERTAKEN_PAUSE = timedelta(seconds=2)
OVERTAKEN_TIMES = 5

# What the rules have set aside stands for no complaint: the marks that led them astray may have been put
# on one copy alone, by the way it came.
_SET_ASIDE = (Disposition.IGNORED, Disposition.BOUNCED, Disposition.AUTO_REPLY)
_COMPLAINTS = (Kind.CUSTOMER, Kind.AGENT)


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
        if row.taken_as:
            verdict = _taken_as(verdict, Kind(row.taken_as))
        elif row.sent:
            verdict = earlier.sent_by_desk(verdict)
        self.desk = desk
        self.files = files
        self.session = session
        self.row = row
        self.id = row.id
        self.message = message
        self.now = desk.clock()
        self.mail = Passage(
            desk=desk,
            session=session,
            row=row,
            message=message,
            verdict=verdict,
            files=files,
            now=self.now,
        )

    def run(self) -> Disposition | None:
        twin = receiving.twin_of(self.session, self.id, self.message.content_key)
        if twin is not None and self.row.taken_as is None and self._stands_for_this(twin):
            if self.row.sent and self.row.silent:
                self.mail.keep_for_simulations(twin.id)
            reason = f"the same mail as number {twin.id}, received before"
            return self.mail.finish(Disposition.DUPLICATE, reason, twin.case_id)
        if self.row.case_id is not None and self.mail.verdict.is_complaint:
            return CustomerMail(self.mail).read_at_last(self.row.case_id)
        if self._overtaken():
            self._wait()
            return None
        if self.mail.verdict.kind is Kind.AGENT and not self.row.taken_as:
            return self._agent()
        if self.mail.verdict.kind is Kind.OUTSIDE or self._claims_to_be_outside():
            return self._outside()
        if self.mail.verdict.kind is Kind.BOUNCE:
            return self._bounce()
        if self.mail.verdict.kind in (Kind.AUTO_REPLY, Kind.RECEIPT):
            return self._auto_reply()
        if not self.mail.verdict.is_complaint:
            return self.mail.finish(Disposition.IGNORED, self.mail.verdict.reason, None)
        return CustomerMail(self.mail).run()

    def quarantine(self, reason: str) -> Disposition:
        """Keep a mail that cannot be read: a skeleton case makes people see it, nothing is answered."""
        twin = receiving.twin_of(self.session, self.id, self.message.content_key)
        if twin is not None:
            reason = f"the same unreadable mail as number {twin.id}"
            return self.mail.finish(Disposition.DUPLICATE, reason, twin.case_id)
        remark = f"this mail could not be read ({reason}); its bytes are kept as mail number {self.id}"
        case_id = CustomerMail(self.mail).unread(remark)
        return self.mail.finish(Disposition.QUARANTINED, reason, case_id, file_to_quarantine=True)

    def _stands_for_this(self, twin: Twin) -> bool:
        """Whether an earlier copy of this mail makes it a duplicate."""
        if twin.disposition == Disposition.HELD:
            # A copy that nobody proved to be the agent's must not take the place of the one that is. What
            # was acted upon once is known by its letter.
            return False
        if twin.sent and self.row.silent:
            return True  # another copy of what the desk had sent; of live mail, an import decides nothing
        set_aside = twin.disposition in _SET_ASIDE and twin.kind not in _COMPLAINTS
        return not (set_aside and self.mail.verdict.is_complaint)

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
            verdict = replace(self.mail.verdict, kind=Kind.CUSTOMER, rule="customer_here", reason=reason)
            self.mail.verdict = replace(verdict, is_complaint=True)
            return CustomerMail(self.mail).run()
        if self.row.silent:
            reason = (
                "an agent's mail that is older than the desk, or was imported, is kept and not acted upon"
            )
            return self.mail.finish(Disposition.HELD, reason, None)
        ending = Act(self.desk, self.session, self.row, self.message, self.files, self.now).run()
        return self.mail.finish(ending.disposition, ending.reason, ending.case_id)

    def _complains_herself(self) -> bool:
        """Whether somebody who works here answers a letter that she got as the customer of a case."""
        found = carriers(self.message, self.desk.address)
        if not found.customer or found.tokens or found.confirm or is_on_behalf(self.message.text):
            return False
        match = find_case(self.session, self.message, self.desk.address).match
        return match is not None and match.clue is Clue.REPLY_ADDRESS and match.known_sender

    def _claims_to_be_outside(self) -> bool:
        """Whether a mail that looks like a customer's answers what an agent asked somebody outside."""
        if self.mail.verdict.kind is not Kind.CUSTOMER or self.row.taken_as:
            return False
        return outside.claims(self.desk, self.session, self.message)

    def _outside(self) -> Disposition:
        if self.row.silent:
            reason = "a mail from outside that is older than the desk, or was imported, is kept"
            return self.mail.finish(Disposition.HELD, reason, None)
        self.mail.verdict = replace(self.mail.verdict, kind=Kind.OUTSIDE, is_complaint=False)
        ending = outside.receive(
            self.desk, self.session, self.message, files=self.files, inbox_id=self.id, now=self.now
        )
        return self.mail.finish(ending.disposition, ending.reason, ending.case_id)

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
            return self.mail.finish(Disposition.BOUNCED, reason, None, failed=failed)
        if letter.state == State.HANDED_OVER and self._may_wait:
            self._wait()
            return None
        worst = max(returned, key=lambda recipient: recipient.given_up)
        event = MailBounced(
            letter=letter.letter,
            recipient=letter.recipient,
            permanent=worst.given_up,
            diagnostic=f"{worst.status} {worst.diagnostic}".strip(),
            rule=self.mail.verdict.rule,
            number=letter.id,
        )
        tell_case(self.desk, self.session, letter, event, self.now, inbox_id=self.id, silent=self.row.silent)
        return self.mail.finish(Disposition.BOUNCED, self.mail.verdict.reason, letter.case_id, failed=failed)

    def _auto_reply(self) -> Disposition:
        if self.mail.verdict.kind is Kind.AUTO_REPLY and not self.row.silent:
            case_id = outside.machine_answers(
                self.desk, self.session, self.message, inbox_id=self.id, now=self.now
            )
            if case_id is not None:
                reason = "the mailbox of somebody outside answers"
                return self.mail.finish(Disposition.AUTO_REPLY, reason, case_id)
            case_id = absence_of_agent(self.desk, self.session, self.message, inbox_id=self.id, now=self.now)
            if case_id is not None:
                return self.mail.finish(Disposition.AUTO_REPLY, "an agent's mailbox answers", case_id)
        found = find_case(self.session, self.message, self.desk.address)
        if not isinstance(found.match, Match):
            return self.mail.finish(Disposition.AUTO_REPLY, self.mail.verdict.reason, None)
        case = casebook.load(self.session, found.case_id)
        event = AutoReplyReceived(sender=self.mail.sender, rule=self.mail.verdict.rule)
        happens(self.desk, self.session, found.case_id, case, event, self.now, inbox_id=self.id)
        return self.mail.finish(Disposition.AUTO_REPLY, self.mail.verdict.reason, found.case_id)
