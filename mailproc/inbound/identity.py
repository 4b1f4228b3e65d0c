"""Who is speaking: nobody we know, an agent at our desk, or an agent about one case?

Three things are asked of a mail before it may work a case, and each is worth nothing alone:

* a *registered From*: exactly one author, written in the one way that cannot be read as two people;
* a *domain proof*: our own mail host says that the domain of that address sent the mail (`trust`);
* a *token*: the mail came to the signed address of a letter that we sent to this very agent.

There is no way around the token and none around the other two. A customer's token never helps.

What this cannot know is the caller's business: that the same mail is not carried out twice (the pair of
token and content key decides), that a confirmation is used once (revoke its letter), how often somebody
may try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from mailproc.inbound.carriers import Carriers, carriers, recipients_outside
from mailproc.inbound.surroundings import addresses_in
from mailproc.inbound.trust import Authentication, Result, only_author
from mailproc.mail import Address, Message, address_key
from mailproc.sentences import say

__all__ = [
    "SHARED_DOMAINS",
    "Carriers",
    "Identity",
    "Level",
    "Relay",
    "carriers",
    "identify",
    "recipients_outside",
]

# Where anybody gets a mailbox, the domain proof says little about the person (CERT VU#244112). A mail from
# there works a case, but what a customer would see of it wants a confirmation. Our choice of the well-known.
SHARED_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
        *("outlook.de", "outlook.fr", "outlook.hu", "hotmail.de", "hotmail.fr", "hotmail.co.uk", "live.de"),
        *("yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.co.uk", "yahoo.co.jp", "ymail.com", "rocketmail.com"),
        *("icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "pm.me"),
        *("gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "mail.com", "email.com"),
        *("t-online.de", "freenet.de", "arcor.de", "posteo.de", "mailbox.org", "tutanota.com", "tuta.com"),
        *("freemail.hu", "citromail.hu", "indamail.hu", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net"),
        *("libero.it", "virgilio.it", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "seznam.cz", "centrum.cz"),
        *("azet.sk", "mail.ru", "yandex.ru", "yandex.com", "ukr.net", "qq.com", "163.com", "126.com"),
        *("naver.com", "zoho.com", "zohomail.com", "fastmail.com", "hey.com", "bluewin.ch", "comcast.net"),
    }
)


class Level(IntEnum):
    """How far a mail is trusted; each level has what the one below it has."""

    NOBODY = 0
    KNOWN = 1  # a registered From and its domain's proof: may be told things about itself
    AGENT = 2  # and a token of this agent: may work the case that the token names
    CONFIRMED = 3  # and the token of a one-time confirmation: may do what cannot be undone


@dataclass(frozen=True, kw_only=True, slots=True)
class Relay:
    """The letter to an agent that a token names, as the outbox has it.

    `expires_at` is aware. `message_id` is the id under which the letter left, which some providers replace.
    """

    public_id: str
    agent: str
    case_reference: str
    expires_at: datetime
    revoked: bool
    message_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who speaks, by which rule.

    `rule`, a stable word for the record: `ok`; `other_recipients` (an agent whose words went elsewhere too:
    she is warned and the address replaced); `no_thread`, `shared_domain` (an agent, with a flaw that wants
    confirmation); `not_registered`, `several_froms`, `wrong_from`, `not_authenticated`
    (nobody, or to be confirmed); `no_token`, `forged_token`, `unknown_letter`, `wrong_agent`,
    `carriers_disagree`, `revoked`, `expired` (known, but not for this case).

    `relay` is the letter that a genuine token names, at every level, so that it can be revoked or sent
    anew; only from AGENT on, or with `confirms`, is it leave to do anything. `needs_confirmation`: what a
    customer would see waits until the agent confirms it from the registered address. `confirms`: the mail
    answers such a question. `claims` is the agent whom From names without proof, and who should be told.
    """

    level: Level
    rule: str
    reason: str
    agent: str | None = None
    relay: Relay | None = None
    claims: str | None = None
    needs_confirmation: bool = False
    confirms: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leave:
    """What the carriers are worth for one agent; `given` is whether she may work the case of `relay`."""

    given: bool
    rule: str
    reason: str
    relay: Relay | None = None


def identify(
    message: Message,
    carriers: Carriers,
    relays: Mapping[str, Relay],
    *,
    registered: Mapping[str, str],
    authentication: Authentication,
    now: datetime,
    confirm_mode: bool = False,
) -> Identity:
    """Return who speaks in this mail.

    `relays` holds what is on record about `carriers.public_ids`; `registered` maps address keys to agents.
    `confirm_mode` is for a desk whose mail host checks nothing (a result of none): the mail stays KNOWN at
    best and what it asks for waits for a confirmation. A check that failed is never mended by it.
    """
    claims = _claimed(message, registered)
    held = _first_relay(carriers, relays)
    author = only_author(message)
    agent = _registered_as(author, registered)
    if author is None or agent is None:
        rule, reason = _what_is_wrong(message, author, claims)
        return Identity(level=Level.NOBODY, rule=rule, reason=reason, relay=held, claims=claims)
    leave = _leave_for(agent, message, carriers, relays, now)
    confirms = leave.given and bool(carriers.confirm)
    if authentication.result is not Result.PASS or authentication.domain != author.domain:
        waits = leave.given and confirm_mode and authentication.result is Result.NONE
        return Identity(
            level=Level.KNOWN if waits else Level.NOBODY,
            rule="not_authenticated",
            reason=say("{address} is not proved: {why}", address=author.email, why=authentication.reason),
            agent=agent if waits else None,
            relay=held,
            claims=agent,
            needs_confirmation=waits and not confirms,
            confirms=waits and confirms,
        )
    if not leave.given:
        return Identity(
            level=Level.KNOWN, rule=leave.rule, reason=leave.reason, agent=agent, relay=leave.relay
        )
    if confirms:
        return Identity(
            level=Level.CONFIRMED,
            rule="ok",
            reason=leave.reason,
            agent=agent,
            relay=leave.relay,
            confirms=True,
        )
    flaw = _flaw(message, author, carriers, relays, leave.relay)
    rule, reason = flaw or ("ok", leave.reason)
    if flaw is None and carriers.outside:
        others = ", ".join(carriers.outside[:5])[:200]
        rule, reason = "other_recipients", say("it went to {addresses} as well", addresses=others)
    return Identity(
        level=Level.AGENT,
        rule=rule,
        reason=reason,
        agent=agent,
        relay=leave.relay,
        needs_confirmation=flaw is not None,
    )


