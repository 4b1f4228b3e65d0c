"""Many cases that go up to one person at the same moment are one letter, and are worked by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from mailproc.jobs import asking_together
from mailproc.jobs.asking_together import MANY
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from tests.conversation import MONDAY_9AM, Letter, Talk
from tests.test_agents_by_mail import letters_to
from tests.test_conversations import bounce_of
from tests.test_escalation_by_mail import LEA, VERA, enclosed, said

STAFF = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Lea", "address": "lea@acme.example"},
    ],
    "teams": {"kettles": {"members": ["Bob", "Lea"], "lead": "Lea"}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "kettles"}],
}
TOGETHER = "asked to step in together with other cases"
WITHOUT_LEAD = STAFF | {"teams": {"kettles": {"members": ["Bob"]}}}
LATE = timedelta(days=16)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=People.model_validate(WITHOUT_LEAD))


def complaints(talk: Talk, count: int) -> None:
    for number in range(count):
        sender, subject = f"c{number}@customer.example", f"Matter {number}"
        talk.arrives(talk.write("My kettle exploded.", sender=sender, subject=subject), work=False)
    talk.work()


def newest(talk: Talk, address: str, reference: str) -> Letter:
    """The newest letter to somebody about a case."""
    return [each for each in letters_to(talk, address) if reference in each["Subject"]][-1]


def all_to_bob(talk: Talk) -> None:
    for case in talk.cases:
        if case.owner != "Bob":
            about = [
                each for each in letters_to(talk, "lea@acme.example") if case.reference in each["Subject"]
            ]
            talk.agent("#assign Bob", about[0], sender=LEA)


def late(talk: Talk) -> None:
    """The desk stands still until all of it is late."""
    talk.now = MONDAY_9AM + LATE
    talk.work()


def asked(talk: Talk, letter: str, name: str = "vera") -> list[Letter]:
    ids = {row.message_id for row in talk.queue if row.letter == letter}
    return [each for each in letters_to(talk, f"{name}@acme.example") if each["Message-ID"] in ids]


def kept(talk: Talk) -> int:
    with talk.desk.database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM requests")).scalar_one())


def test_many_are_one_letter_with_a_number_for_each(talk: Talk):
    complaints(talk, MANY + 1)
    late(talk)
    (letter,) = asked(talk, "escalations")
    assert asked(talk, "escalation") == []
    words = said(letter)
    assert f"{MANY + 1} cases go up to you" in words
    for number, case in enumerate(talk.cases, 1):
        assert f"{number} {case.reference} Matter {number - 1}" in words
        assert case.escalated_to == "Vera"
        assert talk.happened(case.reference).count("escalated to Vera") == 1
        (together,) = [each for each in talk.history(case.reference) if each.what == TOGETHER]
        assert (together.text, together.outbox_id) == (
            "Vera",
            next(row.id for row in talk.queue if row.letter == "escalations"),
        )
    assert words.count("The decision was due by 2026-12-07 23:59 and is late.") == MANY + 1
    assert words.count("until Wednesday 9 December 2026") == MANY + 1
    assert kept(talk) == 0
    assert enclosed(letter) == {}


def test_few_have_a_letter_each_with_its_papers(talk: Talk):
    complaints(talk, MANY)
    late(talk)
    assert asked(talk, "escalations") == []
    letters = asked(talk, "escalation")
    assert len(letters) == MANY
    for case, letter in zip(talk.cases, letters, strict=True):
        assert f"{case.reference}.txt" in enclosed(letter)
        assert TOGETHER not in talk.happened(case.reference)
    assert kept(talk) == 0


def test_it_needs_no_outage(talk: Talk):
    complaints(talk, MANY + 1)
    due = talk.cases[0].next_deadline_at
    assert due is not None
    while talk.now < due + timedelta(hours=1):
        talk.now += timedelta(minutes=30)
        warn_due(talk.desk)
    talk.work()
    assert len(asked(talk, "escalations")) == 1
    assert asked(talk, "escalation") == []


def test_by_a_number_she_takes_a_case_and_gets_its_papers(talk: Talk):
    complaints(talk, MANY + 1)
    late(talk)
    (letter,) = asked(talk, "escalations")
    talk.agent("2 take", letter, sender=VERA)
    second = talk.cases[1]
    assert (second.owner, second.escalation) == ("Vera", None)
    assert all(case.escalated_to == "Vera" for case in talk.cases if case != second)
    mail = next(
        each
        for each in reversed(letters_to(talk, "vera@acme.example"))
        if second.reference in each["Subject"]
    )
    files = enclosed(mail)
    assert "My kettle exploded." in files[f"{second.reference}.txt"].decode("utf-8-sig")
    assert any(name.endswith(".eml") for name in files)
    assert "The papers of the case are enclosed." in said(mail)


def test_to_look_is_no_answer_and_advice_is(talk: Talk):
    complaints(talk, MANY + 1)
    late(talk)
    (letter,) = asked(talk, "escalations")
    talk.agent("1 history\n3 note Ring her.", letter, sender=VERA)
    first, third = talk.cases[0], talk.cases[2]
    assert first.escalated_to == "Vera"
    assert third.escalation is None
    mail = newest(talk, "vera@acme.example", first.reference)
    assert f"{first.reference}.txt" in enclosed(mail)
    # The receipt's numbers are the same, and it may be answered.
    receipt = asked(talk, "digest_receipt")[-1]
    talk.agent("4 take", receipt, sender=VERA)
    assert talk.cases[3].owner == "Vera"


def test_who_leads_a_team_works_them_by_numbers_too(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    complaints(talk, 2 * MANY + 2)
    all_to_bob(talk)
    late(talk)
    (letter,) = asked(talk, "escalations", "lea")
    talk.agent("3 take", letter, sender=LEA)
    assert talk.cases[2].owner == "Lea"
    talk.agent("4 take", asked(talk, "digest_receipt", "lea")[-1], sender=LEA)
    assert talk.cases[3].owner == "Lea"


def test_without_a_word_of_hers_they_go_on_together(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    complaints(talk, MANY + 1)
    all_to_bob(talk)
    late(talk)
    (letter,) = asked(talk, "escalations", "lea")
    talk.agent("1 note Ring her.", letter, sender=LEA)
    talk.wait(hours=4, seconds=1)
    assert asked(talk, "escalations") == []
    assert len(asked(talk, "escalation")) == MANY  # without the one that she has answered
    assert "Asked before, in vain: Lea." in said(asked(talk, "escalation")[0])


def test_a_letter_that_came_back_lets_all_its_cases_go_on(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    complaints(talk, MANY + 1)
    all_to_bob(talk)
    late(talk)
    (letter,) = asked(talk, "escalations", "lea")
    talk.arrives(bounce_of(letter.envelope_from, "lea@acme.example"))
    assert {case.escalated_to for case in talk.cases} == {"Vera"}
    assert len(asked(talk, "escalations")) == 1


def test_who_is_away_is_followed_for_all_of_them(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    complaints(talk, MANY + 1)
    all_to_bob(talk)
    late(talk)
    (letter,) = asked(talk, "escalations", "lea")
    machine = {"Auto-Submitted": "auto-replied"}
    talk.agent("I am away until 20 December.", letter, sender=LEA, headers=machine)
    assert {case.escalated_to for case in talk.cases} == {"Vera"}
    (to_vera,) = asked(talk, "escalations")
    assert "Asked before, in vain: Lea." in said(to_vera)


def test_what_a_daemon_has_kept_when_it_died_is_asked_by_the_next(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    complaints(talk, MANY + 1)
    talk.now = MONDAY_9AM + LATE
    with monkeypatch.context() as dies:
        dies.setattr(asking_together, "tell", lambda desk: None)
        warn_due(talk.desk)
    assert kept(talk) == MANY + 1
    talk.work()
    assert len(asked(talk, "escalations")) == 1
    assert kept(talk) == 0


def test_a_daemon_that_dies_behind_the_letter_leaves_the_histories_to_the_next(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    class Died(BaseException):
        pass

    def dies(point: str) -> None:
        if point == "raised_together":
            raise Died

    complaints(talk, MANY + 1)
    talk.now = MONDAY_9AM + LATE
    with monkeypatch.context() as fault, pytest.raises(Died):
        fault.setattr(asking_together, "passing", dies)
        warn_due(talk.desk)
    assert kept(talk) == MANY + 1
    talk.work()
    assert len(asked(talk, "escalations")) == 1
    assert asked(talk, "escalation") == []
    assert all(talk.happened(case.reference).count(TOGETHER) == 1 for case in talk.cases)


def test_what_was_answered_before_the_letter_is_not_in_it(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    complaints(talk, MANY + 2)
    talk.now = MONDAY_9AM + LATE
    with monkeypatch.context() as dies:
        dies.setattr(asking_together, "tell", lambda desk: None)
        warn_due(talk.desk)
    first = talk.cases[0]
    with talk.desk.database.transaction() as session:
        session.execute(
            text("UPDATE cases SET escalation = NULL, escalated_to = NULL WHERE reference = :it"),
            {"it": first.reference},
        )
    talk.work()
    (letter,) = asked(talk, "escalations")
    assert first.reference not in letter.text
    assert TOGETHER not in talk.happened(first.reference)
    assert kept(talk) == 0


def test_where_the_letter_cannot_be_made_each_case_has_its_own(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    complaints(talk, MANY + 1)
    send = asking_together.telling.send

    def refuses(desk, session, letter, *rest, **more):
        return None if letter == "escalations" else send(desk, session, letter, *rest, **more)

    monkeypatch.setattr(asking_together.telling, "send", refuses)
    late(talk)
    assert len(asked(talk, "escalation")) == MANY + 1
    assert kept(talk) == 0
