"""What becomes of a mail of an agent? Who is it really, may it happen once, and who is told?

    who speaks → only once → her orders → receipt

What answers no letter of ours is in `keyless.py`, what opens a case instead of working one in `bringing.py`.

Every arrow has a way out, and they all lead to the same place: nothing is done, her words are kept with
the case, and a letter to her *registered* address gives them back with the reason. Whoever only pretends
to be her learns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from mailproc.cases.case import Case, HistoryEntry
from mailproc.cases.events import ActRefused
from mailproc.desk import Desk
from mailproc.errors import CommandError, LetterError, NotAllowed
from mailproc.inbound.forwarded import is_on_behalf
from mailproc.inbound.identity import Identity, Level, recipients_outside
from mailproc.jobs import case_facts, colleagues, confirming, escalating, keyless, telling
from mailproc.jobs.bringing import Bringing, Ending
from mailproc.jobs.digest_answers import NUMBERED, DigestAnswer
from mailproc.jobs.files import Files
from mailproc.jobs.following import decided
from mailproc.jobs.keyless import ANSWERS_A_DAY, ANSWERS_TO_HER, faults_said
from mailproc.jobs.orders import ANSWERED, Order, Returned, Unconfirmed, carry_out
from mailproc.jobs.orders.enclosing import names_of_files
from mailproc.jobs.speaking import who_speaks
from mailproc.jobs.telling import ANSWER, NOTE
from mailproc.mail import Message
from mailproc.outbound.bodies import Enclosure
from mailproc.people import Agent
from mailproc.sentences import say
from mailproc.store import absences, casebook, journal, relays
from mailproc.store.database import all_or_nothing
from mailproc.store.receiving import Disposition, Locked
from mailproc.store.relays import StoredRelay


class Act:
    """One mail of an agent, or of somebody who says so, on its way through one transaction."""

    def __init__(
        self, desk: Desk, session: Session, row: Locked, message: Message, files: Files, now: datetime
    ) -> None:
        self.desk = desk
        self.files = files
        self.session = session
        self.row = row
        self.message = message
        self.now = now

    def run(self) -> Ending:
        if self.row.confirmed_by is not None:
            return self._bringing().confirmed(self.row.confirmed_by)
        identity, relay = who_speaks(self.desk, self.session, self.message, self.now)
        may_act = identity.level >= Level.AGENT or identity.needs_confirmation or identity.confirms
        agent = self.desk.people.agent(identity.agent or "") if may_act else None
        if relay is None or (agent is None and relay.case_id is None):
            reason = keyless.answer(self.desk, self.session, self.row, self.message, identity, self.now)
            return Ending(disposition=Disposition.HELD, reason=reason)
        if agent is None:
            return self._refuse(identity, relay)
        if not relays.act_once(self.session, relay.outbox_id, self.message.content_key, self.row.id):
            reason = f"the same mail was acted upon before, by letter {relay.outbox_id}"
            return Ending(disposition=Disposition.DUPLICATE, reason=reason, case_id=relay.case_id)
        source, text = self.row.id, self.message.text
        if identity.confirms:
            if relay.held_inbox_id is None:
                reason = "it confirms nothing: no mail waits for its yes"
                return Ending(disposition=Disposition.HELD, reason=reason, case_id=relay.case_id)
            said = confirming.read(self.message)
            if said.said is not confirming.Said.YES:
                question = confirming.Question(
                    self.desk, self.session, self.row, self.message, agent, relay, self.now
                )
                return question.not_yes(said)
            # Good for one mail, once. What is carried out is that mail, not the words of this one.
            relays.revoke_holding(self.session, relay.held_inbox_id, agent.name, self.now)
            source = relay.held_inbox_id
            # It answered another letter than the question, and that one says what it may do.
            asked, relay = relay, relays.answered_by(self.session, source) or relay
            # When she released it, she knew what the question was asked with.
            relay = replace(relay, seen=max(relay.seen, asked.seen), bundle=asked.bundle)
            text = casebook.words_of_mail(self.session, source) or ""
            if is_on_behalf(text):
                return self._bringing().receive_again(relay, source, confirmed_by=agent.name)
        elif is_on_behalf(text):
            return self._bringing().run(agent, relay, identity)
        if relay.stands_for in NUMBERED:
            answer = DigestAnswer(self.desk, self.session, self.row, self.message, self.files, self.now)
            return answer.run(agent, relay, identity, text=text, source=source)
        if relay.case_id is None:
            return self._bringing().answer_about_no_case(agent, relay)
        # It may have been merged since the letter was looked up; now it is locked.
        case_id, case = casebook.load_where_it_goes_on(self.session, relay.case_id)
        relay = replace(relay, case_id=case_id, case_reference=case.reference)
        order = Order(
            self.desk,
            self.session,
            agent,
            relay,
            case,
            self.message,
            files=self.files,
            text=text,
            inbox_id=self.row.id,
            source=source,
            now=self.now,
            confirmed=identity.confirms,
        )
        return self._carry_out(order, identity)

    def _bringing(self) -> Bringing:
        return Bringing(self.desk, self.session, self.row, self.message, self.files, self.now)

    def _carry_out(self, order: Order, identity: Identity) -> Ending:
        agent, relay, case = order.agent, order.relay, order.case
        # What a yes does not cover is asked about once more, and goes on to be the mail that waited for it.
        waits = order.source if order.confirmed else order.inbox_id
        try:
            if identity.needs_confirmation:
                action = say("Your mail about {reference} is carried out.", reference=case.reference)
                if names := names_of_files(order):
                    action = say(
                        "Your mail about {reference} is carried out, with its files: {files}.",
                        reference=case.reference,
                        files=names,
                    )
                return self._ask_for_confirmation(order, identity, action, waits)
            # What went half way before it was refused must not stay.
            with all_or_nothing(self.session):
                carry_out(order)
        except Unconfirmed as error:
            order.case = case
            return self._ask_before(order, identity, error, waits)
        except (Returned, NotAllowed, CommandError, LetterError) as error:
            order.case = case
            return self._give_back(order, error)
        absences.end(self.session, agent.name)
        colleagues.tell_of_deeds(order, case)
        order.case = escalating.after_orders(self.desk, self.session, order.case_id, order.case, self.now)
        if order.done:
            facts = {"done": tuple(order.done), "words": None, "draft": order.draft}
            held = order.source if order.draft else None
            self._tell(agent, relay, order.case, "receipt", facts, held=held, enclosures=order.for_her)
        self._tell_what_stayed_behind(order)
        self._warn_of_others(agent, relay, order.case)
        reason = f"{agent.name}: {identity.reason}"
        return Ending(disposition=Disposition.REPLIED, reason=reason, case_id=relay.case_id)

    def _give_back(self, order: Order, error: Returned | NotAllowed | CommandError | LetterError) -> Ending:
        agent, relay = order.agent, order.relay
        held = False
        if isinstance(error, Returned):
            reason, remedies, held = error.reason, error.remedies, error.held
        elif isinstance(error, CommandError):
            reason, remedies = faults_said(error)
            if error.stop:
                # Whatever else was wrong, what she wanted to stop must not leave meanwhile.
                order.stop_what_waits()
                reason = say("{reason}, except that your answer was stopped", reason=reason)
        else:
            reason = error.said
            remedies = (say("Write to the customer in another way, or ask a colleague."),)
        self._warn_of_others(agent, relay, order.case)
        since = order.since(besides=agent.name)
        facts = {
            "reason": reason,
            "remedies": remedies,
            "words": order.text or None,
            "since": case_facts.with_words(self.desk, self.session, order.case, since) or None,
        }
        self._tell(agent, relay, order.case, "returned", facts, held=order.source if held else None)
        self._note(relay, agent.name, "a mail was returned, nothing was done", reason)
        return Ending(disposition=Disposition.HELD, reason=reason, case_id=relay.case_id)

    def _ask_before(self, order: Order, identity: Identity, error: Unconfirmed, waits: int) -> Ending:
        # What goes outside is named in the question with the files that go there.
        outside = any(command.outside for command in order.commands)
        names = "" if outside else names_of_files(order)
        action = (
            say(
                "{action} Your mail is carried out, with its files: {files}.",
                action=error.action,
                files=names,
            )
            if names
            else error.action
        )
        return self._ask_for_confirmation(order, identity, action, waits, error.mails)

    def _ask_for_confirmation(
        self, order: Order, identity: Identity, action: str, waits: int, mails: Sequence[int] = ()
    ) -> Ending:
        """Hold the mail and ask the agent at her registered address; her answer to that lets it happen.

        What is held, mail number `waits`, is this mail, even when it only releases an earlier one: said yes
        to, it releases that again, and by the letter that she answered with it, not by the older one that was
        answered then. A yes that does not cover everything leaves waiting what it was said to.
        """
        agent, relay = order.agent, order.relay
        self._warn_of_others(agent, relay, order.case)
        facts = {"action": action, "words": order.text or "-"}
        self._tell(agent, relay, order.case, "confirm", facts, held=waits, mails=mails)
        self._note(relay, "desk", f"asked {agent.name} to confirm", identity.reason, identity.rule)
        reason = f"{identity.rule}: waits for her yes"
        return Ending(disposition=Disposition.HELD, reason=reason, case_id=relay.case_id)

    def _refuse(self, identity: Identity, relay: StoredRelay) -> Ending:
        """Write down who tried what, and tell the agent herself, at her own address and once a day."""
        reason = f"{identity.rule}: {identity.reason}"
        # Whose letter it was is told, and nobody else: what she gets is a key to the case.
        assert relay.case_id is not None
        agent = self.desk.people.agent(relay.agent)
        case = casebook.load(self.session, relay.case_id)
        claims = identity.agent or identity.claims or "nobody known"
        refused = ActRefused(claims=claims, rule=identity.rule, reason=identity.reason)
        decision = decided(self.desk, case, refused, self.now)
        casebook.write_history(self.session, relay.case_id, decision.history, inbox_id=self.row.id)
        if agent is not None:
            proved = identity.level >= Level.KNOWN and identity.agent == agent.name
            facts = {
                "reason": say(
                    "a mail that answers yours about this case was not acted upon: {why}", why=identity.reason
                ),
                "remedies": (
                    say("If it was yours, answer the newest mail that you have about this case."),
                    say(
                        "If it was not yours, somebody has got hold of your mail;"
                        " tell whoever runs this desk."
                    ),
                ),
                # Only who has proved her address gets words back: else anybody could have us send his.
                "words": (self.message.text or None) if proved else None,
                "since": None,
            }
            once_a_day = f"refused:{relay.outbox_id}:{self.now:%Y%m%d}"
            self._tell(agent, relay, case, "returned", facts, key=once_a_day)
        return Ending(disposition=Disposition.HELD, reason=reason, case_id=relay.case_id)

    def _warn_of_others(self, agent: Agent, relay: StoredRelay, case: Case) -> None:
        """Her words also went past the desk, and with them the signed address: it is worth nothing now."""
        others = recipients_outside(self.message, self.desk.address)
        if not others:
            return
        relays.revoke(self.session, relay.outbox_id, self.now)
        named = ", ".join(others[:5])
        self._note(relay, "desk", "an agent's mail also went to others", named)
        warning = (
            say(
                "Your mail also went to {addresses}, past the desk. That cannot be taken back.",
                addresses=named,
            ),
            say("The address you answered is worth nothing any more; answer this mail instead."),
        )
        facts = {"done": warning, "words": None}
        self._tell(agent, relay, case, "receipt", facts, key=f"others:{self.row.id}")

    def _tell_what_stayed_behind(self, order: Order) -> None:
        """Say once, not with every answer, that a picture of her signature does not go to customers."""
        if not order.left_behind:
            return
        names = ", ".join(picture.name for picture in order.left_behind)
        facts = {
            "done": (
                say("Taken for decoration of your mail, and not sent to the customer: {files}.", files=names),
                say("Attach a picture as a file when the customer shall have it."),
                say("You are told this once about each picture."),
            ),
            "words": None,
        }
        digests = "".join(sorted(picture.sha256 for picture in order.left_behind))
        key = f"left_behind:{order.agent.name}:{journal.digest(digests.encode())}"
        self._tell(order.agent, order.relay, order.case, "receipt", facts, key=key)

    def _note(self, relay: StoredRelay, who: str, what: str, text: str, rule: str = "") -> None:
        assert relay.case_id is not None
        entry = HistoryEntry(at=self.now, who=who, what=what, text=text, rule=rule)
        casebook.write_history(self.session, relay.case_id, [entry], inbox_id=self.row.id)

    def _tell(
        self,
        agent: Agent,
        relay: StoredRelay,
        case: Case,
        letter: str,
        facts: Mapping[str, object],
        *,
        key: str | None = None,
        held: int | None = None,
        enclosures: Sequence[Enclosure] = (),
        mails: Sequence[int] = (),
    ) -> None:
        a_day_ago = self.now - timedelta(days=1)
        told = relays.told_since(self.session, relay.case_id, agent.name, ANSWERS_TO_HER, a_day_ago)
        if told >= ANSWERS_A_DAY:
            self._note(relay, "desk", f"{letter} not sent to {agent.name}", f"{told} letters within a day")
            return
        telling.send(
            self.desk,
            self.session,
            letter,
            agent,
            relay.case_id,
            case,
            facts,
            key=key or f"{letter}:{self.row.id}",
            does=ANSWER if letter == "returned" and relay.stands_for in ANSWERED else NOTE,
            now=self.now,
            confirms=letter == "confirm",
            stands_for=relay.stands_for if letter in ("returned", "confirm") else letter,
            in_reply_to=self.message.message_id,
            references=self.message.references,
            # What she has not seen yet when she writes, she has not seen by saying yes to it either, nor by
            # reading what she did herself.
            seen=relay.seen if letter in ("confirm", "receipt") else None,
            about_inbox_id=relay.about_inbox_id,
            held_inbox_id=held,
            enclosures=enclosures,
            bundle=mails,
            proposal_inbox_id=relay.proposal_inbox_id,
        )
