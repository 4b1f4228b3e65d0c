"""How much are two complaints alike in words? Good enough to put a list in order, never to join two cases."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w{3,}")  # shorter ones (Re, to, is, a) say nothing of the matter


def likeness(one: str, other: str) -> float:
    """Return what share of their different words two texts have in common: 0 nothing, 1 all of them.

    The order of words and how often they stand there do not count (Dice's coefficient; our choice, because
    it needs no list of common words for each language).
    """
    these, those = _words(one), _words(other)
    if not these or not those:
        return 0.0
    return 2 * len(these & those) / (len(these) + len(those))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
