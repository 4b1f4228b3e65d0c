r"""Which words ask for more than a decision, and which only thank for it, in the languages of letters?

Written as `phrases.py` compares them: in small letters, without accents, and no space beside a `|`. What says
outright that somebody is not content stands in `survey_words.py`, whom he turns to in `signal_words.py`.
"""

from __future__ import annotations

from mailproc.inbound.phrases import any_of

# Asks for somebody to look at it again. Whoever asks whether he may, asks for it.
ASKS_MORE = any_of(
    "stage (?:2|two|3|three) | (?:second|next|third) stage |"
    "take (?:this|it|my complaint|the matter) further |"
    r"(?:i|we) (?:\w+ ){0,2}appeal | to appeal | lodge an appeal | internal review |"
    "review (?:of )?(?:this|the|your|that) decision | reconsider (?:this|the|your|that) decision |"
    "(?:look at|investigate) (?:this|it|my complaint) again |"
    "reopen (?:this|my|the) (?:case|complaint) |"
    r"(?:2\.|masodik|kovetkezo) szakasz\w* | fellebbez\w* | felulvizsgal\w* |"
    r"(?:vizsgaljak|nezzek) (?:(?:meg|at) )?(?:\w+ ){0,2}(?:ujra|ismet) |"
    r"(?:2\.|zweite|zweiten|nachste|nachsten) stufe | stufe (?:2|zwei) | widerspruch | berufung einlegen |"
    r"(?:erneut|nochmals|noch einmal) (?:\w+ ){0,2}(?:prufen|uberprufen|ansehen) |"
    r"(?:prufen|uberprufen) (?:\w+ ){0,3}(?:erneut|nochmals|noch einmal) |"
    "(?:erneute|nochmalige) prufung"
)

# Makes it no wish of now: "if it leaks again, I will appeal".
CONDITION = any_of(
    "if | whether | unless | until | once | ha | hogyha | amennyiben | amig | wenn | falls | ob | sollte"
)
# And this asks politely, and sets no condition.
POLITE = any_of(
    "(?:grateful|thankful|appreciate it|know|wondering|ask|wonder) (?:if|whether) |"
    "(?:szeretnem|szeretnenk|orulnek|orulnenk|halas lennek),? ha |"
    "(?:dankbar|freuen|bitten|wissen|schon),? (?:wenn|ob)"
)

_FOR_EN = (
    "(?: for (?:(?:all|all of) )?(?:your|the|this|that) "
    "(?:(?:quick|prompt|kind|fast|swift|good|nice|helpful|new|clear|detailed) )?"
    "(?:help|reply|answer|decision|response|letter|mail|email|e-mail|message|time|support|efforts?|patience|"
    "refund|replacement|work|assistance|information|explanation))?"
)
_FOR_HU = (
    "(?: (?:a|az) (?:(?:gyors|kedves|szives|segitokesz|reszletes) )?"
    r"(?:valasz\w*|segitseg\w*|intezked\w*|level\w*|megoldas\w*|tajekoztatas\w*|dontes\w*|ugyintezes\w*|"
    r"visszajelz\w*))?"
)
_FOR_DE = (
    "(?: fur (?:die|das|den|ihre|ihren|eure|deine) "
    "(?:(?:schnelle|rasche|prompte|freundliche|gute|ausfuhrliche) )?"
    "(?:antwort|hilfe|entscheidung|losung|bearbeitung|ruckmeldung|nachricht|bemuhungen|muhe|"
    "unterstutzung))?"
)
_FINE_EN = (
    "(?:fine|good|great|perfect|ok|okay|in order|settled|sorted|resolved|well|happy|satisfied|pleased|"
    "delighted|excellent)"
)
_FINE_DE = "(?:gut|bestens|in ordnung|erledigt|geklart|prima|super|ok|okay|perfekt)"

