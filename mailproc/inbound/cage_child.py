"""One child of the cage as its parent sees it: how it is started, asked, timed and ended.

Used by `cage.py` alone. Every wait goes through poll with a deadline, so that no child can hold its
parent.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import pickle
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from mailproc.errors import ParseError, TooComplex
from mailproc.inbound.frames import (
    EXTRACTS,
    FAILED,
    FILES,
    LENGTH,
    MESSAGE,
    OUT_OF_MEMORY,
    PARSE,
    READY,
    TOO_COMPLEX,
)
from mailproc.mail import Attachment, Extract, Message

_START_SECONDS = 60  # an import on a busy machine, not a mail's fault
# Threads of the numeric library would cost address space for sums we do not make. The C library gives
# the memory of a large mail back at once, and keeps that of ordinary ones for the next.
_FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(32 << 20),
}
_PIPE_BYTES = 1 << 20  # what Linux grants to everybody
_KEPT_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ")


class Gone(Exception):
    """The child is dead or was killed; `idle` when it had not yet been given the mail."""

    def __init__(self, reason: str, *, idle: bool = False) -> None:
        self.idle = idle
        super().__init__(reason)


class Child:
    """One child process and the two pipes to it. Used by one thread, except for `kill`."""

    def __init__(self, command: list[str], *, wall: float, cpu: int) -> None:
        self._wall = wall
        self._cpu = cpu
        # A session of its own keeps a Ctrl-C away while Python starts and has no handler yet.
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter, arguments of our own)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both pipes were asked for")
        self._stdin, self._stdout = stdin, stdout
        os.set_blocking(stdin.fileno(), False)
        _widen(stdin.fileno())

    def wait_until_ready(self) -> None:
        answer = self._read_frame(time.monotonic() + _START_SECONDS)
        if answer[:1] != READY:
            raise Gone("it answers with something else than its readiness")

    def ask(self, raw: bytes) -> Message:
        """Have one mail parsed. Raises TooComplex, ParseError or Gone."""
        message = _unpickle(self._answer(MESSAGE, PARSE, raw))
        if not isinstance(message, Message):
            raise Gone("the parser answered with something that is no message")
        return message

    def extract(self, raw: bytes, asked: Sequence[tuple[Attachment, bool]]) -> list[Extract]:
        """Have files taken out of one mail. Raises as `ask` does."""
        question = pickle.dumps(list(asked), protocol=5)
        found = _unpickle(self._answer(EXTRACTS, FILES + LENGTH.pack(len(question)) + question, raw))
        if not _are_extracts(found, asked):
            raise Gone("the parser answered with something that are not the files asked for")
        return list(found)

    def _answer(self, wanted: bytes, question: bytes, raw: bytes) -> bytes:
        """Send a question and the mail it is about; return the answer of the kind that is wanted."""
        deadline = time.monotonic() + self._wall
        self._write(LENGTH.pack(len(question) + len(raw)) + question, deadline, idle=True)
        self._write(raw, deadline)
        answer = self._read_frame(deadline)
        kind, content = answer[:1], answer[1:]
        if kind == wanted:
            return content
        if kind == OUT_OF_MEMORY:
            raise Gone("the mail needs more memory than the parser may have")
        reason = content.decode("utf-8", "replace")
        if kind == TOO_COMPLEX:
            raise TooComplex(reason)
        if kind == FAILED:
            raise ParseError(f"the parser failed on this mail: {reason}")
        raise Gone("the parser answered with something that is no answer")

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Close the pipes and collect the dead child."""
        self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def _write(self, data: bytes, deadline: float, *, idle: bool = False) -> None:
        view = memoryview(data)
        while view:
            self._wait_for(self._stdin.fileno(), select.POLLOUT, deadline)
            try:
                view = view[os.write(self._stdin.fileno(), view) :]
            except BrokenPipeError:
                self._explain_death(idle=idle)
            except BlockingIOError:
                continue

    def _read_frame(self, deadline: float) -> bytes:
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        return self._read(length, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait_for(self._stdout.fileno(), select.POLLIN, deadline)
            piece = os.read(self._stdout.fileno(), min(size - len(data), 1 << 20))
            if not piece:
                self._explain_death()
            data += piece
        return bytes(data)

    def _wait_for(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            self._process.kill()
            raise Gone(f"the parser took longer than {self._wall:g} s for this mail and was killed")

    def _explain_death(self, *, idle: bool = False) -> NoReturn:
        # Killing what has closed its pipe but still runs; for the dead it changes nothing.
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code == -signal.SIGXCPU:
            raise Gone(f"the parser used more than {self._cpu} s of processor time for this mail")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        raise Gone(f"the parser ended without an answer ({how})", idle=idle)


def _widen(pipe: int) -> None:
    """Let a pipe hold a whole ordinary mail, so that parent and child need not take turns for each 64 KiB."""
    with suppress(OSError, AttributeError):  # not on every system, and not beyond the user's allowance
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _environment() -> dict[str, str]:
    """Return what a child may know: where its modules are, and no secret of ours."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 (a string is wanted)
    return {**kept, **_FRUGAL, "PYTHONPATH": path}


class _Unpickler(pickle.Unpickler):
    """Accepts the values that a `Message` and an `Extract` are made of and nothing else.

    The child reads hostile bytes; should one of them take it over, its answers must not take over us.
    """

    _ALLOWED = frozenset(
        {
            ("mailproc.mail", "Message"),
            ("mailproc.mail", "Address"),
            ("mailproc.mail", "Attachment"),
            ("mailproc.mail", "Extract"),
            ("mailproc.mail", "DeliveryReport"),
            ("mailproc.mail", "Enclosed"),
            ("mailproc.mail", "RecipientReport"),
            ("datetime", "datetime"),
            ("datetime", "timedelta"),
            ("datetime", "timezone"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a message")
        return super().find_class(module, name)


def _unpickle(content: bytes) -> Any:
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except Exception as error:
        raise Gone(f"the parser answered with something that is no message: {error}") from None


def _are_extracts(found: Any, asked: Sequence[tuple[Attachment, bool]]) -> bool:
    """Whether these are the files that were asked for, byte for byte."""
    return (
        isinstance(found, list)
        and len(found) == len(asked)
        and all(
            isinstance(file, Extract)
            and type(file.shown) is bool
            and type(file.harm) is str
            and (file.data is None or (wanted and _has_digest(file.data, attachment.sha256)))
            for file, (attachment, wanted) in zip(found, asked, strict=True)
        )
    )


def _has_digest(data: Any, sha256: str) -> bool:
    return type(data) is bytes and hashlib.sha256(data).hexdigest() == sha256
