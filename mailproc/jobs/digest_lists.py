"""Which cases stand in a digest, below which heading, with which numbers? Each once, with all its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from mailproc.outbound.digest import Line, Section, Why
from mailproc.people import name_key
from mailproc.store import desk_state
from mailproc.store.desk_state import StandingCase

LOOKED_AT = 1000  # cases of one kind that are counted one by one
SOON = timedelta(days=3)  # from the end of today
UNTOUCHED = timedelta(days=7)  # an undecided case that nobody touched for so long has got stuck


class Lists:
    """The cases that need somebody, each below the first heading that fits; then `numbered` has them."""

    def __init__(
        self,
        session: Session,
        reader: str,
        now: datetime,
        midnight: datetime,
        zone: ZoneInfo,
        lines: int,
        hand_offs: int,
    ) -> None:
        self.session = session
        self.reader = reader
        self.now = now
        self.midnight = midnight
        self.zone = zone
        self.lines = lines
        self.hand_offs = hand_offs
        self.numbered: list[tuple[Line, int]] = []
        self.for_you = 0
        self.untouched_since: dict[int, datetime] = {}

    def sections(self) -> tuple[Section, ...]:
        session, now = self.session, self.now
        raised = desk_state.raised(session, LOOKED_AT)
        approve = desk_state.asked_to_approve(
            session, self.reader, [case.id for case in raised if case.proposed]
        )
        for_her = [case for case in raised if case.id in approve or self._is_for_her(case)]
        self.for_you = len(for_her)
        of_her = {case.id for case in for_her}
        above = [case for case in raised if case.id not in of_her]
        # Some of those that are due stand above already, so that as many more are asked for.
        due = desk_state.due(session, self.midnight, self.lines + len(for_her))
        waiting = desk_state.count_due(session, self.midnight)
        soon_until = self.midnight + SOON
        shown_soon = desk_state.due(session, soon_until, self.lines + len(raised), since=self.midnight)
        soon_count = desk_state.count_due(session, soon_until, since=self.midnight)
        unreachable = desk_state.unreachable(session, LOOKED_AT)
        held = desk_state.with_held_letters(session, LOOKED_AT)
        quiet = desk_state.untouched(session, now - UNTOUCHED, LOOKED_AT)
        # Of what is late that is reason enough.
        untouched = [case for case in quiet if case.next_deadline_at is None or case.next_deadline_at >= now]
        self.untouched_since = {case.id: case.changed_at for case in untouched}
        handed_on = desk_state.handed_on(session, self.hand_offs, LOOKED_AT)
        reasons: dict[Why, Collection[int]] = {
            Why.APPROVE: approve,
            Why.UNREACHABLE: {case.id for case in unreachable},
            Why.HELD: {case.id for case in held},
            Why.UNTOUCHED: {case.id for case in untouched},
            Why.HANDED_ON: {case.id for case in handed_on},
        }
        stuck = list({case.id: case for case in (*unreachable, *held, *handed_on, *untouched)}.values())
        today_count = waiting + sum(not self._is_due(case) for case in for_her)
        wanted: list[tuple[str, Sequence[StandingCase], int | None]] = [
            ("today", (*for_her, *due), today_count),
            ("soon", shown_soon, soon_count),
            ("stuck", stuck, None),
            ("above", above, None),
        ]
        made = []
        for place, (id, cases, count) in enumerate(wanted):
            # What is below another heading keeps one line at least.
            kept = sum(bool(self._fresh(later)) for _, later, _ in wanted[place + 1 :])
            room = self.lines - len(self.numbered) - kept
            made.append(self._section(id, cases, max(room, 1), reasons, count))
        return tuple(section for section in made if section.lines)

    def _fresh(self, cases: Sequence[StandingCase]) -> list[StandingCase]:
        """Return those that do not stand above already, each once."""
        above = {case_id for _, case_id in self.numbered}
        return list({case.id: case for case in cases if case.id not in above}.values())

    def _section(
        self,
        id: str,
        cases: Sequence[StandingCase],
        most: int,
        reasons: Mapping[Why, Collection[int]],
        count: int | None = None,
    ) -> Section:
        above = {case_id for _, case_id in self.numbered}
        fresh = self._fresh(cases)
        lines = []
        for case in fresh[:most]:
            line = self._line(len(self.numbered) + 1, case, reasons)
            self.numbered.append((line, case.id))
            lines.append(line)
        others = (
            count - len(above & {case.id for case in cases}) if count is not None else len(fresh)
        ) - len(lines)
        return Section(id=id, lines=tuple(lines), more=max(others, 0))

    def _line(self, number: int, case: StandingCase, reasons: Mapping[Why, Collection[int]]) -> Line:
        due_at = case.next_deadline_at
        why = [reason for reason in Why if case.id in reasons.get(reason, ())]
        if self._is_for_her(case):
            why.append(Why.FOR_YOU)
        elif case.escalated_to:
            why.append(Why.ESCALATED)
        if case.proposed and Why.APPROVE not in why:
            why.append(Why.APPROVAL)
        if due_at is not None and due_at < self.midnight + SOON:
            why.append(
                Why.OVERDUE if due_at < self.now else Why.TODAY if due_at < self.midnight else Why.SOON
            )
        order = list(Why)
        return Line(
            number=number,
            reference=case.reference,
            subject=case.subject,
            why=tuple(str(reason) for reason in sorted(why, key=order.index)),
            owner=case.owner,
            to=case.escalated_to,
            due_at=due_at.astimezone(self.zone) if due_at else None,
            since=self.untouched_since.get(case.id, case.changed_at).astimezone(self.zone),
            hand_offs=case.hand_offs,
        )

    def _is_for_her(self, case: StandingCase) -> bool:
        asked = (case.escalated_to or "").split(", ")
        return name_key(self.reader) in map(name_key, asked)

    def _is_due(self, case: StandingCase) -> bool:
        return case.next_deadline_at is not None and case.next_deadline_at < self.midnight
