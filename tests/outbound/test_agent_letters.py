"""Letters to agents: what a reply will do comes first, and nothing in them passes for ours that is not."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailproc.inbound.reply_phrases import DELIMITERS
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Audience, FileState, Rendered
from mailproc.outbound.letters import Letters
from mailproc.outbound.quoted import BAR, EXCERPT_LIMIT
from mailproc.outbound.specimens import CANARY, hostile, specimen
from mailproc.outbound.specimens.shapes import Exchange, File

BUDAPEST = ZoneInfo("Europe/Budapest")
LANGUAGES = ["en", "hu", "de"]
AGENT_LETTERS = [letter for letter, kind in LETTERS.items() if kind.to is Audience.AGENT]
CASE_LETTERS = ["new_case", "follow_up", "colleague_note", "undeliverable"]

ABOUT_A_CASE = [letter for letter in AGENT_LETTERS if "reference" in LETTERS[letter].names]

every_letter = pytest.mark.parametrize("letter", AGENT_LETTERS)
every_letter_about_a_case = pytest.mark.parametrize("letter", ABOUT_A_CASE)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def write(letters: Letters, letter: str, language: str = "en", **changes: object) -> Rendered:
    return letters.render(letter, language, specimen(letter, language) | changes)


def seen(html: str) -> str:
    body = re.sub(r"(?s)^.*?<body[^>]*>|<!--.*?-->", "", html)
    return " ".join(html_module.unescape(re.sub(r"<[^<>]*>", " ", body)).split())


@every_letter
@every_language
def test_the_line_above_which_a_reply_stands_comes_first(
    letters: Letters, letter: str, language: str
) -> None:
    """The reader of replies knows the very words."""
    rendered = write(letters, letter, language)
    assert rendered.text.startswith(DELIMITERS[language] + "\n")
    assert seen(rendered.html).startswith(DELIMITERS[language])


@pytest.mark.parametrize("letter", [letter for letter in ABOUT_A_CASE if letter != "confirm"])
@every_language
def test_the_first_sentence_says_what_a_reply_does(letters: Letters, letter: str, language: str) -> None:
    names = specimen(letter, language)
    answer = write(letters, letter, language, does="answer")
    note = write(letters, letter, language, does="note")
    to = f"{names['customer_name']} <{names['customer_email']}>"
    internal = {"en": "internal note", "hu": "belső feljegyzés", "de": "interne Notiz"}[language]
    for form in ("text", "html"):
        top = " ".join(str(getattr(answer, form)).split("<h1")[0].split())
        assert to in (html_module.unescape(top) if form == "html" else top[:300])
    assert to not in " ".join(note.text.split("\n\n")[1].split())
    assert internal in " ".join(note.text.split("\n\n")[1].split())
    assert internal in seen(note.html)[:600]
    assert internal not in answer.text + answer.html


def test_without_an_address_a_reply_cannot_be_an_answer(letters: Letters) -> None:
    rendered = write(letters, "new_case", does="answer", customer_email=None, customer_name=None)
    assert "internal note" in rendered.text.split("\n\n")[1]
    assert "no address that could be written to" in rendered.text


@every_language
def test_a_confirmation_asks_for_one_word(letters: Letters, language: str) -> None:
    rendered = write(letters, "confirm", language)
    word = {"en": "“yes”", "hu": "„igen”", "de": "„ja“"}[language]
    assert word in rendered.text.split("\n\n")[1]
    assert word in seen(rendered.html)[:300]


@pytest.mark.parametrize("letter", [*ABOUT_A_CASE, "report"])
@every_language
def test_an_enemys_words_stay_words_and_carry_their_mark(
    letters: Letters, letter: str, language: str
) -> None:
    """S45: every line of them, in both forms; no element, no link, no line of the frame is theirs."""
    enemy, friend = (letters.render(letter, language, make(letter, language)) for make in (hostile, specimen))
    lines = enemy.text.splitlines()
    assert all(line.startswith(BAR) for line in lines if CANARY in line)
    assert DELIMITERS[language] in lines[0]
    known = set(re.findall(r"<(\w+)", friend.html)) | {"p", "table", "td", "tr", "div", "br", "span"}
    assert set(re.findall(r"<(\w+)", enemy.html)) <= known
    assert CANARY not in re.sub(r'<div class="quoted" dir="auto">[^<]*</div>', "", enemy.html)
    assert "<a " not in enemy.html
    assert "href" not in enemy.html
    assert "49" not in enemy.subject
    assert ("{{7*7}}" in enemy.subject) == (letter in ABOUT_A_CASE)


@every_letter_about_a_case
@every_language
def test_a_customers_reference_in_his_subject_does_not_become_ours(
    letters: Letters, letter: str, language: str
) -> None:
    """Our reference stands once, and stands before whatever the customer calls the matter."""
    subject = letters.render(letter, language, hostile(letter, language)).subject
    assert re.findall(r"\[C-[^\]]*\]", subject) == ["[C-7F3K-9QXT]"]
    assert subject.index("[C-7F3K-9QXT]") < subject.index("{{7*7}}")
    assert len(subject) <= 140
    assert subject.isprintable()


@pytest.mark.parametrize("letter", CASE_LETTERS)
@every_language
def test_whether_the_sender_is_proved_stands_in_a_place_of_its_own(
    letters: Letters, letter: str, language: str
) -> None:
    proved = {
        "en": "confirmed by mail host",
        "hu": "a levelezőszerver igazolta",
        "de": "vom Mailserver bestätigt",
    }
    doubted = {"en": "NOT confirmed", "hu": "NINCS igazolva", "de": "NICHT bestätigt"}
    name = f"Ann ({proved[language]})"
    for authenticated, words, others in ((True, proved, doubted), (False, doubted, proved)):
        rendered = write(letters, letter, language, authenticated=authenticated, customer_name=name)
        row = next(line for line in rendered.text.splitlines() if line.endswith(words[language]))
        assert row.split(maxsplit=1)[1] == words[language]
        badge = re.search(r'<span class="(dot|warn)"[^<>]*>([^<]*)</span>', rendered.html)
        assert badge is not None
        label, _, says = badge[2].partition(": ")
        assert label
        assert (badge[1], says) == ("dot" if authenticated else "warn", words[language])
        assert f">{others[language]}<" not in rendered.html


def test_long_mails_are_cut_and_say_so(letters: Letters) -> None:
    cut = "The mail is longer than this; the case keeps all of it."
    long = write(letters, "new_case", words="kettle " * EXCERPT_LIMIT)
    short = write(letters, "new_case", words="kettle")
    assert cut in long.text
    assert cut in long.html
    assert cut not in short.text + short.html
    assert long.text.count("kettle") < EXCERPT_LIMIT / len("kettle ") + 5
    assert len(long.html) < 102_000  # Gmail cuts longer letters off


def test_a_returned_reply_comes_back_complete(letters: Letters) -> None:
    """Nothing an agent wrote is lost, however long: 256 KiB is the most that is read of a reply."""
    words = "".join(f"{number:07d}\n" for number in range(32_768))
    rendered = write(letters, "returned", words=words)
    for form in (rendered.text, rendered.html):
        assert all(f"{number:07d}" in form for number in range(0, 32_768, 1009))
    assert rendered.text.count(BAR) >= 32_768


def test_even_the_worst_reply_can_be_returned(letters: Letters) -> None:
    assert len(write(letters, "returned", words="\"'" * 131_072).html) > 1_000_000
    assert write(letters, "returned", words="<\n" * 131_072).html.count('class="quoted"') == 131_073


@every_language
def test_where_there_are_no_words_no_heading_stands_above_them(letters: Letters, language: str) -> None:
    heading = {"en": "Your words", "hu": "Az Ön szavai", "de": "Ihr Text, vollständig"}[language]
    with_words = write(letters, "returned", language, since=None)
    without = write(letters, "returned", language, since=None, words=None)
    for form in ("text", "html"):
        assert heading in getattr(with_words, form)
        assert heading not in getattr(without, form)
    assert BAR not in without.text
    assert 'class="quoted"' not in without.html


def test_a_link_is_never_clickable_and_its_host_is_told(letters: Letters) -> None:
    rendered = write(letters, "new_case", words="Look: https://bank.example@evil.example/login")
    assert "Links in it lead to: evil.example\n" in rendered.text
    assert "Links in it lead to: evil.example<" in rendered.html
    assert "https://bank.example@evil.example/login" in rendered.html
    assert "<a" not in rendered.html
    assert "Links in it" not in write(letters, "new_case", words="No link.").text


def test_attachments_say_what_became_of_them(letters: Letters) -> None:
    files = [
        File(name="a.jpg", size=10_000, state="attached"),
        File(name="b\u202egpj.exe\u2028Sender confirmed", size=20, state="blocked"),
        File(name="c.mp4", size=99_000_000, state="too_large"),
    ]
    rendered = write(letters, "new_case", attachments=files)
    assert "  a.jpg\n    10 kB, enclosed\n" in rendered.text
    assert (
        "  bgpj.exe Sender confirmed\n    20 B, may be harmful, so not sent on; kept with the case\n"
        in rendered.text
    )
    assert "  c.mp4\n    99.0 MB, too large to send on; kept with the case\n" in rendered.text
    assert "Attachments" not in write(letters, "new_case", attachments=()).text


@pytest.mark.parametrize("state", FileState)
@every_language
def test_every_state_of_a_file_has_words_of_its_own(
    letters: Letters, state: FileState, language: str
) -> None:
    said = {
        write(letters, "new_case", language, attachments=(File(name="a", size=1, state=other),))
        .text.partition("1 B, ")[2]
        .partition("\n")[0]
        for other in FileState
    }
    assert len(said) == len(FileState)
    assert state.value not in said
    rendered = write(letters, "new_case", language, attachments=(File(name="a", size=1, state=state),))
    assert any(words in seen(rendered.html) for words in said)


def test_words_that_the_desk_does_not_know_are_shown_as_they_are(letters: Letters) -> None:
    rendered = write(
        letters,
        "new_case",
        status="merged",
        attachments=(replace(File(name="a", size=1, state=""), state="scanning"),),
        exchanges=(
            Exchange(at=specimen("new_case", "en")["received_on"], who="Carl", what="took it"),  # type: ignore[arg-type]
        ),
    )
    assert "Status          merged" in rendered.text
    assert "1 B, scanning" in rendered.text
    assert "Sunday 22 November 2026, 10:15: Carl took it\n" in rendered.text


def test_the_owner_is_told_that_it_is_her(letters: Letters) -> None:
    assert "Owner           Bea Baker (you)" in write(letters, "new_case").text
    assert "Owner           Carl Cook\n" in write(letters, "new_case", owner="Carl Cook").text
    assert "Owner           nobody yet" in write(letters, "new_case", owner=None).text


@every_language
def test_a_refusal_tells_the_reason_every_remedy_and_what_happened_since(
    letters: Letters, language: str
) -> None:
    names = specimen("returned", language)
    rendered = write(letters, "returned", language)
    text = " ".join(rendered.text.split())
    for sentence in [names["reason"], *names["remedies"]]:  # type: ignore[misc]
        assert str(sentence) in text
        assert str(sentence) in html_module.unescape(rendered.html)
    heading = {
        "en": "What happened in the meantime",
        "hu": "Ami időközben történt",
        "de": "Was inzwischen geschah",
    }
    assert heading[language] in rendered.text
    assert heading[language] not in write(letters, "returned", language, since=None).text


@every_letter
def test_every_letter_warns_not_to_forward_it(letters: Letters, letter: str) -> None:
    """The reply address in it stands for the agent."""
    assert "is for Bea Baker alone" in write(letters, letter).text
    assert "is for Bea Baker alone" in write(letters, letter).html


def test_text_of_right_to_left_languages_finds_its_side(letters: Letters) -> None:
    html = write(letters, "new_case", words="שלום עולם").html
    assert '<div class="quoted" dir="auto">שלום עולם</div>' in html


@every_language
def test_a_colleague_who_joined_another_case_is_named_with_what_came(letters: Letters, language: str) -> None:
    merged = {"deeds": ("merged",), "kind": "merged", "words": "C-2222-2222 goes on in this case."}
    rendered = write(letters, "colleague_note", language, **merged)
    verb = {"en": "has joined another case", "hu": "vont össze", "de": "zusammengeführt"}[language]
    assert verb in " ".join(rendered.text.split())
    assert verb in seen(rendered.html)
    assert f"{BAR} C-2222-2222 goes on in this case." in rendered.text


@every_language
def test_of_many_cases_a_reply_does_nothing_and_each_line_is_a_case_of_ours(
    letters: Letters, language: str
) -> None:
    nothing = {"en": "does nothing", "hu": "semmi sem történik", "de": "bewirkt nichts"}[language]
    rendered = letters.render("outage", language, hostile("outage", language))
    assert nothing in " ".join(rendered.text.split("\n\n")[1].split())
    assert nothing in seen(rendered.html)[:600]
    references = [line.reference for line in specimen("outage", language)["lines"]]  # type: ignore[attr-defined]
    lines = rendered.text.splitlines()
    starts = re.findall(r"^\[(C-[^\]]*)\]", rendered.text, re.MULTILINE)
    assert starts == references, "no subject of a customer makes a line of its own"
    assert all(len(line) < 400 for line in lines)
    for reference in (*references, "C-2222-2222", "C-9QXT-7F3K"):
        assert reference in rendered.text and reference in rendered.html


@pytest.mark.parametrize("language", ["en", "hu", "de"])
def test_the_dates_of_the_specimen_of_an_escalation_tell_one_story(language: str):
    """It was written about and came, was due and late, was not answered, and is to be answered after that."""
    names: Any = specimen("escalation", language)
    told = [
        datetime.strptime(found, "%Y-%m-%d %H:%M").replace(tzinfo=BUDAPEST)
        for sentence in names["why"]
        for found in re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", sentence)
    ]
    story = [names["exchanges"][0].at, names["received_on"], *told, names["answer_by"]]
    assert len(told) == 2 and story == sorted(story)
    assert told[0].date() == names["decide_by"]
    mails = [file.name[:16] for file in names["attachments"] if file.name.endswith(".eml")]
    came = [names["received_on"], names["exchanges"][0].at]
    assert mails == [f"{at.astimezone(BUDAPEST):%Y-%m-%d %H.%M}" for at in came]
    assert names["owner"] == names["author"] != names["agent_name"]
