"""Is this mail a report that a machine wrote for a postmaster: a receipt, feedback, or statistics?

Delivery reports have a module of their own (`bounces.py`), because they change something.
"""

from __future__ import annotations

import re

from mailproc.mail import Message

# RFC 7489 section 7.2.1.1: receiver "!" policy-domain "!" begin "!" end [ "!" unique-id ] "." extension
_DMARC_FILE = re.compile(r"[^!/]+![^!/]+!\d+!\d+(?:![^!/]+)?\.(?:xml(?:\.gz)?|zip|gz)", re.IGNORECASE)
_DMARC_SUBJECT = re.compile(r"\s*report[- ]domain:\s*\S+\s+submitter:", re.IGNORECASE)

# The feedback of Hotmail's junk mail reporting programme has no structure, but always this subject.
_HOTMAIL_FEEDBACK = re.compile(r"\s*complaint about message from [\d.]+\s*")


def _report_type(message: Message) -> str:
    return message.report.type if message.report else ""


def _has_part(message: Message, *content_types: str) -> bool:
    return any(attachment.content_type in content_types for attachment in message.attachments)


def disposition_notification(message: Message) -> str | None:
    """Return what shows that the mail is a read receipt (MDN, RFC 8098), or None.

    A receipt is information; it proves no reading and stops no clock.
    """
    if _report_type(message) == "disposition-notification":
        return "report-type is disposition-notification"
    if _has_part(message, "message/disposition-notification"):
        return "it carries a message/disposition-notification"
    return None


def feedback_report(message: Message) -> str | None:
    """Return what shows that somebody pressed "this is spam" on a letter of ours (RFC 5965), or None."""
    if _report_type(message) == "feedback-report":
        return "report-type is feedback-report"
    if _has_part(message, "message/feedback-report"):
        return "it carries a message/feedback-report"
    if _HOTMAIL_FEEDBACK.fullmatch(message.subject):
        return "the subject is that of Hotmail's junk mail reports"
    return None


def aggregate_report(message: Message) -> str | None:
    """Return what shows that the mail holds DMARC or TLS statistics (RFC 7489, RFC 8460), or None."""
    if _report_type(message) == "tlsrpt" or message.has("tls-report-domain"):
        return "it is a TLS report"
    if _has_part(message, "application/tlsrpt+gzip", "application/tlsrpt+json"):
        return "it carries a TLS report"
    for attachment in message.attachments:
        if _DMARC_FILE.fullmatch(attachment.name):
            return f"{attachment.name} is named as DMARC aggregate reports are"
    if message.attachments and _DMARC_SUBJECT.match(message.subject):
        return "the subject is that of a DMARC aggregate report"
    return None
