"""Mails written by hand for the rules that look at them: headers in, Message out."""

from __future__ import annotations

from typing import Any

from mailproc.addressing import DeskAddress, Signer
from mailproc.inbound.surroundings import Surroundings
from mailproc.mail import Address, Attachment, DeliveryReport, Message

DESK = DeskAddress("complaints@acme.example", Signer({"1": b"a secret of more than thirty-two bytes"}))
SURROUNDINGS = Surroundings(desk=DESK, own=frozenset({"complaints@acme.example", "help@acme.example"}))
ANN = Address(email="ann@customer.example", name="Ann Archer")


def people(*emails: str) -> tuple[Address, ...]:
    return tuple(Address(email=email) for email in emails)


def mail(*headers: tuple[str, str], **fields: Any) -> Message:
    """Return an ordinary complaint from Ann to the desk, these headers on top and these fields changed."""
    fields.setdefault("subject", "My kettle exploded")
    fields.setdefault("from_", (ANN,))
    fields.setdefault("to", people("complaints@acme.example"))
    fields.setdefault("text", "It exploded at breakfast. Please send me a new one.")
    fields.setdefault("message_id", "<one@customer.example>")
    written = (
        ("from", ", ".join(f"{a.name} <{a.email}>" if a.name else a.email for a in fields["from_"])),
        ("to", ", ".join(a.email for a in fields["to"])),
        ("subject", fields["subject"]),
    )
    lowered = tuple((name.lower(), value) for name, value in headers)
    return Message(
        raw_sha256="0" * 64,
        content_key="1" * 64,
        size=1000,
        headers=(*lowered, *((name, value) for name, value in written if value)),
        **fields,
    )


def attached(name: str, content_type: str) -> Attachment:
    return Attachment(name=name, content_type=content_type, size=10, sha256="2" * 64, part=2)


def report(type: str, **fields: Any) -> dict[str, Any]:
    """Return the fields that make a mail a multipart/report."""
    return {"content_type": "multipart/report", "report": DeliveryReport(type=type, **fields)}
