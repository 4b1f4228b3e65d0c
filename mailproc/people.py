"""Who works at the desk? Agents, their teams, supervisors, and which team gets which case.

The shape of config/people.yaml, frozen and checked value by value. What must fit together, such as a route
and the team it names, is checked where the file is read (`mailproc/config/people_check.py`).

Names are compared without regard to case. An agent's address says whose mail it could be, never whose it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mailproc.cases.calendars import Span, Unit
from mailproc.cases.clock_rules import SpanField
from mailproc.cases.routing import Assignment
from mailproc.mail import address_key
from mailproc.setting_types import EmailAddress, Settings, Word, as_list, check_address, text_keys

__all__ = [
    "EMPTY",
    "Agent",
    "Assignment",
    "Outside",
    "People",
    "Route",
    "Supervisor",
    "Team",
    "check_name",
    "name_key",
]

NAME_LIMIT = 60

# `#assign none`, in three languages, takes a case from everybody; `customer`, `desk` and `server` stand in
# the history for what is no agent.
RESERVED = frozenset({"none", "nobody", "senki", "niemand", "me", "mine", "customer", "desk", "server"})


def name_key(name: str) -> str:
    """Return the form of a name that is compared: NFC, one space between words, case folded."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def check_name(value: str) -> str:
    """Return a name in NFC with single spaces between its words.

    Letters of every script, digits, spaces and `. - ' ’` alone: a name goes into `From:` and `To:`, and an
    agent writes it after `#assign`. Raises ValueError otherwise.
    """
    name = unicodedata.normalize("NFC", " ".join(value.split()))
    fit = all(char in " .-'’" or unicodedata.category(char)[0] in "LMN" for char in name)
    if not fit or not name[:1].isalnum() or len(name) > NAME_LIMIT:
        raise ValueError(
            f"write letters, digits, spaces and . - ' alone, a letter first, at most {NAME_LIMIT} characters"
        )
    if name_key(name) in RESERVED:
        raise ValueError("write another name; this one has a meaning in commands or in the history")
    return name


def check_language(value: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", value):
        raise ValueError("write the code of a language such as en or hu")
    return value


def check_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("write an IANA time zone such as Europe/Budapest")
    return value


def check_domain(value: str) -> str:
    try:
        return address_key(check_address(f"somebody@{value}")).rpartition("@")[2]
    except ValueError:
        raise ValueError("write what stands after the @ of an address, such as example.com") from None


Name = Annotated[str, AfterValidator(check_name), WithJsonSchema({"type": "string", "maxLength": NAME_LIMIT})]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_list)]
Language = Annotated[
    str, AfterValidator(check_language), WithJsonSchema({"type": "string", "pattern": "^[a-z]{2,3}$"})
]
ZoneName = Annotated[str, AfterValidator(check_zone), WithJsonSchema({"type": "string"})]
Domain = Annotated[str, AfterValidator(check_domain), WithJsonSchema({"type": "string"})]

AnswerWithin = Annotated[SpanField, WithJsonSchema({"type": "string"})]


