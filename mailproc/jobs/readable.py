"""How does somebody read a whole case who has nothing but this mail? In plain text, in her own language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case, Clock
from mailproc.cases.words import in_words, who_again
from mailproc.desk import Desk
from mailproc.jobs import case_facts
from mailproc.outbound.quoted import one_line
from mailproc.people import Agent
from mailproc.sentences import Sentence, say, translated
from mailproc.store import relays

_ENTRIES = 500  # of the history
_LINE = "=" * 70
_LONGEST = 200  # characters of a fact; our choice: it stands on one line


def language_for(desk: Desk, reader: Agent) -> str:
    """Return the language in which somebody reads: her own where the desk has it, else the desk's first."""
    known = desk.letters.languages
    return next((language for language in reader.languages if language in known), known[0])


def readable(desk: Desk, session: Session, case_id: int, case: Case, language: str) -> str:
    """Return what is known of a case, then everything that happened, the oldest first."""
    catalog = desk.letters.catalog(language)
    lines = [one_line(str(translated(fact, catalog)), _LONGEST) for fact in _facts(desk, case)]
    rows = relays.history(session, case_id, _ENTRIES)[::-1]
    for entry in case_facts.with_words(desk, session, case, rows):
        who, what = (translated(each, catalog) for each in (who_again(entry.who), entry.what))
        lines += ["", _LINE, f"{_moment(desk, entry.at)} {who}: {what}"]
        lines += ["", str(translated(entry.text, catalog))] if entry.text else []
    return "\n".join([*lines, ""])


def _facts(desk: Desk, case: Case) -> Iterator[Sentence]:
    yield say("Case: {reference}", reference=case.reference)
    yield say("Customer: {name}", name=f"{case.customer_name} <{case.customer_email}>".strip())
    yield say("Subject: {subject}", subject=case.subject)
    yield say("Received: {moment}", moment=_moment(desk, case.received_at))
    yield say("Status: {status}", status=in_words(case.status))
    yield say("Owner: {name}", name=case.owner or say("nobody"))
    if case.team:
        yield say("Team: {name}", name=case.team)
    if case.tier:
        yield say("Tier: {tier}", tier=case.tier)
    if case.category:
        yield say("About: {category}", category=case.category)
    if case.previous:
        yield say("Previous case: {reference}", reference=case.previous)
    yield from (_due(desk, clock) for clock in case.clocks)


def _due(desk: Desk, clock: Clock) -> Sentence:
    moment = _moment(desk, clock.due_at)
    if clock.satisfied_at:
        return say("Due: {clock} {moment}, met", clock=clock.id, moment=moment)
    if clock.paused_since:
        return say("Due: {clock} {moment}, stands still", clock=clock.id, moment=moment)
    return say("Due: {clock} {moment}", clock=clock.id, moment=moment)


def _moment(desk: Desk, at: datetime) -> str:
    return f"{at.astimezone(desk.config.desk.zone):%Y-%m-%d %H:%M}"
