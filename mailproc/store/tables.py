"""What is kept? The tables, as SQLModel classes.

Three kinds of thing live apart, so that the hot tables stay small: work with its state (`inbox`,
`outbox`), what was read (`messages`, `cases`, `history`), and bytes (`raw_messages`, `outgoing`).
Everything that must change together is in one database and so in one transaction.

Datetimes are aware and in UTC (SQLModel refuses naive ones). Closed choices are stored as plain text, so
that a new member needs no migration of a database type.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects import sqlite
from sqlmodel import JSON, Column, Field, SQLModel

# Constraint names must be predictable before the first migration: SQLite alters tables by copying them.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
_Id = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


# Conditions of the partial indexes. Queries use these very texts: SQLite takes a partial index only when
# the condition stands in the query literally, not as a bound value.
WAITING = "state = 'waiting'"
UNFILED = "filed_at IS NULL AND file_to IS NOT NULL"
RESOLVED = "status = 'resolved'"
OPEN_ESCALATION = "ended_at IS NULL AND outside = false"
UNDONE = "done_at IS NULL"
UNSETTLED = "state IN ('queued', 'claimed', 'handed_over', 'held')"  # held: a person decides how it ends


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


def table(row: type[SQLModel]) -> Table:
    """Return the table behind a class, for statements that do not go through the ORM."""
    return SQLModel.metadata.tables[str(row.__tablename__)]


def _id() -> Any:
    return Field(default=None, primary_key=True, sa_type=_Id)


class RawRow(SQLModel, table=True):
    """The bytes of a received mail, once, by their digest; compressed with zstd."""

    __tablename__ = "raw_messages"

    sha256: str = Field(primary_key=True, max_length=64)
    size: int
    body: bytes = Field(sa_type=LargeBinary)


class FolderRow(SQLModel, table=True):
    """One folder of one mailbox as last seen. `since` is its go-live: older mail is taken in silently."""

    __tablename__ = "folders"

    mailbox: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BigInteger)
    since: datetime
    changed_at: datetime
    polled_at: datetime | None = None
    trouble: str | None = Field(default=None, sa_type=Text)


class InboxRow(SQLModel, table=True):
    """One received mail and what became of it: exactly one disposition, sooner or later.

    The transport key (mailbox, folder, uidvalidity, uid) is unique: a stored object is journaled once.
    `state` is `waiting` until the mail has been received into a case or set aside, then `done`.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
        _partial("ix_inbox_waiting", "due_at", "id", where=WAITING),
        _partial("ix_inbox_unfiled", "mailbox", "folder", "uidvalidity", where=UNFILED),
        Index("ix_inbox_disposition", "disposition"),
    )

    id: int | None = _id()
    mailbox: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    raw_sha256: str = Field(foreign_key="raw_messages.sha256", index=True)
    size: int = Field(
        sa_type=BigInteger
    )  # as the server says; larger than the raw when only the header was taken
    complete: bool = True
    silent: bool = False  # no letter may follow from it (older than go-live, or imported)
    sent: bool = False  # the desk had sent it before it had mailproc, as whoever imported it says
    received_at: datetime  # INTERNALDATE: when the mail reached the mailbox
    fetched_at: datetime
    message_id: str | None = Field(default=None, index=True)
    state: str = "waiting"
    due_at: datetime
    attempts: int = 0
    postponed: int = 0
    leased_by: str | None = None
    leased_until: datetime | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    taken_as: str | None = None  # the kind a person gave it, over what the rules say
    confirmed_by: str | None = None  # the agent who said yes to it, from her own mailbox
    disposition: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True, sa_type=BigInteger)
    done_at: datetime | None = None
    file_to: str | None = None
    filed_at: datetime | None = None


