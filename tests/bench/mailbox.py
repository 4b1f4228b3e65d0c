"""Which mails does the benchmark measure with, and what must come out of them?

A mailbox as a complaints desk meets it, the same bytes for the same seed, with the expectation beside
every mail. Of twenty mails twelve are plain (2.6 KB), five have HTML beside the text (20 KB), two carry a
file of 100 KiB and one a file of 2 MiB; six follow up an earlier one, from the same sender. Every thread
has a sender of its own.

Another program may make the mailbox: `MAILPROC_MAILBOX_TOOL` names it, or it lies as
`shared/tools/make_mailbox.py` beside the checkout.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

DESK = "complaints@helpdesk.example"
TOOL_VARIABLE = "MAILPROC_MAILBOX_TOOL"
FIRST = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
KINDS = ("plain",) * 12 + ("html",) * 5 + ("file",) * 2 + ("large file",)
FILE_SIZES = {"file": 100 * 1024, "large file": 2 * 1024 * 1024}
FOLLOW_UPS = 6  # of twenty
TEXT_BYTES, HTML_BYTES = 1200, 2000  # words in the text, and in the HTML beyond those


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a correct reader must report about one mail. Attachments are (name, SHA-256 of the content)."""

    message_id: str
    sender: str
    subject: str
    thread: int
    follow_up: bool
    text_sha256: str
    attachments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail with CRLF line ends, and when it came in."""

    raw: bytes
    received_at: datetime
    expected: Expected


def mails(count: int, seed: str) -> tuple[str, list[Mail]]:
    """Return the name of the maker and the mails, from the other program where there is one."""
    tool = _tool()
    if tool is not None:
        return tool.name, _made_by(tool, count, seed)
    return "tests/bench/mailbox.py", list(generate(count, seed))


def same_text(text: str, sha256: str) -> bool:
    """Whether a text is the expected one; white space at the very end is nobody's words."""
    bare = text.rstrip()
    return any(_digest((bare + end).encode()) == sha256 for end in ("", "\n", " \n", "\n\n", " \n\n"))


def _tool() -> Path | None:
    named = os.environ.get(TOOL_VARIABLE)
    beside = Path(__file__).resolve().parents[3] / "shared" / "tools" / "make_mailbox.py"
    tool = Path(named) if named else beside
    return tool if tool.is_file() else None


