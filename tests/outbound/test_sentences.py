"""What the desk says to agents stands in every language of its letters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailproc.cases.words import DEEDS, REASONS, REMARKS
from mailproc.errors import LetterError
from mailproc.outbound.letters import Letters
from mailproc.sentences import all_of, any_of, joined, places, say, translated

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "hu", "de")


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters.load([ROOT / "templates"], LANGUAGES, zone=ZoneInfo("Europe/Budapest"))


def patterns() -> Iterator[str]:
    """Every sentence that the program says, and every one that it finds again in the history."""
    yield from (*DEEDS, *REMARKS, *REASONS)
    for file in sorted((ROOT / "mailproc").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if file.name == "sentences.py":
            yield from ("{one} and {other}", "{one} or {other}")
            continue
        if "from mailproc.sentences import" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                pattern = node.args[0]
                assert isinstance(pattern, ast.Constant), f"{file.name}:{node.lineno}: say a constant"
                yield str(pattern.value)


@dataclass(frozen=True)
class Fact:
    """A fact of a letter that holds sentences."""

    name: str
    sentences: tuple[str, ...]


@pytest.mark.parametrize("language", ["hu", "de"])
def test_every_sentence_is_said_in_every_language_with_the_same_parts(
    letters: Letters, language: str
) -> None:
    catalog = letters.catalog(language)
    said = set(patterns())
    assert said
    assert {pattern for pattern in said if pattern not in catalog} == set()
    assert {pattern for pattern in said if places(catalog[pattern]) != places(pattern)} == set()


# What is given to these is read by an agent, in `returned`, `confirm` or `receipt`.
TOLD = {"Returned", "Unconfirmed", "NotAllowed", "Wrong", "WrongTime", "doubt"}
TOLD_LISTS = {"done", "to_confirm", "problems", "missing"}


def told() -> Iterator[tuple[str, ast.expr]]:
    """Every argument that an agent reads, with its place."""
    files = [*(ROOT / "mailproc" / "jobs").rglob("*.py"), *(ROOT / "mailproc" / "cases").rglob("*.py")]
    files += [*(ROOT / "mailproc" / "inbound").glob("command*.py"), *(ROOT / "mailproc").rglob("reply_*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            grown = getattr(node.func, "value", None)
            into = getattr(grown, "attr", getattr(grown, "id", ""))
            if name in TOLD or (name == "append" and into in TOLD_LISTS):
                yield from ((f"{file.name}:{node.lineno}", argument) for argument in node.args)


def plain_texts(told: ast.AST) -> Iterator[str]:
    """Texts in English in what an agent reads; in a call they are patterns, or none of ours."""
    if isinstance(told, ast.Call):
        return
    if isinstance(told, ast.JoinedStr) or (isinstance(told, ast.Constant) and isinstance(told.value, str)):
        yield ast.unparse(told)
        return
    for part in ast.iter_child_nodes(told):
        yield from plain_texts(part)


def test_what_agents_read_is_said_and_not_only_written() -> None:
    places = list(told())
    assert len(places) > 150
    assert [(place, text) for place, each in places for text in plain_texts(each)] == []


@pytest.mark.parametrize("language", ["hu", "de"])
def test_a_catalog_has_no_sentence_that_nobody_says(letters: Letters, language: str) -> None:
    assert set(letters.catalog(language)) - set(patterns()) == set()


@pytest.mark.parametrize("language", ["hu", "de"])
def test_no_sentence_stands_in_two_catalogs(language: str) -> None:
    """Whoever changes one of them would wonder."""
    files = sorted((ROOT / "templates").glob(f"_sentences_*.{language}.txt"))
    lines = [line.partition('": ')[0] for file in files for line in file.read_text("utf-8").splitlines()]
    patterns = [line for line in lines if line.startswith('  "')]
    assert patterns
    assert sorted(set(patterns)) == sorted(patterns)


def test_a_sentence_is_english_until_a_letter_says_it_otherwise() -> None:
    inner = say("the priority is {level}", level="high")
    whole = say("{what}; nothing else", what=inner)
    assert whole == "the priority is high; nothing else"
    catalog = {"the priority is {level}": "Priorität {level}", "{what}; nothing else": "{what}, sonst nichts"}
    assert translated(whole, catalog) == "Priorität high, sonst nichts"
    assert translated((inner, "plain"), catalog) == ("Priorität high", "plain")
    assert translated((Fact(name="x", sentences=(inner,)),), catalog) == (
        Fact(name="x", sentences=("Priorität high",)),
    )
    assert translated(whole, {}) == whole


def own(folder: Path, language: str, sentences: str) -> Letters:
    """The letters with a catalog of the operator's in front of ours."""
    file = folder / f"_sentences_orders.{language}.txt"
    file.write_text(f"{{% set sentences = {sentences} %}}", encoding="utf-8")
    return Letters.load([folder, ROOT / "templates"], LANGUAGES, zone=ZoneInfo("Europe/Budapest"))


