# ruff: noqa: E501 (what programs write is not folded for us)
"""How do mail programs lay out a reply: what do they write around new words and quoted ones?

Fourteen programs in four languages, and headers of many more languages. Each line is what the program
itself writes. Some mark what they quote with `>`, some only write a header above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CANARY = "CANARY"
LANGUAGES = ("en", "hu", "de", "fr")
RULE = "_" * 32

# What is quoted: of everything that could be taken for new words or for their end, something.
QUOTATION = f"""{CANARY} Dear desk,

my kettle {CANARY} leaks, and the handle of it {CANARY} came off on the second day after I had bought it from
- a list {CANARY}
> an older quotation {CANARY}

#close {CANARY}
{CANARY} On Monday I called and he wrote:
--\x20
Ann {CANARY}"""

WORDS = {
    "en": """Dear Ann,

thank you for your patience. We will send you:
- a new kettle
- a box for the old one

On Monday I spoke to the shop. From the shop: it is on its way.

Kind regards,
Carol Clerk""",
    "hu": """Kedves Ann!

Köszönjük a türelmét. Ezt küldjük:
- egy új vízforralót
- egy dobozt a réginek

Hétfőn írtam a boltnak is.

Üdvözlettel
Ügyintéző Ödön""",
    "de": """Liebe Frau Archer,

danke für Ihre Geduld. Wir schicken Ihnen:
- einen neuen Wasserkocher
- einen Karton für den alten

Am Montag habe ich mit dem Laden gesprochen. Von dort heißt es: er ist unterwegs.

Viele Grüße
Jürgen Grün""",
    "fr": """Chère Madame,

merci de votre patience. Nous vous envoyons :
- une nouvelle bouilloire
- un carton pour l’ancienne

Le magasin nous a écrit lundi. À bientôt !

Cordialement
Hélène Œuvrard""",
}
ANSWERS = {
    "en": ("The leak is covered.", "So is the handle."),
    "hu": ("A szivárgásra jár garancia.", "A fülre is."),
    "de": ("Das Leck ist abgedeckt.", "Der Griff auch."),
    "fr": ("La fuite est couverte.", "La poignée aussi."),
}
BELOW = {
    "en": "See my answers below.",
    "hu": "A válaszaimat lásd lent.",
    "de": "Meine Antworten stehen unten.",
    "fr": "Voir mes réponses ci-dessous.",
}

_ANN = "Ann Archer <ann@example.org>"
_BLOCK = {
    "en": "From: {ann}\nSent: Monday, March 3, 2025 10:00 AM\nTo: Desk <desk@example.com>\nSubject: Re: kettle",
    "hu": "Feladó: {ann}\nKüldve: 2025. március 3., hétfő 10:00\nCímzett: Desk <desk@example.com>\nTárgy: Re: kanna",
    "de": "Von: {ann}\nGesendet: Montag, 3. März 2025 10:00\nAn: Desk <desk@example.com>\nBetreff: AW: Kocher",
    "fr": "De : {ann}\nEnvoyé : lundi 3 mars 2025 10:00\nÀ : Desk <desk@example.com>\nObjet : RE: bouilloire",
}
_DATED = {"en": ("Sent:", "Date:"), "hu": ("Küldve:", "Dátum:"), "de": ("Gesendet:", "Datum:"),
          "fr": ("Envoyé :", "Date :")}  # fmt: skip
_ORIGINAL = {
    "en": "-------- Original message --------",
    "hu": "-------- Eredeti üzenet --------",
    "de": "-------- Ursprüngliche Nachricht --------",
    "fr": "-------- Message d'origine --------",
}


def _block(language: str, *, dated: bool = False) -> str:
    block = _BLOCK[language].format(ann=_ANN)
    return block.replace(*_DATED[language]) if dated else block


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One program's reply in one language."""

    program: str
    language: str
    header: str
    marked: bool
    appended: str = ""

    def quotation(self, text: str = QUOTATION) -> str:
        """Return a text as this program quotes it, without the header."""
        if not self.marked:
            return "\n" + text
        return "\n".join(f"> {line}".rstrip() if line else ">" for line in text.split("\n"))

    def top(self, words: str, text: str = QUOTATION) -> str:
        own = f"{words}\n\n{self.appended}\n" if self.appended else f"{words}\n"
        return f"{own}\n{self.header}\n{self.quotation(text)}\n"

    def bottom(self, words: str) -> str:
        return f"{self.header}\n{self.quotation()}\n\n{words}\n"

    def inline(self, top: str, answers: tuple[str, ...]) -> str:
        quoted = self.quotation().split("\n")
        pieces = [f"{top}\n\n{self.header}"]
        step = len(quoted) // len(answers)
        for at, answer in enumerate(answers):
            end = (at + 1) * step if at + 1 < len(answers) else len(quoted)
            pieces.append("\n".join(quoted[at * step : end]) + f"\n\n{answer}\n")
        return "\n".join(pieces)

    def __str__(self) -> str:
        return f"{self.program}-{self.language}"


