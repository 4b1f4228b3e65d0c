"""The desk keeps the times of its policy: stages, news, more time, ratings, rules that change meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailproc.cases.case import Status
from mailproc.config import read_policy
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from mailproc.store import policies
from mailproc.store.tables import PolicyRow
from mailproc.workplace import Workplace
from tests.conversation import Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_conversations import bounce_of
from tests.test_policies_by_mail import owed
from tests.test_raising_by_mail import LEA, to_lea
from tests.test_telling_by_mail import of_kind

PEOPLE = People.model_validate(
    {
        "agents": [
            {"name": "Bob", "address": "bob@acme.example"},
            {"name": "Lea", "address": "lea@acme.example", "languages": ["hu"]},
        ],
        "teams": {"front": {"members": ["Bob"]}},
        "supervisors": [{"name": "Lea", "address": "lea@acme.example"}],
        "routing": [{"team": "front"}],
        "assignment": "least_open",
    }
)
RESOLVE = "#resolve upheld cause=quality remedy=refund\nYou are right."

MakeDesk = Callable[..., Talk]


@pytest.fixture
def desk(make_talk: Callable[..., Talk]) -> MakeDesk:
    """A desk in Budapest under a policy, with a complaint from Monday, 23 November 2026, 9 o'clock."""

    def make(policy: str, variant: str | None = None, people: People = PEOPLE) -> Talk:
        talk = make_talk(people=people, desk={"policy": policy, "policy_variant": variant})
        talk.customer("My kettle exploded.")
        return talk

    return make


def decided(talk: Talk) -> Talk:
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED
    return talk


def disagrees(talk: Talk, **time: float) -> None:
    talk.now += timedelta(**time)
    talk.customer("I do not agree.", answering=letters_to(talk, "ann@customer.example")[-1])


def day(talk: Talk) -> str:
    assert talk.case.decide_by is not None
    return f"{talk.case.decide_by:%Y-%m-%d}"


# Two stages


def test_who_disagrees_comes_to_stage_2_whose_people_hear_who_may_not_decide_it(desk: MakeDesk):
    talk = decided(desk("uk-housing"))
    before = len(letters_to(talk, "bob@acme.example"))
    disagrees(talk, days=1)
    assert (talk.case.stage, talk.case.barred, talk.case.owner) == (2, "Bob", "Lea")
    assert set(owed(talk)) == {"s2.ack", "s2.decide"}
    assert "wrote again, stage 2 begins (Stage 2)" in what(talk)
    told = to_lea(talk)
    assert "I do not agree." in told.text
    assert "Szakasz" in told.text
    assert "Stage 2; nem döntheti el: Bob" in told.text
    page = told.message.get_body(("html",))
    assert page is not None
    assert "Stage 2; nem döntheti el: Bob" in page.get_content()
    assert len(letters_to(talk, "bob@acme.example")) == before

    talk.agent("We look at it again.", told, sender=LEA)
    talk.wait(minutes=3)
    assert set(owed(talk)) == {"s2.decide"}
    talk.agent(RESOLVE, told, sender=LEA)
    talk.wait(minutes=3)
    assert (talk.case.status, owed(talk)) == (Status.RESOLVED, {})


def test_after_the_last_stage_the_desk_says_what_remains(desk: MakeDesk):
    talk = decided(desk("uk-housing"))
    disagrees(talk, days=1)
    talk.agent(RESOLVE, to_lea(talk), sender=LEA)
    talk.wait(minutes=3)
    disagrees(talk, days=1)
    assert (talk.case.status, talk.case.stage) == (Status.OPEN, 2)
    (again,) = [entry for entry in talk.history() if entry.what == "wrote again, case reopened"]
    assert "no further stage; what remains is Housing Ombudsman Service" in again.text


