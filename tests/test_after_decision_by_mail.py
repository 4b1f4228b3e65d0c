"""The customer writes after the decision: does the next stage begin, does it stand, or must a person say?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.case import Status
from mailproc.jobs.explain import explain
from mailproc.people import People
from tests.conversation import Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, what
from tests.test_clocks_by_mail import PEOPLE, RESOLVE
from tests.test_conversations import bounce_of
from tests.test_languages_by_mail import LANGUAGES, is_foreign, words_of
from tests.test_policies_by_mail import owed
from tests.test_raising_by_mail import LEA, to_lea
from tests.test_telling_by_mail import of_kind

MakeDecided = Callable[..., Talk]


@pytest.fixture
def decided(make_talk: Callable[..., Talk]) -> MakeDecided:
    """A complaint of Monday, 23 November 2026, that Bob has decided on the same day."""

    def make(policy: str = "uk-housing", language: str = "en") -> Talk:
        people = PEOPLE.model_dump(mode="json", by_alias=True)
        people["agents"][0]["languages"] = [language]
        desk = {"policy": policy, "languages": list(LANGUAGES)}
        talk = make_talk(people=People.model_validate(people), desk=desk)
        talk.customer("My kettle exploded.")
        talk.agent(RESOLVE, to_bob(talk), sender=BOB)
        talk.wait(minutes=3)
        assert talk.case.status is Status.RESOLVED
        return talk

    return make


def writes(talk: Talk, text: str, **time: float) -> None:
    """The customer answers the newest letter that he got, as mail clients do: with the letter below."""
    talk.now += timedelta(**time)
    letter = letters_to(talk, "ann@customer.example")[-1]
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    talk.customer(f"{text}\n\nOn Monday Acme Complaints wrote:\n{quoted}\n", answering=letter)


def stands(talk: Talk) -> bool:
    return (talk.case.status, talk.case.stage, talk.case.outcome) == (Status.RESOLVED, 1, "upheld")


THANKS = [
    "Thank you, that settles it.",
    "Thanks, all fine.\n\nBest regards\nAnn",
    "Köszönöm, minden rendben.",
    "Nagyon köszönöm a gyors választ, elfogadom a döntést!\n\nÜdvözlettel\nArcher Anna",
    "Danke, alles gut.",
    "Vielen Dank für die schnelle Antwort, damit ist alles erledigt.\n\nMit freundlichen Grüßen\nAnn Archer",
]


@pytest.mark.parametrize(
    ("policy", "words"),
    [*(("uk-housing", words) for words in THANKS), ("uk-spso", THANKS[0]), ("generic-24h", THANKS[0])],
)
def test_thanks_begin_nothing_and_take_nothing_up_again(decided: MakeDecided, policy: str, words: str):
    talk = decided(policy)
    before = owed(talk)
    writes(talk, words, days=1)
    assert stands(talk)
    assert what(talk)[-1] == "is content with the decision"
    assert (owed(talk), talk.case.unanswered) == (before, ())
    assert "the decision stands, and nothing is to be done" in words_of(to_bob(talk))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Dear all,\nI do not accept this.", "I do not accept this."),
        ("We are not satisfied with your decision. Ann", "We are not satisfied with your decision."),
        ("Please take it to stage 2", "Please take it to stage 2"),
        ("Nem fogadom el a döntést!", "Nem fogadom el a döntést!"),
        ("Kérem, hogy vizsgálják felül; fellebbezek.", "fellebbezek."),
        ("Damit bin ich nicht einverstanden.", "Damit bin ich nicht einverstanden."),
        ("Ich akzeptiere Ihre Entscheidung nicht.", "Ich akzeptiere Ihre Entscheidung nicht."),
        ("I shall see what the ombudsman says.", "I shall see what the ombudsman says."),
    ],
)
def test_plain_words_begin_stage_2_and_are_named(decided: MakeDecided, words: str, says: str):
    talk = decided()
    writes(talk, words, days=1)
    assert (talk.case.stage, talk.case.status, talk.case.barred) == (2, Status.OPEN, "Bob")
    (begun,) = [entry for entry in talk.history() if entry.what.startswith("wrote again, stage 2 begins")]
    assert begun.text.startswith("says so: ")
    assert says in begun.text
    told = [letter for letter in talk.letters if letter.to != "ann@customer.example"][-1]
    assert says in words_of(told)


def test_what_is_not_plain_waits_for_a_person_and_loses_no_time(decided: MakeDecided):
    talk = decided()
    writes(talk, "When will the money come?", days=1)  # a Tuesday
    assert stands(talk)
    assert what(talk)[-1] == "wrote again after the decision"
    assert owed(talk) == {"s2.ack": "2026-12-01"}, "five working days, as though stage 2 had begun"
    told = to_bob(talk)
    assert "When will the money come?" in told.text
    hint = words_of(told)
    assert "#stage 2. That counts from the mail, and is to be acknowledged by 2026-12-01." in hint
    assert "#close: the decision stands" in hint


def test_stage_2_that_a_person_reads_out_of_a_mail_counts_from_the_mail(decided: MakeDecided):
    talk = decided()
    writes(talk, "Is that all you have to say?", days=1)
    told = to_bob(talk)
    talk.wait(days=3)
    talk.agent("#stage 2 he does not leave it at that", told, sender=BOB)
    assert (talk.case.stage, talk.case.status, talk.case.owner) == (2, Status.OPEN, "Lea")
    assert owed(talk)["s2.ack"] == "2026-12-01"
    assert "It counts from 2026-11-24 09:03, when the customer wrote." in words_of(to_bob(talk))


def test_plain_words_after_a_mail_that_nobody_answered_count_from_that_one(decided: MakeDecided):
    talk = decided()
    writes(talk, "Is that all you have to say?", days=1)
    writes(talk, "I do not accept it.", days=3)
    assert talk.case.stage == 2
    assert owed(talk)["s2.ack"] == "2026-12-01"


def test_an_answer_leaves_the_decision_as_it_is_until_it_comes_back(decided: MakeDecided):
    talk = decided()
    writes(talk, "When will the money come?", days=1)
    talk.agent("Within a week.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert stands(talk)
    assert owed(talk) == {}
    writes(talk, "It has not come.", days=10)
    assert owed(talk) == {"s2.ack": "2026-12-11"}, "the first mail was answered, and counts no more"
    talk.agent("It is on its way.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    (answer,) = [letter for letter in talk.letters if "It is on its way." in letter.text]
    talk.arrives(bounce_of(answer.envelope_from))
    assert owed(talk) == {"s2.ack": "2026-12-11"}


def test_close_ends_it(decided: MakeDecided):
    talk = decided()
    writes(talk, "When will the money come?", days=1)
    talk.agent("#close told on the telephone", to_bob(talk), sender=BOB)
    assert (talk.case.status, talk.case.outcome, owed(talk)) == (Status.CLOSED, "upheld", {})
    talk.wait(days=20)
    assert of_kind(talk, "deadline_near", "bob") == []


def test_who_says_nothing_is_reminded_and_the_case_is_not_closed_meanwhile(decided: MakeDecided):
    talk = decided()
    writes(talk, "When will the money come?", days=1)
    talk.wait(days=7)
    near, *_ = of_kind(talk, "deadline_near", "bob")
    assert "It stands until you say what is asked for" in words_of(near)
    for _ in range(10):
        talk.wait(days=7)
    assert stands(talk), "60 days to disagree have passed"
    assert not any(entry.what == "closed" for entry in talk.history())
    assert not any(letter["Subject"].startswith("How did we do?") for letter in talk.letters)
    talk.agent("#stage 2", to_bob(talk), sender=BOB)
    assert owed(talk)["s2.ack"] == "2026-12-01", "late, as it is"


def test_the_desk_closes_what_nobody_has_asked_about(decided: MakeDecided):
    talk = decided()
    writes(talk, "Thank you, that settles it.", days=1)
    talk.wait(days=61)
    assert talk.case.status is Status.CLOSED


def test_a_survey_that_is_answered_with_a_no_begins_stage_2_and_says_so(decided: MakeDecided):
    talk = decided()
    writes(talk, "Thank you, that settles it.", minutes=5)  # so it is known that he is at this address
    talk.wait(days=8)
    letter = next(letter for letter in talk.letters if letter["Subject"].startswith("How did we do?"))
    talk.customer("2", answering=letter)
    assert talk.case.stage == 2
    assert "Az ügyfél kérdőívre adott válaszával elkezdődött: Stage 2." in words_of(to_lea(talk))


def test_our_own_letter_below_is_no_word_of_the_customer(decided: MakeDecided):
    """It says what to do for who does not agree, and stands there without marks."""
    talk = decided()
    letter = letters_to(talk, "ann@customer.example")[-1]
    assert "agree" in letter.text
    talk.now += timedelta(days=1)
    talk.customer(f"When?\n\n{letter.text}", answering=letter)
    assert stands(talk)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {
            "Content-Type": "multipart/report; report-type=disposition-notification",
            "Auto-Submitted": "auto-replied",
        },
    ],
)
def test_a_machine_begins_nothing(decided: MakeDecided, headers: dict[str, str]):
    talk = decided()
    letter = letters_to(talk, "ann@customer.example")[-1]
    raw = talk.write("I do not accept mail until Monday.", answering=letter).decode()
    stamp = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "Content-Type")
    talk.arrives(f"{stamp}{raw}".encode())
    assert stands(talk)
    assert owed(talk) == {}


def test_without_stages_a_mail_takes_the_case_up_again(decided: MakeDecided):
    talk = decided("generic-24h")
    writes(talk, "When will the money come?", days=1)
    assert talk.case.status is Status.OPEN
    assert "wrote again, case reopened" in what(talk)


def test_after_the_last_stage_a_mail_takes_the_case_up_again(decided: MakeDecided):
    talk = decided()
    writes(talk, "I do not accept it.", days=1)
    talk.agent(RESOLVE, to_lea(talk), sender=LEA)
    talk.wait(minutes=3)
    writes(talk, "When will the money come?", days=1)
    assert (talk.case.status, talk.case.stage) == (Status.OPEN, 2)


def test_thanks_of_somebody_unknown_are_no_word_of_the_customer(decided: MakeDecided):
    talk = decided()
    letter = letters_to(talk, "ann@customer.example")[-1]
    talk.customer("Thanks, all fine.", answering=letter, sender="Max <max@other.example>")
    assert stands(talk)
    assert "s2.ack" in owed(talk)


@pytest.mark.parametrize("language", ["hu", "de"])
def test_an_agent_reads_it_in_her_language(decided: MakeDecided, language: str):
    talk = decided(language=language)
    writes(talk, "Köszönöm, minden rendben.", days=1)
    thanks = to_bob(talk)
    writes(talk, "Wann?", days=1)
    asks = to_bob(talk)
    talk.agent("#stage 2 mert nem", asks, sender=BOB)
    assert [is_foreign(letter) for letter in (thanks, asks, to_bob(talk))] == [set(), set(), set()]
    said = {
        "hu": ("nincs teendő", "elégedett a döntéssel", "#stage 2. Ez a levéltől számít"),
        "de": ("es ist nichts zu tun", "ist mit der Entscheidung zufrieden", "#stage 2. Das zählt ab"),
    }[language]
    shown = words_of(thanks) + words_of(asks)
    assert [each for each in said if each not in shown] == []


def test_explain_says_beforehand_what_a_mail_would_do(decided: MakeDecided):
    talk = decided()
    letter = letters_to(talk, "ann@customer.example")[-1]
    plain = talk.write("I do not accept it.", answering=letter)
    unclear = talk.write("When?", answering=letter)
    with talk.desk.database.reading() as session:
        found = [explain(talk.desk, session, raw, talk.now) for raw in (plain, unclear)]
    told = [each.history[-1].what for each in found]
    assert told == ["wrote again, stage 2 begins (Stage 2)", "wrote again after the decision"]


# Several mails in one letter


def lea_is_told(decided: MakeDecided, first: str) -> Talk:
    """A decided complaint that is Lea's now; the customer has written a moment ago."""
    talk = decided()
    people = talk.desk.people.model_dump(mode="json", by_alias=True)
    for agent in people["agents"]:
        agent["languages"] = ["en"]
    talk.desk.adopt(People.model_validate(people))
    talk.agent("#assign Lea", to_bob(talk), sender=BOB)
    writes(talk, first, days=1)
    return talk


