"""Which letters are there: to whom, when, what must each say, and which names may its templates use?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from mailproc.sentences import say


class Audience(StrEnum):
    """Who reads a letter. What is for an agent may tell of the case; what is for a customer is weighed."""

    CUSTOMER = "customer"
    AGENT = "agent"
    OUTSIDE = "contact"  # somebody who works elsewhere and was asked for what he knows


class FileState(StrEnum):
    """What a letter to an agent says about a file of the customer's mail."""

    ATTACHED = "attached"
    TOO_LARGE = "too_large"
    BLOCKED = "blocked"  # opening it might do harm
    KEPT = "kept"  # for another reason it is with the case alone


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterKind:
    """One letter.

    `parts` maps each required part (a named block of the templates) to the name whose value it must
    mention, or None where only words are asked for. `names` says what each name means; those in
    `optional` may be None. `marked` are the names that hold words of others: each of their lines carries
    a mark, so that it cannot pass for a line of ours. `language` is always there too. `offered`: an agent may
    choose it by `#template`; her words stand in it, and it is an answer like `reply`.
    """

    to: Audience
    when: str
    parts: Mapping[str, str | None]
    names: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    offered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A letter in words, in one language; not yet a mail."""

    letter: str
    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


_DESK = {
    "desk_name": "the desk as customers know it",
    "desk_address": "the desk's mail address",
    "reference": "the case reference, such as C-7F3K-9QXT",
}
_TO_CUSTOMER = {
    **_DESK,
    "desk_phone": "a telephone number with what belongs to it, or nothing",
    "quoted_subject": "the customer's subject; nothing unless the sender is authenticated",
}
_TO_AGENT = {
    **_DESK,
    "agent_name": "the agent this mail is for",
    "customer_name": "what the customer calls himself, or nothing",
    "customer_email": "the address an answer goes to, or nothing when there is none",
    "subject": "the customer's subject, or nothing",
    "does": "what a plain reply does: `answer` (the customer gets it) or `note` (only the desk sees it)",
}
_TO_SUPERVISOR = {name: _DESK[name] for name in ("desk_name", "desk_address")} | {
    "agent_name": _TO_AGENT["agent_name"]
}
_CASE = {
    **_TO_AGENT,
    "authenticated": "whether the desk's mail host has proved the sender: true or false",
    "received_on": "the moment the mail reached the mailbox",
    "words": "what was newly written, without what was quoted",
    "attachments": "the files of the mail: each with `name`, `size` in octets, and `state`: attached,"
    " too_large, blocked or kept",
    "status": "where the case stands: new, open, waiting, resolved or closed",
    "category": "what the complaint is about, or nothing",
    "priority": "how soon it wants somebody: urgent, high, normal or low",
    "severity": "how grave the case is: low, medium or high; nothing while nobody has rated it",
    "stage": "at which of the policy's stages it is, and who may not decide it, or nothing",
    "owner": "the agent who owns the case, or nothing",
    "decide_by": "the day by which the customer has an answer",
    "contacts": "how many mails the customer has sent about it, this one included",
    "participants": "who else takes part: their addresses",
    "copied": "those of them who get a copy of every answer and of the decision",
    "exchanges": "what happened before, newest first: each with `at`, `who`, `what` and `text`",
    "commands": "commands to choose from, such as `#note text`",
    "stranger": "who wrote the words, when that address is not known for the case; else nothing",
    "participant": "who wrote the words, when it is somebody who takes part beside the customer;"
    " else nothing",
}

_COPY = {"is_copy": "whether it goes to somebody who takes part, as a copy of what the customer gets"}

_CUSTOMER_OPTIONAL = frozenset({"desk_phone", "quoted_subject"})
_AGENT_OPTIONAL = frozenset({"customer_name", "customer_email", "subject"})
_CASE_OPTIONAL = _AGENT_OPTIONAL | {
    *("category", "severity", "stage", "owner", "decide_by", "stranger", "participant"),
}

_CASE_PARTS: dict[str, str | None] = {
    "effect": None,
    "reference": "reference",
    "customer": "customer_email",
    "sender": None,
    "received_on": "received_on",
    "words": "words",
    "commands": None,
}


def _case_letter(
    when: str,
    *,
    names: Mapping[str, str],
    parts: Mapping[str, str | None],
    optional: frozenset[str] = frozenset(),
) -> LetterKind:
    return LetterKind(
        to=Audience.AGENT,
        when=when,
        parts={**_CASE_PARTS, **parts},
        names={**_CASE, **names},
        optional=_CASE_OPTIONAL | optional,
        marked=frozenset({"words"} | {"reason", "note"} & names.keys()),
    )


LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
        "acknowledgement": LetterKind(
            to=Audience.CUSTOMER,
            when="once, as soon as a complaint has become a case",
            parts={
                "thanks": None,
                "empathy": None,
                "reference": "reference",
                "received_on": "received_on",
                "decide_by": "decide_by",
                "in_hand": None,
                "next_steps": None,
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "received_on": "the moment the complaint reached the mailbox",
                "decide_by": "the day by which the customer has an answer",
            },
            optional=_CUSTOMER_OPTIONAL,
        ),
        "reply": LetterKind(
            to=Audience.CUSTOMER,
            when="an agent has answered, or asked something",
            parts={"words": "words", "reference": "reference", "contact": "desk_address"},
            names={
                **_TO_CUSTOMER,
                **_COPY,
                "words": "what the agent wrote, with its paragraphs",
                "agent_name": "who signs it, or nothing",
                "decide_by": "the day by which the customer has an answer",
            },
            optional=_CUSTOMER_OPTIONAL | {"agent_name", "decide_by"},
        ),
        "information_request": LetterKind(
            to=Audience.CUSTOMER,
            when=say("when something is missing that only the customer knows"),
            parts={
                "thanks": None,
                "words": "words",
                "answer_by": "answer_by",
                "next_steps": None,
                "reference": "reference",
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "words": "what is needed and what for, in the agent's words",
                "answer_by": "the day until which we ask for it",
                "agent_name": "who signs it, or nothing",
            },
            optional=_CUSTOMER_OPTIONAL | {"agent_name"},
            offered=True,
        ),
        "holding": LetterKind(
            to=Audience.CUSTOMER,
            when=say("when the answer takes longer, before the customer has to ask"),
            parts={
                "thanks": None,
                "apology": None,
                "words": "words",
                "answer_by": "answer_by",
                "next_steps": None,
                "reference": "reference",
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "words": "why it takes longer, in the agent's words",
                "answer_by": "the day by which the customer hears from us",
                "agent_name": "who signs it, or nothing",
            },
            optional=_CUSTOMER_OPTIONAL | {"agent_name"},
            offered=True,
        ),
        "resolution": LetterKind(
            to=Audience.CUSTOMER,
            when="the complaint is decided",
            parts={
                "decision": None,
                "reference": "reference",
                "reasons": "reasons",
                "remedy": None,
                "next_steps": None,
                "disagree": "reopen_until",
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                **_COPY,
                "agent_name": "who signs it, or nothing",
                "outcome": "the decision: upheld, partly_upheld, not_upheld, withdrawn or out_of_scope",
                "reasons": "why it was decided so, in the agent's words",
                "remedy": "what is done about it: a key such as refund, or nothing",
                "amount": "how much, in words such as 49 EUR, or nothing",
                "reopen_until": "the day until which a reply reopens the case",
                "external_body": "who else may be asked to look at it, or nothing",
            },
            optional=_CUSTOMER_OPTIONAL | {"agent_name", "remedy", "amount", "external_body"},
        ),
        "extension": LetterKind(
            to=Audience.CUSTOMER,
            when="the decision takes longer than was promised",
            parts={
                "apology": None,
                "new_date": "decide_by",
                "reason": "words",
                "reference": "reference",
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "words": "why it takes longer, in the agent's words",
                "agent_name": "who signs it, or nothing",
                "decide_by": "the later day by which the customer has an answer",
            },
            optional=_CUSTOMER_OPTIONAL | {"agent_name"},
        ),
        "progress": LetterKind(
            to=Audience.CUSTOMER,
            when="somebody else looks at the complaint, or the customer has long heard nothing",
            parts={
                "thanks": None,
                "now": None,
                "next_steps": None,
                "reference": "reference",
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "received_on": "the moment the complaint reached the mailbox",
                "level": "who looks at it now: team, lead or supervisors; nothing when that has not changed",
                "decide_by": "the day by which the customer has an answer; nothing when it has passed",
                "asked": "true when a person has written since the customer did, and perhaps asked something",
                "again": "true when it was decided before, and the case was taken up again",
            },
            optional=_CUSTOMER_OPTIONAL | {"level", "decide_by", "asked", "again"},
        ),
        "survey": LetterKind(
            to=Audience.CUSTOMER,
            when="once, some days after the complaint was decided",
            parts={
                "thanks": None,
                "apology": None,
                "reference": "reference",
                "satisfied": None,
                "scores": None,
                "handling": None,
                "opt_out": None,
                "contact": "desk_address",
            },
            names={
                **_TO_CUSTOMER,
                "score_address": "the signed address that answers go to, or nothing: no buttons",
            },
            optional=_CUSTOMER_OPTIONAL | {"score_address"},
        ),
        "new_case": _case_letter(
            "a complaint has become a case",
            names={
                "others": "other cases of the address: each with `reference`, `status`, `subject`,"
                " `received_on` and `command`, which joins the two"
            },
            parts={},
        ),
        "follow_up": _case_letter(
            "the customer wrote again, once or several times within minutes",
            names={
                "earlier": "mails that are told here too, oldest first: each with `at`, `stranger`,"
                " `participant`, `words`",
                "left_out": "how many still earlier ones stand with the case alone",
                "remarks": "what the mail does to a case that was decided; sentences, or none",
            },
            parts={},
        ),
        "colleague_note": _case_letter(
            "a colleague wrote a note, did something to the reader's case, or has missed a mail about it",
            names={
                "words": "the note, the answer or the reasons; else what the customer wrote last",
                "author": "the colleague",
                "deeds": "what he or she did, the weightiest first: keys such as noted, reported, assigned",
                "kind": "whose words they are: noted, answered, resolved, reported or customer",
                "note": "a note that came with an answer or with reasons, or nothing",
            },
            parts={"author": "author"},
            optional=frozenset({"note"}),
        ),
        "deadline_near": _case_letter(
            "something that the customer must have is due soon, and once more when it is late",
            names={
                "duties": "what is due, the first one first: each with `id`, `due_at` and `overdue`",
                "due_at": "when the first of them is due",
                "remarks": "what follows: which letter is owed, who was asked to step in; sentences, or none",
            },
            parts={"due": "due_at"},
        ),
        "outage": LetterKind(
            to=Audience.AGENT,
            when="the desk stood still for more than an hour, and much fell due for one reader meanwhile",
            parts={"effect": None, "stood": "stood_until", "due": None, "how": None},
            names={
                **{name: meaning for name, meaning in _DESK.items() if name != "reference"},
                "agent_name": "the agent this mail is for",
                "stood_since": "when the desk looked at due times last, before it stood still",
                "stood_until": "when it looked again",
                "count": "how many cases it tells of",
                "lines": "the cases, what was due first at the front: each with `reference`, `subject` and"
                " `duties`, as in `deadline_near`",
                "more": "references of further cases, when there are too many to show",
            },
        ),
        "escalation": _case_letter(
            "a case is handed up, by a colleague or by a rule, and the reader is asked to step in",
            names={
                "why": "why the reader is asked: sentences",
                "reason": "the reason in the colleague's words, or nothing when a rule asks",
                "author": "the colleague who asks, or nothing when a rule does",
                "hand_offs": "how often the case has changed its owner",
                "answer_by": "the moment until which the reader has time; nothing when nobody is left to ask",
                "asks": "what is asked of the reader about a mail after the decision: sentences, or none",
            },
            parts={
                "why": "why",
                "expected": None,
                "answer_by": "answer_by",
                "severity": None,
                "background": "words",
                "verified_facts": None,
                "done_so_far": None,
                "options": "commands",
            },
            optional=frozenset({"reason", "author", "answer_by"}),
        ),
        "escalations": LetterKind(
            to=Audience.AGENT,
            when="many cases go up to the reader at the same moment, in place of a letter about each",
            parts={"effect": None, "ask": None, "how": None, "cases": None},
            names={
                **_TO_SUPERVISOR,
                "agent_name": "whoever is asked to step in",
                "count": "how many cases it tells of",
                "lines": "the cases, what is due first at the front: each with `number`, `reference`,"
                " `subject`, `why` (sentences), `owner` and `answer_by`",
            },
        ),
        "outside_answer": _case_letter(
            "somebody outside whom an agent asked has written, or could not be reached",
            names={
                "words": "what was written, or `-`",
                "outside": "who wrote, as people.yaml names him",
                "says": "what the desk has to say about it: sentences",
            },
            parts={"says": "says", "outside": "outside"},
        ),
        "outside_silence": _case_letter(
            "somebody outside whom an agent asked has not answered in time",
            names={
                "words": "the question, in the words of the agent who asked",
                "outside": "who was asked, as people.yaml names him",
                "author": "the agent who asked",
                "asked_on": "when that was",
                "answer_by": "the moment until which an answer was waited for",
                "says": "what the reader can do now: sentences",
            },
            parts={"says": "says", "outside": "outside"},
        ),
        "undeliverable": _case_letter(
            "a letter to the customer came back",
            names={"words": "what the customer did not get", "reason": "what the mail server said"},
            parts={"reason": "reason"},
        ),
        "approval": LetterKind(
            to=Audience.AGENT,
            when="an agent's decision waits until somebody approves it",
            parts={
                "effect": None,
                "ask": "author",
                "need": None,
                "reference": "reference",
                "customer": "customer_email",
                "decision": None,
                "amount": "amount",
                "words": "words",
            },
            names={
                **_TO_AGENT,
                "author": "the agent who decided it",
                "need": "why it needs approval: amount, currency, unstated or refusal",
                "limit": "above what an offer needs approval, such as 100 EUR, or nothing",
                "outcome": "the decision, as in `resolution`",
                "category": "what the complaint is about, or nothing",
                "cause": "what went wrong",
                "remedy": "what is done about it, or nothing",
                "amount": "how much is offered, in words such as 49 EUR, or nothing",
                "words": "the reasons, as the customer will read them",
                "exchanges": "what happened before, newest first: each with `at`, `who`, `what` and `text`",
            },
            optional=_AGENT_OPTIONAL | {"limit", "category", "remedy", "amount"},
            marked=frozenset({"words"}),
        ),
        "receipt": LetterKind(
            to=Audience.AGENT,
            when="what the agent asked for is done",
            parts={"effect": None, "reference": "reference", "done": "done"},
            names={
                **_TO_AGENT,
                "done": "what was done: sentences",
                "words": "what went to the customer, or nothing",
                "draft": "a draft that is kept, or nothing",
            },
            optional=_AGENT_OPTIONAL | {"words", "draft"},
            marked=frozenset({"words", "draft"}),
        ),
        "handed_up": LetterKind(
            to=Audience.AGENT,
            when="a case of the reader's, or one about which he or she was asked, goes to somebody else",
            parts={"effect": None, "reference": "reference", "done": "done"},
            names={**_TO_AGENT, "done": "what happened and why: sentences"},
            optional=_AGENT_OPTIONAL,
        ),
        "returned": LetterKind(
            to=Audience.AGENT,
            when="a reply was held or refused; nothing was done",
            parts={
                "effect": None,
                "reference": "reference",
                "reason": "reason",
                "remedies": "remedies",
                "words": "words",
            },
            names={
                **_TO_AGENT,
                "reason": "why: one sentence of the desk's",
                "remedies": "what to do about it: sentences",
                "words": "her words, complete; nothing when there are none, or none proved to be hers",
                "since": "what happened in the meantime: as `exchanges`, or nothing",
            },
            optional=_AGENT_OPTIONAL | {"since", "reference", "words"},
            marked=frozenset({"words"}),
        ),
        "outside_request": LetterKind(
            to=Audience.OUTSIDE,
            when="an agent asks somebody outside the desk, and has confirmed what leaves",
            parts={
                "ask": None,
                "words": "words",
                "how_to_answer": None,
                "answer_by": "answer_by",
                "reference": "reference",
                "contact": "desk_address",
            },
            names={
                **_DESK,
                "desk_phone": "a telephone number with what belongs to it, or nothing",
                "outside": "who is asked, as people.yaml names him",
                "agent_name": "the agent who asks",
                "words": "what she asks, in her words",
                "attachments": "the agent's files and the customer's mails that go along: as to agents",
                "answer_by": "the day until which an answer is hoped for",
                "asked_on": "the day on which this was asked before; nothing the first time",
            },
            optional=frozenset({"desk_phone", "asked_on"}),
        ),
        "report": LetterKind(
            to=Audience.AGENT,
            when="a week or a month is over: its figures, to every supervisor",
            parts={"effect": None, "period": "last", "figures": None, "improvements": None},
            names={
                "desk_name": "the desk as customers know it",
                "agent_name": "the supervisor this mail is for",
                "kind": "what the figures are of: week or month",
                "first": "its first day",
                "last": "its last day",
                "sections": "the figures: each section with `name` and `rows`, each row with `name`, `of`,"
                " `value`, `before`, `unit` and `rises`",
                "improvements": "what is to be done better: each with `id`, `reference`, `text`, `who`, `at`",
                "left_out": "how many more of them there are",
            },
            marked=frozenset({"improvements"}),
        ),
        "confirm": LetterKind(
            to=Audience.AGENT,
            when="something that cannot be taken back was asked for, and waits for a yes",
            parts={"effect": None, "reference": "reference", "action": "action", "words": "words"},
            names={
                **{name: meaning for name, meaning in _TO_AGENT.items() if name != "does"},
                "action": "what will be done: a sentence, and what belongs to it on lines of its own",
                "words": "what the agent wrote",
            },
            optional=_AGENT_OPTIONAL | {"reference"},
            marked=frozenset({"words"}),
        ),
        "digest": LetterKind(
            to=Audience.AGENT,
            when="each working morning to every supervisor: what needs somebody, and how the desk does",
            parts={"effect": None, "today": None, "post": None, "trend": None},
            names={
                **_TO_SUPERVISOR,
                "day": "the day of the digest, in the reader's zone",
                "zone": "the IANA name of that zone; all moments of the letter are in it",
                "counts": "what the subject says: `overdue`, `today` and `for_you`",
                "sections": "cases below a heading: each with `id` (today, soon, stuck or above), `more` and"
                " `lines`: `number`, `reference`, `subject`, `why`, `owner`, `to`, `due_at`, `since`",
                "load": "undecided cases of each agent: `name` (nothing: nobody's), `open` and `overdue`",
                "load_more": "how many people besides have undecided cases",
                "post": "the mail of the last day: `received`, `handled`, `not_done`; and what waits:"
                " `waiting`, `quarantined`, `unsure`",
                "trends": "seven days beside those before: each with `id` (received, decided), `now` and"
                " `before`, which have `count`, `percent` and `text`",
                "categories": "what complaints of these days were about: `name`, `now`, `before`, `rises`",
                "causes": "what was found to have gone wrong: as `categories`",
                "enclosed": "how many undecided cases the enclosed file lists",
                "left_out": "how many it does not",
            },
        ),
        "digest_receipt": LetterKind(
            to=Audience.AGENT,
            when="the lines of a reply to a digest are carried out, or some of them not",
            parts={"effect": None, "lines": None},
            names={
                **_TO_SUPERVISOR,
                "warning": "what went wrong with the mail itself: sentences",
                "lines": "each with `number`, `reference` (or nothing), `written`, `done` (true or false) and"
                " `sentences`",
                "words": "what stood below the lines, of which nothing was done, or nothing",
            },
            optional=frozenset({"words"}),
            marked=frozenset({"words"}),
        ),
    }
)

TO_CUSTOMERS = tuple(name for name, kind in LETTERS.items() if kind.to is Audience.CUSTOMER)
