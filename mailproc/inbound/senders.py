"""Whom does an answer go to, and which addresses must never get one?"""

from __future__ import annotations

import re

from mailproc.inbound.lists import list_addresses
from mailproc.inbound.surroundings import Surroundings
from mailproc.mail import Address, Message
from mailproc.sentences import say

_EDGE = r"(?:^|[-_.+=])"
_END = r"(?:[-_.+=\d]|$)"

# Local parts of mail systems (RFC 2142, RFC 5321 and what the well-known hosts use).
_DAEMON = re.compile(
    r"mail(?:er)?[-_. ]?daemon(?:[-+=].*)?|postmaster|double-bounce|mdaemon|daemon"
    r"|system[-_. ]?administrator|mail[-_. ]?delivery[-_. ]?(?:sub)?system"
)

# Local parts behind which a programme reads: list servers, bounce collectors, system accounts.
_ROBOT = re.compile(
    r"root|nobody|www-data|apache|cron|bounces?(?:[-+=].*)?|.*[-+]bounces?(?:[+=].*)?"
    r"|owner-.*|.*-request|listserv|listproc|majordomo|mailman|sympa|listmaster"
    r"|auto[-_.]?(?:reply|respond(?:er)?|response)"
)

# A word of refusal in the local part. It has to stand between separators: `moreno.reply` is a person.
_NO_REPLY = re.compile(
    _EDGE
    + r"(?:no[-_.]?reply|no[-_.]?responder|no[-_.]?response|not[-_.]?reply|do[-_.]?not[-_.]?reply"
    + r"|dont[-_.]?reply|never[-_.]?reply|no[-_.]?return|unattended|ne[-_.]?pas[-_.]?repondre"
    + r"|pas[-_.]?de[-_.]?reponse|nicht[-_.]?antworten|keine[-_.]?antwort|niet[-_.]?beantwoorden"
    + r"|geen[-_.]?antwoord|nao[-_.]?responda|non[-_.]?rispondere|nie[-_.]?odpowiadaj"
    + r"|ne[-_.]?valaszolj(?:on)?|svara[-_.]?inte|svar[-_.]?ikke|ala[-_.]?vastaa)"
    + _END
)

_USABLE = re.compile(r"[^\s<>,;:()@\x00-\x1f\x7f]{1,64}@[^\s<>,;:()@\[\]\x00-\x1f\x7f]{1,255}")


def _local(email: str) -> str:
    return email.rpartition("@")[0].strip().strip('"').casefold()


def is_daemon(email: str) -> bool:
    """Whether this is a mail system's own address, such as MAILER-DAEMON or postmaster."""
    return _DAEMON.fullmatch(_local(email)) is not None


def from_daemon(message: Message) -> bool:
    """Whether a mail system wrote this mail. `From: MAILER-DAEMON <>` has no address to look at."""
    if any("@" in address.email for address in message.from_):
        return any(is_daemon(address.email) for address in message.from_)
    written = message.header("from").casefold()
    return "mailer-daemon" in written or "mailer daemon" in written or "postmaster@" in written


def never_write_to(email: str) -> str | None:
    """Return why no letter may go to this address, or None.

    Source: RFC 3834 section 2 and the addresses of the well-known list servers and notification
    services. By local part only, because every domain has its own.
    """
    local = _local(email)
    if is_daemon(email):
        return say("{address} is the address of a mail system", address=email)
    if _ROBOT.fullmatch(local):
        return say("{address} is the address of a programme", address=email)
    if _NO_REPLY.search(local):
        return say("{address} says that nobody reads it", address=email)
    return None


def reply_recipient(message: Message, surroundings: Surroundings) -> Address | None:
    """Return where a letter about this mail goes: the first usable Reply-To, else the first usable From.

    Sender is ignored. Never an address of ours (a customer who sets Reply-To to the desk would make us
    write to ourselves), a mail system, a programme, a no-reply address, or the list a mail came through.
    None means a person has to find out how to reach the customer.
    """
    lists = list_addresses(message)
    for address in (*message.reply_to, *message.from_):
        if (
            _USABLE.fullmatch(address.email)
            and address.key not in lists
            and not surroundings.is_ours(address.email)
            and never_write_to(address.email) is None
        ):
            return address
    return None
