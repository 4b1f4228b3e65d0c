"""Every part is tried, whatever the parts before it said, and nothing is changed by trying."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailproc.store import absences
from tests.cli.conftest import DESK, Place, write_mail
from tests.servers import EmbeddedServers


def said(checks: list[dict[str, object]], what: str) -> list[tuple[object, object]]:
    return [(each["ok"], each["says"]) for each in checks if each["what"] == what]


def test_a_desk_that_would_work_is_told_so(live: Place) -> None:
    answer = live.answer("check")
    assert answer["ok"]
    assert {each["what"] for each in answer["checks"]} == {
        "configuration",
        "people",
        "policy",
        "letters",
        "database",
        "parser",
        "mailbox main",
        "smtp",
    }
    assert live.run("check").stdout.count("✓") >= 7


def test_checking_makes_no_database_and_no_folder(live: Place, mail_servers: EmbeddedServers) -> None:
    client = mail_servers.other_client(DESK, "sesame")
    before = client.list()
    checks = live.answer("check")["checks"]
    assert client.list() == before
    client.logout()
    assert not live.database_file.exists()
    assert "will be made at the first start" in str(said(checks, "database"))
    assert "Processed is not there yet" in str(said(checks, "mailbox main"))


def test_it_goes_on_after_a_failure_and_names_each(place: Place) -> None:
    (place.folder / "templates" / "acknowledgement" / "en.txt").write_text("{{ nonsense }}")
    answer = place.answer("check", exit_code=1)
    bad = {each["what"] for each in answer["checks"] if not each["ok"]}
    assert bad == {"letters", "mailbox main", "smtp"}
    assert said(answer["checks"], "parser")[0][0] is True


def test_a_refused_login_is_named_with_the_server(live: Place) -> None:
    (live.folder / "config" / "secrets" / "mailboxes__main__password").write_text("wrong")
    ((ok, says),) = said(live.answer("check", exit_code=1)["checks"], "mailbox main")
    assert not ok and "127.0.0.1" in str(says) and "wrong" not in str(says)


def test_faults_of_the_configuration_are_all_told(place: Place) -> None:
    place.configure(desk={"address": "nobody", "time_zone": "Mars/Base"}, mailbox={"port": 99999})
    answer = place.answer("check", exit_code=1)
    assert len(answer["checks"]) == 3 and not answer["ok"]
    assert {each["what"] for each in answer["checks"]} == {"configuration"}


def test_a_secret_that_all_can_read_is_a_warning_and_no_failure(live: Place) -> None:
    (live.folder / "config" / "secrets" / "mailboxes__main__password").chmod(0o644)
    answer = live.answer("check")
    assert [each["says"] for each in answer["checks"] if each["warning"] and "chmod 600" in each["says"]]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("7d", "asked after 7d; set complaints.survey_after to 5d or less"),
        ("0s", "never asked"),
        ("5d", None),
    ],
)
def test_a_question_that_comes_later_than_the_policy_wants_it_is_a_warning(
    live: Place, after: str, said: str | None
) -> None:
    live.configure(desk={"policy": "iso-10002"}, complaints={"survey_after": after})
    found = [each for each in live.answer("check")["checks"] if "how it went" in str(each["says"])]
    assert [each["warning"] for each in found] == [True] * (said is not None)
    assert all(str(said) in str(each["says"]) for each in found)


def test_the_settings_and_the_policy_that_a_desk_begins_with_agree(live: Place) -> None:
    found = [each for each in live.answer("check")["checks"] if each["what"] == "policy"]
    assert not any("how it went" in str(each["says"]) for each in found)
    (kept,) = [str(each["says"]) for each in found if str(each["says"]).startswith("generic-24h")]
    assert kept.endswith("ack within 24h, update within 3bd, decide within 10bd, followup within 5bd")


PEOPLE = """\
agents:
  - {name: Ann, address: ann@acme.example, teams: [front]}
  - {name: Ben, address: ben@acme.example, teams: [front]}
