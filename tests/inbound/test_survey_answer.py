"""What a customer answers to the survey, in the languages of letters; in doubt a person reads it."""

from __future__ import annotations

import pytest

from mailproc.cases.case import Opinion
from mailproc.inbound.reply_text import new_words
from mailproc.inbound.survey_answer import read_answer

YES, NO, DOUBT = Opinion.SATISFIED, Opinion.DISSATISFIED, Opinion.UNCLEAR


def read(words: str) -> tuple[int | None, Opinion]:
    answer = read_answer(words)
    return answer.score, answer.opinion


@pytest.mark.parametrize(
    ("words", "score"),
    [
        *((str(score), score) for score in range(1, 6)),
        ("  4 ", 4),
        ("4.", 4),
        ("4!", 4),
        ("(4)", 4),
        ("4/5", 4),
        ("4 / 5", 4),
        ("4 of 5", 4),
        ("4 out of five", 4),
        ("4 stars", 4),
        ("four", 4),
        ("Four stars.", 4),
        ("Score: 4", 4),
        ("My rating: 4/5", 4),
        ("4, thank you", 4),
        ("4! Thanks a lot", 4),
        ("4 - quick and friendly", 4),
        ("4 (quick and friendly)", 4),
        ("Hello,\n\n4\n\nAnn", 4),
        ("1. 4\n2. Quick and friendly.", 4),
        ("1) four\n2) Friendly.", 4),
        ("★★★★", 4),
        ("★★★★☆", 4),
        ("****", 4),
        ("⭐️⭐️⭐️⭐️", 4),
        ("négy", 4),
        ("NEGY", 4),
        ("Négyes!", 4),
        ("4-es", 4),
        ("5-ös", 5),
        ("öt", 5),
        ("4 pont", 4),
        ("4 az 5-ből", 4),
        ("Pontszám: 4", 4),
        ("Tisztelt Acme Ügyfélszolgálat!\n\n4", 4),
        ("vier", 4),
        ("fünf", 5),
        ("4 von 5", 4),
        ("4 Punkte", 4),
        ("vier Sterne", 4),
        ("Meine Bewertung: 4", 4),
        ("Guten Tag,\n4", 4),
        ("Sehr geehrte Damen und Herren,\n4", 4),
    ],
)
def test_a_score_is_read(words: str, score: int):
    assert read_answer(words).score == score


@pytest.mark.parametrize(
    "words",
    [
        "",
        "0",
        "6",
        "10",
        "45",
        "4.5",
        "4,5",
        "-4",
        "4-5",
        "3 or 4",
        "2 weeks",
        "2 weeks later the kettle broke again.",
        "2, 3 weeks ago I wrote to you",
        "I rang 5 times",
        "5 times I rang you",
        "4 of my kettles broke",
        "One thing: the lid.",
        "1. The lid broke.",
        "1) The lid broke.\n2) So did the handle.",
        "2: nobody called",
        "4/5/2026",
        "5:00",
        "5/4",
        "10/10",
        "The outcome is fine.\n4",
        "2 hét",
        "3 hete várok",
        "5-ször telefonáltam",
        "Egy dolog nem tetszett.",
        "2 Wochen",
        "Ich habe 5 mal angerufen",
        "3 Mal angerufen",
        "Note 2",
        "★★☆",
        "******",
        "4 € refund",
        "4%",
        "Satisfaction: 4, handling: 2",
    ],
)
def test_what_may_be_another_number_is_no_score(words: str):
    assert read_answer(words).score is None


@pytest.mark.parametrize(
    "words",
    [
        "Yes",
        "Yes, thank you.",
        "I am very satisfied.",
        "I'm happy with it. Thanks!",
        "All good, thank you",
        "Igen",
        "Igen, köszönöm szépen!",
        "Teljesen elégedett vagyok.",
        "elegedett vagyok",
        "Minden rendben, köszönöm.",
        "Ja",
        "Ja, danke!",
        "Ich bin sehr zufrieden.",
        "Alles bestens, vielen Dank.",
    ],
)
def test_plain_words_of_content(words: str):
    assert read(words) == (None, YES)