def newest(talk: Talk) -> str:
    """What Lea reads when the letter has left that tells of what came within minutes."""
    talk.wait(minutes=16)
    return " ".join(of_kind(talk, "follow_up", "lea")[-1].text.split())


def test_what_the_mail_before_it_has_begun_stands_in_the_letter_about_both(decided: MakeDecided):
    talk = lea_is_told(decided, "When will the money come?")
    writes(talk, "I do not accept it.", minutes=1)
    writes(talk, "And here is my receipt.", minutes=1)
    writes(talk, "It was blue.", minutes=1)
    told = newest(talk)
    assert "I do not accept it." in told and "It was blue." in told, "one letter"
    assert told.count("The customer's words “I do not accept it.” begin: ") == 1
    assert talk.case.stage == 2


def test_what_is_so_no_longer_is_not_said(decided: MakeDecided):
    talk = lea_is_told(decided, "Thanks, all fine.")
    writes(talk, "Thank you, that settles it.", minutes=1)
    writes(talk, "I do not accept it.", minutes=1)
    told = newest(talk)
    assert "that settles it" in told and "I do not accept it." in told, "one letter"
    assert "The customer is content" not in told
    assert told.count("The customer's words “I do not accept it.” begin: ") == 1


def test_what_is_asked_of_the_case_stands_there_once(decided: MakeDecided):
    talk = lea_is_told(decided, "When will the money come?")
    writes(talk, "Thank you, that settles it.", minutes=1)
    writes(talk, "When, please?", minutes=1)
    told = newest(talk)
    assert "that settles it" in told and "When, please?" in told, "one letter"
    assert told.count("It stands until you say what is asked for.") == 1
    assert "The customer is content" not in told
