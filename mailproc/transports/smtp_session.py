"""How is an SMTP session opened and protected? The standard library's client on our own connection.

Every answer is under one deadline and one bound of length; what ends the conversation is raised as
`Trouble` with the phase it happened in.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from typing import Any

from mailproc.settings import Security, SmtpSettings, is_loopback
from mailproc.transports.connection import Connection
from mailproc.transports.smtp_outcome import Phase, Trouble
from mailproc.transports.tls import client_context

_LONGEST_ANSWER = 64 * 1024  # bytes; RFC 5321 section 4.5.3.1.5 allows 512 to a line


class SmtpSession(smtplib.SMTP):
    """One connection to the submission server."""

    def __init__(self, settings: SmtpSettings, domain: str) -> None:
        super().__init__(local_hostname=domain, timeout=settings.timeout.total_seconds())
        self.settings = settings
        self._context: ssl.SSLContext | None = None

    def open(self) -> None:
        """Connect, protect, log in. Raises Trouble; no secret is sent before the connection is protected."""
        settings = self.settings
        try:
            if settings.security is not Security.PLAIN:
                self._context = client_context(settings.ca_file)
            self._host = settings.host.strip("[]")
            code, text = self.connect(self._host, settings.actual_port)
        except (OSError, smtplib.SMTPException) as error:
            raise Trouble(Phase.CONNECT, None, f"{settings.host}:{settings.actual_port}: {error}") from error
        _expect(Phase.CONNECT, code, one_line(text), 220)
        self._greet()
        if settings.security is Security.STARTTLS:
            self._protect()
        if settings.username is not None and settings.password is not None:
            self._log_in(settings.username, settings.password.get_secret_value())

    def ask(
        self, phase: Phase, command: str, arguments: str = "", *, expect: int | None = None
    ) -> tuple[int, str]:
        """Send a command and return code and text of the answer, which is `expect` or else raises Trouble.

        Without `expect` any 2xx, 4xx or 5xx is returned, but for 421, by which the server says goodbye.
        """
        self.connection.begin()
        try:
            self.putcmd(command, arguments)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Trouble(phase, None, one_line(str(error))) from error
        return self.answer(phase, expect=expect)

    def answer(self, phase: Phase, *, expect: int | None = None) -> tuple[int, str]:
        """Return the next answer of the server; see `ask()`."""
        try:
            code, text = self.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Trouble(phase, None, one_line(str(error))) from error
        return _expect(phase, code, one_line(text), expect)

    @property
    def connection(self) -> Connection:
        connection: Any = self.sock
        if connection is None:
            raise Trouble(Phase.CONNECT, None, "not connected")
        return connection  # type: ignore[no-any-return]

    def feature(self, name: str) -> str | None:
        """Return the parameters of an EHLO keyword, None when the server does not offer it."""
        return self.esmtp_features.get(name)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return Connection(
            host,
            port,
            timeout=timeout,
            context=self._context if self.settings.security is Security.TLS else None,
            answer_limit=_LONGEST_ANSWER,
        )

    def _greet(self) -> None:
        self.connection.begin()
        try:
            code, text = self.ehlo()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Trouble(Phase.EHLO, None, one_line(str(error))) from error
        _expect(Phase.EHLO, code, one_line(text), 250)

    def _protect(self) -> None:
        if self.feature("starttls") is None:
            raise Trouble(
                Phase.TLS,
                None,
                f"{self._host} does not offer STARTTLS; nothing was sent in the clear, "
                "use security: tls or ask its operator",
            )
        self.ask(Phase.TLS, "STARTTLS", expect=220)
        assert self._context is not None
        try:
            self.connection.secure(self._context)
        except OSError as error:
            raise Trouble(Phase.TLS, None, f"{self._host}: {error}") from error
        self._greet()  # what was said before is forgotten (RFC 3207 section 4.2)

    def _log_in(self, username: str, password: str) -> None:
        """Log in with PLAIN, else LOGIN, in UTF-8; the standard library knows only ASCII."""
        if not (self.connection.secured or is_loopback(self._host)):
            raise Trouble(Phase.AUTH, None, "the connection is not protected; the password was not sent")
        offered = (self.feature("auth") or "").upper().split()
        if "PLAIN" in offered:
            secret = _base64(f"\0{username}\0{password}")
            if self.ask(Phase.AUTH, "AUTH", f"PLAIN {secret}")[0] == 334:  # asks once more, as old servers do
                self.ask(Phase.AUTH, secret, expect=235)
        elif "LOGIN" in offered:
            self.ask(Phase.AUTH, "AUTH", "LOGIN", expect=334)
            self.ask(Phase.AUTH, _base64(username), expect=334)
            self.ask(Phase.AUTH, _base64(password), expect=235)
        else:
            raise Trouble(
                Phase.AUTH,
                None,
                f"{self._host} offers {' '.join(offered) or 'no login'}, we know PLAIN and LOGIN; "
                "remove username and password, or ask its operator",
            )


def one_line(text: bytes | str) -> str:
    """Return a server's words without control characters, at most 500 characters."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())[:500]


def _expect(phase: Phase, code: int, text: str, expected: int | None) -> tuple[int, str]:
    if not 200 <= code < 600:
        raise Trouble(phase, None, f"the server's answer is not SMTP: {text}")
    if code == 421 or (code != expected if expected is not None else phase is Phase.AUTH and code >= 400):
        raise Trouble(phase, code, text)
    return code, text


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
