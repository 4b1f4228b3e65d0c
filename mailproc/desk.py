"""What is every job given? The desk: built once, shared by all threads."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError

from mailproc.addressing import DeskAddress, Signer
from mailproc.cases.case import Case
from mailproc.cases.policy import Policy
from mailproc.config import load_policy
from mailproc.config.people import PeopleReading
from mailproc.config.policies import stored_policy
from mailproc.inbound.cage import Cage
from mailproc.inbound.classify import Surroundings
from mailproc.mail import address_key
from mailproc.outbound.letters import Letters
from mailproc.people import EMPTY, People
from mailproc.settings import Config, MailboxSettings
from mailproc.store import policies
from mailproc.store.database import Database, is_damage

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


def node_name() -> str:
    """A name for this process that no other process, before or after, has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(kw_only=True)
class Desk:
    """Configuration, database, templates, rules and the clock. Only its people change while it runs."""

    config: Config
    database: Database
    address: DeskAddress
    letters: Letters
    policy: Policy
    cage: Cage
    surroundings: Surroundings
    people: People = EMPTY
    people_file: PeopleReading | None = None  # what they were read from; a daemon looks at it again
    node: str = field(default_factory=node_name)
    clock: Callable[[], datetime] = utc_now
    stopping: threading.Event = field(default_factory=threading.Event)
    damage: list[Exception] = field(default_factory=list)
    earlier_policies: dict[str, Policy] = field(default_factory=dict)  # by digest; `policy_of` fills it

    @property
    def lease(self) -> timedelta:
        return self.config.database.lease

    def give_up_if_damaged(self, error: Exception) -> None:
        """Stop the whole desk when its database is damaged: nothing may be written to it any more."""
        if is_damage(error):
            self.damage.append(error)
            self.stopping.set()

    def adopt(self, people: People) -> None:
        """Let these be the people of the desk from now on. Who is no longer among them is nobody at once."""
        self.people = people
        self.surroundings = replace(self.surroundings, agents=frozenset(people.registered))

    def policy_of(self, case: Case) -> Policy:
        """Return the policy that a case was received under, whatever has become of its file."""
        return self.policy_under(case.policy.digest)

    def policy_under(self, digest: str) -> Policy:
        """Return the policy of a digest.

        A text that cannot be read any more is an error in the log, and `mailproc db check` names it; the
        desk's present policy stands in, because a mail about the case must not be lost for it.
        """
        if digest == self.policy.digest:
            return self.policy
        if digest not in self.earlier_policies:
            self.earlier_policies[digest] = self._stored_policy(digest)
        return self.earlier_policies[digest]

    def _stored_policy(self, digest: str) -> Policy:
        with self.database.reading() as session:
            body = policies.body(session, digest)
        try:
            if body is not None:
                return stored_policy(body)
            error = "it is not stored"
        except ValidationError as fault:
            error = str(fault)
        log.error("policy of cases cannot be read", digest=digest, error=error)
        return self.policy

    def mailbox(self, name: str) -> MailboxSettings | None:
        return next((mailbox for mailbox in self.config.mailboxes if mailbox.name == name), None)


def built(config: Config, database: Database, cage: Cage, *, clock: Callable[[], datetime] = utc_now) -> Desk:
    """Build the desk that the settings describe; it has no people yet. Raises ConfigError or LetterError."""
    address = desk_address(config)
    languages, zone = config.desk.languages, config.desk.zone
    return Desk(
        config=config,
        database=database,
        address=address,
        letters=Letters.load(config.workplace.template_dirs, languages, zone=zone),
        policy=load_policy(config),
        cage=cage,
        surroundings=surroundings(config, address),
        clock=clock,
    )


def desk_address(config: Config) -> DeskAddress:
    """The desk's address with its signer: the present secret signs, the former ones still verify."""
    desk = config.desk
    by_id = {desk.secret_id: desk.secret, **desk.former_secrets}
    signer = Signer({id: secret.get_secret_value().encode() for id, secret in by_id.items()})
    return DeskAddress(desk.address, signer, plus_addressing=desk.plus_addressing)


def surroundings(config: Config, address: DeskAddress) -> Surroundings:
    """What the rules of classification know about us."""
    logins = (mailbox.username for mailbox in config.mailboxes)
    own = frozenset(address_key(login) for login in logins if login and "@" in login)
    return Surroundings(
        desk=address,
        own=own | {address_key(config.desk.address)},
        trusted_authserv_id=config.desk.trusted_authserv_id,
        own_hosts=frozenset(config.desk.own_hosts),
    )
