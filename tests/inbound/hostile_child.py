"""A child of the cage that obeys its mails: the real one, whose parser hangs, burns or dies on request."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from mailproc.inbound import caged
from mailproc.inbound.parse import parse
from mailproc.mail import Message


def obey(raw: bytes, **options: Any) -> Message:
    match raw.partition(b"\r\n\r\n")[2].strip():
        case b"HANG":
            time.sleep(3600)
        case b"BURN":
            while True:
                pass
        case b"HOG":
            # At once, so that it is memory that runs out and not the time to fill it with zeros.
            return Message(raw_sha256="", content_key="", size=len(bytearray(1_000_000_000)))
        case b"ABORT":
            os.abort()
        case b"EXIT":
            os._exit(3)
        case b"RAISE":
            raise KeyError("a fault of ours")
        case b"PRINT":
            print("a library prints", flush=True)
        case b"LIE":
            return Message(raw_sha256="", content_key="", size=0, text=Path("/"))  # type: ignore[arg-type]
        case b"PID":
            return Message(raw_sha256=str(os.getpid()), content_key="", size=0)
        case b"SECRETS":
            return Message(raw_sha256="", content_key="", size=0, text=" ".join(os.environ))
        case b"MODULES":
            return Message(raw_sha256="", content_key="", size=0, text=" ".join(sys.modules))
    return parse(raw, **options)


if __name__ == "__main__":
    caged.parse = obey  # type: ignore[assignment]
    caged.main()
