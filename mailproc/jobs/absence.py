"""Is an agent away? What her mailbox answers by itself, proved like any mail of hers.

A mark on somebody moves her letters to others, so a forger must not be able to make it: `From` registered,
its domain proved by our own mail host, and something signed in the answer that only a letter to her carried.
That may be its return path here: programs that answer for somebody write there (RFC 5230 section 4).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlmodel import Session

from mailproc.cases.case import HistoryEntry
from mailproc.cases.events import AutoReplyReceived
from mailproc.desk import Desk
from mailproc.inbound.absence import absence
from mailproc.inbound.identity import SHARED_DOMAINS, Identity, Level
from mailproc.inbound.matching import clues
from mailproc.inbound.reply_text import new_words
from mailproc.jobs import asking_together, colleagues
from mailproc.jobs.following import decided
from mailproc.jobs.speaking import who_speaks
from mailproc.mail import Message
from mailproc.store import absences, casebook, relays
from mailproc.store.escalations import Ended
from mailproc.store.relays import StoredRelay

UNSAID = timedelta(days=1)  # how long somebody is away whose mailbox names no day (our choice)
_EXCERPT = 500  # characters of the answer in the history


def absence_of_agent(
    desk: Desk, session: Session, message: Message, *, inbox_id: int, now: datetime
) -> int | None:
    """Take an automatic answer of an agent's mailbox into the history of its case, whose number is returned.

    None when it answers no letter to an agent about a case. Who says to be away is marked as such only with
    full proof; then the others are told about the case whose letter waits unread.
    """
    identity, relay = who_speaks(desk, session, message, now)
    answered = relay or _by_return_path(desk, session, message)
    if answered is not None and answered.letter == asking_together.LETTER:
        _away_for_many(desk, session, message, identity, relay, answered, inbox_id=inbox_id, now=now)
    if answered is None or answered.case_id is None:
        return None
    case = casebook.load(session, answered.case_id)
    sender = message.author.email if message.author else "an unknown sender"
    event = AutoReplyReceived(sender=sender, rule=f"agents_mailbox, {identity.rule}")
    history = decided(desk, case, event, now).history
    casebook.write_history(session, answered.case_id, history, inbox_id=inbox_id)
    if not _is_proved(identity, relay, answered, message, now):
        return answered.case_id
    until = _until(desk, session, message, answered.agent, now)
    if until is None:
        return answered.case_id
    absences.mark(session, answered.agent, since=now, until=until, inbox_id=inbox_id)
    what = f"{answered.agent} is away until {until.astimezone(desk.config.desk.zone):%Y-%m-%d %H:%M}"
    entry = HistoryEntry(at=now, who="desk", what=what, text=message.text[:_EXCERPT])
    casebook.write_history(session, answered.case_id, [entry], inbox_id=inbox_id)
    colleagues.pass_on(desk, session, answered.outbox_id, colleagues.AWAY, now)
    return answered.case_id


def _away_for_many(
    desk: Desk,
    session: Session,
    message: Message,
    identity: Identity,
    relay: StoredRelay | None,
    answered: StoredRelay,
    *,
    inbox_id: int,
    now: datetime,
) -> None:
    """Ask others about the cases of one letter whose reader is away."""
    if not _is_proved(identity, relay, answered, message, now):
        return
    until = _until(desk, session, message, answered.agent, now)
    if until is not None:
        absences.mark(session, answered.agent, since=now, until=until, inbox_id=inbox_id)
        asking_together.missed(desk, session, answered.outbox_id, Ended.AWAY, now)


def _by_return_path(desk: Desk, session: Session, message: Message) -> StoredRelay | None:
    named = clues(message, desk.address)
    ids = [token.id for token in (*named.return_path_tokens, *named.own_message_tokens)]
    found = relays.find(session, ids)
    return next((found[id] for id in ids if id in found), None)


def _is_proved(
    identity: Identity, relay: StoredRelay | None, answered: StoredRelay, message: Message, now: datetime
) -> bool:
    if identity.agent != answered.agent:
        return False
    if relay is not None:
        return identity.level >= Level.AGENT and not identity.needs_confirmation
    domain = message.author.domain if message.author else ""
    return (
        identity.level >= Level.KNOWN
        and identity.rule == "no_token"
        and domain not in SHARED_DOMAINS
        and not answered.revoked
        and now < answered.expires_at
    )


def _until(desk: Desk, session: Session, message: Message, agent: str, now: datetime) -> datetime | None:
    """Return the end of the absence that the answer speaks of; None when it speaks of none."""
    zone = desk.config.desk.zone
    words = new_words(message.text, from_html=message.text_from_html).text or message.text
    said = absence(message.subject, words, now.astimezone(zone).date())
    if said is None:
        return None
    if said.until is not None:
        return datetime.combine(said.until, time.min, zone)
    # An answer that names no day takes nothing back from one that did.
    return max(now + UNSAID, absences.absent(session, now).get(agent, now))
