"""A daemon whose clock jumps holds what hangs on due times, says so, and does everything else meanwhile."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailproc import daemon
from mailproc.daemon import Daemon, open_desk
from mailproc.desk import utc_now
from mailproc.jobs.clock_watch import STEADY_AFTER
from mailproc.store import outages
from tests.conversation import DESK_ADDRESS, settings, sqlite_url
from tests.servers import EmbeddedServers

COMPLAINT = (
    b"From: Ann <ann@customer.example>\r\nTo: complaints@acme.example\r\nSubject: Kettle\r\n"
    b"Message-ID: <1@customer.example>\r\n\r\nMy kettle exploded at breakfast.\r\n"
)


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1), timedelta(days=365)])
def test_due_times_hold_and_mail_goes_on(servers: EmbeddedServers, tmp_path: Path, by: timedelta) -> None:
    with open_desk(settings(servers, sqlite_url(tmp_path))) as desk:
        clock = [utc_now()]
        desk.clock = lambda: clock[0]
        running = Daemon(desk)

        def last_look() -> datetime | None:
            with desk.database.reading() as session:
                return outages.last_tick(session)

        def health() -> dict[str, Any]:
            daemon.write_health(desk, tmp_path / "health.json", also=running.clock_watch.trouble())
            found: dict[str, Any] = json.loads((tmp_path / "health.json").read_text())
            return found

        clock[0] += by
        for job in running.timed:
            assert job.work() == 0
        assert last_look() is None, "it did not even look"
        assert {tick.next_run_time for tick in running.scheduler.get_jobs()} == {clock[0]}
        assert any("the clock was set" in trouble for trouble in health()["trouble"])
        assert not health()["healthy"]

        servers.deliver(DESK_ADDRESS, COMPLAINT)
        (collector,) = running.collectors
        assert collector.hold_lease() and collector.collect()
        assert running.receive.work() == 1
        assert running.deliver.work() == 1
        assert len(servers.sent) == 1

        for _ in range(STEADY_AFTER):
            assert not any(job.woken.is_set() for job in running.timed)
            running.clock_watch.look()
        assert all(job.woken.is_set() for job in running.timed), "what was held is done at once"
        running.warn.work()
        assert last_look() == clock[0]
        running.courier.close()
        collector.close()
