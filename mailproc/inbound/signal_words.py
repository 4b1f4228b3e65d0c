r"""Which words tell that a complaint is about danger, the law, somebody higher, or written in anger?

Written as `phrases.py` compares them: in small letters, without accents, `\w*` for endings. What is missed
only waits its turn like any other complaint, and what is found wrongly is read by a person: so a list holds
what seldom means anything else. "Exploded" is none of them: prices explode, too.
"""

from __future__ import annotations

from mailproc.cases.intake import Signal
from mailproc.inbound.phrases import any_of

# Whom a customer asks for, and how.
_YOUR = "(?:a|an|the|my|your)"
_BOSS = "(?:manager|supervisor|superior|director|boss|ceo|team leader|head of [a-z]+)"
_THE = "(?:(?:a|az) )?"
_WITH_FONOK = (
    "(?:vezetovel|vezetojevel|vezetojukkel|fonokkel|fonokevel|fonokukkel|felettesevel|felettesukkel|"
    "igazgatoval|igazgatojaval)"
)
_WISH = "(?:akarok|akarunk|szeretnek|szeretnenk|kivanok)"
_IHREM = "(?:einem|einen|einer|eine|ihrem|ihren|ihrer|ihre|dem|den|der|die)"
_CHEF = (
    "(?:vorgesetzten|vorgesetzter|chef|chefin|geschaftsfuhrer|geschaftsfuhrung|geschaftsleitung|teamleiter|"
    "teamleitung|filialleiter|leiter)"
)

SIGNALS = {
    Signal.SAFETY: any_of(
        "electric shock | electrocuted | caught fire | burst into flames | in flames | house fire | "
        "gas leak |"
        "smell of gas | carbon monoxide | smoke inhalation | injured | injury | injuries | ambulance |"
        r"hospital | hospitalised | hospitalized | allergic reaction | anaphyla\w* | poisoned | poisoning |"
        r"danger to life | life threatening | life-threatening | safety hazard | unsafe | suicid\w* |"
        "kill myself | end my life | choked | burned my | burnt my | child in danger |"
        r"aramutes\w* | megrazott az aram | kigyulladt | kigyult | langra kapott | tuz keletkezett |"
        r"gazszivargas\w* | gazszag\w* | szen-monoxid\w* | szenmonoxid\w* | megserult\w* | serules\w* |"
        r"mento\w* hivtunk | korhaz\w* | allergias reakcio\w* | mergezes\w* | eletveszely\w* |"
        r"balesetveszely\w* | ongyilkos\w* | megegett a kez\w* | egesi serul\w* |"
        "stromschlag | feuer gefangen | in flammen | in brand geraten | wohnungsbrand | gasgeruch | "
        "gasleck |"
        "kohlenmonoxid | rauchvergiftung | verletzt | verletzung | verletzungen | notarzt | krankenwagen |"
        "krankenhaus | allergische reaktion | vergiftung | vergiftet | lebensgefahr | lebensgefahrlich |"
        r"unfallgefahr | selbstmord | suizid\w* | das leben nehmen"
    ),
    Signal.LEGAL: any_of(
        "solicitor | solicitors | lawyer | lawyers | attorney | barrister | legal action | "
        "legal proceedings |"
        "legal advice | take you to court | see you in court | small claims | county court | "
        "letter before action |"
        "sue you | suing you | ombudsman | trading standards | data protection authority | the regulator |"
        r"ugyved\w* | jogi lepes\w* | jogi ut\w* | birosag\w* | perelni | beperel\w* | pert inditok |"
        r"feljelent\w* | fogyasztovedel\w* | fogyasztovedo\w* | bekelteto testulet\w* | "
        r"hatosag\w* fordul\w* |"
        "anwalt | anwalts | anwaltin | rechtsanwalt | rechtsanwaltin | rechtliche schritte | "
        "rechtsweg | vor gericht |"
        "gerichtlich | verklagen | verklage | klage einreichen | anzeige erstatten | strafanzeige |"
        "verbraucherzentrale | verbraucherschutz | schlichtungsstelle | ombudsmann | ombudsstelle | "
        "aufsichtsbehorde"
    ),
    Signal.HIGHER: any_of(
        f"(?:speak|talk|write|complain|go) (?:to|with) {_YOUR} {_BOSS} | (?:want|need) {_YOUR} {_BOSS} |"
        f"(?:pass|put|hand) (?:this|it|me) (?:on|over|through|up) to {_YOUR} {_BOSS} |"
        "escalate (?:this|it|the matter|the complaint|my complaint) | take (?:this|it) further |"
        "(?:someone|somebody) (?:higher|senior|more senior|in charge) | next stage of your complaints |"
        rf"{_WITH_FONOK} (?:\w+ )?{_WISH} (?:beszelni|targyalni) |"
        rf"{_WISH} {_THE}(?:\w+ )?{_WITH_FONOK} (?:beszelni|targyalni) |"
        rf"(?:tovabbitsak|adjak tovabb|terjesszek) (?:\w+ )?{_THE}(?:vezeto|felettes|fonok|igazgato)\w* |"
        r"magasabb szint\w* | felsobb szint\w* | felsobb vezeto\w* | eszkalal\w* |"
        f"(?:mit|an) {_IHREM} {_CHEF} (?:sprechen|reden|zu sprechen|weiter|weiterleiten) |"
        r"hohere stelle | hoheren stelle | nachsthohere\w* | eskalier\w*"
    ),
    Signal.HOT: any_of(
        "idiots | incompetent | liars | thieves | scammers | crooks | fraudsters | con artists | "
        "shame on you |"
        "disgusting | absolutely disgraceful | sick of you | fed up with you |"
        "szegyelljek magukat | szegyen | csalok | tolvajok | hazugok | idiotak | felhaborito |"
        "frechheit | unverschamtheit | betruger | idioten | lugner | inkompetent | saftladen | eine schande"
    ),
}
