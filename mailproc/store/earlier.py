"""What do mails that were taken in silently say of the complaints of the time before mailproc?

One small row for each, written when the mail is received, read by simulations alone. Which mail answers which
is found out when they are read: so it does not matter which folder of the old desk was imported first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, bindparam, select
from sqlmodel import Session

from mailproc.cases.calendars import Span
from mailproc.cases.earlier import Complaint, ThreadMail, Told, tell
from mailproc.cases.replay import Past
from mailproc.store import clockwork
from mailproc.store.database import dialect, in_both_dialects, run
from mailproc.store.tables import CaseRow, EarlierMailRow, InboxRow, table

BATCH = 1000

_earlier, _inbox, _cases = table(EarlierMailRow), table(InboxRow), table(CaseRow)
# A mail that is received again after a repair, or that is declared as sent later, replaces what was read.
_KEEP = in_both_dialects(
    lambda insert: (reading := insert(_earlier)).on_conflict_do_update(
        index_elements=["inbox_id"],
        set_={column.name: reading.excluded[column.name] for column in _earlier.c},
    )
)
_MAILS = (
    select(
        *(_inbox.c.id, _inbox.c.received_at, _inbox.c.case_id, _inbox.c.message_id),
        *(_earlier.c.by_desk, _earlier.c.by_machine, _earlier.c.named, _earlier.c.addresses),
    )
    .join_from(_earlier, _inbox, _inbox.c.id == _earlier.c.inbox_id)
    .where(_inbox.c.id > bindparam("after"))
    .order_by(_inbox.c.id)
    .limit(BATCH)
)
_SILENT = (
    select(
        *(_cases.c.id, _cases.c.reference, _cases.c.received_at, _cases.c.closed_at),
        *(_cases.c.happened, _cases.c.spam, _cases.c.merged_into),
    )
    .where(_cases.c.id > bindparam("after"), _cases.c.warns.is_(False))
    .order_by(_cases.c.id)
    .limit(BATCH)
)


@dataclass(frozen=True, kw_only=True)
class EarlierPast:
    """A complaint that was taken in silently, as far as is known what was done about it."""

    past: Past
    answered: bool
    customer_wrote_last: bool


@dataclass(frozen=True, kw_only=True)
class EarlierHistory:
    """What was taken in silently, and how much of it could be read."""

    complaints: tuple[EarlierPast, ...]
    told: Told


def keep(
    session: Session,
    inbox_id: int,
    *,
    by_desk: bool,
    by_machine: bool,
    named: Sequence[str],
    addresses: Sequence[str],
) -> None:
    """Keep what a mail says of its thread."""
    said = {"by_desk": by_desk, "by_machine": by_machine, "named": list(named), "addresses": list(addresses)}
    run(session, _KEEP[dialect(session)], {"inbox_id": inbox_id} | said)


def history(
    session: Session, start: datetime, end: datetime, now: datetime, *, reopen_within: Span, zone: ZoneInfo
) -> EarlierHistory:
    """Return the complaints that were taken in silently and had reached the old desk from `start` to `end`.

    What was imported ends with its newest mail: nothing is said to be owed after that. Spam is left out, and
    so is what goes on in a case of mailproc's own.
    """
    cases = {row.id: row for row in _batches(session, _SILENT)}
    told = tell(
        _mails(session, _goes_on_in(cases)),
        reopen_within=reopen_within,
        zone=zone,
        going_on={row.id for row in cases.values() if row.happened},
    )
    until = min(told.ends_at or now, now)
    newest = {complaint.case_id: complaint for complaint in told.complaints}
    found = []
    for complaint in (*told.complaints, *_untold(cases, told)):
        row = cases.get(complaint.case_id)
        counts = row is not None and not row.spam and row.merged_into is None
        if row is not None and counts and start <= complaint.received_at < end:
            # What was done in mailproc was done about the newest complaint of the case.
            in_mailproc = newest.get(row.id, complaint) is complaint and bool(row.happened)
            found.append(_past(row, complaint, in_mailproc, now if in_mailproc else until))
    return EarlierHistory(complaints=tuple(found), told=told)


def _untold(cases: Mapping[int, Any], told: Told) -> Iterator[Complaint]:
    """Yield the cases of which no mail tells, such as one that an agent has made of a mail since."""
    for row in cases.values():
        if row.id not in told.cases:
            yield Complaint(case_id=row.id, received_at=row.received_at)


def _past(row: Any, complaint: Complaint, in_mailproc: bool, until: datetime) -> EarlierPast:
    happened = complaint.happened + (clockwork.happened(row.happened) if in_mailproc else ())
    return EarlierPast(
        past=Past(
            reference=row.reference,
            received_at=complaint.received_at,
            happened=happened,
            until=row.closed_at or until if in_mailproc else until,
        ),
        answered=bool(happened),
        customer_wrote_last=complaint.customer_wrote_last and not in_mailproc,
    )


def _mails(session: Session, goes_on_in: Mapping[int, int]) -> list[ThreadMail]:
    """Return every mail, each with the nearest one that it names and that is here."""
    by_message_id: dict[str, int] = {}
    named: dict[int, list[str]] = {}
    mails: list[ThreadMail] = []
    for row in _batches(session, _MAILS):
        if row.message_id:
            by_message_id.setdefault(row.message_id, row.id)
        named[row.id] = row.named
        mails.append(
            ThreadMail(
                id=row.id,
                at=row.received_at,
                case_id=goes_on_in.get(row.case_id, row.case_id),
                by_desk=row.by_desk,
                by_machine=row.by_machine,
                addresses=frozenset(row.addresses),
            )
        )
    return [replace(mail, parent=_parent(mail.id, named[mail.id], by_message_id)) for mail in mails]


def _parent(id: int, named: Sequence[str], by_message_id: Mapping[str, int]) -> int | None:
    known = (by_message_id[each] for each in named if each in by_message_id)
    return next((each for each in known if each != id), None)


def _goes_on_in(cases: Mapping[int, Any]) -> dict[int, int]:
    """Return in which case each one goes on, as far as that was taken in silently too."""
    ids = {row.reference: row.id for row in cases.values()}
    found: dict[int, int] = {}
    for id in cases:
        last, passed = id, {id}
        while (following := ids.get(cases[last].merged_into)) is not None and following not in passed:
            last = following
            passed.add(following)
        found[id] = last
    return found


def _batches(session: Session, statement: Executable) -> Iterator[Any]:
    after = 0
    while rows := run(session, statement, {"after": after}).all():
        after = rows[-1].id
        yield from rows
