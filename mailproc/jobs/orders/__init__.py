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
    approving,
    asking_outside,
    choosing,
    deciding,
    enclosing,
    handing_up,
    handling,
    improving,
    joining,
    looking,
    raising,
    releasing,
    reporting,
    splitting,
    staging,
    taking_part,
)
from mailproc.jobs.orders.order import Order, Returned, Unconfirmed
from mailproc.sentences import joined, say

__all__ = ["ANSWERED", "DEEDS", "Order", "Returned", "Unconfirmed", "carry_out"]

# What a command does: to the order's case, with its value, and the words that stand below all commands.
DEEDS: Mapping[Word, Callable[[Order, Command, str], None]] = MappingProxyType(
    {
        Word.NOTE: answering.note,
        Word.REPLY: answering.only_says_what_the_words_are,
        Word.DRAFT: choosing.keep_draft,
        Word.SEND: answering.send,
        Word.STOP: answering.stop,
        Word.TEMPLATE: choosing.answer_with_letter,
        Word.TAKE: handling.take,
        Word.ASSIGN: handling.assign,
        Word.PRIORITY: handling.set_priority,
        Word.URGENCY: raising.rate_urgency,
        Word.IMPACT: raising.rate_impact,
        Word.CATEGORY: handling.set_category,
        Word.WAIT: handling.wait,
        Word.EXTEND: raising.extend,
        Word.ESCALATE: handing_up.escalate,
        Word.REMIND: asking_outside.remind,
        Word.STAGE: staging.begin,
        Word.HAPPENED: reporting.report,
        Word.CLOSE: handling.close,
        Word.REOPEN: handling.reopen,
        Word.RESOLVE: deciding.resolve,
        Word.APPROVE: approving.approve,
        Word.REJECT: approving.reject,
        Word.IMPROVE: improving.improve,
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

# A plain reply to one of these goes to the customer; to any other letter it is a note.
ANSWERED = frozenset({"new_case", "follow_up", "deadline_near"})


def carry_out(order: Order) -> None:
    """Do it all. Raises Returned, CommandError, NotAllowed or LetterError with what stands against it.

    Raises Unconfirmed when nothing does but a yes of hers that some of it wants.
    """
    instructions = order.read()
    send = instructions.get(Word.SEND)
    releases = send is not None and order.relay.held_inbox_id is not None
    if releases and releasing.is_from_outside(order):
        instructions = releasing.release_from_outside(order, instructions)
    elif releases:
        instructions = releasing.release(order, instructions)
    order.commands = instructions.commands
    use = instructions.use
    if use is Use.ANNOUNCED:
        use = Use.ANSWER if order.relay.stands_for in ANSWERED else Use.NOTE
    words = instructions.words.strip()
    # These two put the words into a letter of their own.
    own_letter = bool(instructions.get(Word.RESOLVE) or instructions.get(Word.TEMPLATE))
    if not words and instructions.get(Word.RESOLVE):
        words = releasing.words_that_came_back(order)
    if order.source != order.inbox_id:
        enclosing.refuse_further_files(order)
    asks_outside = any(command.outside for command in instructions.commands)
    if use in (Use.ANSWER, Use.DRAFT):
        words = enclosing.enclose(order, words)
    elif not asks_outside and instructions.use not in (Use.ANNOUNCED, Use.ON_BEHALF):
        enclosing.say_that_files_stay(order)
    if use is Use.ANSWER and (words or own_letter):
        answering.refuse_what_is_stale(order)
        if not releases:
            answering.refuse_what_is_elsewhere(order)
    # Who takes part from now on gets a copy of these words too, wherever the line stands among the others.
    first = [command for command in instructions.commands if command.word is Word.CC]
    for command in first:
        DEEDS[command.word](order, command, words)
    if words and use is Use.ANSWER and not own_letter:
        answering.answer(order, words)
    elif words and use is Use.NOTE:
        answering.keep_note(order, words, announced=instructions.use is Use.ANNOUNCED)
    for command in instructions.commands:
        if command not in first:
            DEEDS[command.word](order, command, words)
    if releases and send is not None and send.choice == "now":
        answering.send(order, send, "")
    if order.to_confirm and not order.confirmed:
        raise Unconfirmed(joined("\n", order.to_confirm), order.mails_that_leave)
    if set(order.mails_that_leave) - set(order.relay.bundle):
        again = say("You were not asked about all of these mails, so you are asked again.")
        raise Unconfirmed(joined("\n", (*order.to_confirm, again)), order.mails_that_leave)
