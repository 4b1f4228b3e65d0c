"""How does a letter to an agent become a key to the case?

Each agent gets a letter of her own, because its reply address names her, the case and how much of it she
had seen. Made in the transaction that records what she is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from mailproc.addressing import new_public_id
from mailproc.cases.case import Case, HistoryEntry
from mailproc.desk import Desk
from mailproc.errors import LetterError
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.compose import AutoSubmitted, compose
from mailproc.outbound.kinds import LETTERS
from mailproc.people import Agent
from mailproc.sentences import translated
from mailproc.store import casebook, outbox, relays

log = structlog.get_logger(__name__)

ANSWER, NOTE = "answer", "note"


def send(
    desk: Desk,
    session: Session,
    letter: str,
    agent: Agent,
    case_id: int | None,
    case: Case | None,
    facts: Mapping[str, Any],
    *,
    key: str,
    does: str,
    now: datetime,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    confirms: bool = False,
    stands_for: str | None = None,
    seen: int | None = None,
    about_inbox_id: int | None = None,
    held_inbox_id: int | None = None,
    enclosures: Sequence[Enclosure] = (),
    author: str | None = None,
    due_at: datetime | None = None,
    rewrites: relays.Told | None = None,
    bundle: Sequence[int] = (),
    proposal_inbox_id: int | None = None,
) -> int | None:
    """Queue one letter to one agent and make it a key; None when it is queued already, or cannot be made.

    A letter to an agent that cannot be made, for the sake of her address or a template, is written into the
    history: the mail that it tells of must not suffer from it. `seen` is the last history entry of the case
    that an answer is taken to know, by default the newest; `about_inbox_id` the customer's mail that it
    tells of. Without a case it is about a mail of hers that has none, or about many.
    It leaves at `due_at`, by default at once; `rewrites` is a letter that waits, in whose place it comes.
    `bundle` and `author` as in the relay; `proposal_inbox_id` is the agent's mail with the resolution that an
    answer may approve.
    """
    settings = desk.config.desk
    known = {
        "desk_name": settings.name,
        "desk_address": settings.address,
        "reference": case.reference if case else None,
        "agent_name": agent.name,
        "customer_name": (case.customer_name if case else None) or None,
        "customer_email": (case.customer_email if case else None) or None,
        "subject": (case.subject if case else None) or None,
        "does": does,
        "draft": None,
        **facts,
    }
    tongue = next((tongue for tongue in agent.languages if tongue in desk.letters.languages), None)
    language = desk.letters.language_of(letter, tongue)
    public_id = rewrites.public_id if rewrites else new_public_id()
    address = desk.address
    try:
        catalog = desk.letters.catalog(language)
        names = {name: translated(known[name], catalog) for name in LETTERS[letter].names}
        mail = compose(
            desk.letters.render(letter, language, names),
            desk=address,
            desk_name=settings.name,
            recipient=agent.address,
            public_id=public_id,
            reference=case.reference if case else None,
            now=now,
            zone=settings.zone,
            in_reply_to=in_reply_to,
            references=references,
            automatic=AutoSubmitted.GENERATED,
            sender_name=case.reference if case else None,
            attachments=enclosures,
            answer_to=address.confirm_address(public_id) if confirms else address.agent_address(public_id),
            asks_for_absence=True,
        )
    except LetterError as error:
        log.error("letter to an agent cannot be made", letter=letter, case=case_id)
        what = f"{letter} to {agent.name} cannot be made"
        entry = HistoryEntry(at=now, who="desk", what=what, text=str(error))
        if case_id is not None:
            casebook.write_history(session, case_id, [entry])
        return None
    last_seen = seen if seen is not None else relays.last_entry(session, case_id) if case_id else 0
    if rewrites is not None:
        outbox.rewrite(session, rewrites.outbox_id, mail)
        relays.renew(
            session, rewrites.outbox_id, seen=last_seen, about_inbox_id=about_inbox_id or 0, bundle=bundle
        )
        return rewrites.outbox_id
    id = outbox.queue(
        session, mail, letter=letter, key=key, case_id=case_id, automatic=False, now=now, due_at=due_at
    )
    if id is not None:
        relays.remember(
            session,
            id,
            agent=agent.name,
            case_id=case_id,
            expires_at=now + timedelta(days=settings.agent_token_days),
            seen=last_seen,
            stands_for=stands_for or letter,
            about_inbox_id=about_inbox_id,
            held_inbox_id=held_inbox_id,
            author=author,
            bundle=bundle,
            proposal_inbox_id=proposal_inbox_id,
        )
    return id


def send_about_many(
    desk: Desk,
    session: Session,
    letter: str,
    agent: Agent,
    facts: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
) -> int | None:
    """Queue a letter that is about many cases, or the whole desk: an answer to it reaches no customer."""
    return send(
        desk,
        session,
        letter,
        agent,
        None,
        None,
        facts,
        key=key,
        does=NOTE,
        now=now,
        enclosures=enclosures,
    )
