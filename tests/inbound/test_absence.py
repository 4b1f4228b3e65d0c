"""What an automatic answer says of an absence, and what it does not."""

from __future__ import annotations

from datetime import date

import pytest

from mailproc.inbound.absence import absence

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    ("text", "first_day_back"),
    [
        ("I am out of the office until 3 December 2026. In urgent cases call Eve.", date(2026, 12, 4)),
        ("I'm on vacation thru December 5th.", date(2026, 12, 6)),
        ("I am away from 24 November until 30 November.", date(2026, 12, 1)),
        ("I will be back on 2026-12-04.", date(2026, 12, 4)),
        ("I am on leave, returning Monday, 30 November.", date(2026, 11, 30)),
        ("I am away until Friday, 4 December, and back on Monday, 7 December.", date(2026, 12, 5)),
        ("Ich bin bis einschließlich 4.12.2026 nicht im Büro.", date(2026, 12, 5)),
        ("Ich bin vom 24.11. bis 30.11. nicht im Haus.", date(2026, 12, 1)),
        ("Ich bin im Urlaub und ab Montag, dem 7. Dezember wieder erreichbar.", date(2026, 12, 7)),
        ("Ab dem 30.11. bin ich wieder für Sie da.", date(2026, 11, 30)),
        ("2026. december 3-ig szabadságon vagyok.", date(2026, 12, 4)),
        ("2026.12.03-ig távol vagyok.", date(2026, 12, 4)),
        ("December 3-áig házon kívül vagyok.", date(2026, 12, 4)),
        ("Szabadságon vagyok, december 4-én újra elérhető leszek.", date(2026, 12, 4)),
    ],
)
def test_the_day_on_which_she_is_back(text: str, first_day_back: date):
    found = absence("", text, TODAY)
    assert found is not None
    assert found.until == first_day_back


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office.",
        "I am away until 3/12.",  # whose month comes first?
        "I am away until 1 March 2027.",  # so long an absence stands in people.yaml
        "I was away until 3 November.",
        "Szabadságon leszek 12.03-ig.",  # in Hungary the month comes first, elsewhere the day
        "Ab dem 7. Dezember bin ich im Urlaub.",  # that is when it begins
        "Ich bin zur Zeit nicht im Büro. Rechnungen vom 30.11. bitte an Eve.",
        "Jelenleg házon kívül vagyok.",
    ],
)
def test_an_absence_without_a_day_that_is_certain(text: str):
    found = absence("", text, TODAY)
    assert found is not None
    assert found.until is None


@pytest.mark.parametrize(
    "text",
    [
        "We have received your mail.",
        "Ihre Nachricht ist eingegangen. Ihre Vorgangsnummer ist 4.12.2026.",
        "Megkaptuk levelét.",
        "This mailbox is not read. Write to support@example.com.",
        "",
    ],
)
def test_a_machine_that_says_nothing_about_its_person(text: str):
    assert absence("Automatic reply", text, TODAY) is None


def test_the_subject_says_it_too():
    assert absence("Out of office until 30 November", "", TODAY) is not None
