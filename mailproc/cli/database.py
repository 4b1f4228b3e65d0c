"""Is the database sound, of the right version, and copied somewhere else?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailproc.cli import show
from mailproc.cli.failures import ExitCode, UsageError, complain
from mailproc.cli.opening import Json, load_config, make_private, open_database, sqlite_file
from mailproc.errors import DatabaseError

app = typer.Typer(help="Look after the database.", no_args_is_help=True)


@app.command()
def upgrade(ctx: typer.Context, as_json: Json = False) -> None:
    """Bring the tables up to date.

    To what this version needs. Make a backup first.
    """
    from mailproc.store import schema
    from mailproc.store.database import Database
    from mailproc.store.guard import only_daemon

    config = load_config(ctx)
    make_private(config)
    database = Database(config.database.url)
    try:
        with only_daemon(database):
            before, after = schema.upgrade(database)
    finally:
        database.close()
    if as_json:
        show.document({"before": before, "after": after})
    elif before == after:
        show.line(f"the database is at revision {after} already")
    else:
        show.line(f"upgraded from {before or 'nothing'} to revision {after}")


@app.command()
def check(
    ctx: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Unpack every stored mail and letter and compare its digest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for damage.

    Version, tables, SQLite's own checks, unaccounted mail. Exit code 1 when something is found.
    """
    from mailproc.store import backup, policies, queries, schema

    with open_database(load_config(ctx)) as database:
        revision = schema.current(database)
        faults = [f"a table differs from what is expected: {text}" for text in schema.differences(database)]
        with database.reading() as session:
            if database.is_sqlite:
                faults += backup.sqlite_faults(session)
            counts = queries.ledger(session)
            without = policies.missing(session)
        faults += [f"the text of a policy is not stored, or was changed: {policy}" for policy in without]
        if counts["unaccounted"]:
            faults.append(f"{counts['unaccounted']} mails are unaccounted for")
        if deep:
            faults += backup.damaged_bytes(database)
    if as_json:
        show.document({"revision": revision, "mails": counts["received"], "deep": deep, "faults": faults})
    else:
        for fault in faults:
            show.line(f"✗ {fault}")
        read = "every byte read" if deep else "bytes not read, see --deep"
        show.line(f"revision {revision}, {counts['received']} mails, {read}, {len(faults)} faults")
    if faults:
        complain("restore the database from a backup, or keep this file and ask for help")
        raise typer.Exit(ExitCode.WRONG)


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    as_json: Json = False,
) -> None:
    """Copy the database to a new file.

    For SQLite. The copy is verified; the daemon may go on working.
    """
    from mailproc.store.backup import back_up

    config = load_config(ctx)
    if sqlite_file(config) is None:
        raise UsageError("this database is PostgreSQL: make its backup with pg_dump --format=custom")
    if file.exists():
        raise UsageError(f"{file}: is there already, nothing was overwritten; name a new file")
    if not file.absolute().parent.is_dir():
        raise DatabaseError(f"{file.absolute().parent}: there is no such folder; make it first")
    with open_database(config) as database:
        size = back_up(database, file)
    if as_json:
        show.document({"file": str(file), "bytes": size, "verified": True})
    else:
        show.line(f"wrote {file}, {size} bytes, verified")
