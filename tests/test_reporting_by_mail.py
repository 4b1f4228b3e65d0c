"""Agents say what no mail tells the desk, and due times begin, move or stand still by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from mailproc.cases.case import Status
from mailproc.cases.lifecycle import reopening_ends_at
from mailproc.people import People
from mailproc.store import policies
from tests.cases.presets import policy
from tests.cases.test_reported import REMEDY, WAITS
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, what
from tests.test_policies_by_mail import owed
from tests.test_telling_by_mail import of_kind

LEA = "Lea Lead <lea@acme.example>"
VERA = "Vera Boss <vera@acme.example>"
STAFF = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Lea", "address": "lea@acme.example"},
    ],
    "teams": {"front": {"members": ["Bob"], "lead": "Lea"}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "front"}],
    "assignment": "least_open",
}
RESOLVE = "#category quality\n#resolve upheld cause=quality remedy=refund\nYou are right."

MakeDesk = Callable[..., Talk]


@pytest.fixture
def desk(make_talk: Callable[..., Talk]) -> MakeDesk:
    """A desk in Budapest under a policy, with a complaint of Bob's from Monday, 23 November 2026."""

    def make(id: str, variant: str | None = None, language: str = "en") -> Talk:
        bob = {**STAFF["agents"][0], "languages": [language]}  # type: ignore[dict-item]
        people = People.model_validate(STAFF | {"agents": [bob, STAFF["agents"][1]]})
        settings = {"policy": id, "policy_variant": variant, "languages": ["en", "hu", "de"]}
        talk = make_talk(people=people, desk=settings, complaints={"categories": ["quality"]})
        talk.customer("My kettle exploded.")
        return talk

    return make


@pytest.fixture
def own(make_talk: Callable[..., Talk]) -> MakeDesk:
    """The same under a policy of the desk's own."""

    def make(text: str) -> Talk:
        talk = make_talk(
            people=People.model_validate(STAFF), complaints={"survey_after": "0s", "categories": ["quality"]}
        )
        talk.desk.policy = policy(text)
        policies.keep(talk.desk.database, talk.desk.policy, talk.now)
        talk.customer("My kettle exploded.")
        return talk

    return make


def said(letter: Letter) -> str:
    return " ".join(letter.text.split())


def tells(talk: Talk, text: str) -> str:
    """Bob writes to the newest letter that he has; return what he gets back."""
    talk.agent(text, to_bob(talk), sender=BOB)
    return said(to_bob(talk))


def goes_to(talk: Talk, moment: datetime) -> None:
    talk.now = moment
    talk.work()


def escalations_to(talk: Talk, name: str) -> list[Letter]:
    return list(of_kind(talk, "escalation", name))


def decided(talk: Talk) -> Talk:
    returned = tells(talk, RESOLVE)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED, returned
    return talk


# What begins


def test_an_outcome_is_owed_when_the_investigation_has_ended(desk: MakeDesk):
    """Bob hears what is due, is reminded, and when nobody tells the customer it goes up to Lea."""
    talk = desk("ie-cpc")
    talk.wait(days=1)
    receipt = tells(talk, "#happened investigated the workshop has measured it")
    assert "Written down: the investigation has ended." in receipt
    assert "Word of what came of it is due by 2026-12-02 00:59." in receipt
    assert owed(talk)["outcome"] == "2026-12-01"
    (entry,) = [each for each in talk.history() if each.what.startswith("reported")]
    assert entry.who == "Bob" and "the workshop has measured it" in entry.text

    (outcome,) = [clock for clock in talk.case.clocks if clock.id == "outcome"]
    goes_to(talk, outcome.warn_at[-1])
    assert "the customer must be told what came of it" in said(of_kind(talk, "deadline_near", "bob")[-1])
    goes_to(talk, outcome.due_at + timedelta(seconds=1))
    assert "The outcome is late" in said(of_kind(talk, "deadline_near", "bob")[-1])
    assert "breach:outcome" in talk.case.escalated_for
    assert any("what came of it" in said(each) for each in escalations_to(talk, "lea"))

    decided(talk)
    assert owed(talk) == {}
    assert talk.case.escalation is None


