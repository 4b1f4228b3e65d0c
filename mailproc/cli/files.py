"""How do the bytes of a mail get to where a person can use them? Never over an existing file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mailproc.cli import show
from mailproc.errors import NotAllowed

OutFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write to this new file, or into this folder.")
]


def write_raw(content: bytes) -> None:
    """Write bytes to a pipe as they are, to a terminal only what cannot move its cursor."""
    if sys.stdout.isatty():
        show.block(content.decode("utf-8", "replace"), indent="")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def attachment_of(id: int, listed: list[dict[str, Any]], number: int, content: bytes) -> tuple[str, bytes]:
    from mailproc.inbound.parse import read_attachment
    from mailproc.mail import Attachment

    if number > len(listed):
        raise NotAllowed(f"mail {id}: has {len(listed)} attachments, there is no number {number}")
    attachment = Attachment(**listed[number - 1])
    found = read_attachment(content, attachment)
    if found is None:
        raise NotAllowed(f"mail {id}: attachment {number} is not found again in its bytes; use --raw")
    return attachment.name, found


def write_new(out: Path | None, name: str, content: bytes) -> Path:
    """Write a file that was not there, readable by its owner only; a folder is given the safe name."""
    path = Path(name) if out is None else out / name if out.is_dir() else out
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise NotAllowed(f"{path}: is there already, nothing was overwritten; use --out") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return path
