"""What lies on the server beside what we hold? A look into one mailbox that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.errors import MailboxError
from mailproc.settings import MailboxSettings
from mailproc.store import queries
from mailproc.store.database import Database
from mailproc.transports.imap import ImapMailbox


@dataclass(frozen=True, kw_only=True)
class FolderLedger:
    """One mailbox as its server and our journal tell it. Counts are None where the server said nothing.

    `journaled`: of the folder's present UIDVALIDITY. `not_fetched`: UIDs that lie in the folder and are
    not journaled. `passed_over`: those of them below the highest UID that is journaled; UIDs grow, so
    they were there when that one was fetched. `vanished`: journaled, not yet filed by us, and gone from
    the folder: somebody else moved or deleted them; we hold their bytes.
    """

    mailbox: str
    on_server: int | None = None
    journaled: int | None = None
    not_fetched: tuple[int, ...] = ()
    passed_over: tuple[int, ...] = ()
    filed: int | None = None
    quarantine: int | None = None
    vanished: int | None = None
    trouble: str | None = None


def look(settings: MailboxSettings, database: Database) -> FolderLedger:
    """Compare a mailbox with the journal; a server that cannot be asked is told in `trouble`."""
    mailbox = ImapMailbox(settings)
    try:
        mailbox.connect()
        uidvalidity, on_server = mailbox.uids(settings.folder)
        filed = _count(mailbox, settings.filed)
        quarantine = _count(mailbox, settings.quarantine)
    except MailboxError as error:
        return FolderLedger(mailbox=settings.name, trouble=str(error))
    finally:
        mailbox.close()
    with database.reading() as session:
        journal = queries.journaled_uids(session, settings.name, settings.folder, uidvalidity)
    not_fetched = tuple(uid for uid in on_server if uid not in journal)
    highest = max(journal, default=0)
    present = set(on_server)
    return FolderLedger(
        mailbox=settings.name,
        on_server=len(on_server),
        journaled=len(journal),
        not_fetched=not_fetched,
        passed_over=tuple(uid for uid in not_fetched if uid < highest),
        filed=filed,
        quarantine=quarantine,
        vanished=sum(not filed_by_us and uid not in present for uid, filed_by_us in journal.items()),
    )


def _count(mailbox: ImapMailbox, folder: str) -> int:
    """Return how many mails a folder holds; 0 when it has not been made yet."""
    try:
        return len(mailbox.uids(folder)[1])
    except MailboxError:
        if not mailbox.alive:
            raise
        return 0
