"""Where do the demo's files go, so that no file of anybody else is touched?

A folder the demo made is known by a marker file that lists what the demo wrote into it. Only what is on
that list is ever replaced or removed.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mailproc.errors import MailprocError

DEFAULT_NAME = "mailproc-demo"
MARKER = ".mailproc-demo"

_HEADING = "Written by mailproc demo, which replaces the files named below when it is run again."


class Folder:
    """A flat folder of the demo's own. Make one with `claim`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own: set[str] = set()

    @classmethod
    def claim(cls, wanted: Path | None) -> Folder:
        """Make a folder, or empty one that an earlier demo made. Raises MailprocError for any other.

        Without a wish it is `mailproc-demo` in the current folder, or a new temporary folder when that
        name is taken or nothing can be written there.
        """
        if wanted is not None:
            return cls._claimed(wanted)
        try:
            return cls._claimed(Path.cwd() / DEFAULT_NAME)
        except (MailprocError, OSError):
            return cls._claimed(Path(tempfile.mkdtemp(prefix=f"{DEFAULT_NAME}-")))

    @classmethod
    def _claimed(cls, path: Path) -> Folder:
        folder = cls(path.absolute())
        path.mkdir(parents=True, exist_ok=True)
        marker = path / MARKER
        if marker.is_file() and not marker.is_symlink():
            listed = marker.read_text(encoding="utf-8").splitlines()[1:]
            # Names alone: a marker that somebody edited must not lead out of the folder.
            for name in listed:
                if Path(name).name == name and (path / name).is_file():
                    (path / name).unlink()
        elif any(path.iterdir()):
            raise MailprocError(
                f"{path} holds files that are not the demo's; name another folder, or an empty one"
            )
        folder._write_marker()
        return folder

    def write(self, name: str, content: bytes | str) -> Path:
        """Write a file of ours; a second time it is replaced as a whole."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        path = self.path / name
        if name in self._own:
            fresh = self.path / f"{MARKER}.new"
            fresh.write_bytes(data)
            fresh.replace(path)
            return path
        self.reserve(name)
        path.write_bytes(data)
        return path

    def reserve(self, name: str) -> Path:
        """Make an empty file of ours. Raises MailprocError when a file of that name is there already."""
        path = self.path / name
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            raise MailprocError(f"{path} is not the demo's; move it away or name another folder") from None
        self._own.add(name)
        self._write_marker()
        return path

    def _write_marker(self) -> None:
        (self.path / MARKER).write_text("\n".join([_HEADING, *sorted(self._own), ""]), encoding="utf-8")
