"""Which letters show a case to an agent, with what the customer wrote and what she can do?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds.kind import AGENT_OPTIONAL, TO_AGENT, Audience, LetterKind

_CASE = {
    **TO_AGENT,
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
_CASE_OPTIONAL = AGENT_OPTIONAL | {
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
    }
)
