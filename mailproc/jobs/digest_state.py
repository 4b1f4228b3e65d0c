"""What would a supervisor be told of the desk at this moment? The facts of her digest, and its numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from mailproc.cases.trends import Change, top
from mailproc.jobs.digest_lists import Lists
from mailproc.outbound.bodies import Enclosure
from mailproc.outbound.digest import Counts, trends
from mailproc.outbound.spreadsheet import table_file
from mailproc.people import Supervisor
from mailproc.settings import Config
from mailproc.store import desk_state
from mailproc.store import trends as counted
from mailproc.store.digests import Numbered

# Beside the cases, whose number is a setting, so much fits on a telephone (our choice).
MOST_WORDS, MOST_PEOPLE = 3, 8
FILE_ROWS = 5000
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
    session: Session, person: Supervisor, zone: ZoneInfo, now: datetime, *, lines: int, hand_offs: int
) -> State:
    """Gather what a supervisor is told, with so many `lines` at most that a reply can name. Reads only.

    More changes of owner than `hand_offs` are a reason.
    """
    midnight = datetime.combine(now.astimezone(zone).date() + A_DAY, time(), zone)
    lists = Lists(session, person.name, now, midnight, zone, lines, hand_offs)
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
        "load": load[:MOST_PEOPLE],
        "load_more": max(len(load) - MOST_PEOPLE, 0),
        "post": desk_state.post(session, now - A_DAY),
        "trends": trends(sums),
        "categories": top((change for word, change in received.items() if word), MOST_WORDS),
        "causes": top((change for word, change in decided.items() if word), MOST_WORDS),
        "enclosed": min(undecided, FILE_ROWS),
        "left_out": max(undecided - FILE_ROWS, 0),
    }
    file = _file(session, now, zone) if undecided else None
    return State(facts=facts, numbers=numbers, file=file)


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
