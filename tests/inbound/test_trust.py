"""Only what our own mail host wrote at the top counts, and anything odd counts as nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from handmade import mail, people
from hypothesis import given
from hypothesis import strategies as st

from mailproc.inbound.parse import parse
from mailproc.inbound.trust import Result, authenticated
from mailproc.mail import Address

HOST = "mx.acme.example"
AR = "Authentication-Results"
OURS = ("Received", "from mail.customer.example by mx.acme.example with ESMTPS")
THEIRS = ("Received", "from laptop by mail.customer.example")
GOOD = (AR, f"{HOST}; dmarc=pass header.from=customer.example")


def result(*headers: tuple[str, str], **fields: object) -> Result:
    return authenticated(mail(*headers, **fields), HOST).result


def check(value: str, **fields: object) -> Result:
    """The result when our host stamps this value, as hosts do, above its own Received line."""
    return result((AR, value), OURS, THEIRS, **fields)


GENUINE = [
    f"{HOST}; dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=customer.example",
    f"{HOST} 1; spf=pass smtp.mailfrom=ann@customer.example; dmarc=pass header.from=customer.example;",
    "MX.Acme.Example; DMARC=Pass header.from=Customer.Example",
    f'{HOST};\tdkim=pass header.i=@customer.example header.s=s1 header.b="Ab/c+";\t'
    "spf=pass (google.com: domain of ann@customer.example designates 192.0.2.1 as permitted sender) "
    "smtp.mailfrom=ann@customer.example; dmarc=pass (p=REJECT dis=NONE) header.from=customer.example",
    f"{HOST}; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=customer.example; dkim=pass (signature was "
    "verified) header.d=customer.example;dmarc=pass action=none header.from=customer.example;compauth=pass "
    "reason=100",
    f"{HOST} (a (nested \\) )); dkim=fail header.d=other.example; dmarc=pass header.from=customer.example",
    f"{HOST}; dkim=pass header.d=customer.example header.s=2026",
    f"{HOST}; dkim=pass header.i=ann@customer.example",
    f"{HOST}; dkim=fail header.d=other.example; dkim=pass header.d=customer.example; spf=fail",
    f'{HOST}; spf=pass smtp.mailfrom="a) (b"@x.example; dmarc=pass header.from=customer.example',
]


@pytest.mark.parametrize("value", GENUINE)
def test_a_genuine_result_authenticates(value):
    found = authenticated(mail((AR, value), OURS, THEIRS), HOST)
    assert (found.result, found.domain) == (Result.PASS, "customer.example"), found.reason


@pytest.mark.parametrize(
    "headers",
    [
        (GOOD, OURS, THEIRS),
        (OURS, GOOD, THEIRS),
        (OURS, ("Received-SPF", "pass"), GOOD, THEIRS),
        (OURS, GOOD),
        (("Return-Path", "<ann@customer.example>"), ("Delivered-To", "x@acme.example"), GOOD, OURS),
        ((AR, "other.example; dmarc=fail header.from=customer.example"), GOOD, OURS),
    ],
)
def test_a_result_in_the_block_our_host_wrote_counts(headers):
    assert result(*headers) is Result.PASS


BAD = (AR, f"{HOST}; dmarc=fail header.from=customer.example")


@pytest.mark.parametrize(
    "headers",
    [
        (OURS, THEIRS, GOOD),
        (BAD, GOOD, OURS),
        (BAD, OURS, GOOD, THEIRS),
        (OURS, BAD, GOOD, THEIRS),
        ((AR, f"{HOST}; none"), GOOD, OURS),
        ((AR, f"{HOST}; dmarc=pass (broken"), GOOD, OURS),
        ((AR, f'{HOST}; dmarc="pass'), GOOD, OURS),
        ((AR, "mx.acme.example.evil.example; dmarc=pass header.from=customer.example"), OURS),
        ((AR, "evil.example (mx.acme.example); dmarc=pass header.from=customer.example"), OURS),
        ((AR, f"evil.example; dmarc=pass header.from=customer.example ({HOST})"), OURS),
        ((AR, "dmarc=pass header.from=customer.example"), OURS),
        ((AR, "; dmarc=pass header.from=customer.example"), OURS),
        ((AR, ""), OURS),
        (("X-Authentication-Results", GOOD[1]), OURS),
        (("ARC-Authentication-Results", f"i=1; {GOOD[1]}"), OURS),
        (GOOD,),
        (),
    ],
)
def test_a_result_elsewhere_or_from_elsewhere_never_counts(headers):
    assert result(*headers) is not Result.PASS


def test_a_result_below_the_headers_an_author_writes_never_counts():
    message = mail(OURS)
    late = (*message.headers, (AR.lower(), GOOD[1]))
    assert authenticated(mail(OURS, GOOD), HOST).result is Result.PASS
    forged = replace(message, headers=late)
    assert authenticated(forged, HOST).result is Result.NONE


FORGED = [
    # the words in a place where they say nothing
    f"{HOST}; spf=pass (dmarc=pass header.from=customer.example) smtp.mailfrom=x@evil.example",
    f"{HOST}; spf=pass (a (b) ; dmarc=pass header.from=customer.example; c) smtp.mailfrom=x@evil.example",
    f'{HOST}; spf=pass smtp.mailfrom="a) dmarc=pass (b"@evil.example',
    f'{HOST}; spf=pass smtp.mailfrom="a; dmarc=pass header.from=customer.example; b=c"@evil.example',
    f'{HOST}; dkim=none reason="; dmarc=pass header.from=customer.example"',
    f"{HOST}; spf=pass reason=dmarc=pass header.from=customer.example",
    f"{HOST}; x-dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc/2=pass header.from=customer.example; dmarc=fail",
    # brackets and quotes that do not match
    f"{HOST}; spf=none (; dmarc=pass header.from=customer.example",
    f"{HOST}; spf=none ); dmarc=pass header.from=customer.example",
    f'{HOST}; spf=none smtp.mailfrom="; dmarc=pass header.from=customer.example',
    f"{HOST}; spf=none (\\); dmarc=pass header.from=customer.example",
    f"{HOST}; spf=none {'(' * 3000}{')' * 2999}; dmarc=pass header.from=customer.example",
    f"{HOST}; spf=none {'(' * 3000}; dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc=pass header.from=customer.example (",
    f"{HOST}; dmarc=pass header.from=customer.example (a (b)",
    f'{HOST}; dmarc=pass header.from="customer.example',
    # more than one result
    f"{HOST}; dmarc=fail header.from=customer.example; dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc=pass header.from=customer.example; dmarc=fail header.from=customer.example",
    f"{HOST}; dmarc=pass header.from=customer.example; dmarc=pass header.from=evil.example",
    f"{HOST}; dmarc=pass header.from=evil.example header.from=customer.example",
    f"{HOST}; dkim=pass header.d=evil.example header.d=customer.example",
    f"{HOST}; dkim=pass header.d=customer.example; dkim=fail header.d=customer.example",
    # about somebody else
    f"{HOST}; dmarc=pass header.from=evil.example",
    f"{HOST}; dmarc=pass header.from=customer.example.evil.example",
    f"{HOST}; dmarc=pass header.from=notcustomer.example",
    f"{HOST}; dmarc=pass header.from=mail.customer.example",
    f"{HOST}; dmarc=pass smtp.from=customer.example",
    f"{HOST}; dmarc=pass",
    f"{HOST}; dkim=pass header.d=example",
    f"{HOST}; dkim=pass header.d=evil.example header.i=@customer.example",
    f"{HOST}; dkim=pass",
    f"{HOST}; spf=pass smtp.mailfrom=ann@customer.example",
    f"{HOST}; arc=pass header.d=customer.example",
    # odd
    f"{HOST} 2; dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc=pass header.from=customer.example; x",
    f"{HOST}; dmarc=pass header.from=customer.example\x00",
    f"{HOST}; dmarc=pass header.from=customer.exampl\u0435",
    f"{HOST} dmarc=pass header.from=customer.example",
    f"{HOST}; dmarc=passed header.from=customer.example",
    f"{HOST}; " + "spf=pass; " * 400 + "dmarc=pass header.from=customer.example",
]


@pytest.mark.parametrize("value", FORGED)
def test_a_forged_or_odd_result_never_authenticates(value):
    assert check(value) is not Result.PASS


OUTCOMES = ("pass", "fail", "none", "neutral", "softfail", "temperror", "permerror", "bestguesspass", None)


@pytest.mark.parametrize(("dmarc", "dkim", "spf"), list(product(OUTCOMES, OUTCOMES, ("pass", "fail", None))))
def test_a_result_that_is_no_pass_is_never_mended_by_the_next(dmarc, dkim, spf):
    parts = [HOST]
    parts += [f"dmarc={dmarc} header.from=customer.example"] if dmarc else []
    parts += [f"dkim={dkim} header.d=customer.example"] if dkim else []
    parts += [f"spf={spf} smtp.mailfrom=ann@customer.example"] if spf else []
    parts += ["none"] if len(parts) == 1 else []
    decisive = dmarc or dkim
    expected = Result.NONE if decisive is None else Result.PASS if decisive == "pass" else Result.FAIL
    assert check("; ".join(parts)) is expected


def test_without_a_configured_name_nobody_is_authenticated():
    assert authenticated(mail(GOOD, OURS), None).result is Result.NONE
    assert authenticated(mail(GOOD, OURS), "").result is Result.NONE


ANN = "ann@customer.example"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ((f"{ANN}, eve@evil.example",), people(ANN, "eve@evil.example")),
        ((ANN, "eve@evil.example"), people(ANN)),
        ((ANN, ANN), people(ANN)),
        ((), people(ANN)),
        ((ANN,), ()),
        ((f"eve@evil.example <{ANN}>",), people(ANN)),
        ((f'"eve@evil.example" <{ANN}>',), people(ANN)),
        ((f"<eve@evil.example> <{ANN}>",), people(ANN)),
        ((f"{ANN} (eve@evil.example)",), people(ANN)),
        ((f"(comment) {ANN}",), people(ANN)),
        ((f"Ann (comment) <{ANN}>",), people(ANN)),
        ((f"Group: Ann <{ANN}>",), people(ANN)),
        ((f"Group: {ANN};",), people(ANN)),
        ((f"<@evil.example:{ANN}>",), people(ANN)),
        ((f"Ann <{ANN}> <eve@evil.example>",), people(ANN)),
        ((f"Ann <{ANN}>, ",), people(ANN)),
        ((f"Ann <{ANN}\x00>",), people(ANN)),
        ((f"Ann\x00 <{ANN}>",), people(ANN)),
        (('"a b"@customer.example',), people('"a b"@customer.example')),
        (("ann@evil.example@customer.example",), people("ann@evil.example@customer.example")),
        (("ann@[192.0.2.1]",), people("ann@[192.0.2.1]")),
        (("eve@evil.example",), people(ANN)),
        ((f"eve@evil.example\\ <{ANN}>",), people(ANN)),
    ],
)
def test_a_from_that_can_be_read_as_two_people_is_not_authenticated(written, read):
    message = mail(GOOD, OURS)
    headers = tuple(h for h in message.headers if h[0] != "from") + tuple(("from", w) for w in written)
    assert authenticated(message, HOST).result is Result.PASS
    assert authenticated(replace(message, headers=headers, from_=read), HOST).result is Result.NONE


@pytest.mark.parametrize(
    "author",
    [
        Address(email=ANN),
        Address(email=ANN, name='"Archer, Ann"'),
        Address(email=ANN, name=f'"{ANN}"'),
        Address(email=ANN, name="Kovács, Anna"),
        Address(email="Ann@Customer.Example", name="Ann"),
    ],
)
def test_an_ordinary_from_is_read_as_one_person(author):
    assert check(GOOD[1], from_=(author,)) is Result.PASS


def test_international_domains_are_compared_as_the_dns_knows_them():
    author = people("ann@bücher.example")
    assert check(f"{HOST}; dmarc=pass header.from=xn--bcher-kva.example", from_=author) is Result.PASS


@given(st.text(alphabet='ab.@;=()"\\ \tdmarcpass/0é', max_size=120))
def test_nothing_a_stranger_puts_in_makes_it_raise(text):
    assert check(f"{HOST}; spf=pass smtp.mailfrom={text}") in Result
    assert check(text) is Result.NONE


@given(st.text(alphabet="ab.;=()\" \tdmarcpas'header.fomcustexl-", max_size=80))
def test_a_quoted_local_part_cannot_speak_for_our_host(text):
    """A host that quotes what it quotes, as RFC 8601 asks, cannot be made to say anything else."""
    quoted = text.replace("\\", "").replace('"', '\\"')
    assert check(f'{HOST}; spf=pass smtp.mailfrom="{quoted}"@evil.example') is not Result.PASS


@pytest.mark.parametrize("filling", ["; a=b", " c.d=e", '""', "; dkim=pass header.d=x"])
def test_a_value_too_long_to_be_read_cheaply_is_not_read(filling):
    value = f"{HOST}; dmarc=pass header.from=customer.example"
    found = authenticated(mail((AR, value + filling * (2048 // len(filling) + 1)), OURS), HOST)
    assert (found.result, found.reason) == (Result.NONE, "Authentication-Results cannot be read")


def test_an_encoded_word_in_a_stamped_header_is_not_decoded_into_a_result():
    """An address may look like an encoded word; our host writes it down as it is, and so it must be read."""
    trick = "=?utf-8?q?x=3B_dkim=3Dpass_header=2Ed=3Dcustomer=2Eexample_header=2Es=3D?="
    raw = (
        f"{AR}: {HOST}; spf=pass smtp.mailfrom={trick}@evil.example\r\n"
        f"Received: from x by {HOST}; Mon, 5 Jan 2026 10:00:00 +0000\r\n"
        f"From: Ann <{ANN}>\r\nTo: complaints@acme.example\r\nSubject: x\r\n\r\nx\r\n"
    ).encode()
    assert authenticated(parse(raw), HOST).result is Result.NONE
