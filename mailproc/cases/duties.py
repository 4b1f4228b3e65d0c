"""What does a case owe, and by when? Its clocks, read anew from its policy whenever something happens to it.

Nothing else makes a due time, so that the same policy, receipt and happenings give the same ones years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailproc.cases.case import ASKED, Case, Clock, Duty, Kind, Limit, Status
from mailproc.cases.clock_rules import ClockRule
from mailproc.cases.clocks import WARN_AT, Reading, Stage, read_clocks, standing
from mailproc.cases.counting import Ground, count, warn_times
from mailproc.cases.happenings import PROGRESS, Happened, Happening
from mailproc.cases.policy import Policy

# What a letter does, once the mail server has accepted it. Each ready-made one is an answer.
_DOES = {
    "acknowledgement": Happening.ACKNOWLEDGED,
    "reply": Happening.UPDATED,
    "information_request": Happening.UPDATED,
    "holding": Happening.UPDATED,
    PROGRESS: Happening.UPDATED,
    "extension": Happening.EXTENDED,
    "resolution": Happening.DECIDED,
    "survey": Happening.FOLLOWED_UP,
}
_ASKS = "information_request"

# What a decision says that gives nothing.
NO_REMEDY = "none"

# A shorter path that is closed, as letters call it.
OVER = "early_over"

_UNDECIDED = (Status.NEW, Status.OPEN, Status.WAITING)

# What meets a duty that another case brought along; its own rules may not be those of this case.
_MEETS = {
    "ack": (Happening.ACKNOWLEDGED, Happening.UPDATED, Happening.DECIDED),
    "update": (Happening.UPDATED, Happening.DECIDED),
    "followup": (Happening.FOLLOWED_UP,),
}


# What puts a limit aside that another case brought along.
_PUTS_ASIDE = {"decide": (Happening.EXTENDED,), "update": (Happening.UPDATED, Happening.EXTENDED)}


def read(case: Case, policy: Policy, zone: ZoneInfo) -> Case:
    """Return the case with its clocks as they stand now."""
    stages, ground = policy.stages_for(case.received_at, zone), policy.ground(zone)
    readings = read_clocks(stages, case.received_at, case.happened, ground)
    clocks = (*_of_case(case, policy, readings, ground), *_perhaps_asked(case, policy, stages, ground))
    return replace(case, clocks=(*clocks, *_brought_along(case, clocks)))


def letter_left(
    case: Case, letter: str, number: int | None, policy: Policy, zone: ZoneInfo, now: datetime
) -> Case:
    """Let a letter count that the mail server has accepted; `number` tells it from others of its name.

    Who has an agent's own answer knows that the complaint arrived: it acknowledges too. Whether the case is
    decided now is not said here but in `status`, as the caller has set it.
    """
    what = _DOES.get(letter)
    if what is None or (what is Happening.EXTENDED and case.extension is None):
        return read(case, policy, zone)
    done = [what]
    by_a_person = what in (Happening.UPDATED, Happening.DECIDED) and letter != PROGRESS
    if by_a_person and not _acknowledged(case, policy):
        done.insert(0, Happening.ACKNOWLEDGED)
    name = f"{letter} {number}" if number is not None else letter
    case = _with(case, *done, policy=policy, now=now, letter=name)
    if what is Happening.EXTENDED and case.extension is not None:
        named = Happened(
            what=Happening.EXTENDED_UNTIL,
            at=case.extension,
            stage=_stage_name(case, policy),
            letter=name,
        )
        case = replace(case, happened=(*case.happened, named), extension=None)
    return read(case, policy, zone)


def letter_came_back(
    case: Case, letter: str, number: int | None, policy: Policy, zone: ZoneInfo, now: datetime
) -> Case:
    """Let a letter count no more: what it did is owed again, by its old due time.

    A letter that was refused had never counted, so nothing changes; without a number it is the newest one of
    that name that was accepted.
    """
    name = f"{letter} {number}" if number is not None else letter
    known = [each for each in standing(case.happened) if each.letter is not None]
    found = [
        each
        for each in known
        if each.letter == name or (number is None and str(each.letter).split()[0] == letter)
    ]
    if found:
        gone = found[-1]
        at = _now(case, now)
        back = Happened(what=Happening.BOUNCED, at=at, stage=gone.stage, letter=gone.letter)
        case = replace(case, happened=(*case.happened, back))
    return read(case, policy, zone)


def customer_answered(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let what the customer was asked for have come, where a letter of the desk had asked."""
    asked = (each.letter for each in standing(case.happened) if each.letter is not None)
    if any(letter.split()[0] == _ASKS for letter in asked):
        case = _with(case, Happening.INFORMATION_RECEIVED, policy=policy, now=now)
    return read(case, policy, zone)


