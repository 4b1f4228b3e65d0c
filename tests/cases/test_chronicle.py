"""The history of a case, as `lifecycle.py` writes it, is read back as what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from mailproc.cases import events
from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.chronicle import BEGINNINGS, LINES, Moved, Step, happenings, steps
from mailproc.cases.happenings import Happening
from mailproc.cases.lifecycle import decide, open_case
from mailproc.errors import NotAllowed
from tests.cases.samples import EVERY_EVENT, MONDAY_9AM, POLICY, RECEIVED, ZONE

ANN = "ann@example.com"
UNTIL = MONDAY_9AM + timedelta(days=30)


def accepted(letter: str) -> events.Event:
    return events.LetterAccepted(letter=letter, recipient=ANN, reply="250 ok")


def bounced(letter: str) -> events.Event:
    return events.MailBounced(letter=letter, recipient=ANN, permanent=True, diagnostic="5.1.1", rule="r")


WRITTEN = EVERY_EVENT["resolution written"]
HAND_ON = events.CaseAssigned(who="Bob", to="Eve")
TAKE = events.CaseAssigned(who="Bob", to="Bob")
GIVE_BACK = events.CaseAssigned(who="Bob", to=None)
CUSTOMER = EVERY_EVENT["customer wrote"]
UPSET = EVERY_EVENT["survey: no"]
EXTEND = events.DecisionExtended(who="Bob", until=UNTIL, text="a part", to=ANN, reply="3")


def lived(*what: events.Event) -> tuple[Case, list[HistoryEntry]]:
    """A complaint to which this happens, one thing an hour, and its history."""
    decision = open_case(RECEIVED, POLICY, ZONE, MONDAY_9AM)
    case, history = decision.case, list(decision.history)
    for hours, event in enumerate(what, start=1):
        decision = decide(case, event, POLICY, ZONE, at(hours))
        case = decision.case
        history += decision.history
    return case, history


def at(hours: float) -> datetime:
    return MONDAY_9AM + timedelta(hours=hours)


STEPS: list[tuple[str, tuple[events.Event, ...], list[tuple[Step, int]]]] = [
    ("acknowledged", (accepted("acknowledgement"),), []),
    ("decided by letter", (WRITTEN, accepted("resolution")), [(Step.DECIDED, 2)]),
    ("decided by hand", (EVERY_EVENT["resolved"],), [(Step.DECIDED, 1)]),
    (
        "the customer disagrees",
        (EVERY_EVENT["resolved"], CUSTOMER),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    (
        "the survey says no",
        (EVERY_EVENT["resolved"], UPSET),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    (
        "closed and taken up again",
        (EVERY_EVENT["resolved"], EVERY_EVENT["closed"], EVERY_EVENT["reopened"]),
        [(Step.DECIDED, 1), (Step.ENDED, 2), (Step.REOPENED, 3)],
    ),
    (
        "another case goes on in a decided one",
        (EVERY_EVENT["resolved"], EVERY_EVENT["took in"]),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    ("another case goes on in an open one", (EVERY_EVENT["took in"],), []),
    (
        "a decision that came back was none",
        (WRITTEN, accepted("resolution"), bounced("resolution")),
        [(Step.RETURNED, 3)],
    ),
    ("a resolution refused at once", (WRITTEN, EVERY_EVENT["failed"]), []),
    ("spam", (EVERY_EVENT["spam"],), [(Step.ENDED, 1)]),
    ("merged", (EVERY_EVENT["merged"],), [(Step.ENDED, 1)]),
    ("escalated", (EVERY_EVENT["escalated"],), [(Step.ESCALATED, 1)]),
    ("the first owner is no hand-off", (TAKE,), []),
    ("handed on", (TAKE, HAND_ON), [(Step.HANDED_ON, 2)]),
    ("handed on twice", (TAKE, HAND_ON, TAKE), [(Step.HANDED_ON, 2), (Step.HANDED_ON, 3)]),
    ("given back and taken again", (TAKE, GIVE_BACK, TAKE), []),
    ("given back and to another", (TAKE, GIVE_BACK, HAND_ON), [(Step.HANDED_ON, 3)]),
    (
        "routed to somebody, then handed on",
        (events.CaseRouted(team="t", owner="Lea"), HAND_ON),
        [(Step.HANDED_ON, 2)],
    ),
    ("who answers first owns it", (EVERY_EVENT["agent replied"], HAND_ON), [(Step.HANDED_ON, 2)]),
    ("who answers for another does not", (HAND_ON, EVERY_EVENT["agent replied"]), []),
]


@pytest.mark.parametrize(("name", "what", "expected"), STEPS, ids=[name for name, *_ in STEPS])
def test_steps(name: str, what: tuple[events.Event, ...], expected: list[tuple[Step, int]]) -> None:
    _, history = lived(*what)
    assert steps(history) == tuple(Moved(step=step, at=at(hour)) for step, hour in expected)


HAPPENINGS: list[tuple[str, tuple[events.Event, ...], list[tuple[Happening, float]]]] = [
    ("nothing yet", (), []),
    ("acknowledged", (accepted("acknowledgement"),), [(Happening.ACKNOWLEDGED, 1)]),
    (
        "an answer acknowledges too",
        (EVERY_EVENT["agent replied"], accepted("reply")),
        [(Happening.ACKNOWLEDGED, 2), (Happening.UPDATED, 2)],
    ),
    (
        "decided",
        (WRITTEN, accepted("resolution")),
        [(Happening.ACKNOWLEDGED, 2), (Happening.DECIDED, 2)],
    ),
    ("decided by hand, and nobody was told", (EVERY_EVENT["resolved"],), []),
    ("what came back has never been", (accepted("acknowledgement"), bounced("acknowledgement")), []),
    (
        "only the letter that came back",
        (accepted("acknowledgement"), accepted("reply"), bounced("reply")),
        [(Happening.ACKNOWLEDGED, 1)],
    ),
    (
        "the customer disagrees",
        (WRITTEN, accepted("resolution"), CUSTOMER),
        [(Happening.ACKNOWLEDGED, 2), (Happening.DECIDED, 2), (Happening.REOPENED, 3)],
    ),
    (
        "the customer answers a question",
        (EVERY_EVENT["asked"], CUSTOMER),
        [(Happening.INFORMATION_RECEIVED, 2)],
    ),
    ("more time that was not told yet", (EXTEND,), []),
    (
        "asked how it went",
        (EVERY_EVENT["resolved"], EVERY_EVENT["survey asked"], accepted("survey")),
        [(Happening.FOLLOWED_UP, 3)],
    ),
]


@pytest.mark.parametrize(("name", "what", "expected"), HAPPENINGS, ids=[name for name, *_ in HAPPENINGS])
def test_happenings(
    name: str, what: tuple[events.Event, ...], expected: list[tuple[Happening, float]]
) -> None:
    _, history = lived(*what)
    found = [(each.what, each.at) for each in happenings(history, ZONE)]
    assert found == [(what, at(hours)) for what, hours in expected]


def test_more_time_is_a_letter_and_the_day_that_it_names() -> None:
    _, history = lived(EXTEND, accepted("extension"))
    extended, until = happenings(history, ZONE)
    assert (extended.what, extended.at) == (Happening.EXTENDED, at(2))
    assert until.what is Happening.EXTENDED_UNTIL
    noon = datetime.combine(UNTIL.astimezone(ZONE).date(), time(12), ZONE)
    assert until.at == noon.astimezone(UTC)
    _, history = lived(EXTEND, accepted("extension"), bounced("extension"))
    assert happenings(history, ZONE) == ()


def test_nothing_that_is_read_is_left_out_by_what_is_asked_for() -> None:
    """The store fetches these lines alone: without the others nothing is read otherwise."""
    for name, event in EVERY_EVENT.items():
        if isinstance(event, events.ComplaintReceived):
            continue
        for before in ((), (TAKE, EVERY_EVENT["resolved"]), (accepted("acknowledgement"), EXTEND)):
            try:
                _, history = lived(*before, event)
            except NotAllowed:
                continue
            fetched = [line for line in history if line.what in LINES or line.what.startswith(BEGINNINGS)]
            assert steps(fetched) == steps(history), name
            assert happenings(fetched, ZONE) == happenings(history, ZONE), name


def test_a_note_with_the_words_of_a_line_is_a_note() -> None:
    _, history = lived(TAKE)
    note = decide(lived(TAKE)[0], events.NoteAdded(who="Bob", text="resolved"), POLICY, ZONE, at(2)).history
    assert steps([*history, *note]) == ()
    assert steps([*history, replace(note[0], what="resolved")]) != ()
