"""What becomes of an agent's mail that opens a case instead of working one?

She brings in the complaint of a customer, says yes to having done so, or says that a mail of hers is a
complaint of her own. A mail that was held is received again then: it is that mail which opens the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.errors import CommandError, LetterError, NotAllowed
from mailproc.inbound.classify import Kind
from mailproc.inbound.identity import Identity, recipients_outside
from mailproc.inbound.reply_text import new_words
from mailproc.jobs import forwarding, keyless
from mailproc.jobs.files import Files
from mailproc.jobs.orders import Order, Returned, Unconfirmed
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import byhand, relays
from mailproc.store.database import all_or_nothing
from mailproc.store.receiving import Disposition, Locked
from mailproc.store.relays import StoredRelay

COMPLAINT = frozenset({"complaint", "panasz", "beschwerde"})  # what she answers when a mail is her own


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What became of an agent's mail."""

    disposition: Disposition
    reason: str
    case_id: int | None = None


def first_words(message: Message) -> str:
    """Return the first line of what was newly written, as words that were asked for are compared."""
    reading = new_words(message.text, from_html=message.text_from_html)
    first = next((line for line in reading.text.splitlines() if line.strip()), "")
    return first.strip(" .!,").casefold()


class Bringing:
    """One mail of an agent, on its way through one transaction. She has been identified."""

    def __init__(
        self, desk: Desk, session: Session, row: Locked, message: Message, files: Files, now: datetime
    ) -> None:
        self.desk = desk
        self.files = files
        self.session = session
        self.row = row
        self.message = message
        self.now = now

    def run(self, agent: Agent, relay: StoredRelay, identity: Identity) -> Ending:
        """Open a case for the customer whose complaint she brings in, or ask her first."""
        try:
            brought = forwarding.read(self.desk, self.message, self.now)
            if identity.needs_confirmation:
                raise Unconfirmed(say("A case is opened for {address}.", address=brought.customer))
            order = self._open(agent, brought, rule=f"#from, {identity.rule}", confirmed=False)
        except Unconfirmed as error:
            facts = {"action": error.action, "words": self.message.text or "-"}
            keyless.send(
                self.desk, self.session, self.message, agent, "confirm", facts, self.now, self.row.id
            )
            return Ending(disposition=Disposition.HELD, reason="waits for her yes")
        except (Returned, NotAllowed, CommandError, LetterError) as error:
            return self._give_back(agent, error)
        if others := recipients_outside(self.message, self.desk.address):
            # Her mail went past the desk, and with it the signed address: it is worth nothing now.
            relays.revoke(self.session, relay.outbox_id, self.now)
            keyless.note_others(order, others)
        return _opened(order, f"{agent.name}: {identity.reason}")

    def confirmed(self, name: str) -> Ending:
        """Open the case that she has said yes to."""
        agent = self.desk.people.agent(name)
        if agent is None:
            return Ending(disposition=Disposition.HELD, reason=f"{name} does not work here any more")
        try:
            brought = forwarding.read(self.desk, self.message, self.now)
            order = self._open(agent, brought, rule="#from, confirmed", confirmed=True)
        except (Returned, NotAllowed, CommandError, LetterError) as error:
            return self._give_back(agent, error)
        return _opened(order, f"{agent.name} confirmed it from her mailbox")

    def answer_about_no_case(self, agent: Agent, relay: StoredRelay) -> Ending:
        """She answers a letter about a mail of hers that has no case: it may be her own complaint."""
        if relay.held_inbox_id is not None and first_words(self.message) in COMPLAINT:
            relays.revoke(self.session, relay.outbox_id, self.now)
            return self.receive_again(relay, relay.held_inbox_id, taken_as=Kind.CUSTOMER)
        return self._give_back(agent, keyless.about_no_case())

    def receive_again(
        self, relay: StoredRelay, held: int, *, confirmed_by: str | None = None, taken_as: str | None = None
    ) -> Ending:
        """Let a held mail of hers be received now that she has said what it is."""
        try:
            byhand.receive_again(self.session, held, self.now, taken_as=taken_as, confirmed_by=confirmed_by)
        except NotAllowed as error:
            return Ending(disposition=Disposition.HELD, reason=str(error), case_id=relay.case_id)
        reason = f"it says what mail number {held} is, which is received again"
        return Ending(disposition=Disposition.CONFIRMED, reason=reason, case_id=relay.case_id)

    def _open(self, agent: Agent, brought: forwarding.Brought, *, rule: str, confirmed: bool) -> Order:
        # What went half way before it was refused must not stay.
        with all_or_nothing(self.session):
            return forwarding.bring_in(
                self.desk,
                self.session,
                self.row,
                self.message,
                self.files,
                agent,
                brought,
                rule=rule,
                confirmed=confirmed,
                now=self.now,
            )

    def _give_back(self, agent: Agent, error: Returned | NotAllowed | CommandError | LetterError) -> Ending:
        reason = keyless.give_back(self.desk, self.session, self.row, self.message, agent, error, self.now)
        return Ending(disposition=Disposition.HELD, reason=reason)


def _opened(order: Order, reason: str) -> Ending:
    return Ending(disposition=Disposition.OPENED, reason=reason, case_id=order.case_id)
