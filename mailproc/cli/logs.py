"""What goes into the log? One line per unit of work on stderr: JSON for machines, readable on a terminal.

Logs travel further than the database they speak of, so they carry numbers and references, never bodies,
subjects or addresses. What an exception says may quote any of these; so its type and its place are
logged, and its words only when they come from a server, a disk or a file of the operator.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from mailproc.errors import ConfigError, DatabaseError, MailboxError, MailerError


def set_up(*, verbose: bool = False, quiet: bool = True) -> None:
    """Send our own log lines and those of libraries to stderr.

    `quiet` leaves out what is no warning: for commands whose answer is the thing.
    """
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    last: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        last = structlog.dev.ConsoleRenderer(pad_event_to=0)
    lines = _Lines(sys.stderr)
    structlog.configure(
        processors=[*before, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Not by way of the standard library, which looks up for each line who wrote it and whom it goes to.
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # Libraries speak of what they do at INFO; only our own may.
    logging.getLogger("mailproc").setLevel(level)


class _Lines(structlog.WriteLogger):
    """Writes lines, as far as somebody takes them: a log that is full or gone must not stop any work."""

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = exception = critical = msg


def _without_words(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and place."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = type(error).__name__
        event["at"] = _place(error)
        if words := _harmless_words(error):
            event["says"] = words
    return event


def _place(error: BaseException) -> list[str]:
    """Return the innermost frames, as `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _harmless_words(error: BaseException) -> str | None:
    if isinstance(error, (OSError, ConfigError, DatabaseError, MailboxError, MailerError)):
        return str(error)
    # Locked, full, out of reach: the driver's first line, never SQLAlchemy's text, which repeats the values.
    original = getattr(error, "orig", None)
    if type(error).__name__ == "OperationalError" and original is not None:
        return str(original).partition("\n")[0]
    return None
