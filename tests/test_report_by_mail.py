"""Supervisors get the figures of each week and month once; agents note by mail what is to be done better."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mailproc.cases import periods
from mailproc.inbound.cage import Cage
from mailproc.jobs.report import report_due
from mailproc.people import People
from mailproc.store import improvements
from mailproc.store.tables import ReportRow
from tests.conversation import Letter, Talk
from tests.plain_rules import by_plain_rules
from tests.servers import EmbeddedServers

BOB = "Bob Baker <bob@acme.example>"
VERA = "Vera Vogt <vera@acme.example>"
PEOPLE = People.model_validate(
    {
        "agents": [{"name": "Bob", "address": "bob@acme.example"}],
        "teams": {"front": {"members": ["Bob"]}},
        "supervisors": [
            {"name": "Vera", "address": "vera@acme.example"},
            {"name": "Szilvia", "address": "szilvia@acme.example", "languages": ["hu"]},
        ],
        "routing": [{"team": "front"}],
    }
)

NEXT_MONDAY_AT_SEVEN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)  # 07:00 in Budapest


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(people=PEOPLE)


def at(talk: Talk, moment: datetime) -> int:
    """The desk looks at the clock, and sends what follows."""
    talk.now = moment
    sent = report_due(talk.desk)
    talk.work()
    return sent


def letters_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in talk.letters if letter.to == address]


def reports_to(talk: Talk, address: str) -> list[Letter]:
    return [letter for letter in letters_to(talk, address) if "figures" in letter["Subject"]]


def figures(letter: Letter) -> list[dict[str, str]]:
    (file,) = letter.message.iter_attachments()
    assert file.get_filename() == "report 2026-W48.csv"
    assert file.get_content_type() == "text/csv"
    return list(csv.DictReader(io.StringIO(file.get_payload(decode=True).decode("utf-8-sig"))))


def test_on_monday_morning_the_week_is_told(talk: Talk):
    by_plain_rules(talk)
    talk.customer("My kettle exploded.")
    assert at(talk, NEXT_MONDAY_AT_SEVEN - timedelta(seconds=1)) == 0
    assert at(talk, NEXT_MONDAY_AT_SEVEN) == 2
    (report,) = reports_to(talk, "vera@acme.example")
    assert "Monday 23 November 2026 to Sunday 29 November 2026" in " ".join(report.text.split())
    rows = [" ".join(line.split()) for line in report.text.splitlines()]
    assert "Received 1 0" in rows
    assert "Open at the end 1 0" in rows
    assert "Acknowledgement: met in time 100% –" in rows
    (received,) = [r for r in figures(report) if (r["section"], r["figure"]) == ("complaints", "received")]
    assert (received["period"], received["value"]) == ("2026-W48", "1")
    (hers,) = letters_to(talk, "szilvia@acme.example")
    assert "A hét számokban" in hers.text
    assert report["Auto-Submitted"] == "auto-generated"


def test_each_supervisor_is_told_once(talk: Talk):
    talk.customer("My kettle exploded.")
    at(talk, NEXT_MONDAY_AT_SEVEN)
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(hours=1)) == 0
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(hours=24)) == 2  # the month, on 1 December
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(days=3)) == 0
    assert [letter["Subject"].split(":")[0] for letter in reports_to(talk, "vera@acme.example")] == [
        "Week in figures",
        "Month in figures",
    ]


def test_what_was_sent_is_not_counted_again(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    """The daemon looks every few minutes; with a hundred thousand cases that must cost nothing."""
    talk.customer("My kettle exploded.")
    at(talk, NEXT_MONDAY_AT_SEVEN)
    counted: list[object] = []
    monkeypatch.setattr("mailproc.jobs.report.figures.figures", counted.append)
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(minutes=5)) == 0
    assert counted == []


def test_after_an_outage_there_is_one_report_of_the_last_week(talk: Talk):
    talk.customer("My kettle exploded.")
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(days=23)) == 4  # a Wednesday: last week, last month
    (week, month) = reports_to(talk, "vera@acme.example")
    assert "14 December 2026" in week["Subject"]
    assert "1 November 2026" in month["Subject"]


def test_of_a_time_before_the_desk_nothing_is_told(talk: Talk):
    assert at(talk, NEXT_MONDAY_AT_SEVEN) == 0  # nothing ever came
    talk.customer("My kettle exploded.")
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(hours=2)) == 0


@pytest.mark.parametrize(
    ("switched", "subjects"),
    [
        ({"weekly": False}, ["Month"]),
        ({"monthly": False}, ["Week"]),
        ({"weekly": False, "monthly": False}, []),
    ],
)
def test_what_is_not_wanted_is_not_sent(
    make_talk: Callable[..., Talk], switched: dict[str, bool], subjects: list[str]
):
    talk = make_talk(people=PEOPLE, report=switched)
    talk.customer("My kettle exploded.")
    at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(days=2))
    assert [each["Subject"].split()[0] for each in reports_to(talk, "vera@acme.example")] == subjects


def test_without_supervisors_nobody_is_written_to(make_talk: Callable[..., Talk]):
    nobody = People.model_validate({"agents": [{"name": "Bob", "address": "bob@acme.example"}]})
    talk = make_talk(people=nobody)
    talk.customer("My kettle exploded.")
    assert at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(days=2)) == 0


def test_an_answer_to_a_report_does_nothing_and_comes_back(talk: Talk):
    by_plain_rules(talk)
    talk.customer("My kettle exploded.")
    at(talk, NEXT_MONDAY_AT_SEVEN)
    (report,) = reports_to(talk, "vera@acme.example")
    assert "an answer to it does nothing" in " ".join(report.text.split())
    talk.agent("#resolve upheld cause=quality remedy=refund\nWell done, all.", report, sender=VERA)
    returned = letters_to(talk, "vera@acme.example")[-1]
    assert "about no case" in returned.text
    assert "Well done, all." in returned.text
    assert talk.dispositions == ["opened", "held"]
    assert not letters_to(talk, "ann@customer.example")[1:]


def test_an_agent_notes_what_is_to_be_done_better(talk: Talk):
    talk.customer("My kettle exploded.")
    (told,) = letters_to(talk, "bob@acme.example")
    talk.agent("#improve =ask the workshop first\n\nThey promised too much.", told, sender=BOB)
    receipt = letters_to(talk, "bob@acme.example")[-1]
    assert "Noted as improvement 1; it stands in each report until it is done." in " ".join(
        receipt.text.split()
    )
    history = {entry.what: entry.text for entry in talk.history()}
    assert history["noted an improvement"] == "1: =ask the workshop first"
    assert history["note"] == "They promised too much."
    assert not letters_to(talk, "ann@customer.example")[1:]

    at(talk, NEXT_MONDAY_AT_SEVEN)
    (report,) = reports_to(talk, "vera@acme.example")
    assert f"1 · {talk.case.reference} · Bob, Monday 23 November 2026" in report.text
    assert "│ =ask the workshop first" in report.text
    with talk.desk.database.transaction() as session:
        improvements.do(session, 1, who="Vera", now=talk.now)
    at(talk, NEXT_MONDAY_AT_SEVEN + timedelta(days=7))
    assert "=ask the workshop first" not in reports_to(talk, "vera@acme.example")[-1].text


def test_an_improvement_in_a_mail_that_comes_back_is_not_kept(talk: Talk):
    talk.customer("My kettle exploded.")
    (told,) = letters_to(talk, "bob@acme.example")
    talk.agent("#improve ask the workshop first\n#close", told, sender=BOB)  # nothing is decided yet
    with talk.desk.database.reading() as session:
        assert improvements.items(session, 10) == []


@pytest.fixture
def shared(servers: EmbeddedServers, database_url: str, cage: Cage) -> Iterator[Talk]:
    """A desk on either database, whose clock is a few weeks behind the server's, which judges due times."""
    talk = Talk(servers, database_url, cage, people=PEOPLE, report={"monthly": False})
    if not talk.desk.database.is_sqlite:
        with talk.desk.database.transaction() as session:
            talk.now = talk.desk.database.now(session, talk.desk.clock) - timedelta(weeks=4)
    yield talk
    talk.close()


