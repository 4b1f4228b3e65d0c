"""Somebody outside is asked: what leaves, until when is an answer awaited, and what follows without one?"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.cases.case import Status
from mailproc.cases.events import CaseResolved
from mailproc.jobs import packet
from mailproc.jobs.digest import send_due
from mailproc.jobs.warn import warn_due
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_conversations import bounce_of
from tests.test_escalation_by_mail import (
    LAB,
    LEA,
    STAFF,
    VERA,
    answers,
    enclosed,
    goes_to,
    rows,
    said,
    to_lab,
)

PEOPLE = People.model_validate(
    STAFF
    | {
        "outside": [
            *STAFF["outside"],
            {"name": "Mill", "address": "mill@mill.example", "answer_within": "2cd"},
        ]
    }
)
# Five business days after a Monday, at the end of that day in Budapest.
A_WEEK_LATER = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
PDF = b"%PDF-1.4 what the meter shows"
LOOK = "We look into it."


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    if talk.case.owner != "Bob":
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    return talk


def asks(
    talk: Talk, command: str = "#escalate Lab Ltd please measure it", *, files: dict[str, bytes] | None = None
):
    """Bob asks somebody outside and says yes; return what he was asked."""
    raw = talk.write_as_agent(command, to_bob(talk), sender=BOB)
    talk.arrives(with_files(raw, files or {}))
    question = to_bob(talk)
    talk.agent("yes", question, sender=BOB)
    return question


def with_files(raw: bytes, files: dict[str, bytes]) -> bytes:
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def about(raw: bytes, subject: str) -> bytes:
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    mail.replace_header("Subject", subject)
    return mail.as_bytes()


def html_of(letter: Letter) -> str:
    body = letter.message.get_body(("html",))
    assert body is not None
    return body.get_content()


def silence(talk: Talk, to: str = "bob@acme.example") -> list[Letter]:
    return [letter for letter in letters_to(talk, to) if letter["Subject"].startswith("No answer")]


# What leaves


def test_the_customers_mails_go_along_and_the_question_names_each(talk: Talk):
    talk.wait(hours=1)
    answering = letters_to(talk, "ann@customer.example")[0]
    raw = talk.write("Here is the photo.", answering=answering)
    talk.arrives(with_files(about(raw, "Re: the photo of it"), {"photo.pdf": PDF}))
    asked_her = asks(talk)
    question = said(asked_her)
    assert "to Lab Ltd <desk@lab.example>: your words" in question
    assert re.search(r"- 2026-11-23 10\.00 mail 2\.eml: “Re: the photo of it”, with photo\.pdf -", question)
    assert re.search(r"- 2026-11-23 09\.00 mail 1\.eml: “My kettle exploded” -", question)
    assert f"- {talk.case.reference}.txt: the words of these mails, to read" in question
    assert "say no, and write #escalate Lab Ltd without originals" in question
    assert len(re.findall("<p[^>]*>- ", html_of(asked_her))) == 3
    (asked,) = to_lab(talk)
    names = list(enclosed(asked))
    assert names == [
        f"{talk.case.reference}.txt",
        "2026-11-23 10.00 mail 2.eml",
        "2026-11-23 09.00 mail 1.eml",
    ]
    assert all(name in asked.text for name in names)
    assert [part.get_content_type() for part in asked.message.iter_attachments()][1:] == [
        "message/rfc822"
    ] * 2


def test_the_words_to_read_hold_the_customers_and_nobody_elses(talk: Talk):
    talk.agent("We look into it.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.agent("#note She is a friend of the director.", to_bob(talk), sender=BOB)
    talk.wait(hours=1)
    answer = letters_to(talk, "ann@customer.example")[-1]
    talk.customer(f"Thank you.\n\nOn Monday the desk wrote:\n> {LOOK}\n", answering=answer)
    talk.agent("#priority high", to_bob(talk), sender=BOB)
    asks(talk)
    (asked,) = to_lab(talk)
    summary = enclosed(asked)[f"{talk.case.reference}.txt"].decode("utf-8-sig")
    assert summary.index("My kettle exploded.") < summary.index("Thank you.")
    assert "From: ann@customer.example" in summary
    for ours in (LOOK, "director", "priority", "Bob", "acknowledge", "#"):
        assert ours not in summary, ours
    assert b"director" not in asked.raw


def test_a_question_names_every_mail_however_many_there_are(talk: Talk):
    answering = letters_to(talk, "ann@customer.example")[0]
    for number in range(12):
        talk.wait(hours=5)
        raw = talk.write(f"Number {number}.", answering=answering)
        talk.arrives(about(raw, f"Re: what I think of it, part {number}"))
    question = said(asks(talk))
    for number in range(12):
        assert f"“Re: what I think of it, part {number}”" in question
    assert question.count(".eml: ") == 13


def test_what_came_after_the_question_does_not_leave_by_the_yes_to_it(talk: Talk):
    talk.agent("#escalate Lab Ltd please measure it", to_bob(talk), sender=BOB)
    question = to_bob(talk)
    talk.wait(hours=1)
    raw = talk.write("My doctor says", answering=letters_to(talk, "ann@customer.example")[0])
    talk.arrives(about(raw, "Re: my health"))
    talk.agent("yes", question, sender=BOB)
    assert to_lab(talk) == []
    again = to_bob(talk)
    assert "You were not asked about all of these mails" in said(again)
    assert "“Re: my health”" in said(again)
    assert "please measure it" in said(again)
    talk.agent("perhaps", again, sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)
    (asked,) = to_lab(talk)
    assert "please measure it" in said(asked)
    assert len(enclosed(asked)) == 3
    assert len(talk.case.questions) == 1
    talk.wait(hours=1)
    assert all("please measure" not in text and "yes" not in text for text in to_customer(talk))


def test_who_has_to_confirm_everything_is_shown_what_leaves_before_it_does(talk: Talk):
    key = to_bob(talk)["Reply-To"]  # to the address of the letter, and outside its thread
    talk.arrives(talk.write_as_agent("#escalate Lab Ltd please measure it", None, sender=BOB, to=key))
    first = to_bob(talk)
    assert "Your mail about" in said(first)
    talk.agent("yes", first, sender=BOB)
    assert to_lab(talk) == []
    second = to_bob(talk)
    assert "mail 1.eml" in said(second)
    talk.agent("yes", second, sender=BOB)
    assert len(enclosed(to_lab(talk)[0])) == 2


def test_the_mail_in_which_an_agent_brought_it_here_stays(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People.model_validate({key: STAFF[key] for key in ("agents", "outside")}))
    words = "#from carla@customer.example\n\nBetween us, she is right: the lid is loose."
    talk.arrives(talk.write_as_agent(words, None, sender=BOB, subject="A call"))
    talk.agent("yes", to_bob(talk), sender=BOB)
    question = said(asks(talk))
    assert "No mail of the customer goes along." in question
    assert "in which an agent brought it here" in question
    (asked,) = to_lab(talk)
    assert enclosed(asked) == {}
    for word in (b"Between", b"carla", b"loose"):
        assert word not in asked.raw


def test_a_line_of_a_digest_names_them_too(talk: Talk):
    goes_to(talk, datetime(2026, 12, 8, 7, 0, tzinfo=UTC))
    send_due(talk.desk)
    talk.work()
    digest = next(
        letter for letter in letters_to(talk, "vera@acme.example") if "Received in seven days" in letter.text
    )
    talk.agent("1 escalate Lab Ltd please measure it", digest, sender=VERA)
    question = letters_to(talk, "vera@acme.example")[-1]
    assert "mail 1.eml: “" in said(question)
    assert to_lab(talk) == []
    talk.agent("yes", question, sender=VERA)
    assert len(enclosed(to_lab(talk)[0])) == 2


def test_a_contact_may_be_one_who_gets_her_words_alone(make_talk: Callable[..., Talk]):
    lab = {**STAFF["outside"][0], "originals": False}
    talk = make_talk(people=People.model_validate(STAFF | {"outside": [lab]}))
    talk.customer("My kettle exploded.")
    if talk.case.owner != "Bob":
        talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    question = said(asks(talk))
    assert "No mail of the customer goes along." in question
    assert "write #escalate Lab Ltd with originals and your question" in question
    asks(talk, "#escalate Lab Ltd with originals please measure it")
    first, second = to_lab(talk)
    assert enclosed(first) == {}
    assert len(enclosed(second)) == 2


def test_only_her_words_leave_when_she_says_so(talk: Talk):
    question = said(asks(talk, "#escalate Lab Ltd without originals please measure it"))
    assert "to Lab Ltd <desk@lab.example>: your words" in question
    assert "No mail of the customer goes along." in question
    assert "originals and your question" not in question
    (asked,) = to_lab(talk)
    assert "please measure it" in said(asked)
    assert enclosed(asked) == {}
    assert "What goes along" not in asked.text
    for personal in (b"Ann", b"customer.example", b"exploded"):
        assert personal not in asked.raw


def test_her_files_go_along_and_are_named_before(talk: Talk):
    question = said(asks(talk, "#escalate Lab Ltd without originals please", files={"meter.pdf": PDF}))
    assert "These files of yours go along: meter.pdf." in question
    (asked,) = to_lab(talk)
    assert enclosed(asked) == {"meter.pdf": PDF}
    assert "meter.pdf" in said(asked)
    (entry,) = [entry for entry in talk.history() if entry.what == "asked Lab Ltd, outside"]
    assert re.search(r"meter\.pdf, 29 bytes, sha256 [0-9a-f]{64}", entry.text)
    assert not any("not sent to anybody" in letter.text for letter in letters_to(talk, "bob@acme.example"))


@pytest.mark.parametrize("words", ["with originals", "eredeti levelekkel", "mit Originalen"])
def test_that_they_go_along_can_be_said_too(talk: Talk, words: str):
    question = said(asks(talk, f"#escalate Lab Ltd {words} please measure it", files={"meter.pdf": PDF}))
    assert "The customer's mails go along as they came" in question
    assert "mail 1.eml" in question
    (asked,) = to_lab(talk)
    files = enclosed(asked)
    assert next(iter(files)) == "meter.pdf"
    (mail,) = [data for name, data in files.items() if name.endswith("mail 1.eml")]
    assert b"My kettle exploded." in mail
    assert words not in asked.text


@pytest.mark.parametrize("words", ["without originals", "eredeti levelek nélkül", "ohne Originale"])
def test_they_are_left_out_when_she_says_so(talk: Talk, words: str):
    asks(talk, f"#escalate Lab Ltd {words}, please measure it")
    (asked,) = to_lab(talk)
    assert enclosed(asked) == {}
    assert "please measure it" in said(asked)
    assert words not in asked.text


def test_what_does_not_fit_beside_her_files_is_named_before(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packet, "PACKET_LIMIT", 1000)
    question = said(asks(talk, files={"meter.pdf": PDF * 30}))
    assert "These stay here:" in question
    assert "mail 1.eml (too large)" in question
    assert list(enclosed(to_lab(talk)[0])) == ["meter.pdf"]


@pytest.mark.parametrize(
    ("file", "changes", "says"),
    [
        ("run.exe", {}, "run.exe is"),
        ("large.pdf", {"desk": {"customer_files": "10B"}}, "one answer carries at most"),
        ("mail.eml", {}, "a mail, which may hold the desk's own letter to you"),
    ],
)
def test_what_may_not_go_to_a_customer_does_not_go_outside(
    make_talk: Callable[..., Talk], file: str, changes: dict, says: str
):
    talk = make_talk(people=PEOPLE, **changes)
    talk.customer("My kettle exploded.")
    owner = talk.case.owner
    assert owner is not None
    address = f"{owner.lower()}@acme.example"
    told = letters_to(talk, address)[-1]
    raw = talk.write_as_agent("#escalate Lab Ltd please measure it", told, sender=f"{owner} <{address}>")
    talk.arrives(with_files(raw, {file: PDF}))
    back = said(letters_to(talk, address)[-1])
    assert "not all of its files can go to Lab Ltd" in back
    assert says in back
    assert to_lab(talk) == []
    assert talk.case.questions == ()


def test_her_files_go_nowhere_when_the_next_tier_is_asked(talk: Talk):
    raw = talk.write_as_agent("#escalate above my limit", to_bob(talk), sender=BOB)
    talk.arrives(with_files(raw, {"meter.pdf": PDF}))
    assert "not sent to anybody: meter.pdf" in said(to_bob(talk))


# No answer


def test_who_asked_is_told_once_when_no_answer_came_by_the_day(talk: Talk):
    asks(talk)
    assert "30 November 2026" in said(to_lab(talk)[0])
    goes_to(talk, A_WEEK_LATER)
    assert silence(talk) == []
    talk.wait(seconds=1)
    (told,) = silence(talk)
    text = said(told)
    for part in (
        "Asked Lab Ltd",
        "23 November 2026",
        "30 November 2026",
        "please measure it",
        "#remind alone",
    ):
        assert part in text, part
    assert what(talk).count("no answer from Lab Ltd, outside") == 1
    talk.wait(days=3)
    assert len(silence(talk)) == 1
    assert len(to_lab(talk)) == 1  # nothing went there by itself


@pytest.mark.parametrize(
    ("command", "until"),
    [
        ("#escalate Lab Ltd 2d please measure it", datetime(2026, 11, 25, 22, 59, 59, tzinfo=UTC)),
        ("#escalate Lab Ltd until 4 Dec with originals please", datetime(2026, 12, 4, 22, 59, tzinfo=UTC)),
        ("#escalate Lab Ltd with originals bis 4.12. please", datetime(2026, 12, 4, 22, 59, tzinfo=UTC)),
        ("#escalate Mill please measure it", datetime(2026, 11, 25, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_the_day_is_the_one_she_names_or_that_of_the_contact(talk: Talk, command: str, until: datetime):
    question = said(asks(talk, command))
    (waits,) = talk.case.questions
    assert waits.answer_by == until
    assert waits.words.startswith("please")
    assert f"An answer is expected by {until:%Y-%m-%d}." in question
    goes_to(talk, until)
    assert silence(talk) == []
    talk.wait(seconds=1)
    assert len(silence(talk)) == 1


def test_a_day_that_cannot_be_comes_back(talk: Talk):
    talk.agent("#escalate Lab Ltd until 31 Feb please", to_bob(talk), sender=BOB)
    assert "no calendar has that day" in said(to_bob(talk))
    assert talk.case.questions == ()


def test_an_answer_in_time_ends_the_waiting(talk: Talk):
    asks(talk)
    answers(talk, to_lab(talk)[0], "It was faulty.")
    goes_to(talk, A_WEEK_LATER + timedelta(days=2))
    assert silence(talk) == []


def test_a_decided_case_waits_for_nobody(talk: Talk):
    asks(talk)
    talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other", remedy="refund"))
    assert talk.case.status is Status.RESOLVED
    assert talk.case.next_warning_at != A_WEEK_LATER + timedelta(seconds=1)
    goes_to(talk, A_WEEK_LATER + timedelta(days=2))
    assert silence(talk) == []


def test_what_nothing_proves_ends_no_waiting(talk: Talk):
    asks(talk)
    answers(talk, to_lab(talk)[0], "Pay her a million.", proved=False)
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    assert len(silence(talk)) == 1


def test_a_machine_tells_her_at_once_and_the_waiting_goes_on(talk: Talk):
    asks(talk)
    answers(talk, to_lab(talk)[0], "We are closed.", headers={"Auto-Submitted": "auto-replied"})
    assert "answers by itself" in said(to_bob(talk))
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    assert len(silence(talk)) == 1


def test_a_question_that_came_back_is_told_at_once_and_not_waited_for(talk: Talk):
    asks(talk)
    talk.arrives(bounce_of(to_lab(talk)[0].envelope_from, "desk@lab.example"))
    assert "The question to Lab Ltd did not arrive." in said(to_bob(talk))
    assert talk.case.questions == ()
    goes_to(talk, A_WEEK_LATER + timedelta(days=2))
    assert silence(talk) == []


def test_who_asked_hears_of_it_although_another_owns_the_case(talk: Talk):
    talk.agent("#escalate Lea what do you know?", to_bob(talk), sender=BOB)
    at_lea = letters_to(talk, "lea@acme.example")[-1]
    talk.agent("#escalate Lab Ltd please measure it", at_lea, sender=LEA)
    talk.agent("yes", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    assert talk.case.owner == "Bob"
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    (told,) = silence(talk, "lea@acme.example")
    assert "Lea (you)" in said(told)
    assert silence(talk) == []
    answers(talk, to_lab(talk)[0], "It was faulty.")
    for address in ("bob@acme.example", "lea@acme.example"):
        assert "It was faulty." in said(letters_to(talk, address)[-1])


def test_two_daemons_tell_it_once(talk: Talk):
    asks(talk)
    talk.now = A_WEEK_LATER + timedelta(seconds=1)
    assert warn_due(talk.desk) == 1
    assert warn_due(talk.desk) == 0
    talk.work()
    assert len(silence(talk)) == 1


# Once more


def test_with_one_word_the_question_goes_there_once_more(talk: Talk):
    asks(talk, files={"meter.pdf": PDF})
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    talk.agent("#remind", silence(talk)[0], sender=BOB)
    first, second = to_lab(talk)
    assert "was asked once more" in said(to_bob(talk))
    assert "please measure it" in said(second)
    assert "we have not had an answer yet" in said(second)
    assert enclosed(second) == {}
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Reply-To"] != first["Reply-To"]
    talk.agent("#remind", silence(talk)[0], sender=BOB)
    assert "is reminded once" in said(to_bob(talk))
    assert len(to_lab(talk)) == 2


def test_after_that_she_is_told_once_more_and_has_nothing_left_to_send(talk: Talk):
    asks(talk)
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    talk.agent("#emlékeztet", silence(talk)[0], sender=BOB)
    (waits,) = talk.case.questions
    assert waits.answer_by is not None
    goes_to(talk, waits.answer_by + timedelta(seconds=1))
    _, told = silence(talk)
    assert "was reminded, too" in said(told)
    assert "#remind" not in told.text


def test_either_mail_can_be_answered(talk: Talk):
    asks(talk)
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    talk.agent("#erinnern", silence(talk)[0], sender=BOB)
    answers(talk, to_lab(talk)[1], "It was faulty.")
    assert "It was faulty." in said(to_bob(talk))
    assert talk.case.questions == ()
    assert rows(talk)[0].ended_how == "answered"


def test_she_may_remind_before_the_day_and_by_name(talk: Talk):
    asks(talk)
    asks(talk, "#escalate Mill who ground the lid?")
    talk.agent("#remind", to_bob(talk), sender=BOB)
    back = said(to_bob(talk))
    assert "several people outside have not answered" in back
    assert "#remind Mill." in back
    talk.agent("#remind Mill", to_bob(talk), sender=BOB)
    assert len(letters_to(talk, "mill@mill.example")) == 2
    assert len(to_lab(talk)) == 1


def test_where_nobody_waits_nothing_is_sent(talk: Talk):
    talk.agent("#remind", to_bob(talk), sender=BOB)
    assert "nobody outside is asked about this case who has not answered" in said(to_bob(talk))
    asks(talk)
    answers(talk, to_lab(talk)[0], "It was faulty.")
    talk.agent("#remind Lab Ltd", to_bob(talk), sender=BOB)
    assert "nobody outside is asked" in said(to_bob(talk))
    assert len(to_lab(talk)) == 1


def test_words_with_it_stay_here(talk: Talk):
    asks(talk)
    talk.agent("#remind\n\nThey are slow as ever.", to_bob(talk), sender=BOB)
    assert len(to_lab(talk)) == 2
    assert b"slow" not in to_lab(talk)[1].raw
    assert all("slow" not in text for text in to_customer(talk))


def test_a_case_that_goes_on_in_another_takes_its_question_along(talk: Talk):
    asks(talk)
    first = talk.case.reference
    talk.customer("My kettle exploded, I said.", subject="Kettle")
    second = next(case for case in talk.cases if case.reference != first)
    talk.agent(
        f"#merge {second.reference}",
        next(
            letter for letter in reversed(letters_to(talk, "bob@acme.example")) if first in letter["Subject"]
        ),
        sender=BOB,
    )
    (goes_on,) = [case for case in talk.cases if case.reference == second.reference]
    assert [each.to for each in goes_on.questions] == ["Lab Ltd"]
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    (told,) = silence(talk)
    assert second.reference in told["Subject"]


def test_a_supervisor_may_ask_and_is_told(talk: Talk):
    talk.agent("#escalate Vera what do you say?", to_bob(talk), sender=BOB)
    at_vera = letters_to(talk, "vera@acme.example")[-1]
    talk.agent("#escalate Lab Ltd please measure it", at_vera, sender=VERA)
    talk.agent("yes", letters_to(talk, "vera@acme.example")[-1], sender=VERA)
    assert LAB
    goes_to(talk, A_WEEK_LATER + timedelta(seconds=1))
    assert len(silence(talk, "vera@acme.example")) == 1


# Going on in another case


def merges(talk: Talk) -> tuple[str, str]:
    """Bob lets the case go on in a second one of the customer's; return both references."""
    first = talk.case.reference
    talk.customer("My kettle exploded, I said.", subject="Kettle")
    second = next(case.reference for case in talk.cases if case.reference != first)
    at_bob = [letter for letter in letters_to(talk, "bob@acme.example") if first in letter["Subject"]]
    talk.agent(f"#merge {second}", at_bob[-1], sender=BOB)
    return first, second


