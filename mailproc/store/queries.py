"""What do people ask about the desk? Read-only views for commands, health and the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, text
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from mailproc.mail import address_key
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition, count_waiting
from mailproc.store.tables import (
    UNSETTLED,
    WAITING,
    CaseRow,
    FolderRow,
    HistoryRow,
    InboxRow,
    MessageRow,
    OutboxRow,
    RawRow,
)

# A mailbox that was not read for this long is an alarm: mail itself may be down, so it must show elsewhere.
SILENT_AFTER = timedelta(minutes=15)


def unfinished(session: Session) -> int:
    """How many mails and letters failed and wait for another try, or for a person."""
    waiting = count_waiting(session)
    letters = session.exec(select(func.count()).select_from(OutboxRow).where(text(UNSETTLED))).one()
    return waiting + letters


def ledger(session: Session) -> dict[str, int]:
    """Account for every received mail: each is exactly one of these, and `unaccounted` must be 0.

    A mail counts under its disposition only when what that says can be seen: the case it opened or joined
    exists, and its bytes are kept. Anything else is unaccounted for.
    """
    needs_case = (Disposition.OPENED, Disposition.JOINED, Disposition.REPLIED, Disposition.QUARANTINED)
    # One question, and so one moment: between two of them a mail could leave the one place and not be
    # seen in the other.
    statement = (
        select_columns(
            col(InboxRow.state),
            col(InboxRow.disposition),
            col(RawRow.sha256).is_not(None),
            col(CaseRow.id).is_not(None),
            func.count(),
        )
        .outerjoin(RawRow, col(RawRow.sha256) == col(InboxRow.raw_sha256))
        .outerjoin(CaseRow, col(CaseRow.id) == col(InboxRow.case_id))
        .group_by(text("1, 2, 3, 4"))
    )
    entries = {**dict.fromkeys(map(str, Disposition), 0), "waiting": 0}
    received = 0
    for state, disposition, has_bytes, has_case, count in session.execute(statement):
        received += count
        entry = "waiting" if state == "waiting" else disposition
        if has_bytes and entry in entries and (has_case or entry not in needs_case):
            entries[entry] += count
    return {"received": received, **entries, "unaccounted": received - sum(entries.values())}


def health(session: Session, now: datetime) -> dict[str, Any]:
    """The state of the desk in numbers, and what is wrong, if anything."""
    trouble = []
    for row in session.exec(select(FolderRow)):
        if row.trouble:
            trouble.append(f"mailbox {row.mailbox}: {row.trouble}")
        elif row.polled_at is None or now - row.polled_at > SILENT_AFTER:
            trouble.append(f"mailbox {row.mailbox}: not read since {row.polled_at or row.since}")
    mails, since = session.exec(
        select(func.count(), func.min(InboxRow.fetched_at)).where(
            text(WAITING), col(InboxRow.fetched_at) <= now - SILENT_AFTER
        )
    ).one()
    if mails:
        trouble.append(f"{_wait(mails, 'mail')} to be received since {since}")
    # A letter that was refused for now has been tried; this is about those that no server took to task.
    untried, reply = session.exec(
        select(func.count(), func.max(OutboxRow.last_reply)).where(
            text(UNSETTLED),
            OutboxRow.state == State.QUEUED,
            OutboxRow.attempts == 0,
            col(OutboxRow.queued_at) <= now - SILENT_AFTER,
        )
    ).one()
    if untried:
        trouble.append(f"{_wait(untried, 'letter')} for the mail server, which says: {reply or 'nothing'}")
    letters: dict[str, int] = dict(
        session.exec(
            select(OutboxRow.state, func.count()).where(text(UNSETTLED)).group_by(col(OutboxRow.state))
        ).all()
    )
    if letters.get(State.HELD):
        trouble.append(f"{letters[State.HELD]} letters are held for a person")
    return {
        "healthy": not trouble,
        "at": now.isoformat(),
        "trouble": trouble,
        "mails_waiting": count_waiting(session),
        "letters_waiting": sum(count for state, count in letters.items() if state != State.HELD),
        "letters_held": letters.get(State.HELD, 0),
    }


def _wait(count: int, what: str) -> str:
    return f"1 {what} waits" if count == 1 else f"{count} {what}s wait"


def cases(
    session: Session, *, status: str | None = None, customer: str | None = None, limit: int = 50
) -> list[CaseRow]:
    """The newest cases first."""
    statement = select(CaseRow).order_by(col(CaseRow.id).desc()).limit(limit)
    if status:
        statement = statement.where(CaseRow.status == status)
    if customer:
        statement = statement.where(CaseRow.customer_key == address_key(customer))
    return list(session.exec(statement))


def history_of(session: Session, case_id: int) -> list[HistoryRow]:
    statement = select(HistoryRow).where(HistoryRow.case_id == case_id).order_by(col(HistoryRow.id))
    return list(session.exec(statement))


def mails(
    session: Session,
    *,
    disposition: str | None = None,
    case_id: int | None = None,
    limit: int = 50,
    ids: list[int] | None = None,
) -> list[tuple[InboxRow, MessageRow | None]]:
    """Received mails, newest first, with what was read from them."""
    statement = (
        select(InboxRow, MessageRow)
        .outerjoin(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
        .order_by(col(InboxRow.id).desc())
        .limit(limit)
    )
    if disposition == "waiting":
        statement = statement.where(text("inbox." + WAITING))
    elif disposition:
        statement = statement.where(InboxRow.disposition == disposition)
    if case_id is not None:
        statement = statement.where(InboxRow.case_id == case_id)
    if ids is not None:
        statement = statement.where(col(InboxRow.id).in_(ids))
    return [(row, message) for row, message in session.exec(statement)]


def letters(
    session: Session, *, state: str | None = None, case_id: int | None = None, limit: int = 50
) -> list[OutboxRow]:
    """Letters, newest first; `state="waiting"` means all that have not ended."""
    statement = select(OutboxRow).order_by(col(OutboxRow.id).desc()).limit(limit)
    if state == "waiting":
        statement = statement.where(text(UNSETTLED))
    elif state:
        statement = statement.where(OutboxRow.state == state)
    if case_id is not None:
        statement = statement.where(OutboxRow.case_id == case_id)
    return list(session.exec(statement))


def references_of(session: Session, case_ids: Iterable[int | None]) -> dict[int, str]:
    """The references of cases by their ids."""
    wanted = sorted({id for id in case_ids if id is not None})
    statement = select(CaseRow.id, CaseRow.reference).where(col(CaseRow.id).in_(wanted))
    return {id: reference for id, reference in session.exec(statement) if id is not None}


def letter(session: Session, id: int) -> OutboxRow | None:
    return session.get(OutboxRow, id)


def journaled_uids(session: Session, mailbox: str, folder: str, uidvalidity: int) -> dict[int, bool]:
    """Every UID that is journaled from a folder, and whether we have moved it away since."""
    statement = select(InboxRow.uid, col(InboxRow.filed_at).is_not(None)).where(
        InboxRow.mailbox == mailbox, InboxRow.folder == folder, InboxRow.uidvalidity == uidvalidity
    )
    return {uid: bool(filed) for uid, filed in session.exec(statement)}
