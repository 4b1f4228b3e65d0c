"""Who was asked about a case, to step in or outside, and what became of it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailproc.cli import show

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailproc.cases.case import Case
    from mailproc.store.tables import EscalationRow

# What became of it, as --json has it and as people read it; what has ended is named by `escalations.Ended`.
STATES = {
    "waiting": "no answer yet",
    "reminded": "reminded, no answer yet",
    "silent": "no answer in time",
    "replaced": "asked anew",
    "void": "no longer waited for",
    "answered": "answered",
    "unanswered": "no answer, others were asked",
    "away": "away, others were asked",
    "unreachable": "not reached",
    "decided": "the case was over first",
    "merged": "asked where the case goes on",
}


def document(case: Case, asked: Sequence[EscalationRow]) -> list[dict[str, object]]:
    return [
        {
            "to": row.target,
            "outside": row.outside,
            "by": row.asked_by,
            "rule": row.rule or None,
            "tier": row.to_tier,
            "asked_at": show.iso(row.asked_at),
            "answer_by": show.iso(row.answer_by),
            "state": _state(case, row),
            "ended_at": show.iso(row.ended_at),
        }
        for row in asked
    ]


def print_asked(case: Case, asked: Sequence[EscalationRow], zone: tzinfo) -> None:
    """Print nothing where nobody was asked."""
    if not asked:
        return
    show.line()
    show.table(
        ["asked", "where", "by", "when", "until", "what became of it"],
        [
            (
                row.target,
                "outside" if row.outside else row.to_tier or "inside",
                f"{row.asked_by} ({row.rule})" if row.rule else row.asked_by,
                show.moment(row.asked_at, zone),
                show.moment(row.answer_by, zone),
                f"{STATES[_state(case, row)]} {show.moment(row.ended_at, zone)}".strip(),
            )
            for row in asked
        ],
    )


def _state(case: Case, row: EscalationRow) -> str:
    """Of a question that was asked anew the older row stays open too: one mail answers both."""
    if row.ended_how is not None:
        return row.ended_how
    if not row.outside:
        return "waiting" if row.answer_by is not None else "silent"
    question = next((each for each in case.questions if each.to == row.target), None)
    if question is not None and question.asked_at > row.asked_at:
        return "replaced"
    if question not in case.waiting_questions or question is None:
        return "void"
    if question.answer_by is None:
        return "silent"
    return "reminded" if question.reminded else "waiting"
