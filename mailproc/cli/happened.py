"""What has happened that no mail tells the desk? Reported here as an agent's `#happened` does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mailproc.cli import show
from mailproc.cli.failures import UsageError
from mailproc.cli.finding import find_case
from mailproc.cli.noting import record
from mailproc.cli.opening import By, Json, by_whom, load_config, open_database, open_working_desk

if TYPE_CHECKING:
    from mailproc.cases.case import Clock
    from mailproc.cases.events import HappeningReported, ReportTakenBack

What = Literal[
    "implemented",
    "investigated",
    "information_received",
    "deadlocked",
    "regulator_sent",
    "objections_ended",
    "paused",
    "resumed",
]


def happened(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="The reference of the case: C-7F3K-9QXT.")],
    what: Annotated[What, typer.Argument(metavar="WHAT", help="What has happened, as policies call it.")],
    on: Annotated[
        str | None, typer.Option(metavar="DAY", help="When: 2026-12-03, or today. Default: now.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why clocks stand still: one of the policy's.")
    ] = None,
    text: Annotated[str, typer.Option(metavar="TEXT", help="A remark for the history.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="The newest report of this was a mistake.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Report what due times count from, or that they stand still.

    Who owns the case is told by mail when somebody else reports it; nobody else is. Refused for what the
    rules of the case do not know.
    """
    from mailproc.jobs.colleagues import tell_of_report

    event = _event(what, by_whom(by), on=on, reason=reason, text=text.strip(), undo=undo)
    config = load_config(ctx)
    with open_database(config):
        pass  # a case of which something could be reported is in a database that is there
    with open_working_desk(config) as desk, desk.database.transaction() as session:
        case_id, _ = find_case(session, reference)
        before, decision = record(config, session, case_id, event)
        told = tell_of_report(desk, session, case_id, before, decision.case, event, desk.clock())
    case, entry = decision.case, decision.history[-1]
    if as_json:
        show.document(
            {
                "case": case.reference,
                "status": case.status,
                "recorded": {
                    "what": entry.what,
                    "who": entry.who,
                    "at": show.iso(entry.at),
                    "text": entry.text,
                },
                "clocks": [_clock(clock) for clock in case.clocks],
                "mail_sent": told,
            }
        )
        return
    mail = f"The daemon tells {case.owner} by mail." if told else "No mail was sent."
    show.line(f"{case.reference}: {entry.what} by {entry.who}. {mail}")
    for line in entry.text.splitlines():
        show.line(f"  {line}")


def _event(
    what: What, who: str, *, on: str | None, reason: str | None, text: str, undo: bool
) -> HappeningReported | ReportTakenBack:
    from mailproc.cases.events import HappeningReported, ReportTakenBack
    from mailproc.cases.happenings import Happening

    if undo and (on or reason):
        raise UsageError("--undo takes back the newest report; leave --on and --reason out")
    if reason and what != "paused":
        raise UsageError("--reason goes with paused alone; write --text for a remark")
    if undo:
        return ReportTakenBack(who=who, what=Happening(what), text=text)
    return HappeningReported(who=who, what=Happening(what), on=_day(on), reason=reason, text=text)


def _day(text: str | None) -> date | None:
    if text is None or text == "today":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--on {text}: is no day; write one such as 2026-12-03") from None


def _clock(clock: Clock) -> dict[str, object]:
    return {
        "id": clock.id,
        "due_at": show.iso(clock.due_at),
        "satisfied_at": show.iso(clock.satisfied_at),
        "paused_since": show.iso(clock.paused_since),
    }
