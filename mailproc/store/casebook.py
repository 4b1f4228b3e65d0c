"""Where do cases and their history live, and how is a case found by a clue?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlmodel import Session

from mailproc.cases.case import (
    Acknowledgement,
    Case,
    Escalation,
    EscalationKind,
    HistoryEntry,
    Level,
    PolicyStamp,
    Priority,
    Proposal,
    Question,
    Status,
)
from mailproc.errors import DatabaseError
from mailproc.mail import Message, address_key
from mailproc.store import clockwork, escalations
from mailproc.store.database import run, run_insert
from mailproc.store.receiving import Disposition
from mailproc.store.tables import CaseRow, HistoryRow, InboxRow, MessageRow, OutboxRow, ParticipantRow, table

# What is asked and written for every mail, as `run` wants it.
_cases, _participants = table(CaseRow), table(ParticipantRow)
_inbox, _outbox, _messages = table(InboxRow), table(OutboxRow), table(MessageRow)
_ADD = insert(_cases)
# With the participants in the same row, one to a line: no address has a line break.
_joined_participants = (
    select(func.aggregate_strings(_participants.c.address_key, "\n"))
    .where(_participants.c.case_id == _cases.c.id)
    .scalar_subquery()
    .label("participants")
)
_WHOLE = select(_cases, _joined_participants)
_LOAD = _WHOLE.where(_cases.c.id == bindparam("this")).with_for_update(of=_cases)
_FIND = _WHOLE.where(_cases.c.reference == bindparam("reference"))
_SAVE = update(_cases).where(_cases.c.id == bindparam("this"))  # the columns that are given
_WRITE_HISTORY = insert(table(HistoryRow))
_ADD_PARTICIPANTS = insert(_participants)
_REMOVE_PARTICIPANTS = delete(_participants).where(
    _participants.c.case_id == bindparam("this"),
    _participants.c.address_key.in_(bindparam("keys", expanding=True)),
)
_PARTICIPANTS = select(_participants.c.case_id, _participants.c.address_key).where(
    _participants.c.case_id.in_(bindparam("ids", expanding=True))
)
_place = (_cases.c.id, _cases.c.reference, _cases.c.merged_into, _cases.c.split_from)
_BY_OUTGOING = (
    select(_outbox.c.public_id, *_place)
    .join_from(_outbox, _cases, _cases.c.id == _outbox.c.case_id)
    .where(_outbox.c.public_id.in_(bindparam("clues", expanding=True)))
)
_BY_INCOMING = (
    select(_inbox.c.message_id, *_place)
    .join_from(_inbox, _cases, _cases.c.id == _inbox.c.case_id)
    .where(_inbox.c.message_id.in_(bindparam("clues", expanding=True)))
)
_BY_REFERENCE = select(_cases.c.reference.label("clue"), *_place).where(
    _cases.c.reference.in_(bindparam("clues", expanding=True))
)
_NEXT = select(_cases.c.id, _cases.c.reference, _cases.c.merged_into).where(
    _cases.c.reference == bindparam("reference")
)


# The mails of the customer himself: a stranger who holds one of our letters can join the case too, but an
# answer to the customer must not name his mail, nor may his proof stand for the customer.
_THEIRS = (
    _inbox.c.case_id == bindparam("this"),
    _inbox.c.disposition.in_([Disposition.OPENED.value, Disposition.JOINED.value]),
    _cases.c.id == _inbox.c.case_id,
)
_OWN = _messages.c.from_key == _cases.c.customer_key
_LAST_MAIL = (
    select(_messages.c.message_id, _messages.c.subject, _messages.c.kind)
    .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
    .where(*_THEIRS, _OWN | (_messages.c.kind == "agent"))
    .order_by(_inbox.c.id.desc())
    .limit(1)
)
_PROVED = (
    select(_messages.c.authenticated)
    .join_from(_inbox, _messages, _messages.c.inbox_id == _inbox.c.id)
    .where(*_THEIRS, _OWN)
    .order_by(_inbox.c.id.desc())
    .limit(1)
)
_SENDER = select(_messages.c.from_email).where(_messages.c.inbox_id == bindparam("this"))
_WORDS = select(_messages.c.text).where(_messages.c.inbox_id == bindparam("this"))


@dataclass(frozen=True, kw_only=True)
class Found:
    """A case that a clue points at; `clue` is the value that found it.

    When that case was merged, this is the one in which it goes on, with the participants of that one alone:
    who took part in the other was not let in here. `split`: the clue is of a case that was split off.
    """

    clue: str
    case_id: int
    reference: str
    participants: frozenset[str]
    split: bool = False


def add(session: Session, case: Case, now: datetime) -> int:
    """Store a new case and return its id."""
    values = {"reference": case.reference, "changed_at": now} | _columns(case)
    case_id = run_insert(session, _ADD, values)
    _add_participants(session, case_id, case.participants)
    return case_id


def load(session: Session, case_id: int) -> Case:
    """Return a case, locked to the end of the transaction: the events of one case are serialised."""
    return _case(run(session, _LOAD, {"this": case_id}).one())


def load_where_it_goes_on(session: Session, case_id: int) -> tuple[int, Case]:
    """Return a case, or the one in which it goes on since it was merged, locked like `load`."""
    case = load(session, case_id)
    while case.merged_into:
        case_id, _ = goes_on_in(session, case.merged_into)
        case = load(session, case_id)
    return case_id, case


def goes_on_in(session: Session, reference: str) -> tuple[int, str]:
    """Return id and reference of the case in which a case goes on: itself when it was not merged."""
    passed: list[str] = []
    while reference not in passed:
        passed.append(reference)
        row = run(session, _NEXT, {"reference": reference}).one()
        if row.merged_into is None:
            return row.id, row.reference
        reference = row.merged_into
    raise DatabaseError(f"cases: {' and '.join(passed)} are each merged into the next; restore a backup")


def way_of(session: Session, reference: str) -> list[int]:
    """Return the ids of a case and of those in which it went on, as it was merged, in this order."""
    ids: list[int] = []
    following: str | None = reference
    while following is not None:
        row = run(session, _NEXT, {"reference": following}).one()
        if row.id in ids:
            break  # what was damaged so is said where the case is loaded
        ids.append(row.id)
        following = row.merged_into
    return ids


def find(session: Session, reference: str) -> tuple[int, Case] | None:
    """Return the id of a case and the case, unlocked, by its reference."""
    row = run(session, _FIND, {"reference": reference}).first()
    return None if row is None else (row.id, _case(row))


def save(session: Session, case_id: int, before: Case, after: Case, now: datetime) -> None:
    """Write a case as it stands now."""
    if after == before:
        return
    old = _columns(before)
    changed = {name: value for name, value in _columns(after).items() if value != old[name]}
    run(session, _SAVE, changed | {"this": case_id, "changed_at": now})
    escalations.follow(session, case_id, before, after, now)
    _add_participants(session, case_id, after.participants - before.participants)
    if gone := before.participants - after.participants:
        run(session, _REMOVE_PARTICIPANTS, {"this": case_id, "keys": sorted(gone)})


def write_history(
    session: Session,
    case_id: int,
    entries: Iterable[HistoryEntry],
    *,
    inbox_id: int | None = None,
    outbox_id: int | None = None,
) -> None:
    """Append to a case's history, naming the mail each entry came from or led to."""
    rows = [
        {
            "case_id": case_id,
            "at": entry.at,
            "who": entry.who,
            "what": entry.what,
            "text": entry.text,
            "rule": entry.rule,
            "inbox_id": inbox_id,
            "outbox_id": outbox_id,
        }
        for entry in entries
    ]
    if rows:
        run(session, _WRITE_HISTORY, rows)


