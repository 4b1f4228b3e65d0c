"""How a mail that comes back finds its case: references, signed tokens, addresses and Message-IDs.

Two things with two meanings:

* A **case reference** (`C-7F3K-9QXT`) is for people. It carries a check character against misreading
  and is a hint, never a proof.
* A **token** (`r1` + id + MAC) is for machines. It names one outgoing mail (or one case's thread) and
  proves that we made it. It is verified in constant time before any field of it is read.

    token = purpose (1) ‖ key id (1) ‖ id (8–13) ‖ MAC (24 base32 characters = 120 bits)

The longest token has 39 characters, so a desk's local part of up to 24 fits RFC 5321's limit of 64
with the plus sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailproc.mail import address_key

# 31 characters, a prime, so that one weighted sum finds every single error and every transposition
# (our choice). Without 0/O, 1/I/L: nobody should have to guess on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

REFERENCE = re.compile(r"\bC-?([2-9A-HJKMNP-Z]{4})-?([2-9A-HJKMNP-Z]{4})\b", re.IGNORECASE)

_MAC_CHARS = 24
_TOKEN = re.compile(r"[a-z][a-z0-9][a-z0-9]{8,13}[a-z2-7]{24}")

LOCAL_PART_LIMIT = 64  # RFC 5321 section 4.5.3.1.1
TOKEN_LENGTH = 1 + 1 + 12 + _MAC_CHARS  # as made by `new_public_id`


class Purpose(StrEnum):
    """What a token is good for. A token made for one purpose proves nothing for another."""

    MESSAGE_ID = "m"
    REPLY = "r"
    RETURN_PATH = "b"
    THREAD = "t"
    AGENT = "a"  # a reply to it may be an agent's; never given to a customer
    OUTSIDE = "o"  # a reply to it may be that of somebody outside whom an agent asked
    CONFIRM = "c"  # a reply to it confirms, once, what the letter it names asks about


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token: what it is for and which mail (or, for THREAD, which case) it names."""

    purpose: Purpose
    id: str


