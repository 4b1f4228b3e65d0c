"""Cases are joined, taken apart, linked, found and thrown away by mail, and nobody learns anything by it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from mailproc.cases.case import Acknowledgement, Case, Status
from mailproc.cases.events import CaseClosed
from mailproc.inbound.cage import Cage
from mailproc.jobs.explain import explain
from mailproc.jobs.orders import looking
from mailproc.people import People
from mailproc.store import queries
from mailproc.store.outbox import State
from tests.conversation import ANN, Letter, Talk
from tests.servers import EmbeddedServers
from tests.test_agents_by_mail import BOB, EVE, PEOPLE, letters_to, to_bob
from tests.test_conversations import bounce_of

CY = "Cy Cook <cy@customer.example>"
MALLORY = "Mallory <mallory@evil.example>"


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def to_ann(talk: Talk) -> list[Letter]:
    return letters_to(talk, "ann@customer.example")


def to_eve(talk: Talk) -> Letter:
    return letters_to(talk, "eve@acme.example")[-1]


def two_cases(talk: Talk) -> tuple[Case, Case]:
    """Ann writes about her kettle twice; the first case is Bob's, the second Eve's."""
    talk.customer("My kettle exploded.")
    talk.wait(hours=1)
    talk.customer("The kettle that exploded: nobody answers.", subject="Exploded kettle")
    first, second = talk.cases
    return first, second


def now(talk: Talk, case: Case) -> Case:
    return next(other for other in talk.cases if other.reference == case.reference)


# The proposal


def test_a_second_mail_of_a_customer_is_proposed_for_merging_and_never_joined_by_itself(talk: Talk):
    first, second = two_cases(talk)
    told = to_eve(talk).text
    assert f"#merge {first.reference}" in told
    assert "My kettle exploded" in told
    assert (second.status, second.merged_into) == (Status.NEW, None)


def test_the_first_case_of_a_customer_proposes_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("My kettle exploded.", sender=CY)
    assert "#merge" not in to_bob(talk).text + to_eve(talk).text


def test_the_likeliest_stands_first_and_what_is_long_decided_is_left_out(talk: Talk):
    talk.customer("The parcel never came.", subject="Parcel")
    old = talk.case
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nSorry.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.wait(days=150)
    talk.customer("The kettle leaks.", subject="Kettle")
    talk.customer("The invoice is wrong.", subject="Invoice")
    talk.customer("The kettle leaks more and more.", subject="The kettle again")
    _, kettle, invoice, _ = talk.cases
    told = to_eve(talk).text
    assert told.index(f"#merge {kettle.reference}") < told.index(f"#merge {invoice.reference}")
    assert old.reference not in told


def test_a_closed_case_is_proposed_for_linking(talk: Talk):
    talk.customer("My kettle exploded.")
    first = talk.case
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nSorry.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.happens(CaseClosed(who="Bob"))
    talk.customer("My kettle exploded again.")
    assert f"#link {first.reference}" in to_eve(talk).text
    assert f"#merge {first.reference}" not in to_eve(talk).text


# Merging


def test_a_merged_case_goes_on_in_the_other_for_customer_and_agents(talk: Talk):
    first, second = two_cases(talk)
    told, acknowledgement = to_eve(talk), to_ann(talk)[-1]
    letters = len(to_ann(talk))
    talk.agent(f"#merge {first.reference}\n\nShe is getting impatient.", told, sender=EVE)

    merged = now(talk, second)
    assert (merged.status, merged.merged_into) == (Status.CLOSED, first.reference)
    assert f"goes on in {first.reference}" in talk.happened(second.reference)
    (came,) = [row for row in talk.history(first.reference) if row.what == f"took in {second.reference}"]
    assert "Exploded kettle" in came.text
    assert "She is getting impatient." in came.text
    assert f"{second.reference} goes on in {first.reference}" in to_eve(talk).text
    note = to_bob(talk)
    assert "nobody answers" in note.text, "who owns the case reads what came in"
    assert len(to_ann(talk)) == letters, "the customer hears nothing of it"

    talk.customer("Hello?", answering=acknowledgement)  # a letter of the merged case
    talk.customer("Hello??", subject=f"Where are you [{second.reference}]")  # or its reference alone
    assert len(talk.cases) == 2
    assert talk.happened(first.reference).count("wrote again") == 2
    talk.wait(minutes=11)  # what comes within minutes is told in one letter
    assert "Hello??" in to_bob(talk).text

    talk.agent("#reply\nDear Ann, a new one is coming.", to_eve(talk), sender=EVE)
    talk.wait(minutes=3)
    assert not any("is coming" in letter.text for letter in to_ann(talk)), "Ann has written since"
    talk.agent("#send", to_eve(talk), sender=EVE)
    talk.wait(minutes=3)
    answer = to_ann(talk)[-1]
    assert "a new one is coming" in answer.text
    assert f"[{first.reference}]" in answer["Subject"]
    assert talk.ledger["unaccounted"] == 0


def _merged(talk: Talk, older: Case, *, into: Case) -> Case:
    talk.agent(f"#merge {into.reference}", letters_to(talk, "bob@acme.example")[0], sender=BOB)
    assert now(talk, older).merged_into == into.reference
    return now(talk, into)


def test_a_merged_complaint_is_due_no_later_than_it_was(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.wait(days=1)
    talk.customer("Nobody answers.", subject="Kettle")
    first, second = talk.cases
    due, before, after = (
        {clock.id: clock.due_at for clock in case.clocks}["decide"]
        for case in (first, second, _merged(talk, first, into=second))
    )
    assert (after, after < before) == (due, True)
    assert now(talk, first).next_deadline_at is None


def test_a_strangers_case_is_not_merged_into_a_customers(talk: Talk):
    """Mallory's letters would become keys to Ann's case, and Ann would be told of Mallory's."""
    talk.customer("My kettle exploded.")
    ann = talk.case
    talk.customer("Tell me all about Ann.", sender=MALLORY)
    talk.agent(f"#merge {ann.reference}", to_eve(talk), sender=EVE)
    returned = to_eve(talk).text
    assert f"was not let take part in {ann.reference}" in " ".join(returned.split())
    assert f"#link {ann.reference}" in returned
    assert [case.merged_into for case in talk.cases] == [None, None]


