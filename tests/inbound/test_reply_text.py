"""What is new in a reply comes out whole, and no quoted word ever comes out with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproc.errors import TooComplex
from mailproc.inbound import reply_frames, reply_second, reply_text
from mailproc.inbound.parse import parse
from mailproc.inbound.reply_phrases import DELIMITER, DELIMITERS
from mailproc.inbound.reply_text import BODY_CHARS, BODY_LINES, NewWords, new_words
from tests.inbound.reply_shapes import (
    ANSWERS,
    APPENDED,
    BELOW,
    CANARY,
    HEADERS,
    HTML,
    PROSE,
    SEPARATORS,
    SHAPES,
    WORDS,
    Shape,
)
from tests.inbound.test_corpus_parsing import CORPUS, entries, read, squeezed

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_words_above_a_quotation_come_out_exactly(shape: Shape) -> None:
    words = WORDS[shape.language]
    found = new_words(shape.top(words))
    assert found == NewWords(text=words, quoted=True, signature=shape.appended)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.marked], ids=str)
def test_words_below_a_marked_quotation_come_out_exactly(shape: Shape) -> None:
    words = WORDS[shape.language]
    assert new_words(shape.bottom(words)) == NewWords(text=words, quoted=True)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.marked], ids=str)
def test_answers_between_marked_lines_come_out_in_order(shape: Shape) -> None:
    top, answers = BELOW[shape.language], ANSWERS[shape.language]
    found = new_words(shape.inline(top, answers))
    assert found == NewWords(text="\n\n".join((top, *answers)), quoted=True, inline=True)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if not shape.marked], ids=str)
def test_where_nothing_is_marked_answers_within_the_quotation_are_doubtful(shape: Shape) -> None:
    """Nobody can tell whose words those are, so what is left is not sent."""
    below = new_words(shape.bottom(WORDS[shape.language]))
    inline = new_words(shape.inline(BELOW[shape.language], ANSWERS[shape.language]))
    assert (below.text, below.doubtful) == ("", "no new words are left")
    assert inline.text == BELOW[shape.language]
    assert "points to words within the quotation" in inline.doubtful


def test_the_table_holds_fourteen_programs_in_four_languages() -> None:
    assert len({shape.program for shape in SHAPES}) == 14
    assert len({str(shape) for shape in SHAPES}) == 14 * 4


@pytest.mark.parametrize("language", DELIMITERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_below_our_line_nothing_is_new_in_any_program(shape: Shape, language: str) -> None:
    letter = (
        f"{DELIMITERS[language]}\n\nReply to this mail and {CANARY}\n\n│ {CANARY} words\n│\nCase {CANARY}"
    )
    words = WORDS[shape.language]
    assert new_words(shape.top(words, letter)) == NewWords(text=words, quoted=True, signature=shape.appended)


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("_say.*.txt")), ids=lambda file: file.name)
def test_the_line_of_our_letters_is_the_line_we_look_for(file: Path) -> None:
    written = [line for line in file.read_text(encoding="utf-8").splitlines() if "set delimiter" in line]
    assert [DELIMITERS[file.name.split(".")[1]]] == [line.split('"')[1] for line in written]


@pytest.mark.parametrize(
    "around", ["{}", "> {}", "> > *{}*", "  {}  ", "│ {}", "**{}** and more on this line"]
)
def test_our_line_is_found_however_a_program_dresses_it(around: str) -> None:
    dressed = around.format(DELIMITER.upper().replace("---", "—"))
    found = new_words(f"Thank you.\n\n{dressed}\n{CANARY}\n> {CANARY}\n")
    assert (found.text, found.quoted) == ("Thank you.", True)


def test_words_below_our_marked_line_are_not_lost_unseen() -> None:
    found = new_words(f"Hello,\n\n> {DELIMITER}\n> {CANARY}\n\nI answer down here.\n")
    assert found.text == "Hello,"
    assert "words below the line" in found.doubtful


def test_an_unknown_header_above_our_line_is_doubtful() -> None:
    found = new_words(f"Kösz.\n\nAnn 2025-03-03 scripsit:\n\n{DELIMITER}\n{CANARY}")
    assert CANARY not in found.text
    assert "looks like its header" in found.doubtful


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "open"])
def test_headers_of_other_languages_end_the_words(language: str, mark: str) -> None:
    quotation = "\n".join(f"{mark}{line}" for line in (f"{CANARY} one", "", f"two {CANARY}"))
    found = new_words(f"It is on its way.\nSorry.\n{HEADERS[language]}\n\n{quotation}\n")
    assert found == NewWords(text="It is on its way.\nSorry.", quoted=True)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_what_follows_a_separator_is_quoted(separator: str) -> None:
    assert new_words(f"Yes.\n\n{separator}\n\n{CANARY}\n") == NewWords(text="Yes.", quoted=True)


@pytest.mark.parametrize("line", APPENDED)
def test_what_a_telephone_appends_is_no_word_of_hers(line: str) -> None:
    found = new_words(f"Yes, we will.\n\n{line}\n\n\n{HEADERS['no verb']}\n\n{CANARY}")
    assert found == NewWords(text="Yes, we will.", quoted=True, signature=line)


@pytest.mark.parametrize("mark", ["-- ", "--", "—", "__"])
def test_a_signature_is_cut_off_and_kept_apart(mark: str) -> None:
    found = new_words(f"Yes.\n\n{mark}\nCarol Clerk\nDesk\n\n> quoted\n")
    assert found == NewWords(text="Yes.", quoted=True, signature=f"{mark.rstrip()}\nCarol Clerk\nDesk")


def test_much_text_below_a_signature_mark_is_doubtful() -> None:
    assert "signature" in new_words("Yes.\n--\n" + "words of hers\n" * 16).doubtful
    assert new_words("Yes.\n-- \n" + "Carol Clerk\n" * 16).doubtful == ""


@pytest.mark.parametrize("text", PROSE)
def test_what_a_person_writes_is_kept_whole(text: str) -> None:
    assert new_words(text) == NewWords(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\n\nOn Monday he wrote:\n\nit leaks\n\nWe will mend it.",
        "Hello,\n\nOn 3 May at 10:30 you wrote:\n\nit leaks\n\nWe will mend it.",
        "The trip was\nFrom: Vienna\nTo: Budapest\nDate: 3 May\n\nand it was late.",
        "Yes.\n\nFrom: ann@example.org\nTo: desk@example.com\n\nit leaks",
    ],
)
def test_what_only_looks_like_a_header_is_cut_and_doubtful(text: str) -> None:
    found = new_words(text)
    assert found.text
    assert len(found.text) < len(text)
    assert found.doubtful


def test_labels_far_apart_are_no_block_of_headers() -> None:
    far = ["from: the shop", *["a, b"] * (reply_frames.BLOCK_STRAY + 1), "to: ann@example.org", "subject: c"]
    assert reply_frames.find_block(far, 0) is None
    assert reply_frames.find_block([far[0], *far[2:]], 0) is not None


def test_words_only_between_quoted_lines_are_inline() -> None:
    assert new_words("> one\n\nYes.\n\n> two") == NewWords(text="Yes.", quoted=True, inline=True)
    assert not new_words("> one\n\nYes.").inline


@pytest.mark.parametrize("header", ["On 3 Mar 2025 at 10:00, Ann <ann@example.org> wrote:", SEPARATORS[0]])
def test_a_header_without_a_quotation_is_doubtful(header: str) -> None:
    assert "without a quotation" in new_words(f"Yes.\n\n{header}\n").doubtful


@pytest.mark.parametrize("text", ["", " \n\t\n", "> quoted\n> only", f"{DELIMITER}\nwords", "-- \nCarol"])
def test_when_nothing_is_left_the_result_is_doubtful(text: str) -> None:
    found = new_words(text)
    assert found.text == ""
    assert "no new words are left" in found.doubtful


def test_a_quoted_line_folded_out_of_its_marks_does_not_come_out() -> None:
    long = "the handle of it came off on the second day after I had bought"
    found = new_words(f"Yes.\n\n> {long}\n{CANARY} it\n> in your shop\n")
    assert found.text == "Yes."
    assert "may belong to the quotation" in found.doubtful


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Thank you, desk+a1abcdefgh@example.com", "a reply address of ours"),
        ("Yes. This mail is for\n> Carol alone: a reply counts as yours.", "words of our own letter"),
        ("Yes.\n\n│ the customer's words", "words of our own letter"),
    ],
)
def test_a_rest_of_our_own_letter_is_doubtful(text: str, reason: str) -> None:
    phrases = ("This mail is for Carol alone", "yes")
    found = new_words(text.replace("> ", ""), own_addresses=("Desk@example.com",), own_phrases=phrases)
    assert reason in found.doubtful


def test_the_desks_plain_address_and_short_phrases_are_no_rest() -> None:
    found = new_words(
        "Write to desk@example.com. Yes.", own_addresses=("desk@example.com",), own_phrases=("yes",)
    )
    assert found.doubtful == ""


def test_what_only_the_second_reader_sees_is_cut_and_doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without our table of labels the library still knows the block."""
    text = f"Yes.\n\nFrom: Ann Archer\nSent: Monday\nTo: Desk\nSubject: kettle\n\n{CANARY}"
    assert new_words(text) == NewWords(text="Yes.", quoted=True)
    monkeypatch.setattr(reply_frames, "LABELS", {})
    found = new_words(text)
    assert CANARY not in found.text
    assert "second reader" in found.doubtful


