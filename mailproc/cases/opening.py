"""How does a case begin? With a complaint, its clocks, its rating, its first history and acknowledgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases import duties
from mailproc.cases.case import Acknowledgement, Case, Decision, HistoryEntry, Letter, Status
from mailproc.cases.events import CaseRated, ComplaintReceived
from mailproc.cases.intake import UNRATED, Rated
from mailproc.cases.lifecycle import ACKNOWLEDGEMENT, decide
from mailproc.cases.policy import Policy
from mailproc.mail import address_key


def open_case(event: ComplaintReceived, policy: Policy, zone: ZoneInfo, now: datetime) -> Decision:
    """Return the new case, its first history entries and its acknowledgement, if it may have one."""
    case = Case(
        reference=event.reference,
        status=Status.NEW,
        customer_email=event.customer_email,
        customer_name=event.customer_name,
        participants=frozenset(
            address_key(email) for email in (event.customer_email, *event.others) if email
        ),
        subject=event.subject,
        language=event.language,
        mailbox=event.mailbox,
        policy=policy.stamp,
        received_at=event.received_at,
        opened_at=now,
        previous=event.previous,
        warns=event.warns,
        # What was past when the desk heard of it is told by the letter about the new case.
        warned_until=now,
        split_from=event.split_from,
        unanswered=(now,),
    )
    case = duties.read(case, policy, zone)
    history = [
        HistoryEntry(at=now, who="customer", what="complaint received", text=event.remark, rule=event.rule)
    ]
    if event.brought_by:
        what = "brought in a complaint that came elsewhere"
        history.append(HistoryEntry(at=now, who=event.brought_by, what=what, text=event.customer_email))
    if event.note and event.brought_by:
        history.append(HistoryEntry(at=now, who=event.brought_by, what="note", text=event.note))
    if event.rated != UNRATED:
        case, rated = _rated_on_intake(case, event.rated, policy, zone, now)
        history += rated
    if event.others:
        # They may write about it. That they were named gets them no letter: From may be forged.
        text = ", ".join(event.others)
        history.append(
            HistoryEntry(at=now, who="customer", what="wrote to others too, who take part", text=text)
        )
    if event.previous:
        history.append(HistoryEntry(at=now, who="desk", what="continues a closed case", text=event.previous))
    if event.split_from:
        history.append(HistoryEntry(at=now, who="desk", what=f"split off from {event.split_from}"))
    if event.possibly_about:
        # A reference without proof joins nobody to a case; a person may still want to know of it.
        text = ", ".join(event.possibly_about)
        history.append(HistoryEntry(at=now, who="desk", what="possibly about", text=text))
    if event.acknowledge_to is None:
        reason = event.withheld_because
        history.append(HistoryEntry(at=now, who="desk", what="acknowledgement withheld", text=reason))
        return Decision(case=case, history=tuple(history))
    letter = Letter(
        name=ACKNOWLEDGEMENT,
        to=event.acknowledge_to,
        key=f"{ACKNOWLEDGEMENT}:{event.reference}",
        # An acknowledgement carries no word of a stranger: whoever forges a sender must not make us
        # deliver the forger's text to the victim.
        quote_subject=event.sender_authenticated,
    )
    case = replace(
        case,
        acknowledgement=Acknowledgement.QUEUED,
        participants=case.participants | {address_key(event.acknowledge_to)},
    )
    history.append(HistoryEntry(at=now, who="desk", what="acknowledgement queued", text=event.acknowledge_to))
    return Decision(case=case, history=tuple(history), letters=(letter,))


def _rated_on_intake(
    case: Case, rated: Rated, policy: Policy, zone: ZoneInfo, now: datetime
) -> tuple[Case, tuple[HistoryEntry, ...]]:
    """Return a new case as the rules rate it, with what was found."""
    history: tuple[HistoryEntry, ...] = ()
    reason = "; ".join(rated.reasons)
    if rated.category:
        case = replace(case, category=rated.category)
        text = f"category {rated.category}\n{reason}"
        history = (HistoryEntry(at=now, who="desk", what="classified", text=text),)
    if rated.urgency or rated.impact:
        event = CaseRated(who="desk", urgency=rated.urgency, impact=rated.impact, reason=reason)
        decision = decide(case, event, policy, zone, now)
        case, history = decision.case, (*history, *decision.history)
    return case, history
