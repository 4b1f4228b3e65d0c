"""The shape of the code: who may import whom, and rules that a reader should be able to rely on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "mailproc"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each foreign package is known in one place only, so that it can be replaced there.
HOMES = {
    "aiosmtpd": ("demo/",),
    "alembic": ("store/",),
    "apscheduler": ("daemon.py", "slots.py"),
    "authres": ("inbound/trust.py",),
    "holidays": ("config/public_days.py",),
    "imapclient": ("transports/imap",),
    "jinja2": ("outbound/letters.py",),
    "mailparser": ("inbound/",),
    "mailparser_reply": ("inbound/reply_second.py",),
    "pybase64": ("inbound/headers.py",),
    "pymap": ("demo/",),
    "rich": ("cli/", "demo/"),
    "sdnotify": ("daemon.py",),
    "smtplib": ("transports/smtp",),
    "sqlalchemy": ("store/", "cli/failures.py"),
    # A job or a command holds one transaction open around what it does, so it names the session.
    "sqlmodel": ("store/", "jobs/", "cli/"),
    "typer": ("cli/",),
    "yaml": ("config/",),
    "zstandard": ("store/",),
}

# Values in, values out; the time is an argument. The cage is the one place that starts processes.
PURE = ("cases/", "inbound/", "outbound/", "mail.py", "addressing.py", "sentences.py")
IMPURE = ("inbound/cage",)


def place(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imported_packages(code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_imports_point_inwards() -> None:
    """The contracts of pyproject.toml; `lint-imports` prints what breaks them."""
    assert lint_imports(config_filename=str(REPOSITORY / "pyproject.toml")) == 0


@pytest.mark.parametrize("package", HOMES)
def test_a_foreign_package_is_known_in_one_place(package: str) -> None:
    users = [place(module) for module in MODULES if package in imported_packages(tree(module))]
    assert [user for user in users if not user.startswith(HOMES[package])] == []


@pytest.mark.parametrize("module", MODULES, ids=place)
def test_a_module_says_in_its_first_line_what_it_is_for(module: Path) -> None:
    text = ast.get_docstring(tree(module)) or ""
    assert len(text.partition("\n")[0]) > 10


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if place(module).startswith(PURE) and not place(module).startswith(IMPURE)],
    ids=place,
)
def test_pure_code_never_asks_for_the_time(module: Path) -> None:
    clocks = re.compile(r"(datetime|date|time)\.(now|utcnow|today|time|time_ns)")
    calls = [ast.unparse(node.func) for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    assert [call for call in calls if clocks.fullmatch(call)] == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if "hmac" in imported_packages(tree(module))], ids=place
)
def test_a_proof_is_compared_in_constant_time(module: Path) -> None:
    """`==` on a MAC tells by its time how much of a forged one is right."""
    proof = re.compile(r"(^|[._])(mac|macs|expected|signature|proof)$")
    compared = [
        ast.unparse(node)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, (ast.Eq, ast.NotEq)) for operator in node.ops)
        and any(proof.search(ast.unparse(side)) for side in (node.left, *node.comparators))
    ]
    assert compared == []
    assert "compare_digest" in module.read_text(encoding="utf-8")


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + "DO|FIX" + "ME|X" + r"XX)\b|NotImplementedError")
    assert [place(module) for module in MODULES if marks.search(module.read_text(encoding="utf-8"))] == []
