"""Which settings come from outside the YAML file: from secret files and from the environment?

Both are named by section and key: `smtp__password`, `MAILPROC_SMTP__PASSWORD`. A mailbox is named by its
place or its name: `mailboxes__0__password`, `mailboxes__main__password`; in the environment a `-` of the
name is written `_`. A key with keys of its own takes one more part: `desk__former_secrets__1`. A name that
fits nothing is a fault: a misspelt password must not be lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailproc.config.explain import Sources, has_keys, locate, nearest
from mailproc.config.yaml_file import KeyPath
from mailproc.errors import Fault
from mailproc.settings import Config

PREFIX = "MAILPROC_"


@dataclass(frozen=True, kw_only=True)
class Override:
    """One value from outside: where it comes from, as the operator knows it, and what it names."""

    source: str
    name: str
    value: str = field(repr=False)


def from_environment(environ: Mapping[str, str]) -> list[Override]:
    """Return the variables that name a setting.

    `MAILPROC_CONFIG` and others of one word are not settings; `MAILPROC_SMTP_PASSWORD`, with one
    underscore too few, is taken for one so that it is reported.
    """
    sections = tuple(f"{PREFIX}{name.upper()}_" for name in Config.model_fields)
    return [
        Override(source=variable, name=variable.removeprefix(PREFIX).lower(), value=value)
        for variable, value in sorted(environ.items())
        if variable.startswith(PREFIX) and ("__" in variable or f"{variable}_".startswith(sections))
    ]


def from_secret_files(folder: Path, *, optional: bool) -> tuple[list[Override], list[Fault]]:
    """Return the settings that stand in a folder, one a file, and the files that cannot be used.

    Files without `__` in their name (a README, `.gitkeep`) are none of ours. One line break at the end is
    not part of the value: editors add it. A folder that may not be read is a fault unless `optional`.
    """
    try:
        files = sorted(file for file in folder.iterdir() if "__" in file.name and file.name[0] != ".")
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except PermissionError:
        if optional:
            return [], []
        return [], [
            _unusable(folder, "this user may not read the folder", "give it to the user of the daemon")
        ]
    overrides, faults = [], []
    for file in files:
        try:
            text = file.read_bytes().decode("utf-8")
        except OSError as error:
            faults.append(_unusable(file, f"cannot be read: {error.strerror}", "mend its owner and mode"))
            continue
        except UnicodeDecodeError:
            faults.append(_unusable(file, "not UTF-8 text", "save it as UTF-8"))
            continue
        text = text.removesuffix("\n").removesuffix("\r")
        overrides.append(Override(source=str(file), name=file.name.lower(), value=text))
    return overrides, faults


def apply(overrides: Sequence[Override], values: dict[str, Any], sources: Sources) -> list[Fault]:
    """Put the overrides into `values`, note in `sources` where each came from, return what did not fit.

    The overrides are of one rank, so two that set the same key contradict each other.
    """
    faults: list[Fault] = []
    chosen: dict[KeyPath, str] = {}
    for override in overrides:
        try:
            path = _path(override.name, values)
            if path in chosen:
                raise _Misnamed(f"the same setting as {chosen[path]}", "keep one of them")
        except _Misnamed as error:
            faults.append(Fault(file=override.source, path="", found=error.found, remedy=error.remedy))
            continue
        chosen[path] = override.source
        target: Any = values
        for part in path[:-1]:
            if isinstance(target, dict):
                if target.get(part) is None:
                    target[part] = {}
                target = target[part]
            elif isinstance(target, list) and isinstance(part, int):
                target = target[part]
        # Where the file has something else than a section, the file's own fault is the one to report.
        if isinstance(target, dict):
            target[str(path[-1])] = override.value
            sources.overridden[path] = override.source
    return faults


class _Misnamed(Exception):
    """The name of an override means no setting: what was found and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        self.found = found
        self.remedy = remedy
        super().__init__(found, remedy)


def _path(name: str, values: dict[str, Any]) -> KeyPath:
    """Return the path that a name means. Raises _Misnamed when it means none."""
    section, *rest = name.split("__")
    known = list(Config.model_fields)
    if section not in known:
        split = next((word for word in known if section.startswith(f"{word}_") and not rest), None)
        remedy = nearest(section, known) if split is None else f"write two underscores after {split}"
        raise _Misnamed(f"no section is called {section}", remedy)
    path: KeyPath = (section,)
    if section == "mailboxes" and rest:
        mailboxes = values.get("mailboxes")
        index = _mailbox(rest[0], mailboxes if isinstance(mailboxes, list) else [])
        if index is None:
            remedy = "use the name of a mailbox, or its place counted from 0"
            raise _Misnamed(f"no mailbox of the file is called {rest[0]}", remedy)
        path, rest = (*path, index), rest[1:]
    place = locate(Config, (*path, *rest[:1]))
    if rest and place.field is None:
        raise _Misnamed(f"{section} has no key {rest[0]}", nearest(rest[0], place.known))
    keyed = bool(rest) and has_keys(place.field)
    if len(rest) != (2 if keyed else 1):
        form = "mailboxes__NAME__KEY" if section == "mailboxes" else f"{section}__KEY"
        form = f"{section}__{rest[0]}__ID" if keyed else form
        raise _Misnamed("names no single setting", f"write it as {form}, with two underscores in a row")
    return (*path, *rest)


def _mailbox(name: str, mailboxes: list[Any]) -> int | None:
    names = [str(mailbox.get("name")) if isinstance(mailbox, dict) else "" for mailbox in mailboxes]
    for candidates in (names, [known.replace("-", "_") for known in names]):
        if name in candidates:
            return candidates.index(name)
    return int(name) if name.isdecimal() and int(name) < len(mailboxes) else None


def _unusable(file: Path, found: str, remedy: str) -> Fault:
    return Fault(file=str(file), path="", found=found, remedy=remedy)
