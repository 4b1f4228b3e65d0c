"""Looking at letters, sending one again, taking one back."""

from __future__ import annotations

import threading

import pytest

from mailproc.cli import outbox as outbox_commands
from mailproc.desk import utc_now
from mailproc.store import sending
from mailproc.store.guard import only_daemon
from mailproc.store.outbox import State
from mailproc.store.tables import OutboxRow
from tests.cli.conftest import Place, write_mail
from tests.servers import EmbeddedServers


def settle(place: Place, id: int, state: State) -> None:
    with place.database() as database, database.transaction() as session:
        sending.settle(session, session.get_one(OutboxRow, id), state, utc_now(), code=None, reply="lost")


def test_a_letter_is_listed_and_shown_with_its_words(place: Place) -> None:
    place.receive(write_mail())
    (listed,) = place.answer("outbox", "list", "--state", "waiting")
    assert (listed["state"], listed["to"], listed["case"]) == (
        "queued",
        "ann@customer.example",
        place.only_case(),
    )
    assert place.answer("outbox", "list", "--state", "accepted") == []
    shown = place.run("outbox", "show", 1).stdout
    assert place.only_case() in shown and "Thank you for writing" in shown


def test_the_bytes_shown_are_those_that_are_sent(live: Place, mail_servers: EmbeddedServers) -> None:
    live.receive(write_mail())
    raw = live.run("outbox", "show", 1, "--raw").stdout_bytes
    assert live.run("outbox", "retry", "--all").exit_code == 0
    assert [sent.raw for sent in mail_servers.sent] == [raw]


def test_the_states_that_can_be_asked_for_are_those_there_are() -> None:
    assert set(outbox_commands.Word.__args__) == {*State, "waiting"}


def test_retry_sends_at_once_when_no_daemon_works_here(live: Place, mail_servers: EmbeddedServers) -> None:
    live.receive(write_mail())
    answer = live.answer("outbox", "retry", 1)
    assert answer == {"letters": [{"id": 1, "state": "accepted"}], "sent_by": "this command"}
    assert [sent.recipient for sent in mail_servers.sent] == ["ann@customer.example"]
    assert live.answer("case", "list")[0]["acknowledgement"] == "accepted"


def test_retry_leaves_the_sending_to_the_daemon_that_holds_the_database(
    live: Place, mail_servers: EmbeddedServers
) -> None:
    live.receive(write_mail())
    with live.database() as database, _held_by_somebody_else(database):
        answer = live.answer("outbox", "retry", 1)
    assert answer["sent_by"] == "the daemon"
    assert mail_servers.sent == []


def test_retry_says_when_a_letter_still_does_not_leave(place: Place) -> None:
    place.receive(write_mail())
    result = place.run("outbox", "retry", "--all")
    assert result.exit_code == 1
    assert "not sent: 1" in result.stderr
    assert place.answer("outbox", "show", 1)["state"] == "queued", "nothing is lost by trying"


def test_a_held_letter_is_sent_again_and_the_history_says_who_wanted_it(
    live: Place, mail_servers: EmbeddedServers
) -> None:
    live.receive(write_mail())
    settle(live, 1, State.HELD)
    assert live.run("outbox", "retry", 1, "--by", "Ana").exit_code == 0
    assert len(mail_servers.sent) == 1
    history = live.answer("case", "show", live.only_case())["history"]
    entry = next(entry for entry in history if entry["who"] == "Ana")
    assert entry["text"] == "letter 1 (acknowledgement, held) is sent again"


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CANCELLED])
def test_what_has_ended_is_never_sent_again(live: Place, mail_servers: EmbeddedServers, state: State) -> None:
    live.receive(write_mail())
    settle(live, 1, state)
    assert live.run("outbox", "retry", 1).exit_code == 1
    assert live.run("outbox", "retry", "--all").exit_code == 0
    assert mail_servers.sent == []


def test_a_cancelled_letter_never_leaves_and_stays_owed(live: Place, mail_servers: EmbeddedServers) -> None:
    live.receive(write_mail())
    assert live.answer("outbox", "cancel", 1, "--by", "Ana")["state"] == "cancelled"
    live.run("outbox", "retry", "--all")
    assert mail_servers.sent == []
    shown = live.answer("case", "show", live.only_case())
    assert {clock["id"]: clock["satisfied_at"] for clock in shown["clocks"]}["ack"] is None
    assert shown["history"][-1]["what"] == "acknowledgement cancelled, it was not sent"
    assert shown["history"][-1]["who"] == "Ana"


def test_a_letter_that_has_left_cannot_be_taken_back(live: Place) -> None:
    live.receive(write_mail())
    live.run("outbox", "retry", 1)
    result = live.run("outbox", "cancel", 1)
    assert result.exit_code == 1 and "too late" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["show", 9], 1),
        (["cancel", 9], 1),
        (["retry", 9], 1),
        (["retry"], 2),
        (["retry", 1, "--all"], 2),
        (["show", 1, "--out", "x"], 2),
    ],
)
def test_what_is_not_there_or_not_meant_is_refused(
    place: Place, arguments: list[object], exit_code: int
) -> None:
    place.receive(write_mail())
    result = place.run("outbox", *arguments)
    assert result.exit_code == exit_code and result.stderr


class _held_by_somebody_else:
    """Hold the daemon's lock as another process would: by a file descriptor of its own, in a thread."""

    def __init__(self, database: object) -> None:
        self.database = database
        self.held, self.done = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        with only_daemon(self.database):  # type: ignore[arg-type]
            self.held.set()
            self.done.wait(60)

    def __enter__(self) -> None:
        self.thread.start()
        assert self.held.wait(10)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()
