"""Stories: one test, one dialogue, to be read like a transcript."""

from __future__ import annotations

from datetime import timedelta

from mailproc.cases.case import Acknowledgement, Status
from mailproc.cases.events import CaseResolved, InformationRequested
from mailproc.store.outbox import State
from tests.conversation import ANN, DESK_ADDRESS, MONDAY_9AM, Talk
from tests.servers import CUT, EmbeddedServers

EVE = "Eve <eve@elsewhere.example>"


# A complaint comes in


def test_a_complaint_becomes_a_case_and_is_acknowledged(talk: Talk):
    talk.customer("My kettle exploded at breakfast. Please send me a new one.")

    assert talk.case.status is Status.NEW
    assert talk.case.customer_email == "ann@customer.example"
    assert talk.case.acknowledgement is Acknowledgement.ACCEPTED
    assert talk.happened() == ["complaint received", "acknowledgement queued", "acknowledgement accepted"]

    (letter,) = talk.letters
    assert letter.to == "ann@customer.example"
    assert talk.case.reference in letter["Subject"]
    assert talk.case.reference in letter.text
    assert "23 November 2026" in letter.text

    assert talk.dispositions == ["opened"]
    assert talk.folder("INBOX") == []
    assert len(talk.folder("Processed")) == 1


def test_a_hungarian_complaint_is_acknowledged_in_hungarian(talk: Talk):
    talk.customer("Tisztelt Ügyfélszolgálat! A vízforraló, amit Önöknél vettem, reggel felrobbant.")

    assert talk.case.language == "hu"
    assert talk.letters[0]["Content-Language"] == "hu"
    assert "2026. november 23." in talk.letters[0].text


def test_an_acknowledgement_is_marked_so_that_no_machine_answers_it(talk: Talk):
    talk.customer("My kettle exploded.")

    (letter,) = talk.letters
    assert letter["Auto-Submitted"] == "auto-replied"
    assert "OOF" in letter["X-Auto-Response-Suppress"]
    assert letter["From"].endswith(f"<{DESK_ADDRESS}>")
    assert letter.envelope_from.startswith("complaints+b")
    assert letter["Reply-To"].startswith("complaints+r")


def test_an_acknowledgement_threads_under_the_complaint(talk: Talk):
    talk.customer("My kettle exploded.", message_id="<first@customer.example>")

    (letter,) = talk.letters
    assert letter["In-Reply-To"] == "<first@customer.example>"
    assert letter["References"].split()[0] == "<first@customer.example>"


def test_a_stranger_cannot_make_us_carry_his_words(talk: Talk):
    talk.customer(
        "WIN A PRIZE at evil.example",
        sender="WIN A PRIZE <victim@customer.example>",
        subject="WIN A PRIZE",
    )

    (letter,) = talk.letters
    assert b"PRIZE" not in letter.raw
    assert "PRIZE" not in letter.text
    assert "PRIZE" not in letter["Subject"]


def test_an_authenticated_customer_sees_her_subject_again(talk: Talk):
    stamp = (
        b"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\r\n"
        b"Received: from mx.customer.example by mx.acme.example; Mon, 23 Nov 2026 09:00:00 +0100\r\n"
    )
    talk.arrives(stamp + talk.write("It exploded.", subject="Kettle"))

    assert talk.letters[0]["Subject"] == f"Re: Kettle [{talk.case.reference}]"


def test_a_customer_whose_address_cannot_be_written_to_still_has_a_case(talk: Talk):
    raw = talk.write("It exploded.").replace(b"ann@customer.example", "ánn@customer.example".encode())
    talk.arrives(raw)

    assert talk.dispositions == ["opened"]
    assert talk.letters == []
    assert talk.case.acknowledgement is Acknowledgement.WITHHELD
    assert "ánn@customer.example" in talk.history()[-1].text


# Further mail about it


