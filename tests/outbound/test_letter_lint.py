"""What is wrong with a letter is found before anybody is written to."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailproc.errors import Fault, LetterError
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience
from mailproc.outbound.letters import Letters
from mailproc.outbound.lint import lint
from mailproc.outbound.specimens import specimen
from mailproc.resources import data_dir

TEMPLATES = data_dir("templates")


def faults(
    tmp_path: Path, file: str, old: str, new: str, languages: tuple[str, ...] = ("en",)
) -> list[Fault]:
    """The faults of the packaged letters with one edit."""
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source.replace(old, new), encoding="utf-8")
    return lint(Letters.load([tmp_path, TEMPLATES], languages, zone=ZoneInfo("UTC")))


def test_the_packaged_letters_have_no_fault(letters: Letters) -> None:
    assert lint(letters) == []
    assert {f"{letter}/{language}.txt" for letter in LETTERS for language in letters.languages} <= set(
        letters.files
    )


def test_an_unknown_name_is_found_even_in_a_branch_no_specimen_reaches(tmp_path: Path) -> None:
    found = faults(
        tmp_path, "acknowledgement/en.txt", "Hello,", "Hello{% if 1 > 2 %} {{ customer }}{% endif %},"
    )
    assert [(fault.file, fault.path) for fault in found] == [("templates/acknowledgement/en.txt", "customer")]


def test_an_unknown_name_in_a_shared_frame_is_found(tmp_path: Path) -> None:
    found = faults(tmp_path, "_frame.txt", "---", "{% if 0 %}{{ motto }}{% endif %}---")
    assert [(fault.file, fault.path) for fault in found] == [("templates/_frame.txt", "motto")]


@pytest.mark.parametrize("form", ["txt", "html"])
def test_an_empty_part_is_a_fault(tmp_path: Path, form: str) -> None:
    file = f"acknowledgement/en.{form}"
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    start = source.index("block empathy %}") + len("block empathy %}")
    words = source[start : source.index("{% endblock %}", start)]
    found = faults(tmp_path, file, words, "<p> </p>" if form == "html" else "\n")
    assert [(fault.file, fault.path, fault.found) for fault in found] == [
        (f"templates/{file}", "block empathy", "is empty")
    ]


def test_a_part_that_a_layout_leaves_out_and_that_cannot_stand_alone_is_a_fault(tmp_path: Path) -> None:
    """The block is the one of `_agent.html`, which knows of a case; a digest is about none."""
    place = "{% block effect %}{{ digest.effect }}{% endblock %}"
    found = faults(tmp_path, "digest/_layout.html", place, "")
    assert [(fault.file, fault.path) for fault in found] == [("templates/digest/en.html", "block effect")]
    assert found[0].found.startswith("is not in the letter")


def test_a_part_that_is_empty_only_without_an_optional_name_is_a_fault(tmp_path: Path) -> None:
    """The specimen has a telephone; a desk may have none."""
    found = faults(
        tmp_path,
        "acknowledgement/en.txt",
        "Your complaint is now with our team and is being dealt with. A person, not\n"
        "a machine, will look into it.\n",
        "{% if desk_phone %}Call {{ desk_phone }}{% endif %}\n",
    )
    assert [(fault.path, fault.found) for fault in found] == [("block in_hand", "is empty")]


def test_a_part_without_a_place_in_the_layout_is_a_fault(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "acknowledgement/_layout.html",
        "{% block thanks required %}{% endblock %}",
        "Thanks for nothing.",
    )
    assert {(fault.path, fault.found) for fault in found} == {("block thanks", "is not in the letter")}


def test_a_fact_outside_of_its_part_is_a_fault(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "acknowledgement/en.txt",
        "    Your reference    {{ reference }}",
        "    Your reference: see the subject",
    )
    assert any("does not mention reference" in fault.found for fault in found)


@pytest.mark.parametrize("file", ["hu.subject.txt", "hu.txt", "hu.html"])
def test_a_language_that_is_not_complete_is_a_fault(tmp_path: Path, file: str) -> None:
    for path in TEMPLATES.rglob("*"):
        if path.is_file() and path.name != file:
            copy = tmp_path / path.relative_to(TEMPLATES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    found = lint(Letters.load([tmp_path], ["en", "hu"], zone=ZoneInfo("UTC")))
    assert {(fault.file, fault.found) for fault in found} == {
        (f"templates/{letter}/{file}", "is missing") for letter in LETTERS
    }


REMOTE = [
    '<img src="https://track.example/x.gif">',
    "<img src=http://track.example/x.gif>",
    "<img src='//track.example/x.gif'>",
    '<img srcset="https://track.example/x.gif 2x">',
    '<table background="https://track.example/x.gif"><tr><td>x</td></tr></table>',
    '<p style="background:url(https://track.example/x.gif)">x</p>',
    "<p style=\"background:url( 'https://track.example/x.gif' )\">x</p>",
    "<style>@import 'https://track.example/x.css';</style>",
    "<style>@font-face { font-family: x; src: local(x) }</style>",
    '<link rel="stylesheet" href="https://track.example/x.css">',
    "<script>fetch('https://track.example')</script>",
    '<iframe srcdoc="x"></iframe>',
    '<object data="https://track.example/x"></object>',
    '<embed src="x">',
    '<form action="https://track.example/x"></form>',
    '<video poster="https://track.example/x.gif"></video>',
    "<audio autoplay></audio>",
    '<base href="https://track.example/">',
    '<p onclick="x()">x</p>',
    '<a href="javascript:x()">x</a>',
    '<IMG SRC="HTTPS://TRACK.EXAMPLE/X.GIF">',
]


@pytest.mark.parametrize("markup", REMOTE)
def test_what_a_mail_program_would_fetch_or_run_is_a_fault(tmp_path: Path, markup: str) -> None:
    """S33: nobody may learn from a letter when and where it is read."""
    found = faults(tmp_path, "acknowledgement/en.html", "Hello,", f"Hello,{markup}")
    assert {fault.file for fault in found} == {"templates/acknowledgement/en.html"}
    assert [fault.found.startswith("contains ") for fault in found].count(True) == 1


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize(
    "link",
    ["https://ec.europa.eu/consumers/odr/", "ec.europa.eu/odr", "https://webgate.ec.europa.eu/odr/main"],
)
def test_the_closed_dispute_platform_is_a_fault(tmp_path: Path, form: str, link: str) -> None:
    found = faults(tmp_path, f"acknowledgement/en.{form}", "Hello,", f"Hello, see {link}")
    assert [fault.remedy for fault in found] == ["that platform is closed; take it out"]


def test_an_ordinary_link_and_an_enclosed_image_are_no_fault(tmp_path: Path) -> None:
    markup = 'Hello, <a href="https://www.acme.example/complaints">read on</a> <img alt="" src="cid:logo">'
    assert faults(tmp_path, "acknowledgement/en.html", "Hello,", markup) == []


def test_a_misspelt_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "acknowledgment").mkdir()
    (tmp_path / "acknowledgment" / "en.txt").write_text("Hello", encoding="utf-8")
    found = lint(Letters.load([tmp_path, TEMPLATES], ["en"], zone=ZoneInfo("UTC")))
    assert [(fault.file, fault.found) for fault in found] == [("templates/acknowledgment", "is not a letter")]


@pytest.mark.parametrize("subject", ["", "long " * 60])
def test_a_subject_without_words_or_with_too_many_is_a_fault(tmp_path: Path, subject: str) -> None:
    path = tmp_path / "acknowledgement" / "en.subject.txt"
    path.parent.mkdir()
    path.write_text(subject, encoding="utf-8")
    found = lint(Letters.load([tmp_path, TEMPLATES], ["en"], zone=ZoneInfo("UTC")))
    assert [fault.file for fault in found] == ["templates/acknowledgement/en.subject.txt"]


def test_faults_of_all_letters_are_reported_at_once(tmp_path: Path) -> None:
    for language, word in (("en", "Hello,"), ("hu", "Tisztelt")):
        source = (TEMPLATES / f"acknowledgement/{language}.txt").read_text(encoding="utf-8")
        path = tmp_path / f"acknowledgement/{language}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source.replace(word, "{{ who }}"), encoding="utf-8")
    found = lint(Letters.load([tmp_path, TEMPLATES], ["en", "hu"], zone=ZoneInfo("UTC")))
    assert {fault.file for fault in found if fault.path == "who"} == {
        "templates/acknowledgement/en.txt",
        "templates/acknowledgement/hu.txt",
    }


LINKS = [
    ('<a href="http://www.acme.example/">read on</a>', "has a link to 'http://www.acme.example/'"),
    ("<a href=ftp://acme.example>read on</a>", "has a link to 'ftp://acme.example'"),
    (
        '<a href="https://evil.example/">www.acme.example</a>',
        "has a link that says 'www.acme.example' and leads to 'https://evil.example/'",
    ),
    (
        '<a href="https://acme.example@evil.example/"><b>https://acme.example</b>/x</a>',
        "has a link that says 'https://acme.example' and leads to 'https://acme.example@evil.example/'",
    ),
    (
        '<a href="mailto:boss@evil.example">boss@acme.example</a>',
        "has a link that says 'boss@acme.example' and leads to 'mailto:boss@evil.example'",
    ),
]


@pytest.mark.parametrize(("markup", "found"), LINKS)
def test_a_link_that_misleads_is_a_fault(tmp_path: Path, markup: str, found: str) -> None:
    assert [
        fault.found for fault in faults(tmp_path, "acknowledgement/en.html", "Hello,", f"Hello,{markup}")
    ] == [found]


def test_a_link_that_says_where_it_leads_is_no_fault(tmp_path: Path) -> None:
    markup = (
        '<a href="https://www.acme.example/help?x=1">acme.example/help</a> <a href="tel:+3615550142">call</a>'
    )
    assert faults(tmp_path, "acknowledgement/en.html", "Hello,", markup) == []


AGENT_LETTERS = [letter for letter, kind in LETTERS.items() if kind.to is Audience.AGENT]


def test_a_letter_to_an_agent_has_no_link_at_all(tmp_path: Path) -> None:
    link = '<a href="https://www.acme.example/">help</a>'
    found = faults(tmp_path, "_agent.html", "{% block footnote %}", "{% block footnote %}" + link)
    assert {fault.file for fault in found} == {f"templates/{letter}/en.html" for letter in AGENT_LETTERS}
    assert {fault.found for fault in found} == {"has a link to 'https://www.acme.example/'"}


def test_words_of_others_without_marks_are_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, "_case.txt", "{{ words | excerpt | marked }}", "{{ words }}")
    assert {fault.file for fault in found} == {
        f"templates/{letter}/en.txt"
        for letter in (
            *("new_case", "follow_up", "colleague_note", "deadline_near"),
            *("outside_answer", "outside_silence", "undeliverable"),
        )
    }
    assert all("unmarked (" in fault.found for fault in found)


def test_words_of_others_outside_of_the_bar_are_a_fault_in_html(tmp_path: Path) -> None:
    found = faults(tmp_path, "_case.html", "{{ quoted(words | excerpt | lines) }}", "{{ words }}")
    assert {fault.found for fault in found} >= {"shows words of others unmarked (words)"}


@pytest.mark.parametrize("name", ["words", "subject", "customer_name"])
def test_words_of_others_as_markup_are_a_fault(tmp_path: Path, name: str) -> None:
    """The hostile specimen stands wherever words of others may: `safe` is found out by it."""
    hole = f"{{{{ ({name} or '') | safe }}}}"
    found = faults(tmp_path, "new_case/en.html", "A new complaint", "A new complaint" + hole)
    assert any("contains" in fault.found for fault in found) == (name == "words")
    assert any("markup" in fault.found for fault in found)


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("part", sorted({part for kind in LETTERS.values() for part in kind.parts}))
def test_no_letter_is_sent_without_a_part_it_must_have(tmp_path: Path, part: str, form: str) -> None:
    """Whether the part stands in the letter's own file or in one that it shares with others."""
    name = re.compile(rf"(?<=block ){part}(?= )|(?<=self\.){part}(?=\()")
    for path in TEMPLATES.rglob(f"*.{form}"):
        copy = tmp_path / path.relative_to(TEMPLATES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(name.sub(f"gone_{part}", path.read_text(encoding="utf-8")), encoding="utf-8")
    letters = Letters.load([tmp_path, TEMPLATES], ["en"], zone=ZoneInfo("UTC"))
    for letter, kind in LETTERS.items():
        if part in kind.parts:
            with pytest.raises(LetterError, match=f"no block '{part}'"):
                letters.render(letter, "en", specimen(letter, "en"))
        else:
            assert letters.render(letter, "en", specimen(letter, "en")).letter == letter
