"""How far a letter came is always known, and it is never sent as two."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from mailproc.errors import LetterError, MailerError
from mailproc.transports.smtp import Outcome, OutcomeKind, Phase, Scope, SmtpMailer
from tests.servers import EmbeddedServers
from tests.transports.scripted import CUT, END, HANG, FakeSmtp, ScriptedServer

FROM, TO = "complaints+b1@desk.example", "ann@example.org"
LETTER = b"From: complaints@desk.example\r\nSubject: Your complaint\r\n\r\nWe have it.\r\n"

ACCEPTED, DEFERRED, REFUSED, UNKNOWN = OutcomeKind
RECIPIENT, SERVER = Scope

OpenMailer = Callable[..., SmtpMailer]


class Window:
    """Counts the calls of `before_final`."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self) -> None:
        self.opened += 1


def send(
    mailer: SmtpMailer, raw: bytes = LETTER, *, sender: str = FROM, to: str = TO, **more: str
) -> Outcome:
    return mailer.send(sender, to, raw, before_final=Window(), **more)


# The outcome of every phase

PHASES = ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "final"]
BEFORE_FINAL = PHASES[:-1]


def expected(phase: str, code: int) -> tuple[OutcomeKind, Scope]:
    if code == 421 or phase in ("greeting", "ehlo", "auth", "mail"):
        return DEFERRED, SERVER
    return (REFUSED if code >= 500 else DEFERRED), RECIPIENT


@pytest.mark.parametrize("code", [421, 450, 451, 452, 500, 550, 554])
@pytest.mark.parametrize("phase", PHASES)
def test_explicit_no_is_about_the_server_or_about_the_recipient(
    phase: str, code: int, open_mailer: OpenMailer
) -> None:
    reply = f"{code}-4.3.0 first line\r\n{code} second line"
    with ScriptedServer(FakeSmtp({phase: reply}, features=["AUTH PLAIN"])) as server:
        mailer = open_mailer(server.port, username="desk", password="secret")
        window = Window()
        outcome = mailer.send(FROM, TO, LETTER, before_final=window)
        assert (outcome.kind, outcome.scope) == expected(phase, code)
        assert outcome.code == code
        assert outcome.text.endswith("first line second line")
        assert window.opened == (phase == "final")


@pytest.mark.parametrize("fault", [CUT, END, HANG, "nonsense", "", "2x0 OK", "099 what"], ids=repr)
@pytest.mark.parametrize("phase", PHASES)
def test_silence_and_nonsense_are_unknown_after_the_final_dot_and_safe_before_it(
    phase: str, fault: str, open_mailer: OpenMailer
) -> None:
    fake = FakeSmtp({phase: fault}, features=["AUTH PLAIN"])
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port, timeout=0.1, username="desk", password="secret")
        window = Window()
        outcome = mailer.send(FROM, TO, LETTER, before_final=window)
        kind = UNKNOWN if phase == "final" else DEFERRED
        assert (outcome.kind, outcome.scope, outcome.code) == (kind, SERVER, None)
        assert window.opened == (phase == "final")
        fake.answers = {}
        assert send(mailer).kind is ACCEPTED  # the next letter is not harmed


def test_reply_without_text_is_short_and_not_wrong(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp({"mail": "250", "rcpt": "250", "data": "354", "final": "250"})) as server:
        assert send(open_mailer(server.port)).kind is ACCEPTED


def test_accepted_letter_has_the_servers_words_and_arrived_once(open_mailer: OpenMailer) -> None:
    with EmbeddedServers() as servers:
        window = Window()
        outcome = open_mailer(servers.smtp_port).send(FROM, TO, LETTER, before_final=window)
        assert outcome == Outcome(
            kind=ACCEPTED, code=250, text="2.0.0 OK queued as 1", scope=RECIPIENT, phase=Phase.FINAL
        )
        assert window.opened == 1
        assert servers.sent == [(FROM, TO, LETTER)]


def test_accepted_and_then_cut_is_unknown_although_it_arrived(open_mailer: OpenMailer) -> None:
    """R05: this is the window. The same letter sent again arrives twice; nobody could have known."""
    with EmbeddedServers() as servers:
        servers.sink.script["accepted"] = [CUT]
        mailer = open_mailer(servers.smtp_port)
        assert send(mailer).kind is UNKNOWN
        assert send(mailer).kind is ACCEPTED
        assert [sent.raw for sent in servers.sent] == [LETTER, LETTER]


