"""How does mail come in, and where does it go when it has been received? One IMAP mailbox, as verbs.

* A message is its UID under one UIDVALIDITY. `\\Seen` is neither read nor set: another program's click
  must not hide a complaint. Nothing but BODY, RFC822.SIZE and INTERNALDATE is ever fetched, as ENVELOPE
  and BODYSTRUCTURE make the server parse hostile mail, which has killed servers.
* One odd message costs one message: what the server does not deliver whole is left out, named in the
  log, and still waits in the folder.
* Every call does its work or raises an error below MailboxError. MailboxUnavailable leaves the mailbox
  disconnected; the others leave it usable.
"""

from __future__ import annotations

import imaplib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mailproc.errors import MailboxError, MailboxUnavailable
from mailproc.transports.imap_answers import Answer, Description, Fetched, FolderState, description, whole
from mailproc.transports.imap_guard import sequence_sets
from mailproc.transports.imap_session import ImapSession
from mailproc.transports.imap_trouble import as_mailbox_error, plain

__all__ = ["Description", "Fetched", "FolderState", "ImapMailbox"]

log = logging.getLogger(__name__)

# Of a mail that is too large only this much of its header is taken: the header may be what is too large.
_LARGEST_HEADER = 1024 * 1024


class ImapMailbox(ImapSession):
    """One mailbox on one connection, for one thread. `connect()`, then `open_folder()`, then the rest."""

    # Folders

    def open_folder(self) -> FolderState:
        """Open the folder that is read. Open it again to see its state anew.

        Raises FolderChanged when its UIDVALIDITY is not the one this object saw before, also over a
        reconnect: the UIDs the caller holds mean nothing now. The folder is open all the same and the next
        call succeeds, so that the caller can start anew.
        """
        with self._talk():
            answer = self._select(self.settings.folder, readonly=False)
            self._open, self._news = True, False
            self._check_uidvalidity(answer[b"UIDVALIDITY"])
        return FolderState(
            uidvalidity=answer[b"UIDVALIDITY"],
            uidnext=answer.get(b"UIDNEXT"),
            exists=answer.get(b"EXISTS", 0),
        )

    def create_folders(self) -> None:
        """Make sure that the folders for received and for unreadable mail exist."""
        for folder in (self.settings.filed, self.settings.quarantine):
            self._create(folder)

    def uids(self, folder: str) -> tuple[int, list[int]]:
        """Return UIDVALIDITY and all UIDs of any folder without changing it; for the ledger."""
        was_open = self._open
        self._name(folder)  # refuses what may not be sent while the folder is still open
        try:
            with self._talk() as wire:
                uidvalidity: int = self._select(folder, readonly=True)[b"UIDVALIDITY"]
                found = wire.search_all()
        finally:
            if was_open and self.alive:
                self.open_folder()
                self._news = True  # what came in between was not announced
        return uidvalidity, found

    def noop(self) -> None:
        """Ask the server for a sign of life."""
        with self._talk():
            self._client.noop()

    def _create(self, folder: str) -> None:
        name = self._name(folder)
        with self._talk():
            if not self._client.folder_exists(name):
                try:
                    self._client.create_folder(name)
                except imaplib.IMAP4.error as error:
                    # Another daemon may have made it in this moment.
                    if isinstance(error, imaplib.IMAP4.abort) or not self._client.folder_exists(name):
                        raise
            try:
                self._client.subscribe_folder(name)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                log.debug("%s: folder %s: not subscribed: %s", self._server, folder, plain(error))

    # Messages

    def waiting(self) -> list[int]:
        """Return the UIDs of all messages in the open folder, ascending, marked or not."""
        self.noop()  # SEARCH alone shows what the server knew before: seen with Dovecot on Maildir and pymap
        with self._talk() as wire:
            self._news = False  # what is announced with the answer may be missing in it and is news again
            return wire.search_all()

    def describe(self, uids: Sequence[int]) -> dict[int, Description]:
        """Return size and date of messages; those that have vanished are absent."""
        described: dict[int, Description] = {}
        for wanted, sequence_set in sequence_sets(uids):
            answers, trouble = self._fetch(wanted, sequence_set, "(UID RFC822.SIZE INTERNALDATE)")
            if trouble is not None:
                raise trouble
            described |= {
                uid: known for uid, answer in answers.items() if (known := description(uid, answer))
            }
        return described

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the messages that the server delivers whole, in the order of its answers.

        All bytes of up to 500 messages are in memory at once: the caller makes batches by size. A message
        that is missing, NIL, a number or torn is not yielded and no error: it stays waiting. When the
        connection breaks, the messages that came whole are yielded first, then the error is raised; a
        caller whose batch breaks twice should ask for its messages one by one.
        """
        for wanted, sequence_set in sequence_sets(uids):
            answers, trouble = self._fetch(wanted, sequence_set, "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[])")
            mails = [mail for uid, answer in answers.items() if (mail := whole(uid, answer))]
            if missing := sorted(wanted - {mail.uid for mail in mails}):
                log.warning(
                    "%s: %d of %d not delivered: %s", self._server, len(missing), len(wanted), missing
                )
            yield from mails
            if trouble is not None:
                raise trouble

    def fetch_header(self, uid: int) -> Fetched | None:
        """Return the header of a message, at most its first mebibyte; None when it has vanished."""
        ((wanted, sequence_set),) = sequence_sets([uid])
        items = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.{_LARGEST_HEADER}>)"
        answers, trouble = self._fetch(wanted, sequence_set, items)
        if trouble is not None:
            raise trouble
        return whole(uid, answers.get(uid, {}), header_only=True)

    def _fetch(
        self, wanted: frozenset[int], sequence_set: str, items: str
    ) -> tuple[dict[int, Answer], MailboxError | None]:
        """Return the answers that could be read and the error that ended them, if any."""
        trouble: MailboxError | None = None
        records: list[Any] = []
        try:
            with self._talk() as wire:
                try:
                    typ, text = wire.fetch_records(sequence_set, items)
                finally:
                    records = wire.take_records()
                if typ != "OK":
                    # Some servers say NO because of one message and deliver the others.
                    error = as_mailbox_error(wire.error(f"FETCH: {text}"), self._server)
                    if isinstance(error, MailboxUnavailable):
                        raise error
                    log.warning("%s", error)
        except MailboxError as error:
            trouble = error
        return self._read_answers(records, wanted), trouble

    def file_away(self, uids: Sequence[int], folder: str) -> None:
        """Move messages to a folder, which is made if it is missing; vanished ones are no error.

        Without MOVE they are copied, marked deleted, and expunged by UID. Without UIDPLUS the mark is all:
        a plain EXPUNGE would also remove what others have marked (RFC 4315 section 2.1).
        """
        for _, sequence_set in sequence_sets(uids):
            if not self._move(sequence_set, folder):
                self._create(folder)
                if not self._move(sequence_set, folder):
                    raise MailboxError(
                        f"{self._server}: folder {folder}: made, and the server still misses it; "
                        "make it by hand or name another one"
                    )

    def _move(self, sequence_set: str, folder: str) -> bool:
        """Return False when the folder does not exist."""
        name = self._name(folder)
        with self._talk() as wire:
            moves = self._client.has_capability("MOVE")
            try:
                (self._client.move if moves else self._client.copy)(sequence_set, name)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                if any(code in str(error).upper() for code in ("[TRYCREATE]", "[NONEXISTENT]")):
                    return False
                if self._client.search(["UID", sequence_set]):
                    raise
                return True  # all of them have vanished
            if not moves:
                wire.uid("STORE", sequence_set, "+FLAGS.SILENT", r"(\Deleted)")
                if self._client.has_capability("UIDPLUS"):
                    self._client.uid_expunge(sequence_set)
        return True

    # Waiting for mail

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait until the folder changes, `stop()` says so or the time is over; return whether it changed.

        What changed since the last `waiting()` counts, so nothing slips through between looking and
        waiting. `stop` is asked every second, and at once when another thread calls `ring()`. Call again
        within nine minutes: routers forget quieter connections (RFC 2177 asks for 29 minutes, the field for
        less). Without IDLE, because the server has none or `settings.idle` says so, NOOP is sent every
        `settings.poll`. Raises MailboxUnavailable on BYE and when the server is gone.
        """
        end = time.monotonic() + seconds
        self.noop()  # some servers announce only what comes after IDLE began, pymap is one
        if self.settings.idle and self._client.has_capability("IDLE"):
            with self._talk() as wire:
                tag = wire.start_idle()
                while not (self._notice(wire) or wire.ended(tag) or stop()):
                    left = end - time.monotonic()
                    if left <= 0:
                        break
                    if wire.connection.wait(min(1.0, left)):
                        wire.listen()
                wire.end_idle(tag)
            return self._news
        while not (self._news or stop()) and (left := end - time.monotonic()) > 0:
            self._wait_quietly(min(left, self.settings.poll.total_seconds()), stop)
            self.noop()
        return self._news

    def ring(self) -> None:
        """Let `idle` in another thread ask its `stop` now. The only method for another thread."""
        client = self._connected
        if client is not None:
            client._imap.connection.ring()

    def _wait_quietly(self, seconds: float, stop: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not stop() and (left := end - time.monotonic()) > 0:
            if self._wire.connection.wait(min(1.0, left)):
                return
