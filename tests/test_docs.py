"""The words for people stay true: links lead somewhere, commands exist, tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from mailproc import errors
from mailproc.cli import app
from mailproc.faults import POINTS
from mailproc.inbound.command_table import FORMS
from mailproc.inbound.commands import Word
from mailproc.jobs.orders import DEEDS
from mailproc.outbound.kinds import LETTERS
from mailproc.store.outbox import State
from mailproc.store.receiving import Disposition

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page.relative_to(ROOT)
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]
    if not page.parent.name.startswith(".")
)

_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_COMMAND = re.compile(r"(?:^|[`\s(])mailproc ((?:[a-z][a-z-]* ?)+)")
_MAKE = re.compile(r"\bmake ([a-z]+)")


def text(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code(page: Path) -> str:
    """What stands in code: indented or fenced blocks and `spans`."""
    content = text(page)
    blocks = re.findall(r"^(?: {4,}|\t).*$", content, re.MULTILINE)
    fenced = re.findall(r"^```.*?^```", content, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *fenced, *re.findall(r"`[^`\n]+`", content)])


def commands() -> dict[str, set[str]]:
    """Command names, each with the names below it."""
    group = typer.main.get_command(app)
    return {name: set(getattr(command, "commands", {})) for name, command in group.commands.items()}  # type: ignore[attr-defined]


def test_there_are_pages_to_check():
    assert Path("README.md") in PAGES
    assert Path("docs/commands.md") in PAGES


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page: Path):
    missing = [link for link in _LINK.findall(text(page)) if not (ROOT / page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_that_a_page_names_exists(page: Path):
    known = commands()
    for match in _COMMAND.finditer(code(page)):
        first, *rest = match[1].split()
        assert first in known, f"{page}: mailproc {match[1]}"
        if known[first] and rest:
            assert rest[0] in known[first], f"{page}: mailproc {match[1]}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_that_a_page_names_exists(page: Path):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(_MAKE.findall(code(page))) <= targets


def test_the_two_commands_stand_at_the_top_of_the_readme():
    top = text("README.md")[:2500]
    assert "make demo" in top
    assert "make test" in top


def test_the_readme_names_all_six_promises():
    assert len(re.findall(r"^\d\. ", text("README.md"), re.MULTILINE)) == 6


def test_operation_explains_every_state_of_a_letter_that_an_operator_can_meet():
    page = text("docs/operation.md")
    shown = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    # `claimed` lasts for a moment and `accepted` is the good end: neither needs anybody.
    assert shown == {str(state) for state in State} - {"claimed", "accepted"}


def test_the_design_tells_what_is_found_after_a_crash_at_every_point():
    rows = re.findall(r"^\| after ", text("docs/design.md"), re.MULTILINE)
    assert len(rows) == len(POINTS)


def test_commands_explains_every_word_of_the_ledger():
    page = text("docs/command-line.md")
    for word in [*Disposition, "received", "waiting", "unaccounted"]:
        assert f"`{word}`" in page, word


def test_the_commands_page_lists_exactly_the_commands_that_are_read():
    """With value, aliases, meaning and who may, in the order of `#help`."""
    rows = re.findall(r"^\| `#.*", text("docs/commands.md"), re.MULTILINE)
    shown = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    assert shown == [
        [
            f"`{form.usage}`",
            *(", ".join(f"`#{name}`" for name in names) for names in (form.aliases, form.hu, form.de)),
            form.does,
            form.who,
        ]
        for form in FORMS
    ]


def test_the_letters_page_lists_every_letter():
    page = text("templates/README.md")
    assert all(f"`{letter}`" in page for letter in LETTERS)


def test_the_tree_of_errors_is_drawn_as_it_is():
    drawn = set(re.findall(r"[├└]── (\w+) ", errors.__doc__ or ""))
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MailprocError)
    }
    assert drawn == tree - {"MailprocError"}


def test_the_project_speaks_of_itself_alone():
    """No path of a machine, and no host that packages come from."""
    words = ("/ro" + "ot/", "/wo" + "rk/", "pypi." + "org", "files.python" + "hosted")
    files = [*ROOT.glob("mailproc/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("requirements/*")]
    files += [ROOT / page for page in PAGES] + [
        ROOT / "Makefile",
        ROOT / ".ci" / "run",
        ROOT / "pyproject.toml",
    ]
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in files
        for word in words
        if word in file.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_every_command_that_is_read_is_carried_out():
    assert set(DEEDS) == set(Word)
