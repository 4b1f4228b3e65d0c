"""What a case owes, by when, and when its agents are told: as the policy says, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproc.cases import events
from mailproc.cases.case import Case, Clock, Kind, Opinion, Proposal, Status
from mailproc.cases.clocks import read_clocks
from mailproc.cases.lifecycle import READY_MADE, decide
from mailproc.cases.opening import open_case
from mailproc.cases.policy import Policy
from mailproc.errors import NotAllowed
from mailproc.outbound.kinds import LETTERS
from tests.cases.presets import IDS, policy, preset, variants
from tests.cases.samples import EVERY_EVENT, MONDAY_9AM, NOW, POLICY, RECEIVED, ZONE, case

DAY = timedelta(days=1)
ANN = "ann@example.com"
CUSTOMER_WROTE = events.CustomerWrote(sender=ANN, known_sender=True, rule="r")
DISAGREES = replace(CUSTOMER_WROTE, opinion=Opinion.DISSATISFIED, words="I do not accept it")
TOLD = events.DutiesTold(text="told")


class Story:
    """One case under one policy, told from the beginning."""

    def __init__(self, rules: Policy, received_at: datetime = MONDAY_9AM, **received: Any) -> None:
        self.rules, self.now = rules, received_at
        self.sent = 0
        event = replace(RECEIVED, received_at=received_at, **received)
        opened = open_case(event, rules, ZONE, received_at).case
        self.case = replace(opened, category="delivery")  # some regimes ask for it before a decision

    def happens(self, event: events.Event, after: timedelta = timedelta(hours=1)) -> Case:
        self.now += after
        decision = decide(self.case, event, self.rules, ZONE, self.now)
        self.case, self.history = decision.case, decision.history
        return self.case

    def sends(self, letter: str, after: timedelta = timedelta(hours=1)) -> int:
        """The mail server accepts a letter; return the number it had in the outbox."""
        self.sent += 1
        self.happens(
            events.LetterAccepted(letter=letter, recipient=ANN, reply="250 ok", number=self.sent), after
        )
        return self.sent

    def comes_back(self, letter: str, number: int | None = None) -> Case:
        return self.happens(
            events.MailBounced(
                letter=letter, recipient=ANN, permanent=True, diagnostic="5.1.1", rule="r", number=number
            )
        )

    def resolves(self, who: str = "Bob", after: timedelta = timedelta(hours=1)) -> int:
        written = events.ResolutionWritten(
            who=who, outcome="upheld", cause="other", remedy="refund", text="sorry", to=ANN, reply="1"
        )
        self.happens(written, after)
        return self.sends("resolution")

    def extends(self, until: datetime) -> Case:
        return self.happens(events.DecisionExtended(who="Bob", until=until, text="a part", to=ANN, reply="2"))

    def clock(self, id: str) -> Clock:
        return {clock.id: clock for clock in self.case.clocks}[id]

    @property
    def owed(self) -> list[str]:
        return [clock.id for clock in self.case.clocks if clock.is_owed]


def day(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(ZONE):%Y-%m-%d}"


# What meets a duty, and what opens it again.


def test_a_ready_made_letter_is_an_answer_in_every_respect():
    assert {name for name, kind in LETTERS.items() if kind.offered} == set(READY_MADE)
    for letter in ("reply", *READY_MADE):
        story = Story(preset("ie-cpc"))
        first = story.clock("update").due_at
        number = story.sends(letter, 2 * DAY)
        assert story.owed == ["update", "decide"], letter
        assert story.clock("update").due_at > first
        story.comes_back(letter, number)
        assert story.owed == ["ack", "update", "decide"]
        assert story.clock("update").due_at == first


def test_an_answer_that_comes_back_takes_no_other_letter_with_it():
    """Two answers left and the first one comes back: the second one still was an answer."""
    story = Story(preset("ie-cpc"))
    first = story.sends("reply", DAY)
    story.sends("reply", DAY)
    due = story.clock("update").due_at
    story.comes_back("reply", first)
    assert story.clock("update").due_at == due
    story.sends("acknowledgement")
    assert "ack" not in story.owed


def test_a_letter_that_was_refused_had_met_nothing():
    story = Story(preset("ie-cpc"))
    story.sends("reply")
    before = story.case.clocks
    story.happens(events.LetterFailed(letter="reply", recipient=ANN, reply="550 no", number=99))
    assert story.case.clocks == before


def test_an_acknowledgement_of_a_machine_whose_clock_is_ahead_counts():
    """The mail server's clock says that the complaint came a minute after it was answered."""
    story = Story(POLICY)
    story.now -= timedelta(minutes=1, hours=1)
    story.sends("acknowledgement")
    assert story.owed == ["decide"]


