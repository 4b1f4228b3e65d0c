"""What can happen to a case? One small value per thing, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from mailproc.cases.case import Clock, Escalation, EscalationKind, Opinion, Proposal, Question
from mailproc.cases.happenings import Happening
from mailproc.cases.intake import UNRATED, Rated


@dataclass(frozen=True, kw_only=True)
class ComplaintReceived:
    """A mail that opens a case.

    `acknowledge_to` is the address the acknowledgement goes to; None withholds it, for the reason given
    in `withheld_because`. `possibly_about` are references the mail mentioned without proof. `others` are the
    people whom the mail also went to. `brought_by` is the agent who brought in a complaint that reached her
    elsewhere, and `note` what she wrote about it. `warns` says whether the agents are told of what is due;
    about a mail that is older than the desk they are not. `rated` is what the rules of intake make of it.
    """

    reference: str
    customer_email: str
    customer_name: str
    subject: str
    language: str
    mailbox: str
    received_at: datetime
    rule: str
    acknowledge_to: str | None = None
    withheld_because: str = ""
    sender_authenticated: bool = False
    possibly_about: tuple[str, ...] = ()
    previous: str | None = None
    split_from: str | None = None
    remark: str = ""
    others: tuple[str, ...] = ()
    brought_by: str | None = None
    note: str = ""
    warns: bool = True
    rated: Rated = UNRATED


@dataclass(frozen=True, kw_only=True)
class CustomerWrote:
    """A further mail about the case. `known_sender`: the address takes part in the case.

    `opinion` is what the customer says of the decision, if there is one, and `words` are those that say so.
    """

    sender: str
    known_sender: bool
    rule: str
    opinion: Opinion = Opinion.UNCLEAR
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class AutoReplyReceived:
    """A machine answered one of our letters. Never moves a case."""

    sender: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class LetterAccepted:
    """The submission server took responsibility for a letter; `number` is its own in the outbox."""

    letter: str
    recipient: str
    reply: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class LetterFailed:
    """A letter was refused for good, or given up."""

    letter: str
    recipient: str
    reply: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class LetterCancelled:
    """Somebody of the desk took a letter back before it left, or the desk itself, for a reason it gives."""

    who: str
    letter: str
    recipient: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LetterDeferred:
    """A letter was refused for now; it will be tried again. Written down once per letter."""

    letter: str
    recipient: str
    reply: str


@dataclass(frozen=True, kw_only=True)
class LetterUncertain:
    """The connection ended after the last byte of a letter and before the answer: it may have left.

    `resent`: the same bytes are sent once more; otherwise it is held for a person.
    """

    letter: str
    recipient: str
    resent: bool


@dataclass(frozen=True, kw_only=True)
class MailBounced:
    """A delivery report about one of our letters came back, proved by its signed return address."""

    letter: str
    recipient: str
    permanent: bool
    diagnostic: str
    rule: str
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class NoteAdded:
    """Somebody of the desk wrote something down. Internal."""

    who: str
    text: str


@dataclass(frozen=True, kw_only=True)
class AgentReplied:
    """An agent answered the customer. `reply` names the mail that holds the answer, for the letter's key.

    `letter` is the letter it goes out in: one that the agent chose, or the plain one. `answer_by` is the day
    that a chosen letter names.
    """

    who: str
    text: str
    to: str
    reply: str
    letter: str = "reply"
    answer_by: date | None = None


@dataclass(frozen=True, kw_only=True)
class DraftKept:
    """An agent wrote a draft of an answer; nothing leaves. `reply` names her mail, as in AgentReplied."""

    who: str
    text: str
    reply: str


@dataclass(frozen=True, kw_only=True)
class CaseAssigned:
    """Somebody took a case or was given it; `to` is None when it goes back to the team."""

    who: str
    to: str | None


@dataclass(frozen=True, kw_only=True)
class CaseRouted:
    """The rules of routing gave a new case to a team, and perhaps to one of its agents."""

    team: str
    owner: str | None


@dataclass(frozen=True, kw_only=True)
class CaseClassified:
    """Somebody said what the case is about or how soon it wants somebody; None leaves a value as it is."""

    who: str
    category: str | None = None
    priority: str | None = None


@dataclass(frozen=True, kw_only=True)
class CaseRated:
    """Somebody rated what waiting costs (`urgency`) or how much harm there is (`impact`): low or high."""

    who: str
    urgency: str | None = None
    impact: str | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DecisionExtended:
    """An agent needs more time to decide. It counts when the letter that says so was accepted.

    `text` is the reason, in the words the customer reads; `reply` as in AgentReplied.
    """

    who: str
    until: datetime
    text: str
    to: str
    reply: str


@dataclass(frozen=True, kw_only=True)
class CaseEscalated:
    """Somebody is asked to step in: by an agent, or by the desk because of rules. The owner stays.

    `to` are asked alike; the first who does anything has answered. `text` is the agent's reason, or what the
    rules found. The rest as in `case.Escalation`.
    """

    who: str
    to: tuple[str, ...]
    text: str
    kind: EscalationKind
    answer_by: datetime
    tier: str | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EscalationPassedOn:
    """Who was asked did not answer in time, is away, or cannot be reached: `how`. Others are asked now.

    Without anybody in `to` nobody is left, and it stays open.
    """

    how: str
    to: tuple[str, ...]
    text: str
    tier: str | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class EscalationNoted:
    """A rule would have handed the case up, and did not: somebody is asked already, or nobody is above."""

    rules: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class OutsideAsked:
    """An agent asked somebody outside the desk. `text` are her words, `files` what went along, by name.

    `answer_by` and `letter` as in `case.Question`.
    """

    who: str
    to: str
    text: str
    answer_by: datetime
    letter: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutsideReminded:
    """An agent let a question go once more to somebody outside who has not answered."""

    who: str
    to: str
    answer_by: datetime


@dataclass(frozen=True, kw_only=True)
class OutsideSilent:
    """No answer came from outside in time, and the agent who asked is told of it."""

    to: str


@dataclass(frozen=True, kw_only=True)
class OutsideNotReached:
    """What the mail servers say of a question to somebody outside: `how` it did not arrive, or is late.

    `for_good`: no answer to it is to be expected.
    """

    to: str
    how: str
    text: str
    for_good: bool


@dataclass(frozen=True, kw_only=True)
class OutsideAnswered:
    """Somebody outside whom an agent asked has written to the desk. Internal until an agent releases it."""

    who: str
    text: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class ProgressTold:
    """The desk tells the customer of its own accord that somebody else, or still somebody, looks at it.

    `level` says who, in general terms: a target of a tier; None when nothing has changed. `key` names the
    occasion: about the same one nobody is written to twice.
    """

    to: str
    key: str
    level: str | None = None


@dataclass(frozen=True, kw_only=True)
class StageBegun:
    """The customer asks for the next stage of the policy, and somebody of the desk says so."""

    who: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class HappeningReported:
    """Somebody of the desk says that something has happened that clocks count from or stand still for.

    `on` is the day, in the zone whose days count; None: now. `reason` is why clocks stand still, as the
    policy names it. `text` is a remark.
    """

    who: str
    what: Happening
    on: date | None = None
    reason: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportTakenBack:
    """The newest report of this was a mistake: the clocks are read as if it had never been made."""

    who: str
    what: Happening
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ParticipantsChanged:
    """An agent let people take part in the case, who then get copies of our answers, or no longer."""

    who: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResolutionWritten:
    """An agent decided the complaint. It is resolved when the letter was accepted by the server.

    `text` are the reasons, in the words the customer reads; `reply` as in AgentReplied.
    """

    who: str
    outcome: str
    text: str
    to: str
    reply: str
    cause: str | None = None
    remedy: str | None = None
    amount: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResolutionProposed:
    """An agent decided the complaint, and somebody has to approve it before anything leaves."""

    proposal: Proposal
    asked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResolutionApproved:
    """Who was asked lets the proposed resolution go out as it was written."""

    who: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class ResolutionRejected:
    """Who was asked does not let the proposed resolution go out."""

    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ResolutionWithdrawn:
    """Somebody of the desk took the proposed resolution back before it was approved."""

    who: str


@dataclass(frozen=True, kw_only=True)
class ActRefused:
    """Somebody tried to act on the case as an agent and was not let: the security event."""

    claims: str  # whom the mail says it is from
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class InformationRequested:
    """The customer was asked something; internal waiting only, no duty stops."""

    who: str
    text: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ClockSetBack:
    """What the case remembers was written by a clock that was far ahead, and is set right now."""

    WHAT: ClassVar[str] = "the clock was ahead, what is due is told anew"


@dataclass(frozen=True, kw_only=True)
class DutiesTold:
    """The agents are told that duties come near or have passed: `text` says which and until when.

    `nobody`: there is no agent who could be told. A case that was to wait comes back all the same. `gone`:
    all of it is a shorter path that was closed before anybody could be told. `by_itself`: at this moment the
    desk does what is not, and they have heard of it before.
    """

    text: str
    nobody: bool = False
    gone: bool = False
    by_itself: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseResolved:
    """The complaint was decided, and the customer knows it in another way than by a letter of the desk."""

    who: str
    outcome: str
    text: str = ""
    cause: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, kw_only=True)
class SurveyAsked:
    """The time has come to ask the customer how he found it; at most once after each resolution."""

    to: str


@dataclass(frozen=True, kw_only=True)
class SurveyLeftOut:
    """The customer is not asked about this resolution, for a reason that stays."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class SurveyAnswered:
    """The customer answered the survey. `score` is 1 to 5, `remarks` whether there are words besides it."""

    sender: str
    known_sender: bool
    score: int | None
    opinion: Opinion
    remarks: bool
    rule: str


