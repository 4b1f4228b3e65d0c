"""How do the people and machines of the story write mail? Each as its program does: headers, forms, quotes.

Made with the standard library, whose mail is as plain as any customer's. What the desk's letter said is
taken from the letter as it arrived, like every mail program does.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from typing import assert_never

from mailproc.addressing import subject_tag
from mailproc.demo.people import ANA, DESK, Person
from mailproc.demo.photo import broken_plate
from mailproc.demo.scene import (
    Again,
    Bounce,
    Html,
    Newsletter,
    OutOfOffice,
    Plain,
    Pretence,
    Reply,
    Scattered,
    Scene,
    Silence,
    WithPhoto,
)
from mailproc.demo.servers import Sent

OUR_HOST = "mx.acme.example"  # whose findings about a sender the desk trusts


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """What has happened in the story, by scene: mails as written, letters as delivered, references."""

    written: Mapping[str, bytes]
    letters: Mapping[tuple[str, str], Sequence[Sent]]  # by scene and recipient, the oldest first
    references: Mapping[str, str]

    def letter(self, scene: str, to: Person, about: str | None = None) -> Sent:
        """The newest letter that a scene brought somebody; raises KeyError when it brought none.

        `about`: the newest whose subject names the case of that scene.
        """
        sent = self.letters[scene, to.address]
        if about is not None:
            tag = self.references[about]
            sent = [each for each in sent if tag in str(read(each.raw)["Subject"])]
        if not sent:
            raise KeyError(scene)
        return sent[-1]

    def letter_to_customer(self, scene: str) -> Sent:
        """The first letter that a scene brought; raises KeyError when it brought none."""
        found = next((sent[0] for (name, _), sent in self.letters.items() if name == scene), None)
        if found is None:
            raise KeyError(scene)
        return found


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A mail on its way to the desk. An empty `envelope_from` is the null sender of reports."""

    envelope_from: str
    envelope_to: str
    raw: bytes


def write(scene: Scene, so_far: SoFar, now: datetime) -> Posting | None:
    """Return the mail of a scene; None when nobody writes."""
    mail = scene.mail
    match mail:
        case Plain():
            subject = mail.subject
            if mail.tagged_with:
                subject = subject_tag(subject, so_far.references[mail.tagged_with])
            message = _message(scene, subject, now)
            message.set_content(mail.text, cte="quoted-printable")
            return _posting(scene, message)
        case Html():
            message = _message(scene, mail.subject, now)
            message.set_content(mail.html, subtype="html", cte="quoted-printable")
            return _posting(scene, message)
        case WithPhoto():
            message = _message(scene, mail.subject, now)
            message.set_content(mail.text, cte="quoted-printable")
            message.add_attachment(broken_plate(), "image", "png", filename=mail.photo)
            return _posting(scene, message, above=_checked_by_our_host(scene.by, now))
        case Newsletter():
            message = _message(scene, mail.subject, now)
            message["List-Id"] = "Kitchen Trade Weekly <weekly.trade-weekly.example>"
            message["List-Unsubscribe"] = "<mailto:leave@trade-weekly.example>"
            message["Precedence"] = "bulk"
            message.set_content(mail.text)
            return _posting(scene, message)
        case Reply():
            return _reply(scene, mail, so_far.letter(mail.to, scene.by, mail.about), now)
        case Pretence():
            message = _message(scene, mail.subject, now)
            message.replace_header("From", str(ANA))
            message.set_content(mail.text, cte="quoted-printable")
            return _posting(scene, message, above=_checked_by_our_host(ANA, now, "fail"))
        case OutOfOffice():
            return _out_of_office(scene, mail, so_far.letter(mail.to, scene.by), now)
        case Bounce():
            return _delivery_report(scene, so_far.letter_to_customer(mail.of), now)
        case Again():
            trace = _received("relay.home.example", now) + _received("outbound.home.example", now)
            return Posting(
                envelope_from=scene.by.address,
                envelope_to=DESK.address,
                raw=trace + so_far.written[mail.of],
            )
        case Silence():
            return None
        case Scattered():
            return _scattered(scene, mail, now)
        case _:
            assert_never(mail)


