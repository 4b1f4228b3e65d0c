"""A complaint that cannot wait is seen as it comes in, and whoever reads it is told why."""

from __future__ import annotations

from mailproc.cases.case import Level, Priority
from mailproc.people import People
from tests.conversation import MakeTalk, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob

PEOPLE = People.model_validate(
    {
        "agents": [
            {"name": "Bob", "address": "bob@acme.example"},
            {"name": "Mona", "address": "mona@acme.example", "teams": ["money"]},
        ],
        "teams": {"front": {"members": ["Bob"]}, "money": {}},
        "routing": [{"team": "front"}, {"team": "money", "category": "cost"}],
    }
)


def history(talk: Talk, reference: str | None = None) -> list[str]:
    return [f"{entry.who}: {entry.what}: {entry.text}" for entry in talk.history(reference)]


def test_danger_goes_before_everything_and_the_agent_reads_why(make_talk: MakeTalk):
    talk = make_talk(people=PEOPLE)
    talk.customer("I got an electric shock from your kettle.")
    assert (talk.case.urgency, talk.case.impact) == (Level.HIGH, Level.HIGH)
    assert talk.case.priority is Priority.URGENT
    letter = to_bob(talk)
    assert "urgent, of high severity" in letter.text
    assert "safety: electric shock" in letter.text
    assert any(line.startswith("desk: rated: urgency high, impact high") for line in history(talk))


def test_what_our_own_letter_says_below_the_reply_is_no_signal(make_talk: MakeTalk):
    talk = make_talk(people=PEOPLE)
    talk.customer(
        "My kettle broke.\n\nOn Monday, the desk wrote:\n> You may ask the ombudsman, or a solicitor.\n"
    )
    assert talk.case.urgency is None


def test_words_of_the_desk_choose_category_and_team(make_talk: MakeTalk):
    rule = {"words": {"en": ["charged twice"]}, "sets_category": "cost"}
    talk = make_talk(people=PEOPLE, complaints={"rating": [rule]})
    talk.customer("I was charged twice.")
    assert (talk.case.category, talk.case.team) == ("cost", "money")


def test_what_a_person_says_counts_from_then_on(make_talk: MakeTalk):
    talk = make_talk(people=PEOPLE)
    talk.customer("You will hear from my solicitor.")
    assert talk.case.urgency is Level.HIGH
    talk.agent("#urgency low she says this each month\n#impact low", to_bob(talk), sender=BOB)
    assert talk.case.priority is Priority.LOW
    talk.customer("My solicitor is still waiting.", answering=letters_to(talk, "ann@customer.example")[-1])
    assert talk.case.priority is Priority.LOW


def test_a_complaint_that_an_agent_brings_in_is_rated_too(make_talk: MakeTalk):
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle broke.")
    talk.agent("#from cleo@other.example\n\nShe rang: there was a gas leak.", to_bob(talk), sender=BOB)
    _, brought = talk.cases
    assert brought.priority is Priority.URGENT
    assert any("safety: gas leak" in line for line in history(talk, brought.reference))
