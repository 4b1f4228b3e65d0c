"""Is the database whole, and how does one get a second copy of it? For SQLite, while the desk works."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from mailproc.errors import DatabaseError
from mailproc.store.database import Database
from mailproc.store.journal import digest
from mailproc.store.packing import unpack
from mailproc.store.tables import OutgoingRow, RawRow


def back_up(database: Database, target: Path) -> int:
    """Write a verified copy of the database to a new file, mode 0600; return its size in bytes.

    The daemon may go on working: SQLite copies one committed state. The file appears whole or not at all,
    and nothing is ever overwritten. Raises DatabaseError when it cannot be done.
    """
    source = database.url.database
    if not database.is_sqlite or not source:
        raise DatabaseError("this database is PostgreSQL: make its backup with pg_dump --format=custom")
    if os.path.lexists(target):
        raise DatabaseError(f"{target}: is there already, nothing was overwritten; name a new file")
    passing = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(passing)) as copy:
            original.backup(copy)
            # One file, without side files that could be forgotten when it is carried away.
            copy.execute("PRAGMA journal_mode=DELETE")
            _verify(copy, original)
        with passing.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(passing, target)  # unlike a renaming, this never replaces a file
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        what = getattr(error, "strerror", None) or error
        raise DatabaseError(f"{target}: the backup failed ({what}); no file was left behind") from error
    finally:
        passing.unlink(missing_ok=True)


def _verify(copy: sqlite3.Connection, original: sqlite3.Connection) -> None:
    faults = [row[0] for row in copy.execute("PRAGMA integrity_check(10)")]
    if faults != ["ok"]:
        raise sqlite3.DatabaseError(f"the copy is damaged: {'; '.join(map(str, faults))}")
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    if copy.execute(schema).fetchall() != original.execute(schema).fetchall():
        raise sqlite3.DatabaseError("the copy has not the tables of the original")


def sqlite_faults(session: Session) -> list[str]:
    """Return what SQLite finds wrong with its own file; empty when all is well."""
    connection = session.connection()
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
    found = [] if found == ["ok"] else found
    for table, rowid, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
        found.append(f"{table} row {rowid} refers to a row of {parent} that is not there")
    return found


def damaged_bytes(database: Database) -> Iterator[str]:
    """Unpack every stored mail and letter and compare its digest; yield what is wrong with each.

    Raises nothing for damage: the next mail is looked at. Memory stays flat.
    """
    for sha256 in _keys(database, RawRow.sha256):
        with database.reading() as session:
            row = session.get(RawRow, sha256)
        if row is None:
            continue
        try:
            if digest(unpack(row.body, row.size)) != sha256:
                yield f"mail {sha256}: its bytes are not those that were received"
        except DatabaseError as error:
            yield f"mail {sha256}: {error}"
    for id in _keys(database, OutgoingRow.outbox_id):
        with database.reading() as session:
            letter = session.get(OutgoingRow, id)
        if letter is None:
            continue
        try:
            unpack(letter.body, letter.size)
        except DatabaseError as error:
            yield f"letter {id}: {error}"


def _keys(database: Database, column: object) -> list[object]:
    with database.reading() as session:
        return list(session.exec(select(col(column))))
