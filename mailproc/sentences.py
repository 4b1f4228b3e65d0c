"""How does the desk say something to an agent in her own language? With a sentence that knows its parts.

`say("The priority is {level}.", level="high")` is a text in English, as the history, the log and the command
line show it. A letter asks for it in the language of its reader: the pattern is looked up in the catalog of
that language, and what stands in it, sentences too, is put in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any


class Sentence(str):
    """A text in English that can be said in another language as well. Make one with `say`."""

    pattern: str
    values: Mapping[str, object]

    def said(self, catalog: Mapping[str, str]) -> str:
        """Return it as the catalog says it; in English what the catalog does not know."""
        values = {name: translated(value, catalog) for name, value in self.values.items()}
        return catalog.get(self.pattern, self.pattern).format(**values)


def say(pattern: str, /, **values: object) -> Sentence:
    """Return a sentence. The pattern is a constant, so that a test finds it; what differs are the values."""
    sentence = Sentence(pattern.format(**values))
    sentence.pattern, sentence.values = pattern, values
    return sentence


def translated(value: Any, catalog: Mapping[str, str]) -> Any:
    """Return a value with every sentence in it, in its list or in its fields, as the catalog says it."""
    if isinstance(value, Sentence):
        return value.said(catalog)
    if isinstance(value, (tuple, list)):
        return tuple(translated(item, catalog) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        said = {each.name: translated(getattr(value, each.name), catalog) for each in fields(value)}
        return replace(value, **said)
    return value
