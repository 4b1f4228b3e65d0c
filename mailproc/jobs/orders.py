"""What does an agent want, and may it happen? Her words and commands become events of the case.

All of it happens or nothing: whoever calls this takes back what went half way when it raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import Session

from mailproc.cases.calendars import due_at
from mailproc.cases.case import Case
from mailproc.cases.events import (
    AgentReplied,
    CaseAssigned,
    CaseClassified,
    CaseClosed,
    CaseReopened,
    Event,
    InformationRequested,
    LetterCancelled,
    NoteAdded,
    ResolutionWritten,
)
from mailproc.cases.lifecycle import REPLY, RESOLUTION, decide
from mailproc.desk import Desk
from mailproc.inbound.commands import Command, Instructions, Use, Vocabulary, Word, help_lines, read_commands
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.write import queue_letters, unsendable
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.store import casebook, outbox, relays
from mailproc.store.relays import StoredRelay

# What is read but cannot be done yet: such a mail comes back, so that nobody believes it was.
UNDONE = frozenset(
    {
        *(Word.DRAFT, Word.TEMPLATE, Word.URGENCY, Word.IMPACT, Word.EXTEND, Word.ESCALATE, Word.APPROVE),
        *(Word.REJECT, Word.SPAM, Word.MERGE, Word.SPLIT, Word.LINK, Word.CC, Word.FROM, Word.ORIGINAL),
        Word.FIND,
    }
)
_HISTORY_SHOWN = 50
_RELEASED = "released"  # in place of a content key: what a returned letter holds is released once

# A plain reply to one of these goes to the customer; to any other letter it is a note.
ANSWERED = frozenset({"new_case", "follow_up"})


class Returned(Exception):
    """Nothing may happen; her words go back to her with what she can do about it."""

    def __init__(self, reason: str, remedies: Sequence[str], *, held: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedies = tuple(remedies)
        self.held = held  # `#send` in answer to the returned letter lets it happen after all


class Orders:
    """What one mail of an agent asks for; `case` follows what happens.

    `text` is the mail as read, which is mail number `source`: another one than `inbox_id`, the mail that is
    being received, when that only confirms it.
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
        text: str,
        inbox_id: int,
        source: int,
        now: datetime,
    ) -> None:
        self.desk = desk
        self.session = session
        self.agent = agent
        self.relay = relay
        self.case = case
        self.message = message
        self.text = text
        self.inbox_id = inbox_id
        self.source = source
        self.now = now
        self.done: list[str] = []  # sentences for the receipt; none when she gets what she expects

    def carry_out(self) -> None:
        """Do it all. Raises Returned, CommandError, NotAllowed or LetterError with what stands against it."""
        instructions = self._read(self.text)
        held = self.relay.held_inbox_id if instructions.get(Word.SEND) else None
        released = held is not None and self.relay.letter == "returned"
        if held is not None and released:
            # She has seen what happened meanwhile and wants her earlier mail to go out as it was.
            if not relays.act_once(self.session, self.relay.outbox_id, _RELEASED, self.inbox_id):
                raise Returned("this mail was released before", ["Nothing is left to do."])
            self.source = held
            instructions = self._read(casebook.words_of_mail(self.session, held) or "")
        use = instructions.use
        if use is Use.ANNOUNCED:
            use = Use.ANSWER if self.relay.stands_for in ANSWERED else Use.NOTE
        words = instructions.words.strip()
        if words and use is Use.ANSWER:
            refuse_files(self.message)
            if not released:
                self._refuse_what_is_stale()
        if words and use is Use.ANSWER and not instructions.get(Word.RESOLVE):
            self._answer(words)
        elif words and use is Use.NOTE:
            self._keep_note(words)
        for command in instructions.commands:
            self._command(command, words)

    def stop_what_waits(self) -> None:
        """Take back the answers to the customer that have not begun to leave."""
        for row in outbox.waiting_answers(self.session, self.relay.case_id, (REPLY, RESOLUTION)):
            assert row.id is not None
            outbox.cancel(self.session, row.id, self.now)
            event = LetterCancelled(who=self.agent.name, letter=row.letter, recipient=row.recipient)
            self._happens(event)

    def _read(self, text: str) -> Instructions:
        own = (self.desk.address.address, *self.agent.keys)
        # Of an earlier mail it is not known whether its text was HTML. Then `>` marks a quotation: in doubt
        # too little goes to the customer.
        from_html = self.message.text_from_html and self.source == self.inbox_id
        reading = new_words(text, from_html=from_html, own_addresses=own)
        if reading.doubtful:
            raise Returned(
                f"it is not certain which of these words are yours: {reading.doubtful}",
                ["Answer again and write above everything that your mail program quotes."],
            )
        today = self.now.astimezone(self.desk.config.desk.zone).date()
        instructions = read_commands(reading.text, vocabulary(self.desk), today=today)
        if undone := [command.word for command in instructions.commands if command.word in UNDONE]:
            raise Returned(
                f"this desk does not do #{undone[0]} yet", ["Do it in words, or leave the line out."]
            )
        if instructions.late:
            raise Returned(
                f"a command stands below your words, where it is text: {instructions.late[0]}",
                ["Commands stand at the very top. Send the mail again in one way or the other."],
            )
        return instructions

    def _keep_note(self, text: str) -> None:
        self._happens(NoteAdded(who=self.agent.name, text=text))
        self.done.append("Your note is kept with the case. The customer sees nothing of it.")

    def _refuse_what_is_stale(self) -> None:
        if relays.since(self.session, self.relay.case_id, self.relay.seen, besides=self.agent.name):
            raise Returned(
                "something has happened since the mail that you answered",
                [
                    "Read below what it was.",
                    "Answer this mail with #send alone, and your words go out as they are.",
                ],
                held=True,
            )

    def _answer(self, words: str) -> None:
        self._must_be_reachable()
        event = AgentReplied(
            who=self.agent.name,
            text=words,
            to=self.case.customer_email,
            reply=f"{self.case.reference}:{self.source}",
        )
        self._happens(event)

    def _command(self, command: Command, words: str) -> None:
        who = self.agent.name
        match command.word:
            case Word.NOTE | Word.REPLY | Word.SEND | Word.STOP | Word.HISTORY | Word.HELP:
                self._about_words(command)
                return
            case Word.TAKE:
                event: Event = CaseAssigned(who=who, to=who)
                sentence = "You own the case."
            case Word.ASSIGN:
                if command.team:
                    raise Returned("a case is assigned to a person", ["Name an agent: #assign NAME."])
                event = CaseAssigned(who=who, to=command.agent or None)
                sentence = f"{command.agent or 'The team'} has the case now."
            case Word.PRIORITY:
                event = CaseClassified(who=who, priority=command.choice)
                sentence = f"The priority is {command.choice}."
            case Word.CATEGORY:
                event = CaseClassified(who=who, category=command.choice)
                sentence = f"The category is {command.choice}."
            case Word.WAIT:
                until = self._until(command)
                event = InformationRequested(who=who, text=command.text, until=until)
                sentence = "The case waits" + (f" until {until:%Y-%m-%d}." if until else ".")
            case Word.CLOSE:
                event, sentence = CaseClosed(who=who, text=command.text), "The case is closed."
            case Word.REOPEN:
                event, sentence = CaseReopened(who=who, text=command.text), "The case is open again."
            case Word.RESOLVE:
                self._resolve(command, words)
                return
            case _:
                raise AssertionError(f"{command.word} is neither done nor refused")
        self.done.append(sentence)
        self._happens(event)

    def _about_words(self, command: Command) -> None:
        match command.word:
            case Word.NOTE if command.text:
                self._keep_note(command.text)
            case Word.STOP:
                self._stop()
            case Word.SEND:
                waiting = outbox.waiting_answers(self.session, self.relay.case_id, (REPLY, RESOLUTION))
                outbox.retry_now(self.session, [row.id for row in waiting if row.id], self.now)
                self.done.append("Your answer goes out now." if waiting else "Nothing waited to be sent.")
            case Word.HISTORY:
                lines = relays.history(self.session, self.relay.case_id, _HISTORY_SHOWN)
                self.done += [f"{row.at:%Y-%m-%d %H:%M} {row.who}: {row.what}" for row in lines]
            case Word.HELP:
                self.done += help_lines(Word(command.choice) if command.choice else None)
            case _:
                pass  # it only says what the words are for

    def _stop(self) -> None:
        if not outbox.waiting_answers(self.session, self.relay.case_id, (REPLY, RESOLUTION)):
            raise Returned(
                "there is nothing left to stop",
                ["What has left cannot be taken back; write to the customer."],
            )
        self.done.append("Your answer was stopped. The customer got nothing.")
        self.stop_what_waits()

    def _resolve(self, command: Command, words: str) -> None:
        missing = [
            name
            for name, value in (("the reasons, as text below the command", words), ("cause=", command.cause))
            if not value
        ]
        if missing:
            known = self.desk.config.complaints
            raise Returned(
                f"a resolution needs {' and '.join(missing)}",
                [
                    f"#resolve {command.choice} cause=… remedy=…",
                    f"cause: {', '.join(known.causes)}",
                    f"remedy: {', '.join(known.remedies)}",
                    "Below it, in your own words: what you found, and why you decided so.",
                ],
            )
        self._must_be_reachable()
        amount = None
        if command.amount is not None:
            whole = command.amount == command.amount.to_integral_value()
            amount = f"{command.amount:.{0 if whole else 2}f} {command.currency}".strip()
        self.done.append(
            "The resolution waits until it can no longer be stopped; once sent, the case is resolved."
        )
        event = ResolutionWritten(
            who=self.agent.name,
            outcome=command.choice,
            text=words,
            to=self.case.customer_email,
            reply=f"{self.case.reference}:{self.source}",
            cause=command.cause,
            remedy=command.remedy or None,
            amount=amount,
        )
        self._happens(event)

    def _until(self, command: Command) -> datetime | None:
        zone = self.desk.config.desk.zone
        if command.until is not None:
            return datetime.combine(command.until, time(23, 59), zone)
        if command.span is not None:
            return due_at(self.now, command.span, zone)
        return None

    def _must_be_reachable(self) -> None:
        email = self.case.customer_email
        why = unsendable(email) if email else "the case has no address"
        if why:
            raise Returned(f"the customer cannot be written to: {why}", ["Find out how to reach her."])

    def _happens(self, event: Event) -> None:
        desk, session = self.desk, self.session
        decision = decide(self.case, event, desk.policy, desk.config.desk.zone, self.now)
        casebook.save(session, self.relay.case_id, self.case, decision.case, self.now)
        asked = casebook.last_mail(session, self.relay.case_id) or self.message
        queued = queue_letters(desk, session, self.relay.case_id, decision, asked, self.now)
        casebook.write_history(
            session, self.relay.case_id, decision.history, inbox_id=self.inbox_id, outbox_id=queued
        )
        self.case = decision.case


def refuse_files(message: Message) -> None:
    """Raise Returned when a mail has files: they would not reach the customer, and she would not know."""
    if any(not file.inline for file in message.attachments):
        raise Returned("files cannot be sent to the customer yet", ["Answer without the file."])


def vocabulary(desk: Desk) -> Vocabulary:
    """The names that commands may use at this desk."""
    complaints = desk.config.complaints
    return Vocabulary(
        agents=tuple(agent.name for agent in desk.people.agents),
        teams=tuple(desk.people.teams),
        outcomes=tuple(complaints.outcomes),
        causes=tuple(complaints.causes),
        remedies=tuple(complaints.remedies),
    )
