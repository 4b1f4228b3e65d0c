"""What a mail is, whether it is a complaint, and whether it may be answered: each rule with its near miss."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import ANN, DESK, SURROUNDINGS, attached, mail, people, report

from mailproc.addressing import DeskAddress, Signer
from mailproc.inbound.autoreplies import SUBJECT_STARTS
from mailproc.inbound.classify import ANSWER_RULES, KIND_RULES, Kind, classify, reply_recipient
from mailproc.mail import Address

BOUNCE_REPORT = report("delivery-status")
ANSWERS = ("<letter@acme.example>",)


def judge(message, surroundings=SURROUNDINGS):
    return classify(message, surroundings)


def test_an_ordinary_complaint_is_a_complaint_and_may_be_answered():
    verdict = judge(mail())
    assert (verdict.kind, verdict.rule, verdict.is_complaint) == (Kind.CUSTOMER, "anyone_else", True)
    assert (verdict.may_answer, verdict.answer_rule) == (True, "no_objection")
    assert not verdict.sender_authenticated


def test_the_last_rule_takes_everyone_else():
    assert KIND_RULES[-1][0] is Kind.CUSTOMER
    assert KIND_RULES[-1][1](mail(), SURROUNDINGS)


# Agents

TO_AGENT = people(DESK.agent_address("abcdefghijkl"))
TO_OUTSIDE = people(DESK.outside_address("abcdefghijkl"))
WITH_AGENTS = replace(SURROUNDINGS, agents=frozenset({"bea@acme.example"}))
BEA = people("Bea@Acme.example")


@pytest.mark.parametrize(
    "message",
    [
        mail(to=TO_AGENT),
        mail(to=people(DESK.confirm_address("abcdefghijkl"))),
        mail(("Delivered-To", DESK.agent_address("abcdefghijkl"))),
        mail(cc=TO_AGENT),
        mail(from_=BEA),
        mail(from_=people("eve@evil.example", "bea@acme.example")),
        mail(("X-Spam-Flag", "YES"), from_=BEA),
        mail(("X-Spam-Flag", "YES"), to=TO_AGENT),
        mail(("List-Id", "<staff.acme.example>"), to=TO_AGENT),
        mail(("Precedence", "bulk"), to=TO_AGENT),
    ],
)
def test_what_speaks_as_an_agent_is_neither_a_complaint_nor_answered(message):
    verdict = judge(message, WITH_AGENTS)
    assert (verdict.kind, verdict.rule) == (Kind.AGENT, "agent_writes"), verdict
    assert (verdict.is_complaint, verdict.may_answer) == (False, False)


@pytest.mark.parametrize(
    ("kind", "rule", "message"),
    [
        (Kind.AUTO_REPLY, "answering_machine", mail(("Auto-Submitted", "auto-replied"), to=TO_AGENT)),
        (Kind.AUTO_REPLY, "agents_machine", mail(("Auto-Submitted", "auto-generated"), to=TO_AGENT)),
        (Kind.AUTO_REPLY, "agents_machine", mail(("X-Auto-Generated", "1"), to=TO_AGENT)),
        (Kind.AUTO_REPLY, "agents_machine", mail(subject="Out of office", to=TO_AGENT)),
        (Kind.AUTO_REPLY, "agents_machine", mail(("Return-Path", "<>"), to=TO_AGENT)),
        (
            Kind.AUTO_REPLY,
            "agents_machine",
            mail(("Auto-Submitted", "auto-generated"), from_=BEA, in_reply_to=ANSWERS),
        ),
        (Kind.RECEIPT, "receipt", mail(to=TO_AGENT, **report("disposition-notification"))),
        (Kind.BOUNCE, "delivery_report", mail(to=TO_AGENT, **report("delivery-status"))),
        (Kind.CALENDAR, "calendar_message", mail(to=TO_AGENT, content_type="text/calendar")),
        (Kind.LOOP, "own_mail_coming_back", mail(from_=people("complaints@acme.example"), to=TO_AGENT)),
    ],
)
def test_what_an_agents_machine_sends_is_never_her_words(kind, rule, message):
    verdict = judge(message, WITH_AGENTS)
    assert (verdict.kind, verdict.rule, verdict.is_complaint) == (kind, rule, False), verdict


@pytest.mark.parametrize("phrase", SUBJECT_STARTS)
def test_an_absence_notice_in_any_language_is_never_an_agents_answer(phrase):
    subject = f"{phrase.capitalize()}{'' if phrase.endswith(':') else ':'} kettle"
    assert judge(mail(subject=subject, to=TO_AGENT, from_=BEA), WITH_AGENTS).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind.CUSTOMER, mail(to=people(DESK.reply_address("abcdefghijkl")))),
        (Kind.CUSTOMER, mail(to=people("complaints+" + "a" * 38 + "@acme.example"))),
        (Kind.CUSTOMER, mail(from_=people("bea@acme.example.evil.example"))),
        (Kind.CUSTOMER, mail(reply_to=BEA)),
        (Kind.CUSTOMER, mail(("X-Mailproc-Agent", "bea"))),
        (Kind.CUSTOMER, mail(("Auto-Submitted", "auto-generated"), from_=BEA)),  # a form with a complaint
        (Kind.LIST, mail(("List-Id", "<staff.acme.example>"), from_=BEA)),  # not spoken to us
        (Kind.SPAM, mail(("X-Spam-Flag", "YES"), to=people(DESK.reply_address("abcdefghijkl")))),
    ],
)
def test_what_only_resembles_an_agents_mail_is_taken_as_before(kind, message):
    assert judge(message, WITH_AGENTS).kind is kind


def test_a_form_in_an_agents_name_is_not_answered_whatever_wrote_it():
    message = mail(("Auto-Submitted", "auto-generated"), from_=BEA)
    verdict = classify(message, WITH_AGENTS, without=frozenset({"written_by_machine"}))
    assert (verdict.is_complaint, verdict.may_answer, verdict.answer_rule) == (True, False, "from_an_agent")


# Kinds

KINDS = [
    # loop
    (Kind.LOOP, "own_mail_coming_back", mail(message_id=DESK.message_id("abcdefghijkl"))),
    (Kind.LOOP, "own_mail_coming_back", mail(from_=people("Complaints@ACME.example"))),
    (Kind.LOOP, "own_mail_coming_back", mail(from_=people("help@acme.example"))),
    (
        Kind.LOOP,
        "own_mail_coming_back",
        mail(from_=people("complaints@acme.example"), reply_to=people(DESK.reply_address("abcdefghijkl"))),
    ),
    (
        Kind.LOOP,
        "own_mail_coming_back",
        mail(("X-Mailproc-Loop", f"{DESK.loop_mark};hops=1"), ("Auto-Submitted", "auto-replied")),
    ),
    # reports
    (Kind.RECEIPT, "receipt", mail(**report("disposition-notification"))),
    (Kind.FEEDBACK, "feedback", mail(**report("feedback-report"))),
    (Kind.FEEDBACK, "feedback", mail(attachments=(attached("r", "message/feedback-report"),))),
    (Kind.FEEDBACK, "feedback", mail(subject="complaint about message from 192.0.2.222")),
    (Kind.REPORT, "statistics", mail(**report("tlsrpt"))),
    (Kind.REPORT, "statistics", mail(("TLS-Report-Domain", "acme.example"))),
    (
        Kind.REPORT,
        "statistics",
        mail(attachments=(attached("google.com!acme.example!1700000000!1700086399.zip", "application/zip"),)),
    ),
    (
        Kind.REPORT,
        "statistics",
        mail(
            subject="Report Domain: acme.example Submitter: mail.ru Report-ID: 1",
            attachments=(attached("report.xml.gz", "application/gzip"),),
        ),
    ),
    # bounces
    (Kind.BOUNCE, "delivery_report", mail(**BOUNCE_REPORT)),
    (Kind.BOUNCE, "delivery_report", mail(("X-Spam-Flag", "YES"), ("List-Id", "<l.x>"), **BOUNCE_REPORT)),
    (
        Kind.BOUNCE,
        "delivery_report",
        mail(("X-Failed-Recipients", "bob@x.example"), from_=people("mailer-daemon@x.example")),
    ),
    (Kind.BOUNCE, "delivery_report", mail(("Return-Path", "<>"), subject="failure notice")),
    (
        Kind.BOUNCE,
        "delivery_report",
        mail(subject="Mail System Error - Returned Mail", from_=people("Postmaster@x.example")),
    ),
    (Kind.BOUNCE, "delivery_report", mail(("From", "MAILER-DAEMON <>"), from_=())),
    (Kind.BOUNCE, "delivery_report", mail(from_=people("MAILER-DAEMON@x.example"))),
    (
        Kind.BOUNCE,
        "delivery_report",
        mail(("Return-Path", "<MAILER-DAEMON@x.example>"), subject="Kézbesíthetetlen: levél"),
    ),
    # machines that answer
    *(
        (Kind.AUTO_REPLY, "answering_machine", mail(header))
        for header in (
            ("Auto-Submitted", "auto-replied"),
            ("Auto-Submitted", "Auto-Replied (vacation)"),
            ("Auto-Submitted", "auto-replied; owner-email=x@y.example"),
            ("X-Autoreply", "yes"),
            ("X-Autorespond", "1"),
            ("X-Autoresponse", "Away"),
            ("X-Autoresponder", "yes"),
            ("X-AutoReply-From", "bob@x.example"),
            ("X-Auto-Reply-From", "bob@x.example"),
            ("X-AutoReply-To", "bob@x.example"),
            ("X-Mail-Autoreply", "vacation"),
            ("X-Vacation", "yes"),
            ("Precedence", "auto_reply"),
            ("X-Precedence", "Auto-Reply"),
            ("Preference", "autoreply"),
            ("X-POST-MessageClass", "9; Autoresponder"),
            ("X-Autogenerated", "Reply"),
            ("Delivered-To", "autoresponder"),
        )
    ),
    (Kind.AUTO_REPLY, "answering_machine", mail(subject="Automatic reply: case", in_reply_to=ANSWERS)),
    (
        Kind.AUTO_REPLY,
        "answering_machine",
        mail(("Precedence", "junk"), subject="[Automatyczna odpowiedź] test"),
    ),
    (
        Kind.AUTO_REPLY,
        "answering_machine",
        mail(("X-Auto-Response-Suppress", "All"), subject="Automatikus válasz: levél"),
    ),
    (
        Kind.AUTO_REPLY,
        "agents_machine",
        mail(("Auto-Submitted", "auto-generated"), to=TO_AGENT),
    ),
    # agents
    (Kind.AGENT, "agent_writes", mail(to=TO_AGENT)),
    # somebody outside
    (Kind.OUTSIDE, "outside_writes", mail(to=TO_OUTSIDE)),
    (Kind.OUTSIDE, "outside_writes", mail(("X-Spam-Flag", "YES"), to=TO_OUTSIDE)),
    (Kind.AUTO_REPLY, "agents_machine", mail(("Auto-Submitted", "auto-generated"), to=TO_OUTSIDE)),
    # lists
    *(
        (Kind.LIST, "list_mail", mail(header))
        for header in (
            ("List-Id", "Kettles <kettles.lists.example>"),
            ("List-Post", "<mailto:kettles@lists.example>"),
            ("Mailing-List", "contact kettles-help@lists.example; run by ezmlm"),
            ("X-Mailing-List", "kettles@lists.example"),
            ("Precedence", "list"),
            ("Precedence", "Bulk"),
        )
    ),
    (
        Kind.LIST,
        "list_mail",
        mail(("List-Unsubscribe", "<https://x.example/u>"), ("List-Unsubscribe-Post", "One-Click")),
    ),
    # spam
    *(
        (Kind.SPAM, "marked_as_spam", mail(header))
        for header in (
            ("X-Spam-Flag", "YES"),
            ("X-Spam-Status", "Yes, score=12.1 required=5.0"),
            ("X-Spam", "Yes"),
            ("X-MS-Exchange-Organization-SCL", "5"),
            ("X-MS-Exchange-Organization-SCL", "9"),
            ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SFV:SPM;SCL:5"),
        )
    ),
    # calendars
    (Kind.CALENDAR, "calendar_message", mail(content_type="text/calendar")),
    (
        Kind.CALENDAR,
        "calendar_message",
        mail(content_type="multipart/mixed", text=" \n", attachments=(attached("e.ics", "text/calendar"),)),
    ),
    (Kind.CALENDAR, "calendar_message", mail(("Content-class", "urn:content-classes:calendarmessage"))),
    (
        Kind.CALENDAR,
        "calendar_message",
        mail(content_type="multipart/alternative", attachments=(attached("part-3.ics", "text/calendar"),)),
    ),
    (
        Kind.CALENDAR,
        "calendar_message",
        mail(
            content_type="multipart/mixed",
            attachments=(attached("a.ics", "text/calendar"), attached("b.ics", "application/ics")),
        ),
    ),
]


@pytest.mark.parametrize(("kind", "rule", "message"), KINDS)
def test_what_is_no_complaint_is_recognised_and_never_answered(kind, rule, message):
    verdict = judge(message)
    assert (verdict.kind, verdict.rule) == (kind, rule), verdict
    assert not verdict.is_complaint
    assert not verdict.may_answer
    assert verdict.answer_rule == "only_customers"


OTHER_DESK = DeskAddress("complaints@other.example", Signer({"1": b"another secret of more than 32 bytes"}))

COMPLAINTS = {
    "a reply that refers to our ids is no loop": mail(
        in_reply_to=(DESK.message_id("abcdefghijkl"),), references=(DESK.thread_id("C-2345-6789"),)
    ),
    "a forged Message-ID is not ours": mail(message_id=f"<m1abcdefghijkl{'a' * 24}@acme.example>"),
    "the thread anchor is no mail of ours": mail(message_id=DESK.thread_id("C-2345-6789")),
    "another desk's loop mark is not ours": mail(("X-Mailproc-Loop", f"{OTHER_DESK.loop_mark};hops=1")),
    "our loop mark without an automatic mail": mail(("X-Mailproc-Loop", f"{DESK.loop_mark};hops=1")),
    "a form on our own site": mail(
        from_=people("complaints@acme.example"), reply_to=people("bob@customer.example")
    ),
    "a neighbour of our address": mail(from_=people("complaints@acme.example.net")),
    "a web form": mail(("Auto-Submitted", "auto-generated")),
    "a notification": mail(("Auto-Submitted", "auto-notified; owner-email=x@y.example")),
    "words about undelivered mail": mail(subject="Undelivered Mail Returned to Sender"),
    "a forwarded bounce": mail(("Return-Path", "<ann@customer.example>"), subject="Fwd: failure notice"),
    "an empty return path alone": mail(("Return-Path", "<>")),
    "a person called Postmaster": mail(from_=(Address(email="pat@x.example", name="Postmaster Pat"),)),
    "a report of unknown type": mail(**report("audit")),
    "X-Failed-Recipients from a person": mail(("X-Failed-Recipients", "bob@x.example")),
    "an automatic subject alone": mail(subject="Automatic reply: where is it?"),
    "a reply to an automatic subject": mail(subject="Re: Automatic reply: case", in_reply_to=ANSWERS),
    "a car in German": mail(subject="Autotür klemmt", in_reply_to=ANSWERS),
    "Auto-Submitted: no": mail(("Auto-Submitted", "no")),
    "X-Autoreply: no": mail(("X-Autoreply", "no")),
    "X-Autogenerated that is no reply": mail(("X-Autogenerated", "Forward")),
    "X-POST-MessageClass of a person": mail(("X-POST-MessageClass", "1; Normal")),
    "a wish to be spared answers": mail(("X-Auto-Response-Suppress", "All")),
    "Precedence: junk alone": mail(("Precedence", "junk")),
    "Precedence: first-class": mail(("Precedence", "first-class")),
    "List-Unsubscribe alone": mail(("List-Unsubscribe", "<mailto:u@x.example>")),
    "our own address is a group": mail(
        ("List-Id", "<complaints.acme.example>"), ("Precedence", "list"), ("X-Google-Group-Id", "1")
    ),
    "our own address takes the posts": mail(("List-Post", "<mailto:complaints@acme.example>")),
    "X-Spam-Flag: NO": mail(("X-Spam-Flag", "NO")),
    "X-Spam-Status: No": mail(("X-Spam-Status", "No, score=1.2 required=5.0 tests=YES_HTML")),
    "a low spam level": mail(("X-MS-Exchange-Organization-SCL", "4")),
    "a spam level that is none": mail(("X-MS-Exchange-Organization-SCL", "-1")),
    "not spam says Forefront": mail(("X-Forefront-Antispam-Report", "SFV:NSPM;SCL:1")),
    "an attached calendar file": mail(
        content_type="multipart/mixed", attachments=(attached("meeting.ics", "text/calendar"),)
    ),
    "an attached zip": mail(attachments=(attached("photos!2026.zip", "application/zip"),)),
    "the word report in the subject": mail(subject="Report Domain: is down, says your site"),
    "a complaint about a message": mail(subject="complaint about message from your clerk"),
    "a no-reply sender": mail(from_=people("no-reply@shop.example")),
    "nobody in From": mail(from_=()),
    "not addressed to us": mail(to=people("somebody@else.example")),
}


@pytest.mark.parametrize("message", COMPLAINTS.values(), ids=COMPLAINTS.keys())
def test_in_doubt_there_is_a_case(message):
    verdict = judge(message)
    assert (verdict.kind, verdict.is_complaint) == (Kind.CUSTOMER, True), verdict


# Answers

NOBODY = (
    *("no-reply", "noreply", "NoReply", "no_reply", "no.reply", "noreply+abc", "noreply-accounts"),
    *("accounts-noreply", "do-not-reply", "donotreply", "dont-reply", "ne-pas-repondre"),
    *("nicht-antworten", "no-responder", "ne-valaszoljon", "postmaster", "daemon", "root", "www-data"),
    *("bounce", "bounces+123=x.example", "kettles-bounces", "kettles-request", "owner-kettles"),
    *("listserv", "majordomo", "mailman", "autoreply", "auto-responder", '"System Administrator"'),
)

OBJECTIONS = [
    ("empty_return_path", mail(("Return-Path", "<>"))),
    ("empty_return_path", mail(("Return-Path", ""))),
    ("empty_return_path", mail(("Return-Path", "<null>"))),
    ("is_a_report", mail(**report("audit"))),
    ("is_a_report", mail(content_type="multipart/report")),
    ("written_by_machine", mail(("Auto-Submitted", "auto-generated"))),
    ("written_by_machine", mail(("Auto-Submitted", "auto-notified"))),
    ("written_by_machine", mail(("Auto-Submitted", "something-new"))),
    ("written_by_machine", mail(("Auto-Submitted", ""))),
    ("written_by_machine", mail(("X-Autogenerated", "Forward"))),
    ("written_by_machine", mail(("X-Autogenerated", "Letter"))),
    ("written_by_machine", mail(("X-FC-MachineGenerated", "true"))),
    ("written_by_machine", mail(("X-MS-Exchange-Inbox-Rules-Loop", "bob@x.example"))),
    ("written_by_machine", mail(("X-Cron-Env", "<SHELL=/bin/sh>"))),
    ("written_by_machine", mail(("X-Loop", "support@x.example"))),
    ("written_by_machine", mail(("X-Auto-Generated", "1"))),
    ("written_by_machine", mail(("X-RT-Loop-Prevention", "example"))),
    ("written_by_machine", mail(("X-Mailproc-Loop", f"{DESK.loop_mark};hops=1"))),
    ("written_by_machine", mail(("X-Mailproc-Loop", f"{OTHER_DESK.loop_mark};hops=3"))),
    ("sent_in_bulk", mail(("Precedence", "junk"))),
    ("sent_in_bulk", mail(("List-Unsubscribe", "<mailto:u@x.example>"))),
    ("sent_in_bulk", mail(("List-Help", "<mailto:h@x.example>"))),
    ("sent_in_bulk", mail(("List-Id", "<complaints.acme.example>"))),
    ("sent_in_bulk", mail(("Feedback-ID", "1:x:y"))),
    ("sent_in_bulk", mail(("X-Campaign-Id", "spring"))),
    ("sent_in_bulk", mail(("X-Mailgun-Sid", "WyJ"))),
    ("sent_in_bulk", mail(("X-SG-EID", "abc"))),
    ("sent_in_bulk", mail(("X-SES-Outgoing", "2026.01.01-192.0.2.1"))),
    ("sent_in_bulk", mail(("X-Mandrill-User", "md_1"))),
    ("wants_no_answer", mail(("X-Auto-Response-Suppress", "All"))),
    ("wants_no_answer", mail(("X-Auto-Response-Suppress", "DR, OOF, AutoReply"))),
    ("wants_no_answer", mail(("X-Auto-Response-Suppress", "oof"))),
    ("from_ourselves", mail(from_=people("help@acme.example"), reply_to=people("bob@customer.example"))),
    ("from_ourselves", mail(reply_to=people(DESK.reply_address("abcdefghijkl")))),
    ("sounds_like_a_report", mail(subject="Delivery Status Notification (Failure)")),
    ("sounds_like_a_report", mail(subject="Unzustellbar: Ihre Nachricht")),
    ("asks_for_proof", mail(text="Follow http://x.example/1 to be put on my allowed list.")),
    ("has_a_calendar", mail(attachments=(attached("meeting.ics", "application/octet-stream"),))),
    ("addressed_to_us", mail(to=people("somebody@else.example"))),
    ("addressed_to_us", mail(to=())),
    ("nobody_to_answer", mail(from_=())),
    ("nobody_to_answer", mail(from_=people("undisclosed-recipients"))),
    *(("nobody_reads_there", mail(from_=people(f"{local}@shop.example"))) for local in NOBODY),
    ("nobody_reads_there", mail(reply_to=people("noreply@shop.example"))),
    (
        "nobody_reads_there",
        mail(from_=people("noreply@form.example"), reply_to=people("victim@customer.example")),
    ),
]


@pytest.mark.parametrize(("rule", "message"), OBJECTIONS)
def test_in_doubt_there_is_a_case_and_no_answer(rule, message):
    verdict = judge(message)
    assert (verdict.may_answer, verdict.answer_rule) == (False, rule), verdict
    assert (verdict.kind, verdict.is_complaint) == (Kind.CUSTOMER, True)
    assert verdict.answer_reason


@pytest.mark.parametrize("phrase", SUBJECT_STARTS)
def test_a_subject_that_starts_like_an_automatic_answer_is_not_answered(phrase):
    subject = f"{phrase.capitalize()}{'' if phrase.endswith(':') else ':'} kettle"
    alone = judge(mail(subject=subject))
    answering = judge(mail(subject=f"[Desk #7] {subject}", in_reply_to=ANSWERS))
    assert (alone.is_complaint, alone.answer_rule) == (True, "written_by_machine"), subject
    assert answering.kind is Kind.AUTO_REPLY, subject


ANSWERED = {
    "Return-Path of a person": mail(("Return-Path", "<ann@customer.example>")),
    "Auto-Submitted: no": mail(("Auto-Submitted", "No")),
    "X-Loop: no": mail(("X-Loop", "no")),
    "Precedence: first-class": mail(("Precedence", "first-class")),
    "receipts are not wanted": mail(("X-Auto-Response-Suppress", "DR, NDR, RN, NRN")),
    "nothing is suppressed": mail(("X-Auto-Response-Suppress", "None")),
    "X-Autoreply: no": mail(("X-Autoreply", "no")),
    "moreno.reply is a person": mail(from_=people("moreno.reply@x.example")),
    "noreen is a person": mail(from_=people("noreen.plyer@x.example")),
    "a request in the middle": mail(from_=people("request-desk@x.example")),
    "rootes is a person": mail(from_=people("rootes@x.example")),
    "a bouncer": mail(from_=people("bouncer@x.example")),
    "words about automatic replies": mail(subject="Your automatic reply is useless"),
    "a word that only starts so": mail(subject="Autoreplying robots ruined my kettle"),
    "an automobile": mail(subject="Automatik defekt"),
    "words about delivery": mail(subject="My parcel: delivery failure again"),
    "a link without a challenge": mail(text="See https://x.example/photo, it is on my list."),
    "named in Cc": mail(to=people("bob@x.example"), cc=people("Help@Acme.example")),
    "named by the host": mail(("Delivered-To", "complaints@acme.example"), to=()),
    "named before an alias": mail(("X-Original-To", "help@acme.example"), to=people("info@x.example")),
    "named in the envelope": mail(("Envelope-To", "complaints@acme.example"), to=()),
    "resent to us": mail(("Resent-To", "Desk <complaints@acme.example>"), to=people("bob@x.example")),
    "a tagged address": mail(to=people(DESK.reply_address("abcdefghijkl"))),
    "a tag of a further address": mail(to=people("help+kettles@acme.example")),
    "a zip": mail(attachments=(attached("photos.zip", "application/zip"),)),
}


@pytest.mark.parametrize("message", ANSWERED.values(), ids=ANSWERED.keys())
def test_what_only_resembles_a_machine_is_answered(message):
    verdict = judge(message)
    assert verdict.may_answer, verdict
    assert verdict.kind is Kind.CUSTOMER


def test_every_answer_rule_has_an_objection_in_the_tables():
    shown = {rule for rule, _ in OBJECTIONS} | {"from_an_agent"}
    assert {rule.__name__ for rule in ANSWER_RULES} == shown


def test_every_kind_rule_has_a_mail_in_the_tables():
    assert {(kind, rule) for kind, rule, _ in KINDS} == {
        (kind, rule.__name__) for kind, rule in KIND_RULES if kind is not Kind.CUSTOMER
    }


def test_a_desk_that_takes_every_address_leaves_one_rule_out():
    message = mail(to=people("anything@acme.example"))
    assert not judge(message).may_answer
    assert classify(message, SURROUNDINGS, without=frozenset({"addressed_to_us"})).may_answer


@pytest.mark.parametrize(
    "header",
    ["X-Mailproc-Case", "X-Mailproc-Kind", "X-Mailproc-Agent", "X-Mailproc-Token", "X-Mailproc-Answer"],
)
def test_our_own_control_headers_from_outside_change_nothing(header):
    assert judge(mail((header, "agent; close"))) == judge(mail())


def test_a_forged_authentication_header_does_not_authenticate():
    claim = ("Authentication-Results", "mx.acme.example; dmarc=pass header.from=customer.example")
    received = ("Received", "from x by mx.acme.example")
    trusting = replace(SURROUNDINGS, trusted_authserv_id="mx.acme.example")
    assert judge(mail(claim, received), trusting).sender_authenticated
    assert not judge(mail(claim, received)).sender_authenticated
    assert not judge(mail(received, received, claim), trusting).sender_authenticated


# Whom a letter goes to

BOB = "bob@customer.example"


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (ANN.email, mail()),
        (BOB, mail(reply_to=people(BOB))),
        (BOB, mail(reply_to=people("noreply@shop.example", BOB))),
        (ANN.email, mail(reply_to=people("noreply@shop.example"))),
        (ANN.email, mail(reply_to=people("complaints@acme.example"))),
        (ANN.email, mail(reply_to=people(DESK.reply_address("abcdefghijkl")))),
        (ANN.email, mail(reply_to=people("not an address"))),
        (ANN.email, mail(reply_to=people("a@b@c.example"))),
        (ANN.email, mail(reply_to=people("bob@x.example\r\nBcc: all@x.example"))),
        (ANN.email, mail(("List-Post", "<mailto:kettles@l.example>"), reply_to=people("kettles@l.example"))),
        (BOB, mail(from_=people("no-reply@shop.example"), reply_to=people(BOB))),
        (ANN.email, mail(sender=Address(email=BOB))),
        (None, mail(from_=people("no-reply@shop.example"))),
        (None, mail(from_=people("MAILER-DAEMON@x.example"))),
        (None, mail(from_=people("complaints@acme.example"))),
        (None, mail(from_=())),
    ],
)
def test_a_letter_goes_to_the_first_address_that_a_person_reads(expected, message):
    found = reply_recipient(message, SURROUNDINGS)
    assert (found.email if found else None) == expected
