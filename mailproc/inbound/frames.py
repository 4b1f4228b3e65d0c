"""How do the cage and its child talk? In frames: a length, then that many bytes.

Of each the first byte says what the rest is. A mail travels to the child as it is.
"""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">Q")

PARSE = b"P"  # a mail: read it
FILES = b"F"  # the length of what is asked, that (a pickled list of attachments), a mail

READY = b"R"  # once, when the child can take its first mail
MESSAGE = b"M"  # a pickled Message
EXTRACTS = b"X"  # a pickled list of Extracts
TOO_COMPLEX = b"T"  # a guard refused; the sentence
FAILED = b"E"  # the parser raised; the sentence
OUT_OF_MEMORY = b"O"  # the child ends after this
