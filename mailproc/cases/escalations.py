"""When does a case go up, to whom, and when has somebody stepped in? Rules over a case and who there is.

One escalation of a case is open at a time, and whatever hands a case up does so once at each stage: what
comes while somebody is asked already is written down and mailed to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailproc.cases.case import ASKED, Case, Escalation, EscalationKind, Opinion, Status
from mailproc.cases.clock_rules import Counting
from mailproc.cases.counting import Ground, count
from mailproc.cases.escalation_rules import EscalationRules, Target, Trigger
from mailproc.cases.events import (
    AgentReplied,
    CaseAssigned,
    CaseEscalated,
    CaseResolved,
    CustomerWrote,
    EscalationPassedOn,
    Event,
    LetterFailed,
    MailBounced,
    ResolutionWritten,
    SurveyAnswered,
)
from mailproc.cases.intake import Signal
from mailproc.errors import NotAllowed
from mailproc.sentences import say

# A second mail within this time belongs to the first: a photograph that was forgotten is no second contact.
ONE_CONTACT = timedelta(hours=1)

# What is owed because something has happened, also when the case is decided.
_OUTCOME = "outcome"

# Duties whose breach somebody above has to know of; what is owed besides them hurts nobody at once.
WEIGHTY = frozenset({"ack", "update", "decide", _OUTCOME, ASKED})

# What the customer makes of a decision, or of our silence: after the next one it is said anew.
_SAID_ANEW = frozenset({Trigger.FIRST_FIX_FAILED, Trigger.DISSATISFIED, Trigger.CONTACTS})

_BY_SIGNAL = {
    Signal.SAFETY: Trigger.SAFETY,
    Signal.LEGAL: Trigger.LEGAL,
    Signal.HIGHER: Trigger.ASKS_HIGHER,
}

_OVER = (Status.RESOLVED, Status.CLOSED)
_BY_WEIGHT = {trigger: place for place, trigger in enumerate(Trigger)}


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Something that may hand a case up. `clock` is the duty that is late, or will be."""

    trigger: Trigger
    clock: str = ""

    @property
    def mark(self) -> str:
        """How it stands in the case and in the history: `breach:s1.decide`, `legal`."""
        return f"{self.trigger}:{self.clock}" if self.clock else str(self.trigger)

    @classmethod
    def of(cls, mark: str) -> Cause:
        trigger, _, clock = mark.partition(":")
        return cls(trigger=Trigger(trigger), clock=clock)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A tier with the people who stand for it now. Those who are away are not among `there`."""

    tier: str
    target: Target
    people: tuple[str, ...]
    there: tuple[str, ...]

    @property
    def leads(self) -> bool:
        """Whether its people stand above a team, and not in it."""
        return self.target in (Target.LEAD, Target.SUPERVISORS)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is asked next, and at which tier."""

    tier: str
    to: tuple[str, ...]


def causes_of_mail(
    before: Case | None, after: Case, event: Event | None, rules: EscalationRules
) -> list[Cause]:
    """Return what a mail of the customer gives reason for, besides its words. A new case has no `before`."""
    found: list[Cause] = []
    reopened = before is not None and before.status is Status.RESOLVED and after.status is Status.OPEN
    if reopened:
        found.append(Cause(trigger=Trigger.FIRST_FIX_FAILED))
    if isinstance(event, SurveyAnswered) and event.opinion is Opinion.DISSATISFIED:
        found.append(Cause(trigger=Trigger.DISSATISFIED))
    if len(after.unanswered) >= rules.contacts:
        found.append(Cause(trigger=Trigger.CONTACTS))
    return found


def causes_of_hand_offs(case: Case, rules: EscalationRules) -> list[Cause]:
    return [Cause(trigger=Trigger.HAND_OFFS)] if case.hand_offs > rules.hand_offs else []


def causes_of_rating(case: Case, wanted: str | None, tiers: Sequence[str]) -> list[Cause]:
    """Return what a rating gives reason for that wants a tier which the case has not reached."""
    if wanted is None or wanted not in tiers:
        return []
    reached = tiers.index(case.tier) if case.tier in tiers else 0
    return [Cause(trigger=Trigger.RATING)] if tiers.index(wanted) > reached else []


def causes_of_words(signals: Collection[Signal]) -> list[Cause]:
    """Return what the words of a customer's mail give reason for."""
    return [Cause(trigger=_BY_SIGNAL[signal]) for signal in signals if signal in _BY_SIGNAL]