def test_several_daemons_send_one_report(shared: Talk):
    """On either database; whoever comes second finds the row of the first."""
    shared.arrives(shared.write("My kettle exploded."))
    zone = shared.config.desk.zone
    week = periods.week(shared.now.astimezone(zone).date(), zone)
    shared.now = week.end + timedelta(hours=8)
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: report_due(shared.desk), range(4)))
    assert sum(sent) == 2
    with shared.desk.database.reading() as session:
        rows = session.exec(select(ReportRow)).all()
    assert {(row.supervisor, row.period) for row in rows} == {("Vera", week.name), ("Szilvia", week.name)}
    assert all(row.outbox_id for row in rows)
    assert sorted(row.letter_key for row in shared.queue if row.letter == "report") == [
        f"report:{week.name}:Szilvia",
        f"report:{week.name}:Vera",
    ]


def test_a_daemon_that_dies_before_the_commit_has_sent_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch):
    talk.customer("My kettle exploded.")
    talk.now = NEXT_MONDAY_AT_SEVEN

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("mailproc.jobs.report.reports.sent", die)
        assert report_due(talk.desk) == 0
    with talk.desk.database.reading() as session:
        assert session.exec(select(ReportRow)).all() == []
    assert at(talk, NEXT_MONDAY_AT_SEVEN) == 2
    assert len(reports_to(talk, "vera@acme.example")) == 1
