"""Headers read back as they were meant: every trap of the standard library's writer, each by itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproc.errors import LetterError
from mailproc.mail import Address
from mailproc.outbound import headers
from mailproc.outbound.headers import Header
from mailproc.outbound.subjects import base_subject

ENCODED_WORD = re.compile(r"=\?utf-8\?[qb]\?([^?]*)\?=")

FORBIDDEN = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
FORBIDDEN += list(
    "\u2028\u2029\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ud800\udfff"
)

SUBJECTS = [
    "Broken kettle",
    "Törött vízforraló",
    "árvíztűrő tükörfúrógép " * 12,
    "茶壺が壊れました" * 30,
    "👩‍👩‍👧‍👦🫖" * 40,
    "a" * 300,
    "two  spaces, and one at the end ",
    " one at the start",
    "=?utf-8?q?not_an_encoded_word?=",
    "100 % =20 equal? yes_and_no",
    "ő",
    "é" * 300,
]


def unfold(header: Header) -> str:
    return header.lines.replace("\r\n ", " ").partition(": ")[2]


def read(header: Header) -> str:
    """What the standard library's old reader gets out."""
    message = message_from_bytes(header.lines.encode("ascii") + b"\r\n\r\nbody\r\n")
    assert message.keys() == [header.name]
    assert message.get_payload() == "body\r\n"
    value = message[header.name].replace("\r\n ", " ")
    return str(make_header(decode_header(value))) if "=?" in value else value


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subject_reads_back_unchanged(subject: str) -> None:
    assert read(headers.unstructured("Subject", subject)) == subject


@pytest.mark.parametrize("subject", SUBJECTS)
def test_encoded_words_are_short_whole_and_parted_by_folds(subject: str) -> None:
    """At most 75 octets each, none empty, one per line, every one decodable alone (B7.4, P2, P3, P4)."""
    header = headers.unstructured("Subject", subject)
    for line in header.lines.split("\r\n"):
        assert len(line) <= 78
        assert len(ENCODED_WORD.findall(line)) <= 1
        assert "=?" not in ENCODED_WORD.sub("", line)
        for word in ENCODED_WORD.finditer(line):
            assert len(word[0]) <= 75
            assert word[1]
            # Would raise if a character had been cut in two.
            assert str(make_header(decode_header(word[0])))


def test_the_standard_library_still_damages_what_we_write_ourselves() -> None:
    """The reason for this module; when this fails on every supported Python, the module may go."""
    from email.message import EmailMessage

    message = EmailMessage(policy=policy.SMTP)
    message["References"] = f"<{'x' * 90}@example.com>"
    assert b"=?utf-8?" in bytes(message)


@pytest.mark.parametrize("length", [*range(20, 251, 10), 77, 78, 79])
def test_references_are_never_encoded_and_fold_between_ids(length: int) -> None:
    """P1, with ids of 20 to 250 octets."""
    ids = [f"<{number}{'x' * (length - 15)}@example.com>" for number in range(5)]
    assert {len(id) for id in ids} == {length}
    header = headers.ids("References", ids)
    assert read(header).split() == ids
    assert "=?" not in header.lines
    assert all(line.split(": ")[-1].strip().startswith("<") for line in header.lines.split("\r\n"))
    assert all(len(line) <= max(78, length + len("References: ")) for line in header.lines.split("\r\n"))


@pytest.mark.parametrize(
    "id",
    [
        "",
        "<>",
        "plain@example.com",
        "<a b@c>",
        "<a\r\nBcc: x@y>",
        "<é@c>",
        "<a>b>",
        "<" + "x" * 255 + ">",
        "<a@b",
    ],
)
def test_what_is_no_message_id_is_refused(id: str) -> None:
    assert not headers.is_id(id)
    with pytest.raises(LetterError, match="no Message-ID"):
        headers.ids("In-Reply-To", [id])


@pytest.mark.parametrize(
    "name",
    [
        "Acme Complaints",
        "Kovács, Ágnes",
        "Acme, Inc. <evil@attacker.example>",
        'The "best" desk \\ ever',
        "=?utf-8?q?evil=40attacker.example?=",
        "a@b, c@d",
        "Ügyfélszolgálat <evil@attacker.example>, másik",
        "x" * 80,
        "(comment) name; group: a@b;",
        "顧客サービス" * 13,
        "two  spaces",
        "trailing ",
    ],
)
def test_a_display_name_never_becomes_a_second_address(name: str) -> None:
    """P6: comma, angle brackets, quotes, groups and encoded words in the name."""
    header = headers.mailbox("From", Address(email="desk@acme.example", name=name))
    found = getaddresses([unfold(header)])
    assert [email for _, email in found] == ["desk@acme.example"]
    assert str(make_header(decode_header(found[0][0]))) == name
    modern = message_from_bytes(header.lines.encode() + b"\r\n\r\n", policy=policy.default)["From"]
    assert [address.addr_spec for address in modern.addresses] == ["desk@acme.example"]
    assert all(len(line) <= 78 for line in header.lines.split("\r\n"))


@pytest.mark.parametrize("char", FORBIDDEN, ids=lambda char: f"U+{ord(char):04X}")
def test_controls_and_direction_marks_are_refused_everywhere(char: str) -> None:
    """S30, P5, P12: nothing that ends a line or turns the writing gets into any header."""
    bad = f"before{char}Bcc: victim@example.com"
    with pytest.raises(LetterError, match=f"U\\+{ord(char):04X}"):
        headers.unstructured("Subject", bad)
    with pytest.raises(LetterError):
        headers.mailbox("From", Address(email="desk@acme.example", name=bad))
    with pytest.raises(LetterError):
        headers.mailbox("To", Address(email=f"ann{char}@example.com"))
    with pytest.raises(LetterError):
        headers.mailbox("To", Address(email=f"ann@exam{char}ple.com"))
    with pytest.raises(LetterError):
        headers.ids("References", [f"<a{char}@b>"])
    with pytest.raises(LetterError):
        headers.structured("X-Test", bad)
    with pytest.raises(LetterError):
        headers.structured("Content-Disposition", "attachment", {"filename": bad})


