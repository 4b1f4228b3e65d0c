"""What the courier does when a letter, a clock or the end of the day is in its way."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from mailproc.cases.case import Acknowledgement
from mailproc.errors import LetterError
from mailproc.jobs.deliver import CLAIM, RETRIES
from mailproc.store.outbox import State
from tests.conversation import Talk
from tests.servers import EmbeddedServers


def queue(talk: Talk, count: int) -> None:
    """Let letters wait: the mails are received, nothing is delivered."""
    deliver_due, talk.courier.deliver_due = talk.courier.deliver_due, lambda: 0  # type: ignore[method-assign]
    for number in range(count):
        talk.customer("It exploded.", sender=f"c{number}@customer.example", subject=f"Kettle {number}")
    talk.courier.deliver_due = deliver_due  # type: ignore[method-assign]


def test_a_letter_whose_stored_bytes_are_damaged_holds_up_no_other(talk: Talk):
    queue(talk, CLAIM + 3)
    with talk.desk.database.transaction() as session:
        session.execute(text("UPDATE outgoing SET body = x'00' WHERE outbox_id = 1"))
    talk.work()

    assert len(talk.letters) == CLAIM + 2
    assert talk.queue[0].state == State.FAILED
    assert "damaged" in (talk.queue[0].last_reply or "")
    assert talk.cases[0].acknowledgement is Acknowledgement.FAILED, "a person sees that nobody was answered"


def test_a_letter_that_our_own_code_stumbles_over_holds_up_no_other(talk: Talk):
    queue(talk, 3)
    send = talk.courier.mailer.send

    def stumble(envelope_from: str, recipient: str, *rest: object, **keywords: object):
        if recipient.startswith("c0@"):
            raise LetterError("the letter has a line end that is not CRLF")
        return send(envelope_from, recipient, *rest, **keywords)  # type: ignore[arg-type]

    talk.courier.mailer.send = stumble  # type: ignore[method-assign]
    talk.work()

    assert [letter.to for letter in talk.letters] == ["c1@customer.example", "c2@customer.example"]
    waiting = talk.queue[0]
    assert (waiting.state, waiting.attempts, waiting.due_at) == (State.QUEUED, 1, talk.now + RETRIES[0])
    assert "line end" in (waiting.last_reply or "")


def test_a_pause_ends_although_the_clock_was_put_back(talk: Talk, servers: EmbeddedServers):
    talk.now += timedelta(days=365)
    servers.sink.script["mail"] = ["451 4.3.0 later"]
    talk.customer("My kettle exploded.")
    assert talk.letters == []
    talk.now -= timedelta(days=365)
    talk.work()

    assert len(talk.letters) == 1


def test_the_rate_of_a_minute_is_not_counted_in_a_year_that_was_a_mistake(make_talk):
    talk: Talk = make_talk(smtp={"per_minute": 1})
    talk.now += timedelta(days=365)
    talk.customer("My kettle exploded.")
    talk.now -= timedelta(days=365)
    talk.customer("My toaster exploded.", sender="eve@elsewhere.example")

    assert len(talk.letters) == 2


def test_the_limit_of_an_hour_is_not_counted_in_a_year_that_was_a_mistake(make_talk):
    talk: Talk = make_talk(desk={"acks_per_hour": 1})
    talk.now += timedelta(days=365)
    talk.customer("My kettle exploded.")
    talk.now -= timedelta(days=365)
    talk.customer("My toaster exploded.", sender="eve@elsewhere.example")

    assert len(talk.letters) == 2
