"""What does the demo run on? Real servers on this machine, and the unchanged daemon between them."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailproc.daemon import Daemon, open_desk
from mailproc.demo.mails import OUR_HOST, Posting
from mailproc.demo.people import DESK, LABORATORY, MAILBOXES, PASSWORD, STAFF
from mailproc.demo.servers import HOST, MailServers
from mailproc.desk import Desk
from mailproc.errors import MailprocError
from mailproc.jobs.digest import send_due
from mailproc.jobs.survey import ask_due
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.settings import Config, Security, SmtpSettings
from mailproc.transports.smtp import OutcomeKind, SmtpMailer
from mailproc.workplace import Workplace

STOP_WITHIN = 15.0  # seconds
ZONE = "Europe/Budapest"
STARTS_AT = time(7)


class StoryClock:
    """A clock that goes like that of this machine, from a Monday at seven, and on demand goes ahead.

    Seven, because nobody's digest is due then. The Monday is the last one that has begun: what is written
    from another mail program is not older than what it answers, until the story has gone ahead of today.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        now = datetime.now(UTC)
        self._ahead = last_monday(now, zone) - now

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def skip(self, wait: timedelta, at: time | None = None) -> datetime:
        """Go ahead by days and hours as they are read from a clock on the wall; return what it shows then."""
        before = self()
        target = before.astimezone(self.zone) + wait
        if at is not None:
            target = datetime.combine(target.date(), at, self.zone)
        self._ahead += target.astimezone(UTC) - before
        return target


def last_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the last Monday at seven that has come in a zone."""
    local = now.astimezone(zone)
    begun = datetime.combine(local.date() - timedelta(days=local.weekday()), STARTS_AT, zone)
    return (begun if begun <= local else begun - timedelta(days=7)).astimezone(UTC)


@dataclass
class Stage:
    """The servers, the desk, and the daemon at work in a thread of its own."""

    servers: MailServers
    desk: Desk
    daemon: Daemon
    thread: threading.Thread
    clock: StoryClock
    failure: list[BaseException] = field(default_factory=list)

    def check_daemon(self) -> None:
        """Raise what ended the daemon, if it has ended by itself."""
        if self.failure:
            raise self.failure[0]
        if not self.thread.is_alive():
            raise MailprocError("the daemon stopped by itself; its log, daemon.log, says why")

    def skip(self, wait: timedelta, at: time | None = None) -> datetime:
        """Let time pass. What has become due is done at once and not with the daemon's next tick."""
        now = self.clock.skip(wait, at)
        ask_due(self.desk)
        warn_due(self.desk)
        send_due(self.desk)
        self.daemon.deliver.wake()
        return now


def submit(posting: Posting, port: int, login: str | None) -> None:
    """Hand a mail to the SMTP server: with a login as its user does, without as another host does."""
    settings = SmtpSettings.model_validate(
        {
            "host": HOST,
            "port": port,
            "security": Security.PLAIN,
            "username": login,
            "password": None if login is None else PASSWORD,
        }
    )
    mailer = SmtpMailer(settings, "localhost")
    outcome = mailer.send(posting.envelope_from, posting.envelope_to, posting.raw, before_final=lambda: None)
    mailer.close()
    if outcome.kind is not OutcomeKind.ACCEPTED:
        raise MailprocError(f"the demo's SMTP server did not take a mail: {outcome.code} {outcome.text}")


@contextmanager
def stage(*, imap_port: int = 0, smtp_port: int = 0) -> Iterator[Stage]:
    """Start everything, and end it in order: first the daemon, which finishes what it has in hand."""
    clock = StoryClock(ZoneInfo(ZONE))
    users = {person.address: PASSWORD for person in MAILBOXES}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mailproc-demo-"))
        try:
            servers = stack.enter_context(
                MailServers(
                    users,
                    imap_port=imap_port,
                    smtp_port=smtp_port,
                    # Of the customers' hosts some vouch for their mail and some do not, as the story says.
                    vouched_domains=[who.address.partition("@")[2] for who in (DESK, LABORATORY)],
                    authserv_id=OUR_HOST,
                    clock=clock,
                )
            )
        except OSError as error:
            raise MailprocError(f"the demo's mail servers cannot listen: {error.strerror}") from error
        desk = stack.enter_context(open_desk(configuration(servers, Path(folder)), clock=clock))
        desk.people_file = None  # they stand in the story
        desk.adopt(People.model_validate(STAFF))
        daemon = Daemon(desk)
        failure: list[BaseException] = []

        def work() -> None:
            try:
                daemon.run()
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=work, name="daemon", daemon=True)
        thread.start()
        try:
            yield Stage(
                servers=servers, desk=desk, daemon=daemon, thread=thread, clock=clock, failure=failure
            )
        finally:
            daemon.stop()
            thread.join(STOP_WITHIN)


def configuration(servers: MailServers, folder: Path) -> Config:
    """The settings of the demo's desk; what is not named here has its default."""
    server = {
        "host": HOST,
        "security": Security.PLAIN,
        "username": DESK.address,
        "password": PASSWORD,
    }
    return Config.checked(
        {
            "desk": {
                "name": DESK.name,
                "address": DESK.address,
                "time_zone": ZONE,
                "languages": ["en", "hu"],
                "policy": "generic-24h",
                "phone": "+36 1 555 0142",
                "secret": secrets.token_urlsafe(32),
                "trusted_authserv_id": OUR_HOST,
            },
            "mailboxes": [
                {"name": "main", "port": servers.imap_port, "accept_since": "all", "poll": "1s", **server}
            ],
            "smtp": {"port": servers.smtp_port, **server},
            "database": {"url": f"sqlite:///{folder / 'mailproc.db'}"},
        },
        workplace=Workplace(),
    )
