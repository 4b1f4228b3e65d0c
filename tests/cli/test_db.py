"""The database is checked, upgraded and copied."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from mailproc.store import schema
from mailproc.store.tables import InboxRow, OutgoingRow, RawRow
from tests.cli.conftest import Place, write_mail


def test_upgrade_makes_the_tables_in_a_private_file(place: Place) -> None:
    assert place.answer("db", "upgrade") == {"before": None, "after": schema.newest()}
    assert place.answer("db", "upgrade")["before"] == schema.newest()
    assert stat.S_IMODE(place.database_file.stat().st_mode) == 0o600
    for side in place.folder.glob("mailproc.db*"):
        assert stat.S_IMODE(side.stat().st_mode) == 0o600, side


def test_a_sound_database_has_no_faults(place: Place) -> None:
    place.receive(write_mail())
    assert place.answer("db", "check", "--deep")["faults"] == []


def test_check_finds_a_row_that_refers_to_nothing(place: Place) -> None:
    place.receive(write_mail())
    with closing(sqlite3.connect(place.database_file)) as connection, connection:
        connection.execute("UPDATE inbox SET case_id = 99")
    result = place.run("db", "check")
    assert result.exit_code == 1
    assert "refers to a row of cases" in result.stdout and "unaccounted" in result.stdout


def test_check_finds_a_table_that_is_not_as_expected(place: Place) -> None:
    place.receive()
    with closing(sqlite3.connect(place.database_file)) as connection, connection:
        connection.execute("DROP INDEX ix_inbox_disposition")
    assert place.run("db", "check").exit_code == 1


def test_only_the_deep_check_finds_damaged_bytes_and_it_finds_all(place: Place) -> None:
    place.receive(write_mail(), write_mail("Other.", message_id="<2@x.example>"))
    with place.database() as database, database.transaction() as session:
        first = session.get_one(RawRow, session.get_one(InboxRow, 1).raw_sha256)
        second = session.get_one(RawRow, session.get_one(InboxRow, 2).raw_sha256)
        first.body, first.size, second.body = second.body, second.size, second.body[:-4] + b"oops"
        letter = session.get_one(OutgoingRow, 1)
        letter.body = b"not zstd"
        session.add_all([first, second, letter])
    assert place.run("db", "check").exit_code == 0
    faults = place.answer("db", "check", "--deep", exit_code=1)["faults"]
    assert len(faults) == 3
    assert any("not those that were received" in fault for fault in faults)


def test_a_backup_is_a_whole_database_of_its_own(place: Place, tmp_path: Path) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    target = tmp_path / "copy.db"
    assert place.answer("db", "backup", target)["verified"] is True
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.db"]
    place.configure(database={"url": f"sqlite:///{target}"})
    assert place.only_case() == reference
    assert place.answer("db", "check", "--deep")["faults"] == []


def test_a_backup_is_made_while_somebody_writes(place: Place, tmp_path: Path) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        row = session.get_one(InboxRow, 1)
        row.reason = "half done"
        session.add(row)
        session.flush()
        assert place.run("db", "backup", tmp_path / "copy.db").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        (reason,) = copy.execute("SELECT reason FROM inbox").fetchone()
    assert reason != "half done", "only what was committed is in it"


def test_a_backup_overwrites_nothing_and_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    place.receive(write_mail())
    target = tmp_path / "precious"
    target.write_text("keep me")
    refused = place.run("db", "backup", target)
    assert refused.exit_code == 2 and target.read_text() == "keep me"
    assert place.run("db", "backup", tmp_path / "missing" / "x.db").exit_code == 3
    with place.database_file.open("r+b") as stream:
        stream.seek(4096 * 3)
        stream.write(b"\xa5" * 4096 * 4)
    assert place.run("db", "backup", tmp_path / "damaged.db").exit_code in (1, 3)
    assert not [path for path in tmp_path.iterdir() if "damaged" in path.name]


def test_a_backup_of_postgresql_is_pg_dumps_work(place: Place, tmp_path: Path) -> None:
    place.configure(database={"url": "postgresql://desk@127.0.0.1:1/none"})
    result = place.run("db", "backup", tmp_path / "x")
    assert result.exit_code == 2 and "pg_dump" in result.stderr


@pytest.mark.parametrize("command", [["ledger"], ["case", "list"], ["db", "check"], ["export", "messages"]])
def test_looking_does_not_make_a_database(place: Place, command: list[str]) -> None:
    result = place.run(*command)
    assert result.exit_code == 3 and "there is no database yet" in result.stderr
    assert not place.database_file.exists()


def test_a_newer_database_is_refused(place: Place) -> None:
    place.receive(write_mail())
    with closing(sqlite3.connect(place.database_file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (["ledger"], ["once"], ["db", "upgrade"]):
        result = place.run(*command)
        assert result.exit_code == 3 and "newer version" in result.stderr


def test_a_damaged_database_is_a_sentence_and_no_traceback(place: Place) -> None:
    place.receive(write_mail())
    for side in place.folder.glob("mailproc.db-*"):
        side.unlink()
    place.database_file.write_bytes(b"SQLite format 3\x00" + b"\xa5" * 20_000)
    result = place.run("case", "list")
    assert result.exit_code == 3
    assert result.stderr and "Traceback" not in result.output
