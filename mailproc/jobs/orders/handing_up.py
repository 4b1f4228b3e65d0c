"""Who is asked to step in by `#escalate`? The next tier, whom the agent names, or somebody outside."""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.cases import escalations
from mailproc.cases.case import EscalationKind
from mailproc.cases.events import CaseEscalated
from mailproc.inbound.commands import Command
from mailproc.jobs import escalating
from mailproc.jobs.above import rungs
from mailproc.jobs.orders import asking_outside
from mailproc.jobs.orders.order import Order, Returned
from mailproc.people import name_key
from mailproc.sentences import Sentence, say

_NAME_THEM = say("Ask whoever runs this desk to name a lead of your team, or a supervisor, in people.yaml.")


@dataclass(frozen=True, kw_only=True)
class _Target:
    kind: EscalationKind
    to: tuple[str, ...]
    tier: str | None = None


def escalate(order: Order, command: Command, words: str) -> None:
    """Ask somebody to step in; the case stays where it is until that one takes it."""
    reason = "\n\n".join(filter(None, (command.text, words)))
    if not reason:
        raise Returned(
            say("to hand a case up needs a reason, because whoever is asked has to know what for"),
            [say("Write it behind the name, or on the lines below: #escalate NAME REASON.")],
        )
    if command.outside:
        asking_outside.ask(order, command.outside, reason)
        return
    target = _target(order, command)
    before = order.case
    order.happens(
        CaseEscalated(
            who=order.agent.name,
            to=target.to,
            text=reason,
            kind=target.kind,
            answer_by=escalating.answer_by(order.desk, order.case, order.now),
            tier=target.tier,
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
            names=", ".join(target.to),
        )
    )


def _target(order: Order, command: Command) -> _Target:
    """Return who is asked. Raises Returned when that is nobody."""
    people, agent = order.desk.people, order.agent
    if command.agent:
        if name_key(command.agent) == name_key(agent.name):
            raise Returned(
                say("you cannot hand a case up to yourself"), [say("Name somebody else, or nobody.")]
            )
        return _Target(kind=EscalationKind.FUNCTIONAL, to=(command.agent,))
    if command.team:
        to = tuple(person.name for person in people.members(command.team) if person != agent)
        return _Target(
            kind=EscalationKind.FUNCTIONAL, to=_somebody(to, say("nobody else is in that team"), [])
        )
    found = rungs(order.desk, order.session, order.case, order.now, asker=agent)
    if command.choice:
        return _tier(order, command.choice, found)
    asked = escalations.next_asked(order.case, found, standing=(agent.name,))
    to = _somebody(
        asked.to if asked else (), say("there is nobody above you to whom this case could go"), [_NAME_THEM]
    )
    return _Target(kind=EscalationKind.HIERARCHICAL, to=to, tier=asked.tier if asked else None)


def _tier(order: Order, name: str, found: tuple[escalations.Rung, ...]) -> _Target:
    names = [rung.tier for rung in found]
    reached = names.index(order.case.tier) if order.case.tier in names else 0
    above = names[reached + 1 :]
    if name not in above:
        remedy = say("Name a tier above it: {tiers}.", tiers=", ".join(above)) if above else _NAME_THEM
        raise Returned(say("the case is as far up as {tier} already", tier=names[reached]), [remedy])
    rung = found[names.index(name)]
    others = tuple(person for person in rung.there or rung.people if person != order.agent.name)
    to = _somebody(others, say("nobody stands for the tier {tier}", tier=name), [_NAME_THEM])
    return _Target(kind=EscalationKind.HIERARCHICAL, to=to, tier=name)


def _somebody(names: tuple[str, ...], otherwise: Sentence, remedies: list[Sentence]) -> tuple[str, ...]:
    if not names:
        raise Returned(otherwise, remedies or [say("Name somebody else, or nobody.")])
    return names
