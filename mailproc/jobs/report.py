"""Who is to be told how the desk did? Every supervisor, once, when a week or a month is over.

The figures are counted before a transaction begins. After an outage there is the report of the last week and
of the last month, not one for each that was missed: the command line tells of any other time.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from mailproc.cases import periods
from mailproc.cases.periods import Period, PeriodKind
from mailproc.desk import Desk
from mailproc.jobs import telling
from mailproc.jobs.alone import alone
from mailproc.outbound import report_file
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.figure_table import sections
from mailproc.outbound.spreadsheet import table_file
from mailproc.people import Agent
from mailproc.store import figures, improvements, reports

log = structlog.get_logger(__name__)

LETTER = "report"
MORNING = time(7)  # in the desk's zone: it is there when the first one comes to work (our choice)
LISTED = 30  # improvements that a letter names
_MOST = 1000


def report_due(desk: Desk) -> int:
    """Send the reports that are due; one transaction for each supervisor. Return how many letters."""
    wanted, sent = desk.config.report, 0
    for kind, on in ((PeriodKind.WEEK, wanted.weekly), (PeriodKind.MONTH, wanted.monthly)):
        now = desk.clock()
        period = periods.last_whole(kind, now, desk.config.desk.zone)
        if not on or now < _due_at(desk, period):
            continue
        untold = _untold(desk, period)
        if not untold:
            continue
        facts, enclosure = _made(desk, period, now)
        for agent in untold:
            if desk.stopping.is_set():
                return sent
            work = (agent, period, facts, enclosure)
            sent += bool(alone(desk, "report cannot be sent", _send, *work, supervisor=agent.name))
    return sent


def _due_at(desk: Desk, period: Period) -> datetime:
    day = period.last + timedelta(days=1)
    return datetime.combine(day, MORNING, desk.config.desk.zone).astimezone(UTC)


def _untold(desk: Desk, period: Period) -> list[Agent]:
    supervisors = desk.people.deciders
    if not supervisors:
        return []
    with desk.database.reading() as session:
        if not reports.had_mail_before(session, period.end):
            return []
        told = reports.told(session, period.name)
    return [agent for agent in supervisors if agent.name not in told]


def _made(desk: Desk, period: Period, now: datetime) -> tuple[dict[str, Any], Enclosure]:
    """Return what the letter says, to whomever it goes, and the file with the same figures."""
    before = periods.before(period, desk.config.desk.zone)
    with desk.database.reading() as session:
        found, earlier = figures.figures(session, (period, before), now)
        items = improvements.items(session, _MOST)
    made = sections(found, earlier)
    facts = {
        "kind": period.kind.value,
        "first": period.first,
        "last": period.last,
        "sections": made,
        "improvements": tuple(items[:LISTED]),
        "left_out": max(len(items) - LISTED, 0),
    }
    rows = report_file.rows(made, period.name, before.name)
    return facts, table_file(f"report {period.name}.csv", report_file.HEADER, rows)


def _send(
    desk: Desk,
    session: Session,
    agent: Agent,
    period: Period,
    facts: dict[str, Any],
    enclosure: Enclosure,
    now: datetime,
) -> bool:
    if not reports.take(session, agent.name, period.name, now):
        return False
    letter = telling.send_about_many(
        desk,
        session,
        LETTER,
        agent,
        facts,
        key=f"{LETTER}:{period.name}:{agent.name}",
        now=now,
        enclosures=(enclosure,),
    )
    if letter is not None:
        reports.sent(session, agent.name, period.name, letter)
    log.info("report", period=period.name, sent=letter is not None)
    return letter is not None
