"""How does the desk work? As a daemon until it is stopped, or once until nothing is due."""

from __future__ import annotations

from typing import Any

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode, complain
from mailproc.cli.opening import (
    Json,
    invocation,
    load_config,
    open_working_desk,
    stopping_cleanly,
)


def run(ctx: typer.Context) -> None:
    """Run the desk until it is stopped.

    By SIGTERM or Ctrl-C; the mail in hand is finished first.
    """
    from mailproc.cli.logs import set_up
    from mailproc.daemon import Daemon

    config = load_config(ctx)
    set_up(verbose=invocation(ctx).verbose, quiet=False)
    _warn(config.warnings)
    with open_working_desk(config) as desk:
        Daemon(desk).run()


def once(ctx: typer.Context, as_json: Json = False) -> None:
    """Do what is due, then end.

    Fetches, receives, sends and closes until nothing is left to do.

    Exit code 1 says that something failed and waits for another try.
    """
    from mailproc.cli.logs import set_up
    from mailproc.daemon import run_once
    from mailproc.store import queries

    config = load_config(ctx)
    set_up(verbose=invocation(ctx).verbose, quiet=False)
    _warn(config.warnings)
    with open_working_desk(config) as desk:
        with stopping_cleanly(desk):
            done = run_once(desk)
        with desk.database.reading() as session:
            counts = queries.ledger(session)
            health = queries.health(session, desk.clock())
    _report(counts, health, as_json=as_json, done=done)
    if desk.stopping.is_set():
        complain("interrupted; run it again, it goes on where it stopped")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if not done:
        raise typer.Exit(ExitCode.WRONG)


def _report(counts: dict[str, int], health: dict[str, Any], *, as_json: bool, done: bool) -> None:
    letters = {"waiting": health["letters_waiting"], "held": health["letters_held"]}
    if as_json:
        show.document({"done": done, "ledger": counts, "letters": letters, "trouble": health["trouble"]})
        return
    parts = [f"{count} {name}" for name, count in counts.items() if count and name != "received"]
    show.line(f"mails: {counts['received']} received" + (f" ({', '.join(parts)})" if parts else ""))
    show.line(f"letters: {letters['waiting']} waiting, {letters['held']} held for a person")
    for trouble in health["trouble"]:
        complain(trouble)
    if not done:
        complain("something failed and waits; `mailproc inbox list` and `mailproc outbox list` show what")


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        complain(f"warning: {warning}")