class MessageRow(SQLModel, table=True):
    """What was read from a received mail. One row for each inbox row that is done."""

    __tablename__ = "messages"

    inbox_id: int = Field(primary_key=True, foreign_key="inbox.id", sa_type=BigInteger)
    content_key: str = Field(index=True, max_length=64)
    message_id: str | None = None
    subject: str = Field(default="", sa_type=Text)
    from_email: str = ""
    from_key: str = ""
    from_name: str = ""
    text: str = Field(default="", sa_type=Text)
    language: str | None = None
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    defects: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    kind: str
    rule: str
    answer_rule: str = ""
    authenticated: bool = False
    recipients_failed: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class EarlierMailRow(SQLModel, table=True):
    """What a mail that was taken in silently says of its thread. Nothing but simulations reads it."""

    __tablename__ = "earlier_mails"

    inbox_id: int = Field(primary_key=True, foreign_key="inbox.id", sa_type=BigInteger)
    by_desk: bool = False
    by_machine: bool = False
    named: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    addresses: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class CaseRow(SQLModel, table=True):
    """A case as it stands; `history` tells how it came to that."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_next_deadline_at", "next_deadline_at"),
        _partial("ix_cases_resolved", "resolved_at", "id", where=RESOLVED),
        Index("ix_cases_next_warning_at", "next_warning_at"),
        Index("ix_cases_resolved_at", "resolved_at"),
    )

    id: int | None = _id()
    reference: str = Field(unique=True, max_length=11)
    status: str = Field(index=True)
    customer_email: str
    customer_key: str = Field(index=True)
    customer_name: str = ""
    subject: str = Field(default="", sa_type=Text)
    language: str
    mailbox: str
    policy_id: str
    policy_version: str
    policy_digest: str
    received_at: datetime
    opened_at: datetime
    changed_at: datetime
    happened: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    limits: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    clocks: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    next_deadline_at: datetime | None = None
    acknowledgement: str
    unreachable: bool = False
    owner: str | None = Field(default=None, index=True)
    team: str | None = Field(default=None, index=True)
    category: str | None = None
    priority: str = "normal"
    waiting_until: datetime | None = None
    urgency: str | None = None
    impact: str | None = None
    extension: datetime | None = None
    tier: str | None = None
    escalated_to: str | None = Field(default=None, sa_type=Text)  # the names in `escalation`, for lists
    escalation: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    escalated_for: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    hand_offs: int = 0
    questions: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    unanswered: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    cause: str | None = None
    remedy: str | None = None
    amount: str | None = None
    proposal: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    draft: str | None = None
    outcome: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    previous: str | None = None
    copied: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    decided_by: str | None = None
    barred: str | None = None
    warns: bool = True
    warned_until: datetime | None = None
    next_warning_at: datetime | None = None
    merged_into: str | None = Field(default=None, max_length=11)
    split_from: str | None = Field(default=None, max_length=11)
    spam: bool = False


class PolicyRow(SQLModel, table=True):
    """The text of a policy under which cases were received, with its variant and calendar; never changed."""

    __tablename__ = "policies"

    digest: str = Field(primary_key=True, max_length=64)
    id: str
    version: str
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    kept_at: datetime


class ParticipantRow(SQLModel, table=True):
    """An address that takes part in a case, in its compared form."""

    __tablename__ = "participants"

    case_id: int = Field(primary_key=True, foreign_key="cases.id", sa_type=BigInteger)
    address_key: str = Field(primary_key=True, index=True)


class HistoryRow(SQLModel, table=True):
    """One line of a case's history. Written once, never changed."""

    __tablename__ = "history"

    id: int | None = _id()
    case_id: int = Field(foreign_key="cases.id", index=True, sa_type=BigInteger)
    at: datetime
    who: str
    what: str
    text: str = Field(default="", sa_type=Text)
    rule: str = ""
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id", sa_type=BigInteger)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)


