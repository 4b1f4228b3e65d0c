"""In which words does an operator learn what is wrong with a setting?

pydantic finds the faults; here each becomes one Fault in the words of the file. What was found is shown,
except where it could be a secret: in a secret's place, and under a key nobody knows (`pasword: …`).
"""

from __future__ import annotations

import difflib
import json
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailproc.config.yaml_file import KeyPath, dotted
from mailproc.errors import Fault
from mailproc.setting_types import Contradiction

# pydantic's error type → what to do. Names in braces come from the error's context.
_REMEDIES = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "string_type": "write text; put it in quotes if it looks like a number or a date",
    "string_too_short": "write at least {min_length} characters",
    "string_too_long": "write at most {max_length} characters",
    "string_pattern_mismatch": "write small letters and digits, with - between them",
    "path_type": "write the path of a file",
}
_CONTAINERS = {
    "model_type": "write its keys below it, indented, or take it out",
    "dict_type": "write its keys below it, indented",
    "tuple_type": "write a list: each entry on a line of its own that begins with `- `",
}
_NUMBERS = {"int_parsing", "int_type", "int_from_float", "greater_than_equal", "less_than_equal"}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where values came from: the file with its lines, and what overrode it."""

    file: str
    lines: Mapping[KeyPath, int]
    overridden: dict[KeyPath, str] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a key, or of the nearest one around it that stands in the file."""
        parts = (path[:length] for length in range(len(path), 0, -1))
        return next((self.lines[part] for part in parts if part in self.lines), None)


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the model knows about a path: the field there, if any, and the keys that could stand there."""

    field: FieldInfo | None
    known: tuple[str, ...]


def locate(model: type[BaseModel], path: Sequence[int | str]) -> Place:
    """Follow a path such as ("mailboxes", 0, "port") through nested models, tuples and dicts."""
    kind: Any = model
    info: FieldInfo | None = None
    known: tuple[str, ...] = ()
    for part in path:
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known = tuple(kind.model_fields)
            info = kind.model_fields.get(str(part))
            if info is None:
                return Place(field=None, known=known)
            kind = info.annotation
        elif get_origin(kind) is dict:
            # Its keys are the operator's own words: none is known, none is missing.
            kind, known = get_args(kind)[1], ()
        elif get_origin(kind) is tuple:
            kind = get_args(kind)[0]
    return Place(field=info, known=known)


def is_secret(info: FieldInfo | None) -> bool:
    """Whether a value in this place is never shown: a SecretStr, or a field kept out of repr."""
    return info is not None and (SecretStr in (info.annotation, *get_args(info.annotation)) or not info.repr)


def has_keys(info: FieldInfo | None) -> bool:
    """Whether the value in this place is a dict: a setting with keys of the operator's own."""
    return info is not None and get_origin(_bare(info.annotation)) is dict


def drop_empty(values: Any, model: type[BaseModel], path: KeyPath = ()) -> None:
    """Take out known keys with nothing behind them: `phone:` is a key not yet filled in."""
    if isinstance(values, list):
        for index, entry in enumerate(values):
            drop_empty(entry, model, (*path, index))
    elif isinstance(values, dict):
        for key, value in list(values.items()):
            if value is None and key in locate(model, (*path, str(key))).known:
                del values[key]
            else:
                drop_empty(value, model, (*path, str(key)))


def nearest(key: str, known: Sequence[str]) -> str:
    """Say what may have been meant by an unknown key."""
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else f"take it out; known here are {', '.join(known)}"


def explain(
    error: ValidationError, model: type[BaseModel], values: Mapping[str, Any], sources: Sources
) -> list[Fault]:
    """Return one Fault for each error pydantic found in `values`."""
    details = error.errors(include_url=False)
    places = {detail["loc"][:-1] for detail in details}
    # A list whose only entry has a fault counts as empty too; the entry's fault is enough.
    return [
        _fault(detail, model, values, sources)
        for detail in details
        if not (
            detail["type"] == "too_short"
            and any(place[: len(detail["loc"])] == detail["loc"] for place in places)
        )
    ]


