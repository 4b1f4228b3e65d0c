"""What one command, job or mail does may meet what another has begun: nothing is lost, nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from mailproc.cases.case import Status
from mailproc.jobs import customer_mail
from mailproc.jobs.close import close_due
from mailproc.jobs.survey import ask_due
from mailproc.people import People
from mailproc.store import byhand
from mailproc.store.outbox import State
from mailproc.store.tables import InboxRow
from tests.conversation import ANN, Letter, Talk
from tests.servers import EmbeddedServers
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob
from tests.test_conversations import bounce_of

RESOLVE = "#resolve upheld cause=quality remedy=replacement\n\nThe element was faulty."
GENEROUS = RESOLVE.replace("remedy=replacement", "remedy=refund amount=150 EUR")
CY = "Cy Cook <cy@customer.example>"
WITH_VERA = People.model_validate(
    PEOPLE.model_dump() | {"supervisors": [{"name": "Vera", "address": "vera@acme.example"}]}
)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def to_customer(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")[1:]  # less the acknowledgement


def to_eve(talk: Talk) -> Letter:
    return letters_to(talk, "eve@acme.example")[-1]


def change(talk: Talk, statement: str) -> None:
    with talk.desk.database.transaction() as session:
        session.execute(text(statement))


def answers(talk: Talk, text: str) -> None:
    """Ann answers the acknowledgement."""
    talk.customer(text, answering=letters_to(talk, "ann@customer.example")[0])


# Letters that the mail server did not take at the first try


def deferred(talk: Talk, servers: EmbeddedServers, text: str = "We send you a new one.") -> None:
    """Bob answers, the undo time is over, and the server asks to try again later."""
    talk.customer("My kettle exploded.")
    talk.agent(text, to_bob(talk), sender=BOB)
    servers.sink.script["rcpt"] = ["451 4.2.0 try again later"]
    talk.wait(minutes=3)
    assert to_customer(talk) == []


def test_what_the_server_did_not_take_yet_can_be_stopped(talk: Talk, servers: EmbeddedServers):
    deferred(talk, servers)
    talk.agent("#stop", to_bob(talk), sender=BOB)
    talk.wait(hours=1)
    assert to_customer(talk) == []
    assert "Your answer was stopped" in to_bob(talk).text


def test_what_the_server_did_not_take_yet_goes_back_when_the_customer_writes(
    talk: Talk, servers: EmbeddedServers
):
    deferred(talk, servers)
    answers(talk, "It was the toaster, sorry.")
    talk.wait(hours=1)
    assert to_customer(talk) == []
    assert "held back" in "".join(letter.text for letter in letters_to(talk, "bob@acme.example"))


def test_what_may_have_arrived_is_not_said_to_be_stopped(talk: Talk, servers: EmbeddedServers):
    deferred(talk, servers)
    change(talk, "UPDATE outbox SET uncertain = 1 WHERE letter = 'reply'")
    talk.agent("#stop", to_bob(talk), sender=BOB)
    assert "nothing left to stop" in " ".join(to_bob(talk).text.split())


@pytest.mark.parametrize("state", ["queued", "claimed", "handed_over", "held"])
def test_a_second_resolution_waits_for_the_end_of_the_first(talk: Talk, servers: EmbeddedServers, state: str):
    deferred(talk, servers, RESOLVE)
    change(talk, f"UPDATE outbox SET state = '{state}', uncertain = 1 WHERE letter = 'resolution'")
    talk.agent(RESOLVE.replace("faulty", "wet"), to_bob(talk), sender=BOB)
    assert "a resolution of this case" in " ".join(to_bob(talk).text.split())
    assert sum(row.letter == "resolution" for row in talk.queue) == 1


# A question to the agent, and what happened before it


def test_her_yes_knows_what_the_letter_knew_that_she_released(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    answers(talk, "It was red.")
    talk.agent("#cc +lea@law.example\n\nWe send you a new one.", told, sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    assert "lea@law.example" in to_bob(talk).text
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert len(letters_to(talk, "lea@law.example")) == 1


def test_her_yes_still_knows_nothing_of_what_came_after_it_was_asked_for(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#cc +lea@law.example\n\nWe send you a new one.", to_bob(talk), sender=BOB)
    asked = to_bob(talk)
    answers(talk, "It was red.")
    talk.agent("yes", asked, sender=BOB)
    talk.wait(minutes=3)
    assert to_customer(talk) == []


# Cases that were merged


def two_cases(talk: Talk) -> tuple[str, str, Letter]:
    """Ann writes about her kettle twice; the newer case is Eve's, whose letter about it is returned too."""
    talk.customer("My kettle exploded.")
    talk.wait(hours=1)
    talk.customer("The kettle that exploded.", subject="Exploded kettle")
    older, newer = (case.reference for case in talk.cases)
    return older, newer, to_eve(talk)


