"""A case goes up when nobody decides it, when the customer or an agent asks for it; or it goes outside."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mailproc.cases.case import Status
from mailproc.cases.chronicle import Step, steps
from mailproc.cases.policy import Policy
from mailproc.jobs import packet
from mailproc.people import People
from mailproc.store.tables import EscalationRow
from tests.conversation import DESK_ADDRESS, Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_conversations import bounce_of

CARL = "Carl Cook <carl@acme.example>"
LEA = "Lea Lead <lea@acme.example>"
VERA = "Vera Boss <vera@acme.example>"
LAB = "The Lab <desk@lab.example>"
STAFF = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Lea", "address": "lea@acme.example"},
    ],
    "teams": {"kettles": {"members": ["Bob", "Lea"], "lead": "Lea"}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "kettles"}],
    "outside": [{"name": "Lab Ltd", "address": "desk@lab.example", "languages": ["en"]}],
}
PEOPLE = People.model_validate(STAFF)
DUE = datetime(2026, 12, 7, 22, 59, 59, tzinfo=UTC)  # the decision on what came at MONDAY_9AM


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    if talk.case.owner != "Bob":
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    return talk


def to_lea(talk: Talk) -> list[Letter]:
    return [letter for letter in letters_to(talk, "lea@acme.example") if "Escalation" in letter["Subject"]]


def to_vera(talk: Talk) -> list[Letter]:
    return [letter for letter in letters_to(talk, "vera@acme.example") if "Escalation" in letter["Subject"]]


def to_lab(talk: Talk) -> list[Letter]:
    return letters_to(talk, "desk@lab.example")


def said(letter: Letter) -> str:
    return " ".join(letter.text.replace("│", " ").split())


def goes_to(talk: Talk, moment: datetime) -> None:
    talk.now = moment
    talk.work()


def rows(talk: Talk) -> list[EscalationRow]:
    with talk.desk.database.reading() as session:
        return list(session.exec(select(EscalationRow).order_by(EscalationRow.number)))


def enclosed(letter: Letter) -> dict[str, bytes]:
    """The files of a letter, by name."""
    found = {}
    for part in letter.message.iter_attachments():
        payload = part.get_payload(decode=True)
        inner = part.get_payload(0).as_bytes() if part.get_content_type() == "message/rfc822" else payload
        found[part.get_filename()] = inner
    return found


# Nobody decides it


def test_the_last_warning_brings_the_lead_everything_she_needs(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=3))
    (asked,) = to_lea(talk)
    text = said(asked)
    assert "The decision is due by 2026-12-07 23:59, and the case is not decided." in text
    assert "My kettle exploded." in text
    for part in ("Why you are asked", "What is expected", "Severity", "Background", "What is certain"):
        assert part in text
    assert "What was done so far" in text
    assert "What you can do" in text
    assert "#take" in text
    assert "8 December 2026, 00:59" in text  # four hours later
    files = enclosed(asked)
    summary = files[f"{talk.case.reference}.txt"].decode("utf-8-sig")
    assert "My kettle exploded." in summary
    assert "complaint received" in summary
    (mail,) = [data for name, data in files.items() if name.endswith(".eml")]
    assert b"My kettle exploded." in mail
    assert (talk.case.tier, talk.case.escalated_to, talk.case.owner) == ("review", "Lea", "Bob")


def test_the_owner_hears_of_it_in_the_letter_about_what_is_due(talk: Talk):
    before = len(letters_to(talk, "bob@acme.example"))
    goes_to(talk, DUE - timedelta(hours=3))
    (told,) = letters_to(talk, "bob@acme.example")[before:]
    assert "Asked to step in: Lea." in said(told)


def test_whoever_is_asked_and_does_not_answer_is_followed_by_who_stands_above(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=3))
    talk.wait(hours=3, minutes=59)  # late by now, which is written down and mailed to nobody above
    assert (len(to_lea(talk)), len(to_vera(talk))) == (1, 0)
    talk.wait(minutes=2)
    (asked,) = to_vera(talk)
    assert "Asked before, in vain: Lea." in said(asked)
    assert "The decision was due by 2026-12-07 23:59 and is late." in said(asked)
    assert talk.case.tier == "supervisor"
    assert "Asked now: Vera." in said(letters_to(talk, "lea@acme.example")[-1])
    talk.agent("#take", asked, sender=VERA)
    assert (talk.case.owner, talk.case.escalation) == ("Vera", None)
    assert [(row.number, row.to_tier, row.target, row.ended_how) for row in rows(talk)] == [
        (1, "review", "Lea", "unanswered"),
        (2, "supervisor", "Vera", "answered"),
    ]


def test_when_nobody_above_answers_it_stays_open_and_nobody_is_asked_twice(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=3))
    for _ in range(5):
        talk.wait(hours=5)
    assert (len(to_lea(talk)), len(to_vera(talk))) == (1, 1)
    assert talk.case.escalated_to == "Vera"
    assert talk.case.escalation is not None
    assert talk.case.escalation.answer_by is None
    assert what(talk).count("nobody is left to be asked") == 1


def test_an_answer_is_enough_and_the_breach_then_goes_further_up(talk: Talk):
    goes_to(talk, DUE - timedelta(hours=3))
    talk.agent("I look into it tonight.", to_lea(talk)[-1], sender=LEA)
    assert talk.case.escalation is None
    goes_to(talk, DUE + timedelta(hours=1))
    (asked,) = to_vera(talk)
    assert "The decision was due by 2026-12-07 23:59 and is late." in said(asked)
    assert len(to_lea(talk)) == 1


def test_a_decided_case_goes_nowhere(talk: Talk):
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nYou are right.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED
    goes_to(talk, DUE + timedelta(days=1))
    assert (to_lea(talk), to_vera(talk)) == ([], [])


def test_after_an_outage_of_a_week_there_is_one_letter(talk: Talk):
    goes_to(talk, DUE + timedelta(days=7))
    assert (len(to_lea(talk)), len(to_vera(talk))) == (1, 0)
    talk.work()
    assert (len(to_lea(talk)), len(to_vera(talk))) == (1, 0)
    assert "is late" in said(to_lea(talk)[0])


def test_what_comes_while_somebody_is_asked_is_written_down_and_not_mailed(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.wait(hours=1)
    talk.customer("My lawyer will write to you.", answering=letters_to(talk, "ann@customer.example")[0])
    assert len(to_lea(talk)) == 1
    assert to_vera(talk) == []
    (noted,) = [entry for entry in talk.history() if entry.what == "not escalated again"]
    assert noted.rule == "legal"
    assert "Asked already: Lea." in noted.text


def test_the_same_reason_counts_once(talk: Talk):
    answering = letters_to(talk, "ann@customer.example")[0]
    for number in range(2):
        talk.wait(minutes=20)  # three contacts would be a reason of their own
        talk.customer(f"My lawyer will write to you. {number}", answering=answering)
        assert len(to_lea(talk)) == 1
        talk.agent(f"I have read it. {number}", to_lea(talk)[0], sender=LEA)
    assert to_vera(talk) == []


def test_a_decided_case_ends_what_was_asked(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nYou are right.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED
    assert talk.case.escalation is None
    assert rows(talk)[0].ended_how == "decided"


def test_what_may_do_harm_or_does_not_fit_stays_here_and_is_named(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    talk.wait(hours=2)
    answering = letters_to(talk, "ann@customer.example")[0]
    raw = talk.write("See the film.", answering=answering)
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="film.exe")
    talk.arrives(mail.as_bytes())
    monkeypatch.setattr(packet, "PACKET_LIMIT", 100)
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    text = said(to_lea(talk)[-1])
    assert re.search(r"mail 2\.eml [^,]+, may be harmful", text)
    assert re.search(r"mail 1\.eml [^,]+, too large", text)
    assert list(enclosed(to_lea(talk)[-1])) == [f"{talk.case.reference}.txt"]


# The customer gives reason for it


@pytest.mark.parametrize(
    "words",
    [
        "I want to speak to your manager.",
        "A vezetőjükkel szeretnék beszélni.",
        "Ich möchte mit Ihrem Vorgesetzten sprechen.",
    ],
)
def test_who_asks_for_the_manager_is_heard_by_one(talk: Talk, words: str):
    talk.wait(hours=1)
    talk.customer(words, answering=letters_to(talk, "ann@customer.example")[0])
    (asked,) = to_lea(talk)
    assert "The customer asks for somebody higher." in said(asked)
    assert words in said(asked)
    assert "goes up" in letters_to(talk, "bob@acme.example")[-1]["Subject"].casefold()


def test_a_first_mail_that_names_a_lawyer_goes_up_at_once(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded. My lawyer has all the papers.")
    assert len(to_lea(talk)) + len(to_vera(talk)) == 1
    assert talk.case.escalation is not None
    assert talk.case.escalation.rules == ("legal",)


def test_a_case_that_an_agent_rates_as_grave_goes_to_the_lead_at_once(talk: Talk):
    talk.agent("#urgency high she has no other", to_bob(talk), sender=BOB)
    assert to_lea(talk) == []
    talk.agent("#impact high three people", to_bob(talk), sender=BOB)
    (asked,) = to_lea(talk)
    assert "rated as urgent and grave" in said(asked)
    assert talk.case.escalation is not None
    assert (talk.case.escalation.rules, talk.case.tier) == (("rating",), "review")


def test_who_is_not_content_with_the_decision_is_heard_above(talk: Talk):
    talk.agent("#resolve not_upheld cause=other\n\nIt was not us.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.customer("No, it was you.", answering=letters_to(talk, "ann@customer.example")[-1])
    assert talk.case.status is Status.OPEN
    assert "disagrees with the decision" in said(to_lea(talk)[-1])


def test_three_mails_without_an_answer(talk: Talk):
    answering = letters_to(talk, "ann@customer.example")[0]
    for number, words in enumerate(("Hello?", "Is anybody there?")):
        assert len(to_lea(talk)) == 0, number
        talk.wait(hours=5)
        talk.customer(words, answering=answering)
    assert "has written 3 times without an answer" in said(to_lea(talk)[-1])


def test_a_stranger_hands_nothing_up(talk: Talk):
    stranger = "Max <max@elsewhere.example>"
    talk.customer(
        "My lawyer will write to you.",
        sender=stranger,
        answering=letters_to(talk, "ann@customer.example")[0],
    )
    assert talk.case.escalation is None


def test_a_case_that_goes_from_hand_to_hand(talk: Talk):
    for _ in range(2):
        talk.agent("#assign Lea", to_bob(talk), sender=BOB)
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    assert talk.case.hand_offs == 4
    assert "has changed its owner 4 times" in said((to_lea(talk) + to_vera(talk))[-1])


# An agent asks for it


@pytest.mark.parametrize(
    ("command", "asked", "kind", "tier"),
    [
        ("#escalate above my limit", "Lea", "hierarchical", "review"),
        ("#escalate supervisor above her limit, too", "Vera", "hierarchical", "supervisor"),
        ("#escalate Vera: she knows the law", "Vera", "functional", None),
        ("#escalate kettles what is this", "Lea", "functional", None),
        ("#eszkalál Lea\n\nMert ügyvédje van.", "Lea", "functional", None),
    ],
)
def test_an_agent_asks_the_next_tier_or_whom_she_names(
    talk: Talk, command: str, asked: str, kind: str, tier: str | None
):
    talk.agent(command, to_bob(talk), sender=BOB)
    (row,) = rows(talk)
    assert (row.target, row.kind, row.to_tier, row.asked_by) == (asked, kind, tier, "Bob")
    letter = {"Lea": to_lea, "Vera": to_vera}[asked](talk)[-1]
    assert "Bob asks you to step in" in said(letter)
    assert f"Asked to step in: {asked}." in said(to_bob(talk))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("#escalate", "its value is missing"),
        ("#escalate Lea", "needs a reason"),
        ("#escalate Bob I cannot", "to yourself"),
        ("#escalate front I cannot", "as far up as front already"),
    ],
)
def test_what_says_nothing_or_leads_nowhere_comes_back(talk: Talk, command: str, says: str):
    talk.agent(command, to_bob(talk), sender=BOB)
    assert says in said(to_bob(talk))
    assert talk.case.escalation is None


# Who is asked is not there


def absence(talk: Talk, letter: Letter, sender: str) -> bytes:
    return talk.write_as_agent(
        "I am out of the office until 15 December.",
        letter,
        sender=sender,
        headers={"Auto-Submitted": "auto-replied"},
        subject="Out of office",
    )


def test_who_is_away_is_followed_at_once(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.arrives(absence(talk, to_lea(talk)[-1], LEA))
    (asked,) = to_vera(talk)
    assert "Lea is away." in said(asked)
    assert "above my limit" in said(asked)
    assert rows(talk)[0].ended_how == "away"
    assert talk.case.escalated_to == "Vera"


def test_whose_mailbox_takes_nothing_is_followed_at_once(talk: Talk):
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.arrives(bounce_of(to_lea(talk)[-1].envelope_from, "lea@acme.example"))
    assert "A mail to Lea came back." in said(to_vera(talk)[-1])
    assert rows(talk)[0].ended_how == "unreachable"


# What the customer hears


def progress(talk: Talk) -> list[Letter]:
    return [letter for letter in letters_to(talk, "ann@customer.example") if "stands" in letter["Subject"]]


def test_the_customer_hears_who_looks_at_it_and_never_why(talk: Talk):
    talk.agent("#escalate she shouts at me", to_bob(talk), sender=BOB)
    (letter,) = progress(talk)
    assert "who leads the team" in said(letter)
    assert "7 December 2026" in said(letter)
    assert "shout" not in letter.text
    assert "Lea" not in letter.text
    talk.wait(hours=1)
    talk.arrives(absence(talk, to_lea(talk)[-1], LEA))
    assert talk.case.escalated_to == "Vera"
    assert len(progress(talk)) == 1  # once a day


def test_when_the_day_has_passed_the_letter_names_none(talk: Talk):
    goes_to(talk, DUE + timedelta(days=1))
    (letter,) = progress(talk)
    assert "December" not in letter.text.partition("Content")[0]
    assert "We are sorry that you do not have our answer yet" in said(letter)


def test_a_colleague_who_is_asked_is_no_news_for_the_customer(talk: Talk):
    talk.agent("#escalate Lea what is this", to_bob(talk), sender=BOB)
    assert progress(talk) == []


def test_who_cannot_be_reached_or_is_angry_gets_nothing_by_itself(talk: Talk):
    talk.customer("YOU IDIOTS!!!", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("#escalate she shouts at me", to_bob(talk), sender=BOB)
    assert progress(talk) == []


def test_where_our_mail_came_back_nothing_more_is_sent(talk: Talk):
    talk.agent("We look into it.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.arrives(bounce_of(letters_to(talk, "ann@customer.example")[-1].envelope_from))
    assert talk.case.unreachable
    talk.agent("#escalate I cannot reach her", to_bob(talk), sender=BOB)
    assert len(to_lea(talk)) == 1
    assert progress(talk) == []


def with_policy(talk: Talk, **changes: object) -> None:
    values = talk.desk.policy.model_dump(mode="json", exclude_defaults=True) | changes
    talk.desk.policy = Policy.model_validate(values)


def test_a_policy_may_keep_the_customer_out_of_it(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    with_policy(talk, escalation={"tell_customer": False})
    talk.customer("My kettle exploded.")
    goes_to(talk, DUE - timedelta(hours=3))
    assert talk.case.escalation is not None
    assert progress(talk) == []


def test_a_promised_word_is_sent_before_it_is_late(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    update = {
        "within": "4cd",
        "counts_from": ["updated", "received"],
        "repeat": True,
        "satisfied_by": ["reply", "progress"],
        "house": True,
        "warn": ["-4h"],
    }
    clocks = talk.desk.policy.model_dump(mode="json", exclude_defaults=True)["clocks"] | {"update": update}
    with_policy(talk, clocks=clocks)
    talk.customer("My kettle exploded.")
    goes_to(talk, datetime(2026, 11, 27, 20, 30, tzinfo=UTC))
    (letter,) = progress(talk)
    assert "7 December 2026" in said(letter)
    (owed,) = [clock for clock in talk.case.clocks if clock.id == "update"]
    assert owed.due_at > talk.now + timedelta(days=3)  # met, and owed again


# Somebody outside


def ask_the_lab(talk: Talk) -> Letter:
    talk.agent("#escalate Lab Ltd please measure the heating element", to_bob(talk), sender=BOB)
    assert to_lab(talk) == []
    question = said(to_bob(talk))
    assert "This leaves the desk, to Lab Ltd <desk@lab.example>" in question
    assert "mail 1.eml" in question
    talk.agent("yes", to_bob(talk), sender=BOB)
    (asked,) = to_lab(talk)
    return asked


def answers(talk: Talk, asked: Letter, text: str, *, sender: str = LAB, proved: bool = True, **mail) -> None:
    talk.arrives(talk.write_as_agent(text, asked, sender=sender, proved=proved, **mail))


def test_what_leaves_is_what_the_agent_was_told(talk: Talk):
    talk.agent("#note She is a friend of the director.", to_bob(talk), sender=BOB)
    asked = ask_the_lab(talk)
    assert "please measure the heating element" in said(asked)
    assert asked["Auto-Submitted"] == ""
    assert "Bob via" in asked["From"]
    assert len(enclosed(asked)) == 2
    assert all(b"My kettle exploded." in file for file in enclosed(asked).values())
    assert b"director" not in asked.raw
    assert asked["References"] == ""
    assert asked["Reply-To"].startswith("complaints+o")


def test_an_answer_from_outside_is_internal_until_an_agent_releases_it(talk: Talk):
    asked = ask_the_lab(talk)
    before = len(to_customer(talk))
    answers(talk, asked, "#close\n\nThe element was wired the wrong way round.")
    told = to_bob(talk)
    assert "The element was wired the wrong way round." in said(told)
    assert "Lab Ltd" in said(told)
    assert talk.case.status is not Status.CLOSED
    assert talk.dispositions[-1] == "outside"
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == before
    talk.agent("#send", told, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == before + 1
    assert "The element was wired the wrong way round." in to_customer(talk)[-1]
    talk.agent("#send", told, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == before + 1
    assert "released before" in said(to_bob(talk))
    assert rows(talk)[0].ended_how == "answered"


def test_the_agents_own_words_go_in_place_of_those_from_outside(talk: Talk):
    answers(talk, ask_the_lab(talk), "Between us: you were sloppy.")
    talk.agent("#send\n\nDear Ann, the element was faulty.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "the element was faulty" in to_customer(talk)[-1]
    assert not any("sloppy" in text for text in to_customer(talk))


def test_a_plain_reply_to_it_is_a_note(talk: Talk):
    answers(talk, ask_the_lab(talk), "It was faulty.")
    before = len(to_customer(talk))
    talk.agent("Good to know.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == before
    assert what(talk).count("note") == 1


def test_a_second_mail_from_outside_joins_as_the_first_did(talk: Talk):
    asked = ask_the_lab(talk)
    answers(talk, asked, "We look into it.")
    talk.wait(days=1)
    answers(talk, asked, "It was faulty.")
    assert "It was faulty." in said(to_bob(talk))
    assert talk.dispositions.count("outside") == 2


@pytest.mark.parametrize(
    ("sender", "proved", "keeps_address"),
    [
        (LAB, False, True),  # From and token, without the word of our mail host
        ("Eve <eve@evil.example>", True, True),  # the token alone
        (LAB, True, False),  # From alone, to the plain address
    ],
)
def test_what_is_not_proved_to_be_from_outside_is_held(
    talk: Talk, sender: str, proved: bool, keeps_address: bool
):
    asked = ask_the_lab(talk)
    if keeps_address:
        answers(talk, asked, "Pay her a million.", sender=sender, proved=proved)
    else:
        raw = talk.write_as_agent(
            "Pay her a million.", None, sender=sender, proved=proved, subject=f"Re: {asked['Subject']}"
        )
        talk.arrives(raw)
    assert talk.dispositions[-1] == "held"
    told = to_bob(talk)
    assert "nothing proves who wrote it" in said(told)
    assert "million" not in told.text
    assert "wrote to us from outside" not in what(talk)
    talk.agent("#send", told, sender=BOB)
    talk.wait(minutes=3)
    assert not any("million" in text for text in to_customer(talk))


def test_who_works_elsewhere_may_complain_himself(talk: Talk):
    talk.customer("Your invoices are late.", sender=LAB, subject="Your invoices")
    assert len(talk.cases) == 2
    talk.customer("Still.", sender=LAB, answering=letters_to(talk, "desk@lab.example")[-1])
    assert len(talk.cases) == 2
    assert talk.dispositions[-1] == "joined"


def test_a_machine_outside_is_told_of_and_answers_nobody(talk: Talk):
    asked = ask_the_lab(talk)
    answers(talk, asked, "We are closed.", headers={"Auto-Submitted": "auto-replied"})
    assert "answers by itself" in said(to_bob(talk))
    assert talk.dispositions[-1] == "auto_reply"


def test_a_question_that_did_not_arrive_comes_back_to_the_agent(talk: Talk):
    asked = ask_the_lab(talk)
    talk.arrives(bounce_of(asked.envelope_from, "desk@lab.example"))
    assert "The question to Lab Ltd did not arrive." in said(to_bob(talk))
    assert not talk.case.unreachable
    assert rows(talk)[0].ended_how == "unreachable"


def test_without_her_yes_nothing_leaves(talk: Talk):
    talk.agent("#escalate Lab Ltd please measure", to_bob(talk), sender=BOB)
    talk.agent("no, wait", to_bob(talk), sender=BOB)
    talk.wait(hours=1)
    assert to_lab(talk) == []
    assert rows(talk) == []


def test_the_files_of_an_answer_go_along_to_the_agent(talk: Talk):
    asked = ask_the_lab(talk)
    raw = talk.write_as_agent("See the report.", asked, sender=LAB)
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    mail.add_attachment(b"%PDF-1.4 9 volts", maintype="application", subtype="pdf", filename="report.pdf")
    talk.arrives(mail.as_bytes())
    told = to_bob(talk)
    assert enclosed(told)["report.pdf"] == b"%PDF-1.4 9 volts"
    talk.agent("#send", told, sender=BOB)
    talk.wait(minutes=3)
    answer = letters_to(talk, "ann@customer.example")[-1]
    assert enclosed(answer)["report.pdf"] == b"%PDF-1.4 9 volts"


def test_an_open_question_outside_hinders_no_escalation(talk: Talk):
    ask_the_lab(talk)
    talk.agent("#escalate above my limit", to_bob(talk), sender=BOB)
    assert len(to_lea(talk)) == 1
    assert [(row.number, row.outside, row.target) for row in rows(talk)] == [
        (1, True, "Lab Ltd"),
        (2, False, "Lea"),
    ]


def test_the_desk_never_writes_to_itself(talk: Talk):
    assert all(letter.to != DESK_ADDRESS for letter in talk.letters)


def test_what_reports_count_of_the_histories_is_what_the_table_holds(talk: Talk):
    """Figures are read from the histories, with all else that they count there; the table says the same."""
    goes_to(talk, DUE - timedelta(hours=3))  # a rule, to the lead
    talk.wait(hours=4, seconds=1)  # unanswered, and on to the supervisor
    talk.agent("#note I read it.", to_vera(talk)[-1], sender=VERA)
    talk.agent("#escalate Lea what do you know?", to_bob(talk), sender=BOB)
    talk.agent("#note Nothing.", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    ask_the_lab(talk)
    counted = [step.at for step in steps(talk.history()) if step.step is Step.ESCALATED]
    inside = [row for row in rows(talk) if not row.outside]
    assert counted == [row.asked_at for row in inside]
    assert len(counted) == 3
    assert len(rows(talk)) == 4  # whoever is asked outside is not counted
