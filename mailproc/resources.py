"""Where do the files that come with mailproc lie?

The folders a user reads and edits (`templates`, `config`) stand at the top of the repository. A wheel
carries them as package data under `mailproc/data/`. Looking never reads a file.
"""

from __future__ import annotations

from pathlib import Path

from mailproc.errors import MailprocError

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the folder `templates` or `config` of this installation.

    The packaged copy wins over the one of a checkout (our choice): an installed wheel must never pick
    up a folder that happens to lie beside site-packages. Raises MailprocError when neither is there.
    """
    packaged, checkout = _PACKAGE / "data" / name, _PACKAGE.parent / name
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise MailprocError(
        f"the folder {name} is neither at {packaged} nor at {checkout}; "
        "install mailproc again from a complete wheel"
    )
