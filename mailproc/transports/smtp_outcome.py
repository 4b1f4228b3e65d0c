"""What does the SMTP server's answer mean for this letter? One table from phase and code to an outcome.

An outcome is a value, not an exception: a refused recipient is normal in this trade.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """What became of a letter. UNKNOWN: the server had every byte and we have no answer."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """Whom an outcome is about: this recipient alone, or every letter that goes by this server."""

    RECIPIENT = "recipient"
    SERVER = "server"


class Phase(StrEnum):
    """How far the conversation had come."""

    ADDRESS = "address"  # our own look at the letter, before anything is sent
    SIZE = "size"
    CONNECT = "connect"
    TLS = "tls"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"  # the letter is under way, its final dot has not left us
    FINAL = "final"  # the final dot has left us


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a letter: `text` is the server's words or ours, on one line, fit for an operator."""

    kind: OutcomeKind
    code: int | None  # the SMTP reply code; None when the server said nothing that has one
    text: str
    scope: Scope
    phase: Phase


class Trouble(Exception):
    """The conversation cannot go on: the phase it ended in, the reply code if there was one, and why."""

    def __init__(self, phase: Phase, code: int | None, text: str) -> None:
        self.phase, self.code, self.text = phase, code, text
        super().__init__(f"{phase}: {code or 'no answer'} {text}")


_SERVER_PHASES = {Phase.CONNECT, Phase.TLS, Phase.EHLO, Phase.AUTH}

# Said at RCPT or later, these are still about our login and not about the recipient: RFC 4954 section 6, and
# Exchange Online's end of password login (5.7.30, 5.7.139).
_LOGIN_CODES = {530, 534, 535, 538}
_LOGIN_TEXT = re.compile(r"\b5\.7\.(?:30|139)\b")

# At MAIL a 5xx is about our account, but for these: an address (RFC 3463, 5.1.x) or the size.
_LETTER_AT_MAIL = re.compile(r"\b5\.(?:1\.\d{1,3}|2\.3|3\.4)\b")


def judge(phase: Phase, code: int | None, text: str) -> Outcome:
    """Return what a reply means for the letter; `code` None means that there was no readable reply.

    Once the final dot has left us, no reply means UNKNOWN. A reply 4xx or 5xx at that point closes the
    question: the server says that it did not take the letter. 421 is about the server whenever it is said
    (RFC 5321 section 3.8).
    """

    def outcome(kind: OutcomeKind, scope: Scope) -> Outcome:
        return Outcome(kind=kind, code=code, text=text, scope=scope, phase=phase)

    if phase in (Phase.ADDRESS, Phase.SIZE):
        return outcome(OutcomeKind.REFUSED, Scope.RECIPIENT)
    if phase is Phase.FINAL and code is not None and 200 <= code < 300:
        return outcome(OutcomeKind.ACCEPTED, Scope.RECIPIENT)
    if code is None or not 400 <= code < 600:
        # Silence, nonsense, or a yes where none is due: the two sides no longer speak of the same thing.
        unknown = phase is Phase.FINAL
        return outcome(OutcomeKind.UNKNOWN if unknown else OutcomeKind.DEFERRED, Scope.SERVER)
    if code == 421 or phase in _SERVER_PHASES or code in _LOGIN_CODES or _LOGIN_TEXT.search(text):
        return outcome(OutcomeKind.DEFERRED, Scope.SERVER)
    if phase is Phase.MAIL and not (code == 552 or (code >= 500 and _LETTER_AT_MAIL.search(text))):
        return outcome(OutcomeKind.DEFERRED, Scope.SERVER)
    return outcome(OutcomeKind.REFUSED if code >= 500 else OutcomeKind.DEFERRED, Scope.RECIPIENT)
