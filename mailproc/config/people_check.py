"""What in people.yaml does not go together? Names, addresses, teams and routes, compared with one another.

It looks at the values as they are written, not at the finished `People`: so these faults are found together
with those of single values, and each names its own key. Whatever is not of the right kind is passed over
here; the shape of `People` refuses it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailproc.config.explain import shown
from mailproc.config.yaml_file import KeyPath, dotted
from mailproc.mail import address_key
from mailproc.people import name_key
from mailproc.setting_types import as_list
from mailproc.settings import Config

_CONDITIONS = ("category", "language", "mailbox", "customer_domain")


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One thing that does not fit: where, what was found, what to do."""

    path: KeyPath
    found: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class _Text:
    path: KeyPath
    text: str


@dataclass(frozen=True, kw_only=True)
class _Person:
    name: _Text
    addresses: tuple[_Text, ...]
    teams: tuple[_Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Team:
    name: _Text
    members: tuple[_Text, ...]
    lead: _Text | None


@dataclass(frozen=True, kw_only=True)
class _Route:
    path: KeyPath
    texts: Mapping[str, _Text] = field(default_factory=dict)

    @property
    def conditions(self) -> tuple[str | None, ...]:
        return tuple(self.texts[key].text.casefold() if key in self.texts else None for key in _CONDITIONS)


def conflicts(values: Mapping[str, Any], config: Config | None) -> list[Conflict]:
    """Return every conflict in the values of people.yaml; `config` adds those with the desk's settings."""
    agents = [_person(row, path) for path, row in _rows(values, "agents")]
    supervisors = [_person(row, path) for path, row in _rows(values, "supervisors")]
    outside = [_person(row, path) for path, row in _rows(values, "outside")]
    teams = list(_teams(values))
    routes = [_route(row, path) for path, row in _rows(values, "routing")]
    found = [
        *_names_twice(agents, teams, outside),
        *_addresses_twice(agents, [*supervisors, *outside]),
        *_supervisors(agents, supervisors),
        *_namesakes(supervisors, outside),
        *_memberships(agents, teams),
        *_routes(routes, teams),
    ]
    if config is not None:
        found += [
            *_own_addresses([*agents, *supervisors, *outside], config),
            *_unknown_to_desk(routes, config),
        ]
    return found


def _names_twice(
    agents: Sequence[_Person], teams: Sequence[_Team], outside: Sequence[_Person]
) -> Iterator[Conflict]:
    """`#assign` and `#escalate` take the name of a person or of a team, so all share one space of names."""
    remedy = "give everybody and every team a name of their own"
    names = [agent.name for agent in agents] + [team.name for team in teams]
    yield from _twice([*names, *(contact.name for contact in outside)], remedy)


def _namesakes(supervisors: Sequence[_Person], outside: Sequence[_Person]) -> Iterator[Conflict]:
    """Nobody works here and elsewhere. An agent may be a supervisor too, so agents are looked at apart."""
    names = {name_key(person.name.text) for person in supervisors if person.name.text}
    for contact in outside:
        if name_key(contact.name.text) in names:
            yield Conflict(
                path=contact.name.path,
                found=f"found {shown(contact.name.text)}, the name of a supervisor",
                remedy="write another name",
            )


def _addresses_twice(agents: Sequence[_Person], supervisors: Sequence[_Person]) -> Iterator[Conflict]:
    seen: dict[str, tuple[_Text, str]] = {}
    for person in (*agents, *supervisors):
        for address in person.addresses:
            key = address_key(address.text)
            first, owner = seen.setdefault(key, (address, name_key(person.name.text)))
            # A supervisor who is an agent too stands in both lists.
            both = {first.path[0], address.path[0]} == {"agents", "supervisors"}
            same = both and owner == name_key(person.name.text)
            if first is not address and not same:
                yield Conflict(
                    path=address.path,
                    found=f"found {shown(address.text)}, which is also {dotted(first.path)}",
                    remedy="keep it with one person",
                )


def _supervisors(agents: Sequence[_Person], supervisors: Sequence[_Person]) -> Iterator[Conflict]:
    yield from _twice([supervisor.name for supervisor in supervisors], "keep one of them")
    for supervisor in supervisors:
        agent = next((a for a in agents if name_key(a.name.text) == name_key(supervisor.name.text)), None)
        if supervisor.name.text and agent is not None and not _keys(supervisor) <= _keys(agent):
            yield Conflict(
                path=supervisor.addresses[0].path,
                found=f"found an address that {dotted(agent.name.path[:-1])} of the same name does not have",
                remedy="write one of that agent's addresses, or another name",
            )


def _memberships(agents: Sequence[_Person], teams: Sequence[_Team]) -> Iterator[Conflict]:
    agent_names = [agent.name.text for agent in agents]
    team_names = [team.name.text for team in teams]
    joined: dict[str, set[str]] = {}
    for agent in agents:
        yield from _twice(agent.teams, "keep one of them")
        for name in agent.teams:
            joined.setdefault(name_key(name.text), set()).add(name_key(agent.name.text))
            yield from _unknown(name, team_names, "team", "write it under teams")
    for team in teams:
        yield from _twice(team.members, "keep one of them")
        members = {name_key(name.text) for name in team.members} | joined.get(name_key(team.name.text), set())
        for name in (*team.members, *([team.lead] if team.lead else [])):
            yield from _unknown(name, agent_names, "agent", "write that agent under agents")
        if not members:
            yield Conflict(
                path=team.name.path, found="nobody is in it", remedy="name its members, or take it out"
            )
        elif (
            team.lead and name_key(team.lead.text) not in members and _is_one_of(team.lead.text, agent_names)
        ):
            yield Conflict(
                path=team.lead.path,
                found=f"found {shown(team.lead.text)}, who is not in the team",
                remedy="add that agent to the members, or name one of them",
            )


def _routes(routes: Sequence[_Route], teams: Sequence[_Team]) -> Iterator[Conflict]:
    seen: dict[tuple[str | None, ...], KeyPath] = {}
    for route in routes:
        if "team" in route.texts:
            names = [team.name.text for team in teams]
            yield from _unknown(route.texts["team"], names, "team", "write it under teams")
        first = seen.setdefault(route.conditions, route.path)
        if first != route.path:
            yield Conflict(
                path=route.path,
                found=f"the same conditions as {dotted(first)}, which comes first",
                remedy="take one of them out",
            )


def _own_addresses(people: Sequence[_Person], config: Config) -> Iterator[Conflict]:
    """What the desk writes to itself would come back as mail of a customer, without end."""
    logins = [mailbox.username for mailbox in config.mailboxes if "@" in mailbox.username]
    own = {address_key(address) for address in (config.desk.address, *logins)}
    for address in (address for person in people for address in person.addresses):
        local, _, domain = address_key(address.text).rpartition("@")
        if {f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"} & own:
            yield Conflict(
                path=address.path,
                found=f"found {shown(address.text)}, an address of the desk itself",
                remedy="write the person's own address",
            )


def _unknown_to_desk(routes: Sequence[_Route], config: Config) -> Iterator[Conflict]:
    """A route that asks for what the desk never says of a case would never be taken."""
    known = {
        "category": ("category", config.complaints.categories, "add it to complaints.categories"),
        "language": ("language of the desk", config.desk.languages, "add it to desk.languages"),
        "mailbox": ("mailbox", [mailbox.name for mailbox in config.mailboxes], "add it to mailboxes"),
    }
    for route in routes:
        for key, (kind, names, otherwise) in known.items():
            if key in route.texts:
                yield from _unknown(route.texts[key], names, kind, otherwise)


def _unknown(name: _Text, known: Sequence[str], kind: str, otherwise: str) -> Iterator[Conflict]:
    if _is_one_of(name.text, known):
        return
    names = {name_key(other): shown(other) for other in known if other}
    close = difflib.get_close_matches(name_key(name.text), names, n=1)
    if close:
        remedy = f"did you mean {names[close[0]]}?"
    else:
        remedy = f"use one of {', '.join(names.values())}, or {otherwise}" if names else otherwise
    yield Conflict(path=name.path, found=f"no {kind} is called {shown(name.text)}", remedy=remedy)


def _twice(names: Sequence[_Text], remedy: str) -> Iterator[Conflict]:
    seen: dict[str, _Text] = {}
    for name in names:
        first = seen.setdefault(name_key(name.text), name)
        if first is not name and name.text:
            yield Conflict(
                path=name.path,
                found=f"found {shown(name.text)}, which is also {dotted(first.path)}",
                remedy=remedy,
            )


def _is_one_of(name: str, known: Sequence[str]) -> bool:
    return name_key(name) in {name_key(other) for other in known}


def _keys(person: _Person) -> set[str]:
    return {address_key(address.text) for address in person.addresses}


def _rows(values: Mapping[str, Any], section: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    rows = values.get(section)
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict):
            yield (section, index), row


def _person(row: Mapping[str, Any], path: KeyPath) -> _Person:
    return _Person(
        name=_text(row, path, "name") or _Text(path=(*path, "name"), text=""),
        addresses=(*filter(None, [_text(row, path, "address")]), *_texts(row, path, "aliases")),
        teams=_texts(row, path, "teams"),
    )


def _teams(values: Mapping[str, Any]) -> Iterator[_Team]:
    teams = values.get("teams")
    for name, row in teams.items() if isinstance(teams, dict) else ():
        path, keys = ("teams", str(name)), row if isinstance(row, dict) else {}
        yield _Team(
            name=_Text(path=path, text=str(name)),
            members=_texts(keys, path, "members"),
            lead=_text(keys, path, "lead"),
        )


def _route(row: Mapping[str, Any], path: KeyPath) -> _Route:
    texts = {key: _text(row, path, key) for key in ("team", *_CONDITIONS)}
    return _Route(path=path, texts={key: text for key, text in texts.items() if text is not None})


def _text(row: Mapping[str, Any], path: KeyPath, key: str) -> _Text | None:
    value = row.get(key)
    return _Text(path=(*path, key), text=value) if isinstance(value, str) else None


def _texts(row: Mapping[str, Any], path: KeyPath, key: str) -> tuple[_Text, ...]:
    values = as_list(row.get(key))
    return tuple(
        _Text(path=(*path, key, index), text=value)
        for index, value in enumerate(values if isinstance(values, list) else [])
        if isinstance(value, str)
    )
