"""Who of the desk hears what, and when: of colleagues, of what is due, of many mails, for whoever is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailproc.cases.events import CaseAssigned
from mailproc.inbound.cage import Cage
from mailproc.jobs import bundling
from mailproc.jobs.bundling import MOST_WITH_FILES
from mailproc.jobs.colleagues import NOTES_A_DAY
from mailproc.people import People
from mailproc.store import absences
from tests.conversation import Letter, Talk
from tests.plain_rules import by_plain_rules
from tests.servers import EmbeddedServers
from tests.test_conversations import bounce_of
from tests.test_files_by_mail import files_of, with_files

BOB = "Bob Baker <bob@acme.example>"
EVE = "Eve Ellis <eve@acme.example>"
TEAM = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example"},
        {"name": "Eve", "address": "eve@acme.example"},
    ],
    "teams": {"front": {"members": ["Bob", "Eve"]}},
    "routing": [{"team": "front"}],
}
PEOPLE = People.model_validate(TEAM)
AWAY = {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def to(talk: Talk, name: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == f"{name}@acme.example"]


def of_kind(talk: Talk, letter: str, name: str) -> list[Letter]:
    """What an agent was sent of one kind, as it left."""
    public = {row.message_id for row in talk.queue if row.letter == letter}
    return [mail for mail in to(talk, name) if mail["Message-ID"] in public]


def to_customer(talk: Talk) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == "ann@customer.example"]


def what(talk: Talk) -> list[str]:
    return [entry.what for entry in talk.history()]


def handed_to_eve(talk: Talk) -> Letter:
    """A case of Bob's that he has given to Eve; what she got is returned."""
    talk.customer("My kettle exploded.")
    talk.agent("#assign Eve", to(talk, "bob")[-1], sender=BOB)
    return to(talk, "eve")[-1]


# Colleagues


def test_who_gets_a_case_hears_it_with_what_the_customer_wrote(talk: Talk):
    letter = handed_to_eve(talk)
    assert "Bob has given you this case." in letter.text
    assert "│ My kettle exploded." in letter.text
    assert "kept as an internal note" in letter.text

    talk.agent("#reply\nDear Ann, I look after you now.", letter, sender=EVE)
    talk.wait(minutes=3)
    assert "I look after you now." in to_customer(talk)[-1].text


def test_a_note_reaches_the_owner_and_the_answer_to_it_its_author(talk: Talk):
    handed_to_eve(talk)
    talk.agent("#note\nShe rang again.", to(talk, "bob")[0], sender=BOB)
    note = to(talk, "eve")[-1]
    assert "Bob wrote this for the desk alone." in note.text
    assert "│ She rang again." in note.text

    talk.agent("What did she say?", note, sender=EVE)
    answer = to(talk, "bob")[-1]
    assert "Eve wrote this for the desk alone." in answer.text
    assert "│ What did she say?" in answer.text
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1


def test_nobody_is_told_of_her_own_note_nor_of_one_about_a_case_without_an_owner(make_talk):
    talk = make_talk(people=People.model_validate(TEAM | {"assignment": "whole_team"}))
    talk.customer("My kettle exploded.")
    talk.agent("#note\nShe rang.", to(talk, "bob")[-1], sender=BOB)
    talk.agent("#take\n#note\nShe rang again.", to(talk, "bob")[0], sender=BOB)
    assert of_kind(talk, "colleague_note", "eve") == []
    assert of_kind(talk, "colleague_note", "bob") == []
    assert what(talk).count("note") == 2


def test_the_owner_hears_of_an_answer_that_a_colleague_gave_and_of_a_case_that_is_taken(make_talk):
    talk = make_talk(people=People.model_validate(TEAM | {"assignment": "whole_team"}))
    talk.customer("My kettle exploded.")
    talk.agent("#take", to(talk, "bob")[-1], sender=BOB)
    talk.wait(minutes=1)
    talk.agent("#reply\nDear Ann, a new one leaves today.", to(talk, "eve")[0], sender=EVE)
    assert len(to(talk, "bob")) == 2, "her answer is stale: she has not seen that Bob took it"

    talk.agent("#send", to(talk, "eve")[-1], sender=EVE)
    told = to(talk, "bob")[-1]
    assert "Eve has answered the customer." in told.text
    assert "│ Dear Ann, a new one leaves today." in told.text

    talk.agent("#take", to(talk, "eve")[-1], sender=EVE)
    assert "Eve has taken this case over from you." in to(talk, "bob")[-1].text


