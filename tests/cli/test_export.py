"""Everything comes out again, one object a line."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from pathlib import Path

from mailproc.store import exporting
from tests.cli.conftest import TOO_DEEP, Place, out_of_office, write_mail

KEYS = [
    "raw_sha256",
    "message_id",
    "case",
    "subject",
    "from",
    "from_name",
    "text",
    "attachments",
    "sha256",
    "received_at",
    "kind",
    "rule",
    "disposition",
    "recipients_failed",
    "reply_text",
]


def test_each_mail_is_one_object_in_the_order_of_its_number(place: Place) -> None:
    raw = write_mail(subject="Csöpög \U0001f4a7", attachment=("bill.pdf", b"%PDF"))
    place.receive(raw, out_of_office(), TOO_DEEP)
    place.journal(write_mail("Later.", message_id="<later@customer.example>"))
    result = place.run("export", "messages", "--format", "jsonl")
    assert result.exit_code == 0
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(each) for each in objects] == [KEYS] * 4
    assert [each["disposition"] for each in objects] == ["opened", "auto_reply", "quarantined", "waiting"]
    first = objects[0]
    assert first["raw_sha256"] == hashlib.sha256(raw).hexdigest()
    assert (first["subject"], first["from"], first["from_name"]) == (
        "Csöpög \U0001f4a7",
        "ann@customer.example",
        "Ann Archer",
    )
    assert first["attachments"] == ["bill.pdf"]
    assert first["sha256"] == [hashlib.sha256(b"%PDF").hexdigest()]
    assert first["text"].startswith("It leaks.") and first["received_at"].endswith("+00:00")
    assert first["case"].startswith("C-") and first["reply_text"] is None
    assert objects[3]["message_id"] == "<later@customer.example>" and objects[3]["kind"] is None


def test_what_strangers_wrote_leaves_as_ascii(place: Place) -> None:
    place.receive(write_mail("Now: \x1b[2J and \u202e too, please look."))
    result = place.run("export", "messages")
    assert result.stdout.isascii() and "\x1b" not in result.stdout
    assert "\u202e" in json.loads(result.stdout)["text"]


def test_a_file_is_new_and_its_owners(place: Place, tmp_path: Path) -> None:
    place.receive(write_mail())
    out = tmp_path / "all.jsonl"
    assert place.run("export", "messages", "--out", out).exit_code == 0
    assert len(out.read_text().splitlines()) == 1 and out.stat().st_mode & 0o077 == 0
    again = place.run("export", "messages", "--out", out)
    assert again.exit_code == 2 and "nothing was overwritten" in again.stderr


def test_memory_stays_flat(place: Place, monkeypatch: object) -> None:
    """Ten times the mails, the same memory: only a portion is held at a time."""
    mails = [write_mail("x" * 20_000, message_id=f"<{n}@customer.example>") for n in range(60)]
    place.receive(*mails)
    exporting._PORTION, portion = 5, exporting._PORTION
    try:
        with place.database() as database:
            list(exporting.messages(database))  # caches of the libraries are filled
            tracemalloc.start()
            count = sum(1 for _ in exporting.messages(database))
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        exporting._PORTION = portion
    assert count == 60
    assert peak < 600_000, f"60 mails of 20 kB took {peak} bytes"
