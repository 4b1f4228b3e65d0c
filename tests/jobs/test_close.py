"""Closing what nobody took up again costs nothing for the cases whose time has not come."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

from mailproc.cases.case import Status
from mailproc.cases.events import CaseResolved
from mailproc.jobs.close import close_due
from tests.conversation import Talk


def test_only_cases_whose_time_has_run_out_are_written_to(talk: Talk, monkeypatch):
    for number, days in enumerate((0, 20, 0)):
        talk.now += timedelta(days=days)
        talk.customer("It exploded.", sender=f"c{number}@customer.example")
        talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"), talk.cases[-1].reference)
    talk.now += timedelta(days=15)
    transactions = 0
    transaction = talk.desk.database.transaction

    @contextmanager
    def counted():
        nonlocal transactions
        transactions += 1
        with transaction() as session:
            yield session

    monkeypatch.setattr(talk.desk.database, "transaction", counted)
    assert close_due(talk.desk) == 1
    assert transactions == 1, "SQLite has one writer: it is not taken for each case in vain"
    assert [case.status for case in talk.cases] == [Status.CLOSED, Status.RESOLVED, Status.RESOLVED]
