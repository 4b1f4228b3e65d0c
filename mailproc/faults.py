"""Where can a test stop us? Named points at which a test run may kill the process.

    MAILPROC_TEST=1 MAILPROC_FAULT=journaled:3:kill mailproc run

kills the process, without any cleaning up, at the third passage of `journaled`. Without `MAILPROC_TEST=1`
the variable is refused, so that nobody can bring a live desk down with an environment variable.
"""

from __future__ import annotations

import os
import signal
import threading

from mailproc.errors import MailprocError

MAIL_POINTS = (
    "fetched",  # bytes are here, nothing is written
    "journaled",  # raw bytes committed, nothing done with them
    "received",  # case, history and letter committed, mail not filed
    "filed",  # moved on the server, not noted here
    "handed_over",  # last byte journaled, not sent
    "answered",  # the SMTP server has answered, nothing is written
    "settled",  # outcome committed
)
DUE_POINTS = (
    "telling",  # a case remembers that its agents are told, with their letters, and nothing is committed
    "told",  # that is committed
    "raised_together",  # a letter about many cases is committed, their histories do not know of it
    "outage_told",  # the letter after an outage is committed, its cases' histories do not know of it
)
POINTS = MAIL_POINTS + DUE_POINTS

_lock = threading.Lock()
_passages: dict[str, int] = {}
_fault: tuple[str, int] | None = None


def _armed() -> tuple[str, int] | None:
    setting = os.environ.get("MAILPROC_FAULT")
    if not setting:
        return None
    if os.environ.get("MAILPROC_TEST") != "1":
        raise MailprocError("MAILPROC_FAULT is set but MAILPROC_TEST=1 is not; unset it")
    point, _, rest = setting.partition(":")
    number, _, action = rest.partition(":")
    if point not in POINTS or not number.isdigit() or action != "kill":
        raise MailprocError(
            f"MAILPROC_FAULT={setting} is not POINT:NUMBER:kill; points are {', '.join(POINTS)}"
        )
    return point, int(number)


def arm() -> None:
    """Read the environment: when a process begins, and again in a forked one with its own variables.

    Raises MailprocError when it asks for something that is none of these points, or is no test.
    """
    global _fault
    _fault = _armed()


def passing(point: str) -> None:
    """Tell that a point was reached; dies here when a test asked for it."""
    if _fault is None or _fault[0] != point:
        return
    with _lock:
        _passages[point] = _passages.get(point, 0) + 1
        if _passages[point] == _fault[1]:
            os.kill(os.getpid(), signal.SIGKILL)


arm()
