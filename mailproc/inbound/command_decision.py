"""How was a complaint decided? `upheld cause=service remedy=refund amount=49.90 EUR`."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from mailproc.inbound.command_names import Wrong, closest, one_of, pick
from mailproc.inbound.command_words import Command, Vocabulary, fold
from mailproc.sentences import say

_KEY = re.compile(r"(?:^|\s)([^\s=]+)\s*=\s*")
_KEYS = ("cause", "remedy", "amount")


def read_decision(command: Command, vocabulary: Vocabulary) -> Command:
    """`upheld cause=service remedy=refund amount=49.90 EUR`: every problem of the line is found."""
    outcome, *pairs = _KEY.split(command.value)
    problems: list[tuple[str, str]] = []
    try:
        if not outcome.strip():
            raise Wrong(
                (
                    say("the outcome is missing"),
                    say("write it first{choices}", choices=one_of(vocabulary.outcomes)),
                )
            )
        command = replace(
            command, choice=pick(outcome.strip(), vocabulary.outcomes, say("outcome"), "#resolve ")
        )
    except Wrong as wrong:
        problems += wrong.problems
    seen: set[str] = set()
    for written, value in zip(pairs[::2], pairs[1::2], strict=True):
        key = fold(written)
        try:
            if key not in _KEYS:
                near = closest(key, _KEYS)
                remedy = (
                    say("write {what}", what=f"`{near}=`")
                    if near
                    else say("leave it out{choices}", choices=one_of(_KEYS))
                )
                raise Wrong((say("there is no {what}", what=f"`{written}=`"), remedy))
            if key in seen:
                raise Wrong(
                    (say("{what} stands there twice", what=f"`{key}=`"), say("leave one of them out"))
                )
            seen.add(key)
            command = _with(command, key, value.strip().strip("\"'“”„‚‘’«»").strip(), vocabulary)
        except Wrong as wrong:
            problems += wrong.problems
    if command.amount and command.remedy == "none":
        problems.append(
            (say("there is an amount and remedy=none"), say("leave one of them out, or name the remedy"))
        )
    if problems:
        raise Wrong(*problems)
    return command


def _with(command: Command, key: str, value: str, vocabulary: Vocabulary) -> Command:
    if not value:
        raise Wrong(
            (
                say("{what} says nothing", what=f"`{key}=`"),
                say("write its value behind the sign, or leave it out"),
            )
        )
    if key == "cause":
        return replace(command, cause=pick(value, vocabulary.causes, say("cause"), "cause="))
    if key == "remedy":
        return replace(command, remedy=pick(value, vocabulary.remedies, say("remedy"), "remedy="))
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
    how = say("write it as 49.90 or 49.90 EUR, without separators of thousands")
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found[1] and found[4]):
        raise Wrong((say("`{text}` is no amount", text=text), how))
    sign = (found[1] or found[4] or "").upper()
    currency = _SIGNS.get(sign, sign)
    if currency and not re.fullmatch(r"[A-Z]{3}", currency):
        raise Wrong((say("`{text}` is no currency", text=sign), say("write its three letters, such as EUR")))
    cents = found[3] if found[3] and found[3].isdigit() else "0"
    return Decimal(f"{found[2]}.{cents}"), currency
