"""What may a person do to a received mail? Have it received again, or set it aside; never lose it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from mailproc.errors import NotAllowed
from mailproc.store.receiving import Disposition
from mailproc.store.tables import InboxRow

# Mails that the rules may have taken for something else than they are. They are received again only when
# a person says what they are: the rules would say the same again.
_MISJUDGED = (Disposition.AUTO_REPLY, Disposition.BOUNCED, Disposition.HELD)


def quarantined(session: Session) -> list[int]:
    """Return the numbers of all mails in quarantine, oldest first."""
    statement = select(InboxRow.id).where(InboxRow.disposition == Disposition.QUARANTINED)
    return [id for id in session.exec(statement.order_by(col(InboxRow.id))) if id is not None]


def receive_again(
    session: Session, id: int, now: datetime, *, taken_as: str | None = None, confirmed_by: str | None = None
) -> InboxRow:
    """Let a mail wait to be received, as if nobody had tried; raises NotAllowed when it has its place.

    A quarantined mail keeps its skeleton case, which then gets what was missing. `taken_as` is the kind a
    person gives it, over what the rules say; `confirmed_by` the agent who says that it is hers.
    """
    row = _lock(session, id)
    quarantined = row.disposition == Disposition.QUARANTINED
    misjudged = (taken_as or confirmed_by) is not None and row.disposition in _MISJUDGED
    if not (row.state == "waiting" or quarantined or misjudged or row.disposition == Disposition.IGNORED):
        remedy = "; say what it is with --as" if row.disposition in _MISJUDGED else ""
        raise NotAllowed(f"mail {id}: was {row.disposition}, it is not received again{remedy}")
    if row.state != "waiting" and not quarantined:
        # The case of an automatic answer or a bounce is somebody's real one: this mail finds its own.
        row.case_id = None
    row.state, row.disposition, row.reason = "waiting", None, None
    row.taken_as = taken_as or row.taken_as
    row.confirmed_by = confirmed_by or row.confirmed_by
    row.attempts = row.postponed = 0
    row.due_at, row.done_at, row.last_error = now, None, None
    row.leased_by = row.leased_until = None
    row.file_to = None  # decided anew; where it was moved to (`filed_at`) stays true
    session.add(row)
    return row


def set_aside(session: Session, id: int, now: datetime, *, reason: str, file_to: str | None) -> InboxRow:
    """Give a mail that waits or could not be read the disposition `ignored`; its bytes are kept.

    Raises NotAllowed when it is part of a case by its words: that case has to be decided, not the mail.
    """
    row = _lock(session, id)
    if row.state != "waiting" and row.disposition not in (Disposition.QUARANTINED, Disposition.IGNORED):
        raise NotAllowed(f"mail {id}: was {row.disposition}, it cannot be dropped any more")
    row.state, row.disposition, row.reason = "done", Disposition.IGNORED, reason
    row.done_at = row.done_at or now
    row.file_to = row.file_to or file_to
    row.leased_by = row.leased_until = None
    session.add(row)
    return row


def _lock(session: Session, id: int) -> InboxRow:
    row = session.exec(select(InboxRow).where(InboxRow.id == id).with_for_update()).first()
    if row is None:
        raise NotAllowed(f"mail {id}: there is no such mail; mailproc inbox list shows those that are")
    return row
