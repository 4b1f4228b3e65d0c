"""Which letters to agents are keys to a case, and what has been done with them?

A token in an address names a letter in the outbox; the row here says whose letter it was, about which case
and until when an answer to it counts. The token itself is stored nowhere: it is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from mailproc.store.tables import CaseRow, DeedRow, HistoryRow, OutboxRow, RelayRow


@dataclass(frozen=True, kw_only=True)
class StoredRelay:
    """A letter to an agent. `seen` is the last history entry of the case that it tells of."""

    outbox_id: int
    public_id: str
    letter: str
    message_id: str
    agent: str
    case_id: int
    case_reference: str
    seen: int
    stands_for: str
    expires_at: datetime
    revoked: bool
    about_inbox_id: int | None
    held_inbox_id: int | None
    proposal_inbox_id: int | None


def remember(
    session: Session,
    outbox_id: int,
    *,
    agent: str,
    case_id: int,
    seen: int,
    expires_at: datetime,
    stands_for: str,
    about_inbox_id: int | None = None,
    held_inbox_id: int | None = None,
    proposal_inbox_id: int | None = None,
) -> None:
    """Make a letter a key to its case."""
    session.add(
        RelayRow(
            outbox_id=outbox_id,
            agent=agent,
            case_id=case_id,
            seen=seen,
            expires_at=expires_at,
            stands_for=stands_for,
            about_inbox_id=about_inbox_id,
            held_inbox_id=held_inbox_id,
            proposal_inbox_id=proposal_inbox_id,
        )
    )


def find(session: Session, public_ids: Sequence[str]) -> dict[str, StoredRelay]:
    """Return those of the letters that are keys, by their public ids."""
    if not public_ids:
        return {}
    return _found(session, col(OutboxRow.public_id).in_(public_ids))


def answered_by(session: Session, inbox_id: int) -> StoredRelay | None:
    """Return the letter that a mail acted by, or None when it acted by none."""
    acted = select(DeedRow.outbox_id).where(DeedRow.inbox_id == inbox_id)
    found = _found(session, col(OutboxRow.id).in_(acted))
    return next(iter(found.values()), None)


def _found(session: Session, condition: ColumnElement[bool]) -> dict[str, StoredRelay]:
    statement = (
        select(RelayRow, OutboxRow, CaseRow.reference)
        .join(OutboxRow, col(OutboxRow.id) == RelayRow.outbox_id)
        .join(CaseRow, col(CaseRow.id) == RelayRow.case_id)
        .where(condition)
    )
    return {
        letter.public_id: StoredRelay(
            outbox_id=relay.outbox_id,
            public_id=letter.public_id,
            letter=letter.letter,
            message_id=letter.message_id,
            agent=relay.agent,
            case_id=relay.case_id,
            case_reference=reference,
            seen=relay.seen,
            stands_for=relay.stands_for,
            expires_at=relay.expires_at,
            revoked=relay.revoked_at is not None,
            about_inbox_id=relay.about_inbox_id,
            held_inbox_id=relay.held_inbox_id,
            proposal_inbox_id=relay.proposal_inbox_id,
        )
        for relay, letter, reference in session.exec(statement)
    }


def revoke(session: Session, outbox_id: int, now: datetime) -> None:
    """Make a letter worth nothing any more, as when its address got into other hands or was used once."""
    session.execute(
        update(RelayRow)
        .where(col(RelayRow.outbox_id) == outbox_id, col(RelayRow.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def act_once(session: Session, outbox_id: int, content_key: str, inbox_id: int) -> bool:
    """Note that a mail acts by a letter; False when the same mail has acted by it before.

    Two daemons that receive two copies at the same moment meet at the primary key.
    """
    before = session.get(DeedRow, (outbox_id, content_key))
    if before is not None:
        return before.inbox_id == inbox_id
    try:
        with session.begin_nested():
            session.add(DeedRow(outbox_id=outbox_id, content_key=content_key, inbox_id=inbox_id))
    except IntegrityError:
        return False
    return True


def told_since(session: Session, case_id: int, agent: str, letters: Sequence[str], since: datetime) -> int:
    """How many letters of these kinds an agent was sent about a case since then."""
    statement = (
        select(func.count())
        .select_from(RelayRow)
        .join(OutboxRow, col(OutboxRow.id) == RelayRow.outbox_id)
        .where(
            RelayRow.case_id == case_id,
            RelayRow.agent == agent,
            col(OutboxRow.letter).in_(letters),
            col(OutboxRow.queued_at) > since,
        )
    )
    return session.exec(statement).one()


def last_entry(session: Session, case_id: int) -> int:
    statement = select(func.max(HistoryRow.id)).where(col(HistoryRow.case_id) == case_id)
    return session.exec(statement).one() or 0


def since(session: Session, case_id: int, seen: int, *, besides: str) -> list[HistoryRow]:
    """Return what people other than `besides` did to a case after an entry of its history, newest first.

    What machines noted (a letter accepted, an automatic reply) makes no answer stale.
    """
    statement = (
        select(HistoryRow)
        .where(
            col(HistoryRow.case_id) == case_id,
            col(HistoryRow.id) > seen,
            col(HistoryRow.who).not_in(("desk", "server", "machine", besides)),
        )
        .order_by(col(HistoryRow.id).desc())
    )
    return list(session.exec(statement))


def history(session: Session, case_id: int, most: int) -> list[HistoryRow]:
    """Return the last entries of a case's history, newest first."""
    statement = (
        select(HistoryRow)
        .where(col(HistoryRow.case_id) == case_id)
        .order_by(col(HistoryRow.id).desc())
        .limit(most)
    )
    return list(session.exec(statement))
