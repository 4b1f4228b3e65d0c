"""What does an imagined case look like? For checks and previews: a plain one, a bare one, a hostile one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from mailproc.outbound import digest_specimens
from mailproc.outbound.figure_table import Row, Section, Unit
from mailproc.outbound.kinds import LETTERS

MARKUP = "<b>{{7*7}}</b>"  # stands in every hostile value; must come out as the characters it is
CANARY = "zqxwv"  # stands in every line of the hostile words; no word of any language


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """An attachment as a letter to an agent shows it."""

    name: str
    size: int
    state: str  # attached, too_large, blocked


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """An earlier mail as a letter to an agent shows it."""

    at: datetime
    words: str
    stranger: str | None = None
    participant: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Something that is due, as a letter to an agent shows it."""

    id: str
    due_at: datetime
    overdue: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """One of many cases that go up together, as the letter about them shows it."""

    number: int
    reference: str
    subject: str
    why: tuple[str, ...]
    owner: str | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One thing that happened before, as a letter to an agent shows it."""

    at: datetime
    who: str
    what: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Other:
    """Another case of the customer, as a letter to an agent proposes it."""

    reference: str
    status: str
    subject: str
    received_on: datetime
    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Improvement:
    """Something to do better, as a report shows it."""

    id: int
    reference: str
    text: str
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One of many cases that something is due of, as a letter to an agent shows it."""

    reference: str
    subject: str | None
    duties: Sequence[Duty]


_STRANGER = "max@other.example"
_PARTICIPANT = "advice@law.example"
_DUE = datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)
_ANSWER_BY = datetime(2026, 11, 26, 16, tzinfo=UTC)  # for whoever is asked since it was late

_SECTIONS = (
    Section(
        name="complaints",
        rows=(
            Row(name="open_at_start", value=14, before=11),
            Row(name="received", value=31, before=24),
            Row(name="decided", value=27, before=21),
            Row(name="reopened", value=2, before=0),
            Row(name="closed", value=19, before=20),
            Row(name="open_at_end", value=20, before=14),
            Row(name="spam", value=3, before=1),
            Row(name="merged", value=1, before=0),
            Row(name="silent", value=0, before=5),
        ),
    ),
    Section(
        name="times",
        rows=(
            Row(name="acknowledged_median", value=0.1, before=0.1, unit=Unit.HOURS),
            Row(name="acknowledged_ninetieth", value=1.4, before=0.6, unit=Unit.HOURS),
            Row(name="decided_median", value=76.5, before=81.0, unit=Unit.HOURS),
            Row(name="decided_ninetieth", value=199.2, before=None, unit=Unit.HOURS),
        ),
    ),
    Section(
        name="clocks",
        rows=(
            Row(name="due", of="ack", value=31, before=24),
            Row(name="in_time", of="ack", value=1.0, before=0.96, unit=Unit.SHARE),
            Row(name="late", of="s1.decide", value=2, before=1),
            Row(name="owed", of="decide", value=1, before=0),
        ),
    ),
    Section(
        name="handling",
        rows=(
            Row(name="escalated", value=4, before=1),
            Row(name="escalation_rate", value=4 / 31, before=1 / 24, unit=Unit.SHARE),
            Row(name="handed_on", value=6, before=7),
        ),
    ),
    Section(
        name="categories",
        rows=(
            Row(of="quality", value=12, before=5, rises=True),
            Row(of="delay", value=8, before=9),
            Row(of="", value=11, before=10),
        ),
    ),
    Section(name="outcomes", rows=(Row(of="partly_upheld", value=15, before=12),)),
    Section(name="causes", rows=(Row(of="quality", value=11, before=4, rises=True),)),
    Section(name="remedies", rows=(Row(of="refund", value=9, before=8),)),
    Section(
        name="amounts", rows=(Row(of="EUR", value=Decimal("412.50"), before=Decimal(300), unit=Unit.MONEY),)
    ),
    Section(
        name="satisfaction",
        rows=(
            Row(name="asked", value=22, before=18),
            Row(name="answers", value=9, before=6),
            Row(name="satisfied", value=7 / 9, before=0.5, unit=Unit.SHARE),
            Row(name="mean", value=4.2, before=3.5, unit=Unit.SCORE),
        ),
    ),
    Section(
        name="teams",
        rows=(
            Row(name="received", of="Kettles and everything else that boils", value=20, before=18),
            Row(name="breached", of="", value=1, before=0),
        ),
    ),
    Section(name="mailboxes", rows=(Row(name="received", of="main", value=31, before=24),)),
)

