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


# Where our hosts stamp. A stranger's own lines begin where `EVIL` stands.

EVIL = ("Received", "from laptop ([192.0.2.66]) by evil.example with ESMTP")
FAKE = ("Received", f"from mail.customer.example by {HOST} with ESMTPS")  # written by the stranger
INSIDE = ("Received", f"from {HOST} ([203.0.113.5]) by store.acme.example with LMTP id 1")
LOOPED = ("Received", f"from localhost (localhost [127.0.0.1]) by {HOST} (amavisd-new) with ESMTP")

GOOGLE = "mx.google.com"
GOOGLE_TOP = (
    ("Delivered-To", "complaints@acme.example"),
    (
        "Received",
        "by 2002:a05:6638:25ca:b0:3a1:2b3c:77d1 with SMTP id u10csp1; Mon, 5 Jan 2026 10:00:00 -0800",
    ),
    ("X-Received", "by 2002:a05:600c:1e8b:b0:4:5:6 with SMTP id be11mr1; Mon, 5 Jan 2026 10:00:00 -0800"),
    ("ARC-Authentication-Results", f"i=1; {GOOGLE}; dmarc=pass header.from=customer.example"),
    ("Return-Path", "<ann@customer.example>"),
    ("Received", f"from mail.customer.example (mail.customer.example. [192.0.2.1]) by {GOOGLE} with ESMTPS"),
    ("Received-SPF", "pass (google.com: domain of ann@customer.example designates 192.0.2.1)"),
)
GOOGLE_PASS = (AR, f"{GOOGLE}; spf=pass (google.com: x) smtp.mailfrom=a@customer.example; "
               "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=customer.example")  # fmt: skip
GOOGLE_FAIL = (AR, f"{GOOGLE}; dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=customer.example")

EXCHANGE = "protection.outlook.com"
EXCHANGE_INSIDE = (
    ("Received", "from DU0PR04MB1.eurprd04.prod.outlook.com (2603:10a6:10:32d::19) by "
     "AM0PR04MB2.eurprd04.prod.outlook.com with HTTPS; Mon, 5 Jan 2026 10:00:00 +0000"),
    ("Received", "from AM6EUR05FT003.eop-eur05.prod.protection.outlook.com (2603:10a6:20b:45b:cafe::d6) by "
     "AS9PR06CA0327.outlook.office365.com (2603:10a6:20b:45b::12) with Microsoft SMTP Server "
     "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.1"),
)  # fmt: skip
EXCHANGE_EDGE = (
    "Received",
    "from mail.customer.example (192.0.2.1) by AM6EUR05FT003.mail.protection.outlook.com (10.233.240.231)",
)
EXCHANGE_PASS = (AR, "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=customer.example; dkim=pass (signature "
                 "was verified) header.d=customer.example;dmarc=pass action=none "
                 "header.from=customer.example;compauth=pass reason=100")  # fmt: skip
EXCHANGE_FAIL = (
    AR,
    "spf=fail (sender IP is 192.0.2.66) smtp.mailfrom=customer.example; dkim=none (message not signed) "
    "header.d=none;dmarc=fail action=oreject header.from=customer.example",
)


def at(host: str, *headers: tuple[str, str], own_hosts: tuple[str, ...] = ()) -> Result:
    return authenticated(mail(*headers), host, own_hosts).result


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        (GOOGLE, (*GOOGLE_TOP, GOOGLE_PASS, THEIRS)),
        (GOOGLE, (*GOOGLE_TOP[1:2], *GOOGLE_TOP, GOOGLE_PASS)),
        (EXCHANGE, (*EXCHANGE_INSIDE, EXCHANGE_PASS, ("Received-SPF", "Pass"), EXCHANGE_EDGE, THEIRS)),
        (EXCHANGE.upper(), (EXCHANGE_PASS, EXCHANGE_EDGE)),
        (HOST, (INSIDE, GOOD, OURS, THEIRS)),
        (HOST, (INSIDE, OURS, GOOD, THEIRS)),
        (HOST, (GOOD, INSIDE, OURS, THEIRS)),
        (HOST, (LOOPED, LOOPED, OURS, GOOD, THEIRS)),
        (HOST, (LOOPED, GOOD, OURS, THEIRS)),
        (HOST, (INSIDE, GOOD, ("Received", f"from [192.0.2.1] (helo=x.example) by {HOST} with esmtp"))),
    ],
)
def test_a_result_counts_wherever_our_host_stamps_it(host, headers):
    assert at(host, *headers) is Result.PASS


