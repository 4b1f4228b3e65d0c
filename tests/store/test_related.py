"""Where a merged case goes on, and what can be asked about several cases at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import Session

from mailproc.addressing import new_reference
from mailproc.cases.case import Case, Status
from mailproc.cases.opening import open_case
from mailproc.errors import DatabaseError
from mailproc.store import casebook, related
from mailproc.store.database import Database, with_patience
from tests.cases.samples import MONDAY_9AM, POLICY, RECEIVED, ZONE
from tests.conftest import ON_POSTGRES
from tests.store.test_plans import bad, filled, watched
from tests.store.test_store import NOW
from tests.test_two_at_once import overlapping

__all__ = ["filled"]


def opened(session: Session, **changes: object) -> tuple[int, Case]:
    reference = new_reference()
    case = open_case(replace(RECEIVED, reference=reference), POLICY, ZONE, MONDAY_9AM).case
    case = replace(case, **changes)
    return casebook.add(session, case, NOW), case


def merge(session: Session, case_id: int, into: str) -> None:
    case = casebook.load(session, case_id)
    after = replace(case, status=Status.CLOSED, merged_into=into)
    casebook.save(session, case_id, case, after, NOW)


def test_what_leads_to_a_merged_case_leads_to_the_last_of_its_chain(database: Database):
    with database.transaction() as session:
        one, two, three = opened(session), opened(session), opened(session)
        participants = frozenset({"cy@example.com"})
        four = opened(session, participants=participants)
        for (id, _), (_, into) in ((one, two), (two, three), (three, four)):
            merge(session, id, into.reference)
        (found,) = casebook.find_by_reference(session, [one[1].reference])
        assert (found.clue, found.case_id, found.reference) == (one[1].reference, four[0], four[1].reference)
        assert found.participants == participants, "who took part in the first is not let into the last"
        assert casebook.load_where_it_goes_on(session, two[0])[0] == four[0]
        assert casebook.goes_on_in(session, four[1].reference) == (four[0], four[1].reference)


def test_clues_keep_their_order_whatever_the_order_of_the_database(database: Database):
    with database.transaction() as session:
        references = [opened(session)[1].reference for _ in range(6)]
        for order in (references, references[::-1]):
            assert [found.clue for found in casebook.find_by_reference(session, order)] == order


def test_a_circle_that_only_damage_can_make_ends_with_a_word(database: Database):
    with database.transaction() as session:
        one, two = opened(session), opened(session)
        merge(session, one[0], two[1].reference)
        merge(session, two[0], one[1].reference)
        with pytest.raises(DatabaseError, match="merged into the next"):
            casebook.goes_on_in(session, one[1].reference)


def test_who_waits_for_a_case_that_is_being_merged_gets_the_one_in_which_it_goes_on(database: Database):
    with database.transaction() as session:
        one, two = opened(session), opened(session)

    def later() -> int:
        with database.transaction() as session:
            return casebook.load_where_it_goes_on(session, one[0])[0]

    assert overlapping(database, lambda session: merge(session, one[0], two[1].reference), later) == two[0]


def test_a_customers_cases_are_listed_newest_first_without_what_is_over(database: Database):
    with database.transaction() as session:
        decided = {"status": Status.RESOLVED, "resolved_at": NOW - timedelta(days=10)}
        long_ago = {"status": Status.CLOSED, "closed_at": NOW - timedelta(days=200)}
        open_, late = opened(session), opened(session, **decided)
        opened(session, **long_ago)
        opened(session, spam=True)
        opened(session, customer_email="joann@example.com")
        merge(session, opened(session)[0], open_[1].reference)
        mine = opened(session)
        found = related.decided_late_or_not(
            session, "ann@example.com", NOW - timedelta(days=90), besides=mine[0], most=10
        )
        assert [case.case_id for case in found] == [late[0], open_[0]]
        assert len(related.of_customer(session, "ann@example.com", 3)) == 3
        assert [case.case_id for case in related.newest(session, 1)] == [mine[0]]
        assert related.openings(session, [open_[0]]) == {}


def test_no_question_about_several_cases_scans_a_table(filled: Database):
    with watched(filled) as plans, filled.transaction() as session:
        related.of_customer(session, "ann@example.com", 5)
        related.decided_late_or_not(session, "ann@example.com", NOW, besides=1, most=5)
        related.by_reference(session, ["C-2222-2229"])
        related.openings(session, [1, 2])
        casebook.find_by_reference(session, ["C-2222-2229"])
    assert len(plans()) == 5
    assert [plan for plan in plans() if bad(plan)] == []
    assert not any("TEMP B-TREE" in plan for plan in plans()[:2]), "the limit ends the reading"


@pytest.mark.parametrize("database_url", [ON_POSTGRES], indirect=True)
def test_two_cases_that_are_merged_into_each_other_at_once_make_no_circle(database: Database):
    """Each holds its own case and waits for the other's; PostgreSQL ends one, which is then done again.

    SQLite has one writer: there they come one after the other.
    """
    with database.transaction() as session:
        one, two = opened(session), opened(session)
    both_hold_theirs = threading.Barrier(2)

    def attempt(mine: int, other: int, tries: list[int]) -> bool:
        with database.transaction() as session:
            mine, _ = casebook.load_where_it_goes_on(session, mine)
            tries.append(mine)
            if len(tries) == 1:
                both_hold_theirs.wait(30)
            other, case = casebook.load_where_it_goes_on(session, other)
            if other == mine:
                return False
            merge(session, mine, case.reference)
            return True

    with ThreadPoolExecutor(2) as pool:
        pairs = ((one[0], two[0]), (two[0], one[0]))
        work = [partial(attempt, mine, other, []) for mine, other in pairs]
        merged = list(pool.map(with_patience, work))
    assert sorted(merged) == [False, True]
    with database.reading() as session:
        assert casebook.goes_on_in(session, one[1].reference) == casebook.goes_on_in(
            session, two[1].reference
        )
