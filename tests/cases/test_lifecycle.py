"""What may happen to a case, in which status, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from mailproc.cases import events
from mailproc.cases.case import Acknowledgement, Status
from mailproc.cases.lifecycle import decide, takes_follow_up
from mailproc.cases.opening import open_case
from mailproc.errors import NotAllowed
from tests.cases.samples import (
    ABOUT_A_PROPOSAL,
    ESCALATION,
    EVERY_EVENT,
    LETTER,
    MONDAY_9AM,
    NOW,
    POLICY,
    PROPOSAL,
    QUESTION,
    RECEIVED,
    ZONE,
    case,
)

REFUSED = "refused"

# Rows: what happens. Columns: the status before. Cells: the status after.
TABLE = """
event              new       open      waiting   resolved  closed
complaint          refused   refused   refused   refused   refused
customer wrote     new       open      open      open      refused
auto-reply         new       open      waiting   resolved  closed
accepted           new       open      waiting   resolved  closed
failed             new       open      waiting   resolved  closed
cancelled          new       open      waiting   resolved  closed
deferred           new       open      waiting   resolved  closed
uncertain          new       open      waiting   resolved  closed
bounced            new       open      waiting   resolved  closed
delayed            new       open      waiting   resolved  closed
note               open      open      waiting   resolved  closed
agent replied      open      open      waiting   resolved  refused
draft              open      open      waiting   resolved  closed
assigned           new       open      waiting   resolved  refused
routed             new       open      waiting   resolved  closed
classified         new       open      waiting   resolved  closed
rated              new       open      waiting   resolved  closed
extended           new       open      waiting   refused   refused
escalated          open      open      open      refused   refused
stage begun        refused   refused   refused   refused   refused
reported           refused   refused   refused   refused   refused
taken back         refused   refused   refused   refused   refused
passed on          new       open      waiting   resolved  refused
noted              new       open      waiting   resolved  closed
outside asked      open      open      waiting   resolved  refused
outside answered   new       open      waiting   resolved  closed
outside reminded   new       open      waiting   resolved  refused
outside silent     new       open      waiting   refused   refused
outside unreached  new       open      waiting   resolved  closed
progress           new       open      waiting   refused   refused
participants       new       open      waiting   resolved  refused
resolution written open      open      open      refused   refused
proposed           open      open      open      refused   refused
approved           open      open      open      refused   refused
rejected           new       open      waiting   refused   refused
withdrawn          new       open      waiting   refused   refused
refused            new       open      waiting   resolved  closed
asked              waiting   waiting   waiting   refused   refused
clock set back     new       open      waiting   resolved  refused
duties told        new       open      waiting   resolved  refused
resolved           resolved  resolved  resolved  refused   refused
survey asked       refused   refused   refused   resolved  refused
survey left out    refused   refused   refused   resolved  refused
survey: yes        new       open      waiting   resolved  closed
survey: no         new       open      open      open      closed
survey: words      new       open      open      resolved  closed
no more surveys    new       open      waiting   resolved  closed
reopened           refused   refused   refused   open      open
closed             refused   refused   refused   closed    refused
merged             closed    closed    closed    refused   refused
took in            new       open      open      open      refused
split off          new       open      waiting   resolved  closed
linked             new       open      waiting   resolved  closed
spam               closed    closed    closed    refused   refused
"""


def rows() -> list[tuple[str, Status, str]]:
    header, *lines = [line for line in TABLE.splitlines() if line.strip()]
    statuses = [Status(word) for word in header.split()[1:]]
    cells = []
    for line in lines:
        *_, after = line[:19].strip(), line[19:].split()
        cells += [(line[:19].strip(), before, word) for before, word in zip(statuses, after, strict=True)]
    return cells


@pytest.mark.parametrize(("happens", "before", "after"), rows())
def test_every_pair_of_status_and_event_is_decided_or_refused(happens, before, after):
    event = EVERY_EVENT[happens]
    stands = replace(
        case(before),
        proposal=PROPOSAL if happens in ABOUT_A_PROPOSAL else None,
        escalation=ESCALATION if happens == "passed on" else None,
        questions=(QUESTION,) if happens.startswith("outside") else (),
    )
    if after == REFUSED:
        with pytest.raises(NotAllowed, match="C-7F3K-9QXT"):
            decide(stands, event, POLICY, ZONE, NOW)
    else:
        decision = decide(stands, event, POLICY, ZONE, NOW)
        assert decision.case.status == after
        assert len(decision.history) == 1
        assert decision.history[0].at == NOW


def test_the_table_knows_every_event_and_every_status():
    assert {type(event) for event in EVERY_EVENT.values()} == set(get_args(events.Event))
    assert {happens for happens, _, _ in rows()} == set(EVERY_EVENT)
    assert {before for _, before, _ in rows()} == set(Status)


def test_a_complaint_opens_a_case_with_its_clocks_and_one_acknowledgement():
    decision = open_case(RECEIVED, POLICY, ZONE, MONDAY_9AM)
    assert decision.case.status is Status.NEW
    assert {clock.id: clock.due_at for clock in decision.case.clocks}["ack"] == MONDAY_9AM + timedelta(
        hours=24
    )
    assert decision.case.policy.digest == POLICY.digest
    assert [letter.name for letter in decision.letters] == ["acknowledgement"]
    assert decision.letters[0].to == "ann@example.com"


def test_the_subject_is_quoted_only_to_an_authenticated_sender():
    assert not open_case(RECEIVED, POLICY, ZONE, NOW).letters[0].quote_subject
    proved = replace(RECEIVED, sender_authenticated=True)
    assert open_case(proved, POLICY, ZONE, NOW).letters[0].quote_subject


def test_a_withheld_acknowledgement_leaves_its_clock_running_and_says_why():
    event = replace(RECEIVED, acknowledge_to=None, withheld_because="the sender is a machine")
    decision = open_case(event, POLICY, ZONE, NOW)
    assert decision.letters == ()
    assert decision.case.acknowledgement is Acknowledgement.WITHHELD
    assert decision.case.next_deadline_at == MONDAY_9AM + timedelta(hours=24)
    assert "the sender is a machine" in [entry.text for entry in decision.history]


def test_acceptance_satisfies_the_clock_and_a_hard_bounce_owes_it_again_by_its_old_due_time():
    new = case(Status.NEW)
    accepted = decide(new, EVERY_EVENT["accepted"], POLICY, ZONE, NOW).case
    assert accepted.acknowledgement is Acknowledgement.ACCEPTED
    assert accepted.next_deadline_at != new.next_deadline_at

    bounced = decide(accepted, EVERY_EVENT["bounced"], POLICY, ZONE, NOW).case
    assert bounced.acknowledgement is Acknowledgement.FAILED
    assert bounced.unreachable
    assert bounced.next_deadline_at == new.next_deadline_at


def test_a_letter_that_leaves_after_all_makes_the_customer_reachable_again():
    bounced = decide(case(Status.OPEN), EVERY_EVENT["bounced"], POLICY, ZONE, NOW).case
    again = decide(bounced, EVERY_EVENT["accepted"], POLICY, ZONE, NOW).case
    assert (bounced.unreachable, again.unreachable) == (True, False)


def test_a_cancelled_acknowledgement_is_still_owed():
    new = case(Status.NEW)
    cancelled = decide(new, EVERY_EVENT["cancelled"], POLICY, ZONE, NOW).case
    assert cancelled.acknowledgement is Acknowledgement.WITHHELD
    assert cancelled.next_deadline_at == new.next_deadline_at


def test_a_delayed_letter_changes_nothing_but_the_history():
    before = case(Status.OPEN)
    assert decide(before, EVERY_EVENT["delayed"], POLICY, ZONE, NOW).case == before


def test_an_uncertain_letter_is_said_in_the_history():
    event = events.LetterUncertain(**LETTER, resent=False)
    (entry,) = decide(case(Status.NEW), event, POLICY, ZONE, NOW).history
    assert "may have been sent twice or not at all" in entry.what
    assert "held" in entry.text


def test_a_resolved_case_is_reopened_within_the_window_and_not_after_it():
    resolved = case(Status.RESOLVED)
    last_day = resolved.resolved_at + timedelta(days=30)
    assert takes_follow_up(resolved, POLICY, ZONE, last_day)
    assert not takes_follow_up(resolved, POLICY, ZONE, last_day + timedelta(days=1))
    with pytest.raises(NotAllowed, match="linked"):
        decide(resolved, EVERY_EVENT["customer wrote"], POLICY, ZONE, last_day + timedelta(days=1))


def test_reopening_takes_back_the_outcome():
    reopened = decide(case(Status.RESOLVED), EVERY_EVENT["customer wrote"], POLICY, ZONE, NOW).case
    assert (reopened.status, reopened.outcome, reopened.resolved_at) == (Status.OPEN, None, None)


def test_an_unknown_address_is_named_in_the_history():
    event = events.CustomerWrote(sender="eve@example.net", known_sender=False, rule="r")
    (entry,) = decide(case(Status.OPEN), event, POLICY, ZONE, NOW).history
    assert "eve@example.net, an address not known for this case" in entry.text


def test_a_closed_case_owes_nothing():
    assert case(Status.CLOSED).next_deadline_at is None


ANSWER = {"who": "Bob", "text": "You are right.", "to": "ann@example.com", "reply": "m1"}


def test_an_answer_calls_for_one_letter_with_the_words_of_the_agent_who_then_owns_the_case():
    decision = decide(case(Status.NEW), events.AgentReplied(**ANSWER), POLICY, ZONE, NOW)
    (letter,) = decision.letters
    assert (letter.name, letter.to, letter.words, letter.author) == (
        "reply",
        "ann@example.com",
        "You are right.",
        "Bob",
    )
    assert decision.case.owner == "Bob"


def test_a_case_is_resolved_only_when_the_server_has_accepted_the_resolution():
    written = events.ResolutionWritten(
        **ANSWER, outcome="upheld", cause="other", remedy="refund", amount="20 EUR"
    )
    decision = decide(case(Status.OPEN), written, POLICY, ZONE, NOW)
    assert (decision.case.status, decision.case.resolved_at) == (Status.OPEN, None)
    accepted = events.LetterAccepted(letter="resolution", recipient="ann@example.com", reply="250 ok")
    after = decide(decision.case, accepted, POLICY, ZONE, NOW).case
    assert (after.status, after.outcome, after.remedy, after.resolved_at) == (
        Status.RESOLVED,
        "upheld",
        "refund",
        NOW,
    )
    assert all(clock.satisfied_at for clock in after.clocks if clock.id == "decide")


def test_a_resolution_that_comes_back_opens_the_case_again():
    bounced = events.MailBounced(
        letter="resolution", recipient="ann@example.com", permanent=True, diagnostic="5.1.1", rule="r"
    )
    after = decide(case(Status.RESOLVED), bounced, POLICY, ZONE, NOW).case
    assert (after.status, after.unreachable, after.resolved_at) == (Status.OPEN, True, None)


def test_a_survey_is_one_letter_to_each_resolution():
    asked = events.SurveyAsked(to="ann@example.com")
    resolved = case(Status.RESOLVED)
    (first,) = decide(resolved, asked, POLICY, ZONE, NOW).letters
    (again,) = decide(resolved, asked, POLICY, ZONE, NOW + timedelta(days=1)).letters
    later = replace(resolved, resolved_at=resolved.resolved_at + timedelta(days=1))
    (other,) = decide(later, asked, POLICY, ZONE, NOW).letters
    assert (first.name, first.to, first.author) == ("survey", "ann@example.com", None)
    assert first.key == again.key != other.key


def test_a_no_reopens_within_the_window_alone():
    resolved = case(Status.RESOLVED)
    no = EVERY_EVENT["survey: no"]
    late = resolved.resolved_at + timedelta(days=31)
    assert decide(resolved, no, POLICY, ZONE, late).case == resolved
    reopened = decide(resolved, no, POLICY, ZONE, NOW)
    assert (reopened.case.outcome, reopened.case.resolved_at) == (None, None)
    assert reopened.history[0].text == "1 of 5, dissatisfied"


def test_an_act_that_was_refused_changes_nothing_but_the_history():
    refused = events.ActRefused(claims="Bob", rule="no_token", reason="no token")
    decision = decide(case(Status.OPEN), refused, POLICY, ZONE, NOW)
    assert decision.case == case(Status.OPEN)
    assert decision.history[0].what == "security: an act was refused"


def taking_part(*added: str, removed: tuple[str, ...] = (), status: Status = Status.OPEN):
    event = events.ParticipantsChanged(who="Bob", added=added, removed=removed)
    return decide(case(status), event, POLICY, ZONE, NOW).case


@pytest.mark.parametrize("event", ["agent replied", "resolution written"])
def test_who_was_added_gets_a_copy_of_what_the_customer_gets_in_a_letter_of_its_own(event: str):
    before = taking_part("Lawyer@law.example", "max@x.example")
    original, *copies = decide(before, EVERY_EVENT[event], POLICY, ZONE, NOW).letters
    assert (original.to, original.is_copy) == ("ann@example.com", False)
    assert [copy.to for copy in copies] == ["Lawyer@law.example", "max@x.example"]
    assert all(copy.is_copy and copy.words == original.words for copy in copies)
    assert len({letter.key for letter in (original, *copies)}) == 3
    assert all(copy.key.startswith(f"{original.key}:copy:") for copy in copies)


def test_who_was_only_named_by_the_customer_takes_part_and_gets_no_letter():
    opened = open_case(replace(RECEIVED, others=("Max@x.example",)), POLICY, ZONE, NOW)
    assert "max@x.example" in opened.case.participants
    assert [letter.to for letter in opened.letters] == ["ann@example.com"]
    answered = decide(opened.case, EVERY_EVENT["agent replied"], POLICY, ZONE, NOW)
    assert [letter.to for letter in answered.letters] == ["ann@example.com"]
    assert "Max@x.example" in [entry.text for entry in opened.history]


def test_who_is_taken_out_takes_no_part_any_more_and_the_customer_always_does():
    before = taking_part("lawyer@law.example")
    gone = events.ParticipantsChanged(who="Bob", removed=("LAWYER@law.example", "ann@example.com"))
    after = decide(before, gone, POLICY, ZONE, NOW).case
    assert (after.copied, after.participants) == ((), frozenset({"ann@example.com"}))


def test_a_mail_of_somebody_who_takes_part_names_her():
    before = taking_part("max@x.example")
    wrote = events.CustomerWrote(sender="max@x.example", known_sender=True, rule="r")
    assert decide(before, wrote, POLICY, ZONE, NOW).history[0].text == "from max@x.example, who takes part"


def test_a_complaint_that_an_agent_brought_in_says_who_and_keeps_her_note():
    event = replace(RECEIVED, brought_by="Bob", note="She rang, too.", remark="the clocks count from May")
    decision = open_case(event, POLICY, ZONE, NOW)
    told = [(entry.who, entry.what, entry.text) for entry in decision.history]
    assert told[0] == ("customer", "complaint received", "the clocks count from May")
    assert told[1][0] == "Bob"
    assert told[2] == ("Bob", "note", "She rang, too.")
    assert decision.case.status is Status.NEW


def test_an_agents_answer_acknowledges_too_until_it_comes_back():
    owed = replace(RECEIVED, acknowledge_to=None, withheld_because="the sender is a machine")
    current = open_case(owed, POLICY, ZONE, MONDAY_9AM).case
    reply = {"letter": "reply", "recipient": "ann@example.com"}
    answered = decide(current, events.LetterAccepted(**reply, reply="250 ok"), POLICY, ZONE, NOW).case
    assert [clock.id for clock in answered.clocks if clock.satisfied_at] == ["ack"]

    bounced = decide(answered, events.LetterFailed(**reply, reply="550 no"), POLICY, ZONE, NOW).case
    assert not any(clock.satisfied_at for clock in bounced.clocks)

    sent = decide(case(Status.NEW), EVERY_EVENT["accepted"], POLICY, ZONE, NOW).case
    still = decide(sent, events.LetterFailed(**reply, reply="550 no"), POLICY, ZONE, NOW).case
    assert [clock.id for clock in still.clocks if clock.satisfied_at] == ["ack"]


def test_a_resolved_case_takes_another_in_as_long_as_the_customer_may_disagree():
    resolved = case(Status.RESOLVED)
    event = EVERY_EVENT["took in"]
    reopened = decide(resolved, event, POLICY, ZONE, NOW).case
    assert (reopened.status, reopened.outcome, reopened.resolved_at) == (Status.OPEN, None, None)
    with pytest.raises(NotAllowed, match="no other case can go on in it"):
        decide(resolved, event, POLICY, ZONE, resolved.resolved_at + timedelta(days=31))


def test_a_merged_case_names_where_it_goes_on_and_is_not_reopened():
    merged = decide(case(Status.WAITING), EVERY_EVENT["merged"], POLICY, ZONE, NOW).case
    assert (merged.merged_into, merged.closed_at, merged.next_deadline_at) == ("C-2222-2222", NOW, None)
    with pytest.raises(NotAllowed, match="goes on in C-2222-2222"):
        decide(merged, EVERY_EVENT["reopened"], POLICY, ZONE, NOW)


def test_a_decision_about_spam_is_void():
    written = replace(case(Status.OPEN), outcome="upheld", remedy="refund", amount="49 EUR")
    spam = decide(written, EVERY_EVENT["spam"], POLICY, ZONE, NOW).case
    assert (spam.outcome, spam.remedy, spam.amount, spam.proposal) == (None, None, None, None)


def test_spam_is_taken_back_by_reopening():
    spam = decide(case(Status.NEW), EVERY_EVENT["spam"], POLICY, ZONE, NOW).case
    assert (spam.spam, spam.next_deadline_at) == (True, None)
    again = decide(spam, EVERY_EVENT["reopened"], POLICY, ZONE, NOW).case
    assert (again.spam, again.closed_at) == (False, None)
    assert again.next_deadline_at == case(Status.NEW).next_deadline_at


@pytest.mark.parametrize("happens", ABOUT_A_PROPOSAL)
def test_nothing_is_approved_or_taken_back_that_does_not_wait(happens: str):
    with pytest.raises(NotAllowed, match="no resolution of C-7F3K-9QXT waits for approval"):
        decide(case(Status.OPEN), EVERY_EVENT[happens], POLICY, ZONE, NOW)


def test_what_leaves_after_approval_is_the_agents_in_every_word():
    waiting = decide(case(Status.NEW), EVERY_EVENT["proposed"], POLICY, ZONE, NOW)
    assert waiting.letters == ()
    assert (waiting.case.proposal, waiting.case.outcome, waiting.case.owner) == (PROPOSAL, None, "Bob")
    approved = decide(waiting.case, EVERY_EVENT["approved"], POLICY, ZONE, NOW)
    (letter,) = approved.letters
    assert (letter.name, letter.to, letter.words, letter.author, letter.key) == (
        "resolution",
        "ann@example.com",
        "you are right",
        "Bob",
        "resolution:2",
    )
    assert (approved.history[0].who, approved.case.amount) == ("Vera", "150 EUR")
    assert approved.case.proposal is None


@pytest.mark.parametrize("happens", ["resolution written", "resolved"])
def test_a_decision_takes_the_place_of_one_that_waits_for_approval(happens: str):
    waiting = replace(case(Status.OPEN), proposal=PROPOSAL)
    assert decide(waiting, EVERY_EVENT[happens], POLICY, ZONE, NOW).case.proposal is None


def test_a_draft_is_gone_when_it_was_sent_and_stays_when_something_else_was():
    kept = decide(case(Status.OPEN), EVERY_EVENT["draft"], POLICY, ZONE, NOW)
    assert (kept.letters, kept.case.draft) == ((), "1")
    other = replace(EVERY_EVENT["agent replied"], reply="7")
    assert decide(kept.case, other, POLICY, ZONE, NOW).case.draft == "1"
    assert decide(kept.case, EVERY_EVENT["agent replied"], POLICY, ZONE, NOW).case.draft is None
