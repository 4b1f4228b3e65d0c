"""What does the machine-readable part of a report say (a bounce, a receipt, a spam complaint)?

Delivery status (RFC 3464, 6533), disposition notification (RFC 8098) and feedback report (RFC 5965) are
all blocks of header fields; they differ in the names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailproc.inbound.envelope import find_ids, ids_of, message_id_of
from mailproc.inbound.headers import (
    HEADER_LIMIT,
    decode_value,
    header_block,
    split_fields,
)
from mailproc.inbound.structure import Part
from mailproc.mail import DeliveryReport, RecipientReport

_TYPES = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
}
_RETURNED = {
    "message/rfc822",
    "message/global",
    "message/rfc822-headers",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822-header",
}
_RECIPIENTS_KEPT = 500

# Atomic, or the two halves of one CR LF would pass for an empty line.
_BLANK = re.compile(rb"(?>\r\n|\n|\r)[ \t]*(?>\r\n|\n|\r)")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")

Fields = list[tuple[str, bytes]]


def read_report(parts: Sequence[Part]) -> DeliveryReport | None:
    """Return what the report parts of a mail say, or None when it is no report.

    A mail is a report when it says so (multipart/report) or when it carries a machine-readable part:
    some servers send that inside an ordinary multipart/mixed. An enclosed message in any other mail
    is a forward, and says nothing here.
    """
    root = parts[0]
    machine = [part for part in parts if part.content_type in _TYPES]
    if root.content_type != "multipart/report" and not machine:
        return None
    report_type = root.parameters.get("report-type", "").lower()
    if machine:
        report_type = _TYPES[machine[0].content_type]
    recipients: tuple[RecipientReport, ...] = ()
    envelope_id = ""
    ids: list[str] = []
    # Some servers write one part for each recipient.
    groups = [
        group
        for part in machine
        if _TYPES[part.content_type] == report_type
        for group in _groups(part.payload())
    ]
    fields = [field for group in groups for field in group]
    match report_type:
        case "delivery-status":
            recipients, envelope_id = _delivery_status(groups)
        case "disposition-notification":
            recipients = _disposition(fields)
            ids += [id for name, value in fields if name == "original-message-id" for id in find_ids(value)]
        case "feedback-report":
            recipients = _feedback(fields)
    for part in parts:
        if part.content_type in _RETURNED:
            returned = split_fields(header_block(part.payload()[:HEADER_LIMIT].lstrip(b"\r\n")))
            own = message_id_of(returned)
            ids += [own] if own else []
            ids += [*ids_of(returned, "in-reply-to"), *ids_of(returned, "references")]
    return DeliveryReport(
        type=report_type,
        recipients=recipients[:_RECIPIENTS_KEPT],
        envelope_id=envelope_id,
        returned_ids=tuple(dict.fromkeys(ids)),
    )


def _groups(payload: bytes) -> list[Fields]:
    """Split the body of a report into its groups of fields, which empty lines separate."""
    groups = (split_fields(block.lstrip(b"\r\n")) for block in _BLANK.split(payload))
    return [group for group in groups if group]


def _delivery_status(groups: list[Fields]) -> tuple[tuple[RecipientReport, ...], str]:
    """Read per-message and per-recipient fields (RFC 3464 sections 2.2 and 2.3).

    The first group is about the message, but servers exist that leave it out or write everything as
    one group, so a group counts by what it holds.
    """
    recipients = []
    envelope_id = ""
    for group in groups:
        envelope_id = envelope_id or _first(group, "original-envelope-id")
        recipient = _address(_first(group, "final-recipient")) or _address(
            _first(group, "original-recipient")
        )
        if recipient:
            status = _STATUS.search(_first(group, "status"))
            recipients.append(
                RecipientReport(
                    recipient=recipient,
                    action=_first(group, "action").partition("(")[0].strip().lower(),
                    status=status[0] if status else "",
                    diagnostic=_first(group, "diagnostic-code")[:2000],
                )
            )
    return tuple(recipients), envelope_id


def _disposition(fields: Fields) -> tuple[RecipientReport, ...]:
    """Read a receipt: the action is the disposition type, such as displayed or deleted."""
    recipient = _recipient(fields)
    disposition = _first(fields, "disposition")
    if not recipient and not disposition:
        return ()
    action = disposition.rpartition(";")[2].partition("/")[0].strip().lower()
    return (RecipientReport(recipient=recipient, action=action, status="", diagnostic=disposition[:2000]),)


def _feedback(fields: Fields) -> tuple[RecipientReport, ...]:
    """Read a spam complaint: the action is the feedback type, such as abuse."""
    action = _first(fields, "feedback-type").lower()
    named = (
        _address(decode_value(value))
        for name, value in fields
        if name in ("original-rcpt-to", "removal-recipient")
    )
    people = tuple(dict.fromkeys(name for name in named if name)) or ("",)
    return tuple(RecipientReport(recipient=name, action=action, status="") for name in people)


def _first(fields: Fields, name: str) -> str:
    return next((decode_value(value) for key, value in fields if key == name), "")


def _recipient(group: Fields) -> str:
    return _address(_first(group, "final-recipient")) or _address(_first(group, "original-recipient"))


def _address(value: str) -> str:
    """Return the address of `rfc822; <ann@example.com>` as written, without type, brackets and comment."""
    address = value.rpartition(";")[2].strip()
    if "<" in address:
        address = address.partition("<")[2].partition(">")[0]
    return address.split(" ")[0].strip(" <>\"'")
