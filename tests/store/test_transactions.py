"""What does a transaction promise beyond what the database promises?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from mailproc.store import journal, receiving, schema
from mailproc.store.database import Database
from mailproc.store.tables import FolderRow

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/mailproc.db")
    schema.ensure(database)
    return database


def test_a_unit_of_work_within_a_unit_of_work_is_refused(sqlite: Database) -> None:
    """Else the inner one would not be committed when its author believes it is."""
    with sqlite.transaction() as session:
        session.add(FolderRow(mailbox="main", folder="INBOX", uidvalidity=1, since=NOW, changed_at=NOW))
        with pytest.raises(AssertionError, match="within a unit of work"), sqlite.transaction():
            pass
    with sqlite.reading() as session:
        assert session.get(FolderRow, ("main", "INBOX")) is not None
    sqlite.close()


def test_all_units_of_work_write_through_one_connection(sqlite: Database) -> None:
    """SQLite empties the page cache of a connection when another one has written."""
    used: set[int] = set()

    @event.listens_for(sqlite.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT"):
            used.add(id(cursor.connection))  # type: ignore[attr-defined]

    for number in range(3):
        with sqlite.transaction() as session, sqlite.reading() as other:
            assert receiving.count_waiting(other) == 0
            journal.visit_folder(session, "main", f"folder {number}", 1, NOW)
    assert len(used) == 1
    sqlite.close()


def test_a_unit_of_work_that_fails_leaves_the_connection_fit_for_the_next(sqlite: Database) -> None:
    with pytest.raises(ZeroDivisionError), sqlite.transaction() as session:
        journal.visit_folder(session, "main", "INBOX", 1, NOW)
        raise ZeroDivisionError
    with sqlite.transaction() as session:
        assert session.get(FolderRow, ("main", "INBOX")) is None
        journal.visit_folder(session, "main", "INBOX", 2, NOW)
    with sqlite.reading() as session:
        assert session.get_one(FolderRow, ("main", "INBOX")).uidvalidity == 2
    sqlite.close()


def test_a_commit_that_fails_leaves_the_file_fit_for_the_next(sqlite: Database) -> None:
    """Of a full disk the desk hears at the commit; when there is room again it has to go on by itself."""
    other = Database(sqlite.url.render_as_string())
    with sqlite.transaction() as session:
        # Whether the other row is there is looked at by the commit, so that it is the commit that fails.
        row = "id INTEGER PRIMARY KEY, other INTEGER REFERENCES pairs (id) DEFERRABLE INITIALLY DEFERRED"
        session.execute(text(f"CREATE TABLE pairs ({row})"))
    with pytest.raises(IntegrityError), sqlite.transaction() as session:
        session.execute(text("INSERT INTO pairs VALUES (1, 2)"))
    for number, database in enumerate((other, sqlite, sqlite), 3):
        with database.transaction() as session:
            session.execute(text(f"INSERT INTO pairs VALUES ({number}, {number})"))
    with sqlite.reading() as session:
        assert list(session.execute(text("SELECT id FROM pairs ORDER BY id")).scalars()) == [3, 4, 5]
    other.close()
    sqlite.close()
