"""The finished mail: what stands in it, what never can, and that it reads back whole."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproc.addressing import DeskAddress, Purpose, Signer, Token
from mailproc.errors import LetterError
from mailproc.mail import Address, OutgoingMail
from mailproc.outbound import headers
from mailproc.outbound.bodies import Enclosure, enclosable_type, enclosed_message, text_part, wire_text
from mailproc.outbound.compose import HEADER_LIMIT, AutoSubmitted, compose, thread
from mailproc.outbound.headers import ID_LIMIT
from mailproc.outbound.kinds.kind import Rendered
from mailproc.outbound.letters import Letters
from mailproc.outbound.specimens import specimen
from mailproc.outbound.subjects import base_subject

BUDAPEST = ZoneInfo("Europe/Budapest")
DESK = DeskAddress("complaints@acme.example", Signer({"1": b"0123456789abcdef0123456789abcdef"}))
REFERENCE = "C-7F3K-9QXT"
LETTER = Rendered(
    letter="acknowledgement",
    language="en",
    subject="We have received your complaint",
    text="Hello,\n\nthank you.\n",
    html='<!DOCTYPE html>\n<html lang="en"><p>Hello, thank you.</p></html>\n',
)


def write(letter: Rendered = LETTER, **changes: object) -> OutgoingMail:
    arguments: dict[str, object] = {
        "desk": DESK,
        "desk_name": "Acme Complaints",
        "recipient": "ann@example.org",
        "public_id": "abcdefgh2345",
        "reference": REFERENCE,
        "now": datetime(2026, 11, 22, 9, 16, 5, tzinfo=UTC),
        "zone": BUDAPEST,
        "in_reply_to": "<kettle@example.org>",
        "automatic": AutoSubmitted.REPLIED,
    }
    return compose(letter, **(arguments | changes))  # type: ignore[arg-type]


def read(mail: OutgoingMail) -> EmailMessage:
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def head(mail: OutgoingMail) -> str:
    return mail.raw.partition(b"\r\n\r\n")[0].decode("ascii")


def test_the_header_of_an_acknowledgement_word_for_word() -> None:
    assert head(write(references=["<first@example.org>"])).split("\r\n") == [
        'From: "Acme Complaints" <complaints@acme.example>',
        "To: <ann@example.org>",
        f"Reply-To: <{DESK.reply_address('abcdefgh2345')}>",
        "Subject: We have received your complaint [C-7F3K-9QXT]",
        "Date: Sun, 22 Nov 2026 10:16:05 +0100",
        f"Message-ID: {DESK.message_id('abcdefgh2345')}",
        "In-Reply-To: <kettle@example.org>",
        "References: <first@example.org> <kettle@example.org>",
        f" {DESK.thread_id(REFERENCE)}",
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN, DR",
        f"X-Mailproc-Loop: {DESK.loop_mark}; hops=1",
        "Content-Language: en",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_abcdefgh2345"',
    ]


def test_every_address_and_id_of_ours_names_the_mail_or_the_case() -> None:
    mail = write()
    message = read(mail)
    assert DESK.read_address(message["Reply-To"].addresses[0].addr_spec) == Token(
        Purpose.REPLY, "abcdefgh2345"
    )
    assert DESK.read_address(mail.envelope_from) == Token(Purpose.RETURN_PATH, "abcdefgh2345")
    assert DESK.read_message_id(mail.message_id) == Token(Purpose.MESSAGE_ID, "abcdefgh2345")
    assert DESK.read_message_id(message["References"].split()[-1]) == Token(Purpose.THREAD, "7f3k9qxt")
    assert mail.message_id == message["Message-ID"]
    assert mail.subject == message["Subject"]
    assert mail.recipient == "ann@example.org"


def test_same_arguments_same_bytes() -> None:
    assert write().raw == write().raw
    assert write().raw != write(public_id="zzzzzzzz2345").raw


@pytest.mark.parametrize("language", ["en", "hu"])
def test_both_forms_arrive_whole(letters: Letters, language: str) -> None:
    letter = letters.render("acknowledgement", language, specimen("acknowledgement", language))
    message = read(write(letter))
    plain, html = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert html.get_content_type() == "text/html"
    assert plain.get_content().replace("\r\n", "\n") == letter.text
    assert html.get_content().replace("\r\n", "\n") == letter.html
    assert message["Content-Language"] == language


@pytest.mark.parametrize("language", ["en", "hu"])
def test_lines_are_short_and_end_in_crlf(letters: Letters, language: str) -> None:
    letter = letters.render("acknowledgement", language, specimen("acknowledgement", language))
    raw = write(letter, desk_name="Acme Ügyfélszolgálat").raw
    lines = raw.split(b"\r\n")
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 78
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "text",
    [
        "a\n.\nb\n",
        "a\r.\rb\n",
        "a\n.\r\nMAIL FROM:<x@y>\n",
        ".\n",
        "From here on\n",
        "ends in blanks   \nand\ttab\t\n",
        "é" * 5000 + "\n",
        "漢字" * 2000,
        "=20=\n=",
        "",
        "no line break at the end",
    ],
)
def test_no_text_can_end_the_mail_or_change_on_its_way(text: str) -> None:
    """S08: lone line breaks and dots are encoded away; the words come out as they went in."""
    letter = Rendered(letter="x", language="en", subject="x", text=text, html=f"<p>{text}</p>")
    plain, _ = read(write(letter)).iter_parts()
    got = plain.get_payload(decode=True)
    assert isinstance(got, bytes)
    assert got.replace(b"\r\n", b"\n").decode() == text.replace("\r\n", "\n").replace("\r", "\n")


def test_the_shorter_encoding_is_taken() -> None:
    assert "quoted-printable" in [
        header.value for header in text_part(wire_text("plain words\n" * 9), "plain").headers
    ]
    assert "base64" in [
        header.value for header in text_part(wire_text("茶壺が壊れました\n" * 9), "plain").headers
    ]


def test_automatic_letters_say_so_and_a_persons_letter_does_not() -> None:
    """B4.5, RFC 3834: and none asks for no non-delivery report."""
    assert read(write(automatic=AutoSubmitted.GENERATED))["Auto-Submitted"] == "auto-generated"
    person = read(write(automatic=None, sender_name="Ana"))
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailproc-Loop"} & set(person.keys())
    assert person["From"].addresses[0].display_name == "Ana via Acme Complaints"
    suppressed = read(write())["X-Auto-Response-Suppress"].split(", ")
    assert "NDR" not in suppressed
    assert "All" not in suppressed


def test_the_customers_name_is_in_no_header() -> None:
    """Decision 14: a name is text of the customer's choice, and mail goes out in our good name."""
    mail = write(recipient=Address(email="ann@example.org", name="Buy pills at pills.example"))
    assert b"pills" not in mail.raw
    assert read(mail)["To"].addresses[0].display_name == ""


