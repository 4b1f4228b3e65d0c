# ruff: noqa: E501 (what programs write is not folded for us)
"""What was forwarded comes out whole, with its sender and its date, whichever program forwarded it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailproc.inbound.forwarded import is_on_behalf, read_forwarded
from mailproc.inbound.forwarded_dates import read_sent
from mailproc.inbound.parse import parse

BUDAPEST = ZoneInfo("Europe/Budapest")
SENT = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
NOTE = "#from ann@customer.example\n\nShe rang, too."
WORDS = "Dear Sir,\n\nmy kettle leaks:\n- on the floor\n- on the cat\n\nAnn"
RULE = "_" * 32

# Each as the program writes it in plain text; `%s` stands for the words.
SHAPES = {
    "outlook en": f"{RULE}\nFrom: Ann Archer <ann@customer.example>\nSent: Friday, November 20, 2026 3:05 PM\nTo: Bob Baker <bob@acme.example>\nCc: Eve <eve@acme.example>;\n Max <max@acme.example>\nSubject: My kettle leaks\n\n%s",
    "outlook old en": "\n-----Original Message-----\nFrom: Ann Archer [mailto:ann@customer.example] \nSent: Friday, November 20, 2026 3:05 PM\nTo: Bob Baker\nSubject: My kettle leaks\n\n%s",
    "outlook hu": f"{RULE}\nFeladó: Ann Archer <ann@customer.example>\nElküldve: 2026. november 20., péntek 15:05\nCímzett: Bob Baker <bob@acme.example>\nTárgy: My kettle leaks\n\n%s",
    "outlook old hu": "-----Eredeti üzenet-----\nFeladó: Ann Archer [mailto:ann@customer.example]\nKüldve: 2026. november 20. 15:05\nCímzett: Bob Baker\nTárgy: My kettle leaks\n\n%s",
    "outlook de": f"{RULE}\nVon: Ann Archer <ann@customer.example>\nGesendet: Freitag, 20. November 2026 15:05\nAn: Bob Baker <bob@acme.example>\nBetreff: My kettle leaks\n\n%s",
    "outlook old de": "-----Ursprüngliche Nachricht-----\nVon: Ann Archer [mailto:ann@customer.example]\nGesendet: Freitag, 20. November 2026 15:05\nAn: Bob Baker\nBetreff: My kettle leaks\n\n%s",
    "gmail en": "---------- Forwarded message ---------\nFrom: Ann Archer <ann@customer.example>\nDate: Fri, Nov 20, 2026 at 3:05\u202fPM\nSubject: My kettle leaks\nTo: <bob@acme.example>\n\n\n%s",
    "gmail hu": "---------- Forwarded message ---------\nFeladó: Ann Archer <ann@customer.example>\nDate: 2026. nov. 20., P, 15:05\nSubject: My kettle leaks\nTo: <bob@acme.example>\n\n\n%s",
    "gmail de": "---------- Forwarded message ---------\nVon: Ann Archer <ann@customer.example>\nDate: Fr., 20. Nov. 2026 um 15:05 Uhr\nSubject: My kettle leaks\nTo: <bob@acme.example>\n\n\n%s",
    "apple en": "Begin forwarded message:\n\nFrom: Ann Archer <ann@customer.example>\nSubject: My kettle leaks\nDate: 20 November 2026 at 15:05:00 CET\nTo: Bob Baker <bob@acme.example>\n\n%s",
    "apple de": "Anfang der weitergeleiteten Nachricht:\n\nVon: Ann Archer <ann@customer.example>\nBetreff: My kettle leaks\nDatum: 20. November 2026 um 15:05:00 MEZ\nAn: Bob Baker <bob@acme.example>\n\n%s",
    "thunderbird en": "\n-------- Forwarded Message --------\nSubject: \tMy kettle leaks\nDate: \tFri, 20 Nov 2026 15:05:00 +0100\nFrom: \tAnn Archer <ann@customer.example>\nTo: \tBob Baker <bob@acme.example>\n\n\n\n%s",
    "thunderbird hu": "\n-------- Továbbított üzenet --------\nTárgy: \tMy kettle leaks\nDátum: \tFri, 20 Nov 2026 15:05:00 +0100\nFeladó: \tAnn Archer <ann@customer.example>\nCímzett: \tBob Baker <bob@acme.example>\n\n\n\n%s",
    "thunderbird de": "\n-------- Weitergeleitete Nachricht --------\nBetreff: \tMy kettle leaks\nDatum: \tFri, 20 Nov 2026 15:05:00 +0100\nVon: \tAnn Archer <ann@customer.example>\nAn: \tBob Baker <bob@acme.example>\n\n\n\n%s",
    "yahoo en": "   ----- Forwarded Message -----\nFrom: Ann Archer <ann@customer.example>\nTo: Bob Baker <bob@acme.example>\nSent: Friday, November 20, 2026 at 03:05:00 PM GMT+1\nSubject: My kettle leaks\n\n%s",
    "outlook html": "\n*From:* Ann Archer <ann@customer.example<mailto:ann@customer.example>>\n\n*Sent:* Friday, November 20, 2026 3:05 PM\n\n*To:* Bob Baker\n\n*Subject:* My kettle leaks\n\n%s",
}  # fmt: skip


def ours(email: str) -> bool:
    return email.startswith("complaints")


@pytest.mark.parametrize("program", SHAPES)
def test_a_forwarded_mail_comes_out_as_it_was(program: str) -> None:
    found = read_forwarded(f"{NOTE}\n\n{SHAPES[program] % WORDS}", ours)
    assert found is not None
    assert (found.above, found.words) == (NOTE, WORDS)
    assert (found.sender, found.subject) == ("ann@customer.example", "My kettle leaks")
    assert read_sent(found.sent, BUDAPEST) == SENT


@pytest.mark.parametrize("program", ["apple en", "apple de"])
def test_marks_of_the_program_that_forwards_are_taken_off(program: str) -> None:
    lead, _, rest = (SHAPES[program] % WORDS).partition("\n\n")
    marked = "\n".join(f"> {line}".rstrip() for line in rest.split("\n"))
    found = read_forwarded(f"{NOTE}\n\n{lead}\n\n{marked}", ours)
    assert found is not None
    assert (found.above, found.words, found.sender) == (NOTE, WORDS, "ann@customer.example")


def test_of_two_forwards_the_outer_one_is_taken() -> None:
    inner = SHAPES["gmail de"] % WORDS
    found = read_forwarded(f"{NOTE}\n\n{SHAPES['outlook en'] % inner}", ours)
    assert found is not None
    assert found.above == NOTE
    assert found.words == inner.strip()


@pytest.mark.parametrize(
    "text",
    [
        "#from ann@customer.example\nShe rang: her kettle leaks.",
        "I flew. From: Vienna, on Monday.\nTo: Budapest\nand lost my case.",
        f"{RULE}\nFrom: Acme <complaints+a1@acme.example>\nSent: Friday, November 20, 2026 3:05 PM\nTo: Bob\nSubject: x\n\nOur letter.",
        f"Yes.\n\n--- Reply above this line ---\n\n{SHAPES['outlook en'] % WORDS}",
    ],
)
def test_what_is_no_forward_is_none(text: str) -> None:
    assert read_forwarded(text, ours) is None


def test_a_hostile_text_is_read_in_linear_time() -> None:
    """Ten thousand labels, none of them a block: each line is looked at a bounded number of times."""
    assert read_forwarded("From:\nTo: x\n" * 5_000, ours) is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("#from ann@x.example", True),
        ("\n#take\n\n# From: ann@x.example\nwords", True),
        ("＃from ann@x.example", True),
        ("words\n#from ann@x.example", False),
        ("#note about\n> #from ann@x.example", False),
        ("", False),
    ],
)
def test_on_behalf_is_asked_at_the_top_alone(text: str, asked: bool) -> None:
    assert is_on_behalf(text) is asked


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Fri, 20 Nov 2026 15:05:00 +0100", "2026-11-20 14:05"),
        ("Fri, 20 Nov 2026 09:05:00 -0500 (EST)", "2026-11-20 14:05"),
        ("Friday, November 20, 2026 3:05 PM", "2026-11-20 14:05"),
        ("Monday, July 20, 2026 12:05 AM", "2026-07-19 22:05"),
        ("2026. szept. 1., K, 8:00", "2026-09-01 06:00"),
        ("Mittwoch, 1. März 2026 08:00", "2026-03-01 07:00"),
        ("2026-11-20 15:05", "2026-11-20 14:05"),
        ("20.11.2026 15:05", "2026-11-20 14:05"),
        ("20/11/2026 15:05", "2026-11-20 14:05"),
        ("11/20/2026 3:05 PM", "2026-11-20 14:05"),
        ("20 November 2026 at 14:05:00 UTC", "2026-11-20 14:05"),
        ("20 November 2026 at 19:35:00 GMT+5:30", "2026-11-20 14:05"),
    ],
)
def test_a_date_is_read_as_it_was_meant(text: str, utc: str) -> None:
    found = read_sent(text, BUDAPEST)
    assert found is not None
    assert f"{found.astimezone(UTC):%Y-%m-%d %H:%M}" == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "03/04/2026 10:00",  # of March or of April?
        "20 November 2026",  # at what time?
        "20 November 2026 at 10:00 EST",  # of which of its three continents?
        "20 November 10:00",
        "31 February 2026 10:00",
        "20 November 2026 25:00",
        "13:05 PM, 20 November 2026",
        "20 November 2026 21 10:00",
        "9" * 500 + ":00",
        "31 Dec 9999 23:59 GMT-9",
    ],
)
def test_a_date_in_doubt_is_none(text: str) -> None:
    assert read_sent(text, BUDAPEST) is None


def test_a_mail_that_is_attached_whole_is_read_beside_the_words_above_it() -> None:
    raw = (
        b"From: bob@acme.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\n#from ann@customer.example\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"From: Ann <ann@customer.example>\r\nSubject: =?utf-8?q?My_k=C3=A9ttle?=\r\nMessage-ID: <1@customer.example>\r\n"
        b"Date: Fri, 20 Nov 2026 15:05:00 +0100\r\n\r\nIt leaks.\r\n--b--\r\n"
    )
    message = parse(raw)
    assert message.text == "#from ann@customer.example"
    enclosed = message.enclosed
    assert enclosed is not None
    assert (enclosed.subject, enclosed.text, enclosed.date) == ("My kéttle", "It leaks.", SENT)
    assert (enclosed.message_id, enclosed.from_[0].email) == ("<1@customer.example>", "ann@customer.example")


def test_a_report_encloses_what_it_returns_and_no_complaint() -> None:
    raw = (
        b"From: mailer-daemon@x.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nno\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\n\r\nours\r\n--b--\r\n"
    )
    assert parse(raw).enclosed is None
