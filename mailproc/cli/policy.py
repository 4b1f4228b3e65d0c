"""By which rules are complaints handled, can they be kept, and when would everything be due?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailproc.cli import history_views, show, simulating, simulating_history
from mailproc.cli.failures import ExitCode, UsageError
from mailproc.cli.opening import Json
from mailproc.cli.rules_place import RulesPlace, rules_place
from mailproc.cli.times import check_days, read_moment
from mailproc.errors import ConfigError

if TYPE_CHECKING:
    from mailproc.cases.clock_rules import Marked
    from mailproc.cases.policy import Policy

app = typer.Typer(help="Look at policies, check them, try them out.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The policy: the name of its file, such as uk-fca.")]
Variant = Annotated[str | None, typer.Option(metavar="NAME", help="One of the policy's variants.")]
OtherCalendar = Annotated[
    str | None, typer.Option(metavar="NAME", help="Another calendar than the policy's own.")
]


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the policies there are; the desk's own come before those of mailproc."""
    from mailproc.config import read_policy

    place = rules_place(ctx)
    used = place.config.desk.policy if place.config else None
    found: list[dict[str, Any]] = []
    for id in place.workplace.policy_ids():
        file = str(place.workplace.policy_file(id))
        entry: dict[str, Any] = {"policy": id, "file": file, "in_use": id == used}
        try:
            policy = read_policy(place.workplace, id)
        except ConfigError as error:
            entry |= {"version": None, "title": None, "variants": [], "faults": len(error.faults)}
        else:
            variants = list(policy.variants)
            entry |= {"version": policy.version, "title": policy.title, "variants": variants, "faults": 0}
        found.append(entry)
    if as_json:
        show.document(found)
        return
    show.table(
        ["", "policy", "version", "what", "variants"],
        [
            (
                "*" if each["in_use"] else "",
                each["policy"],
                each["version"],
                each["title"] or "has faults, see mailproc policy check",
                ", ".join(each["variants"]),
            )
            for each in found
        ],
    )


@app.command("show")
def show_(
    ctx: typer.Context,
    id: Id,
    variant: Variant = None,
    calendar: OtherCalendar = None,
    as_json: Json = False,
) -> None:
    """Show one policy: its clocks, whose numbers they are, its letters, and what it leaves to people."""
    from mailproc.cases.policy_check import notes
    from mailproc.config import read_policy

    place = rules_place(ctx)
    policy = read_policy(place.workplace, id, variant=variant, calendar=calendar)
    if as_json:
        written = policy.model_dump(mode="json", exclude_defaults=True)
        show.document({"digest": policy.digest, "file": str(place.workplace.policy_file(id)), **written})
        return
    _print(policy, notes(policy))


