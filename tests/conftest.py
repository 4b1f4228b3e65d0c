"""What every test may ask for: a database of either kind."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from mailproc.inbound.cage import Cage
from mailproc.settings import ParserSettings
from mailproc.store import schema
from mailproc.store.database import Database
from tests.compiled import keep_compiled
from tests.conversation import DESK_ADDRESS, MakeTalk, Talk
from tests.servers import EmbeddedServers

POSTGRES_VARIABLE = "MAILPROC_TEST_PG_DSN"

# Tests that take `database` or `database_url` run on both engines; the second run needs a server.
ON_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
BOTH = ["sqlite", ON_POSTGRES]


@pytest.fixture(scope="session", autouse=True)
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hundreds of desks are made here, and each reads every template."""
    keep_compiled(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that is gone after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/mailproc.db"
        return
    yield from postgres_database()


def postgres_database() -> Iterator[str]:
    server = os.environ.get(POSTGRES_VARIABLE)
    if not server:
        pytest.skip(f"{POSTGRES_VARIABLE} names no PostgreSQL server")
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"mailproc_{secrets.token_hex(6)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(scope="session")
def with_all_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite as the migrations make it, to be copied: they take longer than many a test."""
    file = tmp_path_factory.mktemp("made") / "mailproc.db"
    made = Database(f"sqlite:///{file}")
    schema.ensure(made)
    made.close()
    return file


@pytest.fixture
def database(database_url: str, with_all_tables: Path) -> Iterator[Database]:
    """An opened database with all tables."""
    if database_url.startswith("sqlite"):
        shutil.copy(with_all_tables, str(make_url(database_url).database))
    opened = Database(database_url)
    schema.ensure(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def cage() -> Iterator[Cage]:
    """One caged parser for all conversations of a test process."""
    with Cage(ParserSettings(), ("en", "hu")) as opened:
        yield opened


@pytest.fixture
def servers() -> Iterator[EmbeddedServers]:
    """An IMAP and an SMTP server on loopback, with the desk's mailbox and nobody else's."""
    with EmbeddedServers({DESK_ADDRESS: "sesame"}) as running:
        yield running


@pytest.fixture
def make_talk(
    servers: EmbeddedServers, tmp_path: Path, cage: Cage, with_all_tables: Path
) -> Iterator[MakeTalk]:
    """Makes desks; keywords change sections of their configuration."""
    made: list[Talk] = []

    def make(name: str = "mailproc", **changes: dict[str, object]) -> Talk:
        if not (file := tmp_path / f"{name}.db").exists():
            shutil.copy(with_all_tables, file)
        made.append(Talk(servers, f"sqlite:///{file}", cage, **changes))
        return made[-1]

    yield make
    for talk in made:
        talk.close()


@pytest.fixture
def talk(make_talk: MakeTalk) -> Talk:
    return make_talk()
