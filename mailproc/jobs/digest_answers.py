"""What becomes of a reply to a digest? Each line is carried out on its case, as if in a mail about it.

The lines about one case happen together or not at all, by the rules that a mail about it follows; what stands
against one case keeps none of the others from happening (our choice: of ten lines that were written on a
telephone nine are right). A receipt says of each line what became of it. A line that wants a yes makes the
whole mail wait for it.

No words go to a customer by a number, but for the reason of `extend`: whoever writes to him has read what he
wrote, in a mail about his case. Who takes a case by its number, or asks for its history, gets such a mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailproc.desk import Desk
from mailproc.errors import CommandError, LetterError, NotAllowed
from mailproc.inbound.commands import Word
from mailproc.inbound.identity import Identity, recipients_outside
from mailproc.inbound.numbered import NumberedLine, read_numbered
from mailproc.inbound.reply_text import new_words
from mailproc.jobs import colleagues, digest_receipt, escalating, keyless, packet, telling
from mailproc.jobs.bringing import Ending
from mailproc.jobs.digest_lines import AboutOne, by_case
from mailproc.jobs.files import Files
from mailproc.jobs.keyless import ANSWERS_A_DAY
from mailproc.jobs.orders import Order, Returned, Unconfirmed, carry_out
from mailproc.jobs.readable import language_for
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import joined, say
from mailproc.store import absences, digests, relays
from mailproc.store.database import all_or_nothing
from mailproc.store.digests import Numbered
from mailproc.store.receiving import Disposition, Locked
from mailproc.store.relays import StoredRelay

# What every letter stands for whose answer has numbered lines: a digest, or many cases that were handed up.
DIGEST, RAISED = "digest", "escalations"
NUMBERED = frozenset({DIGEST, RAISED})
RECEIPT = "digest_receipt"

# They need words, or a look at what the customer wrote.
NOT_BY_NUMBER = frozenset(
    {Word.REPLY, Word.DRAFT, Word.SEND, Word.TEMPLATE, Word.RESOLVE, Word.FROM, Word.SPLIT}
)
# Who does this goes on with the case, and needs a mail about it to answer.
GOES_ON = frozenset({Word.TAKE, Word.HISTORY, Word.ORIGINAL})


class DigestAnswer:
    """One reply to a digest, or the yes to one, on its way through one transaction."""

    def __init__(
        self, desk: Desk, session: Session, row: Locked, message: Message, files: Files, now: datetime
    ) -> None:
        self.desk = desk
        self.session = session
        self.row = row
        self.message = message
        self.files = files
        self.now = now
        self.others = recipients_outside(message, desk.address)
        self.stands_for = DIGEST

    def run(self, agent: Agent, relay: StoredRelay, identity: Identity, *, text: str, source: int) -> Ending:
        """Carry out the lines in `text`, the words of mail number `source`. She has been identified."""
        numbers = digests.numbers(self.session, relay.outbox_id)
        self.stands_for = relay.stands_for
        if self.others:
            # Her mail went past the desk, and with it the signed address: it is worth nothing now.
            relays.revoke(self.session, relay.outbox_id, self.now)
        try:
            # Who was asked about these very cases may work them, whoever she is.
            if relay.stands_for == DIGEST and agent not in self.desk.people.deciders:
                raise Returned(
                    say("only a supervisor works cases by their numbers"),
                    [say("Answer the newest mail that you have about a case.")],
                )
            lines, late, below = self._read(agent, text, source)
            if identity.needs_confirmation:
                raise Unconfirmed(say("The lines of your mail are carried out, each on its case."))
            # What some lines have done before another one wants a yes must not stay.
            with all_or_nothing(self.session):
                outcomes, case_id = self._carry_out(agent, relay, numbers, lines, source, identity.confirms)
        except Unconfirmed as error:
            return self._ask(agent, numbers, error, text, source)
        except Returned as error:
            return self._give_back(agent, numbers, error, text)
        absences.end(self.session, agent.name)
        outcomes += [digest_receipt.too_low(line) for line in late]
        facts = {"warning": self._warning(), "lines": tuple(outcomes), "words": below or None}
        self._tell(agent, numbers, RECEIPT, facts)
        done = sum(outcome.done for outcome in outcomes)
        return Ending(
            disposition=Disposition.HELD if case_id is None else Disposition.REPLIED,
            reason=f"{agent.name}: {done} of {len(outcomes)} lines of a digest were carried out",
            case_id=case_id,
        )

    def _read(
        self, agent: Agent, text: str, source: int
    ) -> tuple[tuple[NumberedLine, ...], tuple[NumberedLine, ...], str]:
        own = (self.desk.address.address, *agent.keys)
        # As in `Order.read`: of an earlier mail it is not known whether its text was HTML.
        from_html = self.message.text_from_html and source == self.row.id
        reading = new_words(text, from_html=from_html, own_addresses=own)
        above = say("Answer again and write above everything that your mail program quotes.")
        if reading.doubtful:
            why = say("it is not certain which of these words are yours: {doubts}", doubts=reading.doubtful)
            raise Returned(why, [above])
        found = read_numbered(reading.text)
        if not found.lines:
            raise Returned(
                say("it does not begin with the number of a case and a command"),
                [
                    say("Write lines such as 3 assign NAME, at the very top, and answer this mail."),
                    say("To write about one case alone, answer a mail that you have about it."),
                ],
            )
        return found.lines, found.late, found.words

    def _carry_out(
        self,
        agent: Agent,
        relay: StoredRelay,
        numbers: Mapping[int, Numbered],
        lines: Sequence[NumberedLine],
        source: int,
        confirmed: bool,
    ) -> tuple[list[digest_receipt.Outcome], int | None]:
        """Return what became of each line, and the first case to which something was done."""
        found: dict[NumberedLine, digest_receipt.Outcome] = {}
        to_confirm: list[str] = []
        mails: list[int] = []
        first: int | None = None
        for group in by_case(self.session, lines, numbers):
            order = self._order(agent, relay, group, source, confirmed)
            try:
                with all_or_nothing(self.session):
                    _refuse_what_needs_a_mail(order, group)
                    carry_out(order)
            except Unconfirmed as error:
                to_confirm.append(error.action)
                mails += error.mails
            except (Returned, NotAllowed, CommandError, LetterError) as error:
                found |= digest_receipt.not_done(group, error)
            else:
                colleagues.tell_of_deeds(order, group.case)
                order.case = escalating.after_orders(
                    self.desk, self.session, order.case_id, order.case, self.now
                )
                if self.others:
                    keyless.note_others(order, self.others)
                first = first or order.case_id
                found |= digest_receipt.done(group, order, told=self._tell_of_case(order, group))
        if to_confirm:
            raise Unconfirmed(joined("\n", to_confirm), mails)
        return [found.get(line) or digest_receipt.unknown(line) for line in lines], first

    def _order(
        self, agent: Agent, relay: StoredRelay, group: AboutOne, source: int, confirmed: bool
    ) -> Order:
        about = replace(
            relay,
            case_id=group.case_id,
            case_reference=group.case.reference,
            written_about=group.written_about,
            seen=group.seen,
            held_inbox_id=None,
        )
        return Order(
            self.desk,
            self.session,
            agent,
            about,
            group.case,
            self.message,
            files=self.files,
            text="\n".join(line.command for line in group.lines),
            inbox_id=self.row.id,
            source=source,
            now=self.now,
            confirmed=confirmed,
        )

    def _tell_of_case(self, order: Order, group: AboutOne) -> bool:
        """Send her a mail about the case when she is to go on with it; False when she is not."""
        if not any(command.word in GOES_ON for command in order.commands):
            return False
        done, enclosures = order.done, order.for_her
        if self.stands_for == RAISED and any(
            each.word in (Word.TAKE, Word.HISTORY) for each in order.commands
        ):
            papers = packet.whole_case(
                self.desk, self.session, order.case_id, order.case, language_for(self.desk, order.agent)
            )
            enclosures = list(papers.enclosures)
            done = [*done, say("The papers of the case are enclosed.")]
        facts = {"done": tuple(done), "words": None}
        letter = telling.send(
            self.desk,
            self.session,
            "receipt",
            order.agent,
            order.case_id,
            order.case,
            facts,
            key=f"receipt:{self.row.id}:{order.case_id}",
            does=telling.NOTE,
            now=self.now,
            # What she has not seen yet when she writes, she has not seen by what she did herself.
            seen=group.seen,
            enclosures=enclosures,
        )
        return letter is not None

    def _ask(
        self, agent: Agent, numbers: Mapping[int, Numbered], error: Unconfirmed, text: str, source: int
    ) -> Ending:
        """Hold the mail and ask her at her registered address; her yes to that lets all of it happen."""
        action = error.action
        for warning in self._warning():
            action = say("{action} {warning}", action=action, warning=warning)
        facts = {"subject": self.message.subject or None, "action": action, "words": text or "-"}
        self._tell(agent, numbers, "confirm", facts, held=source, mails=error.mails)
        return Ending(disposition=Disposition.HELD, reason="lines of a digest wait for her yes")

    def _give_back(self, agent: Agent, numbers: Mapping[int, Numbered], error: Returned, text: str) -> Ending:
        facts = {
            "subject": self.message.subject or None,
            "reason": error.reason,
            "remedies": (*error.remedies, *self._warning()),
            "words": text or None,
            "since": None,
        }
        self._tell(agent, numbers, "returned", facts)
        return Ending(disposition=Disposition.HELD, reason=error.reason)

    def _warning(self) -> tuple[str, ...]:
        if not self.others:
            return ()
        return (
            say(
                "Your mail also went to {others}, past the desk. That cannot be taken back.",
                others=", ".join(self.others[:5]),
            ),
            say("The address you answered is worth nothing any more; answer this mail instead."),
        )

    def _tell(
        self,
        agent: Agent,
        numbers: Mapping[int, Numbered],
        letter: str,
        facts: Mapping[str, Any],
        *,
        held: int | None = None,
        mails: Sequence[int] = (),
    ) -> None:
        """Queue a letter in which the numbers go on to mean what they meant in the digest."""
        letters = (RECEIPT, "returned", "confirm")
        told = relays.told_since(self.session, None, agent.name, letters, self.now - timedelta(days=1))
        if told >= ANSWERS_A_DAY:
            return
        id = telling.send(
            self.desk,
            self.session,
            letter,
            agent,
            None,
            None,
            facts,
            key=f"{letter}:{agent.name}:{self.row.id}",
            does=telling.NOTE,
            now=self.now,
            in_reply_to=self.message.message_id,
            references=self.message.references,
            confirms=letter == "confirm",
            stands_for=self.stands_for,
            held_inbox_id=held,
            bundle=mails,
        )
        if id is not None:
            digests.remember(self.session, id, numbers)


def _refuse_what_needs_a_mail(order: Order, group: AboutOne) -> None:
    """Raise Returned where a mail about the case is needed, and where a line is not read as one command."""
    commands, number = order.read().commands, group.lines[0].number
    if len(commands) != len(group.lines):
        raise Returned(say("it cannot be read as a command"), [say("Write it in a mail about the case.")])
    for command in commands:
        if command.word in NOT_BY_NUMBER:
            raise Returned(
                say("#{command} needs a mail about the case", command=command.word),
                [
                    say(
                        "Write {number} history: a mail about it comes, and you can answer that.",
                        number=number,
                    )
                ],
            )