def cause_of_duty(clock: str, *, last: bool, overdue: bool) -> Cause | None:
    """Return what a duty gives reason for that is told of: its last warning, or that it is late."""
    if clock.rpartition(".")[2] not in WEIGHTY or not (last or overdue):
        return None
    return Cause(trigger=Trigger.BREACH if overdue else Trigger.WARNING, clock=clock)


def new_causes(case: Case, causes: Iterable[Cause], rules: EscalationRules) -> tuple[Cause, ...]:
    """Return those that the policy wants and that have not counted at this stage, the weightiest first."""
    if case.status is Status.CLOSED:
        return ()
    if case.status is Status.RESOLVED and case.perhaps_asked is None:
        # The decision has settled the rest.
        causes = [each for each in causes if each.clock.rpartition(".")[2] == _OUTCOME]
    fresh = {
        each for each in causes if each.trigger in rules.triggers and _mark(case, each) not in _done(case)
    }
    late = {each.clock for each in fresh if each.trigger is Trigger.BREACH}
    # Of a duty that is late nobody needs to hear that it comes near.
    fresh = {each for each in fresh if each.trigger is not Trigger.WARNING or each.clock not in late}
    return tuple(sorted(fresh, key=lambda each: (_BY_WEIGHT[each.trigger], each.clock)))


def marks_of(case: Case, causes: Iterable[Cause]) -> tuple[str, ...]:
    """Return how causes are written down in a case."""
    return tuple(_mark(case, each) for each in causes)


def cause_of_mark(mark: str) -> Cause:
    """Return the cause that was written down."""
    return Cause.of(mark.partition("@")[0])


def next_asked(
    case: Case,
    rungs: Sequence[Rung],
    *,
    besides: Collection[str] = (),
    standing: Collection[str] = (),
    at_least: str | None = None,
) -> Asked | None:
    """Return who is asked next, one tier up or further where a tier has nobody; None when nobody is left.

    `besides` were asked in vain. `standing` are those who have the case now or hand it up: a lead's case does
    not go to her team. `at_least` is the lowest tier that is asked. Who is away is passed over as long as
    somebody above is there; then whoever leads or supervises is asked, and was not yet, once.
    """
    own = {*standing, *filter(None, [case.owner])}
    spared = own | set(besides)
    base = max((at for at, rung in enumerate(rungs) if rung.leads and own & set(rung.people)), default=0)
    reached = next((at for at, rung in enumerate(rungs) if rung.tier == case.tier), 0)
    lowest = next((at for at, rung in enumerate(rungs) if rung.tier == at_least), 0)
    for rung in rungs[max(base + 1, reached + 1, lowest) :]:
        if there := tuple(name for name in rung.there if name not in spared):
            return Asked(tier=rung.tier, to=there)
    above = [rung for rung in rungs[base + 1 :] if rung.leads]
    left = dict.fromkeys(name for rung in above for name in rung.people if name not in spared)
    return Asked(tier=above[-1].tier, to=tuple(left)) if left else None


def answer_by(rules: EscalationRules, now: datetime, ground: Ground) -> datetime:
    """Return until when who is asked has to do something."""
    return count(Counting(within=rules.answer_within), now, ground)


def opened(case: Case, event: CaseEscalated, now: datetime) -> Case:
    """Return the case with somebody asked. Raises NotAllowed while somebody else is."""
    if case.escalation is not None:
        raise NotAllowed(
            say(
                "{reference} is escalated already: {who} was asked",
                reference=case.reference,
                who=case.escalated_to or "",
            )
        )
    escalation = Escalation(
        kind=event.kind,
        who=event.who,
        to=event.to,
        asked_at=now,
        answer_by=event.answer_by,
        tier=event.tier,
        rules=event.rules,
        words=event.text if event.kind is not EscalationKind.AUTOMATIC else "",
    )
    return marked(replace(case, escalation=escalation, tier=event.tier or case.tier), event.rules)


