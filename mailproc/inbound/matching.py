"""Which case does this mail belong to?

`clues` reads from the mail what could tell; the caller looks up which cases that leads to, and `choose`
decides among them. A verified token is a proof that we sent something to whoever got hold of it: it
joins the case, and whether the sender is known there is said beside it. Everything else, a reference in
the subject or an id of somebody else's mail, is a hint that counts only from people who take part in
the case. The words of a subject never count, and neither does From alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproc.addressing import DeskAddress, Purpose, Token, find_references
from mailproc.inbound.surroundings import recipients
from mailproc.mail import Message


class Clue(StrEnum):
    """What led to a case, the strongest first."""

    # In-Reply-To names a mail that was made a case of its own since: what the mail says besides, and the
    # address that its writer's program took from that mail, is about the case that it was taken out of.
    SPLIT_PARENT = "split_parent"
    REPLY_ADDRESS = "reply_address"  # the signed address that a letter asked to be answered at
    RETURN_PATH = "return_path"  # the signed envelope sender of a letter; vacation programmes answer there
    OWN_MESSAGE_ID = "own_message_id"  # the signed Message-ID of a letter
    THREAD_ANCHOR = "thread_anchor"  # the signed anchor of a case that every letter's References carry
    KNOWN_MESSAGE_ID = "known_message_id"  # an id of somebody else's mail that we have received
    SUBJECT_REFERENCE = "subject_reference"  # `[C-7F3K-9QXT]`, which anybody can write


_STRENGTH = {clue: place for place, clue in enumerate(Clue)}
_PROOFS = frozenset({Clue.REPLY_ADDRESS, Clue.RETURN_PATH, Clue.OWN_MESSAGE_ID, Clue.THREAD_ANCHOR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Clues:
    """What a mail says about where it belongs. All tokens here are verified; nothing else has been.

    `reply_tokens`, `return_path_tokens`: from the addresses it came to, envelope side first.
    `own_message_tokens` (MESSAGE_ID and THREAD) and `other_ids`: from In-Reply-To, then from
    References, newest first. `other_ids` keep their angle brackets, as `Message` has them.
    """

    reply_tokens: tuple[Token, ...] = ()
    return_path_tokens: tuple[Token, ...] = ()
    own_message_tokens: tuple[Token, ...] = ()
    other_ids: tuple[str, ...] = ()
    subject_references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A case that a clue leads to, and the address keys of those who take part in it."""

    reference: str
    clue: Clue
    participants: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The mail belongs to this case. `known_sender`: its sender takes part in it."""

    reference: str
    clue: Clue
    known_sender: bool
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """The mail names these cases, but its sender takes no part in them: a new case, for a person to see.

    Nothing about the hint may reach the sender, or numbers could be tried out.
    """

    references: tuple[str, ...]
    why: str


def clues(message: Message, desk: DeskAddress) -> Clues:
    """Return what the mail says about the case it belongs to. Only its headers are read, never its text."""
    addressed = [token for address in recipients(message) if (token := desk.read_address(address))]
    own: list[Token] = []
    other: list[str] = []
    for message_id in (*message.in_reply_to, *reversed(message.references)):
        token = desk.read_message_id(message_id)
        if token is None:
            other.append(message_id)
        elif token.purpose in {Purpose.MESSAGE_ID, Purpose.THREAD}:
            own.append(token)
    return Clues(
        reply_tokens=_with_purpose(addressed, Purpose.REPLY),
        return_path_tokens=_with_purpose(addressed, Purpose.RETURN_PATH),
        own_message_tokens=tuple(dict.fromkeys(own)),
        other_ids=tuple(dict.fromkeys(other)),
        subject_references=find_references(message.subject),
    )


def choose(clues: Clues, candidates: Sequence[Candidate], sender_keys: frozenset[str]) -> Match | Hint | None:
    """Return the case the mail belongs to, a hint for a person, or None for a new case.

    `candidates` stand in the order of the clues that led to them; among equally strong ones the first
    wins, so the newest mail does. A candidate whose clue the mail does not carry is not considered.
    `sender_keys` are compared exactly: a part of an address is another address.
    """
    carried = _carried(clues)
    ranked = sorted((c for c in candidates if c.clue in carried), key=lambda c: _STRENGTH[c.clue])
    joined = next((c for c in ranked if c.clue in _PROOFS or c.participants & sender_keys), None)
    if joined is None:
        return _hint(ranked)
    others = dict.fromkeys(f"{c.reference} by {c.clue}" for c in ranked if c.reference != joined.reference)
    disagreement = f"; other clues say {', '.join(others)}" if others else ""
    return Match(
        reference=joined.reference,
        clue=joined.clue,
        known_sender=bool(joined.participants & sender_keys),
        reason=f"{joined.clue} leads to {joined.reference}{disagreement}",
    )


def _hint(ranked: Sequence[Candidate]) -> Hint | None:
    if not ranked:
        return None
    named = ", ".join(dict.fromkeys(c.clue.value for c in ranked))
    return Hint(
        references=tuple(dict.fromkeys(c.reference for c in ranked)),
        why=f"named by {named}, but the sender takes no part",
    )


def _carried(clues: Clues) -> frozenset[Clue]:
    own = {token.purpose for token in clues.own_message_tokens}
    present = {
        Clue.SPLIT_PARENT: bool(clues.other_ids),
        Clue.REPLY_ADDRESS: bool(clues.reply_tokens),
        Clue.RETURN_PATH: bool(clues.return_path_tokens),
        Clue.OWN_MESSAGE_ID: Purpose.MESSAGE_ID in own,
        Clue.THREAD_ANCHOR: Purpose.THREAD in own,
        Clue.KNOWN_MESSAGE_ID: bool(clues.other_ids),
        Clue.SUBJECT_REFERENCE: bool(clues.subject_references),
    }
    return frozenset(clue for clue, is_there in present.items() if is_there)


def _with_purpose(tokens: Sequence[Token], purpose: Purpose) -> tuple[Token, ...]:
    return tuple(dict.fromkeys(token for token in tokens if token.purpose is purpose))