class OutboxRow(SQLModel, table=True):
    """One letter on its way. `state` is one of `outbox.State`.

    `letter_key` makes the letter unique, `public_id` is what its Message-ID and addresses carry.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _partial("ix_outbox_unsettled", "due_at", "id", where=UNSETTLED),
        Index("ix_outbox_settled_at", "settled_at"),
        Index("ix_outbox_recipient", "recipient_key", "queued_at"),
    )

    id: int | None = _id()
    public_id: str = Field(unique=True, max_length=13)
    letter_key: str = Field(unique=True)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True, sa_type=BigInteger)
    letter: str
    automatic: bool = True
    is_copy: bool = False  # to somebody who takes part; what becomes of it is not the customer's matter
    recipient: str
    recipient_key: str
    envelope_from: str
    message_id: str = Field(index=True)
    subject: str = Field(default="", sa_type=Text)
    state: str = "queued"
    queued_at: datetime
    due_at: datetime
    attempts: int = 0
    uncertain: int = 0  # how often the answer to the last byte was missed
    leased_by: str | None = None
    leased_until: datetime | None = None
    final_byte_at: datetime | None = None
    settled_at: datetime | None = None
    last_code: int | None = None
    last_reply: str | None = Field(default=None, sa_type=Text)


class OutgoingRow(SQLModel, table=True):
    """The bytes of a letter, exactly as they are sent on every try; compressed with zstd."""

    __tablename__ = "outgoing"

    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id", sa_type=BigInteger)
    size: int
    body: bytes = Field(sa_type=LargeBinary)


class RelayRow(SQLModel, table=True):
    """What makes a letter to an agent a key to one case: whose it is, for what case, until when.

    Without a case it is about a mail of hers that has none, and opens nothing but a new one.

    `seen` is the last history entry of the case that the letter tells of: an answer written to it is stale
    when a customer or a colleague has written since. `stands_for` is the kind of letter that an answer is
    taken to answer. `about_inbox_id` is the customer's mail that it tells of. `held_inbox_id`: the letter is
    about this held mail, which `#send` or a confirmation releases. `author` is the colleague whose words it
    brings. `bundle` are the customer's mails that one letter tells of, oldest first, or asks about before
    they leave the desk. `proposal_inbox_id`: whoever got it was asked to approve the resolution in this mail
    of an agent.
    """

    __tablename__ = "relays"

    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id", sa_type=BigInteger)
    agent: str  # by name: an address may change, and the letter stays hers
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True, sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)
    stands_for: str
    expires_at: datetime
    revoked_at: datetime | None = None
    about_inbox_id: int | None = Field(default=None, foreign_key="inbox.id", sa_type=BigInteger)
    held_inbox_id: int | None = Field(default=None, foreign_key="inbox.id", sa_type=BigInteger)
    author: str | None = None
    bundle: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    proposal_inbox_id: int | None = Field(default=None, foreign_key="inbox.id", sa_type=BigInteger)


class AbsenceRow(SQLModel, table=True):
    """An agent whose mailbox has said that she is away; what her next mail does ends it."""

    __tablename__ = "absences"

    agent: str = Field(primary_key=True)  # by name
    since: datetime
    until: datetime
    inbox_id: int = Field(foreign_key="inbox.id", sa_type=BigInteger)  # the mail that said so


class DeedRow(SQLModel, table=True):
    """A mail that was acted upon for an agent: the same mail to the same relay acts once."""

    __tablename__ = "deeds"

    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id", sa_type=BigInteger)
    content_key: str = Field(primary_key=True, max_length=64)
    inbox_id: int = Field(foreign_key="inbox.id", index=True, sa_type=BigInteger)


class EscalationRow(SQLModel, table=True):
    """Somebody was asked to step in, or somebody outside was asked; how that ended. One is open at a time.

    `rule` is what handed the case up; empty when an agent did. `ended_how` is one of `escalations.Ended`.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        Index(
            "uq_escalations_open",
            "case_id",
            unique=True,
            postgresql_where=text(OPEN_ESCALATION),
            sqlite_where=text(OPEN_ESCALATION),
        ),
        Index("ix_escalations_asked_at", "asked_at"),
    )

    case_id: int = Field(primary_key=True, foreign_key="cases.id", sa_type=BigInteger)
    number: int = Field(primary_key=True)  # from 1, within the case
    kind: str
    rule: str = ""
    from_tier: str | None = None
    to_tier: str | None = None
    target: str = Field(sa_type=Text)  # who was asked, by name
    outside: bool = False
    asked_by: str
    asked_at: datetime
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_how: str | None = None


class SurveyRow(SQLModel, table=True):
    """What became of the question how the customer found a resolution: asked by a letter, or left out.

    One row for each resolution, so that each is looked at once, by whichever daemon comes first.
    """

    __tablename__ = "surveys"

    case_id: int = Field(primary_key=True, foreign_key="cases.id", sa_type=BigInteger)
    resolved_at: datetime = Field(primary_key=True)
    settled_at: datetime
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)
    left_out: str = Field(default="", sa_type=Text)  # why nobody was asked


