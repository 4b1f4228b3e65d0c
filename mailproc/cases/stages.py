"""Where does a case go when the customer is not content? To the next stage of its policy, or back to work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases import duties
from mailproc.cases.case import Case, Status
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed
from mailproc.sentences import say

# How the history says whom the next stage is not for.
NOT_BY = "not to be decided by"


def has_next(case: Case, policy: Policy) -> bool:
    return case.stage < len(policy.stages)


def none_left(case: Case, policy: Policy) -> str:
    """Say that no stage is left, and who else may be asked."""
    left = say("{reference} has no further stage", reference=case.reference)
    if policy.referral is None:
        return left
    return say("{left}; what remains is {body}", left=left, body=policy.referral.body)


def title(case: Case, policy: Policy) -> str:
    """What the regime calls the stage that the case is at; nothing where there are none."""
    return list(policy.stages.values())[case.stage - 1].title if policy.stages else ""


def disagreed(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> tuple[Case, str, str]:
    """Return the case as it goes on when the customer is not content, what that is, and what is to be known.

    It goes on at the next stage; after the last one, and where there are none, it is reopened. A customer
    need not say why (Housing Ombudsman code, section 6): that he is not content is enough.
    """
    if not has_next(case, policy):
        remark = none_left(case, policy) if policy.stages else ""
        return reopened(case, policy, zone, now), "case reopened", remark
    asked = duties.asked_at(case)
    begun = duties.next_stage(_taken_up(case, now), policy, zone, now, asked=asked)
    remark = f"{NOT_BY} {begun.barred}, who decided before" if begun.barred else ""
    return begun, f"stage {begun.stage} begins ({title(begun, policy)})", remark


def wrote_again(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Return a decided case about which the customer wrote, who may be asking for more than that.

    What was decided stands until somebody of the desk says what the mail is. Until then the next stage is to
    be acknowledged as though it had begun, so that no time of it is lost; where none is left, somebody is to
    have read the mail within the time of an acknowledgement (our choice).
    """
    return duties.wrote_again(case, policy, zone, now)


def reopened(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Return the case as it is to be decided anew, at the same stage and by its old time."""
    return duties.reopened(_taken_up(case, now), policy, zone, now)


def undecided(case: Case) -> Case:
    return replace(case, resolved_at=None, outcome=None, cause=None, remedy=None, amount=None, proposal=None)


def refuse_who_decided_before(case: Case, who: str) -> None:
    """Raise NotAllowed when it is she who decided the stage before, and the rules ask for somebody else."""
    if who == case.barred:
        raise NotAllowed(
            say(
                "{who} decided the stage before, and stage {number} of {reference} is for somebody else",
                who=who,
                number=case.stage,
                reference=case.reference,
            )
        )


def _taken_up(case: Case, now: datetime) -> Case:
    """Return a case that is to be decided anew; what became due meanwhile is told by the mail about it."""
    return replace(undecided(case), status=Status.OPEN, waiting_until=None, warned_until=now)
