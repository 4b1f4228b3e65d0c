"""Which words does `#send` let go out: those of a mail that came back, or those of a draft?"""

from __future__ import annotations

from dataclasses import replace

from mailproc.inbound.classify import Kind
from mailproc.inbound.commands import Instructions, Use, Word
from mailproc.inbound.reply_text import new_words
from mailproc.jobs.orders.order import Order, Returned
from mailproc.sentences import say
from mailproc.store import casebook, outbox, receiving, relays

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


def is_from_outside(order: Order) -> bool:
    """Whether what the answered letter holds was written by somebody outside."""
    held = order.relay.held_inbox_id
    return held is not None and receiving.kind_of(order.session, held) == Kind.OUTSIDE.value


def release_from_outside(order: Order, instructions: Instructions) -> Instructions:
    """Return what goes to the customer: her own words, or else those from outside, with their files.

    Commands in a mail from outside are words like any others. Raises Returned when it was released before, or
    when it is not certain which of its words are new.
    """
    held = order.relay.held_inbox_id
    assert held is not None
    others = tuple(command for command in instructions.commands if command.word is not Word.SEND)
    if not relays.act_once(order.session, order.relay.outbox_id, _RELEASED, order.inbox_id):
        raise Returned(say("this answer was released before"), [say("Nothing is left to do.")])
    if instructions.words.strip():
        return replace(instructions, commands=others, use=Use.ANSWER)
    text = casebook.words_of_mail(order.session, held) or ""
    reading = new_words(text, from_html=False, own_addresses=(order.desk.address.address,))
    if reading.doubtful or not reading.text.strip():
        raise Returned(
            say("it is not certain which words of this answer are new and which were quoted"),
            [say("Write #send and below it, in your own words, what the customer shall know.")],
        )
    order.source = held
    order.text = reading.text
    return Instructions(commands=others, words=reading.text, use=Use.ANSWER)


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
