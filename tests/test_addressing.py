"""A signed address proves one purpose and one letter, and only while its key is in use."""

from __future__ import annotations

import hmac
from itertools import permutations

import pytest

from mailproc import addressing
from mailproc.addressing import LOCAL_PART_LIMIT, DeskAddress, Purpose, Signer, Token, new_public_id

OLD, NEW = b"the old secret of more than 32 bytes", b"the new secret of more than 32 bytes"
SIGNER = Signer({"1": OLD})
DESK = DeskAddress("complaints@acme.example", SIGNER)
ID = "abcdefghijkl"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_names_its_purpose_and_its_letter(purpose):
    token = SIGNER.sign(purpose, ID)
    assert SIGNER.verify(token) == SIGNER.verify(f" {token.upper()} ") == Token(purpose, ID)


@pytest.mark.parametrize(("made", "claimed"), list(permutations(Purpose, 2)))
def test_a_token_proves_nothing_for_another_purpose(made, claimed):
    assert SIGNER.verify(claimed + SIGNER.sign(made, ID)[1:]) is None


def test_every_single_changed_character_voids_a_token():
    token = SIGNER.sign(Purpose.AGENT, ID)
    for place, char in enumerate(token):
        assert SIGNER.verify(token[:place] + ("b" if char != "b" else "c") + token[place + 1 :]) is None


def test_an_agents_and_a_confirmations_address_are_read_back_as_what_they_are():
    assert DESK.read_address(DESK.agent_address(ID)) == Token(Purpose.AGENT, ID)
    assert DESK.read_address(DESK.confirm_address(ID)) == Token(Purpose.CONFIRM, ID)
    assert DESK.is_ours(DESK.agent_address(ID))
    assert len({DESK.agent_address(ID), DESK.confirm_address(ID), DESK.reply_address(ID)}) == 3


def test_without_plus_addressing_no_address_carries_a_token():
    plain = DeskAddress("complaints@acme.example", SIGNER, plus_addressing=False)
    assert plain.agent_address(ID) == plain.confirm_address(ID) == "complaints@acme.example"


def test_an_agents_address_fits_the_longest_local_part():
    desk = DeskAddress(f"{'d' * 24}@acme.example", SIGNER)
    local = desk.agent_address(new_public_id()).partition("@")[0]
    assert len(local) <= LOCAL_PART_LIMIT


def test_an_old_key_verifies_while_it_is_kept_and_not_after():
    token = SIGNER.sign(Purpose.AGENT, ID)
    rotated = Signer({"2": NEW, "1": OLD})
    assert rotated.verify(token) == Token(Purpose.AGENT, ID)
    assert rotated.sign(Purpose.AGENT, ID)[1] == "2"
    assert Signer({"2": NEW}).verify(token) is None
    assert Signer({"1": NEW}).verify(token) is None


def test_an_unknown_key_id_costs_the_same_comparison(monkeypatch):
    """The time taken must not tell which key ids are in use, and no field is read before it is proved."""
    compared = []
    genuine = hmac.compare_digest

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return genuine(one, other)

    monkeypatch.setattr(addressing.hmac, "compare_digest", compare)
    token = SIGNER.sign(Purpose.AGENT, ID)
    for claimed in (token, f"a9{token[2:]}", f"z1{token[2:]}"):
        SIGNER.verify(claimed)
    assert len(compared) == 3


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        (DESK.agent_address(ID), False),
        (DESK.message_id(ID), False),
        (DESK.thread_id("C-7F3K-9QXT"), False),
        ("complaints@acme.example", False),
        ("complaints+@acme.example", False),
        ("<random.id@acme.example>", False),
        ("<a1abcdefghijkl" + "a" * 24 + "@evil.example>", False),
        ("ann@customer.example", False),
        ("", False),
        ("complaints+a1abcdefghijkl@acme.example", True),
        ("complaints+hello@acme.example", True),
        ("COMPLAINTS+A1@Acme.example", True),
        ("complaints+a1abcdefghijkl" + "a" * 24 + "@acme.example", True),
        ("<m1abcdefghijkl" + "a" * 24 + "@acme.example>", True),
    ],
)
def test_what_pretends_to_be_signed_by_us_is_told_apart(name, forged):
    assert DESK.is_forged(name) is forged
