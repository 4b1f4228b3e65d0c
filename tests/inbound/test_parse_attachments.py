"""Which files come out of a mail, under which names, and that their bytes are found again."""

from __future__ import annotations

import base64
import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.inbound.attachments import NAME_LIMIT, extract_files, safe_name
from mailproc.inbound.parse import parse, read_attachment
from mailproc.mail import Attachment, Extract
from tests.mails.written import (
    DEEP,
    FORWARD,
    SEEDS,
    UUENCODED,
    attachment,
    mail,
    multipart_mail,
    part,
    text_part,
)


def only(*pieces: bytes) -> Attachment:
    (found,) = parse(multipart_mail("mixed", text_part("Hi\n"), *pieces)).attachments
    return found


def named(*headers: str) -> str:
    return only(part(b"x", *headers)).name


class TestNames:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ('attachment; filename="bill.pdf"', "bill.pdf"),
            ("attachment; filename=bill.pdf", "bill.pdf"),
            ("attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
            ("attachment; filename*0*=utf-8''r%C3%A9; filename*1*=sum%C3%A9; filename*2=.pdf", "résumé.pdf"),
            ("attachment; filename*1=ll.pdf; filename*0=bi", "bill.pdf"),
            ("attachment; filename=\"r_sum_.pdf\"; filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
            ("attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf; filename=\"r_sum_.pdf\"", "résumé.pdf"),
            ("attachment; filename*=iso-8859-1'de'Rechn%FCng.pdf", "Rechnüng.pdf"),
            ('attachment; filename="=?utf-8?B?csOpc3Vtw6kucGRm?="', "résumé.pdf"),
            ('attachment; filename="=?utf-8?Q?r=C3=A9?=\r\n =?utf-8?Q?sum=C3=A9.pdf?="', "résumé.pdf"),
            ('attachment; filename="../../etc/passwd"', "passwd"),
            ('attachment; filename="C:\\\\Users\\\\ann\\\\bill.pdf"', "bill.pdf"),
            ('attachment; filename=".htaccess"', "htaccess"),
            ('attachment; filename="a.txt:stream"', "a.txt_stream"),
            ("attachment; filename*=utf-8''%E2%80%AEgpj.exe", "gpj.exe"),
            ("attachment; filename*=utf-8''%E2%80%8B.htaccess", "htaccess"),
            ("attachment; filename*=utf-8''a%00b%0d%0ac.txt", "a b c.txt"),
            ('attachment; filename="CON"', "_CON"),
            ('attachment; filename="con.txt"', "_con.txt"),
            ('attachment; filename="  . . "', "part-2.pdf"),
            ('attachment; filename=""', "part-2.pdf"),
            ("attachment", "part-2.pdf"),
        ],
    )
    def test_disposition(self, header: str, name: str) -> None:
        assert named("Content-Type: application/pdf", f"Content-Disposition: {header}") == name

    def test_the_name_of_the_content_type_serves_when_there_is_no_other(self) -> None:
        assert named('Content-Type: application/pdf; name="=?utf-8?Q?=C3=A9.pdf?="') == "é.pdf"

    def test_raw_utf_8_in_a_parameter(self) -> None:
        assert (
            named("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="résumé.pdf"')
            == "résumé.pdf"
        )

    def test_a_long_name_keeps_its_extension(self) -> None:
        name = named(
            "Content-Type: application/pdf", f'Content-Disposition: attachment; filename="{"a" * 300}.pdf"'
        )
        assert len(name) == NAME_LIMIT
        assert name.endswith("a.pdf")

    def test_an_unknown_type_without_name_is_a_bin(self) -> None:
        assert named("Content-Type: application/x-kettle") == "part-2.bin"

    @given(st.text() | st.text(alphabet="./\\:. \u202e\u200b\u0000COPNRUN\u00e9\ufe68\uff0f\u2044aA1"))
    def test_any_name_comes_out_safe_and_stays_as_it_is(self, name: str) -> None:
        safe = safe_name(name)
        assert safe_name(safe) == safe
        assert len(safe) <= NAME_LIMIT
        assert not set(safe) & set('/\\:*?"<>|')
        assert not safe.startswith(".")
        assert safe == safe.strip(". ")
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in safe)
        assert safe.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}


class TestWhatIsAFile:
    def test_size_digest_and_part_number(self) -> None:
        found = only(attachment("bill.pdf", b"content"))
        assert (found.size, found.content_type, found.part) == (7, "application/pdf", 2)
        assert found.sha256 == hashlib.sha256(b"content").hexdigest()
        assert not found.inline

    def test_inline_images_are_marked(self) -> None:
        found = only(part(b"GIF89a", "Content-Type: image/gif", "Content-ID: <logo@x>"))
        assert (found.inline, found.content_id) == (True, "logo@x")

    def test_an_invitation_is_kept_as_a_file(self) -> None:
        found = only(part("BEGIN:VCALENDAR\n", "Content-Type: text/calendar; method=REQUEST"))
        assert (found.name, found.content_type) == ("part-2.ics", "text/calendar")

    def test_winmail_dat_is_kept_and_the_mail_is_marked(self) -> None:
        raw = mail(b"x", 'Content-Type: application/ms-tnef; name="winmail.dat"')
        message = parse(raw)
        assert [a.name for a in message.attachments] == ["winmail.dat"]
        assert "tnef" in message.defects

    def test_a_mail_that_is_nothing_but_a_file(self) -> None:
        message = parse(
            mail(
                base64.encodebytes(b"%PDF"),
                "Content-Type: application/pdf",
                "Content-Transfer-Encoding: base64",
            )
        )
        assert [(a.part, a.size) for a in message.attachments] == [(0, 4)]
        assert message.text == ""

    def test_files_deep_inside_are_found(self) -> None:
        message = parse(multipart_mail("mixed", DEEP, attachment("last.pdf")))
        assert [a.name for a in message.attachments] == ["cat.gif", "last.pdf"]

    def test_files_of_an_enclosed_message_stay_inside_it(self) -> None:
        assert [a.content_type for a in parse(FORWARD).attachments] == ["message/rfc822"]

    def test_an_enclosed_message_keeps_its_bytes(self) -> None:
        """Nothing is parsed and written again: what the digest covers is what was sent."""
        inner = b"Subject:  odd   spacing\r\nX-B: 1\r\n\r\nWords\r\n"
        found = only(b"Content-Type: message/rfc822\r\n\r\n" + inner)
        assert found.sha256 == hashlib.sha256(inner).hexdigest()
        assert found.name == "odd spacing.eml"

    def test_binary_bytes_are_not_touched(self) -> None:
        content = bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"") * 40
        found = only(part(content, "Content-Type: application/x-bin", "Content-Transfer-Encoding: binary"))
        assert found.sha256 == hashlib.sha256(content).hexdigest()


