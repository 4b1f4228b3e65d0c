"""What does a mail carry that could make it an agent's?

Everything here is read from headers and verified; what it is worth is decided in `identity`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.addressing import DeskAddress, Purpose, Token, reference_of_thread
from mailproc.inbound.surroundings import recipients
from mailproc.mail import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Carriers:
    """What a mail carries that could speak for an agent, or for somebody outside. All tokens are verified.

    `tokens` (AGENT), `confirm` (CONFIRM), `customer` (REPLY) and `contact` (OUTSIDE) are from the addresses
    the mail came to, envelope side first; `threads` are the public ids of our own mails in In-Reply-To, then
    References, newest first, and `cases` the references of the cases whose anchor stands there. `forged` are
    the addresses and Message-IDs that pretend to be signed. `outside` is whom else the mail went to.
    """

    tokens: tuple[Token, ...] = ()
    threads: tuple[str, ...] = ()
    confirm: tuple[Token, ...] = ()
    customer: tuple[Token, ...] = ()
    contact: tuple[Token, ...] = ()
    cases: tuple[str, ...] = ()
    forged: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def public_ids(self) -> tuple[str, ...]:
        """The mails of ours that are named: the relays among them are what `identify` needs to know."""
        return tuple(dict.fromkeys([*(t.id for t in (*self.confirm, *self.tokens)), *self.threads]))


def carriers(message: Message, desk: DeskAddress) -> Carriers:
    """Return what the mail carries. Only its headers are read, never its text."""
    addresses = recipients(message)
    found = [token for address in addresses if (token := desk.read_address(address))]
    ids = (*message.in_reply_to, *reversed(message.references))
    own = [token for message_id in ids if (token := desk.read_message_id(message_id))]
    return Carriers(
        tokens=_of(found, Purpose.AGENT),
        confirm=_of(found, Purpose.CONFIRM),
        customer=_of(found, Purpose.REPLY),
        contact=_of(found, Purpose.OUTSIDE),
        threads=tuple(token.id for token in _of(own, Purpose.MESSAGE_ID)),
        cases=tuple(reference_of_thread(token) for token in _of(own, Purpose.THREAD)),
        forged=tuple(dict.fromkeys(name for name in (*addresses, *ids) if desk.is_forged(name))),
        outside=recipients_outside(message, desk),
    )


def recipients_outside(message: Message, desk: DeskAddress) -> tuple[str, ...]:
    """Return whom else an agent's reply went to: the addresses in To and Cc that are neither ours nor hers.

    Her words have left for these without us, and with them the signed address, so it has to be replaced.
    """
    own = {address.key for address in message.from_}
    return tuple(
        dict.fromkeys(
            address.email
            for address in (*message.to, *message.cc)
            if "@" in address.email and address.key not in own and not desk.is_ours(address.email)
        )
    )


def _of(tokens: list[Token], purpose: Purpose) -> tuple[Token, ...]:
    return tuple(dict.fromkeys(token for token in tokens if token.purpose is purpose))
