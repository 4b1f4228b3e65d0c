"""How grave does a new complaint look? The desk's rules, applied to what the customer has newly written."""

from __future__ import annotations

from functools import partial

from mailproc.cases.intake import Rated, Seen, rate
from mailproc.desk import Desk
from mailproc.inbound.signals import has_phrase, read_signals
from mailproc.jobs.written import new_words_of
from mailproc.mail import Message


def rate_complaint(desk: Desk, message: Message, language: str) -> Rated:
    """Return how the rules rate a mail that opens a case."""
    # Read once: where a second reader would see a quotation, words too many only make a person look sooner.
    words = new_words_of(desk, message.text, from_html=message.text_from_html, read_twice=False)
    sender = message.author.email if message.author else ""
    return rate_words(desk, message.subject, words, language=language, sender=sender)


def rate_words(desk: Desk, subject: str, words: str, *, language: str, sender: str) -> Rated:
    """The same for words of a customer that came another way."""
    seen = Seen(
        language=language,
        sender=sender,
        signals=read_signals(subject, words),
        has=partial(has_phrase, subject, words),
    )
    return rate(desk.config.complaints.rating, seen)