def test_an_operator_may_say_it_otherwise(tmp_path: Path, letters: Letters) -> None:
    others = own(tmp_path, "de", '{"You own the case.": "Der Fall gehört jetzt dir."}')
    assert others.catalog("de")["You own the case."] == "Der Fall gehört jetzt dir."
    assert others.catalog("hu") == letters.catalog("hu")
    assert others.catalog("de")["high"] == letters.catalog("de")["high"]  # of another file
    assert translated(say("The case waits."), others.catalog("de")) == "The case waits."


@pytest.mark.parametrize(
    ("sentences", "says"),
    [
        ('{"The priority is {level}.": "Die Priorität."}', "lacks {level}"),
        ('{"You own the case.": "Der Fall {reference} ist Ihrer."}', "has {reference}, which nothing fills"),
        ('{"The priority is {level}.": "Jetzt {level} {level.__class__}."}', "has {level.__class__}"),
        ('{"The priority is {level}.": "Jetzt {level:>9999999}."}', "lacks {level}"),
        ('{"You own the case.": "Der Fall { gehört Ihnen."}', "write braces in pairs"),
        ('{"You own the case.": " "}', "is said with nothing"),
        ('{"You own the case.": 7}', "is no pair of texts"),
        ('"You own the case."', "sets no sentences"),
        ("{1: nothing.at.all}", "_sentences_orders.de.txt:1"),
        ('{"You own the case."', "_sentences_orders.de.txt:1"),
    ],
)
def test_a_broken_catalog_is_refused_before_any_letter_is_made(
    tmp_path: Path, sentences: str, says: str
) -> None:
    with pytest.raises(LetterError) as caught:
        own(tmp_path, "de", sentences)
    assert "templates/_sentences_orders.de.txt" in str(caught.value)
    assert says in str(caught.value)


def test_every_fault_of_the_catalogs_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LetterError) as caught:
        own(tmp_path, "hu", '{"You own the case.": "{a}", "The priority is {level}.": "-"}')
    assert len(str(caught.value).splitlines()) == 2


def test_parts_of_a_list_and_of_a_record_are_said_too() -> None:
    catalog = {"a program": "ein Programm", "{one} and {other}": "{one} und {other}", "high": "hoch"}
    assert translated(joined("; ", (say("a program"), "x {y}")), catalog) == "ein Programm; x {y}"
    assert joined("; ", (say("a program"), "x {y}")) == "a program; x {y}"
    assert translated(all_of(["x", say("high"), "z"]), catalog) == "x und hoch und z"
    assert any_of(["x", "y"]) == "x or y"
    record = Record(what=say("high"), number=3)
    assert translated((record,), catalog) == (Record(what="hoch", number=3),)
    assert translated(Record(what="high", number=3), catalog) == Record(what="high", number=3)


@dataclass(frozen=True)
class Record:
    what: str
    number: int