# program: (marked, header by language, what a telephone appends by language)
_ATTRIBUTED: dict[str, tuple[bool, tuple[str, str, str, str], tuple[str, str, str, str] | None]] = {
    "gmail-web": (True, (
        "On Mon, Mar 3, 2025 at 10:00 AM Ann Archer <ann@example.org> wrote:",
        "Ann Archer <ann@example.org> ezt írta (időpont: 2025. márc. 3., H, 10:00):",
        "Am Mo., 3. März 2025 um 10:00 Uhr schrieb Ann Archer <ann@example.org>:",
        "Le lun. 3 mars 2025 à 10:00, Ann Archer <ann@example.org> a écrit :",
    ), None),
    "gmail-app": (True, (
        "On Mon, 3 Mar 2025, 10:00 Ann Archer and the whole family of Archers, <\nann@example.org> wrote:",
        "Ann Archer and the whole family of Archers <ann@example.org> ezt írta\n(időpont: 2025. márc. 3., Hét 10:00):",
        "Ann Archer and the whole family of Archers <ann@example.org> schrieb am Mo.,\n3. März 2025, 10:00:",
        "Le lun. 3 mars 2025, 10:00, Ann Archer and the whole family of Archers <\nann@example.org> a écrit :",
    ), None),
    "apple-mail": (True, (
        "> On 3 Mar 2025, at 10:00, Ann Archer <ann@example.org> wrote:\n>",
        "> 2025. márc. 3. dátummal, 10:00 időpontban Ann Archer <ann@example.org> írta:\n>",
        "> Am 03.03.2025 um 10:00 schrieb Ann Archer <ann@example.org>:\n>",
        "> Le 3 mars 2025 à 10:00, Ann Archer <ann@example.org> a écrit :\n>",
    ), None),
    "ios-mail": (True, (
        "On 3 Mar 2025, at 10:00, Ann Archer <ann@example.org> wrote:\n\n\ufeff",
        "2025. márc. 3. dátummal, 10:00 időpontban Ann Archer <ann@example.org> írta:\n\n\ufeff",
        "Am 03.03.2025 um 10:00 schrieb Ann Archer <ann@example.org>:\n\n\ufeff",
        "Le 3 mars 2025 à 10:00, Ann Archer <ann@example.org> a écrit :\n\n\ufeff",
    ), ("Sent from my iPhone", "Elküldve az iPhone-omról", "Von meinem iPhone gesendet", "Envoyé de mon iPhone")),
    "thunderbird": (True, (
        "On 03/03/2025 10:00, Ann Archer wrote:",
        "2025. 03. 03. 10:00 keltezéssel, Ann Archer írta:",
        "Am 03.03.25 um 10:00 schrieb Ann Archer:",
        "Le 03/03/2025 à 10:00, Ann Archer a écrit :",
    ), None),
    "k-9": (True, (
        "On March 3, 2025 10:00:00 AM GMT+01:00, Ann Archer <ann@example.org> wrote:",
        "2025. március 3. 10:00:00 GMT+01:00, Ann Archer <ann@example.org> írta:",
        "Am 3. März 2025 10:00:00 MEZ schrieb Ann Archer <ann@example.org>:",
        "Le 3 mars 2025 10:00:00 GMT+01:00, Ann Archer <ann@example.org> a écrit :",
    ), (
        "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
        "Elküldve az Android eszközömről K-9 Mail alkalmazással.",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon appareil Android avec K-9 Mail. Veuillez excuser ma brièveté.",
    )),
    "proton": (True, (
        "On Monday, March 3rd, 2025 at 10:00 AM, Ann Archer <ann@example.org> wrote:\n",
        "2025. március 3., hétfő 10:00 időpontban Ann Archer <ann@example.org> írta:\n",
        "Am Montag, 3. März 2025 um 10:00 schrieb Ann Archer <ann@example.org>:\n",
        "Le lundi 3 mars 2025 à 10:00, Ann Archer <ann@example.org> a écrit :\n",
    ), (
        "Sent with Proton Mail secure email.", "Elküldve a Proton Mail biztonságos levelezővel.",
        "Gesendet mit Proton Mail sichere E-Mail.", "Envoyé avec la messagerie sécurisée Proton Mail.",
    )),
    "yahoo": (False, (
        "    On Monday, March 3, 2025 at 10:00:00 AM GMT+1, Ann Archer <ann@example.org> wrote:  ",
        "    2025. március 3. hétfő 10:00:00 CET, Ann Archer <ann@example.org> ezt írta:  ",
        "    Am Montag, 3. März 2025 um 10:00:00 MEZ hat Ann Archer <ann@example.org> Folgendes geschrieben:  ",
        "    Le lundi 3 mars 2025 à 10:00:00 UTC+1, Ann Archer <ann@example.org> a écrit :  ",
    ), ("Sent from Yahoo Mail for iPhone", "Elküldve a Yahoo Mail alkalmazásból",
        "Von Yahoo Mail auf Android gesendet", "Envoyé depuis Yahoo Mail pour iPhone")),
}  # fmt: skip
_OUTLOOK_MOBILE = (
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Az iOS-hez készült Outlook beszerzése<https://aka.ms/o0ukef>",
    "Outlook für iOS<https://aka.ms/o0ukef> beziehen",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
)
_GALAXY = (
    "Sent from my Galaxy",
    "Elküldve a Galaxy készülékemről",
    "Von meinem/meiner Galaxy gesendet",
    "Envoyé depuis mon appareil Galaxy",
)


