"""How does a letter in words become the bytes of one mail to one recipient?

The bytes depend on the arguments alone. They are stored and sent unchanged on every try, so that a second
copy can be recognised as one: same Message-ID, same date, same everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailproc.addressing import DeskAddress, subject_tag
from mailproc.errors import LetterError
from mailproc.mail import Address, OutgoingMail
from mailproc.outbound import headers
from mailproc.outbound.bodies import Enclosure, file_part, multipart, text_part, wire_text
from mailproc.outbound.headers import Header
from mailproc.outbound.kinds.kind import Rendered
from mailproc.outbound.recheck import recheck

LOOP_HEADER = "X-Mailproc-Loop"
HEADER_LIMIT = 4096  # octets of the whole header; some relays refuse more
_CHAIN_LIMIT = 10  # ids of the chain besides its first one
_CHAIN_OCTETS = 1000  # so that no customer's ids can bring the header over its limit

# Asks Exchange for no out-of-office, no other automatic answer, no receipts. It does not say "All", which
# would also ask for no non-delivery report, and we live on those ([MS-OXCMAIL] section 2.1.3.2.20).
SUPPRESS = "OOF, AutoReply, RN, NRN, DR"
SUPPRESS_BUT_ABSENCE = "AutoReply, RN, NRN, DR"


class AutoSubmitted(StrEnum):
    """How a mail came to be, if no person sent it (RFC 3834 section 5)."""

    REPLIED = "auto-replied"  # the answer of a program to one mail
    GENERATED = "auto-generated"  # by a program, of its own accord


def compose(
    letter: Rendered,
    *,
    desk: DeskAddress,
    desk_name: str,
    recipient: Address | str,
    public_id: str,
    reference: str | None,
    now: datetime,
    zone: ZoneInfo,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    automatic: AutoSubmitted | None,
    sender_name: str | None = None,
    attachments: Sequence[Enclosure] = (),
    answer_to: str | None = None,
    asks_for_absence: bool = False,
) -> OutgoingMail:
    """Return the finished mail. Raises LetterError when it would not say exactly what is meant.

    Only the address of the recipient is used, never a name: that is the customer's text. Ids of others
    that cannot be repeated as they stand are left out; they must not keep a letter from leaving. `reference`
    is None for a letter to an agent that is about no case.
    `automatic` is None for a letter that a person wrote or released. `answer_to` is the address of ours at
    which it is answered, if not the one for customers. `asks_for_absence`: the reader's mailbox may answer
    that she is away.
    """
    email = headers.addr_spec(recipient if isinstance(recipient, str) else recipient.email)
    subject = subject_tag(letter.subject, reference) if reference else letter.subject
    from_name = f"{sender_name} via {desk_name}" if sender_name else desk_name
    parent = in_reply_to if in_reply_to and headers.is_id(in_reply_to) else None
    message_id = desk.message_id(public_id)
    chain = thread(references, parent, desk.thread_id(reference) if reference else None)

    text, html = wire_text(letter.text), wire_text(letter.html)
    body = multipart("alternative", [text_part(text, "plain"), text_part(html, "html")], public_id)
    if attachments:
        body = multipart("mixed", [body, *map(file_part, attachments)], f"{public_id}.m")
    top = (
        headers.mailbox("From", Address(email=desk.address, name=from_name)),
        headers.mailbox("To", Address(email=email)),
        headers.mailbox("Reply-To", Address(email=answer_to or desk.reply_address(public_id))),
        headers.unstructured("Subject", subject),
        headers.date("Date", now, zone),
        headers.structured("Message-ID", message_id),
        *([headers.ids("In-Reply-To", [parent])] if parent else []),
        *([headers.ids("References", chain)] if chain else []),
        *(_automatic(automatic, desk, asks_for_absence=asks_for_absence) if automatic else []),
        headers.structured("Content-Language", letter.language),
        headers.structured("MIME-Version", "1.0"),
        *body.headers,
    )
    head = "\r\n".join(header.lines for header in top).encode("ascii")
    if len(head) > HEADER_LIMIT:
        raise LetterError(
            f"{letter.letter}: the header has {len(head)} octets, more than {HEADER_LIMIT}; shorten it"
        )
    raw = head + b"\r\n\r\n" + body.body
    recheck(raw, top, [text, html, *(enclosure.data for enclosure in attachments)])
    return OutgoingMail(
        public_id=public_id,
        envelope_from=desk.return_path(public_id),
        recipient=email,
        message_id=message_id,
        subject=subject,
        raw=raw,
    )


def thread(references: Sequence[str], parent: str | None, anchor: str | None) -> list[str]:
    """Return what References says: the root, the newest of the chain, the parent, and the case's anchor.

    The anchor comes last: mail programs that look only at the last id still find the same conversation
    in every letter of the case, and it survives services that replace our Message-ID. What is cut is the
    middle of a long chain, which every program can do without (RFC 5322 section 3.6.4).
    """
    last = [id for id in (parent, anchor) if id]
    known = list(dict.fromkeys(id for id in references if headers.is_id(id) and id not in last))
    root, newer = known[:1], known[1:]
    kept: list[str] = []
    room = _CHAIN_OCTETS
    for id in reversed(newer[-_CHAIN_LIMIT:]):
        room -= len(id) + 1
        if room < 0:
            break
        kept.insert(0, id)
    return [*root, *kept, *last]


def _automatic(kind: AutoSubmitted, desk: DeskAddress, *, asks_for_absence: bool) -> list[Header]:
    return [
        headers.structured("Auto-Submitted", kind),
        headers.structured(
            "X-Auto-Response-Suppress", SUPPRESS_BUT_ABSENCE if asks_for_absence else SUPPRESS
        ),
        headers.structured(LOOP_HEADER, desk.loop_mark, {"hops": "1"}),
    ]
