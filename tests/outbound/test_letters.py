"""Letters in words: golden texts, both forms alike, and nothing that customers or templates can abuse."""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailproc.errors import LetterError
from mailproc.outbound import letters as module
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience
from mailproc.outbound.letters import OUTPUT_LIMIT, Letters
from mailproc.outbound.specimens import bare, specimen
from mailproc.outbound.subjects import base_subject
from mailproc.resources import data_dir

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = data_dir("templates")
BUDAPEST = ZoneInfo("Europe/Budapest")
LANGUAGES = ["en", "hu", "de"]

SSTI = [
    "{{7*7}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ self.__init__.__globals__ }}",
    "{#",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{{ desk_name }}",
    "{% raw %}",
    "%s %(reference)s {0} {reference}",
]
XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' style='background:url(https://track.example/x)",
    "</td></tr></table><h1>We pay you 1000</h1>",
    "<!-- ",
    "]]><a href='javascript:alert(1)'>x</a>",
    "&lt;b&gt; &#60;script&#62;",
    "<a href=https://evil.example>click</a>",
]


def write(letters: Letters, language: str = "en", **changes: object) -> tuple[str, str, str]:
    rendered = letters.render("acknowledgement", language, specimen("acknowledgement", language) | changes)
    return rendered.subject, rendered.text, rendered.html


def words(text: str) -> list[str]:
    return re.findall(r"[\w@.+-]*\w", text)


