"""What runs inside the cage: a child process that parses one mail after the other.

It imports the parser and nothing else of mailproc, reads mails from its standard input, answers on its
standard output (see `frames.py`), and ends when its input does, which is also when the parent dies.
"""

from __future__ import annotations

import logging
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Sequence
from typing import BinaryIO

from mailproc.errors import TooComplex
from mailproc.inbound.attachments import extract_files
from mailproc.inbound.frames import (
    EXTRACTS,
    FAILED,
    LENGTH,
    MESSAGE,
    OUT_OF_MEMORY,
    PARSE,
    READY,
    TOO_COMPLEX,
)
from mailproc.inbound.language import prepare
from mailproc.inbound.parse import parse
from mailproc.mail import Extract


def main() -> None:
    """Arguments: seconds of processor time, seconds of wall time, bytes of memory, languages."""
    cpu, wall, memory = (int(argument) for argument in sys.argv[1:4])
    # A Ctrl-C or a stop of the whole service reaches the children too; the parent ends them in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # What a library logs or prints about a stranger's mail must reach neither the log nor the answer.
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    prepare(sys.argv[4:])  # before the first mail comes, so that it takes none of its time
    send(answers, READY, b"")
    serve(sys.stdin.buffer, answers, cpu=cpu, wall=wall, languages=sys.argv[4:])


def serve(mails: BinaryIO, answers: BinaryIO, *, cpu: int, wall: int, languages: Sequence[str]) -> None:
    """Answer every mail until the input ends."""
    while (asked := receive(mails)) is not None:
        what, raw = asked
        give_time(cpu, wall)
        try:
            if what == PARSE:
                kind, content = MESSAGE, pickle.dumps(parse(raw, languages=languages), protocol=5)
            else:
                kind, content = EXTRACTS, pickle.dumps(files_of(raw), protocol=5)
        except TooComplex as error:
            kind, content = TOO_COMPLEX, str(error).encode("utf-8", "replace")
        except MemoryError:
            kind, content = OUT_OF_MEMORY, b""
        # Whatever else comes out of the parser is a fault of ours that one mail found: it costs that
        # mail, not the child. This is the edge of the unit of work.
        except Exception as error:
            kind, content = FAILED, f"{type(error).__name__}: {error}"[:500].encode("utf-8", "replace")
        signal.alarm(0)
        send(answers, kind, content)
        del asked, raw, content  # waiting for the next mail costs no memory of this one
        if kind == OUT_OF_MEMORY:
            return  # what the heap looks like now nobody knows; a fresh child takes over


def give_time(cpu: int, wall: int) -> None:
    """Move the limit of processor time forward for the next mail.

    The alarm only matters when the parent is gone and nobody is left to look at the clock.
    """
    used = int(time.process_time()) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + cpu, hard))
    signal.alarm(2 * wall + 1)


def files_of(question: bytes) -> list[Extract]:
    """Take files out of a mail; the list of those that are asked for comes from our parent before it."""
    (length,) = LENGTH.unpack_from(question)
    end = LENGTH.size + length
    asked = pickle.loads(question[LENGTH.size : end])  # noqa: S301 (our parent wrote it)
    return extract_files(question[end:], asked)


def receive(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """Return the next frame as its kind and content, or None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    kind = stream.read(1)
    body = stream.read(length - 1)
    return (kind, body) if len(body) == length - 1 else None


def send(stream: BinaryIO, kind: bytes, content: bytes) -> None:
    stream.write(LENGTH.pack(len(content) + 1) + kind)
    stream.write(content)
    stream.flush()
