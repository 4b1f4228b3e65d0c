"""Every verb of the mailbox against real servers: the same test body for pymap and for Dovecot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from imaplib import IMAP4

import pytest

from mailproc.errors import FolderChanged, LoginRefused, MailboxError, MailboxUnavailable
from mailproc.transports.imap import ImapMailbox
from tests.servers import Dovecot, EmbeddedServers

MAIL = b"From: ann@example.org\r\nSubject: The kettle\r\n\r\nIt exploded.\r\n"
WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@dataclass
class Server:
    """A real IMAP server with one empty mailbox."""

    port: int
    deliver: Callable[..., None]
    other_client: Callable[[], IMAP4]


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Server:
    if request.param == "pymap":
        embedded: EmbeddedServers = request.getfixturevalue("embedded")
        return Server(
            embedded.imap_port,
            lambda raw, when=None: embedded.deliver("desk", raw, when),
            lambda: embedded.other_client("desk", "secret"),
        )
    dovecot: Dovecot = request.getfixturevalue("dovecot")
    return Server(dovecot.port, dovecot.deliver, dovecot.other_client)


@pytest.fixture
def mailbox(server: Server, open_mailbox: Callable[..., ImapMailbox]) -> ImapMailbox:
    mailbox = open_mailbox(server.port)
    mailbox.connect()
    mailbox.open_folder()
    return mailbox


def test_empty_folder_has_nothing_waiting(mailbox: ImapMailbox) -> None:
    assert mailbox.waiting() == []
    assert mailbox.describe([]) == {}
    assert list(mailbox.fetch([])) == []


def test_opening_tells_uidvalidity_and_number_of_messages(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    first, second = mailbox.open_folder(), mailbox.open_folder()
    assert first.exists == 1
    assert first.uidvalidity == second.uidvalidity > 0
    assert first.uidnext is None or first.uidnext > mailbox.waiting()[-1]


def test_waiting_is_ascending_and_describes_size_and_utc_date(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL, WHEN)
    server.deliver(MAIL + b"more\r\n", WHEN)
    uids = mailbox.waiting()
    assert uids == sorted(uids)
    described = mailbox.describe(uids)
    assert [described[uid].size for uid in uids] == [len(MAIL), len(MAIL) + 6]
    assert {entry.internal_date for entry in described.values()} == {WHEN}
    assert all(entry.internal_date and entry.internal_date.tzinfo is UTC for entry in described.values())


def test_vanished_message_is_absent_from_description_and_fetch(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    (uid,) = mailbox.waiting()
    assert mailbox.describe([uid, uid + 7]).keys() == {uid}
    assert [mail.uid for mail in mailbox.fetch([uid, uid + 7])] == [uid]
    assert mailbox.fetch_header(uid + 7) is None


@pytest.mark.parametrize(
    "raw",
    [
        MAIL,
        b"Subject: 8 bit\r\n\r\n" + bytes(range(128, 256)) + b"\r\n",
        b"Subject: literals {5}\r\n\r\n) UID 9 {3}\r\n* 1 FETCH (UID 9)\r\nA1 OK done\r\n* BYE\r\n",
        b"Subject: big\r\n\r\n" + b"x" * 70 * 80_000 + b"\r\n",
        b"Subject: no body\r\n\r\n",
    ],
    ids=["plain", "8bit", "looks like IMAP", "5.6 MB", "no body"],
)
def test_fetched_bytes_are_the_delivered_bytes(server: Server, mailbox: ImapMailbox, raw: bytes) -> None:
    server.deliver(raw, WHEN)
    (fetched,) = mailbox.fetch(mailbox.waiting())
    assert fetched.raw == raw
    assert (fetched.size, fetched.internal_date, fetched.header_only) == (len(raw), WHEN, False)


def test_header_alone_is_fetched_with_the_size_of_the_whole(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    (uid,) = mailbox.waiting()
    header = mailbox.fetch_header(uid)
    assert header is not None
    assert header.raw == b"From: ann@example.org\r\nSubject: The kettle\r\n\r\n"
    assert (header.size, header.header_only) == (len(MAIL), True)


def test_looking_and_fetching_never_marks_a_mail_as_read(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    uids = mailbox.waiting()
    mailbox.describe(uids)
    list(mailbox.fetch(uids))
    mailbox.fetch_header(uids[0])
    other = server.other_client()
    flags = other.fetch("1", "(FLAGS)")[1]
    other.logout()
    assert "FLAGS" in str(flags)
    assert "Seen" not in str(flags)


def test_a_mail_that_another_program_has_read_is_still_waiting(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    other = server.other_client()
    other.store("1", "+FLAGS", r"(\Seen \Flagged)")
    other.logout()
    (fetched,) = mailbox.fetch(mailbox.waiting())
    assert fetched.raw == MAIL


def test_another_program_may_expunge_between_looking_and_fetching(
    server: Server, mailbox: ImapMailbox
) -> None:
    """The others of the batch come, each under its own UID, however the numbers shift (R08, R09)."""
    for number in range(6):
        server.deliver(MAIL + b"number %d\r\n" % number)
    uids = mailbox.waiting()
    other = server.other_client()
    other.store("2,4", "+FLAGS", r"(\Deleted)")
    other.expunge()
    other.logout()
    fetched = {mail.uid: mail.raw for mail in mailbox.fetch(uids)}
    delivered = {uid: MAIL + b"number %d\r\n" % number for number, uid in enumerate(uids)}
    # A server may still hand out what another session has just expunged (pymap does).
    assert fetched.items() <= delivered.items()
    assert {uids[number] for number in (0, 2, 4, 5)} <= fetched.keys()


def test_folders_are_made_once_and_again_without_error(server: Server, mailbox: ImapMailbox) -> None:
    mailbox.create_folders()
    mailbox.create_folders()
    assert mailbox.uids("Processed")[1] == []
    assert mailbox.uids("Quarantine")[1] == []


@pytest.mark.parametrize("folder", ["Processed", "Desk/Received/2026", "Ügyek & panaszok"])
def test_filing_makes_the_folder_and_moves_exactly_these(
    server: Server, mailbox: ImapMailbox, folder: str
) -> None:
    for number in range(4):
        server.deliver(MAIL + b"number %d\r\n" % number)
    uids = mailbox.waiting()
    mailbox.file_away([uids[0], uids[2]], folder)
    assert mailbox.waiting() == [uids[1], uids[3]]
    uidvalidity, filed = mailbox.uids(folder)
    assert uidvalidity > 0
    assert len(filed) == 2


def test_filing_what_has_vanished_is_no_error(server: Server, mailbox: ImapMailbox) -> None:
    server.deliver(MAIL)
    (uid,) = mailbox.waiting()
    mailbox.file_away([uid], "Processed")
    mailbox.file_away([uid, uid + 5], "Processed")
    assert len(mailbox.uids("Processed")[1]) == 1
    assert mailbox.waiting() == []


def test_the_ledger_of_another_folder_leaves_the_open_one_open(server: Server, mailbox: ImapMailbox) -> None:
    mailbox.create_folders()
    server.deliver(MAIL)
    mailbox.uids("Processed")
    assert len(mailbox.waiting()) == 1


def test_the_ledger_of_a_missing_folder_is_an_error_that_names_it(mailbox: ImapMailbox) -> None:
    with pytest.raises(MailboxError) as raised:
        mailbox.uids("Nowhere")
    assert not isinstance(raised.value, MailboxUnavailable)
    assert mailbox.alive
    assert mailbox.waiting() == []


def test_idle_ends_at_once_when_a_mail_came_before_it_began(server: Server, mailbox: ImapMailbox) -> None:
    assert mailbox.waiting() == []
    server.deliver(MAIL)
    assert mailbox.idle(60, lambda: False) is True
    assert len(mailbox.waiting()) == 1


def test_idle_tells_of_a_mail_that_comes_while_waiting(server: Server, mailbox: ImapMailbox) -> None:
    assert mailbox.waiting() == []
    delivered = threading.Event()

    def stop() -> bool:
        if not delivered.is_set():
            server.deliver(MAIL)
            delivered.set()
        return False

    assert mailbox.idle(60, stop) is True
    assert len(mailbox.waiting()) == 1


def test_idle_ends_when_told_to_stop_and_the_session_goes_on(mailbox: ImapMailbox) -> None:
    assert mailbox.idle(600, lambda: True) is False
    assert mailbox.waiting() == []


def test_idle_ends_when_its_time_is_over(mailbox: ImapMailbox) -> None:
    assert mailbox.idle(0.01, lambda: False) is False
    mailbox.noop()
    assert mailbox.alive


def test_wrong_password_is_a_refused_login(server: Server, open_mailbox: Callable[..., ImapMailbox]) -> None:
    mailbox = open_mailbox(server.port, password="wrong")
    with pytest.raises(LoginRefused, match="check username and password"):
        mailbox.connect()
    assert not mailbox.alive


def test_a_closed_mailbox_says_so_and_connects_again(mailbox: ImapMailbox) -> None:
    mailbox.close()
    mailbox.close()
    assert not mailbox.alive
    with pytest.raises(MailboxUnavailable, match="not connected"):
        mailbox.waiting()
    mailbox.connect()
    mailbox.open_folder()
    assert mailbox.waiting() == []


def test_password_and_user_may_hold_any_character(open_mailbox: Callable[..., ImapMailbox]) -> None:
    with EmbeddedServers({"Ödön desk": 'pä"ss\\ wörd {3}'}) as servers:
        mailbox = open_mailbox(servers.imap_port, username="Ödön desk", password='pä"ss\\ wörd {3}')
        mailbox.connect()
        assert mailbox.open_folder().exists == 0


@pytest.mark.dovecot
def test_a_changed_uidvalidity_is_noticed_once_also_over_a_reconnect(
    dovecot: Dovecot, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    """R07: the server was restored; the next opening goes on with the new numbers."""
    dovecot.deliver(MAIL)
    mailbox = open_mailbox(dovecot.port)
    mailbox.connect()
    assert mailbox.open_folder().uidvalidity == mailbox.open_folder().uidvalidity
    mailbox.close()
    before, after = dovecot.reset_uidvalidity()
    mailbox.connect()
    with pytest.raises(FolderChanged, match=f"is {after}, was {before}"):
        mailbox.open_folder()
    assert mailbox.open_folder().uidvalidity == after
    assert len(list(mailbox.fetch(mailbox.waiting()))) == 1


@pytest.mark.dovecot
def test_kicked_session_is_unavailable_and_comes_back(
    dovecot: Dovecot, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    """R12, ten times in a row: nothing of the old session is left in the new one."""
    mailbox = open_mailbox(dovecot.port)
    dovecot.deliver(MAIL)
    for _ in range(10):
        mailbox.connect()
        mailbox.open_folder()
        assert len(mailbox.waiting()) == 1
        dovecot.kick()
        with pytest.raises(MailboxUnavailable):
            mailbox.idle(60, lambda: False)
        assert not mailbox.alive


@pytest.mark.dovecot
def test_names_go_below_the_servers_prefix_in_its_own_hierarchy(
    open_mailbox: Callable[..., ImapMailbox],
) -> None:
    if not Dovecot.available():
        pytest.skip("no Dovecot on this machine")
    courier_like = "namespace inbox {\n prefix = INBOX.\n separator = .\n}\n"
    with Dovecot(settings=courier_like) as server:
        mailbox = open_mailbox(server.port, filed="Desk/Done", quarantine="INBOX.Odd")
        mailbox.connect()
        mailbox.create_folders()
        other = server.other_client()
        names = b"\n".join(line for line in other.list()[1] if isinstance(line, bytes))
        other.logout()
        assert b"INBOX.Desk.Done" in names
        assert b"INBOX.Odd" in names
        assert b"INBOX.INBOX" not in names
