"""An agent brings in what a customer wrote to her; whoever pretends to be her opens nothing."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from mailproc.cases.case import Status
from mailproc.inbound.cage import Cage
from mailproc.jobs.acting import ANSWERS_A_DAY
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.servers import EmbeddedServers
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob, to_customer

FRIDAY = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)  # the conversation begins on the Monday after
FORWARD = """\
{top}

---------- Forwarded message ---------
From: Ann Archer <ann@customer.example>
Date: Fri, Nov 20, 2026 at 3:05 PM
Subject: My kettle leaks
To: <bob@acme.example>

Dear Bob,

my kettle leaks on the cat.

Ann
"""
NOTE = "#from ann@customer.example\n\nShe is a friend of the mayor."


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def forward(talk: Talk, top: str = NOTE, *, sender: str = BOB, proved: bool = True, **mail: object) -> bytes:
    """Somebody forwards Ann's mail to the plain address of the desk."""
    mail = {"subject": "Fwd: My kettle leaks"} | mail
    text = FORWARD.format(top=top)
    return talk.arrives(talk.write_as_agent(text, None, sender=sender, proved=proved, **mail))


def forward_whole(talk: Talk, *, sent: str = "Fri, 20 Nov 2026 15:05:00 +0100") -> None:
    """Bob forwards Ann's mail as an attachment."""
    raw = talk.write_as_agent("#from ann@customer.example", None, sender=BOB, subject="WG: Kettle")
    outer = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(outer, EmailMessage)
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["From"], inner["Subject"], inner["Date"] = "ann@customer.example", "My kettle leaks", sent
    inner["Message-ID"] = "<original@customer.example>"
    inner.set_content("my kettle leaks on the cat.")
    outer.add_attachment(inner)
    talk.arrives(outer.as_bytes())


def to_eve(talk: Talk) -> Letter:
    return letters_to(talk, "eve@acme.example")[-1]


def test_a_forwarded_mail_becomes_a_case_of_the_customer_once_the_agent_says_yes(talk: Talk):
    forward(talk)
    assert (talk.cases, to_customer(talk)) == ([], [])
    question = to_bob(talk)
    assert "A case is opened for ann@customer.example" in question.text
    assert "C-" not in question["Subject"]

    talk.agent("yes", question, sender=BOB)
    case = talk.case
    assert (case.customer_email, case.subject, case.status) == (
        "ann@customer.example",
        "My kettle leaks",
        Status.NEW,
    )
    assert case.received_at == FRIDAY
    assert talk.dispositions == ["opened", "confirmed"]

    (acknowledgement,) = letters_to(talk, "ann@customer.example")
    assert case.reference in acknowledgement.text
    assert "mayor" not in acknowledgement.raw.decode()
    assert "acme.example" not in acknowledgement["In-Reply-To"] + acknowledgement["To"]
    told = to_bob(talk)
    assert "on the cat" in told.text
    assert "NOT confirmed" in told.text

    history = {(entry.who, entry.what): entry.text for entry in talk.history()}
    assert history["Bob", "note"] == "She is a friend of the mayor."
    assert history["Bob", "brought in a complaint that came elsewhere"] == "ann@customer.example"
    assert "count from the customer's mail, 2026-11-20 14:05 UTC" in history["customer", "complaint received"]


