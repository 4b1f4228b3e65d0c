"""Agents rate a case, take more time for it, or hand it up; the customer hears only what is for him."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.case import Level, Priority, Status
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_conversations import bounce_of

LEA = "Lea Lead <lea@acme.example>"
PEOPLE = People.model_validate(
    {
        "agents": [
            {"name": "Bob", "address": "bob@acme.example"},
            {"name": "Lea", "address": "lea@acme.example", "teams": ["front"]},
        ],
        "teams": {"front": {"members": ["Bob"], "lead": "Lea"}},
        "routing": [{"team": "front"}],
        "assignment": "least_open",
    }
)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    return talk


def to_lea(talk: Talk) -> Letter:
    return letters_to(talk, "lea@acme.example")[-1]


def decide_by(talk: Talk) -> str:
    (due,) = [clock.due_at for clock in talk.case.clocks if clock.id == "decide"]
    return f"{due:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("commands", "priority"),
    [
        ("#urgency high", Priority.HIGH),
        ("#urgency low", Priority.NORMAL),
        ("#urgency low\n#impact low", Priority.LOW),
        ("#urgency high\n#impact low", Priority.HIGH),
        ("#urgency high the law gives her five days\n#impact high all of March", Priority.URGENT),
    ],
)
def test_two_ratings_make_the_priority(talk: Talk, commands: str, priority: Priority):
    talk.agent(commands, to_bob(talk), sender=BOB)
    assert talk.case.priority is priority
    assert f"the priority is {priority}" in to_bob(talk).text


def test_the_reason_of_a_rating_stays_in_the_history(talk: Talk):
    talk.agent("#urgency high the law gives her five days", to_bob(talk), sender=BOB)
    (entry,) = [entry for entry in talk.history() if entry.what.startswith("rated")]
    assert "the law gives her five days" in entry.text
    assert talk.case.urgency is Level.HIGH
    assert len(to_customer(talk)) == 1  # the acknowledgement: none of it is for him


def test_more_time_counts_when_the_letter_has_left(talk: Talk):
    assert decide_by(talk) == "2026-12-07"
    talk.agent("#extend 5d the workshop waits for a part", to_bob(talk), sender=BOB)
    assert decide_by(talk) == "2026-12-07"
    talk.wait(minutes=3)
    assert decide_by(talk) == "2026-12-12"
    letter = to_customer(talk)[-1]
    assert "the workshop waits for a part" in letter
    assert "12 December 2026" in letter


def test_more_time_that_was_stopped_is_not_taken(talk: Talk):
    talk.agent("#extend 5d the workshop waits", to_bob(talk), sender=BOB)
    talk.agent("#stop", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert decide_by(talk) == "2026-12-07"
    assert talk.case.extension is None
    assert len(to_customer(talk)) == 1


def test_more_time_of_which_the_customer_never_heard_is_taken_back(talk: Talk):
    talk.agent("#extend 5d the workshop waits", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert decide_by(talk) == "2026-12-12"
    talk.arrives(bounce_of(letters_to(talk, "ann@customer.example")[-1].envelope_from))
    assert decide_by(talk) == "2026-12-07"
    assert talk.case.unreachable


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("#extend 5d", "reason"),
        ("#extend until 2026-12-01 no time", "due by 2026-12-07"),
    ],
)
def test_more_time_without_reason_or_gain_comes_back(talk: Talk, command: str, says: str):
    talk.agent(command, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert says in to_bob(talk).text
    assert len(to_customer(talk)) == 1
    assert decide_by(talk) == "2026-12-07"


def test_a_case_goes_up_to_the_lead_who_takes_it(talk: Talk):
    talk.agent("#take", to_bob(talk), sender=BOB)
    talk.agent("#escalate above my limit\n\nShe has named a lawyer.", to_bob(talk), sender=BOB)
    asked = to_lea(talk)
    assert "above my limit" in asked.text
    assert "She has named a lawyer." in asked.text
    assert "Bob asks you to step in" in " ".join(asked.text.split())
    assert (talk.case.owner, talk.case.escalated_to) == ("Bob", "Lea")

    talk.agent("#take", asked, sender=LEA)
    assert (talk.case.owner, talk.case.escalated_to) == ("Lea", None)
    talk.wait(minutes=10)
    # That somebody else looks at it, he may know; a word to a colleague is none to him.
    assert ["leads the team" in text for text in to_customer(talk)] == [False, True]
    assert not any("lawyer" in text or "above my limit" in text for text in to_customer(talk))


def test_advice_from_above_is_an_answer_to_the_escalation_and_none_to_the_customer(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.agent("Offer her half.", to_lea(talk), sender=LEA)
    talk.wait(minutes=10)
    assert talk.case.escalated_to is None
    assert "note" in what(talk)
    assert not any("Offer her half" in text for text in to_customer(talk))


def test_one_escalation_at_a_time(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    before = len(letters_to(talk, "lea@acme.example"))
    talk.agent("#escalate and again", to_bob(talk), sender=BOB)
    assert "escalated already" in to_bob(talk).text
    assert len(letters_to(talk, "lea@acme.example")) == before


def test_who_leads_the_team_herself_has_nobody_above_her(talk: Talk):
    talk.agent("#assign Lea", to_bob(talk), sender=BOB)
    talk.now += timedelta(minutes=1)
    talk.customer("Hello?", answering=letters_to(talk, "ann@customer.example")[-1])
    talk.agent("#escalate I cannot", to_lea(talk), sender=LEA)
    assert "nobody above you" in to_lea(talk).text
    assert talk.case.escalated_to is None


def test_a_case_that_waits_comes_back_at_the_time_that_was_set(talk: Talk):
    talk.agent("#wait customer 3d", to_bob(talk), sender=BOB)
    assert talk.case.status is Status.WAITING
    talk.wait(days=2)
    assert talk.case.status is Status.WAITING
    before = len(letters_to(talk, "bob@acme.example"))
    talk.wait(days=2)
    assert talk.case.status is Status.OPEN
    (back,) = letters_to(talk, "bob@acme.example")[before:]
    assert "The case was to wait until" in " ".join(back.text.split())
