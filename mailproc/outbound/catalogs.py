"""Is a catalog of sentences sound? Read with the templates, from `_sentences_*.LANGUAGE.txt`.

What is wrong with one is found when the desk starts, and not when a letter is to be made: a sentence that
lacks a part, or has one too many, would cost an agent her answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mailproc.errors import LetterError
from mailproc.sentences import places

_FILE = re.compile(r"_sentences_\w+\.([a-z]{2,3})\.txt")


def is_one(file: str, language: str) -> bool:
    """Whether this template is a catalog of a language."""
    found = _FILE.fullmatch(file)
    return found is not None and found[1] == language


def read(files: Iterable[tuple[str, object]]) -> Mapping[str, str]:
    """Return all sentences of one language by their English patterns. Raises LetterError with every fault.

    Each file comes with what it sets as `sentences`. Of a sentence that stands in several the last counts.
    """
    catalog: dict[str, str] = {}
    faults: list[str] = []
    for file, sentences in files:
        if not isinstance(sentences, Mapping):
            faults.append(f"templates/{file}: sets no sentences; write {{% set sentences = {{…}} %}}")
            continue
        for pattern, said in sentences.items():
            if fault := _fault(pattern, said):
                faults.append(f"templates/{file}: {pattern!r}: {fault}")
            else:
                catalog[pattern] = said
    if faults:
        raise LetterError("\n".join(faults))
    return catalog


def _fault(pattern: object, said: object) -> str | None:
    if not isinstance(pattern, str) or not isinstance(said, str):
        return 'is no pair of texts; write "the English sentence": "the same in this language"'
    if not said.strip():
        return "is said with nothing; write the sentence, or take the line out"
    try:
        expected, found = places(pattern), places(said)
    except ValueError as error:
        return f"{error}; write braces in pairs"
    if missing := sorted(expected - found):
        return f"lacks {', '.join(f'{{{name}}}' for name in missing)}; write it where it belongs"
    if others := sorted(found - expected):
        return f"has {', '.join(f'{{{name}}}' for name in others)}, which nothing fills; take it out"
    return None
