"""Looking at received mail, receiving it again, setting it aside."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mailproc.cli import inbox as inbox_commands
from mailproc.store.receiving import Disposition
from tests.cli.conftest import TOO_DEEP, Place, out_of_office, write_mail

SPAM = write_mail(
    "Buy now!", subject="Offer", message_id="<s@customer.example>", headers={"X-Spam-Flag": "YES"}
)


def test_mail_is_listed_by_what_became_of_it(place: Place) -> None:
    place.receive(write_mail(), SPAM, TOO_DEEP)
    place.journal(write_mail(message_id="<later@customer.example>", text="later"))
    words = {mail["id"]: mail["disposition"] for mail in place.answer("inbox", "list")}
    assert words == {1: "opened", 2: "ignored", 3: "quarantined", 4: "waiting"}
    for id, word in words.items():
        assert [mail["id"] for mail in place.answer("inbox", "list", "--disposition", word)] == [id]


def test_the_words_that_can_be_asked_for_are_those_of_the_ledger() -> None:
    assert set(inbox_commands.Word.__args__) == {*Disposition, "waiting"}


def test_a_mail_is_shown_with_what_was_decided(place: Place) -> None:
    place.receive(SPAM)
    shown = place.answer("inbox", "show", 1)
    assert (shown["kind"], shown["rule"], shown["text"]) == ("spam", "marked_as_spam", "Buy now!")
    for_people = place.run("inbox", "show", 1).stdout
    assert "spam by rule marked_as_spam" in for_people and "    Buy now!" in for_people


def test_raw_bytes_come_out_as_they_came_in(place: Place, tmp_path: Path) -> None:
    raw = write_mail() + b"\x00\xff\x1b"
    place.receive(raw)
    assert place.run("inbox", "show", 1, "--raw").stdout_bytes == raw
    target = tmp_path / "a.eml"
    assert place.run("inbox", "show", 1, "--raw", "--out", target).exit_code == 0
    assert target.read_bytes() == raw
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_attachment_is_written_under_its_safe_name_and_over_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.receive(write_mail(attachment=("../../etc/pass\u202ewd.txt", b"\x00root")))
    below = tmp_path / "here"
    below.mkdir()
    monkeypatch.chdir(below)
    written = place.answer("inbox", "show", 1, "--attachment", 1)["written"]
    assert written == "passwd.txt"
    assert (below / "passwd.txt").read_bytes() == b"\x00root"
    again = place.run("inbox", "show", 1, "--attachment", 1)
    assert again.exit_code == 1 and "nothing was overwritten" in again.stderr
    other = tmp_path / "other.bin"
    assert place.run("inbox", "show", 1, "--attachment", 1, "--out", other).exit_code == 0
    assert other.read_bytes() == b"\x00root"


def test_a_link_that_lies_in_wait_is_not_followed(place: Place, tmp_path: Path) -> None:
    place.receive(write_mail())
    link = tmp_path / "out.eml"
    link.symlink_to(tmp_path / "elsewhere")
    assert place.run("inbox", "show", 1, "--raw", "--out", link).exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "arguments", [["--attachment", 2], ["--out", "x"], ["--raw", "--attachment", 1], ["--attachment", 0]]
)
def test_what_cannot_be_shown_is_refused(place: Place, arguments: list[object]) -> None:
    place.receive(write_mail(attachment=("a.txt", b"a")))
    assert place.run("inbox", "show", 1, *arguments).exit_code in (1, 2)
    assert not Path("x").exists()


def test_a_mail_that_is_not_there_is_named(place: Place) -> None:
    place.receive(write_mail())
    for command in (["show", 99], ["retry", 99], ["drop", 99, "--reason", "x"]):
        result = place.run("inbox", *command)
        assert result.exit_code == 1 and "mail 99: there is no such mail" in result.stderr


def test_a_quarantined_mail_is_received_again_into_its_case(place: Place) -> None:
    """As after a repair: the bytes are the same, and now they can be read."""
    place.receive(TOO_DEEP)
    case = place.only_case()
    with place.database() as database, database.transaction() as session:
        _repair(session, 1, write_mail(message_id="<deep@customer.example>"))
    assert place.answer("inbox", "retry", 1) == {"waiting_again": [1]}
    place.receive()
    mail = place.answer("inbox", "show", 1)
    assert (mail["disposition"], mail["case"]) == ("opened", case)
    assert place.answer("case", "list")[0]["acknowledgement"] == "queued"


def test_a_copy_of_a_quarantined_mail_does_not_stand_in_the_way_of_another_try(place: Place) -> None:
    place.receive(TOO_DEEP, TOO_DEEP)
    assert [mail["disposition"] for mail in place.answer("inbox", "list")] == ["duplicate", "quarantined"]
    place.run("inbox", "retry", 1)
    place.receive()
    words = [mail["disposition"] for mail in place.answer("inbox", "list")]
    assert words == ["duplicate", "quarantined"], "never a duplicate of its own duplicate"


def test_all_quarantined_mail_is_tried_again(place: Place) -> None:
    place.receive(TOO_DEEP, write_mail(), TOO_DEEP.replace(b"deep@", b"deeper@"))
    assert place.answer("inbox", "retry", "--all-quarantined") == {"waiting_again": [1, 3]}
    assert place.answer("ledger")["waiting"] == 2


def test_an_ignored_mail_is_taken_as_a_customers_when_a_person_says_so(place: Place) -> None:
    place.receive(SPAM)
    assert place.run("inbox", "retry", 1, "--as", "customer").exit_code == 0
    place.receive()
    mail = place.answer("inbox", "show", 1)
    assert (mail["disposition"], mail["rule"], mail["taken_as"]) == ("opened", "person", "customer")


def test_an_automatic_reply_is_received_again_only_when_a_person_says_what_it_is(place: Place) -> None:
    place.receive(write_mail())
    first = place.only_case()
    place.receive(out_of_office("<1@customer.example>"))
    refused = place.run("inbox", "retry", 2)
    assert refused.exit_code == 1 and "--as" in refused.stderr
    before = place.answer("case", "show", first)
    assert place.run("inbox", "retry", 2, "--as", "customer").exit_code == 0
    place.receive()
    after = place.answer("case", "show", first)
    assert place.answer("inbox", "show", 2)["disposition"] == "joined"
    assert after["history"][: len(before["history"])] == before["history"], "the real case is not begun anew"
    assert after["opened_at"] == before["opened_at"]


def test_what_has_its_place_is_not_received_again(place: Place) -> None:
    place.receive(write_mail())
    for arguments in (["retry", 1], ["retry", 1, "--as", "customer"], ["drop", 1, "--reason", "no"]):
        result = place.run("inbox", *arguments)
        assert result.exit_code == 1 and "was opened" in result.stderr
    assert place.answer("inbox", "show", 1)["disposition"] == "opened"


def test_several_retries_happen_all_or_not_at_all(place: Place) -> None:
    place.receive(SPAM, write_mail())
    assert place.run("inbox", "retry", 1, 2).exit_code == 1
    assert place.answer("inbox", "show", 1)["disposition"] == "ignored"


@pytest.mark.parametrize("arguments", [[], [1, "--all-quarantined"]])
def test_retry_wants_to_know_which(place: Place, arguments: list[object]) -> None:
    place.receive(TOO_DEEP)
    assert place.run("inbox", "retry", *arguments).exit_code == 2


def test_a_dropped_mail_keeps_its_bytes_and_says_who_and_why(place: Place) -> None:
    place.receive(TOO_DEEP)
    case = place.only_case()
    result = place.answer("inbox", "drop", 1, "--reason", "a bomb", "--by", "Ana")
    assert result["case"] == case
    mail = place.answer("inbox", "show", 1)
    assert (mail["disposition"], mail["reason"]) == ("ignored", "dropped by Ana: a bomb")
    assert place.run("inbox", "show", 1, "--raw").stdout_bytes == TOO_DEEP
    last = place.answer("case", "show", case)["history"][-1]
    assert (last["who"], last["text"]) == ("Ana", "mail 1 dropped: a bomb")


def test_a_waiting_mail_that_is_dropped_is_never_received(place: Place) -> None:
    place.journal(write_mail())
    assert place.run("inbox", "drop", 1, "--reason", "sent by mistake").exit_code == 0
    place.receive()
    assert place.answer("case", "list") == []
    counts = place.answer("ledger")
    assert (counts["ignored"], counts["waiting"], counts["unaccounted"]) == (1, 0, 0)
    mail = place.answer("inbox", "show", 1)
    assert (mail["subject"], mail["file_to"]) == ("My kettle leaks", "Processed")
    place.receive(write_mail())
    assert place.answer("inbox", "list")[0]["disposition"] == "duplicate", "a copy of it is recognised"


def _repair(session: object, id: int, raw: bytes) -> None:
    """Stands for a new version of mailproc that can read what the old one could not."""
    from sqlmodel import Session

    from mailproc.store.packing import pack
    from mailproc.store.tables import InboxRow, RawRow

    assert isinstance(session, Session)
    row = session.get_one(InboxRow, id)
    stored = session.get_one(RawRow, row.raw_sha256)
    stored.size, stored.body = len(raw), pack(raw)
    row.attempts = row.postponed = 9  # it had its tries
    session.add_all([stored, row])
