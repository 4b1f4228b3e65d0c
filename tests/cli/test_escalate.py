"""A case is handed up at the command line, with the letter that agents send."""

from __future__ import annotations

import yaml

from tests.cli.conftest import Place, write_mail

PEOPLE = {
    "agents": [
        {"name": "Bob", "address": "bob@acme.example", "teams": ["front"]},
        {"name": "Lea", "address": "lea@acme.example", "teams": ["front"]},
    ],
    "teams": {"front": {"lead": "Lea"}},
    "supervisors": [{"name": "Vera", "address": "vera@acme.example"}],
    "routing": [{"team": "front"}],
}


def with_people(place: Place) -> str:
    (place.folder / "config" / "people.yaml").write_text(yaml.safe_dump(PEOPLE))
    place.receive(write_mail())
    return place.only_case()


def letters(place: Place) -> list[str]:
    return [row["to"] for row in place.answer("outbox", "list") if row["letter"] == "escalation"]


def test_a_named_colleague_is_asked(place: Place) -> None:
    reference = with_people(place)
    asked = place.answer("case", "escalate", reference, "--reason", "She calls every hour.", "--to", "vera")
    assert asked["asked"] == ["Vera"] and asked["answer_by"] and asked["mail_sent"]
    assert letters(place) == ["vera@acme.example"]
    history = place.answer("case", "show", reference)["history"]
    assert [(e["who"], e["what"], e["text"]) for e in history if "escalated" in e["what"]] == [
        ("ottilie", "escalated to Vera", "She calls every hour.")
    ]


def test_without_a_name_it_is_the_next_tier_and_one_at_a_time(place: Place) -> None:
    reference = with_people(place)
    asked = place.answer("case", "escalate", reference, "--reason", "Too much.", "--by", "Bob")
    assert asked["tier"] and asked["asked"]
    again = place.run("case", "escalate", reference, "--reason", "Still too much.")
    assert again.exit_code == 1 and "is escalated already" in again.stderr
    assert len(letters(place)) == len(asked["asked"])


def test_a_tier_is_named_as_in_a_mail_and_lies_above(place: Place) -> None:
    reference = with_people(place)
    asked = place.answer("case", "escalate", reference, "--reason", "A claim.", "--to", "Supervisor")
    assert (asked["tier"], asked["asked"]) == ("supervisor", ["Vera"])
    low = place.run("case", "escalate", reference, "--reason", "x", "--to", "specialist")
    assert low.exit_code == 1 and "as far up as supervisor already" in low.stderr


def test_nobody_hands_a_case_up_to_herself(place: Place) -> None:
    reference = with_people(place)
    result = place.run("case", "escalate", reference, "--reason", "x", "--to", "Bob", "--by", "Bob")
    assert result.exit_code == 1 and "to yourself" in result.stderr


def test_what_cannot_be_meant_asks_nobody(place: Place) -> None:
    reference = with_people(place)
    for arguments, code, words in (
        ([reference, "--reason", " "], 2, "--reason is empty"),
        ([reference, "--reason", "x", "--to", "Nobody"], 1, "is called so"),
        (["C-0000", "--reason", "x"], 2, "is no case reference"),
    ):
        result = place.run("case", "escalate", *arguments)
        assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    assert letters(place) == []


def test_a_desk_with_nobody_above_says_so(place: Place) -> None:
    place.receive(write_mail())
    result = place.run("case", "escalate", place.only_case(), "--reason", "x")
    assert result.exit_code == 1 and "nobody above you" in result.stderr
