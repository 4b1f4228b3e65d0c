"""The history of a case, as `lifecycle.py` writes it, is read back as what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailproc.cases import events
from mailproc.cases.case import Case, HistoryEntry, Opinion
from mailproc.cases.chronicle import BEGINNINGS, LINES, Moved, Step, steps
from mailproc.cases.lifecycle import decide
from mailproc.cases.opening import open_case
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed
from tests.cases.presets import preset
from tests.cases.samples import EVERY_EVENT, MONDAY_9AM, POLICY, RECEIVED, ZONE

ANN = "ann@example.com"
UNTIL = MONDAY_9AM + timedelta(days=30)


def accepted(letter: str) -> events.Event:
    return events.LetterAccepted(letter=letter, recipient=ANN, reply="250 ok")


def bounced(letter: str) -> events.Event:
    return events.MailBounced(letter=letter, recipient=ANN, permanent=True, diagnostic="5.1.1", rule="r")


WRITTEN = replace(EVERY_EVENT["resolution written"], remedy="refund")
RESOLVED = replace(EVERY_EVENT["resolved"], remedy="refund")
HAND_ON = events.CaseAssigned(who="Bob", to="Eve")
TAKE = events.CaseAssigned(who="Bob", to="Bob")
GIVE_BACK = events.CaseAssigned(who="Bob", to=None)
CUSTOMER = EVERY_EVENT["customer wrote"]
UPSET = EVERY_EVENT["survey: no"]
EXTEND = events.DecisionExtended(who="Bob", until=UNTIL, text="a part", to=ANN, reply="3")


STAGE = events.StageBegun(who="Bob")
STAGES = preset("uk-housing")


def lived(*what: events.Event, policy: Policy = POLICY) -> tuple[Case, list[HistoryEntry]]:
    """A complaint to which this happens, one thing an hour, and its history."""
    decision = open_case(RECEIVED, policy, ZONE, MONDAY_9AM)
    case, history = decision.case, list(decision.history)
    for hours, event in enumerate(what, start=1):
        decision = decide(case, event, policy, ZONE, at(hours))
        case = decision.case
        history += decision.history
    return case, history


def at(hours: float) -> datetime:
    return MONDAY_9AM + timedelta(hours=hours)


STEPS: list[tuple[str, tuple[events.Event, ...], list[tuple[Step, int]]]] = [
    ("acknowledged", (accepted("acknowledgement"),), []),
    ("decided by letter", (WRITTEN, accepted("resolution")), [(Step.DECIDED, 2)]),
    ("decided by hand", (RESOLVED,), [(Step.DECIDED, 1)]),
    (
        "the customer disagrees",
        (RESOLVED, CUSTOMER),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    (
        "the survey says no",
        (RESOLVED, UPSET),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    (
        "closed and taken up again",
        (RESOLVED, EVERY_EVENT["closed"], EVERY_EVENT["reopened"]),
        [(Step.DECIDED, 1), (Step.ENDED, 2), (Step.REOPENED, 3)],
    ),
    (
        "another case goes on in a decided one",
        (RESOLVED, EVERY_EVENT["took in"]),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    (
        "a stage begins of a decided case",
        (RESOLVED, STAGE),
        [(Step.DECIDED, 1), (Step.REOPENED, 2)],
    ),
    ("a stage begins of an open one", (STAGE,), []),
    ("another case goes on in an open one", (EVERY_EVENT["took in"],), []),
    (
        "a decision that came back was none",
        (WRITTEN, accepted("resolution"), bounced("resolution")),
        [],
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
    _, history = lived(*what, policy=STAGES if STAGE in what else POLICY)
    assert steps(history) == tuple(Moved(step=step, at=at(hour)) for step, hour in expected)


def test_nothing_that_is_read_is_left_out_by_what_is_asked_for() -> None:
    """The store fetches these lines alone: without the others nothing is read otherwise."""
    for name, event in EVERY_EVENT.items():
        if isinstance(event, events.ComplaintReceived):
            continue
        for before in ((), (TAKE, RESOLVED), (accepted("acknowledgement"), EXTEND)):
            try:
                _, history = lived(*before, event)
            except NotAllowed:
                continue
            fetched = [line for line in history if line.what in LINES or line.what.startswith(BEGINNINGS)]
            assert steps(fetched) == steps(history), name


def test_a_note_with_the_words_of_a_line_is_a_note() -> None:
    _, history = lived(TAKE)
    note = decide(lived(TAKE)[0], events.NoteAdded(who="Bob", text="resolved"), POLICY, ZONE, at(2)).history
    assert steps([*history, *note]) == ()
    assert steps([*history, replace(note[0], what="resolved")]) != ()


def test_a_mail_that_begins_the_next_stage_takes_the_case_up_again() -> None:
    no = replace(CUSTOMER, opinion=Opinion.DISSATISFIED, words="I do not accept it")
    _, history = lived(WRITTEN, accepted("resolution"), no, policy=STAGES)
    assert history[-1].what.startswith("wrote again, stage 2 begins")
    assert steps(history) == (Moved(step=Step.DECIDED, at=at(2)), Moved(step=Step.REOPENED, at=at(3)))