def test_subject_that_ends_in_a_newline_is_refused() -> None:
    """P5: the standard library ended the headers early here."""
    with pytest.raises(LetterError, match="U\\+000A at position 6"):
        headers.unstructured("Subject", "kettle\n")


@pytest.mark.parametrize(
    ("email", "written"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.O'Neil+tag@Example.COM", "Ann.O'Neil+tag@Example.COM"),
        ("ann@localhost", "ann@localhost"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ('"ann lee"@example.com', '"ann lee"@example.com'),
        ("ann..lee.@docomo.example", '"ann..lee."@docomo.example'),
    ],
)
def test_an_address_is_written_so_that_it_can_be_sent_to(email: str, written: str) -> None:
    assert headers.addr_spec(email) == written


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@-x.example",
        "ann lee@example.com",
        "ann@exa mple.com",
        "ann@example.com>, <bob@example.com",
        "ann,bob@example.com",
        "<ann@example.com>",
        "ann@[127.0.0.1]",
        "ágnes@example.com",
        "ann@straße.example",
        "ann@faß.example",
        "ann@a\u200db.example",
        "ann@exampleς.example",
        "ann@" + "a" * 64 + ".example",
        "ann@" + "a." * 130 + "example",
        'ann"x@example.com',
        "=?utf-8?q?ann?=@ex?ample.com",
    ],
)
def test_what_cannot_be_sent_to_is_refused(email: str) -> None:
    """P7 and B7.5: never an encoded word in an address, never a name that two IDNA versions read apart."""
    with pytest.raises(LetterError):
        headers.addr_spec(email)


def test_date_carries_the_offset_of_its_zone_and_season() -> None:
    zone = ZoneInfo("Europe/Budapest")
    winter = headers.date("Date", datetime(2026, 11, 22, 9, 15, 30, 999_999, tzinfo=UTC), zone)
    summer = headers.date("Date", datetime(2026, 7, 1, 9, 15, tzinfo=UTC), zone)
    assert winter.lines == "Date: Sun, 22 Nov 2026 10:15:30 +0100"
    assert summer.lines == "Date: Wed, 01 Jul 2026 11:15:00 +0200"
    with pytest.raises(LetterError, match="time zone"):
        headers.date("Date", datetime(2026, 1, 1), zone)


@pytest.mark.parametrize(
    "name",
    [
        "leaflet.pdf",
        "our leaflet.pdf",
        "tájékoztató.pdf",
        "説明書" * 30 + ".pdf",
        "a" * 118 + ".x",
        'q"uo\\te.pdf',
    ],
)
def test_file_name_reads_back_in_rfc_2231_and_has_an_ascii_stand_in(name: str) -> None:
    header = headers.structured("Content-Disposition", "attachment", {"filename": name})
    assert header.lines.isascii()
    assert all(len(line) <= 80 for line in header.lines.split("\r\n"))
    # Take the stand-in away, as a reader does that knows RFC 2231, and the true name is there.
    star = re.sub(r' filename="[^"]*";(\r\n)?(?= filename\*)', "", header.lines)
    message = message_from_bytes(star.encode() + b"\r\n\r\n")
    assert message.get_filename() == name
    plain = message_from_bytes(header.lines.encode() + b"\r\n\r\n").get_param(
        "filename", header="content-disposition"
    )
    assert plain


def test_a_line_that_could_not_be_folded_under_998_octets_is_refused() -> None:
    with pytest.raises(LetterError, match="998"):
        headers.structured("X-Test", "x" * 999)


def test_a_structured_header_refuses_what_is_not_ascii() -> None:
    with pytest.raises(LetterError, match="not ASCII"):
        headers.structured("Content-Language", "magyar–angol")


PRINTABLE = st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters=FORBIDDEN))


@settings(deadline=None)
@given(PRINTABLE.filter(bool))
def test_any_subject_reads_back(subject: str) -> None:
    header = headers.unstructured("Subject", subject)
    assert read(header) == subject
    assert all(len(line) <= 78 for line in header.lines.split("\r\n"))


@settings(deadline=None)
@given(PRINTABLE)
def test_any_name_gives_one_mailbox_with_that_name(name: str) -> None:
    found = getaddresses([unfold(headers.mailbox("From", Address(email="desk@acme.example", name=name)))])
    assert [(str(make_header(decode_header(n))) if n else "", email) for n, email in found] == [
        (name, "desk@acme.example")
    ]


@settings(deadline=None)
@given(st.text())
def test_a_base_subject_always_fits_a_header(subject: str) -> None:
    """What customers write is made safe once, and then nothing in it can stop a letter."""
    base = base_subject(subject)
    if base:
        assert read(headers.unstructured("Subject", base)) == base


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=30))
def test_any_text_as_address_is_refused_or_one_address(local: str, domain: str) -> None:
    try:
        header = headers.mailbox("To", Address(email=f"{local}@{domain}"))
    except LetterError:
        return
    found = getaddresses([unfold(header)])
    assert len(found) == 1
    assert found[0][1].rpartition("@")[2] == headers.addr_spec(f"{local}@{domain}").rpartition("@")[2]
