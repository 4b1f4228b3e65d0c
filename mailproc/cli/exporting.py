"""How does everything get out of the desk again? As one JSON object a line, in order."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Literal

import typer

from mailproc.cli.failures import UsageError
from mailproc.cli.opening import load_config, open_database

app = typer.Typer(help="Take data out of the desk.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `messages` a command of the group: one alone would take its place."""


@app.command()
def messages(
    ctx: typer.Context,
    format: Annotated[Literal["jsonl"], typer.Option("--format", help="One JSON object a line.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A new file. Default: stdout.")] = None,
) -> None:
    """Write every received mail as read.

    One object for each, in the order of its number.
    """
    from mailproc.store import exporting

    with open_database(load_config(ctx)) as database, _opened(out) as stream:
        for message in exporting.messages(database):
            stream.write(json.dumps(message) + "\n")
        stream.flush()


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise UsageError(f"{out}: is there already, nothing was overwritten; name a new file") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        yield stream