def ended(talk: Talk) -> list[tuple[int, str, str | None]]:
    """Of every question: the number of its case, who was asked, and how it ended."""
    return [(row.case_id, row.target, row.ended_how) for row in rows(talk)]


def test_of_a_question_that_went_over_the_answer_ends_the_row_of_the_other_case(talk: Talk):
    asks(talk)
    _, second = merges(talk)
    assert ended(talk) == [(1, "Lab Ltd", "merged"), (2, "Lab Ltd", None)]
    assert rows(talk)[0].asked_at == rows(talk)[1].asked_at
    answers(talk, to_lab(talk)[-1], "It is broken.")
    assert ended(talk) == [(1, "Lab Ltd", "merged"), (2, "Lab Ltd", "answered")]
    assert second in letters_to(talk, "bob@acme.example")[-1]["Subject"]


def test_a_question_that_the_other_case_has_asked_too_stands_there_once(talk: Talk):
    asks(talk)
    first = talk.case.reference
    talk.customer("My kettle exploded, I said.", subject="Kettle")
    second = next(case.reference for case in talk.cases if case.reference != first)

    def newest(reference: str) -> Letter:
        return [each for each in letters_to(talk, "bob@acme.example") if reference in each["Subject"]][-1]

    talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
    talk.agent("#escalate Lab Ltd and this one?", newest(second), sender=BOB)
    talk.agent("yes", newest(second), sender=BOB)
    talk.agent(f"#merge {second}", newest(first), sender=BOB)
    assert ended(talk) == [(1, "Lab Ltd", "merged"), (2, "Lab Ltd", None)]


