"""How does an agent begin the next formal stage? `#stage 2`, when the customer asks for it in another way."""

from __future__ import annotations

from mailproc.cases import duties, stages
from mailproc.cases.events import StageBegun
from mailproc.inbound.commands import Command
from mailproc.jobs.orders.order import Order, Returned
from mailproc.jobs.stages import hand_over
from mailproc.sentences import say


def begin(order: Order, command: Command, words: str) -> None:
    """Begin the stage after the present one, whether that was decided or not.

    An answer that waits to leave was written at the stage before, and would count for the next one.
    """
    case, policy = order.case, order.desk.policy_of(order.case)
    if not policy.stages:
        raise Returned(
            say("the rules of this case ({policy}) know no stages", policy=policy.stamp.id),
            [say("Take it up again with #reopen, or hand it up with #escalate and the reason.")],
        )
    if not stages.has_next(case, policy):
        raise Returned(stages.none_left(case, policy), [say("Take it up again with #reopen and the reason.")])
    if int(command.choice) != case.stage + 1:
        raise Returned(
            say("the case is at stage {number}", number=case.stage),
            [say("The next one is begun with #stage {number}.", number=case.stage + 1)],
        )
    if case.proposal is not None or order.waiting_answers():
        raise Returned(
            say("an answer or a decision of the stage before waits to leave"),
            [say("Stop it with #stop, or wait until it has left; then begin the stage.")],
        )
    asked = duties.asked_at(case)
    order.happens(StageBegun(who=order.agent.name, text=command.text))
    order.case = hand_over(order.desk, order.session, order.case_id, case, order.case, order.now)
    title = stages.title(order.case, policy)
    if order.case.barred:
        order.done.append(
            say("{stage} begins; {agent} may not decide it.", stage=title, agent=order.case.barred)
        )
    else:
        order.done.append(say("{stage} begins.", stage=title))
    if asked is not None:
        moment = f"{asked.astimezone(order.desk.config.desk.zone):%Y-%m-%d %H:%M}"
        order.done.append(say("It counts from {moment}, when the customer wrote.", moment=moment))
    if order.case.owner:
        order.done.append(say("{agent} owns the case.", agent=order.case.owner))
    else:
        order.done.append(say("Nobody owns the case yet: #assign it, or let somebody take it."))
