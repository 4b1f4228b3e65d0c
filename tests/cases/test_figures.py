"""Figures of a week, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mailproc.cases import periods
from mailproc.cases.case import Clock, Kind
from mailproc.cases.chronicle import Moved, Step
from mailproc.cases.figures import Answers, Figures, Story, Tally, read_amount, rises, times
from mailproc.cases.periods import PeriodKind

BUDAPEST = ZoneInfo("Europe/Budapest")
WEEK = periods.named("2026-W47", datetime(2026, 11, 23, tzinfo=UTC), BUDAPEST)  # 16 to 22 November
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def on(day: int, hour: int = 10, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BUDAPEST).astimezone(UTC)


def moved(step: Step, day: int, hour: int = 10) -> Moved:
    return Moved(step=step, at=on(day, hour))


def clock(id: str, due: datetime, met: datetime | None = None) -> Clock:
    return Clock(id=id, due_at=due, satisfied_at=met)


def figures(*stories: Story, now: datetime = LATER) -> Figures:
    tally = Tally(period=WEEK, now=now)
    for story in stories:
        tally.add(story)
    return tally.figures(Answers())


def story(received: datetime, *steps: Moved, **facts: object) -> Story:
    return Story(received_at=received, mailbox="main", steps=steps, **facts)  # type: ignore[arg-type]


# Periods


def test_a_week_begins_on_monday_at_midnight_of_the_desk():
    assert (WEEK.first, WEEK.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert WEEK.start == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert WEEK.end - WEEK.start == timedelta(days=7)
    assert WEEK.name == "2026-W47"
    assert on(16, 0) in WEEK and on(23, 0) not in WEEK


@pytest.mark.parametrize(
    ("text", "first", "last", "name"),
    [
        ("week", date(2026, 11, 16), date(2026, 11, 22), "2026-W47"),
        ("month", date(2026, 10, 1), date(2026, 10, 31), "2026-10"),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3), "2026-W53"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
    ],
)
def test_a_period_has_a_name(text: str, first: date, last: date, name: str):
    period = periods.named(text, on(23), BUDAPEST)
    assert (period.first, period.last, period.name) == (first, last, name)


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-13", "year", "2026-W4", ""])
def test_what_is_no_period_is_refused(text: str):
    with pytest.raises(ValueError, match="write week, month, 2026-W47 or 2026-11"):
        periods.named(text, on(23), BUDAPEST)


def test_the_week_of_a_clock_change_has_an_hour_less():
    spring = periods.named("2026-W13", on(23), BUDAPEST)
    assert spring.end - spring.start == timedelta(days=7, hours=-1)


def test_each_period_is_compared_with_the_one_before():
    assert periods.before(WEEK, BUDAPEST).name == "2026-W46"
    march = periods.named("2026-03", on(23), BUDAPEST)
    assert periods.before(march, BUDAPEST).name == "2026-02"
    days = periods.days(date(2026, 11, 10), date(2026, 11, 14), BUDAPEST)
    assert periods.before(days, BUDAPEST).name == "2026-11-05/2026-11-09"
    assert days.kind is PeriodKind.DAYS
    with pytest.raises(ValueError, match="write the earlier day first"):
        periods.days(date(2026, 11, 2), date(2026, 11, 1), BUDAPEST)


# Volumes


def test_a_week_counted_by_hand():
    """Two complaints from before, three of the week; two decisions, one of them taken up again."""
    found = figures(
        story(on(9)),  # open since before, and still
        story(on(10), moved(Step.DECIDED, 17), outcome="upheld", resolved_at=on(17)),
        story(on(16), moved(Step.DECIDED, 18), moved(Step.REOPENED, 20)),
        story(on(18), moved(Step.ESCALATED, 19), moved(Step.HANDED_ON, 19), moved(Step.HANDED_ON, 24)),
        story(on(22, 23)),
        story(on(23)),  # after the week
    )
    assert (found.open_at_start, found.received, found.decided) == (2, 3, 2)
    assert (found.reopened, found.closed, found.open_at_end) == (1, 0, 4)
    assert found.open_at_start + found.received - found.decided + found.reopened == found.open_at_end
    assert (found.escalated, found.handed_on) == (1, 1)
    assert found.escalation_rate == pytest.approx(1 / 3)
    assert found.outcomes == (("upheld", 1),)


def test_spam_and_what_goes_on_elsewhere_count_apart():
    found = figures(
        story(on(17), moved(Step.ENDED, 17), spam=True),
        story(on(17), moved(Step.ENDED, 18), merged=True),
        story(on(2), moved(Step.ENDED, 17), spam=True),
    )
    assert (found.spam, found.merged, found.received) == (1, 1, 0)
    assert (found.open_at_start, found.open_at_end, found.closed) == (0, 0, 0)
    assert found.escalation_rate is None


def test_what_came_at_the_first_moment_of_the_week_came_in_it():
    found = figures(story(on(16, 0)), story(on(23, 0)))
    assert (found.open_at_start, found.received, found.open_at_end) == (0, 1, 1)


def test_what_happened_later_does_not_change_the_week():
    decided_later = story(on(17), moved(Step.DECIDED, 25), outcome="upheld", resolved_at=on(25))
    found = figures(decided_later)
    assert (found.received, found.decided, found.open_at_end, found.outcomes) == (1, 0, 1, ())


def test_a_week_that_runs_is_counted_to_now():
    running = figures(story(on(16), moved(Step.DECIDED, 20)), story(on(19)), now=on(18))
    assert running.until == on(18)
    assert running.open_at_end == 1


# Times and clocks


def test_the_middle_and_nine_of_ten():
    found = times([float(hours) for hours in range(10, 0, -1)])
    assert (found.count, found.median, found.ninetieth) == (10, 5.5, 9.0)
    assert times([3.0]).ninetieth == 3.0
    assert times([]).median is None


def test_times_count_from_receipt_to_what_happened_in_the_week():
    found = figures(
        story(
            on(16),
            moved(Step.DECIDED, 18),
            clocks=(clock("ack", on(17), on(16, 12)), clock("decide", on(30), on(18))),
        ),
        story(on(9), moved(Step.DECIDED, 16), clocks=(clock("ack", on(10), on(9, 11)),)),
    )
    assert (found.acknowledged_in.count, found.acknowledged_in.median) == (1, 2.0)
    assert (found.decided_in.count, found.decided_in.median) == (2, (48 + 168) / 2)


def test_a_duty_is_met_late_or_owed_and_belongs_to_the_week_in_which_it_fell_due():
    found = figures(
        story(on(9), clocks=(clock("decide", on(17), on(17)),)),  # at the last moment
        story(on(9), clocks=(clock("decide", on(17), on(18)),)),
        story(on(9), clocks=(clock("decide", on(17), on(24)),)),  # owed still when the week was over
        story(on(9), clocks=(clock("decide", on(17)),)),
        story(on(9), clocks=(clock("decide", on(24)), clock("ack", on(10), on(15)))),  # not of this week
    )
    (decide,) = found.clocks
    assert (decide.id, decide.due, decide.met, decide.late, decide.owed) == ("decide", 4, 1, 1, 2)
    assert decide.breached == 3


def test_a_target_of_the_desks_own_is_no_duty_and_a_window_is_none_either():
    mine = Clock(id="decide", due_at=on(16), satisfied_at=on(18), promised_at=on(20))
    window = Clock(id="early", due_at=on(17), kind=Kind.WINDOW)
    (decide,) = figures(story(on(9), clocks=(mine, window))).clocks
    assert (decide.met, decide.breached) == (1, 0)


def test_a_case_that_was_finished_before_it_was_due_owes_nothing():
    finished = story(on(9), clocks=(clock("decide", on(18)),), closed_at=on(17))
    late = story(on(9), clocks=(clock("decide", on(18)),), closed_at=on(19))
    (decide,) = figures(finished, late).clocks
    assert (decide.due, decide.owed) == (1, 1)


def test_of_two_stages_the_first_acknowledges_the_complaint():
    stages = (clock("s1.ack", on(18), on(16, 11)), clock("s2.ack", on(19), on(18)))
    found = figures(story(on(16), clocks=stages))
    assert (found.acknowledged_in.count, found.acknowledged_in.median) == (1, 1.0)


def test_what_is_not_due_yet_is_no_breach():
    found = figures(story(on(16), clocks=(clock("decide", on(20)),)), now=on(18))
    assert found.clocks == ()


def test_what_was_taken_in_silently_counts_for_no_time_and_no_clock():
    found = figures(
        story(
            on(16),
            moved(Step.DECIDED, 18),
            clocks=(clock("ack", on(17)), clock("decide", on(17), on(18))),
            silent=True,
        )
    )
    assert (found.received, found.silent, found.decided) == (1, 1, 1)
    assert found.clocks == ()
    assert found.decided_in.count == found.acknowledged_in.count == 0


# What it was about


def test_decisions_are_counted_by_what_they_say():
    facts = {"outcome": "upheld", "cause": "quality", "remedy": "refund", "resolved_at": on(18)}
    found = figures(
        story(on(9), moved(Step.DECIDED, 18), amount="49.90 EUR", **facts),
        story(on(9), moved(Step.DECIDED, 18), amount="10 EUR", **facts | {"cause": "delay"}),
        story(on(9), moved(Step.DECIDED, 18), amount="1000 HUF", **facts),
        story(on(9), moved(Step.DECIDED, 18), resolved_at=on(18), outcome="not_upheld"),
    )
    assert found.outcomes == (("upheld", 3), ("not_upheld", 1))
    assert found.causes == (("quality", 2), ("", 1), ("delay", 1))
    assert found.amounts == (("EUR", Decimal("59.90")), ("HUF", Decimal(1000)))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("49 EUR", (Decimal(49), "EUR")),
        ("5", (Decimal(5), "")),
        (None, None),
        ("", None),
        ("plenty", None),
        ("NaN EUR", None),
    ],
)
def test_amounts_are_read_as_a_case_keeps_them(text: str | None, amount: object):
    assert read_amount(text) == amount


def test_a_rise_is_three_and_half_as_many_again():
    now = (("quality", 6), ("delay", 5), ("cost", 2), ("other", 3), ("", 9))
    before = (("quality", 4), ("delay", 4))
    assert rises(now, before) == {"quality", "other"}


def test_teams_and_mailboxes_have_figures_of_their_own():
    found = figures(
        story(on(16), moved(Step.DECIDED, 18), team="front"),
        story(on(16), team="back", clocks=(clock("decide", on(17)),)),
        story(on(9)),
    )
    assert [(s.name, s.received, s.decided, s.open_at_end, s.breached) for s in found.teams] == [
        ("", 0, 0, 1, 0),
        ("back", 1, 0, 1, 1),
        ("front", 1, 1, 0, 0),
    ]
    assert [(s.name, s.received) for s in found.mailboxes] == [("main", 2)]