@pytest.mark.parametrize("fakes", [(), (FAKE,), (FAKE, FAKE), (INSIDE, FAKE), (EVIL,), (LOOPED, FAKE)])
@pytest.mark.parametrize(
    ("host", "top", "verdict", "forged"),
    [
        (HOST, (BAD, OURS), BAD, GOOD),
        (HOST, (OURS, BAD), BAD, GOOD),
        (HOST, (INSIDE, BAD, OURS), BAD, GOOD),
        (HOST, (INSIDE, OURS, BAD), BAD, GOOD),
        (HOST, (LOOPED, OURS, BAD), BAD, GOOD),
        (GOOGLE, (*GOOGLE_TOP, GOOGLE_FAIL), GOOGLE_FAIL, GOOGLE_PASS),
        (EXCHANGE, (*EXCHANGE_INSIDE, EXCHANGE_FAIL, EXCHANGE_EDGE), EXCHANGE_FAIL, EXCHANGE_PASS),
    ],
)
def test_whatever_a_stranger_writes_below_is_outranked(host, top, verdict, forged, fakes):
    """His header stands above his fake Received, below it, or between two; our host's verdict stays."""
    assert at(host, *top, forged, *fakes) is Result.FAIL
    assert at(host, *top, *fakes, forged) is Result.FAIL
    assert at(host, *top, forged, *fakes, forged, *fakes) is Result.FAIL


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        # Our host has stamped nothing: a Received in its name, invented below the border, opens nothing.
        (HOST, (OURS, FAKE, GOOD)),
        (HOST, (OURS, THEIRS, FAKE, GOOD)),
        (HOST, (OURS, LOOPED, FAKE, GOOD)),
        (HOST, (OURS, INSIDE, FAKE, GOOD)),
        (HOST, (INSIDE, OURS, FAKE, GOOD)),
        (HOST, (INSIDE, EVIL, FAKE, GOOD)),
        (HOST, (INSIDE, EVIL, GOOD)),
        (HOST, (LOOPED, OURS, FAKE, GOOD)),
        (GOOGLE, (*GOOGLE_TOP, ("Received", f"from a.example by {GOOGLE}"), GOOGLE_PASS)),
        (GOOGLE, (*GOOGLE_TOP, GOOGLE_TOP[1], GOOGLE_PASS)),
        # Exchange Online stamps above the host that checks; below it everything is the stranger's.
        (EXCHANGE, (*EXCHANGE_INSIDE, EXCHANGE_EDGE, EXCHANGE_PASS)),
        (EXCHANGE, (*EXCHANGE_INSIDE, EXCHANGE_EDGE, EXCHANGE_PASS, EXCHANGE_EDGE)),
        (EXCHANGE, (*EXCHANGE_INSIDE, EXCHANGE_PASS)),
        (EXCHANGE, (EXCHANGE_PASS, OURS, EXCHANGE_EDGE)),
        (EXCHANGE, (EXCHANGE_PASS,)),
        (EXCHANGE, ((AR, f"{EXCHANGE}; {EXCHANGE_PASS[1]}"), EXCHANGE_EDGE)),
        (EXCHANGE, ((AR, f"evil.example; {EXCHANGE_PASS[1]}"), EXCHANGE_EDGE)),
        # A header without a name counts nowhere else.
        (HOST, (EXCHANGE_PASS, OURS)),
        (GOOGLE, (*GOOGLE_TOP, EXCHANGE_PASS)),
    ],
)
def test_a_received_that_a_stranger_invents_opens_nothing(host, headers):
    assert at(host, *headers) is Result.NONE


@pytest.mark.parametrize(
    "greeted",
    [
        f"from {HOST} (evil.example [192.0.2.66]) by {HOST}",
        f"from {HOST} (unknown [192.0.2.66]) by {HOST}",
        f"from {HOST} (unknown [192.0.2.66]) by backup.acme.example",
        f"from {HOST} ([192.0.2.66]) by backup.acme.example",
        f"from {HOST} ({HOST} [192.0.2.66] (may be forged)) by backup.acme.example",
        f"from {HOST} (192.0.2.66) by backup.acme.example with Microsoft SMTP Server",
        f"from [192.0.2.66] (helo={HOST}) by backup.acme.example with esmtp",
        f"from unknown (HELO {HOST}) (192.0.2.66) by backup.acme.example with SMTP",
        f"from backup.acme.example (backup.acme.example [203.0.113.9]) by {HOST}",
        f"from localhost by {HOST}",
        f"from {HOST} by {HOST}",
        f"from localhost (unknown [192.0.2.66]) by {HOST}",
        f"from [127.0.0.1] (unknown [192.0.2.66]) by {HOST}",
        f"from [127.0.0.1] ([192.0.2.66]) by {HOST}",
        f"from [192.0.2.66] (helo=[127.0.0.1]) by {HOST}",
        f"from evil.example (evil.example [127.0.0.1]) by {HOST}",
        f"from {HOST} (ident:x by {HOST} with LMTP @unknown [192.0.2.66]) by backup.acme.example with ESMTP",
        f"from x) by {HOST} with LMTP (y [192.0.2.66]) by {HOST} with ESMTP",
        f"by {HOST} (Postfix, from userid 1000)",
        "(qmail 12345 invoked by uid 89)",
        "",
    ],
)
def test_nobody_becomes_a_host_of_ours_by_the_name_he_greets_with(greeted):
    """What he sends below such a line, a Received of ours with a result of ours, is not read."""
    forged = (FAKE, GOOD, THEIRS)
    assert at(HOST, ("Received", greeted), *forged, own_hosts=("acme.example",)) is Result.NONE
    assert at(HOST, INSIDE, OURS, ("Received", greeted), *forged) is Result.NONE


def test_further_names_of_our_hosts_lead_through_them():
    hop = (
        "Received",
        "from mx1.acme.example (mx1.acme.example [203.0.113.5]) by box.acme.example with ESMTPS",
    )
    edge = ("Received", "from mail.customer.example (unknown [192.0.2.1]) by mx1.acme.example with ESMTPS")
    headers = (hop, edge, GOOD, THEIRS)
    assert at(HOST, *headers) is Result.NONE
    assert at(HOST, *headers, own_hosts=("Acme.example",)) is Result.PASS
    assert at(HOST, *headers, own_hosts=("cme.example", "")) is Result.NONE


def test_a_way_without_end_is_not_followed():
    assert at(HOST, *[LOOPED] * 15, GOOD, OURS) is Result.PASS
    assert at(HOST, *[LOOPED] * 16, OURS, GOOD) is Result.NONE


@given(st.text(alphabet='ab.:;=()[]"\\ \tfrombywithLMTPhelo127.0', max_size=120))
def test_no_received_makes_it_raise(text):
    assert at(HOST, ("Received", text), ("Received", f"from {text} by {HOST}"), GOOD) in Result
