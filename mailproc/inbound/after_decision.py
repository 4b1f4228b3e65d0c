"""What does a customer who writes after the decision say of it: is he content, is he not, or is it not plain?

Read conservatively, both ways. He is not content when he says so outright, asks for more, turns to somebody
else, or tells of danger; he is content when nothing but thanks stands in the mail. All else is for a person:
"When does the money come?" neither accepts a decision nor disputes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailproc.cases.case import Opinion
from mailproc.cases.intake import Signal
from mailproc.inbound.decision_words import ASKS_MORE, CLOSES, CONDITION, GREETS, POLITE, THANKS
from mailproc.inbound.phrases import NEGATES, before, plain
from mailproc.inbound.signals import read_signals
from mailproc.inbound.survey_answer import disagrees, sentences
from mailproc.inbound.survey_words import LIMITS

_READ_CHARS = 20_000
_SHOWN_CHARS = 80  # of the sentence that says it
_THANKS_CHARS = 300  # who writes more has something to say, as a rule (our choice)
_QUOTED_CHARS = 20  # a shorter sentence may well stand in both letters
_NAME_WORDS, _NAME_LINES = 4, 2

# Who wants these does not leave it at the decision.
_TURNS_TO = frozenset({Signal.LEGAL, Signal.HIGHER})

_PARTS = re.compile(r"[.!;,:()–—]+|\s-\s|(?<!\w)(?:and|und|es)(?!\w)")
_MARKS = re.compile(r"[^\w\s'?-]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the customer thinks of a decision, and the words that say so."""

    opinion: Opinion
    words: str = ""


def read_words(
    words: str, *, name: str = "", ours: str = "", doubtful: bool = False, has_files: bool = False
) -> Said:
    """Return what the newly written words of a mail say about a decision.

    `name` is what the customer calls himself, which may stand below his thanks. `ours` is the letter that he
    answers, which speaks of ombudsmen and of not being content: what stands there too is not his, however
    his mail program quotes. `doubtful` says that some of it may be quoted (`reply_text.NewWords.doubtful`).
    """
    if doubtful:
        return Said(opinion=Opinion.UNCLEAR)
    lines = [line.strip() for line in words[:_READ_CHARS].splitlines() if line.strip()]
    if found := _says_no(lines, plain(ours)):
        return Said(opinion=Opinion.DISSATISFIED, words=found)
    if not has_files and len(words) <= _THANKS_CHARS and _only_thanks([plain(line) for line in lines], name):
        return Said(opinion=Opinion.SATISFIED, words=" ".join(lines)[:_SHOWN_CHARS])
    return Said(opinion=Opinion.UNCLEAR)


def own_words(words: str, ours: str) -> str:
    """Return the sentences of a mail that do not stand in the letter of ours that it answers."""
    lines = [line.strip() for line in words[:_READ_CHARS].splitlines() if line.strip()]
    return "\n".join(_own(lines, plain(ours)))


def _own(lines: Sequence[str], ours: str) -> Iterator[str]:
    for sentence in sentences(lines):
        said = plain(sentence)
        if len(said) < _QUOTED_CHARS or said not in ours:
            yield sentence


def _says_no(lines: Sequence[str], ours: str) -> str:
    for sentence in _own(lines, ours):
        said = plain(sentence)
        if disagrees(said) or Signal.SAFETY in read_signals("", sentence):
            return _shown(sentence)
        if _asks_for_more(sentence, said) and not CONDITION.search(POLITE.sub(" ", said)):
            return _shown(sentence)
    return ""


def _asks_for_more(sentence: str, said: str) -> bool:
    if not _TURNS_TO.isdisjoint(read_signals("", sentence)):
        return True
    return any(not NEGATES.search(before(said, found.start())) for found in ASKS_MORE.finditer(said))


def _shown(sentence: str) -> str:
    sentence = " ".join(sentence.split())
    return sentence if len(sentence) <= _SHOWN_CHARS else f"{sentence[: _SHOWN_CHARS - 1].rstrip()}…"


def _only_thanks(lines: Sequence[str], name: str) -> bool:
    """Whether every word of a mail belongs to thanks, a greeting or a name."""
    if any("?" in line for line in lines):
        return False
    parts = [part for line in _without_names(lines, name) for part in _parts(line)]
    return bool(parts) and all(THANKS.fullmatch(part) for part in parts)


def _without_names(lines: Sequence[str], name: str) -> Iterator[str]:
    """Yield the lines between the greeting and the name below."""
    own = set(_bare(plain(name)).split())
    for place, line in enumerate(lines):
        if place == 0 and _greets(line):
            continue
        said = _bare(line)
        if CLOSES.fullmatch(said):
            below = lines[place + 1 :]
            if len(below) <= _NAME_LINES and all(map(_may_be_name, below)):
                return
        if said and set(said.split()) <= own:
            continue
        yield line


def _greets(line: str) -> bool:
    """Whether a line is `Dear Mr Smith,`: with its comma, or without a name."""
    found = GREETS.match(line)
    if found is None:
        return False
    rest = line[found.end() :].strip()
    return not rest.strip(",!.") or (rest[-1] in ",!" and _may_be_name(rest[:-1]))


def _may_be_name(line: str) -> bool:
    said = _bare(line)
    is_short = len(said.split()) <= _NAME_WORDS and not any(char.isdigit() for char in said)
    return is_short and not any(each.search(said) for each in (NEGATES, LIMITS))


def _parts(line: str) -> list[str]:
    return [part for each in _PARTS.split(line) if (part := _bare(each))]


def _bare(line: str) -> str:
    return " ".join(_MARKS.sub(" ", line).split()).strip("-' ")