def _fault(
    detail: ErrorDetails, model: type[BaseModel], values: Mapping[str, Any], sources: Sources
) -> Fault:
    # pydantic marks a key that is wrong itself by a part of its own.
    path = detail["loc"][:-1] if detail["loc"][-1:] == ("[key]",) else detail["loc"]
    place = locate(model, path)
    found, remedy = _words(detail, place, path)
    if is_secret(place.field):
        missing = detail["type"] == "missing" or detail["input"] is None
        found = "missing" if missing else "not usable (its value is not shown)"
        if missing:
            remedy = _where_to_write(path, values, sources.file)
    override = sources.overridden.get(path)
    return Fault(
        file=override or sources.file,
        path=dotted(path),
        found=found,
        remedy=remedy,
        line=None if override else sources.line(path),
    )


def _words(detail: ErrorDetails, place: Place, path: KeyPath) -> tuple[str, str]:
    """Return what was found and what to do."""
    kind, context = detail["type"], detail.get("ctx", {})
    cause = context.get("error")
    found = f"found {shown(detail['input'])}"
    if isinstance(cause, Contradiction):
        return f"found {cause.found}", cause.remedy
    if kind == "value_error":
        # Keys that do not go together: the remedy names them, and "found a section" would say nothing.
        return "cannot stand so" if isinstance(detail["input"], dict) else found, str(cause)
    if kind == "extra_forbidden":
        return "unknown key", nearest(str(path[-1]), place.known)
    if kind == "missing":
        meaning = place.field.description if place.field is not None else None
        return (
            "missing",
            f"write it ({meaning.rstrip('.')})" if meaning else "write this section, see README.md",
        )
    if kind in ("literal_error", "enum"):
        return found, "write " + str(context["expected"]).replace("'", "")
    if kind in _CONTAINERS:
        # The text in a section's place may be anything, a password too.
        value = detail["input"]
        return f"found {shown(value) if isinstance(value, (dict, list)) else 'text'}", _CONTAINERS[kind]
    if kind == "too_short":
        things = "entries" if isinstance(detail["input"], (list, tuple)) else "characters"
        return found, f"write at least {context['min_length']} {things}"
    if kind in _NUMBERS:
        return found, _number(place.field)
    return found, _REMEDIES[kind].format(**context) if kind in _REMEDIES else detail["msg"]


def _number(info: FieldInfo | None) -> str:
    metadata = info.metadata if info is not None else []
    low = next((str(rule.ge) for rule in metadata if hasattr(rule, "ge")), None)
    high = next((str(rule.le) for rule in metadata if hasattr(rule, "le")), None)
    if low and high:
        return f"write a whole number from {low} to {high}"
    return f"write a whole number of at least {low}" if low else "write a whole number"


def shown(value: Any) -> str:
    """Return a value as it may be shown: short, on one line, without the login part of an address."""
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = re.sub(r"^.*:.*@", "***@", str(value), flags=re.DOTALL)
    if not re.fullmatch(r"[^\s\"']+", text) or not text.isprintable():
        text = json.dumps(text, ensure_ascii=False)
        text = text if text.isprintable() else json.dumps(str(value))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _where_to_write(path: KeyPath, values: Mapping[str, Any], file: str) -> str:
    parts = [str(part) for part in path]
    if len(path) == 3 and isinstance(path[1], int):
        name = values[str(path[0])][path[1]].get("name")
        parts[1] = name if isinstance(name, str) else parts[1]
    name = "__".join(parts)
    variable = f"MAILPROC_{name.upper().replace('-', '_')}"
    return f"put it into the file {Path(file).parent / 'secrets' / name} or into {variable}"


def _bare(kind: Any) -> Any:
    """Take Annotated and `| None` off a type."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = next(arg for arg in get_args(kind) if arg is not type(None))
        else:
            return kind
