"""Which case a mail belongs to: proofs join, hints join only for those who take part."""

from __future__ import annotations

import secrets

import pytest
from handmade import ANN, DESK, mail, people

from mailproc.addressing import DeskAddress, Purpose, Signer, Token, new_public_id, new_reference
from mailproc.inbound.matching import Candidate, Clue, Clues, Hint, Match, choose, clues

A, B = new_reference(), new_reference()
ID, OTHER_ID = "abcdefghijkl", "mnopqrstuvwx"
REPLY = Token(Purpose.REPLY, ID)
FULL = Clues(
    reply_tokens=(REPLY,),
    return_path_tokens=(Token(Purpose.RETURN_PATH, ID),),
    own_message_tokens=(Token(Purpose.MESSAGE_ID, ID), Token(Purpose.THREAD, "23456789")),
    other_ids=("<x@y.example>",),
    subject_references=(A,),
)
SENDER = frozenset({ANN.key})


def case(reference: str, clue: Clue, *participants: str) -> Candidate:
    return Candidate(reference=reference, clue=clue, participants=frozenset(participants))


# Reading the clues


@pytest.mark.parametrize(
    "message",
    [
        mail(to=people(DESK.reply_address(ID))),
        mail(to=people(DESK.reply_address(ID).upper())),
        mail(cc=people(DESK.reply_address(ID))),
        mail(("Delivered-To", DESK.reply_address(ID))),
        mail(("X-Original-To", f"<{DESK.reply_address(ID)}>")),
        mail(("Envelope-To", DESK.reply_address(ID))),
        mail(("Resent-To", f"Desk <{DESK.reply_address(ID)}>")),
    ],
)
def test_a_reply_token_is_found_wherever_a_recipient_is_named(message):
    assert clues(message, DESK).reply_tokens == (REPLY,)


def test_the_envelope_comes_before_what_the_author_wrote():
    message = mail(("Delivered-To", DESK.reply_address(OTHER_ID)), to=people(DESK.reply_address(ID)))
    assert [token.id for token in clues(message, DESK).reply_tokens] == [OTHER_ID, ID]


def test_in_reply_to_comes_before_references_and_the_newest_reference_first():
    message = mail(
        in_reply_to=(DESK.message_id(ID), "<c@x.example>"),
        references=("<a@x.example>", DESK.thread_id(A), "<b@x.example>", DESK.message_id(OTHER_ID)),
    )
    found = clues(message, DESK)
    assert [token.id for token in found.own_message_tokens] == [
        ID,
        OTHER_ID,
        A.removeprefix("C-").replace("-", "").lower(),
    ]
    assert found.other_ids == ("<c@x.example>", "<b@x.example>", "<a@x.example>")


def test_a_reference_counts_in_the_subject_only():
    assert clues(mail(subject=f"Re: kettle [{A}]"), DESK).subject_references == (A,)
    assert clues(mail(text=f"About [{A}]"), DESK).subject_references == ()


def test_a_mail_without_clues_has_none():
    assert clues(mail(), DESK) == Clues()


def test_a_token_is_good_for_its_purpose_only():
    reply_as_id = f"<{DESK.signer.sign(Purpose.REPLY, ID)}@{DESK.domain}>"
    id_as_reply = f"{DESK.local}+{DESK.signer.sign(Purpose.MESSAGE_ID, ID)}@{DESK.domain}"
    found = clues(mail(to=people(id_as_reply, DESK.return_path(ID)), in_reply_to=(reply_as_id,)), DESK)
    assert (found.reply_tokens, found.own_message_tokens, found.other_ids) == ((), (), ())
    assert found.return_path_tokens == (Token(Purpose.RETURN_PATH, ID),)


def forged_tokens(count: int) -> list[str]:
    """Return tokens that look right and are not: wrong key, changed id, changed or short MAC, other kid."""
    stranger = Signer({"1": b"a secret that is not the desk's own secret"})
    forged: list[str] = []
    while len(forged) < count:
        id = new_public_id()
        genuine = DESK.signer.sign(Purpose.REPLY, id)
        forged += [
            stranger.sign(Purpose.REPLY, id),
            genuine[:2] + new_public_id() + genuine[14:],
            genuine[:-1] + ("a" if genuine[-1] != "a" else "b"),
            genuine[:-1],
            genuine[:14],
            genuine[:14] + "a" * 24,
            genuine[0] + "9" + genuine[2:],
            "m" + genuine[1:],
            secrets.token_hex(19),
        ]
    return forged[:count]


def test_no_forged_token_is_a_clue_on_any_carrier():
    other = DeskAddress("complaints@other.example", DESK.signer)
    for token in forged_tokens(300):
        address, message_id = f"{DESK.local}+{token}@{DESK.domain}", f"<{token}@{DESK.domain}>"
        message = mail(
            ("Delivered-To", address),
            to=people(address),
            in_reply_to=(message_id,),
            references=(message_id,),
        )
        found = clues(message, DESK)
        assert (found.reply_tokens, found.return_path_tokens, found.own_message_tokens) == ((), (), ())
    elsewhere = mail(to=people(other.reply_address(ID)), in_reply_to=(other.message_id(ID),))
    assert clues(elsewhere, DESK).reply_tokens == ()
    assert clues(elsewhere, DESK).own_message_tokens == ()


