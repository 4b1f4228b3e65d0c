"""How do the letters look? Written to files, with an imagined case in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailproc.cli import show
from mailproc.cli.opening import Json, load_config

app = typer.Typer(help="Look at the letters that customers get.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `preview` a command of the group: one alone would take its place."""


@app.command()
def preview(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to; default: ./letters.")] = Path(
        "letters"
    ),
    as_json: Json = False,
) -> None:
    """Write every letter to files.

    In every configured language, as text and HTML; earlier previews are replaced.
    """
    from mailproc.outbound.kinds import LETTERS, specimen
    from mailproc.outbound.letters import Letters

    config = load_config(ctx)
    letters = Letters.load(config.workplace.template_dirs, config.desk.languages, zone=config.desk.zone)
    written = []
    directory.mkdir(parents=True, exist_ok=True)
    for letter in LETTERS:
        for language in letters.languages:
            rendered = letters.render(letter, language, specimen(letter, language))
            name = f"{letter}.{rendered.language}"
            text = f"Subject: {rendered.subject}\n\n{rendered.text}"
            for path, content in (
                (directory / f"{name}.txt", text),
                (directory / f"{name}.html", rendered.html),
            ):
                path.write_text(content, encoding="utf-8")
                written.append(str(path))
    if as_json:
        show.document({"written": written})
        return
    for name in written:
        show.line(f"wrote {name}")
