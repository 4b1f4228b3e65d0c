"""What may an operator set? The shape of config/mailproc.yaml, frozen and checked.

Key, meaning and default stand here, in `config/README.md` and in the JSON schema that editors use; a test
keeps the three together. Reading files and the environment is the work of `mailproc/config/`.

A check that needs two settings stands at the later of the two and reads the earlier one from `info.data`:
so its fault names one key, and is found together with all others.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from mailproc.addressing import LOCAL_PART_LIMIT, TOKEN_LENGTH
from mailproc.cases.intake_rules import DEFAULT_RULES, RatingRule
from mailproc.setting_types import (
    Amount,
    Contradiction,
    Duration,
    EmailAddress,
    Settings,
    Size,
    WholeNumber,
    Words,
    as_list,
    at_most_size,
    between,
    check_host,
    parse_since,
    text_keys,
)
from mailproc.slots import WORKING_MORNINGS, check_timetable
from mailproc.workplace import Workplace

# The eight causes of complaints that the literature lists, and two that every desk meets besides.
_CAUSES = (
    "promise",
    "service",
    "handoff",
    "rude",
    "channel",
    "listening",
    "cost",
    "quality",
    "delay",
    "other",
)


class Security(StrEnum):
    """How the connection is protected. There is no switch that turns verification off."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() in {"localhost", "localhost.localdomain", "ip6-localhost"}