def test_a_reply_to_the_customer_answer_counts_for_rules_that_count_from_it():
    hardship = preset("au-asic", "hardship")
    story = Story(hardship)
    before = story.clock("decide").due_at
    asked = events.InformationRequested(who="Bob", text="which?")
    story.happens(asked)
    story.happens(CUSTOMER_WROTE, 5 * DAY)
    assert story.clock("decide").due_at == before  # nobody had asked the customer in a letter
    story.sends("information_request")
    story.happens(asked)
    story.happens(CUSTOMER_WROTE, 5 * DAY)
    assert story.clock("decide").due_at > before + 5 * DAY


# Updates until the decision, and what is owed after it.


def test_updates_are_owed_again_and_again_until_the_decision_and_anew_after_a_no():
    story = Story(preset("ie-cpc"))
    seen = [story.clock("update").due_at]
    for _ in range(3):
        story.sends("reply", 10 * DAY)
        seen.append(story.clock("update").due_at)
    assert seen == sorted(set(seen))
    story.resolves()
    assert story.owed == []
    story.happens(CUSTOMER_WROTE, 50 * DAY)
    assert story.owed == ["update", "decide"]
    assert story.clock("update").due_at > story.now


def test_a_follow_up_is_told_of_although_the_case_is_resolved_until_the_survey_has_left():
    story = Story(preset("iso-10002"))
    story.resolves()
    due = story.clock("followup").due_at
    assert story.case.status is Status.RESOLVED
    assert story.case.points_to_tell(due)[-1].clock == "followup"
    assert [point.overdue for point in story.case.points_to_tell(due + timedelta(seconds=1))] == [True]
    story.sends("survey")
    assert story.case.next_warning_at is None


def test_a_decision_that_the_customer_knows_without_a_letter_meets_what_one_would():
    story = Story(preset("iso-10002"))
    story.happens(events.CaseResolved(who="Bob", outcome="upheld", cause="other", remedy="refund"), 2 * DAY)
    assert story.owed == ["followup"]
    story.happens(events.CaseReopened(who="Bob"), DAY)
    assert "decide" in story.owed and "ack" not in story.owed


def test_how_it_went_is_owed_after_the_decision_that_stands():
    story = Story(preset("iso-10002"))
    story.resolves()
    story.happens(CUSTOMER_WROTE, DAY)
    assert "followup" not in story.owed
    story.now += 20 * DAY
    story.resolves()
    assert story.clock("followup").due_at > story.now


# When the agents are told.


def told(found: Any) -> list[tuple[str, bool]]:
    return [(duty.id, duty.overdue) for duty in found]


def test_each_point_of_the_policy_is_told_of_once_and_once_when_it_has_passed():
    story = Story(POLICY)
    expected = [
        (MONDAY_9AM + timedelta(hours=12), "ack", False, False),
        (MONDAY_9AM + timedelta(hours=20), "ack", True, False),
        (MONDAY_9AM + timedelta(hours=24, seconds=1), "ack", False, True),
        (datetime.fromisoformat("2026-12-05T09:00+01:00"), "decide", False, False),
        (datetime.fromisoformat("2026-12-07T19:59:59+01:00"), "decide", True, False),
        (datetime.fromisoformat("2026-12-08T00:00:00+01:00"), "decide", False, True),
    ]
    for at, clock, last, overdue in expected:
        assert story.case.next_warning_at == at
        assert story.case.points_to_tell(at - timedelta(seconds=1)) == ()
        (point,) = story.case.points_to_tell(at)
        assert (point.clock, point.at, point.last, point.overdue) == (clock, at, last, overdue)
        assert told(story.case.duties_to_tell(at)) == [(clock, overdue)]
        story.case = decide(story.case, TOLD, POLICY, ZONE, at).case
    assert story.case.next_warning_at is None


