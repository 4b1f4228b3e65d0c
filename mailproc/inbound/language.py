"""Which of the configured languages is a text written in?

py3langid, asked only about the configured languages. Its model takes a second to load, so it is
loaded once, and not at all where one language is configured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_LETTERS_NEEDED = 20  # fewer say nothing; "OK, thanks" is taken for any of ten languages
_BYTES_READ = 300  # of UTF-8; more changed no answer in our trials, and each costs half a microsecond

_LETTER = re.compile(r"[^\W\d_]")


def detect_language(text: str, languages: Sequence[str], *, declared: str = "") -> str | None:
    """Return the language of the new text of a mail, or None when it cannot be told.

    Quoted lines are left out: they are ours. `declared` is the Content-Language header and decides
    when it names a configured language. With one language configured that one is the answer.
    """
    if not languages:
        return None
    if len(languages) == 1:
        return languages[0]
    for tag in declared.split(","):
        language = tag.strip().split("-")[0].lower()
        if language in languages:
            return language
    new = _new_text(text)
    if len(_LETTER.findall(new[:200])) < _LETTERS_NEEDED:
        return None
    identifier = _identifier(tuple(languages))
    if identifier is None:
        return None
    label, _ = identifier.classify(new)
    return str(label)


def prepare(languages: Sequence[str]) -> None:
    """Load the model now if it will be needed."""
    if len(languages) > 1:
        _identifier(tuple(languages))


def _new_text(text: str) -> str:
    lines = text[: 4 * _BYTES_READ].split("\n")
    new = "\n".join(line for line in lines if not line.lstrip().startswith((">", "|")))
    return new.encode("utf-8")[:_BYTES_READ].decode("utf-8", "ignore")


@lru_cache(maxsize=1)
def _identifier(languages: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = [language for language in languages if language in identifier.labels]
    if not known:
        return None
    identifier.set_languages(known)
    return identifier
