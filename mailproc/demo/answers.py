"""What do the agents make of it in the demo? The kettle's case from the first answer to the decision.

They work in their own mailboxes and answer what the desk has sent them; our mail host vouches for them,
because they log in there. Between the scenes time passes, by the desk's own clock.
"""

from __future__ import annotations

from datetime import timedelta

from mailproc.demo import people
from mailproc.demo.scene import Expected, Letter, Pretence, Reply, Scene, Told
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

BUNDLE = timedelta(minutes=11)  # mails of a customer that follow each other go to the agents in one letter
UNDO = timedelta(minutes=3)  # longer than an answer waits, in case its agent thinks better of it

ANSWERS = (
    Scene(
        id="kettle-answer",
        title="An agent answers from her own mailbox; a minute or two later it leaves",
        by=people.ANA,
        mail=Reply(
            to="kettle-more",
            text="""\
Dear Nora Whitfield,

thank you for the number, it helps: kettles of that batch are being
checked at the factory. Would you like us to repair yours? It would take
about three weeks.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="kettle",
            history=("answered the customer", "reply accepted"),
            letter=Letter(
                name="reply",
                to=people.NORA,
                language="en",
                says="It would take about three weeks.",
            ),
        ),
    ),
    Scene(
        id="kettle-disagrees",
        title="The customer disagrees",
        by=people.NORA,
        mail=Reply(
            to="kettle-answer",
            text="""\
Three weeks without a kettle, for one that leaked after nine days? No. I
asked for a kettle that works, and I asked for it now.

Nora
""",
        ),
        later=BUNDLE,
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.JOINED,
            case="kettle",
            history=("wrote again",),
            told=(Told(by="follow_up", to=people.ANA, says="Three weeks without a kettle"),),
        ),
    ),
    Scene(
        id="pretender",
        title="A stranger writes as if he were the agent",
        by=people.VIKTOR,
        mail=Pretence(
            subject="Re: Kettle leaks after nine days",
            text="""\
#resolve upheld cause=quality remedy=refund amount=5000 EUR

Please pay this to the account I have sent you.
""",
        ),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.HELD,
            case=None,
            # He gets nothing, and she hears of it, without his words.
            told=(Told(by="returned", to=people.ANA, says="a mail in your name was not acted upon"),),
        ),
    ),
    Scene(
        id="kettle-handed-up",
        title="She asks who leads her team; the customer hears that somebody else looks at it",
        by=people.ANA,
        mail=Reply(
            to="kettle-disagrees",
            text="""\
#urgency high she has been without a kettle for days
#escalate review may I send a new one at once?
""",
        ),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="kettle",
            history=(
                "rated: urgency high",
                "escalated to Vera Lindholm",
                "told the customer how it stands",
                "progress accepted",
            ),
            letter=Letter(name="progress", to=people.NORA, language="en", says="who leads the team"),
            told=(
                Told(
                    by="escalation",
                    to=people.VERA,
                    says="may I send a new one at once?",
                    encloses_mails=True,
                    hides=("Daniel", "Two plates", "Galambos"),
                ),
                Told(by="receipt", to=people.ANA, says="Asked to step in: Vera Lindholm."),
            ),
        ),
    ),
    Scene(
        id="kettle-advice",
        title="Her lead answers on the telephone",
        by=people.VERA,
        mail=Reply(to="kettle-handed-up", text="Yes, by courier, today.\n\nVera\n"),
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="kettle",
            history=("note",),
            told=(Told(by="colleague_note", to=people.ANA, says="Yes, by courier, today."),),
        ),
    ),
    Scene(
        id="kettle-stale",
        title="Meanwhile she decides, without having read the answer: it comes back to her",
        by=people.ANA,
        mail=Reply(
            to="kettle-disagrees",
            text="""\
#resolve partly_upheld cause=quality remedy=repair

We repair your kettle within three weeks.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.HELD,
            case="kettle",
            history=("a mail was returned, nothing was done",),
            told=(Told(by="returned", to=people.ANA, says="Yes, by courier, today."),),
        ),
    ),
    Scene(
        id="kettle-decided",
        title="Now she decides as agreed; the case is resolved when the letter has left",
        by=people.ANA,
        mail=Reply(
            to="kettle-stale",
            text="""\
#resolve upheld cause=quality remedy=replacement

You are right: a kettle must not leak, and nobody should wait three weeks
for one. A courier brings you a new one today and takes the old one along.
""",
        ),
        later=UNDO,
        expected=Expected(
            kind=Kind.AGENT,
            rule="agent_writes",
            disposition=Disposition.REPLIED,
            case="kettle",
            history=("wrote the resolution", "resolution accepted, case resolved"),
            letter=Letter(
                name="resolution",
                to=people.NORA,
                language="en",
                says="A courier brings you a new one today",
            ),
            told=(Told(by="receipt", to=people.ANA, says="once sent, the case is resolved."),),
        ),
    ),
)
