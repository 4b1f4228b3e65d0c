"""How do the cage and its child talk? In frames: a length, then that many bytes.

A mail travels to the child as it is. Of an answer the first byte says what the rest is.
"""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">Q")

READY = b"R"  # once, when the child can take its first mail
MESSAGE = b"M"  # a pickled Message
TOO_COMPLEX = b"T"  # a guard refused; the sentence
FAILED = b"E"  # the parser raised; the sentence
OUT_OF_MEMORY = b"O"  # the child ends after this
