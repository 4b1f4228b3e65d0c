"""A desk under a regime: what customers are promised, what is owed, and who else they are told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.cases.presets import preset, variants
from tests.conversation import Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob
from tests.test_raising_by_mail import PEOPLE

MakeDesk = Callable[..., Talk]
WATCHED = ("Due", "Late")


@pytest.fixture
def desk(make_talk: Callable[..., Talk]) -> MakeDesk:
    """A desk in Budapest under a policy, with a complaint from Monday, 23 November 2026, 9 o'clock."""

    def make(policy: str, variant: str | None = None, **changes: object) -> Talk:
        settings = {"policy": policy, "policy_variant": variant, **changes}
        talk = make_talk(people=PEOPLE, desk=settings)
        talk.customer("My kettle exploded.")
        return talk

    return make


def owed(talk: Talk) -> dict[str, str]:
    return {clock.id: f"{clock.due_at:%Y-%m-%d}" for clock in talk.case.clocks if clock.satisfied_at is None}


def customer_reads(talk: Talk) -> str:
    return letters_to(talk, "ann@customer.example")[-1].text


@pytest.mark.parametrize(
    ("id", "variant"), [each for each in variants() if each[0] != "generic-24h"], ids=str
)
def test_under_every_regime_a_complaint_is_acknowledged_with_the_day_of_the_answer(
    desk: MakeDesk, id, variant
):
    talk = desk(id, variant)
    (acknowledgement,) = letters_to(talk, "ann@customer.example")
    rules = preset(id, variant)
    assert (talk.case.policy.id, talk.case.policy.digest) == (rules.stamp.id, rules.digest)
    assert talk.case.decide_by is not None
    day = rules.promised_on(talk.case.decide_by, talk.config.desk.zone)
    assert f"{day.day} {day:%B %Y}" in acknowledgement.text
    assert "ack" not in {id.rpartition(".")[2] for id in owed(talk)}


def test_a_promise_is_never_a_day_later_than_what_is_owed(desk: MakeDesk):
    """The day ends in London when in Budapest the next one has begun: the customer is told of London's."""
    talk = desk("uk-housing")
    assert owed(talk) == {"s1.decide": "2026-12-07"}
    assert "7 December 2026" in customer_reads(talk)
    assert "7 December 2026" in to_bob(talk).text


def test_a_resolution_tells_whom_else_the_customer_may_ask(desk: MakeDesk):
    talk = desk("uk-housing")
    talk.agent("#resolve upheld cause=quality remedy=refund\nYou are right.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "Housing Ombudsman Service (www.housing-ombudsman.org.uk)" in customer_reads(talk)
    assert owed(talk) == {}


def test_without_a_regime_nobody_else_is_named(desk: MakeDesk):
    talk = desk("generic-24h")
    talk.agent("#resolve upheld cause=quality remedy=refund\nYou are right.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "You are right." in customer_reads(talk)
    assert "also turn to" not in customer_reads(talk)


def test_news_of_the_case_is_owed_until_it_is_decided(desk: MakeDesk):
    """The decision ends every repeated duty: nothing is left to remind anybody of."""
    talk = desk("ie-cpc")
    assert owed(talk) == {"update": "2026-12-21", "decide": "2027-01-20"}
    talk.agent("#resolve upheld cause=quality remedy=refund\nYou are right.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert owed(talk) == {}
    assert talk.case.next_deadline_at is None


def test_what_a_regime_asks_for_after_its_limit_is_told_when_the_limit_has_passed_and_not_before(
    desk: MakeDesk,
):
    talk = desk("uk-fca")
    assert owed(talk)["decide"] == "2027-01-18"
    said = []
    for moment in (datetime(2027, 1, 14, 12, tzinfo=UTC), datetime(2027, 1, 19, 12, tzinfo=UTC)):
        talk.now = moment
        talk.work()
        due = [each for each in letters_to(talk, "bob@acme.example") if each["Subject"].startswith(WATCHED)]
        said.append(" ".join(due[-1].text.split()))
    before, after = said
    assert "has to be told now" not in before
    assert "The customer has to be told now" in after
    assert "why there is no final response yet" in after
    assert "that the customer may go to the ombudsman now" in after


def test_more_time_to_decide_is_no_more_time_for_news(desk: MakeDesk):
    talk = desk("iso-10002")
    before = owed(talk)
    talk.agent("#extend 5d we wait for the maker", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    after = owed(talk)
    assert before["decide"] == "2026-12-21"
    assert after["decide"] == "2026-12-26"
    assert after["update"] == before["update"] == "2026-11-30"


def test_a_calendar_of_the_settings_stands_in_for_the_policys(desk: MakeDesk):
    """St Andrew's Day, 30 November, is a holiday in Scotland; the payment system of the euro is open."""
    assert preset("eu-psd2").calendar is not None
    assert owed(desk("eu-psd2", calendar="gb-sct")) == {"decide": "2026-12-15"}
    in_force = preset("eu-psd2", None, "gb-sct").digest
    assert in_force != preset("eu-psd2").digest
