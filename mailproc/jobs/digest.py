"""Whose morning is it? Every supervisor gets a digest of the desk, once for each slot of the timetable.

What it says is gathered before its transaction, which then takes the slot and queues the letter: so neither a
second daemon nor a kill makes two of one morning, and nobody waits while the desk is looked at.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog

from mailproc.desk import Desk
from mailproc.jobs import telling
from mailproc.jobs.alone import attempt
from mailproc.jobs.digest_state import state_of_desk, zone_of
from mailproc.people import Supervisor
from mailproc.slots import latest_slot
from mailproc.store import digests

log = structlog.get_logger(__name__)

LETTER = "digest"
LATEST = timedelta(hours=12)  # a digest that is longer overdue is of yesterday and is not made any more


def send_due(desk: Desk) -> int:
    """Send the digests that are due now. Return how many letters were queued."""
    sent = 0
    for person in desk.people.supervisors:
        if desk.stopping.is_set():
            break
        slot = due_slot(desk, person, desk.clock())
        if slot is None:
            continue
        work = partial(_send, desk, person, slot)
        sent += bool(attempt(desk, "digest failed", work, supervisor=person.name))
    return sent


def due_slot(desk: Desk, person: Supervisor, now: datetime) -> datetime | None:
    """Return the slot that has come for a supervisor, on a day on which the desk's calendar works."""
    zone = zone_of(desk.config, person)
    slot = latest_slot(desk.config.digest.at, zone, now, within=LATEST)
    calendar = desk.policy.calendar
    if slot is None or (calendar is not None and not calendar.is_open(slot.astimezone(zone).date())):
        return None
    return slot


def _send(desk: Desk, person: Supervisor, slot: datetime) -> bool:
    with desk.database.reading() as session:
        if digests.is_made(session, person.name, slot):
            return False
        state = state_of_desk(
            session,
            person,
            zone_of(desk.config, person),
            desk.clock(),
            lines=desk.config.digest.lines,
            hand_offs=desk.policy.escalation.hand_offs,
        )
    with desk.database.transaction() as session:
        now = desk.clock()
        if not digests.claim(session, person.name, slot, now):
            return False
        if state.is_empty and desk.config.digest.skip_empty:
            digests.note(session, person.name, slot, left_out="nothing needs anybody")
            return False
        agent = desk.people.agent(person.name)
        assert agent is not None, "a supervisor is among the people"
        letter = telling.send_about_many(
            desk,
            session,
            LETTER,
            agent,
            state.facts,
            key=f"{LETTER}:{person.name}:{slot:%Y%m%dT%H%MZ}",
            now=now,
            enclosures=(state.file,) if state.file is not None else (),
        )
        digests.note(
            session,
            person.name,
            slot,
            outbox_id=letter,
            left_out="" if letter else "the letter cannot be made; the log says why",
        )
        if letter is not None:
            digests.remember(session, letter, state.numbers)
    log.info("digest", supervisor=person.name, slot=slot.isoformat(), letter=letter)
    return letter is not None
