"""Nothing that could end a command and begin another one reaches the IMAP server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.errors import MailboxError
from mailproc.transports.imap import ImapMailbox
from mailproc.transports.imap_guard import argument, line, sequence_sets
from tests.transports.scripted import FakeImap, ScriptedServer

CONTROLS = [*map(chr, range(32)), "\x7f"]

UNSAFE_CALLS: dict[str, Callable[[ImapMailbox, str], object]] = {
    "uids": lambda mailbox, bad: mailbox.uids(f"Pro{bad}cessed"),
    "file_away": lambda mailbox, bad: mailbox.file_away([1], f"Pro{bad}cessed"),
    "describe": lambda mailbox, bad: mailbox.describe([f"1{bad}"]),  # type: ignore[list-item]
    "fetch": lambda mailbox, bad: list(mailbox.fetch([f"1{bad}"])),  # type: ignore[list-item]
    "fetch_header": lambda mailbox, bad: mailbox.fetch_header(f"1{bad}"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", UNSAFE_CALLS)
def test_control_characters_are_refused_by_every_call_with_nothing_on_the_wire(
    call: str, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    with ScriptedServer(FakeImap()) as server:
        mailbox = open_mailbox(server.port)
        mailbox.connect()
        mailbox.open_folder()
        before = bytes(server.received)
        for control in CONTROLS:
            with pytest.raises(MailboxError, match="nothing was sent"):
                UNSAFE_CALLS[call](mailbox, control)
        assert bytes(server.received) == before
        assert mailbox.waiting() == [1, 2, 3]


@pytest.mark.parametrize("setting", ["folder", "filed", "quarantine"])
def test_control_characters_in_configured_folders_are_refused(
    setting: str, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    fake = FakeImap()
    with ScriptedServer(fake) as server:
        for control in CONTROLS:
            mailbox = open_mailbox(server.port, **{setting: f"A{control}DELETE INBOX"})
            mailbox.connect()
            with pytest.raises(MailboxError, match="folder name holds the control character"):
                mailbox.create_folders()
                mailbox.open_folder()
    assert not any("DELETE" in command for command in fake.log)


@pytest.mark.parametrize("setting", ["username", "password"])
def test_control_characters_in_the_login_are_refused_before_connecting(
    setting: str, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    with ScriptedServer(FakeImap()) as server:
        for control in CONTROLS:
            mailbox = open_mailbox(server.port, **{setting: f"hunter{control}2"})
            with pytest.raises(MailboxError, match=f"IMAP {setting} holds") as raised:
                mailbox.connect()
            assert "hunter" not in str(raised.value)
        assert server.connections == 0


@pytest.mark.parametrize("uid", [0, -1, 2**32, True, 1.0, None, "1:*"])
def test_only_uids_name_messages(uid: object) -> None:
    with pytest.raises(MailboxError, match="not a UID"):
        list(sequence_sets([uid]))  # type: ignore[list-item]


def test_a_line_break_that_slipped_past_is_stopped_at_the_wire() -> None:
    assert line(b"A1 NOOP\r\n") == b"A1 NOOP\r\n"
    for bad in (b"A1 X\r\nA2 Y\r\n", b"A1 X\nY\r\n", b"A1 \0\r\n", b"A1 X\r\n\r\n"):
        with pytest.raises(MailboxError):
            line(bad)


def test_common_words_pass() -> None:
    for word in ("Processed", "Desk/Received", "Ügyek", "a b", 'with "quotes" and \\'):
        assert argument(word, "folder name") == word


@given(st.lists(st.integers(min_value=1, max_value=2**32 - 1) | st.integers(1, 3000), max_size=1500))
def test_sequence_sets_name_each_uid_once_and_no_other(uids: list[int]) -> None:
    named: list[int] = []
    for wanted, text in sequence_sets(uids):
        part: list[int] = []
        for piece in text.split(","):
            first, _, last = piece.partition(":")
            part += range(int(first), int(last or first) + 1)
        assert set(part) == wanted
        assert len(part) <= 500
        named += part
    assert named == sorted(set(uids))
