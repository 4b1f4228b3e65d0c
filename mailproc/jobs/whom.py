"""Who is asked when somebody hands a case up: the next tier, one that is named, a colleague, or a team?

The same for `#escalate` in a mail and for the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.cases import escalations
from mailproc.cases.case import Case, EscalationKind
from mailproc.desk import Desk
from mailproc.errors import NotAllowed
from mailproc.jobs.above import rungs
from mailproc.people import name_key
from mailproc.sentences import Sentence, say

_NAME_THEM = say("Ask whoever runs this desk to name a lead of your team, or a supervisor, in people.yaml.")
_SOMEBODY_ELSE = say("Name somebody else, or nobody.")


class NobodyToAsk(NotAllowed):
    """There is nobody who could be asked so; `remedies` say whom to ask instead."""

    def __init__(self, said: Sentence, remedies: Sequence[Sentence]) -> None:
        super().__init__(said)
        self.remedies = tuple(remedies)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is asked, as what, and at which tier."""

    kind: EscalationKind
    to: tuple[str, ...]
    tier: str | None = None


def colleague(name: str, *, asker: str) -> Asked:
    """Return the agent or supervisor of a name. Raises NobodyToAsk when it is the asker herself."""
    if name_key(name) == name_key(asker):
        raise NobodyToAsk(say("you cannot hand a case up to yourself"), [_SOMEBODY_ELSE])
    return Asked(kind=EscalationKind.FUNCTIONAL, to=(name,))


def team(desk: Desk, name: str, *, asker: str) -> Asked:
    """Return everybody else of a team. Raises NobodyToAsk when that is nobody."""
    others = tuple(person.name for person in desk.people.members(name) if person.name != asker)
    if not others:
        raise NobodyToAsk(say("nobody else is in that team"), [_SOMEBODY_ELSE])
    return Asked(kind=EscalationKind.FUNCTIONAL, to=others)


def next_tier(desk: Desk, session: Session, case: Case, *, asker: str, now: datetime) -> Asked:
    """Return who stands above. Raises NobodyToAsk when that is nobody."""
    found = rungs(desk, session, case, now, asker=desk.people.agent(asker))
    asked = escalations.next_asked(case, found, standing=(asker,))
    if asked is None:
        raise NobodyToAsk(say("there is nobody above you to whom this case could go"), [_NAME_THEM])
    return Asked(kind=EscalationKind.HIERARCHICAL, to=asked.to, tier=asked.tier)


def tier(desk: Desk, session: Session, case: Case, name: str, *, asker: str, now: datetime) -> Asked:
    """Return who stands for a tier of the case's rules, which must lie above where the case is.

    Raises NobodyToAsk when it does not, or nobody does.
    """
    found = rungs(desk, session, case, now, asker=desk.people.agent(asker))
    names = [rung.tier for rung in found]
    reached = names.index(case.tier) if case.tier in names else 0
    above = names[reached + 1 :]
    if name not in above:
        remedy = say("Name a tier above it: {tiers}.", tiers=", ".join(above)) if above else _NAME_THEM
        raise NobodyToAsk(say("the case is as far up as {tier} already", tier=names[reached]), [remedy])
    rung = found[names.index(name)]
    others = tuple(person for person in rung.there or rung.people if person != asker)
    if not others:
        raise NobodyToAsk(say("nobody stands for the tier {tier}", tier=name), [_NAME_THEM])
    return Asked(kind=EscalationKind.HIERARCHICAL, to=others, tier=name)
