"""What does the value of a command say? One reader for each shape of value.

A reader takes the command as written and returns it with what its value means, or raises Wrong with
every problem of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from mailproc.addressing import find_references
from mailproc.inbound.command_decision import read_decision
from mailproc.inbound.command_happenings import read_happening
from mailproc.inbound.command_names import (
    FOUR_LEVELS,
    NOBODY,
    NOW,
    ORIGINALS,
    TWO_LEVELS,
    WHOM,
    Wrong,
    fixed,
    one_of,
    pick,
    pick_fixed,
)
from mailproc.inbound.command_table import FORM_OF, FORMS, form_named
from mailproc.inbound.command_times import HOW, Time, WrongTime, read_leading_time, read_time
from mailproc.inbound.command_words import Command, Shape, Vocabulary, Word, fold
from mailproc.sentences import joined, say
from mailproc.setting_types import check_address

_MOST_STAGES = 99


def read_value(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    """Return the command with what its value says. Raises Wrong."""
    form = FORM_OF[command.word]
    if form.required and not command.value:
        example = _for_example(command.word, vocabulary)
        raise Wrong(
            (
                say("its value is missing"),
                say("write `{usage}`{example}", usage=form.usage, example=example),
            )
        )
    if not command.value:
        return replace(command, choice="customer") if form.shape is Shape.WAIT else command
    return _READERS[form.shape](command, vocabulary, today)


def _for_example(word: Word, vocabulary: Vocabulary) -> str:
    example = FORM_OF[word].example
    match FORM_OF[word].shape:
        case Shape.OWNER:
            return one_of((*vocabulary.agents, *vocabulary.teams, "none"))
        case Shape.CATEGORY:
            return one_of(vocabulary.categories)
        case Shape.LETTER:
            return one_of(vocabulary.templates)
        case Shape.DECISION:
            return one_of(vocabulary.outcomes)
    return say(", for example `{example}`", example=example) if example else ""


def _nothing(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    raise Wrong(
        (
            say("#{command} stands alone on its line", command=command.word),
            say("write `#{command}` alone; words go on the lines below", command=command.word),
        )
    )


def _text(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(command, text=command.value)


def _owner(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    names = (*vocabulary.agents, *vocabulary.teams)
    if not any(fold(name) == fold(command.value) for name in names) and fixed(command.value, NOBODY):
        return command
    name = pick(command.value, names, say("agent or team"), "#assign ")
    if name in vocabulary.agents and name in vocabulary.teams:
        raise Wrong(
            (
                say("`{name}` is an agent and a team", name=name),
                say("assign it to somebody else; have one of them renamed"),
            )
        )
    return replace(command, agent=name) if name in vocabulary.agents else replace(command, team=name)


def _four_levels(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(
        command, choice=pick_fixed(command.value, FOUR_LEVELS, say("priority"), f"#{command.word} ")
    )


def _two_levels(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    level, _, reason = command.value.partition(" ")
    kind = say("urgency") if command.word is Word.URGENCY else say("impact")
    level = pick_fixed(level.rstrip(",:;"), TWO_LEVELS, kind, f"#{command.word} ")
    return replace(command, choice=level, text=reason)


def _stage(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    number, _, reason = command.value.partition(" ")
    number = number.rstrip(".,:;")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= _MOST_STAGES):
        raise Wrong(
            (say("`{text}` is no stage", text=number), say("write its number, for example `#stage 2`"))
        )
    return replace(command, choice=str(int(number)), text=reason)


def _happened(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return read_happening(command, today)


def _category(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(command, choice=pick(command.value, vocabulary.categories, say("category"), "#category "))


def _letter(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(command, choice=pick(command.value, vocabulary.templates, say("template"), "#template "))


def _timed(command: Command, time: Time) -> Command:
    return replace(command, span=time.span, until=time.until)


def _wait(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    first, _, rest = command.value.partition(" ")
    whom = fixed(first, WHOM)
    command = replace(command, choice=whom or "customer")
    when = rest if whom else command.value
    if not when:
        return command
    try:
        time = read_time(when, today)
    except WrongTime as error:
        raise Wrong((joined("", (f"`{when}`: ", error.why)), HOW)) from None
    if time is None:
        raise Wrong(
            (
                say("`{text}` is no time", text=when),
                say("{how}, after `customer` or `other` where you like", how=HOW),
            )
        )
    return _timed(command, time)


def _time(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    try:
        found = read_leading_time(command.value, today)
    except WrongTime as error:
        raise Wrong((joined("", (f"`{command.value}`: ", error.why)), HOW)) from None
    if found is None:
        raise Wrong((say("it does not begin with a time"), say("{how}, then the reason", how=HOW)))
    time, reason = found
    if not reason:
        raise Wrong(
            (
                say("the reason is missing"),
                say("write it behind the time, as in `{example}`", example=FORM_OF[command.word].example),
            )
        )
    return replace(_timed(command, time), text=reason)


def _asked(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    """Who is asked may stand before the reason: the longest name that the value begins with, if any."""
    by_name = {fold(name): {"choice": name} for name in vocabulary.tiers}
    # A person's or a team's name comes before the tier that is called the same.
    by_name |= {fold(name): {"outside": name} for name in vocabulary.outside}
    by_name |= {fold(name): {"team": name} for name in vocabulary.teams}
    by_name |= {fold(name): {"agent": name} for name in (*vocabulary.supervisors, *vocabulary.agents)}
    words = command.value.split(" ")
    for length in range(len(words), 0, -1):
        found = by_name.get(fold(" ".join(words[:length]).rstrip(",:;")))
        if found is not None:
            command = replace(
                command,
                choice=found.get("choice", ""),
                agent=found.get("agent", ""),
                team=found.get("team", ""),
                outside=found.get("outside", ""),
            )
            if command.outside:
                return _outside(command, words[length:], today)
            return replace(command, text=" ".join(words[length:]))
    return replace(command, text=command.value)


def _outside(command: Command, words: list[str], today: date) -> Command:
    """Until when an answer is wanted, and whether the customer's mails go along, may stand in front."""
    while words:
        originals = _leading_originals(words)
        if originals is not None:
            choice, length = originals
            command, words = replace(command, originals=choice == "with originals"), words[length:]
            continue
        found = _leading_time(command, words, today) if not (command.span or command.until) else None
        if found is None:
            break
        time, rest = found
        command, words = _timed(command, time), rest.split()
    return replace(command, text=" ".join(words))


