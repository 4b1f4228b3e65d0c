"""Mail from files is taken in once, silently, and an import may be stopped and repeated."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailproc.errors import MailprocError
from mailproc.jobs import importing
from mailproc.jobs.importing import Found, Kind, folder_of, import_mail, kind_of, mails_at, received_at
from mailproc.store import queries
from tests.cli.conftest import Place, write_mail

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def numbered(n: int) -> bytes:
    return write_mail(f"Mail {n} of mine.", message_id=f"<{n}@customer.example>").replace(b"\r\n", b"\n")


def as_mbox(*mails: bytes) -> bytes:
    return b"".join(b"From ann@customer.example Sat Nov 21 09:59:00 2026\n" + mail + b"\n" for mail in mails)


def maildir(path: Path, *mails: bytes) -> Path:
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    (path / "tmp" / "half").write_bytes(b"not whole")
    for n, mail in enumerate(mails):
        folder = "new" if n % 2 else "cur"
        (path / folder / f"{n}.host:2,S").write_bytes(mail)
    return path


def folder_of_mails(path: Path, *mails: bytes) -> Path:
    (path / "below").mkdir(parents=True)
    (path / "notes.txt").write_text("no mail")
    for n, mail in enumerate(mails):
        (path / ("below" if n % 2 else ".") / f"{n}.EML").write_bytes(mail)
    return path


def test_each_kind_is_recognised_and_read_whole(tmp_path: Path) -> None:
    mails = [numbered(n) for n in range(4)]
    (tmp_path / "box").write_bytes(as_mbox(*mails))
    (tmp_path / "one.eml").write_bytes(mails[0])
    paths = {
        Kind.MBOX: tmp_path / "box",
        Kind.MAILDIR: maildir(tmp_path / "maildir", *mails),
        Kind.FOLDER: folder_of_mails(tmp_path / "folder", *mails),
    }
    for kind, path in paths.items():
        assert kind_of(path) is kind
        assert sorted(found.raw for found in mails_at(path)) == sorted(mails), kind
    assert kind_of(tmp_path / "one.eml") is Kind.SINGLE
    assert [found.raw for found in mails_at(tmp_path / "one.eml")] == [mails[0]]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"just a text\n"])
def test_what_is_no_mail_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(MailprocError, match="neither an mbox file nor a mail"):
        kind_of(path)
    with pytest.raises(MailprocError, match="no such file"):
        kind_of(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MailprocError, match="neither a Maildir"):
        kind_of(tmp_path / "empty")


def test_a_sentence_that_begins_with_from_does_not_part_a_mail(tmp_path: Path) -> None:
    text = b"Subject: x\n\nHello,\n\nFrom my point of view it leaks.\n\n>From quoted\n>>From twice\nFrom me\n"
    (tmp_path / "box").write_bytes(as_mbox(text, numbered(1)))
    first, second = (found.raw for found in mails_at(tmp_path / "box"))
    assert first == text.replace(b">From quoted", b"From quoted").replace(b">>From", b">From")
    assert second == numbered(1)


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Sat Nov 21 09:59:00 2026",
        b"From ???@??? Sat Nov 21 09:59:00 2026",
        b"From MAILER-DAEMON Sat Nov 21 09:59:00 2026",
        b"From ann@customer.example Sat Nov 21 09:59:00 +0000 2026",
        b"From ann@customer.example Sat Nov 21 09:59:00 UTC 2026",
        b"From 1234567890@xxx Sat Nov 21 09:59:00 +0000 2026",
        b"From ann@customer.example Sat, 21 Nov 2026 09:59:00",
    ],
)
def test_separators_as_programs_write_them_part_mails(tmp_path: Path, separator: bytes) -> None:
    plain = b"Subject: %d\n\nwords\n"
    content = separator + b"\n" + plain % 1 + b"\n" + separator + b"\r\n" + plain % 2
    (tmp_path / "box").write_bytes(content)
    found = list(mails_at(tmp_path / "box"))
    assert [each.raw for each in found] == [plain % 1, plain % 2]


def test_a_mail_without_a_date_came_when_its_separator_says(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(as_mbox(b"Subject: x\n\nwords\n"))
    (found,) = mails_at(tmp_path / "box")
    assert received_at(found, NOW) == datetime(2026, 11, 21, 9, 59, tzinfo=UTC)


FILE_TIME = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            b"Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0100\n"
            b"Received: from c; Fri, 20 Nov 2026 10:00:00 +0100\nDate: Thu, 19 Nov 2026 10:00:00 +0100",
            datetime(2026, 11, 21, 9, tzinfo=UTC),
        ),
        (b"Date: Thu, 19 Nov 2026 10:00:00 +0100", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        (b"Received: nonsense\nDate: Thu, 19 Nov 2026 10:00:00 +0100", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        (b"Date: Thu, 19 Nov 2099 10:00:00 +0100", NOW),
        (b"Received: x; Thu, 19 Nov 2099 10:00:00 +0100", NOW),
        (b"Date: Thu, 19 Nov 0026 10:00:00 +9999", FILE_TIME),
        (b"Date: \xff\xfe; 1e999", FILE_TIME),
        (b"Subject: nothing", FILE_TIME),
    ],
)
def test_when_a_mail_came(header: bytes, expected: datetime) -> None:
    found = Found(raw=header + b"\n\nx", size=1, sha256="00", complete=True, stored_at=FILE_TIME)
    assert received_at(found, NOW) == expected


def test_import_opens_cases_and_writes_to_nobody(place: Place, tmp_path: Path) -> None:
    box = tmp_path / "old.mbox"
    box.write_bytes(as_mbox(*(numbered(n) for n in range(3))))
    answer = place.answer("import", box)
    assert (answer["kind"], answer["seen"], answer["new"], answer["waiting"]) == ("mbox", 3, 3, 0)
    cases = place.answer("case", "list")
    assert [case["acknowledgement"] for case in cases] == ["withheld"] * 3
    assert [case["mailbox"] for case in cases] == ["import"] * 3
    assert place.answer("outbox", "list") == []
    mail = place.answer("inbox", "show", 1)
    assert (mail["folder"], mail["uidvalidity"], mail["silent"]) == (folder_of(box), 0, True)
    assert mail["received_at"] == "2026-11-21T08:59:00+00:00"
    assert 0 < mail["uid"] < 2**63


def test_a_second_import_takes_only_what_is_new(place: Place, tmp_path: Path) -> None:
    folder = folder_of_mails(tmp_path / "mails", numbered(1), numbered(2))
    place.answer("import", folder, "--no-receive")
    (folder / "3.eml").write_bytes(numbered(3))
    answer = place.answer("import", folder)
    assert (answer["seen"], answer["new"]) == (3, 1)
    assert place.answer("ledger")["opened"] == 3


def test_a_mail_that_is_here_already_becomes_a_duplicate(place: Place, tmp_path: Path) -> None:
    place.receive(numbered(1).replace(b"\n", b"\r\n"))
    (tmp_path / "box").write_bytes(as_mbox(numbered(1)))
    place.answer("import", tmp_path / "box")
    counts = place.answer("ledger")
    assert (counts["opened"], counts["duplicate"]) == (1, 1), "by another route, with other line ends"


def test_an_import_that_was_stopped_goes_on_where_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_MAILS", 2)
    (tmp_path / "box").write_bytes(as_mbox(*(numbered(n) for n in range(6))))
    with place.desk() as desk:
        first = import_mail(desk, tmp_path / "box", progress=lambda seen: desk.stopping.set())
        assert (first.seen, first.new, first.finished) == (2, 2, False)
    with place.desk() as desk:
        second = import_mail(desk, tmp_path / "box")
        assert (second.seen, second.new, second.finished) == (6, 4, True)
        with desk.database.reading() as session:
            assert queries.ledger(session)["waiting"] == 6


def test_of_a_mail_that_is_too_large_the_header_is_taken(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SIZE_LIMIT", 1000)
    large = write_mail("x" * 900 + "\n" + "y" * 900)
    (tmp_path / "large.eml").write_bytes(large)
    place.answer("import", tmp_path / "large.eml")
    mail = place.answer("inbox", "show", 1)
    assert (mail["complete"], mail["size"], mail["subject"]) == (False, len(large), "My kettle leaks")


def test_the_files_are_only_read(place: Place, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(as_mbox(numbered(1)))
    box.chmod(0o400)
    os.utime(box, (1, 1))
    place.answer("import", box)
    assert (box.read_bytes(), int(box.stat().st_mtime)) == (as_mbox(numbered(1)), 1)
    assert list(tmp_path.glob("box*")) == [box]


def test_the_name_of_a_real_mailbox_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(numbered(1))
    result = place.run("import", tmp_path / "a.eml", "--mailbox", "main")
    assert result.exit_code == 2 and "is read by IMAP" in result.stderr


def test_a_path_that_is_not_there_is_named(place: Place, tmp_path: Path) -> None:
    result = place.run("import", tmp_path / "nothing")
    assert result.exit_code == 1 and "there is no such file or folder" in result.stderr
