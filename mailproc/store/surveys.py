"""Who is to be asked how he found it, who was asked, what was answered, and who wants it no more?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, text
from sqlmodel import Session, col, select

from mailproc.cases.case import Opinion
from mailproc.mail import address_key
from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.receiving import Disposition
from mailproc.store.tables import (
    RESOLVED,
    CaseRow,
    InboxRow,
    MessageRow,
    OptOutRow,
    OutboxRow,
    RelayRow,
    SatisfactionRow,
    SurveyRow,
    table,
)

_OPT_OUT = in_both_dialects(
    lambda insert: insert(table(OptOutRow)).on_conflict_do_nothing(index_elements=["address_key"])
)
_OF_THE_CUSTOMER = (Disposition.OPENED.value, Disposition.JOINED.value)


@dataclass(frozen=True, kw_only=True)
class Satisfaction:
    """What is known of a case: when it was asked about last, or why it was not, and what was answered.

    `score` is the newest one that was given, `opinion` and `answered_at` are of the newest answer.
    """

    asked_at: datetime | None = None
    left_out: str = ""
    score: int | None = None
    opinion: Opinion | None = None
    answered_at: datetime | None = None


def due(session: Session, resolved_before: datetime, limit: int) -> list[int]:
    """Return the cases whose present resolution is that old and was not looked at, the oldest first."""
    settled = exists().where(
        col(SurveyRow.case_id) == col(CaseRow.id), col(SurveyRow.resolved_at) == col(CaseRow.resolved_at)
    )
    statement = (
        select(CaseRow.id)
        .where(text(f"cases.{RESOLVED}"), col(CaseRow.resolved_at) <= resolved_before, ~settled)
        .order_by(col(CaseRow.resolved_at), col(CaseRow.id))
        .limit(limit)
    )
    return [id for id in session.exec(statement) if id is not None]


def is_settled(session: Session, case_id: int, resolved_at: datetime) -> bool:
    """Whether this resolution was asked about or left out. The case must be locked."""
    return session.get(SurveyRow, (case_id, resolved_at)) is not None


def settle(
    session: Session,
    case_id: int,
    resolved_at: datetime,
    now: datetime,
    *,
    outbox_id: int | None = None,
    left_out: str = "",
) -> None:
    """Write down that this resolution was asked about, or why it was not."""
    session.add(
        SurveyRow(
            case_id=case_id,
            resolved_at=resolved_at,
            settled_at=now,
            outbox_id=outbox_id,
            left_out=left_out,
        )
    )


def is_proved(session: Session, case_id: int, email: str, answering: Sequence[str]) -> bool:
    """Whether it is known that the case's customer is at this address, and not somebody who only wrote it.

    Either our mail host has proved the sender of one of his mails, or one of them answered a letter, and
    none of the case's letters went to another address, where somebody else could have answered it.
    `answering` are the reasons that a mail has which answers a letter by its signed name.
    """
    key = address_key(email)
    his = (
        select(InboxRow.id)
        .join(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
        .where(
            InboxRow.case_id == case_id,
            col(InboxRow.disposition).in_(_OF_THE_CUSTOMER),
            MessageRow.from_key == key,
        )
        .limit(1)
    )
    if session.exec(his.where(col(MessageRow.authenticated).is_(True))).first() is not None:
        return True
    elsewhere = (
        select(OutboxRow.id)
        .outerjoin(RelayRow, col(RelayRow.outbox_id) == col(OutboxRow.id))
        .where(
            OutboxRow.case_id == case_id, OutboxRow.recipient_key != key, col(RelayRow.outbox_id).is_(None)
        )
        .limit(1)
    )
    answered = session.exec(his.where(col(InboxRow.reason).in_(answering))).first()
    return answered is not None and session.exec(elsewhere).first() is None


def keep_answer(
    session: Session,
    *,
    inbox_id: int,
    case_id: int,
    outbox_id: int,
    score: int | None,
    opinion: Opinion,
    words: str,
    at: datetime,
) -> None:
    """Store an answer; the same mail received again replaces what was read from it."""
    session.merge(
        SatisfactionRow(
            inbox_id=inbox_id,
            case_id=case_id,
            outbox_id=outbox_id,
            score=score,
            opinion=opinion.value,
            words=words,
            at=at,
        )
    )


def satisfaction(session: Session, case_id: int) -> Satisfaction:
    """Return what is known of how the customer found the case."""
    survey = session.exec(
        select(SurveyRow).where(SurveyRow.case_id == case_id).order_by(col(SurveyRow.resolved_at).desc())
    ).first()
    answers = session.exec(
        select(SatisfactionRow)
        .where(SatisfactionRow.case_id == case_id)
        .order_by(col(SatisfactionRow.inbox_id).desc())
    ).all()
    return Satisfaction(
        asked_at=survey.settled_at if survey and survey.outbox_id else None,
        left_out=survey.left_out if survey else "",
        score=next((answer.score for answer in answers if answer.score is not None), None),
        opinion=Opinion(answers[0].opinion) if answers else None,
        answered_at=answers[0].at if answers else None,
    )


def opt_out(session: Session, recipient_key: str, inbox_id: int, now: datetime) -> None:
    """Note that an address, in its compared form, wants no surveys any more."""
    run(session, _OPT_OUT[dialect(session)], {"address_key": recipient_key, "at": now, "inbox_id": inbox_id})


def has_opted_out(session: Session, email: str) -> bool:
    return session.get(OptOutRow, address_key(email)) is not None
