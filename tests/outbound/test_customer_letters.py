"""Letters that people write to customers through the desk, and the one that asks how it went."""

from __future__ import annotations

import html as html_module
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from mailproc.errors import LetterError
from mailproc.outbound.kinds.kind import Rendered
from mailproc.outbound.letters import Letters
from mailproc.outbound.specimens import specimen

LANGUAGES = ["en", "hu", "de"]
OUTCOMES = ["upheld", "partly_upheld", "not_upheld", "withdrawn", "out_of_scope"]
REMEDIES = ["apology", "replacement", "repair", "refund", "goodwill", "correction", "none"]

every_language = pytest.mark.parametrize("language", LANGUAGES)


def write(letters: Letters, letter: str, language: str = "en", **changes: object) -> Rendered:
    return letters.render(letter, language, specimen(letter, language) | changes)


def spoken(text: str) -> str:
    return " ".join(text.split())


def seen(html: str) -> str:
    return spoken(html_module.unescape(re.sub(r"<[^<>]*>", " ", html)))


def test_an_answer_keeps_its_paragraphs_and_lines(letters: Letters) -> None:
    rendered = write(letters, "reply", words="Dear Ann,\n\none\ntwo\u2028three\r\n\r\n\r\nYours")
    assert rendered.text.startswith("Dear Ann,\n\none\ntwo\nthree\n\nYours\n\n")
    paragraphs = re.findall(r'<p dir="auto"[^>]*>(.*?)</p>', rendered.html)
    assert paragraphs == ["Dear Ann,", "one<br>two<br>three", "Yours"]


@pytest.mark.parametrize("words", ["<b>bold</b> & {{ 7*7 }}", "{% for x in y %}", "</p><script>x</script>"])
def test_what_an_agent_writes_is_neither_markup_nor_template(letters: Letters, words: str) -> None:
    rendered = write(letters, "reply", words=words)
    assert words in rendered.text
    assert words not in rendered.html.replace("&", "\0") or "<" not in words
    assert spoken(words) in seen(rendered.html) or "<" in words
    assert words in html_module.unescape(rendered.html)
    assert "<script" not in rendered.html


def test_the_desk_puts_no_greeting_around_an_agents_words(letters: Letters) -> None:
    """She greets and signs herself."""
    text = write(letters, "reply", words="Dear Ann,\n\nyes.").text
    assert text.startswith("Dear Ann,")
    assert "Hello" not in text
    assert "regards" not in text


@every_language
def test_an_answer_without_name_and_day_is_complete(letters: Letters, language: str) -> None:
    rendered = write(letters, "reply", language, agent_name=None, decide_by=None, desk_phone=None)
    for form in (rendered.text, rendered.html):
        assert "C-7F3K-9QXT" in form
        assert "complaints@example.com" in form
        assert "None" not in form


@every_language
def test_every_outcome_has_a_sentence_of_its_own(letters: Letters, language: str) -> None:
    sentences = set()
    for outcome in [*OUTCOMES, "something_new"]:
        rendered = write(letters, "resolution", language, outcome=outcome)
        said = re.search(r'<td class="words" colspan="2"[^>]*>([^<]+)</td>', rendered.html)
        assert said is not None
        assert said[1] in spoken(rendered.text)
        sentences.add(said[1])
    assert len(sentences) == len(OUTCOMES) + 1


@pytest.mark.parametrize(
    ("language", "outcome", "words"),
    [
        ("en", "upheld", "We uphold it in full."),
        ("en", "not_upheld", "we cannot uphold it."),
        ("hu", "upheld", "teljes egészében helyt adunk"),
        ("hu", "not_upheld", "nem tudunk helyt adni"),
        ("de", "upheld", "in vollem Umfang statt"),
        ("de", "not_upheld", "nicht stattgeben"),
        ("en", "referred", "come to a decision"),
        ("hu", "referred", "döntöttünk róla"),
        ("de", "referred", "eine Entscheidung getroffen"),
    ],
)
def test_a_decision_says_what_was_decided(letters: Letters, language: str, outcome: str, words: str) -> None:
    rendered = write(letters, "resolution", language, outcome=outcome)
    assert words in spoken(rendered.text)
    assert words in seen(rendered.html)


