"""How does a person run the desk? By commands; each group of them stands in a module of its own.

Modules of this folder import what is heavy inside the commands: `mailproc --version` and the completion
of a shell must not load a database library.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailproc import __version__
from mailproc.cli import (
    calendar,
    case,
    check,
    database,
    digest,
    explain,
    exporting,
    importing,
    improve,
    inbox,
    ledger,
    letters,
    outbox,
    policy,
    report,
    running,
    starting,
)
from mailproc.cli.failures import Commands
from mailproc.cli.opening import Invocation

app = typer.Typer(
    name="mailproc",
    cls=Commands,
    help="A complaints desk that lives in a mailbox.",
    epilog="Exit codes: 0 done, 1 something is wrong or waits, 2 wrong usage or configuration, "
    "3 the database cannot be used, 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # the pretty ones show the values of variables, and so customers' words
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailproc {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="PATH",
            help="The configuration file. Default: MAILPROC_CONFIG, config/mailproc.yaml or mailproc.yaml.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, for finding a fault.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    ctx.obj = Invocation(config_file=config, verbose=verbose, debug=debug)


# In the order in which one meets them: setting up, running, looking, deciding, keeping.
app.command()(starting.init)
app.command()(check.check)
app.command()(running.run)
app.command()(running.once)
app.command()(starting.demo)
app.command()(explain.explain)
app.command("import")(importing.import_)
app.command()(ledger.ledger)
app.command()(digest.digest)
app.command()(report.report)
app.add_typer(case.app, name="case")
app.add_typer(improve.app, name="improve")
app.add_typer(inbox.app, name="inbox")
app.add_typer(outbox.app, name="outbox")
app.add_typer(letters.app, name="letters")
app.add_typer(policy.app, name="policy")
app.add_typer(calendar.app, name="calendar")
app.add_typer(exporting.app, name="export")
app.add_typer(database.app, name="db")
app.command()(starting.schema)


def main() -> None:
    """Run the command that the arguments name; the entry point of the program."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of an old encoding gets a question mark, not a traceback, for a letter it lacks.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    app(prog_name="mailproc")
