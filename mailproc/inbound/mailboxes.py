"""Which mailboxes stand in an address field, read without a parser?

For what the real parser refuses or never gets to see. Linear, never raises, and forgiving: an address
is what looks like one in the place of one, never inside a quoted display name.
"""

from __future__ import annotations

import re

from mailproc.inbound.headers import decode_words, one_line
from mailproc.mail import Address

_PIECE = re.compile(r'"(?:[^"\\]++|\\.)*+"|<[^<>]*+>|\([^()]*+\)|[,;]|[^",;<(]++|.', re.DOTALL)
_ATOM = r"[^\s\x00-\x1f\x7f<>()\[\],;:\"@\\]"
_ADDRESS = re.compile(rf"{_ATOM}{{1,64}}@(?:{_ATOM}{{1,255}}|\[[0-9A-Za-z.:]{{2,60}}\])")


def read_mailboxes(text: str) -> tuple[Address, ...]:
    """Return the mailboxes of a field in order; members without an address are passed over.

    When no member is well formed but one single address stands somewhere outside quotes, it is that
    one. Two candidates are none: choosing would let a sender choose what we see.
    """
    found: list[Address] = []
    words: list[str] = []
    angle: str | None = None
    beside: set[str] = set()  # addresses of this member outside quotes and angle brackets
    anywhere: set[str] = set()
    for match in _PIECE.finditer(text + ","):
        piece = match[0]
        if piece in ",;":
            address = _mailbox("".join(words), angle)
            # `a@x <b@y>` is read as a by some and as b by others, so it is nobody.
            if address is not None and beside <= {address.email}:
                found.append(address)
            words, angle, beside = [], None, set()
        elif piece[0] == "<" and len(piece) > 1:
            angle = piece[1:-1].strip() if angle is None else angle
            anywhere.update(_ADDRESS.findall(piece))
        elif piece[0] == '"' and len(piece) > 1:
            words.append(re.sub(r"\\(.)", r"\1", piece[1:-1]))
        elif piece[0] != "(" or len(piece) == 1:
            words.append(piece)
            beside.update(_ADDRESS.findall(piece))
            anywhere.update(beside)
    if not found and len(anywhere) == 1:
        found.append(clean_address("", anywhere.pop()))
    return tuple(found)


def clean_address(name: str, email: str) -> Address:
    """Return an address whose parts are one clean line; a name that repeats the address is dropped."""
    name = one_line(decode_words(name))
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    email = one_line(email)
    return Address(email=email, name="" if name == email else name)


def _mailbox(words: str, angle: str | None) -> Address | None:
    words = words.strip()
    if angle is not None:
        # An obsolete source route (RFC 5322 section 4.4) stands before the address.
        email = angle.rpartition(":")[2].strip()
        return clean_address(words, email) if _ADDRESS.fullmatch(email) else None
    # A group (RFC 5322 section 3.4) has its name before a colon.
    email = words.rpartition(":")[2].strip()
    return clean_address("", email) if _ADDRESS.fullmatch(email) else None
