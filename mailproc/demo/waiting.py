"""What if nobody writes? The desk reminds its people, and tells its customers itself how it stands.

Two mornings after that Monday some complaints are settled, and two are not. Nobody writes to their customer
for days; he is not left without a word, and knows by when his answer comes.
"""

from __future__ import annotations

from datetime import time, timedelta

from mailproc.demo import people
from mailproc.demo.scene import Expected, Letter, Reply, Scene, Silence, Told
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

UNDO = timedelta(minutes=3)

WAITING = (
    Scene(
        id="second-day",
        title="Two mornings later two customers still do not know that their mail arrived: it goes up",
        by=people.HARRIET,
        mail=Silence(),
        later=timedelta(days=2),
        at=time(7, 30),
        expected=Expected(
            case="bowl",
            history=("told the agents what is due", "escalated to Ana Reyes"),
            others={"scraps": ("told the agents what is due", "escalated to Mara Quinn")},
            reached=False,
            # Harriet's letter came back, and Jonas's mail could not be read: both wait for a word of ours.
            told=(
                Told(by="escalation", to=people.ANA, says="should have known", about="bowl"),
                Told(by="escalation", to=people.MARA, says="should have known", about="scraps"),
                Told(by="deadline_near", to=people.BEN, says="Mixing bowl lost its colour"),
                *(
                    Told(by="deadline_near", to=agent, says="The acknowledgement is late")
                    for agent in (people.ANA, people.BEN, people.VERA)
                ),
            ),
        ),
    ),
    Scene(
        id="bowl-decided",
        title="Who was asked about the bowl has rung its customer, whose mailbox is open again",
        by=people.ANA,
        mail=Reply(
            to="second-day",
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
        id="word-due",
        title="The desk reminds its people that two customers must hear from them",
        by=people.DANIEL,
        mail=Silence(),
        at=time(9, 5),
        expected=Expected(
            case="invoice",
            history=("told the agents what is due",),
            others={"plates": ("told the agents what is due",)},
            told=(
                Told(by="deadline_near", to=people.ANA, says="Unless one of you has written by"),
                Told(by="deadline_near", to=people.BEN, says="Unless one of you has written by"),
            ),
        ),
    ),
    Scene(
        id="third-day",
        title="They do not write, so the desk itself tells the customer how each of his complaints stands",
        by=people.DANIEL,
        mail=Silence(),
        later=timedelta(days=1),
        at=time(16, 1),
        expected=Expected(
            case="invoice",
            history=("does by itself what is due", "told the customer how it stands", "progress accepted"),
            others={
                "plates": (
                    "does by itself what is due",
                    "told the customer how it stands",
                    "progress accepted",
                )
            },
            told=(
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="invoice"),
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="plates"),
                Told(by="digest", to=people.MARA),
            ),
        ),
    ),
    Scene(
        id="kettle-survey",
        title="Five days after the decision about the kettle the desk asks its customer what she thinks",
        by=people.NORA,
        mail=Silence(),
        later=timedelta(days=2),
        at=time(9, 30),
        expected=Expected(
            case="kettle",
            history=("asked how the customer found it", "survey accepted"),
            letter=Letter(name="survey", language="en"),
        ),
    ),
    Scene(
        id="kettle-score",
        title="She answers with a number and three words",
        by=people.NORA,
        mail=Reply(to="kettle-survey", text="5\n\nIt works perfectly.\n"),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.JOINED,
            case="kettle",
            history=("answered the survey",),
            told=(Told(by="follow_up", to=people.ANA, says="It works perfectly."),),
        ),
    ),
    Scene(
        id="sixth-day",
        title="Still nobody writes to the other one, and he hears again how it stands",
        by=people.DANIEL,
        mail=Silence(),
        later=timedelta(days=3),
        at=time(16, 1),
        expected=Expected(
            case="invoice",
            history=("told the agents what is due", "told the customer how it stands", "progress accepted"),
            others={
                "plates": (
                    "told the agents what is due",
                    "told the customer how it stands",
                    "progress accepted",
                ),
                # Nothing proves that these addresses are theirs, and so they are not asked.
                "bowl": ("does not ask how the customer found it",),
                "parcel": ("does not ask how the customer found it",),
            },
            told=(
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="invoice"),
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="plates"),
                Told(by="deadline_near", to=people.ANA, about="invoice"),
                Told(by="deadline_near", to=people.BEN, about="plates"),
                Told(by="digest", to=people.MARA),
            ),
        ),
    ),
    Scene(
        id="ninth-day",
        title="And once more, while its people read that Monday is the last day",
        by=people.DANIEL,
        mail=Silence(),
        later=timedelta(days=3),
        at=time(16, 1),
        expected=Expected(
            case="invoice",
            history=("told the agents what is due", "told the customer how it stands", "progress accepted"),
            others={
                "plates": (
                    "no answer from Hallam Laboratory, outside",
                    "told the agents what is due",
                    "told the customer how it stands",
                    "progress accepted",
                )
            },
            told=(
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="invoice"),
                Told(by="progress", to=people.DANIEL, says="We are still working on it.", about="plates"),
                Told(by="deadline_near", to=people.ANA, says="Charged twice"),
                Told(by="deadline_near", to=people.BEN, says="Two plates"),
                Told(by="outside_silence", to=people.BEN, says="Hallam Laboratory"),
                Told(by="digest", to=people.MARA),
            ),
        ),
    ),
)
