"""Where do the files stand that an operator edits?

The configuration file is the anchor: policies and secrets lie beside it, templates beside its folder, and
every relative path in it is meant from its folder. What the operator does not have is taken from the copy
that comes with mailproc, file by file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailproc.resources import data_dir


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The folders around one configuration file; without one, only what comes with mailproc."""

    config_file: Path | None = None

    @property
    def config_dir(self) -> Path | None:
        # Not the folder a symbolic link leads to: files mounted into a container are such links.
        return None if self.config_file is None else self.config_file.absolute().parent

    @property
    def secrets_dir(self) -> Path | None:
        return None if self.config_dir is None else self.config_dir / "secrets"

    @property
    def templates_dir(self) -> Path | None:
        """The operator's own templates, or None when there are none."""
        folder = None if self.config_dir is None else self.config_dir.parent / "templates"
        return folder if folder is not None and folder.is_dir() else None

    @property
    def template_dirs(self) -> tuple[Path, ...]:
        """Where a template is looked for; the operator's own folder first."""
        own = () if self.templates_dir is None else (self.templates_dir,)
        return (*own, data_dir("templates"))

    @property
    def policy_dirs(self) -> tuple[Path, ...]:
        """Where policies are looked for; the operator's own folder first."""
        own = () if self.config_dir is None else (self.config_dir / "policies",)
        return (*own, data_dir("config") / "policies")

    def policy_file(self, id: str) -> Path | None:
        files = (folder / f"{id}.yaml" for folder in self.policy_dirs)
        return next((file for file in files if file.is_file()), None)

    def policy_ids(self) -> tuple[str, ...]:
        return tuple(sorted({file.stem for folder in self.policy_dirs for file in folder.glob("*.yaml")}))

    @property
    def calendar_dirs(self) -> tuple[Path, ...]:
        """Where calendars are looked for; the operator's own folder first."""
        own = () if self.config_dir is None else (self.config_dir / "calendars",)
        return (*own, data_dir("config") / "calendars")

    def calendar_file(self, id: str) -> Path | None:
        files = (folder / f"{id}.yaml" for folder in self.calendar_dirs)
        return next((file for file in files if file.is_file()), None)

    def calendar_ids(self) -> tuple[str, ...]:
        return tuple(sorted({file.stem for folder in self.calendar_dirs for file in folder.glob("*.yaml")}))

    def absolute(self, path: Path) -> Path:
        """Return a path of the configuration file as an absolute one."""
        return path.resolve() if self.config_dir is None else (self.config_dir / path).resolve()