def test_the_window_opens_after_the_354_and_before_the_body(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        seen: list[tuple[str, bytes]] = []
        mailer = open_mailer(server.port)
        mailer.send(
            FROM, TO, LETTER, before_final=lambda: seen.append((fake.log[-1], bytes(server.received)))
        )
        ((command, received),) = seen
        assert command == "DATA"
        assert received.endswith(b"DATA\r\n")
        assert server.received[len(received) :].startswith(LETTER + b".\r\n")


def test_failure_to_open_the_window_keeps_the_letter_here(open_mailer: OpenMailer) -> None:
    """The journal cannot be written: then the letter must not leave, not even half of it."""

    def fail() -> None:
        raise OSError("disk full")

    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        with pytest.raises(OSError, match="disk full"):
            mailer.send(FROM, TO, LETTER, before_final=fail)
        assert fake.letters == []
        assert b"We have it" not in server.received
        assert send(mailer).kind is ACCEPTED
        assert fake.letters == [LETTER]


def test_connection_that_breaks_within_a_long_letter_is_safe_to_repeat(open_mailer: OpenMailer) -> None:
    """R06: the end of the letter never left us, so it cannot have been accepted."""
    long = LETTER + b"0123456789abcdef\r\n" * 800_000
    for cut_after in (1, 1_000_000):
        with ScriptedServer(FakeSmtp(cut_body_after=cut_after)) as server:
            outcome = send(open_mailer(server.port), long)
            assert (outcome.kind, outcome.scope, outcome.phase) == (DEFERRED, SERVER, Phase.BODY)


def test_connection_that_breaks_after_a_short_letter_has_left_is_unknown(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp(cut_body_after=len(LETTER) - 3)) as server:
        assert send(open_mailer(server.port)).kind is UNKNOWN


# Whose fault is it?


@pytest.mark.parametrize(
    ("reply", "kind", "scope"),
    [
        ("550 5.1.8 your sender address is not good", REFUSED, RECIPIENT),
        ("552 5.3.4 message too big", REFUSED, RECIPIENT),
        ("554 5.3.4 message too big", REFUSED, RECIPIENT),
        ("550 5.7.30 Basic authentication is not supported", DEFERRED, SERVER),
        ("530 5.7.0 Authentication required", DEFERRED, SERVER),
        ("550 5.7.1 not today", DEFERRED, SERVER),
        ("452 4.3.1 disk full", DEFERRED, SERVER),
    ],
)
def test_refusal_at_mail_is_ours_unless_it_is_about_address_or_size(
    reply: str, kind: OutcomeKind, scope: Scope, open_mailer: OpenMailer
) -> None:
    with ScriptedServer(FakeSmtp({"mail": reply})) as server:
        outcome = send(open_mailer(server.port))
        assert (outcome.kind, outcome.scope, outcome.phase) == (kind, scope, Phase.MAIL)


@pytest.mark.parametrize("reply", ["530 5.7.0 log in first", "535 5.7.139 blocked", "550 5.7.30 retired"])
def test_refusal_at_rcpt_that_is_about_our_login_is_not_the_recipients_fault(
    reply: str, open_mailer: OpenMailer
) -> None:
    with ScriptedServer(FakeSmtp({"rcpt": reply})) as server:
        outcome = send(open_mailer(server.port))
        assert (outcome.kind, outcome.scope) == (DEFERRED, SERVER)


def test_letter_above_the_servers_size_is_refused_before_it_is_offered(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp(features=["SIZE 60"])
    with ScriptedServer(fake) as server:
        outcome = send(open_mailer(server.port))
        assert (outcome.kind, outcome.scope, outcome.phase) == (REFUSED, RECIPIENT, Phase.SIZE)
        assert str(len(LETTER)) in outcome.text
        assert "60" in outcome.text
        assert not any(command.startswith("MAIL") for command in fake.log)


@pytest.mark.parametrize("feature", ["SIZE", "SIZE 0", "SIZE many", "SIZE 100000"])
def test_other_sizes_are_no_limit(feature: str, open_mailer: OpenMailer) -> None:
    fake = FakeSmtp(features=[feature])
    with ScriptedServer(fake) as server:
        assert send(open_mailer(server.port)).kind is ACCEPTED
        assert f"MAIL FROM:<{FROM}> SIZE={len(LETTER)}" in fake.log


# What is sent


@pytest.mark.parametrize(
    "text",
    [
        b".\r\n",
        b"..\r\n.hidden\r\n. \r\n",
        b"text\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<a@b>\r\nDATA\r\n",
        b"no line end",
        b"8 bit: \xe9\xff\r\n",
        b"",
        b"\r\n\r\n.\r\n\r\n",
    ],
)
def test_the_sink_receives_exactly_the_bytes_as_one_letter(text: bytes, open_mailer: OpenMailer) -> None:
    with EmbeddedServers() as servers:
        mailer = open_mailer(servers.smtp_port)
        for raw in (text, b"Subject: dots\r\n\r\n" + text):
            assert send(mailer, raw).kind is ACCEPTED
            assert servers.sent.pop().raw == (raw if raw.endswith(b"\r\n") else raw + b"\r\n")
            assert servers.sent == []


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\n", b"\r"]
)
def test_letter_with_a_bare_line_end_is_not_sent_at_all(smuggled: bytes, open_mailer: OpenMailer) -> None:
    """S08: what one server takes for text another takes for the end of the letter."""
    with EmbeddedServers() as servers:
        mailer = open_mailer(servers.smtp_port)
        with pytest.raises(LetterError, match="not CRLF"):
            send(mailer, b"Subject: x\r\n\r\nfirst" + smuggled + b"MAIL FROM:<evil@example.org>\r\n")
        assert servers.sent == []
        assert send(mailer).kind is ACCEPTED
        assert len(servers.sent) == 1


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org>\r\nRCPT TO:<eve@example.org",
        "a b@example.org",
        "<ann@example.org>",
        "ann",
        "@x",
        "a@",
        "a\0@b",
    ],
)
def test_address_that_smtp_cannot_carry_is_refused_with_nothing_sent(
    address: str, open_mailer: OpenMailer
) -> None:
    with ScriptedServer(FakeSmtp()) as server:
        outcome = send(open_mailer(server.port), to=address)
        assert (outcome.kind, outcome.scope, outcome.phase) == (REFUSED, RECIPIENT, Phase.ADDRESS)
        assert server.connections == 0


