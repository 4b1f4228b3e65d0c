"""Who works at the desk now? config/people.yaml, read, and read again when it has changed.

The file stands beside mailproc.yaml. Without it nobody is registered: the desk takes mail in and answers it,
and nobody works a case by mail. The copy that comes with mailproc is a starter for `mailproc init` and never
stands in for a missing file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mailproc.config.explain import Sources, drop_empty, explain
from mailproc.config.people_check import conflicts
from mailproc.config.yaml_file import dotted, read_yaml
from mailproc.errors import ConfigError, Fault
from mailproc.people import EMPTY, People
from mailproc.settings import Config
from mailproc.workplace import Workplace

# What tells that a file was written: time of change in nanoseconds, size, inode. None: there is no file.
Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, kw_only=True)
class PeopleReading:
    """Who works here, the file they were last looked for in, and what kept that file from being used."""

    people: People
    stamp: Stamp
    faults: tuple[Fault, ...] = ()


def load_people(config: Config) -> People:
    """Return the people of the desk, nobody when there is no file. Raises ConfigError with every fault."""
    return read_people(config).people


def read_people(config: Config) -> PeopleReading:
    """Read people.yaml for the first time. Raises ConfigError with every fault of the file."""
    file = _place(config.workplace)
    # Before reading: a change in between is then seen at the next look.
    stamp = _stamp(file)
    people, faults = _read(file, config) if file is not None and stamp is not None else (EMPTY, [])
    if faults or people is None:
        raise ConfigError(faults)
    return PeopleReading(people=people, stamp=stamp)


def reread_people(config: Config, last: PeopleReading) -> PeopleReading:
    """Look again: `last` itself when the file is as it was, else what it says now. Raises nothing.

    A file that is wrong or gone changes nobody: the people stay as they were, with the faults to be told
    once. Gone is no order to forget everybody, because some editors take a file away for a moment.
    """
    file = _place(config.workplace)
    stamp = _stamp(file)
    if stamp == last.stamp or file is None:
        return last
    if stamp is None:
        remedy = "put it back; to register nobody, leave an empty file"
        gone = Fault(file=str(file), path="", found="the file is gone, its people stay", remedy=remedy)
        return replace(last, stamp=None, faults=(gone,))
    people, faults = _read(file, config)
    if faults or people is None:
        return replace(last, stamp=stamp, faults=tuple(faults))
    return PeopleReading(people=people, stamp=stamp)


def people_faults(workplace: Workplace, config: Config | None) -> list[Fault]:
    """Return every fault of people.yaml; without `config`, those that do not need the desk's settings."""
    file = _place(workplace)
    return _read(file, config)[1] if file is not None and _stamp(file) is not None else []


def _read(file: Path, config: Config | None) -> tuple[People | None, list[Fault]]:
    try:
        document = read_yaml(file)
    except ConfigError as error:
        return None, list(error.faults)
    values, faults = document.values, list(document.faults)
    sources = Sources(file=str(file), lines=document.lines)
    drop_empty(values, People)
    people = None
    try:
        people = People.model_validate(values)
    except ValidationError as error:
        faults += explain(error, People, values, sources)
    faults += _conflicts(values, config, sources)
    return people, sorted(faults, key=lambda fault: fault.line or 0)


def _conflicts(values: Mapping[str, Any], config: Config | None, sources: Sources) -> list[Fault]:
    return [
        Fault(
            file=sources.file,
            path=dotted(conflict.path),
            found=conflict.found,
            remedy=conflict.remedy,
            line=sources.line(conflict.path),
        )
        for conflict in conflicts(values, config)
    ]


def _place(workplace: Workplace) -> Path | None:
    return None if workplace.config_dir is None else workplace.config_dir / "people.yaml"


def _stamp(file: Path | None) -> Stamp:
    try:
        status = None if file is None else file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return (0, 0, 0)  # it is there and may not be looked at; reading it says so
    return None if status is None else (status.st_mtime_ns, status.st_size, status.st_ino)
