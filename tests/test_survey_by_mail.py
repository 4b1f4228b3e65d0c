"""After a decision the desk asks how it was found; a no is taken up again, and some are never asked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlmodel import select

from mailproc.cases.case import Status
from mailproc.cases.events import CaseResolved
from mailproc.jobs.explain import explain
from mailproc.people import People
from mailproc.store import casebook, surveys
from mailproc.store.surveys import Satisfaction
from mailproc.store.tables import SurveyRow
from tests.conversation import ANN, Letter, Talk
from tests.plain_rules import by_plain_rules
from tests.test_conversations import bounce_of

BOB = "Bob Baker <bob@acme.example>"
LEA = "Lea Lang <lea@acme.example>"
PEOPLE = People.model_validate(
    {
        "agents": [
            {"name": "Bob", "address": "bob@acme.example"},
            {"name": "Lea", "address": "lea@acme.example"},
        ],
        "teams": {"front": {"members": ["Bob", "Lea"], "lead": "Lea"}},
        "routing": [{"team": "front"}],
    }
)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def letters_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == address]


def to_customer(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")


def to_bob(talk: Talk) -> list[Letter]:
    return letters_to(talk, "bob@acme.example")


def asked(talk: Talk) -> list[Letter]:
    return [letter for letter in talk.letters if letter["Subject"].startswith("How did we do?")]


def complains(talk: Talk, text: str = "My kettle exploded.", *, proved: bool = True, **mail: str) -> None:
    """A customer's mail, and whether our mail host says that her domain sent it."""
    raw = talk.write(text, **mail)
    if proved:
        raw = talk.write_as_agent(text, None, sender=mail.pop("sender", ANN), **mail)
    talk.arrives(raw)


def resolves(talk: Talk, outcome: str = "upheld") -> None:
    talk.agent(
        f"#resolve {outcome} cause=quality remedy=replacement\n\nYou get a new one.",
        to_bob(talk)[-1],
        sender=BOB,
    )
    talk.wait(minutes=3)
    assert talk.cases[0].status is Status.RESOLVED


def surveyed(talk: Talk, **mail: str) -> Letter:
    """A complaint, its decision, and the question five days later."""
    complains(talk, **mail)
    resolves(talk)
    talk.wait(days=5)
    (survey,) = asked(talk)
    return survey


def found(talk: Talk) -> Satisfaction:
    with talk.desk.database.reading() as session:
        case = casebook.find(session, talk.cases[0].reference)
        assert case is not None
        return surveys.satisfaction(session, case[0])


def left_out(talk: Talk) -> list[str]:
    with talk.desk.database.reading() as session:
        return [row.left_out for row in session.exec(select(SurveyRow))]


# The question


def test_five_days_after_the_decision_the_customer_is_asked_once(talk: Talk):
    complains(talk)
    resolves(talk)
    talk.wait(days=4, hours=23)
    assert asked(talk) == []

    talk.wait(hours=1)
    (survey,) = asked(talk)
    assert survey.to == "ann@customer.example"
    assert "Reply with a number from 1 to 5." in survey.text
    assert survey["Auto-Submitted"] == "auto-generated"
    assert survey["Reply-To"] != to_customer(talk)[0]["Reply-To"]
    assert survey["In-Reply-To"], "it stands in the same conversation"
    assert "asked how the customer found it" in talk.happened()
    assert talk.case.status is Status.RESOLVED

    talk.wait(days=1)
    talk.wait(days=10)
    assert len(asked(talk)) == 1


def test_each_decision_is_asked_about_once(talk: Talk):
    talk.customer("1", answering=surveyed(talk))
    resolves(talk)
    talk.wait(days=8)
    assert len(asked(talk)) == 2
    talk.wait(days=8)
    assert len(asked(talk)) == 2


def test_a_case_that_is_open_again_is_not_asked_about(talk: Talk):
    complains(talk)
    resolves(talk)
    talk.wait(days=4)
    talk.customer("It broke again.", answering=to_customer(talk)[-1])
    talk.wait(days=10)
    assert asked(talk) == []


def test_a_desk_may_never_ask(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE)
    talk.config.__dict__["complaints"] = talk.config.complaints.model_copy(
        update={"survey_after": timedelta(0)}
    )
    complains(talk)
    resolves(talk)
    talk.wait(minutes=1)
    assert left_out(talk) == ["the settings say that nobody is asked"]
    assert [clock.id for clock in talk.case.clocks if clock.is_owed] == []
    before = len(talk.letters)
    talk.wait(days=10)
    assert asked(talk) == []
    assert len(talk.letters) == before, "no agent is reminded of what no agent can do"


