"""Who is asked to step in by `#escalate`? The next tier, whom the agent names, or somebody outside."""

from __future__ import annotations

from mailproc.cases.events import CaseEscalated
from mailproc.inbound.commands import Command
from mailproc.jobs import escalating, whom
from mailproc.jobs.orders import asking_outside
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say


def escalate(order: Order, command: Command, words: str) -> None:
    """Ask somebody to step in; the case stays where it is until that one takes it."""
    reason = "\n\n".join(filter(None, (command.text, words)))
    if not reason:
        raise Returned(
            say("to hand a case up needs a reason, because whoever is asked has to know what for"),
            [say("Write it behind the name, or on the lines below: #escalate NAME REASON.")],
        )
    if command.outside:
        asking_outside.ask(order, command, reason)
        return
    asked = _asked(order, command)
    before = order.case
    order.happens(
        CaseEscalated(
            who=order.agent.name,
            to=asked.to,
            text=reason,
            kind=asked.kind,
            answer_by=escalating.answer_by(order.desk, order.case, order.now),
            tier=asked.tier,
        )
    )
    why = say("{who} asks you to step in, and keeps the case until you take it.", who=order.agent.name)
    escalating.ask(order.desk, order.session, order.case_id, order.case, [why], order.now)
    order.case = escalating.tell_customer(
        order.desk, order.session, order.case_id, before, order.case, order.now
    )
    order.done.append(
        say(
            "Asked to step in: {names}. The case stays where it is until somebody takes it.",
            names=", ".join(asked.to),
        )
    )


def _asked(order: Order, command: Command) -> whom.Asked:
    """Return who is asked. Raises Returned when that is nobody."""
    desk, asker = order.desk, order.agent.name
    try:
        if command.agent:
            return whom.colleague(command.agent, asker=asker)
        if command.team:
            return whom.team(desk, command.team, asker=asker)
        if command.choice:
            return whom.tier(desk, order.session, order.case, command.choice, asker=asker, now=order.now)
        return whom.next_tier(desk, order.session, order.case, asker=asker, now=order.now)
    except whom.NobodyToAsk as error:
        raise Returned(error.said, error.remedies) from error