_VALUES: Mapping[str, object] = MappingProxyType(
    {
        "desk_address": "complaints@example.com",
        "desk_phone": "+36 1 555 0142",
        "reference": "C-7F3K-9QXT",
        "received_on": datetime(2026, 11, 22, 9, 15, tzinfo=UTC),
        "decide_by": date(2026, 11, 24),
        "first": date(2026, 11, 16),
        "last": date(2026, 11, 22),
        "sections": _SECTIONS,
        "reopen_until": date(2026, 12, 22),
        "answer_by": date(2026, 11, 30),
        "outcome": "partly_upheld",
        "need": "amount",
        "limit": "40 EUR",
        "category": "quality",
        "cause": "quality",
        "remedy": "refund",
        "amount": "49 EUR",
        "score_address": "complaints+r1abcdefgh2345klmnopqrstuvwxyz234567@example.com",
        "agent_name": "Bea Baker",
        "author": "Carl Cook",
        "severity": "high",
        "priority": "urgent",
        "hand_offs": 2,
        "level": "lead",
        "asked": True,
        "again": False,
        "outside": "Lab Ltd",
        "customer_name": "Ann Archer",
        "customer_email": "ann.archer@customer.example",
        "does": "answer",
        "authenticated": True,
        "stranger": None,
        "participant": None,
        "deeds": ("noted",),
        "kind": "noted",
        "left_out": 0,
        "duties": (Duty(id="decide", due_at=_DUE),),
        "due_at": _DUE,
        "stood_since": datetime(2026, 11, 22, 16, 4, tzinfo=UTC),
        "stood_until": datetime(2026, 11, 25, 8, 31, tzinfo=UTC),
        "count": 8,
        "more": ("C-2222-2222", "C-9QXT-7F3K"),
        "status": "open",
        "stage": None,
        "owner": "Bea Baker",
        "contacts": 2,
        "is_copy": False,
        "participants": ("adam.archer@customer.example", "advice@law.example"),
        "copied": ("advice@law.example",),
        "attachments": (
            File(name="kettle.jpg", size=1_240_000, state="attached"),
            File(name="video of the leak.mp4", size=48_300_000, state="too_large"),
            File(name="invoice.pdf.exe", size=310_000, state="blocked"),
        ),
        "commands": ("#note text", "#take", "#resolve upheld cause=quality remedy=refund", "#help"),
    }
)

