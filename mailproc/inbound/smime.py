"""What stands inside an opaque S/MIME signature, where the mail is wrapped in the signature?

Only unwraps; nothing is verified, and nothing here is proof of anything. BER (X.690) is read just far
enough for the one path of CMS SignedData (RFC 5652 section 5.1) that leads to the content.
"""

from __future__ import annotations

_SEQUENCE, _SET, _OID, _INTEGER, _OCTETS, _EXPLICIT_0 = 0x30, 0x31, 0x06, 0x02, 0x04, 0xA0
_CONSTRUCTED_OCTETS = 0x24
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_NESTING = 8


class _Malformed(Exception):
    """The bytes are not the structure they should be; never leaves this module."""


def signed_content(data: bytes) -> bytes | None:
    """Return the mail inside a CMS SignedData, or None when the data is no such thing."""
    try:
        return _signed_content(data)
    except (_Malformed, IndexError):
        return None


def _signed_content(data: bytes) -> bytes:
    at, _ = _enter(data, 0, _SEQUENCE)
    start, end = _enter(data, at, _OID)
    if end is None or data[start:end] != _SIGNED_DATA:
        raise _Malformed
    at, _ = _enter(data, end, _EXPLICIT_0)
    at, _ = _enter(data, at, _SEQUENCE)
    at = _skip(data, at, _INTEGER)
    at = _skip(data, at, _SET)
    at, _ = _enter(data, at, _SEQUENCE)
    at = _skip(data, at, _OID)
    at, _ = _enter(data, at, _EXPLICIT_0)
    if data[at] == _OCTETS:
        start, end = _enter(data, at, _OCTETS)
        return data[start:end]
    pieces = []
    at, stop = _enter(data, at, _CONSTRUCTED_OCTETS)
    while (at < stop) if stop is not None else (data[at : at + 2] != b"\0\0"):
        start, end = _enter(data, at, _OCTETS)
        if end is None:
            raise _Malformed
        pieces.append(data[start:end])
        at = end
    return b"".join(pieces)


def _enter(data: bytes, at: int, tag: int) -> tuple[int, int | None]:
    """Return where the content of the element at `at` begins and ends; no end: it is marked inside."""
    if data[at] != tag:
        raise _Malformed
    first = data[at + 1]
    if first < 0x80:
        start, length = at + 2, first
    elif first == 0x80:
        return at + 2, None
    else:
        count = first & 0x7F
        start, length = at + 2 + count, int.from_bytes(data[at + 2 : at + 2 + count], "big")
        if count > 5:
            raise _Malformed
    if start + length > len(data):
        raise _Malformed
    return start, start + length


def _skip(data: bytes, at: int, tag: int, nesting: int = 0) -> int:
    start, end = _enter(data, at, tag)
    if end is not None:
        return end
    if nesting > _NESTING:
        raise _Malformed
    while data[start : start + 2] != b"\0\0":
        start = _skip(data, start, data[start], nesting + 1)
    return start + 2
