"""What follows when something happens to a case? The whole life of a complaint, in one `match`.

Every pair of status and event is either decided here or refused with `NotAllowed`; a table test holds
both lists. Nothing here knows mail servers or databases, and `now` is always given.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from mailproc.cases import (
    approvals,
    clock_back,
    closing,
    duties,
    escalations,
    extensions,
    questions,
    reported,
    stages,
)
from mailproc.cases.calendars import due_at
from mailproc.cases.case import (
    COPY,
    Acknowledgement,
    Case,
    Decision,
    EscalationKind,
    HistoryEntry,
    Letter,
    Level,
    Opinion,
    Priority,
    Proposal,
    Status,
)
from mailproc.cases.events import (
    ActRefused,
    AgentReplied,
    AutoReplyReceived,
    CaseAssigned,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseLinked,
    CaseMarkedSpam,
    CaseMerged,
    CaseRated,
    CaseReopened,
    CaseResolved,
    CaseRouted,
    CaseTookIn,
    ClockSetBack,
    ComplaintReceived,
    CustomerWrote,
    DecisionExtended,
    DraftKept,
    DutiesTold,
    EscalationNoted,
    EscalationPassedOn,
    Event,
    HappeningReported,
    InformationRequested,
    LetterAccepted,
    LetterCancelled,
    LetterDeferred,
    LetterFailed,
    LetterUncertain,
    MailBounced,
    MailSplitOff,
    NoteAdded,
    OutsideAnswered,
    OutsideAsked,
    OutsideNotReached,
    OutsideReminded,
    OutsideSilent,
    ParticipantsChanged,
    ProgressTold,
    ReportTakenBack,
    ResolutionApproved,
    ResolutionProposed,
    ResolutionRejected,
    ResolutionWithdrawn,
    ResolutionWritten,
    StageBegun,
    SurveyAnswered,
    SurveyAsked,
    SurveyLeftOut,
    SurveysDeclined,
)
from mailproc.cases.happenings import PROGRESS, Happening
from mailproc.cases.policy import Policy
from mailproc.cases.rating import priority_of, severity
from mailproc.cases.words import HAPPENINGS, in_words
from mailproc.errors import NotAllowed
from mailproc.mail import address_key
from mailproc.sentences import any_of, say

ACKNOWLEDGEMENT = "acknowledgement"
REPLY = "reply"
RESOLUTION = "resolution"
EXTENSION = "extension"
SURVEY = "survey"

# How entries of the history begin that say how a mail was read.
SURVEY_ANSWERED = "answered the survey"
RATED = "rated:"
SAYS_SO = "says so:"  # before the words of a mail by which the next stage begins

# Letters that an agent may choose for her words: each is an answer, and satisfies what a reply satisfies.
READY_MADE = ("information_request", "holding")

# What a person writes to the customer: it waits for the undo time, and can be stopped until then.
WRITTEN_BY_HAND = (REPLY, *READY_MADE, RESOLUTION, EXTENSION)

_UNDECIDED = (Status.NEW, Status.OPEN, Status.WAITING)


def takes_follow_up(case: Case, policy: Policy, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a customer's mail joins this case; if not, it opens a new one that is linked to it."""
    match case.status:
        case Status.NEW | Status.OPEN | Status.WAITING:
            return True
        case Status.RESOLVED:
            return now <= reopening_ends_at(case, policy, zone)
        case Status.CLOSED:
            return False
        case _:
            assert_never(case.status)


def reopening_ends_at(case: Case, policy: Policy, zone: ZoneInfo) -> datetime:
    """The last moment at which a resolved case is taken up again by a mail of the customer."""
    if case.resolved_at is None:
        raise NotAllowed(
            say("{reference} is {status}: only a resolved case has a time to disagree", **_standing(case))
        )
    return due_at(case.resolved_at, policy.reopen_within, zone)


def decide(case: Case, event: Event, policy: Policy, zone: ZoneInfo, now: datetime) -> Decision:
    """Return what follows from `event`; raises NotAllowed when it may not happen in this status."""
    decision = _decide(case, event, policy, zone, now)
    return replace(decision, case=escalations.follow(case, event, decision.case, now))