_WORDS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "en": {
            "desk_name": "Acme Complaints",
            "subject": "My kettle leaks",
            "words": "Dear Ms Archer,\n\nthank you for the photo. The seal of your kettle is worn, and that"
            " is our fault: this batch should never have been sold.\n\nWould you like a new one, or"
            " your money back?",
            "letter": "Hello,\n\nthe kettle leaks on the kitchen floor every morning. I wrote to you last"
            " week and have not heard from anybody.\n\nThe receipt is at"
            " https://shop.example/orders/4711\n\nAnn Archer",
            "request": "Please send us a photo of the plate on the underside of the kettle. It shows when it"
            " was made, and from that we can tell whether the seal is at fault.",
            "note": "She called this morning. A new kettle would be fine with her.\nI think we should send"
            " it by courier.",
            "raised": "She wants the money for the floor, too. That is more than I may offer, and she has"
            " named a lawyer.\nWhat I know for certain: the seal was worn. What I do not know: who laid"
            " the floor.",
            "why": (
                "The decision was due by 2026-11-24 23:59 and is late.",
                "Dora Dyer did not answer by 2026-11-25 17:00.",
            ),
            "asked": "Please measure the meter with the number 4711 and tell us by how much it is off.",
            "answered": "We have measured the meter: it shows 4.2 % too much. The report is enclosed.",
            "says": ("Its files are enclosed here.",),
            "begun": ("The customer's words “I do not accept that.” begin: Stage 2.",),
            "unanswered": (
                "#remind alone, at the top of your reply: your question goes there once more, without files.",
                "#escalate, another name and your question: somebody else is asked.",
                "Or go on without an answer. You are not told of it again.",
            ),
            "owed": ("The customer has to be told now. Write #template holding at the top of your reply.",),
            "delay": "The workshop that has your kettle is waiting for a part.",
            "reasons": "The photo shows that the seal is worn. That is a fault of the batch, and we should"
            " have seen it.\n\nThe damage to the floor we cannot make good: it was there before.",
            "external_body": "Consumer Arbitration Board, 1 Sample Street, Exampletown",
            "action": "All personal data of C-7F3K-9QXT will be erased. This cannot be undone.",
            "done": (
                "Your answer goes to Ann Archer at 10:17.",
                "The case is yours.",
                "It now waits for the customer.",
            ),
            "returned": "The line “#resolv upheld” is not a command. Nothing was sent, and nothing was"
            " changed.",
            "remedies": (
                "Write #resolve instead of #resolv, or leave the line out.",
                "Then reply once more; your words stand below.",
            ),
            "bounced": "550 5.1.1 <ann.archer@customer.example>: user unknown",
            "exchanges": (
                ("customer", "wrote", "The kettle leaks."),
                ("desk", "acknowledged", "We have received your complaint."),
            ),
        },
        "hu": {
            "desk_name": "Acme Ügyfélszolgálat",
            "subject": "Csöpög a vízforralóm",
            "words": "Tisztelt Íjász Anna!\n\nKöszönjük a fényképet. A vízforraló tömítése elkopott, és ez a"
            " mi hibánk: ezt a sorozatot nem lett volna szabad eladni.\n\nÚj készüléket szeretne, vagy a"
            " vételár visszatérítését?",
            "letter": "Jó napot kívánok!\n\nA vízforraló minden reggel a konyha kövére csöpög. Múlt héten már"
            " írtam, de senki sem válaszolt.\n\nA számla itt található:"
            " https://shop.example/orders/4711\n\nÍjász Anna",
            "request": "Kérjük, küldjön egy fényképet a vízforraló alján lévő adattábláról. Arról leolvasható"
            " a gyártás ideje, és abból kiderül, hogy a tömítés hibás-e.",
            "note": "Ma reggel telefonált. Egy új készülékkel elégedett lenne.\nSzerintem küldjük futárral.",
            "raised": "A padló kárát is kéri. Ekkora összeget én nem ajánlhatok, és ügyvédet említett.\nAmi"
            " biztos: a tömítés elkopott. Amit nem tudok: ki rakta le a padlót.",
            "why": (
                "A döntés határideje ez volt: 2026-11-24 23:59, és lejárt.",
                "Kelmefestő Dóra nem válaszolt eddig: 2026-11-25 17:00.",
            ),
            "asked": "Kérjük, mérje meg a 4711-es számú mérőt, és írja meg, mennyivel mutat többet.",
            "answered": "Megmértük a mérőt: 4,2%-kal többet mutat. A jegyzőkönyvet csatoljuk.",
            "says": ("A fájljait itt csatoltuk.",),
            "begun": ("Az ügyfél szavaival („Ezt nem fogadom el.”) elkezdődött: 2. szakasz.",),
            "unanswered": (
                "Ha a válasza élére egyedül ezt írja: #remind, a kérdése még egyszer elmegy, fájlok nélkül.",
                "#escalate, egy másik név és a kérdése: valaki mást kérdezünk meg.",
                "Vagy folytassa válasz nélkül. Erről többet nem szólunk.",
            ),
            "owed": ("Most szólni kell az ügyfélnek. Írja a válasza legtetejére: #template holding.",),
            "delay": "A szerviz, ahol a vízforralója van, egy alkatrészre vár.",
            "reasons": "A fényképen látszik, hogy a tömítés elkopott. Ez gyártási hiba, észre kellett volna"
            " vennünk.\n\nA padló kárát nem tudjuk megtéríteni: az már korábban megvolt.",
            "external_body": "Békéltető Testület, 1000 Budapest, Minta utca 1.",
            "action": "A C-7F3K-9QXT ügy minden személyes adata törlődik. Ez nem vonható vissza.",
            "done": (
                "A válasza 10:17-kor indul Íjász Annának.",
                "Az ügy mostantól az Öné.",
                "Az ügy az ügyfél válaszára vár.",
            ),
            "returned": "A „#resolv upheld” sor nem parancs. Semmit sem küldtünk el, és semmi sem változott.",
            "remedies": (
                "Írjon #resolve parancsot #resolv helyett, vagy hagyja el a sort.",
                "Azután válaszoljon újra; a szavai alább olvashatók.",
            ),
            "customer_name": "Íjász Anna",
            "agent_name": "Pék Bea",
            "owner": "Pék Bea",
            "author": "Szakács Károly",
            "bounced": "550 5.1.1 <ann.archer@customer.example>: user unknown",
            "exchanges": (
                ("customer", "panaszt írt", "Csöpög a vízforraló."),
                ("desk", "visszaigazolta", "Megkaptuk a panaszát."),
            ),
        },
        "de": {
            "desk_name": "Acme Beschwerdestelle",
            "subject": "Mein Wasserkocher tropft",
            "words": "Sehr geehrte Frau Schütz,\n\nvielen Dank für das Foto. Die Dichtung Ihres Wasserkochers"
            " ist verschlissen, und das ist unser Fehler: Diese Serie hätte nie verkauft werden"
            " dürfen.\n\nMöchten Sie ein neues Gerät oder Ihr Geld zurück?",
            "letter": "Guten Tag,\n\nder Wasserkocher tropft jeden Morgen auf den Küchenboden. Ich habe Ihnen"
            " letzte Woche geschrieben und nichts gehört.\n\nDie Rechnung finden Sie unter"
            " https://shop.example/orders/4711\n\nAnna Schütz",
            "request": "Bitte schicken Sie uns ein Foto vom Typenschild an der Unterseite des Wasserkochers."
            " Darauf steht das Baujahr, und daran erkennen wir, ob die Dichtung fehlerhaft ist.",
            "note": "Sie hat heute früh angerufen. Mit einem neuen Gerät wäre sie zufrieden.\nIch würde es"
            " per Kurier schicken.",
            "raised": "Sie möchte auch den Schaden am Boden ersetzt haben. So viel darf ich nicht anbieten,"
            " und sie hat einen Anwalt erwähnt.\nSicher ist: Die Dichtung war verschlissen. Nicht bekannt"
            " ist, wer den Boden verlegt hat.",
            "why": (
                "Die Entscheidung war bis 2026-11-24 23:59 fällig und ist überfällig.",
                "Dora Färber hat bis 2026-11-25 17:00 nicht geantwortet.",
            ),
            "asked": "Bitte messen Sie den Zähler mit der Nummer 4711 nach und sagen Sie uns, wie weit er"
            " abweicht.",
            "answered": "Wir haben den Zähler geprüft: Er zeigt 4,2 % zu viel an. Der Bericht liegt bei.",
            "says": ("Die Dateien liegen hier bei.",),
            "begun": ("Mit den Worten des Kunden („Das nehme ich nicht hin.“) beginnt: Stufe 2.",),
            "unanswered": (
                "#remind allein, ganz oben in Ihrer Antwort: Ihre Frage geht noch einmal hin, ohne Dateien.",
                "#escalate, ein anderer Name und Ihre Frage: jemand anderes wird gefragt.",
                "Oder machen Sie ohne Antwort weiter. Es wird Ihnen nicht noch einmal gesagt.",
            ),
            "owed": ("Der Kunde muss es jetzt erfahren. Schreiben Sie #template holding ganz oben hin.",),
            "delay": "Die Werkstatt, die Ihren Wasserkocher hat, wartet auf ein Ersatzteil.",
            "reasons": "Das Foto zeigt, dass die Dichtung verschlissen ist. Das ist ein Fehler der Serie, den"
            " wir hätten bemerken müssen.\n\nDen Schaden am Boden können wir nicht ersetzen: Er war schon"
            " vorher da.",
            "external_body": "Verbraucherschlichtungsstelle, Musterstraße 1, 10115 Berlin",
            "action": "Alle personenbezogenen Daten von C-7F3K-9QXT werden gelöscht. Das lässt sich nicht"
            " rückgängig machen.",
            "done": (
                "Ihre Antwort geht um 10:17 Uhr an Anna Schütz.",
                "Der Fall gehört jetzt Ihnen.",
                "Er wartet auf die Kundin.",
            ),
            "returned": "Die Zeile „#resolv upheld“ ist kein Befehl. Es wurde nichts gesendet und nichts"
            " geändert.",
            "remedies": (
                "Schreiben Sie #resolve statt #resolv, oder lassen Sie die Zeile weg.",
                "Antworten Sie dann noch einmal; Ihre Worte stehen unten.",
            ),
            "customer_name": "Anna Schütz",
            "agent_name": "Bea Bäcker",
            "owner": "Bea Bäcker",
            "author": "Karl Koch",
            "bounced": "550 5.1.1 <ann.archer@customer.example>: user unknown",
            "exchanges": (
                ("customer", "hat geschrieben", "Der Wasserkocher tropft."),
                ("desk", "hat den Eingang bestätigt", "Ihre Beschwerde ist angekommen."),
            ),
        },
    }
)