@pytest.mark.parametrize("program", HTML)
def test_replies_that_are_only_html_are_cut_too(program: str) -> None:
    message = parse(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HTML[program].encode())
    assert CANARY in message.text
    found = new_words(message.text, from_html=message.text_from_html)
    assert " ".join(found.text.split()) == "Yes. Carol"
    assert (found.quoted, found.doubtful) == (True, "")


# Limits on work: what is read, what the library is shown, and how the work grows.

HOSTILE = (
    "\n", " ", "\t\n", ">", "> ", ">\n", "> " + "x" * 70 + "\ny\n", "On On On ", "On ", "On \n",
    "On x wrote:\n", "Am 1. schrieb ", "Le a écrit ", "Den 1 skrev ", "tir 1 skrev x\n", "Dne napsal(a) \n",
    "2025年1月1日(月) 10:00 <", "From:\n", "From: ", "From: a@b\n", "To: a\nx,y\n", "a:\n", "* ", "-----",
    "_" * 32 + "\n", "--\n", "<", "a", "0", "<a@b.c> 10:00 2025:\n", "outlook ios ", "von meinem " * 8 + "\n",
    "sent from my " * 9 + "\n", "│\n", "ﷺ", "a\n\n",
)  # fmt: skip


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_megabyte_is_cut_before_the_library_sees_it(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    class Watched:
        def search(self, text: str) -> None:
            shown.append(text)

    monkeypatch.setattr(reply_second, "_patterns", Watched)
    found = new_words((pattern * 2**20)[: 2**20])
    assert "too long" in found.doubtful
    assert len(found.text) <= BODY_CHARS
    for text in shown:
        assert len(text) <= reply_second.READ_CHARS
        assert text.count("\n") < reply_second.READ_LINES
        assert max(map(len, text.split("\n"))) <= reply_second.READ_LINE_CHARS


def steps(run: Callable[[], object]) -> int:
    """Count the calls, in Python and in C, that our modules make."""
    count = 0
    ours = {module.__file__ for module in (reply_text, reply_frames, reply_second)}

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        if event in ("call", "c_call") and frame.f_code.co_filename in ours:
            count += 1

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("pattern", HOSTILE)
def test_twice_the_text_is_at_most_twice_the_work(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_second, "find_header", lambda text: None)  # has limits of its own
    once, twice = ((pattern * size)[:size] for size in (8_192, 16_384))
    assert steps(lambda: new_words(twice)) <= 2.3 * steps(lambda: new_words(once)) + 100


def test_no_pattern_is_matched_against_more_than_a_line() -> None:
    """Regular expressions do their work unseen by the count above, so what they are given is bounded."""
    line = "On 1:00 a@b wrote " * 100_000
    assert len(reply_frames.plain(line)) <= reply_frames.LINE_CHARS
    assert reply_frames.find_attributions([line[:2048] + ":"] * 4) == {}
    assert not reply_frames.is_appended("sent from my " * 100)


def test_lines_and_characters_over_the_limit_are_not_read() -> None:
    assert CANARY not in new_words("a\n" * BODY_LINES + CANARY).text
    assert CANARY not in new_words("a" * BODY_CHARS + CANARY).text
    assert new_words("a\n" * 1_000 + CANARY).text.endswith(CANARY)


LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [
                "",
                "-- ",
                ">",
                "> x",
                "│ x",
                DELIMITER,
                "From: a@b",
                "Subject: x",
                "To: c",
                *SEPARATORS,
                *APPENDED,
            ]
        ),
        st.sampled_from([line for header in HEADERS.values() for line in header.split("\n")]),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(lines=LINES, from_html=st.booleans(), phrases=st.lists(st.text(max_size=30), max_size=3))
