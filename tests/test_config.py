"""What an operator writes, what comes of it, and what is said when it is wrong."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, PlainSerializer, SecretStr

from mailproc.cases.approvals import Money
from mailproc.cases.intake_rules import RatingRule
from mailproc.config import find, init, load, load_policy, people_schema, schema
from mailproc.desk import desk_address
from mailproc.errors import ConfigError, Fault
from mailproc.people import Agent, Outside, People, Route, Supervisor, Team
from mailproc.setting_types import format_duration, format_size
from mailproc.settings import (
    ComplaintSettings,
    Config,
    DatabaseSettings,
    DeskSettings,
    DigestSettings,
    MailboxSettings,
    ParserSettings,
    ReportSettings,
    SmtpSettings,
)

REPOSITORY = Path(__file__).parent.parent
SECRET = "a-desk-secret-that-is-long-enough-0123456789"

GOOD = f"""\
desk:
  name: Acme Complaints
  address: complaints@example.com
  secret: {SECRET}
mailboxes:
  - name: main
    host: imap.example.com
    username: complaints
    password: imap-password
  - name: second-desk
    host: imap.example.org
    username: second
    password: other-password
smtp:
  host: smtp.example.com
"""


def write(folder: Path, text: str = GOOD) -> Path:
    (folder / "config").mkdir(exist_ok=True)
    file = folder / "config" / "mailproc.yaml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def secret(folder: Path, name: str, value: str) -> Path:
    (folder / "config" / "secrets").mkdir(exist_ok=True, parents=True)
    file = folder / "config" / "secrets" / name
    file.write_text(value)
    file.chmod(0o600)
    return file


def faults(file: Path, environ: Mapping[str, str] | None = None) -> tuple[Fault, ...]:
    with pytest.raises(ConfigError) as caught:
        load(file, environ=environ or {})
    return caught.value.faults


def with_lines(section: str, *lines: str) -> str:
    """GOOD with more keys in one section; a mailbox's keys go to the first one."""
    marker = {"mailboxes": "  - name: main\n"}.get(section, f"{section}:\n")
    if marker not in GOOD:
        return GOOD + marker + "".join(f"  {line}\n" for line in lines)
    indent = "    " if section == "mailboxes" else "  "
    return GOOD.replace(marker, marker + "".join(f"{indent}{line}\n" for line in lines))


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path), environ={})
    assert config.desk.name == "Acme Complaints"
    assert config.mailboxes[0].actual_port == 993
    assert config.smtp.actual_port == 465
    assert config.mailboxes[1].poll == timedelta(seconds=60)
    assert config.warnings == ()
    assert load_policy(config).id == "generic-24h"


# Where the file is looked for.


def test_a_missing_file_is_reported_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"config/mailproc\.yaml.*mailproc init"):
        load(environ={})
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: there is no such file"):
        load(Path("nowhere.yaml"), environ={})


def test_the_file_asked_for_goes_before_the_variable_and_both_before_the_usual_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flat, asked, named = Path("mailproc.yaml"), tmp_path / "asked.yaml", tmp_path / "named.yaml"
    for file in (flat, asked, named):
        file.write_text(GOOD)
    environ = {"MAILPROC_CONFIG": str(named)}
    assert find(asked, environ) == asked
    assert find(None, environ) == named
    assert find(None, {}) == flat
    write(tmp_path)
    assert find(None, {}) == Path("config/mailproc.yaml")


def test_a_variable_that_names_no_file_is_not_replaced_by_a_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    with pytest.raises(ConfigError, match=r"gone\.yaml"):
        load(environ={"MAILPROC_CONFIG": "gone.yaml"})


# What can be wrong with the file as a whole.


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("desk:\n  name: a: b\n", 2, "column 10: mapping values are not allowed"),
        ("desk:\n\tname: a\n", 2, "column 1"),
        ("desk: {secret: *canary}\n", 1, "found undefined alias"),
        ("desk: {secret: !canary x}\n", 1, "could not determine a constructor"),
        ("desk:\n  secret: %canary\n", 2, "cannot start any token"),
        ("- desk\n", 1, "a list or a single text"),
        ("desk: &a [*a]\n", None, "cannot be read as YAML"),
        ("desk: \x00\n", None, "cannot be read as YAML"),
        ("a: 1\n---\nb: 2\n", 2, "found another document"),
    ],
)
def test_what_is_not_yaml_is_reported_with_its_line(
    tmp_path: Path, text: str, line: int | None, words: str
) -> None:
    (fault,) = faults(write(tmp_path, text))
    assert fault.line == line
    assert words in str(fault)
    assert "canary" not in str(fault)


def test_what_is_not_utf_8_is_reported_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_bytes(b"desk:\n  name: K\xe1lm\xe1n\n")
    (fault,) = faults(file)
    assert str(fault).startswith(f"{file}:2: not UTF-8")


