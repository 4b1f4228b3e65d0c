"""What does an agent want, and may it happen? Her words and commands become events of the case.

Each command is one function in a module beside this one, named in `DEEDS`. All of a mail happens or
nothing: whoever calls `carry_out` takes back what went half way when it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mailproc.inbound.commands import Command, Use, Word
from mailproc.jobs.orders import (
    answering,
    deciding,
    enclosing,
    handling,
    joining,
    looking,
    raising,
    splitting,
    taking_part,
)
from mailproc.jobs.orders.order import Order, Returned, Unconfirmed
from mailproc.store import casebook, relays

__all__ = ["ANSWERED", "DEEDS", "UNDONE", "Order", "Returned", "Unconfirmed", "carry_out"]

# What a command does: to the order's case, with its value, and the words that stand below all commands.
DEEDS: Mapping[Word, Callable[[Order, Command, str], None]] = MappingProxyType(
    {
        Word.NOTE: answering.note,
        Word.REPLY: answering.only_says_what_the_words_are,
        Word.SEND: answering.send,
        Word.STOP: answering.stop,
        Word.TAKE: handling.take,
        Word.ASSIGN: handling.assign,
        Word.PRIORITY: handling.set_priority,
        Word.URGENCY: raising.rate_urgency,
        Word.IMPACT: raising.rate_impact,
        Word.CATEGORY: handling.set_category,
        Word.WAIT: handling.wait,
        Word.EXTEND: raising.extend,
        Word.ESCALATE: raising.escalate,
        Word.CLOSE: handling.close,
        Word.REOPEN: handling.reopen,
        Word.RESOLVE: deciding.resolve,
        Word.ORIGINAL: looking.original,
        Word.CC: taking_part.change,
        Word.FROM: taking_part.has_been_brought_in,
        Word.SPAM: handling.spam,
        Word.MERGE: joining.merge,
        Word.LINK: joining.link,
        Word.SPLIT: splitting.split,
        Word.HISTORY: looking.history,
        Word.FIND: looking.find,
        Word.HELP: looking.show_help,
    }
)

# What is read but cannot be done yet: such a mail comes back, so that nobody believes it was.
UNDONE = frozenset(Word) - DEEDS.keys()

# A plain reply to one of these goes to the customer; to any other letter it is a note.
ANSWERED = frozenset({"new_case", "follow_up", "deadline_near"})

_RELEASED = "released"  # in place of a content key: what a returned letter holds is released once


def carry_out(order: Order) -> None:
    """Do it all. Raises Returned, CommandError, NotAllowed or LetterError with what stands against it.

    Raises Unconfirmed when nothing does but a yes of hers that some of it wants.
    """
    instructions = order.read(UNDONE)
    held = order.relay.held_inbox_id if instructions.get(Word.SEND) else None
    released = held is not None and order.relay.letter == "returned"
    if held is not None and released:
        # She has seen what happened meanwhile and wants her earlier mail to go out as it was.
        if not relays.act_once(order.session, order.relay.outbox_id, _RELEASED, order.inbox_id):
            raise Returned("this mail was released before", ["Nothing is left to do."])
        order.source = held
        order.text = casebook.words_of_mail(order.session, held) or ""
        instructions = order.read(UNDONE)
    use = instructions.use
    if use is Use.ANNOUNCED:
        use = Use.ANSWER if order.relay.stands_for in ANSWERED else Use.NOTE
    words = instructions.words.strip()
    if order.source != order.inbox_id:
        enclosing.refuse_further_files(order)
    if use is Use.ANSWER:
        words = enclosing.enclose(order, words)
    elif instructions.use not in (Use.ANNOUNCED, Use.ON_BEHALF):
        enclosing.say_that_files_stay(order)
    if words and use is Use.ANSWER and not released:
        answering.refuse_what_is_stale(order)
    # Who takes part from now on gets a copy of these words too, wherever the line stands among the others.
    first = [command for command in instructions.commands if command.word is Word.CC]
    for command in first:
        DEEDS[command.word](order, command, words)
    if words and use is Use.ANSWER and not instructions.get(Word.RESOLVE):
        answering.answer(order, words)
    elif words and use is Use.NOTE:
        answering.keep_note(order, words, announced=instructions.use is Use.ANNOUNCED)
    for command in instructions.commands:
        if command not in first:
            DEEDS[command.word](order, command, words)
    if order.to_confirm and not order.confirmed:
        raise Unconfirmed(" ".join(order.to_confirm))
