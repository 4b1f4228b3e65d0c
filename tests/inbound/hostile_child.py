"""A child of the cage that obeys its mails: the real one, whose parser hangs, burns or dies on request."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from mailproc.inbound import caged
from mailproc.inbound.attachments import extract_files
from mailproc.inbound.parse import parse
from mailproc.mail import Attachment, Extract, Message


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


def lie(raw: bytes, asked: list[tuple[Attachment, bool]]) -> list[Extract]:
    match asked[0][0].name:
        case "OTHER BYTES":
            return [Extract(shown=False, data=b"other")]
        case "TOO FEW":
            return []
        case "NO TEXT":
            return [Extract(shown=False, harm=b"x")]  # type: ignore[arg-type]
        case "UNASKED":
            return extract_files(raw, [(file, True) for file, _ in asked])
        case "EXIT":
            os._exit(3)
    return extract_files(raw, asked)


if __name__ == "__main__":
    caged.parse = obey  # type: ignore[assignment]
    caged.extract_files = lie  # type: ignore[assignment]
    caged.main()
