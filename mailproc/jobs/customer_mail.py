"""What does a mail of a customer do: open a case, or join one? Decided, recorded, and told to the agents."""

from __future__ import annotations

from dataclasses import replace

from mailproc.addressing import new_reference
from mailproc.cases.case import Case, Decision, Status
from mailproc.cases.events import ComplaintReceived, CustomerWrote, SurveyAnswered
from mailproc.cases.lifecycle import takes_follow_up
from mailproc.cases.opening import open_case
from mailproc.inbound.classify import reply_recipient
from mailproc.inbound.company import company
from mailproc.inbound.matching import Match
from mailproc.jobs import escalating, telling_of_mail
from mailproc.jobs.after_decision import customer_wrote, remarks
from mailproc.jobs.assigning import assign
from mailproc.jobs.find import find_case, joined_by
from mailproc.jobs.following import decided
from mailproc.jobs.holding_back import hold_back
from mailproc.jobs.intake import rate_complaint
from mailproc.jobs.passage import Passage
from mailproc.jobs.stages import hand_over
from mailproc.jobs.survey_answers import Answered, also_told, keep, read_survey_answer
from mailproc.jobs.write import queue_letters, why_not_automatic
from mailproc.mail import address_key
from mailproc.people import Agent
from mailproc.sentences import Sentence
from mailproc.store import casebook
from mailproc.store.receiving import Disposition

# An agent may have erred, so a further mail is shown to people; the desk itself does not answer it.
CONTINUES_SPAM = "it continues a case that was closed as spam"


class CustomerMail:
    """One mail that is a complaint, or goes on with one. Call `run`, `read_at_last` or `unread`, once."""

    def __init__(self, mail: Passage) -> None:
        self.mail = mail
        self.desk = mail.desk
        self.session = mail.session
        self.row = mail.row
        self.message = mail.message
        self.now = mail.now

    def run(self) -> Disposition:
        found = find_case(self.session, self.message, self.desk.address)
        previous = spam = None
        if isinstance(found.match, Match):
            case_id, case = casebook.load_where_it_goes_on(self.session, found.case_id)
            answered = read_survey_answer(
                self.desk,
                self.session,
                self.message,
                self.mail.verdict,
                found.match,
                case_id,
                self.mail.sender,
            )
            if answered is not None:
                after = self._survey(case_id, case, answered)
                if not answered.needs_new_case(self.desk, case, self.now):
                    reason = f"answers the survey, {joined_by(found.match.clue)}"
                    joined_as = self.mail.finish(Disposition.JOINED, reason, case_id)
                    self._hear(case_id, case, after, answered.event)
                    return joined_as
            elif takes_follow_up(case, self.desk.policy_of(case), self.desk.config.desk.zone, self.now):
                event = customer_wrote(
                    self.desk,
                    self.session,
                    case,
                    self.message,
                    sender=self.mail.sender,
                    known_sender=found.match.known_sender,
                    rule=f"{self.mail.verdict.rule}, {found.match.clue}",
                )
                decision = decided(self.desk, case, event, self.now)
                self._apply(case_id, case, decision)
                joined = self._handed_over(case_id, case, decision.case)
                joined = self._hold_back(case_id, joined)
                hints = remarks(self.desk, case, joined, event)
                self._tell("follow_up", case_id, joined, known_sender=found.match.known_sender, remarks=hints)
                joined_as = self.mail.finish(Disposition.JOINED, joined_by(found.match.clue), case_id)
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
        finished = self.mail.finish(Disposition.OPENED, self.mail.verdict.reason, case_id)
        self._hear(case_id, None, opened, None)
        return finished

    def unread(self, remark: str) -> int:
        """Open a case for a mail that cannot be read, and answer nothing; return the case."""
        return self._record_new(self._open(withheld="the mail could not be read", remark=remark))

    def _handed_over(self, case_id: int, before: Case, case: Case) -> Case:
        """Give a case to whom its next stage is for, when it has just begun."""
        return hand_over(self.desk, self.session, case_id, before, case, self.now)

    def _hold_back(self, case_id: int, case: Case) -> Case:
        """Let no answer leave that does not know this mail, unless it is older than the desk itself."""
        if self.row.silent:
            return case
        return hold_back(
            self.desk, self.session, case_id, case, self.message, inbox_id=self.row.id, now=self.now
        )

    def _survey(self, case_id: int, case: Case, answered: Answered) -> Case:
        """Store what the customer thinks, and let those who are concerned know; return the case."""
        before = case
        keep(self.session, answered, case_id, self.row.id, self.now)
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
        return assign(self.desk, self.session, case_id, case, self.now, inbox_id=self.row.id)

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
            files=self.mail.files,
            inbox_id=self.row.id,
            authenticated=self.mail.verdict.sender_authenticated and known_sender,
            stranger=None if known_sender else self.mail.sender,
            participant=self.mail.sender
            if address_key(self.mail.sender) != address_key(case.customer_email)
            else None,
            received_at=self.row.received_at,
            now=self.now,
            also=also,
            remarks=remarks,
        )

    def read_at_last(self, case_id: int) -> Disposition:
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
        return self.mail.finish(Disposition.OPENED, "read after it had been quarantined", case_id)

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
            rule=self.mail.verdict.rule,
            acknowledge_to=recipient.email if recipient else None,
            withheld_because=withheld or "",
            sender_authenticated=self.mail.verdict.sender_authenticated,
            possibly_about=possibly_about,
            previous=previous,
            remark=remark,
            others=company(self.message, self.desk.surroundings),
            warns=not self.row.silent,
            rated=rate_complaint(self.desk, self.message, language),
        )
        return open_case(event, self.desk.policy, self.desk.config.desk.zone, self.now)

    def _why_not_to_acknowledge(self) -> str | None:
        """The reason that forbids an automatic letter, or None."""
        if self.row.silent:
            return "the mail is older than the desk, or was imported"
        if not self.mail.verdict.may_answer:
            return self.mail.verdict.answer_reason
        recipient = reply_recipient(self.message, self.desk.surroundings)
        return why_not_automatic(self.desk, self.session, recipient, self.now)

    def _record_new(self, decision: Decision) -> int:
        case_id = casebook.add(self.session, decision.case, self.now)
        self._write(case_id, decision)
        return case_id

    def _apply(self, case_id: int, before: Case, decision: Decision) -> None:
        casebook.save(self.session, case_id, before, decision.case, self.now)
        self._write(case_id, decision)

    def _write(self, case_id: int, decision: Decision) -> None:
        queued = queue_letters(self.desk, self.session, case_id, decision, self.message, self.now)
        casebook.write_history(
            self.session, case_id, decision.history, inbox_id=self.row.id, outbox_id=queued
        )
