"""Whose mail is this? What it carries is looked up, and the pure rules of `inbound/identity.py` decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.inbound.identity import Identity, Relay, carriers, identify
from mailproc.inbound.trust import authenticated
from mailproc.mail import Message
from mailproc.store import casebook, relays
from mailproc.store.relays import StoredRelay


def who_speaks(
    desk: Desk, session: Session, message: Message, now: datetime
) -> tuple[Identity, StoredRelay | None]:
    """Return whose mail this is, and the letter of ours that its token names."""
    surroundings = desk.surroundings
    found = carriers(message, desk.address)
    # Letters of a case that was merged speak for the one in which it goes on.
    named = {case.clue: case.reference for case in casebook.find_by_reference(session, found.cases)}
    found = replace(found, cases=tuple(named.get(reference, reference) for reference in found.cases))
    stored = relays.find(session, found.public_ids)
    identity = identify(
        message,
        found,
        as_keys(stored),
        registered=desk.people.registered,
        authentication=authenticated(message, surroundings.trusted_authserv_id, surroundings.own_hosts),
        now=now,
        confirm_mode=desk.config.desk.agent_confirm,
    )
    return identity, stored.get(identity.relay.public_id) if identity.relay else None


def as_keys(stored: Mapping[str, StoredRelay]) -> dict[str, Relay]:
    """Return of each letter, by the id in its token, what the rules of identity have to know."""
    return {
        id: Relay(
            public_id=relay.public_id,
            agent=relay.agent,
            case_reference=relay.case_reference,
            expires_at=relay.expires_at,
            revoked=relay.revoked,
            message_id=relay.message_id,
        )
        for id, relay in stored.items()
    }