class _Server(Settings):
    host: Annotated[str, AfterValidator(check_host)] = Field(
        min_length=1, description="Name or address of the server."
    )
    port: WholeNumber | None = Field(
        default=None, ge=1, le=65535, description="Default: the standard port of the protocol and security."
    )
    security: Security = Field(
        default=Security.TLS, description="tls, starttls, or plain (refused unless the host is loopback)."
    )
    username: str | None = Field(default=None, min_length=1, description="Login name.")
    password: SecretStr | None = Field(
        default=None, min_length=1, description="Better kept in a secret file or the environment than here."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file with the certificate authority to trust."
    )

    @field_validator("security")
    @classmethod
    def _plain_only_on_loopback(cls, value: Security, info: ValidationInfo) -> Security:
        host = info.data.get("host")
        if value is Security.PLAIN and host is not None and not is_loopback(host):
            raise Contradiction(f"plain, but {host} is not this machine", "use tls or starttls")
        return value

    @field_validator("ca_file")
    @classmethod
    def _ca_file_exists(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None or not isinstance(info.context, Workplace):
            return value
        path = info.context.absolute(value)
        if not path.is_file():
            raise Contradiction(f"{value}, and there is no file {path}", "name a PEM file")
        return path


class MailboxSettings(_Server):
    """One IMAP mailbox that is read."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$",
        max_length=32,
        description="Short name for logs, commands and secrets: small letters, digits, `-`, `_`.",
    )
    # Redeclared because an IMAP server cannot be read without a login.
    username: str = Field(min_length=1, description="Login name.")
    password: SecretStr = Field(
        min_length=1, description="Better kept in a secret file or the environment than here."
    )
    folder: str = Field(default="INBOX", min_length=1, description="The folder that is read.")
    filed: str = Field(default="Processed", min_length=1, description="Where received mail is moved.")
    quarantine: str = Field(default="Quarantine", min_length=1, description="Where unreadable mail is moved.")
    poll: Annotated[Duration, between("1s", "5m")] = Field(
        default=timedelta(seconds=60),
        description="Time between two looks at the folder, 1s to 5m: the safety net under IDLE.",
    )
    idle: bool = Field(default=True, description="Be told of new mail at once where the server can (IDLE).")
    accept_since: Annotated[Literal["go-live", "all"] | date, BeforeValidator(parse_since)] = Field(
        default="go-live",
        description="Mail older than this is taken in silently: no letters. go-live, all, or a date.",
    )
    size_limit: WholeNumber = Field(
        default=40_000_000, ge=10_000, description="Bytes; of a larger mail only the header is taken."
    )
    timeout: Annotated[Duration, between("1s", "10m")] = Field(
        default=timedelta(seconds=60), description="Time one IMAP answer may take."
    )

    @field_validator("quarantine")
    @classmethod
    def _three_folders(cls, value: str, info: ValidationInfo) -> str:
        folders = [info.data.get("folder"), info.data.get("filed"), value]
        # INBOX alone is the same in any case (RFC 3501 section 5.1).
        known = ["INBOX" if name.upper() == "INBOX" else name for name in folders if name is not None]
        if len(set(known)) != len(known):
            raise Contradiction(
                f"folder, filed and quarantine are {', '.join(known)}", "name three different folders"
            )
        return value

    @property
    def actual_port(self) -> int:
        return self.port or (993 if self.security is Security.TLS else 143)


class SmtpSettings(_Server):
    """The submission server through which every letter leaves."""

    timeout: Annotated[Duration, between("1s", "10m")] = Field(
        default=timedelta(seconds=60), description="Time one SMTP answer may take."
    )
    per_minute: WholeNumber = Field(
        default=0, ge=0, description="Most letters a minute; 0 sends as fast as the server takes them."
    )

    @field_validator("password")
    @classmethod
    def _login_is_complete(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "username" in info.data and (info.data["username"] is None) != (value is None):
            missing = "password" if value is None else "username"
            raise Contradiction(f"a login without {missing}", "give username and password, or neither")
        return value

    @property
    def actual_port(self) -> int:
        if self.port:
            return self.port
        return {Security.TLS: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[self.security]


class DatabaseSettings(Settings):
    """Where everything is kept."""

    # The address may hold a password: `repr=False` keeps it out of tracebacks and of fault texts.
    url: str = Field(
        default="sqlite:///mailproc.db",
        repr=False,
        description="sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME for several daemons.",
    )
    lease: Annotated[Duration, between("2s", "10m")] = Field(
        default=timedelta(seconds=60),
        description="How long work stays with a daemon that has gone silent before another takes it over.",
    )

    @field_validator("url")
    @classmethod
    def _known_engine(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith(("postgresql://", "postgresql+psycopg://")):
            return value
        scheme, found, file = value.partition("sqlite:///")
        if scheme or not found:
            raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        if not file or ":memory:" in file:
            raise ValueError("name a file after sqlite:///, or all mail is lost when the daemon stops")
        if isinstance(info.context, Workplace):
            return f"sqlite:///{info.context.absolute(Path(file))}"
        return value


_SECRET_LENGTH = 32
_SECRET_ID = re.compile(r"[a-z0-9]")


class DeskSettings(Settings):
    """Who the desk is."""

    name: str = Field(min_length=1, max_length=80, description="As customers know it: Acme Complaints.")
    address: EmailAddress = Field(
        description="The address complaints are sent to; every letter comes from it."
    )
    time_zone: str = Field(default="UTC", description="IANA name; dates in letters are in this zone.")
    languages: Annotated[
        tuple[Literal["en", "hu", "de"], ...],
        BeforeValidator(as_list),
    ] = Field(
        default=("en",), min_length=1, description="Languages of letters; the first one is the fallback."
    )
    secret: SecretStr = Field(
        min_length=_SECRET_LENGTH,
        description="At least 32 characters; signs reply addresses. Written by mailproc init.",
    )
    secret_id: Annotated[
        str, BeforeValidator(lambda v: str(v) if isinstance(v, int) and not isinstance(v, bool) else v)
    ] = Field(
        default="1",
        description="The secret's id, one of a-z and 0-9; every signature names it. A new secret, a new id.",
    )
    former_secrets: Annotated[dict[str, SecretStr], BeforeValidator(text_keys)] = Field(
        default={},
        description="Earlier secrets by their ids: mail signed with one of them is still recognised.",
    )
    plus_addressing: bool = Field(
        default=True,
        description="Whether mail to address+anything@ arrives; else signed Message-IDs are used.",
    )
    trusted_authserv_id: str | None = Field(
        default=None,
        min_length=1,
        description="The authserv-id our own mail host stamps; none: nobody counts as authenticated.",
    )
    own_hosts: tuple[str, ...] = Field(
        default=(),
        description="Further names of our mail hosts, each with all below it, as their Received lines say.",
    )
    policy: str = Field(
        default="generic-24h",
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="Which file of config/policies applies.",
    )
    policy_variant: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="Which of the policy's variants applies; none: its plain rules.",
    )
    calendar: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="Which file of config/calendars counts business days; none: the policy's own.",
    )
    phone: str | None = Field(
        default=None, max_length=60, description="Shown in letters as a further contact."
    )
    acks_per_sender_per_day: WholeNumber = Field(
        default=4, ge=1, description="Most automatic letters to one address in 24 hours."
    )
    acks_per_hour: WholeNumber = Field(
        default=10_000,
        ge=1,
        description="Most automatic letters of the desk in an hour; beyond that they wait, none is dropped.",
    )
    uncertain: Literal["resend", "hold"] = Field(
        default="resend",
        description="What happens to a letter whose delivery was cut off after its last byte.",
    )
    undo_window: Annotated[Duration, between("0s", "15m")] = Field(
        default=timedelta(minutes=2),
        description="How long an agent's answer waits so that she can stop it, 0s to 15m.",
    )
    agent_confirm: bool = Field(
        default=False,
        description="Agents whose mail host proves no sender confirm each answer by one more mail.",
    )
    agent_token_days: WholeNumber = Field(
        default=30,
        ge=1,
        le=365,
        description="How many days an agent can work a case by replying to the same mail.",
    )
    agent_files: Annotated[Size, at_most_size("25MB")] = Field(
        default=10_000_000,
        description="Most of a customer's files in one letter to an agent, 0 to 25MB; 0: only their names.",
    )
    customer_files: Annotated[Size, at_most_size("50MB")] = Field(
        default=15_000_000,
        description="Most of an agent's files in one letter to the customer, 0 to 50MB; 0: none may go.",
    )

    bundle_window: Annotated[Duration, between("0s", "15m")] = Field(
        default=timedelta(minutes=10),
        description="Within this time of a letter to an agent, further mails of a customer are told in one.",
    )

    @field_validator("secret_id")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if not _SECRET_ID.fullmatch(value):
            raise ValueError("write one small letter or digit")
        return value

    @field_validator("former_secrets")
    @classmethod
    def _are_former(cls, value: dict[str, SecretStr], info: ValidationInfo) -> dict[str, SecretStr]:
        # None of these texts may show a value: where the ids are wrong, a secret may stand in their place.
        if not all(_SECRET_ID.fullmatch(id) for id in value):
            raise ValueError("write each below its id, which is one small letter or digit")
        if any(len(secret.get_secret_value()) < _SECRET_LENGTH for secret in value.values()):
            raise ValueError(f"write each as it was, with at least {_SECRET_LENGTH} characters")
        if info.data.get("secret_id") in value:
            raise ValueError("one of them has the id of the present secret; give that a new secret_id")
        if info.data.get("secret") in value.values():
            raise ValueError("one of them is the present secret; make a new one for secret")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("write an IANA time zone such as Europe/Budapest")
        return value

    @field_validator("plus_addressing")
    @classmethod
    def _token_fits(cls, value: bool, info: ValidationInfo) -> bool:
        local = str(info.data.get("address", "")).rpartition("@")[0]
        room = LOCAL_PART_LIMIT - 1 - TOKEN_LENGTH
        if value and len(local) > room:
            raise Contradiction(
                f"true, but the part of the address before @ has {len(local)} characters",
                f"use at most {room}, which leaves room for the signature, or set plus_addressing: false",
            )
        return value

    @field_validator("policy")
    @classmethod
    def _policy_exists(cls, value: str, info: ValidationInfo) -> str:
        if isinstance(info.context, Workplace) and info.context.policy_file(value) is None:
            raise ValueError(f"choose one of {', '.join(info.context.policy_ids())}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ParserSettings(Settings):
    """The cage in which strangers' mail is read."""

    processes: WholeNumber = Field(default=1, ge=1, le=16, description="Child processes that parse.")
    wall: Annotated[Duration, between("1s", "10m")] = Field(
        default=timedelta(seconds=15), description="Longest time for one mail."
    )
    cpu: Annotated[Duration, between("1s", "10m")] = Field(
        default=timedelta(seconds=10), description="Most processor time for one mail."
    )
    memory_mb: WholeNumber = Field(default=1024, ge=256, description="Address space of a child in MiB.")


class ComplaintSettings(Settings):
    """The words and the rules for deciding a complaint."""

    outcomes: Words = Field(
        default=("upheld", "partly_upheld", "not_upheld", "withdrawn", "out_of_scope"),
        min_length=1,
        description="How a complaint can end.",
    )
    categories: Words = Field(
        default=_CAUSES, min_length=1, description="What a complaint can be about; routes ask for it."
    )
    causes: Words = Field(default=_CAUSES, min_length=1, description="What can have gone wrong, once found.")
    remedies: Words = Field(
        default=("apology", "replacement", "repair", "refund", "goodwill", "correction", "none"),
        min_length=1,
        description="What a customer can get.",
    )
    rating: tuple[RatingRule, ...] = Field(
        default=DEFAULT_RULES,
        description="How new complaints are rated by themselves: what to look for, and what follows.",
    )
    offer_limit: Amount | None = Field(
        default=None,
        description="An offer above this amount, such as 100 EUR, needs approval; none: no offer does.",
    )
    approve_refusals: bool = Field(
        default=False,
        description="Whether a decision against the customer (not_upheld, out_of_scope) needs approval.",
    )
    survey_after: Annotated[Duration, between("0s", "365d")] = Field(
        default=timedelta(days=5),
        description="Time from the decision to the question how the customer found it; 0s: never asked.",
    )

    @field_validator("rating")
    @classmethod
    def _rates_by_known_categories(
        cls, rules: tuple[RatingRule, ...], info: ValidationInfo
    ) -> tuple[RatingRule, ...]:
        known = info.data.get("categories")
        named = {rule.category for rule in rules} | {rule.sets_category for rule in rules}
        if known and (unknown := sorted(named - {None, *known}, key=str)):
            raise Contradiction(
                f"a category that is none: {', '.join(map(str, unknown))}",
                f"write one of complaints.categories: {', '.join(known)}",
            )
        return rules


class DigestSettings(Settings):
    """What every supervisor is told of each working morning."""

    at: Annotated[str, AfterValidator(check_timetable)] = Field(
        default=WORKING_MORNINGS,
        description="When, as cron has it: minute hour day month weekday, by name; or never.",
    )
    lines: int = Field(
        default=8,
        ge=4,
        le=40,
        description="How many cases it numbers at most. Eight fit the screen of a telephone.",
    )
    skip_empty: bool = Field(
        default=False, description="Whether no digest is sent when nothing needs anybody."
    )


class ReportSettings(Settings):
    """What supervisors are sent about how the desk did."""

    weekly: bool = Field(
        default=True,
        description="Whether every supervisor gets the figures of each week, on its Monday after.",
    )
    monthly: bool = Field(
        default=True, description="Whether every supervisor gets the figures of each month, on the 1st after."
    )


class Config(Settings):
    """The whole configuration of one desk.

    `workplace` says where its files stand, `warnings` what an operator should mend although it works;
    both are filled by loading and are no settings themselves.
    """

    desk: DeskSettings
    mailboxes: tuple[MailboxSettings, ...] = Field(min_length=1)
    smtp: SmtpSettings
    database: DatabaseSettings = DatabaseSettings()
    parser: ParserSettings = ParserSettings()
    complaints: ComplaintSettings = ComplaintSettings()
    digest: DigestSettings = DigestSettings()
    report: ReportSettings = ReportSettings()
    health_file: Path | None = Field(
        default=None, description="File that mailproc run keeps up to date with the desk's health, as JSON."
    )

    @field_validator("health_file")
    @classmethod
    def _beside_the_configuration(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and isinstance(info.context, Workplace):
            return info.context.absolute(value)
        return value

    _workplace: Workplace = PrivateAttr(default_factory=Workplace)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("mailboxes")
    @classmethod
    def _mailboxes_are_distinct(cls, value: tuple[MailboxSettings, ...]) -> tuple[MailboxSettings, ...]:
        names = [mailbox.name for mailbox in value]
        if len(set(names)) != len(names):
            raise Contradiction(
                f"mailboxes called {', '.join(names)}", "give every mailbox a name of its own"
            )
        folders = [(m.host.casefold(), m.actual_port, m.username, m.folder) for m in value]
        if len(set(folders)) != len(folders):
            raise Contradiction(
                "two mailboxes that read the same folder", "keep one: each mail would be received twice"
            )
        return value

    @classmethod
    def checked(cls, values: dict[str, Any], *, workplace: Workplace, warnings: tuple[str, ...] = ()) -> Self:
        """Check values against a workplace. Raises pydantic's ValidationError with every fault."""
        config = cls.model_validate(values, context=workplace)
        config._workplace = workplace
        config._warnings = warnings
        return config

    @property
    def workplace(self) -> Workplace:
        return self._workplace

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._warnings

    @classmethod
    def schema_for_editors(cls) -> dict[str, Any]:
        """Return the JSON schema of config/mailproc.yaml.

        A required secret is not required there: it stands in a secret file, not in the YAML.
        """
        schema = cls.model_json_schema()
        for section in schema["$defs"].values():
            secret = {k for k, v in section.get("properties", {}).items() if v.get("writeOnly")}
            section["required"] = [k for k in section.get("required", []) if k not in secret]
            if not section["required"]:
                del section["required"]
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "mailproc configuration",
            **{key: value for key, value in schema.items() if key != "title"},
        }
