"""Who else did a customer write to? They may write about the complaint too."""

from __future__ import annotations

from mailproc.inbound.surroundings import Surroundings
from mailproc.mail import Message

# Of a mail to half the town, nobody but the first of them takes part (our choice).
COMPANY_LIMIT = 20


def company(message: Message, surroundings: Surroundings) -> tuple[str, ...]:
    """Return the people in To and Cc: neither the author nor the desk nor anybody who works here.

    They are what the mail says and no more. Whoever takes part because of it joins the case by a mere hint,
    and gets no letter: a forger who names himself here must not get our answers.
    """
    known = {address.key for address in message.from_}
    found: dict[str, str] = {}
    for address in (*message.to, *message.cc):
        key = address.key
        stranger = key not in known and key not in surroundings.agents and not surroundings.is_ours(key)
        if "@" in key and stranger:
            found.setdefault(key, address.email)
    return tuple(found.values())[:COMPANY_LIMIT]
