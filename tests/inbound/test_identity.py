"""Nobody is an agent without all three: a registered From, its domain's proof, and a token of that agent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from forged_mails import (
    AMBIGUOUS_FROMS,
    BEA,
    CARL,
    CARLS,
    CARRIERS,
    CASE,
    CLIENTS,
    CUSTOMERS_LETTER,
    DORA,
    DORAS,
    ELSEWHERE_CARRIERS,
    EXPIRED,
    HOST,
    LETTER,
    LOST,
    NOW,
    OLDER,
    OTHER_CASE,
    OTHER_LETTER,
    OUR_HOST,
    PASS,
    PROOFS,
    QUESTION,
    REGISTERED,
    RELAYS,
    REVOKED,
    STRANGERS_DESK,
    THREAD,
    carried,
    forged_tokens,
    reply,
    written,
)
from handmade import DESK
from hypothesis import given
from hypothesis import strategies as st

from mailproc.addressing import Purpose
from mailproc.inbound.identity import (
    SHARED_DOMAINS,
    Identity,
    Level,
    carriers,
    identify,
    recipients_outside,
)
from mailproc.inbound.parse import parse
from mailproc.inbound.trust import Authentication, Result, authenticated
from mailproc.mail import Message


def who(
    raw: bytes | Message, *, host: str = HOST, confirm_mode: bool = False, relays=RELAYS, now=NOW
) -> Identity:
    message = parse(raw) if isinstance(raw, bytes) else raw
    found = carriers(message, DESK)
    return identify(
        message,
        found,
        {id: relays[id] for id in found.public_ids if id in relays},
        registered=REGISTERED,
        authentication=authenticated(message, host),
        now=now,
        confirm_mode=confirm_mode,
    )


# All combinations

FROMS = {
    "registered": f"From: Bea Baker <{BEA}>",
    "stranger": "From: Eve <eve@evil.example>",
    "two headers": f"From: {BEA}\nFrom: eve@evil.example",
    "two mailboxes": f"From: {BEA}, eve@evil.example",
    "encoded": "From: =?utf-8?q?bea=40acme.example?= <eve@evil.example>",
    "in the name": f'From: "{BEA}" <eve@acme.example>',
}
TOKENS = {
    "valid": DESK.agent_address(LETTER),
    "of another agent": DESK.agent_address(CARLS),
    "expired": DESK.agent_address(EXPIRED),
    "revoked": DESK.agent_address(REVOKED),
    "of a lost letter": DESK.agent_address(LOST),
    "forged": STRANGERS_DESK.agent_address(LETTER),
    "absent": "complaints@acme.example",
    "a customer's": DESK.reply_address(LETTER),
    "a customer's too": f"{DESK.agent_address(LETTER)}, {DESK.reply_address(CUSTOMERS_LETTER)}",
}
THREADS = {
    "bound": THREAD,
    "of another case": f"In-Reply-To: {DESK.message_id(OTHER_LETTER)}",
    "of another agent": f"References: {DESK.message_id(CARLS)} {DESK.message_id(LETTER)}",
    "anchored elsewhere": f"References: {DESK.thread_id(OTHER_CASE)} {DESK.message_id(LETTER)}",
    "none": "In-Reply-To: <somebody@else.example>",
}
REFUSED = {
    "of another agent": "wrong_agent",
    "expired": "expired",
    "revoked": "revoked",
    "of a lost letter": "unknown_letter",
    "forged": "forged_token",
    "absent": "no_token",
    "a customer's": "no_token",
    "a customer's too": "carriers_disagree",
}


AFTER_THREADS = ("valid", "expired", "revoked", "a customer's too")  # looked at when the threads agree


@pytest.mark.parametrize("confirm_mode", [False, True])
@pytest.mark.parametrize(("from_", "proof", "token"), list(product(FROMS, PROOFS, TOKENS)))
def test_an_agent_needs_all_three(from_, proof, token, confirm_mode):
    for thread, header in THREADS.items():
        raw = reply(header, from_=FROMS[from_], to=TOKENS[token], proof=proof)
        found = who(raw, confirm_mode=confirm_mode)
        registered, agrees = from_ == "registered", thread in ("bound", "none")
        whole = registered and token == "valid" and agrees
        waits = whole and confirm_mode and proof in ("none", "forged")
        if whole and proof == "pass":
            assert (found.level, found.agent, found.claims) == (Level.AGENT, "bea", None)
            assert found.rule == ("ok" if thread == "bound" else "no_thread")
            assert found.relay == RELAYS[LETTER]
        elif registered and proof == "pass":
            disagrees = not agrees and token in AFTER_THREADS
            assert (found.level, found.agent, found.claims) == (Level.KNOWN, "bea", None)
            assert found.rule == ("carriers_disagree" if disagrees else REFUSED[token])
        elif waits:
            assert (found.level, found.agent, found.claims) == (Level.KNOWN, "bea", "bea")
            assert found.rule == "not_authenticated"
        else:
            assert (found.level, found.agent) == (Level.NOBODY, None)
            assert found.claims == (None if from_ == "stranger" else "bea")
            assert found.rule == "not_authenticated" or not registered
        unbound = found.level is Level.AGENT and thread == "none"
        assert (found.needs_confirmation, found.confirms) == (waits or unbound, False)
        assert found.reason


@pytest.mark.parametrize(
    ("from_", "rule", "claims"),
    [
        (FROMS["stranger"], "not_registered", None),
        (FROMS["two headers"], "several_froms", "bea"),
        (FROMS["two mailboxes"], "several_froms", "bea"),
        (FROMS["encoded"], "wrong_from", "bea"),
        (FROMS["in the name"], "wrong_from", "bea"),
        ("From: Group: eve@evil.example;", "wrong_from", None),
        ("", "wrong_from", None),
    ],
)
def test_the_record_says_what_was_wrong_with_from_and_whom_it_names(from_, rule, claims):
    found = who(reply(THREAD, from_=from_))
    assert (found.level, found.rule, found.claims) == (Level.NOBODY, rule, claims)
    assert found.relay == RELAYS[LETTER]  # a token in foreign hands can be revoked


# Forgeries

FORGED = sorted(set(forged_tokens()))


@pytest.mark.parametrize("carrier", [*CARRIERS, *ELSEWHERE_CARRIERS])
def test_no_forged_token_makes_an_agent(carrier):
    """From and domain are genuine: an agent's colleague, or whoever has broken into her mail host."""
    assert len(FORGED) >= 200
    template = (CARRIERS | ELSEWHERE_CARRIERS)[carrier]
    for token in FORGED:
        found = who(written(*PROOFS["pass"], f"From: Bea <{BEA}>", THREAD, carried(template, token)))
        assert (found.level, found.relay) == (Level.KNOWN, None), token
        assert found.rule in ("no_token", "forged_token")
        if carrier in CARRIERS and carrier not in ("In-Reply-To", "References"):
            assert found.rule == "forged_token", token


