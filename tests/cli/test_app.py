"""The program as a whole: how it begins, what it says when something is wrong, what it writes into logs."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from mailproc import __version__
from mailproc.cli import app, failures, show
from mailproc.cli.logs import set_up
from mailproc.errors import MailboxUnavailable, ParseError
from tests.cli.conftest import ESCAPES, Place, write_mail

REPOSITORY = Path(__file__).parents[2]


def test_the_version_is_shown() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"mailproc {__version__}\n"


def test_the_module_runs_as_a_program() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mailproc", "--version"], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert result.stdout == f"mailproc {__version__}\n"


def test_beginning_loads_nothing_heavy() -> None:
    """What a shell waits for at each completion."""
    code = "import sys, mailproc.cli; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    heavy = {"sqlalchemy", "sqlmodel", "alembic", "pydantic", "jinja2", "imapclient", "rich", "structlog"}
    assert "typer" in loaded and not loaded & heavy


def test_init_writes_a_folder_that_check_understands(tmp_path: Path) -> None:
    runner = CliRunner()
    result = runner.invoke(app, ["init", str(tmp_path)])
    assert result.exit_code == 0 and "mailproc --config" in result.stdout
    told = [line for line in result.stdout.splitlines() if line.startswith("wrote ")]
    assert [line.rpartition("/")[2] for line in told] == ["config", "templates"]
    assert (tmp_path / "config" / "secrets" / "desk__secret").stat().st_mode & 0o077 == 0
    again = runner.invoke(app, ["init", str(tmp_path)])
    assert again.exit_code == 2 and "already there" in again.stderr
    assert runner.invoke(app, ["init", str(tmp_path), "--force", "--json"]).exit_code == 0


def test_the_schema_is_the_one_that_editors_use() -> None:
    printed = CliRunner().invoke(app, ["schema"]).stdout
    assert json.loads(printed) == json.loads((REPOSITORY / "config" / "mailproc.schema.json").read_text())


def test_a_missing_configuration_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILPROC_CONFIG", raising=False)
    result = CliRunner().invoke(app, ["ledger"])
    assert result.exit_code == 2 and "mailproc init" in result.stderr
    named = CliRunner().invoke(app, ["--config", "none.yaml", "ledger"])
    assert named.exit_code == 2 and "none.yaml" in named.stderr


def test_the_demonstration_without_its_packages_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailproc.cli.starting.import_module", _needs_pymap)
    result = CliRunner().invoke(app, ["demo", "--once"])
    assert result.exit_code == 2 and "pip install 'mailproc[demo]'" in result.stderr


def _needs_pymap(name: str) -> object:
    raise ModuleNotFoundError("No module named 'pymap'", name="pymap")


def test_an_unforeseen_error_is_not_hidden(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    place.receive()
    monkeypatch.setattr("mailproc.store.queries.ledger", broken)
    assert isinstance(place.run("ledger").exception, RuntimeError)


def test_debug_shows_where_an_error_came_from(place: Place) -> None:
    result = place.run("--debug", "ledger")
    assert type(result.exception).__name__ == "DatabaseError"


def test_an_error_of_the_database_shows_no_values(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    place.receive()

    def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT …", {"text": "my secret illness"}, Exception("database is locked"))

    monkeypatch.setattr("mailproc.store.queries.cases", locked)
    result = place.run("case", "list")
    assert result.exit_code == 3
    assert "database is locked" in result.stderr and "illness" not in result.output


def test_what_a_server_said_is_made_safe_before_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    failures.complain(f"the server said {ESCAPES}\nand more")
    assert (
        capsys.readouterr().err
        == "the server said [2J]0;owned gnp.exe [red]not red[/red] :skull:\nand more\n"
    )


@given(st.text(st.characters(), max_size=60))
def test_nothing_shown_can_steer_a_terminal(text: str) -> None:
    import unicodedata

    shown = show.plain(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert "\u202e" not in shown and "\n" not in shown
    assert show.plain(shown) == shown


def test_words_of_every_script_stay_as_they_are() -> None:
    for text in ("Csöpög a vízforralóm", "نمی‌خواهم", "👩\u200d🔧", "苦情", "naïve – “quoted” …"):
        assert show.plain(text) == text


def test_a_table_on_a_terminal_reads_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    show.table(["what"], [("[bold]x[/bold] :skull: [link=http://evil.example]y[/link]",)], to=stream)
    assert "[bold]x[/bold] :skull: [link=http://evil.example]y[/link]" in stream.getvalue()
    assert Console(file=stream).is_terminal, "or this test proves nothing"


def test_a_line_for_a_pipe_is_never_wrapped_or_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(["a", "b"], [("x" * 500, "end"), ("y", "end")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.endswith("end") for line in lines] == [False, True, True]
    assert lines[1].startswith("x" * 500)


def test_a_log_line_is_json_with_ids_and_without_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(quiet=False)
    log = structlog.get_logger("mailproc.jobs.receive")
    try:
        raise ParseError("cannot read ann@customer.example's kettle complaint")
    except ParseError as error:
        log.error("mail failed", mail=7, exc_info=error)
    try:
        raise MailboxUnavailable("IMAP server mx.example:993: time out")
    except MailboxUnavailable:
        logging.getLogger("mailproc.nobody.else").exception("mailbox %s", "main")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["mail"], first["level"]) == ("mail failed", 7, "error")
    assert first["exception"] == "ParseError" and "test_app.py" in first["at"][0]
    assert "kettle" not in json.dumps(first)
    assert (second["event"], second["says"]) == ("mailbox main", "IMAP server mx.example:993: time out")


def test_commands_that_answer_log_only_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    structlog.get_logger("mailproc.x").info("received", mail=1)
    logging.getLogger("mailproc.y").info("talk")
    logging.getLogger("sqlalchemy.engine").info("SELECT")
    assert capsys.readouterr().err == ""


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError("no space left on the device")


def test_a_log_that_nobody_takes_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Full()
    monkeypatch.setattr(sys, "stderr", stream)
    set_up(quiet=False)
    log = structlog.get_logger("mailproc.x")
    log.info("received", mail=1)
    assert "received" in stream.getvalue()
    stream.close()
    log.error("mail failed", mail=2)


# docs/command-line.md


def commands() -> dict[str, list[str]]:
    """Every command with its options, as the program knows them."""
    found: dict[str, list[str]] = {}

    def walk(command: object, path: str) -> None:
        options = [
            name
            for parameter in command.params  # type: ignore[attr-defined]
            for name in (*parameter.opts, *parameter.secondary_opts)
            if name.startswith("--") and name != "--help"
        ]
        children = getattr(command, "commands", {})
        if path and not children:
            found[path] = options
        elif not path:
            found[""] = options
        for name, child in children.items():
            walk(child, f"{path} {name}".strip())

    walk(typer.main.get_command(app), "")
    return found


def test_the_page_about_commands_has_every_command_and_option() -> None:
    page = (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")
    sections = {section.partition("\n")[0]: section for section in page.split("\n### ")[1:]}
    known = commands()
    for path, options in known.items():
        section = sections.get(f"`mailproc {path}`") if path else page.partition("\n### ")[0]
        assert section is not None, f"docs/command-line.md: no section about mailproc {path}"
        for option in options:
            assert option in section, f"docs/command-line.md: {path or 'the top'} does not mention {option}"
    assert set(sections) == {f"`mailproc {path}`" for path in known if path}, "a section about no command"


def test_no_command_is_without_a_word_of_help() -> None:
    for path in commands():
        result = CliRunner().invoke(app, [*path.split(), "--help"])
        assert result.exit_code == 0 and len(result.stdout.split("\n\n")) > 1, path


def test_examples_of_the_page_can_be_read_by_the_program() -> None:
    """Each example is parsed: a command that is not there, or an option it has not, is found."""
    page = (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")
    known = commands()
    examples = [line.strip() for line in page.splitlines() if line.startswith("    mailproc ")]
    assert len(examples) >= len(known) - 1
    for example in examples:
        words = example.split("|")[0].split(">")[0].split()[1:]
        words = words[2:] if words[0] == "--config" else words
        path = next(" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known)
        for word in words:
            if word.startswith("--"):
                assert word in (*known[path], *known[""]), f"{example}: {path} has no {word}"


def test_a_note_of_a_customer_shown_to_people_is_indented(place: Place) -> None:
    """So that nobody takes a stranger's lines for ours."""
    place.receive(write_mail("disposition  opened\nmail 1 is fine, believe me, and do not look further."))
    lines = place.run("inbox", "show", 1).stdout.splitlines()
    assert "    disposition  opened" in lines and lines.count("disposition  opened") == 1
