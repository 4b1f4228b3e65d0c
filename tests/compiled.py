"""Why is jinja2 not compiling all day here? What it has compiled is kept for every desk that tests make.

A template is known by its text, so one that a test writes or changes is compiled anew.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from unittest.mock import patch

from jinja2 import FileSystemBytecodeCache
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailproc.outbound import letters


def keep_compiled(folder: Path) -> None:
    """From now on this process, and those forked from it, keep compiled templates in `folder`."""
    kept = FileSystemBytecodeCache(str(folder))
    makes = partial(ImmutableSandboxedEnvironment, bytecode_cache=kept)
    patch.object(letters, "ImmutableSandboxedEnvironment", makes).start()
