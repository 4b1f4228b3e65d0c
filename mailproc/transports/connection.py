"""How do bytes travel so that no server can hold us for ever? A connection with a deadline per answer.

The standard library's protocol classes set a time-out per read: a server that sends one byte a minute
keeps them busy all day. Here the clock runs for a whole answer. The class has the few methods that
`imaplib` and `smtplib` call on a socket or on the file made of it, so both can stand on it unchanged.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from contextlib import suppress

# A body may take longer than an answer of one line. What is slower than this many bytes a second is a stuck
# server, not a slow line (our choice: 40 MB may take 20 minutes).
SLOWEST_RATE = 32 * 1024

_CHUNK = 256 * 1024

# Probe after two quiet minutes, give up after six more tries: less than the five to ten minutes after which
# firewalls forget a silent connection.
_KEEPALIVE = {"TCP_KEEPIDLE": 120, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 6}


class Connection:
    """A connected socket with a read buffer and a deadline.

    `timeout` is in seconds and bounds the time for connecting, for the TLS handshake and, counted from
    `begin()`, for each answer. `answer_limit` bounds the bytes of one answer; None for no bound. Raises
    OSError (TimeoutError and ssl.SSLError among them) when the network does not do its part.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout: float,
        context: ssl.SSLContext | None = None,
        answer_limit: int | None = None,
    ) -> None:
        self.host = host.strip("[]")
        self.timeout = timeout
        self.answer_limit = answer_limit
        self._buffer = bytearray()
        self._received = 0
        self._bell, self._rope = socket.socketpair()
        self._rope.setblocking(False)
        try:
            self._socket = socket.create_connection((self.host, port), timeout)
        except BaseException:
            self._drop_bell()
            raise
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEPALIVE.items():
                if hasattr(socket, name):  # not on every system
                    self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
            if context is not None:
                self.secure(context)
        except BaseException:
            self.close()
            raise
        self.begin()

    def secure(self, context: ssl.SSLContext) -> None:
        """Put TLS around the connection.

        Raises ssl.SSLError when bytes have already come in: they were sent in the clear, perhaps by
        somebody in between, and would be taken for the first answer of the protected session (the
        STARTTLS response injection of 2011 and 2021).
        """
        if self._buffer:
            raise ssl.SSLError("the server sent data in the clear after agreeing to TLS; it is not believed")
        self._socket.settimeout(self.timeout)
        self._socket = context.wrap_socket(self._socket, server_hostname=self.host)

    @property
    def secured(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket)

    def begin(self, body: int = 0, *, seconds: float | None = None) -> None:
        """Start the clock of the next answer: `seconds` or the time-out, and time for `body` bytes."""
        self._received = 0
        self._allowed = (self.timeout if seconds is None else seconds) + body / SLOWEST_RATE
        self._deadline = time.monotonic() + self._allowed

    def extend(self, body: int) -> None:
        """Give the running answer time for `body` more bytes, when the server announces them."""
        self._allowed += body / SLOWEST_RATE
        self._deadline += body / SLOWEST_RATE

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(self._remaining())
            rest = rest[self._socket.send(rest) :]

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line with its line end, at most `limit` bytes; b'' or a torn line at the end."""
        scanned = 0
        while True:
            end = self._buffer.find(b"\n", scanned) + 1
            scanned = len(self._buffer)
            if 0 <= limit <= (end or scanned):
                return self._take(limit)
            if end or not self._fill():
                return self._take(end or scanned)

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only when the server has closed."""
        while len(self._buffer) < size and self._fill():
            pass
        return self._take(min(size, len(self._buffer)))

    def wait(self, seconds: float) -> bool:
        """Return whether there is something to read within `seconds`; the end of the connection counts.

        Returns earlier, with what is true then, when another thread calls `ring()`.
        """
        if self._buffer or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return True
        poll = select.poll()  # select() fails above 1,024 open files
        poll.register(self._socket, select.POLLIN)
        poll.register(self._bell, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}
        if self._bell.fileno() in ready:
            self._bell.recv(_CHUNK)
        return self._socket.fileno() in ready

    def ring(self) -> None:
        """Let a `wait` in another thread return now. Never raises."""
        with suppress(OSError):  # closed, or rung already and not heard yet
            self._rope.send(b"!")

    def makefile(self, _mode: str = "rb") -> Connection:
        """Return the reader that smtplib asks a socket for: this very object, so that deadlines hold."""
        return self

    def settimeout(self, seconds: float) -> None:
        """Set the time one answer may take; imapclient calls this on the socket it is given."""
        self.timeout = seconds

    def close(self) -> None:
        """Close the connection. Never raises, may be repeated."""
        with suppress(OSError):  # there is nobody left to tell
            self._socket.close()
        self._drop_bell()

    def _drop_bell(self) -> None:
        self._bell.close()
        self._rope.close()

    def _fill(self) -> bool:
        self._socket.settimeout(self._remaining())
        data = self._socket.recv(_CHUNK)
        self._received += len(data)
        if self.answer_limit is not None and self._received > self.answer_limit:
            raise OSError(f"the server's answer is longer than {self.answer_limit} bytes")
        self._buffer += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        with memoryview(self._buffer) as view:
            data = bytes(view[:size])
        del self._buffer[:size]
        return data

    def _remaining(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError(f"no complete answer within {self._allowed:.3g} seconds")
        return remaining
