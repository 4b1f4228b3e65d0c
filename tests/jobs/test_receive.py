"""What receiving does when a mail, a clock, a child process or the order of things is not as it should be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from mailproc.cases.case import Acknowledgement
from mailproc.errors import MailprocError
from mailproc.jobs.receive import CLAIM, receive_due
from mailproc.store import byhand, receiving, sending
from tests.conversation import Talk
from tests.test_conversations import EVE, bounce_of


def journaled(talk: Talk, *raws: bytes) -> None:
    for raw in raws:
        talk.arrives(raw, work=False)
    assert talk.collector.hold_lease()
    talk.collector.collect()


def change(talk: Talk, statement: str, **values: object) -> None:
    with talk.desk.database.transaction() as session:
        session.execute(text(statement), values)


@pytest.mark.parametrize("damage", ["UPDATE raw_messages SET body = x'00'", "header only", "DELETE"])
def test_a_mail_whose_stored_bytes_are_damaged_holds_up_no_other(talk: Talk, damage: str):
    mails = [talk.write(f"Number {n}.", sender=f"c{n}@customer.example") for n in range(CLAIM + 5)]
    journaled(talk, *mails)
    first = "(SELECT raw_sha256 FROM inbox ORDER BY id LIMIT 1)"
    if damage == "header only":
        change(talk, "UPDATE inbox SET complete = 0 WHERE id = 1")
    if damage == "DELETE":
        with talk.desk.database.reading() as session:
            session.execute(text("PRAGMA foreign_keys = OFF"))
            session.execute(text(f"DELETE FROM raw_messages WHERE sha256 = {first}"))
            session.execute(text("PRAGMA foreign_keys = ON"))
    else:
        change(talk, f"UPDATE raw_messages SET body = x'00' WHERE sha256 = {first}")

    for _ in range(5):
        talk.wait(minutes=2)

    assert talk.dispositions.count("opened") == len(mails) - 1
    damaged = talk.mails[0][0]
    assert damaged.disposition is None, "it is not accounted for as received"
    assert "restore" in (damaged.last_error or ""), "and it says what to do"


def test_what_a_failed_batch_left_claimed_is_received_at_the_next_try(talk: Talk, monkeypatch):
    """Not only when the lease has run out: nobody else works under the name of this process."""
    journaled(talk, talk.write("My kettle exploded."))
    with monkeypatch.context() as broken:
        broken.setattr(talk.desk.cage, "parse_each", raises(MailprocError("the parser does not start")))
        with pytest.raises(MailprocError):
            receive_due(talk.desk)

    assert receive_due(talk.desk) == 1


def raises(error: Exception):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_mail_journaled_while_the_clock_ran_ahead_does_not_wait_for_that_day(talk: Talk):
    talk.now += timedelta(days=365)
    journaled(talk, talk.write("My kettle exploded."))
    talk.now -= timedelta(days=365)

    assert receive_due(talk.desk) == 1


def test_a_copy_that_a_filter_marked_as_spam_does_not_stand_for_the_complaint(talk: Talk):
    """One mail by two routes: one of them passes a filter that is wrong about it."""
    raw = talk.write("My kettle exploded.")
    talk.arrives(b"X-Spam-Flag: YES\r\n" + raw)
    talk.arrives(raw)
    talk.arrives(b"Received: from c.example by mx.acme.example; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)

    assert talk.dispositions == ["ignored", "opened", "duplicate"]
    assert len(talk.letters) == 1


def test_a_copy_of_what_a_person_dropped_stays_dropped(talk: Talk):
    raw = talk.write("My kettle exploded.")
    journaled(talk, raw)
    talk.now += timedelta(seconds=1)
    with talk.desk.database.transaction() as session:
        message = talk.desk.cage.parse(raw)
        byhand.set_aside(session, 1, talk.now, reason="dropped by Bob: nonsense", file_to=None)
        receiving.keep_message(
            session, 1, message, kind="customer", rule="r", answer_rule="", authenticated=False
        )
    talk.arrives(b"Received: from c.example by mx.acme.example; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)

    assert talk.dispositions == ["ignored", "duplicate"]
    assert talk.letters == []


def test_a_copy_does_not_take_the_place_of_a_mail_that_is_received_again(talk: Talk):
    """The skeleton case of a quarantined mail is the one that its copy belongs to."""
    raw = talk.customer("My kettle exploded.")
    change(talk, "UPDATE inbox SET disposition = 'quarantined'")
    with talk.desk.database.transaction() as session:
        byhand.receive_again(session, 1, talk.now + timedelta(seconds=30))
    talk.arrives(b"Received: from c.example by mx.acme.example; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)
    talk.wait(minutes=1)

    assert talk.dispositions == ["opened", "duplicate"]
    assert len(talk.cases) == 1


def test_a_bounce_that_overtakes_the_servers_answer_waits_for_it(talk: Talk):
    """Else the letter would count as accepted after it had come back, and the case as answered."""
    journaled(talk, talk.write("My kettle exploded."), talk.write("And my toaster.", sender=EVE))
    receive_due(talk.desk)
    letter = talk.queue[0]
    assert letter.id is not None
    send = talk.courier.mailer.send

    def send_slowly(*args: object, **keywords: object):
        outcome = send(*args, **keywords)
        journaled(talk, bounce_of(letter.envelope_from))
        receive_due(talk.desk)  # as the other thread does, before this one has noted the answer
        return outcome

    talk.courier.mailer.send = send_slowly  # type: ignore[method-assign]
    talk.courier.deliver_due()
    talk.courier.mailer.send = send  # type: ignore[method-assign]
    talk.wait(seconds=10)

    case = talk.cases[0]
    assert case.unreachable
    assert case.acknowledgement is Acknowledgement.FAILED
    happened = talk.happened(case.reference)
    assert happened.index("acknowledgement accepted") < len(happened) - 1
    assert "bounced" in happened[-1]


def test_a_bounce_does_not_wait_for_ever_for_an_answer_that_was_missed(talk: Talk):
    journaled(talk, talk.write("My kettle exploded."))
    receive_due(talk.desk)
    (letter,) = sending.claim(talk.desk.database, "dead", talk.desk.clock, talk.desk.lease, 1)
    with talk.desk.database.transaction() as session:
        assert sending.hand_over(session, letter.id, "dead", talk.now, timedelta(days=1))
    journaled(talk, bounce_of(letter.envelope_from))
    for _ in range(8):
        talk.now += timedelta(seconds=3)
        receive_due(talk.desk)

    assert talk.dispositions == ["opened", "bounced"]
    assert talk.case.unreachable