def test_a_complaint_is_not_merged_into_the_case_of_who_merely_named_its_customer(talk: Talk):
    """Mallory writes Ann into Cc; were Ann's complaint merged into his, the answers to it would be his."""
    talk.customer("Complaint.", sender=MALLORY, headers={"Cc": ANN})
    his = talk.case
    assert "ann@customer.example" in his.participants
    talk.customer("My kettle exploded.")
    talk.agent(f"#merge {his.reference}", to_eve(talk), sender=EVE)
    assert [case.merged_into for case in talk.cases] == [None, None]


def test_whom_an_agent_let_take_part_may_be_merged_and_keeps_writing(talk: Talk):
    talk.customer("My kettle exploded.")
    anns = talk.case
    talk.agent("#cc +cy@customer.example", to_bob(talk), sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.customer("Our kettle exploded.", sender=CY, subject="Our kettle")
    cys = talk.cases[-1]
    talk.agent("#cc +lea@law.example", to_eve(talk), sender=EVE)
    talk.agent("yes", to_eve(talk), sender=EVE)
    talk.agent(f"#merge {anns.reference}", to_eve(talk), sender=EVE)
    assert now(talk, cys).merged_into == anns.reference
    receipt = " ".join(to_eve(talk).text.split())
    assert "Answers in that case go to ann@customer.example." in receipt
    assert "No copies of what is written there go to: lea@law.example." in receipt
    talk.customer("Any news?", sender=CY, subject=f"Our kettle [{cys.reference}]")
    assert "cy@customer.example, who takes part in the case" in to_bob(talk).text


def test_who_takes_part_in_a_merged_case_alone_is_not_known_in_the_other(talk: Talk):
    """Whoever forges Ann's address can have the acknowledgement sent to his own."""
    talk.customer("My kettle exploded.")
    first = talk.case
    talk.customer("And another thing.", headers={"Reply-To": "mallory@evil.example"})
    forged = talk.cases[-1]
    key = letters_to(talk, "mallory@evil.example")[-1]
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    talk.customer("What is new?", sender=MALLORY, subject=f"[{forged.reference}]")
    assert len(talk.cases) == 3, "a reference is no proof"
    talk.customer("What is new?", sender=MALLORY, answering=key)
    assert "mallory@evil.example, an address that is not known" in to_bob(talk).text
    assert now(talk, first).participants == first.participants


def test_an_answer_that_waits_blocks_the_merge_on_either_side(talk: Talk):
    first, second = two_cases(talk)
    told = to_eve(talk)
    talk.agent("Dear Ann, we are looking into it.", to_bob(talk), sender=BOB)
    talk.agent(f"#merge {first.reference}", told, sender=EVE)
    assert f"an answer to the customer waits to leave in {first.reference}" in to_eve(talk).text
    talk.agent("Dear Ann, we are sorry.", told, sender=EVE)
    talk.wait(minutes=1)
    talk.agent(f"#merge {second.reference}", to_bob(talk), sender=BOB)
    assert [case.merged_into for case in talk.cases] == [None, None]
    talk.wait(minutes=3)
    talk.agent(f"#merge {first.reference}\n", told, sender=EVE)
    assert now(talk, second).merged_into == first.reference


def test_a_decision_that_waits_for_approval_blocks_the_merge_on_either_side(make_talk: Callable[..., Talk]):
    vera = {"supervisors": [{"name": "Vera", "address": "vera@acme.example"}]}
    people = People.model_validate(PEOPLE.model_dump() | vera)
    talk = make_talk(people=people, complaints={"offer_limit": "100 EUR"})
    first, second = two_cases(talk)
    told = to_bob(talk)
    offer = "#resolve upheld cause=quality remedy=refund amount=150 EUR\n\nIt was faulty."
    talk.agent(offer, told, sender=BOB)
    assert now(talk, first).proposal is not None
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    assert f"a decision of {first.reference} waits for approval" in to_eve(talk).text
    talk.agent(f"#merge {second.reference}", told, sender=BOB)
    assert [case.merged_into for case in talk.cases] == [None, None]
    talk.agent("#spam", told, sender=BOB)
    assert now(talk, first).proposal is None
    talk.agent("#approve", letters_to(talk, "vera@acme.example")[-1], sender="Vera <vera@acme.example>")
    talk.wait(minutes=10)
    assert not any("It was faulty." in letter.text for letter in to_ann(talk))


def test_a_decided_case_takes_another_in_while_the_customer_may_disagree_and_no_longer(talk: Talk):
    first, second = two_cases(talk)
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nSorry.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    assert now(talk, first).status is Status.RESOLVED
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    assert (now(talk, first).status, now(talk, first).outcome) == (Status.OPEN, None)
    assert now(talk, second).merged_into == first.reference


def test_nothing_is_merged_into_a_closed_case(talk: Talk):
    first, second = two_cases(talk)
    talk.agent("#resolve upheld cause=quality remedy=refund\n\nSorry.", to_bob(talk), sender=BOB)
    talk.wait(minutes=3)
    talk.happens(CaseClosed(who="Bob"), first.reference)
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    assert f"{first.reference} is closed" in to_eve(talk).text
    assert now(talk, second).status is Status.NEW


def test_chains_end_in_the_last_case_and_never_in_a_circle(talk: Talk):
    first, second = two_cases(talk)
    told, first_letter = to_eve(talk), to_ann(talk)[0]
    talk.agent(f"#merge {second.reference}", to_bob(talk), sender=BOB)
    talk.agent(f"#merge {first.reference}", told, sender=EVE)
    assert f"{first.reference} goes on in this very case" in to_eve(talk).text

    talk.customer("A third mail.", subject="Once more")
    third = talk.cases[-1]
    talk.agent(f"#merge {third.reference}", told, sender=EVE)
    talk.customer("Are you there?", answering=first_letter)
    assert [case.merged_into for case in talk.cases] == [second.reference, third.reference, None]
    assert "wrote again" in talk.happened(third.reference)

    talk.customer("A fourth mail.", subject="And again")
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    assert talk.cases[-1].merged_into == third.reference, "who names the first means the last"


def test_what_there_is_not_is_not_merged(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#merge C-2222-222D", to_bob(talk), sender=BOB)
    assert "no case" in to_bob(talk).text or "no reference" in to_bob(talk).text
    talk.agent(f"#merge {talk.case.reference}", to_bob(talk), sender=BOB)
    assert "is this very case" in to_bob(talk).text
    assert talk.case.status is Status.NEW


def test_a_merge_is_not_taken_back_by_reopening_but_by_taking_the_mail_out(talk: Talk):
    first, second = two_cases(talk)
    told = to_eve(talk)
    talk.agent(f"#merge {first.reference}", told, sender=EVE)
    talk.agent("#reopen", told, sender=EVE)
    assert "#split" in to_eve(talk).text
    talk.agent("#split", told, sender=EVE)
    assert len(talk.cases) == 3
    apart = talk.cases[-1]
    assert (apart.split_from, apart.subject, apart.status) == (first.reference, "Exploded kettle", Status.NEW)
    assert apart.received_at == second.received_at


def test_a_letter_of_a_merged_case_that_comes_back_is_told_where_it_goes_on(talk: Talk):
    first, _ = two_cases(talk)
    acknowledgement = to_ann(talk)[-1]
    talk.agent(f"#merge {first.reference}", to_eve(talk), sender=EVE)
    talk.arrives(bounce_of(acknowledgement.envelope_from))
    told = to_bob(talk)
    assert "5.1.1" in told.text
    assert f"[{first.reference}]" in told["Subject"]


# Taking apart


def follow_up(talk: Talk) -> tuple[Case, bytes]:
    talk.customer("My kettle exploded.")
    talk.wait(days=2)
    raw = talk.customer("My parcel is lost, too.", answering=to_ann(talk)[0], message_id="<parcel@x.example>")
    return talk.case, raw


def test_a_follow_up_about_something_else_becomes_a_case_of_its_own(talk: Talk):
    first, _ = follow_up(talk)
    talk.wait(hours=5)
    talk.agent("#split", to_bob(talk), sender=BOB)
    parcel = talk.cases[-1]
    assert parcel.split_from == first.reference
    assert parcel.customer_email == "ann@customer.example"
    assert talk.now - parcel.received_at == timedelta(hours=5), "its time counts from its receipt"
    assert parcel.owner == "Eve", "it is routed like any other"
    assert "My parcel is lost, too." in to_eve(talk).text
    assert f"a mail of the customer is {parcel.reference} now" in talk.happened(first.reference)
    assert f"split off from {first.reference}" in talk.happened(parcel.reference)
    acknowledgement = to_ann(talk)[-1]
    assert parcel.reference in acknowledgement.text
    assert first.reference not in acknowledgement.raw.decode()
    assert to_ann(talk)[0]["Message-ID"] not in acknowledgement["References"]
    assert parcel.reference in to_bob(talk).text

    talk.customer("It was the blue one.", answering=acknowledgement)
    assert len(talk.cases) == 2
    assert "wrote again" in talk.happened(parcel.reference)
    assert talk.ledger["opened"] == 2
    assert talk.ledger["unaccounted"] == 0


def test_who_answers_her_own_mail_that_was_taken_out_lands_where_it_is_now(talk: Talk):
    """Her program answers to the address, and with the ids, of the case that it came from."""
    follow_up(talk)
    talk.agent("#split", to_bob(talk), sender=BOB)
    parcel = talk.cases[-1]
    letter = to_ann(talk)[0]
    headers = {
        "In-Reply-To": "<parcel@x.example>",
        "References": f"{letter['References']} {letter['Message-ID']} <parcel@x.example>",
    }
    talk.customer("It was the blue one.", to=letter["Reply-To"], headers=headers)
    assert len(talk.cases) == 2
    assert "wrote again" in talk.happened(parcel.reference)


def test_a_mail_is_taken_out_once(talk: Talk):
    follow_up(talk)
    told = to_bob(talk)
    talk.agent("#split", told, sender=BOB)
    talk.agent("#split\n\nOnce more, to be sure.", told, sender=BOB)
    assert len(talk.cases) == 2
    assert f"it is {talk.cases[-1].reference} now" in " ".join(to_bob(talk).text.split())
    talk.agent("#split", to_eve(talk), sender=EVE)
    assert len(talk.cases) == 2, "the mail that opened a case cannot leave it"


def test_only_a_later_mail_can_be_taken_out(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#split", to_bob(talk), sender=BOB)
    assert "is the one that opened" in " ".join(to_bob(talk).text.split())
    talk.agent("#history", to_bob(talk), sender=BOB)
    talk.agent("#split", to_bob(talk), sender=BOB)
    assert len(talk.cases) == 1


def test_a_machines_mail_that_is_taken_out_is_not_answered_by_itself(talk: Talk):
    talk.customer("My kettle exploded.")
    quiet = {"X-Auto-Response-Suppress": "All"}
    talk.customer("And the toaster.", answering=to_ann(talk)[0], headers=quiet)
    letters = len(to_ann(talk))
    talk.agent("#split", to_bob(talk), sender=BOB)
    assert talk.cases[-1].acknowledgement is Acknowledgement.WITHHELD
    assert len(to_ann(talk)) == letters


def test_the_files_of_a_mail_that_is_taken_out_go_with_it(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write("And this is the toaster.", answering=to_ann(talk)[0])
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"burnt", maintype="image", subtype="jpeg", filename="toaster.jpg")
    talk.arrives(mail.as_bytes())
    talk.agent("#split", to_bob(talk), sender=BOB)
    (photo,) = to_eve(talk).message.iter_attachments()
    assert photo.get_content() == b"burnt"
    assert (talk.ledger["opened"], talk.ledger["unaccounted"]) == (2, 0)


def test_what_an_agent_brought_in_is_not_taken_out_as_if_she_were_the_customer(talk: Talk):
    talk.customer("My kettle exploded.")
    first = talk.case
    talk.agent("#from ann@customer.example\n\nShe rang: it leaks.", to_bob(talk), sender=BOB)
    told = to_eve(talk)
    talk.agent(f"#merge {first.reference}", told, sender=EVE)
    assert talk.cases[-1].merged_into == first.reference
    talk.agent("#split", told, sender=EVE)
    assert len(talk.cases) == 2
    assert "brought in by an agent" in " ".join(to_eve(talk).text.split())


# Linking


def test_cases_are_linked_in_both_histories_once_and_the_other_agent_is_not_held_up(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("My toaster burns.", sender=CY)
    first, second = talk.cases
    told = to_bob(talk)
    talk.agent(f"#link {second.reference}", told, sender=BOB)
    talk.agent(f"#link {second.reference}\n\nDid I?", told, sender=BOB)
    assert talk.happened(first.reference).count(f"linked to {second.reference}") == 1
    assert talk.happened(second.reference).count(f"linked to {first.reference}") == 1
    assert "were linked before" in to_bob(talk).text
    talk.agent("Dear Cy, we send a new one.", to_eve(talk), sender=EVE)
    talk.wait(minutes=3)
    assert "we send a new one" in letters_to(talk, "cy@customer.example")[-1].text
    talk.agent("#history", to_bob(talk), sender=BOB)
    assert f"linked to {second.reference}" in to_bob(talk).text


def test_a_link_to_nothing_links_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("My toaster burns.", sender=CY)
    first, second = talk.cases
    talk.agent(f"#link {second.reference} C-2345-678S", to_bob(talk), sender=BOB)
    assert not any(what.startswith("linked") for what in talk.happened(first.reference))


# Finding


def test_cases_are_found_by_words_address_and_reference(talk: Talk):
    talk.customer("x", subject="Vízforraló robbant")
    talk.customer("x", subject="Parcel lost", sender=CY)
    kettle, parcel = talk.cases
    for words, found in (
        ("VIZFORRALO", kettle),
        ("robbant víz", kettle),
        ("cy@Customer.Example", parcel),
        (f"[{parcel.reference}]", parcel),
    ):
        talk.agent(f"#find {words}", to_bob(talk), sender=BOB)
        receipt = to_bob(talk).text
        other = parcel if found is kettle else kettle
        assert f"{found.reference}, new, {found.customer_email}: “{found.subject}”" in " ".join(
            receipt.split()
        )
        assert f"{other.reference}, new" not in receipt
    talk.agent("#find toaster", to_bob(talk), sender=BOB)
    assert "0 cases among the newest 2 fit “toaster”" in to_bob(talk).text


def test_what_is_looked_through_and_shown_is_bounded(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 3)
    monkeypatch.setattr(looking, "FOUND_SHOWN", 2)
    for number in range(4):
        talk.customer("x", subject=f"Kettle {number}")
    talk.agent("#find kettle", to_bob(talk), sender=BOB)
    receipt = " ".join(to_bob(talk).text.split())
    assert "3 cases among the newest 3 fit “kettle”; here are the newest 2." in receipt
    assert "“Kettle 3”" in receipt and "“Kettle 2”" in receipt and "“Kettle 1”" not in receipt


def test_only_a_proved_agent_finds_anything(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    before = len(talk.letters)
    talk.agent("#find kettle", told, sender=MALLORY)
    talk.customer("#find kettle", sender=MALLORY)
    talk.agent("#find kettle", told, sender=BOB, proved=False)
    found = [letter for letter in talk.letters[before:] if "fit “kettle”" in letter.text]
    assert found == []


# Spam


def test_spam_is_closed_and_nobody_is_written_to(talk: Talk):
    talk.customer("Buy our pills.", sender=MALLORY)
    talk.agent("#cc +lea@law.example", to_bob(talk), sender=BOB)
    talk.agent("yes", to_bob(talk), sender=BOB)
    talk.agent("#reply\nDear Sir, please stop.", to_bob(talk), sender=BOB)
    talk.agent("#spam", to_bob(talk), sender=BOB)
    talk.wait(minutes=10)
    case = talk.case
    assert (case.status, case.spam, case.next_deadline_at) == (Status.CLOSED, True, None)
    assert not any("please stop" in letter.text for letter in talk.letters)
    assert [row.state for row in talk.queue if row.letter == "reply"] == [State.CANCELLED] * 2
    assert "reply cancelled, it was not sent" in talk.happened()
    assert (talk.ledger["opened"], talk.ledger["unaccounted"]) == (1, 0)

    letters = len(letters_to(talk, "mallory@evil.example"))
    more = talk.write("More!", sender=MALLORY, answering=letters_to(talk, "mallory@evil.example")[0])
    with talk.desk.database.reading() as session:
        expected = explain(talk.desk, session, more, talk.now).withheld
    talk.arrives(more)
    assert len(talk.cases) == 2, "an agent may err: people see it"
    assert len(letters_to(talk, "mallory@evil.example")) == letters, "but the desk does not answer"
    (withheld,) = [
        row.text for row in talk.history(talk.cases[-1].reference) if row.what == "acknowledgement withheld"
    ]
    assert withheld == expected == "it continues a case that was closed as spam"


def test_an_acknowledgement_that_has_not_left_is_cancelled_and_said_when_it_was_no_spam(talk: Talk):
    talk.servers.sink.script["rcpt"] = ["451 4.7.1 try again later"]
    talk.customer("My kettle exploded.")
    talk.agent("#spam", to_bob(talk), sender=BOB)
    talk.wait(hours=2)
    assert to_ann(talk) == []
    assert "acknowledgement cancelled, it was not sent" in talk.happened()
    talk.agent("#reopen", to_bob(talk), sender=BOB)
    assert talk.case.acknowledgement is Acknowledgement.WITHHELD
    assert "No acknowledgement has left" in to_bob(talk).text


def test_spam_is_taken_back_by_reopening(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.agent("#spam", to_bob(talk), sender=BOB)
    talk.agent("#reopen", to_bob(talk), sender=BOB)
    assert (talk.case.status, talk.case.spam) == (Status.OPEN, False)
    assert talk.case.next_deadline_at is not None


def test_cases_are_joined_and_taken_apart_on_either_database(
    servers: EmbeddedServers, database_url: str, cage: Cage
):
    talk = Talk(servers, database_url, cage, people=PEOPLE)
    try:
        if not talk.desk.database.is_sqlite:  # it judges due times by its own clock
            with talk.desk.database.transaction() as session:
                talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(hours=2)
        first, second = two_cases(talk)
        told = to_eve(talk)
        talk.agent(f"#link {first.reference}\n#merge {first.reference}", told, sender=EVE)
        talk.agent("#find kettle", told, sender=EVE)
        assert f"{second.reference}, goes on in {first.reference}" in " ".join(to_eve(talk).text.split())
        talk.agent("#split", told, sender=EVE)
        apart = talk.cases[-1]
        assert apart.split_from == first.reference
        talk.agent("#spam", letters_to(talk, "bob@acme.example")[0], sender=BOB)
        assert now(talk, first).spam
        with talk.desk.database.reading() as session:
            assert queries.ledger(session)["unaccounted"] == 0
    finally:
        talk.close()
