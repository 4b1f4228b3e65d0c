"""Which letters are there? A new one has its place in the module of those who read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds import about_a_case, about_deeds, about_many, outside, to_customers
from mailproc.outbound.kinds.kind import LetterKind

LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
        **to_customers.LETTERS,
        **about_a_case.LETTERS,
        **about_deeds.LETTERS,
        **about_many.LETTERS,
        **outside.LETTERS,
    }
)

TO_CUSTOMERS = tuple(to_customers.LETTERS)