def test_her_answer_to_the_letter_about_the_new_case_goes_to_the_customer(talk: Talk):
    forward(talk)
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.agent("Dear Ann, we send a new one.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    answer = letters_to(talk, "ann@customer.example")[-1]
    assert "we send a new one" in answer.text
    assert "bob@acme.example" not in answer.raw.decode()
    assert answer["In-Reply-To"] == "", "the mail in which Bob brought it in is none of Ann's"
    talk.customer("Thank you!", answering=answer)
    assert len(talk.cases) == 1


def test_a_mail_forwarded_as_an_attachment_is_read_as_the_customer_wrote_it(talk: Talk):
    forward_whole(talk)
    talk.agent("Igen!", to_bob(talk), sender=BOB)
    assert (talk.case.received_at, talk.case.subject) == (FRIDAY, "My kettle leaks")
    assert "on the cat" in to_bob(talk).text
    assert letters_to(talk, "ann@customer.example")[0]["In-Reply-To"] == "<original@customer.example>"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("Fri, 20 Nov 2027 15:05:00 +0100", "lies after it"),
        ("Fri, 20 Nov 2020 15:05:00 +0100", "is too long ago"),
        ("last Friday, over breakfast", "no other date is certain"),
    ],
)
def test_a_date_that_cannot_be_believed_moves_no_deadline(talk: Talk, sent: str, why: str):
    forward_whole(talk, sent=sent)
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.case.received_at == talk.now
    assert why in talk.history()[0].text


def test_in_an_answer_to_a_letter_it_needs_no_question_and_opens_another_case(talk: Talk):
    talk.customer("My toaster burns.", sender="Cy <cy@other.example>")
    told = to_bob(talk)
    talk.agent(FORWARD.format(top=f"{NOTE}\n"), told, sender=BOB)
    first, second = talk.cases
    assert (first.customer_email, second.customer_email) == ("cy@other.example", "ann@customer.example")
    assert second.received_at == FRIDAY
    assert len(to_customer(talk)) == 1
    assert "mayor" not in "".join(str(entry.text) for entry in talk.history(first.reference))


def test_with_a_signed_address_used_in_an_odd_way_she_is_asked_all_the_same(talk: Talk):
    """Somebody may have got hold of the address; only her own mailbox gets the question."""
    talk.customer("My toaster burns.", sender="Cy <cy@other.example>")
    forward(talk, to=to_bob(talk)["Reply-To"])
    assert len(talk.cases) == 1
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.cases[1].customer_email == "ann@customer.example"


def test_where_nobody_checks_senders_an_answer_to_any_letter_is_asked_about(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"trusted_authserv_id": None, "agent_confirm": True})
    forward(talk)
    warning = to_bob(talk)
    assert "was not acted upon" in warning.text
    talk.agent(FORWARD.format(top=NOTE), warning, sender=BOB)
    assert talk.cases == []
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.case.customer_email == "ann@customer.example"


def test_what_she_was_told_on_the_telephone_are_the_words_below_the_command(talk: Talk):
    talk.customer("My toaster burns.", sender="Cy <cy@other.example>")
    talk.agent(
        "#from ann@customer.example\n#take\n#priority high\n\nShe rang: it leaks.", to_bob(talk), sender=BOB
    )
    case = talk.cases[1]
    assert (case.owner, case.priority, case.received_at) == ("Bob", "high", talk.now)
    assert talk.cases[0].priority == "normal"
    assert "She rang: it leaks." in "".join(
        letter.text for letter in letters_to(talk, "bob@acme.example")[-2:]
    )
    assert "note" not in talk.happened(case.reference)


def test_who_brings_in_what_another_gets_learns_the_reference(talk: Talk):
    talk.customer("My toaster burns.", sender="Cy <cy@other.example>")
    talk.agent(FORWARD.format(top=NOTE), to_bob(talk), sender=BOB)
    case = talk.cases[1]
    assert case.owner == "Eve"
    assert "on the cat" in to_eve(talk).text
    receipt = to_bob(talk)
    assert f"is the case {case.reference}" in receipt.text
    assert case.reference in receipt["Subject"]


@pytest.mark.parametrize(
    ("customer", "why"),
    [
        ("eve@acme.example", "works at this desk"),
        ("complaints@acme.example", "address of the desk itself"),
        ("complaints+x@acme.example", "a reply address of ours"),
        ("nonsense", "is no mail address"),
    ],
)
def test_on_behalf_of_nobody_who_could_be_a_customer(talk: Talk, customer: str, why: str):
    forward(talk, f"#from {customer}\n\nShe is a friend of the mayor.")
    assert talk.cases == []
    returned = to_bob(talk)
    assert why in " ".join(returned.text.split())
    assert "She is a friend of the mayor." in returned.text
    assert "on the cat" in returned.text


