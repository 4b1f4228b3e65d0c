"""Is every mail accounted for? The ledger of the database, and on request of the servers too."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode, complain
from mailproc.cli.opening import Json, load_config, open_database

if TYPE_CHECKING:
    from mailproc.cli.looking import FolderLedger

MEANINGS = {
    "received": "mails the desk holds",
    "opened": "opened a case",
    "joined": "joined a case",
    "replied": "an agent's mail, acted upon",
    "outside": "from somebody outside whom an agent asked",
    "confirmed": "an agent said what an earlier mail of hers is",
    "held": "not acted upon: no agent was proved, or she got it back",
    "bounced": "delivery reports",
    "auto_reply": "machines answering",
    "ignored": "set aside: own mail, lists, spam, reports",
    "duplicate": "the same mail again",
    "quarantined": "could not be read, kept whole",
    "waiting": "not yet received, or failed and tried again",
    "unaccounted": "must be 0",
}


def ledger(
    ctx: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Look into the mailboxes too and compare, mail by mail.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Account for every mail.

    Each is exactly one of the words listed.

    Exit code 1 when a mail is unaccounted for, or with --live when one lies on a server that was passed
    over or a server cannot be asked. Mail that merely waits to be fetched is no fault.
    """
    from mailproc.cli.looking import look
    from mailproc.store import queries

    config = load_config(ctx)
    with open_database(config) as database:
        # The servers first: what is journaled between the two looks is known then, not missing.
        folders = [look(mailbox, database) for mailbox in config.mailboxes] if live else []
        with database.reading() as session:
            counts = queries.ledger(session)
    if as_json:
        show.document(counts | ({"mailboxes": [asdict(folder) for folder in folders]} if live else {}))
    else:
        show.table(["mails", "count", "meaning"], [(n, c, MEANINGS[n]) for n, c in counts.items()])
        if live:
            _show_folders(folders)
    if counts["unaccounted"]:
        complain(f"{counts['unaccounted']} mails are unaccounted for; run mailproc db check --deep")
    if counts["unaccounted"] or any(folder.trouble or folder.passed_over for folder in folders):
        raise typer.Exit(ExitCode.WRONG)


def _show_folders(folders: list[FolderLedger]) -> None:
    show.line()
    columns = ["mailbox", "on server", "journaled", "not fetched", "filed", "quarantine", "vanished"]
    rows = [
        (
            folder.mailbox,
            folder.on_server,
            folder.journaled,
            len(folder.not_fetched),
            folder.filed,
            folder.quarantine,
            folder.vanished,
        )
        for folder in folders
    ]
    show.table(columns, rows)
    for folder in folders:
        if folder.trouble:
            complain(f"mailbox {folder.mailbox}: {folder.trouble}")
        if folder.passed_over:
            complain(
                f"mailbox {folder.mailbox}: {len(folder.passed_over)} mails were passed over when newer ones "
                f"were fetched (UID {show.ids_of(folder.passed_over[:20])}): the server does not deliver "
                "them whole; look at them with another mail program"
            )
        elif folder.not_fetched:
            show.line(f"mailbox {folder.mailbox}: {len(folder.not_fetched)} mails wait to be fetched")
