"""How did the desk do in a period? Counted from its cases, one after the other.

What happened in the period counts, whenever its complaint had come: a decision, an acknowledgement, a
reopening each belong to the day on which they happened. So the figures of a period that is over do not
change any more, but for what was corrected since: a letter that came back, spam that was found out.

Spam and cases that go on in another one are counted apart and nowhere else. Of complaints that were taken in
silently (older than the desk, or imported) nobody was told anything, so they count for no time and no clock.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from statistics import median

from mailproc.cases.case import Clock, Kind
from mailproc.cases.chronicle import Moved, Step
from mailproc.cases.periods import Period

# A word that stands for more is flagged: so many times at least, and half as many again (our choice).
RISE_FROM, RISE_BY = 3, 1.5


_COUNTED = (("reopened", Step.REOPENED), ("closed", Step.ENDED), ("handed_on", Step.HANDED_ON))


@dataclass(frozen=True, kw_only=True)
class Story:
    """One case as figures need it. `resolved_at` and what was decided are of the decision that stands."""

    received_at: datetime
    mailbox: str
    team: str | None = None
    category: str | None = None
    cause: str | None = None
    outcome: str | None = None
    remedy: str | None = None
    amount: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Moved, ...] = ()
    silent: bool = False
    spam: bool = False
    merged: bool = False


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long something took, in hours. `ninetieth`: nine of ten took no longer (nearest rank)."""

    count: int
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True, kw_only=True)
class ClockFigures:
    """Of the duties of one clock that fell due: how many were met in time, met late, or are owed still."""

    id: str
    due: int
    met: int
    late: int
    owed: int

    @property
    def breached(self) -> int:
        return self.late + self.owed


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What customers said of decisions: `satisfied` of `answers`; the mean is of those with a number."""

    asked: int = 0
    answers: int = 0
    satisfied: int = 0
    mean: float | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """The figures of one team or one mailbox. `breached`: duties that fell due and were not met in time."""

    name: str
    received: int
    decided: int
    open_at_end: int
    breached: int


Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything a report says of one period. `until` is its end, or now while it runs."""

    period: Period
    until: datetime
    open_at_start: int
    received: int
    decided: int
    reopened: int
    closed: int
    open_at_end: int
    spam: int
    merged: int
    silent: int
    handed_on: int
    escalated: int  # complaints, not escalations
    acknowledged_in: Times
    decided_in: Times
    clocks: tuple[ClockFigures, ...]
    categories: Counts  # of what was received
    outcomes: Counts  # of what was decided, as far as the decision stands
    causes: Counts
    remedies: Counts
    amounts: tuple[tuple[str, Decimal], ...]  # by currency; '' is what the desk pays in
    satisfaction: Answers
    teams: tuple[Share, ...]
    mailboxes: tuple[Share, ...]

    @property
    def escalation_rate(self) -> float | None:
        """Complaints that were escalated, to those that were received; None when none was."""
        return self.escalated / self.received if self.received else None


@dataclass
class _Sums:
    """What is counted for a team or a mailbox."""

    received: int = 0
    decided: int = 0
    open_at_end: int = 0
    breached: int = 0