@pytest.mark.parametrize("carrier", ELSEWHERE_CARRIERS)
@pytest.mark.parametrize("purpose", [Purpose.AGENT, Purpose.CONFIRM])
def test_a_genuine_token_counts_only_where_mail_is_addressed(carrier, purpose):
    token = DESK.signer.sign(purpose, LETTER)
    raw = written(*PROOFS["pass"], f"From: Bea <{BEA}>", THREAD, carried(ELSEWHERE_CARRIERS[carrier], token))
    assert who(raw).level is Level.KNOWN


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_genuine_token_counts_in_every_address_but_not_as_a_message_id(carrier):
    raw = written(
        *PROOFS["pass"],
        f"From: Bea <{BEA}>",
        f"References: {DESK.message_id(LETTER)}",
        carried(CARRIERS[carrier], DESK.signer.sign(Purpose.AGENT, LETTER)),
    )
    expected = Level.KNOWN if carrier in ("In-Reply-To", "References") else Level.AGENT
    assert who(raw).level is expected


@pytest.mark.parametrize("from_", AMBIGUOUS_FROMS)
def test_an_ambiguous_from_is_nobody(from_):
    """Even with a genuine token, the thread, and a pass that our host has found for the domain."""
    assert len(AMBIGUOUS_FROMS) >= 100
    for confirm_mode in (False, True):
        for purpose in (Purpose.AGENT, Purpose.CONFIRM):
            to = f"complaints+{DESK.signer.sign(purpose, LETTER)}@acme.example"
            found = who(reply(THREAD, from_=from_, to=to), confirm_mode=confirm_mode)
            assert (found.level, found.agent, found.confirms) == (Level.NOBODY, None, False), found