def seen(html: str) -> str:
    """What a reader sees of the HTML, without the desk's name at the top."""
    body = re.sub(r"(?s)^.*?<body|<!--.*?-->|<div style=\"display:none.*?</div>", "<", html)
    body = re.sub(r"(?s)<td class=\"pad accent\".*?</td>", "", body)
    return html_module.unescape(re.sub(r"<[^<>]*>", " ", body))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_word_for_word(letters: Letters, letter: str, language: str) -> None:
    """A change of words is a change of these files, seen by whoever reviews it."""
    rendered = letters.render(letter, language, specimen(letter, language))
    golden = (GOLDEN / f"{letter}.{language}.txt").read_text(encoding="utf-8")
    assert f"Subject: {rendered.subject}\n\n{rendered.text}" == golden


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [specimen, bare])
@pytest.mark.parametrize("letter", LETTERS)
def test_html_says_what_the_text_says(
    letters: Letters, letter: str, language: str, make: Callable[[str, str], dict[str, object]]
) -> None:
    """Word for word and in the same order: neither reader learns less."""
    rendered = letters.render(letter, language, make(letter, language))
    html = rendered.html
    if LETTERS[letter].to is not Audience.AGENT:  # a letter in text has no headline
        html = re.sub(r"(?s)<h1.*?</h1>", "", html)
    text = rendered.text
    if letter == "survey":  # there are no buttons in text, and no sentence about them
        html = re.sub(r"(?s)<td class=\"dot\" align.*?</td>", "", html)
        html = re.sub(r", (or press one|vagy koppintson|oder tippen Sie)[^<]*", ".", html)
    assert words(seen(html)) == words(text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_text_lines_fit_78_columns_and_are_tidy(letters: Letters, letter: str, language: str) -> None:
    rendered = letters.render(letter, language, specimen(letter, language))
    text, html = rendered.text, rendered.html
    assert max(map(len, text.splitlines())) <= 78
    assert not re.search(r"[ \t]$|\n{3}", text, re.MULTILINE)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n" not in html


def test_the_subject_is_quoted_only_when_it_is_given(letters: Letters) -> None:
    """Decision 14: without an authenticated sender the subject is ours alone."""
    assert write(letters)[0] == "Re: My kettle leaks [C-7F3K-9QXT]"
    subject, text, html = write(letters, quoted_subject=None)
    assert subject == "We have received your complaint [C-7F3K-9QXT]"
    assert "kettle" not in text + html
    assert write(letters, "hu", quoted_subject=None)[0] == "Megkaptuk a panaszát [C-7F3K-9QXT]"


def test_times_are_the_desks_times(letters: Letters) -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    _, text, html = write(letters, received_on=late, decide_by=date(2027, 1, 5))
    assert "Friday 1 January 2027, 00:30" in text
    assert "Friday 1 January 2027, 00:30" in html
    assert "Tuesday 5 January 2027" in text


@pytest.mark.parametrize("payload", [*SSTI, *XSS])
def test_a_customers_subject_stays_text(letters: Letters, payload: str) -> None:
    """S31, S32: template source and markup come out as the letters they are."""
    quoted = base_subject(payload)
    subject, text, html = write(letters, quoted_subject=quoted)
    assert subject == f"Re: {quoted} [C-7F3K-9QXT]"
    assert quoted in text
    plain = write(letters)[2]
    # The same tags as in any other letter, and the payload among what is seen.
    assert re.findall(r"<[^<>]*>", html) == re.findall(r"<[^<>]*>", plain)
    assert " ".join(quoted.split()) in " ".join(seen(html).split())
    assert "49" not in subject


@pytest.mark.parametrize("payload", XSS)
@pytest.mark.parametrize("name", ["desk_name", "desk_phone"])
def test_an_operators_values_are_escaped_too(letters: Letters, name: str, payload: str) -> None:
    html = write(letters, **{name: payload})[2]
    assert re.findall(r"<[^<>]*>", html) == re.findall(r"<[^<>]*>", write(letters)[2])


def test_a_missing_language_falls_back_to_the_first(letters: Letters) -> None:
    for language in ("eo", "", None):
        rendered = letters.render("acknowledgement", language, specimen("acknowledgement", "en"))
        assert rendered.language == "en"
        assert rendered.text.startswith("Hello,")
    hungarian_first = Letters.load([TEMPLATES], ["hu"], zone=BUDAPEST)
    assert hungarian_first.render("acknowledgement", "en", specimen("acknowledgement", "en")).language == "hu"


def test_names_are_exactly_those_of_the_letter(letters: Letters) -> None:
    names = specimen("acknowledgement", "en")
    with pytest.raises(LetterError, match="needs the names"):
        letters.render("acknowledgement", "en", names | {"customer_name": "Ann"})
    del names["reference"]
    with pytest.raises(LetterError, match="needs the names"):
        letters.render("acknowledgement", "en", names)


@pytest.mark.parametrize("name", sorted(LETTERS["acknowledgement"].names))
def test_only_an_optional_name_may_be_nothing(letters: Letters, name: str) -> None:
    if name in LETTERS["acknowledgement"].optional:
        assert "None" not in "".join(write(letters, **{name: None}))
    else:
        with pytest.raises(LetterError, match=f"no value for {name}"):
            write(letters, **{name: None})


def own(tmp_path: Path, files: dict[str, str], languages: tuple[str, ...] = ("en",)) -> Letters:
    """Letters of an operator who replaced some files of the packaged ones."""
    for file, text in files.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Letters.load([tmp_path, TEMPLATES], languages, zone=BUDAPEST)


def edited(file: str, old: str, new: str) -> dict[str, str]:
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    assert old in source
    return {file: source.replace(old, new)}


def test_an_operators_file_replaces_the_packaged_one_alone(tmp_path: Path) -> None:
    letters = own(tmp_path, edited("acknowledgement/en.txt", "Hello,", "Good day,"), ("en", "hu"))
    _, text, html = write(letters)
    assert text.startswith("Good day,")
    assert "Hello," in html
    assert write(letters, "hu")[1].startswith("Tisztelt")


def test_letters_of_an_operator_change_on_restart_only(tmp_path: Path) -> None:
    """Rendering does no I/O: a half-saved edit never reaches a customer."""
    letters = own(tmp_path, edited("acknowledgement/en.txt", "Hello,", "Good day,"))
    (tmp_path / "acknowledgement/en.txt").write_text("{% broken", encoding="utf-8")
    assert write(letters)[1].startswith("Good day,")


def test_an_unknown_name_is_reported_with_file_and_line(tmp_path: Path) -> None:
    letters = own(tmp_path, edited("acknowledgement/en.txt", "Hello,", "Hello {{ customer_name }},"))
    with pytest.raises(
        LetterError, match=r"templates/acknowledgement/en\.txt:3: 'customer_name' is undefined"
    ):
        write(letters)


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("part", LETTERS["acknowledgement"].parts)
def test_a_letter_without_a_required_part_is_not_sent(tmp_path: Path, form: str, part: str) -> None:
    """SR-02: neither form may lack any part. In HTML the layout itself insists on some."""
    file = f"acknowledgement/en.{form}"
    letters = own(tmp_path, edited(file, f"block {part} %}}", "block something_else %}"))
    with pytest.raises(LetterError, match=part):
        write(letters)


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("fact", ["reference", "received_on | moment", "decide_by | date", "desk_address"])
def test_a_letter_that_does_not_mention_a_fact_is_not_sent(tmp_path: Path, form: str, fact: str) -> None:
    file = f"acknowledgement/en.{form}"
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    # In HTML a fact stands also in the hidden preview line, and an address in its link.
    without = re.sub(rf"(?<!block )\b{re.escape(fact)}\b", "'soon'", source)
    letters = own(tmp_path, {file: without})
    with pytest.raises(LetterError, match=f"does not mention {fact.split()[0]}"):
        write(letters)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{% if %}", r"en\.txt:1"),
        ("ok\n{% block x %}", r"en\.txt:2"),
        ("{{ x | no_such_filter }}", "no_such_filter"),
    ],
)
def test_a_template_that_does_not_compile_stops_the_start(
    tmp_path: Path, source: str, complaint: str
) -> None:
    with pytest.raises(LetterError, match=complaint):
        own(tmp_path, {"acknowledgement/en.txt": source})


