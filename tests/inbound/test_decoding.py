"""What do encoded header values and bodies say? The decoders below the parser."""

from __future__ import annotations

import binascii
import re

from hypothesis import given
from hypothesis import strategies as st

from mailproc.inbound.headers import b64decode

_PIECES = [b"QUJD", b"A", b"/", b"+9", b"=", b"==", b"\r\n", b" ", b"-", b"\x80"]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map(b"".join))
def test_the_fast_decoder_of_base64_reads_what_the_slow_one_reads(data: bytes) -> None:
    try:
        expected = binascii.a2b_base64(data)
    except binascii.Error:
        kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        kept = kept[: len(kept) - (len(kept) % 4 == 1)]
        expected = binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    assert b64decode(data) == expected
