"""What if nobody decides? A case goes up until somebody takes it, another one outside and back, by mail.

Mara Quinn supervises the desk: she works the cases of each morning's digest by their numbers. The laboratory
is asked about two plates; what it writes reaches the customer when an agent lets it.
"""

from __future__ import annotations

from datetime import time, timedelta

from mailproc.demo import people
from mailproc.demo.scene import Expected, Letter, Reply, Scene, Silence, Told
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

UNDO = timedelta(minutes=3)
NEXT_DAY = timedelta(days=1)
SAME_DAY = timedelta()

RAISING = (
    Scene(
        id="last-day",
        title="On Monday both cases must be decided, and the digest has them first",
        by=people.MARA,
        mail=Silence(),
        later=timedelta(days=3),
        at=time(8, 1),
        expected=Expected(
            case="invoice",
            told=(Told(by="digest", to=people.MARA, says="received", lists=("invoice", "plates")),),
        ),
    ),
    Scene(
        id="more-time",
        title="She gives one case to somebody else and the other one more time; its customer is told why",
        by=people.MARA,
        mail=Reply(
            to="last-day",
            text="1 assign Ben Szabo\n2 extend 5d waiting for the laboratory\n",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="invoice",
            history=("assigned to Ben Szabo",),
            others={"plates": ("takes more time to decide", "extension accepted")},
            letter=Letter(
                name="extension",
                to=people.DANIEL,
                language="en",
                says="waiting for the laboratory",
                about="plates",
            ),
            told=(
                Told(by="digest_receipt", to=people.MARA, says="Done: 1 assign Ben Szabo"),
                Told(by="colleague_note", to=people.ANA, about="invoice"),
                Told(by="colleague_note", to=people.BEN),
            ),
        ),
    ),
    Scene(
        id="left-alone",
        title="Nobody works on it: four hours before the end a colleague is asked, with all there is",
        by=people.DANIEL,
        mail=Silence(),
        at=time(20, 1),
        expected=Expected(
            case="invoice",
            history=(
                "told the agents what is due",
                "escalated to Ana Reyes",
                "told the customer how it stands",
                "progress accepted",
            ),
            letter=Letter(
                name="progress", to=people.DANIEL, language="en", says="A colleague with special knowledge"
            ),
            told=(
                Told(by="deadline_near", to=people.BEN, says="Charged twice"),
                Told(by="escalation", to=people.ANA, says="the case is not decided", encloses_mails=True),
            ),
        ),
    ),
    Scene(
        id="late",
        title="She does not answer, and midnight passes: now the lead of the team is asked",
        by=people.DANIEL,
        mail=Silence(),
        later=NEXT_DAY,
        at=time(0, 10),
        expected=Expected(
            case="invoice",
            history=(
                "told the agents what is due",
                "escalated to Vera Lindholm",
                "told the customer how it stands",
                "not escalated again",
                "progress accepted",
            ),
            letter=Letter(name="progress", to=people.DANIEL, language="en", says="who leads the team"),
            told=(
                Told(by="escalation", to=people.VERA, says="23:59 and is late.", encloses_mails=True),
                Told(by="handed_up", to=people.ANA, says="Asked now: Vera Lindholm."),
                Told(by="handed_up", to=people.BEN, says="Asked now: Vera Lindholm."),
                Told(by="deadline_near", to=people.BEN, says="Charged twice"),
            ),
        ),
    ),
    Scene(
        id="later-still",
        title="She sleeps, too: the supervisor is asked, and the customer, who heard today, hears nothing",
        by=people.DANIEL,
        mail=Silence(),
        at=time(4, 20),
        expected=Expected(
            case="invoice",
            history=("escalated to Mara Quinn",),
            told=(
                Told(by="escalation", to=people.MARA, says="23:59 and is late.", encloses_mails=True),
                Told(by="handed_up", to=people.VERA, says="Asked now: Mara Quinn."),
                Told(by="handed_up", to=people.BEN, says="Asked now: Mara Quinn."),
            ),
        ),
    ),
    Scene(
        id="next-morning",
        title="In her digest it stands first",
        by=people.MARA,
        mail=Silence(),
        at=time(8, 1),
        expected=Expected(
            case="invoice",
            told=(
                Told(
                    by="digest",
                    to=people.MARA,
                    says="handed up to you; late since",
                    lists=("invoice", "plates"),
                ),
            ),
        ),
    ),
    Scene(
        id="taken",
        title="She takes it by its number, and gets a mail to go on with",
        by=people.MARA,
        mail=Reply(to="next-morning", text="1 take\n"),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="invoice",
            history=("taken",),
            told=(
                Told(by="colleague_note", to=people.BEN, about="invoice"),
                Told(by="receipt", to=people.MARA, about="invoice"),
                Told(by="digest_receipt", to=people.MARA, says="Done: 1 take"),
            ),
        ),
    ),
    Scene(
        id="invoice-decided",
        title="And decides it",
        by=people.MARA,
        mail=Reply(
            to="taken",
            about="invoice",
            text="""\
#resolve upheld cause=cost remedy=refund

Our till had sent order 58114 to the bank twice. The second 184.50 pounds
went back to your account today. You have waited for that too long, and
should have heard it from us sooner.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="invoice",
            history=("wrote the resolution", "resolution accepted, case resolved"),
            letter=Letter(
                name="resolution",
                to=people.DANIEL,
                language="en",
                says="had sent order 58114 to the bank twice",
            ),
            told=(Told(by="receipt", to=people.MARA, says="once sent, the case is resolved."),),
        ),
    ),
    Scene(
        id="plates-answer",
        title="The laboratory answers, and for half an hour nothing of it leaves the desk",
        by=people.LABORATORY,
        mail=Reply(
            to="plates-asked",
            text="""\
The edges in the photo are clean and have no glaze on them: a blow from
outside, and not a fault of the firing. As the box has no dent, the
plates were broken before they were packed.
""",
        ),
        later=timedelta(minutes=30),
        expected=Expected(
            kind=Kind.OUTSIDE,
            rule="outside_writes",
            disposition=Disposition.OUTSIDE,
            case="plates",
            history=("wrote to us from outside",),
            told=(Told(by="outside_answer", to=people.BEN, says="broken before they were packed"),),
        ),
    ),
    Scene(
        id="plates-released",
        title="The agent lets it go to the customer, in his own name",
        by=people.BEN,
        mail=Reply(to="plates-answer", text="#send\n"),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="plates",
            history=("answered the customer", "reply accepted"),
            letter=Letter(
                name="reply",
                to=people.DANIEL,
                language="en",
                says="plates were broken before they were packed.",
            ),
        ),
    ),
)
