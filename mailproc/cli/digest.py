"""What are supervisors told in the morning? The digest as it would be now, and when the next one comes."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailproc.cli import show
from mailproc.cli.failures import UsageError
from mailproc.cli.opening import Json, reading

if TYPE_CHECKING:
    from mailproc.people import People, Supervisor
    from mailproc.settings import Config


def digest(
    ctx: typer.Context,
    print_: Annotated[
        bool, typer.Option("--print", help="Print the digest as it would be sent now; nothing is sent.")
    ] = False,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="NAME", help="Of this supervisor alone.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show when supervisors get their digests.

    With --print what stands in them, as text.
    """
    from mailproc.config.people import read_people

    with reading(ctx) as (config, session):
        people = read_people(config).people
        wanted = _wanted(people, for_)
        if print_:
            digests = [_as_it_is_now(config, session, people, person) for person in wanted]
        else:
            digests = [_timetable(config, session, person) for person in wanted]
    if as_json:
        for_people = ("last_text", "next_text")
        show.document({"digests": [{k: v for k, v in d.items() if k not in for_people} for d in digests]})
    elif not wanted:
        show.line("people.yaml names no supervisors, so there are no digests")
    elif print_:
        for each in digests:
            show.line(f"To: {each['address']}")
            show.line(f"Subject: {each['subject']}")
            show.line()
            show.block(each["text"], indent="")
    else:
        columns = ["supervisor", "zone", "last", "became", "next"]
        rows = [(d["supervisor"], d["zone"], d["last_text"], d["became"], d["next_text"]) for d in digests]
        show.table(columns, rows)


def _wanted(people: People, name: str | None) -> tuple[Supervisor, ...]:
    from mailproc.people import name_key

    if name is None:
        return people.supervisors
    found = tuple(person for person in people.supervisors if name_key(person.name) == name_key(name))
    if not found:
        names = ", ".join(person.name for person in people.supervisors) or "nobody"
        raise UsageError(f"--for {name}: there is no such supervisor; people.yaml names {names}")
    return found


def _as_it_is_now(config: Config, session: Any, people: People, person: Supervisor) -> dict[str, Any]:
    from mailproc.config import load_policy
    from mailproc.desk import utc_now
    from mailproc.jobs.digest_state import state_of_desk, zone_of
    from mailproc.outbound.letters import Letters

    letters = Letters.load(config.workplace.template_dirs, config.desk.languages, zone=config.desk.zone)
    agent = people.agent(person.name)
    assert agent is not None, "a supervisor is among the people"
    state = state_of_desk(
        session,
        person,
        zone_of(config, person),
        utc_now(),
        lines=config.digest.lines,
        hand_offs=load_policy(config).escalation.hand_offs,
    )
    names = {
        "desk_name": config.desk.name,
        "desk_address": config.desk.address,
        "agent_name": agent.name,
        **state.facts,
    }
    language = next((tongue for tongue in agent.languages if tongue in letters.languages), None)
    rendered = letters.render("digest", language, names)
    return {
        "supervisor": person.name,
        "address": agent.address,
        "language": rendered.language,
        "subject": rendered.subject,
        "text": rendered.text,
        **{name: _plain(value) for name, value in state.facts.items()},
    }


def _timetable(config: Config, session: Any, person: Supervisor) -> dict[str, Any]:
    from mailproc.desk import utc_now
    from mailproc.jobs.digest_state import zone_of
    from mailproc.slots import next_slot
    from mailproc.store import digests

    zone = zone_of(config, person)
    last = digests.last_of(session, person.name)
    following = next_slot(config.digest.at, zone, utc_now())
    return {
        "supervisor": person.name,
        "zone": zone.key,
        "last": show.iso(last.slot) if last else None,
        "last_text": show.moment(last.slot if last else None, zone),
        "became": (f"letter {last.outbox_id}" if last.outbox_id else last.left_out) if last else None,
        "next": show.iso(following),
        "next_text": show.moment(following, zone) or "never",
    }


def _plain(value: Any) -> Any:
    """Return a value for JSON; times in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return show.iso(value)
    return value.isoformat() if isinstance(value, date) else value