# Choosing the case


def test_without_candidates_it_is_a_new_case():
    assert choose(Clues(), (), SENDER) is None
    assert choose(FULL, (), SENDER) is None


@pytest.mark.parametrize("clue", list(Clue))
def test_every_clue_joins_for_somebody_who_takes_part(clue):
    found = choose(FULL, [case(A, clue, ANN.key)], SENDER)
    assert isinstance(found, Match)
    assert (found.reference, found.clue, found.known_sender) == (A, clue, True)


@pytest.mark.parametrize(
    "clue", [Clue.REPLY_ADDRESS, Clue.RETURN_PATH, Clue.OWN_MESSAGE_ID, Clue.THREAD_ANCHOR]
)
def test_a_verified_token_joins_for_a_stranger_and_says_so(clue):
    found = choose(FULL, [case(A, clue, "bob@customer.example")], SENDER)
    assert isinstance(found, Match)
    assert (found.reference, found.known_sender) == (A, False)


@pytest.mark.parametrize("clue", [Clue.SPLIT_PARENT, Clue.KNOWN_MESSAGE_ID, Clue.SUBJECT_REFERENCE])
def test_a_hint_joins_nothing_for_a_stranger(clue):
    found = choose(FULL, [case(A, clue, "bob@customer.example")], SENDER)
    assert isinstance(found, Hint)
    assert found.references == (A,)
    assert clue in found.why


@pytest.mark.parametrize(
    ("participant", "sender"),
    [
        ("bob@x.com", "bob@x.co"),
        ("bob@x.co", "bob@x.com"),
        ("bob@x.com", "bobb@x.com"),
        ("bob@x.com", "b@x.com"),
        ("bob@x.com", "bob@mail.x.com"),
        ("bob@x.com", "bob+1@x.com"),
        ("bob@x.com", "%@x.com"),
        ("bob@x.com", ""),
    ],
)
def test_part_of_an_address_is_another_address(participant, sender):
    found = choose(FULL, [case(A, Clue.SUBJECT_REFERENCE, participant)], frozenset({sender}))
    assert isinstance(found, Hint)


def test_ten_thousand_numbers_from_a_stranger_join_nothing():
    for _ in range(10_000):
        reference = new_reference()
        found = clues(mail(subject=f"[{reference}]"), DESK)
        decision = choose(found, [case(reference, Clue.SUBJECT_REFERENCE, "bob@x.example")], SENDER)
        assert isinstance(decision, Hint)


def test_the_stronger_clue_wins_whatever_the_order():
    order = list(Clue)
    for weaker, stronger in zip(order[1:], order, strict=False):
        found = choose(FULL, [case(B, weaker, ANN.key), case(A, stronger, ANN.key)], SENDER)
        assert isinstance(found, Match)
        assert (found.reference, found.clue) == (A, stronger)


def test_a_stranger_who_answers_a_mail_that_was_split_off_stays_where_his_token_leads():
    found = choose(FULL, [case(B, Clue.SPLIT_PARENT, ANN.key), case(A, Clue.REPLY_ADDRESS)], frozenset())
    assert isinstance(found, Match)
    assert (found.reference, found.known_sender) == (A, False)


def test_when_carriers_disagree_the_token_wins_and_the_reason_says_so():
    found = choose(FULL, [case(B, Clue.KNOWN_MESSAGE_ID, ANN.key), case(A, Clue.REPLY_ADDRESS)], SENDER)
    assert isinstance(found, Match)
    assert found.reference == A
    assert f"{B} by known_message_id" in found.reason


def test_when_carriers_agree_the_reason_names_nobody_else():
    found = choose(FULL, [case(A, Clue.REPLY_ADDRESS), case(A, Clue.SUBJECT_REFERENCE)], SENDER)
    assert isinstance(found, Match)
    assert "other" not in found.reason


def test_among_equal_clues_the_first_wins():
    candidates = [case(A, Clue.OWN_MESSAGE_ID, ANN.key), case(B, Clue.OWN_MESSAGE_ID, ANN.key)]
    found = choose(FULL, candidates, SENDER)
    assert isinstance(found, Match)
    assert found.reference == A


def test_a_stranger_is_passed_over_for_the_case_he_takes_part_in():
    candidates = [case(B, Clue.KNOWN_MESSAGE_ID, "bob@x.example"), case(A, Clue.SUBJECT_REFERENCE, ANN.key)]
    found = choose(FULL, candidates, SENDER)
    assert isinstance(found, Match)
    assert found.reference == A


def test_a_candidate_whose_clue_the_mail_does_not_carry_is_not_considered():
    for clue in Clue:
        assert choose(Clues(), [case(A, clue, ANN.key)], SENDER) is None


def test_a_subject_without_a_reference_never_joins():
    """Same sender, same subject, same participants: still a new case."""
    found = clues(mail(subject="Re: My kettle exploded"), DESK)
    assert choose(found, [case(A, Clue.SUBJECT_REFERENCE, ANN.key)], SENDER) is None
