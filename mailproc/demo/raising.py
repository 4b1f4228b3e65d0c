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
        id="bowl-decided",
        title="Who was asked about the bowl has rung its customer, whose mailbox is open again",
        by=people.ANA,
        mail=Reply(
            to="kettle-survey",
            about="bowl",
            text="""\
#take
#resolve upheld cause=quality remedy=refund

Dear Harriet Vance,

as I said on the telephone: the glaze holds nothing that does harm, and
still it must not come off. Your money is on its way.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="bowl",
            history=("taken", "wrote the resolution", "resolution accepted, case resolved"),
            letter=Letter(name="resolution", to=people.HARRIET, language="en"),
            told=(
                Told(by="receipt", to=people.ANA, says="once sent, the case is resolved."),
                Told(by="colleague_note", to=people.BEN, says="the glaze holds nothing that does harm"),
            ),
        ),
    ),
    Scene(
        id="morning",
        title="The supervisor's digest of that morning: what needs her, what has got stuck",
        by=people.MARA,
        mail=Silence(),
        at=time(8, 1),
        expected=Expected(
            case="scraps",
            told=(
                Told(
                    by="digest",
                    to=people.MARA,
                    says="received",
                    lists=("scraps", "parcel", "invoice", "plates", "stranger"),
                ),
            ),
        ),
    ),
    Scene(
        id="sorted-out",
        title="She answers it with one line for each case",
        by=people.MARA,
        mail=Reply(to="morning", text="1 spam\n3 close\n5 spam\n"),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="scraps",
            history=("closed as spam",),
            others={"stranger": ("closed as spam",)},
            # What cannot be done for one case keeps none of the others from anything.
            told=(Told(by="digest_receipt", to=people.MARA, says="Not done: 3 close"),),
        ),
    ),
    Scene(
        id="parcel-decided",
        title="A decision in the customer's language",
        by=people.BEN,
        mail=Reply(
            to="parcel",
            text="""\
#resolve upheld cause=delay remedy=refund

A futár a csomagot tévedésből egy másik címre vitte. Az árát ma
visszautaltuk Önnek, és elnézését kérjük az elmaradt visszahívásért.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="parcel",
            history=("wrote the resolution", "resolution accepted, case resolved"),
            letter=Letter(
                name="resolution", to=people.ESZTER, language="hu", says="tévedésből egy másik címre"
            ),
            told=(Told(by="receipt", to=people.BEN, says="once sent, the case is resolved."),),
        ),
    ),
    Scene(
        id="plates-question",
        title="An agent wants to ask a laboratory; the desk says first what would leave",
        by=people.BEN,
        mail=Reply(
            to="plates",
            text="""\
#escalate Hallam Laboratory: were these plates broken before they were packed?

The photo is enclosed. We need no expertise, only what you think.
""",
        ),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.HELD,
            case="plates",
            history=("asked Ben Szabo to confirm",),
            told=(Told(by="confirm", to=people.BEN, says="This leaves the desk, to Hallam Laboratory"),),
        ),
    ),
    Scene(
        id="plates-asked",
        title="After his yes the laboratory has his words and the customer's mail, and nothing else",
        by=people.BEN,
        mail=Reply(to="plates-question", text="yes\n"),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="plates",
            history=("note", "asked Hallam Laboratory, outside"),
            told=(
                Told(by="receipt", to=people.BEN, says="Hallam Laboratory"),
                Told(
                    by="outside_request",
                    to=people.LABORATORY,
                    says="were these plates broken before they were packed?",
                    encloses_mails=True,
                    hides=("Charged twice", "Nora Whitfield", "kettle", "Galambos", "Harriet"),
                ),
            ),
        ),
    ),
    Scene(
        id="last-day",
        title="Six days later two cases must be decided, and the digest has both",
        by=people.MARA,
        mail=Silence(),
        later=timedelta(days=6),
        at=time(8, 1),
        expected=Expected(
            case="invoice",
            history=("told the agents what is due",),
            others={"plates": ("told the agents what is due",)},
            told=(
                Told(by="deadline_near", to=people.ANA, says="Charged twice"),
                Told(by="deadline_near", to=people.BEN, says="Two plates"),
                Told(by="digest", to=people.MARA, says="received", lists=("invoice", "plates")),
            ),
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
                Told(by="digest", to=people.MARA, says="handed up to you; late since", lists=("invoice",)),
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