class TestFindingTheBytesAgain:
    @pytest.mark.parametrize("raw", SEEDS)
    def test_every_attachment_of_the_test_mails(self, raw: bytes) -> None:
        for found in parse(raw).attachments:
            content = read_attachment(raw, found)
            assert content is not None
            assert hashlib.sha256(content).hexdigest() == found.sha256

    def test_a_pasted_file(self) -> None:
        (found,) = parse(UUENCODED).attachments
        assert read_attachment(UUENCODED, found) == b"Cat"

    def test_another_mail_has_not_got_it(self) -> None:
        found = only(attachment("bill.pdf"))
        assert (
            read_attachment(multipart_mail("mixed", text_part("Hi\n"), attachment("b.pdf", b"y")), found)
            is None
        )
        assert read_attachment(mail(), found) is None


class TestLargeFiles:
    CONTENT = bytes(range(256)) * 4096

    def test_a_megabyte_comes_through_the_lift_unharmed(self) -> None:
        found = only(
            attachment("big.bin", self.CONTENT),
        )
        assert (found.size, found.sha256) == (1 << 20, hashlib.sha256(self.CONTENT).hexdigest())

    def test_text_after_a_large_file_is_read(self) -> None:
        message = parse(
            multipart_mail("mixed", attachment("big.bin", self.CONTENT), text_part("After all\n"))
        )
        assert message.text == "After all"

    def test_a_large_text_comes_through_the_lift_unharmed(self) -> None:
        words = "".join(f"line {n} -- and -more-\n" for n in range(20_000))
        assert parse(multipart_mail("mixed", text_part(words), attachment("a.pdf"))).text == words.strip()

    def test_a_line_that_looks_lifted_stays_what_it_is(self) -> None:
        """Also beside one that is lifted: only the name of this very mail is replaced."""
        line = "lifted-0123456789abcdef0123456789abcdef-0."
        words = f"{line}\n--\n\n" + "words\n" * 1000
        message = parse(multipart_mail("mixed", text_part(words), attachment("big.bin", self.CONTENT)))
        assert message.text == words.strip()


class TestExtracting:
    """A mail is opened again for the files that are to be handed on."""

    def test_the_files_that_are_wanted_come_out_in_order_and_the_others_stay(self) -> None:
        raw = multipart_mail(
            "mixed",
            text_part("Hi\n"),
            attachment("a.pdf", b"%PDF one"),
            attachment("b.pdf", b"%PDF two"),
            attachment("c.pdf", b"MZ\0\0"),
        )
        first, second, third = parse(raw).attachments
        assert extract_files(raw, [(second, True), (first, False), (third, True)]) == [
            Extract(shown=False, data=b"%PDF two"),
            Extract(shown=False),
            Extract(shown=False, harm="a program"),
        ]

    @pytest.mark.parametrize("raw", SEEDS)
    def test_whatever_is_listed_comes_out(self, raw: bytes) -> None:
        listed = parse(raw).attachments
        for file, extract in zip(listed, extract_files(raw, [(file, True) for file in listed]), strict=True):
            assert extract.harm or hashlib.sha256(extract.data or b"").hexdigest() == file.sha256

    def test_another_mail_has_none_of_them(self) -> None:
        listed = only(attachment("a.pdf", b"%PDF one"))
        other = multipart_mail("mixed", text_part("Hi\n"), attachment("a.pdf", b"%PDF other"))
        assert extract_files(other, [(listed, True)]) == [Extract(shown=False)]
        assert extract_files(mail(), [(listed, True)]) == [Extract(shown=False)]

    @pytest.mark.parametrize(
        ("page", "shown"),
        [
            ('<img src="cid:logo@x">', True),
            ("<img src='CID:logo%40x'>", True),
            ('<p style="background:url(cid:logo@x)">', True),
            ('<img src="cid:other@x">', False),
            ('<img src="acid:logo@x">', False),
            ("<p>logo@x", False),
        ],
    )
    def test_a_picture_is_shown_where_the_html_refers_to_it(self, page: str, shown: bool) -> None:
        picture = part(b"png", "Content-Type: image/png", "Content-ID: <logo@x>")
        raw = multipart_mail("related", text_part(page, "html"), picture)
        (listed,) = parse(raw).attachments
        assert extract_files(raw, [(listed, False)]) == [Extract(shown=shown)]
