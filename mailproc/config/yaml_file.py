"""What does a YAML file of the operator say, and on which line does each key stand?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mailproc.errors import ConfigError, Fault

# Where a value stands: ("mailboxes", 0, "port").
KeyPath = tuple[int | str, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader that leaves dates as text: a wrong date is then one fault among others, not a crash."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """The values of a file, the line of each key, and the faults that did not keep it from being read."""

    values: dict[str, Any]
    lines: dict[KeyPath, int]
    faults: tuple[Fault, ...]


def read_yaml(file: Path) -> Document:
    """Read one YAML file. Raises ConfigError when it is no YAML, no UTF-8, or cannot be opened."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refusal(file, f"cannot be read: {error.strerror}", "mend its permissions or place") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _refusal(file, "not UTF-8 text", "save it as UTF-8", line) from None

    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        keys = list(_keys(node, (), frozenset()))
        values = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "not YAML"
        if problem != "could not find expected ':'":
            # What the parser puts in quotes is a piece of the file, perhaps of a password.
            problem = re.sub("['\"].*['\"]", "…", problem, flags=re.DOTALL)
        where = f"column {mark.column + 1}: " if mark else ""
        remedy = "mend the line; text that begins with one of * & ! % @ ` { [ or holds `: ` needs quotes"
        raise _refusal(file, where + problem, remedy, mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        # Control characters, a number that is none after all, nesting without end, an alias within itself.
        raise _refusal(
            file, "cannot be read as YAML", "compare it with the starter of mailproc init"
        ) from None
    if not isinstance(values, dict):
        raise _refusal(file, "a list or a single text", "write `key: value` lines", 1)

    lines: dict[KeyPath, int] = {}
    faults = []
    for path, line in keys:
        if path in lines and isinstance(path[-1], str):
            faults.append(
                Fault(
                    file=str(file),
                    path=dotted(path),
                    found=f"written twice, first on line {lines[path]}",
                    remedy="keep one of them",
                    line=line,
                )
            )
        lines[path] = line
    return Document(values=values, lines=lines, faults=tuple(faults))


def dotted(path: KeyPath) -> str:
    """Write a path as an operator reads it, on one line: `mailboxes[0].port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(char if char.isprintable() else "�" for char in text).removeprefix(".")


def _keys(node: yaml.Node | None, path: KeyPath, above: frozenset[int]) -> Iterator[tuple[KeyPath, int]]:
    """Yield every key and list entry with its line. Raises RecursionError at an alias to what holds it."""
    if node is None:
        return
    if id(node) in above:
        raise RecursionError
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _keys(value, inner, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _keys(value, (*path, index), above)


def _refusal(file: Path, found: str, remedy: str, line: int | None = None) -> ConfigError:
    return ConfigError([Fault(file=str(file), path="", found=found, remedy=remedy, line=line)])