def _decide(case: Case, event: Event, policy: Policy, zone: ZoneInfo, now: datetime) -> Decision:
    def record(changed: Case, who: str, what: str, text: str = "", rule: str = "") -> Decision:
        return Decision(
            case=changed, history=(HistoryEntry(at=now, who=who, what=what, text=text, rule=rule),)
        )

    match event:
        case ComplaintReceived():
            raise NotAllowed(
                say(
                    "{reference} exists already; a complaint opens a case of its own",
                    reference=case.reference,
                )
            )

        case CustomerWrote():
            if not takes_follow_up(case, policy, zone, now):
                raise NotAllowed(
                    say("{reference} is {status}; this mail opens a new, linked case", **_standing(case))
                )
            text = ""
            if not event.known_sender:
                text = f"from {event.sender}, an address not known for this case"
            elif address_key(event.sender) != address_key(case.customer_email):
                text = f"from {event.sender}, who takes part"
            if event.known_sender:
                case, remark = reported.answered(case, policy, zone, now)
                text = "; ".join(filter(None, (text, remark)))
            match case.status:
                case Status.RESOLVED if event.opinion is Opinion.SATISFIED:
                    said = "; ".join(filter(None, (text, event.words)))
                    if address_key(event.sender) == address_key(case.customer_email):
                        case = duties.is_content(case, policy, zone, now)
                    return record(case, "customer", "is content with the decision", said, event.rule)
                case Status.RESOLVED if event.opinion is Opinion.UNCLEAR and stages.has_next(case, policy):
                    waits = stages.wrote_again(case, policy, zone, now)
                    return record(waits, "customer", "wrote again after the decision", text, event.rule)
                case Status.RESOLVED:
                    reopened, what, remark = stages.disagreed(case, policy, zone, now)
                    if event.words and reopened.stage != case.stage:
                        text = "; ".join(filter(None, (text, f"{SAYS_SO} {event.words}")))
                    text = "; ".join(filter(None, (text, remark)))
                    return record(reopened, "customer", f"wrote again, {what}", text, event.rule)
                case Status.WAITING:
                    answered = duties.customer_answered(_no_longer_waiting(case), policy, zone, now)
                    return record(answered, "customer", "answered", text, event.rule)
                case _:
                    return record(case, "customer", "wrote again", text, event.rule)

        case AutoReplyReceived():
            return record(case, "machine", "automatic reply received", event.sender, event.rule)

        case LetterAccepted():
            # Until it comes back, there is no reason to think that mail does not reach the customer.
            accepted = replace(case, unreachable=False)
            decides = event.letter == RESOLUTION and case.status in _UNDECIDED
            if event.letter == ACKNOWLEDGEMENT:
                accepted = replace(accepted, acknowledgement=Acknowledgement.ACCEPTED)
            if decides:
                accepted = replace(accepted, status=Status.RESOLVED, resolved_at=now, waiting_until=None)
            accepted = duties.letter_left(accepted, event.letter, event.number, policy, zone, now)
            if decides:
                return record(accepted, "server", "resolution accepted, case resolved", event.reply)
            return record(accepted, "server", f"{event.letter} accepted", f"{event.recipient}: {event.reply}")

        case LetterFailed():
            failed = _unreached(case, event, policy, zone, now)
            text = f"{event.recipient}: {event.reply}"
            return record(failed, "server", f"{event.letter} failed, customer not reached", text)

        case LetterCancelled():
            cancelled = case
            if event.letter == ACKNOWLEDGEMENT:
                cancelled = replace(case, acknowledgement=Acknowledgement.WITHHELD)
            if event.letter == RESOLUTION and case.status in _UNDECIDED:
                cancelled = stages.undecided(case)
            if event.letter == EXTENSION:
                cancelled = replace(case, extension=None)
            text = f"{event.recipient}: {event.reason}" if event.reason else event.recipient
            return record(cancelled, event.who, f"{event.letter} cancelled, it was not sent", text)

        case LetterDeferred():
            text = f"{event.recipient}: {event.reply}"
            return record(case, "server", f"{event.letter} deferred, will be tried again", text)

        case LetterUncertain():
            text = "sent again with the same bytes" if event.resent else "held for a person to decide"
            return record(case, "desk", f"{event.letter} may have been sent twice or not at all", text)

        case MailBounced():
            text = f"{event.recipient}: {event.diagnostic}"
            if not event.permanent:
                return record(case, "server", f"{event.letter} delayed on its way", text, event.rule)
            bounced = _unreached(case, event, policy, zone, now)
            return record(
                bounced, "server", f"{event.letter} bounced, customer not reached", text, event.rule
            )

        case NoteAdded():
            return record(_stepped_in(_worked_on(case), event.who), event.who, "note", event.text)

        case DraftKept():
            kept = replace(_stepped_in(_worked_on(case), event.who), draft=event.reply)
            return record(kept, event.who, "kept a draft", event.text)

        case InformationRequested():
            _allow(case, _UNDECIDED, say("ask the customer"))
            waiting = replace(case, status=Status.WAITING, waiting_until=event.until)
            return record(waiting, event.who, "asked the customer", event.text)

        case ClockSetBack():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("tell of a duty"))
            until = f"it was told up to {_moment(case.warned_until, zone)}" if case.warned_until else ""
            return record(clock_back.righted(case, policy, zone, now), "desk", ClockSetBack.WHAT, until)

        case DutiesTold():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("tell of a duty"))
            told = replace(case, warned_until=now)
            if case.status is Status.WAITING and case.waiting_until is not None and case.waiting_until <= now:
                told = _no_longer_waiting(told)
            if event.gone:
                return record(told, "desk", "a shorter path was not taken, its time is over", event.text)
            what = "told the agents what is due"
            if event.nobody:
                what = "something is due, and there is nobody to tell"
            elif event.by_itself:
                what = "does by itself what is due"
            return record(told, "desk", what, event.text)

        case AgentReplied():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("answer the customer"))
            answered = replace(
                _stepped_in(_worked_on(case), event.who),
                owner=case.owner or (None if event.who == case.barred else event.who),
                draft=None if case.draft == event.reply else case.draft,
            )
            letter = Letter(
                name=event.letter,
                to=event.to,
                key=f"{REPLY}:{event.reply}",
                words=event.text,
                author=event.who,
                answer_by=event.answer_by,
            )
            what = "answered the customer"
            if event.letter != REPLY:
                what += f" ({event.letter.replace('_', ' ')})"
            return _with_copies(record(answered, event.who, what, event.text), letter)

        case ResolutionWritten():
            _allow(case, _UNDECIDED, say("resolve"))
            stages.refuse_who_decided_before(case, event.who)
            closing.refuse_what_lacks(
                case, policy, outcome=event.outcome, cause=event.cause, remedy=event.remedy
            )
            written = replace(
                _stepped_in(case, event.who),
                status=Status.OPEN,
                owner=case.owner or event.who,
                decided_by=event.who,
                outcome=event.outcome,
                cause=event.cause,
                remedy=event.remedy,
                amount=event.amount,
                proposal=None,
            )
            what = "wrote the resolution"
            if case.proposal is not None:
                what += ", in place of the one that waited for approval"
            text = f"{event.outcome}: {event.text}"
            return _with_copies(record(written, event.who, what, text), _resolution(event))

        case ParticipantsChanged():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("change who takes part"))
            text = ", ".join(
                [*(f"+{email}" for email in event.added), *(f"-{email}" for email in event.removed)]
            )
            return record(_with_participants(case, event), event.who, "changed who takes part", text)

        case ResolutionProposed() | ResolutionApproved() | ResolutionRejected() | ResolutionWithdrawn():
            _allow(case, _UNDECIDED, say("resolve"))
            if isinstance(event, ResolutionProposed):
                proposed = event.proposal
                stages.refuse_who_decided_before(case, proposed.who)
                closing.refuse_what_lacks(
                    case, policy, outcome=proposed.outcome, cause=proposed.cause, remedy=proposed.remedy
                )
            decision = approvals.decide(case, event, now)
            if not isinstance(event, ResolutionProposed):
                decision = replace(decision, case=_stepped_in(decision.case, event.who))
            if isinstance(event, ResolutionApproved):
                return _with_copies(decision, _resolution(approvals.proposal_of(case)))
            return decision

        case DecisionExtended():
            _allow(case, _UNDECIDED, say("extend"))
            extensions.allow(case, event.until, policy, zone, now)
            extended = replace(case, extension=event.until, owner=case.owner or event.who)
            letter = Letter(
                name=EXTENSION,
                to=event.to,
                key=f"{EXTENSION}:{event.reply}",
                words=event.text,
                author=event.who,
            )
            text = f"until {event.until:%Y-%m-%d}: {event.text}"
            return _with_letter(record(extended, event.who, "takes more time to decide", text), letter)

        case CaseEscalated():
            by_rule = event.kind is EscalationKind.AUTOMATIC
            is_left = by_rule or escalations.is_left(case)
            _allow(case, (*_UNDECIDED, Status.RESOLVED) if is_left else _UNDECIDED, say("escalate"))
            escalated = escalations.opened(case, event, now)
            if not by_rule and case.status is not Status.RESOLVED:
                escalated = replace(escalated, status=Status.OPEN)
            what, rule = f"escalated to {', '.join(event.to)}", ", ".join(event.rules)
            return record(escalated, event.who, what, event.text, rule)

        case EscalationPassedOn():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("escalate"))
            passed_on = escalations.passed_on(case, event, now)
            what = f"escalated to {', '.join(event.to)}" if event.to else "nobody is left to be asked"
            return record(passed_on, "desk", what, event.text, event.how)

        case EscalationNoted():
            noted = escalations.marked(case, event.rules)
            return record(noted, "desk", "not escalated again", event.text, ", ".join(event.rules))

        case OutsideAsked():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("ask somebody outside"))
            text = "\n\n".join(filter(None, (event.text, "\n".join(event.files))))
            asked = questions.asked(_worked_on(case), event, now)
            return record(asked, event.who, f"asked {event.to}, outside", text)

        case OutsideAnswered():
            answered = questions.ended(case, event.who)
            return record(answered, event.who, "wrote to us from outside", event.text, event.rule)

        case OutsideReminded():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("ask somebody outside"))
            return record(questions.reminded(case, event), event.who, f"reminded {event.to}, outside")

        case OutsideSilent():
            _allow(case, _UNDECIDED, say("ask somebody outside"))
            return record(questions.told(case, event.to), "desk", f"no answer from {event.to}, outside")

        case OutsideNotReached():
            unreached = questions.ended(case, event.to) if event.for_good else case
            return record(unreached, "server", f"the question to {event.to} {event.how}", event.text)

        case ProgressTold():
            _allow(case, _UNDECIDED, say("tell how it stands"))
            letter = Letter(name=PROGRESS, to=event.to, key=event.key, level=event.level)
            return _with_letter(record(case, "desk", "told the customer how it stands", event.to), letter)

        case StageBegun():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("begin the next stage"))
            if not stages.has_next(case, policy):
                raise NotAllowed(stages.none_left(case, policy))
            begun, what, remark = stages.disagreed(_stepped_in(case, event.who), policy, zone, now)
            text = "\n\n".join(filter(None, (event.text, remark)))
            return record(begun, event.who, what, text)

        case CaseRated():
            return _rated(case, event, policy, zone, now)

        case HappeningReported():
            still = event.what is Happening.PAUSED
            _allow(case, _UNDECIDED if still else (*_UNDECIDED, Status.RESOLVED), say("report that"))
            changed, text = reported.report(case, event, policy, zone, now)
            what = f"reported: {HAPPENINGS[event.what]}"
            return record(_stepped_in(_worked_on(changed), event.who), event.who, what, text)

        case ReportTakenBack():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("take that back"))
            changed, text = reported.take_back(case, event, policy, zone, now)
            what = f"took back: {HAPPENINGS[event.what]}"
            return record(_stepped_in(_worked_on(changed), event.who), event.who, what, text)

        case CaseAssigned():
            _allow(case, (*_UNDECIDED, Status.RESOLVED), say("assign"))
            if event.to is not None:
                stages.refuse_who_decided_before(case, event.to)
            what = "given back to the team" if event.to is None else f"assigned to {event.to}"
            what = "taken" if event.to == event.who else what
            return record(replace(_stepped_in(case, event.who), owner=event.to), event.who, what)

        case CaseRouted():
            routed = replace(case, team=event.team, owner=event.owner)
            text = f"{event.team}: {event.owner}" if event.owner else event.team
            return record(routed, "desk", "routed", text)

        case CaseClassified():
            changes = [
                (name, value)
                for name, value in (("category", event.category), ("priority", event.priority))
                if value is not None
            ]
            classified = replace(
                case,
                category=event.category or case.category,
                priority=Priority(event.priority) if event.priority else case.priority,
            )
            text = ", ".join(f"{name} {value}" for name, value in changes)
            return record(classified, event.who, "classified", text)

        case ActRefused():
            text = f"{event.claims}: {event.reason}"
            return record(case, "desk", "security: an act was refused", text, event.rule)

        case CaseResolved():
            _allow(case, _UNDECIDED, say("resolve"))
            stages.refuse_who_decided_before(case, event.who)
            closing.refuse_what_lacks(
                case, policy, outcome=event.outcome, cause=event.cause, remedy=event.remedy
            )
            resolved = replace(
                case,
                status=Status.RESOLVED,
                outcome=event.outcome,
                cause=event.cause,
                remedy=event.remedy,
                resolved_at=now,
                proposal=None,
                decided_by=event.who,
            )
            resolved = duties.decided(resolved, policy, zone, now)
            text = f"{event.outcome}: {event.text}" if event.text else event.outcome
            return record(resolved, event.who, "resolved", text)

        case SurveyAsked():
            _allow(case, (Status.RESOLVED,), say("ask how the customer found it"))
            if case.resolved_at is None:
                raise NotAllowed(
                    say("{reference} was resolved at no time that is known", reference=case.reference)
                )
            # Another resolution is another question; the same one is asked about once.
            key = f"{SURVEY}:{case.reference}:{case.resolved_at.isoformat()}"
            letter = Letter(name=SURVEY, to=event.to, key=key)
            return _with_letter(record(case, "desk", "asked how the customer found it", event.to), letter)

        case SurveyLeftOut():
            _allow(case, (Status.RESOLVED,), say("ask how the customer found it"))
            unasked = duties.not_to_be_asked(case, policy, zone, now)
            return record(unasked, "desk", "does not ask how the customer found it", event.reason)

        case SurveyAnswered():
            said = f"{event.score} of 5" if event.score else "no score"
            text = f"{said}, {event.opinion}"
            if not event.known_sender:
                text += f"; from {event.sender}, an address not known for this case"
            disagrees = event.opinion is Opinion.DISSATISFIED
            decided = case.status is Status.RESOLVED and takes_follow_up(case, policy, zone, now)
            if decided and disagrees:
                reopened, what, remark = stages.disagreed(case, policy, zone, now)
                text = "; ".join(filter(None, (text, remark)))
                return record(reopened, "customer", f"{SURVEY_ANSWERED}, {what}", text, event.rule)
            answered = case
            if decided and event.remarks and event.opinion is Opinion.UNCLEAR:
                answered = stages.wrote_again(case, policy, zone, now)
            if case.status is Status.WAITING and (disagrees or event.remarks):
                answered = duties.customer_answered(_no_longer_waiting(case), policy, zone, now)
            return record(answered, "customer", SURVEY_ANSWERED, text, event.rule)

        case SurveysDeclined():
            return record(case, "customer", "wants no more surveys", event.address, event.rule)

        case CaseReopened():
            _allow(case, (Status.RESOLVED, Status.CLOSED), say("reopen"))
            if case.merged_into:
                raise NotAllowed(
                    say(
                        "cannot reopen: {reference} goes on in {other}",
                        reference=case.reference,
                        other=case.merged_into,
                    )
                )
            reopened = stages.reopened(replace(case, closed_at=None, spam=False), policy, zone, now)
            return record(reopened, event.who, "reopened", event.text)

        case CaseClosed():
            _allow(case, (Status.RESOLVED,), say("close"))
            closed = duties.read(replace(case, status=Status.CLOSED, closed_at=now), policy, zone)
            return record(closed, event.who, "closed", event.text)

        case CaseMerged():
            _allow(case, _UNDECIDED, say("merge"))
            merged = replace(
                case, status=Status.CLOSED, closed_at=now, waiting_until=None, merged_into=event.into
            )
            return record(merged, event.who, f"goes on in {event.into}", event.text)

        case CaseTookIn():
            # It is as if the customer had written that mail here.
            if not takes_follow_up(case, policy, zone, now):
                raise NotAllowed(
                    say("{reference} is {status}: no other case can go on in it", **_standing(case))
                )
            larger = stages.reopened(case, policy, zone, now) if case.status is Status.RESOLVED else case
            if case.status is Status.WAITING:
                larger = _no_longer_waiting(case)
            larger = duties.took_in(larger, event.clocks, policy, zone, now)
            larger = questions.took_in(larger, event.questions)
            larger = escalations.took_in(larger, event.escalation, event.who)
            return record(larger, event.who, f"took in {event.other}", event.text)

        case MailSplitOff():
            return record(case, event.who, f"a mail of the customer is {event.to} now", event.text)

        case CaseLinked():
            return record(case, event.who, f"linked to {event.to}", event.text)

        case CaseMarkedSpam():
            _allow(case, _UNDECIDED, say("close as spam"))
            # What was decided about it, and waits for approval or was cancelled, is void.
            void = stages.undecided(case)
            spam = replace(void, status=Status.CLOSED, closed_at=now, waiting_until=None, spam=True)
            return record(spam, event.who, "closed as spam", event.text)

        case _:
            assert_never(event)


