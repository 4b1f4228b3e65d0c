"""Nobody gets a password who has not proved to be our mail server (row R25)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailproc.errors import MailboxUnavailable, MailerError
from mailproc.settings import Security
from mailproc.transports.imap import ImapMailbox
from mailproc.transports.smtp import OutcomeKind, Scope, SmtpMailer
from mailproc.transports.tls import client_context
from tests.servers import EmbeddedServers
from tests.transports.scripted import (
    AUTHORITY,
    CERTIFICATES,
    HOST,
    FakeImap,
    FakeSmtp,
    Peer,
    ScriptedServer,
    relay,
    server_context,
)

LETTER = b"Subject: x\r\n\r\nbody\r\n"

OLD_TLS = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")

BAD_CERTIFICATES = {
    "self_signed": "self-signed",
    "unknown_authority": "unable to get local issuer",
    "wrong_host": "IP address mismatch",
    "expired": "expired",
}


class Edge:
    """One of the two protocols: how it connects and how its fake server speaks."""

    def __init__(
        self, name: str, mailbox: Callable[..., ImapMailbox], mailer: Callable[..., SmtpMailer]
    ) -> None:
        self.name, self._mailbox, self._mailer = name, mailbox, mailer

    def fake(self, *, offers_starttls: bool = True, context: ssl.SSLContext | None = None) -> Any:
        if self.name == "imap":
            offer = "IMAP4rev1 AUTH=PLAIN" + (" STARTTLS" if offers_starttls else "")
            return FakeImap(capabilities=offer, starttls=context)
        return FakeSmtp(
            features=["AUTH PLAIN LOGIN", *(["STARTTLS"] if offers_starttls else [])], starttls=context
        )

    def log_in(
        self, port: int, security: Security, ca_file: Path | None = AUTHORITY, host: str = HOST
    ) -> None:
        options = {"security": security, "ca_file": ca_file, "host": host, "username": "desk"}
        if self.name == "imap":
            self._mailbox(port, password="secret", **options).connect()
        else:
            self._mailer(port, password="secret", **options).probe()


@pytest.fixture(params=["imap", "smtp"])
def edge(
    request: pytest.FixtureRequest,
    open_mailbox: Callable[..., ImapMailbox],
    open_mailer: Callable[..., SmtpMailer],
) -> Edge:
    return Edge(request.param, open_mailbox, open_mailer)


def no_secret(received: bytes | bytearray) -> bool:
    """Whether neither the password nor its base64 forms nor the verbs that carry it were seen."""
    return not any(word in received.upper() for word in (b"SECRET", b"AUTH", b"LOGIN", b"C2VJCMV0"))


@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
def test_bad_certificate_is_refused_and_named_before_anything_is_sent(edge: Edge, certificate: str) -> None:
    with ScriptedServer(edge.fake(), context=server_context(certificate)) as server:
        with pytest.raises((MailboxUnavailable, MailerError), match=BAD_CERTIFICATES[certificate]):
            edge.log_in(server.port, Security.TLS)
        assert server.received == b""


@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
def test_bad_certificate_after_starttls_is_refused_before_the_login(edge: Edge, certificate: str) -> None:
    with ScriptedServer(edge.fake(context=server_context(certificate))) as server:
        with pytest.raises((MailboxUnavailable, MailerError), match=BAD_CERTIFICATES[certificate]):
            edge.log_in(server.port, Security.STARTTLS)
        assert no_secret(server.received)


def test_right_certificate_for_another_name_is_refused(edge: Edge) -> None:
    """The control for the tests above: the same certificate is good under its own name."""
    with ScriptedServer(edge.fake(), context=server_context()) as server:
        edge.log_in(server.port, Security.TLS, host="localhost")
    with ScriptedServer(edge.fake(), context=server_context("wrong_host")) as server:
        with pytest.raises((MailboxUnavailable, MailerError), match="ostname mismatch"):
            edge.log_in(server.port, Security.TLS, host="localhost")
        assert server.received == b""


def test_own_authority_is_trusted_only_when_it_is_named(edge: Edge) -> None:
    with ScriptedServer(edge.fake(), context=server_context()) as server:
        with pytest.raises((MailboxUnavailable, MailerError)):
            edge.log_in(server.port, Security.TLS, ca_file=None)
        assert server.received == b""
        edge.log_in(server.port, Security.TLS)
        assert not no_secret(server.received)


@pytest.mark.parametrize("ca_file", ["missing.pem", "make.sh"])
def test_authority_that_cannot_be_read_is_an_error_and_no_fallback(edge: Edge, ca_file: str) -> None:
    with ScriptedServer(edge.fake(), context=server_context()) as server:
        with pytest.raises((MailboxUnavailable, MailerError)):
            edge.log_in(server.port, Security.TLS, ca_file=CERTIFICATES / ca_file)
        assert server.received == b""


@OLD_TLS
def test_tls_1_1_is_refused(edge: Edge) -> None:
    with ScriptedServer(edge.fake(), context=server_context(old=True)) as server:
        with pytest.raises((MailboxUnavailable, MailerError)):
            edge.log_in(server.port, Security.TLS)
        assert server.received == b""


@OLD_TLS
def test_the_tls_1_1_server_of_the_test_above_would_serve_a_careless_client() -> None:
    careless = ssl.create_default_context(cafile=AUTHORITY)
    careless.minimum_version = ssl.TLSVersion.TLSv1
    careless.set_ciphers("ALL:@SECLEVEL=0")
    with (
        ScriptedServer(FakeImap(), context=server_context(old=True)) as server,
        socket.create_connection((HOST, server.port)) as plain,
        careless.wrap_socket(plain, server_hostname=HOST) as secured,
    ):
        assert secured.version() == "TLSv1.1"


def test_stripped_starttls_is_refused(edge: Edge) -> None:
    """Somebody in between removed the offer from the server's answer."""
    with ScriptedServer(edge.fake(offers_starttls=False)) as server:
        with pytest.raises((MailboxUnavailable, MailerError), match="does not offer STARTTLS"):
            edge.log_in(server.port, Security.STARTTLS)
        assert no_secret(server.received)


