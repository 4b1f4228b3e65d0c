"""A desk whose rules have few clocks: for conversations about what is due, where each duty is counted."""

from __future__ import annotations

from mailproc.store import policies
from tests.cases.samples import POLICY
from tests.conversation import Talk


def by_plain_rules(talk: Talk) -> Talk:
    """Let the complaints of a desk be acknowledged within a day and decided within fourteen, no more."""
    talk.desk.policy = POLICY
    policies.keep(talk.desk.database, POLICY, talk.now)
    return talk