def _made_by(tool: Path, count: int, seed: str) -> list[Mail]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        out, manifest = Path(folder) / "mails", Path(folder) / "manifest.jsonl"
        command = [sys.executable, str(tool), "--count", str(count), "--seed", seed, "--to", DESK]
        subprocess.run(
            [*command, "--out", str(out), "--manifest", str(manifest)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        files = sorted((out / "new").iterdir())
        facts = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
        return [
            Mail(
                raw=file.read_bytes().replace(b"\n", b"\r\n"),
                received_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
                expected=_expected(fact),
            )
            for file, fact in zip(files, facts, strict=True)
        ]


def _expected(fact: dict[str, object]) -> Expected:
    file = fact["attachment"]
    return Expected(
        message_id=str(fact["message_id"]),
        sender=str(fact["from"]),
        subject=str(fact["subject"]),
        thread=int(str(fact["thread"])),
        follow_up=bool(fact["follow_up"]),
        text_sha256=str(fact["text_sha256"]),
        attachments=((file["name"], file["sha256"]),) if isinstance(file, dict) else (),
    )


# Our own generator


@dataclass(frozen=True, kw_only=True)
class _Tongue:
    charsets: tuple[str, ...]
    name: str
    subject: str
    file: str
    sentences: tuple[str, ...]


_TONGUES = (
    _Tongue(
        charsets=("us-ascii", "utf-8"),
        name="Ann Archer",
        subject="Order {n} came broken",
        file="photo of the box.jpg",
        sentences=(
            "The kettle of order {n} leaked on the first day.",
            "I wrote to you twice and heard nothing.",
            "Your shop sent me away although I had the receipt with me.",
            "Please take it back and return the price.",
        ),
    ),
    _Tongue(
        charsets=("iso-8859-1", "utf-8"),
        name="Käthe Böhm",
        subject="Mängel an Lieferung {n}, zweite Rüge über dieselbe Sache",
        file="Übergabe Prüfbericht.pdf",
        sentences=(
            "Die Lieferung {n} war unvollständig und zwei Gläser zerbrochen.",
            "Auf meine Anrufe hat niemand zurückgerufen.",
            "Ich möchte mein Geld zurück, spätestens nächste Woche.",
        ),
    ),
    _Tongue(
        charsets=("iso-8859-2", "utf-8"),
        name="Ősz Tünde",
        subject="Panasz a(z) {n}. számú rendelésről",
        file="számla és fénykép.pdf",
        sentences=(
            "A(z) {n}. rendelésből hiányzott a hűtő ajtaja.",
            "Az ügyfélszolgálat kétszer is szünetre tette a hívást.",
            "Kérem, hogy térítsék meg a teljes összeget és írják meg, mi történt.",
        ),
    ),
    _Tongue(
        charsets=("koi8-r", "utf-8"),
        name="Ольга Зимина",
        subject="Претензия по заказу {n}",
        file="снимок коробки.jpg",
        sentences=(
            "Заказ {n} пришёл через месяц, и коробка была пустая.",
            "По телефону мне никто не ответил.",
            "Прошу вернуть деньги и объяснить причину письменно.",
        ),
    ),
    _Tongue(
        charsets=("shift_jis", "utf-8"),
        name="山田 春子",
        subject="注文{n}の不良品について",
        file="写真.jpg",
        sentences=("注文{n}の商品は初日に壊れました。", "電話は誰も出ませんでした。", "返金をお願いします。"),
    ),
)


@dataclass(kw_only=True)
class _Thread:
    number: int
    sender: str
    tongue: _Tongue
    charset: str
    subject: str
    order: int
    ids: list[str]


def generate(count: int, seed: str) -> Iterator[Mail]:
    """Yield `count` mails; a smaller set is the beginning of a larger one."""
    threads: list[_Thread] = []
    for number in range(count):
        block, place = divmod(number, len(KINDS))
        deal = random.Random(f"{seed} block {block}")
        kinds = deal.sample(KINDS, len(KINDS))
        follows = place in deal.sample(range(0 if block else 4, len(KINDS)), FOLLOW_UPS)
        dice = random.Random(f"{seed} mail {number}")
        if follows:
            # Most people write again soon or not at all.
            thread = threads[-1 - min(int(dice.expovariate(1 / 25)), len(threads) - 1)]
        else:
            thread = _open(len(threads), seed, dice)
            threads.append(thread)
        yield _mail(number, kinds[place], thread, dice)


def _open(number: int, seed: str, dice: random.Random) -> _Thread:
    tongue = dice.choice(_TONGUES)
    order = dice.randrange(10**6)
    return _Thread(
        number=number,
        sender=f"customer.{seed}.{number}@{dice.choice(('post', 'web', 'net'))}.example",
        tongue=tongue,
        charset=dice.choice(tongue.charsets),
        subject=tongue.subject.format(n=order),
        order=order,
        ids=[],
    )


def _mail(number: int, kind: str, thread: _Thread, dice: random.Random) -> Mail:
    charset, received_at = thread.charset, FIRST + timedelta(seconds=61 * number)
    text = _words(thread, dice, TEXT_BYTES)
    subject = f"Re: {thread.subject}" if thread.ids else thread.subject
    message_id = f"<{dice.getrandbits(64):016x}.{number}@{thread.sender.partition('@')[2]}>"
    files: tuple[tuple[str, str], ...] = ()
    boundary = f"--=_part.{dice.getrandbits(64):016x}"
    if kind == "plain":
        body = _text_part(text, "plain", charset)
    elif kind == "html":
        body = _multipart(
            "alternative",
            boundary,
            _text_part(text, "plain", charset),
            _text_part(_html(thread, text, dice), "html", charset),
        )
    else:
        data = dice.randbytes(FILE_SIZES[kind])
        files = ((thread.tongue.file, _digest(data)),)
        body = _multipart(
            "mixed", boundary, _text_part(text, "plain", charset), _file_part(thread.tongue.file, data)
        )
    head = [
        f"Return-Path: <{thread.sender}>",
        f"Received: from out.example (out.example [192.0.2.{dice.randrange(1, 255)}])\r\n"
        f"\tby mx.helpdesk.example with ESMTPS id {dice.getrandbits(40):010X}\r\n"
        f"\tfor <{DESK}>; {format_datetime(received_at)}",
        f"From: {_encoded(thread.tongue.name, charset)} <{thread.sender}>",
        f"To: <{DESK}>",
        f"Subject: {_encoded(subject, charset)}",
        f"Date: {format_datetime(received_at)}",
        f"Message-ID: {message_id}",
        *_threading(thread.ids, dice),
        "MIME-Version: 1.0",
    ]
    thread.ids.append(message_id)
    return Mail(
        raw="\r\n".join(head).encode("ascii") + b"\r\n" + body + (b"" if body.endswith(b"\r\n") else b"\r\n"),
        received_at=received_at,
        expected=Expected(
            message_id=message_id,
            sender=thread.sender,
            subject=subject,
            thread=thread.number,
            follow_up=len(thread.ids) > 1,
            text_sha256=_digest(text.rstrip("\n").encode()),
            attachments=files,
        ),
    )


def _threading(ids: list[str], dice: random.Random) -> list[str]:
    """Most programs write both fields, some only one of them."""
    if not ids:
        return []
    fields = [f"In-Reply-To: {ids[-1]}", "References: " + "\r\n ".join(ids)]
    return dice.choice([fields] * 8 + [fields[:1], fields[1:]])


def _words(thread: _Thread, dice: random.Random, size: int) -> str:
    lines, written = [f"{thread.tongue.name}:", ""], 0
    while written < size:
        lines.append(dice.choice(thread.tongue.sentences).format(n=thread.order))
        written += len(lines[-1].encode(thread.charset)) + 1
        if dice.random() < 0.2:
            lines.append("")
    return "\n".join([*lines, "", thread.tongue.name, ""])


def _html(thread: _Thread, text: str, dice: random.Random) -> str:
    style = "font-size:11pt;font-family:Calibri,sans-serif"
    lines = [*text.split("\n"), *_words(thread, dice, HTML_BYTES).split("\n")]
    rows = "".join(
        f'<p class="MsoNormal"><span style="{style}">{line or "&nbsp;"}</span></p>\n' for line in lines
    )
    return f"<html><head><style>p.MsoNormal {{margin:0cm}}</style></head><body>\n{rows}</body></html>\n"


def _text_part(text: str, subtype: str, charset: str) -> bytes:
    data = text.replace("\n", "\r\n").encode(charset)
    if data.isascii():
        encoding, body = "7bit", data
    elif charset in ("shift_jis", "koi8-r"):
        encoding, body = "base64", _base64_lines(data)
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True)
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body


def _file_part(name: str, data: bytes) -> bytes:
    kind = "application/pdf" if name.endswith("pdf") else "image/jpeg"
    head = (
        f"Content-Type: {kind}\r\n"
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quote(name, safe='')}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + _base64_lines(data)


def _multipart(subtype: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    mark = b"--" + boundary.encode("ascii")
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _encoded(text: str, charset: str) -> str:
    """Write a header value as RFC 2047 wants, in words of few characters, folded."""
    if text.isascii():
        return text
    words = [text[start : start + 12] for start in range(0, len(text), 12)]
    coded = (base64.b64encode(word.encode(charset)).decode("ascii") for word in words)
    return "\r\n ".join(f"=?{charset}?B?{word}?=" for word in coded)


def _base64_lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