@every_language
def test_every_remedy_has_a_sentence_of_its_own(letters: Letters, language: str) -> None:
    plain = write(letters, "resolution", language, remedy="none", amount=None).text
    texts = {write(letters, "resolution", language, remedy=key, amount=None).text for key in REMEDIES}
    assert len(texts) == len(REMEDIES)
    assert write(letters, "resolution", language, remedy=None, amount=None).text == plain


@pytest.mark.parametrize(
    ("language", "none"),
    [
        ("en", "No remedy, such as a refund"),
        ("hu", "nem jár jóvátétel"),
        ("de", "keine Wiedergutmachung"),
    ],
)
def test_a_decision_without_a_remedy_says_so(letters: Letters, language: str, none: str) -> None:
    for remedy in (None, "none"):
        rendered = write(letters, "resolution", language, remedy=remedy, amount=None)
        assert none in spoken(rendered.text)
        assert none in seen(rendered.html)
    assert none not in spoken(write(letters, "resolution", language, remedy="refund").text)


def test_a_remedy_of_the_desks_own_is_named(letters: Letters) -> None:
    text = write(letters, "resolution", remedy="free_delivery", amount="2 months").text
    assert "What we do for you: free delivery.\nAmount: 2 months\n" in text


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "by Tuesday 22 December 2026"),
        ("hu", "eddig a napig teheti meg: 2026. december 22., kedd"),
        ("de", "bis Dienstag, 22. Dezember 2026"),
    ],
)
def test_a_decision_says_how_and_until_when_to_disagree(letters: Letters, language: str, day: str) -> None:
    rendered = write(letters, "resolution", language)
    assert day in spoken(rendered.text)
    assert day in seen(rendered.html)
    body = str(specimen("resolution", language)["external_body"])
    assert body in rendered.text
    assert body not in write(letters, "resolution", language, external_body=None).text
    with pytest.raises(LetterError, match="no value for reopen_until"):
        write(letters, "resolution", language, reopen_until=None)


@every_language
def test_a_score_is_one_press_and_one_mail(letters: Letters, language: str) -> None:
    """The buttons start a mail to the signed address; they open no page."""
    rendered = write(letters, "survey", language)
    links = [html_module.unescape(link) for link in re.findall(r'href="([^"]*)"', rendered.html)]
    scores = [urlsplit(link) for link in links if "body=" in link]
    assert [parse_qs(link.query)["body"] for link in scores] == [[str(score)] for score in range(1, 6)]
    assert {link.scheme for link in scores} == {"mailto"}
    assert {link.path for link in scores} == {specimen("survey", language)["score_address"]}
    assert {parse_qs(link.query)["subject"][0] for link in scores} == {"[C-7F3K-9QXT]"}


@every_language
def test_a_survey_asks_two_questions_and_takes_no_for_an_answer(letters: Letters, language: str) -> None:
    rendered = write(letters, "survey", language)
    assert rendered.text.count("?") == 2
    for form in (spoken(rendered.text), seen(rendered.html)):
        assert re.search(r"[“„]stop[”“]", form)


@every_language
@pytest.mark.parametrize("letter", ["reply", "resolution"])
def test_without_proof_of_the_sender_the_subject_is_ours_alone(
    letters: Letters, letter: str, language: str
) -> None:
    subject = str(specimen(letter, language)["quoted_subject"])
    assert write(letters, letter, language).subject == f"Re: {subject} [C-7F3K-9QXT]"
    bare = write(letters, letter, language, quoted_subject=None)
    assert bare.subject.endswith(" [C-7F3K-9QXT]")
    assert subject not in bare.subject + bare.html
