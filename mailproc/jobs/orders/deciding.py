"""How is a complaint decided by mail? `#resolve`, with everything that a resolution must say."""

from __future__ import annotations

from mailproc.cases.events import ResolutionWritten
from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order, Returned


def resolve(order: Order, command: Command, words: str) -> None:
    """Queue the resolution; the case is resolved when the mail server has taken it."""
    _refuse_what_lacks(order, command, words)
    order.must_be_reachable()
    order.done.append(
        "The resolution waits until it can no longer be stopped; once sent, the case is resolved."
    )
    order.happens(
        ResolutionWritten(
            who=order.agent.name,
            outcome=command.choice,
            text=words,
            to=order.case.customer_email,
            reply=order.mail,
            cause=command.cause,
            remedy=command.remedy or None,
            amount=_amount(command),
        )
    )


def _refuse_what_lacks(order: Order, command: Command, words: str) -> None:
    missing = [
        name
        for name, value in (("the reasons, as text below the command", words), ("cause=", command.cause))
        if not value
    ]
    if missing:
        known = order.desk.config.complaints
        raise Returned(
            f"a resolution needs {' and '.join(missing)}",
            [
                f"#resolve {command.choice} cause=… remedy=…",
                f"cause: {', '.join(known.causes)}",
                f"remedy: {', '.join(known.remedies)}",
                "Below it, in your own words: what you found, and why you decided so.",
            ],
        )


def _amount(command: Command) -> str | None:
    if command.amount is None:
        return None
    whole = command.amount == command.amount.to_integral_value()
    return f"{command.amount:.{0 if whole else 2}f} {command.currency}".strip()