def _claimed(message: Message, registered: Mapping[str, str]) -> str | None:
    """Return the first agent whose address From shows anywhere, even as a display name."""
    shown = [address.email for address in message.from_]
    shown += [address for value in message.header_all("from") for address in addresses_in(value)]
    return next((agent for email in shown if (agent := registered.get(address_key(email)))), None)


def _registered_as(author: Address | None, registered: Mapping[str, str]) -> str | None:
    # Folding makes one letter of several (`ſ` and `s`); whose mailbox that is, the domain alone knows.
    return registered.get(author.key) if author is not None and author.email.isascii() else None


def _what_is_wrong(message: Message, author: Address | None, claims: str | None) -> tuple[str, str]:
    written = len(message.header_all("from"))
    if written > 1 or len(message.from_) > 1:
        return (
            "several_froms",
            say(
                "{headers} From headers with {addresses} addresses; one of each is read",
                headers=written,
                addresses=len(message.from_),
            ),
        )
    if author is None or claims is not None:
        return "wrong_from", say("From is not written as one plain address of a person")
    return "not_registered", say("{address} is not registered for an agent", address=author.email)


def _first_relay(carriers: Carriers, relays: Mapping[str, Relay]) -> Relay | None:
    tokens = (*carriers.confirm, *carriers.tokens)
    return next((relays[token.id] for token in tokens if token.id in relays), None)


def _leave_for(
    agent: str, message: Message, carriers: Carriers, relays: Mapping[str, Relay], now: datetime
) -> _Leave:
    """Return whether everything the mail carries gives this agent leave to work one case.

    Whatever carries a proof has to say the same; in doubt none of it counts (our choice).
    """
    tokens = (*carriers.confirm, *carriers.tokens)
    held = _first_relay(carriers, relays)
    if not tokens:
        if carriers.forged:
            return _refused(
                "forged_token", say("{address} is not signed by us", address=carriers.forged[0][:100])
            )
        return _refused("no_token", say("it did not come to an address that we gave to an agent"))
    if missing := next((token.id for token in tokens if token.id not in relays), None):
        return _refused(
            "unknown_letter",
            say("we signed the address, but there is no letter {letter}", letter=missing),
            held,
        )
    assert held is not None
    named = [relays[token.id] for token in tokens]
    if other := next((relay for relay in named if relay.agent != agent), None):
        return _refused(
            "wrong_agent", say("the letter {letter} was for another agent", letter=other.public_id), other
        )
    threads = [relays[id] for id in carriers.threads if id in relays]
    cases = {relay.case_reference for relay in (*named, *threads)} | set(carriers.cases)
    if len(cases) > 1 or any(relay.agent != agent for relay in threads):
        found = ", ".join(sorted(cases))
        return _refused(
            "carriers_disagree",
            say("it names letters of more than one agent or case: {found}", found=found),
            held,
        )
    if carriers.customer:
        return _refused("carriers_disagree", say("it came to the address of a customer's letter too"), held)
    if gone := next((relay for relay in named if relay.revoked), None):
        return _refused(
            "revoked", say("the address of letter {letter} has been revoked", letter=gone.public_id), gone
        )
    if late := next((relay for relay in named if relay.expires_at <= now), None):
        return _refused(
            "expired",
            say(
                "the address of letter {letter} was good until {moment}",
                letter=late.public_id,
                moment=late.expires_at,
            ),
            late,
        )
    return _Leave(
        given=True,
        rule="ok",
        reason=say("the letter {letter} was for {name}", letter=held.public_id, name=agent),
        relay=held,
    )


def _refused(rule: str, reason: str, relay: Relay | None = None) -> _Leave:
    return _Leave(given=False, rule=rule, reason=reason, relay=relay)


def _flaw(
    message: Message, author: Address, carriers: Carriers, relays: Mapping[str, Relay], relay: Relay | None
) -> tuple[str, str] | None:
    """Return what is odd about a mail that is an agent's, as (rule, reason), or None.

    Every thread here is of this agent and case already. A token without a thread may be a fresh mail to an
    address out of the address book, about another case; a leaked one has no thread either.
    """
    answered = {*message.in_reply_to, *message.references}
    if not any(id in relays for id in carriers.threads) and not (relay and relay.message_id in answered):
        return "no_thread", say("it answers none of the letters that she got about the case")
    if author.domain in SHARED_DOMAINS:
        return "shared_domain", say("anybody can have a mailbox at {domain}", domain=author.domain)
    return None
