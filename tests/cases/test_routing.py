"""Who gets a new case: the best route, then the member whose turn it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.cases.routing import Assignment, assignee, route


@dataclass(frozen=True)
class To:
    team: str
    category: str | None = None
    language: str | None = None
    mailbox: str | None = None
    customer_domain: str | None = None


@dataclass(frozen=True)
class Somebody:
    name: str
    away: bool = False


ROUTES = (
    To("everybody"),
    To("hungarian", language="hu"),
    To("billing", category="cost"),
    To("hungarian billing", category="cost", language="hu"),
    To("partner", customer_domain="partner.example"),
    To("shop", mailbox="shop"),
    To("too late", mailbox="shop"),
)
ANN, BEA, CEC = Somebody("Ann"), Somebody("Bea"), Somebody("Cec")


@pytest.mark.parametrize(
    ("facts", "team"),
    [
        ({}, "everybody"),
        ({"category": "rude"}, "everybody"),
        ({"language": "hu"}, "hungarian"),
        ({"category": "cost"}, "billing"),
        ({"category": "cost", "language": "hu"}, "hungarian billing"),
        ({"category": "cost", "language": "hu", "mailbox": "shop"}, "hungarian billing"),
        ({"customer_domain": "partner.example"}, "partner"),
        ({"customer_domain": "Partner.EXAMPLE"}, "partner"),
        ({"customer_domain": "mail.partner.example"}, "everybody"),
        ({"customer_domain": "partner.example.org"}, "everybody"),
        ({"mailbox": "shop"}, "shop"),
        ({"language": "hu", "mailbox": "shop"}, "hungarian"),
    ],
)
def test_the_route_with_the_most_conditions_wins_and_among_equals_the_first(
    facts: dict[str, str], team: str
) -> None:
    assert route(ROUTES, **facts) == team


def test_a_condition_about_what_is_not_known_is_not_met() -> None:
    assert route(ROUTES[1:]) is None
    assert route((To("both", category="cost", language="hu"),), category="cost") is None
    assert route(()) is None


def test_round_robin_goes_on_after_the_last_one_and_begins_again() -> None:
    team, turns = (ANN, BEA, CEC), []
    last = None
    for _ in range(5):
        last = assignee(team, Assignment.ROUND_ROBIN, {}, last)
        turns.append(last)
    assert turns == ["Ann", "Bea", "Cec", "Ann", "Bea"]


@pytest.mark.parametrize("assignment", [Assignment.ROUND_ROBIN, Assignment.LEAST_OPEN])
def test_who_is_away_is_passed_over_and_does_not_lose_the_place_of_the_turn(assignment: Assignment) -> None:
    team = (ANN, Somebody("Bea", away=True), CEC)
    assert assignee(team, assignment, {"Bea": 0}, "Ann") == "Cec"
    assert assignee(team, assignment, {}, "Bea") == "Cec"
    assert assignee(team, assignment, {}, "Cec") == "Ann"


def test_who_has_left_the_team_gives_the_turn_to_the_first() -> None:
    assert assignee((ANN, BEA), Assignment.ROUND_ROBIN, {}, "Zoe") == "Ann"


def test_the_fewest_open_cases_count_and_between_equals_the_turn() -> None:
    team = (ANN, BEA, CEC)
    assert assignee(team, Assignment.LEAST_OPEN, {"Ann": 3, "Bea": 1, "Cec": 2}, "Ann") == "Bea"
    assert assignee(team, Assignment.LEAST_OPEN, {"Ann": 3, "Bea": 1}, None) == "Cec"
    assert assignee(team, Assignment.LEAST_OPEN, {"Ann": 1, "Bea": 1, "Cec": 1}, "Bea") == "Cec"


@pytest.mark.parametrize("assignment", list(Assignment))
def test_nobody_is_chosen_where_nobody_is_there(assignment: Assignment) -> None:
    assert assignee((Somebody("Ann", away=True),), assignment, {}, None) is None
    assert assignee((), assignment, {}, "Ann") is None


def test_a_case_of_the_whole_team_is_nobodys() -> None:
    assert assignee((ANN, BEA), Assignment.WHOLE_TEAM, {}, "Ann") is None


@given(
    st.lists(st.booleans(), min_size=1, max_size=6),
    st.sampled_from([Assignment.ROUND_ROBIN, Assignment.LEAST_OPEN]),
    st.integers(1, 40),
)
def test_cases_are_shared_evenly_among_those_who_are_there(
    away: list[bool], assignment: Assignment, count: int
) -> None:
    team = tuple(Somebody(str(index), gone) for index, gone in enumerate(away))
    given_to: Counter[str | None] = Counter()
    last = None
    for _ in range(count):
        last = assignee(team, assignment, {name: n for name, n in given_to.items() if name}, last)
        given_to[last] += 1
    present = [member.name for member in team if not member.away]
    assert sum(given_to.values()) == count
    assert set(given_to) <= (set(present) or {None})
    shares = [given_to[name] for name in present or [None]]
    assert max(shares) - min(shares) <= 1
