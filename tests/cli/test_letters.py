"""The letters as an operator looks at them: as files, as one page, and as a list of faults."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailproc.outbound.kinds import LETTERS
from tests.cli.conftest import Place


def test_every_letter_is_previewed_in_every_language(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "previews"
    written = place.answer("letters", "preview", out)["written"]
    assert {Path(name).name for name in written} == {
        *(
            f"{letter}.{language}.{form}"
            for letter in LETTERS
            for language in ("en", "hu")
            for form in ("html", "txt", "eml")
        ),
        "index.html",
    }
    assert all(Path(name).stat().st_size > 500 for name in written)
    assert "Subject: " in (out / "acknowledgement.hu.txt").read_text(encoding="utf-8")
    assert "<html" in (out / "new_case.en.html").read_text(encoding="utf-8")


def test_a_previewed_mail_is_one(place: Place, tmp_path: Path) -> None:
    place.answer("letters", "preview", tmp_path)
    for letter in LETTERS:
        mail = message_from_bytes((tmp_path / f"{letter}.hu.eml").read_bytes(), policy=policy.default)
        assert mail["Content-Language"] == "hu"
        html = mail.get_body(("html",))
        assert html is not None
        shown = (tmp_path / f"{letter}.hu.html").read_text(encoding="utf-8")
        assert html.get_content().replace("\r\n", "\n") == shown


def test_the_page_shows_every_letter_on_a_telephone_and_on_a_desk(place: Place, tmp_path: Path) -> None:
    """Side by side, from files beside it; nothing is fetched and nothing in a letter may run."""
    place.answer("letters", "preview", tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    frames = re.findall(r'<iframe sandbox loading="lazy" width="(\d+)" height="\d+" src="([^"]+)"', page)
    assert sorted(frames) == sorted(
        (width, f"{letter}.{language}.html")
        for letter in LETTERS
        for language in ("en", "hu")
        for width in ("390", "700")
    )
    targets = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert all((tmp_path / target).is_file() for target in targets)
    assert "http" not in page


def test_previews_are_replaced_and_the_same_each_time(place: Place, tmp_path: Path) -> None:
    (tmp_path / "reply.en.html").write_text("old", encoding="utf-8")
    first = {
        Path(name): Path(name).read_bytes()
        for name in place.answer("letters", "preview", tmp_path)["written"]
    }
    place.answer("letters", "preview", tmp_path)
    assert {path: path.read_bytes() for path in first} == first
    assert first[tmp_path / "reply.en.html"] != b"old"


def test_a_person_is_told_where_to_look(place: Place, tmp_path: Path) -> None:
    result = place.run("letters", "preview", tmp_path / "out")
    assert result.exit_code == 0
    assert re.fullmatch(r"wrote \d+ files; open .*out/index\.html in a browser\n", result.stdout)


def test_letters_without_a_fault_are_said_to_be_so(place: Place) -> None:
    assert place.answer("letters", "lint") == {"faults": []}
    assert place.run("letters", "lint").stdout == "the letters have no fault\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_faults_of_letters_are_listed_and_fail(place: Place, as_json: bool) -> None:
    file = place.folder / "templates" / "reply" / "en.txt"
    file.write_text(file.read_text(encoding="utf-8") + "{{ who }}", encoding="utf-8")
    result = place.run("letters", "lint", *(["--json"] if as_json else []))
    assert result.exit_code == 1
    assert "templates/reply/en.txt: who: is a name no letter is given" in result.stdout


@pytest.mark.parametrize("command", [("letters", "lint"), ("check",)])
def test_a_broken_catalog_of_sentences_is_told_with_its_file(place: Place, command: tuple[str, ...]) -> None:
    file = place.folder / "templates" / "_sentences_orders.hu.txt"
    text = file.read_text(encoding="utf-8").replace("Az ügy prioritása: {level}.", "Az ügy prioritása.")
    file.write_text(text, encoding="utf-8")
    result = place.run(*command)
    assert result.exit_code != 0
    assert "_sentences_orders.hu.txt: 'The priority is {level}.': lacks {level}" in result.output