def test_the_question_how_it_went_counts_from_the_day_on_which_the_refund_was_booked(desk: MakeDesk):
    talk = decided(desk("iso-10002"))
    assert owed(talk) == {"followup": "2026-11-30"}
    talk.wait(days=4)
    receipt = tells(talk, "#happened implemented 26 Nov booked by Lea")
    assert "Written down: what was promised is done." in receipt
    assert "The question how it went is due by 2026-12-03 23:59; it was 2026-11-30 23:59." in receipt
    assert (talk.case.status, owed(talk)) == (Status.RESOLVED, {"followup": "2026-12-03"})


def test_a_mistake_is_taken_back_and_said_rightly_in_one_mail(desk: MakeDesk):
    talk = decided(desk("iso-10002"))
    talk.wait(days=4)
    tells(talk, "#happened implemented")
    refused = tells(talk, "#happened implemented 24 Nov")
    assert "is written down for 2026-11-27 already; take that back first" in refused
    receipt = tells(talk, "#happened implemented undo\n#happened implemented 24 Nov")
    assert "Taken back: what was promised is done." in receipt
    assert owed(talk) == {"followup": "2026-12-01"}
    assert [each for each in what(talk) if "promised" in each] == [
        "reported: what was promised is done",
        "took back: what was promised is done",
        "reported: what was promised is done",
    ]


def test_at_a_deadlock_the_customer_is_told_by_an_answer(desk: MakeDesk):
    talk = desk("uk-ofcom")
    tells(talk, "#happened deadlocked")
    assert owed(talk)["outcome"] == "2026-11-24"
    talk.wait(hours=25)
    assert "The outcome is late" in said(of_kind(talk, "deadline_near", "bob")[-1])
    tells(talk, "#reply\nDear Ann, we can do no more; the ombudsman is free.")
    talk.wait(minutes=3)
    assert "outcome" not in owed(talk)


# What was promised


def test_a_promised_remedy_is_remembered_until_it_is_carried_out(own: MakeDesk):
    """The case is decided, and Bob hears all the same, then Lea; and it is not closed meanwhile."""
    talk = decided(own(REMEDY))
    (remedy,) = [clock for clock in talk.case.clocks if clock.id == "outcome"]
    assert talk.case.next_deadline_at == remedy.due_at
    goes_to(talk, remedy.warn_at[-1])
    told = said(of_kind(talk, "deadline_near", "bob")[-1])
    assert "what was promised must be done" in told and "#happened implemented" in told
    (asked,) = escalations_to(talk, "lea")
    assert "What was promised must be done by" in said(asked)
    options = asked.text.partition("What you can do")[2]
    assert "#happened …" in options and "#resolve" not in options

    goes_to(talk, remedy.due_at + timedelta(seconds=1))
    assert "What was promised is late" in said(of_kind(talk, "deadline_near", "bob")[-1])
    assert talk.case.status is Status.RESOLVED
    assert {"warning:outcome", "breach:outcome"} <= set(talk.case.escalated_for)
    (last,) = escalations_to(talk, "vera")
    assert "What was promised should have been done by" in said(last)
    assert talk.case.escalated_to == "Vera"
    talk.wait(days=21)
    assert talk.now > reopening_ends_at(talk.case, talk.desk.policy, talk.config.desk.zone)
    assert talk.case.status is Status.RESOLVED

    talk.agent("#happened implemented", asked, sender=LEA)
    assert "Written down" in said(letters_to(talk, "lea@acme.example")[-1])
    assert (owed(talk), talk.case.escalation) == ({}, None)
    talk.wait(minutes=1)
    assert talk.case.status is Status.CLOSED


# What stands still


def test_while_a_court_has_the_matter_nothing_is_due(desk: MakeDesk):
    talk = desk("au-asic", "trustee")
    before = owed(talk)
    receipt = tells(talk, "#happened paused court proceedings, in Melbourne\n#wait other 3w")
    assert "Written down: clocks stand still." in receipt
    assert "The decision stands still and is due later than" in receipt
    assert "You are asked every 30 days." in receipt
    assert (talk.case.status, talk.case.next_deadline_at) == (Status.WAITING, None)
    entry = next(each for each in talk.history() if each.what.startswith("reported"))
    assert entry.text.startswith("on 2026-11-23: court_proceedings\nin Melbourne\n")

    talk.wait(days=22)
    assert talk.case.status is Status.OPEN  # the wait is over; the clock stands still
    talk.wait(days=10)
    look = of_kind(talk, "deadline_near", "bob")[-1]
    assert "clocks of this case stand still" in said(look) and "This is due soon" in said(look)
    talk.wait(days=60)
    assert escalations_to(talk, "lea") == []

    receipt = tells(talk, "#happened resumed yesterday")
    assert "The decision is due by" in receipt
    after = owed(talk)
    late = datetime.fromisoformat(after["decide"]) - datetime.fromisoformat(before["decide"])
    assert late == timedelta(days=91)
    assert talk.case.next_warning_at is not None


