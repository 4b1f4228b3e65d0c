"""How does an operator begin? With a folder of files to fill in, written by `mailproc init`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailproc.errors import ConfigError, Fault
from mailproc.resources import data_dir

# 256 random bits, as text that survives every editor and shell.
_SECRET_BYTES = 32

_CONFIG_FILES = (
    "mailproc.yaml",
    "people.yaml",
    "README.md",
    "mailproc.schema.json",
    "people.schema.json",
    "mailproc.service",
)


@dataclass(frozen=True, kw_only=True)
class _NewFile:
    path: Path
    content: bytes
    mode: int = 0o644


def init(directory: Path, *, force: bool = False) -> list[Path]:
    """Write a starter configuration, policies, templates and a fresh desk secret; return the paths.

    Nothing is overwritten: ConfigError names every file that is already there, and nothing is written.
    With `force` those files are replaced, except the desk's secret: mail under way is signed with it.
    Each file appears whole or not at all, and no other user can read the secret at any moment,
    whatever the umask.
    """
    secret = directory / "config" / "secrets" / "desk__secret"
    files = [
        *_copies(directory),
        _NewFile(path=secret, content=f"{secrets.token_urlsafe(_SECRET_BYTES)}\n".encode(), mode=0o600),
    ]
    existing = [file.path for file in files if os.path.lexists(file.path)]
    if existing and not force:
        remedy = "choose an empty folder, or replace it with --force"
        raise ConfigError(
            [Fault(file=str(path), path="", found="already there", remedy=remedy) for path in existing]
        )
    if secret in existing:
        files.pop()
    written: list[Path] = []
    try:
        for file in files:
            folder_mode = 0o700 if file.mode == 0o600 else 0o777
            file.path.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
            _write(file, replace=force)
            written.append(file.path)
    except OSError as error:
        for path in written if not force else []:
            path.unlink(missing_ok=True)
        found = (
            "already there" if isinstance(error, FileExistsError) else f"cannot be written: {error.strerror}"
        )
        place = str(error.filename2 or error.filename or directory)
        raise ConfigError([Fault(file=place, path="", found=found, remedy="choose another folder")]) from None
    return written


def _copies(directory: Path) -> Iterator[_NewFile]:
    config, templates = data_dir("config"), data_dir("templates")
    sources = [config / name for name in _CONFIG_FILES]
    for folder in ("policies", "calendars"):
        sources += sorted((config / folder).glob("*.yaml"))
    for source in sources:
        target = directory / "config" / source.relative_to(config)
        yield _NewFile(path=target, content=source.read_bytes())
    for source in sorted(templates.rglob("*")):
        if source.is_file() and not source.name.startswith("."):
            target = directory / "templates" / source.relative_to(templates)
            yield _NewFile(path=target, content=source.read_bytes())


def _write(file: _NewFile, *, replace: bool) -> None:
    """Write under a temporary name, then give the file its own: whole, or not there.

    A hard link never replaces an existing file, not even one that appeared since we looked.
    """
    passing = file.path.with_name(f".{file.path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode), "wb") as stream:
            stream.write(file.content)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            passing.replace(file.path)
        else:
            file.path.hardlink_to(passing)
    finally:
        passing.unlink(missing_ok=True)