def test_refused_starttls_is_no_reason_to_go_on_in_the_clear(edge: Edge) -> None:
    fake = edge.fake()
    fake.answers |= {"STARTTLS": "{tag} NO not now", "starttls": "454 4.7.0 not now"}
    with ScriptedServer(fake) as server:
        with (
            pytest.raises((MailboxUnavailable, MailerError))
            if edge.name == "smtp"
            else pytest.raises(Exception)
        ):
            edge.log_in(server.port, Security.STARTTLS)
        assert no_secret(server.received)


def test_starttls_protects_what_follows_and_asks_again_what_the_server_can(edge: Edge) -> None:
    fake = edge.fake(context=server_context())
    with ScriptedServer(fake) as server:
        edge.log_in(server.port, Security.STARTTLS)
    verbs = [command.split(" ")[0].upper() for command in fake.log]
    question = "CAPABILITY" if edge.name == "imap" else "EHLO"
    assert question in verbs[: verbs.index("STARTTLS")]
    assert verbs[verbs.index("STARTTLS") + 1] == question


def test_answers_slipped_in_before_the_protection_are_not_believed(edge: Edge) -> None:
    """STARTTLS response injection: bytes in the clear behind the agreement, to be read as protected ones."""

    def inject(peer: Peer) -> None:
        fake = edge.fake(context=server_context())
        agree = b"%s OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if edge.name == "imap" else None

        def starttls(peer: Peer, tag: str, arguments: str) -> str:
            assert agree is not None
            peer.send_raw(agree % tag.encode())
            peer.hang()
            raise AssertionError

        if edge.name == "imap":
            fake.answers["STARTTLS"] = starttls
        else:
            fake.answers["starttls"] = "220 go on\r\n250 forged"
        fake(peer)

    with ScriptedServer(inject) as server:
        with pytest.raises((MailboxUnavailable, MailerError), match="in the clear"):
            edge.log_in(server.port, Security.STARTTLS)
        assert no_secret(server.received)


def test_password_never_leaves_on_an_unprotected_connection_to_another_machine(
    open_mailer: Callable[..., SmtpMailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings refuse this already; the mailer does not rely on it."""
    monkeypatch.setattr("mailproc.transports.smtp_session.is_loopback", lambda host: False)
    with ScriptedServer(FakeSmtp(features=["AUTH PLAIN"])) as server:
        mailer = open_mailer(server.port, username="desk", password="secret")
        outcome = mailer.send("a@example.org", "b@example.org", LETTER, before_final=lambda: None)
        assert (outcome.kind, outcome.scope) == (OutcomeKind.DEFERRED, Scope.SERVER)
        assert "not protected" in outcome.text
        assert no_secret(server.received)


@pytest.fixture
def behind_tls(embedded: EmbeddedServers) -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    """The real servers behind TLS: IMAP and SMTP."""
    with (
        ScriptedServer(relay(embedded.imap_port), context=server_context()) as imap,
        ScriptedServer(relay(embedded.smtp_port), context=server_context()) as smtp,
    ):
        yield imap, smtp


def test_mail_goes_out_and_comes_in_through_tls(
    embedded: EmbeddedServers,
    behind_tls: tuple[ScriptedServer, ScriptedServer],
    open_mailbox: Callable[..., ImapMailbox],
    open_mailer: Callable[..., SmtpMailer],
) -> None:
    imap, smtp = behind_tls
    letter = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 60_000
    secure = {"security": Security.TLS, "ca_file": AUTHORITY, "username": "desk", "password": "secret"}
    mailer = open_mailer(smtp.port, **secure)
    outcome = mailer.send("a@example.org", "desk@example.org", letter, before_final=lambda: None)
    assert outcome.kind is OutcomeKind.ACCEPTED
    mailbox = open_mailbox(imap.port, **secure)
    mailbox.connect()
    mailbox.open_folder()
    (fetched,) = mailbox.fetch(mailbox.waiting())
    assert fetched.raw == letter
    embedded.deliver("desk", LETTER)
    assert mailbox.idle(60, lambda: False) is True


def test_the_context_has_no_weak_side() -> None:
    context = client_context(AUTHORITY)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert [ca["subject"] for ca in context.get_ca_certs()] == [
        ((("commonName", "mailproc test authority"),),)
    ]
