"""May a decision be recorded by hand? Not where somebody else has to approve it: that is asked by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailproc.errors import NotAllowed

if TYPE_CHECKING:
    from mailproc.cases.case import Case
    from mailproc.settings import Config


def refuse_what_needs_approval(config: Config, case: Case, outcome: str, remedy: str | None) -> None:
    """Raise NotAllowed when a decision like this needs approval, or one waits for it already.

    What is recorded by hand names no amount; where there is a limit, money that nobody counts needs approval.
    """
    from mailproc.cases.approvals import need_of

    if case.proposal is not None:
        who = case.proposal.who
        raise NotAllowed(
            f"{case.reference}: the resolution of {who} waits for approval; whoever was asked answers "
            f"#approve or #reject, {who} answers #stop to take it back"
        )
    rules = config.complaints
    if need_of(outcome, remedy, None, limit=rules.offer_limit, refusals=rules.approve_refusals):
        decision = f"{outcome} with {remedy}" if remedy else outcome
        raise NotAllowed(
            f"{case.reference}: {decision} needs approval at this desk, which is asked by mail; "
            f"answer a mail about the case with #resolve {outcome} …"
        )