def test_the_tag_stands_in_the_subject_once() -> None:
    tagged = Rendered(letter="x", language="en", subject=f"Re: Kettle [{REFERENCE}]", text="x\n", html="x\n")
    assert write(tagged).subject == f"Re: Kettle [{REFERENCE}]"
    assert write().subject == f"We have received your complaint [{REFERENCE}]"


def test_a_subject_that_would_break_out_is_refused() -> None:
    evil = Rendered(letter="x", language="en", subject="x\r\nBcc: victim@example.com", text="x\n", html="x\n")
    with pytest.raises(LetterError, match="U\\+000D"):
        write(evil)


def test_a_writer_gone_wrong_is_caught_before_anything_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """S30: the finished bytes are read again; a header that slipped in stops the mail."""
    good = headers._fold
    monkeypatch.setattr(
        headers, "_fold", lambda name, words: good(name, words) + "\r\nBcc: victim@example.com"
    )
    with pytest.raises(LetterError, match="headers read back"):
        write()


def test_a_text_that_no_charset_has_is_refused() -> None:
    with pytest.raises(LetterError, match="surrogate"):
        write(Rendered(letter="x", language="en", subject="x", text="\udfff", html=""))


def test_a_subject_that_looks_like_a_boundary_does_no_harm() -> None:
    odd = Rendered(
        letter="x", language="en", subject='Content-Type: a/b; boundary="=_x"', text="x\n", html="x\n"
    )
    assert read(write(odd))["Subject"] == f'Content-Type: a/b; boundary="=_x" [{REFERENCE}]'


def test_a_long_chain_keeps_its_root_and_its_newest() -> None:
    chain = [f"<{number}@example.org>" for number in range(50)]
    assert thread(chain, "<49@example.org>", "<anchor@acme.example>") == [
        "<0@example.org>",
        *(f"<{number}@example.org>" for number in range(39, 49)),
        "<49@example.org>",
        "<anchor@acme.example>",
    ]


