"""Which letters go to somebody who works elsewhere, whom an agent asks?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds.kind import DESK, Audience, LetterKind

LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
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
                **DESK,
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
    }
)
