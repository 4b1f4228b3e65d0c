"""What people report, and which duties begin, move, stand still or are met by it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from mailproc.cases import events, policy_check
from mailproc.cases.case import Case, EscalationKind, Status
from mailproc.cases.escalation_rules import Trigger
from mailproc.cases.escalations import cause_of_duty, new_causes
from mailproc.cases.happenings import SAID_BY_PEOPLE, Happening
from mailproc.cases.reported import known
from mailproc.cases.words import HAPPENINGS, what_again
from mailproc.errors import NotAllowed
from mailproc.inbound.command_names import HAPPENINGS as SPELLINGS
from mailproc.sentences import Sentence
from mailproc.store import clockwork
from tests.cases.presets import policy, preset, variants
from tests.cases.samples import MONDAY_9AM, ZONE
from tests.cases.test_duties import CUSTOMER_WROTE, DAY, TOLD, Story, day

REMEDY = """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  decide: {within: 14cd, satisfied_by: resolution, reopened_by: [bounced, reopened], house: true}
  outcome: {within: 10cd, counts_from: decided, satisfied_by: implemented, house: true, warn: -2cd}
"""
WAITS = """
clocks:
  ack: {within: 24h, satisfied_by: acknowledgement, house: true}
  decide: {within: 14cd, satisfied_by: resolution, house: true, warn: -2cd, pause: [customer, court]}