# All that stands between two commas of a mail that only thanks.
THANKS = any_of(
    "(?:(?:many )?thanks|thank you)(?: (?:again|so much|very much|a lot|both|all))?"
    f"{_FOR_EN}(?: (?:again|so much|very much))? |"
    "(?:i|we) (?:(?:really|very much) )?appreciate (?:it|that|(?:your|the) (?:help|reply|decision)) |"
    "much appreciated |"
    "(?:that|this|it) (?:settles|solves|resolves|sorts) (?:it|everything|the matter|my complaint|"
    "the problem|the issue)(?: for (?:me|us))? |"
    "(?:(?:(?:that|this|it|everything|all) is|that's|it's|i am|i'm|we are|we're|all|everything) )"
    f"(?:(?:all|now|very|quite|so) )?{_FINE_EN}(?: now)?(?: (?:for me|for us|by me))?"
    "(?: with (?:it|that|this|(?:the|your) (?:decision|answer|solution|outcome|result)))? |"
    "(?:i|we) accept (?:it|this|that|(?:the|your) (?:decision|offer|answer|solution)) |"
    "(?:great|perfect|wonderful|excellent|fine|good|ok|okay|super) |"
    "(?:you|we) can (?:now )?close (?:it|the case|this case|my complaint|the complaint) |"
    "(?:nagyon )?(?:koszonom|koszonjuk|koszi|koszonet)(?: (?:szepen|meg egyszer))?"
    f"{_FOR_HU}(?: szepen)? |"
    "(?:(?:ez|igy|ez igy|nekem|minden|nekem igy|minden igy|most mar minden) )?"
    "(?:rendben|megfelel|tokeletes|jo)(?: van)?(?: igy)?(?: (?:nekem|szamomra))? |"
    "(?:ez )?(?:megoldotta|rendezte) (?:a dolgot|a problemat|az ugyet) |"
    "(?:az ugy )?(?:megoldodott|rendezodott|lezarhato) | lezarhatjak(?: az ugyet)? |"
    "(?:elfogadom|elfogadjuk)(?: (?:a dontest|a valaszt|az ajanlatot|a megoldast))? |"
    "elegedett vagyok(?: a (?:dontessel|valasszal|megoldassal))? |"
    "(?:kivalo|szuper|remek|nagyszeru) |"
    f"(?:danke|dankeschon|(?:vielen|herzlichen|besten) dank)(?: (?:schon|sehr))?{_FOR_DE} |"
    "(?:(?:damit|so|das|es|alles|jetzt|nun) )?(?:ist )?(?:(?:das|es|die sache|fur mich|jetzt|alles) )?"
    f"{_FINE_DE}(?: so)?(?: fur (?:mich|uns))? |"
    "(?:das|so|alles) passt(?: so)?(?: fur (?:mich|uns))? |"
    "(?:ich bin|wir sind|bin) (?:(?:sehr|damit|nun|jetzt) ){0,2}"
    "(?:mit (?:der|ihrer) (?:entscheidung|losung|antwort) )?(?:zufrieden|einverstanden) |"
    "ich akzeptiere (?:das|es|die entscheidung|ihre entscheidung) | ich nehme (?:das|ihr) angebot an"
)

# What stands in front of the words, and behind them with a name.
GREETS = any_of(
    "hello | hi | dear | good (?:morning|afternoon|evening|day) | tisztelt | kedves | szia | udv |"
    "jo (?:napot|reggelt|estet)(?: kivanok)? | hallo | guten (?:tag|morgen|abend) |"
    "sehr geehrte | sehr geehrter | sehr geehrtes | liebe | lieber | liebes | gruss gott"
)
CLOSES = any_of(
    "best regards | kind regards | warm regards | regards | best wishes | all the best | best |"
    "yours sincerely | yours faithfully | yours | sincerely | cheers |"
    "udvozlettel | tisztelettel | koszonettel | udv | szep napot |"
    "mit freundlichen grussen | mit freundlichem gruss | freundliche grusse | viele grusse | beste grusse |"
    "liebe grusse | schone grusse | mfg | lg | vg"
)