def test_a_desk_without_agents_does_not_ask(talk: Talk):
    complains(talk)
    resolves(talk)
    talk.desk.adopt(People())
    talk.wait(days=10)
    assert asked(talk) == []


def test_who_answered_a_letter_is_known_to_read_his_mail(talk: Talk):
    complains(talk, proved=False)
    talk.customer("It was the red one.", answering=to_customer(talk)[-1])
    resolves(talk)
    talk.wait(days=5)
    assert len(asked(talk)) == 1


def test_an_address_that_nothing_proves_is_not_asked(talk: Talk):
    complains(talk, proved=False)
    resolves(talk)
    talk.wait(days=5)
    assert asked(talk) == []
    assert left_out(talk) == ["nothing proves that the customer is at this address"]
    talk.wait(days=1)
    assert len(left_out(talk)) == 1


def test_who_answers_in_anothers_name_proves_nothing(talk: Talk):
    """The acknowledgement went to the forger's own mailbox, and with it the signed address."""
    raw = talk.write("Your kettles are bad.", headers={"Reply-To": "eve@evil.example"})
    talk.arrives(raw)
    (acknowledged,) = letters_to(talk, "eve@evil.example")
    talk.customer("Very bad.", answering=acknowledged)
    assert talk.dispositions[-1] == "joined"
    resolves(talk)
    talk.wait(days=5)
    assert asked(talk) == []


def test_a_complaint_that_was_withdrawn_is_not_asked_about(talk: Talk):
    complains(talk)
    resolves(talk, "withdrawn")
    talk.wait(days=5)
    assert asked(talk) == []
    assert left_out(talk) == ["the complaint was withdrawn"]


def test_mail_that_is_not_answered_automatically_gets_no_survey(talk: Talk):
    """A web form, a list, an archive: their acknowledgement was withheld."""
    complains(talk, headers={"Auto-Submitted": "auto-generated"})
    resolves(talk)
    talk.wait(days=5)
    assert asked(talk) == []
    assert left_out(talk) == ["no letter was to be sent automatically about this case"]


def test_who_cannot_be_reached_is_not_asked(talk: Talk):
    complains(talk)
    resolves(talk)
    talk.agent("#reply\nOne thing more: it is blue.", to_bob(talk)[-1], sender=BOB)
    talk.wait(minutes=3)
    talk.arrives(bounce_of(to_customer(talk)[-1].envelope_from))
    assert (talk.case.status, talk.case.unreachable) == (Status.RESOLVED, True)
    talk.wait(days=5)
    assert left_out(talk) == ["our mail to the customer came back"]
    assert asked(talk) == []


def test_after_the_time_to_disagree_nobody_is_asked(talk: Talk):
    """As when the desk stood still for a month: a no would come too late."""
    complains(talk)
    resolves(talk)
    talk.wait(days=32)
    assert asked(talk) == []
    assert talk.case.status is Status.CLOSED


def test_too_many_letters_in_a_day_put_the_survey_off(talk: Talk):
    complains(talk)
    resolves(talk)
    talk.now += timedelta(days=5)
    for number in range(4):
        raw = talk.write(f"Complaint {number}", subject=f"New {number}")
        talk.arrives(raw) if number == 3 else talk.arrives(raw, work=False)
    assert asked(talk) == []
    assert left_out(talk) == []
    talk.wait(days=1, minutes=1)
    assert len(asked(talk)) == 1


# The answer


def test_a_high_score_is_kept_and_troubles_nobody(talk: Talk):
    survey = surveyed(talk)
    told = len(to_bob(talk))
    talk.customer("5", answering=survey)
    assert talk.case.status is Status.RESOLVED
    assert (found(talk).score, found(talk).opinion) == (5, "satisfied")
    assert talk.history()[-1].text == "5 of 5, satisfied"
    assert len(to_bob(talk)) == told
    assert talk.letters[-1] == survey, "nobody is thanked for an answer by a machine"
    assert talk.ledger["joined"] == 1


def test_praise_in_words_reaches_the_agent_and_leaves_the_case_resolved(talk: Talk):
    talk.customer("5\n\nBob was very kind.", answering=surveyed(talk))
    assert talk.case.status is Status.RESOLVED
    assert "Bob was very kind." in to_bob(talk)[-1].text
    assert letters_to(talk, "lea@acme.example") == []


@pytest.mark.parametrize("words", ["1", "2/5", "No, I am not satisfied.", "4\n\nI do not agree."])
def test_a_no_opens_the_case_again_and_the_lead_hears_of_it(talk: Talk, words: str):
    survey = surveyed(talk)
    told = len(to_bob(talk))
    talk.customer(words, answering=survey)
    assert (talk.case.status, talk.case.outcome, talk.case.resolved_at) == (Status.OPEN, None, None)
    assert talk.happened().count("answered the survey, case reopened") == 1
    assert found(talk).opinion == "dissatisfied"
    follow_up, goes_up = to_bob(talk)[told:]
    assert "answered the survey, case reopened" in follow_up.text
    assert "Asked to step in: Lea." in goes_up.text
    (asked,) = letters_to(talk, "lea@acme.example")
    assert "is not satisfied" in asked.text
    assert len(talk.cases) == 1