def new_reference() -> str:
    """Return a fresh case reference: 31^7 possibilities, not guessable, with a check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    digits = body + _check_character(body)
    return f"C-{digits[:4]}-{digits[4:]}"


def find_references(text: str) -> tuple[str, ...]:
    """Return the well-formed references in a text, in order, in canonical form, without repeats."""
    found = ("".join(match.groups()).upper() for match in REFERENCE.finditer(text))
    return tuple(dict.fromkeys(f"C-{d[:4]}-{d[4:]}" for d in found if _check_character(d[:7]) == d[7]))


def new_public_id() -> str:
    """Return 60 random bits as 12 lower-case base32 characters: the public name of one outgoing mail."""
    return base64.b32encode(secrets.token_bytes(8)).decode("ascii").lower()[:12]


def _check_character(body: str) -> str:
    total = sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


class Signer:
    """Makes and verifies tokens with keys derived from the desk's secret.

    `secrets_by_kid` maps a one-character key id to the secret behind it; the first one signs, all of
    them verify, so that a secret can be rotated without voiding the mail that is under way.
    """

    def __init__(self, secrets_by_kid: Mapping[str, bytes]) -> None:
        if not secrets_by_kid or any(len(kid) != 1 for kid in secrets_by_kid):
            raise ValueError("a signer needs at least one secret, each under a one-character key id")
        # Begun once and copied: to begin takes five times as long as a token.
        self._keys = {kid: hmac.new(key, digestmod=hashlib.sha256) for kid, key in secrets_by_kid.items()}
        self._kid = next(iter(self._keys))

    def sign(self, purpose: Purpose, id: str) -> str:
        return f"{purpose}{self._kid}{id}{self._mac(self._kid, purpose, id)}"

    def verify(self, token: str) -> Token | None:
        """Return what a token names, or None when it is not one of ours."""
        token = token.strip().lower()
        if not _TOKEN.fullmatch(token):
            return None
        purpose, kid, id, mac = token[0], token[1], token[2:-_MAC_CHARS], token[-_MAC_CHARS:]
        known = kid in self._keys
        # The MAC is computed for an unknown key id too: the time taken tells nothing.
        expected = self._mac(kid if known else self._kid, purpose, id)
        if not (hmac.compare_digest(expected, mac) and known):
            return None
        try:
            return Token(Purpose(purpose), id)
        except ValueError:
            return None

    def _mac(self, kid: str, purpose: str, id: str) -> str:
        mac = self._keys[kid].copy()
        mac.update(f"mailproc/token/v1\0{purpose}\0{id}".encode())
        return base64.b32encode(mac.digest()[:15]).decode("ascii").lower()


class DeskAddress:
    """The desk's own address and everything that is derived from it."""

    def __init__(self, address: str, signer: Signer, *, plus_addressing: bool = True) -> None:
        self.address = address
        self.local, _, self.domain = address.rpartition("@")
        self.signer = signer
        self.plus_addressing = plus_addressing

    def reply_address(self, public_id: str) -> str:
        """The address a reply to this mail goes to; the plain one where plus-addressing is off."""
        return self._plus(Purpose.REPLY, public_id)

    def return_path(self, public_id: str) -> str:
        """The envelope sender of this mail, so that its bounce names it (variable envelope return path)."""
        return self._plus(Purpose.RETURN_PATH, public_id)

    def agent_address(self, public_id: str) -> str:
        """The address at which the agent who gets this mail answers it.

        The plain one where plus-addressing is off: an answer then carries no token and proves nothing.
        """
        return self._plus(Purpose.AGENT, public_id)

    def outside_address(self, public_id: str) -> str:
        """The address at which somebody outside answers what this mail asks him."""
        return self._plus(Purpose.OUTSIDE, public_id)

    def confirm_address(self, public_id: str) -> str:
        """The address at which an agent confirms what this mail asks about."""
        return self._plus(Purpose.CONFIRM, public_id)

    def message_id(self, public_id: str) -> str:
        """The Message-ID of this mail, the same on every try. At most 78 octets for common domains."""
        return f"<{self.signer.sign(Purpose.MESSAGE_ID, public_id)}@{self.domain}>"

    def thread_id(self, reference: str) -> str:
        """A Message-ID-shaped anchor of the case, put into References of every mail about it.

        Some submission services replace Message-ID on the way out; References survive them.
        """
        id = reference.removeprefix("C-").replace("-", "").lower()
        return f"<{self.signer.sign(Purpose.THREAD, id)}@{self.domain}>"

    @property
    def loop_mark(self) -> str:
        """Who we are in the loop header: 16 hexadecimal characters that do not spell out the address."""
        return hashlib.sha256(address_key(self.address).encode()).hexdigest()[:16]

    def is_ours(self, email: str) -> bool:
        """Whether mail to this address comes to this desk: the plain address or any tag of it."""
        local, _, domain = address_key(email).rpartition("@")
        own_local, _, own_domain = address_key(self.address).rpartition("@")
        return domain == own_domain and (local == own_local or local.startswith(own_local + "+"))

    def read_address(self, email: str) -> Token | None:
        """Return the verified token of one of our tagged addresses, or None."""
        if not self.is_ours(email):
            return None
        tag = address_key(email).rpartition("@")[0].partition("+")[2]
        return self.signer.verify(tag) if tag else None

    def read_message_id(self, message_id: str) -> Token | None:
        """Return the verified token of a Message-ID of ours, or None. Case is forgiven, brackets optional."""
        local, _, domain = message_id.strip().strip("<>").rpartition("@")
        if domain.casefold() != self.domain.casefold():
            return None
        return self.signer.verify(local)

    def is_forged(self, name: str) -> bool:
        """Whether an address or a Message-ID pretends to be one that we signed.

        Of our addresses, one with any tag that we did not sign; of Message-IDs in our domain, which
        colleagues' mail has too, only one in the shape of ours. For the record of what was tried:
        nothing is decided by it, because a mail with a retired key looks the same.
        """
        local, _, domain = name.strip().strip("<>").casefold().rpartition("@")
        tag = local.partition("+")[2] if self.is_ours(f"{local}@{domain}") else ""
        if not tag and domain == self.domain.casefold() and _TOKEN.fullmatch(local):
            tag = local
        return bool(tag) and self.signer.verify(tag) is None

    def _plus(self, purpose: Purpose, public_id: str) -> str:
        if not self.plus_addressing:
            return self.address
        return f"{self.local}+{self.signer.sign(purpose, public_id)}@{self.domain}"


def reference_of_thread(token: Token) -> str:
    """Return the case reference that a verified THREAD token names."""
    digits = token.id.upper()
    return f"C-{digits[:4]}-{digits[4:]}"


def subject_tag(subject: str, reference: str) -> str:
    """Return the subject with the reference at its right end, once: `Re: Broken kettle [C-7F3K-9QXT]`."""
    tag = f"[{reference}]"
    return subject if tag in subject else f"{subject} {tag}".strip()
