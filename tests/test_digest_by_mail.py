"""Supervisors get a digest each working morning, once, and work the cases in it by their numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailproc.cases.case import Case, EscalationKind, Status
from mailproc.cases.escalation_rules import EscalationRules
from mailproc.cases.events import CaseAssigned, CaseEscalated, CaseResolved
from mailproc.jobs.digest import send_due
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.plain_rules import by_plain_rules
from tests.test_agents_by_mail import BOB, letters_to, to_customer
from tests.test_conversations import bounce_of

SUE = "Sue Super <sue@acme.example>"
EVE_ADDRESS = "eve@acme.example"
CY = "Cy Cole <cy@customer.example>"
DI = "Di Dale <di@customer.example>"
PEOPLE = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Eve", "address": "eve@acme.example"},
    ],
    "teams": {"front": {"members": ["Bob", "Eve"]}},
    "routing": [{"team": "front"}],
    "supervisors": [{"name": "Sue", "address": "sue@acme.example"}],
}
TUESDAY_8AM = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # in Budapest


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    """A desk on Monday at nine with three complaints, to be decided within two weeks."""
    talk = by_plain_rules(make_talk(people=People.model_validate(PEOPLE)))
    # Here a case goes up when a test says so.
    quiet = EscalationRules(triggers=())
    talk.desk.policy = talk.desk.policy.model_copy(update={"escalation": quiet})
    talk.customer("My kettle exploded.")
    talk.customer("My toaster burns.", sender=CY, subject="Toaster")
    talk.customer("My lamp is dark.", sender=DI, subject="Lamp")
    return talk


def up_to_sue(talk: Talk) -> CaseEscalated:
    return CaseEscalated(
        who="Bob",
        to=("Sue",),
        text="above my limit",
        kind=EscalationKind.HIERARCHICAL,
        answer_by=talk.now + timedelta(days=60),
        tier="supervisor",
    )


def morning(talk: Talk, at: datetime = TUESDAY_8AM) -> list[Letter]:
    """Let it be that moment and the desk do its work; return the digests that Sue got of it."""
    talk.now = at
    talk.work()
    before = len(to_sue(talk))
    send_due(talk.desk)
    talk.work()
    return [letter for letter in to_sue(talk)[before:] if "Received in seven days" in letter.text]


def to_sue(talk: Talk) -> list[Letter]:
    return letters_to(talk, "sue@acme.example")


def late(talk: Talk) -> Letter:
    """A digest on a morning on which the three cases are late: 1, 2 and 3 in the order of their coming."""
    (digest,) = morning(talk, datetime(2026, 12, 8, 7, 0, tzinfo=UTC))
    return digest


def said(letter: Letter) -> str:
    return " ".join(letter.text.split())


def file_of(digest: Letter) -> str:
    (file,) = digest.message.iter_attachments()
    assert file.get_content_type() == "text/csv"
    payload = file.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8-sig")


def of(talk: Talk, number: int) -> Case:
    return talk.cases[number - 1]


# When it comes


def test_a_digest_comes_in_the_morning_and_once(talk: Talk):
    assert morning(talk, TUESDAY_8AM - timedelta(seconds=1)) == []
    (digest,) = morning(talk, TUESDAY_8AM)
    assert "received 3 = handled 3, 0 open" in digest.text
    assert digest["Auto-Submitted"] == "auto-generated"
    assert morning(talk, TUESDAY_8AM + timedelta(hours=3)) == []
    assert len(morning(talk, TUESDAY_8AM + timedelta(days=1))) == 1


def test_it_is_her_own_morning(make_talk: Callable[..., Talk]):
    sue = PEOPLE["supervisors"][0] | {"time_zone": "America/Chicago"}  # type: ignore[index]
    talk = make_talk(people=People.model_validate(PEOPLE | {"supervisors": [sue]}))
    assert morning(talk, TUESDAY_8AM) == []
    (digest,) = morning(talk, datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    assert "Times are those of America/Chicago." in digest.text


def test_after_an_outage_of_days_there_is_one_digest(talk: Talk):
    assert len(morning(talk, TUESDAY_8AM + timedelta(days=2, hours=5))) == 1
    assert morning(talk, TUESDAY_8AM + timedelta(days=2, hours=6)) == []


def test_a_weekend_has_none(talk: Talk):
    assert morning(talk, datetime(2026, 11, 28, 9, 0, tzinfo=UTC)) == []


def test_a_day_on_which_the_calendar_is_closed_has_none(make_talk: Callable[..., Talk]):
    """Christmas Day of 2026 is a Friday."""
    talk = make_talk(people=People.model_validate(PEOPLE), desk={"policy": "uk-housing"})
    assert talk.desk.policy.calendar is not None
    assert morning(talk, datetime(2026, 12, 25, 9, 0, tzinfo=UTC)) == []
    assert len(morning(talk, datetime(2026, 12, 24, 9, 0, tzinfo=UTC))) == 1


@pytest.mark.parametrize(("skip", "letters"), [(False, 1), (True, 0)])
def test_a_morning_on_which_nothing_needs_anybody(make_talk: Callable[..., Talk], skip: bool, letters: int):
    talk = make_talk(people=People.model_validate(PEOPLE), digest={"skip_empty": skip})
    assert len(morning(talk)) == letters
    talk.customer("My kettle exploded.")
    assert morning(talk, TUESDAY_8AM + timedelta(hours=1)) == []  # this morning has been looked at
    assert len(morning(talk, datetime(2026, 12, 8, 7, tzinfo=UTC))) == 1


def test_a_desk_may_do_without(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate(PEOPLE), digest={"at": "never"})
    assert morning(talk) == []


# What it says


def test_late_cases_are_numbered_with_their_owners(talk: Talk):
    digest = late(talk)
    assert digest["Subject"] == "Today: 3 late, 0 due"
    for number, case in enumerate(talk.cases, 1):
        assert f"{number}  {case.reference}  {case.subject}" in digest.text
    assert "late since Mon 7 Dec, 23:59; Bob" in said(digest)
    assert "Bob 2 open, 2 late" in said(digest)


def test_what_was_handed_up_to_her_stands_first(talk: Talk):
    toaster = of(talk, 2).reference
    talk.happens(up_to_sue(talk), toaster)
    digest = late(talk)
    assert f"1  {toaster}" in digest.text
    assert "handed up to you; late since" in said(digest)
    assert digest["Subject"].endswith(", 1 for you")


def test_what_is_due_later_and_what_has_got_stuck_stand_below(talk: Talk):
    (digest,) = morning(talk, datetime(2026, 12, 4, 7, 0, tzinfo=UTC))
    today, _, rest = digest.text.partition("Due soon")
    assert "Nothing needs you today." in today
    assert "due Mon 7 Dec, 23:59; unchanged since Mon 23 Nov" in " ".join(rest.split())
    assert [digest.text.count(case.reference) for case in talk.cases] == [1, 1, 1]


def test_it_fits_a_telephone_and_each_heading_keeps_a_line(talk: Talk):
    """Eight numbers: what is late takes what the other headings leave."""
    for number in range(9):
        talk.customer("Broken too.", sender=f"Ed <ed{number}@customer.example>", subject=f"Late {number}")
    talk.now = datetime(2026, 12, 7, 8, 30, tzinfo=UTC)
    talk.customer("And a pan.", sender="Gus <gus@customer.example>", subject="Raised")
    talk.happens(replace(up_to_sue(talk), to=("Eve",)), of(talk, 13).reference)
    text = late(talk).text
    assert "What needs you today (and 5 more)" in text
    today, _, above = text.partition("Waiting for another decision")
    assert re.findall(r"^ +(\d+)  C-", today, re.MULTILINE) == list("1234567")
    assert re.findall(r"^ +(\d+)  (C-\S+)", above, re.MULTILINE) == [("8", of(talk, 13).reference)]


def test_who_reads_it_at_a_desk_may_have_more(talk: Talk):
    config = talk.desk.config
    more = config.digest.model_copy(update={"lines": 40})
    talk.desk.config = config.model_copy(update={"digest": more})
    for number in range(9):
        talk.customer("Broken too.", sender=f"Ed <ed{number}@customer.example>", subject=f"Late {number}")
    text = late(talk).text
    assert " 12  C-" in text
    assert "more" not in text


def test_no_word_of_a_customer_but_the_subject_is_in_it(talk: Talk):
    digest = late(talk)
    shown = digest.text + file_of(digest)
    assert shown.count("Toaster") == 2
    assert not any(word in shown for word in ("burns", "is dark", "customer.example", "Archer", "Dale"))


def test_the_file_lists_all_undecided_cases_and_runs_nothing(talk: Talk):
    talk.customer("Look.", sender="Mal <mal@evil.example>", subject='=HYPERLINK("http://evil.example","see")')
    digest = late(talk)
    rows = list(csv.DictReader(io.StringIO(file_of(digest))))
    assert [row["reference"] for row in rows] == [case.reference for case in talk.cases]
    assert rows[0]["next due"] == "2026-12-07 23:59"
    assert rows[3]["subject"].startswith("'=HYPERLINK")
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)


# Answering it


def test_lines_of_a_reply_are_carried_out_each_on_its_case(talk: Talk):
    digest = late(talk)
    talk.agent("1 assign Eve\n2 #escalate too slow\n3. note She rang, too.\n", digest, sender=SUE)
    assert of(talk, 1).owner == "Eve"
    assert "note" in talk.happened(of(talk, 3).reference)
    receipt = to_sue(talk)[-1]
    assert receipt["Subject"] == "2 of 3 done"  # nobody is above a supervisor
    assert "there is nobody above you" in said(receipt)
    assert f"Done: 1 assign Eve {of(talk, 1).reference}" in said(receipt)
    told = letters_to(talk, "eve@acme.example")[-1]
    assert of(talk, 1).reference in told["Subject"]


def test_one_colleague_hears_of_each_of_several_cases(talk: Talk):
    digest = late(talk)
    before = len(letters_to(talk, "eve@acme.example"))
    talk.agent("1 assign Eve\n3 assign Eve\n", digest, sender=SUE)
    subjects = [letter["Subject"] for letter in letters_to(talk, "eve@acme.example")[before:]]
    assert len(subjects) == 2
    assert all(of(talk, number).reference in " ".join(subjects) for number in (1, 3))


def test_commands_have_their_german_and_hungarian_names(talk: Talk):
    talk.agent("1 zuweisen Eve\n2 átad Eve\n3 meins\n", late(talk), sender=SUE)
    assert [case.owner for case in talk.cases] == ["Eve", "Eve", "Sue"]


def test_a_line_that_is_wrong_harms_no_other_case(talk: Talk):
    talk.agent("1 asign Eve\n2 assign Eve\n9 take\n3\n", late(talk), sender=SUE)
    assert [case.owner for case in talk.cases] == ["Bob", "Eve", "Bob"]
    receipt = said(to_sue(talk)[-1])
    assert "Not done: 1 asign Eve" in receipt
    assert "there is no command `#asign`; write `#assign Eve`" in receipt
    assert "There is no number 9 in the digest" in receipt
    assert "there is no command behind the sign" in receipt


def test_the_lines_of_one_case_happen_together_or_not_at_all(talk: Talk):
    talk.agent("1 assign Eve\n1 priority hihg\n2 assign Eve\n2 priority high\n", late(talk), sender=SUE)
    assert [(case.owner, str(case.priority)) for case in talk.cases[:2]] == [
        ("Bob", "normal"),
        ("Eve", "high"),
    ]
    receipt = to_sue(talk)[-1]
    assert receipt["Subject"] == "2 of 4 done"
    assert "Another line about the same case stands against it." in said(receipt)


def test_words_reach_no_customer_by_a_number(talk: Talk):
    before = len(talk.letters)
    talk.agent("1 reply\nYou get a million.\n", late(talk), sender=SUE)
    talk.agent("2 resolve upheld cause=quality remedy=refund\nA million.\n", to_sue(talk)[-1], sender=SUE)
    talk.wait(minutes=10)
    assert not any("million" in text for text in to_customer(talk))
    receipt = to_sue(talk)[-1]
    assert "#resolve needs a mail about the case" in said(receipt)
    assert "│ A million." in receipt.text  # her words come back
    assert of(talk, 2).status is not Status.RESOLVED
    assert len(talk.letters) > before


def test_more_time_by_a_number_is_a_letter_to_the_customer(talk: Talk):
    (digest,) = morning(talk, datetime(2026, 12, 7, 7, 0, tzinfo=UTC))
    talk.agent("1 extend 5d waiting for the lab", digest, sender=SUE)
    talk.wait(minutes=3)
    assert "waiting for the lab" in to_customer(talk)[-1]


def test_who_takes_a_case_by_its_number_gets_a_mail_to_go_on_with(talk: Talk):
    talk.agent("2 take", late(talk), sender=SUE)
    about, receipt = to_sue(talk)[-2:]
    assert of(talk, 2).owner == "Sue"
    assert of(talk, 2).reference in about["Subject"]
    assert "A mail about this case comes besides" in said(receipt)
    talk.agent("#reply\n\nDear Cy, we send a new one.", about, sender=SUE)
    talk.wait(minutes=3)
    assert "we send a new one" in letters_to(talk, "cy@customer.example")[-1].text


def test_an_answer_that_knows_less_than_the_customer_wrote_since_comes_back(talk: Talk):
    digest = late(talk)
    talk.now += timedelta(minutes=1)
    talk.customer("It is fine now.", sender=CY, answering=letters_to(talk, "cy@customer.example")[-1])
    talk.agent("2 take", digest, sender=SUE)
    about = to_sue(talk)[-2]
    talk.agent("#reply\n\nDear Cy, we send a new one.", about, sender=SUE)
    talk.wait(minutes=3)
    assert "we send a new one" not in letters_to(talk, "cy@customer.example")[-1].text
    assert "It is fine now." in to_sue(talk)[-1].text


def test_a_number_means_the_case_that_she_saw_and_a_receipt_can_be_answered(talk: Talk):
    first = late(talk)
    toaster = of(talk, 2).reference
    talk.happens(up_to_sue(talk), toaster)
    (second,) = morning(talk, datetime(2026, 12, 9, 7, 0, tzinfo=UTC))
    assert f"1  {toaster}" in second.text
    talk.agent("1 asign Eve", first, sender=SUE)
    talk.agent("1 assign Eve", to_sue(talk)[-1], sender=SUE)
    assert [case.owner for case in talk.cases] == ["Eve", "Eve", "Bob"]
    assert talk.cases[1].escalated_to == "Sue"


def test_a_mail_without_a_line_comes_back_with_all_its_words(talk: Talk):
    talk.agent("Good morning, well done.\n3 take\n", late(talk), sender=SUE)
    back = to_sue(talk)[-1]
    assert "it does not begin with the number of a case" in said(back)
    assert "│ Good morning, well done." in back.text
    assert of(talk, 3).owner == "Bob"
    talk.agent("3 take", back, sender=SUE)
    assert of(talk, 3).owner == "Sue"


def test_what_stands_below_other_words_is_named_and_not_done(talk: Talk):
    talk.agent("1 assign Eve\n\nThanks, Sue\n+36 1 555 0142\n3 take\n", late(talk), sender=SUE)
    assert [case.owner for case in talk.cases] == ["Eve", "Eve", "Bob"]
    receipt = to_sue(talk)[-1]
    assert "Not done: 3 take" in said(receipt)
    assert "│ Thanks, Sue" in receipt.text


# Who may


@pytest.mark.parametrize(
    ("sender", "proved"), [(SUE, False), ("Mallory <mallory@evil.example>", True), (BOB, True)]
)
def test_a_forged_reply_does_nothing(talk: Talk, sender: str, proved: bool):
    digest = late(talk)
    owners = [case.owner for case in talk.cases]
    talk.arrives(talk.write_as_agent("1 spam\n2 assign none\n", digest, sender=sender, proved=proved))
    assert [case.owner for case in talk.cases] == owners
    assert all(case.status is not Status.CLOSED for case in talk.cases)
    assert talk.dispositions[-1] == "held"


def test_the_same_mail_acts_once(talk: Talk):
    raw = talk.write_as_agent("1 note She rang.", late(talk), sender=SUE)
    talk.arrives(raw)
    receipts = len(to_sue(talk))
    talk.arrives(b"Received: from elsewhere by mx.acme.example;\r\n Mon, 7 Dec 2026 08:00:00 +0000\r\n" + raw)
    assert talk.happened(of(talk, 1).reference).count("note") == 1
    assert talk.dispositions[-2:] == ["replied", "duplicate"]
    assert len(to_sue(talk)) == receipts


def test_a_line_that_wants_a_yes_makes_the_whole_mail_wait(talk: Talk):
    digest = late(talk)
    talk.agent("1 assign Eve\n3 cc +lawyer@law.example\n", digest, sender=SUE)
    assert of(talk, 1).owner == "Bob"
    asked = to_sue(talk)[-1]
    assert "Reply “yes”" in asked.text
    talk.agent("yes", asked, sender=SUE)
    assert of(talk, 1).owner == "Eve"
    assert of(talk, 3).copied == ("lawyer@law.example",)
    assert to_sue(talk)[-1]["Subject"] == "2 of 2 done"


def test_a_mail_that_answers_no_thread_waits_for_a_yes(talk: Talk):
    digest = late(talk)
    raw = talk.write_as_agent("1 assign Eve", None, sender=SUE, to=digest["Reply-To"], subject="x")
    talk.arrives(raw)
    assert of(talk, 1).owner == "Bob"
    talk.agent("no", to_sue(talk)[-1], sender=SUE)
    assert of(talk, 1).owner == "Bob"
    talk.arrives(talk.write_as_agent("1 assign Eve ", None, sender=SUE, to=digest["Reply-To"], subject="x"))
    talk.agent("yes", to_sue(talk)[-1], sender=SUE)
    assert of(talk, 1).owner == "Eve"


def test_who_is_a_supervisor_no_more_works_nothing_by_numbers(talk: Talk):
    digest = late(talk)
    sue = {"name": "Sue", "address": "sue@acme.example"}
    talk.desk.adopt(People.model_validate(PEOPLE | {"supervisors": [], "agents": [*PEOPLE["agents"], sue]}))
    talk.agent("1 assign Eve", digest, sender=SUE)
    assert of(talk, 1).owner == "Bob"
    assert "only a supervisor" in said(to_sue(talk)[-1])


def test_an_address_that_went_to_others_is_worth_nothing_any_more(talk: Talk):
    digest = late(talk)
    talk.agent("1 assign Eve", digest, sender=SUE, headers={"Cc": "friend@elsewhere.example"})
    assert of(talk, 1).owner == "Eve"
    receipt = to_sue(talk)[-1]
    assert "friend@elsewhere.example" in receipt.text
    talk.agent("3 take", digest, sender=SUE)
    assert of(talk, 3).owner == "Bob"
    talk.agent("3 take", receipt, sender=SUE)
    assert of(talk, 3).owner == "Sue"


def test_cases_that_were_merged_since_are_one(talk: Talk):
    talk.customer("And the cable too.", subject="Cable")
    digest = late(talk)
    assert [case.owner for case in talk.cases] == ["Bob", "Eve", "Bob", "Eve"]
    eve = next(
        letter for letter in letters_to(talk, EVE_ADDRESS) if talk.cases[3].reference in letter["Subject"]
    )
    talk.agent(f"#merge {of(talk, 1).reference}", eve, sender=f"Eve <{EVE_ADDRESS}>")
    assert talk.cases[3].merged_into == of(talk, 1).reference
    talk.agent("1 priority high\n4 assign Eve", digest, sender=SUE)
    assert (of(talk, 1).owner, str(of(talk, 1).priority)) == ("Eve", "high")
    assert to_sue(talk)[-1]["Subject"] == "2 of 2 done"


def test_what_answers_for_her_by_machine_does_nothing(talk: Talk):
    digest = late(talk)
    away = talk.write_as_agent("1 assign Eve", digest, sender=SUE, headers={"Auto-Submitted": "auto-replied"})
    talk.arrives(away)
    talk.arrives(bounce_of(digest.envelope_from))
    assert of(talk, 1).owner == "Bob"
    assert talk.dispositions[-2:] == ["auto_reply", "bounced"]


def test_a_reply_in_german_is_answered_in_german(make_talk: Callable[..., Talk]):
    sue = PEOPLE["supervisors"][0] | {"languages": ["de"]}  # type: ignore[index]
    people = People.model_validate(PEOPLE | {"supervisors": [sue]})
    talk = make_talk(people=people, desk={"languages": ["en", "de"]})
    talk.customer("My kettle exploded.")
    talk.now = datetime(2026, 12, 8, 7, 0, tzinfo=UTC)
    send_due(talk.desk)
    talk.work()
    digest = to_sue(talk)[-1]
    assert "Was heute auf Sie wartet" in digest.text
    talk.agent("1 übernehmen\n9 verlauf\n\nDanke!\n5 meins", digest, sender=SUE)
    receipt = said(to_sue(talk)[-1])
    assert receipt.count("Nicht ausgeführt") == 2
    assert "gibt es keine Nummer 9" in receipt
    assert "Zu diesem Fall kommt außerdem eine E-Mail" in receipt
    assert not any(word in receipt for word in ("There", "stands", "comes"))


# Two daemons, and kills


def test_a_kill_before_the_commit_leaves_the_morning_to_be_made(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    talk.now = TUESDAY_8AM
    with monkeypatch.context() as patch:
        patch.setattr("mailproc.store.digests.remember", killed)  # the letter is queued by then
        with pytest.raises(KeyboardInterrupt):
            send_due(talk.desk)
    assert len(morning(talk)) == 1
    assert morning(talk) == []


def test_two_daemons_make_one_digest(talk: Talk, tmp_path: Path):
    other = replace(talk.desk, node="other")
    talk.now = TUESDAY_8AM
    assert send_due(talk.desk) == 1
    assert send_due(other) == 0
    talk.work()
    assert len([letter for letter in to_sue(talk) if "Received in seven days" in letter.text]) == 1


# From hand to hand


def handed_on(talk: Talk, times: int) -> None:
    """The toaster goes to and fro between Bob and Eve."""
    for _ in range(times):
        owner = "Bob" if of(talk, 2).owner == "Eve" else "Eve"
        talk.happens(CaseAssigned(who="Eve", to=owner), of(talk, 2).reference)


def test_what_goes_from_hand_to_hand_stands_in_it_with_what_ends_that(talk: Talk):
    handed_on(talk, 4)
    (digest,) = morning(talk)
    assert "What has got stuck" in digest.text
    assert "handed on 4 times; to one person: “1 assign …”" in said(digest)
    row = next(row for row in csv.DictReader(io.StringIO(file_of(digest))) if "Toaster" in row["subject"])
    assert row["changes of owner"] == "4"
    to = "Bob" if of(talk, 2).owner == "Eve" else "Eve"
    talk.agent(f"1 assign {to}", digest, sender=SUE)
    assert of(talk, 2).owner == to


def test_three_changes_of_owner_are_borne(talk: Talk):
    handed_on(talk, 3)
    (digest,) = morning(talk)
    assert "handed on" not in digest.text


def test_the_policy_says_how_many_are_borne(talk: Talk):
    rules = EscalationRules(triggers=(), hand_offs=1)
    talk.desk.policy = talk.desk.policy.model_copy(update={"escalation": rules})
    handed_on(talk, 2)
    (digest,) = morning(talk)
    assert "handed on 2 times" in said(digest)


def test_a_decided_case_went_from_hand_to_hand_long_enough(talk: Talk):
    handed_on(talk, 4)
    talk.happens(CaseResolved(who="Eve", outcome="upheld", cause="other"), of(talk, 2).reference)
    (digest,) = morning(talk)
    assert "handed on" not in digest.text