def test_what_is_only_quoted_as_in_an_answer_is_not_taken_for_the_agents_words(talk: Talk):
    text = f"{NOTE}\n\nOn Fri, 20 Nov 2026 at 15:05, Ann <ann@customer.example> wrote:\n> My kettle leaks.\n"
    talk.arrives(talk.write_as_agent(text, None, sender=BOB))
    assert talk.cases == []
    assert "Forward the customer's mail" in to_bob(talk).text


def test_a_returned_forward_is_mended_by_answering_the_letter_that_returned_it(talk: Talk):
    forward(talk, "#fromm ann@customer.example")
    returned = to_bob(talk)
    assert "C-" not in returned["Subject"]
    talk.agent(FORWARD.format(top=NOTE), returned, sender=BOB)
    assert talk.case.customer_email == "ann@customer.example"


# Whoever is not she


def test_a_forged_forward_opens_nothing_and_the_true_agent_hears_of_it_once_a_day(talk: Talk):
    for number in range(5):
        forward(talk, f"#from victim{number}@x.example\n\nYou get a million.", proved=False)
    assert talk.cases == []
    assert {letter.to for letter in talk.letters} == {"bob@acme.example"}
    (warning,) = talk.letters
    assert "a mail in your name was not acted upon" in " ".join(warning.text.split())
    assert "Your words" not in warning.text  # they were not hers
    assert "million" not in warning.text
    assert talk.ledger["held"] == 5
    talk.wait(days=1)
    forward(talk, "#from victim@x.example\n\nYou get a million.", proved=False)
    assert len(talk.letters) == 2


def test_with_the_address_of_a_customers_letter_a_forger_opens_nothing_either(talk: Talk):
    talk.customer("My kettle exploded.")
    token = letters_to(talk, "ann@customer.example")[0]["Reply-To"]
    forward(talk, "#from victim@x.example", proved=False, to=token)
    forward(talk, "#from victim@x.example", sender="Mallory <mallory@evil.example>", to=token)
    assert len(talk.cases) == 1
    assert letters_to(talk, "victim@x.example") == []


def test_a_colleague_cannot_say_yes(talk: Talk):
    forward(talk)
    talk.agent("yes", to_bob(talk), sender=EVE)
    talk.agent("yes", to_bob(talk), sender=BOB, proved=False)
    assert talk.cases == []


