"""How is a case handed up without a mail? By the command line, with the same letters."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.events import CaseEscalated
from mailproc.desk import Desk
from mailproc.errors import NotAllowed
from mailproc.jobs import escalating, whom
from mailproc.jobs.following import happens
from mailproc.people import name_key
from mailproc.sentences import say
from mailproc.store import casebook


def hand_up(
    desk: Desk, session: Session, case_id: int, *, who: str, to: str | None, reason: str, now: datetime
) -> Case:
    """Ask the next tier, or whom a name means, with the letter of `#escalate`; return the case.

    Raises NotAllowed when the name is nobody's, nobody stands above, or somebody is asked already.
    """
    case_id, case = casebook.load_where_it_goes_on(session, case_id)
    asked = _asked(desk, session, case, to, who, now)
    event = CaseEscalated(
        who=who,
        to=asked.to,
        text=reason,
        kind=asked.kind,
        answer_by=escalating.answer_by(desk, case, now),
        tier=asked.tier,
    )
    before = case
    case = happens(desk, session, case_id, case, event, now)
    why = say("{who} asks you to step in. The case stays where it is until you take it.", who=who)
    escalating.ask(desk, session, case_id, case, [why], now)
    return escalating.tell_customer(desk, session, case_id, before, case, now)


def _asked(desk: Desk, session: Session, case: Case, name: str | None, who: str, now: datetime) -> whom.Asked:
    """Return who is asked; a person's or a team's name comes before the tier that is called the same."""
    people, tiers = desk.people, {name_key(tier): tier for tier in desk.policy_of(case).levels}
    try:
        if name is None:
            return whom.next_tier(desk, session, case, asker=who, now=now)
        if (agent := people.agent(name)) is not None:
            return whom.colleague(agent.name, asker=who)
        if people.team(name) is not None:
            return whom.team(desk, name, asker=who)
        if (tier := tiers.get(name_key(name))) is not None:
            return whom.tier(desk, session, case, tier, asker=who, now=now)
    except whom.NobodyToAsk as error:
        raise NotAllowed(
            say(
                "{reference}: {why}. {remedy}",
                reference=case.reference,
                why=error.said,
                remedy=error.remedies[0],
            )
        ) from error
    raise NotAllowed(
        say(
            "{name}: no agent, supervisor or team of people.yaml is called so, and no tier of {policy}"
            " ({tiers}); nobody was asked",
            name=name,
            policy=case.policy.id,
            tiers=", ".join(tiers.values()),
        )
    )
