"""What became of a letter, and who hears of it? The case always; people when it did not arrive for good."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from mailproc.cases.events import Event, LetterFailed, MailBounced
from mailproc.cases.words import in_words
from mailproc.desk import Desk
from mailproc.jobs import asking_together, case_facts, colleagues, hearing, letter_notes, outside, telling
from mailproc.jobs.following import happens
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience
from mailproc.sentences import joined, say
from mailproc.store import absences, casebook, workload
from mailproc.store.escalations import Ended


class Sent(Protocol):
    """What has to be known of a letter, be it a row that is locked or one that was found."""

    @property
    def id(self) -> int | None: ...
    @property
    def case_id(self) -> int | None: ...
    @property
    def letter(self) -> str: ...
    @property
    def is_copy(self) -> bool: ...


def tell_case(
    desk: Desk,
    session: Session,
    letter: Sent,
    event: Event,
    now: datetime,
    *,
    inbox_id: int | None = None,
    silent: bool = False,
) -> None:
    """Let a case know what became of one of its letters, and people when it did not arrive.

    `inbox_id` is the mail that says so, if it was one; about a `silent` one, which is older than the desk,
    nobody is written to.
    """
    outbox_id = letter.id
    assert outbox_id is not None
    missed = _is_missed(event) and not silent
    if letter.case_id is None:
        if missed and letter.letter == asking_together.LETTER:
            asking_together.missed(desk, session, outbox_id, Ended.UNREACHABLE, now)
        return
    match LETTERS[letter.letter].to:
        case Audience.OUTSIDE:
            outside.came_back(desk, session, outbox_id, event, tell=missed, inbox_id=inbox_id, now=now)
        case Audience.AGENT:
            letter_notes.tell_of_agents_letter(
                session, letter.case_id, event, now, outbox_id=outbox_id, inbox_id=inbox_id
            )
            if missed:
                colleagues.pass_on(desk, session, outbox_id, colleagues.UNREACHABLE, now)
        case Audience.CUSTOMER if letter.is_copy:
            letter_notes.tell_of_copy(
                session, letter.case_id, event, now, outbox_id=outbox_id, inbox_id=inbox_id
            )
        case Audience.CUSTOMER:
            case = casebook.load(session, letter.case_id)
            happens(desk, session, letter.case_id, case, event, now, inbox_id=inbox_id, outbox_id=outbox_id)
            if missed:
                _tell_of_failure(
                    desk,
                    session,
                    letter.case_id,
                    letter=letter.letter,
                    subject=case.subject,
                    outbox_id=outbox_id,
                    reason=_reason(event),
                    now=now,
                )


def _tell_of_failure(
    desk: Desk,
    session: Session,
    case_id: int,
    *,
    letter: str,
    subject: str,
    outbox_id: int,
    reason: str,
    now: datetime,
) -> None:
    """Write to the agents that the customer did not get a letter: somebody has to reach her otherwise."""
    case_id, case = casebook.load_where_it_goes_on(session, case_id)
    facts = case_facts.about_case(desk, session, case_id, case, workload.mails_of_case(session, case_id)) | {
        "received_on": case.received_at.astimezone(desk.config.desk.zone),
        "words": joined(": ", (in_words(letter), subject)),
        "attachments": (),
        "reason": reason or say("no reason was given"),
    }
    for agent in hearing.readers(desk, case, absences.absent(session, now)):
        telling.send(
            desk,
            session,
            "undeliverable",
            agent,
            case_id,
            case,
            facts,
            key=f"undeliverable:{outbox_id}:{agent.name}",
            does=telling.NOTE,
            now=now,
        )


def _is_missed(event: Event) -> bool:
    """Whether the letter did not arrive, and will not."""
    return isinstance(event, LetterFailed) or (isinstance(event, MailBounced) and event.permanent)


def _reason(event: Event) -> str:
    match event:
        case LetterFailed():
            return event.reply
        case MailBounced():
            return event.diagnostic
        case _:
            return ""
