"""The digest: how to answer comes first, bars that every mail program draws, and no customer's markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mailproc.cases.trends import Change
from mailproc.outbound.dates import short_moment
from mailproc.outbound.digest import Line, Section, Why, trends
from mailproc.outbound.letters import Letters
from mailproc.outbound.specimens import MARKUP, hostile, specimen

every_language = pytest.mark.parametrize("language", ["en", "hu", "de"])
AT = datetime(2026, 11, 23, 16, 5, tzinfo=ZoneInfo("Europe/Budapest"))


@every_language
@pytest.mark.parametrize("letter", ["digest", "digest_receipt"])
def test_the_first_line_shows_how_to_answer(letters: Letters, letter: str, language: str):
    example = {"en": "3 assign Bob", "hu": "3 átad Bob", "de": "3 zuweisen Bob"}[language]
    rendered = letters.render(letter, language, specimen(letter, language))
    assert example in rendered.text.split("\n\n")[1]
    assert example in rendered.html.split("<h1")[0]


@every_language
@pytest.mark.parametrize("why", Why)
def test_every_reason_has_words_in_every_language(letters: Letters, why: Why, language: str):
    line = Line(
        number=1, reference="C-7F3K-9QXT", subject="", why=(why,), owner="Bea", to="Carl", due_at=AT, since=AT
    )
    names = specimen("digest", language) | {"sections": (Section(id="today", lines=(line,)),)}
    text = letters.render("digest", language, names).text
    (row,) = re.findall(r"C-7F3K-9QXT .*\n((?:     .*\n)+)", text)
    assert re.search(r"\w+.*; Bea$", " ".join(row.split()))
    assert f" {why};" not in row.replace("waits for approval;", "")
    assert "%(" not in text


@every_language
@pytest.mark.parametrize("section", ["today", "soon", "stuck", "above"])
def test_every_section_has_a_heading(letters: Letters, section: str, language: str):
    line = Line(number=1, reference="C-7F3K-9QXT", subject="x", why=())
    names = specimen("digest", language) | {"sections": (Section(id=section, lines=(line,)),)}
    assert f"\n{section}\n" not in letters.render("digest", language, names).text


def test_a_subject_is_shown_as_one_short_line_of_text(letters: Letters):
    rendered = letters.render("digest", "en", hostile("digest", "en"))
    assert MARKUP not in rendered.html
    assert "{{7*7}}" in rendered.text  # as it was written
    (shown,) = set(re.findall(r"C-7F3K-9QXT  (.*)", rendered.text))
    assert len(shown) <= 46
    line = Line(
        number=1, reference="C-7F3K-9QXT", subject="long " * 100, why=("overdue",), owner=None, due_at=AT
    )
    full = (
        Section(id="today", lines=(line,) * 37),
        *(Section(id=id, lines=(line,)) for id in ("soon", "stuck", "above")),
    )
    html = letters.render("digest", "en", specimen("digest", "en") | {"sections": full}).html
    assert len(html) < 102_000  # Gmail cuts longer letters off


def test_bars_are_cells_with_a_width_and_a_colour(letters: Letters):
    names = specimen("digest", "en") | {
        "trends": trends(
            [Change(name="received", now=40, before=10), Change(name="decided", now=0, before=1)]
        )
    }
    rendered = letters.render("digest", "en", names)
    cells = re.findall(
        r'<td[^>]*bgcolor="#\w+" width="(\d+)%"', rendered.html.partition("Received in seven days")[2]
    )
    assert cells == ["100", "25", "2"]  # nothing has no bar
    assert "now        40  ████████████████████\n" in rendered.text
    assert "before     10  █████\n" in rendered.text
    assert "now         0\n" in rendered.text
    assert "before      1  █\n" in rendered.text
    assert "<img" not in rendered.html


def test_what_does_not_add_up_is_not_said_to(letters: Letters):
    post = specimen("digest", "en")["post"]
    names = specimen("digest", "en") | {"post": replace(post, received=5, handled=4, waiting=1)}  # type: ignore[type-var]
    assert "received 5, handled 4, 1 open" in letters.render("digest", "en", names).text


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Mon 23 Nov, 16:05"), ("hu", "nov. 23. hétfő, 16:05"), ("de", "Mo 23. Nov., 16:05"),
     ("fr", "11-23 16:05")],
)  # fmt: skip
def test_a_short_moment_is_in_its_own_zone(language: str, written: str):
    assert short_moment(AT, language) == written
    assert short_moment(AT.astimezone(ZoneInfo("UTC")), "en") == "Mon 23 Nov, 15:05"
    with pytest.raises(ValueError, match="no time zone"):
        short_moment(datetime(2026, 11, 23), language)
