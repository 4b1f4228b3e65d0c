"""Is a file that describes one thing, and is called like it, in order? A policy or a calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mailproc.config.explain import Sources, explain
from mailproc.errors import ConfigError, Fault

Thing = TypeVar("Thing", bound=BaseModel)


def missing(folder: str, kind: str, id: str, known: tuple[str, ...]) -> ConfigError:
    """Return the error for a name that no file of a folder has."""
    found, remedy = f"no {kind} is called {id}", f"choose one of {', '.join(known)}"
    return ConfigError([Fault(file=folder, path="", found=found, remedy=remedy)])


def checked(
    kind: type[Thing], values: dict[str, Any], file: Path, sources: Sources, faults: list[Fault]
) -> Thing:
    """Return what a file describes. Raises ConfigError with all faults, those found before included."""
    thing = None
    try:
        thing = kind.model_validate(values)
    except ValidationError as error:
        faults = [*faults, *explain(error, kind, values, sources)]
    id = getattr(thing, "id", file.stem)
    if id != file.stem:
        remedy = f"write {file.stem}, the name of the file"
        line = sources.line(("id",))
        faults = [*faults, Fault(file=str(file), path="id", found=f"found {id}", remedy=remedy, line=line)]
    if faults or thing is None:
        raise ConfigError(faults)
    return thing
