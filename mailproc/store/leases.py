"""Who may do what only one may do at a time? Rows with a holder, an expiry and a fencing number.

Time is the database's where several hosts share it. A holder that was silent for too long has lost the
lease, and the fence tells: work committed under an old fence is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, select

from mailproc.store.database import Database, one_at_a_time
from mailproc.store.tables import LeaseRow


@dataclass(frozen=True, slots=True)
class Lease:
    """Proof of holding: name and fence."""

    name: str
    holder: str
    fence: int


class LeaseLost(Exception):
    """Somebody else holds the lease now; the unit of work must not be committed."""


def take(
    database: Database, name: str, holder: str, lasting: timedelta, clock: Callable[[], datetime]
) -> Lease | None:
    """Take or renew a lease; None when somebody else holds it."""
    with database.transaction() as session:
        now = database.now(session, clock)
        one_at_a_time(session, f"lease {name}")
        row = session.exec(select(LeaseRow).where(LeaseRow.name == name).with_for_update()).first()
        if row is None:
            row = LeaseRow(name=name, holder=holder, fence=1, expires_at=now + lasting)
        elif row.holder == holder and row.expires_at > now:
            row.expires_at = now + lasting
        elif row.expires_at <= now:
            row.holder, row.fence, row.expires_at = holder, row.fence + 1, now + lasting
        else:
            return None
        session.add(row)
        return Lease(name, holder, row.fence)


def confirm(session: Session, lease: Lease) -> None:
    """Raise LeaseLost unless the lease is still ours; locks its row to the end of the transaction."""
    row = session.exec(select(LeaseRow).where(LeaseRow.name == lease.name).with_for_update()).first()
    if row is None or (row.holder, row.fence) != (lease.holder, lease.fence):
        raise LeaseLost(lease.name)


def release(database: Database, lease: Lease, clock: Callable[[], datetime]) -> None:
    """Give a lease back, so that the next one need not wait for it to expire."""
    with database.transaction() as session:
        row = session.exec(select(LeaseRow).where(LeaseRow.name == lease.name).with_for_update()).first()
        if row is not None and (row.holder, row.fence) == (lease.holder, lease.fence):
            row.expires_at = database.now(session, clock)
            session.add(row)


def expire_all(session: Session, now: datetime) -> None:
    """Void every lease: for the one daemon of a SQLite database, which knows the others to be dead."""
    session.execute(update(LeaseRow).values(expires_at=now))
