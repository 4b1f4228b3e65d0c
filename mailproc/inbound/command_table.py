"""Which commands may an agent write, how is each spelled, and what does it do?

One table for the code, for the answer to `#help` and for `docs/commands.md`: a new command is a row here
and, when none of the shapes fits its value, a reader in `command_values.py`.
"""

from __future__ import annotations

from mailproc.inbound.command_words import Form, Shape, Use, Who, Word, fold
from mailproc.sentences import say

# Words below a command that is about the desk's own work are for the desk (NOTE); where they could as
# well be for the customer, she has to say (ASK). Only what is about the customer leaves ANNOUNCED alone.
FORMS: tuple[Form, ...] = (
    Form(
        word=Word.REPLY,
        does=say("The words below are the answer to the customer."),
        use=Use.ANSWER,
        aliases=("answer",),
        hu=("válasz",),
        de=("antwort",),
    ),
    Form(
        word=Word.NOTE,
        value=say("[TEXT]"),
        shape=Shape.TEXT,
        does=say("The words, here and below, are an internal note; the customer sees nothing."),
        example=say("#note She rang, too."),
        use=Use.NOTE,
        aliases=("internal",),
        hu=("megjegyzés", "belső"),
        de=("notiz", "intern"),
    ),
    Form(
        word=Word.DRAFT,
        does=say("The words below are kept as a draft of the answer; nothing leaves."),
        use=Use.DRAFT,
        hu=("piszkozat",),
        de=("entwurf",),
    ),
    Form(
        word=Word.SEND,
        value="[now]",
        shape=Shape.NOW,
        does=say("Send the draft; with `now`, send what waits without the undo time."),
        example="#send now",
        use=Use.ASK,
        hu=("küld",),
        de=("senden",),
    ),
    Form(
        word=Word.STOP,
        does=say("Stop the answer that waits to be sent."),
        use=Use.NOTE,
        aliases=("undo",),
        hu=("állj",),
        de=("stopp", "halt"),
    ),
    Form(
        word=Word.TEMPLATE,
        value=say("NAME"),
        shape=Shape.LETTER,
        required=True,
        does=say("Answer the customer with this letter of the desk; words below stand in it."),
        use=Use.ANSWER,
        hu=("sablon",),
        de=("vorlage",),
    ),
    Form(
        word=Word.TAKE,
        does=say("The case is yours."),
        aliases=("mine",),
        hu=("enyém",),
        de=("meins", "übernehmen"),
    ),
    Form(
        word=Word.ASSIGN,
        value=say("AGENT or TEAM or none"),
        shape=Shape.OWNER,
        required=True,
        does=say("Hand the case to a colleague or a team, or to nobody."),
        use=Use.ASK,
        hu=("átad",),
        de=("zuweisen",),
    ),
    Form(
        word=Word.PRIORITY,
        value=say("low or normal or high or urgent"),
        shape=Shape.FOUR_LEVELS,
        required=True,
        does=say("Set how soon the case is worked on."),
        example="#priority high",
        aliases=("prio",),
        hu=("prioritás",),
        de=("priorität",),
    ),
    Form(
        word=Word.URGENCY,
        value=say("low or high [REASON]"),
        shape=Shape.TWO_LEVELS,
        required=True,
        does=say("Rate how pressing it is: expectations, the relation, the law."),
        example=say("#urgency high the law gives her five days"),
        hu=("sürgősség",),
        de=("dringlichkeit",),
    ),
    Form(
        word=Word.IMPACT,
        value=say("low or high [REASON]"),
        shape=Shape.TWO_LEVELS,
        required=True,
        does=say("Rate how much harm it does: severity, people, money."),
        example=say("#impact high all customers of March"),
        hu=("hatás",),
        de=("auswirkung",),
    ),
    Form(
        word=Word.CATEGORY,
        value=say("CATEGORY"),
        shape=Shape.CATEGORY,
        required=True,
        does=say("Say what the complaint is about."),
        hu=("kategória",),
        de=("kategorie",),
    ),
    Form(
        word=Word.WAIT,
        value=say("[customer or other] [TIME]"),
        shape=Shape.WAIT,
        does=say("Wait for the customer (or for somebody else); the case comes back at that time."),
        example="#wait customer 3d",
        hu=("vár",),
        de=("warten",),
    ),
    Form(
        word=Word.EXTEND,
        value=say("TIME REASON"),
        shape=Shape.TIME,
        required=True,
        does=say("Take more time for the answer, for a reason that the customer may read."),
        example=say("#extend 5d the workshop needs the part"),
        hu=("hosszabbít",),
        de=("verlängern",),
    ),
    Form(
        word=Word.ESCALATE,
        value=say("[TIER or NAME] REASON"),
        shape=Shape.ASKED,
        required=True,
        does=say(
            "Ask the next level, or whom you name, to step in; words below go there, not to the customer."
        ),
        example=say("#escalate a refund above my limit"),
        use=Use.NOTE,
        hu=("eszkalál",),
        de=("eskalieren",),
    ),
    Form(
        word=Word.STAGE,
        value=say("NUMBER [REASON]"),
        shape=Shape.STAGE,
        required=True,
        does=say("Begin the next stage of the policy, as the customer asks; words below are for the desk."),
        example=say("#stage 2 she rang and does not agree"),
        use=Use.NOTE,
        hu=("szakasz",),
        de=("stufe",),
    ),
    Form(
        word=Word.RESOLVE,
        value=say("OUTCOME [cause=CAUSE] [remedy=REMEDY] [amount=AMOUNT]"),
        shape=Shape.DECISION,
        required=True,
        does=say("Decide the complaint; the words below are the reasons that the customer gets."),
        use=Use.ANSWER,
        aliases=("solved", "done"),
        hu=("megold", "megoldva"),
        de=("lösen", "gelöst"),
    ),
    Form(
        word=Word.CLOSE,
        value=say("[REASON]"),
        shape=Shape.TEXT,
        does=say("The case is finished."),
        example=say("#close settled on the telephone"),
        use=Use.ASK,
        hu=("lezár",),
        de=("schließen",),
    ),
    Form(
        word=Word.REOPEN,
        value=say("[REASON]"),
        shape=Shape.TEXT,
        does=say("Take up a decided or closed case again."),
        example=say("#reopen the new kettle leaks too"),
        use=Use.ASK,
        hu=("újranyit",),
        de=("wiederöffnen",),
    ),
    Form(
        word=Word.APPROVE,
        value=say("[REMARK]"),
        shape=Shape.TEXT,
        does=say("Let the decision go to the customer that waits for your approval."),
        example="#approve",
        use=Use.NOTE,
        who=Who.APPROVER,
        hu=("jóváhagy",),
        de=("genehmigen",),
    ),
    Form(
        word=Word.REJECT,
        value=say("REASON"),
        shape=Shape.TEXT,
        required=True,
        does=say("Send the decision that waits for your approval back to its agent."),
        example=say("#reject the refund is hers by law"),
        use=Use.NOTE,
        who=Who.APPROVER,
        hu=("elutasít",),
        de=("ablehnen",),
    ),
    Form(
        word=Word.SPAM,
        does=say("This is no complaint but spam; nobody is written to about it."),
        use=Use.NOTE,
    ),
    Form(
        word=Word.MERGE,
        value=say("REFERENCE"),
        shape=Shape.CASE,
        required=True,
        does=say("This case is the same complaint as that one and goes on there."),
        example="#merge C-7F3K-9QXT",
        use=Use.NOTE,
        hu=("összevon",),
        de=("zusammenführen",),
    ),
    Form(
        word=Word.SPLIT,
        does=say("The customer's mail that you answer becomes a case of its own."),
        use=Use.NOTE,
        hu=("szétválaszt",),
        de=("trennen",),
    ),
    Form(
        word=Word.LINK,
        value=say("REFERENCE…"),
        shape=Shape.CASES,
        required=True,
        does=say("Note that the cases have to do with each other."),
        example="#link C-7F3K-9QXT",
        use=Use.NOTE,
        repeats=True,
        hu=("összeköt",),
        de=("verknüpfen",),
    ),
    Form(
        word=Word.CC,
        value=say("+ADDRESS… -ADDRESS…"),
        shape=Shape.ADDRESSES,
        required=True,
        does=say("Let somebody else take part in the case (+), or no longer (-)."),
        example="#cc +lawyer@example.org -ann@example.com",
        who=Who.CONFIRMED,
        repeats=True,
    ),
    Form(
        word=Word.FROM,
        value=say("ADDRESS"),
        shape=Shape.ADDRESS,
        required=True,
        does=say("The words below are a complaint that reached you elsewhere; the case is this customer's."),
        example="#from ann@example.com",
        use=Use.ON_BEHALF,
    ),
    Form(
        word=Word.IMPROVE,
        value=say("TEXT"),
        shape=Shape.TEXT,
        required=True,
        does=say("Note what the desk should do better; it stands in each report until it is done."),
        example=say("#improve ask the workshop before promising a day"),
        use=Use.NOTE,
        hu=("javaslat",),
        de=("verbessern", "verbesserung"),
    ),
    Form(
        word=Word.ORIGINAL,
        does=say("Send me the customer's mail as it came, with what is attached."),
        use=Use.NOTE,
        hu=("eredeti",),
    ),
    Form(
        word=Word.HISTORY,
        does=say("Send me the whole history of the case."),
        use=Use.NOTE,
        hu=("előzmények",),
        de=("verlauf",),
    ),
    Form(
        word=Word.FIND,
        value=say("WORDS"),
        shape=Shape.TEXT,
        required=True,
        does=say("Send me the cases in which these words stand."),
        example=say("#find kettle"),
        use=Use.NOTE,
        hu=("keres",),
        de=("suchen",),
    ),
    Form(
        word=Word.HELP,
        value=say("[COMMAND]"),
        shape=Shape.COMMAND,
        does=say("Send me this list, or what one command does."),
        example="#help resolve",
        use=Use.NOTE,
        hu=("súgó", "segítség"),
        de=("hilfe",),
    ),
)

# Commands that only make sense together with words, and what to say when there are none.
NEEDS_WORDS = {
    Word.REPLY: say("there are no words to send"),
    Word.DRAFT: say("there are no words to keep"),
    Word.NOTE: say("there are no words to keep"),
}

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _spellings(form: Form) -> dict[str, Form]:
    umlauts = (name.casefold().translate(_GERMAN) for name in form.de)
    return {fold(name): form for name in (*form.names, *umlauts)}


FORM_OF: dict[Word, Form] = {form.word: form for form in FORMS}
BY_NAME: dict[str, Form] = {name: form for row in FORMS for name, form in _spellings(row).items()}


def form_named(name: str) -> Form | None:
    """Return the command of this name or alias, in whatever case, with or without accents."""
    return BY_NAME.get(fold(name))