def test_an_empty_file_lacks_every_section(tmp_path: Path) -> None:
    assert [fault.path for fault in faults(write(tmp_path, ""))] == ["desk", "mailboxes", "smtp"]


def test_an_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake of the refusal, because root is refused nothing."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    file = write(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read: Permission denied; mend its permissions" in str(faults(file)[0])


def test_a_secrets_folder_that_may_not_be_read_is_a_fault_except_beside_systemd_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> Iterator[Path]:
        if self.name == "secrets":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return iter(())

    file = write(tmp_path)
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "this user may not read the folder" in str(faults(file)[0])
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert load(file, environ=environ).smtp.host == "smtp.example.com"


def test_a_folder_in_the_place_of_the_file_is_reported(tmp_path: Path) -> None:
    assert "there is no such file" in str(faults(tmp_path)[0])


# What can be wrong with single settings.

WRONG = [
    ("mailboxes", "port: 993x", "mailboxes[0].port: found 993x; write a whole number from 1 to 65535"),
    ("mailboxes", "port: 0", "mailboxes[0].port: found 0; write a whole number from 1 to 65535"),
    ("mailboxes", "port: true", "mailboxes[0].port: found true; write a whole number"),
    ("mailboxes", "pol: 60s", "mailboxes[0].pol: unknown key; did you mean poll?"),
    ("mailboxes", "poll: 60", "mailboxes[0].poll: found 60; write a whole number and a unit"),
    ("mailboxes", "poll: 1h", "mailboxes[0].poll: found 1h; choose between 1s and 5m"),
    ("mailboxes", "poll: 999999999999d", "mailboxes[0].poll: found 999999999999d; write a whole number"),
    ("mailboxes", "idle: maybe", "mailboxes[0].idle: found maybe; write true or false"),
    ("mailboxes", "filed: inbox", "folder, filed and quarantine are INBOX, INBOX, Quarantine"),
    (
        "mailboxes",
        "accept_since: 2026-02-30",
        "accept_since: found 2026-02-30; write go-live, all, or a date",
    ),
    ("mailboxes", "size_limit: 1", "size_limit: found 1; write a whole number of at least 10000"),
    ("mailboxes", "security: ssl", "mailboxes[0].security: found ssl; write tls, starttls or plain"),
    ("mailboxes", "security: plain", "found plain, but imap.example.com is not this machine; use tls"),
    ("mailboxes", "ca_file: no.pem", "mailboxes[0].ca_file: found no.pem, and there is no file"),
    ("mailboxes", 'folder: ""', 'mailboxes[0].folder: found ""; write at least 1 characters'),
    ("mailboxes", 'folder: "a\\nb"', r'mailboxes[0].folder: found "a\nb"; write it on one line'),
    ("smtp", "security: plain", "smtp.security: found plain, but smtp.example.com is not this machine"),
    ("smtp", "port: 70000", "smtp.port: found 70000; write a whole number from 1 to 65535"),
    ("smtp", "per_minute: -1", "smtp.per_minute: found -1; write a whole number of at least 0"),
    ("smtp", "timeout: 0s", "smtp.timeout: found 0s; choose between 1s and 10m"),
    ("desk", "time_zone: Mars/Base", "desk.time_zone: found Mars/Base; write an IANA time zone"),
    ("desk", "languages: [en, xx]", "desk.languages[1]: found xx; write en, hu or de"),
    ("desk", "languages: []", "desk.languages: found a list of 0; write at least 1 entries"),
    ("desk", "phone: 12", "desk.phone: found 12; write text; put it in quotes"),
    ("desk", "policy: ombudsman", "desk.policy: found ombudsman; choose one of au-asic, ca-fcac"),
    ("desk", "policy: ../x", "desk.policy: found ../x; write small letters"),
    ("desk", "uncertain: maybe", "desk.uncertain: found maybe; write resend or hold"),
    ("desk", "undo_window: 16m", "desk.undo_window: found 16m; choose between 0s and 15m"),
    ("desk", "agent_confirm: perhaps", "desk.agent_confirm: found perhaps; write true or false"),
    ("desk", "agent_token_days: 0", "agent_token_days: found 0; write a whole number from 1 to 365"),
    ("desk", "agent_files: 26MB", "desk.agent_files: found 26MB; choose between 0 and 25MB"),
    ("desk", "agent_files: 10 MiB", 'agent_files: found "10 MiB"; write a size such as 10MB or 500kB'),
    ("desk", "agent_files: true", "desk.agent_files: found true; write a size such as 10MB or 500kB"),
    ("desk", "customer_files: -1", "desk.customer_files: found -1; choose between 0 and 50MB"),
    ("desk", "secret_id: 12", "desk.secret_id: found 12; write one small letter or digit"),
    ("desk", "secret_id: A", "desk.secret_id: found A; write one small letter or digit"),
    ("desk", "secret_id: true", "desk.secret_id: found true; write text"),
    ("complaints", "outcomes: []", "complaints.outcomes: found a list of 0; write at least 1 entries"),
    ("complaints", "outcomes: [Up Held]", 'complaints.outcomes[0]: found "Up Held"; write small letters'),
    (
        "complaints",
        "causes: [delay, cost, delay]",
        "complaints.causes: found delay twice; write each word once",
    ),
    ("complaints", "remedies: [1]", "complaints.remedies[0]: found 1; write text"),
    ("complaints", "offer_limit: plenty", "offer_limit: found plenty; write an amount such as 50 or 49.90"),
    ("complaints", "offer_limit: 50 euros", 'found "50 euros"; write the currency as its three letters'),
    ("complaints", "offer_limit: -1", "offer_limit: found -1; write an amount such as 50 or 49.90"),
    ("complaints", "offer_limit: .inf", "offer_limit: found inf; write an amount such as 50 or 49.90"),
    ("complaints", "survey_after: 7", "survey_after: found 7; write a whole number and a unit"),
    ("desk", "acks_per_hour: 0", "desk.acks_per_hour: found 0; write a whole number of at least 1"),
    ("parser", "memory_mb: 1", "parser.memory_mb: found 1; write a whole number of at least 256"),
    (
        "database",
        "url: mysql://x/y",
        "database.url: not usable (its value is not shown); write sqlite:///FILE",
    ),
    ("database", "url: 'sqlite:///:memory:'", "name a file after sqlite:///, or all mail is lost"),
    ("databse", "url: x", "databse: unknown key; did you mean database?"),
]


