"""What when a case is grave, takes longer or is too much for its agent? Ratings, more time, one level up."""

from __future__ import annotations

from datetime import datetime, time

from mailproc.cases.calendars import due_at
from mailproc.cases.events import CaseEscalated, CaseRated, DecisionExtended
from mailproc.cases.extensions import rule_of
from mailproc.cases.words import in_words
from mailproc.inbound.command_words import fold
from mailproc.inbound.commands import Command
from mailproc.jobs import telling
from mailproc.jobs.orders.order import Order, Returned
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import workload


def rate_urgency(order: Order, command: Command, words: str) -> None:
    before = order.case.decide_by
    order.happens(CaseRated(who=order.agent.name, urgency=command.choice, reason=command.text))
    _tell_rating(order, say("The urgency is {level}", level=in_words(command.choice)), before)


def rate_impact(order: Order, command: Command, words: str) -> None:
    before = order.case.decide_by
    order.happens(CaseRated(who=order.agent.name, impact=command.choice, reason=command.text))
    _tell_rating(order, say("The impact is {level}", level=in_words(command.choice)), before)


def extend(order: Order, command: Command, words: str) -> None:
    """Queue the letter that gives the later day; that day counts when the mail server has taken it.

    A span counts from the day that was promised, not from today: `#extend 5d` gives five days more.
    """
    order.must_be_reachable()
    if not command.text:
        raise Returned(
            say("more time needs a reason that the customer may read"),
            [say("#extend {time} the reason", time=command.value)],
        )
    until = _later(order, command)
    rule = rule_of(order.case, order.desk.policy_of(order.case), order.desk.config.desk.zone)
    order.happens(
        DecisionExtended(
            who=order.agent.name,
            until=until,
            text=command.text,
            to=order.case.customer_email,
            reply=order.mail,
        )
    )
    order.done.append(
        say("A letter tells the customer why and that it takes until {day}.", day=f"{until:%Y-%m-%d}")
    )
    if rule is not None and rule.agreed:
        order.done.append(say("The rules ask that the customer has agreed to it: keep where she said so."))
    if rule is not None and not any(fold(each) in fold(command.text) for each in rule.reasons):
        reasons = ", ".join(each.replace("_", " ") for each in rule.reasons)
        order.done.append(
            say("The rules accept as a reason: {reasons}. See that yours is one of them.", reasons=reasons)
        )


def escalate(order: Order, command: Command, words: str) -> None:
    """Ask who leads the team, else a supervisor, to step in."""
    target = _one_above(order)
    reason = "\n\n".join(filter(None, (command.text, words)))
    order.happens(CaseEscalated(who=order.agent.name, to=target.name, text=reason))
    facts = telling.about_case(
        order.desk,
        order.session,
        order.case_id,
        order.case,
        workload.mails_of_case(order.session, order.case_id),
    )
    facts |= {
        "received_on": order.case.received_at.astimezone(order.desk.config.desk.zone),
        "words": reason,
        "attachments": (),
        "author": order.agent.name,
    }
    telling.send(
        order.desk,
        order.session,
        "escalation",
        target,
        order.case_id,
        order.case,
        facts,
        key=f"escalation:{order.mail}",
        does=telling.NOTE,
        now=order.now,
        about_inbox_id=order.relay.about_inbox_id,
    )
    order.done.append(
        say("{who} is asked to step in. Until then the case stays where it is.", who=target.name)
    )


def _tell_rating(order: Order, sentence: str, before: datetime | None) -> None:
    order.done.append(
        say("{rated}; the priority is {level}.", rated=sentence, level=in_words(order.case.priority))
    )
    now = order.case.decide_by
    if now is not None and before is not None and now != before:
        zone = order.desk.config.desk.zone
        new, old = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (now, before))
        order.done.append(say("It is to be decided by {new}; it was {old}.", new=new, old=old))


def _later(order: Order, command: Command) -> datetime:
    zone = order.desk.config.desk.zone
    if command.until is not None:
        return datetime.combine(command.until, time(23, 59, 59), zone)
    assert command.span is not None
    return due_at(order.case.promised_by or order.now, command.span, zone)


def _one_above(order: Order) -> Agent:
    """Return who is asked: the lead of the case's team, or of one of hers; never she herself."""
    people = order.desk.people
    names = [order.case.team, *(name for name in people.teams if order.agent in people.members(name))]
    teams = [team for name in names if name and (team := people.team(name)) is not None]
    above = [*(team.lead for team in teams), *(supervisor.name for supervisor in people.supervisors)]
    found = [agent for name in above if name and (agent := people.agent(name)) and agent != order.agent]
    there = [agent for agent in found if not agent.away]
    if not found:
        raise Returned(
            say("there is nobody above you to whom this case could go"),
            [say("Ask whoever runs this desk to name a lead of your team, or a supervisor, in people.yaml.")],
        )
    return (there or found)[0]
