"""How is a complaint decided by mail? `#resolve`, with everything that a resolution must say."""

from __future__ import annotations

from dataclasses import asdict

from mailproc.cases.approvals import Money, in_the_desks_currency, need_of
from mailproc.cases.case import Proposal
from mailproc.cases.events import ResolutionWritten
from mailproc.cases.lifecycle import RESOLUTION
from mailproc.cases.policy import CaseField
from mailproc.inbound.commands import Command
from mailproc.jobs.orders import approving
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import all_of, joined, say
from mailproc.store import outbox

# What is done about it has to be said where the customer is right, if only that it is nothing.
_IN_FAVOUR = frozenset({"upheld", "partly_upheld"})


def resolve(order: Order, command: Command, words: str) -> None:
    """Queue the resolution, or ask for its approval. Resolved is the case when the server has taken it."""
    _refuse_a_second(order)
    _refuse_what_lacks(order, command, words)
    order.must_be_reachable()
    rules = order.desk.config.complaints
    offer = in_the_desks_currency(_offer(command), rules.offer_limit)
    written = Proposal(
        who=order.agent.name,
        outcome=command.choice,
        text=words,
        to=order.case.customer_email,
        reply=order.mail,
        cause=command.cause,
        remedy=command.remedy or None,
        amount=str(offer) if offer else None,
    )
    need = need_of(
        written.outcome,
        written.remedy,
        offer,
        limit=rules.offer_limit,
        refusals=rules.approve_refusals,
    )
    if need is not None:
        approving.ask(order, written, need)
        return
    order.done.append(
        say("The resolution waits until it can no longer be stopped; once sent, the case is resolved.")
    )
    order.happens(ResolutionWritten(**asdict(written)))


def _refuse_a_second(order: Order) -> None:
    if any(row.letter == RESOLUTION for row in order.waiting_answers()):
        raise Returned(
            say("a resolution of this case waits to be sent, and the customer would get both"),
            [say("Answer with #stop first, and then send this one again.")],
        )
    if outbox.unsettled(order.session, order.case_id, (RESOLUTION,)):
        raise Returned(
            say("a resolution of this case is on its way, and the customer would get both"),
            [say("Wait until it has arrived, which the case's #history says; then write to the customer.")],
        )


def _refuse_what_lacks(order: Order, command: Command, words: str) -> None:
    asked = [(say("the reasons, as text below the command"), words), ("cause=", command.cause)]
    required = order.desk.policy_of(order.case).closing_requires
    if command.choice in _IN_FAVOUR or CaseField.REMEDY in required:
        asked.append(("remedy=", command.remedy))
    if CaseField.CATEGORY in required:
        asked.append((say("a category, with #category on the line above it"), order.case.category or ""))
    missing = [name for name, value in asked if not value]
    if missing:
        known = order.desk.config.complaints
        line = f"#resolve {command.choice} cause={command.cause or '…'} remedy={command.remedy or '…'}"
        if offer := _offer(command):
            line += f" amount={offer}"
        below = (
            say("Write nothing below it, and your words go with it as they are; or write them anew.")
            if words
            else say("Below it, in your own words: what you found, and why you decided so.")
        )
        raise Returned(
            say("a resolution needs {missing}", missing=all_of(missing)),
            [
                say("Answer this mail with this line at the top, filled in:"),
                line,
                joined("", ("cause: ", ", ".join(known.causes))),
                joined("", ("remedy: ", ", ".join(known.remedies))),
                below,
            ],
            held=bool(words),
        )


def _offer(command: Command) -> Money | None:
    return None if command.amount is None else Money(amount=command.amount, currency=command.currency)
