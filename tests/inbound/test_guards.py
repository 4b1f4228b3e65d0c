"""What is refused before parsing, that ordinary mail is not, and that refusing is quick."""

from __future__ import annotations

import pytest

from mailproc.errors import TooComplex
from mailproc.inbound.guards import check_structure
from mailproc.inbound.parse import Limits, parse, skeleton
from tests.mails.written import attachment, mail, multipart_mail, part, text_part


def nest(depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth)
    )
    return b"Subject: deep\r\n" + opening + b"\r\nBottom\r\n"


def flat(parts: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n"


HOSTILE = {
    "the header has [0-9]+ bytes; at most 262144 are read": b"X: " + b"a" * 300_000 + b"\r\n\r\nx",
    "the header has 5000 fields; at most 1000 are read": b"X: y\r\n" * 5000 + b"\r\nx",
    "the mail nests more than 30 multiparts": nest(5000),
    "the mail has more than 1000 parts": flat(100_000),
    "a part header has 20000 parameters": b"Content-Type: text/plain" + b";" * 20_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize(
    ("sentence", "raw"), HOSTILE.items(), ids=["bytes", "fields", "depth", "parts", "parameters"]
)
class TestHostileMail:
    def test_is_refused_with_thing_found_and_limit(self, sentence: str, raw: bytes) -> None:
        with pytest.raises(TooComplex, match=sentence):
            parse(raw)

    def test_still_has_a_skeleton(self, sentence: str, raw: bytes) -> None:
        message = skeleton(raw)
        assert not message.complete
        assert message.size == len(raw)


@pytest.mark.parametrize("raw", [nest(5000), flat(100_000)], ids=["depth", "parts"])
def test_depth_and_parts_are_refused_before_anything_is_built(raw: bytes) -> None:
    with pytest.raises(TooComplex):
        check_structure(raw, Limits())


class TestTheLimitItself:
    def test_depth(self) -> None:
        assert parse(nest(30)).text == "Bottom"
        with pytest.raises(TooComplex):
            parse(nest(31))

    def test_parts(self) -> None:
        assert parse(flat(999)).text.startswith("x")
        with pytest.raises(TooComplex):
            parse(flat(1000))

    def test_fields(self) -> None:
        assert len(parse(b"X: y\r\n" * 1000 + b"\r\nx").headers) == 1000

    def test_limits_can_be_set(self) -> None:
        with pytest.raises(TooComplex):
            parse(flat(10), limits=Limits(parts=5))

    def test_a_boundary_hidden_from_the_first_look_is_found_by_the_second(self) -> None:
        """RFC 2231 writes the parameter in a way the quick look does not know; the tree is counted too."""
        raw = b"".join(
            b"Content-Type: multipart/mixed; boundary*=us-ascii''b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(60)
        )
        with pytest.raises(TooComplex):
            parse(raw + b"\r\nx")


class TestOrdinaryMailThatLooksLikeMuch:
    def test_a_patch_full_of_lines_with_two_hyphens(self) -> None:
        body = "--- a/kettle\n+++ b/kettle\n-- \n" * 3000
        assert parse(multipart_mail("mixed", text_part(body), attachment("a.pdf"))).text.startswith(
            "--- a/kettle"
        )

    def test_a_text_that_talks_about_multiparts(self) -> None:
        assert parse(mail("Content-Type: multipart/mixed\n" * 100)).text.count("multipart") == 100

    def test_many_enclosed_messages_are_many_files(self) -> None:
        inner = part(
            "Subject: s\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n",
            "Content-Type: message/rfc822",
        )
        message = parse(multipart_mail("digest", *[inner] * 60))
        assert len(message.attachments) == 60

    def test_endless_nesting_of_enclosed_messages_is_one_file(self) -> None:
        """An enclosed message is left closed, so its depth costs nothing."""
        bomb = b"Content-Type: message/rfc822\r\n\r\n" * 5000 + b"Subject: x\r\n\r\nBottom\r\n"
        message = parse(b"Subject: bomb\r\n" + bomb)
        assert len(message.attachments) == 1


class TestLinear:
    """Each of these costs some parser minutes; here a second at most, so the time limit of a test tells."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"Subject: " + b"=?utf-8?Q?a?= " * 18_000 + b"\r\n\r\nx",
            b"Subject: " + b"=?a?q?" * 40_000 + b"\r\n\r\nx",
            b"To: " + b"a@b.example," * 20_000 + b"\r\n\r\nx",
            b"From: " + b"(" * 200_000 + b"\r\n\r\nx",
            b"From: " + b'"' * 200_000 + b"\r\n\r\nx",
            b"References: " + b"<" * 250_000 + b"\r\n\r\nx",
            b"References: " + b"<a@b>" * 50_000 + b"\r\n\r\nx",
            mail(b"<" * 1_000_000, "Content-Type: text/html"),
            mail(b"<!--" * 250_000, "Content-Type: text/html"),
            mail(b"<style>" * 140_000, "Content-Type: text/html"),
            mail(b"&" * 1_000_000, "Content-Type: text/html"),
            mail(b"<div>" * 200_000 + b"x", "Content-Type: text/html"),
            mail(b"<table>" * 140_000 + b"x", "Content-Type: text/html"),
            mail(b"begin 644 a\r\n" * 80_000 + b"end\r\n"),
            mail(b"\r\n" * 1_000_000),
            mail(b" \n" * 500_000, "Content-Type: text/plain; format=flowed"),
            mail(b">" * 1_000_000, "Content-Type: text/plain; format=flowed"),
            mail(b"--\r\n\r\n" * 200_000),
            mail(b"-" * 2_000_000),
            mail(b"a-b" * 500_000, "Content-Type: text/plain; charset=punycode"),
            mail(b"\r\r--x" * 200_000),
        ],
    )
    def test_hostile_repetition(self, raw: bytes) -> None:
        assert parse(raw).size == len(raw)
