"""Does the benchmark measure what it says? Its mails, its judge and one short run of everything."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mailproc.inbound.parse import parse
from mailproc.store import schema
from mailproc.store.database import Database
from tests.bench import desk, judge, prefill
from tests.bench.__main__ import PASSWORD, USER
from tests.bench.mailbox import Mail, generate, same_text
from tests.bench.sink import Sink
from tests.servers import EmbeddedServers


@pytest.fixture(scope="module")
def mails() -> list[Mail]:
    return list(generate(40, "1"))


def test_the_same_seed_gives_the_same_bytes_and_a_smaller_set_is_the_beginning(mails: list[Mail]) -> None:
    assert list(generate(25, "1")) == mails[:25]
    assert [mail.raw for mail in generate(25, "2")] != [mail.raw for mail in mails[:25]]


def test_the_mix_is_what_is_said(mails: list[Mail]) -> None:
    sizes = sorted(len(mail.raw) for mail in mails)
    assert all(size < 6_000 for size in sizes[:24])
    assert all(6_000 < size < 60_000 for size in sizes[24:34])
    assert all(100_000 < size < 200_000 for size in sizes[34:38])
    assert all(2_000_000 < size < 3_000_000 for size in sizes[38:])
    assert sum(mail.expected.follow_up for mail in mails) == 12


def test_the_parser_reads_what_the_mails_are_said_to_say(mails: list[Mail]) -> None:
    for mail in mails:
        message = parse(mail.raw)
        assert message.message_id == mail.expected.message_id
        assert message.subject == mail.expected.subject
        assert same_text(message.text, mail.expected.text_sha256)
        assert tuple((file.name, file.sha256) for file in message.attachments) == mail.expected.attachments


def test_the_desk_does_everything_and_the_judge_sees_what_is_wrong(mails: list[Mail], tmp_path: Path) -> None:
    with EmbeddedServers({USER: PASSWORD}) as servers, Sink() as sink:
        for mail in mails:
            servers.deliver(USER, mail.raw, mail.received_at)
        settings = desk.settings(tmp_path, servers.imap_port, sink.port, USER, PASSWORD)
        run = desk.run(tmp_path, settings, len(mails))
        recipients = sink.stop().recipients
    database = desk.database(tmp_path)
    assert run.seconds > 0 and run.cpu > 0 and run.rss >= run.pss > 0
    assert judge.wrong(database, mails, recipients) == []

    assert judge.wrong(database, mails, [*recipients, recipients[0]]) != []
    other = replace(mails[0], expected=replace(mails[0].expected, text_sha256="0" * 64))
    assert judge.wrong(database, [other, *mails[1:]], recipients) == [
        f"{other.expected.message_id} has another text"
    ]
    with sqlite3.connect(database) as connection:
        follower = next(mail.expected for mail in mails if mail.expected.follow_up)
        connection.execute(
            "UPDATE inbox SET case_id = (SELECT max(id) FROM cases) WHERE message_id = ?",
            (follower.message_id,),
        )
    connection.close()
    assert any("its thread is case" in fault for fault in judge.wrong(database, mails, recipients))


def test_the_old_desk_has_its_cases_in_every_table(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    prefill.fill(file, 120)
    opened = Database(f"sqlite:///{file}")
    schema.ensure(opened)
    opened.close()
    connection = sqlite3.connect(file)
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("cases", "inbox", "messages", "raw_messages", "outbox", "outgoing", "history")
    }
    connection.close()
    assert counts == dict.fromkeys(counts, 120) | {"history": 360}
