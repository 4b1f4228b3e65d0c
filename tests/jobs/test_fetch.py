"""What the collector does when a server, a network or another client is in its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from mailproc.errors import LoginRefused, MailboxUnavailable
from mailproc.jobs.fetch import (
    BACKOFF_MOST,
    LOGIN_BACKOFF_FIRST,
    SUSPECT_TRIES,
    SUSPECT_WHOLE_TRIES,
    Collector,
)
from mailproc.store import queries
from mailproc.store.database import Database
from mailproc.transports.imap import Fetched, ImapMailbox
from tests.conversation import DESK_ADDRESS, Talk


class Breaking(ImapMailbox):
    """The real mailbox, but the connection breaks whenever one of these mails is asked for whole."""

    bad: frozenset[int] = frozenset()
    headers_too = False

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        for uid in uids:
            if uid in self.bad:
                self.close()
                raise MailboxUnavailable("connection reset")
            yield from super().fetch([uid])

    def fetch_header(self, uid: int) -> Fetched | None:
        if self.headers_too and uid in self.bad:
            self.close()
            raise MailboxUnavailable("connection reset")
        return super().fetch_header(uid)


@pytest.fixture
def breaking(talk: Talk) -> Breaking:
    mailbox = Breaking(talk.config.mailboxes[0])
    talk.collector.mailbox = mailbox
    return mailbox


def collect(talk: Talk, times: int) -> int:
    """Let the collector try again and again; return how often the connection broke."""
    broken = 0
    for _ in range(times):
        assert talk.collector.hold_lease()
        try:
            talk.collector.collect()
        except MailboxUnavailable as error:
            talk.collector.trouble(error)
            broken += 1
    return broken


def deliver(talk: Talk, count: int) -> None:
    for number in range(count):
        raw = talk.write(
            f"Complaint {number}.", sender=f"c{number}@customer.example", subject=f"Number {number}"
        )
        talk.arrives(raw, work=False)


def uids(talk: Talk) -> list[int]:
    with ImapMailboxOpen(talk) as mailbox:
        return mailbox.waiting()


class ImapMailboxOpen:
    def __init__(self, talk: Talk) -> None:
        self.mailbox = ImapMailbox(talk.config.mailboxes[0])

    def __enter__(self) -> ImapMailbox:
        self.mailbox.connect()
        self.mailbox.open_folder()
        return self.mailbox

    def __exit__(self, *_: object) -> None:
        self.mailbox.close()


def test_a_mail_that_breaks_the_connection_harms_only_itself(talk: Talk, breaking: Breaking):
    deliver(talk, 5)
    breaking.bad = frozenset({uids(talk)[2]})

    assert collect(talk, 3) == 3, "what came before it is journaled first, then the others"
    assert talk.ledger["received"] == 4
    assert collect(talk, SUSPECT_WHOLE_TRIES) == SUSPECT_WHOLE_TRIES - 3
    talk.work()

    assert talk.ledger["received"] == 5
    assert talk.ledger["opened"] == 5
    assert sorted(case.subject for case in talk.cases) == [f"Number {n}" for n in range(5)]
    assert [row.complete for row, _ in talk.mails].count(False) == 1


def test_a_mail_that_breaks_even_its_header_is_left_on_the_server(talk: Talk, breaking: Breaking):
    deliver(talk, 3)
    breaking.bad, breaking.headers_too = frozenset({uids(talk)[0]}), True

    assert collect(talk, SUSPECT_TRIES + 3) == SUSPECT_TRIES
    talk.work()
    assert (talk.ledger["received"], talk.ledger["opened"]) == (2, 2)
    assert len(talk.folder("INBOX")) == 1


def test_a_mail_that_vanishes_before_it_is_fetched_is_no_error(talk: Talk, breaking: Breaking):
    deliver(talk, 3)
    described = breaking.describe

    def describe_then_lose(wanted: Sequence[int]):
        found = described(wanted)
        with ImapMailboxOpen(talk) as other:
            other.file_away([max(found)], "Elsewhere")
        return found

    breaking.describe = describe_then_lose  # type: ignore[method-assign]
    assert collect(talk, 1) == 0
    assert talk.ledger["received"] == 2


def test_a_mail_that_somebody_moved_before_it_could_be_filed_is_no_error(talk: Talk):
    deliver(talk, 2)
    assert talk.collector.hold_lease()
    talk.collector.collect()
    with ImapMailboxOpen(talk) as other:
        other.file_away(other.waiting()[:1], "Elsewhere")
    talk.work()

    assert talk.ledger["opened"] == 2
    assert len(talk.folder("Processed")) == 1
    assert talk.folder("INBOX") == []


def test_a_refused_login_is_tried_again_slowly(talk: Talk):
    waits = [talk.collector.trouble(LoginRefused("no")) for _ in range(6)]
    assert waits[0] >= LOGIN_BACKOFF_FIRST / 2
    assert sum(waits[1:]) > 1200, "so that six tries take more than twenty minutes"


def test_the_wait_grows_with_jitter_and_has_an_end(talk: Talk):
    waits = [talk.collector.trouble(MailboxUnavailable("gone")) for _ in range(40)]
    assert waits[0] <= 1.0
    assert BACKOFF_MOST / 2 <= max(waits) <= BACKOFF_MOST
    assert len(set(waits[-10:])) > 1


def test_a_server_that_names_a_wait_is_obeyed(talk: Talk):
    assert talk.collector.trouble(MailboxUnavailable("throttled", retry_after=1234)) == 1234


def test_trouble_with_a_mailbox_is_seen_in_the_health_of_the_desk(talk: Talk):
    talk.work()
    talk.collector.trouble(MailboxUnavailable("no route to host"))
    with talk.desk.database.reading() as session:
        assert queries.health(session, talk.now)["trouble"] == ["mailbox main: no route to host"]
    talk.work()
    with talk.desk.database.reading() as session:
        assert queries.health(session, talk.now)["healthy"]
        assert not queries.health(session, talk.now + timedelta(hours=1))["healthy"], "silence is an alarm"


def test_a_collector_that_lost_its_lease_commits_nothing(talk: Talk):
    deliver(talk, 1)
    assert talk.collector.hold_lease()
    other = Talk(talk.servers, str(talk.desk.database.url), talk.desk.cage)
    object.__setattr__(other.desk, "clock", lambda: talk.now + timedelta(hours=1))
    taken = Collector(other.desk, talk.config.mailboxes[0], journaled=lambda: None)
    assert taken.hold_lease(), "an hour later the lease has run out"

    with pytest.raises(Exception, match="mailbox:main"):
        talk.collector.collect()
    assert talk.ledger["received"] == 0
    assert len(talk.servers.mailbox(DESK_ADDRESS)) == 1
    taken.close()
    other.close()
    assert isinstance(other.desk.database, Database)


class Throttled(ImapMailbox):
    """The real mailbox, of which the server says that it is busy whenever bytes are asked for."""

    busy = True

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        self._refuse()
        yield from super().fetch(uids)

    def fetch_header(self, uid: int) -> Fetched | None:
        self._refuse()
        return super().fetch_header(uid)

    def _refuse(self) -> None:
        if self.busy:
            self.close()
            raise MailboxUnavailable("throttled", retry_after=5.0)


def test_a_server_that_asks_us_to_wait_casts_no_suspicion_on_the_mail(talk: Talk):
    deliver(talk, 1)
    mailbox = talk.collector.mailbox = Throttled(talk.config.mailboxes[0])
    assert collect(talk, SUSPECT_TRIES + 3) == SUSPECT_TRIES + 3
    mailbox.busy = False
    talk.work()

    assert talk.ledger["opened"] == 1
    assert talk.mails[0][0].complete, "it is taken whole"


def test_a_mail_that_was_left_on_the_server_is_said_and_tried_again_after_an_hour(
    talk: Talk, breaking: Breaking
):
    deliver(talk, 1)
    breaking.bad, breaking.headers_too = frozenset(uids(talk)), True
    collect(talk, SUSPECT_TRIES + 1)
    with talk.desk.database.reading() as session:
        (trouble,) = queries.health(session, talk.now)["trouble"]
    assert "1 mail cannot be fetched" in trouble

    breaking.bad = frozenset()
    talk.wait(minutes=5)
    assert talk.ledger["received"] == 0
    talk.wait(hours=1)
    assert talk.ledger["opened"] == 1
    assert talk.mails[0][0].complete, "it is taken whole"
    with talk.desk.database.reading() as session:
        assert queries.health(session, talk.now)["healthy"]


def test_no_mail_is_suspected_for_what_had_its_number_before_the_folder_was_replaced(
    talk: Talk, breaking: Breaking
):
    deliver(talk, 1)
    breaking.bad, breaking.headers_too = frozenset(uids(talk)), True
    collect(talk, SUSPECT_TRIES + 1)
    breaking.bad = frozenset()
    with talk.desk.database.transaction() as session:
        session.execute(text("UPDATE folders SET uidvalidity = uidvalidity - 1"))
    talk.collector._uidvalidity -= 1
    breaking.close()
    talk.work()

    assert talk.ledger["opened"] == 1


def test_the_lease_lasts_as_long_as_a_slow_server_may_take(talk: Talk):
    """Else two daemons would take the mailbox from one another and journal nothing, for ever."""
    deliver(talk, 3)
    other = Collector(replace(talk.desk, node="other"), talk.config.mailboxes[0], journaled=lambda: None)
    fetch = talk.collector.mailbox.fetch

    def fetch_slowly(wanted: Sequence[int]) -> Iterator[Fetched]:
        talk.now += talk.desk.lease + timedelta(seconds=5)
        assert not other.hold_lease()
        yield from fetch(wanted)

    talk.collector.mailbox.fetch = fetch_slowly  # type: ignore[method-assign]
    assert talk.collector.hold_lease()
    assert talk.collector.collect() == 3
    talk.now += talk.desk.lease / 2
    assert talk.collector.hold_lease()
    talk.now += talk.desk.lease + timedelta(seconds=1)
    assert other.hold_lease(), "when it has gone silent, another takes over as soon as ever"
    other.close()
