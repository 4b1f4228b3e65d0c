"""How does the desk say something to an agent in her own language? With a sentence that knows its parts.

`say("The priority is {level}.", level="high")` is a text in English, as the history, the log and the command
line show it. A letter asks for it in the language of its reader: the pattern is looked up in the catalog of
that language, and what stands in it, sentences too, is put in again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from string import Formatter
from typing import Any

# Begins a pattern that goes on where a name stands before it: "… closed" is the text "closed", and another
# sentence than the "closed" that is the status of a case.
AFTER_A_NAME = "… "


class Sentence(str):
    """A text in English that can be said in another language as well. Make one with `say`.

    Like any text it may be stored, and comes back as text alone; so does what is cut out of it.
    """

    pattern: str
    values: Mapping[str, object]

    def said(self, catalog: Mapping[str, str]) -> str:
        """Return it as the catalog says it; in English what the catalog does not know."""
        values = {name: translated(value, catalog) for name, value in self.values.items()}
        return catalog.get(self.pattern, self.pattern.removeprefix(AFTER_A_NAME)).format(**values)


def say(pattern: str, /, **values: object) -> Sentence:
    """Return a sentence. The pattern is a constant, so that a test finds it; what differs are the values."""
    sentence = Sentence(pattern.removeprefix(AFTER_A_NAME).format(**values))
    sentence.pattern, sentence.values = pattern, values
    return sentence


def joined(between: str, parts: Iterable[str]) -> Sentence:
    """Return texts, sentences among them, as one: `between` is a sign that no language says otherwise."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    plain = between.replace("{", "{{").replace("}", "}}")
    return say(plain.join(f"{{{name}}}" for name in values), **values)


def all_of(parts: Sequence[str]) -> str:
    """Return `a and b and c`."""
    whole, *others = parts
    for other in others:
        whole = say("{one} and {other}", one=whole, other=other)
    return whole


def any_of(parts: Sequence[str]) -> str:
    """Return `a or b or c`."""
    whole, *others = parts
    for other in others:
        whole = say("{one} or {other}", one=whole, other=other)
    return whole


def said_again(text: str, patterns: Sequence[str], words: Mapping[str, Mapping[str, str]]) -> str:
    """Return the sentence that was stored as this text; the text itself when no pattern makes it.

    `words` are what may stand at a place of a pattern, by its name, and is said in other languages too;
    whatever stands at any other place, such as the name of a person, stays as it is.
    """
    known = tuple((name, tuple(these)) for name, these in words.items())
    for pattern in patterns:
        if found := _shape(pattern, known).fullmatch(text):
            values = {
                name: words.get(name, {}).get(value, value) for name, value in found.groupdict().items()
            }
            return say(pattern, **values)
    return text


@lru_cache(maxsize=1024)
def _shape(pattern: str, words: tuple[tuple[str, tuple[str, ...]], ...]) -> re.Pattern[str]:
    """Return what texts a pattern makes."""
    known = dict(words)
    shape = ""
    for plain, name, _, _ in Formatter().parse(pattern.removeprefix(AFTER_A_NAME)):
        shape += re.escape(plain)
        if name is not None:
            what = "|".join(map(re.escape, known[name])) if name in known else ".+"
            shape += f"(?P<{name}>{what})"
    return re.compile(shape)


def places(pattern: str) -> frozenset[str]:
    """Return the names of what is put into a pattern. Raises ValueError when it is none."""
    parsed = Formatter().parse(pattern)
    return frozenset(
        name + (f"!{how}" if how else "") + (f":{form}" if form else "")
        for _, name, form, how in parsed
        if name is not None
    )


def translated(value: Any, catalog: Mapping[str, str]) -> Any:
    """Return a value with every sentence in it, or in a list or record of it, as the catalog says it."""
    if isinstance(value, Sentence):
        return value.said(catalog)
    if isinstance(value, (tuple, list)):
        return tuple(translated(item, catalog) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        said = {name: translated(each, catalog) for name, each in held.items()}
        if said != held:
            return replace(value, **said)
    return value
