"""Which letters are about many cases, or the whole desk?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailproc.outbound.kinds.kind import DESK, TO_AGENT, Audience, LetterKind

_TO_SUPERVISOR = {name: DESK[name] for name in ("desk_name", "desk_address")} | {
    "agent_name": TO_AGENT["agent_name"]
}

LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
        "outage": LetterKind(
            to=Audience.AGENT,
            when="the desk stood still for more than an hour, and much fell due for one reader meanwhile",
            parts={"effect": None, "stood": "stood_until", "due": None, "how": None},
            names={
                **{name: meaning for name, meaning in DESK.items() if name != "reference"},
                "agent_name": "the agent this mail is for",
                "stood_since": "when the desk looked at due times last, before it stood still",
                "stood_until": "when it looked again",
                "count": "how many cases it tells of",
                "lines": "the cases, what was due first at the front: each with `reference`, `subject` and"
                " `duties`, as in `deadline_near`",
                "more": "references of further cases, when there are too many to show",
            },
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
