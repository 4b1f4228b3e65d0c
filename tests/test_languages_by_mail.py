"""An agent gets everything that the desk itself says in her language; words of people stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailproc.inbound.command_table import FORMS
from mailproc.outbound.letters import Letters
from mailproc.people import People
from tests.conversation import ANN, Letter, Talk
from tests.test_conversations import bounce_of

LANGUAGES = ("en", "hu", "de")
NAMES = {"en": "Emma", "hu": "Hanna", "de": "Karl"}
MAX = "Max <max@home.example>"
TEMPLATES = Path(__file__).parents[1] / "templates"
LONG_ENOUGH = 11  # characters of English that no other language has by chance


def people(language: str, colleague: str = "en") -> People:
    """The reader owns each case; somebody of another language leads the team."""
    return People.model_validate(
        {
            "agents": [
                {"name": "Ada", "address": "ada@acme.example", "languages": [language]},
                {"name": "Lea", "address": "lea@acme.example", "languages": [colleague]},
            ],
            "teams": {"front": {"members": ["Ada"], "lead": "Lea"}},
            "routing": [{"team": "front"}],
        }
    )


@pytest.fixture(params=["hu", "de"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def talk(make_talk: Callable[..., Talk], language: str) -> Talk:
    talk = make_talk(people=people(language), desk={"languages": list(LANGUAGES)})
    talk.customer("My kettle exploded.")
    return talk


def to(talk: Talk, name: str) -> Letter:
    return [letter for letter in talk.letters if letter.to == f"{name}@acme.example"][-1]


def ada(talk: Talk, text: str) -> Letter:
    """She answers her newest letter; what she gets for it."""
    before = len(talk.letters)
    talk.agent(text, to(talk, "ada"), sender="Ada <ada@acme.example>")
    assert len(talk.letters) > before
    return to(talk, "ada")


def words_of(letter: Letter) -> str:
    """What stands in both forms of a letter and in its subject, in one line each."""
    message: EmailMessage = letter.message
    html = message.get_body(("html",))
    assert html is not None
    tagless = re.sub(r"<[^<>]*>", " ", html.get_content())
    return "\n".join(" ".join(text.split()) for text in (letter["Subject"], letter.text, tagless))


def english() -> Iterator[str]:
    """Every piece of the English sentences that is long enough to be known again, and no name of a letter."""
    letters = Letters.load([TEMPLATES], LANGUAGES, zone=ZoneInfo("UTC"))
    for language in ("hu", "de"):
        for pattern, said in letters.catalog(language).items():
            for piece in re.split(r"\{\w+\}", pattern.removeprefix("… ")):
                words = piece.strip()
                if len(words) >= LONG_ENOUGH and " " in words and words not in said:
                    yield words


ENGLISH = frozenset(english())


def is_foreign(letter: Letter) -> set[str]:
    """The English of the program in a letter that should have none."""
    words = words_of(letter)
    return {piece for piece in ENGLISH if piece in words}


def has(letter: Letter, language: str, **said: str) -> bool:
    return said[language] in words_of(letter)


def test_the_pieces_of_english_are_found_in_an_english_letter(make_talk: Callable[..., Talk]):
    talk = make_talk(people=people("en"), desk={"languages": list(LANGUAGES)})
    talk.customer("My kettle exploded.")
    assert "there is no command `#" in is_foreign(ada(talk, "#asign Bob"))
    assert "Your note is kept with the case. The customer sees nothing of it." in words_of(
        ada(talk, "#note She rang.")
    )


def test_a_mail_with_faulty_commands_comes_back(talk: Talk, language: str):
    returned = ada(
        talk,
        "#asign Bob\n#wait untill 3 Dec\n#priority hihg\n#resolve uphold cause=\n#note x\n#close\n#take now\n"
        "#merge C-1\n#cc +nobody\n# note\n#assign\n#category x\n#extend 0d why\n",
    )
    assert is_foreign(returned) == set()
    assert has(
        returned,
        language,
        hu="#asign Bob: nincs ilyen parancs: `#asign`; írja ezt: `#assign Bob`",
        de="#asign Bob: es gibt keinen Befehl `#asign`; schreiben Sie `#assign Bob`",
    )
    assert has(
        returned, language, hu="nincs ilyen prioritás: `hihg`", de="`hihg` ist nicht bekannt (Priorität)"
    )


def test_whatever_comes_back_says_why(talk: Talk):
    for text in (
        "#resolve upheld",
        "#resolve",
        "#stop",
        "#approve",
        "#reopen",
        "#close",
        "#template information_request\n\nWhich one is it?",
        "#extend until 2026-12-01 no time",
        "#merge C-7F3K-9QXT",
        "#split",
        "#assign front",
        "#cc +ada@acme.example",
        "#cc +postmaster@law.example",
        "#cc -max@home.example",
        "#from ann@customer.example",
        "It is done.\n#close",
        "#reply",
        "#close\n\nIs this for her?",
    ):
        assert (text, is_foreign(ada(talk, text))) == (text, set())


def test_an_answer_that_knows_too_little_comes_back_with_what_happened(talk: Talk, language: str):
    first = to(talk, "ada")
    talk.customer("It was the toaster.", answering=talk.letters[0], subject="Re: My kettle")
    talk.agent("We send you a new one.", first, sender="Ada <ada@acme.example>")
    returned = to(talk, "ada")
    assert is_foreign(returned) == set()
    assert has(returned, language, hu="az ügyfél ismét írt", de="Kunde hat erneut geschrieben")
    assert "It was the toaster." in words_of(returned)
    assert "We send you a new one." in words_of(returned)


def test_an_answer_that_is_held_back_says_so(talk: Talk, language: str):
    talk.agent("We send you a new one.", to(talk, "ada"), sender="Ada <ada@acme.example>")
    talk.customer("It was the toaster.", answering=talk.letters[0])
    returned = [letter for letter in talk.letters if letter.to == "ada@acme.example"][-2:]
    assert any(
        has(
            each,
            language,
            hu="Az ügyfél írt, mielőtt a válasza elment volna",
            de="Der Kunde hat geschrieben, bevor Ihre Antwort hinausging",
        )
        for each in returned
    )
    assert [is_foreign(each) for each in returned] == [set(), set()]


def test_a_receipt_says_what_was_done(talk: Talk, language: str):
    receipt = ada(
        talk, "#take\n#priority urgent\n#urgency high a lawyer\n#note She rang, too.\n#wait other 3d\n"
    )
    assert is_foreign(receipt) == set()
    assert has(receipt, language, hu="Az ügy prioritása: sürgős.", de="Die Priorität ist jetzt: dringend.")
    assert has(receipt, language, hu="A feljegyzését az ügynél megőriztük.", de="Ihre Notiz liegt beim Fall.")


def test_every_receipt_is_in_her_language(talk: Talk):
    for text in (
        "#draft\n\nDear Ann, we send you a new one.",
        "#extend 5d the workshop waits",
        "#find kettle",
        "#find ann@customer.example",
        "#original",
        "#send now",
        "#resolve upheld cause=quality remedy=refund amount=20 EUR\n\nYou are right.",
        "#stop",
        "#escalate above my limit",
        "#assign Lea",
        "#spam",
    ):
        assert (text, is_foreign(ada(talk, text))) == (text, set())


def test_the_history_is_told_again_in_her_language(talk: Talk, language: str):
    first = to(talk, "ada")
    ada(talk, "#take\n#priority high\n#impact low\n#note She rang, too.")
    talk.agent("We send you a new one.", first, sender="Ada <ada@acme.example>")
    talk.wait(minutes=5)
    receipt = ada(talk, "#history")
    assert is_foreign(receipt) == set()
    said = {
        "hu": ("az ügyfél: panaszt küldött", "Ada: átvette az ügyet", "a levelezőszerver: átvette: válasz"),
        "de": ("Kunde: hat eine Beschwerde", "Ada: hat den Fall übernommen", "hat angenommen: Antwort"),
    }
    assert [line for line in said[language] if line not in words_of(receipt)] == []
    talk.customer("Thank you!", answering=talk.letters[0])
    told = to(talk, "ada")
    assert is_foreign(told) == set()
    assert has(told, language, hu="Ada válaszolt az ügyfélnek", de="Ada hat dem Kunden geantwortet")
    assert "We send you a new one." in words_of(told)


def test_the_papers_of_a_case_that_goes_up_are_in_the_language_of_who_is_asked(
    make_talk: Callable[..., Talk], language: str
):
    talk = make_talk(people=people("en", colleague=language), desk={"languages": list(LANGUAGES)})
    talk.customer("My kettle exploded.")
    ada(talk, "#take")
    ada(talk, "#escalate Who pays for the kitchen?")
    asked = to(talk, "lea")
    (papers,) = [part for part in asked.message.iter_attachments() if part.get_content_type() == "text/plain"]
    words = papers.get_payload(decode=True).decode("utf-8-sig")
    assert [piece for piece in ENGLISH if piece in words] == []
    said = {
        "hu": ("Ügy: C-", "Állapot: folyamatban", "Felelős: Ada", "az ügyfél: panaszt küldött"),
        "de": ("Fall: C-", "Stand: in Bearbeitung", "Zuständig: Ada", "Kunde: hat eine Beschwerde"),
    }
    assert [line for line in said[language] if line not in words] == []
    assert "My kettle exploded." in words


def test_she_is_asked_to_confirm_and_gets_what_she_confirmed(talk: Talk, language: str):
    question = ada(talk, "#cc +lawyer@law.example")
    assert is_foreign(question) == set()
    assert has(
        question, language, hu="Mostantól részt vesz az ügyben", de="Ab jetzt ist an " + talk.case.reference
    )
    receipt = ada(talk, {"hu": "igen", "de": "ja"}[language])
    assert is_foreign(receipt) == set()
    assert talk.case.copied == ("lawyer@law.example",)


def test_help_is_in_her_language_and_its_commands_are_not_translated(talk: Talk, language: str):
    listed = ada(talk, "#help")
    assert is_foreign(listed) == set()
    assert [form.word for form in FORMS if f"#{form.word}" not in words_of(listed)] == []
    assert has(
        listed,
        language,
        hu="#assign MUNKATÁRS vagy CSAPAT vagy none: Átadja az ügyet",
        de="#assign PERSON oder TEAM oder none: Übergibt den Fall",
    )
    for word in ("note", "urgency", "wait", "resolve"):
        assert is_foreign(ada(talk, f"#help {word}")) == set()


def test_what_did_not_reach_the_customer_is_named_in_her_language(talk: Talk, language: str):
    talk.arrives(bounce_of(talk.letters[0].envelope_from))
    told = to(talk, "ada")
    assert is_foreign(told) == set()
    assert has(told, language, hu="visszaigazolás:", de="Eingangsbestätigung:")


def test_somebody_who_pretends_to_be_her_is_told_of_in_her_language(talk: Talk, language: str):
    talk.agent("You get a million.", to(talk, "ada"), sender="Ada <ada@acme.example>", proved=False)
    told = to(talk, "ada")
    assert is_foreign(told) == set()
    assert has(told, language, hu="nincs igazolva", de="ada@acme.example ist nicht bestätigt")


def test_a_mail_of_hers_without_a_case_comes_back_in_her_language(talk: Talk, language: str):
    talk.arrives(talk.write_as_agent("Hello?", None, sender="Ada <ada@acme.example>"))
    assert is_foreign(to(talk, "ada")) == set()
    talk.arrives(
        talk.write_as_agent(
            "#from cy@customer.example\n\nShe says her toaster burns.", None, sender="Ada <ada@acme.example>"
        )
    )
    question = to(talk, "ada")
    assert is_foreign(question) == set()
    assert has(question, language, hu="Ügyet nyitunk neki", de="Für cy@customer.example wird ein Fall")


def test_two_agents_of_one_case_read_it_each_in_her_own_language(make_talk: Callable[..., Talk]):
    talk = make_talk(
        people=people("hu", colleague="de"),
        desk={"languages": list(LANGUAGES)},
        complaints={"offer_limit": "10 EUR"},
    )
    talk.customer("My kettle exploded.")
    ada(talk, "#resolve upheld cause=quality remedy=refund amount=20 EUR\n\nYou are right.")
    asked = to(talk, "lea")
    assert is_foreign(asked) == set()
    talk.agent("#reject it was our fault, so more", asked, sender="Lea <lea@acme.example>")
    returned, receipt = to(talk, "ada"), to(talk, "lea")
    assert is_foreign(returned) == set() == is_foreign(receipt)
    assert "Lea nem hagyta jóvá a döntését" in words_of(returned)
    assert "Die Entscheidung ging an Ada zurück." in words_of(receipt)
    assert "Lea elutasította a döntést (szerzője: Ada)" in words_of(returned)
    assert "it was our fault, so more" in words_of(returned)


def test_who_takes_part_is_named_outside_of_what_he_can_write(talk: Talk, language: str):
    talk.arrives(talk.write("My toaster burns.", subject="Toaster", headers={"Cc": MAX}))
    talk.customer(
        "[ann@customer.example, who takes part in the case, wrote:]\n\nIt was me.",
        sender=MAX,
        subject="Re: Toaster",
        headers={"In-Reply-To": newest_id(talk)},
    )
    told = to(talk, "ada").text
    named = {"hu": "Az ügy egyik résztvevője írta: max@home.example"}
    named["de"] = "max@home.example, an diesem Fall beteiligt, schrieb:"
    assert named[language] in told.splitlines()
    assert "│ [ann@customer.example, who takes part in the case, wrote:]" in told.splitlines()


def newest_id(talk: Talk) -> str:
    message = talk.mails[-1][1]
    assert message is not None and ANN.endswith(f"<{message.from_email}>")
    return str(message.message_id)
