"""Which words tell whether a customer is content, in the languages of letters?

Written as `phrases.py` compares them: in small letters, without accents. Each list is short on purpose:
what is not in it leaves the answer unclear, and a person reads it. `survey_answer.py` says what they count.
"""

from __future__ import annotations

from mailproc.inbound.phrases import any_of

# Asks for no more surveys when it is all that a line says.
OPT_OUT = frozenset(
    {
        *("stop", "unsubscribe", "opt out", "opt-out", "remove me"),
        *("leiratkozom", "leiratkozas", "leiratkozni szeretnek", "ne kerdezzenek"),
        *("stopp", "abmelden", "abmeldung", "abbestellen", "austragen"),
    }
)

# A number from 1 to 5 in words, when it is all that a line says.
NUMBERS = {
    **dict.fromkeys(("one", "egy", "egyes", "eins"), 1),
    **dict.fromkeys(("two", "ketto", "kettes", "zwei"), 2),
    **dict.fromkeys(("three", "harom", "harmas", "drei"), 3),
    **dict.fromkeys(("four", "negy", "negyes", "vier"), 4),
    **dict.fromkeys(("five", "ot", "otos", "funf"), 5),
}

# What may stand before a score and behind it. No German "Note": as a mark at school 1 is the best there.
LABEL = (
    r"(?:(?:my|our) )?(?:score|rating|answer|points?|satisfaction|satisfied|"
    r"pontszam(?:om)?|ertekeles(?:em)?|valasz(?:om)?|elegedettseg(?:em)?|"
    r"(?:meine )?(?:bewertung|antwort|punktzahl|punkte|zufriedenheit))"
)
UNIT = r"(?:stars?|points?|csillag(?:os)?|pont(?:os)?|sterne?|punkte?)"

# The whole answer to "are you satisfied?".
YES = any_of("yes | yes i am | yes very | igen | igen az vagyok | ja | ja sehr | ja bin ich")
NO = any_of(
    "no | nope | no i am not | not at all | no not at all | nem | egyaltalan nem | nem egyaltalan nem |"
    "nein | gar nicht | uberhaupt nicht | nein gar nicht | nein uberhaupt nicht"
)

CONTENT = any_of(
    "satisfied | happy | pleased | delighted | excellent | perfect | perfectly | great | wonderful |"
    "all good | all fine | very good | well done | well handled |"
    "elegedett | elegedettek | kivalo | kivaloan | nagyszeru | tokeletes | tokeletesen | szuper | remek |"
    "minden rendben |"
    "zufrieden | alles gut | alles bestens | alles in ordnung | sehr gut | super | ausgezeichnet |"
    "hervorragend | perfekt | prima | toll"
)

_NOT = r"(?:not|\w+n't)"
_REALLY = "(?:(?:at all|really|remotely|egyaltalan|gar|wirklich|uberhaupt) )?"
DISAGREES = any_of(
    f"{_NOT} {_REALLY}satisfied | {_NOT} {_REALLY}happy | dissatisfied | unsatisfied | unhappy |"
    f"disappointed | disappointing | disagree | {_NOT} agree | unacceptable | {_NOT} accept |"
    f"{_NOT} acceptable |"
    f"{_NOT} resolved | {_NOT} solved | {_NOT} fixed | {_NOT} been resolved | {_NOT} been solved |"
    "cannot accept | cannot agree | refuse to accept | object to | unsatisfactory | not good enough |"
    "decision is wrong | wrong decision | dispute (?:this|that|it|the decision|your decision) |"
    "unresolved | still broken | still (?:not|doesn't|does not|isn't) work(?:ing)? | still waiting |"
    f"nem vagyok {_REALLY}elegedett | nem vagyunk {_REALLY}elegedettek |"
    "elegedetlen | elegedetlenek | nem ertek egyet | nem ertunk egyet | nem fogadom el | nem fogadjuk el |"
    "elfogadhatatlan | csalodott | csalodtam | nem oldottak meg | nem oldodott meg | nincs megoldva |"
    "nem vagyok (?:ezzel|azzal|vele) elegedett | nem vagyok megelegedve | nem tudom elfogadni |"
    "nem tudjuk elfogadni | nem fogadhatom el | nem fogadhato el | nem elfogadhato | vitatom | kifogasolom |"
    "nem ertek (?:ezzel|azzal|vele|onokkel) egyet |"
    "tovabbra sem | meg mindig nem | meg mindig rossz |"
    f"{_REALLY}nicht zufrieden | unzufrieden | nicht einverstanden | enttauscht |"
    r"akzeptiere (?:\w+ ){0,5}nicht | akzeptieren wir (?:\w+ ){0,4}nicht | nicht akzeptieren |"
    r"nicht hinnehmen | nehme (?:\w+ ){1,4}nicht hin | lehne (?:\w+ ){1,5}ab | nicht zufriedenstellend |"
    "inakzeptabel | nicht akzeptabel | nicht gelost | ungelost | immer noch nicht | noch immer nicht |"
    "immer noch kaputt | immer noch defekt | widerspreche"
)

# Says that what is told is no fact, or one of another time.
UNREAL = any_of(
    "if | whether | unless | until | would | could | should | i'd | we'd | was | were | had | used to |"
    "ha | hogyha | amig | mig | lennek | lennenk | lenne | volna | voltam | voltunk | volt |"
    "wenn | falls | ob | bis | ware | waren | wurde | wurden | war"
)

# Says that there is something else besides the praise.
LIMITS = any_of(
    "but | however | although | though | except | unfortunately | only | less | half | again | still |"
    "wrong | broke | broken | once |"
    "de | azonban | viszont | bar | sajnos | csak | kevesbe | felig | ujra | megint | meg | rossz | hibas |"
    "aber | jedoch | allerdings | obwohl | leider | nur | weniger | halb | wieder | noch | kaputt | falsch"
)
