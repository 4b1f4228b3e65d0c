"""How does what a person did get into the history? By the rules, like everything that comes by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailproc.errors import NotAllowed

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailproc.cases.case import Case, Decision
    from mailproc.cases.events import Event
    from mailproc.cases.policy import Policy
    from mailproc.settings import Config


def record(config: Config, session: Session, case_id: int, event: Event) -> tuple[Case, Decision]:
    """Let the rules decide what follows and write it down; return the case as it was and the decision.

    Raises NotAllowed when the case's status forbids it, and for whatever would send a letter.
    """
    from mailproc.cases.lifecycle import decide
    from mailproc.desk import utc_now
    from mailproc.store import casebook

    before, now = casebook.load(session, case_id), utc_now()
    decision = decide(before, event, _policy_of(config, session, before), config.desk.zone, now)
    if decision.letters:
        raise NotAllowed(f"{before.reference}: this would send a letter, which only the desk does")
    casebook.save(session, case_id, before, decision.case, now)
    casebook.write_history(session, case_id, decision.history)
    return before, decision


def _policy_of(config: Config, session: Session, case: Case) -> Policy:
    """Return the policy that the case was received under; the desk's present one when it is not stored."""
    from mailproc.config import load_policy
    from mailproc.config.policies import stored_policy
    from mailproc.store import policies

    body = policies.body(session, case.policy.digest)
    return load_policy(config) if body is None else stored_policy(body)
