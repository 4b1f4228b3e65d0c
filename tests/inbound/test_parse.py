"""Reading a mail: headers, addresses, dates and text, one test for each trap that was met in real mail."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from mailproc.inbound.parse import content_key, parse, read_message_ids, skeleton
from tests.mails.written import (
    ALTERNATIVE,
    DEEP,
    FLOWED,
    FORWARD,
    HEADER,
    JAPANESE,
    UUENCODED,
    attachment,
    crlf,
    mail,
    multipart_mail,
    nested,
    part,
    text_part,
)


def subject(value: str | bytes, *headers: str) -> str:
    data = value if isinstance(value, bytes) else value.encode()
    return parse(b"Subject: " + data + b"\r\n" + crlf("".join(f"{h}\n" for h in headers)) + b"\r\nx").subject


def from_(value: str | bytes, *headers: str) -> tuple[str, str]:
    data = value if isinstance(value, bytes) else value.encode()
    author = parse(b"From: " + data + b"\r\n" + crlf("".join(f"{h}\n" for h in headers)) + b"\r\nx").author
    assert author is not None
    return author.name, author.email


class TestPlainMail:
    def test_everything_is_in_its_place(self) -> None:
        raw = mail("It exploded.\n", "Cc: bob@customer.example", "Sender: office@customer.example")
        message = parse(raw)
        assert message.message_id == "<one@customer.example>"
        assert message.subject == "My kettle exploded"
        assert message.author is not None
        assert (message.author.name, message.author.email) == ("Ann Archer", "ann@customer.example")
        assert [a.email for a in message.to] == ["complaints@acme.example"]
        assert [a.email for a in message.cc] == ["bob@customer.example"]
        assert message.sender is not None
        assert message.sender.email == "office@customer.example"
        assert message.date == datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
        assert message.text == "It exploded."
        assert message.size == len(raw)
        assert message.complete
        assert message.attachments == ()
        assert message.report is None
        assert message.defects == ()

    def test_headers_are_kept_in_order_with_lower_case_names(self) -> None:
        names = [name for name, _ in parse(mail("", "X-Mailer: Cat", "X-mailer: Dog")).headers]
        assert names[:2] == ["from", "to"]
        assert parse(mail("", "X-Mailer: Cat", "X-mailer: Dog")).header_all("x-mailer") == ("Cat", "Dog")

    def test_the_empty_mail_is_a_mail(self) -> None:
        assert parse(b"").defects == ("no header",)


class TestEncodedWords:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("=?utf-8?Q?K=C3=A4se?=", "Käse"),
            ("=?UTF-8?q?K=C3=A4se?=", "Käse"),
            ("=?utf-8*de?Q?K=C3=A4se?=", "Käse"),
            ("=?iso-8859-1?Q?10_=80?=", "10 €"),
            ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
            ("=?utf-8?Q?a?=\r\n\t=?utf-8?B?Yg==?=", "ab"),
            ("=?utf-8?Q?a?= and =?utf-8?Q?b?=", "a and b"),
            ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
            ("=?utf-8?B?4oKs?", "=?utf-8?B?4oKs?"),
            ("=?x-unheard-of?Q?plain?=", "plain"),
            ("=?x-unheard-of?Q?K=C3=A4se?=", "Käse"),
            ("=?utf-8?B?S8Okc2U?=", "Käse"),
            ("=?utf-8?Q?How are you??=", "How are you?"),
            ("before=?utf-8?Q?=C3=A4?=after", "beforeäafter"),
            (f"=?gb2312?B?{base64.b64encode('朱镕基'.encode('gbk')).decode()}?=", "朱镕基"),
            ("=?iso-2022-jp?B?GyRCJGQkKyRzGyhC?=", "やかん"),
            ("=?utf-8?Q?tab=09nul=00end?=", "tab nul end"),
        ],
    )
    def test_subject(self, written: str, meant: str) -> None:
        assert subject(written) == meant

    def test_a_word_inside_a_quoted_name_is_decoded(self) -> None:
        """Forbidden by RFC 2047 section 5, and sent every day."""
        assert from_('"=?utf-8?Q?J=C3=B3zsef?=" <j@x.example>') == ("József", "j@x.example")

    def test_a_comma_inside_a_word_does_not_split_the_address(self) -> None:
        assert from_("=?utf-8?Q?Archer=2C_Ann?= <ann@x.example>") == ("Archer, Ann", "ann@x.example")

    def test_a_word_can_not_inject_a_header_line(self) -> None:
        message = parse(mail("", "X-Evil: =?utf-8?B?YQ0KQmNjOiBldmlsQHguZXhhbXBsZQ==?="))
        assert message.header("x-evil") == "a Bcc: evil@x.example"

    def test_no_codec_of_python_that_is_no_charset_is_used(self) -> None:
        assert subject("=?unicode_escape?Q?=5Cx41?=") == "\\x41"
        assert subject("=?punycode?Q?a-b?=") == "a-b"


class TestRawBytesInHeaders:
    def test_utf_8(self) -> None:
        assert subject("Käse".encode()) == "Käse"
        assert from_("József <j@x.example>".encode()) == ("József", "j@x.example")

    def test_the_charset_of_the_body_comes_next(self) -> None:
        header = "Content-Type: text/plain; charset=iso-8859-2"
        assert subject("żółw".encode("iso-8859-2"), header) == "żółw"
        assert from_("Wałęsa <w@x.example>".encode("iso-8859-2"), header) == ("Wałęsa", "w@x.example")

    def test_windows_1252_is_last(self) -> None:
        assert subject(b"K\xe4se \x80") == "Käse €"

    def test_raw_iso_2022_jp(self) -> None:
        assert subject("やかん".encode("iso-2022-jp")) == "やかん"

    def test_a_wrongly_declared_charset_costs_no_letter_of_the_rest(self) -> None:
        assert subject(b"K\xe4se", "Content-Type: text/plain; charset=x-none") == "Käse"


class TestAddresses:
    @pytest.mark.parametrize(
        ("written", "name", "email"),
        [
            ("ann@x.example", "", "ann@x.example"),
            ("<ann@x.example>", "", "ann@x.example"),
            ('"Archer, Ann" <ann@x.example>', "Archer, Ann", "ann@x.example"),
            ("ann@x.example (Ann Archer)", "Ann Archer", "ann@x.example"),
            ("'Ann' <ann@x.example>", "Ann", "ann@x.example"),
            ('"ann@x.example" <ann@x.example>', "", "ann@x.example"),
            ('"boss@acme.example" <evil@x.example>', "boss@acme.example", "evil@x.example"),
            ("Ann <@relay.example:ann@x.example>", "Ann", "ann@x.example"),
            ("Ann\r\n Archer <ann@x.example>", "Ann Archer", "ann@x.example"),
            ("Ann <ann@xn--bcher-kva.example>", "Ann", "ann@xn--bcher-kva.example"),
            ("Ann [Acme] <ann@x.example>", "Ann [Acme]", "ann@x.example"),
            ("Ann <ann@x.example", "", "ann@x.example"),
        ],
    )
    def test_from(self, written: str, name: str, email: str) -> None:
        assert from_(written) == (name, email)

    def test_an_empty_group_has_nobody_in_it(self) -> None:
        assert parse(b"To: undisclosed-recipients:;\r\n\r\nx").to == ()

    def test_members_of_a_group_are_recipients(self) -> None:
        assert [a.email for a in parse(b"To: team: a@x.example, b@x.example;\r\n\r\nx").to] == [
            "a@x.example",
            "b@x.example",
        ]

    def test_of_two_from_fields_the_first_counts_and_it_is_said(self) -> None:
        message = parse(b"From: a@x.example\r\nFrom: b@x.example\r\n\r\nx")
        assert [a.email for a in message.from_] == ["a@x.example"]
        assert "from given 2 times, the first counts" in message.defects

    def test_a_broken_from_with_two_addresses_is_nobody(self) -> None:
        """Choosing one would let the sender choose what we see."""
        assert parse(b"From: a@x.example <b@x.example> c@x.example\r\n\r\nx").author is None

    def test_a_mail_without_from_has_no_author(self) -> None:
        assert parse(b"To: a@x.example\r\n\r\nx").author is None

    def test_at_most_500_addresses_of_a_field_are_kept(self) -> None:
        many = ",".join(f"a{n}@x.e" for n in range(900))
        message = parse(f"To: {many}\r\n\r\nx".encode())
        assert len(message.to) == 500
        assert "to has 900 addresses, 500 kept" in message.defects

    def test_a_header_named_like_something_inside_the_library_does_no_harm(self) -> None:
        names = ["headers_json", "parse", "mail", "defects", "attachments", "from_raw", "message", "_date"]
        message = parse(b"From: a@x.example\r\n" + b"".join(f"{n}: x\r\n".encode() for n in names) + b"\r\nx")
        assert message.author is not None
        assert [message.header(name) for name in names] == ["x"] * len(names)


class TestIdsAndDates:
    def test_a_mail_without_message_id_has_none(self) -> None:
        assert parse(b"From: a@x.example\r\n\r\nx").message_id is None
        assert parse(b"Message-ID: <>\r\n\r\nx").message_id is None
        assert parse(b"Message-ID: not an id\r\n\r\nx").message_id is None

    def test_missing_brackets_are_put_back(self) -> None:
        assert parse(b"Message-ID: a.b@x.example\r\n\r\nx").message_id == "<a.b@x.example>"

    def test_references_survive_folding_comments_and_commas(self) -> None:
        raw = b"References: <a@x>,\r\n <b@x> (kettle)\r\n\t<c\r\n d@x>\r\nIn-Reply-To: <b@x>\r\n\r\nx"
        message = parse(raw)
        assert message.references == ("<a@x>", "<b@x>", "<cd@x>")
        assert message.in_reply_to == ("<b@x>",)

    def test_fetching_reads_the_same_ids_as_parsing(self) -> None:
        raw = b"message-id: <m@x>\r\nReferences: <a@x> <b@x>\r\nIn-Reply-To: <c@x> <b@x>\r\n\r\nx"
        assert read_message_ids(raw) == ("<m@x>", ("<c@x>", "<b@x>", "<a@x>"))
        assert parse(raw).message_id == "<m@x>"

    @pytest.mark.parametrize(
        "value", ["yesterday", "", "Mon, 99 Foo 2025 99:99:99 +0000", "Mon, 03 Mar 2025 +9999999"]
    )
    def test_an_unreadable_date_is_none(self, value: str) -> None:
        message = parse(f"Date: {value}\r\n\r\nx".encode())
        assert message.date is None
        assert "date unreadable" in message.defects

    def test_a_date_in_the_future_is_kept(self) -> None:
        assert parse(b"Date: Fri, 01 Jan 2100 00:00:00 +0000\r\n\r\nx").date == datetime(
            2100, 1, 1, tzinfo=UTC
        )


class TestCharsets:
    @pytest.mark.parametrize(
        ("data", "declared", "meant"),
        [
            ("10 € “so”".encode("cp1252"), "iso-8859-1", "10 € “so”"),
            ("Käse".encode(), "us-ascii", "Käse"),
            ("剙".encode("gb18030"), "gb2312", "剙"),
            ("①".encode("cp932"), "shift_jis", "①"),
            ("똠".encode("cp949"), "ks_c_5601-1987", "똠"),
            ("şık €".encode("cp1254"), "iso-8859-9", "şık €"),
            ("Käse".encode(), "x-unheard-of", "Käse"),
            (b"K\xe4se", "utf-8", "Käse"),
            ("Käse €".encode("utf-16"), "utf-16", "Käse €"),
            ("Kettle".encode("utf-16-le"), "utf-16", "Kettle"),
            ("Kettle".encode("utf-16-be"), "utf-16", "Kettle"),
            (b"\xef\xbb\xbfKettle", "utf-8", "Kettle"),
            (b"10 +IKw-", "utf-7", "10 €"),
            (b"ke\x00ttle", "utf-8", "kettle"),
            (b"\\x41", "unicode_escape", "\\x41"),
            (b"K\xc3\xa4se", '"utf-8"', "Käse"),
        ],
    )
    def test_body(self, data: bytes, declared: str, meant: str) -> None:
        assert parse(mail(data, f"Content-Type: text/plain; charset={declared}")).text == meant

    def test_seven_bit_japanese(self) -> None:
        message = parse(JAPANESE)
        assert message.text == "やかんが爆発しました。"

    def test_japanese_without_a_declaration(self) -> None:
        assert parse(mail("やかん".encode("iso-2022-jp"))).text == "やかん"

    def test_a_cut_letter_at_the_end_does_not_cost_the_rest(self) -> None:
        data = ("やかん" * 40).encode("shift_jis")[:-1]
        message = parse(mail(data, "Content-Type: text/plain; charset=shift_jis"))
        assert message.text.startswith("やかん" * 39)
        assert any("does not fit everywhere" in defect for defect in message.defects)

    def test_undeclared_cyrillic_is_guessed(self) -> None:
        words = "Чайник взорвался во время завтрака, прошу вернуть деньги. " * 3
        assert parse(mail(words.encode("koi8-r"))).text == words.strip()

    def test_a_charset_with_a_nul_in_its_name(self) -> None:
        """The standard library raises ValueError on it, beside the LookupError it expects itself."""
        assert parse(mail(b"K\xc3\xa4se", "Content-Type: text/plain; charset=u\0tf-8")).text == "Käse"

    def test_lone_surrogates_never_come_out(self) -> None:
        text = parse(mail(b"a +2AA- b", "Content-Type: text/plain; charset=utf-7")).text
        assert text.encode("utf-8")


class TestTransferEncodings:
    @pytest.mark.parametrize(
        ("encoding", "data", "meant"),
        [
            ("base64", b"S2V0dGxl", "Kettle"),
            ("BASE64 ", b"S2V0\r\ndGxl\r\n", "Kettle"),
            ("base64", b"S2V0dGxlIQ", "Kettle!"),
            ("base64", b"S2V0!!dGxl", "Kettle"),
            ("base64", b"S2V0dGxlX", "Kettle"),
            ("quoted-printable", b"Kett=\r\nle=20=3D", "Kettle ="),
            ("quoted-printable", b"Kettle =XY", "Kettle =XY"),
            ("8-bit", "Käse".encode(), "Käse"),
            ("x-uuencode", b"begin 644 a\n&2V5T=&QE\n`\nend\n", "Kettle"),
        ],
    )
    def test_text(self, encoding: str, data: bytes, meant: str) -> None:
        raw = mail(data, "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")
        assert parse(raw).text == meant


class TestBody:
    def test_plain_text_is_preferred(self) -> None:
        message = parse(ALTERNATIVE)
        assert message.text == "Der Wasserkocher ist explodiert."
        assert not message.text_from_html

    @pytest.mark.parametrize(
        "stub", ["", "  \n", "-----\n", "This message is in HTML. Your mail client does not support it.\n"]
    )
    def test_a_plain_branch_that_says_nothing_gives_way(self, stub: str) -> None:
        html = "<p>The kettle exploded at breakfast and I want my money back, please, as soon as you can.</p>"
        message = parse(multipart_mail("alternative", text_part(stub), text_part(html, "html")))
        assert message.text.startswith("The kettle exploded")
        assert message.text_from_html

    def test_a_short_plain_branch_is_no_stub(self) -> None:
        message = parse(
            multipart_mail("alternative", text_part("No.\n"), text_part("<p>No. Ann, Ltd.</p>", "html"))
        )
        assert message.text == "No."

    def test_several_texts_are_joined_in_order(self) -> None:
        message = parse(multipart_mail("mixed", text_part("One\n"), attachment("a.pdf"), text_part("Two\n")))
        assert message.text == "One\n\nTwo"

    def test_html_inside_related_inside_mixed(self) -> None:
        message = parse(multipart_mail("mixed", DEEP, text_part("After\n")))
        assert message.text == "Inside\n\nAfter"

    def test_alternative_with_a_rich_branch_of_several_parts(self) -> None:
        rich = nested("related", text_part("<p>Rich</p>", "html"), attachment("logo.png"), boundary="=_r")
        message = parse(multipart_mail("alternative", text_part("Plain\n"), rich))
        assert message.text == "Plain"
        assert [a.name for a in message.attachments] == ["logo.png"]

    def test_flowed_lines_are_joined_and_quotes_keep_their_depth(self) -> None:
        assert parse(FLOWED).text == "This paragraph goes on and on.\n\n> quoted words\n-- \nAnn"

    def test_delsp_takes_the_space_away(self) -> None:
        raw = mail("ab \ncd\n", "Content-Type: text/plain; format=flowed; delsp=yes")
        assert parse(raw).text == "abcd"

    def test_an_enclosed_message_does_not_mix_with_ours(self) -> None:
        message = parse(FORWARD)
        assert message.text == "Please see below."
        assert [a.name for a in message.attachments] == ["Re_ kettle_1.eml"]

    def test_a_mail_that_only_encloses_another_shows_its_words(self) -> None:
        inner = part("Subject: inner\n\nInner words.\n", "Content-Type: message/rfc822")
        message = parse(multipart_mail("mixed", inner))
        assert message.text == "Inner words."
        assert message.subject == "My kettle exploded"
        assert "the text is that of the enclosed message" in message.defects

    def test_text_attachments_are_not_the_text(self) -> None:
        message = parse(
            multipart_mail("mixed", text_part("Hi\n"), attachment("log.txt", b"log", "text/plain"))
        )
        assert message.text == "Hi"
        assert [a.name for a in message.attachments] == ["log.txt"]

    def test_the_signed_part_of_a_signed_mail_is_the_text(self) -> None:
        message = parse(
            multipart_mail(
                "signed", text_part("Signed words\n"), attachment("", b"sig", "application/pgp-signature")
            )
        )
        assert message.text == "Signed words"
        assert [a.name for a in message.attachments] == ["part-2.asc"]
        assert "encrypted" not in message.defects

    def test_an_opaque_signature_is_unwrapped(self) -> None:
        inner = b"Content-Type: text/plain\r\n\r\nSigned words\r\n"

        def der(tag: int, *content: bytes) -> bytes:
            joined = b"".join(content)
            return bytes([tag, 0x82]) + len(joined).to_bytes(2, "big") + joined

        data_oid, signed_oid = (
            bytes.fromhex("06092a864886f70d010701"),
            bytes.fromhex("06092a864886f70d010702"),
        )
        content = der(0x30, data_oid, der(0xA0, der(0x24, der(0x04, inner[:9]), der(0x04, inner[9:]))))
        cms = der(0x30, signed_oid, der(0xA0, der(0x30, b"\x02\x01\x01", der(0x31), content, der(0x31))))
        raw = mail(
            base64.encodebytes(cms),
            "Content-Type: application/pkcs7-mime; name=smime.p7m",
            "Content-Transfer-Encoding: base64",
        )
        message = parse(raw)
        assert message.text == "Signed words"
        assert [a.name for a in message.attachments] == ["smime.p7m"]
        assert "encrypted" not in message.defects

    @pytest.mark.parametrize(
        "raw",
        [
            multipart_mail(
                "encrypted", attachment("", b"Version: 1", "application/pgp-encrypted"), attachment("m.asc")
            ),
            mail(b"MIIB", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data"),
            mail("-----BEGIN PGP MESSAGE-----\n\nhQIM\n-----END PGP MESSAGE-----\n"),
        ],
    )
    def test_an_encrypted_mail_says_so(self, raw: bytes) -> None:
        assert "encrypted" in parse(raw).defects


class TestHtml:
    def html(self, source: str | bytes, charset: str = "; charset=utf-8") -> str:
        return parse(
            mail(source.encode() if isinstance(source, str) else source, f"Content-Type: text/html{charset}")
        ).text

    def test_tables_and_lists_stay_readable(self) -> None:
        text = self.html("<ul><li>one<li>two</ul><table><tr><td>a<td>b</table>")
        assert [line.split() for line in text.split("\n") if line] == [["*", "one"], ["*", "two"], ["a", "b"]]

    def test_hidden_text_styles_and_scripts_are_dropped(self) -> None:
        text = self.html(
            "<head><title>T</title><style>p{}</style></head><script>alert()</script>"
            "<div style='display:none'>hidden</div><p>shown</p>"
        )
        assert text == "shown"

    def test_text_below_256_nested_elements_is_found(self) -> None:
        """The HTML library stops there without a word; the text before it is not enough."""
        text = self.html("<p>Start</p>" + "<div>" * 300 + "deep words" + "</div>" * 300 + "<p>end</p>")
        assert text.split() == ["Start", "deep", "words", "end"]

    def test_the_fallback_drops_scripts_too(self) -> None:
        text = self.html("<style>p{}</style><script>x()</script>" + "<b>" * 300 + "a &amp; b<script>")
        assert text == "a & b"

    def test_more_than_a_million_characters_are_cut_and_it_is_said(self) -> None:
        raw = mail(b"<p>" + b"kettle " * 160_000, "Content-Type: text/html")
        message = parse(raw)
        assert len(message.text) <= 1_000_000
        assert any("cut at 1000000" in defect for defect in message.defects)

    def test_the_charset_may_stand_in_the_document(self) -> None:
        assert self.html('<meta charset="iso-8859-2"><p>żółw'.encode("iso-8859-2"), "") == "żółw"

    def test_an_encoding_declaration_does_not_stop_us(self) -> None:
        assert self.html('<?xml version="1.0" encoding="utf-16"?><html><body>Käse</body></html>') == "Käse"


class TestBrokenMime:
    @pytest.mark.parametrize(
        ("header", "content_type"),
        [
            ("text/html charset=utf-8", "text/html"),
            ("TEXT/HTML", "text/html"),
            ("text", "text/plain"),
            ("\0 message/", "application/octet-stream"),
        ],
    )
    def test_a_content_type_is_a_type_and_nothing_else(self, header: str, content_type: str) -> None:
        assert parse(mail("<p>x", f"Content-Type: {header}")).content_type == content_type

    def test_a_missing_end_boundary(self) -> None:
        body = b"--b\r\n\r\nOne\r\n--b\r\nContent-Type: text/plain\r\n\r\nTwo\r\n"
        message = parse(mail(body, "Content-Type: multipart/mixed; boundary=b"))
        assert message.text == "One\n\nTwo"
        assert "part 0: CloseBoundaryNotFoundDefect" in message.defects

    @pytest.mark.parametrize(
        "header", ["multipart/mixed", "multipart/mixed; boundary=absent", 'multipart/mixed; boundary=""']
    )
    def test_without_a_usable_boundary_the_body_is_the_text(self, header: str) -> None:
        message = parse(mail("Just words.\n", f"Content-Type: {header}"))
        assert message.text == "Just words."
        assert message.defects

    def test_a_mail_without_header_is_all_text(self) -> None:
        message = parse(b"My kettle exploded\r\nand I am angry\r\n")
        assert message.text == "My kettle exploded\nand I am angry"
        assert "no header" in message.defects

    def test_a_leading_mbox_line_is_passed_over(self) -> None:
        message = parse(b"From ann@x.example Mon Mar  3 09:00:00 2025\n" + mail().replace(b"\r\n", b"\n"))
        assert message.subject == "My kettle exploded"
        assert message.text == "It exploded."

    @pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
    def test_any_line_end_will_do(self, line_end: bytes) -> None:
        message = parse(ALTERNATIVE.replace(b"\r\n", line_end))
        assert message.subject == "My kettle exploded"
        assert message.text == "Der Wasserkocher ist explodiert."

    def test_pasted_files_leave_the_text(self) -> None:
        message = parse(UUENCODED)
        assert message.text.split() == ["See", "this:", "Bye"]
        assert [(a.name, a.size) for a in message.attachments] == [("kettle.txt", 3)]

    def test_prose_that_begins_like_a_pasted_file_stays(self) -> None:
        body = "begin 644 times and see\nwhat happens then, at the\nend\n"
        assert parse(mail(body)).text == body.strip()

    def test_a_header_value_is_cut_at_16_kib_and_it_is_said(self) -> None:
        message = parse(b"Subject: " + b"a" * 20_000 + b"\r\n\r\nx")
        assert len(message.subject) == 16 * 1024
        assert "subject has 20000 bytes, cut at 16384" in message.defects


class TestLanguage:
    GERMAN = (
        "Sehr geehrte Damen und Herren, mein Wasserkocher ist heute explodiert und ich bin sehr verärgert."
    )

    def test_one_configured_language_is_the_answer(self) -> None:
        assert parse(mail(self.GERMAN), languages=("hu",)).language == "hu"

    def test_none_configured_is_no_answer(self) -> None:
        assert parse(mail(self.GERMAN)).language is None

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            (GERMAN, "de"),
            ("Dear Sir or Madam, my kettle exploded this morning and I am very unhappy about it.", "en"),
            ("Tisztelt Cím! A vízforralóm ma reggel felrobbant, kérem vissza a pénzemet, köszönöm.", "hu"),
        ],
    )
    def test_the_text_decides(self, text: str, language: str) -> None:
        assert (
            parse(
                mail(text, "Content-Type: text/plain; charset=utf-8"), languages=("en", "hu", "de")
            ).language
            == language
        )

    def test_quoted_lines_do_not_count(self) -> None:
        quoted = "".join(f"> {self.GERMAN}\n" for _ in range(5))
        text = quoted + "Thank you very much for your answer, I am happy with it now.\n"
        assert parse(mail(text), languages=("en", "de")).language == "en"

    def test_too_little_text_is_no_answer(self) -> None:
        assert parse(mail("OK, danke"), languages=("en", "de")).language is None

    def test_a_declared_language_wins_when_it_is_ours(self) -> None:
        raw = mail(self.GERMAN, "Content-Language: hu-HU")
        assert parse(raw, languages=("en", "hu")).language == "hu"
        assert parse(raw, languages=("en", "de")).language == "de"


class TestContentKey:
    def key(self, raw: bytes) -> str:
        return content_key("<one@customer.example>", raw)

    def test_the_route_does_not_count(self) -> None:
        other = (
            b"Return-Path: <ann@customer.example>\r\nDelivered-To: other@acme.example\r\n"
            b"Received: by mx.acme.example; Mon, 03 Mar 2025 09:00:01 +0100\r\nX-Spam-Score: 3\r\n"
            b"ARC-Seal: i=1\r\nDKIM-Signature: v=1\r\nAuthentication-Results: mx; spf=pass\r\n" + mail()
        )
        assert self.key(other) == self.key(mail())

    def test_line_ends_folding_and_a_last_empty_line_do_not_count(self) -> None:
        unix = mail().replace(b"\r\n", b"\n").replace(b"My kettle", b"My\n  kettle") + b"\n"
        assert self.key(unix) == self.key(mail())

    @pytest.mark.parametrize(
        ("old", "new"), [(b"exploded.", b"imploded."), (b"Subject: My", b"Subject: Our"), (b"ann@", b"eve@")]
    )
    def test_what_was_written_counts(self, old: bytes, new: bytes) -> None:
        assert self.key(mail().replace(old, new)) != self.key(mail())

    def test_a_squatted_message_id_gives_another_key(self) -> None:
        assert content_key("<one@x>", mail("mine")) != content_key("<one@x>", mail("yours"))

    def test_parse_gives_the_same_key(self) -> None:
        assert parse(mail()).content_key == self.key(mail())


class TestSkeleton:
    def test_it_agrees_with_the_parser_on_an_ordinary_header(self) -> None:
        raw = mail("x", "Reply-To: A. Archer <reply@customer.example>", "References: <a@x> <b@x>")
        whole, bare = parse(raw), skeleton(raw)
        for field in (
            "raw_sha256",
            "content_key",
            "size",
            "message_id",
            "references",
            "in_reply_to",
            "subject",
        ):
            assert getattr(bare, field) == getattr(whole, field), field
        for field in ("from_", "reply_to", "to", "date", "content_type", "headers"):
            assert getattr(bare, field) == getattr(whole, field), field
        assert not bare.complete
        assert bare.text == ""

    def test_it_reads_what_the_guards_refuse(self) -> None:
        raw = HEADER.encode() + b"X: y\n" * 5000 + b"\nx"
        assert skeleton(raw).subject == "My kettle exploded"
        assert len(skeleton(raw).headers) <= 1000

    def test_a_quoted_name_can_not_pose_as_the_address(self) -> None:
        message = skeleton(b'From: "Boss <boss@acme.example>" <evil@x.example>\r\n\r\nx')
        assert [a.email for a in message.from_] == ["evil@x.example"]
