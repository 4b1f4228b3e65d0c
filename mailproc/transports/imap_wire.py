"""How do IMAP lines and literals cross the wire? The standard library's protocol class on our own connection.

What the standard library would do differently, and why we do not want it: a time-out per read instead of
per answer; lines of a million bytes refused, which is what the UIDs of 110,000 messages need; literals of
any size taken into memory; after STARTTLS, bytes received in the clear read as protected answers.
"""

from __future__ import annotations

import imaplib
import ssl
from typing import Any

from mailproc.transports import imap_guard
from mailproc.transports.connection import Connection

# A million UIDs in one SEARCH answer take about 8 MB.
_LONGEST_LINE = 32 * 1024 * 1024


class Wire(imaplib.IMAP4):
    """An IMAP connection. With a `context` it is protected from the first byte."""

    def __init__(
        self, host: str, port: int, *, timeout: float, context: ssl.SSLContext | None, largest_literal: int
    ) -> None:
        self._context = context
        self._largest_literal = largest_literal
        super().__init__(host, port, timeout)

    # The next five are the methods that imaplib names as the ones to be overridden.

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.connection = Connection(host, port, timeout=timeout or 60.0, context=self._context)
        self.sock: Any = self.connection  # imapclient sets its time-out on this name

    def read(self, size: int) -> bytes:
        """Return a literal. One that is larger than anything we asked for is read and dropped.

        The message then counts as not delivered; the session and the other messages live on.
        """
        self.connection.extend(size)
        if size <= self._largest_literal:
            return self.connection.read(size)
        while size > 0 and (data := self.connection.read(min(size, 1 << 20))):
            size -= len(data)
        return b""

    def readline(self) -> bytes:
        line = self.connection.readline(_LONGEST_LINE)
        if len(line) >= _LONGEST_LINE:
            raise self.abort(f"a line of more than {_LONGEST_LINE} bytes")
        return line

    def send(self, data: bytes) -> None:  # type: ignore[override]  # imaplib's own hint allows any buffer
        self.connection.sendall(imap_guard.line(data))

    def shutdown(self) -> None:
        self.connection.close()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """Protect the connection; forget what the server said before (RFC 9051 section 6.2.1)."""
        assert ssl_context is not None
        typ, data = self._simple_command("STARTTLS")
        if typ != "OK":
            raise self.abort(f"STARTTLS refused: {data[-1]!r}")
        self.connection.secure(ssl_context)
        self._tls_established = True
        self.untagged_responses.clear()
        self._get_capabilities()
        return typ, data

    def fetch_records(self, sequence_set: str, items: str) -> tuple[str, str]:
        """Send UID FETCH; return the tagged word and text. The records wait in `take_records()`."""
        typ, data = self._simple_command("UID", "FETCH", sequence_set, items)
        return typ, data[-1].decode("utf-8", "replace") if data and data[-1] else ""

    def take_records(self) -> list[Any]:
        """Return the FETCH answers received so far, complete or not: lines and (line, literal) pairs."""
        return self.untagged_responses.pop("FETCH", [])

    def search_all(self) -> list[int]:
        """Return every UID of the selected folder, in whatever number of lines the server sends them."""
        typ, data = self._simple_command("UID", "SEARCH", "ALL")
        if typ != "OK":
            raise self.error(f"SEARCH failed: {data[-1]!r}")
        lines: list[Any] = self.untagged_responses.pop("SEARCH", [])
        return sorted({int(word) for line in lines for word in line.split()})

    def start_idle(self) -> bytes:
        """Send IDLE and wait for the plus sign, past anything untagged; return the tag of the command."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None and not self.ended(tag):
            pass
        return tag

    def listen(self) -> None:
        """Take one answer that came unasked. Raises abort on BYE."""
        self.connection.begin()
        self._get_response()
        self._check_bye()

    def ended(self, tag: bytes) -> bool:
        """Whether the server has completed the command on its own."""
        return self.tagged_commands.get(tag) is not None

    def end_idle(self, tag: bytes) -> None:
        self.connection.begin()
        if not self.ended(tag):
            self.send(b"DONE\r\n")
        typ, data = self._command_complete("IDLE", tag)
        if typ != "OK":
            raise self.error(f"IDLE failed: {data[-1]!r}")
