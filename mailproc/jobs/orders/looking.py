"""What does an agent want to see? Commands whose answer stands in the receipt."""

from __future__ import annotations

from collections.abc import Sequence

from mailproc.addressing import find_references
from mailproc.cases.case import HistoryEntry
from mailproc.cases.words import in_words, what_again, who_again
from mailproc.inbound.command_words import fold
from mailproc.inbound.commands import Command, Word, help_lines
from mailproc.jobs.orders.order import Order, Returned
from mailproc.mail import address_key
from mailproc.outbound.bodies import MESSAGE_TYPE, enclosed_message
from mailproc.outbound.quoted import file_size, one_line
from mailproc.sentences import joined, say
from mailproc.store import casebook, journal, originals, related, relays
from mailproc.store.related import CaseInShort

_HISTORY_SHOWN = 50
ORIGINAL_LIMIT = 18_000_000  # bytes: encoded it is the 25 MB that most mail hosts take (our choice)
FOUND_SHOWN = 20
# However large the database, because the only writer is kept waiting meanwhile: about a tenth of a second.
LOOKED_THROUGH = 5000


def original(order: Order, command: Command, words: str) -> None:
    """Let the customer's mail that she answered go along with the receipt, byte for byte."""
    session = order.session
    number = order.relay.about_inbox_id or originals.last_of_case(session, order.case_id)
    mail = originals.original(session, number) if number is not None else None
    if mail is None:
        raise Returned(
            say("the case has no mail of the customer"), [say("Ask a colleague what is known about it.")]
        )
    ask = say("mail number {number}; whoever runs the desk has it", number=mail.id)
    if not mail.complete:
        order.done.append(
            say("Of this mail the desk has the header alone, it was too large ({ask}).", ask=ask)
        )
    raw = journal.raw_of(session, mail.raw_sha256)
    if len(raw) > ORIGINAL_LIMIT:
        size, most = file_size(len(raw), "en"), file_size(ORIGINAL_LIMIT, "en")
        order.done.append(
            say(
                "The customer's mail has {size}; one of more than {most} is not sent ({ask}).",
                size=size,
                most=most,
                ask=ask,
            )
        )
        return
    enclosure = enclosed_message(f"{order.case.reference} mail {mail.id}.eml", raw)
    order.for_her.append(enclosure)
    order.done.append(say("The customer's mail is enclosed as it came, with everything in it."))
    order.done.append(say("Open its files with care: here nothing was held back."))
    if enclosure.content_type != MESSAGE_TYPE:
        order.done.append(say("It is enclosed as a file, because as a mail it would be changed on its way."))
    sent = HistoryEntry(
        at=order.now,
        who="desk",
        what=f"sent {order.agent.name} the customer's mail as it came",
        text=f"mail {mail.id}, sha256 {mail.raw_sha256}",
    )
    casebook.write_history(session, order.case_id, [sent], inbox_id=order.inbox_id)


def history(order: Order, command: Command, words: str) -> None:
    lines = relays.history(order.session, order.case_id, _HISTORY_SHOWN)
    order.done += [
        joined("", (f"{row.at:%Y-%m-%d %H:%M} ", who_again(row.who), ": ", what_again(row.what)))
        for row in lines
    ]


def find(order: Order, command: Command, words: str) -> None:
    """Show the cases that these references name, of this address, or with all these words in the subject."""
    session, wanted = order.session, command.text
    references = find_references(wanted)
    addresses = [word.strip("<>,;") for word in wanted.split() if "@" in word]
    terms = [fold(word) for word in wanted.split() if "@" not in word and not find_references(word)]
    among: str
    if references:
        found, among = related.by_reference(session, references), ""
    elif addresses:
        found = related.of_customer(session, address_key(addresses[0]), LOOKED_THROUGH)
        among = say(" of {address}", address=addresses[0])
    else:
        found = related.newest(session, LOOKED_THROUGH)
        among = say(" among the newest {number}", number=len(found))
    fitting = [case for case in found if _has_all(fold(case.subject), terms)]
    more = say("; here are the newest {number}", number=FOUND_SHOWN) if len(fitting) > FOUND_SHOWN else ""
    parts = {"among": among, "wanted": wanted, "more": more}
    if len(fitting) == 1:
        order.done.append(say("1 case{among} fits “{wanted}”{more}.", **parts))
    else:
        order.done.append(say("{number} cases{among} fit “{wanted}”{more}.", number=len(fitting), **parts))
    order.done += [_in_short(case) for case in fitting[:FOUND_SHOWN]]


def _has_all(subject: str, terms: Sequence[str]) -> bool:
    return all(term in subject for term in terms)


def _in_short(case: CaseInShort) -> str:
    where = (
        say("goes on in {reference}", reference=case.merged_into)
        if case.merged_into
        else in_words(case.status)
    )
    whom = case.customer_email or say("no address")
    return joined("", (case.reference, ", ", where, ", ", whom, f": “{one_line(case.subject)}”"))


def show_help(order: Order, command: Command, words: str) -> None:
    order.done += help_lines(Word(command.choice) if command.choice else None)
