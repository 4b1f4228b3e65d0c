"""How was a complaint decided? `upheld cause=service remedy=refund amount=49.90 EUR`."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from mailproc.inbound.command_names import Wrong, closest, one_of, pick
from mailproc.inbound.command_words import Command, Vocabulary, fold

_KEY = re.compile(r"(?:^|\s)([^\s=]+)\s*=\s*")
_KEYS = ("cause", "remedy", "amount")


def read_decision(command: Command, vocabulary: Vocabulary) -> Command:
    """`upheld cause=service remedy=refund amount=49.90 EUR`: every problem of the line is found."""
    outcome, *pairs = _KEY.split(command.value)
    problems: list[tuple[str, str]] = []
    try:
        if not outcome.strip():
            raise Wrong(("the outcome is missing", "write it first" + one_of(vocabulary.outcomes)))
        command = replace(command, choice=pick(outcome.strip(), vocabulary.outcomes, "outcome", "#resolve "))
    except Wrong as wrong:
        problems += wrong.problems
    seen: set[str] = set()
    for written, value in zip(pairs[::2], pairs[1::2], strict=True):
        key = fold(written)
        try:
            if key not in _KEYS:
                near = closest(key, _KEYS)
                remedy = f"write `{near}=`" if near else "leave it out" + one_of(_KEYS)
                raise Wrong((f"there is no `{written}=`", remedy))
            if key in seen:
                raise Wrong((f"`{key}=` stands there twice", "leave one of them out"))
            seen.add(key)
            command = _with(command, key, value.strip().strip("\"'“”„‚‘’«»").strip(), vocabulary)
        except Wrong as wrong:
            problems += wrong.problems
    if command.amount and command.remedy == "none":
        problems.append(("there is an amount and remedy=none", "leave one of them out, or name the remedy"))
    if problems:
        raise Wrong(*problems)
    return command


def _with(command: Command, key: str, value: str, vocabulary: Vocabulary) -> Command:
    if not value:
        raise Wrong((f"`{key}=` says nothing", "write its value behind the sign, or leave it out"))
    if key == "cause":
        return replace(command, cause=pick(value, vocabulary.causes, "cause", "cause="))
    if key == "remedy":
        return replace(command, remedy=pick(value, vocabulary.remedies, "remedy", "remedy="))
    amount, currency = read_amount(value)
    return replace(command, amount=amount, currency=currency)


_SIGNS = {"€": "EUR", "£": "GBP", "FT": "HUF"}
_AMOUNT = re.compile(
    r"([^\W\d_]{2,3}|[€£$¥])? ?([0-9]{1,9})(?:[.,]([0-9]{1,2}|[-–—]))? ?([^\W\d_]{2,3}|[€£$¥])?"
)


def read_amount(text: str) -> tuple[Decimal, str]:
    """Read `49.90`, `49,90 EUR`, `€49.90` or `12000 Ft`: the amount and its currency, '' for the desk's own.

    Separators of thousands are refused, because `1.000` is a thousand in Budapest and one in London; so
    is `$`, which is the money of twenty countries. Raises Wrong.
    """
    how = "write it as 49.90 or 49.90 EUR, without separators of thousands"
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found[1] and found[4]):
        raise Wrong((f"`{text}` is no amount", how))
    sign = (found[1] or found[4] or "").upper()
    currency = _SIGNS.get(sign, sign)
    if currency and not re.fullmatch(r"[A-Z]{3}", currency):
        raise Wrong((f"`{sign}` is no currency", "write its three letters, such as EUR"))
    cents = found[3] if found[3] and found[3].isdigit() else "0"
    return Decimal(f"{found[2]}.{cents}"), currency
