"""Who gets a new case? The team that the routes name, and whoever of it is there and has the least to do."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.events import CaseRouted
from mailproc.cases.routing import assignee, route
from mailproc.desk import Desk
from mailproc.jobs.following import happens
from mailproc.store import absences, workload


def assign(
    desk: Desk, session: Session, case_id: int, case: Case, now: datetime, *, inbox_id: int | None = None
) -> Case:
    """Return the case with its team and owner; as it is, when the routes name nobody."""
    event = _routed(desk, session, case)
    return happens(desk, session, case_id, case, event, now, inbox_id=inbox_id) if event else case


def _routed(desk: Desk, session: Session, case: Case) -> CaseRouted | None:
    people = desk.people
    domain = case.customer_email.rpartition("@")[2] or None
    team = route(
        people.routing,
        category=case.category,
        language=case.language,
        mailbox=case.mailbox,
        customer_domain=domain,
    )
    if team is None:
        return None
    absent = absences.absent(session, desk.clock())
    members = [
        member.model_copy(update={"away": True}) if member.name in absent else member
        for member in people.members(team)
    ]
    names = [member.name for member in members]
    open_cases = workload.open_cases_of(session, names)
    owner = assignee(members, people.assignment, open_cases, workload.last_owner(session, team))
    return CaseRouted(team=team, owner=owner)
