"""What a customer says of a decision: thanks, a no, or neither; in three languages."""

from __future__ import annotations

import pytest

from mailproc.cases.case import Opinion
from mailproc.inbound.after_decision import read_words

OURS = (
    "We have decided your complaint.\n\nIf you do not agree, reply to this mail by 22 January. You may also"
    " turn to the Housing Ombudsman Service. We are sorry that you were not satisfied with us.\n"
)

THANKS = [
    "Thank you",
    "Thank you!!!",
    "Thank you, that settles it.",
    "Thanks, all fine",
    "Great, thanks 👍",
    "Dear Bob,\n\nthank you very much for your quick reply.\n\nKind regards\nAnn Archer",
    "Thanks!\n\nAnn",
    "I accept your decision. Thank you.",
    "I am happy with the decision",
    "Köszönöm, minden rendben.",
    "Köszönöm szépen a gyors választ!\n\nÜdvözlettel\nKiss Anna",
    "Nagyon köszönöm, elfogadom a döntést.",
    "Danke, alles gut.",
    "Vielen Dank für die schnelle Antwort, damit ist alles erledigt.\n\nMit freundlichen Grüßen\nAnn Archer",
    "Ich bin damit zufrieden. Danke!",
]
NO = [
    "I do not accept this.",
    "I don't agree.",
    "We cannot accept that",
    "I am not satisfied with your decision",
    "Thank you for your letter. I do not accept it, however.",
    "Please take it to stage 2",
    "I would like to appeal",
    "Can I go to stage 2?",
    "I would be grateful if you could review your decision.",
    "Please escalate my complaint",
    "I will go to the ombudsman",
    "It caught fire again",
    "Nem fogadom el a döntést.",
    "Nem tudom elfogadni.",
    "Nem értek ezzel egyet!",
    "Kérem a második szakaszt",
    "Szeretném, ha felülvizsgálnák",
    "Fellebbezni kívánok.",
    "Ich akzeptiere Ihre Entscheidung nicht.",
    "Damit bin ich nicht einverstanden.",
    "Ich lege Widerspruch ein",
    "Bitte prüfen Sie das noch einmal",
    "Das kann ich so nicht hinnehmen",
]
NEITHER = [
    "",
    "No.",
    "Nem",
    "When does the money come?",
    "Thanks, but it leaks again",
    "Thank you. Call me.",
    "Thank you. Ann called.",
    "Thank you for nothing",
    "Thanks a lot for wasting my time",
    "Thanks, and where is my refund",
    "Is that fine?",
    "I do not think it is fine",
    "Hi it leaks again,\nthanks",
    "Thank you\n\nKind regards\nit still leaks",
    "köszönöm, de nem jó",
    "Danke, aber kaputt",
    "Danke für nichts",
    # The contrary, or no wish of now.
    "I do not disagree",
    "I would not say I am not satisfied",
    "If I am not satisfied I will write",
    "I won't appeal",
    "I do not want to go to stage 2",
    "If it leaks again, I will take it further",
    "Are you not satisfied?",
    "Nem kérem a második szakaszt",
    "Nem vagyok elégedetlen",
    "Ich bin nicht unzufrieden",
    "Ich lege keinen Widerspruch ein",
    "Wenn es wieder leckt, lege ich Widerspruch ein",
]


@pytest.mark.parametrize("words", THANKS)
def test_nothing_but_thanks_is_content(words: str) -> None:
    said = read_words(words, name="Ann Archer", ours=OURS)
    assert said.opinion is Opinion.SATISFIED
    assert said.words


@pytest.mark.parametrize("words", NO)
def test_who_does_not_leave_it_at_that_is_not_content(words: str) -> None:
    said = read_words(words, name="Ann Archer", ours=OURS)
    assert said.opinion is Opinion.DISSATISFIED
    assert said.words in " ".join(words.split())


@pytest.mark.parametrize("words", NEITHER)
def test_all_else_is_for_a_person(words: str) -> None:
    assert read_words(words, name="Ann Archer", ours=OURS).opinion is Opinion.UNCLEAR


def test_what_stands_in_our_letter_is_not_his() -> None:
    assert read_words(f"When?\n\n{OURS}").opinion is Opinion.DISSATISFIED
    assert read_words(f"When?\n\n{OURS}", ours=OURS).opinion is Opinion.UNCLEAR
    folded = OURS.replace(" by ", "\nby ").replace("turn to the ", "turn to the\n")
    assert read_words(f"When?\n\n{folded}", ours=OURS).opinion is Opinion.UNCLEAR
    assert read_words(f"I do not agree.\n\n{OURS}", ours=OURS).opinion is Opinion.DISSATISFIED


@pytest.mark.parametrize("words", [THANKS[0], NO[0]])
def test_words_that_may_be_quoted_say_nothing(words: str) -> None:
    assert read_words(words, doubtful=True).opinion is Opinion.UNCLEAR


def test_who_sends_a_file_has_something_to_say() -> None:
    assert read_words("Thank you", has_files=True).opinion is Opinion.UNCLEAR


def test_the_name_below_thanks_is_his_own() -> None:
    assert read_words("Thank you\nAnn", name="Ann Archer").opinion is Opinion.SATISFIED
    assert read_words("Thank you\nBroken", name="Ann Archer").opinion is Opinion.UNCLEAR


def test_a_long_sentence_is_shown_cut() -> None:
    said = read_words("I do not accept this, " + "because it is wrong " * 20)
    assert len(said.words) == 80
    assert said.words.endswith("…")
