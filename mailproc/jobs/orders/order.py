"""What is known while one mail of an agent is carried out, and how does something happen to its case?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from mailproc.cases.case import Case, Decision, HistoryEntry, Status
from mailproc.cases.events import Event, LetterCancelled, ResolutionWithdrawn
from mailproc.cases.lifecycle import WRITTEN_BY_HAND
from mailproc.desk import Desk
from mailproc.inbound.commands import Command, Instructions, Vocabulary, read_commands
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.files import Files, TakenFile
from mailproc.jobs.following import decided
from mailproc.jobs.letter_notes import tell_of_copy
from mailproc.jobs.write import queue_letters, unsendable
from mailproc.mail import Attachment, Message
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.kinds import LETTERS
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import casebook, originals, outbox, relays
from mailproc.store.relays import StoredRelay
from mailproc.store.tables import HistoryRow, OutboxRow

# To this letter `#send` answers the customer: with what somebody outside wrote, or with her own words.
OUTSIDE_ANSWER = "outside_answer"


class Returned(Exception):
    """Nothing may happen; her words go back to her with what she can do about it."""

    def __init__(self, reason: str, remedies: Sequence[str], *, held: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedies = tuple(remedies)
        self.held = held  # `#send` in answer to the returned letter lets it happen after all


class Unconfirmed(Exception):
    """It may happen once she has said yes to it from her own mailbox; `action` is what will be done.

    `mails` are those of customers that would leave the desk. A yes holds for these and no others.
    """

    def __init__(self, action: str, mails: Sequence[int] = ()) -> None:
        super().__init__(action)
        self.action = action
        self.mails = tuple(mails)


class Order:
    """What one mail of an agent asks for; `case` follows what happens.

    `text` is the mail as read, which is mail number `source`: another one than `inbox_id`, the mail that is
    being received, when that only confirms or releases it. `commands` are all that are carried out. `done`
    are sentences for the receipt; there are none when she gets what she expects. `draft` are words that the
    receipt shows, and that `#send` in answer to it lets go out. `for_her` goes along with the receipt,
    `enclosures` with what she writes to the customer; `left_behind` are pictures of her mail that do not.
    `confirmed`: she has said yes to this mail; what wants that puts itself into `to_confirm`. Her yes
    holds for those of `mails_that_leave` which the question named, its `relay.bundle`. `on_behalf`:
    the mail has opened the case, and its words are the customer's. `events` are what has happened to it.
    """

    def __init__(
        self,
        desk: Desk,
        session: Session,
        agent: Agent,
        relay: StoredRelay,
        case: Case,
        message: Message,
        *,
        files: Files,
        text: str,
        inbox_id: int,
        source: int,
        now: datetime,
        confirmed: bool = False,
        on_behalf: bool = False,
    ) -> None:
        self.desk = desk
        self.session = session
        self.agent = agent
        self.relay = relay
        self.case = case
        self.message = message
        self._files = files
        self.text = text
        self.inbox_id = inbox_id
        self.source = source
        self.now = now
        self.confirmed = confirmed
        self.on_behalf = on_behalf
        self.commands: tuple[Command, ...] = ()
        self.done: list[str] = []
        self.draft: str | None = None
        self.for_her: list[Enclosure] = []
        self.enclosures: tuple[Enclosure, ...] = ()
        self.left_behind: tuple[Attachment, ...] = ()
        self.to_confirm: list[str] = []
        self.mails_that_leave: list[int] = []
        self.events: list[Event] = []

    @property
    def case_id(self) -> int:
        assert self.relay.case_id is not None, "an order is always about a case"
        return self.relay.case_id

    @property
    def way(self) -> list[int]:
        """The case that her letter was written about, and, when it was merged, those in which it went on."""
        return casebook.way_of(self.session, self.relay.written_about) or [self.case_id]

    def since(self, *, besides: str) -> list[HistoryRow]:
        """Return what people other than `besides` did since the letter that she answered, newest first."""
        return relays.since(self.session, self.way, self.relay.seen, besides=besides)

    @property
    def mail(self) -> str:
        """What names the mail with her words, for the key of a letter made of them."""
        return f"{self.case.reference}:{self.source}"

    def files(self, mail: int | None = None) -> tuple[TakenFile, ...]:
        """Return the files of the mail with her words, or of mail number `mail`. Raises NotTaken."""
        number = self.source if mail is None else mail
        if number == self.inbox_id:
            return self.files_of_this_mail()
        earlier = originals.original(self.session, number)
        return self._files.of(number, earlier.attachments if earlier else ())

    @property
    def all_files(self) -> Files:
        """The files of whatever mail turns out to be needed."""
        return self._files

    def files_of_this_mail(self) -> tuple[TakenFile, ...]:
        return self._files.of(self.inbox_id, self.message.attachments)

    def read(self, *, mail: int | None = None) -> Instructions:
        """Return her commands and words, of mail number `mail` when that is another one.

        Raises Returned or CommandError when they are not certain.
        """
        own = (self.desk.address.address, *self.agent.keys)
        # Of an earlier mail it is not known whether its text was HTML. Then `>` marks a quotation: in doubt
        # too little goes to the customer.
        from_html = self.message.text_from_html and mail is None and self.source == self.inbox_id
        text = self.text if mail is None else casebook.words_of_mail(self.session, mail) or ""
        reading = new_words(text, from_html=from_html, own_addresses=own)
        if reading.doubtful:
            raise Returned(
                say("it is not certain which of these words are yours: {why}", why=reading.doubtful),
                [say("Answer again and write above everything that your mail program quotes.")],
            )
        today = self.now.astimezone(self.desk.config.desk.zone).date()
        sends = self.relay.stands_for == OUTSIDE_ANSWER
        instructions = read_commands(reading.text, vocabulary(self.desk, self.case), today=today, sends=sends)
        if instructions.late:
            raise Returned(
                say("a command stands below your words, where it is text: {line}", line=instructions.late[0]),
                [say("Commands stand at the very top. Send the mail again in one way or the other.")],
            )
        return instructions

    def happens(self, event: Event) -> None:
        """Let the case follow an event of this mail, with its history and its letters."""
        desk, session = self.desk, self.session
        decision = decided(desk, self.case, event, self.now)
        casebook.save(session, self.case_id, self.case, decision.case, self.now)
        asked = casebook.last_mail(session, self.case_id) or self.message
        enclosures = self._for_the_letters_of(decision)
        queued = queue_letters(desk, session, self.case_id, decision, asked, self.now, enclosures)
        history = [*decision.history, *(self._named(enclosures) if queued else ())]
        casebook.write_history(session, self.case_id, history, inbox_id=self.inbox_id, outbox_id=queued)
        self.case = decision.case
        self.events.append(event)

    def _for_the_letters_of(self, decision: Decision) -> tuple[Enclosure, ...]:
        """Hand out her files: to the first letters that she wrote, and to none after them."""
        if not any(letter.author for letter in decision.letters):
            return ()
        enclosures, self.enclosures = self.enclosures, ()
        return enclosures

    def _named(self, enclosures: Sequence[Enclosure]) -> Iterator[HistoryEntry]:
        """Name the files of a letter in the history, so that it is known what the customer got."""
        if enclosures:
            lines = (
                f"{file.name}, {len(file.data)} bytes, sha256 {hashlib.sha256(file.data).hexdigest()}"
                for file in enclosures
            )
            yield HistoryEntry(at=self.now, who=self.agent.name, what="enclosed files", text="\n".join(lines))

    def must_be_reachable(self) -> None:
        """Raise Returned when the customer cannot be written to."""
        email = self.case.customer_email
        why = unsendable(email) if email else say("the case has no address")
        if why:
            raise Returned(
                say("the customer cannot be written to: {why}", why=why), [say("Find out how to reach her.")]
            )

    def waiting_answers(self) -> list[OutboxRow]:
        """Return what people wrote to the customer and has not begun to leave."""
        return outbox.waiting_answers(self.session, self.case_id, WRITTEN_BY_HAND)

    def stop_what_waits(self) -> None:
        """Take back what would go to the customer and has not begun to leave, or waits for approval."""
        if self.case.proposal is not None and self.case.status not in (Status.RESOLVED, Status.CLOSED):
            self.happens(ResolutionWithdrawn(who=self.agent.name))
        waiting = self.waiting_answers()
        for row in (*waiting, *outbox.waiting_copies(self.session, waiting)):
            assert row.id is not None
            outbox.cancel(self.session, row.id, self.now)
            event = LetterCancelled(who=self.agent.name, letter=row.letter, recipient=row.recipient)
            if row.is_copy:
                tell_of_copy(self.session, self.case_id, event, self.now, outbox_id=row.id)
            else:
                self.happens(event)


def source_of(key: str) -> int | None:
    """Return the number of the mail that `Order.mail`, or the key of a letter made of it, names."""
    found = re.search(r"\bC-[0-9A-Z-]+:(\d+)", key)
    return int(found[1]) if found else None


def vocabulary(desk: Desk, case: Case | None = None) -> Vocabulary:
    """The names that commands may use at this desk; the tiers are those of the case's own rules."""
    complaints = desk.config.complaints
    return Vocabulary(
        agents=tuple(agent.name for agent in desk.people.agents),
        teams=tuple(desk.people.teams),
        categories=tuple(complaints.categories),
        outcomes=tuple(complaints.outcomes),
        causes=tuple(complaints.causes),
        remedies=tuple(complaints.remedies),
        templates=tuple(name for name, kind in LETTERS.items() if kind.offered),
        supervisors=tuple(person.name for person in desk.people.deciders),
        tiers=tuple(desk.policy_of(case).levels) if case is not None else (),
        outside=tuple(contact.name for contact in desk.people.outside),
    )
