"""The desk asks an agent whether to go on: yes carries her mail out, no drops it, other words come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob, to_customer, what
from tests.test_languages_by_mail import LANGUAGES, is_foreign, words_of

MakeAsked = Callable[..., Talk]


@pytest.fixture
def asked(make_talk: Callable[..., Talk]) -> MakeAsked:
    """Bob wrote to the address of a letter and outside its thread, so that he is asked whether it was he."""

    def make(language: str = "en", words: str = "You get a million.") -> Talk:
        people = PEOPLE.model_dump(mode="json", by_alias=True)
        people["agents"][0]["languages"] = [language]
        talk = make_talk(people=People.model_validate(people), desk={"languages": list(LANGUAGES)})
        talk.customer("My kettle exploded.")
        talk.arrives(talk.write_as_agent(words, None, sender=BOB, to=to_bob(talk)["Reply-To"]))
        assert question(talk)["Subject"]
        return talk

    return make


def questions(talk: Talk) -> list[Letter]:
    public = {row.message_id for row in talk.queue if row.letter == "confirm"}
    return [letter for letter in talk.letters if letter["Message-ID"] in public]


def question(talk: Talk) -> Letter:
    return questions(talk)[-1]


def says(talk: Talk, words: str, answering: Letter, **mail: object) -> None:
    talk.agent(words, answering, sender=BOB, **mail)
    talk.wait(minutes=10)


@pytest.mark.parametrize(("language", "no"), [("en", "No."), ("hu", "nem"), ("de", "Nein!")])
def test_a_no_drops_what_waited(asked: MakeAsked, language: str, no: str):
    talk = asked(language)
    first = question(talk)
    says(talk, no, first)
    receipt = to_bob(talk)
    assert is_foreign(receipt) == set() or language == "en"
    said = {
        "en": "Nothing was done: you said no, and your mail is dropped.",
        "hu": "Semmi sem történt: Ön nemet mondott, a levelét elvetettük.",
        "de": "Es wurde nichts getan: Sie haben nein gesagt, Ihre Mail ist verworfen.",
    }
    assert said[language] in words_of(receipt)
    assert what(talk)[-1] == "said no, and a mail was dropped"
    says(talk, "yes", first)
    assert len(to_customer(talk)) == 1, "it is dropped for good"
    assert talk.ledger["held"] == 3


def test_words_below_a_no_come_back(asked: MakeAsked):
    talk = asked()
    says(talk, "No\n\nWe send a new kettle instead.", question(talk))
    told = words_of(to_bob(talk))
    assert "you said no, and your mail is dropped" in told
    assert "We send a new kettle instead." in told
    assert len(to_customer(talk)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_words_come_back_and_she_is_asked_again(asked: MakeAsked, language: str):
    talk = asked(language)
    says(talk, "Go on, but make it two million.\nBob", question(talk))
    assert len(questions(talk)) == 2
    again = words_of(question(talk))
    assert is_foreign(question(talk)) == set() or language == "en"
    said = {
        "en": "Your answer “Go on, but make it two million.” is neither yes nor no, so nothing was done",
        "hu": "A válaszából („Go on, but make it two million.”) nem derül ki, hogy igen vagy nem",
        "de": "Ihre Antwort „Go on, but make it two million.“ ist weder ja noch nein",
    }
    assert said[language] in again
    assert "You get a million." in again, "what waits is named"
    assert "two million.\nBob" in again.replace("│ ", "") or "two million. │ Bob" in again
    assert len(to_customer(talk)) == 1

    says(talk, {"en": "yes", "hu": "igen", "de": "ja"}[language], question(talk))
    assert "You get a million." in to_customer(talk)[-1]
    assert "two million" not in to_customer(talk)[-1]


def test_what_waits_is_carried_out_once_whichever_question_is_answered(asked: MakeAsked):
    talk = asked()
    first = question(talk)
    says(talk, "Which mail?", first)
    says(talk, "yes", first)
    says(talk, "yes", question(talk))
    assert sum("You get a million." in text for text in to_customer(talk)) == 1
    assert "revoked" in words_of(to_bob(talk))


def test_she_has_seen_no_more_by_being_asked_again(asked: MakeAsked):
    talk = asked()
    talk.customer("It was the toaster.", answering=letters_to(talk, "ann@customer.example")[0])
    says(talk, "Which mail?", question(talk))
    says(talk, "yes", question(talk))
    assert len(to_customer(talk)) == 1, "she has not read what the customer wrote since"


def test_a_machine_that_repeats_itself_is_asked_again_once(asked: MakeAsked):
    talk = asked()
    answered = 0
    for _ in range(8):
        waiting = questions(talk)[answered:]
        answered += len(waiting)
        for letter in waiting:
            says(talk, "Thank you for your mail, I am in a meeting.", letter)
    assert answered == 2
    assert len(to_customer(talk)) == 1


def test_a_machine_that_says_what_it_is_gets_nothing(asked: MakeAsked):
    talk = asked()
    before = len(talk.letters)
    says(talk, "I am away.", question(talk), headers={"Auto-Submitted": "auto-replied"})
    assert len(talk.letters) == before


def test_a_stranger_with_the_question_gets_no_answer_and_drops_nothing(asked: MakeAsked):
    talk = asked()
    first = question(talk)
    talk.agent("no", first, sender=EVE)
    talk.agent("what is this?", first, sender="Max <max@other.example>")
    talk.wait(minutes=10)
    addresses = {letter.to for letter in talk.letters}
    assert addresses == {"ann@customer.example", "bob@acme.example"} | (addresses & {"max@other.example"})
    says(talk, "yes", first)
    assert "You get a million." in to_customer(talk)[-1]


def test_a_complaint_that_she_brings_in_is_dropped_or_asked_about_again(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    brought = "#from cy@customer.example\n\nThe toaster burns."
    talk.arrives(talk.write_as_agent(brought, None, sender=BOB))
    says(talk, "It is urgent.", question(talk))
    assert len(questions(talk)) == 2
    assert "It is urgent." in words_of(question(talk))
    first = question(talk)
    says(talk, "no", first)
    assert "your mail is dropped" in words_of(to_bob(talk))
    says(talk, "yes", first)
    assert talk.cases == []