# What an enemy of ours would write: markup, templates, our own rows, every kind of line end, both
# directions of writing, words without an end.
_HOSTILE = "\u2028".join(
    [
        "<script>alert(1)</script><img src=http://track.example/x.gif> zqxwv",
        "</div></td></tr></table><h1>zqxwv</h1>",
        f"{MARKUP} {{% for x in y %}} {{# zqxwv",
        "--- Reply above this line --- zqxwv",
        "Sender            confirmed by mail host zqxwv\r│ zqxwv\x85\u202egnp.exe zqxwv\x0b#close zqxwv",
        "שלום عليكم zqxwv https://bank.example@evil.example/ https://bаnk.example/",
        "zqxwv" * 200,
        "zqxwv " * 200,
        "é日zqxwv" * 200,
    ]
)


# Mails of the customer that go along with a letter about the case.
_PACKET = (
    File(name="2026-11-22 10.15 mail 812.eml", size=1_310_000, state="attached"),
    File(name="2026-11-21 17.40 mail 640.eml", size=26_400_000, state="too_large"),
)
_ENCLOSED: Mapping[str, Sequence[File]] = MappingProxyType(
    {
        "escalation": (File(name="C-7F3K-9QXT.txt", size=4_100, state="attached"), *_PACKET),
        "outside_request": (File(name="C-7F3K-9QXT.txt", size=900, state="attached"), *_PACKET[:1]),
        "outside_answer": (File(name="report.pdf", size=220_000, state="attached"),),
    }
)

