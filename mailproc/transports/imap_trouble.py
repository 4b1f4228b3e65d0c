"""What does the IMAP server's no mean? From library errors and server texts to our tree of errors.

Servers say "later", "never" and "not you" with the same tagged NO. Response codes (RFC 5530) tell them
apart where they are given; Microsoft and Google mostly write prose, which is listed here.
"""

from __future__ import annotations

import imaplib
import re
import ssl

from mailproc.errors import LoginRefused, MailboxError, MailboxUnavailable

_TEMPORARY = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|THROTTLED)\]"  # RFC 5530; THROTTLED: Exchange Online, Yahoo
    r"|throttl|backoff"  # "Request is throttled. Suggested Backoff Time: 12345 milliseconds": Exchange Online
    r"|authenticated but not connected"  # Exchange Online, the mailbox server behind it is away
    r"|too many (?:simultaneous )?connections|too many login"  # Gmail, Dovecot
    r"|exceeded .{0,30}(?:limit|bandwidth)"  # Gmail: "Account exceeded command or bandwidth limits"
    r"|temporar|try again|server (?:is )?(?:busy|unavailable)|internal (?:server )?error",
    re.IGNORECASE,
)

_WAIT = re.compile(
    r"(?:backoff time:?|retry after|try again (?:in|after)|wait)\s*(\d{1,9})\s*"
    r"(milliseconds?|ms|seconds?|s|minutes?|min)\b",
    re.IGNORECASE,
)
_SECONDS = {"mi": 0.001, "ms": 0.001, "se": 1.0, "s": 1.0}


def retry_after(text: str) -> float | None:
    """Return the seconds that the server asks us to wait, or None when it names no time."""
    match = _WAIT.search(text)
    if match is None:
        return None
    unit = match[2].lower()
    factor = 60.0 if unit.startswith("min") else _SECONDS[unit[:2]]
    return int(match[1]) * factor


def is_temporary(text: str) -> bool:
    """Whether a NO or BYE with this text is about now and not about us."""
    return bool(_TEMPORARY.search(text))


def as_mailbox_error(error: Exception, server: str) -> MailboxError:
    """Return what an error of the libraries means for the caller.

    MailboxUnavailable also says that the connection is of no further use.
    """
    text = plain(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailboxUnavailable(
            f"{server}: its certificate is not trusted ({error.verify_message}); nothing was sent. Check the "
            "host name, or name the certificate authority in ca_file"
        )
    if isinstance(error, ssl.SSLError):
        return MailboxUnavailable(
            f"{server}: no protected connection ({text}); nothing was sent in the clear"
        )
    if isinstance(error, imaplib.IMAP4.readonly):
        return MailboxError(f"{server}: the folder is read-only; give the desk's user the right to move mail")
    if (
        isinstance(error, imaplib.IMAP4.error)
        and not isinstance(error, imaplib.IMAP4.abort)
        and not is_temporary(text)
    ):
        return MailboxError(f"{server}: {text}")
    if isinstance(error, OSError | imaplib.IMAP4.error):
        return MailboxUnavailable(f"{server}: {text or type(error).__name__}", retry_after=retry_after(text))
    return MailboxUnavailable(f"{server}: its answer cannot be understood ({type(error).__name__}: {text})")


def as_login_error(error: imaplib.IMAP4.error, server: str, username: str) -> MailboxError:
    """Return what a NO to the login means: later, or not you."""
    text = plain(error)
    if isinstance(error, imaplib.IMAP4.abort) or is_temporary(text):
        return MailboxUnavailable(f"{server}: {text}", retry_after=retry_after(text))
    return LoginRefused(f"{server}: login of {username} refused: {text}; check username and password")


def plain(error: Exception) -> str:
    """Return the server's words on one line, without Python's marks around bytes, at most 500 characters."""
    first = error.args[0] if len(error.args) == 1 else str(error)
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    text = re.sub(r"\bb(['\"])(.*?)\1", r"\2", text)
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:500]
