"""Who wrote a mail of the time before mailproc, to whom, and what does it answer?

Read only of mail that is taken in silently. `From` is believed here, because nothing is done about it: it
tells, in a simulation of a policy, when the old desk had answered (`mailproc.cases.earlier`).
"""

from __future__ import annotations

from dataclasses import dataclass

from mailproc.inbound import autoreplies
from mailproc.inbound.classify import Kind, Verdict
from mailproc.inbound.surroundings import Surroundings, addresses_in
from mailproc.mail import Message, address_key

_MOST = 50  # addresses and ids that are kept of one mail (our choice)


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """`named`: the ids that the mail answers, the nearest first. `addresses`, as keys: of a mail of the desk
    those to whom it went, else those where the customer can be answered."""

    by_desk: bool
    by_machine: bool
    named: tuple[str, ...]
    addresses: tuple[str, ...]


def read_earlier(message: Message, verdict: Verdict, surroundings: Surroundings, *, sent: bool) -> Earlier:
    """Read a mail of then. `sent`: whoever imported it says that the old desk had sent it.

    A mail is the desk's by that, or because it comes from an address of the desk or of an agent. A report
    is no answer to anybody, and neither is what an agent's mailbox answers by itself.
    """
    from_agent = any(address.key in surroundings.agents for address in message.from_)
    by_desk = message.report is None and (
        sent or verdict.kind is Kind.LOOP or (verdict.kind is Kind.AGENT and from_agent)
    )
    if by_desk:
        copied = [word for value in message.header_all("bcc") for word in addresses_in(value)]
        people = [*(address.email for address in (*message.to, *message.cc)), *copied]
    else:
        people = [address.email for address in (*message.from_, *message.reply_to)]
    keys = dict.fromkeys(address_key(email) for email in people if not surroundings.is_ours(email))
    named = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    return Earlier(
        by_desk=by_desk,
        by_machine=by_desk and _by_machine(message),
        named=tuple(named)[:_MOST],
        addresses=tuple(keys)[:_MOST],
    )


def _by_machine(message: Message) -> bool:
    """Whether a machine wrote it by its own word (RFC 3834), or by the words of its subject.

    The loop marks of ticket systems say nothing here: they stand on what their people write, too.
    """
    return bool(
        autoreplies.auto_submitted(message)
        or autoreplies.answering_machine(message)
        or autoreplies.automatic_subject(message)
    )
