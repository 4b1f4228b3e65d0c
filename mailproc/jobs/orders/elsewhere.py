"""How does an agent's mail about one case reach another? By its reference, and by the same rules."""

from __future__ import annotations

from mailproc.cases.case import Case
from mailproc.cases.events import Event
from mailproc.jobs import following
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say
from mailproc.store import casebook


def find(order: Order, reference: str) -> tuple[int, Case]:
    """Return a case by its reference, or the one in which it goes on, locked; another than the order's own.

    Raises Returned when there is none, or when it is the case of the order.
    """
    found = casebook.find(order.session, reference)
    if found is None:
        raise Returned(
            say("there is no case {reference}", reference=reference),
            [say("Compare it with the subject of a mail about that case, or look for it with #find WORDS.")],
        )
    case_id, case = casebook.load_where_it_goes_on(order.session, found[0])
    if case_id == order.case_id:
        reason = (
            say("{reference} is this very case", reference=reference)
            if case.reference == reference
            else say("{reference} goes on in this very case", reference=reference)
        )
        raise Returned(reason, [say("Name another case.")])
    return case_id, case


def happens(order: Order, case_id: int, case: Case, event: Event) -> Case:
    """Let another case follow an event of the order's mail, with its history; no letter leaves by that."""
    return following.happens(
        order.desk, order.session, case_id, case, event, order.now, inbox_id=order.inbox_id
    )
