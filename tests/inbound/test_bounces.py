"""What a delivery report says, and that it names one of our mails only with a token that verifies."""

from __future__ import annotations

import pytest
from handmade import DESK, mail, people, report

from mailproc.addressing import DeskAddress, Signer
from mailproc.inbound.bounces import Failure, read_bounce
from mailproc.mail import RecipientReport

ID, OTHER_ID = "abcdefghijkl", "mnopqrstuvwx"
BOB = "bob@customer.example"
STRANGER = DeskAddress("complaints@acme.example", Signer({"1": b"not the secret of this desk, but long"}))
DAEMON = people("MAILER-DAEMON@mx.customer.example")


def failed(
    status: str = "5.1.1", action: str = "failed", diagnostic: str = ""
) -> tuple[RecipientReport, ...]:
    return (RecipientReport(recipient=BOB, action=action, status=status, diagnostic=diagnostic),)


def test_a_mail_that_is_no_delivery_report_is_none():
    assert read_bounce(mail(), DESK) is None
    assert read_bounce(mail(to=people(DESK.return_path(ID))), DESK) is None


@pytest.mark.parametrize(
    "message",
    [
        mail(("Delivered-To", DESK.return_path(ID)), **report("delivery-status")),
        mail(("X-Original-To", DESK.return_path(ID)), **report("delivery-status")),
        mail(("Envelope-To", DESK.return_path(ID)), **report("delivery-status")),
        mail(to=people(DESK.return_path(ID).upper()), **report("delivery-status")),
        mail(cc=people(DESK.return_path(ID)), **report("delivery-status")),
        mail(**report("delivery-status", returned_ids=("<x@y.example>", DESK.message_id(ID)))),
        mail(from_=DAEMON, subject="failure notice", to=people(DESK.return_path(ID))),
        mail(
            ("Delivered-To", DESK.return_path(ID)),
            **report("delivery-status", returned_ids=(DESK.message_id(OTHER_ID),)),
        ),
    ],
)
def test_a_report_with_a_token_of_ours_names_the_mail(message):
    bounce = read_bounce(message, DESK)
    assert bounce is not None
    assert bounce.mail_id == ID


@pytest.mark.parametrize(
    "message",
    [
        mail(**report("delivery-status", recipients=failed())),
        mail(("Delivered-To", STRANGER.return_path(ID)), **report("delivery-status")),
        mail(to=people(STRANGER.return_path(ID)), **report("delivery-status")),
        mail(to=people(DESK.reply_address(ID)), **report("delivery-status")),
        mail(**report("delivery-status", returned_ids=(STRANGER.message_id(ID),))),
        mail(**report("delivery-status", returned_ids=(DESK.thread_id("C-2345-6789"),))),
        mail(**report("delivery-status", envelope_id=ID)),
        mail(in_reply_to=(DESK.message_id(ID),), **report("delivery-status")),
        mail(text=f"Message-ID: {DESK.message_id(ID)}", **report("delivery-status")),
        mail(("X-Mailproc-Mail", ID), **report("delivery-status")),
    ],
)
def test_a_forged_report_names_none_of_our_mails(message):
    bounce = read_bounce(message, DESK)
    assert bounce is not None
    assert bounce.mail_id is None


@pytest.mark.parametrize(
    ("recipients", "failure", "given_up"),
    [
        (failed("5.1.1"), Failure.PERMANENT, True),
        (failed("5.1.10"), Failure.PERMANENT, True),
        (failed("5.3.4"), Failure.PERMANENT, True),
        (failed("5.7.1"), Failure.PERMANENT, True),
        (failed("5.0.0"), Failure.PERMANENT, True),
        (failed(""), Failure.PERMANENT, True),
        (failed("5.2.1"), Failure.PERMANENT, True),
        (failed("5.2.2"), Failure.TEMPORARY, True),
        (failed("5.0.0", diagnostic="552 5.2.0 mailbox is full"), Failure.TEMPORARY, True),
        (failed("", diagnostic="smtp; 452 4.2.2 over quota"), Failure.TEMPORARY, True),
        (failed("", diagnostic="smtp; 550 5.1.1 unknown"), Failure.PERMANENT, True),
        (failed("4.4.7"), Failure.TEMPORARY, True),
        (failed("4.4.1", action="delayed"), Failure.TEMPORARY, False),
        (failed("5.1.1", action="delayed"), Failure.TEMPORARY, False),
        (failed("2.0.0", action="delivered"), Failure.NONE, False),
        (failed("2.0.0", action="Relayed"), Failure.NONE, False),
        (failed("2.0.0", action="expanded"), Failure.NONE, False),
        (failed("2.1.5", action=""), Failure.NONE, False),
    ],
)
def test_a_failure_is_for_good_or_for_now(recipients, failure, given_up):
    bounce = read_bounce(mail(**report("delivery-status", recipients=recipients)), DESK)
    assert bounce is not None
    (returned,) = bounce.recipients
    assert (returned.recipient, returned.failure, returned.given_up) == (BOB, failure, given_up)


def test_every_recipient_has_a_fate_of_its_own():
    recipients = (*failed("5.1.1"), *failed("4.2.0", action="delayed"), *failed("2.0.0", action="delivered"))
    bounce = read_bounce(mail(**report("delivery-status", recipients=recipients)), DESK)
    assert bounce is not None
    assert [r.failure for r in bounce.recipients] == [Failure.PERMANENT, Failure.TEMPORARY, Failure.NONE]


@pytest.mark.parametrize(
    ("text", "failure", "given_up"),
    [
        (
            "Hi. This is the mail program at x.example. I was not able to deliver your message.\n\n"
            f"<{BOB}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 unknown user\n\n"
            "--- Below this line is a copy of the message.\n\nTo: carol@else.example\n",
            Failure.PERMANENT,
            True,
        ),
        (f"The following address failed:\n\n  {BOB}\n    mailbox is full\n", Failure.TEMPORARY, True),
        (f"Still trying. You do not need to resend.\n\n{BOB}: 550 greylisted\n", Failure.TEMPORARY, False),
        (f"{BOB}\n   451 4.3.0 try later, I gave up\n", Failure.TEMPORARY, True),
        (f"{BOB}... User unknown\n", Failure.PERMANENT, True),
    ],
)
def test_a_report_in_prose_is_read_as_far_as_it_goes(text, failure, given_up):
    bounce = read_bounce(mail(from_=DAEMON, subject="failure notice", text=text), DESK)
    assert bounce is not None
    assert [(r.recipient, r.failure, r.given_up) for r in bounce.recipients] == [(BOB, failure, given_up)]


def test_the_failed_recipients_header_comes_before_the_prose():
    message = mail(
        ("X-Failed-Recipients", f"{BOB}, carol@x.example"), from_=DAEMON, text="dave@x.example: no"
    )
    bounce = read_bounce(message, DESK)
    assert bounce is not None
    assert [r.recipient for r in bounce.recipients] == [BOB, "carol@x.example"]


def test_prose_that_names_nobody_still_says_that_it_failed():
    message = mail(
        from_=DAEMON, subject="failure notice", to=people(DESK.return_path(ID)), text="Sorry. 550 no"
    )
    bounce = read_bounce(message, DESK)
    assert bounce is not None
    assert (bounce.mail_id, [r.recipient for r in bounce.recipients]) == (ID, [""])
    assert bounce.recipients[0].failure is Failure.PERMANENT
