"""A look at due times costs what is due, not what there is, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from mailproc.jobs import warn
from tests.bench import ticks

FEW, MANY = 500, 20_000


@pytest.fixture
def bench(database_url: str) -> Iterator[ticks.Bench]:
    with ticks.opened(database_url) as opened:
        yield opened


def test_with_forty_times_the_cases_a_look_asks_and_takes_the_same(bench: ticks.Bench) -> None:
    """Judged by the steps of SQLite's machine, which no busy neighbour changes."""
    bench.fill(FEW)
    few = {due: bench.count(due) for due in (0, 10)}
    bench.fill(MANY)
    many = {due: bench.count(due) for due in (0, 10)}
    for due in (0, 10):
        assert many[due][0] == few[due][0] > 0
        before, after = few[due][1], many[due][1]
        assert (before is None) == (not bench.desk.database.is_sqlite)
        if before and after:
            assert after <= 1.5 * before


def test_ten_that_are_due_cost_ten_times_one(bench: ticks.Bench) -> None:
    bench.fill(FEW)
    nothing, one, ten = (bench.count(due)[0] for due in (0, 1, 10))
    assert nothing <= 5
    assert ten - nothing <= 10 * (one - nothing)


def test_what_is_due_is_found_by_its_index(bench: ticks.Bench) -> None:
    bench.fill(MANY)
    bench.make_due(10)
    database = bench.desk.database
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    assert len(warn._due(bench.desk, passing_over=0)) == 10
    event.remove(database.engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"{explain} {statement}", values).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    assert "ix_cases_next_warning_at" in plan
    assert "Seq Scan" not in plan and "SCAN" not in plan
    assert "TEMP B-TREE" not in plan, "the index gives the order too"
