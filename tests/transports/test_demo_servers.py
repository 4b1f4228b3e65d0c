"""The embedded servers behave as the demo and the other tests count on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailproc.demo.servers import MailServers
from mailproc.transports.smtp import OutcomeKind, SmtpMailer
from tests.servers import EmbeddedServers
from tests.transports.scripted import CUT

MAIL = b"Subject: x\r\n\r\nbody\r\n"


def nothing() -> None:
    """The window of a letter that nobody journals."""


@pytest.mark.parametrize(
    ("recipient", "owner"),
    [
        ("desk@acme.example", "desk@acme.example"),
        ("Desk+tag.x@ACME.example", "desk@acme.example"),
        ("ann@anywhere.example", "ann"),
        ("ann+1@anywhere.example", "ann"),
        ("desk@other.example", None),
        ("nobody@acme.example", None),
    ],
)
def test_mail_finds_its_user_by_address_or_local_part_without_the_tag(
    recipient: str, owner: str | None, open_mailer: Callable[..., SmtpMailer]
) -> None:
    users = {"desk@acme.example": "x", "ann": "y"}
    with MailServers(users) as servers:
        outcome = open_mailer(servers.smtp_port).send("a@b.example", recipient, MAIL, before_final=nothing)
        assert outcome.kind is OutcomeKind.ACCEPTED
        assert [sent.recipient for sent in servers.sent] == [recipient]
        assert {user: servers.mailbox(user) for user in users} == {
            user: [MAIL] if user == owner else [] for user in users
        }


def test_users_added_later_have_a_mailbox_and_a_login(open_mailer: Callable[..., SmtpMailer]) -> None:
    with EmbeddedServers() as servers:
        servers.add_user("new", "pass")
        servers.deliver("new", MAIL, datetime(2026, 1, 1, tzinfo=UTC))
        assert servers.mailbox("new") == [MAIL]
        assert servers.mailbox("new", "Nowhere") == []
        client = servers.other_client("new", "pass")
        assert "01-Jan-2026" in str(client.fetch("1", "(INTERNALDATE)"))
        client.logout()
        open_mailer(servers.smtp_port, username="new", password="pass").probe()


@pytest.mark.parametrize("phase", ["ehlo", "mail", "rcpt", "data"])
def test_the_sink_refuses_or_cuts_at_every_phase(phase: str, open_mailer: Callable[..., SmtpMailer]) -> None:
    with EmbeddedServers() as servers:
        mailer = open_mailer(servers.smtp_port)
        servers.sink.script[phase] = ["451 4.0.0 later", CUT, None]
        kinds = [mailer.send("a@b.example", "c@d.example", MAIL, before_final=nothing).kind for _ in range(3)]
        cut = OutcomeKind.UNKNOWN if phase == "data" else OutcomeKind.DEFERRED
        assert kinds == [OutcomeKind.DEFERRED, cut, OutcomeKind.ACCEPTED]


def test_servers_need_a_user() -> None:
    with pytest.raises(ValueError, match="at least one user"):
        MailServers({})
