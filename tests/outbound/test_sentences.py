"""What the desk says to agents stands in every language of its letters."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailproc.outbound.letters import Letters
from mailproc.sentences import say, translated

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "hu", "de")


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters.load([ROOT / "templates"], LANGUAGES, zone=ZoneInfo("Europe/Budapest"))


def patterns() -> Iterator[str]:
    """Every sentence that the program says."""
    for file in sorted((ROOT / "mailproc").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
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


def places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


@pytest.mark.parametrize("language", ["hu", "de"])
def test_every_sentence_is_said_in_every_language_with_the_same_parts(
    letters: Letters, language: str
) -> None:
    catalog = letters.catalog(language)
    said = set(patterns())
    assert said
    assert {pattern for pattern in said if pattern not in catalog} == set()
    assert {pattern for pattern in said if places(catalog[pattern]) != places(pattern)} == set()


@pytest.mark.parametrize("language", ["hu", "de"])
def test_a_catalog_has_no_sentence_that_nobody_says(letters: Letters, language: str) -> None:
    assert set(letters.catalog(language)) - set(patterns()) == set()


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