@pytest.mark.parametrize(("section", "line", "expected"), WRONG, ids=[line for _, line, _ in WRONG])
def test_a_wrong_setting_is_named_with_what_was_found_and_what_to_do(
    tmp_path: Path, section: str, line: str, expected: str
) -> None:
    (fault,) = faults(write(tmp_path, with_lines(section, line)))
    assert expected in str(fault)
    assert fault.line is not None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("host: imap.example.com", "host: imaps://imap.example.com", "write the name of the server alone"),
        ("host: imap.example.com", "host: imap.example.com:993", "the port has a key of its own"),
        ("address: complaints@example.com", "address: complaints", "desk.address: found complaints; write a"),
        (
            "  - name: main",
            "  - name: Main Desk",
            'mailboxes[0].name: found "Main Desk"; write small letters',
        ),
        (
            "  - name: second-desk",
            "  - name: main",
            "mailboxes: found mailboxes called main, main; give every",
        ),
        ("    username: complaints\n", "", "mailboxes[0].username: missing; write it (Login name)"),
        (
            "smtp:\n  host: smtp.example.com",
            "smtp: smtp.example.com",
            "smtp: found text; write its keys below it",
        ),
        ("smtp:\n", "smtp:\n  username: x\n", "smtp.password: missing; put it into the file"),
        ("smtp:\n", "smtp:\n  password: x\n", "smtp.password: not usable"),
        (
            "address: complaints@example.com",
            "address: the-very-long-name-of-a-desk@example.com",
            "desk.plus_addressing: found true, but the part of the address before @ has 28 characters",
        ),
        (
            "name: second-desk\n    host: imap.example.org\n    username: second",
            "name: again\n    host: IMAP.example.com\n    username: complaints",
            "two mailboxes that read the same folder",
        ),
    ],
)
def test_a_wrong_combination_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    (fault,) = faults(write(tmp_path, GOOD.replace(old, new, 1)))
    assert expected in str(fault)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    text = "\n".join(
        [
            "desk: {name: 12, address: nobody, time_zone: Mars, plus_addressing: perhaps}",
            "mailboxes:",
            "  - {name: main, host: imap.example.com, port: 993x, security: plain, username: u, colour: red}",
            "  - {name: main, host: imap.example.com, username: u, password: x, poll: 1h}",
            "smtp: {}",
            "database: {url: x}",
            "parser: {processes: 99}",
        ]
    )
    found = faults(write(tmp_path, text), {"MAILPROC_SMTP__PORT": "x", "MAILPROC_SMPT__HOST": "x"})
    assert {fault.path or fault.file for fault in found} == {
        "desk.name",
        "desk.address",
        "desk.time_zone",
        "desk.plus_addressing",
        "desk.secret",
        "mailboxes[0].port",
        "mailboxes[0].security",
        "mailboxes[0].password",
        "mailboxes[0].colour",
        "mailboxes[1].poll",
        "smtp.host",
        "smtp.port",
        "database.url",
        "parser.processes",
        "MAILPROC_SMPT__HOST",
    }


def test_a_key_written_twice_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, with_lines("mailboxes", "port: 993", "idle: true", "port: 994")))
    assert str(fault).endswith(":9: mailboxes[0].port: written twice, first on line 7; keep one of them")


def test_a_key_without_a_value_counts_as_not_written(tmp_path: Path) -> None:
    text = with_lines("mailboxes", "poll:", "port:") + "parser:\ndatabase:\n  url:\n"
    config = load(write(tmp_path, text), environ={})
    assert config.mailboxes[0].poll == timedelta(seconds=60)
    assert config.parser == ParserSettings()


