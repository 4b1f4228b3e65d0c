"""Which letters to agents are keys to a case, and what has been done with them?

A token in an address names a letter in the outbox; the row here says whose letter it was, about which case
and until when an answer to it counts. The token itself is stored nowhere: it is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from mailproc.store import casebook
from mailproc.store.tables import CaseRow, DeedRow, HistoryRow, OutboxRow, RelayRow


@dataclass(frozen=True, kw_only=True)
class StoredRelay:
    """A letter to an agent. `seen` is the last history entry of the case that it tells of.

    A letter about no case has neither `case_id` nor reference. Both are of the case in which goes on what
    it was `written_about`: the same unless that was merged.
    """

    outbox_id: int
    public_id: str
    letter: str
    message_id: str
    agent: str
    case_id: int | None
    case_reference: str
    seen: int
    stands_for: str
    expires_at: datetime
    revoked: bool
    about_inbox_id: int | None
    held_inbox_id: int | None
    written_about: str


def remember(
    session: Session,
    outbox_id: int,
    *,
    agent: str,
    case_id: int | None,
    seen: int,
    expires_at: datetime,
    stands_for: str,
    about_inbox_id: int | None = None,
    held_inbox_id: int | None = None,
) -> None:
    """Make a letter a key to its case, or to a new one."""
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
        )
    )


def find(session: Session, public_ids: Sequence[str]) -> dict[str, StoredRelay]:
    """Return those of the letters that are keys, by their public ids."""
    if not public_ids:
        return {}
    statement = (
        select(RelayRow, OutboxRow, CaseRow.reference, CaseRow.merged_into)
        .join(OutboxRow, col(OutboxRow.id) == RelayRow.outbox_id)
        .join(CaseRow, col(CaseRow.id) == RelayRow.case_id, isouter=True)
        .where(col(OutboxRow.public_id).in_(public_ids))
    )
    rows = session.exec(statement).all()
    merged = {into: casebook.goes_on_in(session, into) for _, _, _, into in rows if into}
    return {
        letter.public_id: StoredRelay(
            outbox_id=relay.outbox_id,
            public_id=letter.public_id,
            letter=letter.letter,
            message_id=letter.message_id,
            agent=relay.agent,
            case_id=merged[into][0] if into else relay.case_id,
            case_reference=merged[into][1] if into else reference or "",
            seen=relay.seen,
            stands_for=relay.stands_for,
            expires_at=relay.expires_at,
            revoked=relay.revoked_at is not None,
            about_inbox_id=relay.about_inbox_id,
            held_inbox_id=relay.held_inbox_id,
            written_about=reference or "",
        )
        for relay, letter, reference, into in rows
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


def told_since(
    session: Session, case_id: int | None, agent: str, letters: Sequence[str], since: datetime
) -> int:
    """How many letters of these kinds an agent was sent since then: about a case, or about none."""
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


def has_entry(session: Session, case_id: int, what: str) -> bool:
    """Whether something stands in a case's history already."""
    statement = select(HistoryRow.id).where(HistoryRow.case_id == case_id, HistoryRow.what == what)
    return session.exec(statement.limit(1)).first() is not None


def history(session: Session, case_id: int, most: int) -> list[HistoryRow]:
    """Return the last entries of a case's history, newest first."""
    statement = (
        select(HistoryRow)
        .where(col(HistoryRow.case_id) == case_id)
        .order_by(col(HistoryRow.id).desc())
        .limit(most)
    )
    return list(session.exec(statement))