def decided(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let the customer know the decision in another way than by a letter of the desk.

    So he knows, too, that the complaint arrived.
    """
    done = [Happening.DECIDED]
    if not _acknowledged(case, policy):
        done.insert(0, Happening.ACKNOWLEDGED)
    return read(_with(case, *done, policy=policy, now=now), policy, zone)


def reopened(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let the decision be owed again, at the same stage and by its old due time."""
    return read(_with(case, Happening.REOPENED, policy=policy, now=now), policy, zone)


def owes_a_question(case: Case) -> bool:
    """Whether the customer is still to be asked how it went."""
    return any(clock.is_owed and clock.id.rpartition(".")[2] == "followup" for clock in case.clocks)


def not_to_be_asked(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let nothing be owed any more that only a survey would meet, because there will be none."""
    return read(_with(case, Happening.FOLLOWED_UP, policy=policy, now=now), policy, zone)


def wrote_again(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let the customer have written about a decision without saying plainly what he asks for."""
    return read(_with(case, Happening.WROTE_AGAIN, policy=policy, now=now), policy, zone)


def is_content(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let the customer have said that he is content, where it was not plain what he asks for."""
    if asked_at(case) is None:
        return case
    return read(_with(case, Happening.CONTENT, policy=policy, now=now), policy, zone)


def may_be_asked(case: Case) -> bool:
    """Whether a person has written since the customer did: there may be a question that waits for him."""
    return not case.unanswered and any(map(_is_answer, standing(case.happened)))


def was_decided(case: Case) -> bool:
    """Whether a decision had reached the customer that he did not leave it at."""
    return any(each.what in (Happening.DECIDED, Happening.REOPENED) for each in standing(case.happened))


def asked_at(case: Case) -> datetime | None:
    """Return since when a mail waits in which the customer may be asking for more than was decided.

    A letter that a person wrote to him since has answered it, unless it came back; and so has he, when he
    wrote that he is content.
    """
    if case.status is not Status.RESOLVED or case.resolved_at is None:
        return None
    asked: datetime | None = None
    for each in standing(case.happened):
        if each.what is Happening.WROTE_AGAIN and each.at >= case.resolved_at:
            asked = asked or each.at
        elif each.what is Happening.CONTENT or _is_answer(each):
            asked = None
    return asked


def _is_answer(each: Happened) -> bool:
    """Whether a person has written to the customer, which the desk's own word on how it stands is not."""
    return each.what is Happening.UPDATED and not (each.letter or "").startswith(PROGRESS)


def next_stage(case: Case, policy: Policy, zone: ZoneInfo, now: datetime, *, asked: datetime | None) -> Case:
    """Begin the next stage. Where its rules ask for somebody else, nobody owns the case then.

    `asked` is when the customer wrote that mail, if he did before now: it counts from there.
    """
    escalated = Happened(what=Happening.ESCALATED, at=asked or _now(case, now))
    case = replace(case, happened=(*case.happened, escalated))
    if policy.stages[list(policy.stages)[case.stage - 1]].other_handler and case.decided_by:
        owner = None if case.owner == case.decided_by else case.owner
        case = replace(case, barred=case.decided_by, owner=owner)
    return read(case, policy, zone)


def took_in(case: Case, clocks: Sequence[Clock], policy: Policy, zone: ZoneInfo, now: datetime) -> Case:
    """Let nothing be due later than it was in a case that goes on in this one, where it was still owed."""
    at = _now(case, now)
    new = tuple(
        Limit(clock=clock.id, due_at=clock.due_at, since=at)
        for clock in clocks
        # What stands still there is nobody's reason to let this case wait.
        if clock.is_owed or clock.paused_since is not None
    )
    return read(replace(case, limits=(*case.limits, *new)), policy, zone)


def rules_of_stage(case: Case, policy: Policy, zone: ZoneInfo) -> dict[str, ClockRule]:
    """Return the rules of the stage that the case is at, by the ids of their clocks."""
    stage = policy.stages_for(case.received_at, zone)[case.stage - 1]
    return {f"{stage.prefix}{name}": rule for name, rule in stage.rules.items()}


def asks_for_remedy(rule: ClockRule) -> bool:
    """Whether it is met when what was promised is done, and by no letter."""
    return set(rule.satisfied_by) == {str(Happening.IMPLEMENTED)}


def name_of(clock: str, case: Case, policy: Policy, zone: ZoneInfo) -> str:
    """Return what a clock is called to people: by its name without the stage, or what it is really about."""
    if case.perhaps_asked is not None and case.perhaps_asked.id == clock:
        return ASKED
    rule = rules_of_stage(case, policy, zone).get(clock)
    return "remedy" if rule is not None and asks_for_remedy(rule) else clock.rpartition(".")[2]


def named(duty: Duty, case: Case, policy: Policy, zone: ZoneInfo) -> Duty:
    """Return a duty under the name for which letters have a phrase, whatever the stage."""
    return replace(duty, id=OVER if duty.gone else name_of(duty.id, case, policy, zone))


def most_time(case: Case, policy: Policy, zone: ZoneInfo) -> datetime | None:
    """Return the latest day that an extension of the decision may name; None when nothing limits it."""
    stages, ground = policy.stages_for(case.received_at, zone), policy.ground(zone)
    prefix = stages[case.stage - 1].prefix
    readings = read_clocks(stages, case.received_at, case.happened, ground)
    return next((each.due_at for each in readings if each.id == f"{prefix}extended"), None)


def was_extended(case: Case, policy: Policy) -> bool:
    """Whether more time was given at this stage, in a letter that did not come back."""
    stage = _stage_name(case, policy)
    return any(each.what is Happening.EXTENDED and each.stage == stage for each in standing(case.happened))


def _with(case: Case, *whats: Happening, policy: Policy, now: datetime, letter: str | None = None) -> Case:
    stage, at = _stage_name(case, policy), _now(case, now)
    new = (Happened(what=what, at=at, stage=stage, letter=letter) for what in whats)
    return replace(case, happened=(*case.happened, *new))


def _now(case: Case, now: datetime) -> datetime:
    """Return the moment to write down: not before what it follows, if two machines' clocks differ."""
    earlier = (each.at for each in case.happened if each.what is not Happening.EXTENDED_UNTIL)
    return max(now, case.received_at, *earlier)


def _stage_name(case: Case, policy: Policy) -> str | None:
    return list(policy.stages)[case.stage - 1] if policy.stages else None


def _acknowledged(case: Case, policy: Policy) -> bool:
    stage = _stage_name(case, policy)
    return any(
        each.what is Happening.ACKNOWLEDGED and each.stage == stage for each in standing(case.happened)
    )


def _of_case(case: Case, policy: Policy, readings: Sequence[Reading], ground: Ground) -> Iterator[Clock]:
    """Yield the clocks of the policy, with more time, targets and limits."""
    begins = [each.at for each in case.happened if each.what is Happening.ESCALATED]
    prefixes = list(dict.fromkeys(each.id.rpartition(".")[0] for each in readings))
    for reading in readings:
        if reading.kind is Kind.EXTENSION or _asks_for_nothing(case, reading):
            continue
        prefix, _, name = reading.id.rpartition(".")
        place = prefixes.index(prefix)
        clock = Clock(
            id=reading.id,
            due_at=reading.due_at,
            satisfied_at=reading.satisfied_at,
            kind=reading.kind,
            warn_at=reading.warn_at,
            paused_since=reading.paused_since,
            known_at=reading.known_at,
        )
        longer = next((each for each in readings if each.given and each.rule is reading.rule), None)
        if longer is not None:
            clock = _put_off(case, clock, longer)
        elif name == "decide" and place == 0:
            clock = _aimed_at(case, clock, reading, policy, ground)
        if clock.kind is Kind.DUTY:
            clock = _limited(case, clock)
        if place < len(begins) and clock.satisfied_at is None:
            # The next stage takes over what this one has not done; that it was late by then stays.
            clock = replace(clock, satisfied_at=begins[place])
        elif name == "decide" and place == len(begins) and case.status in _UNDECIDED:
            clock = replace(clock, satisfied_at=None)
        yield clock if clock.satisfied_at is None else replace(clock, paused_since=None)


def _asks_for_nothing(case: Case, reading: Reading) -> bool:
    """Whether a clock asks for a remedy to be carried out, and the decision gave none."""
    is_about_remedy = isinstance(reading.rule, ClockRule) and asks_for_remedy(reading.rule)
    return is_about_remedy and reading.anchor is Happening.DECIDED and case.remedy in (None, NO_REMEDY)


def _perhaps_asked(case: Case, policy: Policy, stages: Sequence[Stage], ground: Ground) -> Iterator[Clock]:
    """Yield what is owed while nobody has said what the customer's mail after the decision asks for.

    It is the acknowledgement of the next stage. Where none is left it has a name of its own, and the time of
    this stage's: nothing else says how soon a mail is to be looked at.
    """
    asked = asked_at(case)
    if asked is None:
        return
    is_left = case.stage < len(stages)
    stage = stages[case.stage if is_left else case.stage - 1]
    rule = stage.rules["ack"]
    due = count(rule, asked, ground)
    yield Clock(
        id=f"{stage.prefix}{'ack' if is_left else ASKED}",
        due_at=due,
        warn_at=warn_times(rule.warn or WARN_AT, asked, due, ground),
    )


def _put_off(case: Case, clock: Clock, longer: Reading) -> Clock:
    """Return a clock with the time that was given: up to the day that was named, as the desk named it.

    Where the calendar's midnight is not the desk's, that day must not end later than the customer read.
    """
    named = [
        each.at
        for each in standing(case.happened)
        if each.what is Happening.EXTENDED_UNTIL and (each.stage is None or f"{each.stage}." in clock.id)
    ]
    due = min([longer.due_at, *named[-1:]])
    warn = tuple(at for at in longer.warn_at if at < due)
    return replace(clock, due_at=due, satisfied_at=longer.satisfied_at, warn_at=warn)


def _aimed_at(case: Case, clock: Clock, reading: Reading, policy: Policy, ground: Ground) -> Clock:
    """Return a clock with the earlier time that its rating asks for, if it does."""
    target = policy.target_of(case.urgency, case.impact)
    due = count(target, case.received_at, ground) if target is not None else clock.due_at
    if due >= clock.due_at:
        return clock
    points = reading.rule.warn if isinstance(reading.rule, ClockRule) else ()
    warn = warn_times(points or WARN_AT, reading.anchor_at, due, ground)
    return replace(clock, due_at=due, warn_at=warn, promised_at=clock.due_at)


def _limited(case: Case, clock: Clock) -> Clock:
    limits = [limit for limit in case.limits if limit.clock == clock.id and not _is_void(case, limit)]
    due = min((limit.due_at for limit in limits), default=clock.due_at)
    if due >= clock.due_at:
        return clock
    promised = clock.promised_at and min(clock.promised_at, due)
    return replace(
        clock, due_at=due, promised_at=promised, warn_at=tuple(at for at in clock.warn_at if at < due)
    )


def _is_void(case: Case, limit: Limit) -> bool:
    """Whether something has put a limit aside: more time for both complaints, or an update of both."""
    name = limit.clock.rpartition(".")[2]
    puts_aside = _PUTS_ASIDE.get(name, ())
    return any(each.what in puts_aside and each.at >= limit.since for each in standing(case.happened))


def _brought_along(case: Case, clocks: Sequence[Clock]) -> Iterator[Clock]:
    """Yield the duties that only a case has which goes on in this one, such as one of other rules."""
    own = {clock.id for clock in clocks}
    for id in dict.fromkeys(limit.clock for limit in case.limits if limit.clock not in own):
        limits = [limit for limit in case.limits if limit.clock == id]
        since = min(limit.since for limit in limits)
        meets = _MEETS.get(id.rpartition(".")[2], (Happening.DECIDED,))
        done = (each.at for each in standing(case.happened) if each.what in meets and each.at >= since)
        yield Clock(id=id, due_at=min(limit.due_at for limit in limits), satisfied_at=next(done, None))