def test_a_chain_without_parent_or_references_is_the_anchor_alone() -> None:
    assert thread([], None, "<anchor@acme.example>") == ["<anchor@acme.example>"]
    message = read(write(in_reply_to=None))
    assert "In-Reply-To" not in message
    assert message["References"] == DESK.thread_id(REFERENCE)


def test_ids_that_cannot_be_repeated_do_not_keep_a_letter_from_leaving() -> None:
    bad = ["", "no brackets", "<a b@c>", "<é@x>", "<a\r\nBcc: v@x>", "<" + "x" * 3000 + ">"]
    for id in bad:
        message = read(write(in_reply_to=id, references=[*bad, "<good@x>"]))
        assert "In-Reply-To" not in message
        assert message["References"].split() == ["<good@x>", DESK.thread_id(REFERENCE)]


@pytest.mark.parametrize("length", [20, 77, 78, 86, 120, 250])
def test_ids_of_any_length_reach_the_customers_program_unchanged(length: int) -> None:
    """P1: an 86-octet id of a large provider came out of the standard library as encoded words."""
    ids = [f"<{number:02}{'x' * (length - 16)}@example.com>" for number in range(12)]
    message = message_from_bytes(write(in_reply_to=ids[-1], references=ids[:-1]).raw)
    assert message["In-Reply-To"] == ids[-1]
    found = message["References"].split()
    assert set(found) <= {*ids, DESK.thread_id(REFERENCE)}
    assert found[0] == ids[0]
    assert found[-2:] == [ids[-1], DESK.thread_id(REFERENCE)]


def test_the_worst_a_customer_can_send_still_fits_the_header() -> None:
    """Longest ids, longest subject, longest address, longest desk: under 4096 octets, and no error."""
    local = "complaints-and-compliment"[:24]
    desk = DeskAddress(f"{local}@{'d' * 60}.{'e' * 60}.example", Signer({"1": b"x" * 32}))
    ids = [f"<{number:02}{'x' * (ID_LIMIT - 16)}@example.com>" for number in range(30)]
    assert {len(id) for id in ids} == {ID_LIMIT}
    quoted = base_subject("🫖" * 500)
    letter = Rendered(letter="x", language="en", subject=f"Re: {quoted}", text="x\n", html="x\n")
    mail = write(
        letter,
        desk=desk,
        desk_name="é" * 80,
        recipient=f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example",
        in_reply_to=ids[-1],
        references=ids[:-1],
    )
    assert len(head(mail)) <= HEADER_LIMIT
    assert read(mail)["Subject"] == f"Re: {quoted} [{REFERENCE}]"


def test_an_operators_text_that_makes_the_header_too_long_is_refused() -> None:
    letter = Rendered(letter="x", language="en", subject="long " * 900, text="x\n", html="x\n")
    with pytest.raises(LetterError, match="octets"):
        write(letter)


@pytest.mark.parametrize("recipient", ["ágnes@example.com", "ann", "ann@x\r\n.example", "a@b, c@d", ""])
def test_a_recipient_that_cannot_be_written_to_is_refused(recipient: str) -> None:
    with pytest.raises(LetterError):
        write(recipient=recipient)


def test_a_recipient_in_another_script_gets_its_ascii_domain_in_header_and_envelope() -> None:
    mail = write(recipient="ann@bücher.example")
    assert mail.recipient == "ann@xn--bcher-kva.example"
    assert read(mail)["To"] == "ann@xn--bcher-kva.example"


def test_enclosures_arrive_byte_for_byte() -> None:
    files = [
        Enclosure(name="tájékoztató füzet.pdf", content_type="application/pdf", data=bytes(range(256)) * 300),
        Enclosure(name='boundary="x".txt', content_type="text/plain", data=b"a\n.\nb\r"),
        Enclosure(name="empty.bin", content_type="application/octet-stream", data=b""),
    ]
    mail = write(attachments=files)
    message = message_from_bytes(mail.raw)
    assert message.get_content_type() == "multipart/mixed"
    alternative, *rest = message.get_payload()
    assert alternative.get_content_type() == "multipart/alternative"
    for part, file in zip(rest, files, strict=True):
        assert part.get_content_disposition() == "attachment"
        assert hashlib.sha256(part.get_payload(decode=True)).digest() == hashlib.sha256(file.data).digest()
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 78


PLAIN_MAIL = (
    b"Subject: x=41\r\n\r\n.\r\n--=_abcdefgh2345.m--\r\nContent-Type: text/html\r\n\r\n "
    + b"x" * 997
    + b"\r\n"
)


