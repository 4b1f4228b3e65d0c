"""Whose is a mail of the time before mailproc, and is it a machine's? What `From` says is believed here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import ANN, DESK, SURROUNDINGS, mail, people, report

from mailproc.inbound.classify import classify
from mailproc.inbound.earlier import Earlier, read_earlier

AGENTS = replace(SURROUNDINGS, agents=frozenset({"bea@acme.example"}))
BEA, OFFICE, CUSTOMER = people("bea@acme.example"), people("office@old.example"), (ANN,)
OURS = people(DESK.address)


def read(message, *, sent=False) -> Earlier:
    return read_earlier(message, classify(message, AGENTS), AGENTS, sent=sent)


@pytest.mark.parametrize(
    ("from_", "sent", "by_desk"),
    [
        (CUSTOMER, False, False),
        (OFFICE, False, False),
        (OFFICE, True, True),
        (OURS, False, True),
        (BEA, False, True),
    ],
)
def test_whose_mail_it_is(from_, sent, by_desk):
    assert read(mail(from_=from_, to=people("ann@customer.example")), sent=sent).by_desk is by_desk


def test_what_an_agents_mailbox_answers_by_itself_is_not_the_desks():
    away = mail(("Auto-Submitted", "auto-replied"), from_=BEA, in_reply_to=("<1@customer.example>",))
    assert not read(away).by_desk


def test_a_report_answers_nobody():
    assert not read(mail(from_=OURS, **report("disposition-notification")), sent=True).by_desk


@pytest.mark.parametrize(
    ("header", "by_machine"),
    [
        (("Auto-Submitted", "auto-replied"), True),
        (("Auto-Submitted", "auto-generated; owner-email=x@old.example"), True),
        (("Auto-Submitted", "no"), False),
        # Ticket systems put these on what their people write, too.
        (("X-RT-Loop-Prevention", "old.example"), False),
        (("X-OTRS-Loop", "support@old.example"), False),
    ],
)
def test_whether_a_machine_wrote_it(header, by_machine):
    assert read(mail(header, from_=OURS)).by_machine is by_machine
    assert not read(mail(header, from_=CUSTOMER)).by_machine, "only of the desk's own it is asked"


def test_whom_it_went_to_and_what_it_answers():
    answer = mail(
        ("Bcc", "Gil <gil@customer.example>"),
        from_=OURS,
        to=people("Ann@Customer.example", DESK.address),
        cc=people("ben@customer.example"),
        in_reply_to=("<2@customer.example>",),
        references=("<1@customer.example>", "<0@acme.example>", "<2@customer.example>"),
    )
    assert read(answer).addresses == ("ann@customer.example", "ben@customer.example", "gil@customer.example")
    assert read(answer).named == ("<2@customer.example>", "<0@acme.example>", "<1@customer.example>")


def test_where_a_customer_is_answered():
    """A form on the desk's own page writes in the desk's name, and tells who to answer."""
    form = mail(from_=OURS, reply_to=people("ann@customer.example"))
    assert read(form) == Earlier(
        by_desk=False, by_machine=False, named=(), addresses=("ann@customer.example",)
    )
