"""What would a desk do that has its steps in the wrong order? The control of the crash run.

Made of the real pieces, with five mistakes that are common in the trade: mail is filed away before it is
journaled; what has a known Message-ID is taken for a duplicate; nothing is written down before the last
byte of a letter leaves; a letter without an answer is simply sent again; and what is due is told before the
case remembers that it was. The harness has to find this desk guilty, or its verdict about the real one is
worth nothing.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from mailproc import daemon
from mailproc.cases.events import DutiesTold
from mailproc.cases.lifecycle import decide
from mailproc.cli import main
from mailproc.desk import Desk
from mailproc.faults import passing
from mailproc.jobs import deliver, hearing, warn
from mailproc.jobs.fetch import Collector
from mailproc.store import casebook, journal, receiving, sending
from mailproc.store.receiving import Twin
from mailproc.store.sending import Locked
from mailproc.store.tables import InboxRow, MessageRow
from mailproc.transports.imap import Description


class HastyCollector(Collector):
    """Moves the mail out of the way first and writes it down afterwards."""

    def _journal(self, batch: list[Description]) -> int:
        arrivals = [self._arrival(fetched) for fetched in self._fetch(batch)]
        self.mailbox.file_away([arrival.uid for arrival in arrivals], self.settings.filed)
        passing("fetched")
        with self.desk.database.transaction() as session:
            count = journal.record(
                session,
                self.settings.name,
                self.settings.folder,
                self._uidvalidity,
                arrivals,
                self.desk.clock(),
            )
        passing("journaled")
        self.journaled()
        return count


def twin_by_message_id(session: Session, id: int, content_key: str) -> Twin | None:
    """Trust that a Message-ID names one mail."""
    message_id = session.get_one(InboxRow, id).message_id
    statement = (
        select(InboxRow, MessageRow)
        .join(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
        .where(col(InboxRow.message_id) == message_id, InboxRow.id != id)
        .limit(1)
    )
    found = session.exec(statement).first() if message_id else None
    if found is None:
        return None
    inbox, message = found
    assert inbox.id is not None
    return Twin(
        id=inbox.id,
        case_id=inbox.case_id,
        disposition=inbox.disposition,
        kind=message.kind,
        sent=inbox.sent,
    )


def hand_over_unwritten(*_: Any) -> bool:
    """Let the last byte leave without a word in the journal."""
    return True


def send_again(desk: Desk, session: Session, row: Locked, now: Any, reply: str, **_: Any) -> None:
    sending.put_back(session, row, now, code=None, reply=reply)


def tell_then_remember(desk: Desk) -> int:
    """Queue the letters first, and let the case know in a transaction of its own."""
    told = 0
    for case_id in warn._due(desk, passing_over=0):
        now = desk.clock()
        with desk.database.transaction() as session:
            case = casebook.load(session, case_id)
            duties = case.duties_to_tell(now)
            if duties:
                agents = hearing.readers(desk, case)
                warn._tell(desk, session, case_id, case, duties, (), agents, now)
        passing("told")
        with desk.database.transaction() as session:
            decision = decide(case, DutiesTold(text=""), desk.policy, desk.config.desk.zone, now)
            casebook.save(session, case_id, case, decision.case, now)
            casebook.write_history(session, case_id, decision.history)
        told += 1
    return told


if __name__ == "__main__":
    daemon.warn_due = tell_then_remember
    daemon.Collector = HastyCollector
    receiving.twin_of = twin_by_message_id
    sending.hand_over = hand_over_unwritten
    deliver._uncertain = send_again
    main()
