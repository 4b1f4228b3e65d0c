"""The servers and the mailbox that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from mailproc.settings import MailboxSettings, Security, SmtpSettings
from mailproc.transports.imap import ImapMailbox
from mailproc.transports.smtp import SmtpMailer
from tests.servers import Dovecot, EmbeddedServers
from tests.transports.scripted import HOST


@pytest.fixture
def embedded() -> Iterator[EmbeddedServers]:
    with EmbeddedServers() as servers:
        yield servers


@pytest.fixture(scope="session")
def a_dovecot() -> Iterator[Dovecot]:
    if not Dovecot.available():
        pytest.skip("no Dovecot on this machine (Debian: apt-get install dovecot-imapd)")
    with Dovecot() as server:
        yield server


@pytest.fixture
def dovecot(a_dovecot: Dovecot) -> Dovecot:
    """The session's Dovecot with an empty mailbox."""
    a_dovecot.empty()
    return a_dovecot


@pytest.fixture
def open_mailbox() -> Iterator[Callable[..., ImapMailbox]]:
    """Return a mailbox for a port, not yet connected; it is closed at the end."""
    mailboxes: list[ImapMailbox] = []

    def make(port: int, *, timeout: float = 20, **settings: Any) -> ImapMailbox:
        changes = settings | {"timeout": timedelta(seconds=timeout)}
        if "password" in changes:
            changes["password"] = SecretStr(changes["password"])
        usual = MailboxSettings(
            name="desk",
            host=HOST,
            port=port,
            security=Security.PLAIN,
            username="desk",
            password=SecretStr("secret"),
        )
        # Copied without checks: tests need shorter time-outs and worse names than an operator may set.
        mailboxes.append(ImapMailbox(usual.model_copy(update=changes)))
        return mailboxes[-1]

    yield make
    for mailbox in mailboxes:
        mailbox.close()


@pytest.fixture
def open_mailer() -> Iterator[Callable[..., SmtpMailer]]:
    """Return a mailer for a port, not yet connected; it is closed at the end."""
    mailers: list[SmtpMailer] = []

    def make(port: int, *, timeout: float = 20, **settings: Any) -> SmtpMailer:
        changes = settings | {"timeout": timedelta(seconds=timeout)}
        if "password" in changes:
            changes["password"] = SecretStr(changes["password"])
        usual = SmtpSettings(host=HOST, port=port, security=Security.PLAIN)
        mailers.append(SmtpMailer(usual.model_copy(update=changes), "desk.example"))
        return mailers[-1]

    yield make
    for mailer in mailers:
        mailer.close()
