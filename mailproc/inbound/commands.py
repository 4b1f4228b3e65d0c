"""What does an agent want? The commands at the top of her mail, and the words below them.

A command is a line `#word value` above everything else she wrote. The first line that does not begin with
`#` ends the commands; from there on all is words, whatever it looks like, so that a signature or a quoted
`#close` is never obeyed. A line among the commands that is none makes the whole mail come back: had it
been taken for words, her `#nte he shouts` would have gone to the customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mailproc.errors import CommandError, CommandFault
from mailproc.inbound.command_clashes import clash_of
from mailproc.inbound.command_names import Wrong, closest
from mailproc.inbound.command_table import BY_NAME, FORM_OF, FORMS, NEEDS_WORDS, form_named
from mailproc.inbound.command_values import read_value
from mailproc.inbound.command_words import Command, Use, Vocabulary, Who, Word, without_unseen
from mailproc.sentences import joined, say

__all__ = ["Command", "Instructions", "Use", "Vocabulary", "Who", "Word", "help_lines", "read_commands"]

LINES_LIMIT = 20
VALUE_LIMIT = 200

_HASH = re.compile("^[#＃﹟]")
_SHOWN = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Instructions:
    """What an agent wants: her commands, her words exactly as written, and what the words are for.

    `late` are lines further down that would have been commands at the top: words, as agreed, but a hint
    that she meant them otherwise.
    """

    commands: tuple[Command, ...] = ()
    words: str = ""
    use: Use = Use.ANNOUNCED
    late: tuple[str, ...] = ()

    def get(self, word: Word) -> Command | None:
        """Return the first command of this word."""
        return next((command for command in self.commands if command.word is word), None)


def read_commands(text: str, vocabulary: Vocabulary, *, today: date, sends: bool = False) -> Instructions:
    """Read what an agent newly wrote; `today` is the desk's day, for dates without a year.

    `sends`: the mail that she answers says that words below `#send` go to the customer.

    Raises CommandError, and nothing else, with every fault of the mail: unknown or half-right commands,
    commands that contradict each other or words that could be meant for two people.
    """
    lines = text.splitlines(keepends=True)
    commands: list[Command] = []
    faults: list[CommandFault] = []
    below = 0  # where the words begin, as an index
    seen = 0
    for number, line in enumerate(lines, 1):
        plain = _plain(line)
        if not plain:
            continue
        if not _is_command_line(plain):
            break
        below, seen = number, seen + 1
        if seen > LINES_LIMIT:
            found = say("a mail has at most {number} commands", number=LINES_LIMIT)
            faults.append(_fault(number, plain, found, say("send the others in a mail of their own")))
            break
        try:
            commands.append(_read_line(number, plain, vocabulary, today))
        except Wrong as wrong:
            faults += [_fault(number, plain, found, remedy) for found, remedy in wrong.problems]
    words = text if below == 0 else "".join(_from_first_words(lines[below:]))
    faults += _repeated(commands)
    faults += _clashing(commands)
    use = _use(commands, sends=sends)
    if not faults:
        faults += _about_words(commands, words, use, sends=sends)
    if faults:
        faults.sort(key=lambda fault: fault.line)
        raise CommandError(faults, stop=any(command.word is Word.STOP for command in commands))
    # Without words there was nothing to ask about.
    use = Use.NOTE if use is Use.ASK else use
    return Instructions(commands=tuple(commands), words=words, use=use, late=tuple(_late(words)))


def help_lines(word: Word | None = None) -> tuple[str, ...]:
    """Return what `#help` answers: each command with its value and what it does, or one of them in full."""
    if word is None:
        return tuple(joined(": ", (form.usage, form.does)) for form in FORMS)
    form = FORM_OF[word]
    lines = [joined(": ", (form.usage, form.does))]
    if len(form.names) > 1:
        lines.append(say("Also: {names}", names=", ".join(f"#{name}" for name in form.names[1:])))
    if form.example:
        lines.append(say("Example: {example}", example=form.example))
    return tuple(lines)


def _plain(line: str) -> str:
    """The line without what cannot be seen, every blank and control character one space."""
    visible = "".join(" " if not char.isprintable() else char for char in without_unseen(line))
    return _HASH.sub("#", " ".join(visible.split()))


def _is_command_line(plain: str) -> bool:
    """Whether a line among the commands is one, or was meant to be.

    `# Title` is a heading of somebody who writes Markdown. `# note` is what a phone makes of `#note`: with
    the name of a command behind the space it is not taken for words.
    """
    if not plain.startswith("#"):
        return False
    rest = plain.lstrip("#")
    return not rest.startswith(" ") or form_named(_first(rest)) is not None


def _first(text: str) -> str:
    return text.split(maxsplit=1)[0].rstrip(":")


def _read_line(number: int, plain: str, vocabulary: Vocabulary, today: date) -> Command:
    if plain == "#" or not plain.strip("#"):
        raise Wrong((say("there is no command behind the sign"), say("write its name, or take the line out")))
    written, _, value = plain[1:].partition(" ")
    if not written or written.startswith("#"):
        name = form_named(_first(plain.lstrip("#")))
        remedy = (
            say("write {what}", what=f"`#{name.word}`")
            if name
            else say("write one # and the name of a command")
        )
        raise Wrong(
            (
                say("a command begins with one # and no space behind it"),
                say("{remedy}; where it is a heading, begin with another line", remedy=remedy),
            )
        )
    form = form_named(written.rstrip(":"))
    if form is None:
        near = closest(written, tuple(BY_NAME))
        meant = f"#{BY_NAME[near].word} {value}".strip() if near else ""
        remedy = say("write {what}", what=f"`{_cut(meant)}`") if near else say("`#help` lists the commands")
        raise Wrong(
            (
                say("there is no command `#{written}`", written=_cut(written)),
                say("{remedy}; where it belongs to your words, begin with another line", remedy=remedy),
            )
        )
    if len(value) > VALUE_LIMIT:
        found = say(
            "what follows #{command} has {number} characters; {limit} are the limit",
            command=form.word,
            number=len(value),
            limit=VALUE_LIMIT,
        )
        raise Wrong((found, say("write the words on the lines below the commands")))
    return read_value(Command(word=form.word, value=value, line=number), vocabulary, today)


def _from_first_words(lines: Sequence[str]) -> Sequence[str]:
    first = next((index for index, line in enumerate(lines) if _plain(line)), len(lines))
    return lines[first:]


def _repeated(commands: Sequence[Command]) -> Iterator[CommandFault]:
    seen: set[Word] = set()
    for command in commands:
        if command.word in seen and not FORM_OF[command.word].repeats:
            found = say("{what} stands there twice", what=f"#{command.word}")
            yield _fault(command.line, str(command), found, say("leave one of them out"))
        seen.add(command.word)


def _clashing(commands: Sequence[Command]) -> Iterator[CommandFault]:
    """One fault for each command that does not go with an earlier one."""
    for index, command in enumerate(commands):
        for earlier in commands[:index]:
            clash = clash_of(earlier.word, command.word) if earlier.word is not command.word else None
            if clash:
                found = say("it does not go with #{other}: {why}", other=earlier.word, why=clash.why)
                yield _fault(command.line, str(command), found, say("leave one of them out"))
                break


def _use_of(command: Command, *, sends: bool) -> Use:
    if sends and command.word is Word.SEND:
        return Use.ANSWER
    # What is said while somebody else is waited for may be for the customer or about him.
    if command.word is Word.WAIT and command.choice == "other":
        return Use.ASK
    return FORM_OF[command.word].use


def _use(commands: Sequence[Command], *, sends: bool) -> Use:
    """What the words are for: what a command says outright, else the side on which nothing leaves."""
    if any(command.word is Word.NOTE for command in commands):
        return Use.NOTE
    uses = {_use_of(command, sends=sends) for command in commands}
    order = (Use.ON_BEHALF, Use.DRAFT, Use.ANSWER, Use.ASK, Use.NOTE)
    return next((use for use in order if use in uses), Use.ANNOUNCED)


def _about_words(commands: Sequence[Command], words: str, use: Use, *, sends: bool) -> Iterator[CommandFault]:
    if _plain(words):
        for command in commands:
            if use is Use.ASK and _use_of(command, sends=sends) is Use.ASK:
                found = say(
                    "the words below may be for the customer or about #{command}", command=command.word
                )
                remedy = say(
                    "write `#reply` (for the customer) or `#note` (for us) on a line of its own above them"
                )
                yield _fault(command.line, str(command), found, remedy)
        return
    for command in commands:
        if (missing := NEEDS_WORDS.get(command.word)) and not command.text:
            yield _fault(
                command.line, str(command), missing, say("write them on the lines below the commands")
            )


def _late(words: str) -> Iterator[str]:
    """Lines that begin with a command's name and stand too low; quoted ones do not begin with `#`."""
    found = 0
    for line in words.splitlines():
        plain = _plain(line) if _HASH.match(line.lstrip()) else ""
        if plain[1:] and not plain.startswith("# ") and form_named(_first(plain[1:])) and found < LINES_LIMIT:
            found += 1
            yield _cut(plain)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _fault(line: int, written: str, found: str, remedy: str) -> CommandFault:
    return CommandFault(line=line, written=_cut(written), found=found, remedy=remedy)
