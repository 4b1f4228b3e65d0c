"""How are the words of a case said in a sentence: status, levels, letters, and what its history has?

The history is stored in English; what stands here is found again in it, and shown to each agent in her own
language. An entry that is not found is shown as it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mailproc.sentences import AFTER_A_NAME, joined, said_again, say


def _by_text(*sentences: str) -> Mapping[str, str]:
    return {str(sentence): sentence for sentence in sentences}


_STATUSES = _by_text(say("new"), say("open"), say("waiting"), say("resolved"), say("closed"))
_LEVELS = _by_text(say("low"), say("normal"), say("medium"), say("high"), say("urgent"))
_LETTERS = _by_text(
    say("acknowledgement"),
    say("reply"),
    say("information_request"),
    say("holding"),
    say("resolution"),
    say("extension"),
    say("survey"),
    say("new_case"),
    say("follow_up"),
    say("colleague_note"),
    say("deadline_near"),
    say("escalation"),
    say("undeliverable"),
    say("approval"),
    say("receipt"),
    say("returned"),
    say("confirm"),
    say("progress"),
    say("handed_up"),
    say("outside_request"),
    say("outside_answer"),
    say("outside_silence"),
    say("escalations"),
)
# What people report, by its word in policies and commands.
HAPPENINGS: Mapping[str, str] = {
    "implemented": say("what was promised is done"),
    "investigated": say("the investigation has ended"),
    "information_received": say("what the customer was asked for has come"),
    "deadlocked": say("the desk can do no more"),
    "regulator_sent": say("a regulator sent the complaint"),
    "objections_ended": say("the time to object has run out"),
    "paused": say("clocks stand still"),
    "resumed": say("clocks run again"),
}
_WHO = _by_text(say("customer"), say("desk"), say("server"), say("machine"))
_WORDS = {**_STATUSES, **_LEVELS, **_LETTERS}
_PLACES = {
    "letter": _LETTERS,
    "urgency": _LEVELS,
    "impact": _LEVELS,
    "happening": _by_text(*HAPPENINGS.values()),
}

# What an entry of the history says that somebody did. Its beginning is who did it.
DEEDS: tuple[str, ...] = (
    "… complaint received",
    "… brought in a complaint that came elsewhere",
    "… note",
    "… wrote to others too, who take part",
    "… continues a closed case",
    "… split off from {reference}",
    "… possibly about",
    "… acknowledgement withheld",
    "… acknowledgement queued",
    "… wrote again, case reopened",
    "… wrote again, stage {number} begins ({title})",
    "… wrote again after the decision",
    "… is content with the decision",
    "… answered",
    "… wrote again",
    "… automatic reply received",
    "… resolution accepted, case resolved",
    "… copy of {letter} accepted",
    "… copy of {letter} could not be sent",
    "… copy of {letter} deferred, will be tried again",
    "… copy of {letter} may have been sent twice or not at all",
    "… copy of {letter} cancelled, it was not sent",
    "… copy of {letter} came back",
    "… copy of {letter} delayed on its way",
    "… {letter} to an agent could not be sent",
    "… {letter} to an agent came back",
    "… {letter} accepted",
    "… {letter} failed, customer not reached",
    "… {letter} cancelled, it was not sent",
    "… {letter} deferred, will be tried again",
    "… {letter} may have been sent twice or not at all",
    "… {letter} delayed on its way",
    "… {letter} bounced, customer not reached",
    "… {letter} not sent to {name}",
    "… {letter} to {name} cannot be made",
    "… kept a draft",
    "… asked the customer",
    "… told the agents what is due",
    "… something is due, and there is nobody to tell",
    "… the clock was ahead, what is due is told anew",
    "… a shorter path was not taken, its time is over",
    "… does by itself what is due",
    "… answered the customer",
    "… answered the customer (information request)",
    "… answered the customer (holding)",
    "… wrote the resolution",
    "… wrote the resolution, in place of the one that waited for approval",
    "… changed who takes part",
    "… proposed a resolution",
    "… proposed another resolution",
    "… approved the resolution of {name}",
    "… rejected the resolution of {name}",
    "… withdrew the resolution of {name}",
    "… takes more time to decide",
    "… escalated to {name}",
    "… nobody is left to be asked",
    "… not escalated again",
    "… asked to step in together with other cases",
    "… asked {name}, outside",
    "… wrote to us from outside",
    "… reminded {name}, outside",
    "… no answer from {name}, outside",
    "… the question to {name} could not be sent",
    "… the question to {name} came back",
    "… the question to {name} is delayed on its way",
    "… told the customer how it stands",
    "… rated: urgency {urgency}",
    "… rated: impact {impact}",
    "… rated: urgency {urgency}, impact {impact}",
    "… reported: {happening}",
    "… took back: {happening}",
    "… given back to the team",
    "… assigned to {name}",
    "… taken",
    "… routed",
    "… classified",
    "… security: an act was refused",
    "… resolved",
    "… asked how the customer found it",
    "… does not ask how the customer found it",
    "… answered the survey",
    "… answered the survey, case reopened",
    "… answered the survey, stage {number} begins ({title})",
    "… stage {number} begins ({title})",
    "… wants no more surveys",
    "… reopened",
    "… closed",
    "… closed as spam",
    "… goes on in {reference}",
    "… took in {reference}",
    "… a mail of the customer is {reference} now",
    "… linked to {reference}",
    "… a mail was returned, nothing was done",
    "… asked {name} to confirm",
    "… said no, and a mail was dropped",
    "… an agent's mail also went to others",
    "… enclosed files",
    "… sent {name} the customer's mail as it came",
    "… {name} is away until {moment}",
)

# What stands in an entry that the desk has made of a mail of the customer.
REMARKS: tuple[str, ...] = (
    "from {address}, an address not known for this case",
    "from {address}, who takes part",
    "says so: {words}",
    "says so: {words}; not to be decided by {name}, who decided before",
    "not to be decided by {name}, who decided before",
    "read at last",
    "the mail is older than the desk, or was imported",
    "the mail names no address that may be answered",
    "this address was sent {number} automatic letters within a day",
    "no letter was to be sent automatically about this case",
    "our mail to the customer came back",
    "the complaint was withdrawn",
    "the time to disagree has run out",
    "the settings say that nobody is asked",
    "the customer wants no surveys",
    "nothing proves that the customer is at this address",
)

# Why a case went up, and why others were asked: an entry has one of these behind the other.
REASONS: tuple[str, ...] = (
    "The customer's mail speaks of danger to people.",
    "The customer's mail speaks of a lawyer, a court or an authority.",
    "The case is rated as urgent and grave enough for you.",
    "The customer asks for somebody higher.",
    "The customer disagrees with the decision, and the case is open again.",
    "The customer was asked how he found the decision, and is not satisfied.",
    "The customer has written {count} times without an answer.",
    "The case has changed its owner {count} times.",
    "The decision was due by {until} and is late.",
    "The decision is due by {until}, and the case is not decided.",
    "The customer should have known by {until} that the complaint arrived.",
    "The customer must know by {until} that the complaint arrived.",
    "What was promised should have been done by {until}.",
    "What was promised must be done by {until}.",
    "The customer should have been told by {until} what came of it.",
    "The customer must be told by {until} what came of it.",
    "The customer should have heard by {until} how it stands.",
    "The customer must hear by {until} how it stands.",
    "The customer wrote after the decision, and by {until} somebody should have said what is asked for.",
    "The customer wrote after the decision, and nobody has said what is asked for. It has to be said by"
    " {until}.",
    "Asked already: {names}.",
    "Nobody stands above.",
    "No answer by {until} from: {names}.",
    "{names} is away.",
    "A mail to {names} came back.",
)
_SENTENCE_ENDS = re.compile(r"(?<=\.) (?=[A-Z])")


def in_words(name: str) -> str:
    """Return a status, a level or the name of a letter as a sentence says it."""
    return _WORDS.get(name, name)


def who_again(name: str) -> str:
    """Return who an entry of the history is about: a person by her name, a machine in words."""
    return _WHO.get(name, name)


def what_again(what: str) -> str:
    """Return what an entry of the history says that somebody did, so that it can be said in any language."""
    return said_again(what, DEEDS, _PLACES)


def text_again(who: str, text: str) -> str:
    """Return the text of an entry, where it is none of a person, so that it can be said in any language."""
    if who not in ("customer", "desk"):
        return text
    again = said_again(text, REMARKS, {})
    return again if again is not text or who == "customer" else _reasons_again(text)


def _reasons_again(text: str) -> str:
    """Return the reasons of which a text is made, one behind the other; the text itself when it is not."""
    pieces, found = _SENTENCE_ENDS.split(text), list[str]()
    while pieces:
        taken = next((count for count in range(1, len(pieces) + 1) if _is_reason(pieces[:count])), 0)
        if not taken:
            return text
        found.append(said_again(" ".join(pieces[:taken]), REASONS, {}))
        pieces = pieces[taken:]
    return joined(" ", found)


def _is_reason(pieces: Sequence[str]) -> bool:
    text = " ".join(pieces)
    return said_again(text, REASONS, {}) is not text


assert all(deed.startswith(AFTER_A_NAME) for deed in DEEDS)
