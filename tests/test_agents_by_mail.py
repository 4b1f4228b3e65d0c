"""Agents work a case by answering mails; whoever is not that agent gets nothing done and learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.case import Status
from mailproc.inbound.cage import Cage
from mailproc.jobs.acting import ANSWERS_A_DAY
from mailproc.people import People
from mailproc.store import byhand
from tests.conversation import Letter, Talk
from tests.servers import EmbeddedServers
from tests.test_conversations import bounce_of

BOB = "Bob Baker <bob@acme.example>"
EVE = "Eve Ellis <eve@acme.example>"
PEOPLE = People.model_validate(
    {
        "agents": [
            {"name": "Bob", "address": "bob@acme.example"},
            {"name": "Eve", "address": "eve@acme.example"},
        ],
        "teams": {"front": {"members": ["Bob", "Eve"]}},
        "routing": [{"team": "front"}],
    }
)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def letters_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == address]


def to_bob(talk: Talk) -> Letter:
    return letters_to(talk, "bob@acme.example")[-1]


def to_customer(talk: Talk) -> list[str]:
    return [letter.text for letter in letters_to(talk, "ann@customer.example")]


def what(talk: Talk) -> list[str]:
    return [entry.what for entry in talk.history()]


def test_an_agent_answers_a_complaint_from_her_mail_client(talk: Talk):
    talk.customer("My kettle exploded.")
    assert talk.case.owner == "Bob"
    told = to_bob(talk)
    assert "My kettle exploded." in told.text
    assert "customer.example" not in told["To"] + told["Cc"] + told["Reply-To"]

    talk.agent("Dear Ann,\n\nwe send you a new one.\n", told, sender=BOB)
    assert len(to_customer(talk)) == 1  # the acknowledgement: the answer may still be stopped
    talk.wait(minutes=3)

    answer = to_customer(talk)[-1]
    assert "we send you a new one." in answer
    assert "bob@acme.example" not in letters_to(talk, "ann@customer.example")[-1].raw.decode()
    assert talk.case.status is Status.OPEN
    assert "answered the customer" in what(talk)

    talk.customer("Thank you!", answering=letters_to(talk, "ann@customer.example")[-1])
    assert len(talk.cases) == 1
    assert "Thank you!" in to_bob(talk).text


def test_the_second_case_is_the_next_agents(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("My toaster burns.", sender="Cy <cy@customer.example>", subject="Toaster")
    assert [case.owner for case in talk.cases] == ["Bob", "Eve"]


@pytest.mark.parametrize(
    ("sender", "proved", "at"),
    [
        (BOB, False, "token"),  # his address, and nobody proves that it is he
        ("Mallory <mallory@evil.example>", True, "token"),  # the token got into other hands
        (EVE, True, "token"),  # a colleague answers a letter that was for him
        (BOB, True, "desk"),  # his own address and proof, but no token
    ],
)
def test_who_is_not_that_agent_gets_nothing_done(talk: Talk, sender: str, proved: bool, at: str):
    talk.customer("My kettle exploded.")
    before = len(to_customer(talk))
    told = to_bob(talk)
    raw = talk.write_as_agent("You get a million.", told, sender=sender, proved=proved)
    if at == "desk":
        raw = talk.write_as_agent("You get a million.", None, sender=sender, subject=told["Subject"])
    talk.arrives(raw)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == before
    assert not any("million" in text for text in to_customer(talk))
    assert talk.case.status is Status.NEW


def test_a_refused_act_is_a_security_event_and_the_real_agent_hears_of_it_once(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    for number in range(3):
        talk.arrives(talk.write_as_agent(f"You get a million. {number}", told, sender=BOB, proved=False))
    assert what(talk).count("security: an act was refused") == 3
    warned = [
        letter for letter in letters_to(talk, "bob@acme.example") if "was not acted upon" in letter.text
    ]
    assert len(warned) == 1
    assert "million" not in warned[0].text
    assert talk.ledger["held"] == 3


def test_stop_takes_an_answer_back_within_the_window(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("You are a liar.", told, sender=BOB)
    talk.agent("#stop", told, sender=BOB)
    talk.wait(minutes=10)
    assert not any("liar" in text for text in to_customer(talk))
    assert "stopped" in to_bob(talk).text
    assert "reply cancelled, it was not sent" in what(talk)


def test_send_now_does_not_wait(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("We send a new one.", told, sender=BOB)
    talk.agent("#send now", told, sender=BOB)
    assert "We send a new one." in to_customer(talk)[-1]


def test_the_same_mail_twice_is_carried_out_once(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("We send a new one.", to_bob(talk), sender=BOB)
    talk.arrives(raw)
    talk.arrives(b"Received: by another.route; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)
    talk.wait(minutes=3)
    assert sum("We send a new one." in text for text in to_customer(talk)) == 1


def test_a_note_is_kept_and_the_customer_sees_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#note\nShe complains every week.", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    (note,) = [entry for entry in talk.history() if entry.what == "note"]
    assert (note.who, note.text) == ("Bob", "She complains every week.")


def test_an_unknown_command_does_nothing_and_comes_back_with_her_words(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolv upheld\nWe were wrong.", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    returned = to_bob(talk).text
    assert len(to_customer(talk)) == 1
    assert "#resolve" in returned
    assert "We were wrong." in returned
    assert talk.case.status is Status.NEW


def test_a_faulty_mail_still_stops_what_it_wanted_to_stop(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("You are a liar.", told, sender=BOB)
    talk.agent("#stop\n#asign Eve", told, sender=BOB)
    talk.wait(minutes=10)
    assert not any("liar" in text for text in to_customer(talk))
    assert talk.case.owner == "Bob"


def test_a_command_below_her_words_is_asked_about(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("We were wrong.\n\n#resolve upheld", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    assert "below your words" in to_bob(talk).text


def test_an_answer_to_an_older_state_is_held_until_she_says_send(talk: Talk):
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("It was the toaster, sorry.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("We send a new kettle.", old, sender=BOB)
    talk.wait(minutes=10)
    assert not any("new kettle" in text for text in to_customer(talk))
    returned = to_bob(talk)
    assert "We send a new kettle." in returned.text

    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert "We send a new kettle." in to_customer(talk)[-1]


def test_a_resolution_held_as_stale_goes_out_as_a_resolution(talk: Talk):
    """The command lines of the held mail are commands when it is released, and no words for the customer."""
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("Are you there?", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nIt was faulty.", old, sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert talk.case.status is Status.RESOLVED
    assert "It was faulty." in to_customer(talk)[-1]
    assert "#resolve" not in to_customer(talk)[-1]


def test_a_resolution_says_the_decision_and_counts_when_it_was_accepted(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent(
        "#resolve upheld cause=quality remedy=refund amount=49 EUR\n\nThe heating element was faulty.",
        to_bob(talk),
        sender=BOB,
    )
    assert talk.case.status is Status.OPEN
    talk.wait(minutes=3)
    letter = to_customer(talk)[-1]
    assert "The heating element was faulty." in letter
    assert "49 EUR" in letter
    case = talk.case
    assert (case.status, case.outcome, case.cause, case.remedy) == (
        Status.RESOLVED,
        "upheld",
        "quality",
        "refund",
    )


def test_a_resolution_without_reasons_comes_back_as_a_form(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolve upheld", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert "cause=" in to_bob(talk).text
    assert (talk.case.status, talk.case.outcome) == (Status.NEW, None)


def test_an_agents_out_of_office_is_no_answer(talk: Talk):
    talk.customer("My kettle exploded.")
    vacation = {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}
    talk.agent("I am away until Monday.", to_bob(talk), sender=BOB, headers=vacation)
    talk.wait(minutes=10)
    assert not any("away until" in text for text in to_customer(talk))
    assert talk.case.status is Status.NEW


def test_an_answer_that_also_went_to_the_customer_directly_voids_its_address(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent("We send a new one.", told, sender=BOB, headers={"Cc": "ann@customer.example"})
    talk.wait(minutes=3)
    talk.agent("And a toaster.", told, sender=BOB)
    talk.wait(minutes=3)
    assert any("We send a new one." in text for text in to_customer(talk))
    assert not any("And a toaster." in text for text in to_customer(talk))


def test_an_agent_who_has_left_is_nobody_at_once(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.desk.adopt(People.model_validate({"agents": [{"name": "Eve", "address": "eve@acme.example"}]}))
    talk.agent("You get a million.", told, sender=BOB)
    talk.wait(minutes=10)
    assert not any("million" in text for text in to_customer(talk))


def test_a_letter_to_an_agent_that_comes_back_leaves_the_customer_reachable(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.arrives(bounce_of(to_bob(talk).envelope_from, "bob@acme.example"))
    assert not talk.case.unreachable
    assert "new_case to an agent came back" in what(talk)


def test_a_mail_without_its_thread_waits_until_the_agent_confirms_it(talk: Talk):
    """Somebody may have got hold of the address; only her own mailbox gets the question."""
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    raw = talk.write_as_agent("We send a new one.", None, sender=BOB, to=told["Reply-To"])
    talk.arrives(raw)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    question = to_bob(talk)
    assert "We send a new one." in question.text

    talk.agent("yes", question, sender=BOB)
    talk.wait(minutes=10)
    assert "We send a new one." in to_customer(talk)[-1]

    talk.agent("yes", question, sender=BOB)
    talk.agent("yes, really", question, sender=BOB)
    talk.wait(minutes=10)
    assert sum("We send a new one." in text for text in to_customer(talk)) == 1


def test_where_nobody_checks_senders_every_act_is_confirmed(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"trusted_authserv_id": None, "agent_confirm": True})
    talk.customer("My kettle exploded.")
    talk.agent("We send a new one.", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert "We send a new one." in to_customer(talk)[-1]


def test_the_owner_hears_when_the_customer_cannot_be_reached(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.arrives(bounce_of(letters_to(talk, "ann@customer.example")[0].envelope_from))
    assert talk.case.unreachable
    assert "5.1.1" in to_bob(talk).text


def test_a_machine_in_her_mailbox_that_hides_what_it_is_is_not_answered_for_ever(talk: Talk):
    talk.customer("My kettle exploded.")
    for number in range(ANSWERS_A_DAY + 5):
        talk.agent(f"#nonsense {number}", to_bob(talk), sender=BOB)
    returned = [letter for letter in letters_to(talk, "bob@acme.example") if "#nonsense" in letter.text]
    assert len(returned) == ANSWERS_A_DAY
    talk.wait(days=2)
    talk.agent("#nonsense", to_bob(talk), sender=BOB)
    assert "#nonsense" in to_bob(talk).text


def test_a_held_mail_can_be_taken_as_a_customers_by_a_person(talk: Talk):
    """An agent may have bought a kettle too."""
    talk.arrives(talk.write_as_agent("My own kettle exploded.", None, sender=BOB))
    assert talk.ledger["held"] == 1
    with talk.desk.database.transaction() as session:
        byhand.receive_again(session, 1, talk.now, taken_as="customer")
    talk.work()
    assert talk.case.customer_email == "bob@acme.example"


def test_an_agent_works_a_case_on_either_database(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=1)
        talk.customer("My kettle exploded.")
        told = to_bob(talk)
        talk.agent("#nonsense\nWe send a new one.", told, sender=BOB)
        talk.agent("#take\n#note\nShe is right.", told, sender=BOB)
        talk.agent("#resolve upheld cause=quality remedy=none\n\nIt was faulty.", told, sender=BOB)
        talk.wait(minutes=3)
        assert talk.case.status is Status.RESOLVED
        assert "It was faulty." in to_customer(talk)[-1]
        assert (talk.ledger["replied"], talk.ledger["held"], talk.ledger["unaccounted"]) == (2, 1, 0)
    finally:
        talk.close()


def test_a_forged_copy_that_comes_first_does_not_take_the_place_of_the_true_one(talk: Talk):
    """Both have the same content: what our host stamped is no part of it."""
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    true = talk.write_as_agent("We send a new one.", told, sender=BOB)
    talk.arrives(true.replace(b"dmarc=pass", b"dmarc=fail"))
    talk.arrives(true)
    talk.wait(minutes=3)
    assert "We send a new one." in to_customer(talk)[-1]


def test_a_colleague_who_answers_his_letter_gets_no_key_to_the_case(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("Let me in.", to_bob(talk), sender=EVE)
    assert letters_to(talk, "eve@acme.example") == []
    warning = to_bob(talk)
    assert "was not acted upon" in warning.text
    assert "Let me in." not in warning.text


def test_a_confirmed_mail_that_is_stale_comes_back_with_its_own_words(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.customer("It was the toaster.", answering=letters_to(talk, "ann@customer.example")[0])
    talk.arrives(talk.write_as_agent("We send a new kettle.", None, sender=BOB, to=told["Reply-To"]))
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1, "she has not seen what the customer wrote since"
    talk.agent("#send", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    assert "We send a new kettle." in to_customer(talk)[-1]
    assert "yes" not in to_customer(talk)[-1].split("Best", 1)[0].splitlines()


def test_only_the_word_yes_confirms(talk: Talk):
    """A machine in her mailbox answers every mail, this question too."""
    talk.customer("My kettle exploded.")
    talk.arrives(talk.write_as_agent("You get a million.", None, sender=BOB, to=to_bob(talk)["Reply-To"]))
    question = to_bob(talk)
    talk.agent("Thank you for your mail, I am in a meeting.", question, sender=BOB)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    talk.agent("Yes.", question, sender=BOB)
    talk.wait(minutes=10)
    assert "million" in to_customer(talk)[-1]


def test_a_held_answer_is_released_once(talk: Talk):
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("Are you there?", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("We send a new kettle.", old, sender=BOB)
    returned = to_bob(talk)
    talk.agent("#send", returned, sender=BOB)
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert sum("We send a new kettle." in text for text in to_customer(talk)) == 1
    assert "released before" in to_bob(talk).text


def test_a_stranger_with_the_customers_letter_is_shown_as_one(talk: Talk):
    talk.customer("My kettle exploded.")
    stamp = {"sender": "Max <max@other.example>", "answering": letters_to(talk, "ann@customer.example")[0]}
    talk.arrives(talk.write_as_agent("Pay it to my account.", stamp.pop("answering"), **stamp))
    told = to_bob(talk).text
    assert "max@other.example, an address that is not known" in told
    assert "NOT confirmed" in told


def test_an_answer_to_the_customer_names_his_mail_and_not_that_of_a_stranger(talk: Talk):
    talk.customer("My kettle exploded.", message_id="<hers@customer.example>")
    letter = letters_to(talk, "ann@customer.example")[0]
    raw = talk.write(
        "Pay it to me.", sender="Max <max@other.example>", answering=letter, message_id="<his@other.example>"
    )
    talk.arrives(raw)
    talk.agent("We send a new kettle.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    answer = letters_to(talk, "ann@customer.example")[-1]
    assert "We send a new kettle." in answer.text
    assert answer["In-Reply-To"] == "<hers@customer.example>"
    assert "his@other.example" not in answer.raw.decode()


def test_an_agent_who_cannot_be_written_to_harms_no_case(make_talk: Callable[..., Talk]):
    people = People.model_validate({"agents": [{"name": "Álmos", "address": "álmos@acme.example"}]})
    talk = make_talk(people=people)
    talk.customer("My kettle exploded.")
    assert talk.dispositions == ["opened"]
    assert len(to_customer(talk)) == 1
    assert "new_case to Álmos cannot be made" in what(talk)


def test_when_all_are_away_all_are_told(make_talk: Callable[..., Talk]):
    agents = [
        {"name": name, "address": f"{name.lower()}@acme.example", "away": True} for name in ("Bob", "Eve")
    ]
    talk = make_talk(people=People.model_validate({"agents": agents}))
    talk.customer("My kettle exploded.")
    assert letters_to(talk, "bob@acme.example") and letters_to(talk, "eve@acme.example")
