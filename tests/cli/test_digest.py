"""A digest can be looked at without being sent."""

from __future__ import annotations

from tests.cli.conftest import Place, write_mail


def supervisors(place: Place, *names: str) -> None:
    rows = "\n".join(f"  - {{name: {name}, address: {name.lower()}@acme.example}}" for name in names)
    people = place.folder / "config" / "people.yaml"
    people.write_text(f"supervisors:\n{rows}\n" if names else "", encoding="utf-8")


def test_the_digest_is_printed_and_not_sent(place: Place) -> None:
    supervisors(place, "Sue", "Sam")
    place.receive(write_mail())
    before = len(place.answer("outbox", "list"))
    result = place.run("digest", "--print", "--for", "sue")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("To: sue@acme.example\nSubject: Today: ")
    assert "received 1 = handled 1, 0 open" in result.stdout
    assert "sam@" not in result.stdout
    document = place.answer("digest", "--print")
    assert [each["supervisor"] for each in document["digests"]] == ["Sue", "Sam"]
    first = document["digests"][0]
    assert first["post"]["received"] == 1
    assert first["load"] == [{"name": None, "open": 1, "overdue": 0}]
    assert first["text"] in result.stdout
    assert len(place.answer("outbox", "list")) == before


def test_when_the_next_one_comes_is_shown_in_her_zone(place: Place) -> None:
    supervisors(place, "Sue")
    place.configure(digest={"at": "30 7 * * *"}, desk={"time_zone": "Europe/Budapest"})
    place.receive(write_mail())
    result = place.run("digest")
    assert "Sue" in result.stdout and " 07:30 CE" in result.stdout
    (row,) = place.answer("digest")["digests"]
    assert (row["last"], row["zone"]) == (None, "Europe/Budapest")
    assert set(row) == {"supervisor", "zone", "last", "became", "next"}
    place.configure(digest={"at": "never"})
    assert place.answer("digest")["digests"][0]["next"] is None


def test_somebody_who_is_no_supervisor_is_named(place: Place) -> None:
    supervisors(place, "Sue")
    place.receive(write_mail())
    result = place.run("digest", "--print", "--for", "Bob")
    assert result.exit_code == 2
    assert "there is no such supervisor; people.yaml names Sue" in result.stderr


def test_a_desk_without_supervisors_says_so(place: Place) -> None:
    supervisors(place)
    place.receive(write_mail())
    assert "names no supervisors" in place.run("digest").stdout