@pytest.mark.parametrize(
    "words",
    [
        "No",
        "No.",
        "No, not at all.",
        "No, I am not satisfied.",
        "I am not satisfied.",
        "I'm not at all happy with this.",
        "We aren't satisfied with your decision.",
        "Dissatisfied!",
        "I am very disappointed.",
        "Unfortunately I do not agree with the decision.",
        "Thanks, but it is still broken.",
        "The kettle has not been resolved in any way.\nI want my money back.",
        "I have thought about this for a long time now and I am not\nsatisfied.",
        "Nem",
        "Nem, nem vagyok elégedett.",
        "Sajnos nem vagyok elégedett az eredménnyel.",
        "Elégedetlen vagyok.",
        "Nem értek egyet a döntéssel.",
        "Még mindig nem kaptam meg.",
        "Nein",
        "Nein, überhaupt nicht",
        "Leider bin ich nicht zufrieden.",
        "Ich bin damit nicht einverstanden.",
        "Ich bin enttäuscht.",
        "Das Gerät ist immer noch defekt.",
    ],
)
def test_plain_words_of_disagreement(words: str):
    assert read(words) == (None, NO)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Not bad.",
        "not bad at all",
        "Not great.",
        "Not very satisfied.",
        "Nem vagyok teljesen elégedett.",
        "Nicht ganz zufrieden.",
        "Nem rossz.",
        "Nicht schlecht",
        "I rang 5 times.",
        "2 weeks",
        "No, thanks.",
        "No thank you",
        "No.\nThanks",
        "No problem.",
        "I am not unhappy.",
        "I cannot say that I am unhappy.",
        "I would be satisfied if the lid held.",
        "If I am not satisfied, may I write again?",
        "Are you satisfied?",
        "I was unhappy at first.",
        "I am happy, but the lid leaks.",
        "Great. It broke again.",
        "Not satisfied with the lid, very satisfied with Bob.",
        "Could be better.",
        "ok",
        "Thanks",
        "My wife will answer.",
        "Nem vagyok elégedetlen.",
        "Elégedett lennék, ha tartana.",
        "Elégedett vagyok, de a fedele csöpög.",
        "Nem, köszönöm.",
        "Nem is tudom.",
        "Elmegy.",
        "Ich bin nicht unzufrieden.",
        "Ich wäre zufrieden, wenn es hielte.",
        "Zufrieden, aber der Deckel tropft.",
        "Nein danke",
        "Geht so.",
        "Yes, but nobody called.",
        "Ja, aber erst nach drei Anrufen.",
        "Satisfied " + "and then some " * 30,
    ],
)
def test_everything_else_is_for_a_person(words: str):
    answer = read_answer(words)
    assert (answer.score, answer.opinion) == (None, DOUBT)
    assert answer.wants_reading


@pytest.mark.parametrize(
    ("words", "score", "opinion", "wants_reading"),
    [
        ("5", 5, YES, False),
        ("4", 4, YES, False),
        ("3", 3, DOUBT, False),
        ("2", 2, NO, True),
        ("1", 1, NO, True),
        ("3\nI am not satisfied.", 3, NO, True),
        ("5\n\nBob was very kind.", 5, YES, True),
        ("5, not bad", 5, YES, True),
        ("2\nnot bad", 2, NO, True),
        # The scale was taken for that of school marks, where 1 is the best.
        ("1\nIch bin sehr zufrieden.", None, DOUBT, True),
        ("5\nI am not satisfied.", None, NO, True),
    ],
)
def test_score_and_words_together(words: str, score: int | None, opinion: Opinion, wants_reading: bool):
    answer = read_answer(words)
    assert (answer.score, answer.opinion, answer.wants_reading) == (score, opinion, wants_reading)


@pytest.mark.parametrize(
    ("words", "wants_reading"),
    [
        ("stop", False),
        ("STOP!", False),
        ("“stop”", False),
        ("Unsubscribe", False),
        ("opt out", False),
        ("leiratkozom", False),
        ("Leiratkozás.", False),
        ("abmelden", False),
        ("Stopp", False),
        ("5\n\nstop", False),
        ("stop\n\nAnd I want my money back.", True),
    ],
)
def test_a_word_alone_on_its_line_ends_the_surveys(words: str, wants_reading: bool):
    answer = read_answer(words)
    assert answer.opts_out
    assert answer.wants_reading is wants_reading


@pytest.mark.parametrize(
    "words", ["It does not stop leaking.", "Stop the leak", "5", "non-stop", "Bitte nicht abmelden, danke."]
)
def test_the_same_word_in_a_sentence_does_not(words: str):
    assert not read_answer(words).opts_out


def test_a_doubtful_reading_says_nothing_but_that_a_person_is_to_look():
    answer = read_answer("5", doubtful=True)
    assert (answer.score, answer.opinion, answer.wants_reading) == (None, DOUBT, True)
    assert read_answer("stop", doubtful=True).opts_out


QUOTED = """
On Mon, 23 Nov 2026 at 09:00, Acme Complaints <complaints+r1@acme.example> wrote:

> Are you satisfied with the outcome?
>
> Reply with a number from 1 to 5.
>
>     1 = not at all
>     5 = very much
"""


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("4\n" + QUOTED, 4),
        ("4\n\n-- \nAnn Archer\n5 Main Street\n" + QUOTED, 4),
        ("4\n\nSent from my iPhone\n" + QUOTED, 4),
        ("4", 4),
        ("> Are you satisfied with the outcome?\n\n4\n\n> How did we handle your complaint?\n\nFast.", 4),
        ("★★★★\n" + QUOTED, 4),
        (QUOTED, None),
    ],
)
def test_only_what_is_new_in_the_reply_counts(reply: str, score: int | None):
    reading = new_words(reply)
    assert read_answer(reading.text, doubtful=bool(reading.doubtful)).score == score