@dataclass
class Tally:
    """Counts cases for one period. Give it every case that changed in it or is undecided, each once."""

    period: Period
    now: datetime
    _sums: Counter[str] = field(default_factory=Counter)
    _acknowledged: list[float] = field(default_factory=list)
    _decided: list[float] = field(default_factory=list)
    _clocks: dict[str, Counter[str]] = field(default_factory=dict)
    _words: dict[str, Counter[str]] = field(default_factory=dict)
    _amounts: dict[str, Decimal] = field(default_factory=dict)
    _teams: dict[str, _Sums] = field(default_factory=dict)
    _mailboxes: dict[str, _Sums] = field(default_factory=dict)

    @property
    def until(self) -> datetime:
        return min(self.period.end, self.now)

    def add(self, case: Story) -> None:
        came = case.received_at in self.period
        if case.spam or case.merged:
            self._sums["spam" if case.spam else "merged"] += came
            return
        shares = (self._teams.setdefault(case.team or "", _Sums()), self._of_mailbox(case.mailbox))
        self._sums["open_at_start"] += _is_open(case, self.period.start)
        is_open = _is_open(case, self.until)
        self._sums["open_at_end"] += is_open
        steps = [each for each in case.steps if each.at in self.period]
        decisions = [each for each in steps if each.step is Step.DECIDED]
        self._sums["decided"] += len(decisions)
        if came:
            self._sums["received"] += 1
            self._sums["silent"] += case.silent
            self._word("categories", case.category or "")
        for name, step in (
            ("reopened", Step.REOPENED),
            ("closed", Step.ENDED),
            ("handed_on", Step.HANDED_ON),
        ):
            self._sums[name] += sum(each.step is step for each in steps)
        self._sums["escalated"] += any(each.step is Step.ESCALATED for each in steps)
        breached = 0
        if not case.silent:
            self._decided += (_hours(case.received_at, each.at) for each in decisions)
            breached = self._add_clocks(case)
        if case.resolved_at is not None and case.resolved_at in self.period:
            self._add_decision(case)
        for share in shares:
            share.received += came
            share.decided += len(decisions)
            share.open_at_end += is_open
            share.breached += breached

    def figures(self, satisfaction: Answers) -> Figures:
        return Figures(
            period=self.period,
            until=self.until,
            open_at_start=self._sums["open_at_start"],
            received=self._sums["received"],
            decided=self._sums["decided"],
            reopened=self._sums["reopened"],
            closed=self._sums["closed"],
            open_at_end=self._sums["open_at_end"],
            spam=self._sums["spam"],
            merged=self._sums["merged"],
            silent=self._sums["silent"],
            handed_on=self._sums["handed_on"],
            escalated=self._sums["escalated"],
            acknowledged_in=times(self._acknowledged),
            decided_in=times(self._decided),
            clocks=tuple(
                ClockFigures(id=id, due=sum(c.values()), met=c["met"], late=c["late"], owed=c["owed"])
                for id, c in sorted(self._clocks.items())
            ),
            categories=self._ranked("categories"),
            outcomes=self._ranked("outcomes"),
            causes=self._ranked("causes"),
            remedies=self._ranked("remedies"),
            amounts=tuple(sorted(self._amounts.items())),
            satisfaction=satisfaction,
            teams=_shares(self._teams),
            mailboxes=_shares(self._mailboxes),
        )

    def _of_mailbox(self, name: str) -> _Sums:
        return self._mailboxes.setdefault(name, _Sums())

    def _add_clocks(self, case: Story) -> int:
        """Count the duties that fell due in the period; return how many of them were not met in time."""
        breached = 0
        # Of several stages the first one acknowledges the complaint.
        ack = next((clock for clock in case.clocks if clock.id.rpartition(".")[2] == "ack"), None)
        if ack is not None and ack.satisfied_at is not None and ack.satisfied_at in self.period:
            self._acknowledged.append(_hours(case.received_at, ack.satisfied_at))
        for clock in case.clocks:
            met_at, due_at = clock.satisfied_at, clock.promised_at or clock.due_at
            if clock.kind is not Kind.DUTY or due_at not in self.period or due_at >= self.until:
                continue
            if clock.paused_since is not None:
                continue  # it stands still, and falls due later
            if met_at is None and case.closed_at is not None and case.closed_at <= due_at:
                continue  # the case was finished before it was due
            in_time = met_at is not None and met_at <= due_at
            late = met_at is not None and met_at < self.until
            counted = self._clocks.setdefault(clock.id, Counter())
            counted["met" if in_time else "late" if late else "owed"] += 1
            breached += not in_time
        return breached

    def _add_decision(self, case: Story) -> None:
        self._word("outcomes", case.outcome or "")
        self._word("causes", case.cause or "")
        self._word("remedies", case.remedy or "")
        money = read_amount(case.amount)
        if money is not None:
            amount, currency = money
            self._amounts[currency] = self._amounts.get(currency, Decimal(0)) + amount

    def _word(self, what: str, word: str) -> None:
        self._words.setdefault(what, Counter())[word] += 1

    def _ranked(self, what: str) -> Counts:
        counted = self._words.get(what, Counter())
        return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def times(hours: Sequence[float]) -> Times:
    """Return the middle and the ninetieth of a hundred; both None when there is nothing to measure."""
    if not hours:
        return Times(count=0, median=None, ninetieth=None)
    ranked = sorted(hours)
    return Times(count=len(ranked), median=median(ranked), ninetieth=ranked[math.ceil(len(ranked) * 0.9) - 1])


def rises(counts: Counts, before: Counts) -> frozenset[str]:
    """Return the words that were counted much more often than in the period before."""
    known: Mapping[str, int] = dict(before)
    return frozenset(
        word
        for word, count in counts
        if word and count >= RISE_FROM and count >= RISE_BY * known.get(word, 0)
    )


def read_amount(text: str | None) -> tuple[Decimal, str] | None:
    """Read `49.90 EUR` or `49`, as a case keeps it; None when there is no amount."""
    number, _, currency = (text or "").partition(" ")
    try:
        amount = Decimal(number)
    except InvalidOperation:
        return None
    return (amount, currency) if amount.is_finite() else None


def count(stories: Iterable[Story], tallies: Sequence[Tally]) -> None:
    """Give every case to every tally."""
    for story in stories:
        for tally in tallies:
            tally.add(story)


def _is_open(case: Story, moment: datetime) -> bool:
    """Whether a complaint had come and was undecided at a moment: as its last step before says."""
    if case.received_at >= moment:
        return False
    standing = True
    for each in case.steps:
        if each.at >= moment:
            break
        match each.step:
            case Step.DECIDED | Step.ENDED:
                standing = False
            case Step.REOPENED:
                standing = True
    return standing


def _hours(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0) / 3600


def _shares(sums: Mapping[str, _Sums]) -> tuple[Share, ...]:
    return tuple(
        Share(
            name=name,
            received=each.received,
            decided=each.decided,
            open_at_end=each.open_at_end,
            breached=each.breached,
        )
        for name, each in sorted(sums.items())
    )
