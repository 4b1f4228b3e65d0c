"""How far did the letters get, and what may a person do about one that did not leave?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mailproc.cases.events import LetterCancelled, NoteAdded
from mailproc.cli import show
from mailproc.cli.failures import ExitCode, UsageError, complain
from mailproc.cli.files import OutFile, write_new, write_raw
from mailproc.cli.noting import record
from mailproc.cli.opening import (
    By,
    Json,
    Limit,
    alone,
    by_whom,
    load_config,
    open_database,
    open_working_desk,
    reading,
    stopping_cleanly,
)
from mailproc.errors import NotAllowed

if TYPE_CHECKING:
    from mailproc.settings import Config
    from mailproc.store.tables import OutboxRow

app = typer.Typer(help="Look at letters; send one again or take it back.", no_args_is_help=True)

# The words of `outbox.State`; `waiting` means all that have not ended.
Word = Literal["waiting", "queued", "claimed", "handed_over", "accepted", "failed", "held", "cancelled"]
LetterNumber = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number of the letter.")]

_NO_SUCH = "there is no such letter; mailproc outbox list shows those that are"


@app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[
        Word | None, typer.Option(help="Only letters in this state; waiting: all that have not ended.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List letters, the newest first."""
    from mailproc.store import queries

    with reading(ctx) as (config, session):
        rows = queries.letters(session, state=state, limit=limit)
        cases = queries.references_of(session, [row.case_id for row in rows])
        zone = config.desk.zone
    if as_json:
        show.document([_summary(row, cases.get(row.case_id or 0)) for row in rows])
        return
    show.table(
        ["letter", "kind", "state", "case", "to", "queued", "due", "tries", "last answer"],
        [
            (
                row.id,
                row.letter,
                row.state,
                cases.get(row.case_id or 0, ""),
                row.recipient,
                show.moment(row.queued_at, zone),
                show.moment(row.due_at, zone) if row.settled_at is None else "",
                row.attempts,
                row.last_reply,
            )
            for row in rows
        ],
        empty="no letters",
    )


@app.command("show")
def show_(
    ctx: typer.Context,
    id: LetterNumber,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they are sent.")] = False,
    out: OutFile = None,
    as_json: Json = False,
) -> None:
    """Show one letter.

    Where it goes, how far it got, what it says.
    """
    from mailproc.inbound.parse import parse
    from mailproc.store import outbox, queries

    if out and not raw:
        raise UsageError("--out goes with --raw")
    with reading(ctx) as (config, session):
        row = queries.letter(session, id)
        if row is None:
            raise NotAllowed(f"letter {id}: {_NO_SUCH}")
        case = queries.references_of(session, [row.case_id]).get(row.case_id or 0)
        content = outbox.raw_of(session, id)
    if raw and out is not None:
        path = write_new(out, f"letter-{id}.eml", content)
        show.line(f"wrote {path}, {len(content)} bytes")
    elif raw:
        write_raw(content)
    elif as_json:
        show.document({**_whole(row, case), "text": parse(content).text})
    else:
        _print(config, row, case)
        show.line()
        show.block(parse(content).text)


