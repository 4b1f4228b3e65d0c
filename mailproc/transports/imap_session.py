"""How is an IMAP session opened, kept and given up? Login, names of folders, deadlines and errors.

The only file that knows imapclient. `ImapMailbox` adds the verbs.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient
from imapclient.response_parser import parse_fetch_response

from mailproc.errors import FolderChanged, LoginRefused, MailboxError, MailboxUnavailable
from mailproc.settings import MailboxSettings, Security
from mailproc.transports.imap_answers import Answer, only_literal_bodies
from mailproc.transports.imap_guard import argument
from mailproc.transports.imap_trouble import as_login_error, as_mailbox_error, plain
from mailproc.transports.imap_wire import Wire
from mailproc.transports.tls import client_context

log = logging.getLogger(__name__)

# The parsers of the libraries raise whatever their code runs into when a server writes nonsense.
_NONSENSE = (imaplib.IMAP4.error, ValueError, LookupError, TypeError, AttributeError, AssertionError)

_GOODBYE = 2.0  # seconds for LOGOUT; nobody waits for a server that is being left


class ImapSession:
    """One connection to one mailbox, for one thread."""

    def __init__(self, settings: MailboxSettings) -> None:
        self.settings = settings
        self._server = f"IMAP server {settings.host}:{settings.actual_port}"
        self._connected: Any = None
        self._prefix, self._delimiter = "", "/"
        self._open = False  # the folder that is read is selected
        self._uidvalidity: int | None = None
        self._news = False  # the folder has changed since the last look

    @property
    def alive(self) -> bool:
        """Whether the connection was still good when it was last used."""
        return self._connected is not None

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do, as it said last: after the login where there has been one."""
        return frozenset(word.decode("ascii", "replace").upper() for word in self._client.capabilities())

    def connect(self) -> None:
        """Connect, protect the connection, log in and learn how this server names folders.

        Raises LoginRefused when the server says no to the user, MailboxUnavailable for everything that
        may be better later; its `retry_after` is the wait that the server asked for.
        """
        self.close()
        secret = self.settings.password
        username = argument(self.settings.username or "", "IMAP username")
        password = argument(secret.get_secret_value() if secret else "", "IMAP password")
        try:
            self._open_session(username, password)
        except MailboxError as error:
            self._drop()
            if isinstance(error, LoginRefused | MailboxUnavailable):
                raise
            raise MailboxUnavailable(str(error)) from error

    def close(self) -> None:
        """Log out and close. Never raises; a closed mailbox may be connected again."""
        if self._connected is None:
            return
        try:
            self._wire.connection.settimeout(_GOODBYE)
            self._wire.connection.begin()
            self._client.logout()
        except Exception as error:
            log.debug("%s: left without goodbye: %s", self._server, plain(error))
        self._drop()

    def _open_session(self, username: str, password: str) -> None:
        security = self.settings.security
        try:
            context = None if security is Security.PLAIN else client_context(self.settings.ca_file)
            self._connected = _Client(self.settings, context)
            # At the level 5 that imapclient sets, every literal is formatted for a log that nobody reads.
            self._wire.debug = 0
        except (OSError, *_NONSENSE) as error:
            # imaplib reports a greeting that says BYE as a fault of the program.
            unusable = imaplib.IMAP4.abort(plain(error)) if isinstance(error, imaplib.IMAP4.error) else error
            raise as_mailbox_error(unusable, self._server) from error
        with self._talk():
            if security is Security.STARTTLS:
                if not self._client.has_capability("STARTTLS"):
                    raise MailboxUnavailable(
                        f"{self._server}: does not offer STARTTLS; nothing was sent in the clear, "
                        "use security: tls or ask its operator"
                    )
                self._client.starttls(context)
            self._log_in(username, password)
            self._learn_names()

    def _log_in(self, username: str, password: str) -> None:
        # By the wire and not by imapclient, which takes a lost connection for a refused login.
        try:
            # AUTHENTICATE carries any character; LOGIN is ASCII and has to be quoted.
            if self._client.has_capability("AUTH=PLAIN"):
                secret = f"\0{username}\0{password}".encode()
                self._wire.authenticate("PLAIN", lambda _: secret)
            elif self._client.has_capability("LOGINDISABLED"):
                raise LoginRefused(f"{self._server}: allows no login on this connection; use security: tls")
            elif not (username + password).isascii():
                raise LoginRefused(
                    f"{self._server}: takes only ASCII in username and password; set another password"
                )
            else:
                self._wire.login(_quoted(username), password)
        except imaplib.IMAP4.error as error:
            raise as_login_error(error, self._server, username) from error

    def _learn_names(self) -> None:
        if self._client.has_capability("NAMESPACE") and (personal := self._client.namespace().personal):
            self._prefix, self._delimiter = personal[0][0] or "", personal[0][1] or "/"
        elif root := self._client.list_folders("", ""):
            delimiter = root[0][1]
            self._delimiter = delimiter.decode("ascii") if isinstance(delimiter, bytes) else "/"

    def _name(self, folder: str) -> str:
        """Return the server's name of a configured folder: `A/B` in its hierarchy, below its prefix."""
        name = self._delimiter.join(argument(folder, "folder name").split("/"))
        root = name.split(self._delimiter)[0]
        if root.upper() == "INBOX":
            return "INBOX" + name[len(root) :]
        return name if name.startswith(self._prefix) else self._prefix + name

    def _select(self, folder: str, *, readonly: bool) -> dict[bytes, Any]:
        name = self._name(folder)
        self._open = False
        answer: dict[bytes, Any] = self._client.select_folder(name, readonly)
        self._wire.untagged_responses.clear()
        if not answer.get(b"UIDVALIDITY"):
            raise MailboxError(
                f"{self._server}: folder {folder}: no UIDVALIDITY, so its messages cannot be told apart; "
                "use a server that keeps RFC 3501"
            )
        return answer

    def _read_answers(self, records: list[Any], wanted: frozenset[int]) -> dict[int, Answer]:
        """Read FETCH answers one by one, so that one that cannot be read costs no other.

        An answer is any number of (line, literal) pairs and a line. One without UID is a flag change that
        somebody else made; several answers for one UID are put together.
        """
        answers: dict[int, Answer] = {}
        answer: list[Any] = []
        for record in records:
            answer.append(record)
            if isinstance(record, tuple):
                continue
            try:
                parsed = list(parse_fetch_response(answer, normalise_times=False, uid_is_key=False).values())
            except _NONSENSE as error:
                log.warning("%s: a FETCH answer cannot be read: %s", self._server, plain(error))
                parsed = []
            literals = [pair[1] for pair in answer if isinstance(pair, tuple)]
            for items in parsed:
                if items.get(b"UID") in wanted:
                    answers.setdefault(items[b"UID"], {}).update(only_literal_bodies(items, literals))
            answer = []
        return answers

    @contextmanager
    def _talk(self) -> Iterator[Wire]:
        """Run one conversation under one deadline and turn what goes wrong into our errors."""
        wire = self._wire
        wire.connection.begin()
        try:
            yield wire
            self._notice(wire)
        except MailboxUnavailable:
            self._drop()
            raise
        except MailboxError:
            raise
        except (OSError, *_NONSENSE) as error:
            raise self._given_up(error) from error

    def _notice(self, wire: Wire) -> bool:
        """Take in what the server said unasked; return whether the folder has changed."""
        unasked = wire.untagged_responses
        self._news = self._news or not unasked.keys().isdisjoint({"EXISTS", "EXPUNGE", "VANISHED"})
        uidvalidity: list[Any] | None = unasked.get("UIDVALIDITY")
        for word in unasked.keys() - {"BYE"}:  # the next command looks for a BYE
            del unasked[word]
        if uidvalidity and self._open:
            self._check_uidvalidity(int(uidvalidity[-1]))
        return self._news

    def _check_uidvalidity(self, found: int) -> None:
        expected, self._uidvalidity = self._uidvalidity, found
        if expected not in (None, found):
            raise FolderChanged(
                f"{self._server}: folder {self.settings.folder}: UIDVALIDITY is {found}, was {expected}; "
                "the folder was restored or made anew, all its messages are looked at again"
            )

    @property
    def _client(self) -> Any:
        if self._connected is None:
            raise MailboxUnavailable(f"{self._server}: not connected")
        return self._connected

    @property
    def _wire(self) -> Wire:
        wire: Wire = self._client._imap
        return wire

    def _given_up(self, error: Exception) -> MailboxError:
        translated = as_mailbox_error(error, self._server)
        if isinstance(translated, MailboxUnavailable):
            self._drop()
        return translated

    def _drop(self) -> None:
        client, self._connected, self._open = self._connected, None, False
        if client is not None:
            client.shutdown()


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient's hints are not complete
    """imapclient on our own wire."""

    def __init__(self, settings: MailboxSettings, context: ssl.SSLContext | None) -> None:
        self._settings, self._own_context = settings, context
        super().__init__(
            settings.host,
            settings.actual_port,
            ssl=settings.security is Security.TLS,
            ssl_context=context,
            timeout=settings.timeout.total_seconds(),
        )

    def _create_IMAP4(self) -> Wire:
        return Wire(
            self.host,
            self.port,
            timeout=self._settings.timeout.total_seconds(),
            context=self._own_context if self.ssl else None,
            # Exchange and Gmail report sizes that are a little wrong; twice the limit is not a little.
            largest_literal=2 * max(self._settings.size_limit, 1024 * 1024),
        )


def _quoted(text: str) -> str:
    """Return an IMAP quoted string; imaplib quotes the password and forgets the user."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