def _all() -> Iterator[Shape]:
    for program, (marked, headers, appended) in _ATTRIBUTED.items():
        for at, language in enumerate(LANGUAGES):
            tail = appended[at] if appended else ""
            yield Shape(program=program, language=language, header=headers[at], marked=marked, appended=tail)
    for at, language in enumerate(LANGUAGES):
        block, dated = _block(language), _block(language, dated=True)
        reordered = "\n".join((block.split("\n")[1], block.split("\n")[0], *block.split("\n")[2:]))
        for program, header, appended in (
            ("outlook-desktop", f"\n{block}", ""),
            ("outlook-web", f"{RULE}\n{block}", ""),
            ("outlook-new", dated.replace(":", ":*", 1).replace(dated[:2], f"*{dated[:2]}", 1), ""),
            ("outlook-mobile", f"{RULE}\n{block}", _OUTLOOK_MOBILE[at]),
            ("samsung", f"\n{_ORIGINAL[language]}\n{dated}", _GALAXY[at]),
            ("web.de", reordered, ""),
        ):
            yield Shape(program=program, language=language, header=header, marked=False, appended=appended)


SHAPES = tuple(_all())

# Headers as the programs of other languages write them.
HEADERS = {
    "es": "El lun, 3 mar 2025 a las 10:00, Ann Archer (<ann@example.org>) escribió:",
    "it": "Il giorno lun 3 mar 2025 alle ore 10:00 Ann Archer <ann@example.org> ha scritto:",
    "nl": "Op ma 3 mrt 2025 om 10:00 schreef Ann Archer <ann@example.org>:",
    "pl": "pon., 3 mar 2025 o 10:00 Ann Archer <ann@example.org> napisał(a):",
    "pt": "Em seg., 3 de mar. de 2025 às 10:00, Ann Archer <ann@example.org> escreveu:",
    "cs": "po 3. 3. 2025 v 10:00 odesílatel Ann Archer <ann@example.org> napsal:",
    "sk": "po 3. 3. 2025 o 10:00 Ann Archer <ann@example.org> napísal(a):",
    "sv": "Den mån 3 mars 2025 kl 10:00 skrev Ann Archer <ann@example.org>:",
    "nb": "man. 3. mar. 2025 kl. 10:00 skrev Ann Archer <ann@example.org\n>:",
    "da": "Den man. 3. mar. 2025 kl. 10.00 skrev Ann Archer <ann@example.org>:",
    "fi": "ma 3. maalisk. 2025 klo 10.00 Ann Archer (ann@example.org) kirjoitti:",
    "ro": "În lun., 3 mar. 2025 la 10:00, Ann Archer <ann@example.org> a scris:",
    "ru": "пн, 3 мар. 2025 г. в 10:00, Ann Archer <ann@example.org>:",
    "uk": "пн, 3 бер. 2025 р. о 10:00 Ann Archer <ann@example.org> пише:",
    "tr": "Ann Archer <ann@example.org>, 3 Mar 2025 Pzt, 10:00 tarihinde şunu yazdı:",
    "el": "Στις Δευ 3 Μαρ 2025 στις 10:00, ο χρήστης Ann Archer <ann@example.org> έγραψε:",
    "ja": "2025年3月3日(月) 10:00 Ann Archer <ann@example.org>:",
    "zh": "Ann Archer <ann@example.org> 于2025年3月3日周一 10:00写道：",
    "ko": "2025년 3월 3일 (월) 오전 10:00, Ann Archer <ann@example.org>님이 작성:",
    "et, in no table": "Kontakt Ann Archer (<ann@example.org>) kirjutas kuupäeval E, 3. märts 2025 kell 10:00:",
    "de, folded": "Am Montag, dem 3. März 2025 um 10:00 Uhr\nschrieb Ann Archer mit einem langen Namen\n<ann@example.org>:",
    "en, direction marks": "On Mon, Mar 3, 2025 at 10:00\u202fAM \u202aAnn Archer\u202c \u200e<ann@example.org>\u200e wrote:",
    "dashes": "---- On Mon, 03 Mar 2025 10:00:00 +0100 ann@example.org wrote ----",
    "no verb": '03.03.2025, 10:00, "Ann Archer" <ann@example.org>:',
}  # fmt: skip

