"""Which escalations has a case had, and how did each end? For reports, and so that one is open at a time.

The rows follow the case wherever it is saved: nobody has to remember to write them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session, col, func, select, update

from mailproc.cases.case import Case, EscalationKind, Status
from mailproc.store.tables import OPEN_ESCALATION, EscalationRow


class Ended(StrEnum):
    """How an escalation ended."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # others were asked in their place
    AWAY = "away"
    UNREACHABLE = "unreachable"
    DECIDED = "decided"  # the case was decided or closed first
    MERGED = "merged"  # the case goes on in another, and there the question has a row of its own


def follow(session: Session, case_id: int, before: Case, after: Case, now: datetime) -> None:
    """Write down what has become of the escalation of a case that is locked."""
    old, new = before.escalation, after.escalation
    if old == new:
        return
    if old is not None and new is not None and old.asked_before == new.asked_before:
        values = {"asked_at": new.asked_at, "answer_by": new.answer_by, "target": ", ".join(new.to)}
        _change(session, case_id, values)
        return
    if old is not None:
        how = _how(before, after)
        answered_at = now if how is Ended.ANSWERED else None
        _change(session, case_id, {"answered_at": answered_at, "ended_at": now, "ended_how": how.value})
    if new is not None:
        session.add(
            EscalationRow(
                case_id=case_id,
                number=_next_number(session, case_id),
                kind=new.kind.value,
                rule=", ".join(new.rules),
                from_tier=before.tier,
                to_tier=new.tier,
                target=", ".join(new.to),
                asked_by="desk" if new.how else new.who,
                asked_at=new.asked_at,
                answer_by=new.answer_by,
            )
        )
        session.flush()


def asked_outside(
    session: Session,
    case_id: int,
    *,
    who: str,
    target: str,
    tier: str | None,
    answer_by: datetime,
    now: datetime,
) -> None:
    """Note that an agent asked somebody outside; it stands beside whatever else is open."""
    session.add(
        EscalationRow(
            case_id=case_id,
            number=_next_number(session, case_id),
            kind=EscalationKind.FUNCTIONAL.value,
            from_tier=tier,
            to_tier=None,
            target=target,
            outside=True,
            asked_by=who,
            asked_at=now,
            answer_by=answer_by,
        )
    )
    session.flush()


def answered_outside(
    session: Session, case_id: int, target: str, now: datetime, how: Ended = Ended.ANSWERED
) -> None:
    """Note that somebody outside has answered what was asked of him."""
    answered_at = now if how is Ended.ANSWERED else None
    values = {"answered_at": answered_at, "ended_at": now, "ended_how": how.value}
    _change_outside(session, case_id, target, values)


def waits_outside(
    session: Session, case_id: int, target: str, answer_by: datetime, *, asked_at: datetime | None = None
) -> None:
    """Note until when an answer from outside is waited for now; `asked_at` where that was written wrongly."""
    values = {"answer_by": answer_by} | ({"asked_at": asked_at} if asked_at is not None else {})
    _change_outside(session, case_id, target, values)


def go_on_in(session: Session, case_id: int, other_id: int, targets: Collection[str], now: datetime) -> None:
    """End what somebody outside was asked in a case that goes on in another; of `targets` it stands there.

    Of the others the other case has a question of its own.
    """
    for row in of_case(session, case_id):
        if not row.outside or row.ended_at is not None:
            continue
        if row.target in targets:
            asked = row.model_dump(exclude={"case_id", "number"})
            session.add(EscalationRow(case_id=other_id, number=_next_number(session, other_id), **asked))
            session.flush()
        row.ended_at, row.ended_how = now, Ended.MERGED.value
    session.flush()


def of_case(session: Session, case_id: int) -> Sequence[EscalationRow]:
    """Return every escalation of a case, the first one first."""
    statement = (
        select(EscalationRow).where(EscalationRow.case_id == case_id).order_by(col(EscalationRow.number))
    )
    return session.exec(statement).all()


def _how(before: Case, after: Case) -> Ended:
    if after.escalation is not None:
        return Ended(after.escalation.how or Ended.UNANSWERED)
    if after.merged_into is not None:
        return Ended.MERGED
    if before.perhaps_asked is not None and after.status is Status.RESOLVED and after.perhaps_asked is None:
        return Ended.DECIDED  # it stands: the customer has an answer, or wrote that he is content
    over = (Status.RESOLVED, Status.CLOSED)
    return Ended.DECIDED if after.status in over and before.status is not after.status else Ended.ANSWERED


def _change(session: Session, case_id: int, values: Mapping[str, object]) -> None:
    """Change the one row that is open."""
    session.execute(
        update(EscalationRow)
        .where(col(EscalationRow.case_id) == case_id, text(OPEN_ESCALATION))
        .values(dict(values))
    )


def _change_outside(session: Session, case_id: int, target: str, values: Mapping[str, object]) -> None:
    session.execute(
        update(EscalationRow)
        .where(
            col(EscalationRow.case_id) == case_id,
            col(EscalationRow.target) == target,
            col(EscalationRow.outside).is_(True),
            col(EscalationRow.ended_at).is_(None),
        )
        .values(dict(values))
    )


def _next_number(session: Session, case_id: int) -> int:
    statement = select(func.max(EscalationRow.number)).where(EscalationRow.case_id == case_id)
    return (session.exec(statement).one() or 0) + 1