def test_who_was_asked_to_step_in_is_asked_in_the_case_that_goes_on(talk: Talk):
    talk.agent("#escalate Vera what do you say?", to_bob(talk), sender=BOB)
    asked = letters_to(talk, "vera@acme.example")[-1]
    _, second = merges(talk)
    assert ended(talk) == [(1, "Vera", "merged"), (2, "Vera", None)]
    (goes_on,) = [case for case in talk.cases if case.reference == second]
    assert goes_on.escalated_to == "Vera"
    talk.agent("#note I look at it.", asked, sender=VERA)
    assert ended(talk) == [(1, "Vera", "merged"), (2, "Vera", "answered")]


def test_who_lets_a_case_go_on_that_she_was_asked_about_has_stepped_in(talk: Talk):
    talk.agent("#escalate Lea what do you say?", to_bob(talk), sender=BOB)
    first = talk.case.reference
    talk.customer("My kettle exploded, I said.", subject="Kettle")
    second = next(case for case in talk.cases if case.reference != first)
    at_lea = [letter for letter in letters_to(talk, "lea@acme.example") if first in letter["Subject"]]
    talk.agent(f"#merge {second.reference}", at_lea[-1], sender=LEA)
    assert [row.ended_at is None for row in rows(talk)] == [False]
    assert all(case.escalation is None for case in talk.cases)
