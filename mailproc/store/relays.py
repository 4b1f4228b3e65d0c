"""Which letters to agents are keys to a case, and what has been done with them?

A token in an address names a letter in the outbox; the row here says whose letter it was, about which case
and until when an answer to it counts. The token itself is stored nowhere: it is computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from mailproc.cases.lifecycle import RATED, SURVEY_ANSWERED
from mailproc.store import casebook
from mailproc.store.outbox import State
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
    author: str | None = None
    bundle: tuple[int, ...] = ()
    written_about: str
    proposal_inbox_id: int | None


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
    author: str | None = None,
    bundle: Sequence[int] = (),
    proposal_inbox_id: int | None = None,
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
            author=author,
            bundle=list(bundle),
            proposal_inbox_id=proposal_inbox_id,
        )
    )


def renew(session: Session, outbox_id: int, *, seen: int, about_inbox_id: int, bundle: Sequence[int]) -> None:
    """Let a letter that was written anew before it left tell of more."""
    session.execute(
        update(RelayRow)
        .where(col(RelayRow.outbox_id) == outbox_id)
        .values(seen=seen, about_inbox_id=about_inbox_id, bundle=list(bundle))
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
        select(RelayRow, OutboxRow, CaseRow.reference, CaseRow.merged_into)
        .join(OutboxRow, col(OutboxRow.id) == RelayRow.outbox_id)
        .join(CaseRow, col(CaseRow.id) == RelayRow.case_id, isouter=True)
        .where(condition)
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
            author=relay.author,
            bundle=tuple(relay.bundle),
            written_about=reference or "",
            proposal_inbox_id=relay.proposal_inbox_id,
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


def revoke_holding(session: Session, held_inbox_id: int, agent: str, now: datetime) -> None:
    """Make every letter worth nothing by which an agent could let a held mail of hers be carried out."""
    session.execute(
        update(RelayRow)
        .where(
            col(RelayRow.held_inbox_id) == held_inbox_id,
            col(RelayRow.agent) == agent,
            col(RelayRow.revoked_at).is_(None),
        )
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


@dataclass(frozen=True, kw_only=True)
class Told:
    """The newest letter of one kind to an agent about a case.

    `planned_at` is when it was to leave, or is to be tried again. `waiting`: it has not begun to leave, and
    is locked to the end of the transaction, so that it can be written anew.
    """

    outbox_id: int
    public_id: str
    planned_at: datetime
    waiting: bool
    bundle: tuple[int, ...]


def newest_letter(session: Session, case_id: int, agent: str, letter: str) -> Told | None:
    """Return the newest letter of a kind that an agent was sent about a case."""
    statement = (
        select(OutboxRow, RelayRow.bundle)
        .join(RelayRow, col(RelayRow.outbox_id) == OutboxRow.id)
        .where(RelayRow.case_id == case_id, RelayRow.agent == agent, OutboxRow.letter == letter)
        .order_by(col(OutboxRow.id).desc())
        .limit(1)
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    row, bundle = found
    # Whoever delivers it holds it, and would wait for the case that this transaction holds.
    untouched = (
        select(OutboxRow.id)
        .where(
            OutboxRow.id == row.id,
            OutboxRow.state == State.QUEUED.value,
            OutboxRow.attempts == 0,
            OutboxRow.uncertain == 0,
        )
        .with_for_update(skip_locked=True)
    )
    assert row.id is not None
    return Told(
        outbox_id=row.id,
        public_id=row.public_id,
        planned_at=row.due_at,
        waiting=session.exec(untouched).first() is not None,
        bundle=tuple(bundle),
    )


def told_of_mail(session: Session, case_id: int, inbox_id: int) -> frozenset[str]:
    """Return which agents were sent a letter that tells of a mail of the customer."""
    statement = select(RelayRow.agent).where(RelayRow.case_id == case_id, RelayRow.about_inbox_id == inbox_id)
    return frozenset(session.exec(statement))


def last_entry(session: Session, case_id: int) -> int:
    statement = select(func.max(HistoryRow.id)).where(col(HistoryRow.case_id) == case_id)
    return session.exec(statement).one() or 0


def noted_since(session: Session, case_id: int, who: str, text: str, since: datetime) -> int:
    """How often somebody has noted the same words about a case since then."""
    statement = (
        select(func.count())
        .select_from(HistoryRow)
        .where(
            HistoryRow.case_id == case_id,
            HistoryRow.who == who,
            HistoryRow.what == "note",
            HistoryRow.text == text,
            col(HistoryRow.at) > since,
        )
    )
    return session.exec(statement).one()


def since(session: Session, case_ids: Collection[int], seen: int, *, besides: str) -> list[HistoryRow]:
    """Return what people other than `besides` did to a case after an entry of its history, newest first.

    Of a case that was merged, it is what happened there and where it goes on.

    What machines noted (a letter accepted, an automatic reply) makes no answer stale.
    """
    statement = (
        select(HistoryRow)
        .where(
            col(HistoryRow.case_id).in_(case_ids),
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


def history(session: Session, case_id: int, most: int, *, besides: Collection[int] = ()) -> list[HistoryRow]:
    """Return the last entries of a case's history, newest first, without those about some mails.

    How such a mail was read stays, as an answer to a survey or as a grave complaint: the mail itself does not
    say it.
    """
    statement = (
        select(HistoryRow)
        .where(
            col(HistoryRow.case_id) == case_id,
            col(HistoryRow.inbox_id).is_(None)
            | col(HistoryRow.inbox_id).not_in(besides)
            | col(HistoryRow.what).startswith(SURVEY_ANSWERED)
            | col(HistoryRow.what).startswith(RATED),
        )
        .order_by(col(HistoryRow.id).desc())
        .limit(most)
    )
    return list(session.exec(statement))


def of_letter(session: Session, outbox_id: int) -> StoredRelay | None:
    """Return the key that a letter is, by its number in the outbox; None when it is none."""
    public_id = session.exec(select(OutboxRow.public_id).where(OutboxRow.id == outbox_id)).first()
    return find(session, [public_id]).get(public_id) if public_id else None
