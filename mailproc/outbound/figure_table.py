"""In which order do figures stand, with which units? Rows for letters, tables and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mailproc.cases.figures import Counts, Figures, Share, Times, rises

Value = int | float | Decimal | None


class Unit(StrEnum):
    """What a figure counts."""

    COUNT = "count"
    HOURS = "hours"
    SHARE = "share"  # from 0 to 1
    SCORE = "score"  # from 1 to 5
    MONEY = "money"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure of a period and of the one before.

    `name` is one of ours, which letters have words for; `of` is a word of the desk's own beside it or in its
    place: a clock, a cause, a currency, a team. '' there means that nothing was said.
    """

    name: str = ""
    of: str | None = None
    value: Value
    before: Value
    unit: Unit = Unit.COUNT
    rises: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """Figures that stand together below a heading."""

    name: str
    rows: tuple[Row, ...]


def sections(now: Figures, before: Figures) -> tuple[Section, ...]:
    """Return all figures in the order of a report; sections in which nothing stands are left out."""
    made = {
        "complaints": _complaints(now, before),
        "times": _times(now, before),
        "clocks": _clocks(now, before),
        "handling": _handling(now, before),
        "categories": _words(now.categories, before.categories),
        "outcomes": _words(now.outcomes, before.outcomes),
        "causes": _words(now.causes, before.causes),
        "remedies": _words(now.remedies, before.remedies),
        "amounts": _amounts(now, before),
        "satisfaction": _satisfaction(now, before),
        "teams": _shares(now.teams, before.teams),
        "mailboxes": _shares(now.mailboxes, before.mailboxes),
    }
    return tuple(Section(name=name, rows=rows) for name, each in made.items() if (rows := tuple(each)))


def _complaints(now: Figures, before: Figures) -> Iterator[Row]:
    for name in ("open_at_start", "received", "decided", "reopened", "closed", "open_at_end"):
        yield Row(name=name, value=getattr(now, name), before=getattr(before, name))
    for name in ("spam", "merged", "silent"):
        value, earlier = getattr(now, name), getattr(before, name)
        if value or earlier:
            yield Row(name=name, value=value, before=earlier)


def _times(now: Figures, before: Figures) -> Iterator[Row]:
    yield from _time("acknowledged", now.acknowledged_in, before.acknowledged_in)
    yield from _time("decided", now.decided_in, before.decided_in)


def _time(name: str, now: Times, before: Times) -> Iterator[Row]:
    if now.count or before.count:
        yield Row(name=f"{name}_median", value=now.median, before=before.median, unit=Unit.HOURS)
        yield Row(name=f"{name}_ninetieth", value=now.ninetieth, before=before.ninetieth, unit=Unit.HOURS)


def _clocks(now: Figures, before: Figures) -> Iterator[Row]:
    these, those = ({clock.id: clock for clock in each.clocks} for each in (now, before))
    for id in sorted(these | those):
        clock, other = these.get(id), those.get(id)
        yield Row(name="due", of=id, value=clock.due if clock else 0, before=other.due if other else 0)
        yield Row(
            name="in_time",
            of=id,
            value=clock.met / clock.due if clock else None,
            before=other.met / other.due if other else None,
            unit=Unit.SHARE,
        )
        for name in ("late", "owed"):
            yield Row(name=name, of=id, value=getattr(clock, name, 0), before=getattr(other, name, 0))


def _handling(now: Figures, before: Figures) -> Iterator[Row]:
    yield Row(name="escalated", value=now.escalated, before=before.escalated)
    yield Row(
        name="escalation_rate",
        value=now.escalation_rate,
        before=before.escalation_rate,
        unit=Unit.SHARE,
    )
    yield Row(name="handed_on", value=now.handed_on, before=before.handed_on)


def _words(now: Counts, before: Counts) -> Iterator[Row]:
    """The words of this period, the most frequent first, then those that were counted before alone."""
    counted, earlier, rising = dict(now), dict(before), rises(now, before)
    for word in [*counted, *(word for word in earlier if word not in counted)]:
        yield Row(of=word, value=counted.get(word, 0), before=earlier.get(word, 0), rises=word in rising)


def _amounts(now: Figures, before: Figures) -> Iterator[Row]:
    these, those = dict(now.amounts), dict(before.amounts)
    for currency in sorted(these | those):
        none = Decimal(0)
        value, earlier = these.get(currency, none), those.get(currency, none)
        yield Row(of=currency, value=value, before=earlier, unit=Unit.MONEY)


def _satisfaction(now: Figures, before: Figures) -> Iterator[Row]:
    this, that = now.satisfaction, before.satisfaction
    if not (this.asked or that.asked or this.answers or that.answers):
        return
    yield Row(name="asked", value=this.asked, before=that.asked)
    yield Row(name="answers", value=this.answers, before=that.answers)
    yield Row(
        name="satisfied",
        value=this.satisfied / this.answers if this.answers else None,
        before=that.satisfied / that.answers if that.answers else None,
        unit=Unit.SHARE,
    )
    yield Row(name="mean", value=this.mean, before=that.mean, unit=Unit.SCORE)


def _shares(now: tuple[Share, ...], before: tuple[Share, ...]) -> Iterator[Row]:
    """The figures of each team or mailbox; of a single one they are those of the whole desk."""
    these, those = ({share.name: share for share in each} for each in (now, before))
    names = sorted(these | those)
    for name in names if len(names) > 1 else ():
        for figure in ("received", "decided", "open_at_end", "breached"):
            value, earlier = (getattr(each.get(name), figure, 0) for each in (these, those))
            yield Row(name=figure, of=name, value=value, before=earlier)