def test_a_letter_that_folds_into_another_is_another_mailbox():
    """`ſam` and `sam` have one key, as customers' addresses; an agent's address is compared as written."""
    message = parse(reply(THREAD, from_="From: ſam@acme.example"))
    found = identify(
        message,
        carriers(message, DESK),
        RELAYS,
        registered={"sam@acme.example": "bea"},
        authentication=authenticated(message, HOST),
        now=NOW,
    )
    assert authenticated(message, HOST).result is Result.PASS
    assert (found.level, found.rule, found.claims) == (Level.NOBODY, "wrong_from", "bea")


def test_a_proof_about_another_domain_is_none():
    message = parse(reply(THREAD))
    for domain in ("", "evil.example"):
        proof = Authentication(result=Result.PASS, reason="dmarc=pass", domain=domain)
        found = identify(
            message, carriers(message, DESK), RELAYS, registered=REGISTERED, authentication=proof, now=NOW
        )
        assert found.level is Level.NOBODY


def test_our_own_control_headers_from_outside_lift_nobody():
    headers = ("X-Mailproc-Agent: bea", "X-Mailproc-Level: 3", "X-Mailproc-Loop: x", "Auto-Submitted: no")
    raw = written(*PROOFS["pass"], *headers, f"From: {BEA}", "To: complaints@acme.example")
    assert who(raw).rule == "no_token"


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_written_into_a_mail_makes_it_raise_or_an_agent(one, two):
    clean = str.maketrans("", "", "\r\n")
    lines = (
        f"From: {one.translate(clean)}",
        f"To: {two.translate(clean)}",
        f"References: {one.translate(clean)}",
    )
    raw = "\r\n".join((PASS, OUR_HOST, *lines, "", "x")).encode("utf-8", "replace")
    assert who(raw).level < Level.AGENT


# Genuine replies


@pytest.mark.parametrize("client", CLIENTS)
def test_what_common_clients_send_is_an_agents_answer(client):
    host, trace, headers = CLIENTS[client]
    found = who(written(*trace, *headers), host=host)
    assert (found.level, found.rule, found.needs_confirmation) == (Level.AGENT, "ok", False), found
    assert (found.agent, found.relay) == ("bea", RELAYS[LETTER])


def test_an_answer_to_an_older_letter_of_the_same_case_is_bound():
    raw = reply(f"In-Reply-To: {DESK.message_id(OLDER)}")
    assert (who(raw).level, who(raw).rule) == (Level.AGENT, "ok")
    both = reply(THREAD, to=f"{DESK.agent_address(OLDER)}, {DESK.agent_address(LETTER)}")
    assert (who(both).level, who(both).relay) == (Level.AGENT, RELAYS[OLDER])


def test_the_envelope_is_read_before_what_the_author_wrote():
    raw = written(f"Delivered-To: {DESK.agent_address(OLDER)}") + reply(THREAD)
    raw = raw.replace(b"\r\n\r\nDear Ann, a new kettle is on its way.\r\n", b"\r\n", 1)
    message = parse(raw)
    assert [token.id for token in carriers(message, DESK).tokens] == [OLDER, LETTER]


def test_a_token_is_good_until_the_moment_it_expires():
    late = NOW + timedelta(days=30)
    raw = reply(THREAD)
    assert who(raw, now=late - timedelta(microseconds=1)).level is Level.AGENT
    assert (who(raw, now=late).level, who(raw, now=late).rule) == (Level.KNOWN, "expired")
    assert who(raw, now=late).relay == RELAYS[LETTER]  # so that a fresh letter can be sent


@pytest.mark.parametrize(
    "to",
    [
        f"{DESK.agent_address(LETTER)}, {DESK.agent_address(CARLS)}",
        f"{DESK.agent_address(LETTER)}, {DESK.agent_address(OTHER_LETTER)}",
        f"{DESK.agent_address(LETTER)}, {DESK.agent_address(EXPIRED)}",
        f"{DESK.agent_address(LETTER)}, {DESK.agent_address(REVOKED)}",
        f"{DESK.agent_address(LETTER)}, {DESK.agent_address(LOST)}",
        f"{DESK.agent_address(LETTER)}, {DESK.reply_address(CUSTOMERS_LETTER)}",
        f"{DESK.confirm_address(QUESTION)}, {DESK.agent_address(OTHER_LETTER)}",
    ],
)
def test_two_tokens_that_disagree_are_worth_none(to):
    assert who(reply(THREAD, to=to)).level is Level.KNOWN


