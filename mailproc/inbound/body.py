"""What did the customer write: which parts of a mail are its text, and what do they say?

Parts are combined from the leaves up: of a multipart/alternative one branch speaks, of everything
else all of them in order. Attachments, enclosed messages and the returned half of a report are never
mixed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailproc.inbound.charsets import decode
from mailproc.inbound.guards import Limits
from mailproc.inbound.html_text import html_to_text
from mailproc.inbound.structure import Part
from mailproc.inbound.uuencode import Block, find_uuencoded

# Parts of type text that are data, not words to us.
_DATA_TYPES = {
    "text/calendar",
    "text/rfc822-headers",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "text/csv",
    "text/x-amp-html",
    "text/watch-html",
}
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)

# A plain branch of this size may be a mere notice that the mail is to be read as HTML.
_STUB_CHARS = 400
_STUB = re.compile(
    r"\bhtml\b|does not support|doesn't support|view (?:it|this (?:e-?mail|message)|in) |nicht angezeigt|"
    r"ne supporte pas|nem támogatja",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """The text, which parts it was taken from, and what had to be guessed or cut."""

    text: str
    from_html: bool
    parts: frozenset[int]
    pasted: tuple[tuple[int, Block], ...] = ()  # uuencoded files found in the text of a part
    defects: tuple[str, ...] = ()


def read_body(parts: Sequence[Part], limits: Limits) -> Body:
    """Return the text of a mail whose parts are given in depth-first order."""
    reader = _Reader(limits)
    chosen: dict[int, list[Part]] = {}
    # Backwards, every part comes after all that it holds.
    for part in reversed(parts):
        chosen[part.number] = _combine(part, [chosen[child.number] for child in part.children], reader)
    leaves = chosen[0]
    if not any(reader.text(leaf).strip() for leaf in leaves):
        leaves = _named_texts(parts) or leaves
    texts = [text for leaf in leaves if (text := reader.text(leaf).strip("\n"))]
    read = [leaf for leaf in leaves if reader.text(leaf)]
    return Body(
        text="\n\n".join(texts).strip(),
        from_html=bool(read) and all(leaf.content_type == "text/html" for leaf in read),
        parts=frozenset(leaf.number for leaf in leaves),
        pasted=tuple(reader.pasted),
        defects=tuple(reader.defects),
    )


def is_text(part: Part) -> bool:
    """Whether a leaf is there to be read in place: text, not an attachment, not named as a file."""
    if part.is_multipart or part.content_type in _DATA_TYPES:
        return False
    if part.content_type.startswith("multipart/"):
        return True  # the boundary is missing: the library kept the body as one text
    return part.content_type.startswith("text/") and part.disposition != "attachment" and not part.name


def _combine(part: Part, branches: list[list[Part]], reader: _Reader) -> list[Part]:
    if not part.children:
        return [part] if is_text(part) else []
    match part.content_type:
        case "multipart/alternative":
            return _best(branches, reader)
        case "multipart/report":
            # The first part is for people, the others for machines (RFC 6522 section 3).
            return branches[0]
        case "multipart/related":
            # The root speaks; the others are what it refers to (RFC 2387).
            return next((branch for branch in branches if branch), [])
        case _:
            return [leaf for branch in branches for leaf in branch]


def _best(branches: list[list[Part]], reader: _Reader) -> list[Part]:
    """Choose the branch that says most to us: plain text unless it is empty or only a notice."""
    plain = [b for b in branches if b and all(leaf.content_type != "text/html" for leaf in b)]
    rich = [b for b in branches if b and any(leaf.content_type == "text/html" for leaf in b)]
    for branch in plain:
        text = "\n".join(reader.text(leaf) for leaf in branch)
        if not _has_words(text):
            continue
        if len(text) < _STUB_CHARS and _STUB.search(text) and rich:
            said = "\n".join(reader.text(leaf) for leaf in rich[-1])
            if len(said) > len(text):
                return rich[-1]
        return branch
    for branch in [*reversed(rich), *plain]:
        if any(_has_words(reader.text(leaf)) for leaf in branch):
            return branch
    return next(iter([*plain, *rich]), [])


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _named_texts(parts: Sequence[Part]) -> list[Part]:
    """Return the first text that has a file name but is shown in place: better than nothing to read."""
    return [
        part
        for part in parts
        if part.content_type in ("text/plain", "text/html") and part.disposition != "attachment"
    ][:1]


class _Reader:
    """Decodes the text of a part once, however often it is asked for."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._texts: dict[int, str] = {}
        self.pasted: list[tuple[int, Block]] = []
        self.defects: list[str] = []

    def text(self, part: Part) -> str:
        if part.number not in self._texts:
            self._texts[part.number] = self._read(part)
        return self._texts[part.number]

    def _read(self, part: Part) -> str:
        data = part.payload()
        charset = part.charset
        if part.content_type == "text/html":
            meta = None if charset else _META_CHARSET.search(data[:2048])
            text = self._decoded(data, meta[1].decode("ascii") if meta else charset)
            if len(text) > self._limits.html_chars:
                self.defects.append(f"HTML of {len(text)} characters cut at {self._limits.html_chars}")
            return html_to_text(text, self._limits.html_chars)
        data = self._without_files(part, data)
        text = self._decoded(data, charset).replace("\r\n", "\n").replace("\r", "\n")
        if part.parameters.get("format", "").lower() == "flowed":
            return unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _decoded(self, data: bytes, charset: str | None) -> str:
        text, defect = decode(data, charset)
        if defect is not None:
            self.defects.append(defect)
        return text

    def _without_files(self, part: Part, data: bytes) -> bytes:
        kept: list[bytes] = []
        copied = 0
        for block in find_uuencoded(data):
            self.pasted.append((part.number, block))
            kept.append(data[copied : block.start])
            copied = block.end
        return b"".join([*kept, data[copied:]]) if copied else data


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676 section 4), keeping quote depth.

    A line that ends in a space goes on in the next one of the same quote depth; the signature mark
    `-- ` never does. With DelSp the space itself was only a mark.
    """
    out: list[str] = []
    pending: list[str] = []
    pending_depth = 0

    def flush() -> None:
        if pending:
            out.append((">" * pending_depth + " " if pending_depth else "") + "".join(pending))
            pending.clear()

    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        content = bare[1:] if bare.startswith(" ") else bare
        if pending and depth != pending_depth:
            flush()
        if content == "-- ":
            flush()
            out.append((">" * depth + " " if depth else "") + content)
            continue
        pending_depth = depth
        if content.endswith(" "):
            pending.append(content[:-1] if delete_space else content)
        else:
            pending.append(content)
            flush()
    flush()
    return "\n".join(out)
