"""How does mail from before get into the desk? Silently: it opens cases, and nobody is written to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode, UsageError, complain
from mailproc.cli.opening import Json, alone, load_config, open_working_desk, stopping_cleanly

if TYPE_CHECKING:
    from mailproc.desk import Desk

_AGAIN = "interrupted; run the same command again, what is journaled already is passed over"


def import_(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="An mbox file, a Maildir, a folder of .eml files, or one.")
    ],
    mailbox: Annotated[
        str, typer.Option(metavar="NAME", help="The name of a mailbox under which it is kept.")
    ] = "import",
    sent: Annotated[
        bool,
        typer.Option("--sent", help="All of it is mail that the desk had sent, such as a folder Sent."),
    ] = False,
    sent_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="Mail from this address was sent by the desk of then. As often as needed."
        ),
    ] = None,
    receive: Annotated[
        bool, typer.Option("--receive/--no-receive", help="Receive it now, or leave it to the daemon.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Take in mail from files. No letter follows from it.

    What is in the database already becomes a duplicate. May be interrupted and repeated: each mail of a
    path is taken once. What the desk had sent opens no case; mailproc policy simulate --history reads it.
    """
    from mailproc.jobs.importing import Imported, Sent, import_mail, kind_of
    from mailproc.mail import address_key

    config = load_config(ctx)
    if any(mailbox == known.name for known in config.mailboxes):
        raise UsageError(f"--mailbox {mailbox}: is read by IMAP; choose a name that no mailbox has")
    for address in sent_by or ():
        if not all(address.strip().rpartition("@")):
            raise UsageError(f"--sent-by {address}: is no address; write one such as office@example.com")
    own = Sent(everything=sent, by=frozenset(map(address_key, sent_by or ())))
    kind = kind_of(path)
    left: int | None = None
    with open_working_desk(config) as desk, stopping_cleanly(desk):
        with _progress(f"reading {path}") as tell:
            done: Imported = import_mail(desk, path, mailbox=mailbox, sent=own, progress=tell)
        if receive and not desk.stopping.is_set():
            left = _receive(desk)
        interrupted = desk.stopping.is_set()
    if as_json:
        show.document(
            {
                "path": str(path),
                "kind": kind,
                "seen": done.seen,
                "new": done.new,
                "finished": done.finished and not interrupted,
                "received_by": None if not receive else "the daemon" if left is None else "this command",
                "waiting": left,
            }
        )
    else:
        show.line(f"{path}: {kind}, {_mails(done.seen)}, {done.new} of them new")
        if not interrupted and left is None:
            show.line("they wait; the daemon or mailproc once receives them")
    if interrupted:
        complain(_AGAIN)
        raise typer.Exit(ExitCode.INTERRUPTED)
    if left:
        wait = "waits" if left == 1 else "wait"
        complain(
            f"{_mails(left)} {wait} for another try; mailproc inbox list --disposition waiting shows them"
        )
        raise typer.Exit(ExitCode.WRONG)


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"


def _receive(desk: Desk) -> int | None:
    """Receive what waits; return how many mails still do, or None when a daemon receives them."""
    from mailproc.daemon import recover
    from mailproc.jobs.receive import receive_due
    from mailproc.store import receiving

    with alone(desk.database) as nobody_else:
        if not nobody_else:
            return None
        recover(desk)
        with _progress("receiving"):
            while receive_due(desk):
                pass
        with desk.database.reading() as session:
            return receiving.count_waiting(session)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal that something happens, and how far it is."""
    if not sys.stderr.isatty():
        yield lambda seen: None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    with console.status(Text(show.plain(what))) as status:
        yield lambda seen: status.update(Text(show.plain(f"{what}: {seen} mails")))
