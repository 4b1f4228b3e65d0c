"""What became of the mail that came in, and what may a person do about it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mailproc.cases.events import NoteAdded
from mailproc.cli import mail_views, show
from mailproc.cli.failures import UsageError
from mailproc.cli.files import OutFile, attachment_of, write_new, write_raw
from mailproc.cli.noting import record
from mailproc.cli.opening import By, Json, Limit, by_whom, load_config, open_database, reading
from mailproc.errors import NotAllowed

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailproc.mail import Message
    from mailproc.settings import Config

app = typer.Typer(help="Look at received mail; receive it again or set it aside.", no_args_is_help=True)

# The words of `receiving.Disposition`, and `waiting`.
Word = Literal[
    "waiting",
    "opened",
    "joined",
    "replied",
    "outside",
    "confirmed",
    "held",
    "bounced",
    "auto_reply",
    "ignored",
    "duplicate",
    "quarantined",
]
MailNumber = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number of the mail.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    disposition: Annotated[
        Word | None, typer.Option(help="Only mail of which this became, or that is waiting.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List received mail, the newest first."""
    from mailproc.store import queries

    with reading(ctx) as (config, session):
        found = queries.mails(session, disposition=disposition, limit=limit)
        cases = queries.references_of(session, [row.case_id for row, _ in found])
        zone = config.desk.zone
    if as_json:
        show.document(
            [mail_views.summary(row, message, cases.get(row.case_id or 0)) for row, message in found]
        )
        return
    show.table(
        ["mail", "received", "disposition", "kind", "case", "from", "subject", "reason"],
        [
            (
                row.id,
                show.moment(row.received_at, zone),
                row.disposition or "waiting",
                message.kind if message else "",
                cases.get(row.case_id or 0, ""),
                message.from_email if message else "",
                message.subject if message else "",
                row.reason or row.last_error,
            )
            for row, message in found
        ],
        empty="no mails",
    )


@app.command("show")
def show_(
    ctx: typer.Context,
    id: MailNumber,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they were received.")] = False,
    attachment: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Write the attachment of this number to a file.")
    ] = None,
    out: OutFile = None,
    as_json: Json = False,
) -> None:
    """Show one mail.

    What it says and what became of it.

    --raw writes the bytes to stdout, or to --out. --attachment writes a file under the safe name that the
    mail's listing shows. No file is ever overwritten.
    """
    from mailproc.store import journal, queries

    if (raw and attachment) or (out and not (raw or attachment)):
        raise UsageError("--out goes with --raw or --attachment, and only one of these at a time")
    with reading(ctx) as (config, session):
        found = queries.mails(session, ids=[id])
        if not found:
            raise NotAllowed(f"mail {id}: there is no such mail; mailproc inbox list shows those that are")
        (row, message), cases = found[0], queries.references_of(session, [found[0][0].case_id])
        content = journal.raw_of(session, row.raw_sha256) if raw or attachment else b""
    if raw and out is None:
        write_raw(content)
        return
    if raw or attachment:
        name = f"mail-{id}.eml"
        if attachment:
            name, content = attachment_of(id, message.attachments if message else [], attachment, content)
        path = write_new(out, name, content)
        if as_json:
            show.document({"mail": id, "written": str(path), "bytes": len(content)})
        else:
            show.line(f"wrote {path}, {len(content)} bytes")
        return
    reference = cases.get(row.case_id or 0)
    if as_json:
        show.document(mail_views.whole(row, message, reference))
    else:
        mail_views.print_mail(config, row, message, reference)


@app.command()
def retry(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="The numbers of the mails.")
    ] = None,
    taken_as: Annotated[
        Literal["customer"] | None,
        typer.Option("--as", help="Receive it as a customer's mail, whatever the rules say."),
    ] = None,
    all_quarantined: Annotated[
        bool, typer.Option("--all-quarantined", help="All mails that are in quarantine.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have mail received again.

    Mail that was quarantined or ignored, or that waits; with --as also what was taken for a bounce or an
    automatic reply.

    A quarantined mail keeps its case. The daemon receives it within seconds, or `mailproc once`.
    """
    from mailproc.desk import utc_now
    from mailproc.store import byhand

    if bool(ids) == all_quarantined:
        raise UsageError("name the mails by their numbers, or say --all-quarantined")
    with open_database(load_config(ctx)) as database, database.transaction() as session:
        chosen = list(dict.fromkeys(ids or byhand.quarantined(session)))
        for id in chosen:
            byhand.receive_again(session, id, utc_now(), taken_as=taken_as)
    if as_json:
        show.document({"waiting_again": chosen})
    elif chosen:
        show.line(f"mail {show.ids_of(chosen)} waits to be received; the daemon or mailproc once does it")
    else:
        show.line("no mail is in quarantine")


@app.command()
def drop(
    ctx: typer.Context,
    id: MailNumber,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Set a mail aside.

    One that waits, was quarantined or ignored. Its bytes are kept; a case it has stays.
    """
    from mailproc.desk import utc_now
    from mailproc.store import byhand, queries

    who, why = by_whom(by), show.plain(reason).strip()
    if not why:
        raise UsageError("--reason is empty; say why the mail is dropped")
    config = load_config(ctx)
    with open_database(config) as database, database.transaction() as session:
        now = utc_now()
        found = queries.mails(session, ids=[id])
        mailbox = next((m for m in config.mailboxes if found and m.name == found[0][0].mailbox), None)
        words = f"dropped by {who}: {why}"
        row = byhand.set_aside(session, id, now, reason=words, file_to=mailbox.filed if mailbox else None)
        if found and found[0][1] is None:
            _keep_header(config, session, id, row.raw_sha256)
        case = queries.references_of(session, [row.case_id]).get(row.case_id or 0)
        if row.case_id is not None:
            event = NoteAdded(who=who, text=f"mail {id} dropped: {why}")
            record(config, session, row.case_id, event)
    if as_json:
        show.document({"mail": id, "disposition": "ignored", "reason": words, "case": case})
        return
    show.line(f"mail {id} is set aside; its bytes are kept")
    if case:
        show.line(f"its case {case} stays; resolve it with mailproc case resolve {case}")


def _keep_header(config: Config, session: Session, id: int, sha256: str) -> None:
    """Keep what the header says of a mail that was never read, so that a copy of it is recognised."""
    from mailproc.desk import desk_address, surroundings
    from mailproc.inbound.classify import classify
    from mailproc.inbound.parse import skeleton
    from mailproc.store import journal, receiving

    message: Message = skeleton(journal.raw_of(session, sha256))
    verdict = classify(message, surroundings(config, desk_address(config)))
    receiving.keep_message(
        session,
        id,
        message,
        kind=verdict.kind,
        rule=verdict.rule,
        answer_rule=verdict.answer_rule,
        authenticated=False,
    )
