"""How are a case's clocks written into its row, with what they were read from? As JSON, times in ISO 8601."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mailproc.cases.case import Case, Clock, Kind, Limit
from mailproc.cases.happenings import Happened, Happening


def columns(case: Case) -> dict[str, Any]:
    """Return the columns; what is not said stays out of them, for most of it never is."""
    return {
        "happened": [
            _short(
                what=str(each.what),
                at=each.at,
                stage=each.stage,
                letter=each.letter,
                reason=each.reason,
                noted_at=each.noted_at,
            )
            for each in case.happened
        ],
        "limits": [
            _short(clock=limit.clock, due_at=limit.due_at, since=limit.since) for limit in case.limits
        ],
        "clocks": [
            _short(
                id=clock.id,
                due_at=clock.due_at,
                satisfied_at=clock.satisfied_at,
                kind=None if clock.kind is Kind.DUTY else str(clock.kind),
                warn_at=[at.isoformat() for at in clock.warn_at] or None,
                promised_at=clock.promised_at,
                paused_since=clock.paused_since,
                known_at=clock.known_at,
            )
            for clock in case.clocks
        ],
    }


def happened(rows: Iterable[Mapping[str, Any]]) -> tuple[Happened, ...]:
    return tuple(
        Happened(
            what=Happening(row["what"]),
            at=datetime.fromisoformat(row["at"]),
            stage=row.get("stage"),
            letter=row.get("letter"),
            reason=row.get("reason"),
            noted_at=_moment(row.get("noted_at")),
        )
        for row in rows
    )


def limits(rows: Iterable[Mapping[str, Any]]) -> tuple[Limit, ...]:
    return tuple(
        Limit(
            clock=row["clock"],
            due_at=datetime.fromisoformat(row["due_at"]),
            since=datetime.fromisoformat(row["since"]),
        )
        for row in rows
    )


def clocks(rows: Iterable[Mapping[str, Any]]) -> tuple[Clock, ...]:
    return tuple(
        Clock(
            id=row["id"],
            due_at=datetime.fromisoformat(row["due_at"]),
            satisfied_at=_moment(row.get("satisfied_at")),
            kind=Kind(row.get("kind", Kind.DUTY)),
            warn_at=tuple(datetime.fromisoformat(at) for at in row.get("warn_at", ())),
            promised_at=_moment(row.get("promised_at")),
            paused_since=_moment(row.get("paused_since")),
            known_at=_moment(row.get("known_at")),
        )
        for row in rows
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _short(**values: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
