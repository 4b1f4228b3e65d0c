"""What strangers write comes out as words: complete, marked, on lines of its own, and never as ours."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.outbound import quoted
from mailproc.outbound.quoted import BAR, EXCERPT_LIMIT

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\n\r\u2028\x0b\x85\u202e\u0301│ <>{"))


def letters_of(text: str) -> str:
    return "".join(text.replace(BAR, "").split())


@given(TEXTS)
def test_every_line_of_a_marked_text_begins_with_the_bar(text: str) -> None:
    for line in quoted.marked(text).splitlines():
        assert line == BAR or line.startswith(f"{BAR} ")


@given(TEXTS)
def test_marking_and_wrapping_lose_no_letter(text: str) -> None:
    clean = letters_of(quoted.clean(text))
    assert letters_of(quoted.marked(text)) == clean
    assert letters_of(quoted.wrapped(text)) == clean
    assert letters_of("".join(quoted.lines(text))) == clean
    assert letters_of("".join(line for block in quoted.paragraphs(text) for line in block)) == clean


@given(TEXTS)
def test_nothing_that_moves_the_cursor_or_turns_the_writing_is_left(text: str) -> None:
    for shown in (quoted.clean(text), quoted.marked(text), quoted.one_line(text)):
        for char in shown.replace("\n", ""):
            assert char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "\n" not in quoted.one_line(text)


@pytest.mark.parametrize("word", ["x" * 5000, "日" * 5000, "é" * 300, "short words " * 500])
def test_a_marked_line_is_never_wider_than_a_letter(word: str) -> None:
    """A mail program would wrap it, and its second line would stand without a mark."""
    for line in quoted.marked(word).splitlines():
        columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
        assert columns <= 74


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    assert quoted.marked(f"one{end}--- Reply above this line ---") == "│ one\n│ --- Reply above this line ---"


def test_empty_lines_stay_but_not_more_than_one() -> None:
    assert quoted.marked("a\n\nb\n\n\n\n\nc") == "│ a\n│\n│ b\n│\n│ c"


def test_an_agents_long_link_is_not_broken() -> None:
    link = "https://shop.example/" + "x" * 100
    assert link in quoted.wrapped(f"Please see {link} for more.").splitlines()


def test_an_excerpt_says_that_it_is_one() -> None:
    whole, more = "x" * EXCERPT_LIMIT, "x" * (EXCERPT_LIMIT + 1)
    assert quoted.excerpt(whole) == whole
    assert not quoted.is_cut(whole)
    assert quoted.is_cut(more)
    assert len(quoted.excerpt(more)) == EXCERPT_LIMIT
    assert quoted.excerpt(more).endswith("x…")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann Archer", "Ann Archer <ann@customer.example>"),
        ("", "ann@customer.example"),
        (None, "ann@customer.example"),
        ("boss@example.com", "ann@customer.example"),
        ("Boss <boss＠example.com>", "ann@customer.example"),
        ('"Boss" <b>', "Boss b <ann@customer.example>"),
        ("\u202eAnn\u2028\tArcher", "Ann Archer <ann@customer.example>"),
        ("x" * 200, "x" * 59 + "… <ann@customer.example>"),
    ],
)
def test_a_name_never_hides_the_address(name: str | None, shown: str) -> None:
    assert quoted.mailbox("ann@customer.example", name) == shown


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://shop.example/a?b and http://www.shop.example.", ["shop.example", "www.shop.example"]),
        ("https://bank.example@evil.example/", ["evil.example"]),
        ("https://bank.example%2f@evil.example:8443/", ["evil.example"]),
        ("http:\\\\evil.example\\@bank.example/", ["evil.example"]),
        ("https:/evil.example", ["evil.example"]),
        ("https://bаnk.example/", ["xn--bnk-6cd.example"]),
        ("HTTPS://EVIL.EXAMPLE https://evil.example", ["evil.example"]),
        ("www.evil.example/login", ["www.evil.example"]),
        ("https://[::1/ https:// no link, a@b.example", []),
    ],
)
def test_the_host_is_the_one_a_browser_would_go_to(text: str, hosts: list[str]) -> None:
    assert quoted.hosts(text) == hosts


@given(TEXTS)
def test_looking_for_hosts_never_fails(text: str) -> None:
    assert all(host.isascii() for host in quoted.hosts(f"https://{text}"))


def test_at_most_ten_hosts_are_named() -> None:
    assert len(quoted.hosts(" ".join(f"https://h{n}.example/" for n in range(99)))) == 10


@pytest.mark.parametrize(
    ("octets", "language", "shown"),
    [
        (0, "en", "0 B"),
        (999, "en", "999 B"),
        (1000, "en", "1 kB"),
        (999_499, "en", "999 kB"),
        (999_500, "en", "1.0 MB"),
        (1_240_000, "hu", "1,2 MB"),
        (48_300_000, "de", "48,3 MB"),
        (5_000_000_000_000, "en", "5000.0 GB"),
    ],
)
def test_sizes_are_written_as_the_language_does(octets: int, language: str, shown: str) -> None:
    assert quoted.file_size(octets, language) == shown