def test_plain_text_is_allowed_on_this_machine(tmp_path: Path) -> None:
    text = GOOD.replace("host: smtp.example.com", "host: 127.0.0.1\n  security: plain")
    assert load(write(tmp_path, text), environ={}).smtp.actual_port == 25


def test_faults_of_a_policy_name_its_file(tmp_path: Path) -> None:
    file = write(tmp_path, with_lines("desk", "policy: own"))
    (tmp_path / "config" / "policies").mkdir()
    policy = tmp_path / "config" / "policies" / "own.yaml"
    packaged = (REPOSITORY / "config" / "policies" / "generic-24h.yaml").read_text()
    policy.write_text(packaged.replace("within: 10bd", "within: 14 sleeps"))
    (fault,) = faults(file)
    assert (fault.file, fault.path) == (str(policy), "clocks.decide.within")
    policy.write_text(packaged)
    assert "id: found generic-24h; write own" in str(faults(file)[0])
    policy.write_text(packaged.replace("id: generic-24h", "id: own"))
    assert load_policy(load(file, environ={})).id == "own"


# Secret files and the environment.


def test_each_source_overrides_the_one_before(tmp_path: Path) -> None:
    """File, then secret file, then systemd credential, then environment."""
    file = write(tmp_path, GOOD + "  username: u\n  password: from-the-file\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()

    def password(environ: Mapping[str, str]) -> str:
        value = load(file, environ=environ).smtp.password
        return value.get_secret_value() if value else ""

    assert password({}) == "from-the-file"
    secret(tmp_path, "smtp__password", "from-a-secret-file\n")
    assert password({}) == "from-a-secret-file"
    (credentials / "smtp__password").write_text("from-systemd")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert password(environ) == "from-systemd"
    assert password({**environ, "MAILPROC_SMTP__PASSWORD": "from-the-environment"}) == "from-the-environment"


@pytest.mark.parametrize(
    ("variable", "index"),
    [
        ("MAILPROC_MAILBOXES__0__PASSWORD", 0),
        ("MAILPROC_MAILBOXES__MAIN__PASSWORD", 0),
        ("MAILPROC_MAILBOXES__1__PASSWORD", 1),
        ("MAILPROC_MAILBOXES__SECOND_DESK__PASSWORD", 1),
    ],
)
def test_a_mailbox_is_named_by_its_place_or_its_name(tmp_path: Path, variable: str, index: int) -> None:
    file = write(tmp_path)
    config = load(file, environ={variable: "new"})
    assert config.mailboxes[index].password == SecretStr("new")
    assert config.mailboxes[1 - index].password != SecretStr("new")
    secret(tmp_path, variable.removeprefix("MAILPROC_").lower(), "new")
    assert load(file, environ={}) == config


def test_every_kind_of_value_can_come_from_the_environment(tmp_path: Path) -> None:
    environ = {
        "MAILPROC_DESK__LANGUAGES": "hu, en",
        "MAILPROC_DESK__PLUS_ADDRESSING": "false",
        "MAILPROC_MAILBOXES__MAIN__PORT": "1993",
        "MAILPROC_MAILBOXES__MAIN__POLL": "2m",
        "MAILPROC_PARSER__PROCESSES": "2",
        "MAILPROC_DESK__AGENT_FILES": "0",
        "MAILPROC_DESK__CUSTOMER_FILES": "500kB",
        "MAILPROC_DATABASE__URL": "postgresql://u@h/n",
    }
    config = load(write(tmp_path), environ=environ)
    assert config.desk.languages == ("hu", "en")
    assert config.desk.plus_addressing is False
    assert config.mailboxes[0].port == 1993
    assert config.mailboxes[0].poll == timedelta(minutes=2)
    assert (config.desk.agent_files, config.desk.customer_files) == (0, 500_000)
    assert config.parser.processes == 2
    assert config.database.url == "postgresql://u@h/n"


def test_a_wrong_value_from_the_environment_is_reported_under_the_variable(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path), {"MAILPROC_MAILBOXES__MAIN__PORT": "993x"})
    assert str(fault) == (
        "MAILPROC_MAILBOXES__MAIN__PORT: mailboxes[0].port: found 993x; write a whole number from 1 to 65535"
    )


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("MAILPROC_SMPT__PASSWORD", "no section is called smpt; did you mean smtp?"),
        ("MAILPROC_SMTP_PASSWORD", "no section is called smtp_password; write two underscores after smtp"),
        ("MAILPROC_SMTP__PASWORD", "smtp has no key pasword; did you mean password?"),
        ("MAILPROC_SMTP", "names no single setting; write it as smtp__KEY"),
        ("MAILPROC_MAILBOXES__PASSWORD", "no mailbox of the file is called password"),
        ("MAILPROC_MAILBOXES__2__PASSWORD", "no mailbox of the file is called 2"),
        ("MAILPROC_MAILBOXES__MAIN", "names no single setting; write it as mailboxes__NAME__KEY"),
    ],
)
def test_a_variable_or_secret_file_that_names_no_setting_is_a_fault(
    tmp_path: Path, variable: str, expected: str
) -> None:
    file = write(tmp_path)
    (fault,) = faults(file, {variable: "canary"})
    assert str(fault).startswith(f"{variable}: {expected}")
    name = variable.removeprefix("MAILPROC_").lower()
    if "__" in name:
        path = secret(tmp_path, name, "canary")
        (fault,) = faults(file)
        assert str(fault).startswith(f"{path}: {expected}")


