"""What did cases teach the desk to do better, and what of it is done?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.cli import show
from mailproc.cli.opening import By, Json, Limit, by_whom, load_config, open_database, reading

if TYPE_CHECKING:
    from mailproc.store.improvements import Improvement

app = typer.Typer(help="Look at what is to be done better, and tick it off.", no_args_is_help=True)


@app.command("list")
def list_(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="What is done, too.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what is to be done better, the oldest first."""
    from mailproc.store import improvements

    with reading(ctx) as (config, session):
        found = improvements.items(session, limit, done_too=all_)
        zone = config.desk.zone
    if as_json:
        show.document([document(each) for each in found])
        return
    show.table(
        ["number", "case", "since", "by", "done", "what"],
        [
            (
                each.id,
                each.reference,
                show.moment(each.at, zone),
                each.who,
                f"{show.moment(each.done_at, zone)} {each.done_by or ''}".strip(),
                each.text,
            )
            for each in found
        ],
        empty="nothing is to be done better",
    )


@app.command()
def done(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As improve list shows it.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record that something is done better now. Sends no mail."""
    from mailproc.desk import utc_now
    from mailproc.store import improvements

    with open_database(load_config(ctx)) as database, database.transaction() as session:
        item = improvements.do(session, number, who=by_whom(by), now=utc_now())
    if as_json:
        show.document(document(item))
        return
    show.line(f"improvement {item.id} of {item.reference}: done by {item.done_by}. No mail was sent.")


def document(item: Improvement) -> dict[str, object]:
    return {
        "number": item.id,
        "case": item.reference,
        "text": item.text,
        "by": item.who,
        "at": show.iso(item.at),
        "done_at": show.iso(item.done_at),
        "done_by": item.done_by,
    }
