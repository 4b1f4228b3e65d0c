"""Which cases does a report count, and what has happened to each? Read in batches, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlmodel import Session

from mailproc.cases.case import HistoryEntry, Opinion, Status
from mailproc.cases.chronicle import BEGINNINGS, LINES, steps
from mailproc.cases.figures import Answers, Figures, Story, Tally, count
from mailproc.cases.periods import Period
from mailproc.store import clockwork
from mailproc.store.database import run
from mailproc.store.tables import CaseRow, HistoryRow, SatisfactionRow, SurveyRow, table

BATCH = 1000  # cases that are held in memory at once
_SAID = 200  # characters of a history entry: what is read of it stands at its beginning

_UNDECIDED = (Status.NEW.value, Status.OPEN.value, Status.WAITING.value)
_cases, _history = table(CaseRow), table(HistoryRow)
_surveys, _answers = table(SurveyRow), table(SatisfactionRow)

_NEXT = (
    select(
        _cases.c.id,
        _cases.c.received_at,
        _cases.c.changed_at,
        _cases.c.mailbox,
        _cases.c.team,
        _cases.c.category,
        _cases.c.cause,
        _cases.c.outcome,
        _cases.c.remedy,
        _cases.c.amount,
        _cases.c.resolved_at,
        _cases.c.closed_at,
        _cases.c.clocks,
        _cases.c.spam,
        _cases.c.merged_into,
        _cases.c.warns,
    )
    .where(
        _cases.c.id > bindparam("after"),
        _cases.c.received_at < bindparam("end"),
        or_(_cases.c.changed_at >= bindparam("start"), _cases.c.status.in_(_UNDECIDED)),
    )
    .order_by(_cases.c.id)
    .limit(BATCH)
)


def _tells(what: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(what.in_(LINES), *(what.startswith(beginning, autoescape=True) for beginning in BEGINNINGS))


_TOLD = (
    select(
        _history.c.case_id,
        _history.c.at,
        _history.c.who,
        _history.c.what,
        func.substr(_history.c.text, 1, _SAID).label("text"),
    )
    .where(_history.c.case_id.in_(bindparam("ids", expanding=True)), _tells(_history.c.what))
    .order_by(_history.c.case_id, _history.c.id)
)
_ASKED = (
    select(func.count())
    .select_from(_surveys)
    .where(
        _surveys.c.settled_at >= bindparam("start"),
        _surveys.c.settled_at < bindparam("end"),
        _surveys.c.outbox_id.is_not(None),
    )
)
_ANSWERED = (
    select(_answers.c.case_id, _answers.c.score, _answers.c.opinion)
    .where(_answers.c.at >= bindparam("start"), _answers.c.at < bindparam("end"))
    .order_by(_answers.c.inbox_id)
)


def figures(session: Session, periods: Sequence[Period], now: datetime) -> list[Figures]:
    """Return the figures of each period; the cases are read once."""
    tallies = [Tally(period=period, now=now) for period in periods]
    start, end = min(period.start for period in periods), max(period.end for period in periods)
    count(_stories(session, start, end), tallies)
    return [tally.figures(answers(session, tally.period)) for tally in tallies]


def answers(session: Session, period: Period) -> Answers:
    """Return what customers answered to surveys in a period; of several answers about a case the newest."""
    bounds = {"start": period.start, "end": period.end}
    asked: int = run(session, _ASKED, bounds).scalar_one()
    newest = {row.case_id: row for row in run(session, _ANSWERED, bounds)}
    scores = [row.score for row in newest.values() if row.score is not None]
    return Answers(
        asked=asked,
        answers=len(newest),
        satisfied=sum(row.opinion == Opinion.SATISFIED.value for row in newest.values()),
        mean=sum(scores) / len(scores) if scores else None,
    )


def histories(session: Session, case_ids: Iterable[int]) -> dict[int, list[HistoryEntry]]:
    """Return what the histories of some cases say that figures and clocks need, in order."""
    found: dict[int, list[HistoryEntry]] = {id: [] for id in case_ids}
    if found:
        for row in run(session, _TOLD, {"ids": list(found)}):
            entry = HistoryEntry(at=row.at, who=row.who, what=row.what, text=row.text)
            found[row.case_id].append(entry)
    return found


def _stories(session: Session, start: datetime, end: datetime) -> Iterator[Story]:
    """Every case that has changed since `start` or is undecided, without those that came after `end`.

    A case that has not changed since then stands as it stood: nothing of its history has to be read.
    """
    after = 0
    while rows := run(session, _NEXT, {"after": after, "start": start, "end": end}).all():
        after = rows[-1].id
        told = histories(session, [row.id for row in rows if row.changed_at >= start])
        yield from (_story(row, told) for row in rows)


def _story(row: Any, told: Mapping[int, Sequence[HistoryEntry]]) -> Story:
    return Story(
        received_at=row.received_at,
        mailbox=row.mailbox,
        team=row.team,
        category=row.category,
        cause=row.cause,
        outcome=row.outcome,
        remedy=row.remedy,
        amount=row.amount,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        clocks=clockwork.clocks(row.clocks),
        steps=steps(told.get(row.id, ())),
        silent=not row.warns,
        spam=row.spam,
        merged=row.merged_into is not None,
    )