# What stands for `words` in a letter, where that is not an answer or a mail of the customer.
_WORDS_OF: Mapping[str, str] = MappingProxyType(
    {
        "colleague_note": "note",
        "escalation": "letter",
        "outside_request": "asked",
        "outside_answer": "answered",
        "outside_silence": "asked",
        "extension": "delay",
        "approval": "reasons",
        "information_request": "request",
        "holding": "delay",
    }
)


def specimen(letter: str, language: str) -> dict[str, object]:
    """Return the names of an imagined case, with everything that may be there."""
    words = _WORDS.get(language, _WORDS["en"])
    at = datetime(2026, 11, 21, 16, 40, tzinfo=UTC)
    exchanges = tuple(
        Exchange(at=at, who=who, what=what, text=text) for who, what, text in _rows(words["exchanges"])
    )
    theirs = letter in {"new_case", "follow_up", "deadline_near"}
    other = Other(
        reference="C-2222-2222",
        status="waiting",
        subject=str(words["subject"]),
        received_on=at,
        command="#merge C-2222-2222",
    )
    values = {
        **_VALUES,
        **words,
        "words": words["letter" if theirs else _WORDS_OF.get(letter, "words")],
        "draft": words["words"],
        "quoted_subject": words["subject"],
        "exchanges": exchanges,
        "others": (other,),
        "lines": _lines(str(words["subject"])),
        "since": exchanges[:1],
        "earlier": (
            Mail(at=at, words=str(words["note"]), stranger=_STRANGER),
            Mail(at=at, words=str(words["note"]), participant=_PARTICIPANT),
        ),
        "reason": words["bounced" if letter == "undeliverable" else "returned"],
        "does": "answer" if theirs or letter == "returned" else "note",
    }
    if not theirs:
        values["attachments"] = _ENCLOSED.get(letter, ())
    if letter in ("deadline_near", "follow_up"):
        values["remarks"] = words["owed" if letter == "deadline_near" else "begun"]
    if letter == "handed_up":
        values["done"] = words["why"]
    if letter == "escalations":
        values["lines"] = _raised(str(words["subject"]), words["why"])
    if letter == "outside_request":
        values["asked_on"] = date(2026, 11, 23)
    if letter == "outside_silence":
        asked_on = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
        values |= {"says": words["unanswered"], "asked_on": asked_on, "answer_by": _DUE}
    if letter == "escalation":
        # Carl owns it, Dora was asked in vain after it was late, now Bea is.
        values |= {"reason": words["raised"], "owner": values["author"], "answer_by": _ANSWER_BY, "asks": ()}
    if letter == "report":
        item = Improvement(
            id=7, reference="C-7F3K-9QXT", text=str(words["note"]), who=str(values["author"]), at=at
        )
        values |= {"kind": "week", "improvements": (item,), "left_out": 2}
    if letter == "colleague_note":
        values |= {"deeds": ("assigned", "answered"), "kind": "answered", "words": words["words"]}
    if letter in digest_specimens.LETTERS:
        values |= digest_specimens.values(language, str(words["subject"]))
    return {name: values[name] for name in LETTERS[letter].names}


