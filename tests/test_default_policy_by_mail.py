"""Under the default policy nobody is left without a word: one in three business days, a decision in ten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailproc.cases.case import Acknowledgement, Status
from mailproc.cases.policy import Policy
from mailproc.jobs.digest import send_due
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_conversations import bounce_of
from tests.test_escalation_by_mail import STAFF, progress, said
from tests.test_policies_by_mail import owed
from tests.test_telling_by_mail import of_kind

# The complaint of these conversations comes on Monday, 23 November 2026, at nine in Budapest.
WEDNESDAY_MORNING = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
THURSDAY_AT_FOUR = datetime(2026, 11, 26, 14, 59, 59, tzinfo=UTC)
LAST_DAY = "7 December 2026"
RESOLVE = "#resolve upheld cause=quality remedy=refund\n\nYou are right."


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    """Bob has the case; Lea leads his team, and Vera supervises."""
    talk = make_talk(people=People.model_validate({**STAFF, "teams": _one_member()}))
    talk.customer("My kettle exploded.")
    assert talk.case.owner == "Bob"
    return talk


def _one_member() -> dict[str, Any]:
    return {"kettles": {"members": ["Bob"], "lead": "Lea"}}


def runs_until(talk: Talk, moment: datetime) -> None:
    """Let time pass in which the desk looks at due times whenever there is something to look at."""
    while (at := talk.case.next_warning_at) is not None and at <= moment:
        talk.now = max(talk.now, at)
        talk.work()
    talk.now = moment
    talk.work()


def local(letter: Letter, talk: Talk) -> datetime:
    return letter.message["Date"].datetime.astimezone(talk.config.desk.zone)


def days(talk: Talk) -> list[str]:
    """The days on which the customer heard how it stands, with the hour."""
    return [f"{local(letter, talk):%a %d %H}" for letter in progress(talk)]


def with_rules(talk: Talk, **changes: Any) -> None:
    """The default policy as an operator may have changed it."""
    values = talk.desk.policy.model_dump(mode="json", exclude_defaults=True) | changes
    talk.desk.policy = Policy.model_validate(values)


def with_update(make_talk: Callable[..., Talk], **changes: Any) -> Talk:
    talk = make_talk(people=People.model_validate({**STAFF, "teams": _one_member()}))
    clocks = talk.desk.policy.model_dump(mode="json", exclude_defaults=True)["clocks"]
    with_rules(talk, clocks={**clocks, "update": clocks["update"] | changes})
    talk.customer("My kettle exploded.")
    return talk


# Nobody writes


def test_a_customer_of_whom_nobody_thinks_hears_on_the_third_business_day_how_it_stands(talk: Talk):
    assert owed(talk) == {"update": "2026-11-26", "decide": "2026-12-07"}
    assert LAST_DAY in said(to_customer_letters(talk)[0])
    runs_until(talk, THURSDAY_AT_FOUR - timedelta(seconds=1))
    assert progress(talk) == []
    runs_until(talk, THURSDAY_AT_FOUR)
    (letter,) = progress(talk)
    assert f"Our answer by {LAST_DAY}" in said(letter).replace(" Monday", "")
    assert "We are still working on it." in said(letter)
    assert "You need not do anything." in said(letter)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert talk.now < datetime(2026, 11, 26, 22, 59, 59, tzinfo=UTC), "before it is late"
    assert owed(talk)["update"] == "2026-12-01"


def to_customer_letters(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")


def test_its_owner_is_warned_first_and_not_bothered_when_the_desk_has_written(talk: Talk):
    runs_until(talk, WEDNESDAY_MORNING)
    (warned,) = of_kind(talk, "deadline_near", "bob")
    assert "the customer must hear how the complaint stands" in said(warned)
    assert "Unless one of you has written by 2026-11-26 15:59, the desk then tells the customer" in said(
        warned
    )
    runs_until(talk, THURSDAY_AT_FOUR)
    assert len(progress(talk)) == 1
    assert len(of_kind(talk, "deadline_near", "bob")) == 1
    assert talk.case.escalation is None, "what the desk does by itself needs nobody above"
    assert letters_to(talk, "lea@acme.example") == letters_to(talk, "vera@acme.example") == []
    assert what(talk)[-3:] == [
        "does by itself what is due",
        "told the customer how it stands",
        "progress accepted",
    ]


def test_who_was_not_warned_is_told_when_the_desk_writes(talk: Talk):
    talk.now = THURSDAY_AT_FOUR  # the desk stood still on Wednesday
    talk.work()
    assert len(progress(talk)) == 1
    (told,) = of_kind(talk, "deadline_near", "bob")
    assert "Unless" not in said(told)


def test_it_is_told_again_and_again_on_no_day_twice_and_promises_no_day_that_has_passed(talk: Talk):
    runs_until(talk, datetime(2026, 12, 18, 22, 0, tzinfo=UTC))
    assert days(talk) == [
        "Thu 26 15",
        "Tue 01 15",
        "Fri 04 15",
        "Mon 07 19",  # the case goes up, four hours before the end
        "Tue 08 00",  # and further up: it is late
        "Fri 11 15",
        "Wed 16 15",
    ]
    named = [LAST_DAY in said(letter) for letter in progress(talk)]
    assert named == [True, True, True, True, False, False, False]
    for letter in progress(talk)[4:]:
        assert "We are sorry that you do not have our answer yet" in said(letter)
        assert "Thank you for your patience" not in said(letter)
        assert re.findall(r"\d+ December 2026", said(letter)) == []
    assert talk.case.escalated_to is not None


def test_a_case_on_which_nobody_works_has_got_stuck_although_the_desk_writes(talk: Talk):
    runs_until(talk, datetime(2026, 12, 2, 7, 0, tzinfo=UTC))  # eight in the morning
    assert len(progress(talk)) == 2
    send_due(talk.desk)
    talk.work()
    assert "unchanged since Mon 23 Nov" in said(letters_to(talk, "vera@acme.example")[-1])


def test_a_breach_goes_up_and_the_customer_is_told_all_the_same_once(talk: Talk):
    talk.now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # the desk stood still over the end of its time
    talk.work()
    assert talk.case.escalation is not None
    assert talk.case.escalation.rules == ("breach:update",)
    (letter,) = progress(talk)
    assert "who leads the team" in said(letter)
    assert owed(talk)["update"] == "2026-12-02"


def test_holidays_of_the_country_that_the_desk_names_are_no_business_days(make_talk: Callable[..., Talk]):
    talk = make_talk(desk={"calendar": "hu"})
    talk.now = datetime(2026, 12, 21, 9, 0, tzinfo=UTC)
    talk.customer("My kettle exploded.")
    assert "7 January 2027" in to_customer(talk)[0]
    assert owed(talk) == {"update": "2026-12-28", "decide": "2027-01-07"}


# Somebody writes


def test_after_an_answer_of_a_person_three_days_begin_anew(talk: Talk):
    runs_until(talk, WEDNESDAY_MORNING + timedelta(hours=1))
    talk.agent("Could you send us the receipt?", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    runs_until(talk, datetime(2026, 11, 30, 15, 30, tzinfo=UTC))
    assert days(talk) == ["Mon 30 15"]
    # There may be a question that waits for her.
    assert "If we have asked you for something in the meantime, please reply" in said(progress(talk)[0])
    talk.customer("Here it is.", answering=to_customer_letters(talk)[-1])
    runs_until(talk, datetime(2026, 12, 3, 15, 30, tzinfo=UTC))
    assert days(talk) == ["Mon 30 15", "Thu 03 15"]
    assert "If we have asked" not in said(progress(talk)[-1])


def test_while_an_answer_waits_to_leave_the_desk_keeps_silent(talk: Talk):
    runs_until(talk, THURSDAY_AT_FOUR - timedelta(minutes=1))
    talk.agent("We look into it.", to_bob(talk), sender=BOB)
    talk.wait(minutes=1)
    talk.wait(minutes=3)
    assert progress(talk) == []
    assert "We look into it." in to_customer(talk)[-1]
    assert owed(talk)["update"] == "2026-12-01"


def test_the_letter_that_gives_more_time_is_a_word_too_and_the_new_day_is_promised(talk: Talk):
    runs_until(talk, THURSDAY_AT_FOUR - timedelta(hours=3))
    talk.agent("#extend until 2026-12-14 we wait for a part", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    runs_until(talk, datetime(2026, 12, 1, 16, 0, tzinfo=UTC))
    assert days(talk) == ["Tue 01 15"]
    assert "14 December 2026" in said(progress(talk)[0])


def test_who_has_heard_from_a_person_today_is_not_told_that_somebody_else_looks_at_it(talk: Talk):
    talk.wait(hours=2)
    talk.agent("We look into it.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    assert talk.case.escalated_to == "Lea"
    assert progress(talk) == []


def test_who_has_written_since_is_told(talk: Talk):
    talk.wait(hours=2)
    talk.agent("We look into it.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.customer("I want to speak to your manager.", answering=to_customer_letters(talk)[-1])
    assert talk.case.escalated_to == "Lea"
    assert len(progress(talk)) == 1


def test_a_complaint_that_goes_up_at_once_is_acknowledged_and_no_more(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    talk.customer("My kettle exploded. My lawyer has all the papers.")
    assert talk.case.escalation is not None
    assert len(to_customer(talk)) == 1


def test_after_the_decision_there_is_the_question_how_it_went_and_nothing_else(talk: Talk):
    talk.customer("One more thing.", answering=to_customer_letters(talk)[0])  # which proves her address
    runs_until(talk, WEDNESDAY_MORNING + timedelta(hours=1))
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert owed(talk) == {"followup": "2026-12-02"}
    warned = len(of_kind(talk, "deadline_near", "bob"))
    talk.wait(days=4, hours=23)
    assert owed(talk) == {"followup": "2026-12-02"}
    talk.wait(hours=1)
    assert "How did we do?" in to_customer_letters(talk)[-1]["Subject"]
    assert owed(talk) == {}
    runs_until(talk, talk.now + timedelta(days=30))
    assert progress(talk) == []
    assert len(of_kind(talk, "deadline_near", "bob")) == warned


def test_who_disagreed_with_a_decision_is_not_told_that_he_has_had_no_answer(talk: Talk):
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.wait(days=17)  # beyond the day that was promised, and kept
    talk.customer("No, it was you.", answering=to_customer_letters(talk)[-1])
    assert talk.case.status is Status.OPEN
    runs_until(talk, talk.now + timedelta(days=8))
    assert len(progress(talk)) > 1
    for letter in progress(talk):
        assert "sorry" not in said(letter)
        assert "December" not in said(letter)
    assert "We are looking into it once more." in said(progress(talk)[-1])


# To whom nothing goes by itself


def test_an_angry_customer_gets_no_letter_of_a_machine_but_somebody_above_does(talk: Talk):
    talk.customer("YOU IDIOTS!!!", answering=to_customer_letters(talk)[0])
    runs_until(talk, THURSDAY_AT_FOUR)
    assert progress(talk) == []
    assert talk.case.escalation is not None
    assert talk.case.escalation.rules == ("warning:update",)
    assert not any("Unless" in said(letter) for letter in of_kind(talk, "deadline_near", "bob"))


def test_whom_our_mail_did_not_reach_gets_none(talk: Talk):
    talk.arrives(bounce_of(to_customer_letters(talk)[0].envelope_from))
    assert talk.case.unreachable
    runs_until(talk, THURSDAY_AT_FOUR + timedelta(days=1))
    assert progress(talk) == []
    assert talk.case.escalation is not None


def test_whose_acknowledgement_was_held_gets_none(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF), mailbox={"accept_since": "go-live"})
    old = talk.write("My kettle exploded.")
    talk.now += timedelta(minutes=1)
    talk.servers.deliver(talk.desk.config.desk.address, old, talk.now - timedelta(days=2))
    talk.work()
    assert talk.case.acknowledgement is Acknowledgement.WITHHELD
    runs_until(talk, talk.now + timedelta(days=20))
    assert to_customer(talk) == []


def test_where_nobody_works_by_mail_the_desk_claims_no_work(make_talk: Callable[..., Talk]):
    talk = make_talk()
    talk.customer("My kettle exploded.")
    runs_until(talk, talk.now + timedelta(days=20))
    assert len(to_customer(talk)) == 1


# What an operator may want otherwise


def test_where_only_people_are_to_write_the_desk_keeps_silent(make_talk: Callable[..., Talk]):
    talk = with_update(make_talk, satisfied_by=["reply"])
    runs_until(talk, datetime(2026, 12, 18, 22, 0, tzinfo=UTC))
    assert len(to_customer(talk)) == 1
    warned = of_kind(talk, "deadline_near", "bob")
    assert "the customer must hear how the complaint stands" in said(warned[0])
    assert not any("Unless" in said(letter) for letter in warned)
    assert "warning:update" in talk.case.escalated_for


def test_a_policy_that_tells_customers_nothing_sends_none_either(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(STAFF))
    with_rules(talk, escalation={"tell_customer": False})
    talk.customer("My kettle exploded.")
    runs_until(talk, datetime(2026, 12, 18, 22, 0, tzinfo=UTC))
    assert len(to_customer(talk)) == 1
