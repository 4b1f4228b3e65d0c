"""What can go wrong, as one tree.

    MailprocError                 everything we raise on purpose
    ├── ConfigError               a file of the operator is wrong; carries every fault found
    ├── DatabaseError             the database is not one we may work on (newer, damaged, out of reach)
    ├── NotAllowed                the rules of the trade refuse this event in this state of the case
    ├── LetterError               a letter cannot be made: part missing, unknown name, header not safe
    ├── CommandError              an agent's mail has lines that are no commands; carries every fault found
    ├── ParseError                a mail cannot be read
    │   ├── TooComplex            a guard refused it before parsing (depth, parts, header bytes)
    │   └── ParserDied            the caged parser ran out of time, processor or memory, or crashed
    ├── MailboxError              the IMAP server; `.retry_after` seconds when it said how long to wait
    │   ├── MailboxUnavailable    connection, TLS, BYE, throttling: will be tried again
    │   ├── LoginRefused          the server knows us and says no: tried again slowly, a person must look
    │   └── FolderChanged         UIDVALIDITY is not what it was: every UID we hold is void
    └── MailerError               the SMTP server before or beside a single recipient (see transports/smtp.py)

Raise for what the caller cannot go on with. What is normal in this trade (a bounce, no match, a refused
recipient) is a value, not an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MailprocError(Exception):
    """Base of all errors raised on purpose; its text is fit to be shown to an operator."""

    @property
    def said(self) -> str:
        """Its text, as a sentence for the languages of the agents when it was raised with one."""
        first = self.args[0] if self.args else ""
        return first if isinstance(first, str) else str(self)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in a file: where, what was found, what to do."""

    file: str
    path: str
    found: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{file}: {self.path}" if self.path else file
        return f"{where}: {self.found}; {self.remedy}"


class ConfigError(MailprocError):
    """The configuration cannot be used. All faults are reported at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class DatabaseError(MailprocError):
    """The database cannot be worked on."""


class NotAllowed(MailprocError):
    """The rules of the trade refuse this event in this state of the case."""


class LetterError(MailprocError):
    """A letter cannot be rendered or composed; nothing was queued."""


@dataclass(frozen=True, kw_only=True)
class CommandFault:
    """One thing wrong with a line of an agent's mail: the line, what was found, what to write instead."""

    line: int  # counted from 1 in her new words
    written: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.written}: {self.found}; {self.remedy}"


class CommandError(MailprocError):
    """The commands of an agent's mail cannot be followed. All faults are reported at once, none is executed.

    `stop` says that one of the lines was a sound `#stop`: whatever else is wrong, she does not want a
    waiting answer to leave.
    """

    def __init__(self, faults: Sequence[CommandFault], *, stop: bool = False) -> None:
        self.faults = tuple(faults)
        self.stop = stop
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ParseError(MailprocError):
    """A mail cannot be read."""


class TooComplex(ParseError):
    """A guard refused the mail before it reached the parser."""


class ParserDied(ParseError):
    """The caged parser was killed or crashed on this mail."""


class MailboxError(MailprocError):
    """The IMAP server did not do what was asked."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class MailboxUnavailable(MailboxError):
    """Connection, TLS, BYE, time-out or throttling: it will be tried again."""


class LoginRefused(MailboxError):
    """The server answered and refused the login: retried slowly, a person must look."""


class FolderChanged(MailboxError):
    """UIDVALIDITY is not the one expected: every UID held for this folder is void."""


class MailerError(MailprocError):
    """The SMTP server cannot be used at all right now (connection, TLS, login)."""
