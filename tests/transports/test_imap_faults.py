"""What a server does wrong harms one message or one connection, never more (rows R08 to R14)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailproc.errors import FolderChanged, LoginRefused, MailboxError, MailboxUnavailable
from mailproc.transports.imap import ImapMailbox
from mailproc.transports.imap_trouble import is_temporary, retry_after
from tests.transports.scripted import CUT, END, HANG, FakeImap, Peer, ScriptedServer

BODY = b"Subject: x\r\n\r\nbody\r\n"


def whole(uid: int, raw: bytes = BODY, *, seq: int | None = None) -> bytes:
    """One right FETCH answer."""
    head = b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "01-Mar-2026 12:30:00 +0100" BODY[] {%d}\r\n'
    return head % (seq or uid, uid, len(raw), len(raw)) + raw + b")"


Connect = Callable[..., tuple[ImapMailbox, FakeImap, ScriptedServer]]


@pytest.fixture
def connected(open_mailbox: Callable[..., ImapMailbox], request: pytest.FixtureRequest) -> Connect:
    """Return an open mailbox on a scripted server, and both ends of the script."""

    def connect(
        answers: dict[str, object], *, timeout: float = 20, **options: object
    ) -> tuple[ImapMailbox, FakeImap, ScriptedServer]:
        fake = FakeImap(answers, **options)  # type: ignore[arg-type]
        server = ScriptedServer(fake)
        server.__enter__()
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        mailbox = open_mailbox(server.port, timeout=timeout)
        mailbox.connect()
        mailbox.open_folder()
        return mailbox, fake, server

    return connect


# R10: odd answers to FETCH


@pytest.mark.parametrize(
    "odd",
    [
        b"* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] NIL)",
        b"* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] nil)",
        b"* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] 12)",
        b"* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] None)",
        b'* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] "")',
        b"* 2 FETCH (UID 2 RFC822.SIZE 20 BODY[] {0}\r\n)",
        b"* 2 FETCH (UID 2 RFC822.SIZE 20)",
        b"* 2 FETCH (UID 2 RFC822.SIZE)",
        b"* 2 FETCH (FLAGS (\\Seen))",
        b"* 2 FETCH (UID x BODY[] {3}\r\nabc)",
        b"* 2 FETCH (((",
        b"* 2 FETCH ",
        b"* 2 EXPUNGE",
        whole(9),
        whole(9, seq=2),
    ],
)
def test_odd_answer_costs_its_own_message_only(connected: Connect, odd: bytes) -> None:
    mailbox, _, _ = connected({"FETCH": [whole(1), odd, whole(3), "{tag} OK done"]})
    assert {mail.uid: mail.raw for mail in mailbox.fetch([1, 2, 3])} == {1: BODY, 3: BODY}
    assert mailbox.alive
    assert mailbox.waiting() == [1, 2, 3]


def test_unasked_flag_changes_between_the_answers_do_no_harm(connected: Connect) -> None:
    flags = [
        b"* 1 FETCH (UID 1 FLAGS (\\Seen))",
        b"* 3 FETCH (FLAGS ())",
        b"* 9 EXISTS",
        b"* OK [ALERT] hello",
    ]
    mailbox, _, _ = connected({"FETCH": [*flags, whole(1), *flags, whole(3), *flags, "{tag} OK done"]})
    assert {mail.uid: mail.raw for mail in mailbox.fetch([1, 3])} == {1: BODY, 3: BODY}


def test_answer_split_in_two_is_put_together(connected: Connect) -> None:
    parts = [
        b"* 1 FETCH (UID 1 RFC822.SIZE 20)",
        b'* 1 FETCH (INTERNALDATE "01-Mar-2026 12:30:00 +0100" BODY[] {%d}\r\n%b UID 1)' % (len(BODY), BODY),
    ]
    mailbox, _, _ = connected({"FETCH": [*parts, "{tag} OK done"]})
    (mail,) = mailbox.fetch([1])
    assert (mail.raw, mail.size) == (BODY, 20)
    assert mail.internal_date == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


def test_size_that_is_a_little_wrong_is_believed_to_the_literal(connected: Connect) -> None:
    """Exchange counts before it converts."""
    lie = whole(1).replace(b"RFC822.SIZE %d" % len(BODY), b"RFC822.SIZE 25")
    mailbox, _, _ = connected({"FETCH": [lie, "{tag} OK done"]})
    assert [mail.raw for mail in mailbox.fetch([1])] == [BODY]


def test_date_that_cannot_be_read_does_not_cost_the_mail(connected: Connect) -> None:
    odd = whole(1).replace(b"01-Mar-2026", b"99-Foo-2026")
    mailbox, _, _ = connected({"FETCH": [odd, "{tag} OK done"]})
    assert [(mail.raw, mail.internal_date) for mail in mailbox.fetch([1])] == [(BODY, None)]


def test_literal_larger_than_anything_asked_for_is_dropped_and_the_session_lives(
    open_mailbox: Callable[..., ImapMailbox],
) -> None:
    huge = b"x" * 3_000_000
    fake = FakeImap({"FETCH": [whole(1), whole(2, huge), whole(3), "{tag} OK done"]})
    with ScriptedServer(fake) as server:
        mailbox = open_mailbox(server.port, size_limit=10_000)
        mailbox.connect()
        mailbox.open_folder()
        assert [mail.uid for mail in mailbox.fetch([1, 2, 3])] == [1, 3]
        assert mailbox.waiting() == [1, 2, 3]


def test_connection_that_breaks_in_a_literal_yields_what_came_whole_then_raises(connected: Connect) -> None:
    def torn(peer: Peer, tag: str, arguments: str) -> str:
        peer.send(whole(1))
        peer.send_raw(whole(2)[:-8])
        return CUT

    mailbox, _, _ = connected({"FETCH": torn})
    came: list[int] = []
    with pytest.raises(MailboxUnavailable):
        for mail in mailbox.fetch([1, 2, 3]):
            came.append(mail.uid)
    assert came == [1]
    assert not mailbox.alive


@pytest.mark.parametrize("claimed", [len(BODY) - 5, len(BODY) + 5, len(BODY) + 500])
def test_literal_of_a_wrong_length_never_becomes_a_mail(connected: Connect, claimed: int) -> None:
    """Shorter or longer than said: the lines after it make no sense, the connection is given up."""
    wrong = whole(2).replace(b"BODY[] {%d}" % len(BODY), b"BODY[] {%d}" % claimed)
    mailbox, _, _ = connected({"FETCH": [whole(1), wrong, "{tag} OK done"]}, timeout=0.3)
    came: list[int] = []
    with pytest.raises(MailboxUnavailable):
        for mail in mailbox.fetch([1, 2, 3]):
            came.append(mail.uid)
    assert 2 not in came


def test_no_because_of_one_message_leaves_the_others(connected: Connect) -> None:
    """Dovecot and Exchange answer so when a message vanished in between."""
    answer = [whole(1), "{tag} NO [EXPUNGEISSUED] Some messages could not be FETCHed"]
    mailbox, _, _ = connected({"FETCH": answer})
    assert [mail.uid for mail in mailbox.fetch([1, 2])] == [1]
    assert mailbox.alive


def test_only_body_size_and_date_are_ever_asked_for_and_never_in_a_way_that_marks(connected: Connect) -> None:
    mailbox, fake, _ = connected({"FETCH": [whole(1), "{tag} OK done"]})
    mailbox.describe([1])
    list(mailbox.fetch([1]))
    mailbox.fetch_header(1)
    asked = " ".join(command for command in fake.log if "FETCH" in command)
    assert "BODY.PEEK[]" in asked
    for word in ("ENVELOPE", "BODYSTRUCTURE", "BODY[", "RFC822 ", "FLAGS"):
        assert word not in asked


def test_uids_in_any_number_of_lines_and_beyond_a_million_bytes_are_found(connected: Connect) -> None:
    uids = range(10_000_000, 10_120_000)
    lines = [b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids), b"* SEARCH 5 4", b"* SEARCH"]
    mailbox, _, _ = connected({"SEARCH": [*lines, "{tag} OK done"]})
    assert mailbox.waiting() == [4, 5, *uids]


# Filing without MOVE


def test_filing_without_move_copies_marks_and_expunges_by_uid(connected: Connect) -> None:
    mailbox, fake, _ = connected({}, capabilities="IMAP4rev1 AUTH=PLAIN UIDPLUS")
    mailbox.file_away([1, 2, 3], "Processed")
    assert fake.log[-4:] == [
        'UID COPY 1:3 "Processed"',
        "UID STORE 1:3 +FLAGS.SILENT (\\Deleted)",
        "CAPABILITY",
        "UID EXPUNGE 1:3",
    ] or fake.log[-3:] == [
        'UID COPY 1:3 "Processed"',
        "UID STORE 1:3 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 1:3",
    ]


def test_filing_without_uidplus_never_expunges(connected: Connect) -> None:
    mailbox, fake, _ = connected({}, capabilities="IMAP4rev1 AUTH=PLAIN")
    mailbox.file_away([2], "Processed")
    assert "EXPUNGE" not in fake.verbs()
    assert "STORE" in fake.verbs()


def test_nothing_is_marked_when_the_copy_failed(connected: Connect) -> None:
    mailbox, fake, _ = connected({"COPY": "{tag} NO over quota"}, capabilities="IMAP4rev1 AUTH=PLAIN UIDPLUS")
    with pytest.raises(MailboxError, match="over quota"):
        mailbox.file_away([2], "Processed")
    assert "STORE" not in fake.verbs()
    assert "EXPUNGE" not in fake.verbs()


def test_a_refused_move_of_messages_that_are_there_is_an_error(connected: Connect) -> None:
    mailbox, _, _ = connected({"MOVE": "{tag} NO over quota"})
    with pytest.raises(MailboxError, match="over quota"):
        mailbox.file_away([2], "Processed")
    assert mailbox.alive


def test_a_folder_that_stays_missing_is_an_error_and_no_endless_loop(connected: Connect) -> None:
    mailbox, fake, _ = connected({"MOVE": "{tag} NO [TRYCREATE] no such folder"})
    with pytest.raises(MailboxError, match="make it by hand"):
        mailbox.file_away([2], "Processed")
    assert fake.verbs().count("MOVE") == 2


# R07: UIDVALIDITY


def test_uidvalidity_that_changes_within_a_session_is_noticed(connected: Connect) -> None:
    mailbox, _, _ = connected({"NOOP": ["* OK [UIDVALIDITY 8] restored", "{tag} OK done"]})
    with pytest.raises(FolderChanged, match="is 8, was 7"):
        mailbox.waiting()


def test_folder_without_uidvalidity_is_refused(open_mailbox: Callable[..., ImapMailbox]) -> None:
    with ScriptedServer(FakeImap({"SELECT": ["* 3 EXISTS", "{tag} OK done"]})) as server:
        mailbox = open_mailbox(server.port)
        mailbox.connect()
        with pytest.raises(MailboxError, match="no UIDVALIDITY"):
            mailbox.open_folder()


def test_read_only_folder_is_refused_with_the_remedy(open_mailbox: Callable[..., ImapMailbox]) -> None:
    answer = [
        "* 3 EXISTS",
        "* OK [UIDVALIDITY 7] ok",
        "* OK [READ-ONLY] look only",
        "{tag} OK [READ-ONLY] done",
    ]
    with ScriptedServer(FakeImap({"SELECT": answer})) as server:
        mailbox = open_mailbox(server.port)
        mailbox.connect()
        with pytest.raises(MailboxError, match="read-only"):
            mailbox.open_folder()


# R11 and R12: hanging, leaving, talking nonsense

EVERY_CALL: dict[str, tuple[str, Callable[[ImapMailbox], object]]] = {
    "open_folder": ("SELECT", lambda mailbox: mailbox.open_folder()),
    "create_folders": ("SUBSCRIBE", lambda mailbox: mailbox.create_folders()),
    "waiting": ("SEARCH", lambda mailbox: mailbox.waiting()),
    "describe": ("FETCH", lambda mailbox: mailbox.describe([1])),
    "fetch": ("FETCH", lambda mailbox: list(mailbox.fetch([1]))),
    "fetch_header": ("FETCH", lambda mailbox: mailbox.fetch_header(1)),
    "file_away": ("MOVE", lambda mailbox: mailbox.file_away([1], "Processed")),
    "idle": ("IDLE", lambda mailbox: mailbox.idle(60, lambda: False)),
    "uids": ("EXAMINE", lambda mailbox: mailbox.uids("Processed")),
    "noop": ("NOOP", lambda mailbox: mailbox.noop()),
}


def drip(peer: Peer, tag: str, arguments: str) -> str:
    """One byte now and then: never silent, never done."""
    never = threading.Event()
    while True:
        peer.send_raw(b"*")
        never.wait(0.02)


ABRUPT: dict[str, object] = {
    "cut": CUT,
    "end": END,
    "hang": HANG,
    "drip": drip,
    "bye": ["* BYE shutting down", CUT],
    "nonsense": ["what do you mean?"],
    "torn line": lambda peer, tag, arguments: peer.send_raw(b"* 3 EXI") or CUT,
}


@pytest.mark.parametrize("fault", ABRUPT)
@pytest.mark.parametrize("call", EVERY_CALL)
def test_every_call_ends_in_unavailable_when_the_server_goes(
    call: str, fault: str, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    verb, act = EVERY_CALL[call]
    fake = FakeImap()
    with ScriptedServer(fake) as server:
        mailbox = open_mailbox(server.port, timeout=0.3)
        mailbox.connect()
        mailbox.open_folder()
        fake.answers[verb] = ABRUPT[fault]
        with pytest.raises(MailboxUnavailable):
            act(mailbox)
        assert not mailbox.alive
        del fake.answers[verb]
        mailbox.connect()
        mailbox.open_folder()
        assert mailbox.waiting() == [1, 2, 3]


def test_server_that_goes_silent_in_idle_is_given_up_at_its_end(connected: Connect) -> None:
    """R11: the router forgot the connection; nothing is ever heard again."""

    def black_hole(peer: Peer, tag: str, arguments: str) -> str:
        peer.send("+ idling")
        return HANG

    mailbox, _, _ = connected({"IDLE": black_hole}, timeout=0.3)
    with pytest.raises(MailboxUnavailable):
        mailbox.idle(0.05, lambda: False)


def test_bye_in_the_middle_of_idle_is_unavailable(connected: Connect) -> None:
    def leave(peer: Peer, tag: str, arguments: str) -> str:
        peer.send("+ idling", "* OK Still here", "* BYE [UNAVAILABLE] restarting, try again in 30 seconds")
        return CUT

    mailbox, _, _ = connected({"IDLE": leave})
    with pytest.raises(MailboxUnavailable, match="restarting") as raised:
        mailbox.idle(60, lambda: False)
    assert raised.value.retry_after == 30


def test_idle_that_the_server_ends_by_itself_is_no_error(connected: Connect) -> None:
    def enough(peer: Peer, tag: str, arguments: str) -> list[str]:
        peer.send("* OK before the plus", "+ idling")
        return ["{tag} OK enough"]

    mailbox, fake, _ = connected({"IDLE": enough})
    assert mailbox.idle(60, lambda: False) is False
    assert "DONE" not in fake.log
    assert mailbox.waiting() == [1, 2, 3]


def test_what_was_announced_after_the_last_look_ends_idle_at_once(connected: Connect) -> None:
    """New mail between FETCH and IDLE: the server announced it with the FETCH answer and never again."""
    mailbox, _, _ = connected({"FETCH": [whole(1), "* 4 EXISTS", "{tag} OK done"]})
    mailbox.waiting()
    list(mailbox.fetch([1]))
    assert mailbox.idle(60, lambda: False) is True
    mailbox.waiting()
    assert mailbox.idle(0.01, lambda: False) is False


def test_idle_that_the_operator_switched_off_is_not_used(open_mailbox: Callable[..., ImapMailbox]) -> None:
    fake = FakeImap({})
    with ScriptedServer(fake) as server:
        mailbox = open_mailbox(server.port, idle=False)
        mailbox.connect()
        mailbox.open_folder()
        mailbox.idle(0.01, lambda: False)
        mailbox.close()
    assert "IDLE" not in fake.verbs()


def test_server_without_idle_is_asked_by_noop(connected: Connect) -> None:
    asked: list[str] = []

    def noop(peer: Peer, tag: str, arguments: str) -> list[str]:
        asked.append(tag)
        return ["* 4 EXISTS", "{tag} OK done"] if len(asked) > 1 else ["{tag} OK done"]

    mailbox, fake, _ = connected({}, capabilities="IMAP4rev1 AUTH=PLAIN")
    fake.answers["NOOP"] = noop
    assert mailbox.idle(0.01, lambda: False) is True
    assert "IDLE" not in fake.verbs()


# R13 and R14: throttled or refused


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ("{tag} NO Request is throttled. Suggested Backoff Time: 12345 milliseconds", 12.345),
        ("{tag} NO [UNAVAILABLE] Temporary authentication failure. try again in 2 minutes", 120),
        ("{tag} NO [ALERT] Too many simultaneous connections. (Failure)", None),
        ("{tag} NO User is authenticated but not connected.", None),
        ("{tag} NO [LIMIT] retry after 90 s", 90),
        (["* BYE Request is throttled. Suggested Backoff Time: 5000 milliseconds"], 5),
    ],
)
def test_throttled_login_is_unavailable_for_the_time_the_server_names(
    answer: object, seconds: float | None, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    with ScriptedServer(FakeImap({"LOGIN": answer}, capabilities="IMAP4rev1")) as server:
        mailbox = open_mailbox(server.port)
        with pytest.raises(MailboxUnavailable) as raised:
            mailbox.connect()
        assert raised.value.retry_after == (pytest.approx(seconds) if seconds else None)
        assert not mailbox.alive
        assert server.connections == 1


@pytest.mark.parametrize("verb", ["SELECT", "SEARCH", "FETCH", "MOVE"])
def test_throttling_in_the_session_is_unavailable_too(verb: str, connected: Connect) -> None:
    mailbox, fake, _ = connected({})
    fake.answers[verb] = "{tag} NO Request is throttled. Suggested Backoff Time: 1500 milliseconds"
    act = next(act for name, act in EVERY_CALL.values() if name == verb)
    with pytest.raises(MailboxUnavailable) as raised:
        act(mailbox)
    assert raised.value.retry_after == 1.5


@pytest.mark.parametrize(
    "answer",
    [
        "{tag} NO [AUTHENTICATIONFAILED] Invalid credentials",
        "{tag} NO LOGIN failed.",
        "{tag} NO [EXPIRED] change it",
    ],
)
@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_refused_login_is_told_from_a_lost_one(
    answer: str, capabilities: str, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    answers: dict[str, object] = {"LOGIN": answer, "AUTHENTICATE": answer}
    fake = FakeImap(answers, capabilities=capabilities)
    with ScriptedServer(fake) as server:
        with pytest.raises(LoginRefused, match="desk"):
            open_mailbox(server.port).connect()
        for gone in (CUT, END):
            fake.answers = {"LOGIN": gone, "AUTHENTICATE": gone}
            with pytest.raises(MailboxUnavailable):
                open_mailbox(server.port).connect()


def test_login_that_the_server_has_disabled_is_not_tried(open_mailbox: Callable[..., ImapMailbox]) -> None:
    with ScriptedServer(FakeImap(capabilities="IMAP4rev1 LOGINDISABLED STARTTLS")) as server:
        with pytest.raises(LoginRefused, match="security: tls"):
            open_mailbox(server.port).connect()
        assert b"secret" not in server.received


def test_greeting_that_says_bye_is_unavailable_with_its_wait(
    open_mailbox: Callable[..., ImapMailbox],
) -> None:
    with ScriptedServer(FakeImap(greeting=["* BYE busy, retry after 7 seconds", CUT])) as server:
        with pytest.raises(MailboxUnavailable, match="busy") as raised:
            open_mailbox(server.port).connect()
        assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    "greeting", [CUT, HANG, "", "HTTP/1.1 400 Bad Request", "220 smtp.example.org ESMTP"]
)
def test_something_that_is_no_imap_server_is_unavailable(
    greeting: object, open_mailbox: Callable[..., ImapMailbox]
) -> None:
    with ScriptedServer(FakeImap(greeting=greeting)) as server, pytest.raises(MailboxUnavailable):
        open_mailbox(server.port, timeout=0.3).connect()


def test_nobody_listening_is_unavailable(open_mailbox: Callable[..., ImapMailbox]) -> None:
    with ScriptedServer(FakeImap()) as server:
        port = server.port
    with pytest.raises(MailboxUnavailable, match=f"127.0.0.1:{port}"):
        open_mailbox(port).connect()


def test_capabilities_are_asked_again_after_login(connected: Connect) -> None:
    """Many servers offer MOVE only to those they know."""
    fake_capabilities = iter(["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 MOVE UIDPLUS"])

    def capability(peer: Peer, tag: str, arguments: str) -> list[str]:
        return [f"* CAPABILITY {next(fake_capabilities)}", "{tag} OK done"]

    mailbox, fake, _ = connected({"CAPABILITY": capability})
    mailbox.file_away([1], "Processed")
    assert "MOVE" in fake.verbs()


def test_close_never_raises_and_does_not_wait_for_a_dead_server(connected: Connect) -> None:
    for fault in (CUT, "nonsense", ["* BYE", CUT]):
        mailbox, _, _ = connected({"LOGOUT": fault})
        mailbox.close()
        assert not mailbox.alive


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Suggested Backoff Time: 299934 milliseconds", 299.934),
        ("try again in 15 min", 900),
        ("wait 3 s", 3),
        ("try again later", None),
        ("wait 99999999999 seconds", None),
        ("", None),
    ],
)
def test_the_wait_a_server_names_is_read_in_seconds(text: str, seconds: float | None) -> None:
    assert retry_after(text) == (pytest.approx(seconds) if seconds else None)


def test_a_plain_no_is_not_taken_for_a_temporary_one() -> None:
    assert not is_temporary("[AUTHENTICATIONFAILED] Authentication failed.")
    assert is_temporary("[INUSE] mailbox locked")
