"""What does a history say of a letter that decides nothing: a copy, or one to an agent?"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import HistoryEntry
from mailproc.cases.events import (
    Event,
    LetterAccepted,
    LetterCancelled,
    LetterDeferred,
    LetterFailed,
    LetterUncertain,
    MailBounced,
)
from mailproc.store import casebook

_Fate = LetterAccepted | LetterFailed | LetterDeferred | LetterUncertain | LetterCancelled | MailBounced


def tell_of_agents_letter(
    session: Session,
    case_id: int,
    event: Event,
    now: datetime,
    *,
    outbox_id: int,
    inbox_id: int | None = None,
) -> None:
    """Write down what went wrong with a letter to an agent; the customer and his clocks are not concerned."""
    match event:
        case LetterFailed():
            what, text = "could not be sent", event.reply
        case MailBounced():
            what, text = "came back", event.diagnostic
        case _:
            return
    entry = _entry(event, now, f"{event.letter} to an agent {what}", text)
    casebook.write_history(session, case_id, [entry], inbox_id=inbox_id, outbox_id=outbox_id)


def tell_of_copy(
    session: Session,
    case_id: int,
    event: Event,
    now: datetime,
    *,
    outbox_id: int,
    inbox_id: int | None = None,
) -> None:
    """Write down what became of a copy; neither the customer nor his clocks hang on it."""
    match event:
        case LetterAccepted():
            what, text = "accepted", event.reply
        case LetterFailed():
            what, text = "could not be sent", event.reply
        case LetterDeferred():
            what, text = "deferred, will be tried again", event.reply
        case LetterUncertain():
            what, text = "may have been sent twice or not at all", ""
        case LetterCancelled():
            what, text = "cancelled, it was not sent", ""
        case MailBounced():
            what, text = "came back" if event.permanent else "delayed on its way", event.diagnostic
        case _:
            return
    entry = _entry(event, now, f"copy of {event.letter} {what}", text)
    casebook.write_history(session, case_id, [entry], inbox_id=inbox_id, outbox_id=outbox_id)


def _entry(event: _Fate, now: datetime, what: str, text: str) -> HistoryEntry:
    who = event.who if isinstance(event, LetterCancelled) else "server"
    return HistoryEntry(at=now, who=who, what=what, text=": ".join(filter(None, (event.recipient, text))))
