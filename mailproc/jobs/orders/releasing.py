"""Which words does `#send` let go out: those of a mail that came back, or those of a draft?"""

from __future__ import annotations

from dataclasses import replace

from mailproc.inbound.commands import Instructions, Use, Word
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say
from mailproc.store import casebook, outbox, relays

# What makes the letter of a mail, or belongs to it: the day that a question waits for.
_OF_A_LETTER = frozenset({Word.REPLY, Word.RESOLVE, Word.TEMPLATE, Word.EXTEND, Word.WAIT})

_RELEASED = "released"  # in place of a content key: what a letter holds is released once


def release(order: Order, instructions: Instructions) -> Instructions:
    """Put the held mail in place of the one that releases it, and return what it asks for.

    Raises Returned when it was released before, when a newer draft has replaced it, or when the mail says
    more than `#send`: of two things that she may mean none is done.
    """
    held = order.relay.held_inbox_id
    assert held is not None
    if len(instructions.commands) > 1 or instructions.words.strip():
        raise Returned(
            say("#send lets your earlier words go out as they are, and nothing can be added to them"),
            [say("Answer with #send alone, or with your new words and without #send.")],
        )
    if not relays.act_once(order.session, order.relay.outbox_id, _RELEASED, order.inbox_id):
        raise Returned(say("this mail was released before"), [say("Nothing is left to do.")])
    order.source = held
    order.text = casebook.words_of_mail(order.session, held) or ""
    instructions = order.read()
    # One whose letter was held back after it was carried out has had its effect on the case already.
    carried_out = outbox.was_taken_back(order.session, order.way, order.source)
    if instructions.get(Word.DRAFT):
        if order.case.draft != order.mail and not carried_out:
            raise Returned(
                say("this draft is not the newest one of the case any more, or it was sent"),
                [say("Answer the receipt of the newest draft, or write your words anew.")],
            )
        # What else stood above the draft was done when it was kept.
        return Instructions(words=instructions.words, use=Use.ANSWER)
    if carried_out:
        commands = tuple(command for command in instructions.commands if command.word in _OF_A_LETTER)
        return replace(instructions, commands=commands)
    return instructions


def words_that_came_back(order: Order) -> str:
    """Return the reasons of a `#resolve` that came back for its line, when only the line is sent again.

    The earlier mail takes the place of this one for all but the line: its files go along.
    """
    held = order.relay.held_inbox_id
    if order.relay.letter != "returned" or held is None:
        return ""
    earlier = order.read(mail=held)
    words = earlier.words.strip()
    if not words or not earlier.get(Word.RESOLVE):
        return ""
    order.source = held
    order.text = f"{order.text.strip()}\n\n{words}"
    return words