def test_without_a_lead_the_supervisors_who_are_agents_hear_of_a_no(make_talk: Callable[..., Talk]):
    people = PEOPLE.model_dump()
    people["teams"]["front"]["lead"] = None
    people["supervisors"] = [{"name": "Lea", "address": "lea@acme.example"}]
    talk = make_talk(people=People.model_validate(people))
    talk.customer("1", answering=surveyed(talk))
    assert len(letters_to(talk, "lea@acme.example")) == 1


@pytest.mark.parametrize("words", ["not bad", "2 weeks and nothing", "Could be better."])
def test_what_says_neither_is_read_by_a_person_who_decides(talk: Talk, words: str):
    survey = surveyed(talk)
    talk.customer(words, answering=survey)
    assert talk.case.status is Status.RESOLVED
    assert (found(talk).score, found(talk).opinion) == (None, "unclear")
    told = to_bob(talk)[-1]
    assert words in told.text
    talk.agent("#reopen she is not content", told, sender=BOB)
    assert talk.case.status is Status.OPEN


def test_the_newest_score_counts_and_the_history_keeps_both(talk: Talk):
    survey = surveyed(talk)
    talk.customer("5", answering=survey)
    talk.customer("1", answering=survey)
    assert found(talk).score == 1
    assert [entry.text for entry in talk.history() if entry.what.startswith("answered the survey")] == [
        "5 of 5, satisfied",
        "1 of 5, dissatisfied",
    ]