def test_a_reply_to_the_acknowledgement_joins_and_is_not_acknowledged_again(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.wait(hours=2)
    talk.customer("And the toaster too.", answering=talk.letters[0])

    assert talk.dispositions == ["opened", "joined"]
    assert talk.happened()[-1] == "wrote again"
    assert talk.history()[-1].rule.endswith("reply_address")
    assert len(talk.letters) == 1


def test_a_reply_joins_by_its_thread_when_the_client_ignores_reply_to(talk: Talk):
    talk.customer("My kettle exploded.")
    letter = talk.letters[0]
    talk.customer("Hello?", headers={"In-Reply-To": letter["Message-ID"]})

    assert talk.dispositions == ["opened", "joined"]
    assert talk.history()[-1].rule.endswith("own_message_id")


def test_a_reply_joins_by_the_anchor_when_a_provider_has_replaced_our_message_id(talk: Talk):
    talk.customer("My kettle exploded.")
    anchor = talk.letters[0]["References"].split()[-1]
    replaced = {"In-Reply-To": "<0102-ses@relay.example>", "References": f"{anchor} <0102-ses@relay.example>"}
    talk.customer("Hello?", headers=replaced)

    assert talk.dispositions == ["opened", "joined"]
    assert talk.history()[-1].rule.endswith("thread_anchor")


def test_without_plus_addressing_replies_join_by_signed_message_ids(make_talk):
    talk: Talk = make_talk(desk={"plus_addressing": False})
    talk.customer("My kettle exploded.")
    assert talk.letters[0]["Reply-To"] in ("", DESK_ADDRESS, f"Acme Complaints <{DESK_ADDRESS}>")
    talk.customer("Hello?", to=DESK_ADDRESS, headers={"In-Reply-To": talk.letters[0]["Message-ID"]})

    assert talk.dispositions == ["opened", "joined"]


def test_a_second_mail_of_the_customer_joins_by_the_reference_in_its_subject(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("Any news?", subject=f"Kettle [{talk.case.reference}]")

    assert talk.dispositions == ["opened", "joined"]


def test_a_stranger_with_a_reference_gets_a_case_of_his_own_and_learns_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    ann, first = talk.case, talk.letters[0]
    talk.customer("What is this about?", sender=EVE, subject=f"Re: [{ann.reference}]")
    talk.customer("What is this about?", sender="Eve <eve@two.example>", subject="Re: [C-2222-2229]")

    assert talk.happened(ann.reference) == talk.happened(ann.reference)[:3], "nothing was added to Ann's case"
    hit, miss = talk.cases[1:]
    assert "possibly about" in talk.happened(hit.reference)
    # The two letters must not differ: else numbers could be tried out.
    answers = [
        letter.text.replace(case.reference, "")
        for letter, case in zip(talk.letters[1:], (hit, miss), strict=True)
    ]
    assert answers[0] == answers[1]
    assert first.text.replace(ann.reference, "") == answers[0]
    assert ann.reference not in talk.letters[1].raw.decode()


def test_a_mail_from_an_unknown_address_with_the_signed_address_joins_but_is_flagged(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("I am her brother.", sender=EVE, answering=talk.letters[0])

    assert talk.dispositions == ["opened", "joined"]
    assert "eve@elsewhere.example, an address not known for this case" in talk.history()[-1].text
    assert len(talk.letters) == 1


def test_a_reply_that_overtakes_its_original_waits_for_it(talk: Talk):
    original = talk.write("My kettle exploded.", message_id="<a@customer.example>")
    reply = talk.write("I forgot:  it was blue.", headers={"In-Reply-To": "<a@customer.example>"})
    talk.arrives(reply, work=False)
    talk.arrives(original)

    assert talk.dispositions == ["joined", "opened"]
    assert talk.mails[0][0].postponed == 1


def test_two_mails_that_name_each_other_do_not_block_one_another(talk: Talk):
    one = talk.write("One.", message_id="<a@c.example>", headers={"In-Reply-To": "<b@c.example>"})
    two = talk.write("Two.", message_id="<b@c.example>", headers={"In-Reply-To": "<a@c.example>"})
    talk.arrives(one, work=False)
    talk.arrives(two)
    for _ in range(6):
        talk.wait(seconds=3)

    assert set(talk.dispositions) == {"opened", "joined"}


def test_the_customer_answers_a_question_and_the_case_is_open_again(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.happens(InformationRequested(who="Bob", text="which kettle?"))
    assert talk.case.status is Status.WAITING
    talk.customer("The blue one.", answering=talk.letters[0])

    assert talk.case.status is Status.OPEN


def test_the_customer_disagrees_in_time_and_the_case_is_reopened(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.happens(CaseResolved(who="Bob", outcome="not_upheld", cause="other"))
    talk.wait(days=29)
    talk.customer("I disagree.", answering=talk.letters[0])

    assert talk.case.status is Status.OPEN
    assert talk.happened()[-1] == "wrote again, case reopened"


def test_after_the_time_to_disagree_a_mail_opens_a_new_case_linked_to_the_old(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.happens(CaseResolved(who="Bob", outcome="upheld", cause="other"))
    talk.wait(days=32)
    assert talk.case.status is Status.CLOSED
    talk.customer("The new one exploded too.", answering=talk.letters[0])

    old, new = talk.cases
    assert (old.status, new.status) == (Status.CLOSED, Status.NEW)
    assert new.previous == old.reference
    assert len(talk.letters) == 2, "the new case is acknowledged"


# The same mail again


def test_the_same_mail_by_two_routes_is_one_case_and_one_acknowledgement(talk: Talk):
    raw = talk.customer("My kettle exploded.")
    talk.arrives(b"Received: from list.example by mx.acme.example; Mon, 23 Nov 2026 09:00:01 +0000\r\n" + raw)

    assert talk.dispositions == ["opened", "duplicate"]
    assert len(talk.letters) == 1
    assert len(talk.folder("Processed")) == 2, "both copies are kept"


def test_a_message_id_alone_never_suppresses_a_mail(talk: Talk):
    talk.customer("Ignore what follows.", sender=EVE, message_id="<squatted@customer.example>")
    talk.customer("My kettle exploded.", message_id="<squatted@customer.example>")

    assert talk.dispositions == ["opened", "opened"]
    assert talk.cases[1].customer_email == "ann@customer.example"


# Machines


def test_an_out_of_office_answer_moves_nothing_and_is_not_answered(talk: Talk):
    talk.customer("My kettle exploded.")
    before = talk.case
    talk.customer("I am away.", answering=talk.letters[0], headers={"Auto-Submitted": "auto-replied"})

    assert talk.dispositions == ["opened", "auto_reply"]
    assert talk.case == before
    assert talk.happened()[-1] == "automatic reply received"
    assert len(talk.letters) == 1


def test_a_bounce_of_our_letter_marks_the_case_and_owes_the_acknowledgement_again(talk: Talk):
    talk.customer("My kettle exploded.")
    due = talk.case.received_at + timedelta(hours=24)
    assert talk.case.next_deadline_at != due
    talk.arrives(bounce_of(talk.letters[0].envelope_from))

    assert talk.dispositions == ["opened", "bounced"]
    assert talk.case.unreachable
    assert talk.case.acknowledgement is Acknowledgement.FAILED
    assert talk.case.next_deadline_at == due
    assert len(talk.letters) == 1, "a bounce is never answered"


def test_a_forged_bounce_changes_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    before = talk.case
    forged = talk.letters[0].envelope_from.replace("complaints+b", "complaints+bx")
    talk.arrives(bounce_of(forged))
    talk.arrives(bounce_of(DESK_ADDRESS))

    assert talk.case == before
    assert talk.dispositions == ["opened", "bounced", "bounced"]


def bounce_of(return_path: str, recipient: str = "ann@customer.example") -> bytes:
    """A delivery report as Postfix writes it, to the envelope sender of a letter."""
    return f"""\
Return-Path: <>
Delivered-To: {return_path}
From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)
To: {return_path}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--b--
""".replace("\n", "\r\n").encode()


def test_a_newsletter_is_set_aside_and_can_be_seen(talk: Talk):
    talk.customer("Offers!", sender="shop@news.example", headers={"List-Id": "<offers.news.example>"})

    assert talk.dispositions == ["ignored"]
    assert talk.letters == []
    assert talk.mails[0][1] is not None and talk.mails[0][1].kind == "list"


def test_our_own_mail_coming_back_opens_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.arrives(talk.letters[0].raw)

    assert talk.dispositions == ["opened", "ignored"]
    assert len(talk.letters) == 1


def test_a_web_form_is_a_complaint_that_is_not_answered_by_a_machine(talk: Talk):
    talk.customer("My kettle exploded.", headers={"Auto-Submitted": "auto-generated"})

    assert talk.dispositions == ["opened"]
    assert talk.letters == []
    assert talk.case.acknowledgement is Acknowledgement.WITHHELD
    assert talk.case.next_deadline_at == talk.case.received_at + timedelta(hours=24)


def test_a_responder_that_strips_every_header_gets_four_letters_a_day(talk: Talk):
    for number in range(10):
        talk.customer(f"We have received your mail {number}.", sender="robot@other.example", subject="Ticket")

    assert len(talk.letters) == 4
    assert len(talk.cases) == 10, "each is still a case that a person sees"
    talk.wait(days=1, minutes=1)
    talk.customer("We have received your mail again.", sender="robot@other.example", subject="Ticket")
    assert len(talk.letters) == 5


def test_two_desks_that_face_each_other_end_after_one_letter_a_side(make_talk):
    ours: Talk = make_talk()
    theirs: Talk = make_talk("theirs", desk={"address": "desk@other.example"})
    ours.customer("We complain.", sender="desk@other.example")
    for _ in range(5):
        for letter in [sent for sent in ours.letters if sent.to.startswith("desk")]:
            theirs.arrives(letter.raw)
        for letter in [sent for sent in theirs.letters if sent.to.startswith("complaints")]:
            ours.arrives(letter.raw)

    assert len(ours.letters) <= 2
    assert theirs.cases == []


# Mail that is old, large or broken


def test_mail_older_than_the_desk_is_taken_in_silently(make_talk):
    talk: Talk = make_talk(mailbox={"accept_since": "2026-11-24"})
    talk.customer("My kettle exploded.")

    assert talk.dispositions == ["opened"]
    assert talk.letters == []
    assert talk.case.acknowledgement is Acknowledgement.WITHHELD


def test_the_first_look_at_a_mailbox_answers_nobody(make_talk):
    talk: Talk = make_talk(mailbox={"accept_since": "go-live"})
    talk.servers.deliver(DESK_ADDRESS, talk.write("From last year."), MONDAY_9AM - timedelta(days=365))
    talk.work()
    talk.wait(minutes=1)
    talk.customer("From today.")

    assert [case.acknowledgement for case in talk.cases] == [
        Acknowledgement.WITHHELD,
        Acknowledgement.ACCEPTED,
    ]


def test_of_a_mail_over_the_limit_the_header_makes_the_case(make_talk):
    talk: Talk = make_talk(mailbox={"size_limit": 20_000})
    talk.customer("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 1000, subject="Huge")

    assert talk.dispositions == ["opened"]
    assert talk.case.subject == "Huge"
    row, message = talk.mails[0]
    assert not row.complete
    assert row.size > 70_000
    assert message is not None and message.text == ""
    assert len(talk.folder("Processed")) == 1, "the whole mail stays on the server"


def poison() -> bytes:
    """Nested deeper than any guard allows."""
    opening = "".join(
        f'Content-Type: multipart/mixed; boundary="{depth}"\r\n\r\n--{depth}\r\n' for depth in range(60)
    )
    return f"From: {ANN}\r\nTo: {DESK_ADDRESS}\r\nSubject: Poison\r\nMIME-Version: 1.0\r\n{opening}".encode()


def test_what_cannot_be_read_is_quarantined_with_a_case_that_people_see(talk: Talk):
    raw = poison()
    talk.arrives(raw)
    talk.customer("My kettle exploded.", sender=EVE)

    assert talk.dispositions == ["quarantined", "opened"]
    assert talk.folder("Quarantine") == [raw]
    skeleton = talk.cases[0]
    assert (skeleton.subject, skeleton.customer_email) == ("Poison", "ann@customer.example")
    assert skeleton.acknowledgement is Acknowledgement.WITHHELD
    assert [letter.to for letter in talk.letters] == ["eve@elsewhere.example"]
    assert talk.ledger["unaccounted"] == 0


# Letters that do not leave at once


def test_a_letter_refused_for_now_is_tried_again_and_leaves_once(talk: Talk, servers: EmbeddedServers):
    servers.sink.script["rcpt"] = ["451 4.2.0 greylisted", "451 4.2.0 greylisted"]
    talk.customer("My kettle exploded.")
    assert talk.letters == []
    assert "acknowledgement deferred, will be tried again" in talk.happened()
    talk.wait(minutes=2)
    assert talk.letters == []
    talk.wait(minutes=6)

    assert len(talk.letters) == 1
    assert talk.case.acknowledgement is Acknowledgement.ACCEPTED
    assert [row.attempts for row in talk.queue] == [3]


def test_a_letter_refused_for_good_shows_in_the_case_and_in_the_outbox(talk: Talk, servers: EmbeddedServers):
    servers.sink.script["rcpt"] = ["550 5.1.1 no such user"]
    talk.customer("My kettle exploded.")

    assert talk.case.unreachable
    assert talk.case.acknowledgement is Acknowledgement.FAILED
    assert "550" in str(talk.queue[0].last_code) and "no such user" in (talk.queue[0].last_reply or "")
    assert talk.happened()[-1] == "acknowledgement failed, customer not reached"
    talk.wait(days=1)
    assert talk.letters == []


def test_a_letter_is_given_up_after_five_days(talk: Talk, servers: EmbeddedServers):
    servers.sink.script["rcpt"] = [*["451 4.2.0 try later"] * 100]
    talk.customer("My kettle exploded.")
    for _ in range(70):
        talk.wait(hours=2)

    assert talk.queue[0].state == State.FAILED
    assert talk.case.unreachable


def test_an_answer_that_was_cut_off_makes_one_flagged_copy_with_the_same_bytes(
    talk: Talk, servers: EmbeddedServers
):
    servers.sink.script["accepted"] = [CUT]
    talk.customer("My kettle exploded.")
    assert len(talk.letters) == 1
    assert "acknowledgement may have been sent twice or not at all" in talk.happened()
    talk.wait(minutes=2)

    first, second = talk.letters
    assert first.raw == second.raw
    assert talk.queue[0].uncertain == 1
    assert talk.case.acknowledgement is Acknowledgement.ACCEPTED


def test_twice_cut_off_a_letter_is_held_for_a_person(talk: Talk, servers: EmbeddedServers):
    servers.sink.script["accepted"] = [CUT, CUT]
    talk.customer("My kettle exploded.")
    talk.wait(minutes=2)
    talk.wait(days=2)

    assert talk.queue[0].state == State.HELD
    assert len(talk.letters) == 2
    assert "held for a person to decide" in [entry.text for entry in talk.history()]


def test_a_desk_may_prefer_to_hold_what_is_uncertain(make_talk, servers: EmbeddedServers):
    talk: Talk = make_talk(desk={"uncertain": "hold"})
    servers.sink.script["accepted"] = [CUT]
    talk.customer("My kettle exploded.")
    talk.wait(days=2)

    assert len(talk.letters) == 1
    assert talk.queue[0].state == State.HELD


def test_a_server_that_refuses_us_is_not_the_letters_fault(talk: Talk, servers: EmbeddedServers):
    servers.sink.script["mail"] = ["550 5.7.1 account suspended"]
    talk.customer("My kettle exploded.")
    assert talk.queue[0].state == State.QUEUED
    assert not talk.case.unreachable
    talk.wait(minutes=10)

    assert len(talk.letters) == 1


def test_beyond_the_hours_limit_letters_wait_and_none_is_dropped(make_talk):
    talk: Talk = make_talk(desk={"acks_per_hour": 3})
    for number in range(5):
        talk.arrives(talk.write("Broken.", sender=f"c{number}@customer.example"), work=False)
    talk.work()
    assert len(talk.letters) == 3
    talk.wait(hours=1, minutes=1)

    assert sorted(letter.to for letter in talk.letters) == [f"c{n}@customer.example" for n in range(5)]


# The books


def test_the_ledger_accounts_for_every_mail(talk: Talk):
    talk.customer("My kettle exploded.")
    talk.customer("And the toaster.", answering=talk.letters[0])
    talk.customer("Offers!", headers={"List-Id": "<offers.shop.example>"})
    talk.arrives(poison())

    assert talk.ledger == {
        "received": 4, "opened": 1, "joined": 1, "replied": 0, "outside": 0, "confirmed": 0, "held": 0,
        "bounced": 0, "auto_reply": 0, "ignored": 1, "duplicate": 0, "quarantined": 1, "waiting": 0,
        "unaccounted": 0,
    }  # fmt: skip


def test_every_history_entry_says_when_who_what_and_by_which_mail(talk: Talk):
    talk.customer("My kettle exploded.")

    received, queued, accepted = talk.history()
    assert (received.who, received.rule) == ("customer", "anyone_else")
    assert received.inbox_id is not None
    assert queued.outbox_id is not None
    assert accepted.outbox_id == queued.outbox_id
    assert all(entry.at == MONDAY_9AM for entry in (received, queued, accepted))
