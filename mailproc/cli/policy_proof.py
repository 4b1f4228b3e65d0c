"""What keeps a policy from being kept on this desk? Its rules against the letters that the desk can send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
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
    from mailproc.outbound.kinds import LETTERS
    from mailproc.outbound.kinds.kind import Audience

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
    found = [f"{policy.stamp.id}: {fault}" for fault in faults(policy, letters, zone)]
    return [*found, *_forbidden_words(policy, workplace)]


def _forbidden_words(policy: Policy, workplace: Workplace) -> Iterator[str]:
    """Look into the desk's templates, ours where it has none, for words that no letter may hold."""
    ours_too = {
        file.relative_to(folder): file
        for folder in reversed(workplace.template_dirs)
        for file in _files(folder)
    }
    for file in ours_too.values() if policy.forbidden else ():
        text = file.read_text(encoding="utf-8").casefold()
        for word, why in policy.forbidden.items():
            if word.casefold() in text:
                yield f"{file}: {word}: {why}; take it out (policy {policy.id})"


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.suffix in (".txt", ".html"))