def merged(talk: Talk, newer: str, older: str) -> None:
    """Eve lets the newer case go on in the older one, in answer to her newest letter."""
    talk.agent(f"#merge {older}", to_eve(talk), sender=EVE)
    assert next(case for case in talk.cases if case.reference == newer).merged_into == older


def test_an_answer_to_an_old_letter_of_a_merged_case_is_stale_as_it_was_before(talk: Talk):
    older, newer, old = two_cases(talk)
    talk.customer("It was the toaster, sorry.", answering=letters_to(talk, "ann@customer.example")[-1])
    merged(talk, newer, older)
    talk.agent("We send you a new kettle.", old, sender=EVE)
    talk.wait(minutes=3)
    assert to_customer(talk)[1:] == []
    returned = " ".join(to_eve(talk).text.split())
    assert "something has happened since" in returned and "It was the toaster" in returned


def test_words_held_back_before_a_merge_leave_after_it_and_do_nothing_else_again(talk: Talk):
    older, newer, told = two_cases(talk)
    talk.agent("#priority high\n\nWe send you a new one.", told, sender=EVE)
    talk.customer("It was red.", answering=letters_to(talk, "ann@customer.example")[-1])
    (held,) = [
        letter
        for letter in letters_to(talk, "eve@acme.example")
        if "held back" in " ".join(letter.text.split())
    ]
    merged(talk, newer, older)
    talk.agent("#send", held, sender=EVE)
    talk.wait(minutes=3)
    assert len(to_customer(talk)[1:]) == 1
    assert "classified" not in talk.happened(older)


def test_a_case_with_a_proposal_is_not_merged_away(make_talk: Callable[..., Talk]):
    talk = make_talk(people=WITH_VERA, complaints={"offer_limit": "100 EUR"})
    older, _, told = two_cases(talk)
    talk.agent(GENEROUS, told, sender=EVE)
    talk.agent(f"#merge {older}", told, sender=EVE)
    assert [case.merged_into for case in talk.cases] == [None, None]
    assert "waits for approval" in " ".join(to_eve(talk).text.split())


# A decision that waits for approval, and a case that ends otherwise


def test_a_broken_stop_about_spam_with_a_proposal_harms_nothing(make_talk: Callable[..., Talk]):
    talk = make_talk(people=WITH_VERA, complaints={"offer_limit": "100 EUR"})
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    talk.agent(GENEROUS, told, sender=BOB)
    assert talk.case.proposal is not None
    talk.agent("#spam", told, sender=BOB)
    assert talk.case.proposal is None
    talk.agent("#stop\n#bogus", told, sender=BOB)
    talk.wait(minutes=5)
    assert len(talk.cases) == 1
    assert "quarantined" not in talk.dispositions


# Cases that were opened by an agent's mail


