"""Which letters are there: to whom, when, what must each say, and which names may its templates use?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterKind:
    """One letter.

    `parts` maps each required part (a named block of the templates) to the name whose value it must
    mention, or None where only words are asked for. `names` says what each name means; those in
    `optional` may be None. `language` is always there too.
    """

    to: str
    when: str
    parts: Mapping[str, str | None]
    names: Mapping[str, str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A letter in words, in one language; not yet a mail."""

    letter: str
    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


LETTERS: Mapping[str, LetterKind] = MappingProxyType(
    {
        "acknowledgement": LetterKind(
            to="the customer",
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
                "desk_name": "the desk as customers know it",
                "desk_address": "the desk's mail address",
                "desk_phone": "a telephone number with what belongs to it, or nothing",
                "reference": "the case reference, such as C-7F3K-9QX2",
                "received_on": "the moment the complaint reached the mailbox",
                "decide_by": "the day by which the customer has an answer",
                "quoted_subject": "the customer's subject; nothing unless the sender is authenticated",
            },
            optional=frozenset({"desk_phone", "quoted_subject"}),
        ),
    }
)

_SUBJECTS = {"en": "My kettle leaks", "hu": "Csöpög a vízforralóm"}
_DESKS = {"en": "Acme Complaints", "hu": "Acme Ügyfélszolgálat"}

_SPECIMEN_VALUES: Mapping[str, object] = MappingProxyType(
    {
        "desk_address": "complaints@example.com",
        "desk_phone": "+36 1 555 0142",
        "reference": "C-7F3K-9QX2",
        "received_on": datetime(2026, 11, 22, 9, 15, tzinfo=UTC),
        "decide_by": date(2026, 11, 24),
    }
)


def specimen(letter: str, language: str) -> dict[str, object]:
    """Return the names of an imagined case, with everything that may be there: for checks and previews."""
    values = {
        **_SPECIMEN_VALUES,
        "desk_name": _DESKS.get(language, _DESKS["en"]),
        "quoted_subject": _SUBJECTS.get(language, _SUBJECTS["en"]),
    }
    return {name: values[name] for name in LETTERS[letter].names}
