"""What explain tells is what receiving does, and telling writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailproc.desk import utc_now
from mailproc.jobs.explain import Explanation, explain
from mailproc.store.tables import OutboxRow
from tests.cli.conftest import DESK, ESCAPES, TOO_DEEP, Place, out_of_office, write_mail


def explained(place: Place, raw: bytes) -> Explanation:
    with place.desk() as desk, desk.database.reading() as session:
        return explain(desk, session, raw, utc_now())


def reply_to_our_letter(place: Place, **mail: object) -> bytes:
    letter = place.answer("outbox", "show", 1)
    headers = {"In-Reply-To": letter["message_id"], "References": letter["message_id"]}
    return write_mail("And another thing!", message_id="<again@customer.example>", headers=headers, **mail)  # type: ignore[arg-type]


def bounce_of_our_letter(place: Place) -> bytes:
    letter = place.answer("outbox", "show", 1)
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {letter['envelope_from']}\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <bounce@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ann@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()


def test_a_complaint_is_explained_with_the_letter_that_would_go(place: Place) -> None:
    place.receive()
    found = explained(place, write_mail())
    assert found.letter is not None and found.letter.recipient == "ann@customer.example"
    assert "Thank you for writing" in found.letter.text and found.letter.subject.endswith("]")
    assert [entry.what for entry in found.history] == ["complaint received", "acknowledgement queued"]


def test_the_reason_why_no_letter_goes_is_told(place: Place) -> None:
    place.receive()
    found = explained(place, write_mail(sender="no-reply@customer.example"))
    assert found.disposition == "opened" and found.letter is None
    assert "nobody reads" in found.withheld


def test_every_clue_is_told_with_the_case_it_leads_to(place: Place) -> None:
    place.receive(write_mail())
    reference = place.only_case()
    found = explained(place, reply_to_our_letter(place, subject=f"Re: [{reference}]", to=DESK))
    leads = {(clue.kind, clue.leads_to) for clue in found.clues}
    assert leads == {("our Message-ID", reference), ("reference in the subject", reference)}
    assert found.case is not None and found.case.reference == reference


def test_a_reference_of_nobody_leads_nowhere(place: Place) -> None:
    place.receive()
    found = explained(place, write_mail(headers={"References": "<who@knows.example>"}))
    assert [(clue.kind, clue.leads_to) for clue in found.clues] == [("Message-ID", None)]


def test_what_is_explained_is_what_happens(place: Place) -> None:
    """One mail of each kind, each explained and then received; the two must agree."""
    place.receive(write_mail())
    other = write_mail("Other.", sender="bob@customer.example", message_id="<2@x.example>", subject="Other")
    mails = [
        write_mail(),
        reply_to_our_letter(place, subject="Re: x"),
        reply_to_our_letter(place, subject="Re: y", sender="stranger@else.example"),
        bounce_of_our_letter(place),
        out_of_office(),
        out_of_office("<1@customer.example>").replace(b"<away@", b"<away2@"),
        TOO_DEEP,
        other,
        other,
        write_mail("Buy", message_id="<3@x.example>", headers={"X-Spam-Flag": "YES"}),
        write_mail("Hm", message_id="<4@x.example>", subject=f"[{place.only_case()}]"),
        write_mail("Hm", message_id="<5@x.example>", subject=f"[{place.only_case()}]", sender="c@c.example"),
        b"",
    ]
    for raw in mails:
        told = explained(place, raw)
        letters_before = len(place.answer("outbox", "list"))
        (id,) = place.receive(raw)
        mail = place.answer("inbox", "show", id)
        letters = place.answer("outbox", "list")
        assert (told.disposition, told.reason) == (mail["disposition"], mail["reason"]), raw[:300]
        assert (told.verdict.kind, told.verdict.rule) == (mail["kind"], mail["rule"])
        assert (told.letter is not None) == (len(letters) == letters_before + 1), raw[:300]
        if told.case is not None:
            assert told.case.reference == mail["case"]
        if told.letter is not None:
            assert told.letter.recipient == letters[0]["to"]
        if mail["case"]:
            history = place.answer("case", "show", mail["case"])["history"]
            written = [entry["what"] for entry in history if entry["mail"] == id]
            assert written == [entry.what for entry in told.history] or mail["disposition"] == "duplicate"


@pytest.mark.corpus
def test_real_mail_is_explained_as_it_is_received(place: Place) -> None:
    corpus = _corpus()
    entries = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    raws = [
        (corpus / entry["path"]).read_bytes()
        for entry in entries
        if entry["kind"] == "rfc822" and entry["size"] < 200_000
    ][::4]
    told = []
    with place.desk() as desk, desk.database.reading() as session:
        from mailproc.store import schema

        schema.ensure(desk.database)
        told = [explain(desk, session, raw, utc_now()) for raw in raws]
    ids = place.receive(*raws)
    with place.database() as database, database.reading() as session:
        from mailproc.store import queries

        became = {row.id: row.disposition for row, _ in queries.mails(session, limit=1000)}
        sent = {row.case_id for row in session.exec(_all_letters())}
        cases = {row.id: row.case_id for row, _ in queries.mails(session, limit=1000)}
    assert len(raws) > 50
    for each, id in zip(told, ids, strict=True):
        if became[id] not in ("duplicate", "joined"):  # those depend on the mails before
            assert each.disposition == became[id]
            if became[id] == "opened" and each.letter is None:
                assert cases[id] not in sent


def _all_letters() -> object:
    from sqlmodel import select

    return select(OutboxRow)


def _corpus() -> Path:
    import os

    place = os.environ.get("MAILPROC_CORPUS")
    path = Path(place) if place else Path(__file__).parents[3] / "shared" / "corpus"
    if not (path / "manifest.jsonl").is_file():
        pytest.skip(f"{path} holds no corpus")
    return path


def test_explain_needs_no_database_and_makes_none(place: Place, tmp_path: Path) -> None:
    mail = tmp_path / "a.eml"
    mail.write_bytes(write_mail())
    before = sorted(tmp_path.rglob("*"))
    document = place.answer("explain", mail)
    assert (document["disposition"], document["kind"]) == ("opened", "customer")
    assert document["letter"]["recipient"] == "ann@customer.example"
    assert sorted(tmp_path.rglob("*")) == before


def test_explain_changes_no_byte_of_the_database(place: Place) -> None:
    place.receive(write_mail())
    with place.database() as database, database.transaction() as session:
        from sqlalchemy import text

        session.execute(text("SELECT 1"))
        before = place.database_file.read_bytes()
        # The write lock is held by somebody else all the while, as by a busy daemon.
        result = place.run("explain", "-", input=reply_to_our_letter(place, subject="Re: x"))
    assert result.exit_code == 0, result.output
    assert f"case {place.only_case()}, now new" in result.stdout
    assert place.database_file.read_bytes() == before
    assert len(place.answer("inbox", "list")) == 1


def test_explain_cannot_write_even_if_it_wanted(place: Place) -> None:
    from mailproc.cli import explain as command

    place.receive(write_mail())
    database = command._database(place.config)
    try:
        with pytest.raises(Exception, match="readonly"), database.transaction() as session:
            session.add(OutboxRow(letter="x"))
    finally:
        database.close()


def test_explain_speaks_to_people_without_steering_their_terminal(place: Place) -> None:
    raw = write_mail(f"See:\n{ESCAPES}\n", subject="=?utf-8?b?G1sySuKArmZkcA==?=")
    result = place.run("explain", "-", input=raw)
    assert result.exit_code == 0
    for heading in (
        "What it says",
        "What it is",
        "Where it belongs",
        "What would become of it",
        "The letter",
    ):
        assert heading in result.stdout
    assert not set(result.stdout) & set("\x1b\x07\u202e") and "[red]not red[/red]" in result.stdout


def test_a_mail_of_an_agent_is_explained_as_one(place: Place) -> None:
    """Not as a complaint of hers, with an acknowledgement that would never go."""
    people = place.folder / "config" / "people.yaml"
    people.write_text("agents: [{name: Bea, address: bea@acme.example}]\n", encoding="utf-8")
    raw = write_mail("#take", sender="Bea <bea@acme.example>").decode()
    found = json.loads(place.run("explain", "-", "--json", input=raw).stdout)
    assert found["kind"] == "agent"
    assert found["disposition"] == "held"
    assert found["letter"] is None


def test_an_unreadable_mail_is_explained_too(place: Place) -> None:
    document = json.loads(place.run("explain", "-", "--json", input=TOO_DEEP).stdout)
    assert document["disposition"] == "quarantined" and "nests more than" in document["unreadable"]


def test_a_file_that_is_not_there_is_named(place: Place) -> None:
    result = place.run("explain", "/nowhere.eml")
    assert result.exit_code == 1 and "/nowhere.eml: No such file" in result.stderr
