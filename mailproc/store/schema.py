"""Is the database's schema the one this version works on? Alembic migrations, applied in one go.

A database of a newer version is refused: an old daemon must never write into what it does not understand.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from mailproc.errors import DatabaseError
from mailproc.store.database import Database
from mailproc.store.tables import CaseRow

_MIGRATIONS = Path(__file__).parent / "migrations"

# Two daemons that start together on an empty PostgreSQL database must not both create the tables.
_ADVISORY_LOCK = 0x6D61696C70726F63  # "mailproc"


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision this version of mailproc works on."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def current(database: Database) -> str | None:
    """The revision of the database; None when it is empty. Raises DatabaseError when out of reach."""
    try:
        with database.reading() as session:  # never waits for the daemon's write lock
            return MigrationContext.configure(session.connection()).get_current_revision()
    except DBAPIError as error:
        where = database.url.render_as_string(hide_password=True)
        raise DatabaseError(f"{where}: cannot be opened ({error.orig}); check database.url") from error


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the database to the newest revision; return the revisions before and after."""
    _refuse_newer(current(database))
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(_alembic(connection), "head")
        connection.commit()
    return before, newest()


def ensure(database: Database) -> None:
    """Make an empty database ready; refuse one that is older or newer than this version."""
    revision = current(database)
    if revision is None:
        upgrade(database)
        return
    _refuse_newer(revision)
    if revision != newest():
        raise DatabaseError(
            f"the database is at revision {revision}, this version needs {newest()}; "
            "make a backup (mailproc db backup), then run mailproc db upgrade"
        )


def differences(database: Database) -> list[str]:
    """Return how the database's tables differ from what the code expects; empty when they agree."""
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, CaseRow.metadata)]


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"the database is at revision {revision}, which this version of mailproc does not know; "
            "it was used by a newer version: install that one, or restore a backup"
        )
