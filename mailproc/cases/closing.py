"""Is everything known that a complaint needs to be decided? What `closing_requires` of the policy names."""

from __future__ import annotations

from mailproc.cases.case import Case
from mailproc.cases.policy import CaseField, Policy
from mailproc.errors import NotAllowed
from mailproc.sentences import all_of, say

_IN_WORDS = {
    CaseField.OUTCOME: say("outcome"),
    CaseField.CAUSE: say("cause"),
    CaseField.REMEDY: say("remedy"),
    CaseField.CATEGORY: say("category"),
}


def missing(
    case: Case, policy: Policy, *, outcome: str | None, cause: str | None, remedy: str | None
) -> list[CaseField]:
    """Return what the policy asks for and neither the case nor the decision says."""
    known = {
        CaseField.OUTCOME: outcome,
        CaseField.CAUSE: cause,
        CaseField.REMEDY: remedy,
        CaseField.CATEGORY: case.category,
    }
    return [field for field in policy.closing_requires if not known[field]]


def refuse_what_lacks(
    case: Case, policy: Policy, *, outcome: str | None, cause: str | None, remedy: str | None
) -> None:
    """Raise NotAllowed when a complaint is decided of which something is not known."""
    lacking = missing(case, policy, outcome=outcome, cause=cause, remedy=remedy)
    if lacking:
        raise NotAllowed(
            say(
                "cannot decide {reference}: {policy} asks for the {names} of every complaint",
                reference=case.reference,
                policy=policy.stamp.id,
                names=all_of([_IN_WORDS[field] for field in lacking]),
            )
        )
