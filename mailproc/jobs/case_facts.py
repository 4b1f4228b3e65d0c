"""What does every letter to an agent say of its case: how it stands, and what happened before?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.cases.rating import severity
from mailproc.cases.words import text_again, what_again
from mailproc.desk import Desk
from mailproc.jobs.stages import stage_of
from mailproc.jobs.written import read_then
from mailproc.mail import address_key
from mailproc.sentences import joined
from mailproc.store import casebook, customer_mails, relays
from mailproc.store.tables import HistoryRow

EXCHANGES = 5  # what happened before, as a letter shows it
COMMANDS = ("#note", "#take", "#assign", "#wait 3d", "#resolve upheld cause=… remedy=…", "#help")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One thing that happened before."""

    at: datetime
    who: str
    what: str
    text: str


def about_case(
    desk: Desk, session: Session, case_id: int, case: Case, contacts: int, *, besides: Collection[int] = ()
) -> dict[str, Any]:
    """What every letter about a case says of it; `besides` are the mails that the letter itself shows."""
    before = relays.history(session, case_id, EXCHANGES, besides=besides)
    decide_by = case.decide_by
    policy = desk.policy_of(case)
    return {
        "authenticated": casebook.is_sender_proved(session, case_id),
        "status": case.status.value,
        "category": case.category,
        "priority": case.priority.value,
        "severity": severity(case.urgency, case.impact),
        "owner": case.owner,
        "stage": stage_of(desk, case),
        "decide_by": policy.promised_on(decide_by, desk.config.desk.zone) if decide_by else None,
        "contacts": contacts,
        "participants": sorted(case.participants - {address_key(case.customer_email)}),
        "copied": case.copied,
        "exchanges": with_words(desk, session, case, before),
        "commands": COMMANDS,
        "stranger": None,
        "participant": None,
    }


def exchanges(rows: Iterable[HistoryRow], said: Mapping[int, str] | None = None) -> tuple[Exchange, ...]:
    """What happened, as a letter shows it; `said` are words of the customer, by the history entry."""
    said = said or {}
    return tuple(
        Exchange(
            at=row.at,
            who=row.who,
            what=what_again(row.what),
            text=joined("\n\n", filter(None, (text_again(row.who, row.text), said.get(row.id or 0)))),
        )
        for row in rows
    )


def with_words(desk: Desk, session: Session, case: Case, rows: Sequence[HistoryRow]) -> tuple[Exchange, ...]:
    """What happened, with what the customer wrote: not every reader was told of each of her mails."""
    return exchanges(rows, said_by_customer(desk, session, case, rows))


def said_by_customer(desk: Desk, session: Session, case: Case, rows: Iterable[HistoryRow]) -> dict[int, str]:
    """Return what the customer wrote in the mails that entries of the history are about."""
    theirs = {row.inbox_id: row.id for row in rows if row.who == "customer" and row.inbox_id and row.id}
    mails = read_then(desk, case, customer_mails.these(session, list(theirs)))
    return {theirs[mail.inbox_id]: mail.words for mail in mails}
