"""A case, a policy and one of every event, for tables over all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailproc.cases import duties, events
from mailproc.cases.case import Case, Escalation, EscalationKind, Opinion, Proposal, Question, Status
from mailproc.cases.happenings import Happening
from mailproc.cases.opening import open_case
from tests.cases.presets import policy

ZONE = ZoneInfo("Europe/Budapest")
MONDAY_9AM = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NOW = MONDAY_9AM + timedelta(days=3)

# Rules with few clocks, so that what a test says of one of them is not about the others too.
PLAIN_RULES = """
id: plain
version: "1"
title: Acknowledge within a day, decide within fourteen
source: nobody's
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true, warn: [50%, -4h]}
  decide:
    within: 14cd
    satisfied_by: resolution
    reopened_by: [bounced, reopened]
    house: true
    warn: [-2cd, -4h]
    extension: {open_ended: true, house: true, reasons: [complexity, third_party], letter: extension}
targets:
  high_high: {within: 3cd, tier: review}
  high_low: {within: 7cd}
  low_high: {within: 7cd}
closing_requires: [outcome, cause]
reopen_within: 30cd
"""
POLICY = policy(PLAIN_RULES)

RECEIVED = events.ComplaintReceived(
    reference="C-7F3K-9QXT",
    customer_email="Ann@example.com",
    customer_name="Ann",
    subject="My kettle exploded",
    language="en",
    mailbox="main",
    received_at=MONDAY_9AM,
    rule="anyone_else",
    acknowledge_to="ann@example.com",
)

LETTER = {"letter": "acknowledgement", "recipient": "ann@example.com"}

PROPOSAL = Proposal(
    who="Bob",
    outcome="upheld",
    cause="other",
    text="you are right",
    to="ann@example.com",
    reply="2",
    amount="150 EUR",
)
ESCALATION = Escalation(
    kind=EscalationKind.HIERARCHICAL,
    who="Bob",
    to=("Lea",),
    asked_at=NOW - timedelta(hours=4),
    answer_by=NOW,
    tier="review",
)
QUESTION = Question(
    to="Lab Ltd", who="Bob", asked_at=NOW - timedelta(days=5), answer_by=NOW, words="9 V?", letter="abc"
)
ABOUT_A_PROPOSAL = ("approved", "rejected", "withdrawn")

EVERY_EVENT: dict[str, events.Event] = {
    "complaint": RECEIVED,
    "customer wrote": events.CustomerWrote(sender="ann@example.com", known_sender=True, rule="r"),
    "auto-reply": events.AutoReplyReceived(sender="ann@example.com", rule="r"),
    "accepted": events.LetterAccepted(**LETTER, reply="250 ok"),
    "failed": events.LetterFailed(**LETTER, reply="550 no"),
    "cancelled": events.LetterCancelled(**LETTER, who="Bob"),
    "deferred": events.LetterDeferred(**LETTER, reply="451 later"),
    "uncertain": events.LetterUncertain(**LETTER, resent=True),
    "bounced": events.MailBounced(**LETTER, permanent=True, diagnostic="5.1.1", rule="r"),
    "delayed": events.MailBounced(**LETTER, permanent=False, diagnostic="4.4.1", rule="r"),
    "note": events.NoteAdded(who="Bob", text="called her"),
    "agent replied": events.AgentReplied(who="Bob", text="sorry", to="ann@example.com", reply="1"),
    "assigned": events.CaseAssigned(who="Bob", to="Bob"),
    "routed": events.CaseRouted(team="front", owner=None),
    "classified": events.CaseClassified(who="Bob", category="delivery", priority="high"),
    "rated": events.CaseRated(who="Bob", urgency="high"),
    "extended": events.DecisionExtended(
        who="Bob", until=NOW + timedelta(days=60), text="a part", to="ann@example.com", reply="3"
    ),
    "escalated": events.CaseEscalated(
        who="Bob",
        to=("Lea",),
        text="too much",
        kind=EscalationKind.HIERARCHICAL,
        answer_by=NOW + timedelta(hours=4),
        tier="review",
    ),
    "passed on": events.EscalationPassedOn(
        how="unanswered", to=("Vera",), text="Lea did not answer", answer_by=NOW + timedelta(hours=8)
    ),
    "noted": events.EscalationNoted(rules=("legal",), text="a lawyer"),
    "outside asked": events.OutsideAsked(
        who="Bob", to="Lab Ltd", text="please measure", answer_by=NOW + timedelta(days=5), letter="abc"
    ),
    "outside answered": events.OutsideAnswered(who="Lab Ltd", text="9 V", rule="ok"),
    "outside reminded": events.OutsideReminded(who="Bob", to="Lab Ltd", answer_by=NOW + timedelta(days=9)),
    "outside silent": events.OutsideSilent(to="Lab Ltd"),
    "outside unreached": events.OutsideNotReached(to="Lab Ltd", how="came back", text="5.1.1", for_good=True),
    "progress": events.ProgressTold(to="ann@example.com", key="progress:1", level="lead"),
    "stage begun": events.StageBegun(who="Bob", text="she does not agree"),  # the sample's policy has none
    # Nothing of the kind counts by the sample's policy.
    "reported": events.HappeningReported(who="Bob", what=Happening.IMPLEMENTED),
    "taken back": events.ReportTakenBack(who="Bob", what=Happening.IMPLEMENTED),
    "participants": events.ParticipantsChanged(who="Bob", added=("lawyer@law.example",)),
    "draft": events.DraftKept(who="Bob", text="sorry", reply="1"),
    "proposed": events.ResolutionProposed(proposal=PROPOSAL, asked=("Vera",)),
    "approved": events.ResolutionApproved(who="Vera"),
    "rejected": events.ResolutionRejected(who="Vera", reason="too much"),
    "withdrawn": events.ResolutionWithdrawn(who="Bob"),
    "resolution written": events.ResolutionWritten(
        who="Bob", outcome="upheld", cause="other", text="you are right", to="ann@example.com", reply="2"
    ),
    "refused": events.ActRefused(claims="Bob", rule="no_token", reason="no token"),
    "asked": events.InformationRequested(who="Bob", text="which kettle?"),
    "clock set back": events.ClockSetBack(),
    "duties told": events.DutiesTold(text="decide until 7 December"),
    "resolved": events.CaseResolved(who="Bob", outcome="upheld", cause="other"),
    "survey asked": events.SurveyAsked(to="ann@example.com"),
    "survey left out": events.SurveyLeftOut(reason="the customer wants no surveys"),
    "survey: yes": events.SurveyAnswered(
        sender="ann@example.com",
        known_sender=True,
        score=5,
        opinion=Opinion.SATISFIED,
        remarks=False,
        rule="r",
    ),
    "survey: no": events.SurveyAnswered(
        sender="ann@example.com",
        known_sender=True,
        score=1,
        opinion=Opinion.DISSATISFIED,
        remarks=False,
        rule="r",
    ),
    "survey: words": events.SurveyAnswered(
        sender="ann@example.com",
        known_sender=True,
        score=None,
        opinion=Opinion.UNCLEAR,
        remarks=True,
        rule="r",
    ),
    "no more surveys": events.SurveysDeclined(address="ann@example.com", rule="r"),
    "reopened": events.CaseReopened(who="Bob"),
    "closed": events.CaseClosed(who="Bob"),
    "merged": events.CaseMerged(who="Bob", into="C-2222-2222"),
    "took in": events.CaseTookIn(who="Bob", other="C-2222-2222", clocks=()),
    "split off": events.MailSplitOff(who="Bob", to="C-2222-2222"),
    "linked": events.CaseLinked(who="Bob", to="C-2222-2222"),
    "spam": events.CaseMarkedSpam(who="Bob"),
}


def case(status: Status) -> Case:
    """The sample complaint in a given status; decided ones were decided a day after receipt."""
    new = open_case(RECEIVED, POLICY, ZONE, MONDAY_9AM).case
    decided_at = MONDAY_9AM + timedelta(days=1) if status in (Status.RESOLVED, Status.CLOSED) else None
    closed_at = MONDAY_9AM + timedelta(days=2) if status is Status.CLOSED else None
    outcome = "upheld" if decided_at else None
    stands = replace(new, status=status, resolved_at=decided_at, closed_at=closed_at, outcome=outcome)
    if decided_at is None:
        return stands
    return duties.letter_left(stands, "resolution", None, POLICY, ZONE, decided_at)
