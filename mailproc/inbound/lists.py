"""Did this mail come to many at once: through a mailing list, or as bulk mail?

Two strengths of evidence. *List evidence* makes the mail list mail, which is no complaint. *Bulk
evidence* only says that nobody should be answered automatically: a web form that sends through a bulk
mail service carries it too, and that is a complaint.
"""

from __future__ import annotations

from mailproc.inbound.surroundings import Surroundings, addresses_in
from mailproc.mail import Message, address_key

LIST_HEADERS = (
    "list-id",
    "list-post",
    "mailing-list",
    "x-mailing-list",
    "x-mailing-list-id",
)  # RFC 2919, 2369
LIST_PRECEDENCES = frozenset({"list", "bulk"})

# RFC 2369 fields that newsletters and notification services add as well, RFC 8058, and the marks of
# the well-known bulk mail services.
BULK_HEADERS = (
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-help",
    "list-subscribe",
    "list-owner",
    "list-archive",
    "feedback-id",
    "x-campaign-id",
    "x-mailgun-sid",
    "x-sg-eid",
    "x-ses-outgoing",
    "x-mandrill-user",
)
PRECEDENCE_HEADERS = ("precedence", "x-precedence", "preference")
BULK_PRECEDENCES = LIST_PRECEDENCES | {"junk"}


def precedences(message: Message) -> tuple[tuple[str, str], ...]:
    """Return (header, value) of everything that says how urgent the mail is not, in lower case."""
    return tuple(
        (name, value.strip().casefold()) for name in PRECEDENCE_HEADERS for value in message.header_all(name)
    )


def list_addresses(message: Message) -> frozenset[str]:
    """Return the keys of the addresses at which the list the mail came through takes posts."""
    values = (value for name in ("list-post", "x-mailing-list") for value in message.header_all(name))
    return frozenset(address_key(address) for value in values for address in addresses_in(value))


def our_own_list(message: Message, surroundings: Surroundings) -> bool:
    """Whether the list is the way into this very desk.

    Many a desk address is a Google group or an alias in a list server. Everything that reaches such a
    desk looks like list mail, and treating it so would lose every complaint (our choice).
    """
    if any(surroundings.is_ours(address) for address in list_addresses(message)):
        return True
    # RFC 2919 makes `complaints@example.com` into `complaints.example.com`.
    ids = {
        value.rpartition("<")[2].rstrip("> ").strip().casefold() for value in message.header_all("list-id")
    }
    own = {*surroundings.own, address_key(surroundings.desk.address)}
    return any(key.replace("@", ".") in ids for key in own)


def list_evidence(message: Message, surroundings: Surroundings) -> str | None:
    """Return what shows that the mail is list mail or a newsletter, or None."""
    if our_own_list(message, surroundings):
        return None
    for name in message.those_of(LIST_HEADERS):
        return f"{name} is present"
    for name, value in precedences(message):
        if value in LIST_PRECEDENCES:
            return f"{name} is {value}"
    if message.has("list-unsubscribe") and message.has("list-unsubscribe-post"):
        return "list-unsubscribe-post is present"  # one-click unsubscribing is for bulk senders only
    return None


def bulk_evidence(message: Message) -> str | None:
    """Return what shows that the mail was not written to us alone, or None."""
    for name in message.those_of((*LIST_HEADERS, *BULK_HEADERS)):
        return f"{name} is present"
    for name, value in precedences(message):
        if value in BULK_PRECEDENCES:
            return f"{name} is {value}"
    return None
