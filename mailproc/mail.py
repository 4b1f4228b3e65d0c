"""What mail is here: the values that pass between the stages.

Mail is `bytes` before `inbound/parse.py` and after `outbound/compose.py`. In between it is one of these
frozen values. Standard library only, no I/O.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache


@lru_cache(maxsize=1024)  # the desk's own addresses are compared dozens of times for each mail
def address_key(email: str) -> str:
    """Return the form of an address that is compared: NFC, case folded, domain as A-labels.

    Providers that matter treat the local part without regard to case, and a customer who writes as
    `Ann@…` today and `ann@…` tomorrow is one customer (our choice; RFC 5321 section 2.4 would allow
    two). Comparison is exact after this: no prefix, no LIKE.
    """
    local, at, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    if not at:
        return domain.casefold()
    domain = domain.rstrip(".").casefold()
    if not domain.isascii():
        # What is no name the DNS would know is compared as written.
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local.casefold()}@{domain}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """One mailbox of an address header: the addr-spec as written and the decoded display name."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        return address_key(self.email)

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A part that is not the text: what it is called, what it says it is, what its bytes are.

    The bytes stay in the raw message; `part` is the number of the part in a depth-first walk, by which
    they are found again. `name` is safe to show and to use as a file name: no path, no control or
    bidirectional characters, at most 120 characters.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    part: int
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """What was found out about an attachment when the mail was opened again, for handing it on.

    `shown`: the HTML of the mail shows it in its place, as the picture in a signature. `harm` says what it
    is that must not be handed on, or ''. `data` is None when it was not asked for, does harm, or is missing.
    """

    shown: bool
    harm: str = ""
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientReport:
    """What a delivery report says about one recipient (RFC 3464 section 2.3)."""

    recipient: str
    action: str  # failed, delayed, delivered, relayed, expanded, or '' when only guessed
    status: str  # '5.1.1', or ''
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReport:
    """The machine-readable heart of a multipart/report, whatever its report type.

    `type` is the report-type parameter in lower case: delivery-status, disposition-notification,
    feedback-report, …. `returned_ids` are the Message-IDs found in the returned message or its headers,
    its own first.
    """

    type: str
    recipients: tuple[RecipientReport, ...] = ()
    envelope_id: str = ""
    returned_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosed:
    """A whole mail that another one carries as an attachment (RFC 2046 section 5.2.1). It proves nothing."""

    message_id: str | None = None
    subject: str = ""
    from_: tuple[Address, ...] = ()
    date: datetime | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One received mail as read; frozen, picklable, without the raw bytes.

    `headers` holds every header in order: name in lower case, value unfolded and decoded (what mail hosts
    stamp is not decoded), each at most 16 KiB. `text` is the whole text as the customer wrote it (plain, or
    HTML turned to text), complete: trimming is for display. Message-IDs are written with their angle
    brackets. `message_id` is None when the mail has none. Dates are aware and UTC.
    """

    raw_sha256: str
    content_key: str
    size: int
    headers: tuple[tuple[str, str], ...] = ()
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    from_: tuple[Address, ...] = ()
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    content_type: str = "text/plain"
    text: str = ""
    text_from_html: bool = False
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    report: DeliveryReport | None = None
    enclosed: Enclosed | None = None  # the first mail that it carries, unless it is a report
    defects: tuple[str, ...] = ()
    complete: bool = True  # False: only the header was fetched (over the size limit) or could be read

    def header(self, name: str) -> str:
        """Return the first value of a header, or ''."""
        return next(iter(self.header_all(name)), "")

    def header_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a header in order (topmost first)."""
        return self._by_name.get(name.lower(), ())

    def has(self, name: str) -> bool:
        return bool(self.header_all(name))

    def those_of(self, names: Iterable[str]) -> list[str]:
        """Return which of these headers, named in lower case, the mail has, in the order they are named."""
        return [name for name in names if name in self._by_name]

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        # The rules ask a hundred times about one mail.
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self.headers:
            found[name] = (*found.get(name, ()), value)
        return found

    @property
    def author(self) -> Address | None:
        """The first From mailbox; None when there is none. Never proof of identity."""
        return self.from_[0] if self.from_ else None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMail:
    """A finished mail for one recipient: what is sent, byte for byte, on every try."""

    public_id: str  # the random id that its signed addresses and Message-ID carry
    envelope_from: str
    recipient: str
    message_id: str
    subject: str
    raw: bytes = field(repr=False)
