"""How does a letter leave? One recipient, one transaction, one outcome that says exactly how far it came.

The server has the letter from the moment its final dot arrives until it says so, and in between nobody
knows. That window is made as short as it can be and its edges are exact: `before_final` is called when the
server is ready for the body; then body and final dot leave in one write and the next thing read is the
answer. A failure before the last byte has left us is DEFERRED and safe to repeat; silence after it is
UNKNOWN.
"""

from __future__ import annotations

import logging
import re
import smtplib
import time
from collections.abc import Callable

from mailproc.errors import LetterError, MailerError
from mailproc.settings import SmtpSettings
from mailproc.transports.smtp_outcome import Outcome, OutcomeKind, Phase, Scope, Trouble, judge
from mailproc.transports.smtp_session import SmtpSession, one_line

__all__ = ["Outcome", "OutcomeKind", "Phase", "Scope", "SmtpMailer"]

log = logging.getLogger(__name__)

# A connection that has rested longer is asked whether it lives before it is trusted with a letter (our
# choice: some servers close after 10 seconds).
_RESTED = 5.0

# The answer to the final dot may take ten times the time-out and at most the 10 minutes of RFC 5321 section
# 4.5.3.2.6: giving up too early makes letters of which nobody knows whether they left.
_LONGEST_FINAL = 600.0

_GOODBYE = 2.0  # seconds for QUIT

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_UNFIT_FOR_ENVELOPE = re.compile(r"[\x00-\x20\x7f<>]")


