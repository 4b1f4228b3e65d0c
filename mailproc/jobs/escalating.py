"""How does a case go up? Somebody is asked by a letter with all she needs; without an answer, others are.

Rules hand a case up by themselves (`cases/escalations.py`), agents do by `#escalate`
(`orders/handing_up.py`); from then on both go the same way. Everything happens in the transaction of what led
to it, with the case locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session

from mailproc.cases import escalations, stages
from mailproc.cases.case import Case, EscalationKind, Point, Status
from mailproc.cases.duties import name_of
from mailproc.cases.escalation_rules import Trigger
from mailproc.cases.escalations import Cause
from mailproc.cases.events import CaseEscalated, EscalationNoted, EscalationPassedOn, Event
from mailproc.desk import Desk
from mailproc.inbound.signals import read_signals
from mailproc.jobs import case_facts, packet, progress, telling
from mailproc.jobs.above import people_of, rungs
from mailproc.jobs.after_decision import own_words_of, what_is_asked
from mailproc.jobs.following import happens
from mailproc.jobs.readable import language_for
from mailproc.jobs.written import new_words_of, read_then
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import Sentence, say
from mailproc.store import casebook, customer_mails, relays, workload
from mailproc.store.escalations import Ended
from mailproc.store.relays import StoredRelay

log = structlog.get_logger(__name__)

LETTER = "escalation"

# Writes to who is asked, or keeps that they are to be written to.
Asks = Callable[[Desk, Session, int, Case, Sequence[Sentence], datetime], None]
_OPTIONS = ("#take", "#assign", "#escalate …", "#extend 5d …", "#resolve upheld cause=… remedy=…", "#help")
_OPTIONS_DECIDED = ("#happened …", "#reply", "#take", "#assign", "#escalate …", "#help")
_OPTIONS_AFTERWARDS = ("#reply", "#close", "#take", "#assign", "#escalate …", "#help")


def hand_up(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    causes: Iterable[Cause],
    now: datetime,
    *,
    tells_owner: bool = True,
    asks: Asks | None = None,
) -> Case:
    """Hand a case up for every cause that has not counted yet, once for all of them; return the case.

    While somebody is asked already it is only written down, and so it is where nobody stands above.
    `tells_owner`: unless another letter does. `asks` in place of `ask`.
    """
    rules = desk.policy_of(case).escalation
    found = escalations.new_causes(case, causes, rules)
    if not found or not desk.people.agents:
        return case
    marks = escalations.marks_of(case, found)
    why = [_sentence(desk, case, cause) for cause in found]
    asked = None
    if case.escalation is None:
        there = rungs(desk, session, case, now)
        asked = escalations.next_asked(case, there, at_least=_wanted_tier(desk, case))
    if asked is None:
        because = (
            say("Asked already: {names}.", names=case.escalated_to)
            if case.escalation
            else say("Nobody stands above.")
        )
        noted = EscalationNoted(rules=marks, text=" ".join([*why, because]))
        return happens(desk, session, case_id, case, noted, now)
    event = CaseEscalated(
        who="desk",
        to=asked.to,
        text=" ".join(why),
        kind=EscalationKind.AUTOMATIC,
        answer_by=answer_by(desk, case, now),
        tier=asked.tier,
        rules=marks,
    )
    before = case
    case = happens(desk, session, case_id, case, event, now)
    (asks or ask)(desk, session, case_id, case, why, now)
    if tells_owner and case.owner and case.owner not in asked.to:
        owner = people_of(desk, [case.owner])
        _receipt(desk, session, case_id, case, owner, [*why, asked_now(case)], now)
    log.info("case handed up", case=case_id, rules=marks, to=asked.to)
    return tell_customer(desk, session, case_id, before, case, now)


def hear(
    desk: Desk,
    session: Session,
    case_id: int,
    before: Case | None,
    case: Case,
    event: Event | None,
    message: Message,
    now: datetime,
) -> Case:
    """Hand a case up when a mail of its customer, or what it has done to the case, gives reason for it."""
    if before is not None and before.status is Status.RESOLVED:
        words = own_words_of(desk, session, message)
    else:
        words = new_words_of(desk, message.text, from_html=message.text_from_html)
    causes = escalations.causes_of_mail(before, case, event, desk.policy_of(case).escalation)
    causes += escalations.causes_of_words(read_signals(message.subject if before is None else "", words))
    if before is None:
        causes += _causes_of_rating(desk, case)
    return hand_up(desk, session, case_id, case, causes, now)


def who_will_be_asked(
    desk: Desk, session: Session, before: Case, case: Case, event: Event, now: datetime
) -> tuple[str, ...]:
    """Return whom `hear` will ask because of what a mail has done to a case: they need no other letter."""
    rules = desk.policy_of(case).escalation
    causes = escalations.causes_of_mail(before, case, event, rules)
    if case.escalation is not None or not escalations.new_causes(case, causes, rules):
        return ()
    there = rungs(desk, session, case, now)
    asked = escalations.next_asked(case, there, at_least=_wanted_tier(desk, case))
    return asked.to if asked else ()


def after_orders(desk: Desk, session: Session, case_id: int, case: Case, now: datetime) -> Case:
    """Hand a case up that has changed its owner too often, or that an agent has rated above her tier."""
    causes = escalations.causes_of_hand_offs(case, desk.policy_of(case).escalation)
    return hand_up(desk, session, case_id, case, [*causes, *_causes_of_rating(desk, case)], now)


def watch(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    points: Iterable[Point],
    now: datetime,
    *,
    asks: Asks | None = None,
) -> Case:
    """Hand a case up for what is due, and let it go on where nobody has answered. Its owner is not told."""
    case = look_after(desk, session, case_id, case, now, asks=asks)
    found = (
        escalations.cause_of_duty(point.clock, last=point.last, overdue=point.overdue) for point in points
    )
    causes = [cause for cause in found if cause is not None]
    return hand_up(desk, session, case_id, case, causes, now, tells_owner=False, asks=asks)


def asked_now(case: Case) -> Sentence:
    """Say to whoever owns a case who was asked to step in."""
    return say(
        "Asked to step in: {names}. The case stays yours until somebody takes it.",
        names=case.escalated_to or "",
    )


def is_overdue(case: Case, now: datetime) -> bool:
    """Whether somebody was asked who has not answered in time."""
    until = case.escalation.answer_by if case.escalation is not None else None
    return until is not None and now > until


def look_after(
    desk: Desk, session: Session, case_id: int, case: Case, now: datetime, *, asks: Asks | None = None
) -> Case:
    """Let a case go on to others when who was asked has not answered in time."""
    open_one = case.escalation
    if open_one is None or open_one.answer_by is None or not is_overdue(case, now):
        return case
    until = open_one.answer_by.astimezone(desk.config.desk.zone)
    why = say(
        "No answer by {until} from: {names}.", names=_names(open_one.to), until=f"{until:%Y-%m-%d %H:%M}"
    )
    return pass_on(desk, session, case_id, case, Ended.UNANSWERED, why, now, asks=asks)


def missed(desk: Desk, session: Session, letter: StoredRelay, why: Ended, now: datetime) -> bool:
    """Let a case go on at once when its letter did not reach who was asked; False when nothing changes."""
    if letter.letter != LETTER or letter.case_id is None:
        return False
    case_id, case = casebook.load_where_it_goes_on(session, letter.case_id)
    if case.escalation is None or letter.agent not in case.escalation.to:
        return False
    not_reached(desk, session, case_id, case, letter.agent, why, now)
    return True


def not_reached(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    name: str,
    why: Ended,
    now: datetime,
    *,
    asks: Asks | None = None,
) -> None:
    """Ask others in place of somebody whom our letter did not reach, or who is away."""
    away = why is Ended.AWAY
    sentence = (
        say("{names} is away.", names=name) if away else say("A mail to {names} came back.", names=name)
    )
    pass_on(desk, session, case_id, case, why, sentence, now, gone=name, asks=asks)


def pass_on(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    how: Ended,
    why: Sentence,
    now: datetime,
    *,
    gone: str | None = None,
    asks: Asks | None = None,
) -> Case:
    """Ask others in place of those who were asked; `gone` is the one of them who is not to be reached."""
    before = case
    assert case.escalation is not None
    others = tuple(name for name in case.escalation.to if name != gone) if gone else ()
    if others:
        event = EscalationPassedOn(
            how=how, to=others, text=why, tier=case.escalation.tier, answer_by=case.escalation.answer_by
        )
        return happens(desk, session, case_id, case, event, now)
    besides = (*case.escalation.asked_before, *case.escalation.to)
    asked = escalations.next_asked(case, rungs(desk, session, case, now), besides=besides)
    told = people_of(
        desk, (*(name for name in case.escalation.to if name != gone), *filter(None, [case.owner]))
    )
    event = EscalationPassedOn(
        how=how,
        to=asked.to if asked else (),
        text=why,
        tier=asked.tier if asked else None,
        answer_by=answer_by(desk, case, now) if asked else None,
    )
    case = happens(desk, session, case_id, case, event, now)
    log.info("escalation goes on", case=case_id, how=how, to=event.to)
    if asked is None:
        says = say("Nobody is left who could be asked.")
        _receipt(desk, session, case_id, case, told, [why, says], now)
        return case
    (asks or ask)(desk, session, case_id, case, [why, *_first_reasons(desk, case, now)], now)
    told = tuple(person for person in told if person.name not in asked.to)
    _receipt(
        desk, session, case_id, case, told, [why, say("Asked now: {names}.", names=_names(asked.to))], now
    )
    return tell_customer(desk, session, case_id, before, case, now)


def reasons(desk: Desk, case: Case, now: datetime) -> list[Sentence]:
    """Say why somebody is asked about a case, as it stands now."""
    asked = case.escalation
    assert asked is not None
    before = (
        [say("Asked before, in vain: {names}.", names=_names(asked.asked_before))]
        if asked.asked_before
        else []
    )
    return [*before, *_first_reasons(desk, case, now)]


def ask(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    why: Sequence[Sentence],
    now: datetime,
    *,
    only: str | None = None,
) -> None:
    """Write to everybody who is asked, or to one of them alone, with the whole case."""
    asked = case.escalation
    assert asked is not None
    zone = desk.config.desk.zone
    readers = people_of(desk, asked.to)
    written_to = readers if only is None else people_of(desk, [only])
    languages = dict.fromkeys(language_for(desk, person) for person in written_to)
    packets = {
        language: packet.whole_case(desk, session, case_id, case, language, len(readers))
        for language in languages
    }
    newest = customer_mails.newest(session, case_id)
    facts = case_facts.about_case(
        desk,
        session,
        case_id,
        case,
        workload.mails_of_case(session, case_id),
        besides=(newest.inbox_id,) if newest else (),
    )
    if newest is not None:
        facts |= read_then(desk, case, [newest])[0].facts()
    else:
        facts |= {"received_on": case.received_at.astimezone(zone), "words": "-"}
    facts |= {
        # That it was handed up, and why, the letter says above.
        "exchanges": tuple(
            each for each in facts["exchanges"] if each.at != asked.asked_at or each.who != "desk"
        ),
        "why": tuple(why),
        "reason": asked.words or None,
        "author": asked.who if asked.words else None,
        "hand_offs": case.hand_offs,
        "answer_by": asked.answer_by.astimezone(zone) if asked.answer_by else None,
        "asks": what_is_asked(desk, case),
        "commands": _OPTIONS_DECIDED if case.status is Status.RESOLVED else _OPTIONS,
    }
    if (due := case.perhaps_asked) is not None:
        policy = desk.policy_of(case)
        goes_on = f"#stage {case.stage + 1}" if stages.has_next(case, policy) else "#reopen"
        facts |= {
            "decide_by": policy.promised_on(due.due_at, zone),
            "commands": (goes_on, *_OPTIONS_AFTERWARDS),
        }
    entry = relays.last_entry(session, case_id)
    for person in written_to:
        goes_along = packets[language_for(desk, person)]
        telling.send(
            desk,
            session,
            LETTER,
            person,
            case_id,
            case,
            facts | {"attachments": goes_along.listed},
            key=f"{LETTER}:{case_id}:{entry}:{person.name}",
            does=telling.NOTE,
            now=now,
            about_inbox_id=newest.inbox_id if newest else None,
            enclosures=goes_along.enclosures,
        )


def tell_customer(
    desk: Desk, session: Session, case_id: int, before: Case, case: Case, now: datetime
) -> Case:
    """Tell the customer who looks at it now, when that has changed."""
    if case.tier is None or case.tier == before.tier or case.tier not in desk.policy_of(case).levels:
        return case
    level = desk.policy_of(case).levels[case.tier].target.value
    return progress.tell(desk, session, case_id, case, level=level, now=now)


def answer_by(desk: Desk, case: Case, now: datetime) -> datetime:
    policy = desk.policy_of(case)
    return escalations.answer_by(policy.escalation, now, policy.ground(desk.config.desk.zone))


def _wanted_tier(desk: Desk, case: Case) -> str | None:
    """The tier that a case of its urgency and impact belongs to, where the policy names one."""
    target = desk.policy_of(case).target_of(case.urgency, case.impact)
    return target.tier if target is not None else None


def _causes_of_rating(desk: Desk, case: Case) -> list[Cause]:
    tiers = list(desk.policy_of(case).levels)
    return escalations.causes_of_rating(case, _wanted_tier(desk, case), tiers)


def _first_reasons(desk: Desk, case: Case, now: datetime) -> list[Sentence]:
    """Why it was handed up at first: by rules, or by an agent whose words stand in the letter.

    What was about to be late then, and is late by now, is said to be late.
    """
    asked = case.escalation
    assert asked is not None
    if asked.words:
        return [say("{who} has handed the case up.", who=asked.who)]
    late = {clock.id for clock in case.clocks if clock.due_at < now}
    causes = [escalations.cause_of_mark(mark) for mark in asked.rules]
    return [
        _sentence(desk, case, replace(cause, trigger=Trigger.BREACH))
        if cause.trigger is Trigger.WARNING and cause.clock in late
        else _sentence(desk, case, cause)
        for cause in causes
    ]


def _receipt(
    desk: Desk,
    session: Session,
    case_id: int,
    case: Case,
    people: Iterable[Agent],
    sentences: Sequence[Sentence],
    now: datetime,
) -> None:
    entry = relays.last_entry(session, case_id)
    for person in dict.fromkeys(people):
        telling.send(
            desk,
            session,
            "handed_up",
            person,
            case_id,
            case,
            {"done": tuple(sentences), "words": None},
            key=f"handed_up:{case_id}:{entry}:{person.name}",
            does=telling.NOTE,
            now=now,
        )


def _names(people: Sequence[str]) -> str:
    return ", ".join(people)


def _sentence(desk: Desk, case: Case, cause: Cause) -> Sentence:
    """Say what handed the case up."""
    match cause.trigger:
        case Trigger.SAFETY:
            return say("The customer's mail speaks of danger to people.")
        case Trigger.LEGAL:
            return say("The customer's mail speaks of a lawyer, a court or an authority.")
        case Trigger.RATING:
            return say("The case is rated as urgent and grave enough for you.")
        case Trigger.ASKS_HIGHER:
            return say("The customer asks for somebody higher.")
        case Trigger.FIRST_FIX_FAILED:
            return say("The customer disagrees with the decision, and the case is open again.")
        case Trigger.DISSATISFIED:
            return say("The customer was asked how he found the decision, and is not satisfied.")
        case Trigger.CONTACTS:
            return say(
                "The customer has written {count} times without an answer.", count=len(case.unanswered)
            )
        case Trigger.HAND_OFFS:
            return say("The case has changed its owner {count} times.", count=case.hand_offs)
        case Trigger.BREACH | Trigger.WARNING:
            return _duty(desk, case, cause)


def _duty(desk: Desk, case: Case, cause: Cause) -> Sentence:
    due = next((clock.due_at for clock in case.clocks if clock.id == cause.clock), None)
    zone = desk.config.desk.zone
    until = f"{due.astimezone(zone):%Y-%m-%d %H:%M}" if due else "?"
    late = cause.trigger is Trigger.BREACH
    match name_of(cause.clock, case, desk.policy_of(case), zone):
        case "decide" if late:
            return say("The decision was due by {until} and is late.", until=until)
        case "decide":
            return say("The decision is due by {until}, and the case is not decided.", until=until)
        case "ack" if late:
            return say("The customer should have known by {until} that the complaint arrived.", until=until)
        case "ack":
            return say("The customer must know by {until} that the complaint arrived.", until=until)
        case "remedy" if late:
            return say("What was promised should have been done by {until}.", until=until)
        case "remedy":
            return say("What was promised must be done by {until}.", until=until)
        case "outcome" if late:
            return say("The customer should have been told by {until} what came of it.", until=until)
        case "outcome":
            return say("The customer must be told by {until} what came of it.", until=until)
        case "asked" if late:
            return say(
                "The customer wrote after the decision, and by {until} somebody should have said what is"
                " asked for.",
                until=until,
            )
        case "asked":
            return say(
                "The customer wrote after the decision, and nobody has said what is asked for. It has to be"
                " said by {until}.",
                until=until,
            )
        case _ if late:
            return say("The customer should have heard by {until} how it stands.", until=until)
        case _:
            return say("The customer must hear by {until} how it stands.", until=until)
