"""How does a person hand a case up from here? With the letter that an agent's `#escalate` sends."""

from __future__ import annotations

from typing import Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import UsageError
from mailproc.cli.finding import find_case
from mailproc.cli.opening import By, Json, by_whom, load_config, open_database, open_working_desk


def escalate(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="The reference of the case: C-7F3K-9QXT.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why: whoever is asked reads it.")],
    to: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="An agent, supervisor, team or tier. Default: the next tier."),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Ask somebody to step in. Sends the letter that #escalate sends."""
    from mailproc.jobs.stepping_in import hand_up

    words = reason.strip()
    if not words:
        raise UsageError("--reason is empty; whoever is asked has to know what for")
    config = load_config(ctx)
    with open_database(config):
        pass  # a case that could be handed up is in a database that is there
    with open_working_desk(config) as desk, desk.database.transaction() as session:
        case_id, _ = find_case(session, reference)
        case = hand_up(desk, session, case_id, who=by_whom(by), to=to, reason=words, now=desk.clock())
    asked = case.escalation
    assert asked is not None, "somebody was asked"
    if as_json:
        show.document(
            {
                "case": case.reference,
                "status": case.status,
                "asked": list(asked.to),
                "tier": asked.tier,
                "answer_by": show.iso(asked.answer_by),
                "mail_sent": True,
            }
        )
        return
    until = f" until {show.moment(asked.answer_by, config.desk.zone)}" if asked.answer_by else ""
    show.line(
        f"{case.reference}: {', '.join(asked.to)} asked to step in{until}. The daemon sends the letter."
    )
