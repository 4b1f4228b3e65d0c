"""Which headers of a mail did our own mail hosts write?

Every host writes its lines above what it received, so ours are one block that begins at the top. Where it
ends is told by its Received lines. The first is ours because nobody else can write there. The next one is
ours only if the one above it says that the mail was handed on between our hosts *and* it was itself written
by one of them. The first that says the mail came from outside is the border.

A stranger can invent a Received of ours, but only below the border, and nothing there is asked. What stands
directly below the border, up to the next Received, belongs to the block, because many hosts stamp there. A
stranger's header can stand there too: it is outranked by what our host stamped on the same mail.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

from mailproc.mail import Message

# Exchange Online checks at hosts called …mail.protection.outlook.com, hands mail on between hosts of other
# names, and writes an Authentication-Results that names no host at all.
EXCHANGE_ONLINE = "protection.outlook.com"
_EXCHANGE_CHECKS = "mail.protection.outlook.com"
_EXCHANGE_HOSTS = frozenset({"outlook.com", "outlook.office365.com"})

_AUTHOR_HEADERS = frozenset({"from", "to", "cc", "subject", "date", "message-id", "sender", "reply-to"})
_MOST_HOPS = 16  # our choice; the longest way inside one provider that was seen has six
_HOP = re.compile(r"(?:from\s+(?P<name>\S+)\s+)?(?P<word>by)\s+\[?(?P<by>[^\s;\]]+)", re.IGNORECASE)
_LMTP = re.compile(r"\s+with\s+LMTP", re.IGNORECASE)
_WORD = re.compile(r"[^\s()\[\]=,]+")
# Beside the greeting: host names, and what spoils a line like a foreign name does. Hosts write `unknown` or
# `may be forged` where they cannot confirm a name; what has an `@` the other side says of itself.
_NAME = re.compile(r"[.@]|unknown|forged")
_GREETING = re.compile(r"\b(?:helo|ehlo|lhlo)[=\s]\s*\[?([^\s()\]]+)", re.IGNORECASE)
_TLS_VERSION = re.compile(r"(?:TLS|SSL)v?[\d._]+", re.IGNORECASE)
_LOCALHOST = frozenset({"localhost", "localhost.localdomain"})


def headers_of_our_hosts(
    message: Message, authserv_id: str, own_hosts: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the headers that our own mail hosts wrote, topmost first, as far as that can be known.

    `own_hosts` are names besides the authserv-id, each with everything below it. Whatever cannot be
    understood is the border. Empty without any Received: nothing tells then where our host ends and the
    stranger begins. For Exchange Online, empty unless one of its checking hosts has written, and nothing
    below that host's line: it stamps above, and what never passed such a host was never checked.
    """
    exchange = authserv_id.casefold() == EXCHANGE_ONLINE
    ours = frozenset({authserv_id.casefold(), *map(str.casefold, own_hosts)})
    checkers = frozenset({_EXCHANGE_CHECKS}) if exchange else frozenset({authserv_id.casefold()})
    block: list[tuple[str, str]] = []
    hops = 0
    ended = False
    for name, value in message.headers:
        if name in _AUTHOR_HEADERS:
            break
        if name == "received":
            hop = _read_hop(value)
            if ended or hops == _MOST_HOPS or (hops and not (hop and _is_one_of_us(hop.by, ours, exchange))):
                break
            checks = hop is not None and (_is_among(hop.by, checkers) if exchange else hop.by in checkers)
            if exchange and checks:
                return (*block, (name, value))
            ended = hop is None or not _was_handed_on(hop, ours, checks=checks, exchange=exchange)
            hops += 1
        block.append((name, value))
    return tuple(block) if hops and not exchange else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hop:
    """A Received line (RFC 5321 section 4.4): where the mail came from, who took it, in lower case."""

    by: str
    name: str | None  # with which the other side greeted; it may be anything
    greeting: frozenset[str]  # the same as some hosts write it, in brackets: `(HELO …)`
    shown: frozenset[str]  # host names beside it, found out by the host that wrote the line
    numbers: frozenset[str]  # IP addresses of the other side
    lmtp: bool


def _read_hop(received: str) -> _Hop | None:
    """Return what a Received line says, or None when it is not written as RFC 5321 has it."""
    plain = _blank_comments(received)
    found = _HOP.match(plain) if plain is not None else None
    if found is None or plain is None:
        return None
    beside = received[found.end("name") : found.start("word")].lower() if found["name"] else ""
    words = {word.removeprefix("ipv6:") for word in _WORD.findall(beside) if not _TLS_VERSION.fullmatch(word)}
    name = found["name"].lower().strip("[]").removeprefix("ipv6:") if found["name"] else None
    greeting = frozenset(_GREETING.findall(beside))
    numbers = {word for word in {*words, name or ""} - greeting if _is_ip(word)}
    return _Hop(
        by=found["by"].lower(),
        name=name,
        shown=frozenset(word for word in words - numbers - greeting if _NAME.search(word)),
        greeting=greeting,
        numbers=frozenset(numbers),
        lmtp=_LMTP.match(plain, found.end()) is not None,
    )


def _was_handed_on(hop: _Hop, ours: Collection[str], *, checks: bool, exchange: bool) -> bool:
    """Whether a Received line of ours says that the mail came from another host of ours.

    The sender chooses the name he greets with, so that name alone is no sign. At the host that checks,
    which is where mail comes in, only the machine itself counts as one of us.
    """
    if hop.name is None:
        return _is_ip(hop.by)  # Google hands mail on with `by 2002:…` and says no more
    if hop.lmtp:
        return True  # not spoken with strangers (RFC 2033 section 5)
    names = (hop.shown | hop.greeting | {hop.name}) - hop.numbers
    if hop.numbers and all(ip_address(number).is_loopback for number in hop.numbers):
        return all(_is_among(name, {*_LOCALHOST, *ours}) for name in names)
    if checks:
        return False
    if exchange:  # shows no second name; whoever could abuse that has an account in our organisation
        return all(_is_among(name, _EXCHANGE_HOSTS) for name in names)
    return bool(hop.shown) and all(_is_among(name, ours) for name in names)


def _is_one_of_us(host: str, ours: Collection[str], exchange: bool) -> bool:
    return _is_ip(host) or _is_among(host, {*_LOCALHOST, *ours, *(_EXCHANGE_HOSTS if exchange else ())})


def _is_among(host: str, names: Collection[str]) -> bool:
    """Whether a host is one of these or below one of these."""
    return any(host == name or host.endswith(f".{name}") for name in names if name)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def without_comments(value: str) -> str | None:
    """Return a structured header value without its comments (RFC 5322 section 3.2.2).

    None when quotes and brackets do not match. Spaces are single afterwards, and nothing that separates
    is left at the end.
    """
    blanked = _blank_comments(value)
    return None if blanked is None else " ".join(blanked.split()).rstrip("; ")


def _blank_comments(value: str) -> str | None:
    """Return the value, as long as before, with spaces for its comments; None when it cannot be read."""
    kept: list[str] = []
    depth = 0
    quoted = escaped = False
    for char in value:
        inside = depth > 0
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
            inside = True
        elif char == ")" and not quoted:
            depth -= 1
            inside = True
            if depth < 0:
                return None
        kept.append(" " if inside else char)
    return None if depth or quoted or escaped else "".join(kept)
