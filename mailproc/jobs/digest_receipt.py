"""What does the receipt for a reply to a digest say of each of its lines?"""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.errors import CommandError, LetterError, NotAllowed
from mailproc.inbound.numbered import NumberedLine
from mailproc.jobs.digest_lines import AboutOne
from mailproc.jobs.orders import Order, Returned
from mailproc.sentences import say


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one line, as the receipt shows it."""

    number: int
    reference: str | None
    written: str
    done: bool
    sentences: tuple[str, ...] = ()


def done(group: AboutOne, order: Order, *, told: bool) -> dict[NumberedLine, Outcome]:
    """What was done stands below the last line about the case."""
    last = group.lines[-1]
    mail = say("A mail about this case comes besides; answer that one to go on with it.")
    sentences = (mail,) if told else tuple(order.done)
    return {
        line: _outcome(line, group, done=True, sentences=sentences if line is last else ())
        for line in group.lines
    }


def not_done(
    group: AboutOne, error: Returned | NotAllowed | CommandError | LetterError
) -> dict[NumberedLine, Outcome]:
    """What stands against it: below each line its own faults, below the last one what concerns all."""
    sentences: dict[NumberedLine, list[str]] = {line: [] for line in group.lines}
    if isinstance(error, CommandError):
        for fault in error.faults:
            said = say("{found}; {remedy}", found=fault.found, remedy=fault.remedy)
            sentences[group.lines[fault.line - 1]].append(said)
    elif isinstance(error, Returned):
        sentences[group.lines[-1]] += [error.reason, *error.remedies]
    else:
        sentences[group.lines[-1]].append(error.args[0])
    another = say("Another line about the same case stands against it.")
    return {
        line: _outcome(line, group, done=False, sentences=tuple(said) or (another,))
        for line, said in sentences.items()
    }


def _outcome(line: NumberedLine, group: AboutOne, *, done: bool, sentences: tuple[str, ...]) -> Outcome:
    return Outcome(
        number=line.number,
        reference=group.case.reference,
        written=line.written,
        done=done,
        sentences=sentences,
    )


def unknown(line: NumberedLine) -> Outcome:
    sentence = say("There is no number {number} in the digest that you answered.", number=line.number)
    return Outcome(
        number=line.number, reference=None, written=line.written, done=False, sentences=(sentence,)
    )


def too_low(line: NumberedLine) -> Outcome:
    sentence = say("It stands below other words, where nothing is carried out; write it at the very top.")
    return Outcome(
        number=line.number, reference=None, written=line.written, done=False, sentences=(sentence,)
    )