def test_null_sender_is_sent_as_such(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        assert send(open_mailer(server.port), sender="").kind is ACCEPTED
    assert "MAIL FROM:<>" in fake.log


def test_non_ascii_address_needs_smtputf8(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp(features=["SMTPUTF8"])
    with ScriptedServer(fake) as server:
        assert send(open_mailer(server.port), to="ödön@bücher.example").kind is ACCEPTED
        assert fake.log[1:3] == [f"MAIL FROM:<{FROM}> SMTPUTF8", "RCPT TO:<ödön@xn--bcher-kva.example>"]
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        outcome = send(mailer, to="ödön@example.org")
        assert (outcome.kind, outcome.scope, outcome.phase) == (REFUSED, RECIPIENT, Phase.ADDRESS)
        assert "SMTPUTF8" in outcome.text
        assert send(mailer, to="odon@bücher.example").kind is ACCEPTED
        assert server.connections == 1
    assert "RCPT TO:<odon@xn--bcher-kva.example>" in fake.log


def test_domain_that_the_library_would_turn_into_another_one_is_not_sent(open_mailer: OpenMailer) -> None:
    """faß.de is not fass.de."""
    with ScriptedServer(FakeSmtp(features=["SMTPUTF8"])) as server:
        outcome = send(open_mailer(server.port), to="ann@faß.example")
        assert (outcome.kind, outcome.phase) == (REFUSED, Phase.ADDRESS)
        assert server.connections == 0


def test_delivery_reports_are_asked_for_where_the_server_offers_them(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp(features=["DSN", "8BITMIME"])
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        send(mailer, to="ann+x=y@example.org", envid="a+b=c d")
        send(mailer, LETTER + b"\xe9\r\n")
    assert fake.log[1:3] == [
        f"MAIL FROM:<{FROM}> RET=HDRS ENVID=a+2Bb+3Dc+20d",
        "RCPT TO:<ann+x=y@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann+2Bx+3Dy@example.org",
    ]
    assert f"MAIL FROM:<{FROM}> BODY=8BITMIME RET=HDRS" in fake.log


# Login


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN PLAIN CRAM-MD5", "LOGIN"])
def test_login_in_utf8_by_plain_or_else_login(mechanisms: str, open_mailer: OpenMailer) -> None:
    with EmbeddedServers({"Ödön": "pä ss"}) as servers, ScriptedServer(FakeSmtp()) as _:
        open_mailer(servers.smtp_port, username="Ödön", password="pä ss").probe()
        with pytest.raises(MailerError, match="535"):
            open_mailer(servers.smtp_port, username="Ödön", password="pa ss").probe()
    answers = {"auth": "334 VXNlcm5hbWU6"} if mechanisms == "LOGIN" else {}
    fake = FakeSmtp(answers, features=[f"AUTH {mechanisms}"])
    secret = base64.b64encode("\0Ödön\0pä ss".encode()).decode()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port, username="Ödön", password="pä ss")
        if mechanisms == "LOGIN":
            with pytest.raises(MailerError):  # this fake does not follow the dialogue to its end
                mailer.probe()
            assert fake.log[1:3] == ["AUTH LOGIN", base64.b64encode("Ödön".encode()).decode()]
        else:
            mailer.probe()
            assert fake.log[1] == f"AUTH PLAIN {secret}"


def test_server_without_a_login_we_know_is_an_operators_matter(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp(features=["AUTH XOAUTH2"])) as server:
        outcome = send(open_mailer(server.port, username="desk", password="secret"))
        assert (outcome.kind, outcome.scope, outcome.phase) == (DEFERRED, SERVER, Phase.AUTH)
        assert "XOAUTH2" in outcome.text


# Probing and keeping the connection


def test_probe_is_quiet_when_all_is_well_and_names_the_phase_when_not(open_mailer: OpenMailer) -> None:
    with EmbeddedServers() as servers:
        port = servers.smtp_port
        open_mailer(port, username="desk", password="secret").probe()
    with pytest.raises(MailerError, match=f"127.0.0.1:{port}: at connect"):
        open_mailer(port).probe()


def test_letters_share_one_connection_also_after_refusals(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        assert send(mailer).kind is ACCEPTED
        fake.answers = {"rcpt": "550 5.1.1 nobody"}
        assert send(mailer).kind is REFUSED
        fake.answers = {"final": "554 5.6.0 no"}
        assert send(mailer).kind is REFUSED
        fake.answers = {}
        assert send(mailer).kind is ACCEPTED
        assert server.connections == 1
        assert fake.log.count("RSET") == 2


def test_kept_connection_that_died_is_replaced_before_the_letter_starts(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        assert send(mailer).kind is ACCEPTED
        fake.answers = {"mail": CUT}
        outcome = send(mailer)
        assert (outcome.kind, outcome.scope) == (DEFERRED, SERVER)  # the second connection dies as well
        assert server.connections == 2
        fake.answers = {}
        assert send(mailer).kind is ACCEPTED
        assert len(fake.letters) == 2


def test_rested_connection_is_asked_before_it_is_trusted(
    open_mailer: OpenMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSmtp()
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        send(mailer)
        monkeypatch.setattr("mailproc.transports.smtp._RESTED", -1.0)
        send(mailer)
        assert fake.log.count("NOOP") == 1
        fake.answers = {"noop": "421 4.4.2 you were away too long"}
        assert send(mailer).kind is ACCEPTED
        assert server.connections == 2


def test_421_closes_the_connection(open_mailer: OpenMailer) -> None:
    fake = FakeSmtp({"rcpt": "421 4.3.2 going down"})
    with ScriptedServer(fake) as server:
        mailer = open_mailer(server.port)
        assert send(mailer).scope is SERVER
        fake.answers = {}
        assert send(mailer).kind is ACCEPTED
        assert server.connections == 2


def test_endless_answer_ends_by_its_length(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp({"ehlo": "\r\n".join(["250-x" + "y" * 500] * 2000)})) as server:
        outcome = send(open_mailer(server.port))
        assert (outcome.kind, outcome.scope, outcome.phase) == (DEFERRED, SERVER, Phase.EHLO)
        assert "longer than" in outcome.text


def test_servers_words_are_one_short_line_without_control_characters(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp({"rcpt": "550 5.1.1 no \x1b[31m\x00such\x7f " + "user " * 300})) as server:
        outcome = send(open_mailer(server.port))
        assert outcome.text.isprintable()
        assert len(outcome.text) <= 500


def test_close_never_raises_and_the_next_letter_connects_again(open_mailer: OpenMailer) -> None:
    with ScriptedServer(FakeSmtp()) as server:
        mailer = open_mailer(server.port)
        mailer.close()
        send(mailer)
        mailer.close()
        mailer.close()
        assert send(mailer).kind is ACCEPTED
    mailer.close()


def test_bounce_addresses_of_the_embedded_server_are_refused(open_mailer: OpenMailer) -> None:
    with EmbeddedServers(bounce=["gone@example.org"]) as servers:
        outcome = send(open_mailer(servers.smtp_port), to="Gone@example.org")
        assert (outcome.kind, outcome.code, outcome.phase) == (REFUSED, 550, Phase.RCPT)
        assert servers.sent == []
