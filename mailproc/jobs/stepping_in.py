"""How is a case handed up without a mail? By the command line, with the same letters."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases import escalations
from mailproc.cases.case import Case, EscalationKind
from mailproc.cases.events import CaseEscalated
from mailproc.desk import Desk
from mailproc.errors import NotAllowed
from mailproc.jobs import escalating
from mailproc.jobs.above import rungs
from mailproc.jobs.following import happens
from mailproc.sentences import say
from mailproc.store import casebook


def hand_up(
    desk: Desk, session: Session, case_id: int, *, who: str, to: str | None, reason: str, now: datetime
) -> Case:
    """Ask the next tier, or the agent or team of a name, with the letter of `#escalate`; return the case.

    Raises NotAllowed when the name is nobody's, nobody stands above, or somebody is asked already.
    """
    case_id, case = casebook.load_where_it_goes_on(session, case_id)
    tier = None
    if to is not None:
        kind, names = EscalationKind.FUNCTIONAL, _named(desk, to)
    else:
        asked = escalations.next_asked(case, rungs(desk, session, case, now), standing=(who,))
        if asked is None:
            raise NotAllowed(
                say(
                    "{reference}: nobody stands above; name a lead or a supervisor in people.yaml",
                    reference=case.reference,
                )
            )
        kind, names, tier = EscalationKind.HIERARCHICAL, asked.to, asked.tier
    event = CaseEscalated(
        who=who,
        to=names,
        text=reason,
        kind=kind,
        answer_by=escalating.answer_by(desk, case, now),
        tier=tier,
    )
    before = case
    case = happens(desk, session, case_id, case, event, now)
    why = say("{who} asks you to step in. The case stays where it is until you take it.", who=who)
    escalating.ask(desk, session, case_id, case, [why], now)
    return escalating.tell_customer(desk, session, case_id, before, case, now)


def _named(desk: Desk, name: str) -> tuple[str, ...]:
    """Return the agent or supervisor of a name, or everybody of a team of that name."""
    if (agent := desk.people.agent(name)) is not None:
        return (agent.name,)
    if names := tuple(member.name for member in desk.people.members(name)):
        return names
    raise NotAllowed(
        say("{name}: no agent, supervisor or team of people.yaml is called so; nobody was asked", name=name)
    )
