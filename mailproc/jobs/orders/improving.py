"""What should the desk do better? Whoever works a case notes it; reports show it until it is done."""

from __future__ import annotations

from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order
from mailproc.sentences import say
from mailproc.store import improvements


def improve(order: Order, command: Command, words: str) -> None:
    """Keep what stands behind the command; words below it are a note of the case, as with any command."""
    number = improvements.note(
        order.session,
        order.case_id,
        text=command.text,
        who=order.agent.name,
        now=order.now,
        inbox_id=order.inbox_id,
    )
    order.done.append(
        say("Noted as improvement {number}; it stands in each report until it is done.", number=number)
    )
