"""How are mail bytes stored? Compressed with zstd, with the length beside them so that damage shows."""

from __future__ import annotations

import threading

import zstandard

from mailproc.errors import DatabaseError

# Level 1: mail is written once and read seldom, and base64 does not repay effort (our choice).
_local = threading.local()


def pack(raw: bytes) -> bytes:
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
    packed: bytes = compressor.compress(raw)
    return packed


def unpack(packed: bytes, size: int) -> bytes:
    """Return the original bytes; raises DatabaseError when they are not what was stored."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
    except zstandard.ZstdError as error:
        raise DatabaseError(
            f"a stored mail is damaged ({error}); restore the database from a backup"
        ) from error
    if len(raw) != size:
        raise DatabaseError(f"a stored mail has {len(raw)} bytes instead of {size}; restore from a backup")
    return raw
