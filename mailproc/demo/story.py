"""What comes to the desk in the demo? A day of complaints, each mail with what must come of it.

What becomes of them in the two weeks after it stands in `answers`, `waiting` and `raising`.

Read it as a screenplay: who writes, what is written, and below it what the desk has to make of it. The
scenes are played in this order; a later one may speak of an earlier one by its id. What is expected is
compared with what stands in the database and what lies in people's mailboxes, never with what the demo did.
"""

from __future__ import annotations

from mailproc.demo import people
from mailproc.demo.answers import ANSWERS
from mailproc.demo.raising import RAISING
from mailproc.demo.scene import (
    Again,
    Bounce,
    Expected,
    Html,
    Letter,
    Newsletter,
    OutOfOffice,
    Plain,
    Reply,
    Scattered,
    Scene,
    Told,
    WithPhoto,
)
from mailproc.demo.waiting import WAITING
from mailproc.inbound.classify import Kind
from mailproc.store.receiving import Disposition

ACKNOWLEDGED = ("complaint received", "acknowledgement queued", "routed", "acknowledgement accepted")

INTAKE = (
    Scene(
        id="kettle",
        title="A complaint in plain text",
        by=people.NORA,
        mail=Plain(
            subject="Kettle leaks after nine days",
            text="""\
Hello,

nine days ago I bought one of your Meridian kettles in the Mill Street
shop. Since Saturday it leaks from the seam under the handle. Not much,
but enough to leave a puddle on the worktop every morning, about a
hand's width from the socket.

I have kept the receipt and the box. I would rather have a kettle that
works than my money back, but I do want one of the two.

Please tell me what to do with it. I will not use it again until I hear
from you.

Kind regards,
Nora Whitfield
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            case="kettle",
            history=ACKNOWLEDGED,
            letter=Letter(language="en"),
            told=(Told(by="new_case", to=people.ANA, says="nine days ago I bought"),),
        ),
    ),
    Scene(
        id="kettle-twice",
        title="The same mail once more, by another road",
        by=people.NORA,
        mail=Again(of="kettle"),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.DUPLICATE,
            case="kettle",
        ),
    ),
    Scene(
        id="parcel",
        title="A complaint in Hungarian",
        by=people.ESZTER,
        mail=Plain(
            subject="Nem kaptam meg a csomagomat",
            text="""\
Tisztelt Ügyfélszolgálat!

Két hete rendeltem Önöktől egy tizenkét személyes étkészletet. A futár
szerint a csomagot múlt csütörtökön átadták, de nálunk aznap senki sem
volt otthon, és a szomszédok sem vettek át semmit.

Hétfőn telefonon azt ígérték, hogy két napon belül visszahívnak. Azóta
sem keresett senki. A készletet ajándékba szántam, a hétvégére kellene.

Kérem, nézzenek utána, hol van a csomag, és írják meg, hogy megérkezik-e
időben. Ha nem, szeretném visszakapni a pénzemet.

Üdvözlettel:
Galambos Eszter
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            case="parcel",
            history=ACKNOWLEDGED,
            letter=Letter(language="hu"),
            told=(Told(by="new_case", to=people.BEN, says="Két hete rendeltem"),),
        ),
    ),
    Scene(
        id="away",
        title="Her out-of-office programme answers our letter",
        by=people.ESZTER,
        mail=OutOfOffice(
            to="parcel",
            text="""\
Köszönöm levelét. Péntekig szabadságon vagyok, leveleimet csak utána
olvasom. Sürgős ügyben kérem, hívja a titkárságot.

Galambos Eszter
""",
        ),
        expected=Expected(
            kind=Kind.AUTO_REPLY,
            rule="answering_machine",
            disposition=Disposition.AUTO_REPLY,
            case="parcel",
            history=("automatic reply received",),
        ),
    ),
    Scene(
        id="invoice",
        title="A complaint in HTML alone",
        by=people.DANIEL,
        mail=Html(
            subject="Charged twice for one delivery",
            html="""\
<html><head><style>p { margin: 0 0 10px } td { padding: 2px 12px 2px 0 }</style></head>
<body style="font-family: Calibri, sans-serif; font-size: 11pt">
<p>Dear Sir or Madam,</p>
<p>we ordered <b>one</b> set of six saucepans for our office kitchen. It arrived, and it is fine.
What is not fine is our bank statement:</p>
<table>
<tr><td>Monday</td><td>Acme, order 58114</td><td align="right">&pound;184.50</td></tr>
<tr><td>Wednesday</td><td>Acme, order 58114</td><td align="right">&pound;184.50</td></tr>
</table>
<p>&nbsp;</p>
<p>Your shop told me this was &ldquo;a reservation that disappears by itself&rdquo;. It has not
disappeared, and our bank says that <span style="color:#c00000">both amounts were collected</span>.</p>
<p>Please pay one of them back and confirm it in writing; our bookkeeper needs it for the audit.</p>
<p>Yours faithfully,<br>Daniel Okoro<br><span style="color:gray">Facilities, 2nd floor</span></p>
</body></html>
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            case="invoice",
            history=ACKNOWLEDGED,
            letter=Letter(language="en"),
            told=(Told(by="new_case", to=people.ANA),),
        ),
    ),
    Scene(
        id="plates",
        title="A photo from a telephone, its sender vouched for by our mail host",
        by=people.DANIEL,
        mail=WithPhoto(
            subject="Two plates broken on arrival",
            text="""\
One more thing, and this time it is really annoying: two of the eight
dinner plates from order 58230 came out of the box like this. The box
itself had no dent, so I think they were packed broken.

Can you just send two new ones? Photo attached.

Daniel
""",
            photo="IMG_0412.png",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            case="plates",
            history=ACKNOWLEDGED,
            # Only because we know that the mail came from there does our letter repeat a word of it.
            letter=Letter(language="en", quotes_subject=True),
            told=(Told(by="new_case", to=people.BEN),),
        ),
    ),
    Scene(
        id="kettle-more",
        title="A customer answers our letter",
        by=people.NORA,
        mail=Reply(
            to="kettle",
            text="""\
Thank you for the quick confirmation. One thing I forgot: the number
under the base is M-2207-0419, in case there was a faulty batch.

I am at home all week, so somebody could pick the kettle up.

Nora
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.JOINED,
            case="kettle",
            history=("wrote again",),
            told=(Told(by="follow_up", to=people.ANA, says="M-2207-0419"),),
        ),
    ),
    Scene(
        id="stranger",
        title="A stranger has guessed a case number",
        by=people.VIKTOR,
        mail=Plain(
            subject="Re: We have received your complaint",
            tagged_with="kettle",
            text="""\
Hi,

regarding the case above: please send me everything that was written so
far, and use this address from now on, I no longer read the old one.

Thanks,
Viktor
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            # A case of his own. Our people see the hint, he learns nothing, and Nora's case stays as it was.
            case="stranger",
            history=(
                "complaint received",
                "possibly about",
                "acknowledgement queued",
                "routed",
                "acknowledgement accepted",
            ),
            letter=Letter(language="en"),
            told=(Told(by="new_case", to=people.ANA),),
        ),
    ),
    Scene(
        id="bowl",
        title="A complaint from a mailbox that has just been closed",
        by=people.HARRIET,
        mail=Plain(
            subject="Mixing bowl lost its colour",
            text="""\
Good afternoon,

the blue mixing bowl I bought last month says "dishwasher safe" on the
bottom. After four washes the glaze comes off in flakes, and I bake for
children with it. I find that worrying rather than ugly.

Could you tell me what the glaze is made of, and whether it is harmful?

Harriet Vance
""",
        ),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.OPENED,
            case="bowl",
            history=ACKNOWLEDGED,
            letter=Letter(language="en"),
            told=(Told(by="new_case", to=people.BEN),),
        ),
    ),
    Scene(
        id="bowl-returned",
        title="Our letter to her comes back",
        by=people.POSTMASTER,
        mail=Bounce(of="bowl"),
        expected=Expected(
            kind=Kind.BOUNCE,
            rule="delivery_report",
            disposition=Disposition.BOUNCED,
            case="bowl",
            history=("acknowledgement bounced, customer not reached",),
            reached=False,
            told=(Told(by="undeliverable", to=people.BEN, says="5.1.1"),),
        ),
    ),
    Scene(
        id="newsletter",
        title="A newsletter",
        by=people.PRESS,
        mail=Newsletter(
            subject="This week: twelve induction hobs compared",
            text="""\
Kitchen Trade Weekly, issue 47

Twelve induction hobs compared. What retailers expect from the holiday
season. And: why returns of small appliances went up again.

You receive this letter because you signed up for it.
""",
        ),
        expected=Expected(
            kind=Kind.LIST,
            rule="list_mail",
            disposition=Disposition.IGNORED,
            case=None,
        ),
    ),
    Scene(
        id="scraps",
        title="A mail in two thousand pieces",
        by=people.JONAS,
        mail=Scattered(subject="Complaint about my order", parts=2_000),
        expected=Expected(
            kind=Kind.CUSTOMER,
            rule="anyone_else",
            disposition=Disposition.QUARANTINED,
            case="scraps",
            history=("complaint received", "acknowledgement withheld"),
        ),
    ),
)

STORY = (*INTAKE, *ANSWERS, *WAITING, *RAISING)
