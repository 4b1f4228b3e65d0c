"""The last look: a mail that says anything else than meant is not queued. Each test damages a good one."""

from __future__ import annotations

import pytest

from mailproc.errors import LetterError
from mailproc.mail import Address
from mailproc.outbound import headers
from mailproc.outbound.bodies import enclosed_message, file_part, multipart, text_part, wire_text
from mailproc.outbound.headers import Header
from mailproc.outbound.recheck import recheck

BODY = multipart(
    "alternative",
    [text_part(wire_text("Hello =\n"), "plain"), text_part(wire_text("漢字\n" * 9), "html")],
    "abc",
)
TOP = (
    headers.mailbox("From", Address(email="desk@acme.example", name="Kovács, Ágnes")),
    headers.mailbox("To", Address(email="ann@example.org")),
    headers.unstructured("Subject", "Törött vízforraló"),
    headers.ids("References", ["<a@b>", "<c@d>"]),
    *BODY.headers,
)
CONTENTS = [b"Hello =\r\n", "漢字\r\n".encode() * 9]


def raw(top: tuple[Header, ...] = TOP) -> bytes:
    return "\r\n".join(header.lines for header in top).encode() + b"\r\n\r\n" + BODY.body


def test_a_good_mail_passes() -> None:
    recheck(raw(), TOP, CONTENTS)
    assert raw().count(b"\r\n") > 10


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda mail: mail.replace(b"To: <ann", b"Bcc: <x@y>\r\nTo: <ann"), "headers read back"),
        (lambda mail: mail.replace(b"To: <ann@example.org>\r\n", b""), "headers read back"),
        (lambda mail: mail.replace(b"\r\nReferences", b"\r\n\r\nReferences"), "headers read back"),
        (lambda mail: mail.replace(b"<ann@", b"<bob@x>, <ann@"), "To reads back"),
        (lambda mail: mail.replace(b"<ann@", b"<anna@"), "To reads back"),
        (lambda mail: mail.replace(b"=?utf-8?", b"=?utf-7?", 1), "cannot be decoded"),
        (lambda mail: mail.replace(b"Subject: =?utf-8?", b"Subject: x =?utf-8?"), "Subject reads back"),
        (lambda mail: mail.replace(b"<a@b> <c@d>", b"<a@b><c@d>"), "References reads back"),
        (lambda mail: mail.replace(b"Hello", b"Hallo"), "body does not read back"),
        (lambda mail: mail.replace(b"--=_abc--", b"--=_abc"), "last boundary"),
        (lambda mail: mail + b"more\r\n", "last boundary"),
        (lambda mail: mail.replace(b"Hello", b"Hello\n.\n"), "CRLF"),
        (lambda mail: mail.replace(b"Hello", b"Hello\r"), "CRLF"),
        (lambda mail: mail[:-2], "CRLF"),
        (lambda mail: mail.replace(b"Hello", "Helló".encode()), "ASCII"),
        (lambda mail: mail.replace(b"Hello", b"Hel\0lo"), "ASCII"),
        (lambda mail: mail.replace(b"Hello", b"H" * 999), "998"),
    ],
)
def test_a_damaged_mail_is_found(damage: object, complaint: str) -> None:
    damaged = damage(raw())  # type: ignore[operator]
    assert damaged != raw()
    with pytest.raises(LetterError, match=complaint):
        recheck(damaged, TOP, CONTENTS)


def test_a_part_too_few_is_found() -> None:
    with pytest.raises(LetterError, match="body does not read back"):
        recheck(raw(), TOP, CONTENTS[:1])


def test_an_enclosed_message_that_was_changed_is_found() -> None:
    enclosure = enclosed_message("m.eml", b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n.\r\n")
    body = multipart("mixed", [text_part(wire_text("Hello\n"), "plain"), file_part(enclosure)], "abc")
    mail = "\r\n".join(header.lines for header in body.headers).encode() + b"\r\n\r\n" + body.body
    contents = [b"Hello\r\n", enclosure.data]
    recheck(mail, body.headers, contents)
    with pytest.raises(LetterError, match="body does not read back"):
        recheck(mail.replace(b"\r\n.\r\n", b"\r\n..\r\n"), body.headers, contents)