@dataclass(frozen=True, kw_only=True)
class SurveysDeclined:
    """The customer wants no surveys any more."""

    address: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class CaseReopened:
    """Somebody of the desk took up a decided case again."""

    who: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseClosed:
    """The case is finished: by a person, or because the time to disagree has run out."""

    who: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseMerged:
    """The case is the same complaint as another one and goes on there; `text` are words for the desk."""

    who: str
    into: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseTookIn:
    """Another case goes on in this one, with what it brings along; `text` says what it was about."""

    who: str
    other: str
    clocks: tuple[Clock, ...]
    questions: tuple[Question, ...] = ()
    escalation: Escalation | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class MailSplitOff:
    """A mail of the customer that had joined the case is a case of its own now."""

    who: str
    to: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseLinked:
    """The case has to do with another one; nothing follows but that people know."""

    who: str
    to: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseMarkedSpam:
    """Somebody of the desk found that this is no complaint."""

    who: str
    text: str = ""


Event = (
    ComplaintReceived
    | CustomerWrote
    | AutoReplyReceived
    | LetterAccepted
    | LetterFailed
    | LetterCancelled
    | LetterDeferred
    | LetterUncertain
    | MailBounced
    | NoteAdded
    | AgentReplied
    | DraftKept
    | CaseAssigned
    | CaseRouted
    | CaseClassified
    | CaseRated
    | HappeningReported
    | ReportTakenBack
    | DecisionExtended
    | CaseEscalated
    | StageBegun
    | EscalationPassedOn
    | EscalationNoted
    | OutsideAsked
    | OutsideAnswered
    | OutsideReminded
    | OutsideSilent
    | OutsideNotReached
    | ProgressTold
    | ParticipantsChanged
    | ResolutionWritten
    | ResolutionProposed
    | ResolutionApproved
    | ResolutionRejected
    | ResolutionWithdrawn
    | ActRefused
    | InformationRequested
    | DutiesTold
    | ClockSetBack
    | CaseResolved
    | SurveyAsked
    | SurveyLeftOut
    | SurveyAnswered
    | SurveysDeclined
    | CaseReopened
    | CaseClosed
    | CaseMerged
    | CaseTookIn
    | MailSplitOff
    | CaseLinked
    | CaseMarkedSpam
)
