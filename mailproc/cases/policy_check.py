"""Can this policy be kept? Every clock can be met, every letter can say its parts, every tier is somebody.

Found by following complaints of many days of receipt to their end, with everything done that a regime knows:
what cannot be reached on paper cannot be reached in fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases.case import Kind
from mailproc.cases.clock_rules import ClockRule
from mailproc.cases.clocks import Reading, Stage, read_clocks
from mailproc.cases.counting import count, warn_times
from mailproc.cases.happenings import BY_LETTER, SAID_BY_PEOPLE, Happened, Happening
from mailproc.cases.policy import Policy

# What happens to a complaint that goes the whole way, in the order in which it happens.
_WAY = (
    Happening.REGULATOR_SENT,
    Happening.ACKNOWLEDGED,
    Happening.INFORMATION_RECEIVED,
    Happening.OBJECTIONS_ENDED,
    Happening.UPDATED,
    Happening.EXTENDED,
    Happening.INVESTIGATED,
    Happening.DEADLOCKED,
    Happening.DECIDED,
    Happening.IMPLEMENTED,
    Happening.FOLLOWED_UP,
)
_STEP = timedelta(minutes=10)

# Days of receipt to try: both clock changes, the turn of the year and Easter are among them.
_RECEIPTS = tuple(datetime(2026, 1, 1, 11, tzinfo=UTC) + timedelta(days=29 * n) for n in range(26))


@dataclass(frozen=True, kw_only=True)
class PolicyFault:
    """One thing that keeps a policy from being kept: where it stands, and what to do about it."""

    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; {self.remedy}"


def faults(policy: Policy, letters: Mapping[str, Set[str]], zone: ZoneInfo) -> list[PolicyFault]:
    """Return what is wrong with a policy, in its present variant.

    `letters` are the letters the desk can send to customers, each with the parts and names that its
    templates have.
    """
    found = [*_letters(policy, letters), *_tiers(policy), *_early(policy), *_warnings(policy, zone)]
    for received_at in _RECEIPTS:
        found += [*_clocks(policy, received_at, zone), *_targets(policy, received_at, zone)]
        if found:
            break
    return list(dict.fromkeys(found))


def notes(policy: Policy) -> list[str]:
    """Return what nobody but people can see to: words that no template can prove, numbers to look up."""
    found = [
        f"letters.{letter}: no machine proves that it says {key}: {meaning}"
        for letter, rules in policy.letters.items()
        for key, meaning in rules.says.items()
    ]
    found += [f"{where}: not confirmed; look it up before you rely on it" for where in _unconfirmed(policy)]
    return found


def _letters(policy: Policy, letters: Mapping[str, Set[str]]) -> Iterator[PolicyFault]:
    known = ", ".join(sorted(letters))
    for where, letter in _named_letters(policy):
        if letter not in letters:
            yield PolicyFault(
                where=where, found=f"no letter is called {letter}", remedy=f"write one of {known}"
            )
    for name, rules in policy.letters.items():
        for part in rules.parts:
            if name in letters and part not in letters[name]:
                yield PolicyFault(
                    where=f"letters.{name}.parts",
                    found=f"the letter has no part {part}",
                    remedy=f"choose of {', '.join(sorted(letters[name]))}, or write it below says:",
                )
    if any("external_body" in rules.parts for rules in policy.letters.values()) and policy.referral is None:
        remedy = "say with referral: who else may be asked"
        yield PolicyFault(
            where="letters", found="a letter names an external body, the policy none", remedy=remedy
        )


def _named_letters(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield every letter that a policy names, with where."""
    yield from ((f"letters.{name}", name) for name in policy.letters)
    for where, rule in _rules(policy):
        letters = (each for each in rule.satisfied_by if each not in SAID_BY_PEOPLE)
        yield from ((f"{where}.satisfied_by", letter) for letter in letters)
        if rule.extension:
            yield f"{where}.extension.letter", rule.extension.letter
        if rule.late:
            yield f"{where}.late.letter", rule.late.letter
    for stage in policy.every_stage():
        if stage.early:
            yield "early.letter", stage.early.letter


def _rules(policy: Policy) -> Iterator[tuple[str, ClockRule]]:
    for stage in policy.every_stage():
        yield from ((f"{stage.prefix}{name}", rule) for name, rule in stage.rules.items())


def _tiers(policy: Policy) -> Iterator[PolicyFault]:
    for name, stage in policy.stages.items():
        if stage.handler is not None and stage.handler not in policy.levels:
            known = ", ".join(policy.levels)
            remedy = f"describe it below tiers:; there are {known}"
            yield PolicyFault(
                where=f"stages.{name}.handler", found=f"no tier is called {stage.handler}", remedy=remedy
            )
    last = list(policy.tiers.values())[-1:]
    for name, tier in policy.tiers.items():
        if tier.final and [tier] != last:
            remedy = "put it last, or take final away"
            yield PolicyFault(where=f"tiers.{name}", found="final, and not the last tier", remedy=remedy)
    handlers = [stage.handler for stage in policy.stages.values()]
    for name, rules, handler, before in zip(
        policy.stages, policy.stages.values(), handlers, [None, *handlers], strict=False
    ):
        if rules.other_handler and handler is not None and handler == before:
            remedy = "give the stages different tiers"
            yield PolicyFault(
                where=f"stages.{name}", found=f"tier {handler} decided the stage before", remedy=remedy
            )


