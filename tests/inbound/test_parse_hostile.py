"""Whatever the bytes: parsing gives a message or TooComplex, and the skeleton always gives a message."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailproc.errors import TooComplex
from mailproc.inbound import structure
from mailproc.inbound.guards import Limits
from mailproc.inbound.parse import content_key, parse, read_message_ids, skeleton
from mailproc.inbound.structure import Part, read_parts
from mailproc.mail import Message
from tests.mails.written import SEEDS

# What mutations put in: pieces of the grammar, and bytes that mean something somewhere.
TOKENS = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\n\n",
    b"--",
    b"--=_b1",
    b"--=_b1--",
    b"\x00",
    b"\xff",
    b"\x1b$B",
    b";",
    b"=?utf-8?B?",
    b"?=",
    b"=?",
    b"boundary=",
    b'"',
    b"<",
    b">",
    b"(",
    b"\\",
    b"=",
    b"\xc3",
    b"\xed\xa0\x80",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"From: ",
    b"Date: -",
    b"Content-Disposition: attachment; filename*0*=utf-8''%",
    b"filename*9999999999999999999999=x",
    b"charset=undefined",
    b"begin 644 x\n",
    b"\nend\n",
    b"\xef\xbb\xbf",
    b"<html>",
    b"&#x110000;",
    b"format=flowed; delsp=yes",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.integers(0, 3)):
            case 0:
                raw[at:at] = draw(st.sampled_from(TOKENS))
            case 1:
                del raw[at : at + draw(st.integers(1, 40))]
            case 2:
                raw[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case _:
                raw[at:at] = raw[at : at + draw(st.integers(1, 200))]
    return bytes(raw)


ANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_is_storable(message: Message) -> None:
    """A database and a log can take every text of it."""
    texts = [message.text, message.subject, message.message_id or "", *message.references, *message.defects]
    texts += [text for pair in message.headers for text in pair]
    texts += [text for address in (*message.from_, *message.to) for text in (address.name, address.email)]
    texts += [
        text for found in message.attachments for text in (found.name, found.content_type, found.content_id)
    ]
    if message.report is not None:
        texts += [message.report.type, message.report.envelope_id, *message.report.returned_ids]
        texts += [
            text
            for r in message.report.recipients
            for text in (r.recipient, r.action, r.status, r.diagnostic)
        ]
    for text in texts:
        assert "\x00" not in text
        assert text.encode("utf-8") is not None
    for name, value in message.headers:
        assert not set(name + value) & set("\r\n")


@ANY
@given(mutated())
@example(
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: attachment; filename*0*=x''%\n\n"
)
def test_a_mutated_mail_gives_a_message_or_too_complex(raw: bytes) -> None:
    try:
        message = parse(raw, languages=("en",))
    except TooComplex:
        return
    check_is_storable(message)
    assert pickle.loads(pickle.dumps(message)) == message


@ANY
@given(mutated())
def test_a_mutated_mail_always_has_a_skeleton(raw: bytes) -> None:
    message = skeleton(raw)
    check_is_storable(message)
    assert not message.complete
    assert (message.message_id, message.size) == (read_message_ids(raw)[0], len(raw))
    assert content_key(message.message_id, raw) == message.content_key


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_at_all(raw: bytes) -> None:
    check_is_storable(parse(raw))
    check_is_storable(skeleton(raw))


def facts(parts: list[Part]) -> list[tuple[object, ...]]:
    return [(p.number, p.depth, p.content_type, p.name, p.charset, p.defects, p.payload()) for p in parts]


@ANY
@given(mutated())
def test_lifting_changes_nothing(raw: bytes) -> None:
    """The tree and every payload are the same whether all that can be is lifted, or nothing is."""
    read = []
    with pytest.MonkeyPatch.context() as patch:
        for threshold in (1, 1 << 60):
            patch.setattr(structure, "_LIFT_FROM", threshold)
            try:
                read.append(facts(read_parts(raw, Limits())))
            except TooComplex as error:
                read.append([(str(error),)])
    assert read[0] == read[1]