def test_the_same_answer_by_another_route_opens_the_case_once(talk: Talk):
    raw = talk.customer("1", answering=surveyed(talk))
    talk.agent(
        "#resolve upheld cause=quality remedy=refund\n\nYour money comes back.", to_bob(talk)[-1], sender=BOB
    )
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED
    talk.arrives(b"Received: by another.route; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)
    assert talk.dispositions[-1] == "duplicate"
    assert talk.case.status is Status.RESOLVED


def test_a_button_starts_a_mail_that_is_understood(talk: Talk):
    """As a mail program writes it: no In-Reply-To, what the link says, and a signature of its own."""
    survey = surveyed(talk)
    body = survey.message.get_body(("html",))
    assert body is not None
    links = [
        html.unescape(link) for link in re.findall(r'href="(mailto:[^"]*body=[^"]*)"', body.get_content())
    ]
    assert len(links) == 5
    pressed = urlsplit(links[3])
    fields = parse_qs(pressed.query)
    talk.customer(
        fields["body"][0] + "\n\nSent from my iPhone\n",
        to=unquote(pressed.path),
        subject=fields["subject"][0],
    )
    assert found(talk).score == 4
    assert talk.case.status is Status.RESOLVED


def test_without_tagged_addresses_there_are_no_buttons_and_a_reply_is_understood(
    make_talk: Callable[..., Talk],
):
    talk = make_talk(people=PEOPLE, desk={"plus_addressing": False})
    complains(talk)
    talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"))
    talk.wait(days=5)
    (survey,) = asked(talk)
    assert b"body=3D" not in survey.raw
    assert b"press one" not in survey.raw
    talk.customer("4", answering=survey)
    assert found(talk).score == 4
    assert talk.case.status is Status.RESOLVED


def test_the_chain_of_references_alone_answers_no_survey(make_talk: Callable[..., Talk]):
    """It also stands in every later mail of the conversation."""
    talk = make_talk(people=PEOPLE, desk={"plus_addressing": False})
    complains(talk)
    talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"))
    talk.wait(days=5)
    talk.customer("5", headers={"References": asked(talk)[0]["Message-ID"]})
    assert found(talk).score is None
    assert talk.case.status is Status.OPEN


def test_mail_that_answers_another_letter_is_no_answer_to_the_survey(talk: Talk):
    """Its References carry the survey's id too, and it opens the case again as it always did."""
    surveyed(talk)
    resolution = to_customer(talk)[1]
    talk.customer("5", answering=resolution)
    assert talk.case.status is Status.OPEN
    assert found(talk).score is None
    assert "wrote again, case reopened" in talk.happened()


def test_a_machine_answers_nothing(talk: Talk):
    survey = surveyed(talk)
    told = len(to_bob(talk))
    talk.customer(
        "5\nI am away until Monday.",
        answering=survey,
        headers={"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"},
    )
    assert talk.dispositions[-1] == "auto_reply"
    assert (found(talk).score, talk.case.status) == (None, Status.RESOLVED)
    assert len(to_bob(talk)) == told

    talk.customer("1\nYour request was registered.", answering=survey, headers={"List-Help": "<x@y.example>"})
    assert talk.dispositions[-1] == "joined"
    assert (found(talk).score, talk.case.status) == (None, Status.RESOLVED)


@pytest.mark.parametrize("words", ["1", "5", "not bad", "5\n\nstop"])
def test_what_is_explained_is_what_happens(talk: Talk, words: str):
    raw = talk.write(words, answering=surveyed(talk))
    before = len(talk.history())
    with talk.desk.database.reading() as session:
        told = explain(talk.desk, session, raw, talk.now)
    talk.arrives(raw)
    assert told.disposition == "joined"
    assert [(entry.what, entry.text) for entry in told.history] == [
        (entry.what, entry.text) for entry in talk.history()[before:] if entry.who == "customer"
    ]


def test_a_stranger_with_the_signed_address_is_named(talk: Talk):
    talk.customer("1", answering=surveyed(talk), sender="Al <al@elsewhere.example>")
    (entry,) = [entry for entry in talk.history() if entry.what == "answered the survey, case reopened"]
    assert "al@elsewhere.example, an address not known for this case" in entry.text
    assert "al@elsewhere.example" in to_bob(talk)[-1].text


def test_a_late_yes_is_kept_with_the_closed_case(talk: Talk):
    survey = surveyed(talk)
    talk.wait(days=30)
    assert talk.case.status is Status.CLOSED
    talk.customer("5", answering=survey)
    assert talk.case.status is Status.CLOSED
    assert found(talk).score == 5


def test_a_late_no_is_a_new_case_like_any_late_mail(talk: Talk):
    survey = surveyed(talk)
    talk.wait(days=30)
    talk.customer("1\n\nIt broke again.", answering=survey)
    old, new = talk.cases
    assert (old.status, new.previous) == (Status.CLOSED, old.reference)
    assert found(talk).score == 1
    assert "It broke again." in letters_to(talk, "lea@acme.example")[-1].text + to_bob(talk)[-1].text


def test_silence_closes_the_case(talk: Talk):
    surveyed(talk)
    talk.wait(days=24)
    assert talk.case.status is Status.RESOLVED
    talk.wait(days=3)
    assert talk.case.status is Status.CLOSED
    assert len(asked(talk)) == 1


# No more of it


@pytest.mark.parametrize("word", ["stop", "Leiratkozom.", "ABMELDEN"])
def test_a_word_ends_the_surveys_and_nothing_else(talk: Talk, word: str):
    survey = surveyed(talk)
    told = len(to_bob(talk))
    talk.customer(word, answering=survey)
    assert talk.case.status is Status.RESOLVED
    assert talk.happened()[-1] == "wants no more surveys"
    assert len(to_bob(talk)) == told
    assert talk.letters[-1] == survey

    talk.customer("It broke after all.", answering=to_customer(talk)[1])
    resolves(talk)
    assert "You get a new one." in to_customer(talk)[-1].text
    talk.wait(days=5)
    assert len(asked(talk)) == 1
    assert left_out(talk)[-1] == "the customer wants no surveys"


def test_where_the_rules_want_the_question_it_is_not_owed_to_who_wants_none(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"policy": "iso-10002"})
    complains(talk)
    talk.agent("#category quality", to_bob(talk)[-1], sender=BOB)
    resolves(talk)
    talk.wait(days=5)
    talk.customer("stop", answering=asked(talk)[-1])
    talk.customer("It broke after all.", answering=to_customer(talk)[1])
    resolves(talk)
    assert [clock.id for clock in talk.case.clocks if clock.is_owed] == ["followup"]
    talk.wait(days=5)
    assert [clock.id for clock in talk.case.clocks if clock.is_owed] == []
    last = talk.history()[-1]
    assert (last.who, last.what) == ("desk", "does not ask how the customer found it")
    assert last.text == "the customer wants no surveys"


def test_where_no_rule_wants_the_question_nothing_is_said_of_it(talk: Talk):
    by_plain_rules(talk)
    survey = surveyed(talk)
    talk.customer("stop", answering=survey)
    talk.customer("It broke after all.", answering=to_customer(talk)[1])
    resolves(talk)
    talk.wait(days=5)
    assert "does not ask how the customer found it" not in talk.happened()


def test_the_same_word_in_answer_to_another_letter_is_words(talk: Talk):
    complains(talk)
    talk.customer("stop", answering=to_customer(talk)[0])
    resolves(talk)
    talk.wait(days=5)
    assert len(asked(talk)) == 1
