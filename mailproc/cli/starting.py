"""How does one begin? A folder of files to fill in, a demonstration, a schema for the editor."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode, complain
from mailproc.cli.opening import Json

FILES_NAMED = 10


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder; default: this one.")
    ] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there, but never the desk's secret.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a configuration to fill in.

    With it come policies, templates and a fresh secret. Nothing is overwritten.
    """
    from mailproc import config

    written = config.init(directory, force=force)
    if as_json:
        show.document({"written": [str(path) for path in written]})
        return
    for line in _told(written, directory):
        show.line(line)
    file = directory / "config" / "mailproc.yaml"
    show.line(f"Now fill in {file}, put the passwords beside it in secrets/, then run")
    show.line(f"    mailproc --config {file} check")


def _told(written: Sequence[Path], directory: Path) -> list[str]:
    """Say what was written: each file while one can read them, else how many there are in each folder."""
    if len(written) <= FILES_NAMED:
        return [f"wrote {path}" for path in written]
    folders = Counter(path.relative_to(directory).parts[0] for path in written)
    return [f"wrote {count} files to {directory / folder}" for folder, count in folders.items()]


def schema() -> None:
    """Print the schema of the configuration.

    Editors complete and check config/mailproc.yaml by it.
    """
    from mailproc import config

    typer.echo(json.dumps(config.schema(), indent=2))


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the story once and end.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to leave the mails.")] = None,
    imap_port: Annotated[int, typer.Option(min=0, max=65535, help="0: the system chooses.")] = 0,
    smtp_port: Annotated[int, typer.Option(min=0, max=65535, help="0: the system chooses.")] = 0,
) -> None:
    """Play a day of the desk.

    With mail servers of its own; nothing leaves this machine.
    """
    try:
        play = import_module("mailproc.demo.play")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "mailproc":
            raise
        complain(f"the demonstration needs {error.name}; run pip install 'mailproc[demo]'")
        raise typer.Exit(ExitCode.USAGE) from None
    raise typer.Exit(play.main(once=once, out=out, imap_port=imap_port, smtp_port=smtp_port))
