"""When a case goes up, to whom, and what counts once: the rules, without mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailproc.cases import escalations
from mailproc.cases.case import EscalationKind, Opinion, Status
from mailproc.cases.escalation_rules import EscalationRules, Target, Trigger
from mailproc.cases.escalations import Asked, Cause, Rung
from mailproc.cases.events import (
    AgentReplied,
    CaseAssigned,
    CaseEscalated,
    CustomerWrote,
    EscalationPassedOn,
    SurveyAnswered,
)
from mailproc.cases.happenings import Happened, Happening
from mailproc.cases.intake import Signal
from mailproc.cases.lifecycle import decide
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed
from tests.cases.samples import ESCALATION, NOW, POLICY, ZONE, case

RULES = EscalationRules()


def rung(tier: str, target: Target, *people: str, away: tuple[str, ...] = ()) -> Rung:
    return Rung(tier=tier, target=target, people=people, there=tuple(p for p in people if p not in away))


OWNER = rung("front", Target.OWNER, "Bob")
TEAM = rung("specialist", Target.TEAM, "Carl", "Dora")
LEAD = rung("review", Target.LEAD, "Lea")
TOP = rung("supervisor", Target.SUPERVISORS, "Vera", "Max")
LADDER = (OWNER, TEAM, LEAD, TOP)


@pytest.mark.parametrize(
    ("tier", "besides", "rungs", "asked"),
    [
        (None, (), LADDER, Asked(tier="specialist", to=("Carl", "Dora"))),
        ("front", (), LADDER, Asked(tier="specialist", to=("Carl", "Dora"))),
        ("specialist", (), LADDER, Asked(tier="review", to=("Lea",))),
        ("review", (), LADDER, Asked(tier="supervisor", to=("Vera", "Max"))),
        # A tier without anybody is passed over.
        (None, (), (OWNER, rung("specialist", Target.TEAM), LEAD, TOP), Asked(tier="review", to=("Lea",))),
        # Nobody is asked twice in vain.
        (None, ("Carl", "Dora"), LADDER, Asked(tier="review", to=("Lea",))),
        (None, ("Carl",), LADDER, Asked(tier="specialist", to=("Dora",))),
        # Who is away is passed over.
        (
            "specialist",
            (),
            (OWNER, TEAM, rung("review", Target.LEAD, "Lea", away=("Lea",)), TOP),
            Asked(tier="supervisor", to=("Vera", "Max")),
        ),
        # Above the last tier whoever stands above and was not asked yet is, once.
        ("supervisor", ("Vera", "Max"), LADDER, Asked(tier="supervisor", to=("Lea",))),
        ("supervisor", ("Lea", "Vera", "Max"), LADDER, None),
        # When everybody above is away, they are asked all the same.
        (
            None,
            (),
            (OWNER, rung("review", Target.LEAD, "Lea", away=("Lea",))),
            Asked(tier="review", to=("Lea",)),
        ),
        (None, (), (OWNER,), None),
        (None, (), (OWNER, rung("specialist", Target.TEAM)), None),
        # Of another policy: a tier that this one does not know is the first.
        ("gone", (), LADDER, Asked(tier="specialist", to=("Carl", "Dora"))),
    ],
)
def test_who_is_asked_next(tier, besides, rungs, asked):
    stands = replace(case(Status.OPEN), tier=tier, owner="Bob")
    assert escalations.next_asked(stands, rungs, besides=besides) == asked


@pytest.mark.parametrize(
    ("owner", "asker", "to"),
    [
        ("Lea", None, ("Vera", "Max")),  # a lead's case does not go to her team
        ("Bob", "Lea", ("Vera", "Max")),
        ("Carl", None, ("Dora",)),
        ("Vera", None, None),  # above her is nobody
    ],
)
def test_up_is_above_whoever_has_the_case(owner, asker, to):
    stands = replace(case(Status.OPEN), owner=owner)
    asked = escalations.next_asked(stands, LADDER, standing=(asker,) if asker else ())
    assert (asked.to if asked else None) == to


@pytest.mark.parametrize(
    ("clock", "last", "overdue", "mark"),
    [
        ("decide", True, False, "warning:decide"),
        ("decide", False, False, None),
        ("decide", False, True, "breach:decide"),
        ("s2.decide", False, True, "breach:s2.decide"),
        ("ack", True, False, "warning:ack"),
        ("update", False, True, "breach:update"),
        ("followup", False, True, None),
        ("wait", True, False, None),
    ],
)
def test_which_duties_hand_a_case_up(clock, last, overdue, mark):
    cause = escalations.cause_of_duty(clock, last=last, overdue=overdue)
    assert (cause.mark if cause else None) == mark
    assert cause is None or escalations.cause_of_mark(cause.mark) == cause


def causes(*triggers: Trigger) -> list[Cause]:
    return [Cause(trigger=trigger) for trigger in triggers]


def test_a_grave_case_goes_to_its_tier_at_once():
    stands = replace(case(Status.OPEN), owner="Bob")
    assert escalations.next_asked(stands, LADDER, at_least="review") == Asked(tier="review", to=("Lea",))
    beyond = replace(stands, tier="review")
    assert escalations.next_asked(beyond, LADDER, at_least="review") == Asked(
        tier="supervisor", to=("Vera", "Max")
    )


@pytest.mark.parametrize(
    ("reached", "wanted", "goes_up"),
    [
        (None, "lead", True),
        ("front", "lead", True),
        ("lead", "lead", False),
        ("above", "lead", False),
        (None, "front", False),
        (None, None, False),
        (None, "unheard of", False),
    ],
)
def test_a_rating_hands_a_case_up_that_has_not_reached_its_tier(reached, wanted, goes_up):
    stands = replace(case(Status.OPEN), tier=reached)
    causes = escalations.causes_of_rating(stands, wanted, ["front", "lead", "above"])
    assert [cause.mark for cause in causes] == (["rating"] if goes_up else [])


def test_each_cause_counts_once_and_the_weightiest_comes_first():
    stands = case(Status.OPEN)
    found = escalations.new_causes(stands, causes(Trigger.HAND_OFFS, Trigger.LEGAL, Trigger.LEGAL), RULES)
    assert [each.trigger for each in found] == [Trigger.LEGAL, Trigger.HAND_OFFS]
    marked = escalations.marked(stands, escalations.marks_of(stands, found))
    assert escalations.new_causes(marked, causes(Trigger.LEGAL, Trigger.HAND_OFFS), RULES) == ()


def test_of_a_late_duty_nobody_hears_that_it_comes_near():
    late = [Cause(trigger=trigger, clock="decide") for trigger in (Trigger.WARNING, Trigger.BREACH)]
    (found,) = escalations.new_causes(case(Status.OPEN), late, RULES)
    assert found.trigger is Trigger.BREACH


def test_another_stage_is_another_occasion():
    first = case(Status.OPEN)
    marked = escalations.marked(first, escalations.marks_of(first, causes(Trigger.LEGAL)))
    second = replace(marked, happened=(*marked.happened, Happened(what=Happening.ESCALATED, at=NOW)))
    assert escalations.new_causes(second, causes(Trigger.LEGAL), RULES)
    (mark,) = escalations.marks_of(second, causes(Trigger.LEGAL))
    assert escalations.cause_of_mark(mark) == Cause(trigger=Trigger.LEGAL)


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_what_is_decided_goes_nowhere(status):
    assert escalations.new_causes(case(status), causes(Trigger.LEGAL), RULES) == ()


def test_the_policy_says_what_hands_a_case_up():
    rules = EscalationRules(triggers="breach")
    assert escalations.new_causes(case(Status.OPEN), causes(Trigger.LEGAL), rules) == ()


def wrote(known: bool = True) -> CustomerWrote:
    return CustomerWrote(sender="ann@example.com", known_sender=known, rule="r")


def after(stands, *events, hours: int = 2):
    now = NOW
    for event in events:
        now += timedelta(hours=hours)
        stands = decide(stands, event, POLICY, ZONE, now).case
    return stands


REPLIED = AgentReplied(who="Bob", text="yes", to="ann@example.com", reply="1")


@pytest.mark.parametrize(
    ("events", "hours", "fires"),
    [
        ((wrote(), wrote()), 2, True),
        ((wrote(),), 2, False),
        ((wrote(), wrote()), 0, False),  # what follows at once belongs together
        ((wrote(), wrote()), 0.4, False),
        ((wrote(), wrote()), 1, True),  # an hour later it is another one
        ((wrote(), REPLIED, wrote()), 2, False),
        ((wrote(), wrote(known=False)), 2, False),  # a stranger is no contact of the customer
    ],
)
def test_so_many_mails_without_an_answer(events, hours, fires):
    stands = after(replace(case(Status.OPEN), unanswered=(NOW,)), *events, hours=hours)
    found = escalations.causes_of_mail(case(Status.OPEN), stands, events[-1], RULES)
    assert (Cause(trigger=Trigger.CONTACTS) in found) is fires


def test_who_disagrees_with_the_decision_is_heard_above():
    resolved = replace(case(Status.RESOLVED), resolved_at=NOW)
    reopened = after(resolved, wrote())
    found = escalations.causes_of_mail(resolved, reopened, wrote(), RULES)
    assert Cause(trigger=Trigger.FIRST_FIX_FAILED) in found


def test_a_bad_answer_to_the_survey_is_heard_above():
    answer = SurveyAnswered(
        sender="a@b.c", known_sender=True, score=1, opinion=Opinion.DISSATISFIED, remarks=False, rule="r"
    )
    found = escalations.causes_of_mail(case(Status.OPEN), case(Status.OPEN), answer, RULES)
    assert [each.trigger for each in found] == [Trigger.DISSATISFIED]


def test_words_that_hand_a_case_up():
    found = escalations.causes_of_words([Signal.LEGAL, Signal.HIGHER, Signal.SAFETY, Signal.HOT])
    assert {each.trigger for each in found} == {Trigger.LEGAL, Trigger.ASKS_HIGHER, Trigger.SAFETY}


def assigned(to: str | None, who: str = "Bob") -> CaseAssigned:
    return CaseAssigned(who=who, to=to)


@pytest.mark.parametrize(
    ("hands", "count"),
    [
        (("Bob", "Carl", "Bob"), 2),
        (("Bob", "Bob"), 0),
        (("Bob", None, "Carl"), 0),  # what nobody had was handed over by nobody
    ],
)
def test_changes_of_owner_are_counted(hands, count):
    assert after(case(Status.OPEN), *(assigned(to) for to in hands)).hand_offs == count


def test_more_hand_offs_than_allowed_hand_the_case_up():
    assert not escalations.causes_of_hand_offs(replace(case(Status.OPEN), hand_offs=3), RULES)
    assert escalations.causes_of_hand_offs(replace(case(Status.OPEN), hand_offs=4), RULES)


def test_who_was_asked_and_takes_the_case_is_no_hand_off():
    stands = replace(case(Status.OPEN), owner="Bob", escalation=ESCALATION)
    taken = after(stands, assigned("Lea", who="Lea"))
    assert (taken.hand_offs, taken.escalation, taken.owner) == (0, None, "Lea")


def up(**changes) -> CaseEscalated:
    values = {
        "who": "desk",
        "to": ("Lea",),
        "text": "late",
        "kind": EscalationKind.AUTOMATIC,
        "answer_by": NOW + timedelta(hours=4),
        "tier": "review",
        "rules": ("breach:decide",),
    }
    return CaseEscalated(**(values | changes))


def test_one_is_open_at_a_time():
    once = after(case(Status.OPEN), up())
    assert (once.tier, once.escalated_to, once.escalated_for) == ("review", "Lea", ("breach:decide",))
    with pytest.raises(NotAllowed, match="escalated already: Lea was asked"):
        after(once, up())


def test_a_rule_leaves_a_case_that_waits_waiting_and_an_agent_does_not():
    assert after(case(Status.WAITING), up()).status is Status.WAITING
    assert after(case(Status.WAITING), up(kind=EscalationKind.FUNCTIONAL)).status is Status.OPEN


def test_whose_silence_passes_it_on_is_not_asked_again():
    passed = EscalationPassedOn(
        how="unanswered", to=("Vera",), text="", tier="supervisor", answer_by=NOW + timedelta(hours=9)
    )
    stands = after(case(Status.OPEN), up(), passed)
    assert stands.escalation.to == ("Vera",)
    assert stands.escalation.asked_before == ("Lea",)
    assert stands.escalation.rules == ("breach:decide",)
    assert stands.tier == "supervisor"
    last = after(stands, replace(passed, to=(), answer_by=None))
    assert last.escalation.to == ("Vera",)  # still asked, and nobody after her
    assert last.escalation.answer_by is None


def test_the_answer_that_is_waited_for_wakes_the_case():
    stands = replace(case(Status.OPEN), clocks=(), happened=())
    assert stands.next_warning_at is None
    asked = replace(stands, escalation=ESCALATION)
    assert asked.next_warning_at == ESCALATION.answer_by + timedelta(seconds=1)
    assert replace(asked, escalation=replace(ESCALATION, answer_by=None)).next_warning_at is None


@pytest.mark.parametrize("span", ["4h", "1cd", "2w"])
def test_the_time_to_answer_is_counted(span):
    rules = EscalationRules(answer_within=span)
    assert escalations.answer_by(rules, NOW, POLICY.ground(ZONE)) > NOW


def test_business_hours_need_a_calendar():
    values = POLICY.model_dump(mode="json", exclude_defaults=True) | {"escalation": {"answer_within": "4bh"}}
    with pytest.raises(ValueError, match=r"escalation\.answer_within"):
        Policy.model_validate(values)
