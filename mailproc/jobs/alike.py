"""Which other cases of the customer might a new one be about? A proposal for people, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mailproc.cases.case import Case, Status
from mailproc.cases.likeness import likeness
from mailproc.mail import address_key
from mailproc.store import related
from mailproc.store.related import CaseInShort

SHOWN = 5
_LOOKED_AT = 20  # the newest of a customer; older ones are found by #find
_DECIDED_WITHIN = timedelta(days=90)  # our choice: a quarter, in which a customer comes back to a matter
_WORDS = 4000  # characters of a mail that are compared, as many as the store gives of the others


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another case as a letter to an agent proposes it; `command` is what she would write."""

    reference: str
    status: str
    subject: str
    received_on: datetime
    command: str


def others_of_customer(
    session: Session, case_id: int, case: Case, words: str, now: datetime
) -> tuple[Other, ...]:
    """Return other cases of the same address that this one may belong to, the likeliest first.

    `From:` is no identity: whether the sender was proved stands in the letter, and a person decides.
    """
    if not case.customer_email:
        return ()
    key, since = address_key(case.customer_email), now - _DECIDED_WITHIN
    found = related.decided_late_or_not(session, key, since, besides=case_id, most=_LOOKED_AT)
    texts = related.openings(session, [other.case_id for other in found])

    def alike(other: CaseInShort) -> float:
        text = texts.get(other.case_id, "")
        return likeness(case.subject, other.subject) + likeness(words[:_WORDS], text)

    # The sort keeps the order of equals: the newest first.
    return tuple(_proposed(other) for other in sorted(found, key=alike, reverse=True)[:SHOWN])


def _proposed(other: CaseInShort) -> Other:
    finished = other.status == Status.CLOSED.value
    return Other(
        reference=other.reference,
        status=other.status,
        subject=other.subject,
        received_on=other.received_at,
        command=f"#link {other.reference}" if finished else f"#merge {other.reference}",
    )
