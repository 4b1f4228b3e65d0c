"""Which servers are wrong on purpose? Conversations written by the test, over TCP or TLS, on loopback.

ScriptedServer      runs a conversation for every client that connects
FakeImap, FakeSmtp  conversations that speak enough of the protocol to be wrong in one place
relay               a conversation that puts TLS in front of a server without
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"

CUT = "cut"  # in place of an answer: reset the connection
END = "end"  # in place of an answer: close the connection properly
HANG = "hang"  # in place of an answer: say nothing until the client gives up


class Peer:
    """The server's end of one scripted conversation."""

    def __init__(self, connection: socket.socket, received: bytearray) -> None:
        self._connection = connection
        self._received = received
        self._reader = connection.makefile("rb")

    def readline(self) -> bytes:
        """Return the client's next line without its line end; EOFError when it has gone."""
        line = self._reader.readline()
        self._received += line
        if not line.endswith(b"\n"):
            raise EOFError
        return line.rstrip(b"\r\n")

    def read(self, size: int) -> bytes:
        data = self._reader.read(size)
        self._received += data
        return data

    def send(self, *lines: str | bytes) -> None:
        """Send lines; their line ends are added."""
        data = b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines)
        self._connection.sendall(data)

    def send_raw(self, data: bytes) -> None:
        self._connection.sendall(data)

    def hang(self) -> None:
        """Say nothing until the client closes."""
        with suppress(OSError):
            while data := self._reader.read(1):
                self._received += data
        raise EOFError

    def cut(self) -> None:
        """End the connection by a reset, as a dying server or a firewall does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raise EOFError

    def secure(self, context: ssl.SSLContext) -> None:
        """Put TLS around the connection, as after STARTTLS."""
        self._connection = context.wrap_socket(self._connection, server_side=True)
        self._reader = self._connection.makefile("rb")

    def close(self) -> None:
        with suppress(OSError):
            self._reader.close()
            self._connection.close()

    def wake(self) -> None:
        """End a conversation that waits for its client; called from another thread."""
        with suppress(OSError):
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class ScriptedServer:
    """Runs `conversation(peer)` for every connection; with a `context` inside TLS.

    `received` holds every byte that clients sent through (inside TLS), `connections` their number.
    """

    def __init__(
        self, conversation: Callable[[Peer], None], *, context: ssl.SSLContext | None = None
    ) -> None:
        self._conversation = conversation
        self._context = context
        self._listener = socket.create_server((HOST, 0))
        self._over, self._wake = socket.socketpair()
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.received = bytearray()
        self.connections = 0
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake.close()
        self._thread.join()
        for peer in self._peers:
            peer.wake()
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._over.close()
        if kind is None and self.failures:
            raise self.failures[0]

    def _accept(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._over], [], [])
            if self._over in ready:
                return
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            peer = Peer(connection, self.received)
            self._peers.append(peer)
        except OSError:  # the client did not like our certificate
            connection.close()
            return
        try:
            self._conversation(peer)
        except (OSError, EOFError):
            pass  # the client has gone
        except BaseException as error:
            self.failures.append(error)
        finally:
            peer.close()


class FakeImap:
    """A conversation of an IMAP server with one INBOX, right in everything but what the test replaces.

    `answers` maps a verb (`"FETCH"`, `"UID MOVE"` counts as `"MOVE"`) to what is sent in place of the
    usual lines: lines in which `{tag}` is filled in, CUT, HANG, or a function of (peer, tag, arguments)
    that returns such a thing. `log` holds the client's commands without tags.
    """

    def __init__(
        self,
        answers: Mapping[str, object] | None = None,
        *,
        capabilities: str = "IMAP4rev1 AUTH=PLAIN UIDPLUS MOVE IDLE",
        greeting: object = "* OK ready",
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.capabilities = capabilities
        self.greeting = greeting
        self.starttls = starttls
        self.log: list[str] = []

    def __call__(self, peer: Peer) -> None:
        self._say(peer, "*", self.greeting)
        while True:
            tag, _, command = peer.readline().decode("latin-1").partition(" ")
            self.log.append(command)
            verb, _, arguments = command.partition(" ")
            if verb == "UID":
                verb, _, arguments = arguments.partition(" ")
            answer = self.answers.get(verb, self._usual(verb))
            if callable(answer):
                answer = answer(peer, tag, arguments)
            self._say(peer, tag, answer)
            if verb == "LOGOUT":
                return
            if verb == "STARTTLS" and self.starttls is not None:
                peer.secure(self.starttls)

    def verbs(self) -> list[str]:
        """The commands in order, without arguments and UID."""
        return [command.removeprefix("UID ").split(" ")[0] for command in self.log]

    def _say(self, peer: Peer, tag: str, answer: object) -> None:
        if answer == CUT:
            peer.cut()
        if answer == END:
            raise EOFError
        if answer == HANG:
            peer.hang()
        lines: Any = [answer] if isinstance(answer, str | bytes) else answer or []
        for line in lines:
            data = line.encode() if isinstance(line, str) else line
            peer.send(data.replace(b"{tag}", tag.encode()))

    def _usual(self, verb: str) -> object:
        match verb:
            case "CAPABILITY":
                return [f"* CAPABILITY {self.capabilities}", "{tag} OK done"]
            case "AUTHENTICATE":
                return self._authenticate
            case "LIST":
                return ['* LIST (\\Noselect) "/" ""', "{tag} OK done"]
            case "SELECT" | "EXAMINE":
                return [
                    "* 3 EXISTS",
                    "* OK [UIDVALIDITY 7] ok",
                    "* OK [UIDNEXT 4] ok",
                    "{tag} OK [READ-WRITE] done",
                ]
            case "SEARCH":
                return ["* SEARCH 1 2 3", "{tag} OK done"]
            case "LOGOUT":
                return ["* BYE see you", "{tag} OK done"]
            case "IDLE":
                return self._idle
        return ["{tag} OK done"]

    def _authenticate(self, peer: Peer, tag: str, arguments: str) -> list[str]:
        peer.send("+ ")
        peer.readline()
        return ["{tag} OK in"]

    def _idle(self, peer: Peer, tag: str, arguments: str) -> list[str]:
        peer.send("+ idling")
        peer.readline()
        return ["{tag} OK done"]


class FakeSmtp:
    """A conversation of an SMTP server, right in everything but what the test replaces.

    `answers` maps a phase (`greeting`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `final`, `rset`,
    `noop`) to a reply, CUT or HANG. `body` in it is a number of bytes after which the letter is cut off.
    `letters` holds what came between DATA and the final dot, as it came.
    """

    def __init__(
        self,
        answers: Mapping[str, str] | None = None,
        *,
        features: Sequence[str] = (),
        starttls: ssl.SSLContext | None = None,
        cut_body_after: int | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.features = features
        self.starttls = starttls
        self.cut_body_after = cut_body_after
        self.log: list[str] = []
        self.letters: list[bytes] = []

    def __call__(self, peer: Peer) -> None:
        self._say(peer, "greeting", "220 ready")
        while True:
            command = peer.readline().decode("utf-8")
            self.log.append(command)
            verb = command.split(" ")[0].lower()
            match verb:
                case "ehlo":
                    keywords = ["localhost", *self.features]
                    lines = [f"250-{word}" for word in keywords[:-1]] + [f"250 {keywords[-1]}"]
                    self._say(peer, "ehlo", "\r\n".join(lines))
                case "auth":
                    self._say(peer, "auth", "235 2.7.0 in")
                case "data":
                    self._say(peer, "data", "354 go on")
                    if self.answers.get("data", "354").startswith("354"):
                        self._receive(peer)
                case "starttls":
                    self._say(peer, "starttls", "220 go on")
                    if self.starttls is not None:
                        peer.secure(self.starttls)
                case "quit":
                    peer.send("221 bye")
                    return
                case _:
                    self._say(peer, verb, "250 2.0.0 OK")

    def _receive(self, peer: Peer) -> None:
        if self.cut_body_after is not None:
            peer.read(self.cut_body_after)
            peer.cut()
        lines: list[bytes] = []
        while (line := peer.readline()) != b".":
            lines.append(line)
        self.letters.append(b"".join(line + b"\r\n" for line in lines))
        self._say(peer, "final", "250 2.0.0 OK queued")

    def _say(self, peer: Peer, phase: str, usual: str) -> None:
        answer = self.answers.get(phase, usual)
        if answer == CUT:
            peer.cut()
        if answer == END:
            raise EOFError
        if answer == HANG:
            peer.hang()
        peer.send(answer)
        if re.match(r"(?:.*\n)?421 ", answer):
            raise EOFError


# TLS

CERTIFICATES = Path(__file__).parent / "certs"
AUTHORITY = CERTIFICATES / "authority.pem"


def server_context(certificate: str = "good", *, old: bool = False) -> ssl.SSLContext:
    """Return a server's TLS with a certificate of `certs`; `old`: TLS 1.1 at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    return context


def relay(port: int) -> Callable[[Peer], None]:
    """Return a conversation that passes everything on to a server without TLS, as stunnel does."""

    def conversation(peer: Peer) -> None:
        with socket.create_connection((HOST, port)) as upstream:

            def back() -> None:
                with suppress(OSError):
                    while data := upstream.recv(65536):
                        peer.send_raw(data)
                peer.wake()

            thread = threading.Thread(target=back, daemon=True)
            thread.start()
            try:
                while True:
                    upstream.sendall(peer.readline() + b"\r\n")
            finally:
                with suppress(OSError):
                    upstream.shutdown(socket.SHUT_WR)
                thread.join()

    return conversation