class SatisfactionRow(SQLModel, table=True):
    """An answer to a survey as it was read. `opinion` is one of `case.Opinion`."""

    __tablename__ = "satisfaction"

    inbox_id: int = Field(primary_key=True, foreign_key="inbox.id", sa_type=BigInteger)
    case_id: int = Field(foreign_key="cases.id", index=True, sa_type=BigInteger)
    outbox_id: int = Field(foreign_key="outbox.id", sa_type=BigInteger)  # the survey it answers
    score: int | None = None  # 1 to 5
    opinion: str
    words: str = Field(default="", sa_type=Text)
    at: datetime


class OptOutRow(SQLModel, table=True):
    """An address that wants no surveys any more. Letters about its cases reach it all the same."""

    __tablename__ = "optouts"

    address_key: str = Field(primary_key=True)
    at: datetime
    inbox_id: int | None = Field(default=None, foreign_key="inbox.id", sa_type=BigInteger)


class DigestRow(SQLModel, table=True):
    """A slot in which a supervisor was due a digest: the letter it led to, or why none was sent.

    One row for each of them, so that each is looked at once, by whichever daemon comes first.
    """

    __tablename__ = "digests"

    supervisor: str = Field(primary_key=True)  # by name
    slot: datetime = Field(primary_key=True)
    made_at: datetime
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)
    left_out: str = Field(default="", sa_type=Text)


class DigestLineRow(SQLModel, table=True):
    """What a number in a digest, or in the letter that answers a reply to one, stands for.

    `seen` is the last history entry of the case when that was written.
    """

    __tablename__ = "digest_lines"

    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id", sa_type=BigInteger)
    number: int = Field(primary_key=True)
    case_id: int = Field(foreign_key="cases.id", sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)


class ReportRow(SQLModel, table=True):
    """A report that a supervisor was sent of a period: one each, by whichever daemon comes first."""

    __tablename__ = "reports"

    supervisor: str = Field(primary_key=True)  # by name
    period: str = Field(primary_key=True)  # such as 2026-W47 or 2026-11
    at: datetime
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)


class ImprovementRow(SQLModel, table=True):
    """What a case taught the desk to do better; it stands in each report until it is done."""

    __tablename__ = "improvements"
    __table_args__ = (_partial("ix_improvements_undone", "id", where=UNDONE),)

    id: int | None = _id()
    case_id: int = Field(foreign_key="cases.id", index=True, sa_type=BigInteger)
    text: str = Field(sa_type=Text)
    who: str
    at: datetime
    done_at: datetime | None = None
    done_by: str | None = None


class LeaseRow(SQLModel, table=True):
    """Who works on something that only one may work on, until when. `fence` grows with each holder."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    holder: str
    fence: int = Field(sa_type=BigInteger)
    expires_at: datetime


class TickRow(SQLModel, table=True):
    """When something that looks at due times has looked last, and whether it has much to catch up with.

    From `stood_since` to `stood_until` nobody looked, and not everybody was told yet of what fell due then.
    """

    __tablename__ = "ticks"

    name: str = Field(primary_key=True)
    at: datetime
    stood_since: datetime | None = None
    stood_until: datetime | None = None


class RequestRow(SQLModel, table=True):
    """Whom the desk is still to ask about a case that the clock has handed up.

    `outbox_id` is the letter that asks about it together with others. The row is gone as soon as a letter
    of its own is queued, or the case's history names that letter.
    """

    __tablename__ = "requests"

    agent: str = Field(primary_key=True)  # by name
    case_id: int = Field(primary_key=True, foreign_key="cases.id", sa_type=BigInteger)
    noted_at: datetime
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)


class LateDutyRow(SQLModel, table=True):
    """What an agent is still to be told of one case after the desk stood still.

    `outbox_id` is the letter that tells of it together with others. The row is gone as soon as a letter of
    its own is queued, or the case's history names that letter.
    """

    __tablename__ = "late_duties"

    agent: str = Field(primary_key=True)  # by name
    case_id: int = Field(primary_key=True, foreign_key="cases.id", sa_type=BigInteger)
    noted_at: datetime
    duties: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", sa_type=BigInteger)