def test_the_same_setting_named_twice_is_a_fault(tmp_path: Path) -> None:
    environ = {"MAILPROC_MAILBOXES__0__PASSWORD": "a", "MAILPROC_MAILBOXES__MAIN__PASSWORD": "b"}
    (fault,) = faults(write(tmp_path), environ)
    assert "the same setting as MAILPROC_MAILBOXES__0__PASSWORD; keep one of them" in str(fault)


def test_other_variables_and_files_are_left_alone(tmp_path: Path) -> None:
    secret(tmp_path, "README", "x")
    secret(tmp_path, ".smtp__password.swp", "x")
    environ = {"MAILPROC_TEST": "1", "MAILPROC_CORPUS": "/x", "MAILPROC_TEST_PG_DSN": "x", "SMTP__HOST": "x"}
    assert load(write(tmp_path), environ=environ).smtp.host == "smtp.example.com"


def test_one_line_break_at_the_end_of_a_secret_file_does_not_count(tmp_path: Path) -> None:
    file = write(tmp_path)
    secret(tmp_path, "mailboxes__main__password", "with space \r\n")
    assert load(file, environ={}).mailboxes[0].password == SecretStr("with space ")
    path = secret(tmp_path, "mailboxes__main__password", "two\nlines\n")
    (fault,) = faults(file)
    assert (fault.file, fault.path) == (str(path), "mailboxes[0].password")


def test_an_empty_secret_is_a_fault(tmp_path: Path) -> None:
    file = write(tmp_path)
    path = secret(tmp_path, "mailboxes__main__password", "\n")
    (fault,) = faults(file)
    assert fault.file == str(path)


def test_a_secret_that_everyone_can_read_is_named_in_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path)
    path = secret(tmp_path, "mailboxes__main__password", "x")
    assert load(file, environ={}).warnings == ()
    path.chmod(0o644)
    (warning,) = load(file, environ={}).warnings
    assert str(path) in warning
    file.chmod(0o644)
    assert [str(file) in text for text in load(file, environ={}).warnings] == [True, False]


# Secrets are never shown.

CANARY = "canary-7f3k9qx2"