@app.command()
def check(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which policies; default: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that policies can be kept, in each of their variants.

    Every clock can be met, every letter has a slot for each of its parts, every tier is somebody.

    Exit code 1 when one cannot. What only people can see to is told and is no fault.
    """
    place = rules_place(ctx)
    known = place.workplace.policy_ids()
    for id in ids or ():
        if id not in known:
            raise UsageError(f"no policy is called {id}; choose one of {', '.join(known)}")
    found = [_checked(place, id) for id in ids or known]
    good = all(not each["faults"] for each in found)
    if as_json:
        show.document({"ok": good, "policies": found})
    else:
        rows = [row for each in found for row in _rows(each)]
        show.table(["", "policy", "found"], rows)
    if not good:
        raise typer.Exit(ExitCode.WRONG)


@app.command()
def simulate(
    ctx: typer.Context,
    id: Id,
    received: Annotated[
        str | None,
        typer.Option(metavar="ISO", help="When the complaint comes, such as 2026-04-02T10:00+01:00."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME@ISO", help="What happens then, such as acknowledged@2026-04-03T09:00."),
    ] = None,
    variant: Variant = None,
    calendar: OtherCalendar = None,
    history: Annotated[
        bool,
        typer.Option("--history", help="Instead: the desk's cases, and imported ones, by these rules."),
    ] = False,
    from_: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="Cases received from this day on."),
    ] = None,
    to: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Cases received up to this day."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell when everything would be due for a complaint that comes at some time.

    Without an offset a time is meant in the zone of the policy's calendar. Nothing is written.
    """
    from mailproc.cases.policy import NOTICE
    from mailproc.config import read_policy

    check_days(from_, to)
    place = rules_place(ctx)
    policy = read_policy(place.workplace, id, variant=variant, calendar=calendar or _own_calendar(place, id))
    if history:
        if received or event:
            raise UsageError("--history takes what has happened; leave --received and --event out")
        replayed = simulating_history.simulate(place.config, policy, from_, to)
        if as_json:
            show.document(history_views.document(replayed))
            return
        show.line(f"{policy.stamp.id} {policy.version}: {policy.title}")
        history_views.show_simulation(replayed)
        show.line(NOTICE)
        return
    if received is None or from_ or to:
        raise UsageError("write --received ISO, or --history with or without --from and --to")
    zone = policy.zone(place.zone)
    simulation = simulating.Simulation(
        policy=policy,
        zone=place.zone,
        received_at=read_moment(received, zone),
        happened=tuple(simulating.read_event(text, policy, zone) for text in event or []),
    )
    simulating.check_order(simulation)
    if as_json:
        show.document(simulating.document(simulation))
        return
    show.line(f"{policy.stamp.id} {policy.version}: {policy.title}")
    show.line()
    simulating.timeline(simulation)
    show.line(NOTICE)


def _own_calendar(place: RulesPlace, id: str) -> str | None:
    """The calendar of the desk's settings counts for the desk's own policy, and for no other regime."""
    return place.config.desk.calendar if place.config and place.config.desk.policy == id else None


def _checked(place: RulesPlace, id: str) -> dict[str, Any]:
    """Return the faults of a policy, in all of its variants, and what is left to people."""
    from mailproc.cases.policy_check import notes
    from mailproc.cli.policy_proof import policy_faults
    from mailproc.config import read_policy

    try:
        plain = read_policy(place.workplace, id)
        policies = [plain, *(read_policy(place.workplace, id, variant=name) for name in plain.variants)]
        found = [fault for policy in policies for fault in policy_faults(policy, place.workplace, place.zone)]
    except ConfigError as error:
        return {"policy": id, "faults": [str(fault) for fault in error.faults], "left_to_people": []}
    left = dict.fromkeys(note for policy in policies for note in notes(policy))
    return {"policy": id, "faults": list(dict.fromkeys(found)), "left_to_people": list(left)}


def _rows(checked: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    id = str(checked["policy"])
    if checked["faults"]:
        yield from (("✗", id, fault) for fault in checked["faults"])
    else:
        yield "✓", id, "can be kept"
    yield from (("!", id, note) for note in checked["left_to_people"])


def _print(policy: Policy, left_to_people: list[str]) -> None:
    from mailproc.cases.policy import NOTICE

    show.line(f"{policy.stamp.id} {policy.version}: {policy.title}")
    show.fields(
        {
            "where": policy.jurisdiction,
            "source": " ".join(policy.source.split()),
            "calendar": policy.calendar.title if policy.calendar else "",
            "zone": policy.calendar.zone if policy.calendar else "",
            "digest": policy.digest,
            "reopen within": policy.reopen_within,
            "kept": f"{policy.retention.keep} from {policy.retention.counts_from}"
            if policy.retention
            else "",
            "who else": policy.referral.body if policy.referral else "",
            "to close": ", ".join(policy.closing_requires),
        }
    )
    show.line()
    show.table(["clock", "time", "counts from", "met by", "whose number", "note"], _clock_rows(policy))
    if policy.targets:
        show.line()
        rows = [(str(each), str(target.within), target.tier or "") for each, target in policy.targets.items()]
        show.table(["urgency_impact", "decide within", "tier"], rows)
    if policy.variants:
        show.line()
        rows = [(name, variant.title, variant.when) for name, variant in policy.variants.items()]
        show.table(["variant", "what", "when"], rows)
    if left_to_people:
        show.line()
        show.line("Left to people:")
        for note in left_to_people:
            show.line(f"  {note}")
    show.line()
    show.line(NOTICE)


def _clock_rows(policy: Policy) -> Iterator[tuple[object, ...]]:
    for stage in policy.every_stage():
        # A stage has its name before each clock; former rules have none, and say themselves what they are.
        title = f" ({stage.title})" if stage.title and not stage.prefix else ""
        for name, rule in stage.rules.items():
            span = f"{rule.within} or {rule.or_within}, the later" if rule.or_within else str(rule.within)
            yield (
                f"{stage.prefix}{name}{title}",
                f"{span}, repeated" if rule.repeat else span,
                " or ".join(rule.counts_from) or "received",
                ", ".join(rule.satisfied_by),
                _whose(rule),
                rule.note,
            )
            if rule.extension is not None:
                more = rule.extension
                span = f"+{more.add}" if more.add else str(more.cap) if more.cap else "a day that is named"
                yield f"{stage.prefix}extended{title}", span, "", more.letter, _whose(more), more.note
        if stage.early is not None:
            early = stage.early
            yield f"early{title}", early.within, "received", early.letter, _whose(early), early.note


def _whose(number: Marked) -> str:
    parts = ["the desk's own" if number.house else "", str(number.evidence or ""), number.source or ""]
    return ", ".join(part for part in parts if part)
