"""Whose is a case at its next stage? Whom the policy's tier names, and never who decided the stage before."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases import stages
from mailproc.cases.case import Case
from mailproc.cases.escalation_rules import Target
from mailproc.cases.events import CaseAssigned
from mailproc.desk import Desk
from mailproc.jobs.following import happens
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import absences


def hand_over(desk: Desk, session: Session, case_id: int, before: Case, case: Case, now: datetime) -> Case:
    """Return the case with its new owner, when a stage has just begun whose tier is a person's.

    A tier that is a whole team owns nothing: all of it is told of the case, as of a new one.
    """
    if case.stage == before.stage:
        return case
    absent = absences.absent(session, now)
    found = [agent for agent in _handlers(desk, case) if agent.name != case.barred]
    there = [agent for agent in found if not agent.away and agent.name not in absent] or found
    if not there or there[0].name == case.owner:
        return case
    event = CaseAssigned(who="desk", to=there[0].name)
    return happens(desk, session, case_id, case, event, now)


def stage_of(desk: Desk, case: Case) -> str | None:
    """Say to agents at which stage a case is, and who may not decide it; None without stages."""
    title = stages.title(case, desk.policy_of(case))
    if not title or case.barred is None:
        return title or None
    return say("{stage}; not to be decided by {agent}", stage=title, agent=case.barred)


def _handlers(desk: Desk, case: Case) -> list[Agent]:
    """Return the people of the stage's tier, as far as they are agents."""
    policy, people = desk.policy_of(case), desk.people
    handler = list(policy.stages.values())[case.stage - 1].handler
    target = policy.levels[handler].target if handler in policy.levels else None
    names: list[str | None] = []
    if target is Target.LEAD:
        teams = [team for name in (case.team, *people.teams) if name and (team := people.team(name))]
        names = [team.lead for team in teams]
    elif target is Target.SUPERVISORS:
        names = [supervisor.name for supervisor in people.supervisors]
    return [agent for name in dict.fromkeys(names) if name and (agent := people.agent(name))]