@pytest.mark.parametrize(
    "text",
    [
        with_lines("mailboxes", f"pasword: {CANARY}"),
        with_lines("mailboxes", f"password: [{CANARY}]"),
        with_lines("mailboxes", f"password: {{{CANARY}: 1}}"),
        with_lines("mailboxes", f'password: "{CANARY}\\n"'),
        with_lines("smtp", f"password: {CANARY}", "port: x"),
        with_lines("database", f"url: postgres://u:{CANARY}@h/n"),
        with_lines("database", f"url: [{CANARY}]"),
        GOOD.replace(f"secret: {SECRET}", f"secret: {CANARY}"),
        GOOD.replace("host: smtp.example.com", f"host: smtps://u:{CANARY}@smtp.example.com"),
        GOOD.replace("smtp:\n  host: smtp.example.com", f"smtp: {CANARY}"),
        GOOD.replace(GOOD[GOOD.index("mailboxes:") :], f"mailboxes: {CANARY}\nsmtp: [{CANARY}]\n"),
        GOOD.replace("password: imap-password", f"password: *{CANARY}"),
        GOOD.replace("password: imap-password", f"password: !{CANARY} x"),
        GOOD.replace("password: imap-password", f"password: &{CANARY} &{CANARY} x"),
        GOOD.replace("password: imap-password", f"password: {CANARY}: x"),
        GOOD.replace("password: imap-password", f'password: "{CANARY}'),
        GOOD.replace("password: imap-password", f"password: {CANARY}\n    port: x"),
    ],
)
def test_a_secret_stands_in_no_fault_and_no_traceback(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    assert CANARY in text
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert CANARY not in repr([vars(fault) for fault in caught.value.faults])


@pytest.mark.parametrize("name", ["smtp__password", "smtp__pasword", "smtp__port", "smpt__password"])
def test_a_secret_from_outside_the_file_stands_in_no_fault(tmp_path: Path, name: str) -> None:
    """A number's place shows what was found: only settings that are no secrets are shown."""
    value = f"{CANARY}\n{CANARY}"
    environ = {f"MAILPROC_{name.upper()}": value}
    text = str(faults(write(tmp_path), environ))
    assert (CANARY in text) is (name == "smtp__port")


def test_a_loaded_configuration_shows_no_secret(tmp_path: Path) -> None:
    environ = {
        "MAILPROC_DESK__SECRET": CANARY * 3,
        "MAILPROC_MAILBOXES__MAIN__PASSWORD": CANARY,
        "MAILPROC_MAILBOXES__SECOND_DESK__PASSWORD": CANARY,
        "MAILPROC_SMTP__USERNAME": "u",
        "MAILPROC_SMTP__PASSWORD": CANARY,
        "MAILPROC_DATABASE__URL": f"postgresql://u:{CANARY}@h/n",
    }
    config = load(write(tmp_path), environ=environ)
    assert config.smtp.password == SecretStr(CANARY)
    assert CANARY not in repr(config) + str(config)


# Changing the desk's secret.

OLD = "the-desk-secret-of-last-year-0123456789"


def test_after_a_change_of_the_secret_mail_under_way_is_recognised_and_new_mail_is_signed_by_the_new_one(
    tmp_path: Path,
) -> None:
    before = desk_address(load(write(tmp_path, GOOD.replace(SECRET, OLD)), environ={}))
    address, message_id = before.reply_address("abcdefghijkl"), before.message_id("abcdefghijkl")

    file = write(tmp_path, with_lines("desk", "secret_id: 2"))
    former = secret(tmp_path, "desk__former_secrets__1", f"{OLD}\n")
    after = desk_address(load(file, environ={}))
    assert after.read_address(address) == before.read_address(address) is not None
    assert after.read_message_id(message_id) == before.read_message_id(message_id) is not None
    assert after.reply_address("abcdefghijkl").startswith("complaints+r2abcdefghijkl")
    assert before.read_address(after.reply_address("abcdefghijkl")) is None

    former.unlink()
    assert desk_address(load(file, environ={})).read_address(address) is None


def test_former_secrets_come_from_the_file_secret_files_and_variables_together(tmp_path: Path) -> None:
    lines = ["secret_id: n", f"former_secrets: {{1: {OLD}-1, a: {OLD}-a}}"]
    file = write(tmp_path, with_lines("desk", *lines))
    secret(tmp_path, "desk__former_secrets__b", f"{OLD}-b")
    environ = {"MAILPROC_DESK__FORMER_SECRETS__1": f"{OLD}-2"}
    former = load(file, environ=environ).desk.former_secrets
    assert former == {"1": SecretStr(f"{OLD}-2"), "a": SecretStr(f"{OLD}-a"), "b": SecretStr(f"{OLD}-b")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"former_secrets: {{1: {OLD}}}", "one of them has the id of the present secret"),
        (f"former_secrets: {{old: {OLD}}}", "write each below its id, which is one small letter or digit"),
        (f"former_secrets: {{{OLD}: x}}", "write each below its id, which is one small letter or digit"),
        ("former_secrets: {2: too-short-canary}", "write each as it was, with at least 32 characters"),
        (f"former_secrets: {{2: {SECRET}}}", "one of them is the present secret; make a new one"),
        (f"former_secrets: [{OLD}]", "write its keys below it, indented"),
        ("former_secrets: {2: }", "put it into the file"),
    ],
)
def test_former_secrets_that_could_not_serve_are_refused_and_never_shown(
    tmp_path: Path, line: str, expected: str
) -> None:
    (fault,) = faults(write(tmp_path, with_lines("desk", line)))
    assert "desk.former_secrets" in str(fault) and expected in str(fault)
    assert not [text for text in (OLD, SECRET, "canary") if text in str(fault)]
    assert fault.line is not None


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("MAILPROC_DESK__FORMER_SECRETS", "names no single setting; write it as desk__former_secrets__ID"),
        ("MAILPROC_DESK__SECRET__1", "names no single setting; write it as desk__KEY"),
        ("MAILPROC_DESK__FORMER_SECRET__1", "desk has no key former_secret; did you mean former_secrets?"),
    ],
)
def test_a_misnamed_former_secret_is_a_fault(tmp_path: Path, variable: str, expected: str) -> None:
    (fault,) = faults(write(tmp_path), {variable: OLD})
    assert expected in str(fault)


# Deciding complaints.


