"""What in the words of a customer should a person know of at once: danger, the law, somebody higher, anger?

Only what is newly written counts: our own letters, quoted below it, speak of ombudsmen themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from mailproc.cases.intake import Signal
from mailproc.inbound.phrases import NEGATES, before, plain
from mailproc.inbound.signal_words import SIGNALS

_READ_CHARS = 20_000  # what stands below that is read by a person anyway
_SHOUTED_LETTERS = 40  # fewer in capitals may be a reference or a name
_SHOUTED_SHARE = 0.6
_MARKS = "!!!"


@lru_cache(maxsize=16)  # a mail that opens a case is asked about twice: how grave, and who must know
def read_signals(subject: str, words: str) -> Mapping[Signal, str]:
    """Return what was found, each with the words that say so.

    "I do not want to speak to your manager" asks for nobody. That nobody was injured is no reason to let it
    wait: for danger a denial does not count.
    """
    text = plain(f"{subject[:500]} . {words[:_READ_CHARS]}")
    found: dict[Signal, str] = {}
    for signal, phrases in SIGNALS.items():
        for match in phrases.finditer(text):
            if signal is Signal.SAFETY or not NEGATES.search(before(text, match.start())):
                found[signal] = match[0]
                break
    if Signal.HOT not in found and (shouted := _shouted(words[:_READ_CHARS])):
        found[Signal.HOT] = shouted
    return MappingProxyType(found)


def has_phrase(subject: str, words: str, phrase: str) -> bool:
    """Whether a phrase of the desk's own rules stands in the mail, as whole words."""
    wanted = " ".join(map(re.escape, plain(phrase).split()))
    if not wanted:
        return False
    return re.search(rf"(?<!\w){wanted}(?!\w)", plain(f"{subject} . {words[:_READ_CHARS]}")) is not None


def _shouted(words: str) -> str | None:
    capitals = sum(map(str.isupper, words))
    letters = capitals + sum(map(str.islower, words))
    if letters >= _SHOUTED_LETTERS and capitals >= _SHOUTED_SHARE * letters:
        return "written in capitals"
    return _MARKS if _MARKS in words else None
