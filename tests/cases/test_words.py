"""What the history has stored in English is found again, and nothing that a person wrote is taken for it."""

from __future__ import annotations

import pytest

from mailproc.cases.case import Status
from mailproc.cases.events import Event
from mailproc.cases.lifecycle import decide
from mailproc.cases.opening import open_case
from mailproc.cases.words import DEEDS, in_words, text_again, what_again
from mailproc.errors import NotAllowed
from mailproc.sentences import Sentence, translated
from tests.cases.samples import EVERY_EVENT, NOW, POLICY, RECEIVED, ZONE, case


def made() -> set[str]:
    """Every entry that an event makes in any status."""
    found = {entry.what for entry in open_case(RECEIVED, POLICY, ZONE, NOW).history}
    for event in EVERY_EVENT.values():
        for status in Status:
            found |= history_of(event, status)
    return found


def history_of(event: Event, status: Status) -> set[str]:
    try:
        return {entry.what for entry in decide(case(status), event, POLICY, ZONE, NOW).history}
    except NotAllowed:
        return set()


def test_every_entry_that_the_lifecycle_makes_is_found_again() -> None:
    entries = made()
    assert len(entries) > 30
    assert {what for what in entries if not isinstance(what_again(what), Sentence)} == set()


@pytest.mark.parametrize("deed", DEEDS)
def test_no_entry_is_taken_for_another(deed: str) -> None:
    levels = {"urgency": "high", "impact": "low"}
    others = {"letter": "reply", "name": "Bob", "reference": "C-7F3K-9QXT", "moment": "2026-12-03 10:00"}
    others |= {"number": "2", "title": "Review", "happening": "what was promised is done"}
    again = what_again(deed.removeprefix("… ").format(**levels, **others))
    assert isinstance(again, Sentence)
    assert again.pattern == deed


def test_a_name_is_not_translated_and_a_word_of_the_desk_is() -> None:
    catalog = {
        "… assigned to {name}": "übergeben an {name}",
        "closed": "zu",
        "… {letter} accepted": "nahm {letter}",
    }
    catalog |= {"reply": "die Antwort", "Bob": "Robert"}
    assert translated(what_again("assigned to closed"), catalog) == "übergeben an closed"
    assert translated(what_again("assigned to Bob"), catalog) == "übergeben an Bob"
    assert translated(what_again("reply accepted"), catalog) == "nahm die Antwort"
    assert what_again("something of its own accepted") == "something of its own accepted"
    assert not isinstance(what_again("something of its own accepted"), Sentence)


def test_the_status_closed_is_another_sentence_than_having_closed() -> None:
    catalog = {"… closed": "hat geschlossen", "closed": "geschlossen"}
    assert translated(what_again("closed"), catalog) == "hat geschlossen"
    assert translated(in_words("closed"), catalog) == "geschlossen"
    assert what_again("closed") == in_words("closed") == "closed"


def test_what_a_person_wrote_is_never_taken_for_a_sentence_of_the_desk() -> None:
    assert isinstance(text_again("customer", "from ann@x.example, who takes part"), Sentence)
    assert not isinstance(text_again("Bob", "from ann@x.example, who takes part"), Sentence)
    assert not isinstance(text_again("customer", "I was there"), Sentence)


def test_why_a_case_went_up_is_found_again_reason_by_reason() -> None:
    catalog = {
        "The customer asks for somebody higher.": "Höher!",
        "The decision was due by {until} and is late.": "Seit {until}.",
        "Asked already: {names}.": "Schon: {names}.",
    }
    why = "The decision was due by 2026-12-01 23:59 and is late. The customer asks for somebody higher."
    said = "Seit 2026-12-01 23:59. Höher!"
    assert translated(text_again("desk", why), catalog) == said
    assert (
        translated(text_again("desk", f"{why} Asked already: Lea, Vera."), catalog)
        == f"{said} Schon: Lea, Vera."
    )
    two = (
        "The customer wrote after the decision, and nobody has said what is asked for. It has to be said by"
        " {until}."
    )
    assert translated(text_again("desk", two.format(until="2026-12-01 23:59")), {two: "Wer?"}) == "Wer?"
    for who, text in (("Bob", why), ("customer", why), ("desk", f"{why} She rang.")):
        assert not isinstance(text_again(who, text), Sentence)