def bare(letter: str, language: str) -> dict[str, object]:
    """Return the imagined case with nothing that may be missing."""
    kind = LETTERS[letter]
    lists = (
        *("attachments", "remarks", "exchanges", "earlier", "others", "participants", "copied"),
        "improvements",
        "more",
    )
    empty: dict[str, object] = {name: () for name in lists if name in kind.names}
    if letter == "colleague_note":
        empty |= {"deeds": ("noted",), "kind": "noted", "words": specimen(letter, language)["note"]}
    if letter == "report":
        empty |= {"kind": "month", "left_out": 0, "sections": _SECTIONS[:1]}
    if letter == "deadline_near":
        empty |= {"duties": (Duty(id="ack", due_at=_DUE, overdue=True), Duty(id="other", due_at=_DUE))}
    if letter in digest_specimens.LETTERS:
        empty |= digest_specimens.bare(letter)
    denied: dict[str, object] = {"authenticated": False} if "authenticated" in kind.names else {}
    return specimen(letter, language) | empty | denied | dict.fromkeys(kind.optional)


def hostile(letter: str, language: str) -> dict[str, object]:
    """Return the imagined case with an enemy's words wherever words of others may stand."""
    short = f"{MARKUP}\u2028\u202e" + "Wort" * 100
    exchange = Exchange(at=datetime(2026, 11, 21, tzinfo=UTC), who=short, what=short, text=_HOSTILE)
    other = Other(
        reference="C-2222-2222",
        status="closed",
        subject=short,
        received_on=datetime(2026, 11, 21, tzinfo=UTC),
        command="#link C-2222-2222",
    )
    theirs: dict[str, object] = {
        **dict.fromkeys(LETTERS[letter].marked, _HOSTILE),
        "customer_name": f"Boss <boss@example.com> {short}",
        "subject": f"[C-2222-2222] {short}",
        "quoted_subject": f"{MARKUP} {'Wort' * 20}",
        "attachments": (File(name=short, size=0, state="blocked"),),
        "exchanges": (exchange,) * 5,
        "others": (other,) * 5,
        "lines": _lines(short),
        "since": (exchange,) * 5,
        "earlier": (
            Mail(at=exchange.at, words=_HOSTILE, stranger=short),
            Mail(at=exchange.at, words=_HOSTILE, participant=short),
        ),
        "stranger": None,
        "participant": short,
        "improvements": (
            Improvement(id=7, reference="C-2222-2222", text=_HOSTILE, who=short, at=exchange.at),
        ),
        "left_out": 7,
        "authenticated": False,
        "participants": (f"{MARKUP}@evil.example", f"{'a' * 200}@evil.example"),
        "copied": (f"{MARKUP}@evil.example",),
        "is_copy": True,
        **({"lines": _raised(short, (short,) * 3)} if letter == "escalations" else {}),
        **(digest_specimens.hostile(short) if letter in digest_specimens.LETTERS else {}),
    }
    names = specimen(letter, language)
    return {name: theirs.get(name, value) for name, value in names.items()}


def _lines(subject: str) -> tuple[Line, ...]:
    """Cases of which something is due: one duty, two, one of a name of the policy's own."""
    late, soon, own = (
        Duty(id="decide", due_at=_DUE, overdue=True),
        Duty(id="decide", due_at=datetime(2026, 11, 25, 16, tzinfo=UTC)),
        Duty(id="callback", due_at=_DUE, overdue=True),
    )
    ack = Duty(id="ack", due_at=datetime(2026, 11, 23, 9, 15, tzinfo=UTC), overdue=True)
    return (
        Line(reference="C-7F3K-9QXT", subject=subject, duties=(ack, late)),
        Line(reference="C-8G4M-2RWV", subject="", duties=(own,)),
        Line(reference="C-9H5N-3SXW", subject=subject, duties=(soon,)),
    )


def _raised(subject: str, why: object) -> tuple[Raised, ...]:
    """Cases that go up together: with an owner and until when, and without both."""
    assert isinstance(why, tuple)
    return (
        Raised(
            number=1,
            reference="C-7F3K-9QXT",
            subject=subject,
            why=why,
            owner="Carl Cook",
            answer_by=_ANSWER_BY,
        ),
        Raised(number=2, reference="C-8G4M-2RWV", subject="", why=why[:1]),
        Raised(number=38, reference="C-9H5N-3SXW", subject=subject, why=why[1:]),
    )


def _rows(rows: object) -> Sequence[tuple[str, str, str]]:
    assert isinstance(rows, tuple)
    return rows