def test_anything_can_be_read_and_nothing_empty_goes_unsaid(
    lines: list[str], from_html: bool, phrases: list[str]
) -> None:
    found = new_words("\n".join(lines), from_html=from_html, own_addresses=phrases, own_phrases=phrases)
    assert bool(found.text.strip()) or found.doubtful
    assert not [line for line in found.text.split("\n") if DELIMITER in line]


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(st.sampled_from(["Yes.", "", "We will.", "- one", "Thanks,", "Carol"]), max_size=8),
    quoted=st.lists(
        st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80)
    ),
    header=st.sampled_from(["", *HEADERS.values()]),
)
def test_marked_lines_never_come_out_of_a_top_post(words: list[str], quoted: list[str], header: str) -> None:
    marked = [f"> {CANARY} {line}" for line in quoted]
    found = new_words("\n".join([*words, header, *marked]))
    assert CANARY not in found.text
    if quoted:
        assert found.text.split() == " ".join(words).split()


@pytest.mark.corpus
@pytest.mark.skipif(not (CORPUS / "manifest.jsonl").exists(), reason=f"no corpus at {CORPUS}")
def test_at_least_95_percent_of_what_other_projects_take_for_the_reply_comes_out() -> None:
    """Some of them leave a signature with the words; there words and signature together count."""
    total, missed = 0, []
    for entry in entries():
        message, expected = read()[entry["path"]], entry["expectations"]
        if entry["class"] != "reply" or isinstance(message, TooComplex):
            continue
        found = new_words(message.text, from_html=message.text_from_html)
        text = squeezed(found.text)
        facts = []
        if "reply_text_startswith" in expected:
            # In these bodies nothing follows the words, so all of it is what other projects expect.
            facts.append(text == squeezed(expected["reply_text_startswith"]))
        facts += [squeezed(part) in text for part in expected.get("reply_text_contains", ())]
        if "reply_text" in expected:
            facts.append(
                squeezed(expected["reply_text"]) in (text, squeezed(found.text + " " + found.signature))
            )
        total += len(facts)
        missed += [entry["path"]] * facts.count(False)
    print(f"{total - len(missed)} of {total} expectations hold; missed: {missed}")
    assert total > 50
    assert len(missed) / total <= 0.05