def test_a_yes_counts_once(talk: Talk):
    forward(talk)
    question = to_bob(talk)
    yes = talk.agent("yes", question, sender=BOB)
    talk.arrives(b"Received: by another.route; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + yes)
    talk.agent("yes, and again", question, sender=BOB)
    talk.agent("yes", question, sender=BOB)
    assert len(talk.cases) == 1
    assert len(to_customer(talk)) == 1


def test_only_the_word_yes_opens_it(talk: Talk):
    forward(talk)
    talk.agent("Thank you for your mail, I am in a meeting.", to_bob(talk), sender=BOB)
    assert talk.cases == []


def test_the_same_mail_by_two_routes_is_asked_about_once(talk: Talk):
    raw = forward(talk)
    talk.arrives(b"Received: by another.route; Mon, 23 Nov 2026 09:00:00 +0000\r\n" + raw)
    assert len(talk.letters) == 1
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert len(talk.cases) == 1


def test_two_forwards_of_one_day_are_two_questions(talk: Talk):
    forward(talk)
    forward(talk, "#from cy@other.example")
    first, second = letters_to(talk, "bob@acme.example")
    talk.agent("yes", second, sender=BOB)
    assert talk.case.customer_email == "cy@other.example"
    talk.agent("yes", first, sender=BOB)
    assert len(talk.cases) == 2


def test_a_machine_in_her_mailbox_is_not_answered_for_ever(talk: Talk):
    for number in range(ANSWERS_A_DAY + 3):
        talk.arrives(talk.write_as_agent(f"Beep {number}", None, sender=BOB))
    assert len(letters_to(talk, "bob@acme.example")) == ANSWERS_A_DAY
    assert talk.ledger["held"] == ANSWERS_A_DAY + 3


def test_who_has_left_opens_nothing_with_a_yes(talk: Talk):
    forward(talk)
    question = to_bob(talk)
    talk.desk.adopt(People.model_validate({"agents": [{"name": "Eve", "address": "eve@acme.example"}]}))
    talk.agent("yes", question, sender=BOB)
    assert letters_to(talk, "ann@customer.example") == []
    assert all(case.customer_email != "ann@customer.example" for case in talk.cases)


def test_four_acknowledgements_a_day_are_enough_for_whomever_it_is_brought_in(talk: Talk):
    for number in range(6):
        forward(talk, f"#from ann@customer.example\n\n{number}")
        talk.agent("yes", to_bob(talk), sender=BOB)
    assert len(talk.cases) == 6
    assert len(to_customer(talk)) == 4


def test_who_cannot_be_written_to_has_a_case_without_a_letter(talk: Talk):
    forward(talk, "#from no-reply@customer.example")
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert "acknowledgement withheld" in talk.happened()


# Mail that is neither


def test_a_mail_that_answers_nothing_comes_back_with_what_to_do(talk: Talk):
    talk.arrives(talk.write_as_agent("Please send Ann a new kettle.", None, sender=BOB))
    assert talk.cases == []
    returned = to_bob(talk)
    assert "Please send Ann a new kettle." in returned.text
    assert "with #from and her address" in " ".join(returned.text.split())
    assert "about no case" in " ".join(returned.text.split())
    talk.agent("Do it, please.", returned, sender=BOB)
    assert talk.cases == []
    assert "is about no case" in " ".join(to_bob(talk).text.split())


def test_an_agent_who_complains_herself_says_so_with_one_word(talk: Talk):
    talk.arrives(talk.write_as_agent("My own kettle exploded.", None, sender=BOB))
    talk.agent("Complaint.", to_bob(talk), sender=BOB)
    assert (talk.case.customer_email, talk.case.owner) == ("bob@acme.example", "Bob")
    assert talk.dispositions == ["opened", "confirmed"]
    assert "new_case" in [row.letter for row in talk.queue]
    assert "acknowledgement withheld" in talk.happened()

    talk.agent("#assign Eve", to_bob(talk), sender=BOB)
    talk.arrives(
        talk.write_as_agent("And the toaster?", None, sender=BOB, subject=f"[{talk.case.reference}]")
    )
    assert "wrote again" not in talk.happened(), "a mere hint in an agent's name joins nothing"


def test_what_she_answers_to_a_letter_that_she_got_as_the_customer_joins_her_case(talk: Talk):
    talk.arrives(talk.write_as_agent("My own kettle exploded.", None, sender=BOB))
    talk.agent("complaint", to_bob(talk), sender=BOB)
    talk.agent("#assign Eve\n#reply\nDear Bob, take another one.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    answer = to_bob(talk)
    assert "take another one" in answer.text
    talk.agent("Thanks, I did.", answer, sender=BOB)
    assert "wrote again" in talk.happened()
    assert "Thanks, I did." in to_eve(talk).text
    talk.agent("#from cy@other.example\nHe rang.", answer, sender=BOB)
    assert len(talk.cases) == 1, "with a customer's letter nobody works as an agent"


def test_somebody_else_cannot_say_that_it_was_a_complaint(talk: Talk):
    talk.arrives(talk.write_as_agent("My own kettle exploded.", None, sender=BOB))
    talk.agent("complaint", to_bob(talk), sender=EVE)
    talk.agent("complaint", to_bob(talk), sender=BOB, proved=False)
    assert talk.cases == []


def test_on_either_database(servers: EmbeddedServers, database_url: str, cage: Cage):
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=1)
        forward(talk)
        talk.agent("yes", to_bob(talk), sender=BOB)
        assert talk.case.customer_email == "ann@customer.example"
        assert talk.ledger["unaccounted"] == 0
    finally:
        talk.close()