def _leading_originals(words: list[str]) -> tuple[str, int] | None:
    for length in (3, 2, 1):
        found = fixed(" ".join(words[:length]).rstrip(",:;"), ORIGINALS)
        if found is not None:
            return found, length
    return None


def _leading_time(command: Command, words: list[str], today: date) -> tuple[Time, str] | None:
    try:
        return read_leading_time(" ".join(words), today)
    except WrongTime as error:
        raise Wrong((joined("", (f"`{command.value}`: ", error.why)), HOW)) from None


def _somebody_outside(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(
        command, outside=pick(command.value, vocabulary.outside, say("name of somebody outside"), "#remind ")
    )


def _references(command: Command) -> tuple[str, ...]:
    found: list[str] = []
    for written in re.split(r"[,;\s]+", command.value):
        if not written:
            continue
        references = find_references(written)
        if len(references) != 1 or len(written.strip("[]()<>.")) > len(references[0]):
            raise Wrong(
                (
                    say("`{written}` is no reference of a case", written=written),
                    say("write it as it stands in the subject: C-7F3K-9QXT"),
                )
            )
        found += references
    return tuple(dict.fromkeys(found))


def _decision(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return read_decision(command, vocabulary)


def _case(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    references = _references(command)
    if len(references) != 1:
        raise Wrong(
            (say("there are {number} references", number=len(references)), say("name exactly one case"))
        )
    return replace(command, references=references)


def _cases(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    references = _references(command)
    if not references:
        raise Wrong(
            (say("there is no reference"), say("name the case as it stands in the subject: C-7F3K-9QXT"))
        )
    return replace(command, references=references)


# Outlook writes the target of a link behind its text when it makes plain text of a mail.
_MAILTO = re.compile(r"<mailto:[^<>]*>", re.IGNORECASE)


def _pieces(command: Command) -> list[str]:
    return [piece for piece in re.split(r"[,;\s]+", _MAILTO.sub(" ", command.value)) if piece]


def _address_in(written: str) -> str:
    try:
        return check_address(written.removeprefix("<").removesuffix(">").rstrip("."))
    except ValueError:
        raise Wrong(
            (say("`{written}` is no mail address", written=written), say("write it as ann@example.com"))
        ) from None


def _address(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    pieces = _pieces(command)
    if len(pieces) != 1:
        raise Wrong(
            (
                say("there are {number} words", number=len(pieces)),
                say("write exactly one address, without a name"),
            )
        )
    return replace(command, addresses=(_address_in(pieces[0]),))


def _addresses(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    added: list[str] = []
    removed: list[str] = []
    problems: list[tuple[str, str]] = []
    for piece in _pieces(command):
        # A phone makes a long dash of a hyphen.
        into = removed if piece[0] in "-–—−" else added
        try:
            into.append(_address_in(piece[1:] if piece[0] in "+-–—−" else piece))
        except Wrong as wrong:
            problems += wrong.problems
    if not added and not removed and not problems:
        problems.append((say("there is no address"), say("write {what}", what="`#cc +ann@example.com`")))
    if both := set(added) & set(removed):
        problems.append(
            (say("`{address}` is added and removed", address=min(both)), say("leave one of them out"))
        )
    if problems:
        raise Wrong(*problems)
    return replace(command, addresses=tuple(dict.fromkeys(added)), removed=tuple(dict.fromkeys(removed)))


def _now(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    return replace(command, choice=pick_fixed(command.value, NOW, say("way to send"), "#send "))


def _command(command: Command, vocabulary: Vocabulary, today: date) -> Command:
    written = command.value.removeprefix("#")
    form = form_named(written)
    if form is None:
        pick(written, tuple(form.word for form in FORMS), say("command"), "#help ")
        raise AssertionError("a name that is no command was picked")
    return replace(command, choice=str(form.word))


Reader = Callable[[Command, Vocabulary, date], Command]

_READERS: Mapping[Shape, Reader] = {
    Shape.NOTHING: _nothing,
    Shape.TEXT: _text,
    Shape.OWNER: _owner,
    Shape.FOUR_LEVELS: _four_levels,
    Shape.TWO_LEVELS: _two_levels,
    Shape.STAGE: _stage,
    Shape.HAPPENED: _happened,
    Shape.CATEGORY: _category,
    Shape.LETTER: _letter,
    Shape.WAIT: _wait,
    Shape.TIME: _time,
    Shape.ASKED: _asked,
    Shape.OUTSIDE: _somebody_outside,
    Shape.DECISION: _decision,
    Shape.CASE: _case,
    Shape.CASES: _cases,
    Shape.ADDRESS: _address,
    Shape.ADDRESSES: _addresses,
    Shape.NOW: _now,
    Shape.COMMAND: _command,
}
