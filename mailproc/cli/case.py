"""What stands with a case, and what does a person decide about it?

What is recorded here by hand goes the same way as what comes by mail: the rules decide, and case and
history change in one transaction. No mail leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mailproc.cases.events import (
    CaseClosed,
    CaseReopened,
    CaseResolved,
    Event,
    InformationRequested,
    NoteAdded,
)
from mailproc.cli import case_views, show
from mailproc.cli.deciding import refuse_what_needs_approval
from mailproc.cli.due import due
from mailproc.cli.escalating import escalate
from mailproc.cli.failures import UsageError
from mailproc.cli.finding import find_case
from mailproc.cli.happened import happened
from mailproc.cli.noting import record
from mailproc.cli.opening import By, Json, Limit, by_whom, load_config, open_database, reading

if TYPE_CHECKING:
    from mailproc.cases.case import Case

app = typer.Typer(help="Look at cases and record what a person did.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(metavar="REF", help="The reference of the case: C-7F3K-9QXT.")]
Text = Annotated[
    str, typer.Argument(metavar="TEXT", help="The words for the history; - reads them from stdin.")
]
OptionalText = Annotated[
    str, typer.Argument(metavar="[TEXT]", help="The words for the history; - reads them from stdin.")
]
app.command()(due)
app.command()(escalate)
app.command()(happened)

CaseStatus = Literal["new", "open", "waiting", "resolved", "closed"]


@app.command("list")
def list_(
    ctx: typer.Context,
    status: Annotated[CaseStatus | None, typer.Option(help="Only cases in this status.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only cases of this mail address.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List cases, the newest first."""
    from mailproc.store import queries

    with reading(ctx) as (config, session):
        rows = queries.cases(session, status=status, customer=customer, limit=limit)
        zone = config.desk.zone
    if as_json:
        show.document([case_views.summary(row) for row in rows])
        return
    show.table(
        ["case", "status", "received", "next deadline", "acknowledgement", "customer", "subject"],
        [
            (
                row.reference,
                row.status,
                show.moment(row.received_at, zone),
                show.moment(row.next_deadline_at, zone),
                row.acknowledgement,
                row.customer_email,
                row.subject,
            )
            for row in rows
        ],
        empty="no cases",
    )


@app.command("show")
def show_(ctx: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Show one case.

    Its state, its clocks, who was asked, its history, its mails in and out.
    """
    from mailproc.store import escalations, queries, surveys

    with reading(ctx) as (config, session):
        case_id, case = find_case(session, reference)
        satisfaction = surveys.satisfaction(session, case_id)
        asked = escalations.of_case(session, case_id)
        history = queries.history_of(session, case_id)
        mails = queries.mails(session, case_id=case_id, limit=1000)[::-1]
        letters = queries.letters(session, case_id=case_id, limit=1000)[::-1]
    if as_json:
        show.document(case_views.whole(case, history, mails, letters, satisfaction, asked))
    else:
        case_views.print_case(config, case, history, mails, letters, satisfaction, asked)


@app.command()
def note(ctx: typer.Context, reference: Reference, text: Text, by: By = None, as_json: Json = False) -> None:
    """Write a note into the history. Sends no mail."""
    _record_by_hand(ctx, reference, NoteAdded(who=by_whom(by), text=_words(text)), as_json=as_json)


@app.command()
def wait(ctx: typer.Context, reference: Reference, text: Text, by: By = None, as_json: Json = False) -> None:
    """Record that the customer was asked.

    Sends no mail and stops no clock.
    """
    _record_by_hand(ctx, reference, InformationRequested(who=by_whom(by), text=_words(text)), as_json=as_json)


@app.command()
def resolve(
    ctx: typer.Context,
    reference: Reference,
    outcome: Annotated[str, typer.Option(help="How it was decided: one of the desk's complaints.outcomes.")],
    text: OptionalText = "",
    cause: Annotated[
        str | None, typer.Option(help="What caused it: one of complaints.causes. Most policies ask for it.")
    ] = None,
    remedy: Annotated[
        str | None, typer.Option(help="What the customer gets: one of complaints.remedies.")
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record that the complaint is decided. Sends no mail.

    Refused where somebody has to approve it: that is asked by mail.
    """
    config = load_config(ctx)
    complaints = config.complaints
    for name, value, known in (
        ("outcome", outcome, complaints.outcomes),
        ("cause", cause, complaints.causes),
        ("remedy", remedy, complaints.remedies),
    ):
        if value is not None and value not in known:
            raise UsageError(f"{value}: is no {name} of this desk; write one of {', '.join(known)}")
    event = CaseResolved(
        who=by_whom(by),
        outcome=outcome,
        text=_words(text, required=False),
        cause=cause,
        remedy=remedy,
    )
    may = partial(refuse_what_needs_approval, config, outcome=outcome, remedy=remedy)
    _record_by_hand(ctx, reference, event, as_json=as_json, may=may)


@app.command()
def reopen(
    ctx: typer.Context, reference: Reference, text: OptionalText = "", by: By = None, as_json: Json = False
) -> None:
    """Take up a decided case again. Sends no mail."""
    event = CaseReopened(who=by_whom(by), text=_words(text, required=False))
    _record_by_hand(ctx, reference, event, as_json=as_json)


@app.command()
def close(
    ctx: typer.Context, reference: Reference, text: OptionalText = "", by: By = None, as_json: Json = False
) -> None:
    """Close a resolved case. Sends no mail.

    The desk does it by itself when the time to disagree has run out.
    """
    event = CaseClosed(who=by_whom(by), text=_words(text, required=False))
    _record_by_hand(ctx, reference, event, as_json=as_json)


def _record_by_hand(
    ctx: typer.Context,
    reference: str,
    event: Event,
    *,
    as_json: bool,
    may: Callable[[Case], None] | None = None,
) -> None:
    from mailproc.store import casebook

    config = load_config(ctx)
    with open_database(config) as database, database.transaction() as session:
        case_id, _ = find_case(session, reference)
        if may is not None:
            may(casebook.load(session, case_id))  # which is locked from now on
        before, decision = record(config, session, case_id, event)
    entry = decision.history[-1]
    if as_json:
        show.document(
            {
                "case": decision.case.reference,
                "status": decision.case.status,
                "recorded": {"what": entry.what, "who": entry.who, "at": show.iso(entry.at)},
                "mail_sent": False,
            }
        )
        return
    moved = "" if before.status == decision.case.status else f", now {decision.case.status}"
    show.line(f"{decision.case.reference}: {entry.what} by {entry.who}{moved}. No mail was sent.")


def _words(text: str, *, required: bool = True) -> str:
    import sys

    words = (sys.stdin.read() if text == "-" else text).strip()
    if required and not words:
        raise UsageError("TEXT is empty; say what the history is to say")
    return words
