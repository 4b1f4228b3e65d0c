"""What is said in the imagined case? In each language of the templates, by those who take part in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, object]] = MappingProxyType(
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
