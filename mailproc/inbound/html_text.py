"""What does a person read when a mail client shows this HTML?

inscriptis renders it: tables and lists stay readable, styles, scripts and hidden elements are dropped.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}+")
_DROPPED = ("script", "style", "head", "title")


def html_to_text(source: str, limit: int) -> str:
    """Return the readable text of an HTML document of at most `limit` characters; the rest is cut.

    libxml2 stops at 256 nested elements and silently drops what follows, so a sender could hide the
    complaint from us; such a document, and one on which the renderer fails, is read by
    `strip_tags` instead.
    """
    # Loaded late: most mails bring their text in plain.
    from inscriptis.html_engine import Inscriptis
    from lxml.etree import LxmlError  # type: ignore[import-untyped]
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

    source = source[:limit]
    if not source.strip():
        return ""
    parser = HTMLParser(encoding="utf-8")
    try:
        # Bytes, so that an encoding named inside the document is no contradiction.
        tree = document_fromstring(source.encode("utf-8"), parser=parser)
        text = Inscriptis(tree).get_text()
    except (LxmlError, ValueError, LookupError, RecursionError, AttributeError, TypeError, IndexError):
        return strip_tags(source)
    too_deep = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    if too_deep or not text.strip():
        return strip_tags(source)
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")


def strip_tags(source: str) -> str:
    """Return the text between the tags, in linear time and without a parser."""
    text = _TAG.sub(" ", _without_dropped(source))
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_dropped(source: str) -> str:
    lower = source.lower()
    # A few characters change their length when lowered; then positions would not fit.
    if len(lower) != len(source):
        return source
    for name in _DROPPED:
        opening, closing = re.compile(rf"<{name}[\s>]"), f"</{name}"
        kept: list[str] = []
        copied = 0
        while (start := opening.search(lower, copied)) is not None:
            end = lower.find(closing, start.end())
            if end < 0:
                break
            kept.append(source[copied : start.start()])
            copied = end
        source = "".join(kept) + source[copied:]
        lower = source.lower()
    return source
