"""Who gets a new case? The team by the first route that fits best, then one of its members.

Values in, value out. A route and a member are anything with these names; the settings of people.yaml are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol


class Assignment(StrEnum):
    """How a team shares its new cases."""

    ROUND_ROBIN = "round_robin"  # one after the other
    LEAST_OPEN = "least_open"  # whoever has the fewest open cases
    WHOLE_TEAM = "whole_team"  # nobody yet: all are written to, the first who takes it has it


class Route(Protocol):
    """A team and the conditions under which a case is that team's; None asks for nothing."""

    @property
    def team(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def mailbox(self) -> str | None: ...
    @property
    def customer_domain(self) -> str | None: ...


class Member(Protocol):
    """Somebody of a team, and whether she is away."""

    @property
    def name(self) -> str: ...
    @property
    def away(self) -> bool: ...


def route(
    routes: Sequence[Route],
    *,
    category: str | None = None,
    language: str | None = None,
    mailbox: str | None = None,
    customer_domain: str | None = None,
) -> str | None:
    """Return the team of the route that fits with the most conditions; of several, of the first.

    Conditions are compared without regard to case and exactly otherwise: a route for `example.com` is none
    for `mail.example.com`, because a sub-domain may belong to somebody else (our choice). A condition about
    what is not known of the case is not met. None when no route fits.
    """
    facts = (category, language, mailbox, customer_domain)
    best, most = None, -1
    for candidate in routes:
        wanted = (candidate.category, candidate.language, candidate.mailbox, candidate.customer_domain)
        conditions = [(want, fact) for want, fact in zip(wanted, facts, strict=True) if want is not None]
        fits = all(fact is not None and want.casefold() == fact.casefold() for want, fact in conditions)
        # Only a strictly better one replaces an earlier one: the order of the file decides between equals.
        if fits and len(conditions) > most:
            best, most = candidate.team, len(conditions)
    return best


def assignee(
    members: Sequence[Member],
    assignment: Assignment,
    open_cases: Mapping[str, int],
    last_assigned: str | None,
) -> str | None:
    """Return the member who gets the next case, or None when it is the whole team's or all are away.

    `open_cases` counts by name; who is missing has none. `last_assigned` is who got the team's case before
    this one: her turn is over even if she is away or has left since, and without her the first begins.
    Between equally few open cases the turn decides, so that an idle team shares its first cases.
    """
    if assignment is Assignment.WHOLE_TEAM:
        return None
    last = next((index for index, member in enumerate(members) if member.name == last_assigned), -1)
    turn = [member.name for member in (*members[last + 1 :], *members[: last + 1]) if not member.away]
    if assignment is Assignment.LEAST_OPEN:
        return min(turn, key=lambda name: open_cases.get(name, 0), default=None)
    return turn[0] if turn else None
