"""What has happened to the cases of the desk, as policies count it? Read in batches, the oldest first.

What was taken in silently is read by `mailproc.store.earlier`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session

from mailproc.cases.replay import Past
from mailproc.store import clockwork
from mailproc.store.database import run
from mailproc.store.tables import CaseRow, table

BATCH = 1000

_cases = table(CaseRow)
# Without what was no complaint, or is told by the case in which it goes on.
_NEXT = (
    select(
        _cases.c.id,
        _cases.c.reference,
        _cases.c.received_at,
        _cases.c.closed_at,
        _cases.c.happened,
    )
    .where(
        _cases.c.id > bindparam("after"),
        _cases.c.received_at >= bindparam("start"),
        _cases.c.received_at < bindparam("end"),
        _cases.c.warns.is_(True),
        _cases.c.spam.is_(False),
        _cases.c.merged_into.is_(None),
    )
    .order_by(_cases.c.id)
    .limit(BATCH)
)


def pasts(session: Session, start: datetime, end: datetime, now: datetime) -> Iterator[Past]:
    """Yield every complaint that was received in a time, without what was taken in silently."""
    after = 0
    while rows := run(session, _NEXT, {"after": after, "start": start, "end": end}).all():
        after = rows[-1].id
        for row in rows:
            yield Past(
                reference=row.reference,
                received_at=row.received_at,
                happened=clockwork.happened(row.happened),
                until=row.closed_at or now,
            )