def read(raw: bytes) -> EmailMessage:
    """Return a mail of the demo as the standard library reads it: for mail we or the desk wrote."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, form: str = "plain") -> str:
    """Return the text of a mail in one form, '' when it has none."""
    part = message.get_body((form,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _message(scene: Scene, subject: str, now: datetime, *, to: str = str(DESK)) -> EmailMessage:
    message = EmailMessage()
    message["Date"] = format_datetime(now)
    message["From"] = str(scene.by)
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{scene.id}.{now:%Y%m%d%H%M%S}@{scene.by.address.partition('@')[2]}>"
    return message


def _posting(scene: Scene, message: EmailMessage, *, to: str = DESK.address, above: bytes = b"") -> Posting:
    raw = above + message.as_bytes(policy=SMTP)
    return Posting(envelope_from=scene.by.address, envelope_to=to, raw=raw)


def _reply(scene: Scene, mail: Reply, letter: Sent, now: datetime) -> Posting:
    """As Gmail does: to Reply-To, with the whole chain, the letter quoted below in both forms."""
    original = read(letter.raw)
    to = str(original["Reply-To"])
    message = _message(scene, f"Re: {original['Subject']}", now, to=f"{DESK.name} <{to}>")
    message["In-Reply-To"] = str(original["Message-ID"])
    chain = (original["References"], original["Message-ID"])
    message["References"] = " ".join(str(part) for part in chain if part)
    sent_at = original["Date"].datetime
    intro = f"On {sent_at:%a, %d %b %Y at %H:%M} {DESK.name} <{to}> wrote:"
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in text_of(original).splitlines())
    message.set_content(f"{mail.text}\n{intro}\n\n{quoted}", cte="quoted-printable")
    answer = html.escape(mail.text).replace("\n\n", "<div><br></div>").replace("\n", "<br>")
    message.add_alternative(
        f'<div dir="ltr">{answer}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{html.escape(intro)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc">'
        f"{text_of(original, 'html')}</blockquote></div>",
        subtype="html",
        cte="quoted-printable",
    )
    return _posting(scene, message, to=to)


def _out_of_office(scene: Scene, mail: OutOfOffice, letter: Sent, now: datetime) -> Posting:
    """As vacation programmes do (RFC 3834): to the return path, from a null sender, marked as automatic."""
    original = read(letter.raw)
    message = _message(scene, f"Automatikus válasz: {original['Subject']}", now, to=letter.mail_from)
    message["In-Reply-To"] = str(original["Message-ID"])
    message["References"] = str(original["Message-ID"])
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(mail.text, cte="quoted-printable")
    raw = b"Return-Path: <>\r\n" + message.as_bytes(policy=SMTP)
    return Posting(envelope_from="", envelope_to=letter.mail_from, raw=raw)


def _delivery_report(scene: Scene, letter: Sent, now: datetime) -> Posting:
    """As Postfix does: three parts, the letter's header returned, to the return path, from a null sender."""
    host = scene.by.address.partition("@")[2]
    header = letter.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    report = f"""\
Return-Path: <>
Received: by {host}; {format_datetime(now)}
Date: {format_datetime(now)}
From: {scene.by}
To: {letter.mail_from}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{scene.id}.{now:%Y%m%d%H%M%S}@{host}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host {host}.

I'm sorry to have to inform you that your message could not be delivered
to one or more recipients. It's attached below.

<{letter.recipient}>: host mail.closed.example said: 550 5.1.1
    <{letter.recipient}>: Recipient address rejected: User unknown

--report
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}
Arrival-Date: {format_datetime(now)}

Final-Recipient: rfc822; {letter.recipient}
Original-Recipient: rfc822; {letter.recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.closed.example
Diagnostic-Code: smtp; 550 5.1.1 Recipient address rejected: User unknown

--report
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

"""
    raw = "\r\n".join([*report.splitlines(), *header.splitlines(), "", "--report--", ""]).encode("ascii")
    return Posting(envelope_from="", envelope_to=letter.mail_from, raw=raw)


def _scattered(scene: Scene, mail: Scattered, now: datetime) -> Posting:
    """A mail in thousands of parts, as a broken gateway makes them: small on the wire, a burden to read."""
    message = _message(scene, mail.subject, now)
    lines = [message.as_bytes(policy=SMTP).rstrip(), b"MIME-Version: 1.0"]
    lines += [b'Content-Type: multipart/mixed; boundary="scrap"', b""]
    for number in range(mail.parts):
        lines += [b"--scrap", b"Content-Type: text/plain", b"", b"piece %d" % number]
    lines += [b"--scrap--", b""]
    return Posting(envelope_from=scene.by.address, envelope_to=DESK.address, raw=b"\r\n".join(lines))


def _received(host: str, now: datetime) -> bytes:
    return f"Received: from {host} by {OUR_HOST} with ESMTPS; {format_datetime(now)}\r\n".encode("ascii")


def _checked_by_our_host(author: Person, now: datetime, found: str = "pass") -> bytes:
    """What our mail host stamps on a mail: whether the domain of its author vouches for it (RFC 8601)."""
    domain = author.address.partition("@")[2]
    found = f"dkim={found} header.d={domain};\r\n\tdmarc={found} header.from={domain}"
    results = f"Authentication-Results: {OUR_HOST}; {found}\r\n"
    return results.encode("ascii") + _received(f"out.{domain}", now)
