"""Machines that answer machines: every exchange ends, also when nobody says that he is a machine."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator

import pytest

from mailproc.people import People
from tests.conversation import DESK_ADDRESS, Letter, MakeTalk, Talk
from tests.servers import EmbeddedServers

OTHER_DESK = "desk@other.example"
MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailproc-Loop", "Precedence")
ROUNDS = 12


def without_marks(raw: bytes) -> bytes:
    """A mail after a gateway that lets nothing pass it does not know."""
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    for name in MARKS:
        del mail[name]
    return mail.as_bytes()


class Apart(EmbeddedServers):
    """Two mailboxes between which the test carries the mail, not the server."""

    def owner(self, recipient: str) -> str | None:
        return None


@pytest.fixture
def servers() -> Iterator[EmbeddedServers]:
    with Apart({DESK_ADDRESS: "sesame", OTHER_DESK: "sesame"}) as running:
        yield running


def face_each_other(make_talk: MakeTalk, change: Callable[[bytes], bytes]) -> tuple[Talk, Talk]:
    """Two desks whose letters reach each other, `change`d on the way, as often as there are any."""
    secret = "the other desk has a secret of its own"
    ours = make_talk("ours")
    theirs = make_talk(
        "theirs", mailbox={"username": OTHER_DESK}, desk={"address": OTHER_DESK, "secret": secret}
    )
    ours.customer("We complain.", sender=OTHER_DESK)
    carried = 0
    for _ in range(ROUNDS):
        letters = ours.servers.sent[carried:]
        carried += len(letters)
        for sent in letters:
            desk, box = (theirs, OTHER_DESK) if "other" in sent.recipient else (ours, DESK_ADDRESS)
            ours.servers.deliver(box, change(sent.raw), ours.now)
            desk.work()
    return ours, theirs


def from_desk(ours: Talk, address: str) -> list[Letter]:
    return [letter for letter in ours.letters if letter["From"].endswith(f"<{address}>")]


@pytest.mark.parametrize("change", [bytes, without_marks])
def test_two_desks_end_after_two_letters_a_side(make_talk: MakeTalk, change: Callable[[bytes], bytes]):
    ours, theirs = face_each_other(make_talk, change)
    assert len(theirs.cases) == (1 if change is without_marks else 0), "only the marks tell the machine"
    assert 1 <= len(from_desk(ours, DESK_ADDRESS)) <= 2
    assert len(from_desk(ours, OTHER_DESK)) <= 2


AGENT = "Bob Baker <bob@acme.example>"
PEOPLE = People.model_validate({"agents": [{"name": "Bob", "address": "bob@acme.example"}]})


@pytest.mark.parametrize(
    "words", ["Thank you for your mail, it will be read.", "Ticket 4711: received", "???"]
)
def test_an_agents_machine_that_hides_what_it_is_gets_five_letters_a_day(make_talk: MakeTalk, words: str):
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    answered = 0
    for _ in range(ROUNDS):
        to_bob = [letter for letter in talk.letters if letter.to == "bob@acme.example"]
        for letter in to_bob[answered:]:
            talk.agent(words, letter, sender=AGENT, subject="Re")
            talk.wait(minutes=3)
        answered = len(to_bob)
    assert 1 <= len([letter for letter in talk.letters if letter.to == "bob@acme.example"]) <= 5
    to_ann = [letter for letter in talk.letters if letter.to == "ann@customer.example"]
    assert len(to_ann) <= 2, "the acknowledgement, and what looks like an answer of hers"


def test_what_is_kept_as_announced_needs_no_receipt_that_a_machine_would_answer(
    make_talk: MakeTalk,
):
    lead = {"name": "Lea", "address": "lea@acme.example"}
    team = {"front": {"members": ["Bob", "Lea"], "lead": "Lea"}}
    agents = [{"name": "Bob", "address": "bob@acme.example"}, lead]
    talk = make_talk(people=People.model_validate({"agents": agents, "teams": team}))
    talk.customer("My kettle exploded.")
    (told,) = [letter for letter in talk.letters if letter.to == "bob@acme.example"]
    talk.agent("#escalate above my limit", told, sender=AGENT)
    answered = 1  # what she was told of the new case stays unanswered
    for _ in range(ROUNDS):
        to_lea = [letter for letter in talk.letters if letter.to == "lea@acme.example"]
        for letter in to_lea[answered:]:
            talk.agent("Thank you, it will be read.", letter, sender="Lea Lead <lea@acme.example>")
        answered = len(to_lea)
    assert answered == 2
    assert [entry.what for entry in talk.history()].count("note") == 1


def test_an_agents_machine_that_says_what_it_is_moves_nothing(make_talk: MakeTalk):
    talk = make_talk(people=PEOPLE)
    talk.customer("My kettle exploded.")
    (told,) = [letter for letter in talk.letters if letter.to == "bob@acme.example"]
    talk.agent("I am away.", told, sender=AGENT, headers={"Auto-Submitted": "auto-replied"})
    talk.wait(minutes=10)
    assert len([letter for letter in talk.letters if letter.to == "ann@customer.example"]) == 1
    assert len([letter for letter in talk.letters if letter.to == "bob@acme.example"]) == 1
