"""How is the database opened, and what is a transaction?

One unit of work is one transaction. SQLite gets WAL, `synchronous=FULL` (the commit gates an irreversible
step on the mail server, so it has to survive a power cut) and `BEGIN IMMEDIATE` (two units that read and
then write queue up instead of colliding). PostgreSQL shares the work between daemons by row locks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    bindparam,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, create_engine

from mailproc.errors import DatabaseError

T = TypeVar("T")

# Pages of 4 KiB in the write-ahead log before they are moved into the database. The default of 1000 moves the
# pages that every mail touches several times a second on a busy desk; this costs 16 MB of disk (our choice).
CHECKPOINT_PAGES = 4000

# A PostgreSQL server that vanishes without a word is noticed within a minute; TCP alone would wait for a
# quarter of an hour, or for ever (libpq's names; the operator's own in `database.url` count more).
_NOTICED = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}

_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("what"))))

# Longer than any backup or batch of ours holds the write lock (our choice).
BUSY_TIMEOUT = 30.0


class Database:
    """An opened database. Thread-safe; hand out sessions only through `transaction` and `reading`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        self._reader = (
            self.engine.execution_options(isolation_level="AUTOCOMMIT") if self.is_sqlite else self.engine
        )
        # SQLite has one writer. Waiting for it on a lock of our own is fair and immediate; SQLite's own
        # waiting sleeps and polls. Other processes are still met by the busy time-out.
        self._turn = threading.RLock()
        self._writer: Connection | None = None
        self._working = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: committed at the end, rolled back whole on any exception."""
        if not self.is_sqlite:
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
                session.commit()
            return
        with self._turn:
            assert not self._working, "a unit of work within a unit of work"
            # Always the same connection: SQLite empties a connection's page cache when another has written.
            if self._writer is None:
                self._writer = self.engine.connect()
            self._working = True
            try:
                with Session(self._writer, expire_on_commit=False) as session:
                    yield session
                    try:
                        session.commit()
                    except BaseException:
                        self._give_up_writer()
                        raise
            finally:
                self._working = False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at committed state that never waits for a writer and changes nothing."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def now(self, session: Session, clock: Callable[[], datetime]) -> datetime:
        """The time by which leases are judged: the server's where several hosts share it."""
        if self.is_sqlite:
            return clock()
        value: datetime = session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
        return value.astimezone(UTC)

    def close(self) -> None:
        with self._turn:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()

    def _give_up_writer(self) -> None:
        """Let the next unit of work have another connection, after a COMMIT that failed, as on a full disk.

        SQLite may still be in that transaction, and SQLAlchemy neither takes it back nor begins a new one: on
        this connection every later unit of work would fail, until the desk is started again.
        """
        if self._writer is not None:
            self._writer.invalidate()  # which ends the transaction: what it had locked is free
            self._writer.close()
            self._writer = None

    def _sqlite_engine(self) -> Engine:
        engine = create_engine(
            self.url,
            connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
            hide_parameters=True,  # error texts are logged, and parameters are customers' words
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _: Any) -> None:
            # The driver must not begin transactions by itself: it would do so only at the first write.
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
                # Past SQLAlchemy, which takes five times as long for it; there are several to every mail.
                connection.connection.driver_connection.execute("BEGIN IMMEDIATE")

        return engine

    def _postgresql_engine(self) -> Engine:
        try:
            return create_engine(
                self.url,
                pool_pre_ping=True,
                pool_size=10,
                hide_parameters=True,
                connect_args=_NOTICED | dict(self.url.query),
            )
        except ModuleNotFoundError:
            raise DatabaseError(
                "database.url names PostgreSQL but its driver is missing; install mailproc[postgres]"
            ) from None


def run(
    session: Session, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement on tables within a session, past the ORM.

    What the desk does for every mail it does with statements that are made once, when a module is loaded.
    Their SQL is then found by a key that SQLAlchemy keeps in them; this takes a fifth of the time of the
    same question to the ORM. What the session itself has pending is written first, as it always is.
    """
    session.flush()
    # The session works out its connection anew for each statement; within one unit of work it is the same.
    connection: Connection | None = session.info.get("connection")
    if connection is None:
        connection = session.info["connection"] = session.connection()
    return connection.execute(statement, values or None)


def run_insert(session: Session, statement: Executable, values: Mapping[str, Any]) -> int:
    """Insert one row as `run` does and return the number it was given."""
    key = run(session, statement, values).inserted_primary_key
    assert key is not None
    return int(key[0])


@contextmanager
def all_or_nothing(session: Session) -> Iterator[None]:
    """Take back what was written within when it raises; what was written before in the unit of work stays.

    A session sets its savepoint when it is first asked for its connection, and `run` never asks: it is asked
    here, or what `run` has written would stay.
    """
    with session.begin_nested():
        session.connection()
        yield


def in_both_dialects(build: Callable[[Any], Executable]) -> dict[str, Executable]:
    """Build a statement twice: both say ON CONFLICT alike, but SQLAlchemy has an insert for each."""
    return {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}


def dialect(session: Session) -> str:
    """Return `sqlite` or `postgresql`, for the few statements that each says in its own way."""
    return session.get_bind().dialect.name


def one_at_a_time(session: Session, what: str) -> None:
    """Wait until no other transaction is busy with `what`, and keep it to the end of this one.

    For what two daemons must not both find missing. PostgreSQL locks the name; SQLite has one writer.
    """
    if dialect(session) == "postgresql":
        run(session, _ONE_AT_A_TIME, {"what": what})


def is_passing(error: BaseException) -> bool:
    """Whether a database error is of the moment (locked, out of reach, full) and not the mail's fault."""
    if isinstance(error, OperationalError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_damage(error: BaseException) -> bool:
    """Whether an error says that a SQLite file is damaged: only a backup helps, going on makes it worse."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def with_patience(work: Callable[[], T], *, tries: int = 5, pause: float = 0.2) -> T:
    """Run a whole unit of work again when the database was locked or the connection lost.

    `work` must open its own transaction: after a failed COMMIT its outcome is unknown, so each unit
    finds out by its unique key whether it has happened already.
    """
    for attempt in range(1, tries + 1):
        try:
            return work()
        except DBAPIError as error:
            if attempt == tries or not is_passing(error):
                raise
            time.sleep(pause * attempt)
    raise AssertionError("unreachable")