def passed_on(case: Case, event: EscalationPassedOn, now: datetime) -> Case:
    """Return the case with others asked in place of those who did not answer."""
    escalation = case.escalation
    if escalation is None:
        raise NotAllowed(say("{reference} is not escalated: nobody was asked", reference=case.reference))
    if not event.to:
        return replace(case, escalation=replace(escalation, answer_by=None))
    escalation = replace(
        escalation,
        to=event.to,
        tier=event.tier,
        asked_at=now,
        answer_by=event.answer_by,
        how=event.how,
        asked_before=(*escalation.asked_before, *escalation.to),
    )
    return replace(case, escalation=escalation, tier=event.tier or case.tier)


def took_in(case: Case, other: Escalation | None, who: str) -> Case:
    """Return the case with the escalation of one that goes on in it, unless it has an open one itself.

    Whoever was asked has stepped in when it is she who lets that case go on here.
    """
    if other is None or case.escalation is not None or who in other.to:
        return case
    return marked(replace(case, escalation=other, tier=case.tier or other.tier), other.rules)


def marked(case: Case, marks: Iterable[str]) -> Case:
    """Return the case with something written down that has counted."""
    return replace(case, escalated_for=tuple(dict.fromkeys((*case.escalated_for, *marks))))


def follow(before: Case, event: Event, after: Case, now: datetime) -> Case:
    """Return the case with what every event may mean for going up: contacts, hand-offs, an end."""
    if isinstance(event, CustomerWrote) and event.known_sender and not _thanks(event, before):
        after = contacted(after, now)
    if isinstance(event, (AgentReplied, ResolutionWritten, CaseResolved)):
        after = replace(after, unanswered=())
    asked = before.escalation.to if before.escalation is not None else ()
    changed = before.owner and after.owner and before.owner != after.owner
    if isinstance(event, CaseAssigned) and changed and event.who not in asked:
        after = replace(after, hand_offs=after.hand_offs + 1)
    if after.escalation is not None and _is_settled(before, event, after):
        after = replace(after, escalation=None)
    return _counting_anew(before, after)


def _thanks(event: CustomerWrote, before: Case) -> bool:
    """Whether a mail wants no answer: the case was decided, and the customer is content."""
    return before.status is Status.RESOLVED and event.opinion is Opinion.SATISFIED


def _is_settled(before: Case, event: Event, after: Case) -> bool:
    """Whether nobody needs to step in any more: it was decided, or what was left after that is done."""
    if before.status is Status.RESOLVED and after.status is Status.RESOLVED:
        return not is_left(after)
    if before.perhaps_asked is not None and after.status not in _OVER:
        # The case is open again: somebody has said what the customer asks for, unless our decision came back.
        return not isinstance(event, (LetterFailed, MailBounced)) and not owes_outcome(after)
    return after.status in _OVER


def _counting_anew(before: Case, after: Case) -> Case:
    """Return the case without the marks of what may come once more: after a decision, or another mail."""
    over: set[str] = set()
    if after.status is Status.RESOLVED and before.status is not Status.RESOLVED:
        over |= {_mark(after, Cause(trigger=trigger)) for trigger in _SAID_ANEW}
    asked = before.perhaps_asked
    if asked is not None and after.perhaps_asked is None and after.stage == before.stage:
        over |= {Cause(trigger=each, clock=asked.id).mark for each in (Trigger.WARNING, Trigger.BREACH)}
        if after.status is Status.RESOLVED:
            over.add(_mark(after, Cause(trigger=Trigger.CONTACTS)))
            after = replace(after, unanswered=())
    return replace(after, escalated_for=tuple(each for each in after.escalated_for if each not in over))


def is_left(case: Case) -> bool:
    """Whether a decided case still wants somebody: for an outcome, or for a mail that came afterwards."""
    return case.perhaps_asked is not None or owes_outcome(case)


def owes_outcome(case: Case) -> bool:
    """Whether something is owed that the decision does not end."""
    return any(clock.is_owed and clock.id.rpartition(".")[2] == _OUTCOME for clock in case.clocks)


def contacted(case: Case, now: datetime) -> Case:
    """Return the case after a mail of the customer that waits for an answer."""
    if case.unanswered and now - case.unanswered[-1] < ONE_CONTACT:
        return case
    return replace(case, unanswered=(*case.unanswered, now))


def _mark(case: Case, cause: Cause) -> str:
    """The name under which a cause counts once: that of a duty names its stage, the others need it added."""
    return cause.mark if cause.clock or case.stage == 1 else f"{cause.mark}@{case.stage}"


def _done(case: Case) -> frozenset[str]:
    return frozenset(case.escalated_for)
