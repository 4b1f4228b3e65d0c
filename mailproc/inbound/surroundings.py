"""Who are we, and at which addresses did this mail arrive?

A mail says in two ways to whom it came: the trace headers that the delivering host wrote (the envelope
side) and the headers that the author wrote. The envelope side is named first wherever order matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailproc.addressing import DeskAddress
from mailproc.mail import Message, address_key

ENVELOPE_HEADERS = ("delivered-to", "x-original-to", "envelope-to")
RESENT_HEADERS = ("resent-to", "resent-cc")

_SEPARATORS = re.compile(r'[\s<>,;:"()]+')


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a rule may know besides the mail itself.

    `own` and `agents` are address keys (`mailproc.mail.address_key`): every address that leads into one
    of our mailboxes, and the addresses of the people who work here. `trusted_authserv_id` is the name
    under which our own mail host writes Authentication-Results; None means nobody is authenticated.
    `own_hosts` are further names of our mail hosts, each with everything below it, as their Received lines
    spell them; needed where a mail passes from host to host before it is in the mailbox.
    """

    desk: DeskAddress
    own: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    trusted_authserv_id: str | None = None
    own_hosts: frozenset[str] = frozenset()

    def is_ours(self, email: str) -> bool:
        """Whether mail to this address comes to us; a `+tag` does not make it somebody else's."""
        key = address_key(email)
        local, _, domain = key.rpartition("@")
        untagged = f"{local.partition('+')[0]}@{domain}"
        return self.desk.is_ours(email) or key in self.own or untagged in self.own


def addresses_in(text: str) -> tuple[str, ...]:
    """Return everything in a header value that has the shape of an address, in order.

    Coarse, and linear on hostile values: what it finds is only compared with addresses we know or whose
    token we verify, never written to.
    """
    return tuple(word for word in _SEPARATORS.split(text) if word.count("@") == 1 and word.strip("@") == word)


def recipients(message: Message) -> tuple[str, ...]:
    """Return every address the mail says it came to, envelope side first, without repeats."""
    found = [
        address
        for name in ENVELOPE_HEADERS
        for value in message.header_all(name)
        for address in addresses_in(value)
    ]
    found += [address.email for address in (*message.to, *message.cc)]
    found += [
        address
        for name in RESENT_HEADERS
        for value in message.header_all(name)
        for address in addresses_in(value)
    ]
    return tuple(dict.fromkeys(found))


def null_return_path(message: Message) -> str | None:
    """Return what shows that the envelope sender was empty, as with every delivery report.

    RFC 5321 section 4.5.5. Some hosts write the empty path out as `<null>` or name their own daemon.
    """
    for value in message.header_all("return-path")[:1]:
        if value.strip("<> ").casefold().partition("@")[0] in {"", "null", "mailer-daemon"}:
            return f"Return-Path is {value.strip() or 'empty'}"
    return None
