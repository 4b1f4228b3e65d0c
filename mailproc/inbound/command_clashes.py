"""Which commands contradict each other in one mail?

In doubt a clash: a mail that comes back costs a minute, a letter that should not have left stays sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.inbound.command_words import Word
from mailproc.sentences import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """Two commands of which at most one may stand in a mail: any of `one` beside any of `other`."""

    one: frozenset[Word]
    other: frozenset[Word]
    why: str


_STEPS = frozenset({Word.WAIT, Word.RESOLVE, Word.CLOSE, Word.REOPEN, Word.SPAM, Word.MERGE})
_LEAVES = frozenset({Word.REPLY, Word.SEND, Word.TEMPLATE, Word.RESOLVE})

CLASHES: tuple[Clash, ...] = (
    # First what would send words that were meant to stay.
    Clash(
        one=frozenset({Word.NOTE, Word.DRAFT}),
        other=_LEAVES,
        why=say("one keeps the words here, the other sends something to the customer"),
    ),
    Clash(
        one=frozenset({Word.NOTE}),
        other=frozenset({Word.DRAFT, Word.FROM}),
        why=say("the words can only be one of them"),
    ),
    Clash(
        one=frozenset({Word.FROM}),
        other=_LEAVES | _STEPS | {Word.DRAFT, Word.SPLIT, Word.STOP, Word.ESCALATE},
        why=say("with #from the words are the customer's, and the case begins with them"),
    ),
    Clash(
        one=frozenset({Word.STOP}),
        other=frozenset({Word.SEND}),
        why=say("one stops the answer, the other sends it"),
    ),
    Clash(
        one=frozenset({Word.SPAM, Word.MERGE}),
        other=_LEAVES | {Word.DRAFT, Word.EXTEND, Word.ESCALATE, Word.CC, Word.SPLIT},
        why=say("nothing more is done in a case that is spam or goes on elsewhere"),
    ),
    Clash(
        one=frozenset({Word.ESCALATE}),
        other=frozenset({Word.RESOLVE, Word.CLOSE, Word.WAIT}),
        why=say("what the next level shall look at is not finished here"),
    ),
    Clash(
        one=frozenset({Word.DRAFT}),
        other=frozenset({Word.CLOSE}),
        why=say("a draft is still to be sent, so the case is not finished"),
    ),
    Clash(
        one=frozenset({Word.RESOLVE}),
        other=frozenset({Word.REPLY, Word.TEMPLATE, Word.SEND}),
        why=say("the customer would get two letters with the same words; those of #resolve are enough"),
    ),
    Clash(
        one=frozenset({Word.REPLY, Word.TEMPLATE}),
        other=frozenset({Word.ESCALATE}),
        why=say("it is not clear whether the words are for the customer or for the next level"),
    ),
    Clash(
        one=frozenset({Word.SPLIT}),
        other=_LEAVES | {Word.DRAFT},
        why=say("it is not clear for which of the two cases the words are"),
    ),
    Clash(one=_STEPS, other=_STEPS, why=say("a mail takes a case one step; send a mail for each")),
    Clash(
        one=frozenset({Word.TAKE}),
        other=frozenset({Word.ASSIGN}),
        why=say("a case has one owner"),
    ),
    Clash(
        one=frozenset({Word.APPROVE, Word.REJECT}),
        other=frozenset({Word.APPROVE, Word.REJECT, Word.STOP, Word.FROM, Word.SPLIT, Word.DRAFT})
        | _LEAVES
        | _STEPS,
        why=say("an approval is about what waits already; write to the case in a mail of its own"),
    ),
)


def clash_of(first: Word, second: Word) -> Clash | None:
    """Return why two different commands cannot stand in one mail, or None when they can."""
    return next(
        (
            clash
            for clash in CLASHES
            if (first in clash.one and second in clash.other)
            or (second in clash.one and first in clash.other)
        ),
        None,
    )
