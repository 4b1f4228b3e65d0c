"""Which letter does the customer have to get because a duty is late, and how does an agent send it?"""

from __future__ import annotations

from collections.abc import Iterable

from mailproc.cases.case import Case, Point
from mailproc.cases.clock_rules import Late
from mailproc.desk import Desk
from mailproc.jobs.after_decision import what_is_asked
from mailproc.outbound.kinds import LETTERS
from mailproc.sentences import Sentence, say


def remarks(desk: Desk, case: Case, points: Iterable[Point]) -> tuple[Sentence, ...]:
    """Say for each duty that is late what its policy asks for then; the duty itself goes on.

    What is owed until somebody has read a mail that came after the decision says so, late or not.
    """
    found: list[Sentence] = []
    for point in points:
        if case.perhaps_asked is not None and point.clock == case.perhaps_asked.id:
            found += what_is_asked(desk, case)
        late = _late(desk, case, point.clock) if point.overdue else None
        if late is None:
            continue
        kind = LETTERS.get(late.letter)
        if kind is not None and kind.offered:
            line = f"#template {late.letter}"
            found.append(
                say("The customer has to be told now. Write {line} at the top of your reply.", line=line)
            )
        else:
            found.append(
                say("The customer has to be told now, in your answer ({letter}).", letter=late.letter)
            )
        found += [say("It has to say: {what}.", what=what) for what in late.says.values()]
    return tuple(dict.fromkeys(found))


def _late(desk: Desk, case: Case, clock: str) -> Late | None:
    policy = desk.policy_of(case)
    for stage in policy.stages_for(case.received_at, desk.config.desk.zone):
        for name, rule in stage.rules.items():
            if f"{stage.prefix}{name}" == clock:
                return rule.late
    return None
