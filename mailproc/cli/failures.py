"""How does a person learn that something went wrong? A sentence on stderr and an exit code.

0    done
1    something is wrong, or failed and waits
2    wrong usage or configuration
3    the database cannot be used
130  interrupted
"""

from __future__ import annotations

import errno
import sys
from enum import IntEnum
from typing import Any

import typer
from typer.core import TyperGroup

from mailproc.cli.show import plain
from mailproc.errors import ConfigError, DatabaseError, MailprocError


class ExitCode(IntEnum):
    DONE = 0
    WRONG = 1
    USAGE = 2
    DATABASE = 3
    INTERRUPTED = 130


class UsageError(MailprocError):
    """What was asked for cannot be meant so; the command did nothing."""


class Commands(TyperGroup):
    """The top of all commands: turns errors into sentences, whichever way the program was started."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("interrupted; what was committed stays, nothing is half done")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except Exception as error:
            explained = _explain(error)
            if explained is None or ctx.params.get("debug"):
                raise
            sentences, code = explained
            complain(sentences)
            raise typer.Exit(code) from None


def complain(sentences: str) -> None:
    """Say on stderr what is wrong. Servers and files had a part in the words, so they are made safe."""
    for line in sentences.splitlines():
        typer.echo(plain(line), err=True)


def _explain(error: Exception) -> tuple[str, ExitCode] | None:
    """Return what to say and the exit code; None for what nobody foresaw."""
    match error:
        case ConfigError() | UsageError():
            return str(error), ExitCode.USAGE
        case DatabaseError():
            return str(error), ExitCode.DATABASE
        case MailprocError():
            return str(error), ExitCode.WRONG
        case OSError() if error.errno != errno.EPIPE:
            name = f"{error.filename}: " if error.filename else ""
            return f"{name}{error.strerror or error}", ExitCode.WRONG
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import DBAPIError

        if isinstance(error, DBAPIError):
            # Only the driver's words: the whole text repeats the values, which are customers' words.
            return f"the database refused: {error.orig}; nothing of this step was kept", ExitCode.DATABASE
    return None
