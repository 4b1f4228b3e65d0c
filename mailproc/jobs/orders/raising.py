"""What when a case is grave or takes longer? Ratings, and more time."""

from __future__ import annotations

from datetime import datetime, time

from mailproc.cases.calendars import due_at
from mailproc.cases.events import CaseRated, DecisionExtended
from mailproc.cases.extensions import rule_of
from mailproc.cases.words import in_words
from mailproc.inbound.command_words import fold
from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say


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
