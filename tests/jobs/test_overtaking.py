"""How long does a reply wait for the mail it answers, when another node holds that mail?"""

from __future__ import annotations

from datetime import timedelta

from mailproc.jobs.reception import OVERTAKEN_PAUSE, OVERTAKEN_TIMES
from mailproc.store import receiving
from tests.conversation import Talk

ORIGINAL_ID = "<original@customer.example>"


def test_a_reply_waits_until_the_lease_of_a_dead_node_is_over(talk: Talk) -> None:
    """Else the reply of a customer whose complaint died with a daemon would open a second case."""
    talk.arrives(talk.write("My kettle exploded.", message_id=ORIGINAL_ID), work=False)
    assert talk.collector.hold_lease() and talk.collector.collect()
    lasting = OVERTAKEN_PAUSE * OVERTAKEN_TIMES * 3
    assert receiving.claim(talk.desk.database, "a node that dies", talk.desk.clock, lasting, 1)
    talk.arrives(talk.write("And my toaster.", headers={"In-Reply-To": ORIGINAL_ID}))
    for _ in range(2 * OVERTAKEN_TIMES):
        talk.wait(seconds=OVERTAKEN_PAUSE.total_seconds())
    assert talk.dispositions == [None, None]

    talk.wait(seconds=(lasting + timedelta(seconds=1)).total_seconds())
    talk.wait(seconds=OVERTAKEN_PAUSE.total_seconds())
    assert talk.dispositions == ["opened", "joined"]
