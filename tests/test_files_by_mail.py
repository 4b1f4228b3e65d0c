"""Files travel with the mail: the customer's to the agent, hers to the customer, and nothing else does."""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import collapse_rfc2231_value

import pytest

from mailproc.errors import MailprocError, ParserDied
from mailproc.people import People
from tests.conversation import Letter, Talk
from tests.test_agents_by_mail import BOB, PEOPLE, letters_to, to_bob, to_customer, what

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400 + b"\xff\xd9"
LOGO = b"\x89PNG\r\n\x1a\n" + b"logo" * 500
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 50
EXE = b"MZ\x90\0" + bytes(300)


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def with_files(raw: bytes, *files: tuple[str, str, bytes]) -> bytes:
    """Attach files, each as (name, type, bytes)."""
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    for name, kind, data in files:
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return mail.as_bytes()


def with_picture(raw: bytes, words: str, picture: bytes, *, marked: str = "") -> bytes:
    """Write the mail as Outlook does: plain text, and HTML with a picture in its place."""
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.set_content(f"{words}\n\n{marked}\n")
    mail.add_alternative(f'<p>{words}</p><img src="cid:image001.png@01DA">', subtype="html")
    page = mail.get_payload(1)
    assert isinstance(page, EmailMessage)
    page.add_related(
        picture, "image", "png", cid="<image001.png@01DA>", filename="image001.png", disposition="inline"
    )
    return mail.as_bytes()


def files_of(letter: Letter) -> dict[str, bytes]:
    """Return the files by their true names, beside which stands one for programs that read ASCII alone."""
    found = {}
    for part in email.message_from_bytes(letter.raw).walk():
        if part.get_content_disposition() == "attachment":
            disposition = part.get_params(header="content-disposition") or []
            *_, name = (value for key, value in disposition if key == "filename")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[collapse_rfc2231_value(name)] = content
    return found


def customer_sends(talk: Talk, *files: tuple[str, str, bytes], text: str = "My kettle exploded.") -> bytes:
    return talk.arrives(with_files(talk.write(text), *files))


def bob_sends(
    talk: Talk, text: str, *files: tuple[str, str, bytes], answering: Letter | None = None
) -> bytes:
    raw = talk.write_as_agent(text, answering or to_bob(talk), sender=BOB)
    return talk.arrives(with_files(raw, *files))


def last_to_customer(talk: Talk) -> Letter:
    return letters_to(talk, "ann@customer.example")[-1]


# The customer's files


def test_the_photo_of_the_customer_reaches_the_agent_byte_for_byte(talk: Talk):
    customer_sends(talk, ("törött fedél.jpg", "image/jpeg", PHOTO), ("empty.txt", "text/plain", b"x"))
    told = to_bob(talk)
    assert files_of(told)["törött fedél.jpg"] == PHOTO
    assert "törött fedél.jpg\n    102 kB, enclosed" in told.text.replace("\r\n", "\n")
    assert "#original" not in told.text
    assert list(last_to_customer(talk).message.iter_attachments()) == []


def test_files_of_a_later_mail_reach_the_agent_too(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write("Here is a photo.", answering=last_to_customer(talk))
    talk.arrives(with_files(raw, ("lid.jpg", "image/jpeg", PHOTO)))
    assert files_of(to_bob(talk)) == {"lid.jpg": PHOTO}


def test_a_picture_inside_the_customers_text_is_a_file(talk: Talk):
    talk.arrives(with_picture(talk.write("See:"), "See:", PHOTO))
    assert files_of(to_bob(talk)) == {"image001.png": PHOTO}


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("invoice.pdf.exe", "application/pdf", b"harmless"),
        ("photo.jpg", "application/x-msdownload", b"harmless"),
        ("photo.jpg", "image/jpeg", EXE),
        ("photo.jpg", "image/jpeg", b"\x7fELF" + bytes(60)),
        ("drawing.jpg", "image/svg+xml", b"<svg/>"),
        ("form.html", "application/octet-stream", b"<p>"),
    ],
)
def test_what_may_harm_is_named_and_not_enclosed(talk: Talk, name: str, kind: str, data: bytes):
    customer_sends(talk, (name, kind, data), ("lid.jpg", "image/jpeg", PHOTO))
    told = to_bob(talk)
    assert files_of(told) == {"lid.jpg": PHOTO}
    assert f"  {name}\n" in told.text.replace("\r\n", "\n")
    assert "may be harmful, so not sent on; kept with the case" in told.text
    assert "#original" in told.text


def test_what_is_too_large_is_named_and_the_smaller_one_behind_it_is_enclosed(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"agent_files": "100kB"})
    customer_sends(talk, ("film.mp4", "video/mp4", PHOTO), ("bill.pdf", "application/pdf", PDF))
    told = to_bob(talk)
    assert files_of(told) == {"bill.pdf": PDF}
    assert "too large to send on; kept with the case" in told.text


