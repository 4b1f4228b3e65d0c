"""What does the customer's photo show? A broken plate, drawn here so that no picture has to be shipped."""

from __future__ import annotations

import math
import struct
import zlib

_SIZE = 240
_TABLE = (150, 112, 78)
_PLATE = (246, 244, 238)
_RIM = (222, 219, 210)
_RING = (70, 105, 150)
_CRACK = (92, 80, 70)


def broken_plate() -> bytes:
    """Return a PNG of 240 by 240 pixels."""
    rows = b"".join(
        b"\0" + bytes(channel for x in range(_SIZE) for channel in _pixel(x, y)) for y in range(_SIZE)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", _SIZE, _SIZE, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pixel(x: int, y: int) -> tuple[int, int, int]:
    # The crack is a zigzag from top right to bottom left; the smaller half lies a little off.
    across, down = x - _SIZE / 2, y - _SIZE / 2
    zigzag = 14 * abs((y / 22) % 2 - 1)
    side = across + 0.35 * down - 18 - zigzag
    if abs(side) < 2.2 and math.hypot(across, down) < 98:
        return _CRACK
    if side > 0:
        across, down = across - 9, down - 5
    distance = math.hypot(across, down)
    if distance > 98:
        grain = int(7 * math.sin(y / 5 + 3 * math.sin(x / 60)))
        return (_TABLE[0] + grain, _TABLE[1] + grain, _TABLE[2] + grain)
    if 78 < distance < 82:
        return _RING
    return _RIM if distance > 64 else _PLATE
