"""What does an agent want to see? Commands whose answer stands in the receipt."""

from __future__ import annotations

from mailproc.inbound.commands import Command, Word, help_lines
from mailproc.jobs.orders.order import Order
from mailproc.store import relays

_HISTORY_SHOWN = 50


def history(order: Order, command: Command, words: str) -> None:
    lines = relays.history(order.session, order.case_id, _HISTORY_SHOWN)
    order.done += [f"{row.at:%Y-%m-%d %H:%M} {row.who}: {row.what}" for row in lines]


def show_help(order: Order, command: Command, words: str) -> None:
    order.done += help_lines(Word(command.choice) if command.choice else None)