def test_two_machines_that_answer_for_agents_do_not_keep_each_other_busy(talk: Talk):
    """Both hide what they are, and one of them never says the same twice."""
    handed_to_eve(talk)
    talk.agent("#note\nThank you for your mail.", to(talk, "bob")[0], sender=BOB)
    for number in range(NOTES_A_DAY + 5):
        talk.agent("Thank you for your mail.", to(talk, "eve")[-1], sender=EVE)
        talk.agent(f"Ticket {number} was opened.", to(talk, "bob")[-1], sender=BOB)
    assert len(of_kind(talk, "colleague_note", "bob")) <= 2
    assert len(of_kind(talk, "colleague_note", "eve")) <= NOTES_A_DAY


# What is due


def test_the_owner_hears_when_a_decision_comes_near_and_once_when_it_is_late(talk: Talk):
    by_plain_rules(talk)
    talk.customer("My kettle exploded.")  # 23 November, 9:00; to be decided by the end of 7 December
    talk.wait(days=11)
    assert of_kind(talk, "deadline_near", "bob") == []
    talk.wait(days=2)
    (near,) = of_kind(talk, "deadline_near", "bob")
    first = " ".join(near.text.split("\r\n\r\n")[1].split())
    assert first.startswith("By Monday 7 December 2026, 23:59 the customer must have a decision.")
    assert "your words go to Ann Archer" in first
    assert "│ My kettle exploded." in near.text
    talk.wait(hours=1)
    assert len(of_kind(talk, "deadline_near", "bob")) == 1

    talk.wait(days=1, hours=12)
    assert len(of_kind(talk, "deadline_near", "bob")) == 2
    talk.wait(hours=4)
    late = of_kind(talk, "deadline_near", "bob")[2]
    assert "The decision is late" in late.text
    assert late["Subject"].startswith("Late:")
    talk.wait(days=30)
    assert len(of_kind(talk, "deadline_near", "bob")) == 3
    assert what(talk).count("told the agents what is due") == 3