def test_the_words_of_complaints_are_those_of_the_trade_unless_set(tmp_path: Path) -> None:
    complaints = load(write(tmp_path), environ={}).complaints
    assert complaints.outcomes == ("upheld", "partly_upheld", "not_upheld", "withdrawn", "out_of_scope")
    assert len(complaints.causes) == 10 and complaints.categories == complaints.causes
    assert "none" in complaints.remedies
    assert (complaints.offer_limit, complaints.approve_refusals) == (None, False)
    assert complaints.survey_after == timedelta(days=5)
    text = GOOD + "complaints: {outcomes: [yes_it_was, no], offer_limit: 49.90, survey_after: 0s}\n"
    with pytest.raises(ConfigError, match=r"outcomes\[1\]: found false"):
        load(write(tmp_path, text), environ={})
    complaints = load(write(tmp_path, text.replace("no]", "nope]")), environ={}).complaints
    assert (complaints.offer_limit, complaints.survey_after) == (Money(amount=Decimal("49.9")), timedelta(0))
    environ = {"MAILPROC_COMPLAINTS__REMEDIES": "apology, cake", "MAILPROC_COMPLAINTS__OFFER_LIMIT": "20.00"}
    complaints = load(write(tmp_path), environ=environ).complaints
    assert (complaints.remedies, complaints.offer_limit) == (("apology", "cake"), Money(amount=Decimal(20)))
    environ = {"MAILPROC_COMPLAINTS__OFFER_LIMIT": "30000 HUF"}
    assert str(load(write(tmp_path), environ=environ).complaints.offer_limit) == "30000 HUF"


# Paths.


def test_relative_paths_are_meant_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = with_lines("smtp", "ca_file: ca.pem") + "database:\n  url: sqlite:///../mail.db\n"
    file = write(tmp_path, text)
    (tmp_path / "config" / "ca.pem").write_text("x")
    monkeypatch.chdir(tmp_path)
    for name in (file, Path("config/mailproc.yaml")):
        config = load(name, environ={})
        assert config.database.url == f"sqlite:///{tmp_path / 'mail.db'}"
        assert config.smtp.ca_file == tmp_path / "config" / "ca.pem"
    config = load(file, environ={"MAILPROC_DATABASE__URL": "sqlite:////var/lib/x.db"})
    assert config.database.url == "sqlite:////var/lib/x.db"


def test_a_linked_file_keeps_its_own_neighbours(tmp_path: Path) -> None:
    """Files mounted into a container are links into a folder that has nothing else in it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = write(tmp_path)
    file.rename(elsewhere / "data.yaml")
    file.symlink_to(elsewhere / "data.yaml")
    secret(tmp_path, "mailboxes__main__password", "beside-the-link")
    config = load(file, environ={})
    assert config.mailboxes[0].password == SecretStr("beside-the-link")
    assert config.workplace.config_dir == tmp_path / "config"


def test_the_workplace_knows_the_operators_folders_and_falls_back_to_ours(tmp_path: Path) -> None:
    workplace = load(write(tmp_path), environ={}).workplace
    assert workplace.templates_dir is None
    assert workplace.template_dirs == (REPOSITORY / "templates",)
    assert workplace.policy_file("generic-24h") == REPOSITORY / "config/policies/generic-24h.yaml"
    (tmp_path / "templates").mkdir()
    (tmp_path / "config" / "policies").mkdir()
    (tmp_path / "config" / "policies" / "generic-24h.yaml").touch()
    assert workplace.template_dirs == (tmp_path / "templates", REPOSITORY / "templates")
    assert workplace.policy_file("generic-24h") == tmp_path / "config/policies/generic-24h.yaml"


# init


def test_what_init_writes_loads_once_the_passwords_are_there(tmp_path: Path) -> None:
    paths = init(tmp_path / "desk")
    file = tmp_path / "desk" / "config" / "mailproc.yaml"
    assert file in paths
    assert all(path.is_file() for path in paths)
    assert {fault.path for fault in faults(file)} == {"mailboxes[0].password", "smtp.password"}
    for fault in faults(file):
        place = re.search(r"into the file (\S+)", fault.remedy)
        assert place is not None
        Path(place[1]).write_text("a password\n")
        Path(place[1]).chmod(0o600)
    config = load(file, environ={})
    assert config.warnings == ()
    assert config.database.url == f"sqlite:///{tmp_path / 'desk' / 'mailproc.db'}"
    assert config.workplace.templates_dir == tmp_path / "desk" / "templates"


def test_init_copies_every_policy_and_template(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path) for path in init(tmp_path)}
    assert {Path("config/people.yaml"), Path("config/people.schema.json")} <= written
    for folder in ("templates", "config/policies"):
        ours = {path.relative_to(REPOSITORY) for path in (REPOSITORY / folder).rglob("*") if path.is_file()}
        assert ours
        assert ours <= written


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_secret_of_init_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        init(tmp_path / "desk")
    finally:
        os.umask(before)
    folder = tmp_path / "desk" / "config" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "desk__secret").stat().st_mode) == 0o600


def test_every_desk_gets_a_secret_of_its_own(tmp_path: Path) -> None:
    texts = set()
    for name in ("one", "two"):
        init(tmp_path / name)
        texts.add((tmp_path / name / "config" / "secrets" / "desk__secret").read_text())
    assert len(texts) == 2
    assert all(len(text) > 32 for text in texts)


def test_init_overwrites_nothing_and_names_every_file_that_is_there(tmp_path: Path) -> None:
    file = write(tmp_path, "mine")
    key = secret(tmp_path, "desk__secret", "mine")
    with pytest.raises(ConfigError) as caught:
        init(tmp_path)
    assert {fault.file for fault in caught.value.faults} == {str(file), str(key)}
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {file, key}
    assert (file.read_text(), key.read_text()) == ("mine", "mine")


def test_init_with_force_replaces_all_but_the_secret(tmp_path: Path) -> None:
    file = write(tmp_path, "mine")
    key = secret(tmp_path, "desk__secret", "mine")
    paths = init(tmp_path, force=True)
    assert file in paths
    assert key not in paths
    assert file.read_text() == (REPOSITORY / "config" / "mailproc.yaml").read_text()
    assert key.read_text() == "mine"


def test_init_that_cannot_finish_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file stands where the folder of the templates should be."""
    (tmp_path / "templates").write_text("in the way")
    with pytest.raises(ConfigError, match="templates"):
        init(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "templates"]


