"""Who of the desk hears of a case?"""

from __future__ import annotations

from collections.abc import Collection

from mailproc.cases.case import Case
from mailproc.desk import Desk
from mailproc.people import Agent


def readers(desk: Desk, case: Case, absent: Collection[str] = ()) -> tuple[Agent, ...]:
    """Return who is told about a case: its owner; else who is there of its team; else who is there at all.

    `absent` are the names of those whose mailboxes have said that they are away. When all are away,
    everybody: a case that nobody hears of is worse than a mail too many.
    """
    people = desk.people
    owner = people.agent(case.owner) if case.owner else None
    if owner is not None and is_there(owner, absent):
        return (owner,)
    for agents in (people.members(case.team) if case.team else (), people.agents):
        if there := tuple(agent for agent in agents if is_there(agent, absent)):
            return there
    return people.agents


def is_there(agent: Agent, absent: Collection[str]) -> bool:
    return not agent.away and agent.name not in absent