def test_after_a_long_silence_each_clock_is_told_of_once_with_its_due_time():
    story = Story(POLICY)
    due = {clock.id: clock.due_at for clock in story.case.clocks}
    late = MONDAY_9AM + 30 * DAY
    points = story.case.points_to_tell(late)
    assert [(point.clock, point.due_at, point.overdue) for point in points] == [
        ("ack", due["ack"], True),
        ("decide", due["decide"], True),
    ]
    assert decide(story.case, TOLD, POLICY, ZONE, late).case.next_warning_at is None


def test_a_clock_without_points_of_its_own_is_told_of_at_four_fifths_of_the_way():
    bare = policy(
        "clocks:\n"
        "  ack: {within: 100h, satisfied_by: acknowledgement, house: true}\n"
        "  decide: {within: 14cd, satisfied_by: resolution, house: true, warn: -1h}\n"
    )
    assert Story(bare).case.next_warning_at == MONDAY_9AM + timedelta(hours=80)


def test_nobody_is_told_of_a_mail_that_is_older_than_the_desk():
    story = Story(POLICY, warns=False)
    assert story.case.next_warning_at is None
    assert story.case.next_deadline_at is not None


def test_an_early_window_is_told_of_and_is_never_late():
    story = Story(preset("uk-fca"))
    early = story.clock("early")
    assert early.kind is Kind.WINDOW
    assert early.warn_at[0] in [point.at for point in story.case.points_to_tell(early.warn_at[0])]
    late = story.case.points_to_tell(early.due_at + timedelta(seconds=1))
    assert ("early", True) not in [(point.clock, point.overdue) for point in late]
    assert story.case.next_deadline_at == story.clock("ack").due_at
    story.sends("acknowledgement")
    assert story.case.next_deadline_at == story.clock("decide").due_at


def test_a_case_that_waits_comes_back_when_its_time_has_come():
    until = NOW + timedelta(days=3)
    asked = replace(EVERY_EVENT["asked"], until=until)
    waiting = decide(replace(case(Status.OPEN), warns=False), asked, POLICY, ZONE, NOW).case
    assert waiting.next_warning_at == until
    assert waiting.duties_to_tell(until - timedelta(seconds=1)) == ()
    assert told(waiting.duties_to_tell(until)) == [("wait", False)]
    back = decide(waiting, TOLD, POLICY, ZONE, until).case
    assert (back.status, back.waiting_until, back.next_warning_at) == (Status.OPEN, None, None)
    early = decide(waiting, TOLD, POLICY, ZONE, NOW).case
    assert early.status is Status.WAITING


def test_a_decided_case_has_nothing_to_tell_of():
    story = Story(POLICY)
    story.resolves()
    assert story.case.next_warning_at is None
    assert story.case.duties_to_tell(NOW + 30 * DAY) == ()


# More time.


def test_more_time_counts_once_it_was_told_and_not_when_the_letter_came_back():
    story = Story(POLICY)
    before = story.clock("decide").due_at
    story.extends(before + 5 * DAY)
    assert story.clock("decide").due_at == before
    number = story.sends("extension")
    assert day(story.case.decide_by) == "2026-12-12"
    assert story.clock("decide").satisfied_at is None
    story.comes_back("extension", number)
    assert story.case.decide_by == before
    story.extends(before + 3 * DAY)
    story.sends("extension")
    assert day(story.case.decide_by) == "2026-12-10"


def test_a_day_that_came_back_is_not_read_for_the_one_that_was_named_after_it():
    story = Story(preset("au-asic"))
    story.extends(datetime.fromisoformat("2027-01-31T23:59:59+01:00"))
    story.comes_back("extension", story.sends("extension"))
    story.extends(datetime.fromisoformat("2027-01-10T23:59:59+01:00"))
    story.sends("extension")
    rules = story.rules
    readings = read_clocks(
        rules.stages_for(MONDAY_9AM, ZONE), MONDAY_9AM, story.case.happened, rules.ground(ZONE)
    )
    (extended,) = [reading for reading in readings if reading.id == "extended"]
    assert extended.due_at < datetime.fromisoformat("2027-01-12T00:00+00:00")


