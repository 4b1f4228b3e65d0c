"""Whom the customer named may write about her complaint too; whom an agent added gets copies."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from mailproc.cases.case import Status
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob, to_customer
from tests.test_conversations import bounce_of

MAX = "Max <Max@home.example>"
LAWYER = "Lea <lea@law.example>"


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def copies(talk: Talk, address: str = "lea@law.example") -> list[Letter]:
    return letters_to(talk, address)


def complaint(talk: Talk, **headers: str) -> Letter:
    """Ann complains; the letter in which Bob hears of it."""
    talk.customer("My kettle exploded.", message_id="<first@customer.example>", headers=headers)
    return to_bob(talk)


def add(talk: Talk, told: Letter, addresses: str = "+lea@law.example") -> None:
    """Bob lets somebody take part, and says yes to it."""
    talk.agent(f"#cc {addresses}", told, sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)


def answer(talk: Talk, told: Letter, text: str = "We send a new one.") -> None:
    talk.agent(text, told, sender=BOB)
    talk.wait(minutes=3)


def reply_to_all(talk: Talk, text: str, sender: str) -> None:
    """Somebody who got Ann's first mail answers it."""
    hint = {"In-Reply-To": "<first@customer.example>"}
    talk.customer(text, sender=sender, subject="Re: My kettle exploded", headers=hint)


# Whom the customer named


def test_whom_the_customer_wrote_to_as_well_may_write_about_it_too(talk: Talk):
    told = complaint(talk, Cc=f"{MAX}, {EVE}, complaints+x@acme.example")
    assert "max@home.example" in told.text
    assert "eve@acme.example" not in told.text
    reply_to_all(talk, "I was there: it did.", "Max <MAX@home.example>")
    assert talk.case.participants == {"ann@customer.example", "max@home.example"}
    assert "MAX@home.example, who takes part in the case, wrote:" in to_bob(talk).text
    assert "from MAX@home.example, who takes part" in [entry.text for entry in talk.history()]


def test_whom_she_did_not_name_has_a_case_of_his_own(talk: Talk):
    complaint(talk)
    reply_to_all(talk, "I was there: it did.", MAX)
    assert len(talk.cases) == 2


def test_whom_she_names_later_takes_no_part(talk: Talk):
    complaint(talk)
    talk.customer("And?", answering=letters_to(talk, "ann@customer.example")[0], headers={"Cc": MAX})
    assert talk.case.participants == {"ann@customer.example"}


