"""What becomes of an agent's answer to the question whether to go on, when that is not the word yes?

A no drops the mail that was held. Any other words are nobody's yes: she is asked again, with her words, and
what waited goes on waiting. A machine in her mailbox that repeats itself is asked again once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from mailproc.cases.case import Case, HistoryEntry
from mailproc.desk import Desk
from mailproc.inbound.reply_text import new_words
from mailproc.jobs import telling
from mailproc.jobs.bringing import Ending
from mailproc.jobs.keyless import ANSWERS_A_DAY, ANSWERS_TO_HER
from mailproc.mail import Message
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import casebook, journal, relays
from mailproc.store.receiving import Disposition, Locked
from mailproc.store.relays import StoredRelay

# As the letter asks for them, in each language of letters.
_YES = frozenset({"yes", "igen", "ja"})
_NO = frozenset({"no", "nem", "nein"})

_SHOWN_CHARS = 80
_REPEATED_CHARS = 2_000


class Said(StrEnum):
    """What an answer to the question says."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as read: its first line, and what stands below it."""

    said: Said
    first: str
    below: str


def read(message: Message) -> Answer:
    """Return what an answer says. A yes or a no stands alone on its first line."""
    words = new_words(message.text, from_html=message.text_from_html).text.strip()
    first, _, below = words.partition("\n")
    bare = first.strip(" \t\r.!,").casefold()
    said = Said.YES if bare in _YES else Said.NO if bare in _NO else Said.OTHER
    return Answer(said=said, first=first.strip(), below=below.strip())


class Question:
    """A question about a held mail that was answered, in one transaction. The agent has been identified."""

    def __init__(
        self,
        desk: Desk,
        session: Session,
        row: Locked,
        message: Message,
        agent: Agent,
        relay: StoredRelay,
        now: datetime,
    ) -> None:
        self.desk = desk
        self.session = session
        self.row = row
        self.message = message
        self.agent = agent
        self.relay = relay
        self.now = now

    def not_yes(self, answer: Answer) -> Ending:
        """Drop what was held, or ask again; nothing else is done."""
        return self._drop(answer) if answer.said is Said.NO else self._ask_again(answer)

    def _drop(self, answer: Answer) -> Ending:
        assert self.relay.held_inbox_id is not None
        relays.revoke_holding(self.session, self.relay.held_inbox_id, self.agent.name, self.now)
        if self.relay.case_id is not None:
            self._note(self.agent.name, "said no, and a mail was dropped", answer.below)
        dropped = say("Nothing was done: you said no, and your mail is dropped.")
        if self.relay.case_id is None or answer.below:
            remedies = (say("For anything else answer the newest mail that you have about the case."),)
            facts = {"reason": dropped, "remedies": remedies, "words": answer.below or None, "since": None}
            self._send("returned", facts, key=f"dropped:{self.row.id}")
        else:
            self._send("receipt", {"done": (dropped,), "words": None}, key=f"dropped:{self.row.id}")
        reason = "she said no, and what was held is dropped"
        return Ending(disposition=Disposition.HELD, reason=reason, case_id=self.relay.case_id)

    def _ask_again(self, answer: Answer) -> Ending:
        held = self.relay.held_inbox_id
        assert held is not None
        first = _short(answer.first)
        action = say(
            "Your answer “{answer}” is neither yes nor no, so nothing was done; it stands below. Your mail"
            " that waits begins “{held}”. Yes carries it out, no drops it.",
            answer=first or "-",
            held=_short(casebook.words_of_mail(self.session, held) or "") or "-",
        )
        facts = {"action": action, "words": self.message.text or "-"}
        repeated = journal.digest(" ".join(self.message.text.split())[:_REPEATED_CHARS].encode())
        self._send("confirm", facts, key=f"confirm:{held}:{repeated}")
        if self.relay.case_id is not None:
            self._note("desk", f"asked {self.agent.name} to confirm", f"neither yes nor no: {first}")
        reason = "it confirms nothing: it says neither yes nor no"
        return Ending(disposition=Disposition.HELD, reason=reason, case_id=self.relay.case_id)

    def _send(self, letter: str, facts: Mapping[str, object], *, key: str) -> None:
        relay, case_id = self.relay, self.relay.case_id
        a_day_ago = self.now - timedelta(days=1)
        told = relays.told_since(self.session, case_id, self.agent.name, ANSWERS_TO_HER, a_day_ago)
        if told >= ANSWERS_A_DAY:
            if case_id is not None:
                self._note("desk", f"{letter} not sent to {self.agent.name}", f"{told} letters within a day")
            return
        asks = letter == "confirm"
        telling.send(
            self.desk,
            self.session,
            letter,
            self.agent,
            case_id,
            self._case(),
            facts,
            key=key,
            does=telling.NOTE,
            now=self.now,
            confirms=asks,
            stands_for=relay.stands_for if asks else letter,
            in_reply_to=self.message.message_id,
            references=self.message.references,
            # By a yes she has seen what she had seen when she was asked first, and no more.
            seen=relay.seen,
            about_inbox_id=relay.about_inbox_id,
            held_inbox_id=relay.held_inbox_id if asks else None,
            bundle=relay.bundle if asks else (),
            proposal_inbox_id=relay.proposal_inbox_id,
        )

    def _case(self) -> Case | None:
        return casebook.load(self.session, self.relay.case_id) if self.relay.case_id is not None else None

    def _note(self, who: str, what: str, text: str) -> None:
        assert self.relay.case_id is not None
        entry = HistoryEntry(at=self.now, who=who, what=what, text=text)
        casebook.write_history(self.session, self.relay.case_id, [entry], inbox_id=self.row.id)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 1].rstrip()}…"