def test_a_language_that_is_not_the_desks_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "acknowledgement").mkdir()
    (tmp_path / "acknowledgement" / "de.txt").write_text("{% broken", encoding="utf-8")
    letters = Letters.load([tmp_path, TEMPLATES], ["en"], zone=BUDAPEST)
    assert write(letters)[1].startswith("Hello,")
    with pytest.raises(LetterError, match=r"de\.txt:1"):
        Letters.load([tmp_path, TEMPLATES], ["en", "de"], zone=BUDAPEST)


def test_all_broken_files_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(LetterError) as caught:
        own(tmp_path, {"acknowledgement/en.txt": "{% if %}", "acknowledgement/hu.html": "{{"}, ("en", "hu"))
    assert "en.txt" in str(caught.value)
    assert "hu.html" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "acknowledgement").mkdir()
    (tmp_path / "acknowledgement" / "hu.txt").write_bytes("Tisztelt Ügyfelünk!".encode("iso8859-2"))
    with pytest.raises(LetterError, match=r"hu\.txt: is not UTF-8"):
        Letters.load([tmp_path, TEMPLATES], LANGUAGES, zone=BUDAPEST)


def test_a_first_language_without_letters_stops_the_start() -> None:
    with pytest.raises(LetterError, match=r"acknowledgement/eo\.subject\.txt: is missing"):
        Letters.load([TEMPLATES], ["eo", "en"], zone=BUDAPEST)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ desk_name.__class__ }}",
        "{{ received_on.__class__.__subclasses__() }}",
        "{% set _ = [].append(1) %}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ (range(9999999) | list) }}",
        "{{ 1 / 0 }}",
        "{{ decide_by | moment }}",
        "{% include 'nowhere.txt' %}",
        "{% extends 'acknowledgement/en.txt' %}",
        "{% include '../README.md' %}",
    ],
)
def test_the_sandbox_and_every_template_error_end_as_letter_error(tmp_path: Path, source: str) -> None:
    letters = (
        own(tmp_path, edited("acknowledgement/en.txt", "Hello,", "Hello," + source))
        if ("extends" not in source)
        else own(tmp_path, {"acknowledgement/en.txt": source})
    )
    with pytest.raises(LetterError, match="templates/"):
        write(letters)


def test_a_template_that_floods_is_cut_off(tmp_path: Path) -> None:
    flood = "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}"
    letters = own(tmp_path, edited("acknowledgement/en.txt", "Hello,", flood))
    with pytest.raises(LetterError, match=str(OUTPUT_LIMIT)):
        write(letters)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("words_in", "on"),
    [
        *[("#26302f", "#ffffff"), ("#26302f", "#eef5f3"), ("#5b6665", "#f3f0ea"), ("#5b6665", "#eef5f3")],
        *[("#0b5d56", "#ffffff"), ("#ffffff", "#0b5d56")],
        *[("#e6ecea", "#1e2627"), ("#e6ecea", "#243233"), ("#a9b5b3", "#14191a"), ("#a9b5b3", "#243233")],
        *[("#7fd0c4", "#1e2627"), ("#10201e", "#7fd0c4")],
        *[("#8a3d0c", "#fbeadd"), ("#f3c9a4", "#4a2c17")],
    ],
)
def test_words_stand_out_in_light_and_dark(letters: Letters, words_in: str, on: str) -> None:
    html = write(letters)[2] + letters.render("new_case", "en", bare("new_case", "en")).html
    assert words_in in html
    assert on in html
    assert contrast(words_in, on) >= 4.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_can_be_heard_as_well_as_seen(letters: Letters, language: str) -> None:
    """Language stated, real headings, tables for layout marked as such, tables of facts with row headers."""
    html = write(letters, language)[2]
    assert f'<html lang="{language}"' in html
    assert html.count("<h1 ") == 1
    assert html.count("<h2 ") == 3
    tables = re.findall(r"<table[^>]*>", html)
    of_facts = [table for table in tables if 'role="presentation"' not in table]
    assert len(of_facts) == 1
    assert html.count('<th class="stack label quiet line" scope="row"') == 4
    assert html.count("<table") == html.count("</table>")
    assert html.count("<td") == html.count("</td>")
    assert len(html) < 100_000  # Gmail cuts longer letters off


def test_the_readme_tells_every_letter_name_and_part() -> None:
    readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    rows = set(readme.splitlines())
    for letter, kind in LETTERS.items():
        assert f"| `{letter}` | the {kind.to} | {kind.when} |" in rows
        for name, meaning in kind.names.items():
            assert f"| `{name}` | {meaning} |{' ○ ' if name in kind.optional else ' '}|" in rows, (
                letter,
                name,
            )
        for part, fact in kind.parts.items():
            assert re.search(rf"^\| `{part}` \| [^|]+ \|{f' `{fact}` ' if fact else ' '}\|$", readme, re.M)


def test_the_readme_tells_every_filter() -> None:
    readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    filters = {*module._FILTERS, "date", "moment", "file_size"}
    assert {name for name in filters if not re.search(rf"\\\| {name}\b", readme)} == set()