def _targets(policy: Policy, received_at: datetime, zone: ZoneInfo) -> Iterator[PolicyFault]:
    """A target that is no shorter than the time there is anyway would never count."""
    stage, ground = policy.stages_for(received_at, zone)[0], policy.ground(zone)
    readings = read_clocks([stage], received_at, (), ground)
    due = next((each.due_at for each in readings if each.id == f"{stage.prefix}decide"), None)
    for quadrant, target in policy.targets.items():
        where = f"targets.{quadrant}"
        if due is not None and count(target, received_at, ground) >= due:
            found = f"{target.within} is not shorter than the time to decide anyway"
            yield PolicyFault(where=where, found=found, remedy="give less time, or take it out")
        if target.tier is not None and target.tier not in policy.levels:
            known = ", ".join(policy.levels)
            remedy = f"describe it below tiers:; there are {known}"
            yield PolicyFault(where=where, found=f"no tier is called {target.tier}", remedy=remedy)


def _early(policy: Policy) -> Iterator[PolicyFault]:
    for stage in policy.every_stage():
        unknown = set(stage.early.waives) - stage.rules.keys() if stage.early else set()
        for name in sorted(unknown):
            yield PolicyFault(where="early.waives", found=f"no clock is called {name}", remedy="take it out")


def _warnings(policy: Policy, zone: ZoneInfo) -> Iterator[PolicyFault]:
    """A warn point before the clock begins is one that nobody ever hears of."""
    ground = policy.ground(zone)
    for where, rule in _rules(policy):
        for point in rule.warn:
            comes = (warn_times([point], at, count(rule, at, ground), ground) for at in _RECEIPTS)
            if not any(comes):
                found = f"{point} is before it begins, and {rule.within} are all there are"
                yield PolicyFault(where=f"{where}.warn", found=found, remedy="write a shorter span, or 80%")


def _clocks(policy: Policy, received_at: datetime, zone: ZoneInfo) -> list[PolicyFault]:
    """Follow a complaint of one day of receipt to its end, and look at every clock on the way."""
    stages, ground = policy.stages_for(received_at, zone), policy.ground(zone)
    found: list[PolicyFault] = []
    way = _way(stages, received_at)
    seen: dict[str, Reading] = {}
    # Before each decision too: a repeated duty is over with it, and must have been seen while it was owed.
    decisions = [place for place, each in enumerate(way) if each.what is Happening.DECIDED]
    for length in (*decisions, len(way)):
        for reading in read_clocks(stages, received_at, way[:length], ground):
            seen[reading.id] = reading
    for stage in stages:
        for name, rule in stage.rules.items():
            found += _clock(f"{stage.prefix}{name}", rule, seen, received_at)
    for reading in seen.values():
        if not reading.anchor_at < reading.due_at:
            found.append(_fault(reading.id, received_at, "is due before it begins", "give it more time"))
    started = {reading.id for reading in read_clocks(stages, received_at, (), ground)}
    for name in ("ack", "decide"):
        if f"{stages[0].prefix}{name}" not in started:
            remedy = "let it count from received, if need be after other events"
            found.append(
                _fault(f"{stages[0].prefix}{name}", received_at, "does not run from receipt", remedy)
            )
    return found


def _clock(id: str, rule: ClockRule, seen: Mapping[str, Reading], at: datetime) -> Iterator[PolicyFault]:
    reading = seen.get(id)
    if reading is None:
        remedy = "let it count from something that can happen at its stage"
        yield _fault(id, at, "never starts, even when everything happens", remedy)
        return
    meets = frozenset().union(*BY_LETTER.values(), SAID_BY_PEOPLE) & set(rule.satisfied_by)
    if not meets:
        remedy = f"name one of {', '.join(sorted(frozenset().union(*BY_LETTER.values())))}"
        yield _fault(id, at, f"no letter of {', '.join(rule.satisfied_by)} is counted", remedy)
    elif reading.satisfied_at is None and not rule.repeat:
        yield _fault(
            id, at, "is not met when everything is done", "name a letter that is sent after it starts"
        )
    if rule.repeat and Happening.UPDATED not in rule.counts_from:
        yield _fault(
            id, at, "is repeated and does not count from updated", "write counts_from: [updated, received]"
        )
    extended = seen.get(f"{id.rpartition('decide')[0]}extended")
    if rule.extension and extended and extended.kind is Kind.EXTENSION and extended.due_at <= reading.due_at:
        yield _fault(id, at, "an extension gives no more time than there was", "mend extension.add or cap")


def _way(stages: tuple[Stage, ...], received_at: datetime) -> list[Happened]:
    at, way = received_at, []
    for place in range(len(stages)):
        if place:
            at += _STEP
            way.append(Happened(what=Happening.ESCALATED, at=at))
        for what in _WAY:
            at += _STEP
            way.append(Happened(what=what, at=at))
    return way


def _fault(id: str, received_at: datetime, found: str, remedy: str) -> PolicyFault:
    return PolicyFault(where=id, found=f"{found} (received {received_at:%Y-%m-%d})", remedy=remedy)


def _unconfirmed(policy: Policy) -> Iterator[str]:
    for where, rule in _rules(policy):
        if rule.evidence == "unconfirmed":
            yield where
        if rule.extension and rule.extension.evidence == "unconfirmed":
            yield f"{where}.extension"
    for where, part in (("retention", policy.retention), ("referral", policy.referral)):
        if part is not None and part.evidence == "unconfirmed":
            yield where