def test_an_agent_begins_stage_2_when_the_customer_asks_on_the_telephone(desk: MakeDesk):
    talk = decided(desk("uk-housing"))
    talk.agent("#stage 2 she rang and does not agree", to_bob(talk), sender=BOB)
    assert (talk.case.stage, talk.case.status, talk.case.owner) == (2, Status.OPEN, "Lea")
    assert any("she rang" in entry.text for entry in talk.history())
    assert "Stage 2 begins; Bob may not decide it." in " ".join(to_bob(talk).text.split())
    talk.agent("#take", to_bob(talk), sender=BOB)
    assert "Bob decided the stage before" in " ".join(to_bob(talk).text.split())
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.OPEN
    assert talk.case.owner == "Lea"


@pytest.mark.parametrize(
    ("policy", "command", "says"),
    [
        ("generic-24h", "#stage 2 please", "know no stages"),
        ("uk-housing", "#stage 3", "the case is at stage 1"),
        ("uk-housing", "#stage two", "is no stage"),
    ],
)
def test_a_stage_that_there_is_not_comes_back(desk: MakeDesk, policy: str, command: str, says: str):
    talk = desk(policy)
    talk.agent(command, to_bob(talk), sender=BOB)
    assert says in " ".join(to_bob(talk).text.split())
    assert talk.case.stage == 1


def test_a_decision_of_stage_1_that_waits_is_not_taken_for_one_of_stage_2(desk: MakeDesk):
    talk = desk("uk-housing")
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.agent("#stage 2 she rang", to_bob(talk), sender=BOB)
    assert "waits to leave" in " ".join(to_bob(talk).text.split())
    talk.wait(minutes=3)
    assert (talk.case.stage, talk.case.status) == (1, Status.RESOLVED)


# News until the decision