def test_a_mail_is_enclosed_as_a_message_byte_for_byte() -> None:
    mail = write(attachments=[enclosed_message("m.eml", PLAIN_MAIL)], public_id="zzzzzzzz2345")
    assert b"\r\n\r\n" + PLAIN_MAIL + b"\r\n--=_zzzzzzzz2345.m--\r\n" in mail.raw
    *_, part = message_from_bytes(mail.raw).get_payload()
    assert part.get_content_type() == "message/rfc822"
    assert part["Content-Transfer-Encoding"] == "7bit"
    assert part.get_filename() == "m.eml"


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN_MAIL + "é\r\n".encode(),
        PLAIN_MAIL + b"x" * 999 + b"\r\n",
        PLAIN_MAIL + b"no end",
        PLAIN_MAIL + b"bare\nline\r\n",
        PLAIN_MAIL + b"bare\rreturn\r\n",
        PLAIN_MAIL + b"\0\r\n",
        b"",
    ],
)
def test_a_mail_that_would_be_changed_on_its_way_is_enclosed_as_a_file(raw: bytes) -> None:
    mail = write(attachments=[enclosed_message("m.eml", raw)])
    *_, part = message_from_bytes(mail.raw).get_payload()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_payload(decode=True) == raw


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/pdf", "application/pdf"),
        ("message/rfc822", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("image/", "application/octet-stream"),
        ("a/b\r\nX: y", "application/octet-stream"),
    ],
)
def test_a_file_of_an_odd_type_is_enclosed_as_bytes(kind: str, expected: str) -> None:
    assert enclosable_type(kind) == expected


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "text", "text/plain; x=y", "a/b\r\nX: y", ""]
)
def test_an_enclosure_of_a_type_that_cannot_be_base64_is_refused(kind: str) -> None:
    with pytest.raises(LetterError, match="cannot be enclosed"):
        write(attachments=[Enclosure(name="x", content_type=kind, data=b"")])


def test_a_desk_without_plus_addressing_writes_from_its_plain_address() -> None:
    plain = DeskAddress("complaints@acme.example", DESK.signer, plus_addressing=False)
    mail = write(desk=plain)
    assert read(mail)["Reply-To"] == "complaints@acme.example"
    assert mail.envelope_from == "complaints@acme.example"
    assert plain.read_message_id(mail.message_id) == Token(Purpose.MESSAGE_ID, "abcdefgh2345")


INTENDED = [
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailproc-Loop", "Content-Language"),
    *("MIME-Version", "Content-Type"),
]


TO_CUSTOMERS = {"in_reply_to": "<a@b>", "automatic": AutoSubmitted.REPLIED}
TO_AGENTS = {
    "automatic": AutoSubmitted.GENERATED,
    "sender_name": REFERENCE,
    "answer_to": DESK.agent_address("abcdefgh2345"),
}
BY_AGENTS = {"in_reply_to": "<a@b>", "automatic": None, "sender_name": "Bob"}
AUTOMATIC = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailproc-Loop")


@pytest.mark.parametrize("kind", [TO_CUSTOMERS, TO_AGENTS, BY_AGENTS])
@settings(deadline=None)
@given(
    subject=st.text(),
    desk_name=st.text(min_size=1, max_size=80).filter(lambda name: base_subject(name) == name),
    text=st.text(),
    ids=st.lists(st.text(max_size=40), max_size=5),
)
def test_headers_out_are_headers_intended(
    kind: dict[str, object], subject: str, desk_name: str, text: str, ids: list[str]
) -> None:
    """Whatever strangers and operators write, the header set, its order and its values are ours.

    So in letters of the desk to customers and to agents, and in what agents write to customers.
    """
    letter = Rendered(
        letter="x", language="en", subject=f"Re: {base_subject(subject)}".strip(), text=text, html=text
    )
    given_up = {"in_reply_to": None, "automatic": None} | kind
    if ids and given_up["in_reply_to"]:
        given_up["in_reply_to"] = ids[0]
    mail = write(letter, **(given_up | {"desk_name": desk_name, "references": ids}))
    message = message_from_bytes(mail.raw)
    absent = {"In-Reply-To"} if "In-Reply-To" not in message else set()
    absent |= set(AUTOMATIC) if given_up["automatic"] is None else set()
    assert message.keys() == [name for name in INTENDED if name not in absent]
    assert read(mail)["Reply-To"] == given_up.get("answer_to", DESK.reply_address("abcdefgh2345"))
    assert read(mail)["From"].addresses[0].addr_spec == "complaints@acme.example"
    assert len(read(mail)["To"].addresses) == 1
