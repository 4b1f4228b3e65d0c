"""Which letters tell an agent what was done or refused, or wait for her yes?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds.kind import AGENT_OPTIONAL, TO_AGENT, Audience, LetterKind

LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
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
                **TO_AGENT,
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
            optional=AGENT_OPTIONAL | {"limit", "category", "remedy", "amount"},
            marked=frozenset({"words"}),
        ),
        "receipt": LetterKind(
            to=Audience.AGENT,
            when="what the agent asked for is done",
            parts={"effect": None, "reference": "reference", "done": "done"},
            names={
                **TO_AGENT,
                "done": "what was done: sentences",
                "words": "what went to the customer, or nothing",
                "draft": "a draft that is kept, or nothing",
            },
            optional=AGENT_OPTIONAL | {"words", "draft"},
            marked=frozenset({"words", "draft"}),
        ),
        "handed_up": LetterKind(
            to=Audience.AGENT,
            when="a case of the reader's, or one about which he or she was asked, goes to somebody else",
            parts={"effect": None, "reference": "reference", "done": "done"},
            names={**TO_AGENT, "done": "what happened and why: sentences"},
            optional=AGENT_OPTIONAL,
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
                **TO_AGENT,
                "reason": "why: one sentence of the desk's",
                "remedies": "what to do about it: sentences",
                "words": "her words, complete; nothing when there are none, or none proved to be hers",
                "since": "what happened in the meantime: as `exchanges`, or nothing",
            },
            optional=AGENT_OPTIONAL | {"since", "reference", "words"},
            marked=frozenset({"words"}),
        ),
        "confirm": LetterKind(
            to=Audience.AGENT,
            when="something that cannot be taken back was asked for, and waits for a yes",
            parts={"effect": None, "reference": "reference", "action": "action", "words": "words"},
            names={
                **{name: meaning for name, meaning in TO_AGENT.items() if name != "does"},
                "action": "what will be done: a sentence, and what belongs to it on lines of its own",
                "words": "what the agent wrote",
            },
            optional=AGENT_OPTIONAL | {"reference"},
            marked=frozenset({"words"}),
        ),
    }
)
