"""What keeps a policy from being kept on this desk? Its rules against the letters that the desk can send."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailproc.errors import ConfigError

if TYPE_CHECKING:
    from mailproc.cases.policy import Policy
    from mailproc.workplace import Workplace


def policy_faults(policy: Policy, workplace: Workplace, zone: ZoneInfo) -> list[str]:
    """Return every fault of a policy in its present variant; raises nothing."""
    from mailproc.cases.policy_check import faults
    from mailproc.config import prove_calendar
    from mailproc.outbound.kinds import LETTERS, Audience

    if policy.calendar is not None and policy.needs_calendar:
        try:
            prove_calendar(workplace, policy.calendar)
        except ConfigError as error:
            return [str(fault) for fault in error.faults]
    letters = {
        name: frozenset(kind.parts) | frozenset(kind.names)
        for name, kind in LETTERS.items()
        if kind.to is Audience.CUSTOMER
    }
    return [f"{policy.stamp.id}: {fault}" for fault in faults(policy, letters, zone)]
