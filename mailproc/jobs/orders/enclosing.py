"""Which files of an agent's mail go to the customer with her words, and which bring the mail back to her?

What is part of how she writes, such as the picture in her signature, stays behind. What cannot be told apart
from it, or could say to the customer what is not for him, comes back with its name. Nothing is dropped
without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from mailproc.jobs.files import TakenFile
from mailproc.jobs.orders.order import Order, Returned
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.quoted import file_size
from mailproc.sentences import joined, say

# A picture that her HTML shows is taken for decoration up to this size: logos are smaller, photographs and
# most screenshots larger (our choice). The first time one stays behind she is told.
DECORATION = 100_000

# How a mail program proves who wrote; the desk's letter has its own sender.
_PROOFS = {
    "application/pgp-keys",
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
}
# What may hold more than she sees, by type or extension: why it comes back, and what to do instead.
_ASK_BACK = (
    (
        ("message/rfc822", "message/global", "application/vnd.ms-outlook"),
        ("eml", "msg"),
        say("a mail, which may hold the desk's own letter to you"),
        say("Send what matters in an enclosed mail as text or as a PDF."),
    ),
    (
        ("text/vcard", "text/x-vcard", "text/directory"),
        ("vcf",),
        say("a visiting card, perhaps your own, which your mail program adds"),
        say("Leave visiting cards out: your address stays with the desk."),
    ),
    (
        ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"),
        ("p7m",),
        say("your whole mail in a signed or encrypted wrapping, your address with it"),
        say("Sign mails to the desk with a signature beside the text, or not at all."),
    ),
    (
        ("application/ms-tnef", "application/vnd.ms-tnef"),
        ("winmail.dat",),
        say("a wrapping of Outlook that others cannot open"),
        say("Let Outlook send the mail as HTML or as plain text."),
    ),
)
_SMALLER = say("Send less of it, or in several answers; the most is set by desk.customer_files.")


def enclose(order: Order, words: str) -> str:
    """Let the files of her mail go with her answer; return the words without the marks of what stays behind.

    Raises Returned with every file that cannot go.
    """
    decorations, files = _sorted(order.files())
    if problems := _against(order, files):
        raise Returned(
            say(
                "not all of its files can go to the customer: {why}",
                why=joined("; ", (why for why, _ in problems)),
            ),
            list(dict.fromkeys(remedy for _, remedy in problems)),
        )
    words = _without_marks(words, decorations)
    if files and not words.strip():
        raise Returned(
            say("it has no words to go with the files ({files})", files=_names(files)),
            [
                say("Write a line to the customer above everything else."),
                say("Or write #note, and they stay here."),
            ],
        )
    order.enclosures = tuple(file.enclosure for file in files if file.enclosure is not None)
    order.left_behind = tuple(file.attachment for file in decorations)
    return words


def files_for_outside(order: Order, name: str) -> tuple[Enclosure, ...]:
    """Return the files of her mail that go with a question to somebody outside, by the same rules.

    Raises Returned with every file that cannot go.
    """
    _, files = _sorted(order.files())
    if problems := _against(order, files):
        raise Returned(
            say(
                "not all of its files can go to {name}: {why}",
                name=name,
                why=joined("; ", (why for why, _ in problems)),
            ),
            list(dict.fromkeys(remedy for _, remedy in problems)),
        )
    return tuple(file.enclosure for file in files if file.enclosure is not None)


def described(enclosures: Iterable[Enclosure]) -> tuple[str, ...]:
    """Return how the history names files, so that it is known which bytes left."""
    return tuple(
        f"{file.name}, {len(file.data)} bytes, sha256 {hashlib.sha256(file.data).hexdigest()}"
        for file in enclosures
    )


def enclose_those_of(order: Order, mail: int) -> None:
    """Let the files of an earlier mail go with the letter that is made of its words.

    They were looked at when it came. Raises Returned when one of them cannot be had any more.
    """
    _, files = _sorted(order.files(mail))
    if gone := [file for file in files if file.enclosure is None]:
        raise Returned(
            say("not all of its files can be had any more: {files}", files=_names(gone)),
            [say("Ask the agent to send the resolution again.")],
        )
    order.enclosures = tuple(file.enclosure for file in files if file.enclosure is not None)


def say_that_files_stay(order: Order) -> None:
    """Tell her about the files of a mail of which nothing goes to the customer, if nobody told her before."""
    _, files = _sorted(order.files())
    if files:
        order.done.append(say("Kept with the case, and not sent to anybody: {files}.", files=_names(files)))


def names_of_files(order: Order) -> str:
    """Return the names of what she attached."""
    return _names(_sorted(order.files())[1])


def refuse_further_files(order: Order) -> None:
    """Raise Returned when a mail that only confirms or releases another one brings files of its own."""
    _, files = _sorted(order.files_of_this_mail())
    if files:
        raise Returned(
            say(
                "your earlier mail goes out as it was, without the files of this one ({files})",
                files=_names(files),
            ),
            [
                say("Answer this mail with #send alone, and the earlier one goes out with its own files."),
                say("Or write everything again in one mail."),
            ],
            held=True,
        )


def _sorted(files: Iterable[TakenFile]) -> tuple[list[TakenFile], list[TakenFile]]:
    """Part what only belongs to how she writes from her files."""
    decorations: list[TakenFile] = []
    others: list[TakenFile] = []
    for file in files:
        kind = file.attachment.content_type
        if kind in _PROOFS:
            continue
        decorates = file.shown and kind.startswith("image/") and file.size <= DECORATION
        (decorations if decorates else others).append(file)
    return decorations, others


def _against(order: Order, files: Sequence[TakenFile]) -> list[tuple[str, str]]:
    """Return what stands against sending these files: pairs of why and what to do."""
    return [*_problems(files), *_too_much(files, order.desk.config.desk.customer_files)]


def _problems(files: Iterable[TakenFile]) -> Iterable[tuple[str, str]]:
    for file in files:
        asked_back = next((back for back in _ASK_BACK if _is_one(file, back[0], back[1])), None)
        if file.harm:
            yield (
                say("{file} is {harm}", file=file.name, harm=file.harm),
                say("Send it in a form that runs nothing, such as PDF."),
            )
        elif asked_back is not None:
            yield say("{file} is {harm}", file=file.name, harm=asked_back[2]), asked_back[3]
        elif file.shown:
            yield (
                say(
                    "{file} stands inside your words, where the letter has no place for it",
                    file=file.name,
                ),
                say(
                    "Attach pictures as files; make the one of a signature smaller than {size}.",
                    size=file_size(DECORATION, "en"),
                ),
            )
        elif file.lost:
            yield (
                say("{file} could not be taken out of your mail", file=file.name),
                say("Send the mail again."),
            )


def _too_much(files: Sequence[TakenFile], limit: int) -> Iterable[tuple[str, str]]:
    # What could not be taken out beside the decorations did not fit either.
    left_out = any(file.enclosure is None and not file.lost and not file.harm for file in files)
    if left_out or sum(file.size for file in files) > limit:
        most = (
            say("one answer carries at most {size}", size=file_size(limit, "en"))
            if limit
            else say("this desk sends out no files")
        )
        yield say("{sizes}, and {most}", sizes=_sizes(files), most=most), _SMALLER


def _is_one(file: TakenFile, types: Sequence[str], endings: Sequence[str]) -> bool:
    name = file.name.casefold()
    return file.attachment.content_type in types or any(
        name == ending or name.endswith(f".{ending}") for ending in endings
    )


def _without_marks(words: str, decorations: Iterable[TakenFile]) -> str:
    """Take out what Outlook and Gmail write into the plain text where a picture stands in the HTML."""
    for file in decorations:
        for mark in (f"[cid:{file.attachment.content_id}]", f"[image: {file.name}]"):
            words = words.replace(mark, "")
    return words


def _names(files: Iterable[TakenFile]) -> str:
    return ", ".join(file.name for file in files)


def _sizes(files: Iterable[TakenFile]) -> str:
    return joined(
        ", ", (say("{file} has {size}", file=file.name, size=file_size(file.size, "en")) for file in files)
    )
