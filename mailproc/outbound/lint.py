"""Would every letter be good if it had to be sent now?

Run by `mailproc check` and at start. It finds what no customer should be the first to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape

from mailproc.errors import Fault, LetterError
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience
from mailproc.outbound.letters import Letters
from mailproc.outbound.quoted import BAR
from mailproc.outbound.specimens import CANARY, MARKUP, bare, hostile, specimen

SUBJECT_LIMIT = 200  # characters; our choice: room for a quoted subject, the tag and a few words

# What makes a mail program fetch something, or run it: it would tell when and where a letter is read.
_REMOTE = re.compile(
    r"<(?:script|link|iframe|object|embed|form|video|audio|base)\b|@import|@font-face|javascript:"
    r"|<[^<>]*\son\w+\s*="
    r"|<[^<>]*\b(?:src|srcset|background|poster)\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|\burl\(\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
# The platform was closed on 20 July 2025 and must not be named any more: Regulation (EU) 2024/3228.
_LINK = re.compile(
    r"<(?:a|area)\b[^<>]*?\bhref\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)[^<>]*>(.*?)(?:</a>|$)",
    re.IGNORECASE | re.DOTALL,
)
_GOOD_LINK = re.compile(r"(?:https://|mailto:|tel:)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w.-]+|(?:https?://|www\.)[\w.-]+|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?![\w.])"
)
_MARKED_ELEMENT = re.compile(r"<div class=\"quoted\"[^<>]*>[^<]*</div>")
_ODR = re.compile(r"ec\.europa\.eu/(?:consumers/)?odr|webgate\.ec\.europa\.eu/odr", re.IGNORECASE)


def lint(letters: Letters) -> list[Fault]:
    """Return all faults of all letters in all languages; an empty list means: fit to be sent."""
    return [
        *_unknown_folders(letters),
        *_unknown_names(letters),
        *(
            fault
            for letter in LETTERS
            for language in letters.languages
            for fault in _letter(letters, letter, language)
        ),
    ]


def _letter(letters: Letters, letter: str, language: str) -> Iterator[Fault]:
    missing = letters.missing_files(letter, language)
    for file in missing:
        yield _fault(file, "", "is missing", f"write it, or take {language} out of desk.languages")
    if missing:
        return
    # With everything, with nothing that is optional, and with what an enemy would write.
    specimens = [make(letter, language) for make in (specimen, bare, hostile)]
    yield from dict.fromkeys(
        fault for names in specimens for fault in _rendering(letters, letter, language, names)
    )


def _rendering(letters: Letters, letter: str, language: str, names: Mapping[str, object]) -> Iterator[Fault]:
    file = f"{letter}/{language}"
    try:
        rendered = letters.render(letter, language, names)
        yield from letters.faulty_parts(letter, language, names)
    except LetterError as error:
        yield _fault(file, "", str(error), "mend the template")
        return
    if not 1 <= len(rendered.subject) <= SUBJECT_LIMIT:
        found = f"makes a subject of {len(rendered.subject)} characters"
        yield _fault(f"{file}.subject.txt", "", found, f"make it 1 to {SUBJECT_LIMIT}")
    if remote := _REMOTE.search(rendered.html):
        yield _fault(
            f"{file}.html", "", f"contains {remote[0]!r}", "a letter fetches nothing and runs nothing"
        )
    if MARKUP in rendered.html:
        yield _fault(f"{file}.html", "", "writes words of others as markup", "take `safe` out")
    for found, remedy in _links(rendered.html, LETTERS[letter].to):
        yield _fault(f"{file}.html", "", found, remedy)
    for form, words in (("txt", rendered.text), ("html", rendered.html)):
        if LETTERS[letter].marked and _unmarked(form, words):
            found = f"shows words of others unmarked ({', '.join(sorted(LETTERS[letter].marked))})"
            yield _fault(f"{file}.{form}", "", found, "write `| marked` in text, `quoted(… | lines)` in HTML")
        if odr := _ODR.search(words):
            yield _fault(f"{file}.{form}", "", f"names {odr[0]}", "that platform is closed; take it out")


def _links(html: str, audience: Audience) -> Iterator[tuple[str, str]]:
    """What is wrong with the links: where they lead, and whether they lead where they say."""
    for match in _LINK.finditer(html):
        target, words = unescape(match[1].strip("\"'")), unescape(re.sub(r"<[^<>]*>", "", match[2]))
        if audience is Audience.AGENT:
            yield (
                f"has a link to {target!r}",
                "take it out; agents must not get used to clicking in mails of the desk",
            )
        elif not _GOOD_LINK.match(target):
            yield f"has a link to {target!r}", "link to https:, mailto: or tel:"
        elif (shown := _ADDRESS.search(words)) and not _leads_to(shown[0], target):
            yield (
                f"has a link that says {shown[0]!r} and leads to {target!r}",
                "show where it leads, or say it in words",
            )


def _leads_to(shown: str, target: str) -> bool:
    address = re.sub(r"^(?:https?://)?(?:www\.)?|^mailto:", "", shown.casefold())
    real = re.sub(r"^(?:https?://)?(?:www\.)?|^mailto:", "", target.casefold())
    return re.split(r"[/?#]", real)[0] == re.split(r"[/?#]", address)[0]


def _unmarked(form: str, words: str) -> bool:
    """Whether the canary, which stands in every line of the hostile specimen, is seen outside of a mark."""
    if form == "html":
        return CANARY in _MARKED_ELEMENT.sub("", words)
    return any(CANARY in line and not line.startswith(BAR) for line in words.splitlines())


def _unknown_folders(letters: Letters) -> Iterator[Fault]:
    folders = {file.partition("/")[0] for file in letters.files if "/" in file}
    for folder in sorted(folders - LETTERS.keys()):
        yield _fault(folder, "", "is not a letter", f"the letters are: {', '.join(LETTERS)}")


def _unknown_names(letters: Letters) -> Iterator[Fault]:
    """Names in branches that no specimen reaches count too. Shared frames may use the names of any letter."""
    every = frozenset(name for kind in LETTERS.values() for name in kind.names)
    for file in letters.files:
        kind = LETTERS.get(file.partition("/")[0])
        known = (frozenset(kind.names) if kind else every) | {"language"}
        for name in letters.unknown_names(file, known):
            yield _fault(
                file, name, "is a name no letter is given", f"use one of: {', '.join(sorted(known))}"
            )


def _fault(file: str, path: str, found: str, remedy: str) -> Fault:
    return Fault(file=f"templates/{file}", path=path, found=found, remedy=remedy)
