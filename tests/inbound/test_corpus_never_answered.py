"""Real mails: what a machine or a list sent is never answered, what a person wrote still is.

The rule that a mail must be addressed to us is left out, so that it is not what saves us.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from handmade import DESK, SURROUNDINGS

from mailproc.errors import TooComplex
from mailproc.inbound.bounces import read_bounce
from mailproc.inbound.classify import Kind, Verdict, classify
from mailproc.inbound.parse import parse
from mailproc.mail import Message

CORPUS = Path(
    os.environ.get("MAILPROC_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus")
)
NEVER = {"bounce", "auto-reply", "arf", "mdn", "list", "calendar"}
SAVED_BY_ADDRESS = frozenset({"addressed_to_us"})

# People's mails that are rightly not answered, each with its reason.
NOT_ANSWERABLE = {
    "php-imap/references.eml": "nobody_to_answer",  # From is `no_host`, which is no address
}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "manifest.jsonl").exists(), reason=f"no corpus at {CORPUS}"),
]


@cache
def judged() -> tuple[tuple[dict[str, Any], Message, Verdict], ...]:
    lines = (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        if row["kind"] != "rfc822":
            continue
        try:
            message = parse((CORPUS / row["path"]).read_bytes())
        except TooComplex:
            continue  # quarantined: neither answered nor dropped
        found.append((row, message, classify(message, SURROUNDINGS, without=SAVED_BY_ADDRESS)))
    return tuple(found)


def is_auto(row: dict[str, Any]) -> bool | None:
    value: bool | None = row["expectations"].get("is_auto")
    return value


def test_nothing_a_machine_or_a_list_sent_is_answered():
    machines = [(row, v) for row, _, v in judged() if row["class"] in NEVER or is_auto(row)]
    answered = [f"{row['path']}: {v.rule}" for row, v in machines if v.may_answer]
    assert len(machines) > 120
    assert answered == []


def test_what_people_wrote_is_a_complaint_and_answered():
    people = [
        (row, v)
        for row, _, v in judged()
        if row["class"] in {"new-human", "reply"} and is_auto(row) is False and "list" not in row["tags"]
    ]
    refused = {
        row["path"]: f"{v.kind} {v.rule} {v.answer_rule}: {v.answer_reason}"
        for row, v in people
        if not v.may_answer
    }
    for path, why in refused.items():
        print(path, why)
    assert len(people) > 60
    assert [row["path"] for row, v in people if v.kind is not Kind.CUSTOMER] == []
    unexplained = [path for path, why in refused.items() if NOT_ANSWERABLE.get(path, "?") not in why]
    assert len(unexplained) <= len(people) // 10, unexplained


def test_no_mail_of_a_person_is_taken_for_a_bounce():
    taken = [
        row["path"]
        for row, _, v in judged()
        if row["expectations"].get("is_auto") is False and v.kind is Kind.BOUNCE
    ]
    assert taken == []


def test_nearly_every_bounce_is_known_as_one():
    bounces = [(row, v) for row, _, v in judged() if row["class"] == "bounce"]
    others = {row["path"]: f"{v.kind} {v.rule}" for row, v in bounces if v.kind is not Kind.BOUNCE}
    for path, why in others.items():
        print(path, why)
    assert len(bounces) > 60
    assert len(others) <= len(bounces) * 0.05, others


def test_a_report_with_a_machine_readable_part_names_the_right_recipients():
    wrong = {}
    seen = 0
    for row, message, _ in judged():
        expected = row["expectations"].get("final_recipients")
        if row["class"] != "bounce" or not expected or not (message.report and message.report.recipients):
            continue
        bounce = read_bounce(message, DESK)
        found = sorted({r.recipient.casefold() for r in bounce.recipients}) if bounce else []
        seen += 1
        if found != sorted(expected):
            wrong[row["path"]] = (found, expected)
    for path, difference in wrong.items():
        print(path, *difference)
    assert seen > 20
    assert len(wrong) <= seen * 0.05 + 1, wrong


def test_no_strangers_bounce_speaks_of_a_mail_of_ours():
    named = []
    for row, message, _ in judged():
        bounce = read_bounce(message, DESK)
        if bounce and bounce.mail_id is not None:
            named.append(row["path"])
    assert named == []