def test_more_time_of_which_the_customer_heard_too_late_gives_none():
    story = Story(POLICY)
    due = story.clock("decide").due_at
    story.now = due - timedelta(hours=1, minutes=1)
    story.extends(due + 5 * DAY)
    story.sends("extension")
    assert story.case.decide_by == due


def test_the_day_that_was_named_does_not_end_later_than_in_the_letter():
    """The desk is in Budapest, the calendar's days are those of Sydney."""
    story = Story(preset("au-asic"))
    until = datetime.fromisoformat("2026-12-31T23:59:59+01:00")
    story.extends(until)
    story.sends("extension")
    assert story.case.decide_by == until


@pytest.mark.parametrize(
    ("rules", "until", "says"),
    [
        (("hu-mnb", None), "2027-03-01", "give no more time"),
        (("eu-psd2", None), "2027-03-01", r"can take until 2027-01-1\d \(eu-psd2: at most 35bd\)"),
        (("uk-housing", None), "2027-03-01", r"\(uk-housing: \+10bd\)"),
        (("generic-24h", None), "2026-12-01", "is due by 2026-12-07"),
    ],
)
def test_more_time_is_given_by_the_policys_rule(rules: tuple[str, str | None], until: str, says: str):
    story = Story(preset(*rules))
    with pytest.raises(NotAllowed, match=says):
        story.extends(datetime.fromisoformat(f"{until}T12:00+01:00"))


def test_more_time_is_given_once_and_before_the_first_limit_has_passed():
    story = Story(POLICY)
    story.extends(story.case.decide_by + 5 * DAY)
    with pytest.raises(NotAllowed, match="waits to leave"):
        story.extends(story.case.decide_by + 5 * DAY)
    story.sends("extension")
    with pytest.raises(NotAllowed, match="give it once"):
        story.extends(story.case.decide_by + 5 * DAY)
    late = Story(POLICY)
    late.now += 20 * DAY
    with pytest.raises(NotAllowed, match="was due by 2026-12-07"):
        late.extends(late.now + 5 * DAY)


# Stages.

HOUSING = preset("uk-housing")


def test_a_customer_who_disagrees_is_at_the_next_stage_which_somebody_else_decides():
    story = Story(HOUSING)
    story.sends("acknowledgement")
    story.resolves("Bob", 3 * DAY)
    story.happens(DISAGREES, DAY)
    assert (story.case.status, story.case.stage, story.case.barred, story.case.owner) == (
        Status.OPEN,
        2,
        "Bob",
        None,
    )
    assert story.owed == ["s2.ack", "s2.decide"]
    assert story.history[0].what == "wrote again, stage 2 begins (Stage 2)"
    assert "not to be decided by Bob" in story.history[0].text

    written = events.ResolutionWritten(who="Bob", outcome="upheld", text="no", to=ANN, reply="3")
    with pytest.raises(NotAllowed, match="Bob decided"):
        story.happens(written)
    with pytest.raises(NotAllowed, match="Bob decided"):
        story.happens(events.CaseAssigned(who="Bob", to="Bob"))
    story.happens(events.AgentReplied(who="Bob", text="hello", to=ANN, reply="4"))
    assert story.case.owner is None
    story.sends("reply")
    assert story.owed == ["s2.decide"]
    story.resolves("Lea", DAY)
    assert (story.owed, story.case.status) == ([], Status.RESOLVED)


def test_after_the_last_stage_a_case_is_reopened_and_says_what_remains():
    story = Story(HOUSING)
    story.resolves("Bob")
    story.happens(DISAGREES)
    story.resolves("Lea")
    due = story.clock("s2.decide").due_at
    story.happens(DISAGREES, DAY)
    assert (story.case.status, story.case.stage) == (Status.OPEN, 2)
    assert story.owed == ["s2.decide"]
    assert story.case.next_deadline_at == due
    assert "Housing Ombudsman" in story.history[0].text
    with pytest.raises(NotAllowed, match=r"no further stage.*Housing Ombudsman"):
        story.happens(events.StageBegun(who="Lea"))


def test_a_dissatisfied_answer_to_the_survey_begins_the_next_stage_too():
    story = Story(HOUSING)
    story.resolves()
    no = EVERY_EVENT["survey: no"]
    assert isinstance(no, events.SurveyAnswered)
    assert no.opinion is Opinion.DISSATISFIED
    story.happens(no)
    assert (story.case.stage, story.history[0].what) == (2, "answered the survey, stage 2 begins (Stage 2)")


