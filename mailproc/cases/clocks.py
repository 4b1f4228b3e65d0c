"""How do the clocks of one complaint stand? Every rule of its policy, read with what has happened so far.

Due times are never stored as the only truth: the same policy, receipt and happenings give the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailproc.cases.case import Kind
from mailproc.cases.clock_rules import ClockRule, Counting, EarlyResolution, WarnPoint
from mailproc.cases.counting import Ground, add_to_limit, count, first_limit, last_day, put_off, warn_times
from mailproc.cases.happenings import (
    BEFORE_RECEIPT,
    BY_LETTER,
    PROGRESS,
    SAID_BY_PEOPLE,
    Happened,
    Happening,
)

_BY_LETTER = frozenset(BY_LETTER)

# A duty of which its rule does not say when to warn is told of at this share of the way (our choice).
WARN_AT = (WarnPoint(percent=80),)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The rules of one stage; `prefix` stands before its clocks' names, `s1.` or nothing."""

    prefix: str
    title: str
    rules: Mapping[str, ClockRule]
    early: EarlyResolution | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one clock stands: its due time, when to warn, and whether what it asks for was done."""

    id: str
    kind: Kind
    rule: Counting
    anchor: Happening
    anchor_at: datetime
    due_at: datetime
    warn_at: tuple[datetime, ...] = ()
    satisfied_at: datetime | None = None
    given: bool = False  # an extension that the customer was told of
    paused_since: datetime | None = None  # it stands still; its due time will move
    known_at: datetime | None = None  # when the desk heard what it counts from, where that was later

    @property
    def paused(self) -> bool:
        return self.paused_since is not None

    @property
    def is_duty(self) -> bool:
        return self.kind is Kind.DUTY

    def breached(self, now: datetime) -> bool:
        """Whether it was, or is now, missed. The moment itself is in time."""
        owed = self.is_duty or self.given
        return owed and not self.paused and (self.satisfied_at or now) > self.due_at


def read_clocks(
    stages: Sequence[Stage], received_at: datetime, happened: Iterable[Happened], ground: Ground
) -> tuple[Reading, ...]:
    """Return every clock that has started, stage by stage, in the order of the policy.

    A later stage starts when the customer asks for it; a clock whose anchor has not happened has not
    started. A repeated duty is shown as it is owed now, and is over with the decision.
    """
    told = _in_order(happened)
    asked = [each for each in told if each.what is Happening.ESCALATED]
    begins = [Happened(what=Happening.RECEIVED, at=received_at), *asked][: len(stages)]
    readings: list[Reading] = []
    for place, (stage, begin) in enumerate(zip(stages, begins, strict=False)):
        ends_at = begins[place + 1].at if place + 1 < len(begins) else None
        own = [each for each in told if _belongs(each, stage, begin.at, ends_at)]
        known = [Happened(what=Happening.RECEIVED, at=received_at), begin, *own]
        for name, rule in stage.rules.items():
            readings += _read(f"{stage.prefix}{name}", f"{stage.prefix}extended", rule, begin, known, ground)
            if name == "ack" and stage.early is not None:
                readings.append(_early(f"{stage.prefix}early", stage.early, begin, known, ground))
    return tuple(readings)


def _in_order(happened: Iterable[Happened]) -> list[Happened]:
    """Return what happened by its time; a day that a letter named stands with that letter."""
    keyed: list[tuple[datetime, Happened]] = []
    lettered: dict[str | None, datetime] = {}
    for each in happened:
        if each.what is Happening.EXTENDED and each.letter is not None:
            lettered[each.letter] = each.at
        with_letter = each.what is Happening.EXTENDED_UNTIL and each.letter in lettered
        keyed.append((lettered[each.letter] if with_letter else each.at, each))
    return [each for _, each in sorted(keyed, key=lambda pair: pair[0])]


def _belongs(each: Happened, stage: Stage, begins_at: datetime, ends_at: datetime | None) -> bool:
    if each.what is Happening.ESCALATED:
        return False
    if each.stage is not None:
        return f"{each.stage}." == stage.prefix
    if each.at < begins_at:
        return each.what in BEFORE_RECEIPT
    return ends_at is None or each.at < ends_at


def _read(
    id: str, extended_id: str, rule: ClockRule, begin: Happened, known: Sequence[Happened], ground: Ground
) -> list[Reading]:
    anchor = _anchor(rule, begin, known)
    if anchor is None:
        return []
    done_at = _done_at(rule, anchor, known)
    if done_at is None and not rule.restarts:
        # What was met counted from something else is not owed anew because a better beginning is known.
        others = (_done_at(rule, each, known) for each in _other_anchors(rule, anchor, known))
        done_at = next(filter(None, others), None)
    if rule.repeat:
        if _is_decided(known):
            return []
        done_at = None
    stopped, paused_since, resumed = _stopped(rule, anchor, known)
    due = count(rule, anchor.at, ground)
    due = put_off(rule, due, stopped, ground) if stopped else due
    warn = set(warn_times(rule.warn or WARN_AT, anchor.at, due, ground))
    early_limit = first_limit(rule, anchor.at, ground)
    if early_limit is not None and anchor.at < early_limit < due:
        # Either limit is lawful; whoever can, keeps the earlier one.
        warn.add(early_limit)
    reading = Reading(
        id=id,
        kind=Kind.DUTY,
        rule=rule,
        anchor=anchor.what,
        anchor_at=anchor.at,
        due_at=due,
        warn_at=tuple(sorted(warn)),
        satisfied_at=done_at,
        paused_since=paused_since,
        known_at=_known_at(anchor, resumed),
    )
    extended = _extended(extended_id, rule, reading, known, ground)
    if extended is None:
        return [reading]
    if extended.given and done_at is None:
        # The letter that gives more time does what the first limit asked for; the second one runs now.
        told = next(each.at for each in standing(known) if each.what is Happening.EXTENDED)
        reading = replace(reading, satisfied_at=told)
    return [reading, extended]


def _anchor(rule: ClockRule, begin: Happened, known: Sequence[Happened]) -> Happened | None:
    """Return what the clock counts from: the first kind of event of the rule that has happened."""
    held = standing(known)
    undone = _undone(held)
    for what in rule.counts_from or (begin.what,):
        found = [each for each in held if each.what is what and each not in undone]
        if rule.repeat and what is Happening.UPDATED:
            found = [each for each in held if is_word(rule, each)]
        elif what is Happening.IMPLEMENTED and Happening.DECIDED in rule.counts_from:
            found = _carried_out(held, undone)
        if not found:
            continue
        if rule.repeat:
            # Between the decision and the customer's no nothing was owed; her no begins it anew.
            return max([found[-1], *_reopenings(held)], key=lambda each: each.at)
        return found[-1] if rule.restarts else found[0]
    return None


def is_word(rule: ClockRule, each: Happened) -> bool:
    """Whether a duty that is owed again and again counts anew from this: its customer heard how it stands.

    A letter that gives more time tells that as well as any answer does.
    """
    if each.what is Happening.UPDATED:
        return bool(_letters(each) & set(rule.satisfied_by))
    return each.what is Happening.EXTENDED


def _carried_out(held: Sequence[Happened], undone: Sequence[Happened]) -> list[Happened]:
    """Return when what the standing decision gave was carried out.

    What was done before the decision counts from it: nobody is asked sooner how it went.
    """
    decided = next((each for each in held if each.what is Happening.DECIDED and each not in undone), None)
    found = [each for each in held if each.what is Happening.IMPLEMENTED and each not in undone]
    return [] if decided is None else [replace(each, at=max(each.at, decided.at)) for each in found]


def _other_anchors(rule: ClockRule, anchor: Happened, known: Sequence[Happened]) -> list[Happened]:
    """Return what the clock had counted from before its anchor happened."""
    held = standing(known)
    whats = [what for what in rule.counts_from if what is not anchor.what]
    found = (next((each for each in held if each.what is what), None) for what in whats)
    return [each for each in found if each is not None and each.at < anchor.at]


def standing(known: Iterable[Happened]) -> list[Happened]:
    """Return what still holds: without the letters that came back, and without their coming back."""
    held: list[Happened] = []
    for each in known:
        if each.what is not Happening.BOUNCED:
            held.append(each)
        elif each.letter is not None:
            held = [one for one in held if one.letter != each.letter]
        elif letters := [one for one in held if one.what in _BY_LETTER]:
            held.remove(letters[-1])
    return held


def _is_decided(known: Sequence[Happened]) -> bool:
    """Whether a decision stands that the customer has not disagreed with."""
    ends = (Happening.DECIDED, Happening.REOPENED)
    return [each.what for each in standing(known) if each.what in ends][-1:] == [Happening.DECIDED]


def _undone(held: Sequence[Happened]) -> list[Happened]:
    """Return the decisions that the customer has disagreed with, and what was done for them.

    Nothing counts from them: how it went is asked after the decision that stands.
    """
    ends = [place for place, each in enumerate(held) if each.what is Happening.REOPENED]
    before = held[: ends[-1]] if ends else []
    return [each for each in before if each.what in (Happening.DECIDED, Happening.IMPLEMENTED)]


def _reopenings(held: Iterable[Happened]) -> list[Happened]:
    return [each for each in held if each.what is Happening.REOPENED]


def _done_at(rule: ClockRule, anchor: Happened, known: Sequence[Happened]) -> datetime | None:
    done: datetime | None = None
    for each in standing(known) if Happening.BOUNCED in rule.reopened_by else known:
        if each.what in _BY_LETTER:
            if done is None and each.at >= anchor.at and _letters(each) & set(rule.satisfied_by):
                done = each.at
        elif each.what in SAID_BY_PEOPLE and str(each.what) in rule.satisfied_by:
            done = done if done is not None or each.at < anchor.at else each.at
        elif each.what in rule.reopened_by and each.what is not Happening.BOUNCED:
            done = None
    return done


def _letters(each: Happened) -> frozenset[str]:
    """Return the letters of which one has done this; where it is known which it was, that is all of them."""
    is_progress = each.letter is not None and each.letter.split()[0] == PROGRESS
    return frozenset({PROGRESS}) if is_progress else BY_LETTER[each.what]


def _stopped(
    rule: ClockRule, anchor: Happened, known: Sequence[Happened]
) -> tuple[timedelta, datetime | None, Happened | None]:
    """Return how long the clock stood still, since when it does now, and what last let it run again."""
    total, since, resumed = timedelta(0), None, None
    for each in known if rule.pause else ():
        if each.what is Happening.PAUSED and since is None and each.reason in (None, *rule.pause):
            since = max(each.at, anchor.at)
        elif each.what is Happening.RESUMED and since is not None:
            total, since, resumed = total + max(each.at - since, timedelta(0)), None, each
    return total, since, resumed


def _known_at(anchor: Happened, resumed: Happened | None) -> datetime | None:
    noted = (each.noted_at for each in (anchor, resumed) if each is not None)
    return max((at for at in noted if at is not None), default=None)


def _extended(
    id: str, rule: ClockRule, first: Reading, known: Sequence[Happened], ground: Ground
) -> Reading | None:
    """Return the second limit: the most an extension can give, or the day it names."""
    extension = rule.extension
    if extension is None:
        return None
    held = standing(known)
    given = any(
        each.what is Happening.EXTENDED and first.anchor_at <= each.at <= first.due_at for each in held
    )
    named = [each.at for each in held if each.what is Happening.EXTENDED_UNTIL]
    limit = None
    if extension.cap is not None:
        limit = count(
            rule.model_copy(update={"within": extension.cap, "or_within": None}), first.anchor_at, ground
        )
    elif extension.add is not None:
        limit = add_to_limit(rule, first.due_at, extension.add, ground)
    if given and named:
        until = last_day(rule, named[-1].astimezone(ground.zone).date(), ground)
        limit = until if limit is None else min(limit, until)
    if limit is None:
        return None
    return Reading(
        id=id,
        kind=Kind.EXTENSION,
        rule=rule,
        anchor=first.anchor,
        anchor_at=first.anchor_at,
        due_at=limit,
        warn_at=warn_times(rule.warn or WARN_AT, first.due_at, limit, ground),
        satisfied_at=first.satisfied_at,
        given=given,
        paused_since=first.paused_since,
        known_at=first.known_at,
    )


def _early(
    id: str, rule: EarlyResolution, begin: Happened, known: Sequence[Happened], ground: Ground
) -> Reading:
    due = count(rule, begin.at, ground)
    decided = (each.at for each in standing(known) if each.what is Happening.DECIDED)
    return Reading(
        id=id,
        kind=Kind.WINDOW,
        rule=rule,
        anchor=begin.what,
        anchor_at=begin.at,
        due_at=due,
        warn_at=warn_times(rule.warn, begin.at, due, ground),
        satisfied_at=next((at for at in decided if at <= due), None),
    )
