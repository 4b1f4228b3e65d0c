"""393 real mails from twenty other projects are read as those projects and three parsers read them."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mailproc.errors import TooComplex
from mailproc.inbound.parse import parse, read_attachment, skeleton
from mailproc.mail import Message

CORPUS = Path(
    os.environ.get("MAILPROC_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus")
)

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "manifest.jsonl").exists(), reason=f"no corpus at {CORPUS}"),
]

# Where we read otherwise on purpose. They count as failures in the percentage all the same.
READ_OTHERWISE = {
    ("flanker/long-header.eml", "subject"): "200 KB of subject; 16 KiB are kept",
    ("horde-mime/uudecode.txt", "text_contains"): "pasted files are attachments, not text",
    ("mime4j/mimetools-testmsgs/sig-uu.msg", "text_contains"): "pasted files are attachments, not text",
    ("mime4j/mimetools-testmsgs/uu-zeegee.msg", "text_contains"): "pasted files are attachments, not text",
    (
        "nylas-sync/raw_message_with_many_recipients.txt",
        "text_contains",
    ): "iso-8859-1 is read as windows-1252, as mail clients do",
    ("php-imap/attachment_long_filename.eml", "attachment_names"): "names have at most 120 characters",
    ("php-imap/issue-410.eml", "attachment_names"): "names are NFKC: a wide Q becomes Q",
    (
        "php-imap/multiple_nested_attachments.eml",
        "text_contains",
    ): "the plain branch is a line of hyphens, so the HTML branch speaks",
}


@cache
def entries() -> tuple[dict[str, Any], ...]:
    lines = (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def raw_of(path: str, kind: str) -> bytes:
    raw = (CORPUS / path).read_bytes()
    if kind == "rfc822":
        return raw
    subtype = b"html" if kind == "body_html" else b"plain"
    return b"Content-Type: text/" + subtype + b"; charset=utf-8\r\n\r\n" + raw


@cache
def read() -> dict[str, Message | TooComplex]:
    """Parse everything once. Nothing but TooComplex may come out."""
    found: dict[str, Message | TooComplex] = {}
    for entry in entries():
        try:
            found[entry["path"]] = parse(raw_of(entry["path"], entry["kind"]))
        except TooComplex as error:
            found[entry["path"]] = error
    return found


def squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def checks(message: Message, expected: dict[str, Any]) -> Iterator[tuple[str, bool, object]]:
    """Yield each stated fact: its field, whether we read it so, and what was expected."""
    author = message.author
    subject, text = squeezed(message.subject), squeezed(message.text)
    if "subject" in expected:
        yield "subject", subject == squeezed(expected["subject"]), expected["subject"]
    if "subject_contains" in expected:
        yield "subject", squeezed(expected["subject_contains"]) in subject, expected["subject_contains"]
    if "from_addr" in expected:
        found = author is not None and author.email.lower() == expected["from_addr"].lower()
        yield "from_addr", found, expected["from_addr"]
    if "from_name" in expected:
        found = author is not None and squeezed(author.name) == squeezed(expected["from_name"])
        yield "from_name", found, expected["from_name"]
    for part in expected.get("text_contains", ()):
        yield "text_contains", squeezed(part) in text, part
    names = {attachment.name for attachment in message.attachments}
    for name in expected.get("attachment_names", ()):
        yield "attachment_names", name in names, name


def test_every_mail_is_read_or_refused_for_a_bomb() -> None:
    refused = {path for path, message in read().items() if isinstance(message, TooComplex)}
    bombs = {entry["path"] for entry in entries() if "bomb" in entry["tags"]}
    assert refused <= bombs
    assert len(read()) == len(entries())


def test_at_least_97_percent_of_the_stated_facts_are_read() -> None:
    total = 0
    missed: list[tuple[str, str, str]] = []
    for entry in entries():
        message = read()[entry["path"]]
        if isinstance(message, TooComplex):
            continue
        for field, good, expected in checks(message, entry["expectations"]):
            total += 1
            if not good:
                missed.append((entry["path"], field, str(expected)[:60]))
    for path, field, expected in missed:
        print(f"{path}: {field} {expected!r}: {READ_OTHERWISE.get((path, field), 'not known')}")
    print(f"{total - len(missed)} of {total} stated facts read as stated")
    assert total > 1000
    assert (total - len(missed)) / total >= 0.97
    assert {(path, field) for path, field, _ in missed} <= READ_OTHERWISE.keys()


def test_every_mail_has_a_skeleton_that_agrees_on_who_and_what() -> None:
    for entry in entries():
        raw = raw_of(entry["path"], entry["kind"])
        bare, message = skeleton(raw), read()[entry["path"]]
        if isinstance(message, Message):
            assert (bare.message_id, bare.references) == (message.message_id, message.references), entry[
                "path"
            ]
            assert (bare.content_key, bare.raw_sha256) == (message.content_key, message.raw_sha256)


def test_every_attachment_is_found_again_in_the_raw_mail() -> None:
    count = 0
    for entry in entries():
        message = read()[entry["path"]]
        if isinstance(message, Message):
            for attachment in message.attachments:
                count += 1
                found = read_attachment(raw_of(entry["path"], entry["kind"]), attachment)
                assert found is not None, (entry["path"], attachment)
                assert len(found) == attachment.size
    assert count > 100
