"""Who stands for each tier of the policy, for one case, at this moment? Names of people.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.escalation_rules import Target, Tier
from mailproc.cases.escalations import Rung
from mailproc.desk import Desk
from mailproc.jobs.hearing import is_there
from mailproc.people import Agent
from mailproc.store import absences


def rungs(
    desk: Desk, session: Session, case: Case, now: datetime, *, asker: Agent | None = None
) -> tuple[Rung, ...]:
    """Return the tiers, the first one first. `asker`: whose teams count when the case has none."""
    absent = absences.absent(session, now)
    tiers = desk.policy_of(case).levels
    lead_is_asked = any(tier.target is Target.LEAD for tier in tiers.values())
    found = []
    for name, tier in tiers.items():
        people = tuple(_people(desk, case, tier, asker, lead_is_asked=lead_is_asked))
        there = tuple(person.name for person in people if is_there(person, absent))
        names = tuple(dict.fromkeys(person.name for person in people))
        found.append(Rung(tier=name, target=tier.target, people=names, there=there))
    return tuple(found)


def people_of(desk: Desk, names: Iterable[str]) -> tuple[Agent, ...]:
    """Return those of these people who still work here."""
    return tuple(person for name in names if (person := desk.people.agent(name)) is not None)


def _people(
    desk: Desk, case: Case, tier: Tier, asker: Agent | None, *, lead_is_asked: bool
) -> Iterable[Agent]:
    people = desk.people
    match tier.target:
        case Target.OWNER:
            owner = people.agent(case.owner) if case.owner else None
            return (owner,) if owner is not None else ()
        case Target.SUPERVISORS:
            return people.deciders
        case Target.LEAD:
            leads = (people.lead(team) for team in _teams(desk, case, tier, asker))
            return tuple(lead for lead in leads if lead is not None)
        case Target.TEAM:
            if tier.team is None and case.owner is None:
                return ()  # all of them have the case already
            members = [
                agent for team in _teams(desk, case, tier, asker)[:1] for agent in people.members(team)
            ]
            # Who leads them is asked a tier higher.
            above = {people.lead(team) for team in people.teams} if lead_is_asked else set()
            return tuple(agent for agent in members if agent not in above and agent.name != case.owner)


def _teams(desk: Desk, case: Case, tier: Tier, asker: Agent | None) -> list[str]:
    people = desk.people
    if tier.team is not None:
        return [tier.team]
    who = asker or (people.agent(case.owner) if case.owner else None)
    own = [team for team in people.teams if who is not None and who in people.members(team)]
    return list(dict.fromkeys([*([case.team] if case.team else []), *own]))
