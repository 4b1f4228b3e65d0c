"""What do customers and strangers send during a crash run? Mails that a hasty desk would lose or do twice."""

from __future__ import annotations

import email.policy
import hashlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum

DESK_ADDRESS = "complaints@acme.example"

# Shares of the mails. A stolen Message-ID comes before its owner's mail in half of the cases.
_SECOND_ROUTE = 0.03
_STOLEN_ID = 0.01
_WITHOUT_ID = 0.03
_FOLLOW_UP = 0.04
_LARGE = 0.03


class Kind(StrEnum):
    COMPLAINT = "complaint"
    SECOND_ROUTE = "second route"  # a mail again, by other Received lines
    FOLLOW_UP = "follow-up"  # a reply to a letter of ours, or to the customer's own mail


@dataclass(frozen=True, kw_only=True)
class Injected:
    """One mail put into the mailbox. `customer` is the address of the case it belongs to, one per case."""

    kind: Kind
    customer: str
    raw: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Complaint:
    customer: str
    message_id: str | None
    subject: str
    body: EmailMessage


class Customers:
    """Everybody who writes to the desk.

    `letters_to` returns the Message-IDs of the letters that have reached an address, for replies to them.
    """

    def __init__(self, seed: int, letters_to: Callable[[str], list[str]]) -> None:
        self._random = random.Random(seed)
        self._letters_to = letters_to
        self._written = 0
        self._recent: deque[_Complaint] = deque(maxlen=40)
        self._next: deque[_Complaint] = deque()

    def write(self) -> Injected:
        """Return the next mail."""
        if self._next:
            return self._send(self._next.popleft(), Kind.COMPLAINT)
        roll = self._random.random()
        if self._recent:
            earlier = self._random.choice(self._recent)
            if (roll := roll - _SECOND_ROUTE) < 0:
                return self._send(earlier, Kind.SECOND_ROUTE)
            if (roll := roll - _FOLLOW_UP) < 0 and (answered := self._to_answer(earlier)):
                return self._follow_up(earlier, answered)
            if (roll := roll - _STOLEN_ID / 2) < 0 and earlier.message_id:
                return self._send(self._complaint(earlier.message_id), Kind.COMPLAINT)
        if (roll := roll - _STOLEN_ID / 2) < 0:
            owner = self._complaint()
            self._next.append(owner)
            return self._send(self._complaint(owner.message_id), Kind.COMPLAINT)
        if (roll - _WITHOUT_ID) < 0:
            return self._send(self._complaint(None), Kind.COMPLAINT)
        return self._send(self._complaint(), Kind.COMPLAINT)

    def _complaint(self, message_id: str | None = "its own") -> _Complaint:
        self._written += 1
        customer = f"customer{self._written}@sender{self._written % 97}.example"
        if message_id == "its own":
            message_id = f"<{self._written}.{self._random.getrandbits(64):x}@mailer.example>"
        subject = f"Complaint number {self._written}"
        body = EmailMessage()
        body.set_content(f"Kettle number {self._written} exploded.\nI want my money back.\n")
        if self._random.random() < _LARGE:
            picture = self._random.randbytes(60_000)
            body.add_attachment(picture, maintype="image", subtype="jpeg", filename="kettle.jpg")
        return _Complaint(customer=customer, message_id=message_id, subject=subject, body=body)

    def _send(self, complaint: _Complaint, kind: Kind) -> Injected:
        if kind is Kind.COMPLAINT:
            self._recent.append(complaint)
        headers = {"From": complaint.customer, "To": DESK_ADDRESS, "Subject": complaint.subject}
        if complaint.message_id is not None:
            headers["Message-ID"] = complaint.message_id
        raw = self._raw(headers, complaint.body)
        return Injected(kind=kind, customer=complaint.customer, raw=raw)

    def _to_answer(self, complaint: _Complaint) -> list[str]:
        """The ids a reply can name: of our letters, if one has arrived, else of the complaint itself."""
        own = [complaint.message_id] if complaint.message_id else []
        return (self._random.random() < 0.7 and self._letters_to(complaint.customer)) or own

    def _follow_up(self, complaint: _Complaint, answered: list[str]) -> Injected:
        self._written += 1
        body = EmailMessage()
        body.set_content(f"And another thing, number {self._written}.\n")
        headers = {
            "From": complaint.customer,
            "To": DESK_ADDRESS,
            "Subject": f"Re: {complaint.subject}",
            "Message-ID": f"<{self._written}.{self._random.getrandbits(64):x}@mailer.example>",
            "In-Reply-To": answered[-1],
            "References": " ".join(answered),
        }
        raw = self._raw(headers, body)
        return Injected(kind=Kind.FOLLOW_UP, customer=complaint.customer, raw=raw)

    def _raw(self, headers: dict[str, str], body: EmailMessage) -> bytes:
        """Return the mail as the last hop delivers it; every way it can take has an id of its own."""
        hop = f"{self._random.getrandbits(48):012x}"
        trace = (
            f"Return-Path: <{headers['From']}>\r\n"
            f"Received: from relay-{hop} by mx.acme.example with ESMTP id {hop}; "
            "Mon, 23 Nov 2026 09:00:00 +0100\r\n"
            "Date: Mon, 23 Nov 2026 09:00:00 +0100\r\n"
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return (trace + lines).encode() + body.as_bytes(policy=email.policy.SMTP)
