"""Which letters does a customer get?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds.kind import DESK, Audience, LetterKind
from mailproc.sentences import say

_TO_CUSTOMER = {
    **DESK,
    "desk_phone": "a telephone number with what belongs to it, or nothing",
    "quoted_subject": "the customer's subject; nothing unless the sender is authenticated",
}
_COPY = {"is_copy": "whether it goes to somebody who takes part, as a copy of what the customer gets"}
_CUSTOMER_OPTIONAL = frozenset({"desk_phone", "quoted_subject"})

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
    }
)