def test_a_desk_can_send_its_agents_no_files(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"agent_files": 0})
    customer_sends(talk, ("lid.jpg", "image/jpeg", PHOTO))
    assert files_of(to_bob(talk)) == {}
    assert "lid.jpg" in to_bob(talk).text
    assert ", kept with the case" in to_bob(talk).text


def test_the_more_agents_are_told_the_less_each_letter_carries(make_talk: Callable[..., Talk]):
    agents = [{"name": f"Agent {n}", "address": f"a{n}@acme.example"} for n in range(6)]
    people = {
        "agents": agents,
        "teams": {"all": {"members": [agent["name"] for agent in agents]}},
        "routing": [{"team": "all"}],
        "assignment": "whole_team",
    }
    talk = make_talk(people=People.model_validate(people), desk={"agent_files": "200kB"})
    customer_sends(talk, ("lid.jpg", "image/jpeg", PHOTO), ("bill.pdf", "application/pdf", PDF))
    told = [letter for letter in talk.letters if letter.to.endswith("@acme.example")]
    assert len(told) == 6
    assert all(files_of(letter) == {"bill.pdf": PDF} for letter in told)
    assert all("too large to send on" in letter.text for letter in told)


def test_a_parser_that_dies_over_the_files_costs_the_files_and_not_the_case(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
):
    def dies(*_: object) -> None:
        raise ParserDied("it took too long")

    monkeypatch.setattr(talk.desk.cage, "extract", dies)
    customer_sends(talk, ("lid.jpg", "image/jpeg", PHOTO))
    assert talk.dispositions == ["opened"]
    assert files_of(to_bob(talk)) == {}
    assert "lid.jpg" in to_bob(talk).text

    bob_sends(talk, "See the form.", ("form.pdf", "application/pdf", PDF))
    assert "form.pdf could not be taken out of your mail" in " ".join(to_bob(talk).text.split())


