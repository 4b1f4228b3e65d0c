"""How does a desk get its configuration? From a YAML file, secret files and the environment.

A later source overrides an earlier one, key by key:

    config/mailproc.yaml  <  config/secrets/smtp__password  <  $CREDENTIALS_DIRECTORY/smtp__password
                          <  MAILPROC_SMTP__PASSWORD

Everything that is wrong is reported at once as ConfigError: the file and line (or the variable, or the
secret file), the key, what was found and what to do. A secret's value never stands in any text. The faults
of the policy and of people.yaml are among them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mailproc.config.calendars import prove_calendar, read_calendar
from mailproc.config.explain import Sources, drop_empty, explain, is_secret, locate
from mailproc.config.overrides import apply, from_environment, from_secret_files
from mailproc.config.people import PeopleReading, load_people, people_faults, read_people, reread_people
from mailproc.config.policies import desk_policy, load_policy, read_policy
from mailproc.config.starter import init
from mailproc.config.yaml_file import read_yaml
from mailproc.errors import ConfigError, Fault
from mailproc.people import People
from mailproc.settings import Config
from mailproc.workplace import Workplace

__all__ = [
    "CONFIG_VARIABLE",
    "PeopleReading",
    "desk_policy",
    "find",
    "init",
    "load",
    "load_people",
    "load_policy",
    "people_schema",
    "prove_calendar",
    "read_calendar",
    "read_people",
    "read_policy",
    "reread_people",
    "schema",
]

CONFIG_VARIABLE = "MAILPROC_CONFIG"
PLACES = (Path("config/mailproc.yaml"), Path("mailproc.yaml"))


def find(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the configuration file: the one asked for, MAILPROC_CONFIG, or the one in a usual place.

    What was asked for is never replaced by something found elsewhere. Raises ConfigError when it is not
    there.
    """
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    for place in (named,) if named else PLACES:
        try:
            if place.is_file():
                return place
        except PermissionError:
            return place  # reading it will say so
    found = "there is no such file" if named else f"not found, nor {PLACES[1]}"
    remedy = f"run `mailproc init` to write one, or name yours with --config or {CONFIG_VARIABLE}"
    raise ConfigError([Fault(file=str(named or PLACES[0]), path="", found=found, remedy=remedy)])


def load(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Config:
    """Return the checked configuration, or raise ConfigError with every fault found.

    `environ` is the process's environment unless given.
    """
    environ = os.environ if environ is None else environ
    file = find(path, environ)
    document = read_yaml(file)
    values, faults = document.values, list(document.faults)
    workplace = Workplace(config_file=file)

    credentials = environ.get("CREDENTIALS_DIRECTORY")
    folders = [file.parent / "secrets", *([Path(credentials)] if credentials else [])]
    sources = Sources(file=str(file), lines=document.lines)
    warnings = _readable_by_all(file) if _holds_secrets(values) else []
    for folder in folders:
        # A service that is given its secrets by systemd need not be able to read the folder itself.
        secrets, found = from_secret_files(folder, optional=credentials is not None)
        faults += found + apply(secrets, values, sources)
        if str(folder) != credentials:
            warnings += [text for secret in secrets for text in _readable_by_all(Path(secret.source))]
    faults += apply(from_environment(environ), values, sources)
    drop_empty(values, Config)

    config: Config | None = None
    try:
        config = Config.checked(values, workplace=workplace, warnings=tuple(warnings))
    except ValidationError as error:
        faults += explain(error, Config, values, sources)
    else:
        try:
            desk_policy(config)
        except ConfigError as error:
            faults += error.faults
    faults += people_faults(workplace, config)
    if faults or config is None:
        raise ConfigError(sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))
    return config


def schema() -> dict[str, Any]:
    """Return the JSON schema of config/mailproc.yaml, by which editors complete and check it."""
    return Config.schema_for_editors()


def people_schema() -> dict[str, Any]:
    """Return the JSON schema of config/people.yaml."""
    return People.schema_for_editors()


def _readable_by_all(file: Path) -> list[str]:
    if file.stat().st_mode & 0o004:
        return [f"{file}: every user of this machine can read this secret; run chmod 600 {file}"]
    return []


def _holds_secrets(values: Any, model: type[BaseModel] = Config) -> bool:
    """Whether the YAML file itself holds a secret."""

    def walk(value: Any, path: tuple[int | str, ...]) -> bool:
        if isinstance(value, dict):
            return any(walk(inner, (*path, key)) for key, inner in value.items())
        if isinstance(value, list):
            return any(walk(inner, (*path, index)) for index, inner in enumerate(value))
        field = locate(model, path).field
        # A database on this machine has an address without a password in it.
        return is_secret(field) and value is not None and not str(value).startswith("sqlite:")

    return walk(values, ())
