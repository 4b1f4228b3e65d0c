"""What did the customer answer to the survey: which score, content or not, and does he want no more of them?

Read conservatively. A number is a score only where nothing else is said in its place: `4`, `4/5`, `four
stars`, `4, thank you` on the first line, but not `2 weeks` and not `I rang 5 times`. Words count only when
they say outright that he is content or is not; `not bad` says neither. In doubt the answer is unclear, and
a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailproc.cases.case import Opinion
from mailproc.inbound.phrases import NEGATES, before, plain
from mailproc.inbound.survey_words import (
    CONTENT,
    DISAGREES,
    LABEL,
    LIMITS,
    NO,
    NUMBERS,
    OPT_OUT,
    UNIT,
    UNREAL,
    YES,
)

# Longer words of praise hold more than praise, as a rule (our choice).
_PRAISE_CHARS = 200
_READ_CHARS = 20_000  # an answer is a few lines; what is longer is read by a person anyway
_FOLDED_CHARS = 50  # a line of so many may have been folded by a mail program

_LOW, _HIGH = 2, 4  # at most this is a no, at least this is a yes

_OF_FIVE = r"(?:(?:/|of|out of|von)\s*(?:5|five|funf)|az\s*(?:5-?|ot)bol)"
_ENDING = r"(?:-?(?:es|os|as))?"  # Hungarian: 4-es, 5-ös
_DIGIT = rf"(?P<digit>[1-5])(?:\s*{_OF_FIVE}|\s+{UNIT}|{_ENDING})?"
_WORD = rf"(?P<word>{'|'.join(NUMBERS)})(?:\s+{_OF_FIVE}|\s+{UNIT})?"
_BEFORE = rf"[\s\"'(*]*(?:{LABEL}\s*[:=]?\s*)?"
_ALONE = re.compile(rf"{_BEFORE}(?:{_DIGIT}|{_WORD})[\s\"')*.!,;]*")
# `4, thank you`, but neither `1. The lid` nor `2: the kettle`, which count points, and no second number.
_WITH_WORDS = re.compile(
    rf"{_BEFORE}{_DIGIT}(?:\s*[,;!]|\s+[-–—]|\s*(?=\())\s*(?P<rest>[^\W\d][^\d]*|\([^\d]*)"
)
_STARS = re.compile(r"(?P<full>[*★⭐🌟]{1,5})(?P<empty>☆*)")
_FIRST_QUESTION, _SECOND_QUESTION = re.compile(r"1\s*[.):]\s*(.+)"), re.compile(r"2\s*[.):]")

_GREETING = re.compile(
    r"(?:hello|hi|dear|good (?:morning|afternoon|evening|day)|tisztelt|kedves|szia|udv|udvozlom|"
    r"jo (?:napot|reggelt|estet)|hallo|guten (?:tag|morgen|abend)|"
    r"sehr geehrte|liebe|gruss ?gott)\b[^.?\d]{0,50}"
)
_LEADING_NO = re.compile(r"(?:no|nope|nem|nein)\s*[,.!;:–-]+\s*")
_THANKS = re.compile(
    r"(?:thank you|thanks|many thanks|koszonom|koszonjuk|koszi|danke|vielen dank|danke schon)"
    r"(?: (?:very much|so much|szepen|sehr))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyAnswer:
    """An answer as read. `score` is 1 to 5, or None where none is certain.

    `remarks` says that there is more than a number or the wish to be asked no more.
    """

    score: int | None
    opinion: Opinion
    remarks: bool
    opts_out: bool

    @property
    def wants_reading(self) -> bool:
        """Whether a person should look at it, which a bare number of 3 or more does not need."""
        if self.remarks or self.opinion is Opinion.DISSATISFIED:
            return True
        return self.score is None and not self.opts_out


def read_answer(words: str, *, doubtful: bool = False) -> SurveyAnswer:
    """Return what the newly written words of a reply answer.

    `doubtful` says that something in them may be quoted (`reply_text.NewWords.doubtful`): then nothing is
    taken from them but the wish to be asked no more.
    """
    lines = [line for line in map(plain, words[:_READ_CHARS].splitlines()) if line]
    opts_out = any(_bare(line) in OPT_OUT for line in lines)
    lines = [line for line in lines if _bare(line) not in OPT_OUT]
    if doubtful:
        return SurveyAnswer(score=None, opinion=Opinion.UNCLEAR, remarks=bool(lines), opts_out=opts_out)
    while len(lines) > 1 and _GREETING.fullmatch(lines[0]):
        lines.pop(0)
    score, rest = _score(lines)
    said = _opinion(rest)
    opinion = said
    if score is not None and (
        (score <= _LOW and said is Opinion.SATISFIED) or (score >= _HIGH and said is Opinion.DISSATISFIED)
    ):
        # He took the scale for another one, as where 1 is the best mark: the words count.
        score, opinion = None, Opinion.UNCLEAR if said is Opinion.SATISFIED else said
    elif score is not None and said is Opinion.UNCLEAR:
        opinion = _opinion_of(score)
    return SurveyAnswer(
        score=score,
        opinion=opinion,
        remarks=any(char.isalnum() for line in rest for char in line),
        opts_out=opts_out,
    )


def _opinion_of(score: int) -> Opinion:
    if score <= _LOW:
        return Opinion.DISSATISFIED
    return Opinion.SATISFIED if score >= _HIGH else Opinion.UNCLEAR


def _score(lines: Sequence[str]) -> tuple[int | None, list[str]]:
    """Return the score and what was said besides it."""
    if not lines:
        return None, []
    first, rest = lines[0], list(lines[1:])
    numbered = _FIRST_QUESTION.fullmatch(first)
    if numbered and any(_SECOND_QUESTION.match(line) for line in rest):
        score, words = _score([numbered[1]])
        return (score, words + rest) if score is not None else (None, list(lines))
    stars = _STARS.fullmatch(first.replace(" ", "").replace("\ufe0f", ""))
    if stars and (not stars["empty"] or len(stars[0]) == 5):
        return len(stars["full"]), rest
    if alone := _ALONE.fullmatch(first):
        return int(alone["digit"] or NUMBERS[alone["word"]]), rest
    if with_words := _WITH_WORDS.fullmatch(first):
        return int(with_words["digit"]), [with_words["rest"], *rest]
    return None, list(lines)


def _opinion(lines: Sequence[str]) -> Opinion:
    """Return what the words say outright, and unclear for all others."""
    text = " ".join(lines)
    first, others = (_bare(lines[0]), lines[1:]) if lines else ("", [])
    says_no = any(map(disagrees, sentences(lines)))
    if NO.fullmatch(first) and not any(map(_THANKS.search, others)):
        says_no = True  # "No. Thanks." may decline the question
    if says_no:
        praised = CONTENT.search(DISAGREES.sub(" ", text)) is not None
        return Opinion.UNCLEAR if praised else Opinion.DISSATISFIED
    if (
        len(text) > _PRAISE_CHARS
        or "?" in text
        or any(said.search(text) for said in (NEGATES, UNREAL, LIMITS))
    ):
        return Opinion.UNCLEAR
    praised = CONTENT.search(text) is not None or YES.fullmatch(_bare(_THANKS.sub(" ", first))) is not None
    return Opinion.SATISFIED if praised else Opinion.UNCLEAR


def disagrees(sentence: str) -> bool:
    """Whether a sentence says outright that something is wrong: no question, no condition, no double no."""
    sentence = _LEADING_NO.sub("", sentence, count=1) if _LEADING_NO.match(sentence) else sentence
    found = DISAGREES.search(sentence)
    if found is None or sentence.endswith("?"):
        return False
    said_before = before(sentence, found.start())
    return not (NEGATES.search(said_before) or UNREAL.search(said_before))


def sentences(lines: Sequence[str]) -> list[str]:
    """Return the sentences; a line as short as a mail program would not have folded ends one too."""
    joined: list[str] = []
    for number, line in enumerate(lines):
        folded = number > 0 and len(lines[number - 1]) >= _FOLDED_CHARS
        if folded:
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return [sentence for line in joined for sentence in re.split(r"(?<=[.!?])\s", line)]


def _bare(line: str) -> str:
    """A line without what stands around and between its words."""
    return " ".join(re.sub(r"[^\w\s'-]", " ", line).split()).strip("-' ")
