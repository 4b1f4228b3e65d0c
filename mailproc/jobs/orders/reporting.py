"""What has happened that no mail tells the desk? `#happened implemented`, and due times count from it."""

from __future__ import annotations

from datetime import date

from mailproc.cases import reported
from mailproc.cases.events import HappeningReported, ReportTakenBack
from mailproc.cases.happenings import Happening
from mailproc.cases.words import HAPPENINGS
from mailproc.errors import NotAllowed
from mailproc.inbound.command_words import fold
from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say


def report(order: Order, command: Command, words: str) -> None:
    """Let it count for the clocks of the case, or take back what was reported by mistake.

    The receipt says what is due then. What cannot be comes back with what the rules of the case know.
    """
    what, before = Happening(command.choice), order.case
    event: HappeningReported | ReportTakenBack
    if command.undo:
        event = ReportTakenBack(who=order.agent.name, what=what)
    else:
        reason, remark = _reason(order, what, command.text)
        on = command.on or _written_on(order)
        event = HappeningReported(who=order.agent.name, what=what, on=on, reason=reason, text=remark)
    try:
        order.happens(event)
    except NotAllowed as error:
        raise Returned(error.said, [_remedy(order)]) from None
    said = HAPPENINGS[what]
    order.done.append(say("Taken back: {what}.", what=said) if command.undo else _written_down(said))
    policy, zone = order.desk.policy_of(before), order.desk.config.desk.zone
    order.done += reported.changes(before, order.case, policy, zone, order.now)
    if what is Happening.PAUSED and not command.undo:
        order.done.append(
            say(
                "Write #happened resumed when the reason is over. You are asked every {days} days.",
                days=reported.LOOK_AGAIN.days,
            )
        )


def _written_down(what: str) -> str:
    return say("Written down: {what}.", what=what)


def _reason(order: Order, what: Happening, text: str) -> tuple[str | None, str]:
    """Return for which of the policy's reasons clocks are to stand still, and the words behind it."""
    if what is not Happening.PAUSED:
        return None, text
    policy, zone = order.desk.policy_of(order.case), order.desk.config.desk.zone
    reasons = {fold(each): each for each in reported.reasons_to_pause(order.case, policy, zone)}
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        found = reasons.get(fold(" ".join(words[:count]).rstrip(",:;")))
        if found is not None:
            return found, " ".join(words[count:])
    return None, text


def _written_on(order: Order) -> date | None:
    """Return the day of her mail when the desk reads it on a later one: it had happened by then."""
    if order.message.date is None:
        return None
    zone = order.desk.config.desk.zone
    day = order.message.date.astimezone(zone).date()
    return day if day < order.now.astimezone(zone).date() else None


def _remedy(order: Order) -> str:
    policy, zone = order.desk.policy_of(order.case), order.desk.config.desk.zone
    known = reported.known(order.case, policy, zone)
    if not known:
        return say("Keep it as a #note: no due time of this case depends on it.")
    return say("What these rules know: {lines}.", lines=", ".join(f"#happened {each}" for each in known))