def test_an_agent_begins_the_next_stage_before_the_first_was_decided_and_it_takes_over_what_is_owed():
    story = Story(HOUSING)
    story.happens(events.StageBegun(who="Bob", text="She rang and wants it looked at again."))
    assert (story.case.stage, story.case.barred, story.case.status) == (2, None, Status.OPEN)
    assert story.owed == ["s2.ack", "s2.decide"]
    assert "She rang" in story.history[0].text


def test_a_case_that_an_agent_reopens_stays_at_its_stage_by_its_old_time():
    story = Story(HOUSING)
    due = story.case.decide_by
    story.resolves()
    story.happens(events.CaseReopened(who="Bob"))
    assert (story.case.stage, story.owed) == (1, ["s1.decide"])
    assert story.case.decide_by is not None
    assert due is not None


def test_a_second_stage_has_more_time_of_its_own():
    story = Story(HOUSING)
    story.extends(story.case.decide_by + 3 * DAY)
    story.sends("extension")
    story.resolves()
    story.happens(DISAGREES)
    first = story.case.decide_by
    story.extends(first + 3 * DAY)
    story.sends("extension")
    assert day(story.case.decide_by) == day(first + 3 * DAY)


# Ratings.


def test_a_grave_case_is_due_earlier_and_the_history_says_so():
    story = Story(POLICY)
    promised = story.case.decide_by
    story.happens(events.CaseRated(who="Bob", urgency="high", impact="high"))
    assert day(story.case.decide_by) == "2026-11-26"
    assert story.case.promised_by == promised
    assert story.history[0].text.endswith("to be decided by 2026-11-26 23:59, not 2026-12-07 23:59")
    assert all(at < story.case.decide_by for at in story.clock("decide").warn_at)
    story.happens(events.CaseRated(who="Bob", urgency="low", impact="low"))
    assert story.case.decide_by == promised


def test_more_time_that_was_given_goes_before_the_rating():
    story = Story(POLICY)
    story.happens(events.CaseRated(who="Bob", urgency="high", impact="high"))
    story.extends(story.case.promised_by + 5 * DAY)
    story.sends("extension")
    assert day(story.case.decide_by) == "2026-12-12"


def test_a_rating_moves_the_first_stage_alone():
    rules = HOUSING.model_copy(update={"targets": POLICY.targets})
    story = Story(rules)
    story.resolves()
    story.happens(DISAGREES)
    due = story.case.decide_by
    story.happens(events.CaseRated(who="Lea", urgency="high", impact="high"))
    assert story.case.decide_by == due


# What a decision needs.

NEEDS = {
    "uk-fca": {"cause", "remedy", "category"},
    "uk-nhs": {"cause", "remedy"},
    "generic-24h": {"cause"},
}


@pytest.mark.parametrize("id", NEEDS)
@pytest.mark.parametrize("lacks", ["cause", "remedy", "category"])
def test_a_complaint_is_not_decided_before_all_is_known_that_its_rules_ask_for(id: str, lacks: str):
    story = Story(preset(id))
    if lacks == "category":
        story.case = replace(story.case, category=None)
    known = {"cause": "other", "remedy": "refund"}
    known.pop(lacks, None)
    words = {"text": "no", "to": ANN, "reply": "1", "outcome": "not_upheld", "who": "Bob"}
    decisions: list[events.Event] = [
        events.ResolutionWritten(**words, **known),
        events.ResolutionProposed(proposal=Proposal(**words, **known), asked=("Vera",)),
        events.CaseResolved(who="Bob", outcome="not_upheld", **known),
    ]
    for event in decisions:
        if lacks in NEEDS[id]:
            with pytest.raises(NotAllowed, match=rf"{id} asks for the {lacks} of every complaint"):
                story.happens(event)
        else:
            decide(story.case, event, story.rules, ZONE, story.now)


# Cases that go on in another.


def taken_in(clocks: tuple[Clock, ...]) -> events.CaseTookIn:
    return events.CaseTookIn(who="Bob", other="C-2222-2222", clocks=clocks)


