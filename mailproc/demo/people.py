"""Who plays in the story? The desk, its people, its customers, and some who only pass by."""

from __future__ import annotations

from dataclasses import dataclass

# One for all: the mailboxes are reachable from this machine only and end with the demo.
PASSWORD = "demo"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who writes or is written to. Only who has a mailbox can be visited with a mail program."""

    name: str
    address: str
    role: str
    has_mailbox: bool = True

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


DESK = Person(name="Acme Complaints", address="complaints@acme.example", role="the desk")

NORA = Person(name="Nora Whitfield", address="nora@home.example", role="customer")
ESZTER = Person(name="Galambos Eszter", address="eszter@posta.example", role="customer")
DANIEL = Person(name="Daniel Okoro", address="daniel@office.example", role="customer")

ANA = Person(name="Ana Reyes", address="ana@acme.example", role="agent")
BEN = Person(name="Ben Szabo", address="ben@acme.example", role="agent")
VERA = Person(name="Vera Lindholm", address="vera@acme.example", role="lead of the team")
MARA = Person(name="Mara Quinn", address="mara@acme.example", role="supervisor")

# They work elsewhere and can be asked about a case.
LABORATORY = Person(name="Hallam Laboratory", address="desk@hallam.example", role="asked from outside")

# A mailbox of his own, so that what he is told can be read.
VIKTOR = Person(name="Viktor Sand", address="viktor@stranger.example", role="stranger")

HARRIET = Person(name="Harriet Vance", address="harriet@closed.example", role="customer", has_mailbox=False)
JONAS = Person(name="Jonas Fell", address="jonas@gateway.example", role="customer", has_mailbox=False)
PRESS = Person(
    name="Kitchen Trade Weekly", address="news@trade-weekly.example", role="newsletter", has_mailbox=False
)
POSTMASTER = Person(
    name="Mail Delivery System",
    address="MAILER-DAEMON@mx.closed.example",
    role="mail server",
    has_mailbox=False,
)

MAILBOXES = (DESK, NORA, ESZTER, DANIEL, VIKTOR, ANA, BEN, VERA, MARA, LABORATORY)

# Who works at the desk, as config/people.yaml says it.
STAFF = {
    "agents": [
        {"name": person.name, "address": person.address, "languages": ["en"]} for person in (ANA, BEN, VERA)
    ],
    "supervisors": [{"name": MARA.name, "address": MARA.address, "languages": ["en"]}],
    "outside": [{"name": LABORATORY.name, "address": LABORATORY.address, "languages": ["en"]}],
    "teams": {"front line": {"members": [ANA.name, BEN.name], "lead": VERA.name}},
    "routing": [{"team": "front line"}],
}
