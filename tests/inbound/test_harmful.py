"""Which files are not handed on: by extension, by declared type, by bytes that cannot be renamed away."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproc.inbound.attachments import safe_name
from mailproc.inbound.harmful import harm_inside, harm_of_kind

PDF = "application/pdf"


@pytest.mark.parametrize(
    ("name", "kind", "harm"),
    [
        ("setup.exe", PDF, "a program"),
        ("SETUP.EXE", PDF, "a program"),
        ("invoice.pdf.exe", PDF, "a program"),
        ("invoice.pdf                .scr", PDF, "a program"),
        ("run.ps1", PDF, "a script"),
        ("note.js", PDF, "a script"),
        ("list.xlsm", PDF, "a document with macros"),
        ("form.htm", PDF, "a page that can run scripts"),
        ("drawing.svg", PDF, "a page that can run scripts"),
        ("invoice.lnk", PDF, "a shortcut or a setting"),
        ("disk.iso", PDF, "a disk image"),
        ("photo.jpg", "application/x-msdownload", "a program"),
        ("photo.jpg", "text/html", "a page that can run scripts"),
        ("form.doc", "application/vnd.ms-word.document.macroenabled.12", "a document with macros"),
        ("bill.pdf", PDF, ""),
        ("exe", PDF, ""),
        ("setup.exe.txt", "text/plain", ""),
        ("photo.jpg", "image/jpeg", ""),
        ("form.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""),
        ("song.mp3", "audio/mpeg", ""),
        ("part-3.bin", "application/octet-stream", ""),
    ],
)
def test_the_kind_of_a_file_is_its_last_extension_and_its_declared_type(name: str, kind: str, harm: str):
    assert harm_of_kind(name, kind) == harm


@pytest.mark.parametrize(
    "disguise",
    [
        "invoice\u202efdp.exe",
        "a.exe.",
        "a.exe ",
        "a.e\u200bxe",
        "a．exe",
        "x/../a.exe",
        "C:\\a.exe",
        "a.exe\0",
    ],
)
def test_a_disguise_does_not_outlive_the_safe_name(disguise: str):
    assert harm_of_kind(safe_name(disguise), PDF) == "a program"


def archive(*names: str, password: bool = False) -> bytes:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
            for name in names:
                opened.writestr(name, b"words " * 100)
        data = bytearray(stream.getvalue())
    if password:
        data[6] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "harm"),
    [
        (b"MZ\x90\0" + bytes(100), "a program"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\xcf\xfa\xed\xfe\x07", "a program"),
        (b"#!/bin/sh\n", "a script"),
        (b"L\0\0\0\x01\x14\x02\0\0\0", "a shortcut or a setting"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE  html><p>", "a page that can run scripts"),
        (b'<?xml version="1.0"?>\n<!-- x --><svg>', "a page that can run scripts"),
        (bytes(32769) + b"CD001", "a disk image"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..." + "_VBA_PROJECT".encode("utf-16-le"),
            "a document with macros",
        ),
        (archive("word/document.xml", "word/vbaProject.bin"), "a document with macros"),
        (archive("bill.pdf", "in/side/tool.exe"), "an archive with a program in it"),
        (archive("bill.pdf", password=True), "an archive with a password"),
        (archive("bill.pdf", "chapter.html", "photo.jpg"), ""),
        (b"MZ initials of a person, and a letter of many words that has no zeros in it at all, none", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old document", ""),
        (b"%PDF-1.7 <html>", ""),
        (b"<?xml version='1.0'?><invoice/>", ""),
        (b"\xff\xd8\xff\xe0", ""),
        (b"", ""),
    ],
)
def test_some_bytes_tell_what_a_file_is_whatever_its_name_says(data: bytes, harm: str):
    assert harm_inside(data) == harm


def test_an_archive_inside_an_archive_is_seen_when_it_is_stored():
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as outer:
            outer.writestr("inner.zip", archive("tool.vbs"))
        assert harm_inside(stream.getvalue()) == "an archive with a script in it"


@given(st.binary(max_size=200).map(lambda data: b"PK\x03\x04" + data))
def test_a_damaged_archive_never_raises(data: bytes):
    assert isinstance(harm_inside(data), str)
    assert isinstance(harm_inside(archive("a.txt")[: len(data)] + data), str)
