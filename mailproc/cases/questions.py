"""Who outside was asked about a case and has not answered, and until when does the agent wait for it?

Of everybody who was asked one question is open: a newer one takes the place of the older one, and any mail
from there answers it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailproc.cases.business import Calendar
from mailproc.cases.calendars import Span
from mailproc.cases.case import Case, Question
from mailproc.cases.clock_rules import Counting
from mailproc.cases.counting import Ground, count
from mailproc.cases.events import OutsideAsked, OutsideReminded
from mailproc.errors import NotAllowed
from mailproc.sentences import say

# Business days are counted on these where the policy has no calendar of its own (our choice).
_WEEKDAYS = Calendar(id="weekdays", title="Monday to Friday", source="the desk's own choice")


def answer_by(within: Span, now: datetime, ground: Ground) -> datetime:
    """Return until when an answer from outside is waited for."""
    counted_on = ground if ground.calendar is not None else replace(ground, calendar=_WEEKDAYS)
    return count(Counting(within=within), now, counted_on)


def open_to(case: Case, name: str) -> Question | None:
    """Return the question to somebody outside that has no answer yet."""
    return next((question for question in case.questions if question.to == name), None)


def overdue(case: Case, now: datetime) -> tuple[Question, ...]:
    """Return the questions without an answer in time of which nobody was told yet."""
    return tuple(each for each in case.waiting_questions if each.answer_by and now > each.answer_by)


def asked(case: Case, event: OutsideAsked, now: datetime) -> Case:
    """Return the case with somebody outside asked."""
    question = Question(
        to=event.to,
        who=event.who,
        asked_at=now,
        answer_by=event.answer_by,
        words=event.text,
        letter=event.letter,
    )
    return replace(case, questions=(*_besides(case, event.to), question))


def ended(case: Case, name: str) -> Case:
    """Return the case without the question to somebody who has answered, or whom no mail reaches."""
    return replace(case, questions=_besides(case, name))


def took_in(case: Case, others: tuple[Question, ...]) -> Case:
    """Return the case with the questions of one that goes on in it; its own to the same people come first."""
    added = tuple(each for each in others if open_to(case, each.to) is None)
    return replace(case, questions=(*case.questions, *added)) if added else case


def told(case: Case, name: str) -> Case:
    """Return the case after it was told that no answer came: nobody is told of it again."""
    return _changed(case, name, answer_by=None)


def reminded(case: Case, event: OutsideReminded) -> Case:
    """Return the case with somebody reminded. Raises NotAllowed when nobody waits, or for the second time."""
    question = open_to(case, event.to)
    if question is None:
        raise NotAllowed(say("no question to {name} is open", name=event.to))
    if question.reminded:
        raise NotAllowed(say("{name} was reminded before, and is reminded once", name=event.to))
    return _changed(case, event.to, answer_by=event.answer_by, reminded=True)


def _changed(case: Case, name: str, **changes: object) -> Case:
    return replace(
        case,
        questions=tuple(
            replace(each, **changes) if each.to == name else each  # type: ignore[arg-type]
            for each in case.questions
        ),
    )


def _besides(case: Case, name: str) -> tuple[Question, ...]:
    return tuple(each for each in case.questions if each.to != name)