class Agent(Settings):
    """Somebody who answers for the desk from a mailbox of her own."""

    name: Name = Field(description="As it stands in letters, in the history and after #assign.")
    address: EmailAddress = Field(description="Where the desk writes to; replies from it count.")
    aliases: Annotated[tuple[EmailAddress, ...], BeforeValidator(as_list)] = Field(
        default=(), description="Further addresses whose replies count."
    )
    teams: Names = Field(default=(), description="Teams of this agent; each stands under teams.")
    languages: Annotated[tuple[Language, ...], BeforeValidator(as_list)] = Field(
        default=(), description="The agent reads these, best first; the desk writes in the first it knows."
    )
    away: bool = Field(default=False, description="Gets no new cases for now; the others stay.")

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every address of this agent in the form that is compared."""
        return frozenset(address_key(email) for email in (self.address, *self.aliases))


class Team(Settings):
    """Agents who share cases."""

    members: Names = Field(default=(), description="Agents by name, besides those who name the team.")
    lead: Name | None = Field(default=None, description="The member who decides for the team.")


class Supervisor(Settings):
    """Somebody who decides above the agents; may be an agent too, with the same name and address."""

    name: Name = Field(description="As it stands in letters and in the history.")
    address: EmailAddress = Field(description="Where the desk writes to; replies from it count.")
    languages: Annotated[tuple[Language, ...], BeforeValidator(as_list)] = Field(
        default=(), description="As for agents; of a supervisor who is one, the agent's count."
    )
    time_zone: ZoneName | None = Field(
        default=None, description="IANA name of the zone of her mornings and days; none: the desk's."
    )


class Outside(Settings):
    """Somebody who works elsewhere and can be asked about a case: another company, a specialist, a body."""

    name: Name = Field(description="As it stands in letters, in the history and after #escalate.")
    address: EmailAddress = Field(description="Where the desk writes to; only answers from it count.")
    languages: Annotated[tuple[Language, ...], BeforeValidator(as_list)] = Field(
        default=(), description="As for agents: the desk writes in the first of them that it knows."
    )
    answer_within: AnswerWithin = Field(
        default=Span(5, Unit.BUSINESS_DAYS),
        description="How long an answer is waited for when the agent names no day; then she is told.",
    )
    originals: bool = Field(
        default=True, description="Whether the customer's mails go along when the agent does not say."
    )


class Route(Settings):
    """Which team gets a case. All conditions that are written must be met."""

    team: Name = Field(description="The team that gets the case.")
    category: Word | None = Field(
        default=None, description="What it is about: a word of complaints.categories."
    )
    language: Language | None = Field(default=None, description="The customer's language, of desk.languages.")
    mailbox: str | None = Field(default=None, min_length=1, description="The name of the mailbox it came to.")
    customer_domain: Domain | None = Field(
        default=None, description="What stands after the @ of the customer's address, exactly."
    )


class People(Settings):
    """Everybody who works at the desk. Lookups by name or address find one or nobody, never a likely one."""

    agents: tuple[Agent, ...] = Field(default=(), description="Who answers for the desk.")
    teams: Annotated[
        dict[Name, Annotated[Team, BeforeValidator(lambda value: {} if value is None else value)]],
        BeforeValidator(text_keys),
    ] = Field(default={}, description="Teams by name.")
    supervisors: tuple[Supervisor, ...] = Field(
        default=(), description="Who approves what no lead of the team may, and to whom cases are escalated."
    )
    outside: tuple[Outside, ...] = Field(
        default=(), description="Who works elsewhere and can be asked about a case by #escalate NAME."
    )
    routing: tuple[Route, ...] = Field(
        default=(),
        description="Which team gets which case: the route with the most conditions, then the first.",
    )
    assignment: Assignment = Field(
        default=Assignment.ROUND_ROBIN,
        description="How a team shares its cases: round_robin, least_open, or whole_team (whoever takes it).",
    )

    @classmethod
    def schema_for_editors(cls) -> dict[str, Any]:
        """Return the JSON schema of config/people.yaml."""
        schema = cls.model_json_schema()
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "mailproc people",
            **{key: value for key, value in schema.items() if key != "title"},
        }

    @cached_property
    def deciders(self) -> tuple[Agent, ...]:
        """The supervisors, as people who work cases by mail. One who is an agent too is that agent."""
        agents = {name_key(agent.name): agent for agent in self.agents}
        return tuple(
            agents.get(name_key(person.name))
            or Agent(name=person.name, address=person.address, languages=person.languages)
            for person in self.supervisors
        )

    @cached_property
    def everybody(self) -> tuple[Agent, ...]:
        """Agents and supervisors, each person once. Cases are shared among `agents` alone."""
        return (*self.agents, *(person for person in self.deciders if person not in self.agents))

    @cached_property
    def registered_outside(self) -> Mapping[str, str]:
        """The addresses of those who work elsewhere, with their names."""
        return MappingProxyType({address_key(contact.address): contact.name for contact in self.outside})

    def contact(self, name: str) -> Outside | None:
        """Return who works elsewhere and has this name."""
        key = name_key(name)
        return next((contact for contact in self.outside if name_key(contact.name) == key), None)

    @cached_property
    def registered(self) -> Mapping[str, str]:
        """Every address of everybody, as `mailproc.mail.address_key`, with the name of its owner."""
        return MappingProxyType({key: agent.name for agent in self.everybody for key in agent.keys})

    def agent_of(self, email: str) -> Agent | None:
        """Return the agent or supervisor with exactly this address, aliases included."""
        key = address_key(email)
        return next((agent for agent in self.everybody if key in agent.keys), None)

    def agent(self, name: str) -> Agent | None:
        """Return the agent or supervisor of this name."""
        key = name_key(name)
        return next((agent for agent in self.everybody if name_key(agent.name) == key), None)

    def lead(self, team: str) -> Agent | None:
        """Return who decides for a team, if anybody does."""
        found = self.team(team)
        return self.agent(found.lead) if found is not None and found.lead else None

    def team(self, name: str) -> Team | None:
        key = name_key(name)
        return next((team for known, team in self.teams.items() if name_key(known) == key), None)

    def members(self, team: str) -> tuple[Agent, ...]:
        """Return who is in a team by either side, in the order of the agents; nobody in an unknown team."""
        found, key = self.team(team), name_key(team)
        if found is None:
            return ()
        listed = {name_key(name) for name in found.members}
        return tuple(
            agent
            for agent in self.agents
            if name_key(agent.name) in listed or key in {name_key(name) for name in agent.teams}
        )


EMPTY: Final = People()
