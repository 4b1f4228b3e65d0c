"""Which files are not handed on, because a person who opens one may run what a stranger wrote?

Decided by the last extension, by the declared type, and by a few bytes that cannot be renamed away. It is no
virus scanner, and looks into nothing but the list of names that a zip archive carries in the clear. The
table is our own, made from what Gmail and Outlook refuse and from the formats in which a page or a macro
runs; what is missing here, a scanner of the mail host has to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailproc.sentences import said_again, say

_PROGRAM, _SCRIPT, _MACROS = say("a program"), say("a script"), say("a document with macros")
_PAGE, _SHORTCUT = say("a page that can run scripts"), say("a shortcut or a setting")
_IMAGE = say("a disk image")
_WITH_PASSWORD = say("an archive with a password")
_SAID = {str(kind): kind for kind in (_PROGRAM, _SCRIPT, _MACROS, _PAGE, _SHORTCUT, _IMAGE, _WITH_PASSWORD)}

_EXTENSIONS = {
    _PROGRAM: "apk app appimage appx appxbundle cab class com cpl deb dll drv elf ex_ exe gadget ipa jar lib"
    " msi msix msixbundle msp mst ocx pif pkg rpm scr so sys vxd xap xbap xll",
    _SCRIPT: "ahk asp aspx bas bash bat cgi cmd csh diagcab fxp hta inf ins isp jnlp js jse jsp ksh mjs msh"
    " nsh php phar pl prg ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyo pyw pyz rb reg sct sh shb shs tcl vb vba"
    " vbe vbs ws wsc wsf wsh zsh",
    _MACROS: "accda accdb accde ade adp docm dotm mda mdb mde potm ppam ppsm pptm sldm wll xla xlam xlm xlsb"
    " xlsm xltm",
    _PAGE: "chm hlp htm html mht mhtml shtml svg svgz swf xht xhtml xslt",
    _SHORTCUT: "application appref-ms desktop diagcfg diagpkg grp iqy library-ms lnk mad maf mag mam maq mar"
    " mas mat mau mav maw msc one onepkg osd pcd printerexport rdp scf search-ms searchconnector-ms"
    " settingcontent-ms slk theme url webloc website xnk",
    _IMAGE: "dmg img iso udf vhd vhdx vmdk wim",
}
_OF_EXTENSION = {extension: kind for kind, listed in _EXTENSIONS.items() for extension in listed.split()}

_TYPES = {
    _PROGRAM: "application/java-archive application/java-vm application/vnd.android.package-archive"
    " application/vnd.debian.binary-package application/vnd.microsoft.portable-executable"
    " application/vnd.ms-cab-compressed application/x-dosexec application/x-elf application/x-executable"
    " application/x-java-archive application/x-mach-binary application/x-ms-installer"
    " application/x-msdownload application/x-msdos-program application/x-msi application/x-rpm"
    " application/x-sharedlib",
    _SCRIPT: "application/ecmascript application/hta application/javascript application/x-bat"
    " application/x-csh application/x-httpd-php application/x-java-jnlp-file application/x-javascript"
    " application/x-perl application/x-php application/x-powershell application/x-python-code"
    " application/x-sh application/x-shellscript text/ecmascript text/javascript text/vbscript"
    " text/x-perl text/x-python text/x-sh text/x-shellscript",
    _MACROS: "application/msaccess application/vnd.ms-access application/x-msaccess",
    _PAGE: "application/vnd.ms-htmlhelp application/x-shockwave-flash application/xhtml+xml image/svg+xml"
    " text/html text/x-amp-html",
    _SHORTCUT: "application/internet-shortcut application/msonenote application/onenote"
    " application/x-mswinurl application/x-ms-application application/x-ms-shortcut"
    " application/x-desktop text/x-uri",
    _IMAGE: "application/x-apple-diskimage application/x-cd-image application/x-iso9660-image"
    " application/x-raw-disk-image application/x-vhd",
}
_OF_TYPE = {content_type: kind for kind, listed in _TYPES.items() for content_type in listed.split()}

_BEGINNINGS = (
    (b"\x7fELF", _PROGRAM),
    (b"\xfe\xed\xfa\xce", _PROGRAM),  # Mach-O, in both word sizes and byte orders, and its fat form, which
    (b"\xfe\xed\xfa\xcf", _PROGRAM),  # begins like a compiled class of Java
    (b"\xce\xfa\xed\xfe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"\xca\xfe\xba\xbe", _PROGRAM),
    (b"#!", _SCRIPT),
    (b"ITSF", _PAGE),  # compiled HTML help
    (b"L\0\0\0\x01\x14\x02\0", _SHORTCUT),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", _SHORTCUT),  # OneNote
)
_HEAD = 1024
_DOS_HEADER = 64  # bytes, with zeros in every program; a text may begin with MZ too
_PAGE_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html|<head|<body|<script|<svg|<iframe)", re.I
)
_DRAWING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}>.*<svg", re.I | re.S)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007
_OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_ISO_MARK = slice(32769, 32774)

_ZIP_ENTRY = b"PK\x03\x04"
_ZIP_HEADER = 30  # bytes before the name (APPNOTE.TXT section 4.3.7)
_ZIP_METHODS = {0, 8, 9, 12, 14, 93, 95, 98, 99}
_ZIP_NEWEST = 63  # the version that an entry may need


def harm_of_kind(name: str, content_type: str) -> str:
    """Return what a file is by its safe name and declared type that must not be handed on; '' if nothing.

    The last extension counts: `invoice.pdf.exe` is a program.
    """
    return (
        _of_name(name)
        or _OF_TYPE.get(content_type, "")
        or (_MACROS if "macroenabled" in content_type else "")
    )


def harm_again(harm: str) -> str:
    """Return what the cage has answered as a sentence: what leaves it is text alone."""
    return said_again(harm, (*_SAID, "an archive with {kind} in it"), {"kind": _SAID})


def harm_inside(data: bytes) -> str:
    """Return what the bytes of a file are that must not be handed on, whatever its name says; '' if nothing.

    Time and memory are linear in the length; nothing is unpacked.
    """
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data.startswith(b"MZ") and b"\0" in data[:_DOS_HEADER]:
        return _PROGRAM
    if _PAGE_BEGINS.match(data[:_HEAD]) or _DRAWING.match(data[:_HEAD]):
        return _PAGE
    if data[_ISO_MARK] == b"CD001":
        return _IMAGE
    if data.startswith(_OLE) and _OLE_MACROS in data:
        return _MACROS
    return next(_in_zip(data), "") if data.startswith(b"PK") else ""


def _of_name(name: str) -> str:
    return _OF_EXTENSION.get(name.rpartition(".")[2].strip().casefold(), "") if "." in name else ""


def _in_zip(data: bytes) -> Iterator[str]:
    """Look at the header of each entry. Pages in an archive do no harm: e-books are made of them."""
    at = data.find(_ZIP_ENTRY)
    while at >= 0:
        header = data[at : at + _ZIP_HEADER]
        needs, flags, method = (int.from_bytes(header[n : n + 2], "little") for n in (4, 6, 8))
        # Four bytes may also stand inside what was compressed.
        if len(header) == _ZIP_HEADER and needs & 0xFF <= _ZIP_NEWEST and method in _ZIP_METHODS:
            if flags & 1:
                yield _WITH_PASSWORD
            start = at + _ZIP_HEADER
            name = data[start : start + int.from_bytes(header[26:28], "little")].decode("utf-8", "replace")
            if name.casefold().endswith("vbaproject.bin"):
                yield _MACROS
            if (kind := _of_name(name)) and kind != _PAGE:
                yield say("an archive with {kind} in it", kind=kind)
        at = data.find(_ZIP_ENTRY, at + 1)