SEPARATORS = (
    "-----Original Message-----",
    "-------- Original-Nachricht --------",
    "-----Ursprüngliche Nachricht-----",
    "-----Eredeti üzenet-----",
    "-------- Message d’origine --------",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
)

APPENDED = (
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
    "Sent from Mail for Windows",
    "Von meinem iPad gesendet",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
    "Az Outlook for Android letöltése<https://aka.ms/AAb9ysg>",
    "iPhone-omról küldve",
    "Envoyé depuis mon Android",
    "Télécharger Outlook pour Android<https://aka.ms/AAb9ysg>",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
)

# A person writes these, and all of it is hers.
PROSE = (
    "On Monday I called and he wrote: nothing.",
    "We looked into it:\n- first\n- second\n\n1. third\n2. fourth",
    "The trip was\nFrom: Vienna\nand that was all.",
    "#note\nThe customer called.",
    "Sent from our warehouse on Monday.",
    "Your Samsung Galaxy was sent on Monday.",
    "A -- B --- C\n\n*****\n\nmore",
    "Data: 3 May\n\nThe price is 12.50 >= 10.",
    "Dear Ann,\n\nFrom: the shop we heard nothing.\n\nTo: you we say sorry.",
    "🎉",
    "Write to us at desk@example.com or to me:\n\nCarol",
    "2025. 03. 03. 10:00 is the date we agreed on:\n\nsee you then",
    "Ezt Ön írta alá.\nElfogadjuk? Igen.",
)

# Replies without a plain part.
HTML = {
    "gmail": '<div dir="ltr">Yes.<div>Carol</div></div><br><div class="gmail_quote"><div dir="ltr">On Mon, Mar 3, '
    '2025 at 10:00 AM Ann &lt;<a href="mailto:ann@example.org">ann@example.org</a>&gt; wrote:<br></div>'
    "<blockquote><p>&gt; CANARY older</p><p>CANARY</p></blockquote></div>",
    "outlook": "<p>Yes.</p><p>Carol</p><hr><div><b>Von:</b> Ann Archer &lt;ann@example.org&gt;<br><b>Gesendet:</b> "
    "Montag, 3. März 2025 10:00<br><b>An:</b> Desk<br><b>Betreff:</b> AW</div><p>CANARY</p>",
    "apple": "<body>Yes.<div>Carol</div><div><br><blockquote type='cite'><div>2025. márc. 3. dátummal, 10:00 időpontban "
    "Ann &lt;ann@example.org&gt; írta:</div><br><div>CANARY</div></blockquote></div></body>",
    "our letter": "<div>Yes.</div><div>Carol</div><blockquote><p>--- Reply above this line ---</p><table><tr><td>CANARY</td></tr></table>"
    "</blockquote>",
}  # fmt: skip