# The descriptions are true.


def _default(name: str, section: type[BaseModel]) -> str:
    field = section.model_fields[name]
    if field.is_required():
        return "required"
    match field.default:
        case None:
            return "none"
        case bool() as value:
            return str(value).lower()
        case timedelta() as value:
            return format_duration(value)
        case int() as value if any(isinstance(note, PlainSerializer) for note in field.metadata):
            return format_size(value)
        case tuple() as values if values and isinstance(values[0], RatingRule):
            return "built-in rules"
        case tuple() as values:
            words = [format_duration(v) if isinstance(v, timedelta) else v for v in values]
            return f"[{', '.join(words)}]"
        case dict() as values:
            assert not values
            return "{}"
        case value:
            return str(value)


SECTIONS = (
    DeskSettings,
    MailboxSettings,
    SmtpSettings,
    DatabaseSettings,
    ParserSettings,
    ComplaintSettings,
    RatingRule,
    DigestSettings,
    ReportSettings,
    People,
    Agent,
    Team,
    Supervisor,
    Outside,
    Route,
)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_readme_has_the_row_of_every_setting(section: type[BaseModel]) -> None:
    readme = (REPOSITORY / "config" / "README.md").read_text()
    for name, field in section.model_fields.items():
        assert f"| `{name}` | {_default(name, section)} | {field.description} |" in readme


def test_the_readme_describes_nothing_else() -> None:
    readme = (REPOSITORY / "config" / "README.md").read_text()
    described = re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)
    assert sorted(described) == sorted(name for section in SECTIONS for name in section.model_fields)


@pytest.mark.parametrize(
    ("name", "arguments", "made"),
    [("mailproc.schema.json", [], schema), ("people.schema.json", ["people"], people_schema)],
)
def test_the_json_schema_is_the_one_of_the_settings(
    name: str, arguments: list[str], made: Callable[[], dict[str, Any]]
) -> None:
    """Made with `python -m mailproc.config > config/mailproc.schema.json`, and `people` for the other."""
    kept = (REPOSITORY / "config" / name).read_text()
    assert json.loads(kept) == made()
    printed = subprocess.run(
        [sys.executable, "-m", "mailproc.config", *arguments], capture_output=True, text=True, check=True
    )
    assert printed.stdout == kept


def test_the_schema_asks_for_no_secret_in_the_file() -> None:
    required = schema()["$defs"]["DeskSettings"]["required"]
    assert required == ["name", "address"]


def test_the_starter_names_only_known_settings_and_the_schema() -> None:
    starter = (REPOSITORY / "config" / "mailproc.yaml").read_text()
    assert starter.startswith("# yaml-language-server: $schema=mailproc.schema.json\n")
    uncommented = re.sub(r"^(\s+)# (?=\w+: )", r"\1", starter, flags=re.MULTILINE)
    values = yaml.safe_load(uncommented)
    values["desk"]["secret"] = SECRET
    values["mailboxes"][0]["password"] = values["smtp"]["password"] = "x"
    config = Config.model_validate(values)
    assert config.desk.trusted_authserv_id == "mx.example.com"
    assert config.desk.agent_confirm
    # What it shows as the default of a key that is commented out is the default.
    assert set(values["complaints"]) == set(ComplaintSettings.model_fields)
    assert config.complaints == ComplaintSettings(offer_limit=Money(amount=Decimal(100), currency="EUR"))
    for key in ("undo_window", "agent_token_days"):
        assert getattr(config.desk, key) == DeskSettings.model_fields[key].default


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["desk", "smtp"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*Config.model_fields, "host", "name", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_only_config_errors_come_out(tmp_path: Path, value: object) -> None:
    file = write(tmp_path, yaml.safe_dump(value))
    environ = {"MAILPROC_SMTP__PORT": "x", "MAILPROC_MAILBOXES__0__PASSWORD": "x"}
    assert faults(file, environ)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_text_the_file_is_only_config_errors_come_out(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, "")
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert faults(file)
