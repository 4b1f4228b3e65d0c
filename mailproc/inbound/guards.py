"""Is this mail small and flat enough to be handed to the parser?

Every check is a pass over the bytes in linear time and without recursion, made before anything is
built. What is refused here goes to quarantine with its bytes kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailproc.errors import TooComplex
from mailproc.inbound.headers import HEADER_LIMIT, VALUE_LIMIT, header_block, split_fields, unfold


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of each thing a mail may have.

    The figures are our choice: far above what people and their programs send, far below what costs
    seconds or gigabytes. Header values and addresses above their limit are cut with a defect noted;
    the rest is refused.
    """

    header_bytes: int = HEADER_LIMIT
    header_fields: int = 1000
    value_bytes: int = VALUE_LIMIT
    depth: int = 30
    parts: int = 1000
    parameters: int = 200
    addresses: int = 500
    html_chars: int = 1_000_000


_DASHES = re.compile(rb"(?m)^--([^\r\n]*)|\r--([^\r\n]*)")
_BOUNDARY = re.compile(rb'(?i);\s*boundary\s*=\s*(?:"([^"]{0,998})"|([^\s;"]{1,998}))')
_CONTENT = re.compile(rb"(?im)^content-(?:type|disposition):[^\r\n]*+(?:(?:\r\n|\n|\r)[ \t][^\r\n]*+)*+")


def check_header(block: bytes, limits: Limits) -> None:
    """Refuse a header that is too long or has too many fields."""
    if len(block) > limits.header_bytes:
        raise TooComplex(f"the header has {len(block)} bytes; at most {limits.header_bytes} are read")
    # Every field has a colon, so few colons prove few fields without splitting.
    if block.count(b":") > limits.header_fields:
        fields = len(split_fields(block))
        if fields > limits.header_fields:
            raise TooComplex(f"the header has {fields} fields; at most {limits.header_fields} are read")


def check_structure(raw: bytes, limits: Limits) -> None:
    """Refuse a mail whose parts are too many or nested too deep, or whose part headers are absurd.

    `raw` may have its inert stretches lifted out (see `structure.py`): they hold no part. Two counts
    that can only be too high clear almost every mail; the rest is looked at line by line.
    """
    # Python's parser of parameters takes time in the square of their number.
    if raw.count(b";") > limits.parameters:
        for match in _CONTENT.finditer(raw):
            if match[0].count(b";") > limits.parameters:
                found = match[0].count(b";")
                raise TooComplex(
                    f"a part header has {found} parameters; at most {limits.parameters} are read"
                )
    boundaries = raw.count(b"\n--") + raw.count(b"\r--")
    if boundaries <= limits.parts and raw.lower().count(b"multipart/") <= limits.depth:
        return
    _walk_boundaries(raw, limits)


def _walk_boundaries(raw: bytes, limits: Limits) -> None:
    """Follow the boundary lines with a stack of the multiparts that are open."""
    stack: list[bytes] = []
    level: dict[bytes, int] = {}  # boundary → its place in the stack
    parts = 1

    def open_part(at: int) -> None:
        boundary = _boundary_of(raw, at, limits)
        if boundary and boundary not in level:
            level[boundary] = len(stack)
            stack.append(boundary)

    def close_down_to(depth: int) -> None:
        while len(stack) > depth:
            del level[stack.pop()]

    open_part(0)
    for match in _DASHES.finditer(raw):
        token = (match[1] if match[1] is not None else match[2]).rstrip(b" \t")
        if token in level:
            close_down_to(level[token] + 1)
            parts += 1
            open_part(_after_line_end(raw, match.end()))
        elif token.endswith(b"--") and token[:-2] in level:
            close_down_to(level[token[:-2]])
        if len(stack) > limits.depth:
            raise TooComplex(f"the mail nests more than {limits.depth} multiparts, that many are read")
        if parts > limits.parts:
            raise TooComplex(f"the mail has more than {limits.parts} parts, that many are read")


def _boundary_of(raw: bytes, at: int, limits: Limits) -> bytes | None:
    # The slice bounds the work for each part; a longer part header is not looked through to its end.
    for name, value in split_fields(header_block(raw[at : at + limits.value_bytes])):
        if name == "content-type":
            match = _BOUNDARY.search(unfold(value))
            if match and value.lstrip().lower().startswith(b"multipart/"):
                return match[1] if match[1] is not None else match[2]
            return None
    return None


def _after_line_end(raw: bytes, at: int) -> int:
    if raw[at : at + 2] == b"\r\n":
        return at + 2
    return at + 1