def test_rules_without_a_pause_name_themselves(desk: MakeDesk):
    talk = desk("uk-fca")
    returned = tells(talk, "#happened paused customer\n\nShe does not answer.")
    assert "(uk-fca) no clock ever stands still" in returned
    assert "She does not answer." in returned and "Keep it as a #note" in returned
    assert "She does not answer." not in "".join(
        each.text for each in letters_to(talk, "ann@customer.example")
    )


def test_waiting_stops_nothing_and_an_answer_ends_the_pause_that_waits_for_it(own: MakeDesk):
    talk = own(WAITS)
    before = owed(talk)
    tells(talk, "#wait customer 5d\nDear Ann, which kettle is it?")
    assert owed(talk) == before
    talk.wait(minutes=3)
    tells(talk, "#happened paused customer")
    assert owed(talk)["decide"] == before["decide"] and talk.case.next_deadline_at is None
    talk.now += timedelta(days=2)
    talk.customer("The red one.", answering=letters_to(talk, "ann@customer.example")[-1])
    assert owed(talk)["decide"] == "2026-12-09"
    assert "clocks run again" in next(each.text for each in talk.history() if each.what == "answered")


# What comes back


@pytest.mark.parametrize(
    ("id", "line", "back"),
    [
        ("ie-cpc", "#happened implemented", "they know: investigated"),
        ("ie-cpc", "#happened implemented", "What these rules know: #happened investigated."),
        ("generic-24h", "#happened investigated", "they know: implemented"),
        ("hu-mnb", "#happened investigated", "nothing counts that people could report"),
        ("ie-cpc", "#happened investigated 20 Nov", "had not begun: 2026-11-23"),
        ("ie-cpc", "#happened investigated 2027-01-01", "that day is to come"),
        ("ie-cpc", "#happened investigated undo", "nobody has reported"),
        ("ie-cpc", "#happened investigatd", "#happened investigated"),
    ],
)
def test_what_cannot_be_comes_back_with_what_can(desk: MakeDesk, id: str, line: str, back: str):
    talk = desk(id)
    before = talk.case.clocks
    returned = tells(talk, f"{line}\n\nThe words are kept.")
    assert back in returned and "The words are kept." in returned
    assert talk.case.clocks == before


def test_in_her_own_language(desk: MakeDesk):
    talk = desk("ie-cpc", language="de")
    receipt = tells(talk, "#geschehen untersucht gestern")
    assert "nicht begonnen" in receipt
    receipt = tells(talk, "#geschehen untersucht heute")
    assert "Vermerkt: die Untersuchung ist beendet." in receipt
    assert "Die Mitteilung des Ergebnisses ist fällig bis" in receipt


def test_in_another_language(desk: MakeDesk):
    receipt = tells(desk("uk-ofcom", language="hu"), "#történt holtpont")
    assert "Feljegyezve: az ügyfélszolgálat nem tehet többet." in receipt
    assert "Az eredmény közlése eddig esedékes: 2026-11-24 09:00." in receipt


def test_a_report_that_the_desk_reads_late_counts_from_the_day_on_which_it_was_written(desk: MakeDesk):
    talk = desk("ie-cpc")
    talk.wait(days=1)
    raw = talk.write_as_agent("#happened investigated", to_bob(talk), sender=BOB)
    talk.now += timedelta(days=3)
    talk.arrives(raw)
    assert owed(talk)["outcome"] == "2026-12-01"


def test_commands_in_the_mail_of_somebody_else_report_nothing(desk: MakeDesk):
    talk = desk("ie-cpc")
    talk.customer("#happened investigated", answering=letters_to(talk, "ann@customer.example")[-1])
    assert "outcome" not in owed(talk)