def find_by_outgoing(session: Session, public_ids: Sequence[str]) -> list[Found]:
    """Find the cases that mails of ours belong to."""
    return _found(session, _BY_OUTGOING, public_ids)


def find_by_incoming(session: Session, message_ids: Sequence[str]) -> list[Found]:
    """Find the cases that received mails with these Message-IDs belong to."""
    return _found(session, _BY_INCOMING, message_ids)


def find_by_reference(session: Session, references: Sequence[str]) -> list[Found]:
    """Find cases by their references."""
    return _found(session, _BY_REFERENCE, references)


def participants_of(session: Session, case_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {case_id: set() for case_id in case_ids}
    for case_id, key in run(session, _PARTICIPANTS, {"ids": list(case_ids)}).all():
        found[case_id].add(key)
    return {case_id: frozenset(keys) for case_id, keys in found.items()}


def last_mail(session: Session, case_id: int) -> Message | None:
    """Return the customer's newest mail, as far as an answer to it needs it: its id and subject."""
    row = run(session, _LAST_MAIL, {"this": case_id}).first()
    if row is None:
        return None
    # A mail in which an agent brought the complaint in is not the customer's to be answered.
    message_id = None if row.kind == "agent" else row.message_id
    return Message(raw_sha256="", content_key="", size=0, message_id=message_id, subject=row.subject)


def is_sender_proved(session: Session, case_id: int) -> bool:
    """Whether our mail host proved the sender of the customer's newest mail."""
    return bool(run(session, _PROVED, {"this": case_id}).scalar())


def words_of_mail(session: Session, inbox_id: int) -> str | None:
    """Return the text that was read from a received mail."""
    words: str | None = run(session, _WORDS, {"this": inbox_id}).scalar()
    return words


def sender_of_mail(session: Session, inbox_id: int) -> str | None:
    """Return the address that a received mail says it is from."""
    sender: str | None = run(session, _SENDER, {"this": inbox_id}).scalar()
    return sender


def _found(session: Session, statement: Select[Any], clues: Sequence[str]) -> list[Found]:
    rows = run(session, statement, {"clues": list(clues)}).all() if clues else []
    if not rows:
        return []
    placed = [
        (clue, *(goes_on_in(session, merged_into) if merged_into else (case_id, reference)), split_from)
        for clue, case_id, reference, merged_into, split_from in rows
    ]
    placed.sort(key=lambda found: clues.index(found[0]))  # the database has no order of its own
    participants = participants_of(session, sorted({case_id for _, case_id, _, _ in placed}))
    return [
        Found(
            clue=clue,
            case_id=case_id,
            reference=reference,
            participants=participants[case_id],
            split=split_from is not None,
        )
        for clue, case_id, reference, split_from in placed
    ]


def _add_participants(session: Session, case_id: int, keys: Iterable[str]) -> None:
    rows = [{"case_id": case_id, "address_key": key} for key in sorted(keys)]
    if rows:
        run(session, _ADD_PARTICIPANTS, rows)


def _columns(case: Case) -> dict[str, Any]:
    return {
        "status": str(case.status),
        "customer_email": case.customer_email,
        "customer_key": address_key(case.customer_email),
        "customer_name": case.customer_name,
        "subject": case.subject,
        "language": case.language,
        "mailbox": case.mailbox,
        "policy_id": case.policy.id,
        "policy_version": case.policy.version,
        "policy_digest": case.policy.digest,
        "received_at": case.received_at,
        "opened_at": case.opened_at,
        **clockwork.columns(case),
        "next_deadline_at": case.next_deadline_at,
        "acknowledgement": str(case.acknowledgement),
        "unreachable": case.unreachable,
        "owner": case.owner,
        "team": case.team,
        "category": case.category,
        "priority": str(case.priority),
        "waiting_until": case.waiting_until,
        "urgency": case.urgency and str(case.urgency),
        "impact": case.impact and str(case.impact),
        "extension": case.extension,
        "tier": case.tier,
        "escalated_to": case.escalated_to,
        "escalation": _in_json(case.escalation) if case.escalation else None,
        "escalated_for": list(case.escalated_for),
        "hand_offs": case.hand_offs,
        "questions": [_in_json(question) for question in case.questions],
        "unanswered": [at.isoformat() for at in case.unanswered],
        "cause": case.cause,
        "remedy": case.remedy,
        "amount": case.amount,
        "proposal": asdict(case.proposal) if case.proposal else None,
        "draft": case.draft,
        "outcome": case.outcome,
        "resolved_at": case.resolved_at,
        "closed_at": case.closed_at,
        "previous": case.previous,
        "copied": list(case.copied),
        "decided_by": case.decided_by,
        "barred": case.barred,
        "warns": case.warns,
        "warned_until": case.warned_until,
        "next_warning_at": case.next_warning_at,
        "merged_into": case.merged_into,
        "split_from": case.split_from,
        "spam": case.spam,
    }


def _in_json(part: Escalation | Question) -> dict[str, Any]:
    written = asdict(part)
    moments = {name: value.isoformat() for name, value in written.items() if isinstance(value, datetime)}
    return written | moments


def _escalation(written: dict[str, Any]) -> Escalation:
    answer_by = written["answer_by"]
    return Escalation(
        kind=EscalationKind(written["kind"]),
        who=written["who"],
        to=tuple(written["to"]),
        asked_at=datetime.fromisoformat(written["asked_at"]),
        answer_by=datetime.fromisoformat(answer_by) if answer_by else None,
        tier=written["tier"],
        rules=tuple(written["rules"]),
        words=written["words"],
        how=written["how"],
        asked_before=tuple(written["asked_before"]),
    )


def _question(written: dict[str, Any]) -> Question:
    answer_by = written["answer_by"]
    moments = {
        "asked_at": datetime.fromisoformat(written["asked_at"]),
        "answer_by": datetime.fromisoformat(answer_by) if answer_by else None,
    }
    return Question(**(written | moments))


def _case(row: Any) -> Case:
    return Case(
        reference=row.reference,
        status=Status(row.status),
        customer_email=row.customer_email,
        customer_name=row.customer_name,
        participants=frozenset(row.participants.split("\n") if row.participants else ()),
        subject=row.subject,
        language=row.language,
        mailbox=row.mailbox,
        policy=PolicyStamp(id=row.policy_id, version=row.policy_version, digest=row.policy_digest),
        received_at=row.received_at,
        opened_at=row.opened_at,
        happened=clockwork.happened(row.happened),
        limits=clockwork.limits(row.limits),
        clocks=clockwork.clocks(row.clocks),
        acknowledgement=Acknowledgement(row.acknowledgement),
        unreachable=row.unreachable,
        owner=row.owner,
        team=row.team,
        category=row.category,
        priority=Priority(row.priority),
        waiting_until=row.waiting_until,
        urgency=Level(row.urgency) if row.urgency else None,
        impact=Level(row.impact) if row.impact else None,
        extension=row.extension,
        tier=row.tier,
        escalation=_escalation(row.escalation) if row.escalation else None,
        escalated_for=tuple(row.escalated_for),
        hand_offs=row.hand_offs,
        questions=tuple(_question(each) for each in row.questions),
        unanswered=tuple(datetime.fromisoformat(at) for at in row.unanswered),
        cause=row.cause,
        remedy=row.remedy,
        amount=row.amount,
        proposal=Proposal(**row.proposal) if row.proposal else None,
        draft=row.draft,
        outcome=row.outcome,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        previous=row.previous,
        copied=tuple(row.copied),
        decided_by=row.decided_by,
        barred=row.barred,
        warns=row.warns,
        warned_until=row.warned_until,
        merged_into=row.merged_into,
        split_from=row.split_from,
        spam=row.spam,
    )
