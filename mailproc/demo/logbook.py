"""Where does the daemon's log go while the demo has the terminal? Into a file beside the mails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Send every log line to a file, and put everything back as it was afterwards."""
    before = structlog.get_config()
    root = logging.getLogger()
    handlers = root.handlers
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(
            processors=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.WriteLoggerFactory(file=file),
            cache_logger_on_first_use=False,
        )
        handler = logging.StreamHandler(file)
        # What the demo's own mail server says is no part of the desk's log.
        handler.addFilter(lambda record: not record.name.startswith("mail."))
        root.handlers = [handler]
        try:
            yield
        finally:
            root.handlers = handlers
            structlog.configure(**before)