def test_a_case_that_takes_in_another_owes_nothing_later_than_the_other_did():
    story, soon = Story(POLICY), MONDAY_9AM + timedelta(hours=3)
    story.sends("acknowledgement")
    (ack, decide_by) = story.case.clocks
    theirs = (
        replace(ack, due_at=soon, satisfied_at=None),
        replace(decide_by, due_at=soon),
        Clock(id="update", due_at=soon),
    )
    story.happens(taken_in(theirs))
    assert {clock.id: clock.due_at for clock in story.case.clocks if clock.is_owed} == {
        "decide": soon,
        "update": soon,
    }
    assert story.clock("ack").satisfied_at == ack.satisfied_at
    story.sends("reply")
    assert story.owed == ["decide"]
    story.resolves()
    assert story.owed == []
    story.happens(CUSTOMER_WROTE)
    assert story.case.decide_by == soon


def test_more_time_that_did_not_reach_the_customer_gives_a_merged_complaint_none_either():
    """The extension falls back to the old day; the day of what was taken in is earlier still."""
    story = Story(POLICY)
    story.extends(story.case.decide_by + 5 * DAY)
    number = story.sends("extension")
    soon = MONDAY_9AM + 5 * DAY
    story.happens(taken_in((Clock(id="decide", due_at=soon),)))
    assert story.case.decide_by == soon
    story.comes_back("extension", number)
    assert story.case.decide_by == soon


def test_more_time_that_is_given_after_a_merger_is_for_both():
    story = Story(POLICY)
    story.happens(taken_in((Clock(id="decide", due_at=MONDAY_9AM + 5 * DAY),)))
    story.extends(MONDAY_9AM + 30 * DAY)
    story.sends("extension")
    assert story.case.decide_by == MONDAY_9AM + 30 * DAY


def test_a_case_that_takes_in_a_later_one_keeps_its_own_due_times():
    mine = case(Status.OPEN)
    later = tuple(replace(clock, due_at=clock.due_at + 9 * DAY) for clock in mine.clocks)
    met = tuple(replace(clock, due_at=MONDAY_9AM, satisfied_at=NOW) for clock in mine.clocks)
    for theirs in (later, met):
        assert decide(mine, taken_in(theirs), POLICY, ZONE, NOW).case.clocks == mine.clocks


# Whatever happens.

LETTERS_OUT = (
    "acknowledgement",
    "reply",
    "holding",
    "information_request",
    "extension",
    "resolution",
    "survey",
)


@st.composite
def happenings(draw: st.DrawFn) -> list[events.Event]:
    numbers = st.one_of(st.none(), st.integers(1, 6))
    letters = st.sampled_from(LETTERS_OUT)
    accepted = st.builds(
        lambda letter, number: events.LetterAccepted(
            letter=letter, recipient=ANN, reply="250", number=number
        ),
        letters,
        numbers,
    )
    bounced = st.builds(
        lambda letter, number: events.MailBounced(
            letter=letter, recipient=ANN, permanent=True, diagnostic="5", rule="r", number=number
        ),
        letters,
        numbers,
    )
    others = st.sampled_from([event for name, event in EVERY_EVENT.items() if name != "complaint"])
    return draw(st.lists(st.one_of(accepted, bounced, others), max_size=12))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(variants()), happenings(), st.integers(0, 700), st.integers(1, 400))
def test_an_undecided_case_always_has_a_due_time(
    which: tuple[str, str | None], told: list[events.Event], received: int, step: int
):
    """Under each of the regimes, after anything that may happen, in any order; and it is always told of."""
    rules = preset(*which)
    story = Story(rules, MONDAY_9AM + received * DAY)
    for event in told:
        try:
            story.happens(event, timedelta(hours=step))
        except NotAllowed:
            continue
        if story.case.status in (Status.NEW, Status.OPEN, Status.WAITING):
            assert story.case.next_deadline_at is not None
            assert story.case.decision is not None
            assert story.case.decision.is_owed
        ids = [clock.id for clock in story.case.clocks]
        assert len(set(ids)) == len(ids)
        for clock in story.case.clocks:
            assert list(clock.warn_at) == sorted(at for at in clock.warn_at if at < clock.due_at)


def test_every_regime_is_among_them():
    assert {id for id, _ in variants()} == set(IDS)
    assert len(IDS) == 14
