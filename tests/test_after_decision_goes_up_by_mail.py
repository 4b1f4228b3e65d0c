"""A mail after the decision that nobody reads goes up, as anything else does that is about to be late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailproc.cases.case import Opinion, Status
from mailproc.cases.chronicle import Step, steps
from mailproc.cases.events import SurveyAnswered
from mailproc.jobs.close import close_due
from mailproc.jobs.digest_state import state_of_desk
from mailproc.jobs.stepping_in import hand_up
from mailproc.people import People
from mailproc.store import casebook
from mailproc.store.due import cases_due
from tests.conversation import Letter, Talk
from tests.test_after_decision_by_mail import writes
from tests.test_agents_by_mail import BOB, letters_to, to_bob, to_customer, what
from tests.test_clocks_by_mail import RESOLVE
from tests.test_conversations import bounce_of
from tests.test_escalation_by_mail import LEA, STAFF, VERA, absence, goes_to, rows, said, to_lea, to_vera
from tests.test_languages_by_mail import LANGUAGES, is_foreign, words_of
from tests.test_policies_by_mail import owed

# Ann writes on Tuesday, 24 November 2026; stage 2 would have to be acknowledged in five working days.
DUE = datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)  # in London the day ends
LAST_WARNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
UNCLEAR = "When will the money come?"

MakeDecided = Callable[..., Talk]


@pytest.fixture
def decided(make_talk: Callable[..., Talk]) -> MakeDecided:
    """A complaint of Monday, 23 November 2026, that Bob has decided on the same day; Lea leads him."""

    def make(policy: str = "uk-housing", decision: str = RESOLVE, language: str = "en") -> Talk:
        agents = [agent | {"languages": [language]} for agent in STAFF["agents"]]
        people = People.model_validate({**STAFF, "agents": agents})
        talk = make_talk(people=people, desk={"policy": policy, "languages": list(LANGUAGES)})
        talk.customer("My kettle exploded.")
        if talk.case.owner != "Bob":
            talk.agent("#assign Bob", letters_to(talk, "lea@acme.example")[-1], sender=LEA)
        assert talk.case.owner == "Bob"
        talk.agent(decision, to_bob(talk), sender=BOB)
        talk.wait(minutes=3)
        assert talk.case.status is Status.RESOLVED
        return talk

    return make


@pytest.fixture
def asked(decided: MakeDecided) -> Talk:
    """Ann has written after the decision, and it is not plain what she wants."""
    talk = decided()
    writes(talk, UNCLEAR, days=1)
    assert owed(talk) == {"s2.ack": "2026-12-01"}
    return talk


def stands(talk: Talk) -> bool:
    return (talk.case.status, talk.case.stage, talk.case.outcome) == (Status.RESOLVED, 1, "upheld")


def went_up(talk: Talk) -> Letter:
    """The lead has been asked, because nobody has said by the last warning what Ann wants."""
    goes_to(talk, LAST_WARNING)
    (letter,) = to_lea(talk)
    return letter


# Nobody reads it


def test_the_last_warning_brings_the_lead_the_mail_and_what_she_can_do(asked: Talk):
    letter = went_up(asked)
    text = said(letter)
    assert "The customer wrote after the decision, and nobody has said what is asked for." in text
    assert "It has to be said by 2026-12-02 00:59." in text
    assert UNCLEAR in text
    assert "#stage 2. That counts from the mail, and is to be acknowledged by 2026-12-01." in text
    assert "answer the customer, or finish the case with #close: the decision stands." in text
    assert "30 November 2026, 14:00" in text, "four hours are hers, then the supervisor is asked"
    assert "Answer due Tuesday 1 December 2026" in text
    options = letter.text.partition("What you can do")[2]
    assert [line.strip() for line in options.splitlines() if line.startswith("  #")] == [
        *("#stage 2", "#reply", "#close", "#take", "#assign", "#escalate …", "#help")
    ]
    page = letter.message.get_body(("html",))
    assert page is not None
    assert "#stage 2. That counts from the mail" in page.get_content()
    assert stands(asked)
    assert asked.case.escalation is not None
    assert (asked.case.escalation.rules, asked.case.escalated_to) == (("warning:s2.ack",), "Lea")


def test_the_owner_hears_of_it_with_what_is_due(asked: Talk):
    before = len(letters_to(asked, "bob@acme.example"))
    went_up(asked)
    (told,) = letters_to(asked, "bob@acme.example")[before:]
    assert "By Wednesday 2 December 2026, 00:59 somebody has to say what is asked for." in said(told)
    assert "Asked to step in: Lea." in said(told)


def test_whoever_does_not_answer_is_followed_by_who_stands_above(asked: Talk):
    went_up(asked)
    asked.wait(hours=4, minutes=1)
    (letter,) = to_vera(asked)
    assert "Asked before, in vain: Lea." in said(letter)
    assert "nobody has said what is asked for" in said(letter)
    goes_to(asked, DUE + timedelta(minutes=1))  # late, which is written down while Vera is asked
    assert (len(to_lea(asked)), len(to_vera(asked))) == (1, 1)
    assert asked.case.escalated_for == ("warning:s2.ack", "breach:s2.ack")
    asked.agent("#stage 2 she wants more", letter, sender=VERA)
    assert (asked.case.stage, asked.case.status, asked.case.escalation) == (2, Status.OPEN, None)
    assert [(row.target, row.rule, row.ended_how) for row in rows(asked)] == [
        ("Lea", "warning:s2.ack", "unanswered"),
        ("Vera", "warning:s2.ack", "answered"),
    ]


def test_advice_alone_says_nothing_and_when_it_is_late_it_goes_further_up(asked: Talk):
    asked.agent("I ring her.", went_up(asked), sender=LEA)
    assert asked.case.escalation is None
    assert stands(asked)
    goes_to(asked, DUE + timedelta(minutes=1))
    (letter,) = to_vera(asked)
    assert "by 2026-12-02 00:59 somebody should have said what is asked for" in said(letter)


def test_after_an_outage_of_two_weeks_there_is_one_letter(asked: Talk):
    goes_to(asked, DUE + timedelta(days=14))
    asked.work()
    assert (len(to_lea(asked)), len(to_vera(asked))) == (1, 0)
    assert "somebody should have said" in said(to_lea(asked)[0])


def test_the_customer_hears_nothing_of_it(asked: Talk):
    before = len(to_customer(asked))
    went_up(asked)
    asked.wait(hours=5)
    goes_to(asked, DUE + timedelta(days=3))
    assert asked.case.escalated_to == "Vera"
    assert len(to_customer(asked)) == before


@pytest.mark.parametrize("how", ["away", "unreachable"])
def test_who_is_not_there_is_followed_at_once(asked: Talk, how: str):
    letter = went_up(asked)
    if how == "away":
        asked.arrives(absence(asked, letter, LEA))
    else:
        asked.arrives(bounce_of(letter.envelope_from, "lea@acme.example"))
    assert UNCLEAR in said(to_vera(asked)[-1])
    assert rows(asked)[0].ended_how == how
    assert asked.case.escalated_to == "Vera"
    assert stands(asked)


def test_it_stands_in_the_digest_of_whoever_is_asked(asked: Talk):
    went_up(asked)
    asked.wait(hours=5)
    vera = asked.desk.people.supervisors[0]
    with asked.desk.database.reading() as session:
        (due,) = cases_due(session, None, 10)
        state = state_of_desk(session, vera, asked.config.desk.zone, asked.now, lines=8, hand_offs=3)
    today, *_ = state.facts["sections"]
    (line,) = today.lines
    assert (today.id, line.reference, line.to, line.why) == (
        *("today", asked.case.reference, "Vera"),
        ("for_you", "soon"),
    )
    assert line.due_at == DUE
    assert (due.reference, due.next_deadline_at) == (line.reference, DUE)
    assert state.facts["counts"].for_you == 1
    assert [step.at for step in steps(asked.history()) if step.step is Step.ESCALATED] == [
        row.asked_at for row in rows(asked)
    ]


@pytest.mark.parametrize(
    ("language", "near", "late"),
    [
        ("hu", "senki sem mondta még meg, mit kér", "Eddig kellett volna megmondani, mit kér"),
        ("de", "noch hat niemand gesagt, was er wünscht", "hätte jemand sagen müssen, was er wünscht"),
    ],
)
def test_whoever_is_asked_reads_it_in_her_language(decided: MakeDecided, language: str, near: str, late: str):
    talk = decided(language=language)
    writes(talk, "Wann?", days=1)
    goes_to(talk, LAST_WARNING)
    asked, told = (letters_to(talk, f"{who}@acme.example")[-1] for who in ("lea", "bob"))
    assert near in words_of(asked)
    talk.wait(days=4)
    again = to_bob(talk)
    assert late in words_of(again)
    assert [is_foreign(letter) for letter in (asked, told, again)] == [set(), set(), set()]


# Somebody says what is asked for


@pytest.mark.parametrize(
    ("words", "status", "stage"),
    [
        ("#stage 2 she wants more", Status.OPEN, 2),
        ("#close told on the telephone", Status.CLOSED, 1),
        ("#reopen we look at it again", Status.OPEN, 1),
        ("Within a week.", Status.RESOLVED, 1),
    ],
)
def test_the_owner_says_it_and_nobody_above_is_waited_for(
    asked: Talk, words: str, status: Status, stage: int
):
    went_up(asked)
    asked.agent(words, letters_to(asked, "bob@acme.example")[-1], sender=BOB)
    asked.wait(minutes=3)
    assert (asked.case.status, asked.case.stage, asked.case.escalation) == (status, stage, None)
    goes_to(asked, LAST_WARNING + timedelta(hours=5))
    assert to_vera(asked) == []
    (row,) = rows(asked)
    assert row.ended_at is not None


def test_who_is_asked_takes_it_and_answers(asked: Talk):
    letter = went_up(asked)
    asked.agent("#take\n#reply\nIt is on its way.", letter, sender=LEA)
    asked.wait(minutes=3)
    assert (asked.case.owner, asked.case.escalation, owed(asked)) == ("Lea", None, {})
    assert stands(asked)
    assert any("It is on its way." in text for text in to_customer(asked))
    assert [row.ended_how for row in rows(asked)] == ["answered"]


@pytest.mark.parametrize(
    ("words", "stage", "ended_how"),
    [("Thank you, that settles it.", 1, "decided"), ("I do not accept it.", 2, "answered")],
)
def test_the_customer_says_it_herself(asked: Talk, words: str, stage: int, ended_how: str):
    went_up(asked)
    writes(asked, words, minutes=10)
    assert asked.case.stage == stage
    assert rows(asked)[0].ended_how == ended_how
    assert rows(asked)[0].ended_at is not None
    if stage == 1:
        assert stands(asked)
        assert (owed(asked), asked.case.escalation) == ({}, None)
        assert "nothing is to be done" in said(to_bob(asked))
    else:
        assert (asked.case.owner, asked.case.escalation) == ("Vera", None), "stage 2 is hers"


def test_thanks_of_somebody_else_who_takes_part_are_not_hers(asked: Talk):
    asked.agent("#cc +max@customer.example", to_bob(asked), sender=BOB)
    asked.agent("yes", to_bob(asked), sender=BOB)
    assert "max@customer.example" in asked.case.participants
    letter = letters_to(asked, "ann@customer.example")[-1]
    asked.customer("Thank you, that settles it.", answering=letter, sender="Max <max@customer.example>")
    assert what(asked)[-1] == "is content with the decision"
    assert owed(asked) == {"s2.ack": "2026-12-01"}


def test_a_second_mail_after_an_answer_goes_up_as_the_first_did(asked: Talk):
    went_up(asked)
    asked.agent("Within a week.", letters_to(asked, "bob@acme.example")[-1], sender=BOB)
    asked.wait(minutes=3)
    assert asked.case.escalated_for == ()
    writes(asked, "It has not come.", days=10)
    goes_to(asked, datetime(2026, 12, 17, 12, 0, tzinfo=UTC))
    assert owed(asked) == {"s2.ack": "2026-12-17"}
    (again,) = to_vera(asked)
    assert "It has not come." in said(again)


def test_three_mails_without_an_answer_go_up_at_once(asked: Talk):
    writes(asked, "Have you read my mail?", hours=5)
    assert to_lea(asked) == []
    writes(asked, "Is anybody there?", hours=5)
    (letter,) = to_lea(asked)
    assert "has written 3 times without an answer" in said(letter)
    assert "#stage 2" in letter.text
    assert "goes up" in letters_to(asked, "bob@acme.example")[-1]["Subject"].casefold()
    assert stands(asked)


def test_who_names_her_lawyer_is_heard_above_whatever_else_is_not_plain(asked: Talk):
    writes(asked, "If it is late again, my lawyer will write to you.", hours=5)
    assert stands(asked)
    assert "speaks of a lawyer" in said(to_lea(asked)[0])


def test_our_own_letter_below_a_mail_hands_nothing_up(decided: MakeDecided):
    talk = decided(decision=f"{RESOLVE} Our lawyer says so, too.")
    letter = letters_to(talk, "ann@customer.example")[-1]
    talk.now += timedelta(days=1)
    talk.customer(f"When?\n\n{letter.text}", answering=letter)
    assert owed(talk) == {"s2.ack": "2026-12-01"}
    assert talk.case.escalation is None


def test_another_case_that_goes_on_in_it_ends_the_question(asked: Talk):
    went_up(asked)
    asked.customer("The toaster exploded, too.", subject="The toaster")
    other = asked.cases[1]
    told = [letter for letter in asked.letters if other.reference in letter["Subject"]][-1]
    who = {"bob@acme.example": BOB, "lea@acme.example": LEA}[told.to]
    asked.agent(f"#merge {asked.cases[0].reference}", told, sender=who)
    first, second = asked.cases
    assert (first.status, first.escalation, second.merged_into) == (Status.OPEN, None, first.reference)
    goes_to(asked, DUE + timedelta(days=1))
    assert "s2.ack" not in [clock.id for clock in asked.cases[0].clocks]


def test_who_takes_the_mail_out_of_the_case_is_told_that_the_question_stays(asked: Talk):
    asked.agent("#split", to_bob(asked), sender=BOB)
    first, apart = asked.cases
    assert (apart.split_from, apart.status) == (first.reference, Status.NEW)
    receipts = [
        said(letter)
        for letter in letters_to(asked, "bob@acme.example")
        if first.reference in letter["Subject"]
    ]
    assert f"is {apart.reference} now" in receipts[-1]
    assert "finish the case with #close" in receipts[-1]


# An agent asks for it


def test_an_agent_hands_up_what_she_cannot_read_and_the_decision_stands(asked: Talk):
    asked.agent("#escalate is this a complaint about the refund?", to_bob(asked), sender=BOB)
    (letter,) = to_lea(asked)
    assert "is this a complaint about the refund?" in said(letter)
    assert "#stage 2" in letter.text
    assert stands(asked)
    assert asked.case.escalated_to == "Lea"
    asked.agent("#assign Bob\n#note It is not: answer her.", letter, sender=LEA)
    assert asked.case.escalation is None
    assert owed(asked) == {"s2.ack": "2026-12-01"}, "nobody has answered Ann yet"


def test_the_command_line_hands_it_up_too(asked: Talk):
    with asked.desk.database.transaction() as session:
        found = casebook.find(session, asked.case.reference)
        assert found is not None
        hand_up(asked.desk, session, found[0], who="olga", to=None, reason="she rang", now=asked.now)
    asked.work()
    assert "she rang" in said(to_lea(asked)[0])
    assert stands(asked)


def test_a_decided_case_without_a_question_goes_nowhere(decided: MakeDecided):
    talk = decided()
    talk.agent("#escalate what now", to_bob(talk), sender=BOB)
    assert "cannot escalate" in said(to_bob(talk))
    assert to_lea(talk) == []


# Where no stage is left


def test_an_answer_to_the_survey_that_is_not_plain_waits_for_a_person_and_goes_up(decided: MakeDecided):
    talk = decided("generic-24h")
    writes(talk, "Thank you, that settles it.", minutes=5)  # so it is known that she is at this address
    talk.wait(days=8)
    letter = next(letter for letter in talk.letters if letter["Subject"].startswith("How did we do?"))
    talk.customer("Two weeks and still no parcel", answering=letter)
    assert stands(talk)
    assert owed(talk) == {"asked": "2026-12-02"}
    assert "When the customer does not want to leave it at that: #reopen." in said(to_bob(talk))
    talk.wait(hours=23)
    (up,) = to_lea(talk)
    assert "nobody has said what is asked for" in said(up)
    assert "#reopen" in up.text.partition("What you can do")[2]
    talk.agent("#close the parcel has come", up, sender=LEA)
    assert (talk.case.status, talk.case.escalation) == (Status.CLOSED, None)


def test_it_is_not_closed_over(decided: MakeDecided):
    talk = decided("generic-24h")
    talk.happens(
        SurveyAnswered(
            sender="ann@customer.example",
            known_sender=True,
            score=None,
            opinion=Opinion.UNCLEAR,
            remarks=True,
            rule="r",
        )
    )
    talk.now += timedelta(days=90)
    assert close_due(talk.desk) == 0
    assert stands(talk)


def test_who_writes_again_after_a_second_decision_is_heard_above_again(decided: MakeDecided):
    talk = decided("generic-24h")
    for number in range(2):
        writes(talk, f"No, it was you. {number}", days=1)
        assert talk.case.status is Status.OPEN
        assert len(to_lea(talk)) + len(to_vera(talk)) == number + 1
        talk.agent(RESOLVE, letters_to(talk, "bob@acme.example")[-1], sender=BOB)
        talk.wait(minutes=3)
        assert (talk.case.status, talk.case.escalation) == (Status.RESOLVED, None)
