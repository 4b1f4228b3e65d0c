"""How can the mails be looked at? As files of the mails themselves, and as pages for a browser."""

from __future__ import annotations

from pathlib import Path

from mailproc.demo import pages
from mailproc.demo.folder import Folder
from mailproc.demo.view import View
from mailproc.settings import Config

INDEX = "index.html"


def write(folder: Folder, view: View, config: Config) -> Path:
    """Write every mail and every letter, each with its page, and the index; return where that is.

    Written again after more mail it only adds and replaces; a page may be reloaded at any time.
    """
    for mail in view.mails:
        folder.write(f"{pages.mail_name(mail)}.eml", mail.raw)
        folder.write(f"{pages.mail_name(mail)}.html", pages.mail_page(mail, view, config))
    for letter in view.letters:
        folder.write(f"{pages.letter_name(letter)}.eml", letter.raw)
        folder.write(f"{pages.letter_name(letter)}.html", pages.letter_page(letter, view, config))
    return folder.write(INDEX, pages.index_page(view, config))
