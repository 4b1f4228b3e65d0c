"""What an old desk had done, read from its mails: each assumption, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailproc.cases.calendars import Span
from mailproc.cases.earlier import Complaint, ThreadMail, Told, not_readable, tell
from mailproc.cases.happenings import Happening
from tests.cases.presets import preset

UTC_ZONE = ZoneInfo("UTC")
MONDAY = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
ANN, BEN = frozenset({"ann@customer.example"}), frozenset({"ben@customer.example"})
ACK, UPDATED, DECIDED = Happening.ACKNOWLEDGED, Happening.UPDATED, Happening.DECIDED


def written(id: int, days: float, case: int = 1, *, to: int | None = None, by=ANN) -> ThreadMail:
    """A mail of a customer."""
    return ThreadMail(id=id, at=MONDAY + timedelta(days=days), case_id=case, parent=to, addresses=by)


def answer(id: int, days: float, *, to: int | None, machine: bool = False, whom=ANN) -> ThreadMail:
    """A mail of the desk."""
    at = MONDAY + timedelta(days=days)
    return ThreadMail(id=id, at=at, parent=to, by_desk=True, by_machine=machine, addresses=whom)


def told(*mails: ThreadMail, going_on: tuple[int, ...] = ()) -> Told:
    return tell(mails, reopen_within=Span.parse("30cd"), zone=UTC_ZONE, going_on=going_on)


def days(complaint: Complaint) -> list[tuple[Happening, float]]:
    return [(each.what, (each.at - MONDAY) / timedelta(days=1)) for each in complaint.happened]


def only(*mails: ThreadMail, going_on: tuple[int, ...] = ()) -> Complaint:
    (complaint,) = told(*mails, going_on=going_on).complaints
    return complaint


def test_one_answer_acknowledges_and_decides():
    found = only(written(1, 0), answer(2, 2, to=1))
    assert days(found) == [(ACK, 2), (DECIDED, 2)]
    assert not found.customer_wrote_last


def test_a_machine_acknowledges_and_decides_nothing():
    assert days(only(written(1, 0), answer(2, 0.1, to=1, machine=True))) == [(ACK, 0.1)]
    later = only(
        written(1, 0),
        answer(2, 0.1, to=1, machine=True),
        answer(3, 5, to=1),
        answer(4, 6, to=1, machine=True),
    )
    assert days(later) == [(ACK, 0.1), (DECIDED, 5)]


def test_answers_between_tell_how_it_stands():
    found = only(written(1, 0), answer(2, 1, to=1), answer(3, 4, to=2), answer(4, 9, to=3))
    assert days(found) == [(ACK, 1), (UPDATED, 1), (UPDATED, 4), (DECIDED, 9)]


def test_nothing_is_decided_while_the_customer_waits_for_an_answer():
    found = only(written(1, 0), answer(2, 1, to=1), written(3, 2, to=2))
    assert days(found) == [(ACK, 1), (UPDATED, 1)]
    assert found.customer_wrote_last
    machine = only(written(1, 0), answer(2, 1, to=1), written(3, 2, to=2), answer(4, 2, to=3, machine=True))
    assert machine.customer_wrote_last and (DECIDED, 1) not in days(machine)


def test_without_an_answer_nothing_has_happened():
    found = only(written(1, 0), written(2, 3, to=1))
    assert found.happened == () and found.received_at == MONDAY and not found.customer_wrote_last


def test_what_is_worked_on_in_mailproc_was_not_decided_before():
    assert days(only(written(1, 0), answer(2, 1, to=1), going_on=(1,))) == [(ACK, 1), (UPDATED, 1)]


def test_a_thread_of_two_complaints_of_two_customers():
    """Each answer belongs to the mail that it names, although all stand in one thread."""
    first, second = told(
        written(1, 0),
        answer(2, 1, to=1),
        written(3, 2, case=2, to=2, by=BEN),
        answer(4, 6, to=3, whom=BEN),
    ).complaints
    assert (first.case_id, days(first)) == (1, [(ACK, 1), (DECIDED, 1)])
    assert (second.case_id, days(second)) == (2, [(ACK, 6), (DECIDED, 6)])


@pytest.mark.parametrize(("day", "complaints"), [(31, 1), (32, 2)])
def test_a_thread_of_two_complaints_of_one_customer(day: int, complaints: int):
    """The decision of day 1 can be taken up again through day 31."""
    found = told(written(1, 0), answer(2, 1, to=1), written(3, day, to=2), answer(4, day + 3, to=3))
    assert len(found.complaints) == complaints
    assert days(found.complaints[-1])[-1] == (DECIDED, day + 3)
    if complaints == 2:
        assert days(found.complaints[0]) == [(ACK, 1), (DECIDED, 1)]
        assert found.complaints[1].received_at == MONDAY + timedelta(days=day)


def test_where_nobody_had_answered_a_reminder_is_no_other_complaint():
    found = only(written(1, 0), answer(2, 0.1, to=1, machine=True), written(3, 60, to=2), answer(4, 61, to=3))
    assert (found.received_at, days(found)) == (MONDAY, [(ACK, 0.1), (DECIDED, 61)])


def test_a_customer_who_answers_the_desk_goes_on_with_her_complaint():
    """When her mail came in nothing was known of the desk's, so it had opened a case of its own."""
    found = told(written(1, 0), answer(2, 1, to=1), written(3, 2, case=2, to=2), answer(4, 5, to=3))
    assert [each.case_id for each in found.complaints] == [1]
    assert days(found.complaints[0])[-1] == (DECIDED, 5)
    assert (found.joined, found.cases) == (1, {1, 2})


def test_what_was_passed_on_within_the_house_is_no_answer():
    """Somebody had asked a colleague: the customer heard nothing of it."""
    house = frozenset({"workshop@acme.example"})
    found = told(written(1, 0), answer(2, 1, to=1, whom=house), answer(3, 4, to=2))
    assert days(found.complaints[0]) == [(ACK, 4), (DECIDED, 4)]
    assert (found.answers, found.astray) == (1, 1)


def test_what_names_no_mail_that_is_here_answers_nothing():
    found = told(written(1, 0), answer(2, 1, to=None), answer(3, 2, to=99))
    assert found.complaints[0].happened == ()
    assert (found.answers, found.astray) == (0, 2)


def test_mails_that_name_one_another_in_a_ring_answer_nothing():
    found = told(written(1, 0), answer(2, 1, to=3), answer(3, 2, to=2), answer(4, 3, to=4))
    assert found.complaints[0].happened == () and found.astray == 3
    ring = told(written(1, 0, case=1, to=2), written(2, 0, case=2, to=1), written(3, 1, case=3, to=3))
    assert sorted(each.case_id for each in ring.complaints) == [1, 3], "the first of them is the complaint"


def test_an_answer_that_seems_older_than_the_complaint_does_nothing():
    assert only(written(1, 0), answer(2, -1, to=1)).happened == ()


def test_the_order_in_which_mails_were_imported_does_not_matter():
    mails = [written(1, 0), answer(2, 1, to=1), written(3, 2, case=2, to=2), answer(4, 5, to=3)]
    ids = {1: 4, 2: 3, 3: 2, 4: 1}
    turned = [
        replace(mail, id=ids[mail.id], parent=ids[mail.parent] if mail.parent else None) for mail in mails
    ]
    assert [days(each) for each in told(*reversed(turned)).complaints] == [
        days(each) for each in told(*mails).complaints
    ]


def test_clocks_that_no_mail_can_be_seen_to_meet():
    assert not_readable(preset("iso-10002")) == {"followup"}
    assert not_readable(preset("uk-housing")) == frozenset()
