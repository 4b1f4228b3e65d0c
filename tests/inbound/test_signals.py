"""Danger, the law, a call for somebody higher and anger are seen in three languages, and not everywhere."""

from __future__ import annotations

import pytest

from mailproc.cases.intake import Signal
from mailproc.inbound.signal_words import SIGNALS
from mailproc.inbound.signals import has_phrase, read_signals


@pytest.mark.parametrize(
    ("words", "signal"),
    [
        ("I got an electric shock when I touched it.", Signal.SAFETY),
        ("Nobody was injured, by sheer luck.", Signal.SAFETY),
        ("Megrázott az áram, mikor bedugtam.", Signal.SAFETY),
        ("A konyhában gázszivárgást észleltünk.", Signal.SAFETY),
        ("Meine Tochter bekam einen Stromschlag.", Signal.SAFETY),
        ("Wir mussten ins KRANKENHAUS.", Signal.SAFETY),
        ("You will hear from my solicitor.", Signal.LEGAL),
        ("I’ll see you in court!", Signal.LEGAL),
        ("Ügyvédhez fordulok, ha nem kapok választ.", Signal.LEGAL),
        ("A fogyasztóvédelemhez fogok fordulni.", Signal.LEGAL),
        ("Sie hören von meinem Anwalt.", Signal.LEGAL),
        ("Dann gehen wir vor Gericht.", Signal.LEGAL),
        ("I want to speak to your manager.", Signal.HIGHER),
        ("Please pass this on to a supervisor", Signal.HIGHER),
        ("I would like to escalate my complaint.", Signal.HIGHER),
        ("A vezetőjével szeretnék beszélni!", Signal.HIGHER),
        ("Szeretnék a főnökével beszélni.", Signal.HIGHER),
        ("Kérem, továbbítsák a felettesüknek!", Signal.HIGHER),
        ("Ich möchte mit Ihrem Vorgesetzten sprechen.", Signal.HIGHER),
        ("Geben Sie das an die Geschäftsleitung weiter!", Signal.HIGHER),
        ("You are a bunch of idiots.", Signal.HOT),
        ("Szégyelljék magukat!", Signal.HOT),
        ("Das ist eine Frechheit.", Signal.HOT),
        ("I HAVE BEEN WAITING FOR THREE WEEKS NOW AND NOTHING HAPPENS", Signal.HOT),
        ("Answer me!!!", Signal.HOT),
    ],
)
def test_is_seen(words: str, signal: Signal) -> None:
    assert signal in read_signals("", words)


@pytest.mark.parametrize(
    "words",
    [
        "My kettle broke after two days.",
        "I do not want to speak to your manager.",
        "I have not talked to a lawyer.",
        "The price of it exploded.",
        "Nem ügyvéd vagyok, csak egy vásárló.",
        "Ich will nicht mit Ihrem Chef sprechen.",
        "We were on the tennis court when it rang.",
        "Das Gericht war kalt.",
        "My order is ABC-DEF-1234 XYZ.",
        "Thank you!!",
    ],
)
def test_is_not_seen(words: str) -> None:
    assert read_signals("", words) == {}


def test_the_subject_counts_and_the_words_that_were_found_are_given() -> None:
    assert read_signals("Electric shock", "See my photo.") == {Signal.SAFETY: "electric shock"}


def test_every_signal_has_words() -> None:
    assert set(SIGNALS) == set(Signal)


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("double charge", True),
        ("DOUBLE  Charge", True),
        ("double", True),
        ("doub", False),
        ("a.b", False),
        ("c++ | d", True),
        ("", False),
    ],
)
def test_a_phrase_of_the_desk_is_words_and_no_pattern(phrase: str, found: bool) -> None:
    assert has_phrase("", "A double charge, acb, in c++ | d.", phrase) is found
