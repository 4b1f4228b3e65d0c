"""What would a supervisor be told of the desk at this moment? The facts of her digest, and its numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from mailproc.cases.trends import Change, top
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.digest import Counts, Line, Section, Why, trends
from mailproc.outbound.spreadsheet import table_file
from mailproc.people import Supervisor, name_key
from mailproc.settings import Config
from mailproc.store import desk_state
from mailproc.store import trends as counted
from mailproc.store.desk_state import StandingCase
from mailproc.store.digests import Numbered

# What fits on a telephone (our choice); the enclosed file has the rest.
MOST_TODAY, MOST_OTHERS, MOST_WORDS = 12, 5, 5
FILE_ROWS = 5000
LOOKED_AT = 1000  # cases of one kind that are counted one by one
SOON = timedelta(days=3)  # from the end of today
UNTOUCHED = timedelta(days=7)  # an undecided case that did not change for so long has got stuck
A_DAY = timedelta(days=1)

_COLUMNS = (
    *("reference", "status", "priority", "owner", "team", "category", "subject"),
    *("received", "next due", "late", "handed up to", "waits for approval", "unreachable"),
    "changes of owner",
)


@dataclass(frozen=True, kw_only=True)
class State:
    """The facts of a digest by the names of its letter, what its numbers stand for, and the file."""

    facts: Mapping[str, Any]
    numbers: Mapping[int, Numbered]
    file: Enclosure | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs anybody: no case stands in it, and no mail or letter waits for a person."""
        post = self.facts["post"]
        return not self.numbers and not (post.waiting or post.quarantined or post.unsure)


def zone_of(config: Config, person: Supervisor) -> ZoneInfo:
    """The zone of a supervisor's mornings and days."""
    return ZoneInfo(person.time_zone) if person.time_zone else config.desk.zone


def state_of_desk(
    session: Session, person: Supervisor, zone: ZoneInfo, now: datetime, *, hand_offs: int
) -> State:
    """Gather what a supervisor is told. Reads only. More changes of owner than `hand_offs` are a reason."""
    midnight = datetime.combine(now.astimezone(zone).date() + A_DAY, time(), zone)
    lists = _Lists(session, person.name, now, midnight, zone, hand_offs)
    sections = lists.sections()
    ids = {line.reference: case_id for line, case_id in lists.numbered}
    seen = desk_state.last_entries(session, list(ids.values()))
    numbers = {
        line.number: Numbered(case_id=case_id, seen=seen.get(case_id, 0)) for line, case_id in lists.numbered
    }
    load = desk_state.load(session, now)
    undecided = sum(each.open for each in load)
    received = counted.received_by_category(session, now)
    decided = counted.decided_by_cause(session, now)
    sums = [_sum("received", received.values()), _sum("decided", decided.values())]
    facts = {
        "day": now.astimezone(zone).date(),
        "zone": zone.key,
        "counts": Counts(
            overdue=desk_state.count_due(session, now),
            today=desk_state.count_due(session, midnight, since=now),
            for_you=lists.for_you,
        ),
        "sections": sections,
        "load": load,
        "post": desk_state.post(session, now - A_DAY),
        "trends": trends(sums),
        "categories": top((change for word, change in received.items() if word), MOST_WORDS),
        "causes": top((change for word, change in decided.items() if word), MOST_WORDS),
        "enclosed": min(undecided, FILE_ROWS),
        "left_out": max(undecided - FILE_ROWS, 0),
    }
    file = _file(session, now, zone) if undecided else None
    return State(facts=facts, numbers=numbers, file=file)


class _Lists:
    """The cases that need somebody, each once, below the first heading that fits, with all its reasons."""

    def __init__(
        self,
        session: Session,
        reader: str,
        now: datetime,
        midnight: datetime,
        zone: ZoneInfo,
        hand_offs: int,
    ) -> None:
        self.session = session
        self.reader = reader
        self.now = now
        self.midnight = midnight
        self.zone = zone
        self.hand_offs = hand_offs
        self.numbered: list[tuple[Line, int]] = []
        self.for_you = 0

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
        due = desk_state.due(session, self.midnight, MOST_TODAY + len(for_her))
        waiting = desk_state.count_due(session, self.midnight)
        soon_until = self.midnight + SOON
        shown_soon = desk_state.due(session, soon_until, MOST_OTHERS + len(raised), since=self.midnight)
        soon_count = desk_state.count_due(session, soon_until, since=self.midnight)
        unreachable = desk_state.unreachable(session, LOOKED_AT)
        held = desk_state.with_held_letters(session, LOOKED_AT)
        untouched = desk_state.untouched(session, now - UNTOUCHED, LOOKED_AT)
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
        made = (
            self._section("today", (*for_her, *due), MOST_TODAY, reasons, today_count),
            self._section("soon", shown_soon, MOST_OTHERS, reasons, soon_count),
            self._section("stuck", stuck, MOST_OTHERS, reasons),
            self._section("above", above, MOST_OTHERS, reasons),
        )
        return tuple(section for section in made if section.lines)

    def _section(
        self,
        id: str,
        cases: Sequence[StandingCase],
        most: int,
        reasons: Mapping[Why, Collection[int]],
        count: int | None = None,
    ) -> Section:
        above = {case_id for _, case_id in self.numbered}
        fresh = list({case.id: case for case in cases if case.id not in above}.values())
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
            since=case.changed_at.astimezone(self.zone),
            hand_offs=case.hand_offs,
        )

    def _is_for_her(self, case: StandingCase) -> bool:
        asked = (case.escalated_to or "").split(", ")
        return name_key(self.reader) in map(name_key, asked)

    def _is_due(self, case: StandingCase) -> bool:
        return case.next_deadline_at is not None and case.next_deadline_at < self.midnight


def _sum(name: str, changes: Collection[Change]) -> Change:
    return Change(
        name=name, now=sum(change.now for change in changes), before=sum(change.before for change in changes)
    )


def _file(session: Session, now: datetime, zone: ZoneInfo) -> Enclosure:
    def moment(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""

    rows = (
        (
            *(case.reference, case.status, case.priority, case.owner, case.team, case.category, case.subject),
            *(moment(case.received_at), moment(case.next_deadline_at)),
            "yes" if case.next_deadline_at is not None and case.next_deadline_at < now else "no",
            *(case.escalated_to, "yes" if case.proposed else "no", "yes" if case.unreachable else "no"),
            case.hand_offs,
        )
        for case in desk_state.undecided(session, FILE_ROWS)
    )
    return table_file(f"undecided cases {now.astimezone(zone):%Y-%m-%d}.csv", _COLUMNS, rows)