teams: {front: {}}
"""


def people_said(place: Place, text: str) -> list[tuple[object, object]]:
    (place.folder / "config" / "people.yaml").write_text(text)
    checks = place.answer("check")["checks"]
    return [(each["warning"], each["says"]) for each in checks if each["what"] == "people"]


def test_who_works_here_is_told_and_what_would_keep_them_from_it(live: Place) -> None:
    ((warned, says),) = people_said(live, "")
    assert warned and "nobody works a case by mail" in str(says)
    counted, no_proof = people_said(live, PEOPLE)
    assert counted == (False, "2 agents, 1 team, 0 supervisors")
    assert no_proof[0] and "desk.trusted_authserv_id" in str(no_proof[1])
    live.configure(desk={"agent_confirm": True})
    assert people_said(live, PEOPLE) == [counted]
    live.configure(desk={"agent_confirm": False, "trusted_authserv_id": "mx.acme.example"})
    assert people_said(live, PEOPLE) == [counted]
    (_, away, who) = people_said(live, PEOPLE.replace("]}", "], away: true}"))
    assert away == (True, "everybody in front is away: its new cases are nobody's")
    assert who == (False, "away: Ann (people.yaml), Ben (people.yaml)")


def test_who_is_away_by_the_word_of_her_mailbox_is_told_with_its_end(live: Place) -> None:
    live.configure(desk={"agent_confirm": True})
    (id,) = live.receive(write_mail())
    now = datetime.now(UTC)
    with live.database() as database, database.transaction() as session:
        absences.mark(session, "Ben", since=now, until=now + timedelta(days=400), inbox_id=id)
        absences.mark(session, "Ann", since=now, until=now - timedelta(days=1), inbox_id=id)
    (_, away) = people_said(live, PEOPLE)
    assert str(away[1]).startswith(f"away: Ben until {now + timedelta(days=400):%Y-%m}")


def test_approval_that_nobody_could_give_is_told(live: Place) -> None:
    rules = {"offer_limit": "100 EUR"}
    live.configure(desk={"trusted_authserv_id": "mx.acme.example"}, complaints=rules)
    (_, (warned, says)) = people_said(live, PEOPLE)
    assert warned and "nobody can approve" in str(says)
    assert len(people_said(live, PEOPLE.replace("{front: {}}", "{front: {lead: Ann}}"))) == 1
    supervisor = "supervisors: [{name: Vera, address: vera@acme.example}]\n"
    assert len(people_said(live, PEOPLE + supervisor)) == 1


def test_faults_of_the_people_are_faults_of_the_configuration(place: Place) -> None:
    (place.folder / "config" / "people.yaml").write_text(PEOPLE.replace("{front: {}}", "{back: {}}"))
    checks = place.answer("check", exit_code=1)["checks"]
    assert {each["what"] for each in checks} == {"configuration"}
    assert [each["says"].count("people.yaml:") for each in checks] == [1, 1, 1]


def test_a_missing_folder_for_the_database_is_told(live: Place) -> None:
    live.configure(database={"url": "sqlite:///../nowhere/at/all.db"})
    assert said(live.answer("check", exit_code=1)["checks"], "database")[0][0] is False


def test_a_sound_database_is_sound_for_a_process_of_its_own_too(place: Place) -> None:
    """What a command does not load itself it must not count on: here nothing else has loaded the tables."""
    place.receive(write_mail())
    asked = [sys.executable, "-m", "mailproc", "--config", place.config_file, "check", "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    (told,) = [each for each in json.loads(done.stdout)["checks"] if each["what"] == "database"]
    assert told["ok"], told


def test_a_sound_database_is_told_with_its_revision(live: Place) -> None:
    live.receive(write_mail())
    assert "revision" in str(said(live.answer("check")["checks"], "database"))


@pytest.mark.parametrize("command", ["run", "once", "ledger", "explain", "import"])
def test_every_other_command_refuses_a_wrong_configuration_with_all_faults(
    place: Place, command: str
) -> None:
    place.configure(desk={"address": "nobody", "time_zone": "Mars/Base"})
    result = place.run(command, *(["x"] if command in ("explain", "import") else []))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 2 and "Mars/Base" in result.stderr
