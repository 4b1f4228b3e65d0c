"""Is a mail the answer to a survey, what does it say, and what does that do?

It is one by the signed name of that very letter, whoever it is from; what else comes to the case is mail like
any other. Shared by `reception.py`, which does it, and `explain.py`, which only tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case, Opinion
from mailproc.cases.events import SurveyAnswered, SurveysDeclined
from mailproc.cases.lifecycle import SURVEY, takes_follow_up
from mailproc.desk import Desk
from mailproc.inbound import classify
from mailproc.inbound.classify import Verdict
from mailproc.inbound.matching import Match
from mailproc.inbound.reply_text import new_words
from mailproc.inbound.survey_answer import SurveyAnswer, read_answer
from mailproc.jobs.find import answered_letter
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.store import surveys

# A mail with one of these objections may come from a program, whose numbers are nobody's opinion.
_MACHINES = frozenset(
    rule.__name__
    for rule in (
        classify.empty_return_path,
        classify.is_a_report,
        classify.written_by_machine,
        classify.sent_in_bulk,
        classify.sounds_like_a_report,
        classify.asks_for_proof,
    )
)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A mail that answers the survey with this number in the outbox, which went to this address."""

    outbox_id: int
    recipient_key: str
    answer: SurveyAnswer
    words: str
    event: SurveyAnswered
    declined: SurveysDeclined | None
    wants_reading: bool

    @property
    def says_something(self) -> bool:
        """Whether there is an answer in it besides the wish to be asked no more."""
        return self.declined is None or self.answer.score is not None or self.wants_reading

    @property
    def events(self) -> tuple[SurveyAnswered | SurveysDeclined, ...]:
        answers = (self.event,) if self.says_something else ()
        return (*answers, self.declined) if self.declined is not None else answers

    def needs_new_case(self, desk: Desk, case: Case, now: datetime) -> bool:
        """Whether it came too late for its case and still wants a person: as any late mail, a new case."""
        if takes_follow_up(case, desk.policy_of(case), desk.config.desk.zone, now):
            return False
        return self.wants_reading and self.event.opinion is not Opinion.SATISFIED


def read_survey_answer(
    desk: Desk, session: Session, message: Message, verdict: Verdict, match: Match, case_id: int, sender: str
) -> Answered | None:
    """Return what a mail that belongs to a case answers to a survey about it, or None."""
    letter = answered_letter(session, message, desk.address)
    if letter is None or letter.id is None or letter.letter != SURVEY or letter.case_id != case_id:
        return None
    reading = new_words(message.text, from_html=message.text_from_html, own_addresses=(desk.address.address,))
    by_machine = not verdict.may_answer and verdict.answer_rule in _MACHINES
    answer = read_answer(reading.text, doubtful=bool(reading.doubtful) or by_machine)
    rule = f"{verdict.rule}, {match.clue}"
    return Answered(
        outbox_id=letter.id,
        recipient_key=letter.recipient_key,
        answer=answer,
        words=reading.text,
        event=SurveyAnswered(
            sender=sender,
            known_sender=match.known_sender,
            score=answer.score,
            opinion=answer.opinion,
            remarks=answer.remarks,
            rule=rule,
        ),
        declined=SurveysDeclined(address=letter.recipient, rule=rule) if answer.opts_out else None,
        wants_reading=answer.wants_reading or bool(message.attachments),
    )


def keep(session: Session, answered: Answered, case_id: int, inbox_id: int, now: datetime) -> None:
    """Store an answer, and that no more surveys are wanted where it says so."""
    if answered.declined is not None:
        surveys.opt_out(session, answered.recipient_key, inbox_id, now)
    if answered.says_something:
        surveys.keep_answer(
            session,
            inbox_id=inbox_id,
            case_id=case_id,
            outbox_id=answered.outbox_id,
            score=answered.answer.score,
            opinion=answered.answer.opinion,
            words=answered.words,
            at=now,
        )


def also_told(desk: Desk, case: Case, opinion: Opinion) -> tuple[Agent, ...]:
    """Return who hears of a customer that is not content besides those who work on his case.

    The lead of the team, else the supervisors, as far as they are agents and there.
    """
    if opinion is not Opinion.DISSATISFIED:
        return ()
    people = desk.people
    team = people.team(case.team) if case.team else None
    names = (team.lead,) if team and team.lead else tuple(person.name for person in people.supervisors)
    found = (people.agent(name) for name in names)
    return tuple(agent for agent in found if agent is not None and not agent.away)