"""
KNOWN = {
    "generic-24h": ("implemented",),
    "iso-10002": ("implemented",),
    "uk-ofcom": ("deadlocked",),
    "ie-cpc": ("investigated",),
    "us-cfpb": ("regulator_sent",),
    "au-asic/hardship": ("information_received",),
    "au-asic/death_benefit": ("objections_ended",),
    "au-asic/trustee": ("paused", "resumed"),
}


def reports(story: Story, what: str, on: str | None = None, **more: str) -> Case:
    """Bob says that it has happened, on a day or an hour after what was before."""
    said = events.HappeningReported(
        who="Bob", what=Happening(what), on=date.fromisoformat(on) if on else None, **more
    )
    return story.happens(said)


def takes_back(story: Story, what: str) -> Case:
    return story.happens(events.ReportTakenBack(who="Bob", what=Happening(what)))


def refused(story: Story, event: events.Event) -> str:
    before = story.case
    with pytest.raises(NotAllowed) as caught:
        story.happens(event, timedelta(0))
    assert story.case == before
    return caught.value.said


# What counts under which rules


@pytest.mark.parametrize(("id", "variant"), variants(), ids=str)
def test_of_every_preset_it_is_known_what_people_can_report(id: str, variant: str | None):
    rules = preset(id, variant)
    name = id if variant is None else f"{id}/{variant}"
    assert known(Story(rules).case, rules, ZONE) == KNOWN.get(name, ())


def test_what_the_rules_do_not_know_is_refused_with_what_they_know():
    said = refused(Story(preset("ie-cpc")), events.HappeningReported(who="Bob", what=Happening.IMPLEMENTED))
    assert "(ie-cpc)" in said and said.endswith("they know: investigated")
    said = refused(Story(preset("hu-mnb")), events.HappeningReported(who="Bob", what=Happening.IMPLEMENTED))
    assert "nothing counts that people could report" in said


def test_what_people_report_has_words_and_spellings():
    assert set(HAPPENINGS) == set(SPELLINGS) == set(SAID_BY_PEOPLE)
    for words in HAPPENINGS.values():
        for what in (f"reported: {words}", f"took back: {words}"):
            assert isinstance(what_again(what), Sentence)


# A duty begins, moves, and is met


def test_an_outcome_is_owed_from_the_end_of_an_investigation_and_told_of():
    story = Story(preset("ie-cpc"))
    story.sends("acknowledgement")
    reports(story, "investigated", text="report of the workshop")
    outcome = story.clock("outcome")
    assert (day(outcome.due_at), story.owed) == ("2026-12-01", ["update", "decide", "outcome"])
    assert story.case.status is Status.OPEN
    (entry,) = story.history
    assert (entry.who, entry.what) == ("Bob", "reported: the investigation has ended")
    assert entry.text.splitlines() == [
        "on 2026-11-23",
        "report of the workshop",
        "Word of what came of it is due by 2026-12-01 00:59.",
    ]
    assert story.case.next_deadline_at == outcome.due_at
    assert ("outcome", False) in told(story, outcome.warn_at[-1])
    assert ("outcome", True) in told(story, outcome.due_at + timedelta(seconds=1))
    story.resolves()
    assert story.owed == []


def told(story: Story, at: datetime) -> list[tuple[str, bool]]:
    return [(each.id, each.overdue) for each in story.case.duties_to_tell(at)]


def test_a_question_how_it_went_counts_from_when_the_remedy_is_carried_out():
    story = Story(preset("iso-10002"))
    story.resolves()
    before = story.clock("followup").due_at
    story.now += 3 * DAY
    reports(story, "implemented")
    after = story.clock("followup").due_at
    assert (day(before), day(after)) == ("2026-11-30", "2026-12-03")
    assert story.case.status is Status.RESOLVED
    story.sends("survey", DAY)
    assert story.owed == []


def test_who_was_asked_how_it_went_is_not_asked_again():
    story = Story(preset("iso-10002"))
    story.resolves()
    story.sends("survey", 7 * DAY)
    reports(story, "implemented")
    assert story.owed == []


def test_of_a_day_the_moment_counts_from_which_the_duty_is_due_the_soonest():
    ofcom = Story(preset("uk-ofcom"), MONDAY_9AM)
    ofcom.now += 5 * DAY
    reports(ofcom, "deadlocked", "2026-11-27")
    assert ofcom.clock("outcome").due_at == datetime(2026, 11, 28, tzinfo=UTC)  # 24 h from midnight in London
    trustee = Story(preset("au-asic", "trustee"))
    before = trustee.clock("decide").due_at
    trustee.now += 20 * DAY
    reports(trustee, "paused", "2026-11-30", reason="court_proceedings")
    reports(trustee, "resumed", "2026-12-10")
    assert trustee.clock("decide").due_at - before == 9 * DAY  # the days from 1 to 9 December


def test_what_was_past_when_the_desk_heard_of_it_is_told_at_once():
    """The agents were told of something else after the day on which it was late."""
    story = Story(preset("ie-cpc"))
    story.sends("acknowledgement")
    story.happens(TOLD, 18 * DAY)
    reports(story, "investigated", "2026-11-24")
    assert story.history[0].text.endswith("Word of what came of it was due by 2026-12-02 00:59 and is late.")
    assert told(story, story.now) == [("outcome", True)]
    assert [point.overdue for point in story.case.points_to_tell(story.now)] == [True]  # so it goes up
    assert story.case.next_warning_at == story.now
    story.happens(TOLD)
    assert ("outcome", True) not in told(story, story.now)


def test_a_warning_that_was_past_is_told_at_once_too_also_at_the_moment_of_another():
    story = Story(preset("ie-cpc"))
    story.sends("acknowledgement")
    story.happens(TOLD, 8 * DAY)
    said = events.HappeningReported(who="Bob", what=Happening.INVESTIGATED, on=date(2026, 11, 24))
    story.happens(said, timedelta(0))
    assert story.clock("outcome").warn_at[-1] < story.now < story.clock("outcome").due_at
    assert told(story, story.now) == [("outcome", False)]


def test_a_report_counts_from_the_receipt_on_and_until_now():
    story = Story(preset("ie-cpc"))
    story.now += DAY

    def on(what: Happening, day: str) -> events.Event:
        return events.HappeningReported(who="Bob", what=what, on=date.fromisoformat(day))

    assert "had not begun" in refused(story, on(Happening.INVESTIGATED, "2026-11-22"))
    assert "is to come" in refused(story, on(Happening.INVESTIGATED, "2026-11-25"))
    portal = Story(preset("us-cfpb"))
    assert "more than a year" in refused(portal, on(Happening.REGULATOR_SENT, "2025-11-01"))
    reports(portal, "regulator_sent", "2026-11-16")
    assert portal.clock("decide").due_at == datetime(2026, 12, 2, 4, 59, 59, tzinfo=UTC)  # 1 December there


def test_what_counts_once_is_reported_once_and_what_counts_anew_again():
    story = Story(preset("ie-cpc"))
    reports(story, "investigated")
    again = events.HappeningReported(who="Lea", what=Happening.INVESTIGATED)
    assert "is written down for 2026-11-23 already" in refused(story, again)
    death = Story(preset("au-asic", "death_benefit"))
    reports(death, "objections_ended")
    first = death.clock("decide").due_at
    death.now += 10 * DAY
    reports(death, "objections_ended")
    assert death.clock("decide").due_at == first + 10 * DAY


def test_a_report_by_mistake_is_taken_back_and_the_history_keeps_both():
    story = Story(preset("ie-cpc"))
    before = story.case.clocks
    reports(story, "investigated")
    reported = story.history
    takes_back(story, "investigated")
    assert story.case.clocks == before
    assert [entry.what for entry in (*reported, *story.history)] == [
        "reported: the investigation has ended",
        "took back: the investigation has ended",
    ]
    assert story.history[0].text.endswith("Word of what came of it is owed no more.")
    assert "nobody has reported" in refused(
        story, events.ReportTakenBack(who="Bob", what=Happening.INVESTIGATED)
    )
    reports(story, "investigated")
    assert "outcome" in story.owed


def test_what_the_desk_found_out_by_itself_nobody_takes_back():
    story = Story(preset("au-asic", "hardship"))
    story.sends("information_request")
    story.happens(events.InformationRequested(who="Bob", text="which?"))
    story.happens(CUSTOMER_WROTE, DAY)
    assert "nobody has reported" in refused(
        story, events.ReportTakenBack(who="Bob", what=Happening.INFORMATION_RECEIVED)
    )


@pytest.mark.parametrize("status", list(Status))
def test_in_which_status_something_is_reported(status: Status):
    rules = policy(REMEDY)
    story = Story(rules)
    if status in (Status.RESOLVED, Status.CLOSED):
        story.resolves()
    story.case = replace(story.case, status=status)
    event = events.HappeningReported(who="Bob", what=Happening.IMPLEMENTED)
    if status is Status.CLOSED:
        assert "cannot report that" in refused(story, event)
        return
    reports(story, "implemented")
    assert story.case.status is (Status.OPEN if status is Status.NEW else status)
    takes_back(story, "implemented")
    assert story.case.status is (Status.OPEN if status is Status.NEW else status)


def test_a_duty_that_only_the_decision_meets_does_not_begin_after_it():
    story = Story(preset("ie-cpc"))
    story.resolves(after=5 * DAY)
    story.now += timedelta(minutes=1)
    late = events.HappeningReported(who="Bob", what=Happening.INVESTIGATED)
    assert "has the decision already" in refused(story, late)
    reports(story, "investigated", "2026-11-25")
    assert story.owed == [] and story.clock("outcome").satisfied_at is not None


# What was promised


def test_a_promised_remedy_is_owed_until_somebody_says_that_it_is_done():
    story = Story(policy(REMEDY))
    story.resolves()
    remedy = story.clock("outcome")
    assert story.owed == ["outcome"]
    assert told(story, remedy.warn_at[-1]) == [("outcome", False)]
    assert story.case.next_deadline_at == remedy.due_at
    reports(story, "implemented")
    assert story.owed == [] and story.case.next_deadline_at is None
    assert story.history[0].text.endswith("What was promised is done.")


def test_without_a_remedy_nothing_is_to_be_done():
    story = Story(policy(REMEDY))
    written = events.ResolutionWritten(
        who="Bob",
        outcome="not_upheld",
        cause="other",
        remedy="none",
        text="no",
        to="ann@x.example",
        reply="1",
    )
    story.happens(written)
    story.sends("resolution")
    assert story.owed == []


def test_a_remedy_that_is_late_goes_up_although_the_case_is_decided():
    story = Story(policy(REMEDY))
    story.resolves()
    late = cause_of_duty("outcome", last=False, overdue=True)
    other = cause_of_duty("decide", last=False, overdue=True)
    assert late is not None and other is not None
    rules = story.rules.escalation
    assert [(each.trigger, each.clock) for each in new_causes(story.case, [late, other], rules)] == [
        (Trigger.BREACH, "outcome")
    ]
    asked = events.CaseEscalated(
        who="desk",
        to=("Vera",),
        text="late",
        kind=EscalationKind.AUTOMATIC,
        answer_by=story.now + DAY,
        tier="supervisor",
        rules=(late.mark,),
    )
    story.happens(asked)
    assert (story.case.status, story.case.escalated_to) == (Status.RESOLVED, "Vera")
    story.happens(TOLD)
    assert story.case.escalated_to == "Vera"
    reports(story, "implemented")
    assert story.case.escalation is None


# Clocks that stand still


def test_a_clock_that_stands_still_is_neither_due_nor_late():
    story = Story(preset("au-asic", "trustee"))
    story.sends("acknowledgement")
    before = story.clock("decide").due_at
    reports(story, "paused", reason="court_proceedings", text="in Melbourne")
    assert story.owed == [] and story.case.next_deadline_at is None
    assert story.clock("decide").paused_since == story.now
    assert story.history[0].text.splitlines()[:2] == ["on 2026-11-23: court_proceedings", "in Melbourne"]
    assert "The decision stands still and is due later than" in story.history[0].text
    late = before + 100 * DAY
    assert told(story, late) == [("pause", False)]
    story.now += 10 * DAY
    reports(story, "resumed")
    assert story.owed == ["decide"]
    assert story.clock("decide").due_at == before + 11 * DAY  # a day begun is a day
    assert story.clock("decide").paused_since is None


def test_whether_a_clock_must_stand_still_is_asked_every_thirty_days():
    story = Story(preset("au-asic", "trustee"))
    story.sends("acknowledgement")
    reports(story, "paused", reason="court_advice")
    since = story.now
    for turn in (1, 2, 3):
        look = since + turn * 30 * DAY
        assert story.case.next_warning_at == look
        assert told(story, look - timedelta(seconds=1)) == []
        assert told(story, look) == [("pause", False)]
        story.now = look
        story.happens(TOLD, timedelta(minutes=5))


def test_no_clock_stands_still_where_the_rules_do_not_say_so():
    for id in ("generic-24h", "uk-fca", "ca-fcac", "iso-10002"):
        event = events.HappeningReported(who="Bob", what=Happening.PAUSED, reason="customer")
        assert f"({id}) no clock ever stands still" in refused(Story(preset(id)), event)
    trustee = Story(preset("au-asic", "trustee"))
    for reason in (None, "customer"):
        event = events.HappeningReported(who="Bob", what=Happening.PAUSED, reason=reason)
        assert refused(trustee, event).endswith("reasons: court_proceedings or court_advice")
    assert "no clock" in refused(trustee, events.HappeningReported(who="Bob", what=Happening.RESUMED))
    reports(trustee, "paused", reason="court_advice")
    twice = events.HappeningReported(who="Bob", what=Happening.PAUSED, reason="court_advice")
    assert "stand still since 2026-11-23" in refused(trustee, twice)


def test_a_pause_stops_only_the_clocks_that_name_its_reason():
    story = Story(
        policy(
            "clocks:\n"
            "  ack: {within: 100h, satisfied_by: acknowledgement, house: true, pause: [strike]}\n"
            "  decide: {within: 14cd, satisfied_by: resolution, house: true, pause: [court]}\n"
        )
    )
    reports(story, "paused", reason="court")
    assert story.owed == ["ack"]


def test_a_pause_and_its_end_are_taken_back_in_turn():
    story = Story(preset("au-asic", "trustee"))
    before = story.clock("decide").due_at
    reports(story, "paused", reason="court_advice")
    reports(story, "resumed")
    back = events.ReportTakenBack(who="Bob", what=Happening.PAUSED)
    assert "run again; take that back first" in refused(story, back)
    takes_back(story, "resumed")
    assert story.clock("decide").paused_since is not None
    takes_back(story, "paused")
    assert story.clock("decide").due_at == before and story.clock("decide").paused_since is None


def test_a_clock_runs_again_not_before_it_stood_still():
    story = Story(preset("au-asic", "trustee"))
    story.now += 10 * DAY
    reports(story, "paused", "2026-12-01", reason="court_advice")
    early = events.HappeningReported(who="Bob", what=Happening.RESUMED, on=date(2026, 11, 30))
    assert "stand still since 2026-12-01" in refused(story, early)


def test_the_customers_answer_ends_a_pause_that_waits_for_it_and_no_other():
    """Waiting itself stops nothing, and a stranger who knows the reference ends nothing."""
    story = Story(policy(WAITS))
    before = story.clock("decide").due_at
    story.happens(events.InformationRequested(who="Bob", text="which kettle?"))
    assert story.clock("decide").due_at == before
    reports(story, "paused", reason="customer")
    story.happens(replace(CUSTOMER_WROTE, sender="eve@x.example", known_sender=False))
    assert story.clock("decide").paused_since is not None
    story.happens(CUSTOMER_WROTE, 2 * DAY)
    assert story.clock("decide").paused_since is None
    assert story.clock("decide").due_at == before + 3 * DAY
    assert "clocks run again" in story.history[0].text
    reports(story, "paused", reason="court")
    story.happens(CUSTOMER_WROTE, 2 * DAY)
    assert story.clock("decide").paused_since is not None


def test_what_is_asked_of_the_customer_stops_no_clock_of_a_regime():
    text = WAITS.replace("house: true, warn: -2cd", "evidence: regulator, warn: -2cd")
    with pytest.raises(ValidationError, match="stops no clock of a regime"):
        policy(text)


def test_a_decided_case_has_nothing_left_to_stand_still():
    story = Story(preset("au-asic", "trustee"))
    reports(story, "paused", reason="court_advice")
    story.resolves()
    assert story.clock("decide").paused_since is None and story.case.next_warning_at is None
    event = events.HappeningReported(who="Bob", what=Happening.PAUSED, reason="court_advice")
    assert "cannot report that" in refused(story, event)


# How it is kept


def test_what_was_reported_comes_back_from_the_database_as_it_was():
    story = Story(preset("au-asic", "trustee"))
    reports(story, "paused", "2026-11-23", reason="court_advice")
    columns = clockwork.columns(story.case)
    assert clockwork.happened(columns["happened"]) == story.case.happened
    assert clockwork.clocks(columns["clocks"]) == story.case.clocks


def test_a_policy_may_be_met_by_what_people_report():
    letters = {name: frozenset[str]() for name in ("acknowledgement", "resolution")}
    assert policy_check.faults(policy(REMEDY), letters, ZONE) == []
    wrong = policy(REMEDY.replace("satisfied_by: implemented", "satisfied_by: done"))
    assert "no letter is called done" in str(policy_check.faults(wrong, letters, ZONE)[0])


def test_the_page_says_what_each_of_the_words_means():
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \| people \|", page, re.M)) == set(SAID_BY_PEOPLE)