# Confirmation


def test_an_answer_to_our_question_confirms():
    raw = reply(f"In-Reply-To: {DESK.message_id(QUESTION)}", to=DESK.confirm_address(QUESTION))
    found = who(raw)
    assert (found.level, found.confirms, found.relay) == (Level.CONFIRMED, True, RELAYS[QUESTION])
    assert not found.needs_confirmation


@pytest.mark.parametrize(
    ("proof", "public_id", "from_"),
    [
        ("fail", QUESTION, BEA),
        ("none", QUESTION, BEA),
        ("forged", QUESTION, BEA),
        ("pass", EXPIRED, BEA),
        ("pass", REVOKED, BEA),
        ("pass", LOST, BEA),
        ("pass", CARLS, BEA),
        ("pass", QUESTION, CARL),
        ("pass", QUESTION, "eve@acme.example"),
    ],
)
def test_nothing_is_confirmed_by_anybody_else_or_too_late(proof, public_id, from_):
    found = who(reply(THREAD, proof=proof, from_=f"From: {from_}", to=DESK.confirm_address(public_id)))
    assert found.level < Level.AGENT
    assert not found.confirms


def test_without_any_check_of_the_domain_a_confirmation_releases_but_does_not_lift():
    raw = reply(THREAD, proof="none", to=DESK.confirm_address(QUESTION))
    found = who(raw, confirm_mode=True)
    assert (found.level, found.confirms, found.needs_confirmation) == (Level.KNOWN, True, False)
    assert (
        who(reply(THREAD, proof="fail", to=DESK.confirm_address(QUESTION)), confirm_mode=True).confirms
        is False
    )


@pytest.mark.parametrize("domain", ["gmail.com", "outlook.com", "gmx.de", "yahoo.com", "icloud.com"])
def test_where_anybody_gets_a_mailbox_the_domain_is_weak(domain):
    assert domain in SHARED_DOMAINS
    proof = PASS.replace("acme.example", domain).replace(f"mx.{domain}", HOST)
    address = DORA.replace("gmail.com", domain)
    raw = written(
        proof,
        OUR_HOST,
        f"From: {address}",
        f"To: {DESK.agent_address(DORAS)}",
        f"In-Reply-To: {DESK.message_id(DORAS)}",
    )
    message = parse(raw)
    found = identify(
        message,
        carriers(message, DESK),
        RELAYS,
        registered={address: "dora"},
        authentication=authenticated(message, HOST),
        now=NOW,
    )
    assert (found.level, found.rule, found.needs_confirmation) == (Level.AGENT, "shared_domain", True)


# Who else read it


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Cc: ann@customer.example", ("ann@customer.example",)),
        (f"Cc: Ann <ann@customer.example>, {BEA}, complaints@acme.example", ("ann@customer.example",)),
        (f"Cc: {CARL}", (CARL,)),
        (f"Cc: {BEA.upper()}", ()),
        (f"Cc: {DESK.agent_address(OLDER)}", ()),
        ("Cc: undisclosed-recipients:;", ()),
        ("X-Cc: ann@customer.example", ()),
    ],
)
def test_an_answer_that_went_elsewhere_too_says_where(header, expected):
    message = parse(reply(THREAD, header))
    assert recipients_outside(message, DESK) == expected
    found = who(message)
    assert (found.level, found.needs_confirmation) == (Level.AGENT, False)
    assert found.rule == ("other_recipients" if expected else "ok")


def test_the_ids_to_look_up_are_those_the_mail_names():
    raw = reply(
        f"In-Reply-To: {DESK.message_id(LETTER)}",
        f"References: {DESK.thread_id(CASE)} {DESK.message_id(OLDER)} <x@y.example>",
        to=f"{DESK.agent_address(LETTER)}, {DESK.confirm_address(QUESTION)}",
    )
    found = carriers(parse(raw), DESK)
    assert found.public_ids == (QUESTION, LETTER, OLDER)
    assert (found.cases, found.forged, found.outside) == ((CASE,), (), ())


def test_a_relay_of_another_name_in_the_record_is_another_agents():
    relays = RELAYS | {LETTER: replace(RELAYS[LETTER], agent="Bea")}
    assert who(reply(THREAD), relays=relays).rule == "wrong_agent"