def _rated(case: Case, event: CaseRated, policy: Policy, zone: ZoneInfo, now: datetime) -> Decision:
    urgency = Level(event.urgency) if event.urgency else case.urgency
    impact = Level(event.impact) if event.impact else case.impact
    priority = priority_of(urgency, impact, case.priority)
    rated = replace(case, urgency=urgency, impact=impact, priority=priority)
    rated = duties.read(rated, policy, zone)
    named = [("urgency", event.urgency), ("impact", event.impact)]
    what = ", ".join(f"{name} {level}" for name, level in named if level)
    text = f"severity {severity(urgency, impact)}, priority {priority}"
    if rated.decide_by != case.decide_by and rated.decide_by and case.decide_by:
        new, old = _moment(rated.decide_by, zone), _moment(case.decide_by, zone)
        text += f"\nto be decided by {new}, not {old}"
    text = f"{event.reason}\n{text}".strip()
    return Decision(
        case=rated, history=(HistoryEntry(at=now, who=event.who, what=f"{RATED} {what}", text=text),)
    )


def _stepped_in(case: Case, who: str) -> Case:
    """Whoever was asked to step in has heard it as soon as she does anything."""
    asked = case.escalation.to if case.escalation is not None else ()
    return replace(case, escalation=None) if who in asked else case