def test_duties_of_a_mail_that_was_split_off_are_told(talk: Talk):
    talk.customer("My kettle exploded.")
    answers(talk, "And my toaster burns.")
    talk.agent("#split", to_bob(talk), sender=BOB)
    assert [case.warns for case in talk.cases] == [True, True]


def test_duties_of_a_complaint_that_was_brought_in_are_told(talk: Talk):
    talk.customer("My kettle exploded.", sender=CY)
    talk.agent("#from ann@customer.example\n\nShe called: the kettle exploded.", to_bob(talk), sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert [case.warns for case in talk.cases] == [True, True]


# Mail that could not be received at first


def quarantined(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann's mail meets a fault of ours, three times."""

    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(customer_mail, "find_case", fails)
        talk.customer("My kettle exploded.")
        for _ in range(4):
            talk.wait(minutes=1)
    assert talk.dispositions == ["quarantined"]


def read_again(talk: Talk) -> None:
    with talk.desk.database.transaction() as session:
        byhand.receive_again(session, 1, talk.now)
    talk.work()


def test_the_agents_hear_of_a_mail_that_was_read_at_last(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    quarantined(talk, monkeypatch)
    read_again(talk)
    assert talk.case.owner == "Bob"
    assert "My kettle exploded." in to_bob(talk).text
    assert len(letters_to(talk, "ann@customer.example")) == 1
    talk.agent("We send you a new one.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1


def test_a_mail_of_a_case_that_was_thrown_away_meanwhile_is_not_acknowledged(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    quarantined(talk, monkeypatch)
    change(talk, "UPDATE cases SET status = 'closed', spam = true")
    read_again(talk)
    assert letters_to(talk, "ann@customer.example") == []


# Jobs


def resolved(talk: Talk) -> None:
    for sender in (ANN, CY):
        talk.arrives(
            talk.write_as_agent("My kettle exploded.", None, sender=sender, subject=f"Kettle of {sender}")
        )
    for agent, told in ((BOB, to_bob(talk)), (EVE, to_eve(talk))):
        talk.agent(RESOLVE, told, sender=agent)
    talk.wait(minutes=3)
    assert [case.status for case in talk.cases] == [Status.RESOLVED, Status.RESOLVED]
    change(talk, "UPDATE cases SET language = '../etc', clocks = '0' WHERE id = 1")


def test_a_case_that_cannot_be_asked_about_keeps_no_other_from_it(talk: Talk):
    resolved(talk)
    talk.now += timedelta(days=8)
    assert ask_due(talk.desk) == 1
    assert [row.letter for row in talk.queue if row.state == State.QUEUED] == ["survey"]


def test_a_case_that_cannot_be_closed_keeps_no_other_from_it(talk: Talk):
    resolved(talk)
    talk.now += timedelta(days=400)
    assert close_due(talk.desk) == 1


def arrives_silently(talk: Talk, raw: bytes) -> None:
    """A mail that is older than the desk, or was imported: nobody is to be written to because of it."""
    talk.arrives(raw, work=False)
    talk.collector.collect()
    with talk.desk.database.transaction() as session:
        session.execute(update(InboxRow).where(InboxRow.state == "waiting").values(silent=True))
    talk.work()


def test_nobody_is_written_to_because_of_mail_that_was_imported(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    acknowledgement = letters_to(talk, "ann@customer.example")[0]
    before = len(talk.letters)
    for raw in (
        talk.write_as_agent("We send you a new one.", told, sender=BOB),
        talk.write_as_agent("#close\n", told, sender=BOB),
        talk.write_as_agent("away", told, sender=BOB, headers={"Auto-Submitted": "auto-replied"}),
        bounce_of(acknowledgement.envelope_from),
        talk.write("And the toaster, too.", answering=acknowledgement),
    ):
        arrives_silently(talk, raw)
    talk.wait(minutes=20)
    assert len(talk.letters) == before
    assert talk.case.owner == "Bob"
    assert talk.ledger["held"] == 2
    assert talk.ledger["unaccounted"] == 0
