"""Which decisions need approval?"""

from __future__ import annotations

from decimal import Decimal

import pytest

from mailproc.cases.approvals import Money, Need, in_the_desks_currency, need_of


def money(text: str) -> Money | None:
    number, _, currency = text.partition(" ")
    return Money(amount=Decimal(number), currency=currency) if text else None


@pytest.mark.parametrize(
    ("offer", "limit", "need"),
    [
        ("", "100 EUR", None),
        ("100 EUR", "100 EUR", None),
        ("100.01 EUR", "100 EUR", Need.AMOUNT),
        ("0.01 EUR", "0 EUR", Need.AMOUNT),
        ("1 HUF", "100 EUR", Need.CURRENCY),
        ("0 HUF", "100 EUR", None),  # nothing is nothing in every currency
        ("100", "100 EUR", None),
        ("101", "100 EUR", Need.AMOUNT),
        ("50", "50", None),
        ("51", "50", Need.AMOUNT),
        ("1 EUR", "50", Need.CURRENCY),  # nobody has said what the desk pays in
        ("1000000 EUR", "", None),
    ],
)
def test_offers_are_compared_in_one_currency_alone(offer: str, limit: str, need: Need | None):
    offered = in_the_desks_currency(money(offer), money(limit))
    assert need_of("upheld", "repair", offered, limit=money(limit), refusals=True) is need


@pytest.mark.parametrize(
    ("outcome", "need"),
    [
        ("not_upheld", Need.REFUSAL),
        ("out_of_scope", Need.REFUSAL),
        ("partly_upheld", None),
        ("withdrawn", None),
    ],
)
def test_decisions_against_the_customer(outcome: str, need: Need | None):
    assert need_of(outcome, None, None, limit=None, refusals=True) is need
    assert need_of(outcome, None, None, limit=None, refusals=False) is None


@pytest.mark.parametrize(
    ("remedy", "offer", "limit", "need"),
    [
        ("refund", "", "100 EUR", Need.UNSTATED),
        ("goodwill", "", "100 EUR", Need.UNSTATED),
        ("refund", "49 EUR", "100 EUR", None),
        ("refund", "0 EUR", "100 EUR", None),
        ("refund", "", "", None),
        ("apology", "", "100 EUR", None),
        ("voucher", "", "100 EUR", None),  # a word of the desk's own, which may be no money
    ],
)
def test_money_without_an_amount_is_approved_where_there_is_a_limit(
    remedy: str, offer: str, limit: str, need: Need | None
):
    assert need_of("upheld", remedy, money(offer), limit=money(limit), refusals=False) is need


@pytest.mark.parametrize(
    ("text", "written"), [("49.9 EUR", "49.90 EUR"), ("50.00", "50"), ("150 EUR", "150 EUR")]
)
def test_money_is_written_as_people_write_it(text: str, written: str):
    assert str(money(text)) == written