def test_who_is_named_in_a_forged_mail_gets_not_one_letter(talk: Talk):
    """Somebody writes in Ann's name and puts himself into Cc, to get what we write to her."""
    told = complaint(talk, Cc="Mallory <mallory@evil.example>")
    answer(talk, told, "Your new pin is 4711.")
    talk.agent("#resolve upheld cause=quality remedy=none\n\nThe pin is 4711.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert letters_to(talk, "mallory@evil.example") == []
    assert len(to_customer(talk)) == 3


def test_of_half_a_town_in_cc_the_first_few_take_part(talk: Talk):
    complaint(talk, Cc=", ".join(f"neighbour{number}@town.example" for number in range(50)))
    assert len(talk.case.participants) == 21


# Whom an agent adds


def test_whoever_is_added_gets_copies_from_then_on_once_the_agent_has_said_yes(talk: Talk):
    told = complaint(talk)
    answer(talk, told, "We look into it.")
    talk.agent("#cc +Lea@law.example", told, sender=BOB)
    assert "From now on Lea@law.example takes part" in " ".join(to_bob(talk).text.split())
    assert talk.case.copied == ()
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.case.copied == ("Lea@law.example",)
    assert copies(talk, "Lea@law.example") == [], "what was written before is not sent after"
    changed = next(entry for entry in talk.history() if entry.what == "changed who takes part")
    assert (changed.who, changed.text) == ("Bob", "+Lea@law.example")

    talk.customer("And?", answering=letters_to(talk, "ann@customer.example")[0])
    told = to_bob(talk)
    assert "Lea@law.example" in told.text
    answer(talk, told)
    (copy,) = copies(talk, "Lea@law.example")
    hers = letters_to(talk, "ann@customer.example")[-1]
    assert "We send a new one." in copy.text
    assert "You get a copy of this letter" in copy.text
    assert "copy" not in hers.text
    assert "We look into it." not in copy.raw.decode()
    assert (copy.to, hers.to) == ("Lea@law.example", "ann@customer.example")
    assert copy["Reply-To"] != hers["Reply-To"]
    assert copy["Message-ID"] != hers["Message-ID"]
    assert "customer.example" not in copy["References"] + copy["In-Reply-To"] + copy["To"] + copy["Cc"]


def test_the_words_in_the_same_mail_are_copied_too(talk: Talk):
    told = complaint(talk)
    talk.agent("#cc +lea@law.example\n\nDear Ann, we send a new one.", told, sender=BOB)
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1, "all of it waits for the yes"
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert "we send a new one" in copies(talk)[0].text
    assert "we send a new one" in to_customer(talk)[-1]


def test_the_files_of_an_answer_go_with_its_copies_too(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    raw = talk.write_as_agent("See the form.", told, sender=BOB)
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="form.pdf")
    talk.arrives(mail.as_bytes())
    talk.wait(minutes=3)
    for letter in (copies(talk)[0], letters_to(talk, "ann@customer.example")[-1]):
        assert [part.get_filename() for part in letter.message.iter_attachments()] == ["form.pdf"]


def test_the_decision_is_copied_and_the_case_resolved_by_the_customers_letter(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nIt was faulty.", told, sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.status is Status.RESOLVED
    (copy,) = copies(talk)
    assert "It was faulty." in copy.text
    assert "copy of resolution accepted" in talk.happened()


def test_what_the_copied_person_answers_joins_and_is_shown_as_hers(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    answer(talk, told)
    talk.customer("My client wants two.", sender=LAWYER, answering=copies(talk)[0])
    assert len(talk.cases) == 1
    assert "lea@law.example, who takes part in the case, wrote:" in to_bob(talk).text
    answer(talk, to_bob(talk), "Two it is.")
    assert "Two it is." in to_customer(talk)[-1]
    assert "Two it is." in copies(talk)[-1].text


def test_the_copied_persons_machine_changes_nothing(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.agent("#wait customer 3d\nWhich kettle?", told, sender=BOB)
    talk.wait(minutes=3)
    before = talk.case
    assert before.status is Status.WAITING
    away = {"Auto-Submitted": "auto-replied"}
    talk.customer("I am away.", sender=LAWYER, answering=copies(talk)[0], headers=away)
    assert talk.case == before
    assert "automatic reply received" in talk.happened()


def test_a_copy_that_comes_back_is_noted_and_the_customer_stays_reachable(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.agent("#resolve upheld cause=quality remedy=none\n\nIt was faulty.", told, sender=BOB)
    talk.wait(minutes=3)
    before = talk.case
    letters = len(talk.letters)
    talk.arrives(bounce_of(copies(talk)[0].envelope_from, "lea@law.example"))
    assert talk.case == before
    assert talk.case.status is Status.RESOLVED
    assert not talk.case.unreachable
    assert "copy of resolution came back" in talk.happened()
    assert len(talk.letters) == letters


def test_a_copy_that_is_refused_is_noted_and_undoes_no_clock(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.servers.bounce.add("lea@law.example")
    talk.agent("#resolve upheld cause=quality remedy=none\n\nIt was faulty.", told, sender=BOB)
    talk.wait(minutes=3)
    assert copies(talk) == []
    assert talk.case.status is Status.RESOLVED
    assert not talk.case.unreachable
    assert "copy of resolution could not be sent" in talk.happened()


def test_whoever_is_taken_out_gets_nothing_more_and_without_a_question(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    answer(talk, told)
    talk.agent("#cc -LEA@law.example", told, sender=BOB)
    assert "Copies of our answers go to: nobody." in to_bob(talk).text
    assert talk.case.participants == {"ann@customer.example"}
    answer(talk, told, "And a toaster.")
    assert len(copies(talk)) == 1
    assert "And a toaster." in to_customer(talk)[-1]


def test_stop_stops_the_copies_too(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.agent("You are a liar.", told, sender=BOB)
    talk.agent("#stop", told, sender=BOB)
    talk.wait(minutes=10)
    assert copies(talk) == []
    assert {"reply cancelled, it was not sent", "copy of reply cancelled, it was not sent"} <= set(
        talk.happened()
    )


def test_send_now_sends_the_copies_too(talk: Talk):
    told = complaint(talk)
    add(talk, told)
    talk.agent("We send a new one.", told, sender=BOB)
    talk.agent("#send now", told, sender=BOB)
    assert len(copies(talk)) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("#cc +ann@customer.example", "is the customer"),
        ("#cc -ann@customer.example", "is the customer"),
        ("#cc +eve@acme.example", "works at this desk"),
        ("#cc +complaints@acme.example", "an address of the desk"),
        ("#cc +no-reply@law.example", "cannot be written to"),
        ("#cc -lea@law.example", "takes no part"),
        ("#cc " + " ".join(f"+a{number}@b.cc" for number in range(11)), "more than 10 people"),
    ],
)
def test_who_cannot_take_part_is_said_before_anything_is_asked(talk: Talk, line: str, why: str):
    talk.agent(line, complaint(talk), sender=BOB)
    returned = to_bob(talk)
    assert why in " ".join(returned.text.split())
    assert returned["Subject"].startswith("Not done")
    assert talk.case.participants == {"ann@customer.example"}


def test_a_stale_mail_is_released_and_confirmed_with_its_own_words(talk: Talk):
    told = complaint(talk)
    talk.customer("And?", answering=letters_to(talk, "ann@customer.example")[0])
    talk.agent("#cc +lea@law.example\n\nWe send a new one.", told, sender=BOB)
    talk.agent("#send", to_bob(talk), sender=BOB)
    question = to_bob(talk)
    assert question["Subject"].startswith("Please confirm")
    assert "We send a new one." in question.text
    talk.agent("yes", question, sender=BOB)
    talk.wait(minutes=3)
    assert talk.case.copied == ("lea@law.example",)
    assert "We send a new one." in copies(talk)[0].text
    assert "We send a new one." in to_customer(talk)[-1]


# Whoever wants to be added


@pytest.mark.parametrize("who", [(BOB, False), (EVE, True), ("Mallory <mallory@evil.example>", True)])
def test_nobody_but_the_agent_herself_says_yes(talk: Talk, who: tuple[str, bool]):
    sender, proved = who
    talk.agent("#cc +mallory@evil.example", complaint(talk), sender=BOB)
    talk.agent("yes", to_bob(talk), sender=sender, proved=proved)
    assert talk.case.copied == ()


def test_a_yes_counts_once(talk: Talk):
    told = complaint(talk)
    talk.agent("#cc +lea@law.example", told, sender=BOB)
    question = to_bob(talk)
    talk.agent("yes", question, sender=BOB)
    talk.agent("#cc -lea@law.example", told, sender=BOB)
    talk.agent("yes", question, sender=BOB)
    talk.agent("yes, once more", question, sender=BOB)
    assert talk.case.copied == ()


def test_a_customer_adds_nobody(talk: Talk):
    complaint(talk)
    letter = letters_to(talk, "ann@customer.example")[0]
    talk.customer("#cc +mallory@evil.example", answering=letter)
    assert talk.case.copied == ()


def test_whoever_brings_in_a_complaint_adds_somebody_with_the_same_yes(talk: Talk):
    text = "#from ann@customer.example\n#cc +lea@law.example\n\nIt leaks."
    talk.arrives(talk.write_as_agent(text, None, sender=BOB))
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert talk.case.copied == ("lea@law.example",)


def test_in_an_answer_to_a_letter_adding_somebody_to_what_is_brought_in_is_asked_about(talk: Talk):
    told = complaint(talk)
    text = "#from cy@other.example\n#cc +lea@law.example\n\nIt leaks."
    talk.agent(text, told, sender=BOB)
    assert len(talk.cases) == 1
    assert letters_to(talk, "cy@other.example") == []
    talk.agent("yes", to_bob(talk), sender=BOB)
    assert [case.copied for case in talk.cases] == [(), ("lea@law.example",)]


def test_a_desk_without_agents_has_people_who_take_part_too(make_talk: Callable[..., Talk]):
    talk = make_talk(people=People())
    talk.customer("My kettle exploded.", headers={"Cc": MAX})
    assert "max@home.example" in talk.case.participants
    assert len(talk.letters) == 1


def test_a_mail_of_which_a_part_is_refused_leaves_nothing_done(talk: Talk):
    """The first command alone would be allowed."""
    talk.agent("#priority high\n#close", complaint(talk), sender=BOB)
    assert to_bob(talk)["Subject"].startswith("Not done")
    assert talk.case.priority == "normal"
    assert "classified" not in talk.happened()