def test_the_customer_is_to_hear_every_twenty_days_and_the_agent_is_told_in_time(desk: MakeDesk):
    talk = desk("ie-cpc")
    assert owed(talk)["update"] == "2026-12-21"
    talk.wait(days=22)
    assert "the customer must hear how the complaint stands" in " ".join(to_bob(talk).text.split())
    talk.agent("We are still waiting for the maker.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert owed(talk)["update"] == "2027-01-14"
    talk.arrives(bounce_of(letters_to(talk, "ann@customer.example")[-1].envelope_from))
    assert owed(talk)["update"] == "2026-12-21"


# More time


def test_more_time_than_the_rules_give_comes_back_with_what_they_give(desk: MakeDesk):
    talk = desk("hu-mnb", "payment")
    before = day(talk)
    talk.agent("#extend until 2027-06-01 the bank abroad does not answer", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "hu-mnb/payment: at most 35bd" in " ".join(to_bob(talk).text.split())
    assert day(talk) == before
    assert len(to_customer(talk)) == 1

    talk.agent("#extend until 2027-01-04 the bank abroad does not answer", to_bob(talk), sender=BOB)
    assert "beyond control" in " ".join(to_bob(talk).text.split())
    talk.wait(minutes=3)
    assert day(talk) == "2027-01-04"
    talk.agent("#extend until 2027-01-08 the bank abroad still does not", to_bob(talk), sender=BOB)
    assert "give it once" in " ".join(to_bob(talk).text.split())


def test_rules_that_give_no_more_time_say_so(desk: MakeDesk):
    talk = desk("ie-cpc")
    talk.agent("#extend 5d the maker is slow", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "ie-cpc) give no more time" in " ".join(to_bob(talk).text.split())
    assert len(to_customer(talk)) == 1


def test_more_time_that_the_customer_must_agree_to_says_so(desk: MakeDesk):
    talk = desk("uk-nhs")
    talk.agent("#extend 10d we agreed on the telephone", to_bob(talk), sender=BOB)
    assert "that the customer has agreed" in " ".join(to_bob(talk).text.split())


# Ratings


def test_a_grave_case_is_due_sooner_for_the_desk_and_as_promised_for_the_customer(desk: MakeDesk):
    talk = desk("generic-24h")
    assert "7 December 2026" in to_customer(talk)[0]
    talk.agent("#urgency high\n#impact high", to_bob(talk), sender=BOB)
    assert day(talk) == "2026-11-25"
    receipt = " ".join(to_bob(talk).text.split())
    assert "It is to be decided by 2026-11-25 23:59; it was 2026-11-30 23:59." in receipt
    talk.wait(days=4)
    late = of_kind(talk, "deadline_near", "bob")[-1]
    assert "The decision is late" in " ".join(late.text.split())
    talk.agent("#template holding\nThe maker is slow.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "7 December 2026" in to_customer(talk)[-1]


# Warnings


def test_a_case_that_waits_comes_back_although_there_is_no_agent_left(desk: MakeDesk):
    talk = desk("generic-24h")
    talk.agent("#wait customer 3d", to_bob(talk), sender=BOB)
    talk.desk.adopt(People())
    talk.wait(days=4)
    assert (talk.case.status, talk.case.waiting_until) == (Status.OPEN, None)
    (entry,) = [entry for entry in talk.history() if entry.what.startswith("something is due")]
    assert "wait late since" in entry.text


def test_after_an_outage_a_breach_is_one_and_stands_with_its_due_time(desk: MakeDesk):
    talk = desk("generic-24h")
    talk.now += timedelta(days=40)
    assert warn_due(talk.desk) == 1
    assert warn_due(talk.desk) == 0
    (entry,) = [entry for entry in talk.history() if entry.what == "told the agents what is due"]
    assert entry.text == "update late since 2026-11-26 23:59, decide late since 2026-12-07 23:59"
    talk.work()
    assert len(of_kind(talk, "deadline_near", "bob")) == 1


# Rules that change


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Workplace:
    """A workplace whose policy file says something else."""
    workplace = Workplace(config_file=tmp_path / "config" / "mailproc.yaml")
    shipped = workplace.policy_file("generic-24h")
    assert shipped is not None
    text = shipped.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    own = tmp_path / "config" / "policies" / "generic-24h.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text, encoding="utf-8")
    return workplace


def reopened(make_talk: Callable[..., Talk], first: Talk, workplace: Workplace) -> Talk:
    """The daemon that comes after, with the files as they are now."""
    first.close()
    second = make_talk(people=PEOPLE)
    second.now = first.now
    second.desk.policy = read_policy(workplace, "generic-24h")
    policies.keep(second.desk.database, second.desk.policy, second.now)
    second._first_letter = first._first_letter
    return second


def test_a_case_keeps_the_rules_under_which_it_was_received(
    desk: MakeDesk, make_talk: Callable[..., Talk], tmp_path: Path
):
    first = desk("generic-24h")
    old = first.case
    workplace = changed(
        tmp_path, ("within: 10bd", "within: 5cd"), ("reopen_within: 30cd", "reopen_within: 2cd")
    )
    talk = reopened(make_talk, first, workplace)
    talk.agent("#urgency low\n#impact low\n#extend 5d we wait for a part", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert (talk.case.policy, day(talk)) == (old.policy, "2026-12-12")
    talk.agent(RESOLVE, to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.wait(days=10)
    assert talk.case.status is Status.RESOLVED  # 30 days to disagree, as the letter says, and not 2
    disagrees(talk)
    assert talk.case.status is Status.OPEN

    talk.customer("My toaster burns.", sender="Cy <cy@customer.example>", subject="Toaster")
    new = talk.cases[-1]
    assert new.policy.digest != old.policy.digest
    assert new.decide_by is not None
    assert new.decide_by - new.received_at < timedelta(days=6)


def test_a_text_that_is_not_there_is_named_and_keeps_no_mail_from_its_case(
    desk: MakeDesk, make_talk: Callable[..., Talk], tmp_path: Path
):
    first = desk("generic-24h")
    digest = first.case.policy.digest
    talk = reopened(make_talk, first, changed(tmp_path, ("within: 10bd", "within: 5cd")))
    with talk.desk.database.reading() as session:
        assert policies.missing(session) == []
    with talk.desk.database.transaction() as session:
        row = session.get(PolicyRow, digest)
        assert row is not None
        session.delete(row)
    with talk.desk.database.reading() as session:
        assert policies.missing(session) == [f"generic-24h 2026-12 ({digest[:12]})"]
    talk.customer("Hello?", answering=letters_to(talk, "ann@customer.example")[-1])
    assert talk.dispositions == ["opened", "joined"]
