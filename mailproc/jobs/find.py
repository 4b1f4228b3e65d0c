"""Which case does a mail belong to? Looks up what its clues name and lets the pure rules choose."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from mailproc.addressing import DeskAddress, Purpose, reference_of_thread
from mailproc.inbound.matching import Candidate, Clue, Hint, Match, choose, clues
from mailproc.mail import Message
from mailproc.store import casebook, outbox
from mailproc.store.casebook import Found
from mailproc.store.tables import OutboxRow


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The match with the id of its case, or the references that were hinted at without proof."""

    match: Match | None = None
    case_id: int = 0
    hinted: tuple[str, ...] = ()


def find_case(session: Session, message: Message, address: DeskAddress) -> Finding:
    """Return the case that a mail joins, if its clues prove it."""
    found = clues(message, address)
    candidates: list[Candidate] = []
    ids: dict[str, int] = {}

    def add(clue: Clue, results: list[Found]) -> None:
        for result in results:
            ids[result.reference] = result.case_id
            candidates.append(
                Candidate(reference=result.reference, clue=clue, participants=result.participants)
            )

    add(Clue.REPLY_ADDRESS, casebook.find_by_outgoing(session, [token.id for token in found.reply_tokens]))
    returned = [token.id for token in found.return_path_tokens]
    add(Clue.RETURN_PATH, casebook.find_by_outgoing(session, returned))
    own = [token.id for token in found.own_message_tokens if token.purpose is Purpose.MESSAGE_ID]
    add(Clue.OWN_MESSAGE_ID, casebook.find_by_outgoing(session, own))
    threads = [
        reference_of_thread(token) for token in found.own_message_tokens if token.purpose is Purpose.THREAD
    ]
    add(Clue.THREAD_ANCHOR, casebook.find_by_reference(session, threads))
    incoming = casebook.find_by_incoming(session, found.other_ids)
    add(Clue.SPLIT_PARENT, [known for known in incoming if known.split and known.clue in message.in_reply_to])
    add(Clue.KNOWN_MESSAGE_ID, incoming)
    add(Clue.SUBJECT_REFERENCE, casebook.find_by_reference(session, found.subject_references))

    senders = frozenset(address.key for address in message.from_)
    choice = choose(found, candidates, senders)
    if isinstance(choice, Match):
        return Finding(match=choice, case_id=ids[choice.reference])
    if isinstance(choice, Hint):
        return Finding(hinted=choice.references)
    return Finding()


def joined_by(clue: Clue) -> str:
    """What stands with a mail that joined a case by this clue."""
    return f"joined by {clue}"


def answered_letter(session: Session, message: Message, address: DeskAddress) -> OutboxRow | None:
    """Return the letter that a mail answers: by its signed address, else by the Message-ID it replies to.

    References are not asked: the answer to a later letter carries the ids of all earlier ones too.
    """
    tokens = list(clues(message, address).reply_tokens)
    if not tokens:
        named = map(address.read_message_id, message.in_reply_to)
        tokens = [token for token in named if token is not None and token.purpose is Purpose.MESSAGE_ID]
    return outbox.find_by_public_id(session, tokens[0].id) if tokens else None
