"""How do the letters look? Written to files, with an imagined case in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailproc.cli import show
from mailproc.cli.opening import Json, load_config

app = typer.Typer(help="Look at the letters that customers and agents get.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps a command of the group one: a command alone would take the group's place."""


@app.command()
def preview(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to; default: ./letters.")] = Path(
        "letters"
    ),
    as_json: Json = False,
) -> None:
    """Write every letter to files, with a page that shows them all.

    In every configured language, as HTML, text and mail; earlier previews are replaced.
    """
    from mailproc.outbound import gallery
    from mailproc.outbound.letters import Letters

    config = load_config(ctx)
    letters = Letters.load(config.workplace.template_dirs, config.desk.languages, zone=config.desk.zone)
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in gallery.files(letters, config.desk.zone):
        path = directory / name
        path.write_bytes(content)
        written.append(str(path))
    if as_json:
        show.document({"written": written})
        return
    show.line(f"wrote {len(written)} files; open {directory / gallery.INDEX} in a browser")


@app.command()
def lint(ctx: typer.Context, as_json: Json = False) -> None:
    """Look for faults of the letters.

    Missing languages and parts, unknown names, links that mislead, words of others that are not marked.
    """
    from mailproc.outbound.letters import Letters
    from mailproc.outbound.lint import lint as faults_of

    config = load_config(ctx)
    letters = Letters.load(config.workplace.template_dirs, config.desk.languages, zone=config.desk.zone)
    faults = [str(fault) for fault in faults_of(letters)]
    if as_json:
        show.document({"faults": faults})
    elif not faults:
        show.line("the letters have no fault")
    else:
        for fault in faults:
            show.line(fault)
    if faults:
        raise typer.Exit(1)