def _worked_on(case: Case) -> Case:
    return replace(case, status=Status.OPEN) if case.status is Status.NEW else case


def _resolution(written: ResolutionWritten | Proposal) -> Letter:
    """The letter that tells the customer, in the name of the agent who wrote it, whoever approved it."""
    return Letter(
        name=RESOLUTION,
        to=written.to,
        key=f"{RESOLUTION}:{written.reply}",
        words=written.text,
        author=written.who,
    )


def _no_longer_waiting(case: Case) -> Case:
    return replace(case, status=Status.OPEN, waiting_until=None)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _with_letter(decision: Decision, letter: Letter) -> Decision:
    return replace(decision, letters=(letter,))


def _with_copies(decision: Decision, letter: Letter) -> Decision:
    """Add a letter to the customer, and a copy of it, in a mail of its own, for each who is to get one."""
    copies = [
        replace(letter, to=email, key=f"{letter.key}{COPY}{address_key(email)}", is_copy=True)
        for email in decision.case.copied
    ]
    return replace(decision, letters=(letter, *copies))


def _with_participants(case: Case, event: ParticipantsChanged) -> Case:
    # The customer always takes part, and a letter to her is no copy.
    customer = address_key(case.customer_email)
    gone = {address_key(email) for email in event.removed} - {customer}
    copied = {address_key(email): email for email in (*case.copied, *event.added)}
    return replace(
        case,
        participants=(case.participants | copied.keys()) - gone,
        copied=tuple(email for key, email in copied.items() if key not in gone | {customer}),
    )


def _allow(case: Case, statuses: tuple[Status, ...], deed: str) -> None:
    if case.status not in statuses:
        raise NotAllowed(
            say(
                "cannot {deed}: {reference} is {status}, it would have to be {wanted}",
                deed=deed,
                wanted=any_of([in_words(status) for status in statuses]),
                **_standing(case),
            )
        )


def _standing(case: Case) -> dict[str, str]:
    return {"reference": case.reference, "status": in_words(case.status)}


def _unreached(
    case: Case, event: LetterFailed | MailBounced, policy: Policy, zone: ZoneInfo, now: datetime
) -> Case:
    """The customer did not get this letter: its duty is owed again, by its old due time."""
    changed = replace(case, unreachable=True)
    if event.letter == RESOLUTION and case.status is Status.RESOLVED:
        # Nobody is told a decision that came back: the case is open until the customer has it.
        changed = replace(changed, status=Status.OPEN, resolved_at=None)
    if event.letter == ACKNOWLEDGEMENT:
        changed = replace(changed, acknowledgement=Acknowledgement.FAILED)
    if event.letter == EXTENSION:
        changed = replace(changed, extension=None)  # more time counts only for who was told
    return duties.letter_came_back(changed, event.letter, event.number, policy, zone, now)
