"""After days without the desk each agent gets one letter of all that fell due, once; the histories say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mailproc.inbound.cage import Cage
from mailproc.jobs import outage
from mailproc.jobs.outage import MANY
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.store import outages
from tests.conversation import MONDAY_9AM, Letter, Talk
from tests.plain_rules import by_plain_rules
from tests.servers import EmbeddedServers

BOB = "Bob Baker <bob@acme.example>"
TEAM: dict[str, Any] = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Eve", "address": "eve@acme.example"},
    ],
    "teams": {"kettles": {"members": ["Bob"]}, "toasters": {"members": ["Eve"]}},
    "routing": [{"team": "toasters", "language": "hu"}, {"team": "kettles"}],
}
TOLD = "told the agents what is due"
TOGETHER = "told of it together with other cases"
NEAR = timedelta(days=13)  # so long after it came in, of a decision that is due in fourteen is told


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return by_plain_rules(make_talk(people=People.model_validate(TEAM)))


def complaints(talk: Talk, count: int, *, words: str = "My kettle exploded at breakfast.") -> None:
    """Complaints of as many customers, an hour after each other; the desk looks every half hour."""
    for _ in range(count):
        number = len(talk.mails)
        talk.arrives(talk.write(words, sender=f"c{number}@customer.example", subject=f"Matter {number}"))
        running(talk, timedelta(hours=1))


def running(talk: Talk, time: timedelta) -> None:
    """Let time pass in which the desk runs, as far as the look at due times is concerned."""
    end = talk.now + time
    while talk.now < end:
        talk.now = min(talk.now + timedelta(minutes=30), end)
        warn_due(talk.desk)


def down_until(talk: Talk, days: float) -> None:
    talk.now = MONDAY_9AM + timedelta(days=days)


def letters(talk: Talk, letter: str, name: str = "bob") -> list[Letter]:
    public = {row.message_id for row in talk.queue if row.letter == letter}
    sent = [mail for mail in talk.letters if mail.to == f"{name}@acme.example"]
    return [mail for mail in sent if mail["Message-ID"] in public]


def queued(talk: Talk, letter: str) -> int:
    return len([row for row in talk.queue if row.letter == letter])


def kept(talk: Talk) -> int:
    with talk.desk.database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM late_duties")).scalar_one())


def test_three_days_without_the_desk_make_one_letter_of_many_cases(talk: Talk):
    complaints(talk, MANY + 1)
    stopped = talk.now
    down_until(talk, 15.5)  # by now all of them are late
    talk.work()
    (letter,) = letters(talk, "outage")
    assert letters(talk, "deadline_near") == []
    words = " ".join(letter.text.split())
    assert f"{MANY + 1} cases need you after an outage" in words
    zone = talk.config.desk.zone
    assert f"{stopped.astimezone(zone):%H:%M} to Tuesday 8 December 2026, 21:00" in words
    assert "An answer to this mail does nothing" in words
    assert (
        words.count("The decision is late: the customer should have had it by Monday 7 December") == MANY + 1
    )
    places = [words.index(f"[{case.reference}] Matter") for case in talk.cases]
    assert places == sorted(places), "what was due first comes first"
    for case in talk.cases:
        (told,) = [entry for entry in talk.history(case.reference) if entry.what == TOLD]
        assert "decide late since 2026-12-07 23:59" in told.text, (
            "the breach with its time, though told later"
        )
        (together,) = [entry for entry in talk.history(case.reference) if entry.what == TOGETHER]
        assert "Bob: late, because the desk did not look at due times from 2026-11-23" in together.text
        assert together.outbox_id == next(row.id for row in talk.queue if row.letter == "outage")
    assert kept(talk) == 0
    talk.wait(hours=3)
    talk.wait(days=4)
    assert (queued(talk, "outage"), queued(talk, "deadline_near")) == (1, 0), "each was told, and once"


def test_few_cases_have_a_letter_of_their_own_after_an_outage(talk: Talk):
    complaints(talk, MANY)
    down_until(talk, 15.5)
    talk.work()
    assert len(letters(talk, "deadline_near")) == MANY
    assert letters(talk, "outage") == []
    assert all(talk.happened(case.reference).count(TOLD) == 1 for case in talk.cases)
    assert all(TOGETHER not in talk.happened(case.reference) for case in talk.cases)


def test_each_agent_is_judged_by_her_own_cases(talk: Talk):
    complaints(talk, MANY + 1)
    complaints(talk, 2, words="Tisztelt Cím! A kenyérpirítóm tegnap reggel felrobbant, kérem a vételárat.")
    down_until(talk, 15.5)
    talk.work()
    assert len(letters(talk, "outage", "bob")) == 1
    assert letters(talk, "deadline_near", "bob") == letters(talk, "outage", "eve") == []
    assert len(letters(talk, "deadline_near", "eve")) == 2


def test_while_the_desk_runs_many_that_are_due_at_once_are_told_one_by_one(talk: Talk):
    for number in range(MANY + 1):
        talk.arrives(talk.write("My kettle exploded.", sender=f"c{number}@customer.example"), work=False)
    talk.work()
    running(talk, NEAR)
    talk.work()
    assert len(letters(talk, "deadline_near")) >= MANY + 1
    assert letters(talk, "outage") == []


def test_an_answer_to_the_letter_does_nothing_and_comes_back(talk: Talk):
    complaints(talk, MANY + 1)
    down_until(talk, 15.5)
    talk.work()
    before = [case.status for case in talk.cases]
    talk.agent("#take\n\nI look into all of them.", letters(talk, "outage")[0], sender=BOB)
    assert [case.status for case in talk.cases] == before
    assert not [mail for mail in talk.letters if "I look into" in mail.text and "customer" in mail.to]
    (back,) = letters(talk, "returned")
    assert "I look into all of them." in back.text and "about no case" in back.text


def test_a_case_of_which_she_has_no_letter_gets_one_of_its_own(talk: Talk):
    """Only a letter about a case is a key to it: she could not work on it."""
    complaints(talk, MANY + 1)
    complaints(talk, 1, words="Tisztelt Cím! A kenyérpirítóm tegnap reggel felrobbant, kérem a vételárat.")
    away = TEAM | {"agents": [TEAM["agents"][0], TEAM["agents"][1] | {"away": True}]}
    talk.desk.adopt(People.model_validate(away))
    down_until(talk, 15.5)
    talk.work()
    (letter,) = letters(talk, "outage")
    (single,) = letters(talk, "deadline_near")
    toaster = talk.cases[-1].reference
    assert toaster in single["Subject"] and toaster not in letter.text


def test_who_has_left_meanwhile_leaves_it_to_the_others(talk: Talk):
    complaints(talk, 2)
    down_until(talk, 15.5)
    stop_after_keeping(talk)
    assert kept(talk) == 2
    talk.desk.adopt(People.model_validate({"agents": [TEAM["agents"][1]]}))
    talk.work()
    assert len(letters(talk, "deadline_near", "eve")) == 2
    assert kept(talk) == 0


# Exactly once


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def stop_after_keeping(talk: Talk) -> None:
    """A daemon that dies when every case remembers that it was told and nothing is written yet."""

    def die(*_: Any) -> None:
        raise Killed

    patch = pytest.MonkeyPatch()
    with patch.context() as patched, pytest.raises(Killed):
        patched.setattr(outage, "tell", die)
        warn_due(talk.desk)


def points() -> Iterator[tuple[str, int]]:
    """Where a daemon dies: at which passage of which point."""
    yield from (("telling", n) for n in (1, 4))
    yield from (("told", n) for n in (1, MANY + 1))
    yield ("outage_told", 1)
    yield from (("_tell_of_one", n) for n in (1, 3, MANY + 1))


@pytest.mark.parametrize(("point", "passage"), list(points()))
def test_wherever_it_dies_all_are_told_once(talk: Talk, monkeypatch: Any, point: str, passage: int):
    complaints(talk, MANY + 1)
    down_until(talk, 15.5)
    passed: list[str] = []

    def passing(name: str) -> None:
        passed.append(name)
        if name == point and passed.count(name) == passage:
            raise Killed

    tell_of_one = outage._tell_of_one

    def tell_and_pass(*arguments: Any) -> None:
        passing("_tell_of_one")
        tell_of_one(*arguments)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("mailproc.jobs.warn.passing", passing)
        patched.setattr("mailproc.jobs.outage.passing", passing)
        patched.setattr("mailproc.jobs.outage._tell_of_one", tell_and_pass)
        warn_due(talk.desk)
    talk.wait(minutes=1)
    (letter,) = letters(talk, "outage")
    assert all(letter.text.count(case.reference) == 1 for case in talk.cases)
    assert queued(talk, "deadline_near") == 0
    for case in talk.cases:
        assert (talk.happened(case.reference).count(TOLD), talk.happened(case.reference).count(TOGETHER)) == (
            1,
            1,
        )
    assert kept(talk) == 0


def test_an_outage_in_the_middle_of_another_is_told_in_one_letter(talk: Talk):
    complaints(talk, MANY + 1)
    stopped = talk.now
    down_until(talk, 13)  # they come near
    stop_after_keeping(talk)
    down_until(talk, 16)  # and by now they are late
    talk.work()
    (letter,) = letters(talk, "outage")
    words = " ".join(letter.text.split())
    assert words.count("The decision is late") == MANY + 1
    assert f"{stopped.astimezone(talk.config.desk.zone):%H:%M} to Wednesday 9 December" in words
    assert all(talk.happened(case.reference).count(TOGETHER) == 1 for case in talk.cases)


def test_a_second_outage_before_the_histories_know_of_the_first_loses_neither(talk: Talk, monkeypatch: Any):
    complaints(talk, MANY + 1)
    down_until(talk, 13)

    def die(point: str) -> None:
        if point == "outage_told":
            raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("mailproc.jobs.outage.passing", die)
        warn_due(talk.desk)
    down_until(talk, 16)
    talk.work()
    near, late = letters(talk, "outage")
    assert "The decision is late" not in near.text and "The decision is late" in late.text
    numbers = [row.id for row in talk.queue if row.letter == "outage"]
    for case in talk.cases:
        told = [entry.outbox_id for entry in talk.history(case.reference) if entry.what == TOGETHER]
        assert told == numbers


def test_two_daemons_write_one_letter_each_agent(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=People.model_validate(TEAM))
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=1)
        for number in range(MANY + 3):
            talk.arrives(talk.write("My kettle exploded.", sender=f"c{number}@customer.example"), work=False)
        talk.work()
        talk.now += timedelta(days=17)
        desks = [replace(talk.desk, node=name) for name in ("one", "two", "three")]
        with ThreadPoolExecutor(len(desks)) as pool:
            assert sum(pool.map(warn_due, desks)) == MANY + 3
        assert (queued(talk, "outage"), queued(talk, "deadline_near"), kept(talk)) == (1, 0, 0)
        for case in talk.cases:
            assert talk.happened(case.reference).count(TOGETHER) == 1
    finally:
        talk.close()


# The clock


def test_a_clock_that_is_set_back_repeats_nothing(talk: Talk):
    complaints(talk, 2)
    running(talk, timedelta(days=14))
    talk.work()
    told = queued(talk, "deadline_near")
    assert told > 0
    for back in (timedelta(hours=1), timedelta(days=365)):
        talk.now -= back
        talk.work()
    assert queued(talk, "deadline_near") == told


def test_a_clock_that_is_a_year_ahead_makes_one_letter(talk: Talk):
    """When nobody has set it right within the time it is watched, it counts."""
    complaints(talk, MANY + 3)
    talk.now += timedelta(days=365)
    talk.work()
    assert (queued(talk, "outage"), queued(talk, "deadline_near")) == (1, 0)


def test_the_last_look_is_noted_once_a_minute(talk: Talk):
    def last() -> Any:
        with talk.desk.database.reading() as session:
            return outages.last_tick(session)

    talk.work()
    first = last()
    assert first == talk.now
    talk.now += timedelta(seconds=59)
    warn_due(talk.desk)
    assert last() == first
    talk.now += timedelta(seconds=1)
    warn_due(talk.desk)
    assert last() == talk.now


def test_who_outside_has_not_answered_stands_in_the_one_letter_too(
    make_talk: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
):
    """Of each case by itself the agent who asked has a letter of its own, with what she can do."""
    talk = make_talk(
        people=People.model_validate(TEAM | {"outside": [{"name": "Lab Ltd", "address": "desk@lab.example"}]})
    )
    complaints(talk, 2)
    for case in talk.cases:
        named = [letter for letter in letters(talk, "new_case") if case.reference in letter["Subject"]]
        talk.agent("#escalate Lab Ltd 4d please measure it", named[-1], sender=BOB)
        (question,) = letters(talk, "confirm")[-1:]
        talk.agent("yes", question, sender=BOB)
    monkeypatch.setattr(outage, "MANY", 1)
    down_until(talk, 9)
    talk.work()
    (letter,) = letters(talk, "outage")
    words = " ".join(letter.text.split())
    assert words.count("“an answer from Lab Ltd” is late: it was due by") == 2
    assert letters(talk, "outside_silence") == []
    for case in talk.cases:
        assert talk.happened(case.reference).count(TOGETHER) == 1
        assert [each.answer_by for each in case.questions] == [None]
    talk.agent("#remind", letters(talk, "new_case")[0], sender=BOB)
    monkeypatch.setattr(outage, "MANY", 5)
    down_until(talk, 20)
    talk.work()
    (told,) = letters(talk, "outside_silence")
    assert "No answer from outside" in told.text
