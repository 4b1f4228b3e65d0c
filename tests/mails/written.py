"""Mails written for the tests of the parser: one builder and a shelf of strange ones."""

from __future__ import annotations

import base64

HEADER = (
    "From: Ann Archer <ann@customer.example>\n"
    "To: complaints@acme.example\n"
    "Subject: My kettle exploded\n"
    "Message-ID: <one@customer.example>\n"
    "Date: Mon, 03 Mar 2025 09:00:00 +0100\n"
    "MIME-Version: 1.0\n"
)


def crlf(text: str | bytes) -> bytes:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mail(body: str | bytes = "It exploded.\n", *headers: str, base: str = HEADER) -> bytes:
    """Return a mail from Ann with these headers added; the body is kept byte for byte when it is bytes."""
    head = crlf(base + "".join(f"{header}\n" for header in headers) + "\n")
    return head + (body if isinstance(body, bytes) else crlf(body))


def part(body: str | bytes, *headers: str) -> bytes:
    content = body if isinstance(body, bytes) else crlf(body)
    return crlf("".join(f"{header}\n" for header in headers) + "\n") + content


def multipart(kind: str, *parts: bytes, boundary: str = "=_b1", parameters: str = "") -> tuple[bytes, str]:
    """Return the body and the Content-Type header of a multipart."""
    mark = boundary.encode()
    body = b"".join(b"--" + mark + b"\r\n" + piece + b"\r\n" for piece in parts) + b"--" + mark + b"--\r\n"
    return body, f'Content-Type: multipart/{kind};{parameters} boundary="{boundary}"'


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    """Return a multipart as a part of another."""
    body, header = multipart(kind, *parts, boundary=boundary)
    return part(body, header)


def attachment(
    name: str, content: bytes = b"%PDF-1.7 kettle", content_type: str = "application/pdf"
) -> bytes:
    return part(
        base64.encodebytes(content),
        f"Content-Type: {content_type}",
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
    )


def text_part(text: str, subtype: str = "plain", charset: str = "utf-8") -> bytes:
    return part(
        text.encode(charset),
        f"Content-Type: text/{subtype}; charset={charset}",
        "Content-Transfer-Encoding: 8bit",
    )


def multipart_mail(kind: str, *parts: bytes, parameters: str = "") -> bytes:
    body, header = multipart(kind, *parts, parameters=parameters)
    return mail(body, header)


BOUNCE = multipart_mail(
    "report",
    text_part("Your mail could not be delivered.\n"),
    part(
        "Reporting-MTA: dns; mx.customer.example\n"
        "Original-Envelope-Id: QQ314159\n"
        "\n"
        "Original-Recipient: rfc822;ann@customer.example\n"
        "Final-Recipient: rfc822; <ann@customer.example>\n"
        "Action: failed\n"
        "Status: 5.1.1 (no such user)\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User\n"
        " unknown\n"
        "\n"
        "Final-Recipient: rfc822; bob@customer.example\n"
        "Action: delayed\n"
        "Status: 4.4.1\n",
        "Content-Type: message/delivery-status",
    ),
    part(
        "From: complaints@acme.example\n"
        "To: ann@customer.example\n"
        "Subject: We have received your complaint\n"
        "Message-ID: <m1abc@acme.example>\n"
        "References: <t1def@acme.example>\n"
        "\n"
        "This is the returned letter.\n",
        "Content-Type: message/rfc822",
    ),
    parameters=" report-type=delivery-status;",
)

RECEIPT = multipart_mail(
    "report",
    text_part("Your mail was displayed.\n"),
    part(
        "Reporting-UA: desk.customer.example; Mailer 1\n"
        "Final-Recipient: rfc822;ann@customer.example\n"
        "Original-Message-ID: <m1abc@acme.example>\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n",
        "Content-Type: message/disposition-notification",
    ),
    parameters=" report-type=disposition-notification;",
)

SPAM_COMPLAINT = multipart_mail(
    "report",
    text_part("This is a complaint about a mail of yours.\n"),
    part(
        "Feedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\nOriginal-Rcpt-To: <ann@customer.example>\n",
        "Content-Type: message/feedback-report",
    ),
    part("Message-ID: <m1abc@acme.example>\n\n", "Content-Type: text/rfc822-headers"),
    parameters=" report-type=feedback-report;",
)

FORWARD = multipart_mail(
    "mixed",
    text_part("Please see below.\n"),
    part(
        "From: bob@customer.example\nSubject: Re: kettle/1\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="in"\n\n--in\n\nInner words.\n--in\n'
        "Content-Disposition: attachment; filename=inner.txt\n\ninner file\n--in--\n",
        "Content-Type: message/rfc822",
    ),
)

ALTERNATIVE = multipart_mail(
    "alternative",
    text_part("Der Wasserkocher ist explodiert.\n"),
    text_part("<p>Der <b>Wasserkocher</b> ist explodiert.</p>", "html"),
)

DEEP = nested(
    "mixed",
    nested("related", text_part("<p>Inside</p>", "html"), attachment("cat.gif"), boundary="=_b3"),
    boundary="=_b2",
)

UUENCODED = mail(
    "See this:\n\nbegin 644 kettle.txt\n#0V%T\n`\nend\n\nBye\n",
)

JAPANESE = mail(
    "やかんが爆発しました。\n".encode("iso-2022-jp"),
    "Subject: =?ISO-2022-JP?B?GyRCJGQkKyRzGyhC?=",
    "Content-Type: text/plain; charset=ISO-2022-JP",
    "Content-Transfer-Encoding: 7bit",
)

FLOWED = mail(
    "This paragraph goes \non and on.\n\n> quoted \n> words\n-- \nAnn\n",
    "Content-Type: text/plain; charset=utf-8; format=flowed",
)

# What the mutations start from.
SEEDS: tuple[bytes, ...] = (
    mail(),
    BOUNCE,
    RECEIPT,
    SPAM_COMPLAINT,
    FORWARD,
    ALTERNATIVE,
    multipart_mail("mixed", text_part("Hello\n"), DEEP, attachment("a.pdf", b"x" * 6000)),
    UUENCODED,
    JAPANESE,
    FLOWED,
    mail(
        "=48=69=2",
        "Content-Transfer-Encoding: quoted-printable",
        'Content-Type: text/plain; charset="x-none"',
    ),
    b"no header at all, just words: really\r\nmore words\r\n",
    b"",
)