@app.command()
def retry(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="The numbers of the letters.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All letters that wait or are held.")] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Send letters now.

    Those that wait, are held or have failed.

    Letters are sent at once, unless a daemon works on this database: then it sends them within seconds.
    Exit code 1 when one of them has still not left.
    """
    from mailproc.desk import utc_now
    from mailproc.store import outbox, queries

    if bool(ids) == every:
        raise UsageError("name the letters by their numbers, or say --all")
    who, config = by_whom(by), load_config(ctx)
    with open_database(config) as database, database.transaction() as session:
        now = utc_now()
        waiting = [row.id for row in queries.letters(session, state="waiting", limit=1_000_000)]
        chosen = sorted(id for id in (ids or waiting) if id is not None)
        for id in chosen:
            row = queries.letter(session, id)
            if row is None:
                raise NotAllowed(f"letter {id}: {_NO_SUCH}")
            if row.state in ("accepted", "cancelled"):
                raise NotAllowed(f"letter {id}: is {row.state}, it is not sent again")
            if row.state in ("held", "failed") and row.case_id is not None:
                # It may have arrived already: the history has to say that a person wanted it sent again.
                text = f"letter {id} ({row.letter}, {row.state}) is sent again"
                record(config, session, row.case_id, NoteAdded(who=who, text=text))
        outbox.retry_now(session, chosen, now)
    sent_here = bool(chosen) and _deliver(config)
    with open_database(config) as database, database.reading() as session:
        states = {id: row.state for id in chosen if (row := queries.letter(session, id))}
    left = [id for id, state in states.items() if state == "accepted"]
    if as_json:
        letters = [{"id": id, "state": state} for id, state in states.items()]
        show.document({"letters": letters, "sent_by": "this command" if sent_here else "the daemon"})
    elif not chosen:
        show.line("no letter waits")
    elif sent_here:
        show.line(f"{len(left)} of {len(chosen)} letters were accepted by the mail server")
    else:
        show.line(f"a daemon works on this database; it sends {len(chosen)} letters within seconds")
    if sent_here and len(left) < len(chosen):
        complain(f"not sent: {show.ids_of(set(chosen) - set(left))}; mailproc outbox show says why")
        raise typer.Exit(ExitCode.WRONG)


@app.command()
def cancel(ctx: typer.Context, id: LetterNumber, by: By = None, as_json: Json = False) -> None:
    """Take back a letter that has not left.

    What it was to satisfy is still owed to the customer.
    """
    from mailproc.desk import utc_now
    from mailproc.store import outbox, queries

    who, config = by_whom(by), load_config(ctx)
    with open_database(config) as database, database.transaction() as session:
        row = queries.letter(session, id)
        if row is None:
            raise NotAllowed(f"letter {id}: {_NO_SUCH}")
        if not outbox.cancel(session, id, utc_now()):
            raise NotAllowed(f"letter {id}: is {row.state}, too late to take it back")
        case = queries.references_of(session, [row.case_id]).get(row.case_id or 0)
        if row.case_id is not None:
            event = LetterCancelled(who=who, letter=row.letter, recipient=row.recipient)
            if row.is_copy:
                from mailproc.jobs.letter_notes import tell_of_copy

                tell_of_copy(session, row.case_id, event, utc_now(), outbox_id=id)
            else:
                record(config, session, row.case_id, event)
    if as_json:
        show.document({"id": id, "state": "cancelled", "case": case})
    else:
        show.line(
            f"letter {id} is cancelled" + (f"; case {case} still owes it" if case and not row.is_copy else "")
        )


def _deliver(config: Config) -> bool:
    """Send what is due in this process; False when a daemon holds the database and will do it."""
    from mailproc.daemon import recover
    from mailproc.jobs.deliver import Courier

    with open_working_desk(config) as desk, alone(desk.database) as nobody_else:
        if not nobody_else:
            return False
        recover(desk)
        courier = Courier(desk)
        try:
            with stopping_cleanly(desk):
                courier.deliver_due()
        finally:
            courier.close()
    return True


def _summary(row: OutboxRow, reference: str | None) -> dict[str, object]:
    return {
        "id": row.id,
        "letter": row.letter,
        "state": row.state,
        "case": reference,
        "to": row.recipient,
        "subject": row.subject,
        "queued_at": show.iso(row.queued_at),
        "due_at": show.iso(row.due_at),
        "settled_at": show.iso(row.settled_at),
        "attempts": row.attempts,
        "uncertain": row.uncertain,
        "last_code": row.last_code,
        "last_reply": row.last_reply,
    }


def _whole(row: OutboxRow, reference: str | None) -> dict[str, object]:
    return {
        **_summary(row, reference),
        "automatic": row.automatic,
        "message_id": row.message_id,
        "envelope_from": row.envelope_from,
        "key": row.letter_key,
    }


def _print(config: Config, row: OutboxRow, reference: str | None) -> None:
    zone = config.desk.zone
    show.fields(
        {
            "letter": row.id,
            "kind": row.letter,
            "state": row.state,
            "case": reference,
            "to": row.recipient,
            "subject": row.subject,
            "message-id": row.message_id,
            "return path": row.envelope_from,
            "queued": show.moment(row.queued_at, zone),
            "due": show.moment(row.due_at, zone) if row.settled_at is None else None,
            "settled": show.moment(row.settled_at, zone),
            "tries": row.attempts,
            "uncertain": f"{row.uncertain} times without an answer" if row.uncertain else None,
            "last answer": f"{row.last_code or ''} {row.last_reply or ''}".strip(),
        }
    )
