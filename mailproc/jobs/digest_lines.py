"""Which cases do the numbered lines of a reply mean, and which lines are about the same one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from mailproc.cases.case import Case
from mailproc.inbound.numbered import NumberedLine
from mailproc.store import casebook
from mailproc.store.digests import Numbered


@dataclass(kw_only=True)
class AboutOne:
    """The lines about one case, and the case itself, locked."""

    case_id: int
    case: Case
    written_about: str
    seen: int
    lines: list[NumberedLine] = field(default_factory=list)


def by_case(
    session: Session, lines: Sequence[NumberedLine], numbers: Mapping[int, Numbered]
) -> list[AboutOne]:
    """Lock the cases that the lines are about, in the order of their ids, and give each its lines."""
    wanted = {line.number: numbers[line.number] for line in lines if line.number in numbers}
    groups: dict[int, AboutOne] = {}
    place: dict[int, AboutOne] = {}
    for number, meant in sorted(wanted.items(), key=lambda item: item[1].case_id):
        written_about = casebook.load(session, meant.case_id).reference
        # It may have been merged since, with another one of the digest too.
        case_id, case = casebook.load_where_it_goes_on(session, meant.case_id)
        group = groups.setdefault(
            case_id,
            AboutOne(case_id=case_id, case=case, written_about=written_about, seen=meant.seen),
        )
        group.seen = min(group.seen, meant.seen)
        place[number] = group
    for line in lines:
        if line.number in place:
            place[line.number].lines.append(line)
    return list(
        {place[line.number].case_id: place[line.number] for line in lines if line.number in place}.values()
    )
