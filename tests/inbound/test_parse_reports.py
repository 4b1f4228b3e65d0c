"""What the machine-readable half of bounces, receipts and spam complaints says."""

from __future__ import annotations

from mailproc.inbound.parse import parse
from mailproc.mail import RecipientReport
from tests.mails.written import BOUNCE, FORWARD, RECEIPT, SPAM_COMPLAINT, multipart_mail, part, text_part


def test_a_bounce_names_each_recipient() -> None:
    report = parse(BOUNCE).report
    assert report is not None
    assert report.type == "delivery-status"
    assert report.envelope_id == "QQ314159"
    assert report.recipients == (
        RecipientReport(
            recipient="ann@customer.example",
            action="failed",
            status="5.1.1",
            diagnostic="smtp; 550 5.1.1 User unknown",
        ),
        RecipientReport(recipient="bob@customer.example", action="delayed", status="4.4.1"),
    )


def test_the_ids_of_the_returned_mail_are_found_its_own_first() -> None:
    report = parse(BOUNCE).report
    assert report is not None
    assert report.returned_ids == ("<m1abc@acme.example>", "<t1def@acme.example>")


def test_returned_text_does_not_become_ours() -> None:
    message = parse(BOUNCE)
    assert message.text == "Your mail could not be delivered."
    assert "returned letter" not in message.text


def test_the_returned_mail_is_kept_as_a_file_and_the_status_is_not() -> None:
    assert [a.name for a in parse(BOUNCE).attachments] == ["We have received your complaint.eml"]


def test_unix_line_ends_give_the_same_report() -> None:
    assert parse(BOUNCE.replace(b"\r\n", b"\n")).report == parse(BOUNCE).report


def test_a_receipt_says_what_was_done_and_to_which_mail() -> None:
    report = parse(RECEIPT).report
    assert report is not None
    assert report.type == "disposition-notification"
    assert [(r.recipient, r.action) for r in report.recipients] == [("ann@customer.example", "displayed")]
    assert report.returned_ids == ("<m1abc@acme.example>",)


def test_a_spam_complaint_names_the_type_and_the_recipient() -> None:
    report = parse(SPAM_COMPLAINT).report
    assert report is not None
    assert report.type == "feedback-report"
    assert [(r.recipient, r.action) for r in report.recipients] == [("ann@customer.example", "abuse")]
    assert report.returned_ids == ("<m1abc@acme.example>",)


def test_a_status_inside_an_ordinary_multipart_counts() -> None:
    raw = multipart_mail(
        "mixed",
        text_part("Failed\n"),
        part(
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x\nAction: failed\nStatus: 5.0.0\n",
            "Content-Type: message/delivery-status",
        ),
    )
    report = parse(raw).report
    assert report is not None
    assert [r.recipient for r in report.recipients] == ["a@x"]


def test_one_status_part_for_each_recipient_is_read_whole() -> None:
    def status(name: str) -> bytes:
        return part(
            f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {name}\nAction: failed\n",
            "Content-Type: message/delivery-status",
        )

    report = parse(multipart_mail("report", text_part("Failed\n"), status("a@x"), status("b@x"))).report
    assert report is not None
    assert [r.recipient for r in report.recipients] == ["a@x", "b@x"]


def test_a_report_without_its_machine_part_is_still_one() -> None:
    report = parse(
        multipart_mail("report", text_part("x\n"), parameters=" report-type=Delivery-Status;")
    ).report
    assert report is not None
    assert (report.type, report.recipients) == ("delivery-status", ())


def test_a_forward_is_no_report() -> None:
    assert parse(FORWARD).report is None


def test_at_most_500_recipients_are_kept() -> None:
    groups = "".join(f"\nFinal-Recipient: rfc822; a{n}@x\nAction: failed\n" for n in range(700))
    raw = multipart_mail("report", text_part("x\n"), part(groups, "Content-Type: message/delivery-status"))
    report = parse(raw).report
    assert report is not None
    assert len(report.recipients) == 500
