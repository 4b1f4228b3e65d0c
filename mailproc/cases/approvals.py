"""Which decisions does somebody else have to approve, and what follows when she does or does not?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mailproc.cases.case import Case, Decision, HistoryEntry, Proposal, Status
from mailproc.cases.events import (
    ResolutionApproved,
    ResolutionProposed,
    ResolutionRejected,
    ResolutionWithdrawn,
)
from mailproc.errors import NotAllowed
from mailproc.sentences import say

# The outcomes that are against the customer. An outcome that the desk has invented is never taken for one.
REFUSALS = frozenset({"not_upheld", "out_of_scope"})

# The remedies that are money. A remedy that the desk has invented is never taken for one.
MONEY = frozenset({"refund", "goodwill"})


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in a currency by its three letters (ISO 4217); '' is what the desk pays in."""

    amount: Decimal
    currency: str = ""

    def __str__(self) -> str:
        places = 0 if self.amount == self.amount.to_integral_value() else 2
        return f"{self.amount:.{places}f} {self.currency}".strip()


class Need(StrEnum):
    """Why a decision needs approval."""

    REFUSAL = "refusal"
    AMOUNT = "amount"  # more than the limit
    CURRENCY = "currency"  # another than the limit's: they cannot be compared
    UNSTATED = "unstated"  # money is offered, and nobody says how much


def in_the_desks_currency(offer: Money | None, limit: Money | None) -> Money | None:
    """Return an offer with its currency; where none is written it is that of the limit.

    So what is compared is what the customer reads, and nobody can mean another currency by saying none.
    """
    if offer is None or limit is None or offer.currency:
        return offer
    return replace(offer, currency=limit.currency)


def need_of(
    outcome: str, remedy: str | None, offer: Money | None, *, limit: Money | None, refusals: bool
) -> Need | None:
    """Return why a decision needs approval, or None. Amounts that only the words mention do not count."""
    if refusals and outcome in REFUSALS:
        return Need.REFUSAL
    if limit is None:
        return None
    if offer is None:
        return Need.UNSTATED if remedy in MONEY else None
    if offer.amount == 0:
        return None
    if offer.currency != limit.currency:
        return Need.CURRENCY
    return Need.AMOUNT if offer.amount > limit.amount else None


def decide(
    case: Case,
    event: ResolutionProposed | ResolutionApproved | ResolutionRejected | ResolutionWithdrawn,
    now: datetime,
) -> Decision:
    """Return what follows, without the letter. Raises NotAllowed when there is nothing to decide on."""
    if isinstance(event, ResolutionProposed):
        proposed = replace(
            case, status=Status.OPEN, owner=case.owner or event.proposal.who, proposal=event.proposal
        )
        what = "proposed another resolution" if case.proposal else "proposed a resolution"
        proposal = event.proposal
        offer = f" ({proposal.amount})" if proposal.amount else ""
        text = f"{', '.join(event.asked)} asked to approve {proposal.outcome}{offer}: {proposal.text}"
        return _recorded(proposed, now, proposal.who, what, text)
    waiting = proposal_of(case)
    if isinstance(event, ResolutionApproved):
        approved = replace(
            case,
            status=Status.OPEN,
            proposal=None,
            decided_by=waiting.who,
            outcome=waiting.outcome,
            cause=waiting.cause,
            remedy=waiting.remedy,
            amount=waiting.amount,
        )
        return _recorded(approved, now, event.who, f"approved the resolution of {waiting.who}", event.remark)
    dropped = replace(case, proposal=None)
    if isinstance(event, ResolutionRejected):
        return _recorded(dropped, now, event.who, f"rejected the resolution of {waiting.who}", event.reason)
    return _recorded(dropped, now, event.who, f"withdrew the resolution of {waiting.who}")


def proposal_of(case: Case) -> Proposal:
    """Return the resolution that waits for approval. Raises NotAllowed when none does."""
    if case.proposal is None:
        raise NotAllowed(say("no resolution of {reference} waits for approval", reference=case.reference))
    return case.proposal


def _recorded(case: Case, now: datetime, who: str, what: str, text: str = "") -> Decision:
    return Decision(case=case, history=(HistoryEntry(at=now, who=who, what=what, text=text),))
