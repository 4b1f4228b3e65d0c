"""What does a command work on? The configuration, the database and the desk, as far as it needs them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from mailproc.errors import DatabaseError

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailproc.desk import Desk
    from mailproc.settings import Config
    from mailproc.store.database import Database

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Limit = Annotated[int, typer.Option(min=1, help="Show at most so many, the newest first.")]


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What was said before the name of the command."""

    config_file: Path | None = None
    verbose: bool = False
    debug: bool = False


def invocation(ctx: typer.Context) -> Invocation:
    found = ctx.find_object(Invocation)
    return found or Invocation()


def load_config(ctx: typer.Context) -> Config:
    """Return the configuration; raises ConfigError with every fault."""
    from mailproc import config
    from mailproc.cli.logs import set_up

    set_up(verbose=invocation(ctx).verbose)
    return config.load(invocation(ctx).config_file)


def sqlite_file(config: Config) -> Path | None:
    """Return where the SQLite database lies; None for another engine."""
    scheme, _, file = config.database.url.partition("sqlite:///")
    return Path(file) if not scheme and file else None


@contextmanager
def open_database(config: Config) -> Iterator[Database]:
    """Open the database that is there; raises DatabaseError when there is none that we may work on."""
    from mailproc.store import schema
    from mailproc.store.database import Database

    file = sqlite_file(config)
    if file is not None and not file.is_file():
        raise DatabaseError(f"{file}: there is no database yet; `mailproc run` or `mailproc once` makes it")
    database = Database(config.database.url)
    try:
        if schema.current(database) is None:
            where = database.url.render_as_string(hide_password=True)
            raise DatabaseError(f"{where}: the database is empty; `mailproc db upgrade` makes the tables")
        schema.ensure(database)
        yield database
    finally:
        database.close()


@contextmanager
def reading(ctx: typer.Context) -> Iterator[tuple[Config, Session]]:
    """Look at the desk without changing anything."""
    config = load_config(ctx)
    with open_database(config) as database, database.reading() as session:
        yield config, session


@contextmanager
def open_working_desk(config: Config) -> Iterator[Desk]:
    """Build the whole desk; a new SQLite file can be read by its owner only."""
    from mailproc.daemon import open_desk

    make_private(config)
    with open_desk(config) as desk:
        yield desk


def make_private(config: Config) -> None:
    """Make the SQLite file before SQLite does, with mode 0600; its side files inherit the mode."""
    file = sqlite_file(config)
    if file is None or file.exists():
        return
    try:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseError(f"{file}: cannot be made ({error.strerror}); check database.url") from None


@contextmanager
def alone(database: Database) -> Iterator[bool]:
    """Tell whether jobs may run in this process, and keep a daemon from starting as long as they do.

    False when a daemon works on this SQLite database. Processes share PostgreSQL, so there it is true.
    """
    from mailproc.store.guard import only_daemon

    with ExitStack() as stack:
        try:
            stack.enter_context(only_daemon(database))
        except DatabaseError:
            nobody_else = False
        else:
            nobody_else = True
        yield nobody_else


@contextmanager
def stopping_cleanly(desk: Desk) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM finish the unit of work in hand; a second Ctrl-C does not wait for it."""
    before = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: FrameType | None) -> None:
        desk.stopping.set()
        signal.signal(number, before[number] or signal.SIG_DFL)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def by_whom(name: str | None) -> str:
    """Return who does this: the name given, or that of the user of this machine.

    Refused are the names by which the history calls those who are no persons.
    """
    import getpass

    from mailproc.cli.failures import UsageError
    from mailproc.cli.show import plain

    try:
        who = plain(name if name is not None else getpass.getuser()).strip()
    except (OSError, KeyError):
        who = f"user {os.getuid()}"
    if not who or len(who) > 80:
        raise UsageError("--by needs a name of 1 to 80 characters")
    if who.casefold() in ("customer", "desk", "server", "machine"):
        raise UsageError(f"--by {who}: in the history this word means no person; give your own name")
    return who


By = Annotated[
    str | None, typer.Option(help="Who does this, for the history. Default: your name on this machine.")
]
