"""Does a further mail of a customer get a letter of its own? Many within minutes share one.

The first is told of at once. What follows within the window waits for its end in one letter, which is
written anew with each mail, as long as it has not begun to leave; so is one that waits because the mail
server is down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.mail import Attachment
from mailproc.store import customer_mails, relays
from mailproc.store.relays import Told

BUNDLED = "follow_up"
MOST_SHOWN = 50  # earlier mails in one letter (our choice); the case keeps all
MOST_WITH_FILES = 5  # each is opened anew whenever the letter is written anew (our choice)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a mail is told: in a letter of its own at `due_at`, or in one that waits and is written anew.

    `bundle` are the mails that the waiting letter tells of already, oldest first.
    """

    due_at: datetime | None = None
    rewrites: Told | None = None
    bundle: tuple[int, ...] = ()

    @property
    def shown(self) -> tuple[int, ...]:
        return self.bundle[-MOST_SHOWN:]

    @property
    def left_out(self) -> int:
        return len(self.bundle) - len(self.shown)


def place(
    desk: Desk,
    session: Session,
    letter: str,
    case_id: int,
    agent: str,
    now: datetime,
    files: Sequence[Attachment],
) -> Place:
    """Return where an agent is told of a mail that has come now with these files."""
    window = desk.config.desk.bundle_window
    if letter != BUNDLED or not window:
        return Place()
    last = relays.newest_letter(session, case_id, agent, letter)
    if last is None:
        return Place()
    if last.waiting:
        if files and _is_full(desk, session, last, files):
            return Place(due_at=last.planned_at)
        return Place(rewrites=last, bundle=last.bundle)
    ends = last.planned_at + window
    # A clock that was wrong must not make a letter wait for the day it showed.
    return Place(due_at=ends) if now < ends <= now + window else Place()


def _is_full(desk: Desk, session: Session, letter: Told, files: Sequence[Attachment]) -> bool:
    """Whether a letter that waits has no room for more files: they come in one beside it, when it comes."""
    carrying = [mail for mail in customer_mails.these(session, letter.bundle) if mail.files]
    size = sum(file.size for each in (*(mail.files for mail in carrying), files) for file in each)
    return len(carrying) >= MOST_WITH_FILES or size > desk.config.desk.agent_files
