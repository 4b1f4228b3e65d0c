"""Did the domain in From really send this mail, as far as our own mail host has checked?

`From:` is never identity. What our own host wrote into Authentication-Results (RFC 8601) says whether
the *domain* vouches for the mail, no more: whoever has a mailbox there can still write as somebody else.

Which header counts is decided by place. A mail host puts its findings above everything it received, or
directly below its own Received line, so we read the topmost one that bears the configured authserv-id,
and only in the block of trace headers that our own hosts wrote (`trace`). Below that,
everything was written by strangers. The host must remove or outrank forged headers that bear its name
(RFC 8601 section 5); configure no authserv-id for a host that does not stamp every mail.

Exchange Online bears no name: it is configured as `protection.outlook.com`, and the topmost header
without any name counts, if a host of Exchange Online that checks incoming mail has written in the block.

Whatever is odd counts as no result.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import authres

from mailproc.inbound.trace import EXCHANGE_ONLINE, headers_of_our_hosts, without_comments
from mailproc.mail import Address, Message, address_key
from mailproc.sentences import say


class Result(StrEnum):
    """`fail` is worse than `none`: our host looked and did not find the domain behind the mail."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601, not a password
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Authentication:
    """What is known about the domain in From. `domain` is empty unless the result is pass or fail."""

    result: Result
    reason: str
    domain: str = ""


# authres copies the rest of the value for every token, which is quadratic. Without comments, even
# hosts that list many signatures stay well below this.
_MOST_CHARACTERS = 2048
_ADDR_SPEC = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a1-\U0010ffff]+@(?:[\w\-]+\.)*[\w\-]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def authenticated(
    message: Message, trusted_authserv_id: str | None, own_hosts: Collection[str] = ()
) -> Authentication:
    """Return whether the domain of the one From address stands behind this mail.

    A DMARC result decides when there is one; only without any does an aligned DKIM signature count.
    Alignment is strict, domain equals domain: relaxed alignment needs the public suffix list (our
    choice; it costs some mails their pass and gives none a wrong one). `own_hosts` as in `Surroundings`.
    """
    if not trusted_authserv_id:
        return _nothing(say("no authserv-id is configured"))
    author = only_author(message)
    if author is None:
        return _nothing(say("From is not exactly one plain address"))
    value = _our_results(message, trusted_authserv_id, own_hosts)
    if value is None:
        return _nothing(say("no Authentication-Results of {host} at the top", host=trusted_authserv_id))
    results = _read(value, trusted_authserv_id)
    if results is None:
        return _nothing(say("Authentication-Results cannot be read"))
    return _judge(results, author.domain)


def _nothing(reason: str) -> Authentication:
    return Authentication(result=Result.NONE, reason=reason)


def only_author(message: Message) -> Address | None:
    """Return the From address if there is no way to read the header as two people.

    Checker and reader must see the same address ("Composition Kills", USENIX Security 2020). Refused:
    two From headers, two mailboxes, groups, comments, routes, quoted local parts, and a display name
    that shows an address of its own.
    """
    written = message.header_all("from")
    if len(written) != 1 or len(message.from_) != 1:
        return None
    author, value = message.from_[0], written[0].strip()
    if not _ADDR_SPEC.fullmatch(author.email):
        return None
    if value == author.email:
        return author
    name, bracket, rest = value.rpartition("<")
    if not bracket or rest != f"{author.email}>":
        return None
    shown = _QUOTED.sub("", name)
    if set(shown) & set('<>()@;:\\"') or any(ord(char) < 32 for char in name):
        return None
    mentioned = re.findall(r"[^\s\"<>,;]+@[^\s\"<>,;]+", name) if "@" in name else []
    return author if all(address_key(found) == author.key for found in mentioned) else None


def _our_results(message: Message, authserv_id: str, own_hosts: Collection[str]) -> str | None:
    """Return the value of the topmost header of ours, without comments, or None."""
    for name, value in headers_of_our_hosts(message, authserv_id, own_hosts):
        if name != "authentication-results":
            continue
        # Done before authres sees the value: it gives up on some comments, recurses on nested ones, and
        # goes on in the middle of one it could not read.
        plain = without_comments(value)
        if plain is None:
            return None  # it may be ours; what stands below it must not take its place
        written_by = _authserv_id(plain)
        if authserv_id.casefold() == EXCHANGE_ONLINE:
            if "=" in written_by:  # it begins with its first result
                return f"{EXCHANGE_ONLINE}; {plain}"
        elif written_by == authserv_id.casefold():
            return plain
    return None


def _authserv_id(plain: str) -> str:
    words = plain.partition(";")[0].split()
    return words[0].casefold() if words else ""


def _read(plain: str, authserv_id: str) -> list[tuple[str, str, dict[str, str]]] | None:
    """Return (method, result, properties) of every result, or None when anything is odd."""
    if len(plain) > _MOST_CHARACTERS or not (plain.isascii() and plain.isprintable()):
        return None
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {plain}")
        if header.authserv_id != authserv_id.casefold():
            return None
        results = []
        for result in header.results:
            found = {f"{p.type}.{p.name}": str(p.value or "") for p in result.properties}
            if len(found) != len(result.properties):
                return None  # the same property twice: which one was checked?
            results.append((result.method, result.result, found))
        return results
    except (authres.AuthResError, ValueError, AttributeError, TypeError, RecursionError):
        return None


def _judge(results: list[tuple[str, str, dict[str, str]]], domain: str) -> Authentication:
    dmarc = [(result, found.get("header.from", "")) for method, result, found in results if method == "dmarc"]
    if dmarc:
        return _judge_dmarc(dmarc, domain)
    aligned = [
        result
        for method, result, found in results
        if method == "dkim" and _domain(found.get("header.d") or found.get("header.i", "")) == domain
    ]
    if not aligned:
        return _nothing(say("neither a DMARC result nor a signature of {domain}", domain=domain))
    if set(aligned) != {"pass"}:
        return Authentication(result=Result.FAIL, domain=domain, reason=f"dkim={aligned[0]} for {domain}")
    return Authentication(result=Result.PASS, domain=domain, reason=f"dkim=pass for {domain}")


def _judge_dmarc(dmarc: list[tuple[str, str]], domain: str) -> Authentication:
    # A result that is there and is no pass is a fail, whatever else the header says.
    if refused := [result for result, _ in dmarc if result != "pass"]:
        return Authentication(result=Result.FAIL, domain=domain, reason=f"dmarc={refused[0]}")
    if len(dmarc) > 1:
        return _nothing(say("more than one DMARC result"))
    if _domain(dmarc[0][1]) != domain:
        return _nothing(say("dmarc=pass is not about {domain}", domain=domain))
    return Authentication(result=Result.PASS, domain=domain, reason=f"dmarc=pass for {domain}")


def _domain(value: str) -> str:
    return address_key(f"x@{value.rpartition('@')[2]}").rpartition("@")[2]