def test_a_cage_that_cannot_be_used_is_no_fault_of_the_mail(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    def closed(*_: object) -> None:
        raise MailprocError("the parser was closed")

    with monkeypatch.context() as broken:
        broken.setattr(talk.desk.cage, "extract", closed)
        customer_sends(talk, ("lid.jpg", "image/jpeg", PHOTO))
    assert talk.cases == []
    ((row, _),) = talk.mails
    assert row.attempts == 0
    talk.wait(minutes=1)
    assert files_of(to_bob(talk)) == {"lid.jpg": PHOTO}


def test_a_desk_without_agents_never_opens_a_mail_twice(
    make_talk: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
):
    talk = make_talk()
    monkeypatch.setattr(talk.desk.cage, "extract", None)
    customer_sends(talk, ("lid.jpg", "image/jpeg", PHOTO))
    assert talk.dispositions == ["opened"]


# The agent's files


def test_the_agents_file_reaches_the_customer_with_her_words(talk: Talk):
    talk.customer("My kettle exploded.")
    bob_sends(talk, "See the form.", ("űrlap.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    answer = last_to_customer(talk)
    assert "See the form." in answer.text
    assert files_of(answer) == {"űrlap.pdf": PDF}
    (entry,) = [entry for entry in talk.history() if entry.what == "enclosed files"]
    assert (entry.who, entry.outbox_id) == ("Bob", talk.queue[-1].id)
    assert entry.text == f"űrlap.pdf, {len(PDF)} bytes, sha256 {hashlib.sha256(PDF).hexdigest()}"


def test_the_file_of_a_resolution_goes_out_with_it(talk: Talk):
    talk.customer("My kettle exploded.")
    text = "#resolve upheld cause=quality remedy=refund\n\nIt was faulty."
    bob_sends(talk, text, ("report.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    assert files_of(last_to_customer(talk)) == {"report.pdf": PDF}


def test_a_file_goes_with_one_letter_of_a_mail_that_makes_two(talk: Talk):
    talk.customer("My kettle exploded.")
    text = "#extend 5d We wait for a part.\n#reply\nSee the form."
    bob_sends(talk, text, ("form.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    with_it = [letter.text for letter in letters_to(talk, "ann@customer.example") if files_of(letter)]
    assert len(to_customer(talk)) == 3
    assert len(with_it) == 1
    assert "See the form." in with_it[0]


def test_a_stopped_answer_takes_its_file_with_it(talk: Talk):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    bob_sends(talk, "See the form.", ("form.pdf", "application/pdf", PDF), answering=told)
    talk.agent("#stop", told, sender=BOB)
    talk.agent("We send a new one.", told, sender=BOB)
    talk.wait(minutes=3)
    assert files_of(last_to_customer(talk)) == {}


@pytest.mark.parametrize("marked", ["[cid:image001.png@01DA]", "[image: image001.png]", ""])
def test_the_logo_of_her_signature_stays_behind_and_she_is_told_once(talk: Talk, marked: str):
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    for words in ("We send a new one.", "It left today."):
        raw = talk.write_as_agent("-", told, sender=BOB)
        talk.arrives(with_picture(raw, words, LOGO, marked=marked))
        talk.wait(minutes=3)
        answer = last_to_customer(talk)
        assert words in answer.text
        assert "image001" not in answer.text
        assert files_of(answer) == {}
    (sentence,) = [
        letter.text for letter in letters_to(talk, "bob@acme.example") if "decoration" in letter.text
    ]
    assert "image001.png" in sentence


def test_a_logo_does_not_keep_a_file_from_going(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = with_picture(talk.write_as_agent("-", to_bob(talk), sender=BOB), "See the form.", LOGO)
    talk.arrives(with_files(raw, ("form.pdf", "application/pdf", PDF)))
    talk.wait(minutes=3)
    assert files_of(last_to_customer(talk)) == {"form.pdf": PDF}


def test_a_photograph_inside_her_words_comes_back(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("-", to_bob(talk), sender=BOB)
    talk.arrives(with_picture(raw, "Press here.", PHOTO))
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    returned = " ".join(to_bob(talk).text.split())
    assert "image001.png stands inside your words" in returned
    assert "Press here." in returned


def test_a_signed_mail_is_an_ordinary_answer(talk: Talk):
    talk.customer("My kettle exploded.")
    bob_sends(talk, "We send a new one.", ("smime.p7s", "application/pkcs7-signature", b"proof"))
    talk.wait(minutes=3)
    assert "We send a new one." in last_to_customer(talk).text
    assert files_of(last_to_customer(talk)) == {}


def _archive(name: str) -> bytes:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(name, b"x")
        return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "data", "why"),
    [
        ("tool.exe", "application/octet-stream", b"x", "tool.exe is a program"),
        ("form.docm", "application/octet-stream", b"x", "form.docm is a document with macros"),
        ("form.pdf", "application/pdf", EXE, "form.pdf is a program"),
        ("all.zip", "application/zip", _archive("a/tool.js"), "an archive with a script in it"),
        ("bob.vcf", "text/vcard", b"BEGIN:VCARD", "bob.vcf is a visiting card"),
        ("winmail.dat", "application/ms-tnef", b"x", "winmail.dat is a wrapping of Outlook"),
        ("smime.p7m", "application/pkcs7-mime", b"x", "in a signed or encrypted wrapping"),
        ("note.eml", "application/octet-stream", b"Subject: x\n\ny", "the desk's own letter"),
        ("big.pdf", "application/pdf", bytes(2_000_000), "big.pdf has 2.0 MB, and one answer"),
    ],
)
def test_a_file_that_cannot_go_brings_the_mail_back(
    make_talk: Callable[..., Talk], name: str, kind: str, data: bytes, why: str
):
    talk = make_talk(people=PEOPLE, desk={"customer_files": "1MB"})
    talk.customer("My kettle exploded.")
    bob_sends(talk, "See the file.", (name, kind, data))
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    returned = " ".join(to_bob(talk).text.split())
    assert why in returned
    assert "See the file." in returned


def test_the_letter_of_the_desk_enclosed_by_her_mail_program_does_not_reach_the_customer(talk: Talk):
    """It has the key to the case in its Reply-To."""
    talk.customer("My kettle exploded.")
    told = to_bob(talk)
    mail = email.message_from_bytes(
        talk.write_as_agent("We send a new one.", told, sender=BOB), policy=email.policy.SMTP
    )
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(told.message)
    talk.arrives(mail.as_bytes())
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert "which may hold the desk's own letter to you" in " ".join(to_bob(talk).text.split())


def test_a_desk_can_send_out_no_files(make_talk: Callable[..., Talk]):
    talk = make_talk(people=PEOPLE, desk={"customer_files": 0})
    talk.customer("My kettle exploded.")
    bob_sends(talk, "See the form.", ("form.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert "this desk sends out no files" in " ".join(to_bob(talk).text.split())


def test_a_file_without_a_word_comes_back(talk: Talk):
    talk.customer("My kettle exploded.")
    bob_sends(talk, "#take", ("form.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert "no words to go with the files (form.pdf)" in " ".join(to_bob(talk).text.split())


def test_the_file_of_a_note_stays_here_and_she_is_told(talk: Talk):
    talk.customer("My kettle exploded.")
    bob_sends(talk, "#note\nSee the bill.", ("bill.pdf", "application/pdf", PDF))
    talk.wait(minutes=3)
    assert len(to_customer(talk)) == 1
    assert "Kept with the case, and not sent to anybody: bill.pdf." in " ".join(to_bob(talk).text.split())


def test_a_stale_answer_goes_out_with_its_own_file_when_it_is_released(talk: Talk):
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("Are you there?", answering=last_to_customer(talk))
    bob_sends(talk, "See the form.", ("form.pdf", "application/pdf", PDF), answering=old)
    returned = to_bob(talk)
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert "See the form." in last_to_customer(talk).text
    assert files_of(last_to_customer(talk)) == {"form.pdf": PDF}


def test_a_file_that_comes_with_the_release_is_not_mixed_in(talk: Talk):
    talk.customer("My kettle exploded.")
    old = to_bob(talk)
    talk.customer("Are you there?", answering=last_to_customer(talk))
    bob_sends(talk, "See the form.", ("form.pdf", "application/pdf", PDF), answering=old)
    bob_sends(talk, "#send", ("other.pdf", "application/pdf", PDF + b"other"))
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    returned = to_bob(talk)
    assert "without the files of this one (other.pdf)" in " ".join(returned.text.split())
    talk.agent("#send", returned, sender=BOB)
    talk.wait(minutes=10)
    assert files_of(last_to_customer(talk)) == {"form.pdf": PDF}


def test_a_confirmed_mail_goes_out_with_its_file_which_the_question_names(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("See the form.", None, sender=BOB, to=to_bob(talk)["Reply-To"])
    talk.arrives(with_files(raw, ("form.pdf", "application/pdf", PDF)))
    question = to_bob(talk)
    assert "with its files: form.pdf" in " ".join(question.text.split())
    talk.agent("yes", question, sender=BOB)
    talk.wait(minutes=10)
    assert files_of(last_to_customer(talk)) == {"form.pdf": PDF}


def test_a_forged_mail_with_a_file_sends_nothing(talk: Talk):
    talk.customer("My kettle exploded.")
    raw = talk.write_as_agent("See the form.", to_bob(talk), sender=BOB, proved=False)
    talk.arrives(with_files(raw, ("form.pdf", "application/pdf", PDF)))
    talk.wait(minutes=10)
    assert len(to_customer(talk)) == 1
    assert all(files_of(letter) == {} for letter in talk.letters)


# The customer's mail as it came


def test_original_sends_the_customers_mail_as_it_came(talk: Talk):
    raw = customer_sends(talk, ("invoice.pdf.exe", "application/pdf", EXE))
    talk.agent("#original", to_bob(talk), sender=BOB)
    receipt = to_bob(talk)
    (enclosed,) = receipt.message.iter_attachments()
    assert enclosed.get_content_type() == "message/rfc822"
    assert enclosed["Content-Transfer-Encoding"] == "7bit"
    assert raw in receipt.raw
    assert "sent Bob the customer's mail as it came" in what(talk)
    assert talk.queue[-1].recipient == "bob@acme.example"


def test_original_encloses_a_mail_that_would_be_changed_as_a_file(talk: Talk):
    raw = talk.write("PLACE").replace(b"PLACE", "Törött!".encode())
    raw = raw.replace(b"7bit", b"8bit").replace(b"us-ascii", b"utf-8")
    talk.arrives(raw)
    talk.agent("#original", to_bob(talk), sender=BOB)
    (enclosed,) = to_bob(talk).message.iter_attachments()
    assert enclosed.get_content_type() == "application/octet-stream"
    assert (enclosed.get_filename() or "").endswith(".eml")
    assert enclosed.get_content() == raw
    assert "would be changed on its way" in " ".join(to_bob(talk).text.split())


def test_original_is_the_mail_that_she_answers_and_not_the_newest(talk: Talk):
    first = talk.customer("My kettle exploded.")
    told = to_bob(talk)
    second = talk.customer("Are you there?", answering=last_to_customer(talk))
    talk.agent("#original", told, sender=BOB)
    assert first in to_bob(talk).raw
    assert second not in to_bob(talk).raw


def test_original_after_a_receipt_is_still_a_mail_of_the_customer(talk: Talk):
    raw = talk.customer("My kettle exploded.")
    talk.agent("#take", to_bob(talk), sender=BOB)
    talk.agent("#original", to_bob(talk), sender=BOB)
    assert raw in to_bob(talk).raw


def test_original_of_a_mail_that_is_too_large_is_a_sentence(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mailproc.jobs.orders.looking.ORIGINAL_LIMIT", 100)
    raw = talk.customer("My kettle exploded.")
    talk.agent("#original", to_bob(talk), sender=BOB)
    assert "one of more than 100 B is not sent (mail number 1;" in " ".join(to_bob(talk).text.split())
    assert raw not in to_bob(talk).raw


def test_a_large_letter_waits_in_the_database_until_its_turn(talk: Talk):
    """Ten letters that are claimed together must not all be in memory."""
    film = bytes(range(256)) * 6000
    customer_sends(talk, ("film.mp4", "video/mp4", film))
    assert files_of(to_bob(talk)) == {"film.mp4": film}
