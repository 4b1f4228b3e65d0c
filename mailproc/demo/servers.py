"""Where does the demo's mail live? A small IMAP and SMTP server on this machine, in one background thread.

For the demo and for tests, never for real mail: everything is in memory. The only file that knows pymap
and aiosmtpd, which come with the extra `demo`.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parseaddr
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend, Identity
from pymap.exceptions import MailboxNotFound
from pymap.imap import IMAPServer, IMAPService
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement, SequenceSet
from pymap.user import UserMetadata
from pysasl.hashing import BuiltinHash

from mailproc.mail import address_key

HOST = "127.0.0.1"

_T = TypeVar("_T")

# More than a whole mail of the default size limit, so that the limit is mailproc's.
_LARGEST_MAIL = 64 * 1024 * 1024


class Sent(NamedTuple):
    """One mail that the SMTP server accepted, for one recipient."""

    mail_from: str
    recipient: str
    raw: bytes


class MailServers:
    """An IMAP server with a mailbox per user and an SMTP server that delivers into them.

    `users` maps login names to passwords; a name is an address or just its local part. Mail to a user's
    address, with or without a `+tag`, lands in her INBOX; mail to an address in `bounce` is refused with
    550; all other mail is accepted and goes nowhere. A mail that a user of `vouched_domains` hands in under
    her own login is stamped as mail hosts do (RFC 8601), in the name of `authserv_id`. `clock` says when
    mail is delivered. Used with `with`; ports are chosen by the system.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        bounce: Iterable[str] = (),
        imap_port: int = 0,
        smtp_port: int = 0,
        vouched_domains: Iterable[str] = (),
        authserv_id: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not users:
            raise ValueError("the mail servers need at least one user")
        self.users: dict[str, str] = {}
        self.bounce = {address_key(address) for address in bounce}
        self.sent: list[Sent] = []
        self.imap_port, self.smtp_port = imap_port, smtp_port
        self.vouched_domains = frozenset(vouched_domains)
        self.authserv_id, self.clock = authserv_id, clock
        self._initial_users = dict(users)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mail-servers", daemon=True)
        self._ready: Future[None] = Future()
        self._over = asyncio.Event()

    # Starting and stopping

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        parser = ArgumentParser()
        DictBackend.add_subparser("dict", parser.add_subparsers(dest="backend"))
        IMAPService.add_arguments(parser)
        parser.set_defaults(inherited_sockets=None, proxy_protocol=None, passlib_cfg=None, debug=False)
        arguments = parser.parse_args(["--no-tls", "dict"])
        # One round: the passwords are as public as the mail here, and a good hash takes a quarter second.
        self._hash = BuiltinHash(rounds=1)
        self._backend, self._config = await DictBackend.init(arguments, hash_context=self._hash)
        self._config.apply_context()
        for user, password in self._initial_users.items():
            await self._add_user(user, password)
        async with AsyncExitStack() as stack:
            await self._backend.start(stack)
            reader = ProxyProtocolReader(self._config.proxy_protocol)
            serve = reader.get_callback(IMAPServer(self._backend.login, self._config))
            imap = await asyncio.start_server(serve, HOST, self.imap_port)
            smtp = await self._loop.create_server(self._smtp_session, HOST, self.smtp_port)
            self.imap_port = imap.sockets[0].getsockname()[1]
            self.smtp_port = smtp.sockets[0].getsockname()[1]
            self._ready.set_result(None)
            await self._over.wait()
            imap.close()
            smtp.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    def _smtp_session(self) -> Any:
        return SMTP(
            _Handler(self),
            loop=self._loop,
            hostname="localhost",
            data_size_limit=_LARGEST_MAIL,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    # What a test or the demo does with them

    def add_user(self, user: str, password: str) -> None:
        """Make a mailbox; known at once to both servers."""
        self._do(self._add_user(user, password))

    def deliver(self, user: str, raw: bytes, when: datetime | None = None) -> None:
        """Put a mail into a user's INBOX as if it had come from outside, received `when` (default: now)."""
        self._do(self._deliver(user, raw, when))

    def mailbox(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the mails in a folder, oldest first; nothing for a folder that does not exist."""
        return self._do(self._mailbox(user, folder))

    def stamped(self, login: str | None, raw: bytes) -> bytes:
        """Return a mail as it is delivered: with our finding on top when a user of ours handed it in."""
        domain = address_key(login or "").rpartition("@")[2]
        author = parseaddr(str(message_from_bytes(raw).get("From", "")))[1]
        if domain not in self.vouched_domains or address_key(author) != address_key(login or ""):
            return raw
        stamp = (
            f"Authentication-Results: {self.authserv_id}; dmarc=pass header.from={domain}\r\n"
            f"Received: from localhost by {self.authserv_id} with ESMTPSA\r\n"
        )
        return stamp.encode("ascii") + raw

    def owner(self, recipient: str) -> str | None:
        """Return the user who receives mail for an address, its tag apart."""
        local, _, domain = address_key(recipient).rpartition("@")
        local = local.partition("+")[0]
        known = {address_key(user): user for user in self.users}
        return known.get(f"{local}@{domain}") or known.get(local)

    def answer(self, phase: str, argument: str) -> str | None:
        """Return an SMTP reply in place of the usual one, or None for the usual one.

        Phases: `ehlo`, `mail`, `rcpt`, `data` (the mail is here and not yet accepted), `accepted` (it is
        delivered). Raise ConnectionAbortedError to have the connection cut.
        """
        if phase == "rcpt" and address_key(argument) in self.bounce:
            return "550 5.1.1 no such mailbox here"
        return None

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _add_user(self, user: str, password: str) -> None:
        self.users[user] = password
        await self._identity(user).set(UserMetadata(self._config, user, password=self._hash.hash(password)))

    async def _deliver(self, user: str, raw: bytes, when: datetime | None) -> None:
        async with self._identity(user).new_session() as session:
            message = AppendMessage(raw, when or self.clock(), frozenset())
            await session.append_messages("INBOX", [message])

    async def _mailbox(self, user: str, folder: str) -> list[bytes]:
        async with self._identity(user).new_session() as session:
            try:
                _, selected = await session.select_mailbox(folder, readonly=True)
            except MailboxNotFound:
                return []
            everything = SequenceSet.all(uid=True)
            mails = []
            found, _ = await session.fetch_messages(selected, everything, False)
            for _, message in found:
                loaded = await message.load_content(FetchRequirement.CONTENT)
                mails.append(bytes(loaded.get_body()))
            return mails

    def _identity(self, user: str) -> Any:
        return Identity(user, self._backend.login, None, frozenset())

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        password = self.users.get(login.login.decode("utf-8", "replace"))
        known = password is not None and password.encode() == login.password
        return AuthResult(success=known, handled=False, auth_data=login)  # not handled: aiosmtpd says the 535


class _Handler:
    """What aiosmtpd asks at each step; the names are its own."""

    def __init__(self, servers: MailServers) -> None:
        self._servers = servers

    def _answer(self, server: SMTP, phase: str, argument: str) -> str | None:
        try:
            return self._servers.answer(phase, argument)
        except ConnectionAbortedError:
            server.transport.abort()
            return "421 4.3.2 never read"

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        reply = self._answer(server, "ehlo", hostname)
        return responses if reply is None else [reply]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._answer(server, "mail", address):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._answer(server, "rcpt", address):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        servers = self._servers
        raw = bytes(envelope.original_content)
        if isinstance(session.auth_data, LoginPassword):
            raw = servers.stamped(session.auth_data.login.decode("utf-8", "replace"), raw)
        recipients = ", ".join(envelope.rcpt_tos)
        if reply := self._answer(server, "data", recipients):
            return reply
        for recipient in envelope.rcpt_tos:
            servers.sent.append(Sent(envelope.mail_from or "", recipient, raw))
            if owner := servers.owner(recipient):
                await servers._deliver(owner, raw, None)
        reply = self._answer(server, "accepted", recipients)
        return reply or f"250 2.0.0 OK queued as {len(servers.sent)}"