def test_a_plain_reply_to_what_is_due_answers_the_customer(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.wait(days=13)
    talk.agent("Dear Ann, we are still testing it.", of_kind(talk, "deadline_near", "bob")[-1], sender=BOB)
    talk.wait(minutes=3)
    assert "we are still testing it." in to_customer(talk)[-1].text


def test_after_an_outage_one_letter_tells_of_all_that_was_missed(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.wait(days=20)
    (only,) = of_kind(talk, "deadline_near", "bob")
    assert "The decision is late" in only.text


def test_what_is_decided_in_time_is_not_told_of(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent(
        "#resolve upheld cause=quality remedy=refund\n\nIt was faulty.", to(talk, "bob")[-1], sender=BOB
    )
    talk.wait(minutes=3)
    talk.wait(days=20)
    assert of_kind(talk, "deadline_near", "bob") == []


def test_an_acknowledgement_that_a_person_owes_is_told_of_until_she_has_written(talk: Talk):
    talk.customer("My kettle exploded.", headers={"X-Auto-Response-Suppress": "All"})
    talk.wait(hours=20)
    (near,) = of_kind(talk, "deadline_near", "bob")
    assert "the customer must know that the complaint has arrived" in " ".join(near.text.split())

    talk.customer(
        "And my toaster burns.",
        sender="Cy <cy@customer.example>",
        headers={"X-Auto-Response-Suppress": "All"},
    )
    talk.agent("Dear Cy, I look into it.", to(talk, "eve")[-1], sender=EVE)
    talk.wait(minutes=3)
    talk.wait(days=2)
    assert of_kind(talk, "deadline_near", "eve") == []
    assert len(of_kind(talk, "deadline_near", "bob")) == 2, "the first one is late by now"


def test_of_mail_that_is_older_than_the_desk_nobody_is_told_that_it_is_due(make_talk):
    talk = make_talk(people=PEOPLE, mailbox={"accept_since": "go-live"})
    talk.servers.deliver(
        "complaints@acme.example", talk.write("My kettle exploded."), talk.now - timedelta(days=3)
    )
    talk.work()
    assert talk.case.clocks[1].satisfied_at is None
    talk.wait(days=30)
    assert talk.letters == []
    assert talk.case.next_warning_at is None


# Who is away


def away(talk: Talk, text: str, letter: Letter, *, sender: str = BOB, **mail) -> None:
    talk.agent(text, letter, sender=sender, headers=AWAY, subject="Out of office", **mail)


def test_while_her_mailbox_says_that_she_is_away_the_others_get_her_mail(talk: Talk):
    talk.customer("My kettle exploded.")
    away(talk, "I am away until 30 November 2026.", to(talk, "bob")[-1])
    assert "Bob is away until 2026-12-01 00:00" in what(talk)
    missed = to(talk, "eve")[-1]
    assert "Bob is away and has not seen the last mail about this case." in missed.text
    assert "│ My kettle exploded." in missed.text

    talk.customer("Are you there?", answering=to_customer(talk)[0])
    assert "│ Are you there?" in to(talk, "eve")[-1].text
    assert len(to(talk, "bob")) == 1
    assert talk.case.owner == "Bob"

    talk.customer("My toaster burns.", sender="Cy <cy@customer.example>")
    talk.customer("My oven burns.", sender="Di <di@customer.example>")
    assert [case.owner for case in talk.cases] == ["Bob", "Eve", "Eve"]

    talk.wait(days=8)
    talk.customer("Hello?", answering=to_customer(talk)[0])
    assert "│ Hello?" in to(talk, "bob")[-1].text


def test_her_next_own_mail_ends_it(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to(talk, "bob")[-1]
    away(talk, "I am away until 30 November 2026.", told)
    talk.agent("#note\nI am there after all.", told, sender=BOB)
    talk.customer("Are you there?", answering=to_customer(talk)[0])
    assert "│ Are you there?" in to(talk, "bob")[-1].text


def test_an_answer_that_names_no_day_counts_for_one(talk: Talk):
    talk.customer("My kettle exploded.")
    away(talk, "I am out of the office.", to(talk, "bob")[-1])
    with talk.desk.database.reading() as session:
        assert absences.absent(session, talk.now) == {"Bob": talk.now + timedelta(days=1)}


def test_programs_that_answer_to_the_return_path_are_understood(talk: Talk):
    talk.customer("My kettle exploded.")
    letter = to(talk, "bob")[-1]
    raw = talk.write_as_agent("I am away.", None, sender=BOB, to=letter.envelope_from, headers=AWAY)
    talk.arrives(raw)
    with talk.desk.database.reading() as session:
        assert set(absences.absent(session, talk.now)) == {"Bob"}


@pytest.mark.parametrize(
    ("sender", "proved", "text"),
    [
        (BOB, False, "I am away until 30 November."),  # nobody proves that it is his mailbox
        ("Mallory <mallory@evil.example>", True, "I am away until 30 November."),
        (EVE, True, "I am away until 30 November."),  # a colleague, on a letter that was for him
        (BOB, True, "We have received your mail."),  # a machine that says nothing about him
    ],
)
def test_nobody_else_can_take_an_agent_from_her_cases(talk: Talk, sender: str, proved: bool, text: str):
    talk.customer("My kettle exploded.")
    away(talk, text, to(talk, "bob")[-1], sender=sender, proved=proved)
    with talk.desk.database.reading() as session:
        assert absences.absent(session, talk.now) == {}
    talk.customer("Are you there?", answering=to_customer(talk)[0])
    assert "│ Are you there?" in to(talk, "bob")[-1].text
    assert to(talk, "eve") == []


def test_a_letter_that_is_no_key_any_more_proves_no_absence(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to(talk, "bob")[-1]
    talk.wait(days=31)
    away(talk, "I am away.", told)
    raw = talk.write_as_agent("I am away.", None, sender=BOB, to=told.envelope_from, headers=AWAY)
    talk.arrives(raw)
    with talk.desk.database.reading() as session:
        assert absences.absent(session, talk.now) == {}


def test_where_anybody_can_have_a_mailbox_an_absence_is_not_proved(make_talk):
    agents = [{"name": "Bob", "address": "bob@gmail.com"}, {"name": "Eve", "address": "eve@acme.example"}]
    talk = make_talk(people=People.model_validate(TEAM | {"agents": agents}))
    talk.customer("My kettle exploded.")
    (told,) = [letter for letter in talk.letters if letter.to == "bob@gmail.com"]
    away(talk, "I am away.", told, sender="Bob <bob@gmail.com>")
    raw = talk.write_as_agent(
        "I am away.", None, sender="Bob <bob@gmail.com>", to=told.envelope_from, headers=AWAY
    )
    talk.arrives(raw)
    with talk.desk.database.reading() as session:
        assert absences.absent(session, talk.now) == {}
    assert what(talk).count("automatic reply received") == 2


def test_a_customers_absence_marks_no_agent(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("I am away until 30 November.", answering=to_customer(talk)[0], headers=AWAY)
    assert talk.dispositions[-1] == "auto_reply"
    assert "automatic reply received" in what(talk)
    assert to(talk, "eve") == []


# Many mails at once


def test_thirty_mails_within_minutes_make_three_letters(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    for number in range(30):
        talk.customer(f"Word {number:02}.", answering=ack)
        talk.wait(seconds=10)
    (first,) = of_kind(talk, "follow_up", "bob")
    assert "│ Word 00." in first.text
    talk.wait(minutes=10)
    _, rest = of_kind(talk, "follow_up", "bob")
    new, before = rest.text.split("What happened before")
    told = [line for line in new.splitlines() if line.startswith("│ Word")]
    assert told == [f"│ Word {number:02}." for number in range(1, 30)]
    assert "Monday 23 November 2026, 09:00" in new
    assert "│ Word 00." in before
    assert len([row for row in talk.queue if row.letter == "follow_up"]) == 2

    talk.agent("Dear Ann, I have read it all.", rest, sender=BOB)
    talk.wait(minutes=3)
    assert "I have read it all." in to_customer(talk)[-1].text


def test_an_answer_to_the_first_of_many_is_stale_and_comes_back_with_the_others(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    talk.customer("Are you there?", answering=ack)
    talk.customer("It was the toaster.", answering=ack)
    talk.agent("A new kettle leaves today.", of_kind(talk, "follow_up", "bob")[0], sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert "│ It was the toaster." in to(talk, "bob")[-1].text


def test_mails_that_wait_for_the_mail_server_share_a_letter(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    for number in range(3):
        talk.arrives(talk.write(f"Word {number}.", answering=ack), work=False)
    talk.work()
    (only,) = of_kind(talk, "follow_up", "bob")
    assert [f"│ Word {number}." in only.text for number in range(3)] == [True] * 3


def test_a_stranger_among_many_mails_cannot_pass_for_the_customer(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    talk.customer("Are you there?", answering=ack)
    talk.customer("Pay it to my account.", answering=ack, sender="Max <max@other.example>")
    talk.customer("Please hurry.", answering=ack)
    talk.wait(minutes=11)
    lines = of_kind(talk, "follow_up", "bob")[-1].text.splitlines()
    his = lines.index("│ Pay it to my account.")
    assert lines[his - 2] == "max@other.example, an address that is not known for this case, wrote:"
    hers = lines.index("│ Please hurry.")
    assert "not known" not in lines[hers - 2]


def test_a_desk_that_wants_no_bundles_gets_a_letter_for_each_mail(make_talk):
    talk = make_talk(people=PEOPLE, desk={"bundle_window": "0s"})
    talk.customer("My kettle exploded.")
    for number in range(3):
        talk.customer(f"Word {number}.", answering=to_customer(talk)[0])
    assert len(of_kind(talk, "follow_up", "bob")) == 3


def test_who_gets_the_case_while_mails_wait_is_told_at_once(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    talk.customer("One.", answering=ack)
    talk.happens(CaseAssigned(who="Bob", to="Eve"))
    talk.customer("Two.", answering=ack)
    assert "│ Two." in of_kind(talk, "follow_up", "eve")[-1].text


# An agent's mailbox that is gone


def test_when_the_owners_mailbox_is_gone_the_others_are_told_once(talk: Talk):
    talk.customer("My kettle exploded.")
    gone = bounce_of(to(talk, "bob")[-1].envelope_from, "bob@acme.example")
    talk.arrives(gone)
    talk.arrives(gone)
    told = to(talk, "eve")
    assert len(told) == 1
    assert "A mail about this case did not reach Bob." in told[0].text
    assert "│ My kettle exploded." in told[0].text
    assert len(to(talk, "bob")) == 1

    talk.arrives(bounce_of(told[0].envelope_from, "eve@acme.example"))
    assert len(to(talk, "bob")) == 1, "it goes no further, and never back"


def test_when_a_colleague_had_the_same_letter_nobody_is_told_again(make_talk):
    talk = make_talk(people=People.model_validate(TEAM | {"assignment": "whole_team"}))
    talk.customer("My kettle exploded.")
    talk.arrives(bounce_of(to(talk, "bob")[-1].envelope_from, "bob@acme.example"))
    assert len(to(talk, "eve")) == 1


def test_a_letter_to_an_agent_that_the_server_refuses_goes_to_the_others(talk: Talk):
    talk.servers.bounce.add("bob@acme.example")
    talk.customer("My kettle exploded.")
    assert "did not reach Bob" in to(talk, "eve")[-1].text


def test_letters_to_agents_ask_to_hear_of_absences_and_letters_to_customers_do_not(talk: Talk):
    talk.customer("My kettle exploded.")
    assert "OOF" not in to(talk, "bob")[-1]["X-Auto-Response-Suppress"]
    assert "OOF" in to_customer(talk)[0]["X-Auto-Response-Suppress"]


def test_nothing_of_this_is_told_where_nobody_works_by_mail(make_talk):
    talk = make_talk()
    talk.customer("My kettle exploded.")
    talk.wait(days=20)
    assert {letter.to for letter in talk.letters} == {"ann@customer.example"}
    assert "told the agents what is due" not in what(talk)

    talk.desk.adopt(PEOPLE)
    talk.wait(days=1)
    assert len(talk.letters) == 1, "who joins later is not told of all that was due before"


def test_a_case_that_the_customer_reopens_late_makes_one_letter(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nIt broke.", to(talk, "bob")[-1], sender=BOB)
    talk.wait(minutes=3)
    talk.wait(days=29)
    before = len(to(talk, "bob"))
    talk.customer("I disagree.", answering=to_customer(talk)[-1])
    follow_up, goes_up = to(talk, "bob")[before:]
    assert "│ I disagree." in follow_up.text
    assert "disagrees with the decision" in goes_up.text


def test_of_very_many_mails_the_newest_are_shown_and_the_others_counted(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundling, "MOST_SHOWN", 2)
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    for number in range(6):
        talk.customer(f"Word {number}.", answering=ack)
    talk.wait(minutes=11)
    new, _ = of_kind(talk, "follow_up", "bob")[-1].text.split("What happened before")
    assert [line for line in new.splitlines() if "Word" in line] == ["│ Word 3.", "│ Word 4.", "│ Word 5."]
    assert "Mails before these, kept with the case: 2" in new


def test_the_files_of_several_mails_come_with_the_letter_that_tells_of_them(talk: Talk):
    talk.customer("My kettle exploded.")
    ack = to_customer(talk)[0]
    talk.customer("Are you there?", answering=ack)
    for number in range(MOST_WITH_FILES + 2):
        raw = talk.write(f"Photo {number}.", answering=ack)
        talk.arrives(with_files(raw, (f"{number}.jpg", "image/jpeg", b"picture %d" % number)))
    talk.customer("That was all.", answering=ack)
    talk.wait(minutes=11)
    first, second = of_kind(talk, "follow_up", "bob")[1:]
    pictures = {f"{number}.jpg": b"picture %d" % number for number in range(MOST_WITH_FILES + 2)}
    assert files_of(first) | files_of(second) == pictures
    assert len(files_of(first)) == MOST_WITH_FILES
    assert "│ That was all." in second.text


def test_it_works_on_either_database(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock)
        talk.customer("My kettle exploded.")
        ack = to_customer(talk)[0]
        for number in range(3):
            talk.customer(f"Word {number}.", answering=ack)
        rows = [row for row in talk.queue if row.letter == "follow_up"]
        assert [row.state for row in rows] == ["accepted", "queued"]
        assert "Word 1." in talk.raw_letter(rows[1]).decode()

        talk.agent("#assign Eve", to(talk, "bob")[-1], sender=BOB)
        assert "Bob has given you this case." in to(talk, "eve")[-1].text
        for _ in range(2):
            away(talk, "I am away.", to(talk, "eve")[-1], sender=EVE)
        with talk.desk.database.reading() as session:
            assert set(absences.absent(session, talk.now)) == {"Eve"}
    finally:
        talk.close()
