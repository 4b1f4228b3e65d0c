"""What may be said to the IMAP server? One guard for every word that becomes part of a command.

A line break inside an argument ends the command and starts another one, in our session, with our rights.
The libraries below us check some arguments and not others, so nothing passes here unchecked.
Sender-controlled text is never an argument at all: messages are named by UID, folders by the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from mailproc.errors import MailboxError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x1f\x7f]")

_LARGEST_UID = 2**32 - 1  # RFC 9051 section 2.3.1.1

# Command lines stay far below the 8,000 octets that RFC 7162 section 4 names as what servers should take.
_UIDS_PER_COMMAND = 500


def argument(text: str, what: str) -> str:
    """Return `text` when it may go to the server; raise MailboxError when it holds a control character.

    `what` names the argument in the error; the text itself is not shown, as it may be a password.
    """
    if found := _CONTROL.search(text):
        raise MailboxError(
            f"the {what} holds the control character 0x{ord(found[0]):02X} at position {found.start() + 1}; "
            "nothing was sent to the IMAP server, correct the configuration"
        )
    return text


def line(data: bytes) -> bytes:
    """Return the bytes of one command line when it is one line; the last check before the wire."""
    if _CONTROL_BYTES.search(data.removesuffix(b"\r\n")):
        raise MailboxError("an IMAP command held a control character and was not sent")
    return data


def sequence_sets(uids: Iterable[int]) -> Iterator[tuple[frozenset[int], str]]:
    """Split UIDs into commands of a bearable length: the UIDs of each and their sequence set.

    Runs become ranges (`4:7`), but only over UIDs that were asked for: a range never names a message
    that the caller does not know.
    """
    ordered = sorted(set(uids))
    for uid in ordered:
        if type(uid) is not int or not 0 < uid <= _LARGEST_UID:
            raise MailboxError(f"{uid!r} is not a UID; nothing was sent to the IMAP server")
    for start in range(0, len(ordered), _UIDS_PER_COMMAND):
        part = ordered[start : start + _UIDS_PER_COMMAND]
        yield frozenset(part), ",".join(_ranges(part))


def _ranges(uids: list[int]) -> Iterator[str]:
    first = uids[0]
    for uid, following in pairwise([*uids, _LARGEST_UID + 2]):
        if following != uid + 1:
            yield str(uid) if uid == first else f"{first}:{uid}"
            first = following
