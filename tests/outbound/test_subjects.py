"""The base subject: what the customer called it, made safe to quote."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproc.outbound.subjects import (
    FORWARD_PREFIXES,
    GATEWAY_TAGS,
    QUOTED_LIMIT,
    REPLY_PREFIXES,
    base_subject,
)


@pytest.mark.parametrize("prefix", [*REPLY_PREFIXES, *FORWARD_PREFIXES])
def test_every_prefix_is_dropped_in_every_shape(prefix: str) -> None:
    for shape in (
        "{}: ",
        "{}:",
        "{} : ",
        "{}： ",
        "{}[2]: ",
        "{} (3): ",
        "{}^2: ",
        "{}*4: ",
        "{}\u00a0: ",
        "Re: {}: ",
    ):
        for written in (prefix, prefix.lower(), prefix.upper(), unicodedata.normalize("NFD", prefix)):
            assert base_subject(shape.format(written) + "Kettle") == "Kettle"


@pytest.mark.parametrize("tag", GATEWAY_TAGS)
def test_gateway_tags_are_dropped(tag: str) -> None:
    for shape in ("[{}] ", "[{}]", "***{}*** ", "Re: [{}] "):
        assert base_subject(shape.format(tag.upper()) + "Kettle") == "Kettle"


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: AW: [EXTERNAL] Fwd: Broken kettle", "Broken kettle"),
        ("Re: Broken kettle [C-7F3K-9QXT]", "Broken kettle"),
        ("[c-7f3k-9qx2] Broken [C-7F3K-9QXT] kettle", "Broken kettle"),
        ("I have a complaint: it leaks", "I have a complaint: it leaks"),
        ("Rent: too high", "Rent: too high"),
        ("Reply: none so far", "Reply: none so far"),
        ("[Order 4711] never came", "[Order 4711] never came"),
        ("Tükörfúrógép", "Tükörfúrógép"),
        ("  much\t space \r\n  here ", "much space here"),
        ("kettle\n", "kettle"),
        ("kettle\r\nBcc: victim@example.com", "kettle Bcc: victim@example.com"),
        ("gnp.\u202eexe\u202c", "gnp.exe"),
        ("a\u2028b\u2029c\x00d\x85e", "a b cd e"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Re:", ""),
        ("Re: Re: [EXTERNAL]", ""),
        ("", ""),
        ("{{7*7}} <script>alert(1)</script>", "{{7*7}} <script>alert(1)</script>"),
        ("\ud800kettle", "kettle"),
    ],
)
def test_base_subject_of(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_a_long_subject_is_cut_between_whole_letters() -> None:
    assert base_subject("x" * 500) == "x" * (QUOTED_LIMIT - 1) + "…"
    accented = "x" * (QUOTED_LIMIT - 2) + "q\u0301\u0302 and more"
    assert base_subject(accented) == "x" * (QUOTED_LIMIT - 2) + "…"


def test_only_the_start_of_a_huge_subject_is_looked_at() -> None:
    """A million prefixes cost no more than a thousand characters."""
    assert base_subject("Re: " * 1_000_000 + "late") == ""


@settings(deadline=None)
@given(st.text())
def test_base_subject_is_short_clean_and_stable(subject: str) -> None:
    base = base_subject(subject)
    assert len(base) <= QUOTED_LIMIT
    assert base_subject(base) == base
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in base)
    assert base == " ".join(base.split())