class SmtpMailer:
    """Sends letters one by one over one kept connection, for one thread.

    `domain` is the name said in EHLO, the desk's own.
    """

    def __init__(self, settings: SmtpSettings, domain: str) -> None:
        self.settings = settings
        self.domain = _a_label(domain) or "localhost"
        self._session: SmtpSession | None = None
        self._rested_since = 0.0

    def send(
        self,
        envelope_from: str,
        recipient: str,
        raw: bytes,
        *,
        before_final: Callable[[], None],
        envid: str | None = None,
    ) -> Outcome:
        """Offer a letter to the server and return what became of it.

        The bytes go out as they are, with dots doubled as the protocol wants; only a missing line end at
        the very end is added. Raises LetterError when they hold a bare CR or LF: a server that takes one
        for a line end could be made to see a second letter (CVE-2023-51764 and its kin). What
        `before_final` raises is passed on; the connection is then closed and the letter has not left.
        """
        # Counting first: the search alone takes seconds on a large letter.
        line_ends = raw.count(b"\r\n")
        if (raw.count(b"\r") != line_ends or raw.count(b"\n") != line_ends) and (found := _BARE.search(raw)):
            raise LetterError(
                f"the letter has a line end that is not CRLF at byte {found.start()}; it was not sent, "
                "this is a fault of whatever composed it"
            )
        try:
            sender, receiver, utf8 = _envelope(envelope_from), _envelope(recipient), False
            utf8 = not (sender + receiver).isascii()
            reused = self._session is not None
            session = self._connected()
            try:
                self._offer(session, sender, receiver, raw, utf8=utf8, envid=envid)
            except Trouble as trouble:
                # A kept connection may have died since its last letter; nothing of this one was sent.
                if not (reused and trouble.phase is Phase.MAIL and trouble.code is None):
                    raise
                self._drop()
                session = self._connected()
                self._offer(session, sender, receiver, raw, utf8=utf8, envid=envid)
            return self._hand_over(session, raw, before_final)
        except Trouble as trouble:
            outcome = judge(trouble.phase, trouble.code, trouble.text)
            self._recover(outcome)
            return outcome
        except BaseException:
            self._drop()
            raise

    def probe(self) -> None:
        """Connect, log in and ask for a sign of life; raise MailerError with what is wrong."""
        try:
            self._connected().ask(Phase.CONNECT, "NOOP", expect=250)
        except Trouble as trouble:
            self._drop()
            server = f"SMTP server {self.settings.host}:{self.settings.actual_port}"
            said = f"{trouble.code} {trouble.text}" if trouble.code else trouble.text
            raise MailerError(f"{server}: at {trouble.phase}: {said}") from trouble

    def close(self) -> None:
        """Say goodbye and close. Never raises; the next letter connects again."""
        session = self._session
        if session is None:
            return
        try:
            session.connection.settimeout(_GOODBYE)
            session.ask(Phase.CONNECT, "QUIT")
        except Trouble as trouble:
            log.debug("left without goodbye: %s", trouble.text)
        self._drop()

    def _connected(self) -> SmtpSession:
        session = self._session
        if session is not None and time.monotonic() - self._rested_since > _RESTED:
            try:
                session.ask(Phase.CONNECT, "NOOP", expect=250)
            except Trouble:
                self._drop()
                session = None
        if session is None:
            session = self._session = SmtpSession(self.settings, self.domain)
            session.open()
            self._rested_since = time.monotonic()
        return session

    def _offer(
        self, session: SmtpSession, sender: str, receiver: str, raw: bytes, *, utf8: bool, envid: str | None
    ) -> None:
        """MAIL, RCPT and DATA, up to the server's word that it is ready for the body."""
        limit = session.feature("size")
        if limit and limit.isdecimal() and 0 < int(limit) < len(raw):
            raise Trouble(
                Phase.SIZE, None, f"the letter has {len(raw)} bytes, the mail server takes at most {limit}"
            )
        if utf8 and session.feature("smtputf8") is None:
            raise Trouble(
                Phase.ADDRESS,
                None,
                "the address has characters beyond ASCII before the @ and our mail server does not offer "
                "SMTPUTF8; reach the customer in another way or use a server that does",
            )
        mail, rcpt = [f"FROM:<{sender}>"], [f"TO:<{receiver}>"]
        if limit is not None:
            mail.append(f"SIZE={len(raw)}")
        if utf8:
            mail.append("SMTPUTF8")
        if not raw.isascii() and session.feature("8bitmime") is not None:
            mail.append("BODY=8BITMIME")
        if session.feature("dsn") is not None:  # RFC 3461
            mail.append("RET=HDRS")
            if envid:
                mail.append(f"ENVID={_xtext(envid)}")
            rcpt.append("NOTIFY=FAILURE,DELAY")
            if not utf8:
                rcpt.append(f"ORCPT=rfc822;{_xtext(receiver)}")
        session.command_encoding = "utf-8" if utf8 else "ascii"
        for phase, arguments in ((Phase.MAIL, mail), (Phase.RCPT, rcpt)):
            code, text = session.ask(phase, phase.upper(), " ".join(arguments))
            if not 200 <= code < 300:
                raise Trouble(phase, code, text)
        session.ask(Phase.DATA, "DATA", expect=354)

    def _hand_over(self, session: SmtpSession, raw: bytes, before_final: Callable[[], None]) -> Outcome:
        body = (b"." if raw.startswith(b".") else b"") + raw.replace(b"\r\n.", b"\r\n..")
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        before_final()
        patience = min(10 * session.connection.timeout, _LONGEST_FINAL)
        session.connection.begin(len(body), seconds=patience)
        try:
            session.connection.sendall(body + b".\r\n")
        except OSError as error:
            # The end of the letter is still here, so nobody has accepted it. The server may have said why.
            code, text = _last_words(session)
            if code is None or code < 400:
                raise Trouble(Phase.BODY, None, f"the connection broke in the letter: {error}") from error
        else:
            code, text = session.answer(Phase.FINAL)
        self._rested_since = time.monotonic()
        outcome = judge(Phase.FINAL, code, text)
        if outcome.kind is not OutcomeKind.ACCEPTED:
            self._recover(outcome)
        return outcome

    def _recover(self, outcome: Outcome) -> None:
        """Make the connection fit for the next letter, or close it."""
        session = self._session
        if session is None or outcome.phase in (Phase.ADDRESS, Phase.SIZE):
            return
        in_step = outcome.code is not None and 400 <= outcome.code < 600
        if outcome.scope is Scope.RECIPIENT and in_step:
            try:
                session.ask(Phase.CONNECT, "RSET", expect=250)
                self._rested_since = time.monotonic()
                return
            except Trouble as trouble:
                log.debug("not reset after a refusal: %s", trouble.text)
        self._drop()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _last_words(session: SmtpSession) -> tuple[int | None, str]:
    """Return what the server said before it closed, if it said anything."""
    try:
        session.connection.settimeout(_GOODBYE)
        session.connection.begin()
        code, text = session.getreply()
    except (OSError, smtplib.SMTPException, Trouble):
        return None, ""
    return (code if 200 <= code < 600 else None), one_line(text)


def _envelope(address: str) -> str:
    """Return an address as MAIL and RCPT take it: checked, the domain in ASCII. '' is the null sender."""
    local, at, domain = address.rpartition("@")
    if address and (_UNFIT_FOR_ENVELOPE.search(address) or not (local and at and domain)):
        raise Trouble(Phase.ADDRESS, None, f"{one_line(address)!r} is not an address that SMTP can carry")
    if domain.isascii():
        return address
    ascii_domain = _a_label(domain)
    if ascii_domain is None:
        raise Trouble(Phase.ADDRESS, None, f"the domain {one_line(domain)!r} has no ASCII form that is sure")
    return f"{local}@{ascii_domain}"


def _a_label(domain: str) -> str | None:
    """Return a domain as A-labels, None when that would name another one.

    The standard library's IDNA 2003 turns faß.de into fass.de, somebody else's domain; IDNA 2008 does not
    (RFC 5891). What does not come back unchanged is therefore not sent.
    """
    try:
        encoded = domain.encode("idna")
        return (
            encoded.decode("ascii") if encoded.decode("idna") == domain.lower() or domain.isascii() else None
        )
    except UnicodeError:
        return None


def _xtext(text: str) -> str:
    """Encode as RFC 3461 section 4 wants: everything but printable ASCII without + and = as +XX."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)
