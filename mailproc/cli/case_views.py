"""How does a case look, to people and to machines?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailproc.cli import asked_views, show

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailproc.cases.case import Case, Clock
    from mailproc.settings import Config
    from mailproc.store.surveys import Satisfaction
    from mailproc.store.tables import CaseRow, EscalationRow, HistoryRow, InboxRow, MessageRow, OutboxRow

    Mails = Sequence[tuple[InboxRow, MessageRow | None]]


def summary(row: CaseRow | Case) -> dict[str, object]:
    return {
        "case": row.reference,
        "status": row.status,
        "customer": row.customer_email,
        "customer_name": row.customer_name,
        "subject": row.subject,
        "language": row.language,
        "mailbox": row.mailbox,
        "received_at": show.iso(row.received_at),
        "next_deadline_at": show.iso(row.next_deadline_at),
        "acknowledgement": row.acknowledgement,
        "unreachable": row.unreachable,
        "outcome": row.outcome,
        "resolved_at": show.iso(row.resolved_at),
        "closed_at": show.iso(row.closed_at),
        "previous": row.previous,
        "merged_into": row.merged_into,
        "split_from": row.split_from,
        "spam": row.spam,
    }


def whole(
    case: Case,
    history: Sequence[HistoryRow],
    mails: Mails,
    letters: Sequence[OutboxRow],
    satisfaction: Satisfaction,
    asked: Sequence[EscalationRow],
) -> dict[str, object]:
    return {
        **summary(case),
        "opened_at": show.iso(case.opened_at),
        "policy": {"id": case.policy.id, "version": case.policy.version, "digest": case.policy.digest},
        "satisfaction": {
            "asked_at": show.iso(satisfaction.asked_at),
            "not_asked": satisfaction.left_out or None,
            "score": satisfaction.score,
            "opinion": satisfaction.opinion,
            "answered_at": show.iso(satisfaction.answered_at),
        },
        "participants": sorted(case.participants),
        "clocks": [
            {
                "id": clock.id,
                "due_at": show.iso(clock.due_at),
                "satisfied_at": show.iso(clock.satisfied_at),
                "kind": clock.kind,
                "warn_at": [show.iso(at) for at in clock.warn_at],
                "promised_at": show.iso(clock.promised_at),
                "paused_since": show.iso(clock.paused_since),
            }
            for clock in case.clocks
        ],
        "asked": asked_views.document(case, asked),
        "history": [
            {
                "at": show.iso(entry.at),
                "who": entry.who,
                "what": entry.what,
                "text": entry.text,
                "rule": entry.rule,
                "mail": entry.inbox_id,
                "letter": entry.outbox_id,
            }
            for entry in history
        ],
        "mails": [
            {
                "id": row.id,
                "received_at": show.iso(row.received_at),
                "from": message.from_email if message else None,
                "subject": message.subject if message else None,
                "disposition": row.disposition or "waiting",
                "reason": row.reason,
            }
            for row, message in mails
        ],
        "letters": [
            {
                "id": row.id,
                "letter": row.letter,
                "to": row.recipient,
                "state": row.state,
                "queued_at": show.iso(row.queued_at),
                "settled_at": show.iso(row.settled_at),
                "attempts": row.attempts,
                "last_reply": row.last_reply,
            }
            for row in letters
        ],
    }


def _satisfaction(found: Satisfaction, zone: tzinfo) -> str | None:
    """How the customer found it, in one line; None while nobody was to be asked."""
    if found.opinion is not None:
        return f"{found.score} of 5, {found.opinion}" if found.score else str(found.opinion)
    if found.left_out:
        return f"not asked: {found.left_out}"
    return f"asked {show.moment(found.asked_at, zone)}" if found.asked_at else None


def print_case(
    config: Config,
    case: Case,
    history: Sequence[HistoryRow],
    mails: Mails,
    letters: Sequence[OutboxRow],
    satisfaction: Satisfaction,
    asked: Sequence[EscalationRow],
) -> None:
    zone = config.desk.zone
    show.fields(
        {
            "case": case.reference,
            "status": case.status,
            "outcome": case.outcome,
            "waits for approval": case.proposal.outcome if case.proposal else None,
            "customer": f"{case.customer_name} <{case.customer_email}>".strip(),
            "subject": case.subject,
            "language": case.language,
            "received": f"{show.moment(case.received_at, zone)} by {case.mailbox}",
            "acknowledgement": case.acknowledgement,
            "unreachable": "our mail to the customer came back" if case.unreachable else None,
            "resolved": show.moment(case.resolved_at, zone),
            "closed": show.moment(case.closed_at, zone),
            "satisfaction": _satisfaction(satisfaction, zone),
            "continues": case.previous,
            "goes on in": case.merged_into,
            "split off from": case.split_from,
            "spam": "closed as spam" if case.spam else None,
            "policy": f"{case.policy.id} {case.policy.version}",
        }
    )
    show.line()
    show.table(
        ["clock", "due", "satisfied"],
        [
            (c.id, show.moment(c.due_at, zone), show.moment(c.satisfied_at, zone) or _stands(c))
            for c in case.clocks
        ],
        empty="no clocks",
    )
    asked_views.print_asked(case, asked, zone)
    show.line()
    show.table(
        ["when", "who", "what", "text", "rule", "mail", "letter"],
        [(show.moment(e.at, zone), e.who, e.what, e.text, e.rule, e.inbox_id, e.outbox_id) for e in history],
    )
    show.line()
    show.table(
        ["mail", "received", "from", "disposition", "subject"],
        [
            (
                row.id,
                show.moment(row.received_at, zone),
                message.from_email if message else "",
                row.disposition or "waiting",
                message.subject if message else "",
            )
            for row, message in mails
        ],
        empty="no mails",
    )
    show.line()
    show.table(
        ["letter", "kind", "to", "state", "queued", "last reply"],
        [
            (row.id, row.letter, row.recipient, row.state, show.moment(row.queued_at, zone), row.last_reply)
            for row in letters
        ],
        empty="no letters",
    )


def _stands(clock: Clock) -> str:
    if clock.paused_since is not None:
        return "stands still"
    return "owed" if clock.is_owed else "a shorter path, not taken"
